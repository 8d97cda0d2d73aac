//! Which records are meant: noted while a file is played, or read from the log beside a table that is kept.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use tact_decide::Learned;
use tact_domain::{CustomerId, DecisionId, Timestamp};
use tact_wire::{Recorded, decode_learned_line, decode_record, parse_recorded};

use crate::local_log;
use crate::observer::Observer;
use crate::output::OutputError;

/// Whose decisions are to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those about a customer.
    Customer(CustomerId),
    /// That one.
    Decision(DecisionId),
    /// All of them.
    All,
}

/// The records that are meant, of each decision the last.
#[derive(Debug)]
pub struct Gathered {
    wanted: Wanted,
    records: BTreeMap<DecisionId, Recorded>,
    learned: BTreeMap<String, Learned>,
    latest: Option<Timestamp>,
}

impl Gathered {
    /// Nothing yet.
    pub fn of(wanted: Wanted) -> Self {
        Self { wanted, records: BTreeMap::new(), learned: BTreeMap::new(), latest: None }
    }

    /// What the log beside a table tells; nothing when there is none. A line that cannot be read, as the last one when the machine stopped, is
    /// passed over.
    ///
    /// # Errors
    /// When the log is there and cannot be read.
    pub fn read(wanted: Wanted, directory: &Path) -> io::Result<Self> {
        let mut gathered = Self::of(wanted);
        let lines = match local_log::lines(&directory.join(local_log::FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(gathered),
            lines => lines?,
        };
        for line in lines {
            gathered.note(&line?);
        }
        Ok(gathered)
    }

    /// The records by the instant decided for.
    pub fn records(&self) -> Vec<Recorded> {
        let mut records: Vec<_> = self.records.values().cloned().collect();
        records.sort_by_key(|recorded| recorded.facts.now);
        records
    }

    /// The instant of the latest decision of all; `None` without any.
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// What was learnt that they name, by its name, as far as the log tells of it.
    pub fn learned(&self) -> &BTreeMap<String, Learned> {
        &self.learned
    }

    fn note(&mut self, line: &str) {
        let Ok(recorded) = decode_record(line) else {
            self.learned.extend(decode_learned_line(line).map(|learned| (learned.hash.clone(), learned)));
            return;
        };
        self.latest = self.latest.max(Some(recorded.facts.now));
        let Ok(event) = parse_recorded(&recorded.facts.event, recorded.facts.arrived) else { return };
        // What a store was told of the same event has a record of its own, and is nothing that was said to the customer.
        let Some(decision) = DecisionId::parse(&recorded.decision) else { return };
        let meant = match &self.wanted {
            Wanted::Customer(customer) => *customer == event.signal.customer && decision == event.signal.decision,
            Wanted::Decision(wanted) => *wanted == decision,
            Wanted::All => true,
        };
        if meant {
            self.records.insert(decision, recorded);
        }
    }
}

/// Whom a record is about; `None` when its event cannot be read.
pub fn customer_of(recorded: &Recorded) -> Option<CustomerId> {
    Some(parse_recorded(&recorded.facts.event, recorded.facts.arrived).ok()?.signal.customer)
}

impl Observer for Gathered {
    fn decided(&mut self, record: &str) -> Result<(), OutputError> {
        self.note(record);
        Ok(())
    }
}
