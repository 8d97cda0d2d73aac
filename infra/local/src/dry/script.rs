//! The events of a file, read once for all the times they are played.

use tact_wire::{ParsedEvent, parse};

use crate::arrival::Arrival;

/// Events in the order in which they arrive.
#[derive(Debug)]
pub struct Script(Vec<ParsedEvent>);

impl Script {
    /// The events of these arrivals; what cannot be read is left out.
    pub fn of(arrivals: &[Arrival]) -> Self {
        Self(arrivals.iter().filter_map(|arrival| parse(&arrival.bytes, arrival.at).ok()).collect())
    }

    /// The events, in the order in which they arrive.
    pub fn events(&self) -> &[ParsedEvent] {
        &self.0
    }
}
