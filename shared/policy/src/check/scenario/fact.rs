//! What happened before a policy test: entries of its `history`, as the signals and ledger entries they stand for.

use jiff::tz::TimeZone;
use tact_decide::{Action, Catalogue, Treatment};
use tact_domain::{
    Cause, Channel, CheckIn, ConsentChange, Happened, Key, Line, LineKind, Outcome, PartnerSignal, Purchase, Readiness,
    ReadinessKind, Store, Timestamp, Trouble, Venue,
};
use toml::de::DeValue;

use super::comment::comment;
use super::consent;
use super::stay::{Stay, outside};
use crate::amount::{Currency, number, whole};
use crate::measure::OUTCOMES;
use crate::section::{Parsed, Section, wrong};
use crate::suggest::did_you_mean;
use crate::{time, word};

/// The longest a history goes back, in milliseconds.
const LONGEST: i64 = 5 * 366 * time::DAY;
/// What a line costs that has no price, in minor units.
const PRICE: i64 = 1_000;
/// The longest stay, in minutes.
pub(super) const LONGEST_STAY: i64 = 1_440;

/// What the rest of the catalogue says that tests need, and the time of the test.
pub(super) struct Around<'a> {
    pub(super) catalogue: &'a Catalogue,
    /// The actions that are still being written.
    pub(super) drafts: &'a [Key],
    pub(super) currency: Currency,
    pub(super) now: Timestamp,
    pub(super) offset_s: i32,
}

/// Something that happened at an instant.
#[derive(Clone, Debug)]
pub(super) struct Dated {
    pub(super) at: Timestamp,
    pub(super) step: Step,
}

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A signal, to be folded.
    Happens(Happened),
    /// A message that left.
    Told(Told),
    /// Something became of a message.
    Becomes(Became),
    /// Something went wrong.
    Troubles(Trouble),
    /// A promise made for consents was kept.
    Keeps(Key),
    /// The customer was asked once more for the consents that rest.
    AsksAgain,
}

/// A message that left.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) action: Key,
    pub(super) group: Key,
    pub(super) channel: Channel,
    /// Whether caps count it.
    pub(super) capped: bool,
    pub(super) valid_s: i64,
}

/// What became of a message.
#[derive(Clone, Debug)]
pub(super) struct Became {
    pub(super) action: Key,
    pub(super) treatment: Key,
    pub(super) channel: Channel,
    /// The store it was about, if any.
    pub(super) store: Option<Key>,
    pub(super) outcome: Outcome,
    /// What was answered, where why was asked.
    pub(super) answer: Option<Cause>,
}

impl Step {
    /// A change of consent.
    pub(super) fn consent(change: ConsentChange) -> Self {
        Self::Happens(Happened::Consent(change))
    }
}

