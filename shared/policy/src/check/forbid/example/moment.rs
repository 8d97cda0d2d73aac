//! When and by which event a counter-example happens.

use jiff::tz::TimeZone;
use tact_decide::{Aspect, Catalogue, Slot};
use tact_domain::{Channel, ReadinessKind, Store, Timestamp, Trigger};

use super::super::prove::Opening;
use super::quoted;
use crate::amount::Currency;
use crate::solve::ExampleValue;

/// 2026-10-31T18:20:00Z: when nothing says otherwise.
const USUAL: Timestamp = Timestamp(1_793_470_800_000);
/// The hour when nothing asks for one: no channel rests.
const HOUR: i8 = 14;
/// How many days are tried.
const DAYS: i64 = 15;
/// Minutes of a stay that looks like browsing, like an errand, like neither.
const STAYS: [(&str, i64); 3] = [("browse", 25), ("express", 5), ("unknown", 15)];

/// The value of the first slot that fits, as a number.
pub(super) fn number(opening: &Opening<'_>, fits: impl Fn(&Slot) -> bool) -> Option<f64> {
    opening.values.iter().find_map(|(slot, value)| match value {
        ExampleValue::Number(number) if fits(slot) => Some(*number),
        _ => None,
    })
}

/// The value of a slot, as a text.
pub(super) fn text<'o>(opening: &'o Opening<'_>, slot: &Slot) -> Option<&'o str> {
    opening.values.iter().find_map(|(known, value)| match value {
        ExampleValue::Text(text) if known == slot => Some(text.as_str()),
        _ => None,
    })
}

/// A count, not negative.
pub(super) fn count(value: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "examples are small, and a count that is cut is not shown to be true"
    )]
    let count = value.clamp(0.0, 1e9) as i64;
    count
}

/// The instant and the store; `None` when there is no such time.
pub(super) fn moment<'a>(opening: &Opening<'_>, catalogue: &'a Catalogue) -> Option<(String, Option<&'a Store>)> {
    let store = store(opening, catalogue);
    let zone = store.map_or(TimeZone::UTC, |store| store.zone.clone());
    let begin = opening.action.from.map_or(USUAL, |from| from.max(USUAL));
    let begin = if opening.action.until.is_some_and(|until| until <= begin) { opening.action.from? } else { begin };
    let first = jiff::Timestamp::from_millisecond(begin.0).ok()?.to_zoned(zone.clone()).date();
    let hour = number(opening, |slot| *slot == Slot::Hour).and_then(|hour| i8::try_from(count(hour)).ok());
    let weekday = number(opening, |slot| *slot == Slot::Weekday).map(count);
    let at = |days: i64| {
        let date = first.checked_add(jiff::Span::new().days(days)).ok()?;
        let at = date.at(hour.unwrap_or(HOUR), 20, 0, 0).to_zoned(zone.clone()).ok()?;
        let instant = Timestamp(at.timestamp().as_millisecond());
        let runs = opening.action.from.is_none_or(|from| from <= instant)
            && opening.action.until.is_none_or(|until| instant < until);
        let fits = weekday.is_none_or(|day| day == i64::from(date.weekday().to_monday_zero_offset()));
        (runs && fits).then(|| at.timestamp().display_with_offset(at.offset()).to_string())
    };
    Some(((0..DAYS).find_map(at)?, store))
}

/// The store asked for, else the first one that nothing sensitive lies beside.
fn store<'a>(opening: &Opening<'_>, catalogue: &'a Catalogue) -> Option<&'a Store> {
    let places = &catalogue.places;
    if let Some(asked) = text(opening, &Slot::Store) {
        return places.store(asked);
    }
    let area = text(opening, &Slot::Area);
    let mut free = places.stores.iter().filter(|store| places.denied(store.lat, store.lon, 0.0).is_none());
    free.find(|store| area.is_none_or(|area| store.areas.iter().any(|known| known == area)))
}

