//! Placements: which of several things are shown at once where somebody looks, best first and not all of one kind.

use crate::{Candidate, Catalogue, Decision, Fate, Reason, arbitrate};

/// The places, among the candidates of a decision, of what is shown in at most `slots` slots: everything that may be shown and is worth more than
/// nothing, best first, each action once; of one group a second comes only when no other group has anything left, of mutually exclusive
/// actions only the first, and never more than the caps on impressions leave room for. A customer in the holdout is shown what is owed alone.
/// What is tried by chance is shown first, and everything else follows from it: the probability of a decision is that of its first slot.
pub fn places(decision: &Decision, catalogue: &Catalogue, slots: usize) -> Vec<usize> {
    let running = |candidate: &Candidate| {
        matches!(
            candidate.fate,
            Fate::Chosen | Fate::Lost(Reason::Outscored | Reason::Explored | Reason::StandBy | Reason::BetterLater)
        )
    };
    let mut ranked: Vec<usize> = (0..).zip(&decision.candidates).filter(|(_, c)| running(c)).map(|(n, _)| n).collect();
    ranked.sort_by(|a, b| match (decision.candidates.get(*a), decision.candidates.get(*b)) {
        (Some(a), Some(b)) => arbitrate::order(a, b, catalogue),
        _ => std::cmp::Ordering::Equal,
    });
    // Were nothing tried, the order would be the same with the best in front.
    if let Some(tried) = decision.chosen.filter(|_| decision.probability < 1.0) {
        ranked.sort_by_key(|place| *place != tried);
    }
    let mut shown: Vec<usize> = Vec::new();
    for fresh_groups_only in [true, false] {
        for place in &ranked {
            if shown.len() < slots && fits(*place, &shown, decision, catalogue, fresh_groups_only) {
                shown.push(*place);
            }
        }
    }
    shown
}

fn fits(place: usize, shown: &[usize], decision: &Decision, catalogue: &Catalogue, fresh_groups_only: bool) -> bool {
    let candidate = |place: usize| decision.candidates.get(place);
    let action = |place: usize| candidate(place).and_then(|c| catalogue.actions.get(usize::from(c.action)));
    let Some(this) = action(place) else { return false };
    let others: Vec<_> = shown.iter().filter_map(|shown| action(*shown)).collect();
    let again = others.iter().any(|other| other.name == this.name);
    let same_group = others.iter().any(|other| other.group == this.group);
    let excluded = catalogue.policy.exclusions.iter().any(|exclusion| {
        exclusion.actions.contains(&this.name) && others.iter().any(|other| exclusion.actions.contains(&other.name))
    });
    let too_alike = fresh_groups_only && same_group;
    !(again || excluded || too_alike) && has_room(place, shown, decision, catalogue)
}

/// Whether the caps leave room for one more beside those shown already.
fn has_room(place: usize, shown: &[usize], decision: &Decision, catalogue: &Catalogue) -> bool {
    let parts = |place: usize| {
        let candidate = decision.candidates.get(place)?;
        let action = catalogue.actions.get(usize::from(candidate.action))?;
        Some((action, action.treatments.get(usize::from(candidate.treatment))?))
    };
    let Some((action, treatment)) = parts(place) else { return false };
    if action.is_uncapped() {
        return true;
    }
    catalogue.policy.caps.iter().zip(&decision.caps).filter(|(cap, _)| cap.limits(action, treatment)).all(
        |(cap, used)| {
            let beside = shown.iter().filter_map(|shown| parts(*shown));
            let counted =
                beside.filter(|(action, treatment)| !action.is_uncapped() && cap.limits(action, treatment)).count();
            usize::from(*used) + counted < usize::from(cap.max)
        },
    )
}
