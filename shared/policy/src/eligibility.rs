//! `[eligibility]`: one criterion a key, a range of a number or a list of texts; all must hold.

use tact_decide::{Criterion, Slot, Test};
use tact_domain::{Key, Places};
use toml::de::DeValue;

use crate::amount::{Currency, number};
use crate::section::{Entry, Parsed, Section, Wrong, wrong};
use crate::slot::slot;
use crate::suggest::did_you_mean;
use crate::word;

/// At most this many criteria in one action.
const MOST: usize = 64;

/// What criteria are checked against.
pub(crate) struct Known<'a> {
    /// The currency of amounts.
    pub(crate) currency: Currency,
    /// The stores and areas there are; `None` when that cannot be told.
    pub(crate) places: Option<&'a Places>,
}

/// The criteria of a table, in the order written.
pub(crate) fn criteria(section: &mut Section<'_, '_>, known: &Known<'_>) -> Vec<Criterion> {
    let entries = section.entries();
    if let Some(entry) = entries.get(MOST) {
        let mistake = Wrong {
            wrong: format!("is one criterion more than the {MOST} allowed"),
            fix: "split the action".to_owned(),
        };
        section.note_entry(entry, mistake);
    }
    let read = |entry| criterion(section, entry, known);
    entries.iter().filter_map(read).collect()
}

fn criterion<'t>(section: &mut Section<'t, '_>, entry: &Entry<'t>, known: &Known<'_>) -> Option<Criterion> {
    let slot = match slot(entry.key) {
        Ok(slot) => slot,
        Err(mistake) => {
            section.note_entry(entry, mistake);
            return None;
        }
    };
    let mut inner = section.inner(entry)?;
    let test = if slot.is_text() { list(&mut inner, &slot, known) } else { range(&mut inner, &slot, known) };
    inner.finish();
    Some(Criterion { slot, test: test? })
}

fn list(inner: &mut Section<'_, '_>, slot: &Slot, known: &Known<'_>) -> Option<Test> {
    let instead = "write `{ in = [\"…\"] }` or `{ not_in = [\"…\"] }`";
    if is_misplaced(inner, ["min", "max"], "the slot is a text", instead) {
        return None;
    }
    let item = |value: &DeValue<'_>| one_of(value, slot, known);
    let texts = |value: &DeValue<'_>| word::list(value, "\"…\"", item);
    let (one_of, none_of) = (inner.optional("in", texts), inner.optional("not_in", texts));
    match (one_of, none_of, inner.has("in") == inner.has("not_in")) {
        (_, _, true) => {
            inner.note("in", "needs either `in` or `not_in`", "write `{ in = [\"…\"] }`");
            None
        }
        (Some(texts), _, _) => Some(Test::OneOf(texts)),
        (_, texts, _) => texts.map(Test::NoneOf),
    }
}

/// A text that the slot can hold.
fn one_of(value: &DeValue<'_>, slot: &Slot, known: &Known<'_>) -> Parsed<Key> {
    let text = word::id(value)?;
    let possible: Vec<&str> = match (slot, known.places) {
        (Slot::Mission, _) => vec!["express", "browse", "unknown"],
        (Slot::Store, Some(places)) => places.stores.iter().map(|store| store.id.as_str()).collect(),
        (Slot::Area, Some(places)) => {
            let areas = places.stores.iter().flat_map(|store| &store.areas);
            areas.map(Key::as_str).collect()
        }
        _ => return Ok(text),
    };
    if possible.contains(&text.as_str()) {
        return Ok(text);
    }
    let fix = did_you_mean(&text, possible.iter().copied());
    let fix = fix.unwrap_or_else(|| format!("known are {}", possible.join(", ")));
    wrong(format!("`{text}` is never seen there"), fix)
}

fn range(inner: &mut Section<'_, '_>, slot: &Slot, known: &Known<'_>) -> Option<Test> {
    let instead = "write `{ min = 1 }`, `{ max = 5 }` or both";
    if is_misplaced(inner, ["in", "not_in"], "the slot is a number", instead) {
        return None;
    }
    let bound = |value: &DeValue<'_>| match slot {
        Slot::Spend(_) => known.currency.money(value),
        Slot::Hour => number(value, 0.0..=23.0),
        Slot::Weekday => number(value, 0.0..=6.0),
        Slot::Affinity(_) => number(value, 0.0..=1.0),
        _ => number(value, 0.0..=1_000_000.0),
    };
    let (min, max) = (inner.optional("min", bound), inner.optional("max", bound));
    if !inner.has("min") && !inner.has("max") {
        inner.note("min", "is missing, and so is `max`", "write at least one of them");
    }
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        inner.note("min", "is greater than `max`: this never holds", "exchange them");
    }
    (min.is_some() || max.is_some()).then_some(Test::Range { min, max })
}

/// Whether one of the keys is there that only suit the other kind of slot.
fn is_misplaced(inner: &mut Section<'_, '_>, keys: [&'static str; 2], because: &str, instead: &str) -> bool {
    for key in keys {
        inner.optional::<()>(key, |_| wrong(format!("has no place here: {because}"), instead));
    }
    keys.iter().any(|key| inner.has(key))
}
