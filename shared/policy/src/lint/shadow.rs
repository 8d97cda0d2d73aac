//! Treatments that another one of the same action outdoes in everything: they only stand by.

use tact_decide::{Action, Treatment};

use super::{Finding, Flaw};

/// The treatments of an action that can never win, each with the one that wins instead.
pub(super) fn shadowed(action: &Action) -> Vec<Finding> {
    let ways = || (0..).zip(&action.treatments);
    let better = |place: usize, one: &Treatment| {
        let by = |(other_place, other): &(usize, &Treatment)| {
            // Of two that are alike the first one stays.
            *other_place != place && outdoes(other, one) && (*other_place < place || !outdoes(one, other))
        };
        ways().find(by).map(|(_, other)| other)
    };
    let found = ways().filter_map(|(place, one)| {
        let other = better(place, one)?;
        let message =
            format!("treatment `{}` never wins: `{}` is at least as good in every term", one.name, other.name);
        let witness = format!("treatment `{}`", other.name);
        Some(Finding { action: action.name.clone(), kind: Flaw::Shadowed, message, witness: Some(witness) })
    });
    found.collect()
}

/// Whether one way can be taken wherever the other can, and is worth at least as much.
fn outdoes(one: &Treatment, other: &Treatment) -> bool {
    let same_way = one.channel == other.channel && one.mode == other.mode && one.placement == other.placement;
    let same_people = one.arm == other.arm && (!one.identifies || other.identifies);
    let alike = one.promises == other.promises && !one.fulfils && !other.fulfils;
    let discloses_less = one.discloses.iter().all(|known| other.discloses.contains(known));
    let lasts = one.valid_s >= other.valid_s;
    same_way && same_people && alike && discloses_less && lasts && is_worth_as_much(one, other)
}

fn is_worth_as_much(one: &Treatment, other: &Treatment) -> bool {
    let gains = one.group_prior >= other.group_prior && one.liked >= other.liked;
    let costs = one.incentive <= other.incentive && one.cost <= other.cost;
    let annoys = one.tactic.steps() <= other.tactic.steps() && harmed_no_more(one, other);
    gains && costs && annoys
}

/// Whether no more was counted against one than against the other.
fn harmed_no_more(one: &Treatment, other: &Treatment) -> bool {
    let product = |harmed: u32, told: u32| u64::from(harmed) * u64::from(told);
    product(one.harmed, other.told) <= product(other.harmed, one.told)
}
