//! What is offered, and to whom.

use serde_json::json;
use tact_decide::{Action, Arenas, Catalogue, Discretion, Holdout, Issue, Mode, Policy, Treatment};
use tact_domain::{Channel, Fingerprint, Trigger};

use crate::pipeline::world::{CATALOGUE, Sample, event};

/// A catalogue of these actions, under the policy of the default one, from which nobody is held out. Discretion is not weighed and every arena is free, so
/// that whatever is on offer is decided for; what patience comes to under faults is in `patience`.
pub(crate) fn catalogue_of(actions: Vec<Action>) -> Catalogue {
    let (holdout, discretion, arenas) = (Holdout::default(), Discretion::default(), Arenas::default());
    let policy = Policy { holdout, discretion, arenas, ..CATALOGUE.policy.clone() };
    Catalogue { hash: "of this test".to_owned(), actions, policy, entitlements: Vec::new(), ..CATALOGUE.clone() }
}

/// A catalogue whose only action is an offer at every check-in, by these channels, the best first.
pub(crate) fn offer_by(channels: &[Channel]) -> Catalogue {
    catalogue_of(vec![offer("offer", Trigger::CheckIn, channels)])
}

/// An offer worth making whenever its trigger comes, by these channels, the best first.
pub(crate) fn offer(name: &str, trigger: Trigger, channels: &[Channel]) -> Action {
    Action {
        triggers: vec![trigger],
        margin: 10_000.0,
        treatments: (0..).zip(channels).map(|(rank, channel)| way(rank, *channel)).collect(),
        ..Action::new(name, Issue::Grow, "offers")
    }
}

fn way(rank: u8, channel: Channel) -> Treatment {
    Treatment {
        cost: 1.0,
        group_prior: 0.9 - 0.1 * f64::from(rank),
        valid_s: 16 * 3_600,
        window_s: 2 * 86_400,
        subject: Some("An offer".to_owned()),
        text: "An offer. Reply STOP to opt out.".to_owned(),
        ..Treatment::new(format!("by_{}_{rank}", channel.name()), channel, Mode::Prompt)
    }
}

/// A customer in New York agrees to marketing by these channels, and gives an address of their own for each.
pub(crate) fn willing(name: &str, at: i64, channels: &[&str]) -> Sample {
    willing_in(Some("America/New_York"), name, at, channels)
}

/// A customer somewhere, or nobody knows where, agrees to marketing by these channels, and gives an address of their own for each.
pub(crate) fn willing_in(zone: Option<&str>, name: &str, at: i64, channels: &[&str]) -> Sample {
    let grant = |channel: &&str| json!({ "channel": channel, "purpose": "marketing", "state": "granted" });
    let mut data = json!({ "grants": channels.iter().map(grant).collect::<Vec<_>>(), "points": {} });
    for channel in channels {
        match *channel {
            "sms" => data["points"]["sms"] = number(name).replacen("+1212", calling_code(zone), 1).into(),
            "email" => data["points"]["email"] = format!("{name}@example.com").into(),
            _ => {}
        }
    }
    if let Some(zone) = zone {
        data["zone"] = zone.into();
    }
    event("consent", &format!("{name}-agrees"), name, at, &data)
}

/// What the numbers of people who live in a zone begin with; one from elsewhere tells no zone of ours.
fn calling_code(zone: Option<&str>) -> &'static str {
    match zone {
        Some("America/New_York") => "+1212",
        Some("America/Denver") => "+1303",
        Some("America/Phoenix") => "+1602",
        _ => "+49212",
    }
}

/// A telephone number that is nobody else's.
pub(crate) fn number(name: &str) -> String {
    format!("+1212{:07}", 2_000_000 + Fingerprint::of("number", name).0 % 7_000_000)
}
