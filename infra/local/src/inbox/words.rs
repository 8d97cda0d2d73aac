//! The words in which somebody is told of their own day.

use jiff::Zoned;
use tact_decide::Class;
use tact_domain::{Channel, Mission, Outcome, Promise, Purpose, Scope};

/// Why something may be said without anybody's consent.
pub(super) fn owed(class: Class) -> &'static str {
    match class {
        Class::Default => "you asked for it",
        Class::Transactional => "it belongs to what you came for",
        Class::Mandatory => "the law wants you to know",
    }
}

/// A message by its way.
pub(crate) fn message(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "a text",
        Channel::Email => "an e-mail",
        Channel::Push => "a notification",
        Channel::Inbox => "a card in the app",
        Channel::Webhook => "a word to another system",
        Channel::Associate => "a word to our people in the store",
    }
}

/// What came of a message.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => "delivered",
        Outcome::Bounced => "could not be delivered",
        Outcome::Shown => "seen",
        Outcome::Opened => "opened",
        Outcome::Clicked => "link followed",
        Outcome::Accepted => "you said yes",
        Outcome::Declined => "you said no",
        Outcome::Redeemed => "coupon used",
        Outcome::Thanked => "you said thank you",
        Outcome::Dismissed => "you put it away",
        Outcome::Complained => "you complained",
        Outcome::OptedOut => "you asked for no more",
        Outcome::Returned => "brought back",
        Outcome::Expired => "no answer",
    }
}

/// What had just happened when something was considered.
pub(super) fn moment(trigger: &str, store: Option<&str>) -> String {
    let (what, place) = match trigger {
        "check_in" => ("you checked in", "at"),
        "purchase" => ("you paid", "at"),
        "entry" => ("you came in", "at"),
        "dwell" => ("you stayed a while", "at"),
        "exit" => ("you left", ""),
        _ => return "what had been put off came up again".to_owned(),
    };
    match (store, place) {
        (None, _) if trigger == "purchase" => "you ordered".to_owned(),
        (None, _) => what.to_owned(),
        (Some(store), "") => format!("{what} {store}"),
        (Some(store), place) => format!("{what} {place} {store}"),
    }
}

/// Why nothing was said; `detail` is the cap that is meant.
pub(super) fn spared(reason: &str, channel: Option<&str>, detail: Option<&str>) -> String {
    let told = match (reason, channel) {
        ("moment_passed", _) => "the moment had passed",
        ("deny_zone", _) => "near a clinic, or another place where nobody is approached",
        ("sensitive_moment", _) => "there is something in it that we do not keep",
        ("minor", _) => "you may not be of age: what you do is not remembered, and nothing is sent",
        ("consent_revoked", Some("sms")) => "you asked us to stop texting",
        ("consent_revoked", _) => "you asked us to stop",
        ("consent_denied", _) => "you said no",
        ("consent_expired", _) => "what you agreed to has run out",
        ("consent_dormant", _) => "what you agreed to rests: what we promised for it did not come",
        ("consent_missing", _) => "you never agreed to it",
        ("low_consent", _) => "you agreed to be asked, and to no more",
        ("in_trouble", _) => "something had gone wrong for you, and nobody is sold anything meanwhile",
        ("accidental_place", _) => "where you were got out by accident, and is not used",
        ("in_person", _) => "nobody walks up to you for what you wrote",
        ("not_ready", _) => "you gave no sign of wanting help",
        ("at_the_door", _) => "you were on your way in, and nobody holds you up at the door",
        ("indiscreet", _) => "it would have felt like being watched",
        ("other_arena", _) => "what is known in one place is not used in another",
        ("guardrail", _) => "too many people wanted no more of it, so it rests",
        ("no_cover", _) => "getting it could have told others something about you",
        ("discretion_spent", _) => "we had asked enough of your patience",
        ("amends_spent", _) => "it would have been more than making up for it",
        ("contact_cap", _) if detail == Some("one_a_day") => "you had one message already",
        ("contact_cap" | "ledger_full", _) => "you had enough messages for now",
        ("consent_terms", _) => "you were promised no more than you had",
        ("put_off", _) => "it can wait",
        ("quiet_hours", _) => "not an hour at which we disturb anybody",
        ("zone_unknown", _) => "nobody knows what time it is where you live",
        ("already_said", _) => "you had been told",
        ("saved", _) => "your attention is saved for something better",
        ("silence" | "not_scored", _) => "worth less than saying nothing",
        ("not_to_be_recognised", _) => "nobody in a store is told who you are",
        ("unreachable", _) => "you gave us no address for it",
        ("not_yet" | "ended", _) => "it was not the time for it",
        ("eligibility_unknown", _) => "we do not know enough to be of use",
        ("expired", _) => "it was worth nothing any more",
        _ => "nothing we have would have helped you then",
    };
    told.to_owned()
}

