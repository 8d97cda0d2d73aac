//! Texts that customers send, as AWS End User Messaging passes them on.

use serde::Deserialize;
use tact_domain::Timestamp;

use super::body::refuse;
use super::{Asking, Rejection, Returned, asking};
use crate::is_e164;

/// A text that somebody sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Texted {
    /// The number it came from, in E.164.
    pub from: String,
    /// What the network calls it.
    pub id: String,
    /// What it asks for.
    pub asks: Asking,
    /// When it came.
    pub at: Timestamp,
}

impl Texted {
    /// The source of whatever a text leads to, such as a consent that is given again on a lower cadence.
    pub const SOURCE: &str = "text";
}

/// The number is nobody's business, not even in a failing test.
impl std::fmt::Debug for Texted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texted").field("asks", &self.asks).field("at", &self.at).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    origination_number: String,
    message_body: String,
    inbound_message_id: String,
}

/// Reads a text; one from what is no telephone number, such as another company's short code, is nothing.
pub(super) fn read(message: &str, at: Timestamp) -> Result<Returned, Rejection> {
    let payload: Payload =
        serde_json::from_str(message).map_err(|_| refuse("Message", "must be an inbound text message"))?;
    let Payload { origination_number: from, message_body, inbound_message_id: id } = payload;
    if id.is_empty() || id.len() > 100 || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refuse("inboundMessageId", "must be 1 to 100 visible ASCII characters"));
    }
    if !is_e164(&from) {
        return Ok(Returned::Nothing);
    }
    Ok(Returned::Texted(Texted { from, id, asks: asking(&message_body), at }))
}
