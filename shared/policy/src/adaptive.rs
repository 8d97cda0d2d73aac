//! `[adaptive]` and `[explore]` of `policy.toml`: how what became of messages corrects what is expected of the next, and how often something else than the
//! best is tried.

use tact_decide::{Adaptive, Explore};
use toml::de::DeValue;

use crate::amount::{Currency, number, whole};
use crate::section::Section;
use crate::{time, word};

/// The most that anything counts as, in messages.
const MOST: f64 = 1_000_000.0;
/// The longest and the shortest time between two publications, in milliseconds.
const LONGEST: i64 = 31 * time::DAY;
const SHORTEST: i64 = 60 * time::SECOND;

/// How what was learnt is weighed; nothing is learnt without `[adaptive]`.
pub(crate) fn adaptive(section: &mut Section<'_, '_>) -> Option<Adaptive> {
    let mut inner = section.table("adaptive")?;
    let usual = Adaptive::default();
    let mut counts_as = |key: &'static str, usual: f64| {
        // Of nothing at all no rate can be told.
        inner.optional(key, |value| number(value, 1.0..=MOST)).unwrap_or(usual)
    };
    let all_counts_as = counts_as("all_counts_as", usual.all_counts_as);
    let action_counts_as = counts_as("action_counts_as", usual.action_counts_as);
    let type_counts_as = counts_as("type_counts_as", usual.type_counts_as);
    let messages = |value: &DeValue<'_>, least: i64| whole::<u32>(value, least..=100_000_000).map(u64::from);
    let halves_after = inner.optional("halves_after", |value| messages(value, 2)).unwrap_or(usual.halves_after);
    let new_until = inner.optional("new_until", |value| messages(value, 0)).unwrap_or(usual.new_until);
    let every = |value: &DeValue<'_>| time::duration(value, SHORTEST, LONGEST);
    let every_s = inner.optional("every", every).map_or(usual.every_s, |ms| ms / time::SECOND);
    if halves_after < 2 * new_until {
        let fix = format!("write at least {}, or a smaller `new_until`", 2 * new_until);
        inner.note("halves_after", "would make new again what is new no more", fix);
    }
    inner.finish();
    Some(Adaptive { all_counts_as, action_counts_as, type_counts_as, halves_after, new_until, every_s })
}

/// What is tried; nothing without `[explore]`.
pub(crate) fn explore(section: &mut Section<'_, '_>, currency: Currency) -> Explore {
    let Some(mut inner) = section.table("explore") else { return Explore::default() };
    let explore = Explore {
        share: inner.required("share", "0.05", |value| number(value, 0.0..=Explore::MOST)),
        within: inner.required("within", "\"0.10\"", |value| currency.money(value)),
        salt: inner.required("salt", "\"2026\"", word::name),
    };
    inner.finish();
    explore
}
