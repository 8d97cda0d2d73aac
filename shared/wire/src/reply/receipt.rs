//! Receipts: what became of an e-mail, as Amazon SES publishes it, or of a text, as AWS End User Messaging does. The decision and the customer
//! come back in the tags that dispatch gave the message.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use tact_domain::{CustomerId, DecisionId, Outcome, Timestamp};

use super::body::{instant, refuse};
use super::{Rejection, Report, Returned};

/// The fields of both kinds that are of any use; whatever else they have is ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    event_type: String,
    // Of an e-mail.
    mail: Option<Mail>,
    bounce: Option<Step>,
    complaint: Option<Step>,
    delivery: Option<Step>,
    open: Option<Step>,
    click: Option<Step>,
    // Of a text.
    message_id: Option<String>,
    event_timestamp: Option<i64>,
    context: Option<Context>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    #[serde(default)]
    tags: Tags,
}

#[derive(Default, Deserialize)]
struct Tags {
    #[serde(default)]
    decision: Vec<String>,
    #[serde(default)]
    customer: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    timestamp: String,
    bounce_type: Option<String>,
}

#[derive(Deserialize)]
struct Context {
    decision: Option<String>,
    customer: Option<String>,
}

/// Reads a receipt; one of a kind that tells nothing, or of a message that is none of ours, is nothing.
pub(super) fn read(message: &str, sent_at: Timestamp, now: Timestamp) -> Result<Returned, Rejection> {
    let receipt: Receipt = serde_json::from_str(message).map_err(|_| refuse("Message", "must be a receipt"))?;
    let report = match receipt.mail {
        Some(_) => of_email(receipt, sent_at),
        None => of_text(receipt, sent_at),
    };
    // A provider's clock that goes ahead must not make an event that nobody takes.
    let held = report.map(|report| Report { at: report.at.min(now), ..report });
    Ok(held.map_or(Returned::Nothing, Returned::Reported))
}

fn of_email(receipt: Receipt, sent_at: Timestamp) -> Option<Report> {
    let (outcome, step) = match receipt.event_type.as_str() {
        "Delivery" => (Outcome::Delivered, receipt.delivery?),
        "Bounce" => (Outcome::Bounced, receipt.bounce.filter(|step| step.bounce_type.as_deref() == Some("Permanent"))?),
        "Complaint" => (Outcome::Complained, receipt.complaint?),
        "Open" => (Outcome::Opened, receipt.open?),
        "Click" => (Outcome::Clicked, receipt.click?),
        _ => return None,
    };
    let Mail { message_id, tags } = receipt.mail?;
    let at = instant(&step.timestamp).unwrap_or(sent_at);
    report("ses", &message_id, outcome, at, tags.decision.first()?, tags.customer.first()?)
}

fn of_text(receipt: Receipt, sent_at: Timestamp) -> Option<Report> {
    let outcome = match receipt.event_type.as_str() {
        // Which of the two there is depends on the country.
        "TEXT_DELIVERED" | "TEXT_SUCCESSFUL" => Outcome::Delivered,
        // The one failure that lasts: blocked, unreachable and expired may pass.
        "TEXT_INVALID" => Outcome::Bounced,
        _ => return None,
    };
    let Context { decision, customer } = receipt.context?;
    let at = receipt.event_timestamp.map_or(sent_at, Timestamp);
    report("sms", &receipt.message_id?, outcome, at, &decision?, &customer?)
}

/// A report under the provider's id of the message, what became of it and when: the same receipt again is the same report.
fn report(
    source: &'static str,
    message: &str,
    outcome: Outcome,
    at: Timestamp,
    decision: &str,
    customer: &str,
) -> Option<Report> {
    let named = (1..=90).contains(&message.len()) && message.bytes().all(|byte| byte.is_ascii_graphic());
    let dated = (946_684_800_000..4_133_980_800_000).contains(&at.0);
    if !named || !dated {
        return None;
    }
    let word = serde_json::to_value(outcome).ok()?;
    let customer = String::from_utf8(URL_SAFE_NO_PAD.decode(customer).ok()?).ok()?;
    Some(Report {
        customer: CustomerId::new(&customer)?,
        decision: DecisionId::parse(decision)?,
        outcome,
        answer: None,
        source,
        id: format!("{message}/{}/{}", word.as_str()?, at.0),
        at,
    })
}