/// How the table of an entry is read: what happened at an instant.
type Read = fn(&mut Section<'_, '_>, &Around<'_>) -> Option<Step>;

/// The entries that stand for one thing at one time.
const ENTRIES: [(&str, Read); 7] = [
    ("purchase", |section, around| Some(Step::Happens(Happened::Purchase(purchase(section, around))))),
    ("check_in", |section, around| Some(Step::Happens(Happened::CheckIn(check_in(section, around))))),
    ("partner", |section, around| Some(Step::Happens(Happened::Partner(partner(section, around))))),
    ("told", told),
    ("outcome", outcome),
    ("trouble", |section, _| Some(Step::Troubles(trouble(section)))),
    ("consent", |section, _| Some(Step::consent(consent::change(section)))),
];

/// One entry of a history.
pub(super) fn entry(section: &mut Section<'_, '_>, around: &Around<'_>) -> Vec<Dated> {
    if section.entries().is_empty() {
        section.note(
            "history",
            "has an entry that says nothing",
            "write for example `{ check_in = { ago = \"5d\" } }`",
        );
    }
    let mut dated = Vec::new();
    for (key, read) in ENTRIES {
        let Some(mut inner) = section.table(key) else { continue };
        let times = when(&mut inner, around);
        let step = read(&mut inner, around);
        inner.finish();
        dated.extend(times.iter().filter_map(|at| Some(Dated { at: *at, step: step.clone()? })));
    }
    if let Some(mut inner) = section.table("comment") {
        let times = when(&mut inner, around);
        for at in times {
            let said = Happened::Comment(comment(&mut inner, around, at));
            dated.push(Dated { at, step: Step::Happens(said) });
        }
        inner.finish();
    }
    if let Some(mut inner) = section.table("visit") {
        dated.extend(visit(&mut inner, around));
        inner.finish();
    }
    if let Some(mut inner) = section.table("inside") {
        dated.extend(stay(&mut inner, around, around.now).iter().flat_map(Stay::sightings));
        inner.finish();
    }
    dated
}

/// The instants of an entry.
fn when(section: &mut Section<'_, '_>, around: &Around<'_>) -> Vec<Timestamp> {
    let back = |value: &DeValue<'_>| time::duration(value, 0, LONGEST);
    let at = section.optional("at", |value| instant(value, around));
    let ago = section.optional("ago", back).map(|ms| Timestamp(around.now.0 - ms));
    let times: i64 = section.optional("times", |value| whole(value, 1..=100)).unwrap_or(1);
    let every = section.optional("every", back);
    if section.has("at") == section.has("ago") {
        let wrong = "must be said once, by `at` or by `ago`";
        section.note("at", wrong, "write for example `ago = \"5d\"`");
    }
    if section.has("times") != section.has("every") {
        section.note("times", "and `every` go together", "write for example `times = 3, every = \"7d\"`");
    }
    let latest = at.or(ago).unwrap_or(around.now);
    if latest > around.now {
        section.note("at", "is later than `now`", "a history lies before the event");
    }
    (0..times).map(|n| Timestamp(latest.0 - n * every.unwrap_or_default())).collect()
}

/// An instant, or the first one of a day at the clock of the event.
pub(super) fn instant(value: &DeValue<'_>, around: &Around<'_>) -> Parsed<Timestamp> {
    let zone = jiff::tz::Offset::from_seconds(around.offset_s).map_or(TimeZone::UTC, TimeZone::fixed);
    time::beginning(value, &zone)
}

/// A receipt: its lines, or one line written directly.
pub(super) fn purchase(section: &mut Section<'_, '_>, around: &Around<'_>) -> Purchase {
    let store = section.optional("store", |value| store(value, around)).map(|store| store.id.clone());
    let several = section.has("lines");
    let lines = section.tables("lines", |section| line(section, around));
    let lines = if several { lines } else { vec![line(section, around)] };
    Purchase {
        receipt: section.optional("receipt", word::id).unwrap_or_else(|| "r-1".into()),
        online: store.is_none(),
        store,
        currency: section.optional("currency", word::id).unwrap_or_else(|| around.catalogue.policy.currency.clone()),
        lines,
        coupons: Vec::new(),
    }
}

fn line(section: &mut Section<'_, '_>, around: &Around<'_>) -> Line {
    let product = section.optional("product", word::id).unwrap_or_else(|| "item".into());
    let known = around.catalogue.goods.product(&product);
    let category = section.optional("category", word::id).or_else(|| Some(known?.category.clone()));
    let price = section.optional("price", |value| around.currency.coins(value)).or_else(|| Some(known?.price));
    let returned = section.optional("returned", word::flag).unwrap_or_default();
    Line {
        kind: if returned { LineKind::Return } else { LineKind::Sale },
        product,
        category,
        quantity: section.optional("quantity", |value| whole(value, 1..=1_000)).unwrap_or(1),
        unit_price: price.unwrap_or(PRICE),
    }
}

pub(super) fn check_in(section: &mut Section<'_, '_>, around: &Around<'_>) -> CheckIn {
    let store = section.optional("store", |value| store(value, around)).map(|store| store.id.clone());
    let kind = section.optional("venue", word::id);
    let degrees = |most: f64| move |value: &DeValue<'_>| number(value, -most..=most);
    let position = section.optional("lat", degrees(90.0)).zip(section.optional("lon", degrees(180.0)));
    let is_venue = kind.is_some() || position.is_some();
    if store.is_some() == is_venue {
        section.note("store", "or `venue` must be given, not both", "write for example `store = \"market-street\"`");
    }
    let venue = is_venue.then(|| Venue { id: "venue".into(), category: kind, position });
    CheckIn { store, venue, ready: ready(section) }
}

/// The sign by which somebody is ready for a person of the store, with what it is about.
fn ready(section: &mut Section<'_, '_>) -> Option<Readiness> {
    let kinds = ReadinessKind::TOLD.map(|kind| (kind.name(), kind));
    let kind = section.optional("ready", |value| word::one_of(value, &kinds));
    let [product, size, area] = ["product", "size", "area"].map(|key| section.optional(key, word::id));
    Some(Readiness { kind: kind?, product, size, area })
}

fn partner(section: &mut Section<'_, '_>, around: &Around<'_>) -> PartnerSignal {
    PartnerSignal {
        source: section.optional("source", word::id).unwrap_or_else(|| "partner".into()),
        with: section.optional("with", word::id),
        kind: section.optional("kind", word::id).unwrap_or_else(|| "card".into()),
        category: section.required("category", "\"airline\"", word::id),
        destination: section.optional("destination", word::id),
        ends: section.optional("ends", |value| instant(value, around)),
    }
}

fn visit(section: &mut Section<'_, '_>, around: &Around<'_>) -> Vec<Dated> {
    let times = when(section, around);
    let Some(stay) = stay(section, around, around.now) else { return Vec::new() };
    let lasts_ms = around.now.since_ms(stay.entered);
    let one = |left: &Timestamp| {
        let stay = Stay { entered: Timestamp(left.0 - lasts_ms), until: *left, ..stay.clone() };
        let leaving = Happened::Geolocation(outside(stay.store, &around.catalogue.places));
        let leaving = Dated { at: *left, step: Step::Happens(leaving) };
        stay.sightings().into_iter().chain([leaving])
    };
    times.iter().flat_map(one).collect()
}

/// A stay that ends at an instant; `None` after a mistake.
pub(super) fn stay<'a>(section: &mut Section<'_, '_>, around: &Around<'a>, until: Timestamp) -> Option<Stay<'a>> {
    let store = section.required("store", "\"market-street\"", |value| store(value, around).map(Some));
    let minutes = section.optional("minutes", |value| whole::<i64>(value, 1..=LONGEST_STAY)).unwrap_or(20);
    let areas = section.optional("areas", |value| word::list(value, "\"shoes\"", |one| area(one, store)));
    let entered = until.plus_s(-minutes * 60);
    Some(Stay { store: store?, entered, until, areas: areas.unwrap_or_default() })
}

