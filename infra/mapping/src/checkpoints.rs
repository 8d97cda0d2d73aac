//! What a later life of a mapping goes on from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{SequenceNumber, ShardId};

/// How far the shards of a stream are done with. Whoever goes on from here is given every record again that was neither
/// processed nor given up nor filtered out, and maybe some that were; how often they failed is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoints {
    /// Every shard that is known. Empty before the first discovery.
    pub shards: BTreeMap<ShardId, Checkpoint>,
}

/// How far one shard is done with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Checkpoint {
    /// The last record up to which all are done with; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_through: Option<SequenceNumber>,
    /// Whether the shard is closed and all of its records are done with: it is not read again.
    #[serde(default)]
    pub is_drained: bool,
    /// Whether reading begins at the mapping's starting position when nothing is done yet, as for the shards of the
    /// first discovery; later ones are read from their first record.
    #[serde(default)]
    pub is_first_discovery: bool,
    /// The shards that it came from by a split or a merge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<ShardId>,
    /// The tumbling window that is open; `None` between windows and without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowCheckpoint>,
}

/// A tumbling window, and what the function has made of its records up to the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WindowCheckpoint {
    /// When it starts, in milliseconds since 1970.
    pub start_ms: u64,
    /// What the function returned last.
    pub state: Value,
}

impl Checkpoints {
    /// One line of JSON, for a file.
    pub fn to_json(&self) -> String {
        serde_json::to_value(self).unwrap_or_default().to_string()
    }

    /// Reads back what [`Checkpoints::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is not such JSON; the error says where.
    pub fn from_json(text: &str) -> Result<Self, CheckpointsError> {
        Ok(serde_json::from_str(text)?)
    }
}

/// Not the checkpoints of a mapping.
#[derive(Debug, thiserror::Error)]
#[error("not the checkpoints of an event source mapping: {0}")]
pub struct CheckpointsError(#[from] serde_json::Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_read_back_as_they_were_written() {
        let first = Checkpoint {
            done_through: Some(SequenceNumber::of(7)),
            is_drained: true,
            is_first_discovery: true,
            parents: Vec::new(),
            window: None,
        };
        let second = Checkpoint {
            done_through: None,
            is_drained: false,
            is_first_discovery: false,
            parents: vec![ShardId::numbered(0)],
            window: Some(WindowCheckpoint { start_ms: 60_000, state: serde_json::json!({ "a": [1, null] }) }),
        };
        let shards = [(ShardId::numbered(0), first), (ShardId::numbered(1), second)].into();
        let checkpoints = Checkpoints { shards };
        let text = checkpoints.to_json();
        assert_eq!(Checkpoints::from_json(&text).unwrap(), checkpoints);
        assert!(!text.contains('\n'));
    }

    #[test]
    fn what_is_no_checkpoint_is_refused_with_its_place() {
        let wrong = [
            "",
            "[]",
            r#"{"shards":{"s":{"doneThrough":"seven"}}}"#,
            r#"{"shards":{"s":{"done":"7"}}}"#,
            r#"{"shard":{}}"#,
        ];
        for text in wrong {
            let error = Checkpoints::from_json(text).unwrap_err().to_string();
            assert!(error.starts_with("not the checkpoints of an event source mapping: "), "{error}");
        }
    }
}
