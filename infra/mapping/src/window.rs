//! Tumbling windows: the state that a function passes from invocation to invocation.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::Record;

/// The largest state that a window may have, in bytes of JSON.
const STATE_BYTES: usize = 1024 * 1024;

/// A window that has begun and is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenWindow {
    pub(crate) start_ms: u64,
    pub(crate) state: Arc<Value>,
}

impl OpenWindow {
    /// A window with an empty state.
    pub(crate) fn at(start_ms: u64) -> Self {
        Self { start_ms, state: Arc::new(json!({})) }
    }

    /// Whether the state has outgrown what Lambda keeps.
    pub(crate) fn is_too_large(&self) -> bool {
        self.state.to_string().len() > STATE_BYTES
    }
}

/// The start of the window that a record belongs to, by the time it arrived: windows start at multiples of their
/// length since 1970. For a length of 0, the record's own time.
pub(crate) fn start_of(record: &Record, window_ms: u64) -> u64 {
    record.arrived_at_ms - record.arrived_at_ms.checked_rem(window_ms).unwrap_or(0)
}