/// A store of the catalogue.
pub(super) fn store<'a>(value: &DeValue<'_>, around: &Around<'a>) -> Parsed<&'a Store> {
    let (id, places) = (word::id(value)?, &around.catalogue.places);
    if let Some(store) = places.store(&id) {
        return Ok(store);
    }
    let fix = did_you_mean(&id, places.stores.iter().map(|store| store.id.as_str()));
    wrong(format!("`{id}` is not a store"), fix.unwrap_or_else(|| "name a store of stores.toml".to_owned()))
}

fn area(value: &DeValue<'_>, store: Option<&Store>) -> Parsed<Key> {
    let area = word::id(value)?;
    let Some(store) = store.filter(|store| !store.areas.contains(&area)) else { return Ok(area) };
    let fix = did_you_mean(&area, store.areas.iter().map(Key::as_str));
    let fix = fix.unwrap_or_else(|| format!("known are {}", store.areas.join(", ")));
    wrong(format!("`{area}` is not an area of `{}`", store.id), fix)
}

/// The name of an action, be it still being written.
pub(super) fn action_name(value: &DeValue<'_>, around: &Around<'_>) -> Parsed<Key> {
    let name = word::name(value)?;
    let known = || around.catalogue.actions.iter().map(|action| &action.name).chain(around.drafts);
    if known().any(|known| *known == name) {
        return Ok(name);
    }
    let fix = did_you_mean(&name, known().map(Key::as_str));
    wrong(format!("`{name}` is not an action"), fix.unwrap_or_else(|| "name an action of this catalogue".to_owned()))
}

