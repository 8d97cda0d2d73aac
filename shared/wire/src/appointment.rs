//! The item of an appointment: what `wake` finds when it is due. The appointment itself stands in the contact ledger.

use tact_domain::Appointment;

use crate::facet::{pack, read};

/// The stored form; of `None` for one that is closed.
pub fn pack_appointment(appointment: Option<&Appointment>) -> Vec<u8> {
    pack(&appointment)
}

/// Reads the stored form: `Some(None)` is a closed one; `None` when it is corrupt or of a newer schema.
pub fn unpack_appointment(bytes: &[u8]) -> Option<Option<Appointment>> {
    read(bytes)
}
