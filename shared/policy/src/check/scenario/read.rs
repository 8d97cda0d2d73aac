//! A `*.test.toml` file: its tests, each read against the catalogue it is about.

use jiff::fmt::temporal::Pieces;
use tact_decide::{Catalogue, Claim, Hold, Rung, coverable};
use tact_domain::{CustomerId, Key, Timestamp};
use toml::de::DeValue;

use super::Scenario;
use super::consent::consents;
use super::customer::Standing;
use super::event::event;
use super::expect::expect;
use super::fact::{Around, action_name, entry};
use crate::amount::Currency;
use crate::section::{Parsed, Section, read_toml, wrong};
use crate::{CatalogueErrors, SourceFile, word};

/// When a test happens that does not say: Saturday, 31 October 2026, 14:20 in New York.
const NOW: (Timestamp, i32) = (Timestamp(1_793_470_800_000), -4 * 3_600);
const RUNGS: [(&str, Rung); 5] = [
    ("full_model", Rung::FullModel),
    ("small_model", Rung::SmallModel),
    ("group_prior", Rung::GroupPrior),
    ("rules_only", Rung::RulesOnly),
    ("silence", Rung::Silence),
];

/// The tests of a file, in its order. Those that are about one of the actions in `drafts`, which the catalogue leaves out, are pending.
///
/// # Errors
/// Every mistake in the file, at once.
pub fn scenarios(file: &SourceFile, catalogue: &Catalogue, drafts: &[Key]) -> Result<Vec<Scenario>, CatalogueErrors> {
    let mut mistakes = Vec::new();
    let read = read_toml(file, &mut mistakes, |section| {
        if !section.has("test") {
            section.note("test", "is missing", "write a `[[test]]`, or remove the file");
        }
        section.tables("test", |section| scenario(section, &file.path, catalogue, drafts))
    });
    CatalogueErrors::check(mistakes)?;
    let mut tests: Vec<Scenario> = read.unwrap_or_default().into_iter().flatten().collect();
    let of_draft = drafts.iter().find(|draft| is_of(&file.path, draft));
    for test in &mut tests {
        let draft = of_draft.or_else(|| drafts.iter().find(|draft| test.expect.names(draft)));
        if let Some(draft) = draft {
            test.pending.get_or_insert_with(|| format!("`{draft}` is a draft"));
        }
    }
    Ok(tests)
}

/// Whether a file holds the tests of an action.
fn is_of(path: &str, action: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".test.toml") == Some(action)
}

/// One test; `None` after a mistake.
fn scenario(section: &mut Section<'_, '_>, file: &str, catalogue: &Catalogue, drafts: &[Key]) -> Option<Scenario> {
    let line = section.line();
    let (now, offset_s) = section.optional("now", moment).unwrap_or(NOW);
    let currency = Currency::of(&catalogue.policy.currency);
    let around = Around { catalogue, drafts, currency, now, offset_s };
    let name = section.required("name", "\"a customer in trouble hears of no offer\"", word::text);
    let pending = section.optional("pending", word::text);
    let standing = standing(section, &around);
    for key in ["event", "expect"] {
        if !section.has(key) {
            section.note(key, "is missing", format!("write `{key} = {{ … }}`; README.md of the catalogue says what"));
        }
    }
    let happening = event(section, &around);
    let mut before: Vec<_> = section.tables("history", |section| entry(section, &around)).concat();
    let (seen, store) = happening.as_ref().map_or((&[][..], None), |now| (&now.before, now.store.as_deref()));
    before.extend_from_slice(seen);
    let first = before.iter().map(|dated| dated.at).min().unwrap_or(now);
    before.extend(consents(section, &around, first, home(catalogue, store)));
    // What happened at one instant happened in the order written, consents before all.
    before.sort_by_key(|dated| dated.at);
    let limit = |value: &DeValue<'_>| limit(value, store, &around);
    let exhausted = section.optional("exhausted", |value| word::list(value, "\"win_back/budget\"", limit));
    let rung = section.optional("rung", |value| word::one_of(value, &RUNGS)).unwrap_or_default();
    let expect = expect(section, &around);
    let covered = section.optional("covered", word::flag).unwrap_or(true);
    let uncovered =
        coverable(catalogue).filter(|_| !covered).map(|(action, way)| Hold::Uncovered.of(&action.name, &way.name));
    let exhausted = exhausted.unwrap_or_default().into_iter().chain(uncovered).collect();
    let (event, expect) = (happening?.event, expect?);
    let file = file.to_owned();
    Some(Scenario { file, line, name, pending, standing, now, offset_s, rung, before, event, exhausted, expect })
}