/// What is to be decided again, and when.
pub(crate) fn put_off(issue: &str, on: &str, not_before: &Zoned) -> String {
    let what = match issue {
        "safety" => "a safety notice",
        "service" => "a word about your order",
        "entitlement" => "what you earned",
        "recognise" => "a welcome",
        "speed" => "a quicker way",
        "choose" => "advice",
        "retain" => "a question",
        _ => "a suggestion",
    };
    match on {
        "next_visit" => format!("{what} is put off to your next visit"),
        "store_exit" => format!("{what} is put off until you leave"),
        "purchase" => format!("{what} is put off until you have paid"),
        _ => format!("{what} is put off to {}", not_before.strftime("%A %H:%M")),
    }
}

/// What a consent is narrowed to, behind what it is about; nobody else is named: of a person it says that there is one.
pub(crate) fn particular(scope: &Scope, whom: &str) -> String {
    match (scope.purpose, scope.topic.as_deref()) {
        (_, None) => String::new(),
        (Purpose::Social, Some(_)) => format!(", of somebody {whom} know"),
        (Purpose::ThirdParty, Some(_)) => ", of one of them alone".to_owned(),
        (Purpose::Location, Some("coarse")) => ", roughly".to_owned(),
        (Purpose::Location, Some(_)) => ", precisely".to_owned(),
        (_, Some(topic)) => format!(", about {topic}"),
    }
}

/// How a promise stands, behind the consent it was made for: what was promised, and whether it came.
pub(super) fn promise(what: &str, promise: Promise, rests: bool, by: Option<&str>) -> String {
    match (promise, rests, by) {
        (Promise::Kept, ..) => format!("; promised \"{what}\", and kept"),
        (Promise::Made, true, _) => format!("; rests: what was promised did not come, \"{what}\""),
        (Promise::AskedAgain, true, _) => {
            format!("; rests: what was promised did not come, \"{what}\", and you were asked once more")
        }
        (_, false, Some(day)) => format!("; promised by {day}: \"{what}\""),
        (_, false, None) => format!("; promised: \"{what}\""),
    }
}

/// What a consent is about.
pub(super) fn scope(purpose: Purpose, channel: Option<Channel>) -> String {
    match (purpose, channel) {
        (Purpose::Marketing, Some(Channel::Sms)) => "texts that sell".to_owned(),
        (Purpose::Marketing, Some(Channel::Email)) => "e-mails that sell".to_owned(),
        (Purpose::Marketing, Some(Channel::Push)) => "notifications that sell".to_owned(),
        (Purpose::Marketing, Some(Channel::Inbox)) => "cards that sell".to_owned(),
        (Purpose::Marketing, Some(other)) => format!("being sold to by {}", other.name()),
        (Purpose::Marketing, None) => "anything that sells".to_owned(),
        (Purpose::Profiling, _) => "suggestions from what you did".to_owned(),
        (Purpose::Location, _) => "using where you are".to_owned(),
        (Purpose::StaffRecognition, _) => "being greeted by name".to_owned(),
        (Purpose::ThirdParty, _) => "using what others tell us".to_owned(),
        (Purpose::Social, _) => "using whom you know".to_owned(),
        (Purpose::Sensitive, _) => "using what is nobody else's business".to_owned(),
    }
}

/// What somebody's visits look like.
pub(super) fn mission(mission: Mission) -> Option<&'static str> {
    match mission {
        Mission::Express => Some("you come for one thing and go"),
        Mission::Browse => Some("you like to look around"),
        Mission::Unknown => None,
    }
}
