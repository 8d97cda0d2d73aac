//! Whoever looks on while a file is played.

use tact_pipeline::Quarantined;
use tact_wire::Message;

use crate::output::OutputError;
use crate::stack::Kept;

/// Somebody who is told what happens, in the order in which it does. Whoever does not care for something need not listen.
pub trait Observer {
    /// A decision was committed; this is its record.
    ///
    /// # Errors
    /// When it cannot be written down.
    fn decided(&mut self, _record: &str) -> Result<(), OutputError> {
        Ok(())
    }

    /// A message left.
    ///
    /// # Errors
    /// When it cannot be written down.
    fn left(&mut self, _message: &Message) -> Result<(), OutputError> {
        Ok(())
    }

    /// A record that stood in this line of the file could not be read.
    ///
    /// # Errors
    /// When it cannot be written down.
    fn quarantined(&mut self, _quarantined: &Quarantined, _line: u64) -> Result<(), OutputError> {
        Ok(())
    }

    /// It is over, and this is what the table holds.
    ///
    /// # Errors
    /// When it cannot be written down.
    fn ended(&mut self, _kept: &Kept) -> Result<(), OutputError> {
        Ok(())
    }
}