/// The event, as the keys of its table.
pub(super) fn event(opening: &Opening<'_>, catalogue: &Catalogue, store: Option<&Store>) -> String {
    let at = store.map_or(String::new(), |store| format!("store = {}", quoted(&store.id)));
    match opening.trigger {
        Trigger::Entry => format!("entry = {{ {at} }}"),
        Trigger::Dwell | Trigger::Exit => format!("{} = {{ {at}{} }}", opening.trigger.name(), stay(opening)),
        Trigger::CheckIn => match text(opening, &Slot::Venue) {
            Some(venue) => format!("check_in = {{ venue = {} }}", quoted(venue)),
            None => format!("check_in = {{ {at}{} }}", sign(opening)),
        },
        Trigger::Purchase => format!("purchase = {{ {at}{} }}", basket(opening, catalogue)),
        Trigger::Comment => format!("comment = {{ {} }}", comment(opening, store)),
        Trigger::Open => {
            let placement = opening.treatment.placement.as_deref().unwrap_or("home");
            format!("open = {{ placement = {}, {at} }}", quoted(placement))
        }
        Trigger::Due if opening.treatment.fulfils => format!("due = {{ promise = {} }}", quoted(&opening.action.name)),
        Trigger::Due => {
            let trigger =
                text(opening, &Slot::Trigger).map_or(String::new(), |by| format!("trigger = {}, ", quoted(by)));
            format!("due = {{ action = {}, {trigger}{at} }}", quoted(&opening.action.name))
        }
    }
}

/// What is said of us, and in which store if that matters or nothing else is said.
fn comment(opening: &Opening<'_>, store: Option<&Store>) -> String {
    let aspects = [("arena", Aspect::Arena), ("cause", Aspect::Cause), ("tone", Aspect::Tone)];
    let said = aspects.iter().filter_map(|(key, aspect)| {
        text(opening, &Slot::Comment(*aspect)).map(|value| format!("{key} = {}", quoted(value)))
    });
    let flag = |aspect| number(opening, |slot| *slot == Slot::Comment(aspect)).map(|holds| holds > 0.0);
    let public = flag(Aspect::Public).map(|public| format!("public = {public}"));
    let store = store.filter(|_| flag(Aspect::AtStore) != Some(false));
    said.chain(public).chain(store.map(|store| format!("store = {}", quoted(&store.id)))).collect::<Vec<_>>().join(", ")
}

/// The sign by which they are ready, when it is one that a check-in tells; whoever is to be approached and was asked for no other wants help.
fn sign(opening: &Opening<'_>) -> String {
    let told = |sign: &&str| ReadinessKind::TOLD.iter().any(|kind| kind.name() == *sign);
    let approached = opening.treatment.channel == Channel::Associate && opening.action.is_about_the_customer();
    let sign = text(opening, &Slot::Ready).or(approached.then_some("help")).filter(told);
    sign.map_or(String::new(), |sign| format!(", ready = {}", quoted(sign)))
}

/// How long somebody is there, and where in the store.
pub(super) fn stay(opening: &Opening<'_>) -> String {
    let mission = text(opening, &Slot::Mission).unwrap_or_default();
    let looks = STAYS.iter().find(|(name, _)| *name == mission).map_or(15, |(_, minutes)| *minutes);
    let minutes = number(opening, |slot| *slot == Slot::MinutesInside).map_or(looks, |n| count(n).max(1));
    let areas = text(opening, &Slot::Area).map_or(String::new(), |area| format!(", areas = [{}]", quoted(area)));
    format!(", minutes = {minutes}{areas}")
}

/// What is bought now: as many pieces as asked for, for as much money.
fn basket(opening: &Opening<'_>, catalogue: &Catalogue) -> String {
    let pieces = |category: bool| number(opening, |slot| matches!(slot, Slot::Basket(of) if of.is_some() == category));
    let category = opening.values.iter().find_map(|(slot, value)| match (slot, value) {
        (Slot::Basket(Some(category)), ExampleValue::Number(pieces)) if *pieces > 0.0 => Some(category),
        _ => None,
    });
    let quantity = pieces(true).filter(|n| *n > 0.0).or(pieces(false)).map_or(1, |n| count(n).max(1));
    let total = number(opening, |slot| *slot == Slot::BasketValue).map_or(6_000, |n| count(n).max(quantity));
    let category = category.map_or(String::new(), |category| format!(", category = {}", quoted(category)));
    let price = money(total.div_euclid(quantity), catalogue);
    format!(", quantity = {quantity}, price = {price}{category}")
}

/// An amount of minor units, as tests write it.
pub(super) fn money(minor: i64, catalogue: &Catalogue) -> String {
    let digits = Currency::of(&catalogue.policy.currency).digits;
    let unit = 10_i64.pow(digits);
    let width = usize::try_from(digits).unwrap_or_default();
    match digits {
        0 => quoted(&minor.to_string()),
        _ => quoted(&format!("{}.{:0width$}", minor.div_euclid(unit), minor.rem_euclid(unit))),
    }
}
