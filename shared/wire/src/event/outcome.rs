//! `tact.outcome.v1`: what became of a decision.

use tact_domain::{Attribution, Cause, DecisionId, Outcome, OutcomeReport};

use super::error::ParseError;
use super::field::{KEY_CHARS, Object, OneOf};

/// Reads an outcome: exactly one of `decision` and `event` says of what. What was answered to a question may stand beside it.
pub(super) fn read(data: &Object<'_>) -> Result<OutcomeReport, ParseError> {
    let about = match data.one_of("decision", "event")? {
        OneOf::First(decision) => {
            let form = "`d-` and 32 hexadecimal digits in lower case";
            Attribution::Decision(decision.formed(form, DecisionId::parse)?)
        }
        OneOf::Second(event) => {
            let event = event.object()?;
            let source = event.required("source")?;
            let id = event.required("id")?;
            let decision = DecisionId::of(source.printable(KEY_CHARS)?, id.printable(KEY_CHARS)?, 0);
            Attribution::Event(decision)
        }
    };
    let outcome = data.required("outcome")?.word(read_outcome)?;
    let answer = data.optional("answer").map(|field| field.word(read_cause)).transpose()?;
    Ok(OutcomeReport { about, outcome, answer })
}

/// A cause by its name.
pub(crate) fn read_cause(word: &str) -> Option<Cause> {
    Cause::ALL.into_iter().find(|cause| cause.name() == word)
}

fn read_outcome(word: &str) -> Option<Outcome> {
    Some(match word {
        "delivered" => Outcome::Delivered,
        "bounced" => Outcome::Bounced,
        "shown" => Outcome::Shown,
        "opened" => Outcome::Opened,
        "clicked" => Outcome::Clicked,
        "accepted" => Outcome::Accepted,
        "declined" => Outcome::Declined,
        "redeemed" => Outcome::Redeemed,
        "thanked" => Outcome::Thanked,
        "dismissed" => Outcome::Dismissed,
        "opted_out" => Outcome::OptedOut,
        "complained" => Outcome::Complained,
        "returned" => Outcome::Returned,
        "expired" => Outcome::Expired,
        _ => return None,
    })
}
