//! `[guardrail]` and `[cover]` of `policy.toml`: when a treatment rests by itself, and how many others must get what somebody gets only for a secret.

use tact_decide::{Cover, Guard, Guardrail, Harm};
use toml::de::DeValue;

use crate::amount::{number, probability, whole};
use crate::section::Section;
use crate::time;

/// The longest rest, and the longest time within which others count, in milliseconds.
const LONGEST: i64 = 366 * time::DAY;
/// The shortest of both, in milliseconds.
const SHORTEST: i64 = time::DAY;
/// One other alone would be known by name.
const FEWEST: i64 = 2;
const MOST: i64 = 1_000;

/// What is watched; nothing without `[guardrail]`.
pub(crate) fn guardrail(section: &mut Section<'_, '_>) -> Guardrail {
    let Some(mut inner) = section.table("guardrail") else { return Guardrail::default() };
    let rate = |value: &DeValue<'_>| number(value, 0.0001..=0.9);
    let limits = [("opt_out", Harm::OptOut), ("complaint", Harm::Complaint), ("dismissal", Harm::Dismissal)];
    let limits = limits.map(|(key, harm)| (harm, inner.optional(key, rate)));
    let alpha = inner.required("alpha", "0.01", |value| number(value, 0.0001..=0.2));
    let guard = |(harm, limit): (Harm, Option<f64>)| limit.map(|limit| Guard { harm, limit, alpha });
    let rests = |value: &DeValue<'_>| time::duration(value, SHORTEST, LONGEST);
    let guardrail = Guardrail {
        guards: limits.into_iter().filter_map(guard).collect(),
        rest_s: inner.required("rests", "\"7d\"", rests) / time::SECOND,
        trial: inner.required("trial", "0.05", probability),
        trial_of: u64::from(inner.required::<u32>("trial_of", "200", |value| whole(value, 1..=1_000_000))),
    };
    if guardrail.guards.is_empty() {
        inner.note("alpha", "guards nothing", "add a limit, for example `opt_out = 0.02`");
    }
    inner.finish();
    guardrail
}

/// How many others are asked for.
pub(crate) fn cover(section: &mut Section<'_, '_>) -> Cover {
    let Some(mut inner) = section.table("cover") else { return Cover::default() };
    let within = |value: &DeValue<'_>| time::duration(value, SHORTEST, LONGEST);
    let cover = Cover {
        k: inner.required("k", "10", |value| whole(value, FEWEST..=MOST)),
        within_s: inner.required("within", "\"30d\"", within) / time::SECOND,
    };
    inner.finish();
    cover
}
