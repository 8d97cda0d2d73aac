//! The words of an explanation, each at this one place: moments, consents, trials, and how a decision was made. What reasons mean is in `summary`.

use tact_decide::{Class, Rung, Tactic};
use tact_domain::{Channel, Outcome, Purpose, Trigger};

pub(super) use crate::summary::meaning as reason;

/// Why nothing was done although something would have been.
pub(super) const HELD_OUT: &str = "held out, so that we learn what would have happened anyway";

/// What had happened when a decision was made.
pub(super) fn happened(trigger: Trigger, store: Option<&str>) -> String {
    let (what, place) = match trigger {
        Trigger::CheckIn => ("checked in", "at"),
        Trigger::Purchase if store.is_none() => return "ordered".to_owned(),
        Trigger::Purchase => ("paid", "at"),
        Trigger::Entry => ("came in", "at"),
        Trigger::Dwell => ("stayed a while", "at"),
        Trigger::Exit => ("left", ""),
        Trigger::Comment => ("commented", "on"),
        Trigger::Due => ("what had been put off came up again", "about"),
        Trigger::Open => ("looked at a place of ours", "about"),
    };
    let words = store.map_or_else(|| what.to_owned(), |store| format!("{what} {place} {store}"));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why something is done that is not weighed in money alone; `None` for what is.
pub(super) fn owed(class: Class) -> Option<&'static str> {
    match class {
        Class::Default => None,
        Class::Transactional => Some("it belongs to what the customer ordered"),
        Class::Mandatory => Some("the law wants it said, whatever it is worth"),
    }
}

/// How the chances were found.
pub(super) fn how(rung: Rung) -> &'static str {
    match rung {
        Rung::FullModel => "in good time: the full model told how likely a yes is",
        Rung::SmallModel => "in some hurry: the small model told how likely a yes is",
        Rung::GroupPrior => "in a hurry: a yes was taken to be as likely as for everybody",
        Rung::RulesOnly => {
            "at the last moment: nothing was weighed, and only what comes before all weighing could be done"
        }
        Rung::Silence => "too late: nothing was to be said any more",
    }
}

/// What a consent is to.
pub(super) fn consent(purpose: Purpose, channel: Option<Channel>) -> &'static str {
    match (purpose, channel) {
        (Purpose::Marketing, Some(Channel::Sms)) => "texts that sell",
        (Purpose::Marketing, Some(Channel::Email)) => "e-mails that sell",
        (Purpose::Marketing, Some(Channel::Push)) => "notifications that sell",
        (Purpose::Marketing, Some(Channel::Inbox)) => "cards that sell",
        (Purpose::Marketing, Some(Channel::Webhook)) => "being sold to by another system",
        (Purpose::Marketing, Some(Channel::Associate)) => "being sold to by our people",
        (Purpose::Marketing, None) => "anything that sells",
        (Purpose::Profiling, _) => "suggestions from what they did",
        (Purpose::Location, _) => "the use of where they are",
        (Purpose::StaffRecognition, _) => "being greeted by name",
        (Purpose::ThirdParty, _) => "the use of what others tell",
        (Purpose::Social, _) => "the use of whom they know",
        (Purpose::Sensitive, _) => "the use of what is nobody's business",
    }
}

/// What can become of a message, in the order in which it is told, with its words.
pub(super) const OUTCOMES: [(Outcome, &str); 14] = [
    (Outcome::Delivered, "delivered"),
    (Outcome::Bounced, "could not be delivered"),
    (Outcome::Shown, "seen"),
    (Outcome::Opened, "opened"),
    (Outcome::Clicked, "link followed"),
    (Outcome::Accepted, "the customer said yes"),
    (Outcome::Declined, "the customer said no"),
    (Outcome::Redeemed, "coupon used"),
    (Outcome::Thanked, "the customer said thank you"),
    (Outcome::Dismissed, "put away"),
    (Outcome::OptedOut, "the customer asked for no more"),
    (Outcome::Complained, "the customer complained"),
    (Outcome::Returned, "brought back"),
    (Outcome::Expired, "no answer in time"),
];

/// The arm of a trial that a customer is in.
pub(super) fn arm(trial: &str, arm: &str) -> String {
    match (trial, arm) {
        ("holdout", "held_out") => {
            "held out: nothing is sold to them this year, so that we learn what would have happened anyway".to_owned()
        }
        ("holdout", _) => "not held out this year".to_owned(),
        (action, "control") => format!("never gets {action} this year, so that its effect is known"),
        (action, arm) => format!("gets {action} in the way `{arm}` this year, as ways are tried against each other"),
    }
}

/// What a tactic is like, in words, attribute by attribute.
pub(super) fn tactic(tactic: Tactic) -> Vec<&'static str> {
    let who = match tactic.identification {
        0 => "meant for nobody in particular",
        1 => "told to the customer alone",
        2 => "told to a person",
        _ => "told to a person, by name",
    };
    let known = match tactic.evidence {
        0 => "from what is in hand, ours or told",
        1 => "from what was bought",
        2 => "from what was seen",
        _ => "from what was concluded, or heard from others",
    };
    let audience = match tactic.audience {
        0 => None,
        1 => Some("where others can read it"),
        _ => Some("with a person taking part"),
    };
    let moment = match tactic.moment {
        0 => "at leisure",
        1 => "in the middle of shopping",
        _ => "at the door, or where one undresses",
    };
    let arena = (tactic.arena > 0).then_some("carried over from where it is known");
    let control = match tactic.control {
        0 => "nothing the customer can do about it",
        1 => "can be put away",
        2 => "asks first",
        _ => "comes only when asked for",
    };
    let value = match tactic.value {
        0 => "gives nothing",
        1 => "gives information",
        _ => "gives money, or just what was asked for",
    };
    let said = [Some(who), Some(known), audience, Some(moment), arena, Some(control), Some(value)];
    said.into_iter().flatten().collect()
}

/// Money in minor units as people write it; below ten cents with one digit more.
pub(super) fn money(minor: f64, currency: &str) -> String {
    let amount = minor / 100.0;
    // There is no negative nothing.
    let amount = if amount.abs() < 0.000_5 { 0.0 } else { amount };
    if amount != 0.0 && amount.abs() < 0.1 {
        format!("{amount:.3} {currency}")
    } else {
        format!("{amount:.2} {currency}")
    }
}

/// A text of the catalogue with its variables in brackets: what stands there differs from customer to customer.
pub(super) fn template(text: &str) -> String {
    text.replace("{{ ", "[").replace(" }}", "]").replace("{{", "[").replace("}}", "]")
}

#[cfg(test)]
mod tests {
    use tact_decide::Reason;

    use super::*;

    #[test]
    fn every_reason_has_a_sentence() {
        for known in Reason::ALL {
            assert!(!reason(known.name()).is_empty(), "{known:?}");
        }
    }

    #[test]
    fn small_amounts_keep_a_digit_more_and_nothing_is_nothing() {
        let told = [-36.0, 0.8, -0.01, 1_250.0].map(|minor| money(minor, "USD"));
        assert_eq!(told, ["-0.36 USD", "0.008 USD", "0.00 USD", "12.50 USD"]);
    }

    #[test]
    fn what_differs_between_customers_stands_in_brackets() {
        assert_eq!(template("Show {{ code }} until {{valid_until}}."), "Show [code] until [valid_until].");
    }
}