/// The action that a table names, when it is in the catalogue.
fn action_of<'a>(section: &mut Section<'_, '_>, around: &Around<'a>) -> Option<&'a Action> {
    let name = section.optional("action", |value| action_name(value, around))?;
    around.catalogue.actions.iter().find(|action| action.name == name)
}

/// The treatment of an action that a table names; its first one when it names none.
fn treatment_of<'a>(section: &mut Section<'_, '_>, action: &'a Action) -> Option<&'a Treatment> {
    let named = section.optional("treatment", |value| treatment(value, action));
    named.or_else(|| action.treatments.first())
}

/// A treatment of an action.
fn treatment<'a>(value: &DeValue<'_>, action: &'a Action) -> Parsed<&'a Treatment> {
    let name = word::name(value)?;
    if let Some(treatment) = action.treatments.iter().find(|known| known.name == name) {
        return Ok(treatment);
    }
    let known: Vec<&str> = action.treatments.iter().map(|treatment| treatment.name.as_str()).collect();
    let fix = did_you_mean(&name, known.iter().copied()).unwrap_or_else(|| format!("known are {}", known.join(", ")));
    wrong(format!("`{name}` is not a treatment of `{}`", action.name), fix)
}

fn told(section: &mut Section<'_, '_>, around: &Around<'_>) -> Option<Step> {
    let channel =
        |section: &mut Section<'_, '_>| section.optional("channel", |value| word::one_of(value, &word::channels()));
    if !section.has("action") {
        let told = Told {
            action: "another".into(),
            group: section.optional("group", word::name).unwrap_or_else(|| "other".into()),
            channel: channel(section).unwrap_or(Channel::Email),
            capped: true,
            valid_s: 86_400,
        };
        if !section.has("channel") {
            section.note("action", "is missing", "name it, or the `channel` of a message about something else");
        }
        return Some(Step::Told(told));
    }
    let action = action_of(section, around)?;
    let treatment = treatment_of(section, action)?;
    Some(Step::Told(Told {
        action: action.name.clone(),
        group: action.group.clone(),
        channel: channel(section).unwrap_or(treatment.channel),
        capped: !action.is_uncapped() && !treatment.fulfils,
        valid_s: treatment.valid_s,
    }))
}

fn outcome(section: &mut Section<'_, '_>, around: &Around<'_>) -> Option<Step> {
    let outcome = section.required("outcome", "\"accepted\"", |value| word::one_of(value, &OUTCOMES).map(Some));
    if !section.has("action") {
        section.note("action", "is missing", "name the action that was said");
    }
    let action = action_of(section, around)?;
    let treatment = treatment_of(section, action)?;
    let causes = Cause::ALL.map(|cause| (cause.name(), cause));
    Some(Step::Becomes(Became {
        action: action.name.clone(),
        treatment: treatment.name.clone(),
        channel: treatment.channel,
        store: section.optional("store", |value| store(value, around)).map(|store| store.id.clone()),
        outcome: outcome?,
        answer: section.optional("answer", |value| word::one_of(value, &causes)),
    }))
}

fn trouble(section: &mut Section<'_, '_>) -> Trouble {
    section.word("kind", &Trouble::ALL.map(|trouble| (trouble.name(), trouble)), Trouble::Complaint)
}