/// The zone a customer tells who is not said to tell another.
fn home<'a>(catalogue: &'a Catalogue, store: Option<&str>) -> &'a str {
    let stores = &catalogue.places;
    let near = store.and_then(|id| stores.store(id)).or_else(|| stores.stores.first());
    near.and_then(|store| store.zone.iana_name()).unwrap_or("UTC")
}

fn standing(section: &mut Section<'_, '_>, around: &Around<'_>) -> Standing {
    Standing {
        name: section.optional("customer", customer),
        held_out: section.optional("held_out", word::flag).unwrap_or_default(),
        control: section.optional("control", |value| action_name(value, around)),
        arm: section.optional("arm", |value| arm(value, around)),
    }
}

fn customer(value: &DeValue<'_>) -> Parsed<CustomerId> {
    let text = word::text(value)?;
    match CustomerId::new(&text) {
        Some(customer) => Ok(customer),
        None => wrong(format!("`{text}` is not a customer"), "write letters, digits and `-_.:@`, for example `ana`"),
    }
}

/// `ACTION/ARM`
fn arm(value: &DeValue<'_>, around: &Around<'_>) -> Parsed<(Key, Key)> {
    let text = word::text(value)?;
    let parts = text.split_once('/');
    let action = |name: &str| around.catalogue.actions.iter().find(|action| action.name == name);
    let arms = |name: &str| {
        let treatments = action(name).map_or(&[][..], |action| &action.treatments);
        treatments.iter().filter_map(|treatment| treatment.arm.as_ref()).map(|arm| arm.name.clone()).collect::<Vec<_>>()
    };
    match parts {
        Some((action, arm)) if arms(action).iter().any(|known| known == arm) => Ok((action.into(), arm.into())),
        Some((action, _)) if !arms(action).is_empty() => {
            wrong(format!("`{text}` is not an arm"), format!("arms of `{action}` are {}", arms(action).join(", ")))
        }
        _ => wrong(
            format!("`{text}` is not an arm"),
            "write `ACTION/ARM` of an action that tries ways against each other",
        ),
    }
}

/// `ACTION/RESOURCE`, as claims name it at the store and the time of the test; `*` for all that nobody can tell of.
fn limit(value: &DeValue<'_>, store: Option<&str>, around: &Around<'_>) -> Parsed<Key> {
    let text = word::text(value)?;
    if text == Claim::ALL {
        return Ok(text.into());
    }
    let (name, of) = text.split_once('/').unwrap_or((&text, ""));
    let action = around.catalogue.actions.iter().find(|action| action.name == name);
    let limit = action.and_then(|action| action.limits.iter().find(|limit| limit.of.name() == of));
    match limit.map(|limit| limit.at(name, store, around.now)) {
        Some(Some((limit, _))) => Ok(limit),
        Some(None) => wrong(format!("`{text}` is each store's own"), "let the event happen in a store"),
        None => wrong(format!("`{text}` is no limit"), "write `ACTION/budget`, `ACTION/stock` or `ACTION/capacity`"),
    }
}

/// An instant, and the offset it is written with.
fn moment(value: &DeValue<'_>) -> Parsed<(Timestamp, i32)> {
    let text = match value {
        DeValue::Datetime(moment) => moment.to_string(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let at = text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond()));
    let offset = Pieces::parse(&text).ok().and_then(|pieces| pieces.to_numeric_offset());
    match at {
        Some(at) => Ok((at, offset.map_or(0, jiff::tz::Offset::seconds))),
        None => wrong(
            format!("{} is not an instant", word::shown(value)),
            "write date, time and offset, for example `2026-10-31T14:20:00-04:00`",
        ),
    }
}
