//! The streams that events of our own making go onto: kept until the run delivers them.

use std::sync::{Arc, Mutex, PoisonError};

use tact_pipeline::{Events, LogError};
use tact_wire::OwnEvent;

/// Events put and not yet taken. Its clones share them.
#[derive(Clone, Debug, Default)]
pub struct LocalStreams(Arc<Mutex<Vec<OwnEvent>>>);

impl LocalStreams {
    /// Takes what was put, in order.
    pub fn take(&self) -> Vec<OwnEvent> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Events for LocalStreams {
    async fn put(&self, events: &[OwnEvent]) -> Result<(), LogError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(events);
        Ok(())
    }
}
