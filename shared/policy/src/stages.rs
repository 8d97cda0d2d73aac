//! `[rules]` of an action and `[group.NAME]` of the policy: for each stage a rule, or a list of rules that must all hold.

use tact_decide::{Condition, Stage};
use toml::de::DeValue;

use crate::rule::{Known, Slots, conditions};
use crate::section::{Parsed, Section, wrong};
use crate::word;

/// At most this many conditions of one action, those of its group not counted.
const MOST: usize = 64;

/// Whose rules are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An action's own.
    Action,
    /// Those of a whole group.
    Group,
}

/// The conditions of a table, in the order of their stages.
pub(crate) fn stages(
    section: &mut Section<'_, '_>,
    owner: Owner,
    known: &Known<'_>,
    slots: &mut Slots,
) -> Vec<Condition> {
    let mut all = Vec::new();
    for (key, stage) in [
        ("eligibility", Stage::Eligibility),
        ("applicability", Stage::Applicability),
        ("suitability", Stage::Suitability),
    ] {
        let mut read = |text: &DeValue<'_>| conditions(&word::text(text)?, stage, owner == Owner::Group, known, slots);
        all.extend(section.optional(key, |value| each(value, &mut read)).unwrap_or_default());
    }
    if all.len() > MOST {
        section.note("eligibility", format!("and the other rules are more than {MOST} conditions"), "split the action");
    }
    all
}

/// One rule, or several.
fn each(value: &DeValue<'_>, read: &mut impl FnMut(&DeValue<'_>) -> Parsed<Vec<Condition>>) -> Parsed<Vec<Condition>> {
    let Some(texts) = value.as_array() else { return read(value) };
    if texts.is_empty() {
        return wrong("is empty", "write a rule, or remove the key");
    }
    let mut all = Vec::new();
    for text in texts {
        all.extend(read(text.get_ref())?);
    }
    Ok(all)
}
