//! `tact.due.v1`: an appointment is due.

use tact_domain::{DecisionId, Due, Key};

use super::error::ParseError;
use super::field::{KEY_CHARS, Object};

/// Reads which appointment: its issue, and the decision that made it.
pub(super) fn read(data: &Object<'_>) -> Result<Due, ParseError> {
    let issue = Key::new(data.required("issue")?.printable(KEY_CHARS)?);
    let form = "`d-` and 32 hexadecimal digits in lower case";
    let made_by = data.required("made_by")?.formed(form, DecisionId::parse)?;
    Ok(Due { issue, made_by })
}
