//! The ways out of a run: every message is taken at once, and kept for the files of the run.

use tact_pipeline::{Channels, Handover};
use tact_wire::Message;

/// Channels that take everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delivered;

impl Channels for Delivered {
    async fn send(&self, message: &Message) -> Handover {
        Handover::Accepted(Some(format!("run/{}", message.decision)))
    }
}
