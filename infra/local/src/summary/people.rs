//! Twelve people of the town, each with the moment that is told of them.

use jiff::fmt::temporal::DateTimeParser;
use serde::Serialize;
use tact_decide::{Catalogue, Class};
use tact_domain::{Channel, Timestamp, Trigger};
use tact_wire::{DecisionItem, Seal};

use super::meaning::meaning;
use crate::inbox::{Inbox, Received, Spared, Watch};
use crate::observer::Observer;
use crate::stack::Kept;

/// What is told of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// When, at their clock: `Sat 08:10`.
    pub at: String,
    /// Who.
    pub name: String,
    /// What happened.
    pub happened: String,
    /// What was done.
    pub did: String,
    /// Why.
    pub why: String,
}

/// Those who are told of, by the action their story is about.
const TWELVE: [(&str, &str); 12] = [
    ("ana", "express_pickup"),
    ("jo", ""),
    ("anne", "win_back"),
    ("carla", "welcome_back"),
    ("kit", "safety_recall"),
    ("dev", "welcome_back"),
    ("ben", "come_back_for_it"),
    ("ella", "answer_where_said"),
    ("brooke", "come_back_for_it"),
    ("hana", "replenish"),
    ("ivo", "replenish"),
    ("lea", "complete_the_look"),
];

/// Twelve people who are watched while the day is played.
pub struct Twelve(Vec<Watch>);

impl Default for Twelve {
    fn default() -> Self {
        Self(TWELVE.iter().map(|(name, _)| Watch::on(name)).collect())
    }
}

impl Twelve {
    /// Those who are to be told what happens.
    pub fn observers(&mut self) -> impl Iterator<Item = &mut dyn Observer> {
        self.0.iter_mut().map(|watch| watch as &mut dyn Observer)
    }

    /// What is told of them, by time; of whom there is nothing to tell, nothing is.
    pub(super) fn told(&self, kept: &Kept, catalogue: &Catalogue, seal: &Seal, now: Timestamp) -> Vec<Person> {
        let told = TWELVE.iter().zip(&self.0).filter_map(|((name, about), watch)| {
            let inbox = Inbox::of(watch, kept, catalogue, seal, now);
            told(name, about, &inbox, kept, catalogue)
        });
        let mut told: Vec<_> = told.collect();
        told.sort_by(|(a, _), (b, _)| a.cmp(b));
        told.into_iter().map(|(_, person)| person).collect()
    }
}

/// The one moment: the message their story is about, else a silence that says something, else any message, else any silence.
fn told(name: &str, about: &str, inbox: &Inbox, kept: &Kept, catalogue: &Catalogue) -> Option<(String, Person)> {
    let story = inbox.received.iter().find(|received| received.action == about);
    let spared = inbox.spared.iter().min_by_key(|spared| rank(spared));
    let silence = spared.filter(|spared| rank(spared) <= PLAIN.len());
    match (story.or_else(|| inbox.received.first().filter(|_| silence.is_none())), spared) {
        (Some(received), _) => Some((received.at.clone(), receives(name, received, kept, catalogue))),
        (None, Some(spared)) => Some((spared.at.clone(), spares(name, spared))),
        (None, None) => None,
    }
}

/// The reasons for a silence that say most: those of principle before those of worth.
const PLAIN: [&str; 15] = [
    "deny_zone",
    "minor",
    "consent_revoked",
    "consent_denied",
    "in_trouble",
    "low_consent",
    "held_out",
    "quiet_hours",
    "put_off",
    "contact_cap",
    "cool_down",
    "not_suitable",
    "better_later",
    "saved",
    "silence",
];

/// How much a silence says, the most first; what came up again says more than what only came to nothing.
fn rank(spared: &Spared) -> usize {
    let again = usize::from(!spared.moment.starts_with("what had been put off"));
    PLAIN.iter().position(|reason| *reason == spared.reason).unwrap_or(PLAIN.len() + again)
}

fn receives(name: &str, received: &Received, kept: &Kept, catalogue: &Catalogue) -> Person {
    let item = item(name, received, kept);
    let about = if received.channel == Channel::Associate { "a task for staff" } else { message(received.channel) };
    let said: String = received.text.lines().next().unwrap_or_default().to_owned();
    Person {
        at: clock(&received.at),
        name: capital(name),
        happened: item.map_or_else(|| "it was due".to_owned(), |item| happened(item, catalogue)),
        did: format!("{about}: \"{said}\""),
        why: why(received, item, catalogue),
    }
}

fn spares(name: &str, spared: &Spared) -> Person {
    let because = match (spared.reason.as_str(), meaning(&spared.reason)) {
        ("not_eligible" | "not_applicable", _) => "nothing we have would have helped",
        (_, "") => &spared.because,
        (_, meant) => meant,
    };
    let happened = spared.moment.strip_prefix("you ").unwrap_or(&spared.moment).to_owned();
    let did = spared.put_off.clone().unwrap_or_else(|| "nothing".to_owned());
    Person { at: clock(&spared.at), name: capital(name), happened, did, why: because.to_owned() }
}

fn item<'a>(name: &str, received: &Received, kept: &'a Kept) -> Option<&'a DecisionItem> {
    let theirs = kept.decisions.iter().filter(|(customer, _)| customer == name).map(|(_, item)| item);
    let sent = theirs.filter(|item| item.action == received.action && item.treatment == received.treatment);
    sent.min_by_key(|item| item.sent_at)
}

fn happened(item: &DecisionItem, catalogue: &Catalogue) -> String {
    let store = item.store.as_deref().and_then(|id| catalogue.places.store(id)).map(|store| store.name.as_str());
    let (what, place) = match item.trigger {
        Trigger::CheckIn => ("checked in", "at"),
        Trigger::Purchase if store.is_none() => ("ordered", "at"),
        Trigger::Purchase => ("paid", "at"),
        Trigger::Entry => ("came in", "at"),
        Trigger::Dwell => ("stayed a while", "at"),
        Trigger::Exit => ("left", ""),
        Trigger::Comment => ("commented", "on"),
        Trigger::Open => ("opened the app", "at"),
        Trigger::Due => return "what had been put off came up again".to_owned(),
    };
    store.map_or_else(|| what.to_owned(), |store| [what, place, store].join(" ").replace("  ", " "))
}

fn why(received: &Received, item: Option<&DecisionItem>, catalogue: &Catalogue) -> String {
    let action = catalogue.actions.iter().find(|action| action.name == received.action);
    let by_name = action.is_some_and(|action| {
        action.treatments.iter().any(|treatment| treatment.name == received.treatment && treatment.identifies)
    });
    let allowed = match action.map_or(Class::Default, |action| action.class) {
        Class::Mandatory => "the law wants it said",
        Class::Transactional => "it belongs to what they came for",
        Class::Default if by_name => "as they had asked to be greeted by name",
        Class::Default => "worth more than silence, and they had agreed to it",
    };
    let later = item.is_some_and(|item| item.trigger == Trigger::Due);
    if later { format!("{allowed}; it had waited for their morning") } else { allowed.to_owned() }
}

fn message(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "a text",
        Channel::Email => "an e-mail",
        Channel::Push => "a notification",
        Channel::Inbox => "a card in the app",
        Channel::Webhook => "a word to another system",
        Channel::Associate => "a word to staff",
    }
}

/// A stamp as people read it: `Sat 08:10`; `all day` for one that is empty.
fn clock(stamp: &str) -> String {
    let read = DateTimeParser::new().parse_datetime(stamp);
    read.map_or_else(|_| "all day".to_owned(), |at| at.strftime("%a %H:%M").to_string())
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
