//! The moments at which something was considered, and silence was kept or the matter put off; with the plainest reason there is.

use serde::Serialize;
use serde_json::Value;
use tact_domain::Timestamp;
use tact_wire::{DecisionItem, Delivery, readable_body};

use super::{Case, words};

/// A moment at which somebody was left in peace.
#[derive(Clone, Debug, Serialize)]
pub struct Spared {
    /// When, at the customer's clock; empty when it is about all of the day.
    pub at: String,
    /// What had just happened, in words.
    pub moment: String,
    /// Why nothing was said, as one word.
    pub reason: String,
    /// The same in words.
    pub because: String,
    /// What is to be decided again, and when, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub put_off: Option<String>,
}

impl Spared {
    /// For whoever may not be of age there is nothing else to tell.
    pub(super) fn minor() -> Self {
        let (moment, reason) = ("all day".to_owned(), "minor".to_owned());
        let because = words::spared(&reason, None, None);
        Self { at: String::new(), moment, reason, because, put_off: None }
    }
}

/// The reasons for a silence, the plainest first: what is a matter of principle before what is one of worth, and both before what merely did not
/// suit the moment.
const PLAINEST: [&str; 37] = [
    "moment_passed",
    "deny_zone",
    "sensitive_moment",
    "accidental_place",
    "minor",
    "consent_revoked",
    "consent_denied",
    "consent_expired",
    "consent_dormant",
    "in_trouble",
    "in_person",
    "at_the_door",
    "indiscreet",
    "other_arena",
    "guardrail",
    "no_cover",
    "contact_cap",
    "discretion_spent",
    "consent_terms",
    "amends_spent",
    "ledger_full",
    "put_off",
    "already_said",
    "saved",
    "silence",
    "not_scored",
    "quiet_hours",
    "zone_unknown",
    "consent_missing",
    "low_consent",
    "not_to_be_recognised",
    "not_ready",
    "unreachable",
    "not_yet",
    "ended",
    "eligibility_unknown",
    "not_eligible",
];

/// The reasons of which none is the plainest: nothing was called for, something else was said or comes first, or it is our own affair.
#[cfg(test)]
const UNTOLD: [&str; 15] = [
    "not_applicable",
    "applicability_unknown",
    "not_suitable",
    "suitability_unknown",
    "cool_down",
    "suppressed",
    "excluded",
    "other_arm",
    "exhausted",
    "better_later",
    "control",
    "held_out",
    "explored",
    "outscored",
    "stand_by",
];

/// The reasons that are told even when something else was said instead: the customer spoke, and was heard.
const TAKEN_BACK: [&str; 2] = ["consent_revoked", "consent_denied"];

/// The moments in the records of a customer's decisions, and the decisions that did not leave.
pub(super) fn of(case: &Case<'_>, records: &[Value]) -> Vec<Spared> {
    let moments = records.iter().filter_map(|body| moment(case, &readable_body(body.clone(), case.catalogue)));
    moments.chain(case.decisions.iter().filter_map(|item| taken_back(case, item))).collect()
}

fn moment(case: &Case<'_>, body: &Value) -> Option<Spared> {
    let silent = body.get("chosen").is_none_or(Value::is_null);
    let put_off = put_off(case, body);
    // Something was said, and yet there may be something they were spared.
    let found = if silent { plainest(body, &PLAINEST) } else { plainest(body, &TAKEN_BACK) };
    let of_candidate = |key: &str| found.and_then(|found| found.get(key)).and_then(Value::as_str);
    let reason = match of_candidate("reason") {
        Some(reason) => reason,
        None if silent => "not_eligible",
        None => put_off.as_ref().map(|_| "put_off")?,
    };
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    Some(Spared {
        at: case.stamp(Timestamp(body.get("now_ms")?.as_i64()?)),
        moment: words::moment(text("trigger")?, text("store").map(|id| case.store(id)).as_deref()),
        reason: reason.to_owned(),
        because: words::spared(reason, of_candidate("channel"), of_candidate("detail")),
        put_off,
    })
}

/// The candidate with the first of these reasons; `None` when none has any of them.
fn plainest<'a>(body: &'a Value, reasons: &[&str]) -> Option<&'a Value> {
    let candidates = body.get("candidates")?.as_array()?;
    let rank = |candidate: &&Value| {
        let reason = candidate.get("reason").and_then(Value::as_str)?;
        reasons.iter().position(|known| *known == reason)
    };
    candidates.iter().filter(|candidate| rank(candidate).is_some()).min_by_key(rank)
}

/// What a decision put off, in words.
fn put_off(case: &Case<'_>, body: &Value) -> Option<String> {
    let made = body.get("appointments")?.as_array()?;
    let told = made.iter().filter_map(|made| {
        let text = |key: &str| made.get(key).and_then(Value::as_str);
        let not_before = Timestamp(made.get("not_before_ms")?.as_i64()?);
        Some(words::put_off(text("issue")?, text("on")?, &case.clock(not_before)))
    });
    Some(told.collect::<Vec<_>>().join("; ")).filter(|told| !told.is_empty())
}

/// A decision that was looked at once more before it left, and did not.
fn taken_back(case: &Case<'_>, item: &DecisionItem) -> Option<Spared> {
    let Delivery::Closed(reason) = &item.state else { return None };
    let because = words::spared(reason, Some(item.channel.name()), None);
    let moment = format!("{} was about to leave", words::message(item.channel));
    Some(Spared { at: case.stamp(item.planned_at), moment, reason: reason.to_string(), because, put_off: None })
}

#[cfg(test)]
mod tests {
    use tact_decide::Reason;

    use super::*;

    #[test]
    fn every_reason_is_told_or_named_among_those_that_are_not() {
        for reason in Reason::ALL {
            let name = reason.name();
            assert_ne!(PLAINEST.contains(&name), UNTOLD.contains(&name), "{name}");
        }
        assert_eq!(PLAINEST.len() + UNTOLD.len(), Reason::ALL.len(), "and none twice");
    }

    #[test]
    fn what_was_withheld_for_the_customers_sake_is_told_as_that() {
        let useless = words::spared("not_eligible", None, None);
        for reason in [
            "consent_dormant",
            "in_person",
            "at_the_door",
            "indiscreet",
            "other_arena",
            "guardrail",
            "no_cover",
            "discretion_spent",
            "amends_spent",
            "accidental_place",
            "not_ready",
            "in_trouble",
            "low_consent",
        ] {
            assert_ne!(words::spared(reason, Some("push"), None), useless, "{reason}");
        }
    }
}
