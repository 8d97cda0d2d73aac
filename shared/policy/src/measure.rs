//! `[treatment.outcomes]`: what counts as what when a treatment is measured; and `[after]`: how long what became of an action holds it back.

use tact_decide::{Denominator, Measure};
use tact_domain::Outcome;
use toml::de::DeValue;

use crate::section::{Parsed, Section};
use crate::{time, word};

const DENOMINATORS: [(&str, Denominator); 3] =
    [("sent", Denominator::Sent), ("delivered", Denominator::Delivered), ("shown", Denominator::Shown)];
/// The longest an action is held back, in milliseconds.
const LONGEST: i64 = 366 * time::DAY;

/// Every outcome by the name that events use.
pub(crate) const OUTCOMES: [(&str, Outcome); 14] = [
    ("delivered", Outcome::Delivered),
    ("bounced", Outcome::Bounced),
    ("shown", Outcome::Shown),
    ("opened", Outcome::Opened),
    ("clicked", Outcome::Clicked),
    ("accepted", Outcome::Accepted),
    ("declined", Outcome::Declined),
    ("redeemed", Outcome::Redeemed),
    ("thanked", Outcome::Thanked),
    ("dismissed", Outcome::Dismissed),
    ("opted_out", Outcome::OptedOut),
    ("complained", Outcome::Complained),
    ("returned", Outcome::Returned),
    ("expired", Outcome::Expired),
];

/// What a treatment counts; what it does not say is what is usual.
pub(crate) fn measure(section: &mut Section<'_, '_>) -> Measure {
    let mut measure = Measure {
        positive: vec![Outcome::Accepted, Outcome::Redeemed, Outcome::Thanked],
        negative: vec![Outcome::Declined, Outcome::Dismissed, Outcome::Expired],
        harm: vec![Outcome::OptedOut, Outcome::Complained],
        of: Denominator::Sent,
    };
    let Some(mut inner) = section.table("outcomes") else { return measure };
    for (key, outcomes) in
        [("positive", &mut measure.positive), ("negative", &mut measure.negative), ("harm", &mut measure.harm)]
    {
        if let Some(listed) = inner.optional(key, outcomes_of) {
            *outcomes = listed;
        }
    }
    measure.of = inner.optional("of", |value| word::one_of(value, &DENOMINATORS)).unwrap_or_default();
    let lists = [&measure.positive, &measure.negative, &measure.harm];
    let twice = OUTCOMES.iter().find(|(_, one)| lists.iter().filter(|list| list.contains(one)).count() > 1);
    if let Some((name, _)) = twice {
        let key = if measure.harm.iter().any(|harm| *harm == outcome_named(name)) { "harm" } else { "negative" };
        inner.note(key, format!("lists `{name}`, which another list has"), "an outcome is one of the three");
    }
    inner.finish();
    measure
}

/// How long an action is held back after what became of it, in seconds.
pub(crate) fn after(section: &mut Section<'_, '_>) -> Vec<(Outcome, i64)> {
    let Some(mut inner) = section.table("after") else { return Vec::new() };
    let held_back = |value: &DeValue<'_>| time::duration(value, time::SECOND, LONGEST);
    let read = |(name, outcome): (&'static str, Outcome)| {
        inner.optional(name, held_back).map(|ms| (outcome, ms / time::SECOND))
    };
    let after = OUTCOMES.into_iter().filter_map(read).collect();
    inner.finish();
    after
}

fn outcomes_of(value: &DeValue<'_>) -> Parsed<Vec<Outcome>> {
    word::list(value, "\"accepted\"", |one| word::one_of(one, &OUTCOMES))
}

fn outcome_named(name: &str) -> Outcome {
    OUTCOMES.iter().find(|(known, _)| *known == name).map_or(Outcome::Expired, |(_, outcome)| *outcome)
}
