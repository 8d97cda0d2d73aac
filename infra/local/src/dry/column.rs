//! The catalogues of those who would do with less: copies with parts taken out, as no gate can be switched off. What is done, what it costs, the models and
//! the limits of what there is are the same in all of them.

use tact_decide::{Action, Arenas, Catalogue, Cover, Discretion, Holdout, Quiet, Stage, Term};

/// Whoever may have it gets it: eligibility and money. No caps, no hours, no place where nobody is approached; what customers allow is to be taken for
/// everything by whoever plays it.
pub fn eager(catalogue: &Catalogue) -> Catalogue {
    let mut eager = lawful(catalogue);
    eager.policy.caps.clear();
    eager.policy.quiet = Quiet::default();
    eager.places.deny.clear();
    eager
}

/// As eager, within what the law and the customers' word demand: consent, caps, hours and places. It weighs neither harm nor the price of a contact nor
/// what is bought anyway, knows of no trouble, no cover and nothing creepy, carries everything everywhere, and says a thing as often as it may.
pub fn lawful(catalogue: &Catalogue) -> Catalogue {
    let mut lawful = catalogue.clone();
    let policy = &mut lawful.policy;
    policy.exclusions.clear();
    policy.troubles.clear();
    policy.push_needs.clear();
    policy.holdout = Holdout::default();
    policy.cover = Cover { k: 0, ..policy.cover };
    // What a complaint is worth making up for is money, and stays.
    policy.discretion = Discretion { amends: policy.discretion.amends, ..Discretion::default() };
    policy.arenas = Arenas::default();
    policy.levers.later = 0.0;
    policy.levers.off.extend([Term::Harm, Term::Bid, Term::Organic]);
    lawful.actions.iter_mut().for_each(unrestrained);
    lawful
}

/// Takes out of an action whatever holds it back beside who may have it.
fn unrestrained(action: &mut Action) {
    action.conditions.retain(|condition| condition.stage == Stage::Eligibility);
    action.cool_down_s = 0;
    action.after.clear();
    action.control = 0.0;
}
