//! What happens now in a policy test.

use tact_domain::{Evidence, Happened, Key, On, Sighting, Timestamp, Trigger};
use toml::de::DeValue;

use super::comment::comment;
use super::fact::{Around, Dated, action_name, check_in, purchase, stay, store};
use super::stay::{Stay, inside, outside};
use crate::amount::{number, whole};
use crate::section::Section;
use crate::word;

/// What happens now.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A signal arrives.
    Happens(Happened),
    /// An appointment for an issue is due.
    Due(Appointed),
    /// Somebody looks at a placement with so many slots, perhaps in a store.
    Open { placement: Key, store: Option<Key>, slots: usize },
}

/// An appointment that is due.
#[derive(Clone, Debug)]
pub(super) struct Appointed {
    /// The issue.
    pub(super) issue: Key,
    /// What made it, for one that is not there yet.
    pub(super) trigger: Trigger,
    /// The store it is about.
    pub(super) store: Option<Key>,
    /// What it waited for.
    pub(super) on: On,
}

/// An event, what was seen just before it, and the store it is about.
pub(super) struct Now {
    pub(super) event: Event,
    pub(super) before: Vec<Dated>,
    pub(super) store: Option<Key>,
}

const KINDS: &str = "write one of purchase, check_in, entry, dwell, exit, fix, comment, due, open";

/// The event of a test; `None` after a mistake.
pub(super) fn event(section: &mut Section<'_, '_>, around: &Around<'_>) -> Option<Now> {
    let mut inner = section.table("event")?;
    let mut found = Vec::new();
    for (key, read) in READ {
        if let Some(mut of_kind) = inner.table(key) {
            found.push(read(&mut of_kind, around));
            of_kind.finish();
        }
    }
    let count = found.len();
    inner.finish();
    if count != 1 {
        section.note("event", "must be one thing that happens", KINDS);
    }
    found.into_iter().next().flatten()
}

type Read = fn(&mut Section<'_, '_>, &Around<'_>) -> Option<Now>;

const READ: [(&str, Read); 9] = [
    ("purchase", |section, around| {
        let purchase = purchase(section, around);
        let store = purchase.store.clone();
        Some(Now { event: Event::Happens(Happened::Purchase(purchase)), before: Vec::new(), store })
    }),
    ("check_in", |section, around| {
        let check_in = check_in(section, around);
        let store = check_in.store.clone();
        Some(Now { event: Event::Happens(Happened::CheckIn(check_in)), before: Vec::new(), store })
    }),
    ("entry", entry),
    ("dwell", dwell),
    ("exit", exit),
    ("fix", |section, _| Some(fix(section))),
    ("comment", |section, around| {
        let comment = comment(section, around, around.now);
        let store = match &comment.evidence {
            Evidence::Told { store } | Evidence::Wifi { store, .. } => Some(store.clone()),
            Evidence::Nothing | Evidence::GeoTag(_) => None,
        };
        Some(Now { event: Event::Happens(Happened::Comment(comment)), before: Vec::new(), store })
    }),
    ("due", due),
    ("open", |section, around| Some(open(section, around))),
];

fn located(sighting: Sighting, before: Vec<Dated>, store: Option<Key>) -> Now {
    Now { event: Event::Happens(Happened::Geolocation(sighting)), before, store }
}

fn entry(section: &mut Section<'_, '_>, around: &Around<'_>) -> Option<Now> {
    let store = section.required("store", "\"market-street\"", |value| store(value, around).map(Some))?;
    Some(located(inside(store), Vec::new(), Some(store.id.clone())))
}

/// Staying as long as the store calls a dwell, or longer, with no position in between that would have shown it before.
fn dwell(section: &mut Section<'_, '_>, around: &Around<'_>) -> Option<Now> {
    let given = section.has("minutes");
    let stay = stay(section, around, around.now)?;
    let least_s = i64::from(stay.store.dwell_s);
    let entered = if given { stay.entered } else { around.now.plus_s(-least_s) };
    if around.now.since_ms(entered) < least_s * 1000 {
        section.note("minutes", format!("is no dwell yet: the store calls it one after {least_s} seconds"), "raise it");
    }
    let before = Stay { entered, ..stay.clone() }.sightings();
    let early = |dated: &Dated| dated.at < entered.plus_s(least_s);
    Some(located(inside(stay.store), before.into_iter().filter(early).collect(), Some(stay.store.id.clone())))
}

fn exit(section: &mut Section<'_, '_>, around: &Around<'_>) -> Option<Now> {
    let stay = stay(section, around, around.now)?;
    let leaving = outside(stay.store, &around.catalogue.places);
    Some(located(leaving, stay.sightings(), Some(stay.store.id.clone())))
}

fn fix(section: &mut Section<'_, '_>) -> Now {
    let degrees = |most: f64| move |value: &DeValue<'_>| number(value, -most..=most);
    let lat = section.required("lat", "40.7127", degrees(90.0));
    let lon = section.required("lon", "-74.0060", degrees(180.0));
    let accuracy_m = section.optional("accuracy_m", |value| number(value, 0.0..=100_000.0));
    located(Sighting::Fix { lat, lon, accuracy_m }, Vec::new(), None)
}

/// An appointment of an action's issue, or one to keep a promise, which the customer's yes has made.
fn due(section: &mut Section<'_, '_>, around: &Around<'_>) -> Option<Now> {
    let triggers = Trigger::CUSTOMER.map(|trigger| (trigger.name(), trigger));
    let trigger = section.optional("trigger", |value| word::one_of(value, &triggers));
    let store = section.optional("store", |value| store(value, around)).map(|store| store.id.clone());
    let action = section.optional("action", |value| action_name(value, around));
    let promise = section.optional("promise", |value| action_name(value, around));
    if section.has("action") == section.has("promise") {
        let wrong = "or `promise` must be named, not both";
        section.note("action", wrong, "write for example `due = { action = \"win_back\" }`");
    }
    let known = |name: Key| around.catalogue.actions.iter().find(|action| action.name == name);
    let (issue, on) = match (action, promise) {
        (Some(action), _) => {
            let action = known(action)?;
            (action.issue.name().into(), action.put_off.map_or(On::Time, |put_off| put_off.on))
        }
        (None, promise) => (Key::new(format!("promise/{}", promise?)), On::Time),
    };
    let trigger = trigger.unwrap_or(Trigger::CheckIn);
    let appointed = Appointed { issue, trigger, store: store.clone(), on };
    Some(Now { event: Event::Due(appointed), before: Vec::new(), store })
}

fn open(section: &mut Section<'_, '_>, around: &Around<'_>) -> Now {
    let placement = section.required("placement", "\"home\"", word::name);
    let store = section.optional("store", |value| store(value, around)).map(|store| store.id.clone());
    let slots = section.optional("slots", |value| whole::<u8>(value, 1..=20)).unwrap_or(1);
    let event = Event::Open { placement, store: store.clone(), slots: slots.into() };
    Now { event, before: Vec::new(), store }
}

impl Event {
    /// When what made an appointment happened that is due now: an hour ago.
    pub(super) fn made_at(now: Timestamp) -> Timestamp {
        now.plus_s(-3_600)
    }
}
