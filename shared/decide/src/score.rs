//! The money formula: what doing something is worth, against saying nothing.

use tact_domain::Trigger;
use tact_model::Row;

use crate::adaptive::Correction;
use crate::{Action, Levers, Models, Moment, Rung, Term, Terms, Treatment, row};

/// A treatment that is to be scored, and what is known of it before its positive outcome is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weighed<'a> {
    pub(crate) action: &'a Action,
    pub(crate) treatment: &'a Treatment,
    /// How likely the positive outcome is when nothing is said.
    pub(crate) if_silent: f64,
    /// How likely it does harm.
    pub(crate) harmful: f64,
    /// What it costs of the customer's attention, in minor units.
    pub(crate) bid: f64,
}

/// Scores a treatment; `row` is the row of the moment, completed here for it. What was learnt corrects how likely its positive outcome is; of what is new, the group's rate is what is corrected. Answers as well what
/// a model says of it in either case: what becomes of it is compared with that.
pub(crate) fn score(
    moment: &Moment<'_>,
    may_profile: bool,
    levers: &Levers,
    models: &Models,
    row: &mut Row,
    &Weighed { action, treatment, if_silent, harmful, bid }: &Weighed<'_>,
    correction: Option<Correction>,
) -> (Terms, f64) {
    let (foretold, rung) = propensity(moment, may_profile, models, row, action, treatment);
    let (positive, base, rung) = match correction {
        Some(known) if known.is_new => {
            let base = treatment.group_prior;
            (known.positive_of_new(base), base, rung.max(Rung::GroupPrior))
        }
        Some(known) => (known.positive(foretold), foretold, rung),
        None => (foretold, foretold, rung),
    };
    let chances = Chances { positive, base, rung, if_silent, harmful };
    (weigh(levers, moment.trigger, action, treatment, chances, bid), foretold)
}

/// How likely what becomes of a treatment is.
#[derive(Clone, Copy, Debug)]
pub struct Chances {
    /// The positive outcome,
    pub positive: f64,
    /// before what was learnt was taken in,
    pub base: f64,
    /// found on this rung.
    pub rung: Rung,
    /// The positive outcome when nothing is said.
    pub if_silent: f64,
    /// Harm.
    pub harmful: f64,
}

/// Weighs a treatment for a trigger, whose outcomes are as likely as is given; `bid` is what it costs of the customer's attention, in minor units.
pub fn weigh(
    levers: &Levers,
    trigger: Trigger,
    action: &Action,
    treatment: &Treatment,
    Chances { positive, base, rung, if_silent, harmful }: Chances,
    bid: f64,
) -> Terms {
    let on = |term: Term, value: f64, off: f64| if levers.off.contains(&term) { off } else { value };
    let context = if trigger == Trigger::Entry { levers.at_entry } else { 1.0 };
    let mut terms = Terms {
        lever: on(Term::Lever, action.lever, 1.0),
        context: on(Term::Context, context, 1.0),
        positive,
        base,
        positive_if_silent: on(Term::Organic, if_silent, 0.0),
        margin: on(Term::Gain, action.margin, 0.0),
        benefit_weight: on(Term::Benefit, levers.benefit, 0.0),
        liked: treatment.liked,
        benefit: action.benefit,
        redeem: if treatment.incentive > 0.0 { positive } else { 0.0 },
        incentive: on(Term::Incentive, treatment.incentive, 0.0),
        harmful,
        harm: on(Term::Harm, levers.harm, 0.0),
        cost: on(Term::Cost, treatment.cost, 0.0),
        bid: on(Term::Bid, bid, 0.0),
        rung,
        score: 0.0,
    };
    terms.score = terms.sum();
    terms
}

impl Terms {
    /// The formula over the terms.
    pub fn sum(&self) -> f64 {
        self.lever * self.context * (self.positive - self.positive_if_silent) * self.margin
            + self.benefit_weight * self.liked * self.benefit
            - self.redeem * self.incentive
            - self.harmful * self.harm
            - self.cost
            - self.bid
    }
}

/// The probability of the positive outcome, and the rung it was found on: without consent to profiling the customer's own history is not
/// looked at, and the group's rate stands in.
fn propensity(
    moment: &Moment<'_>,
    may_profile: bool,
    models: &Models,
    row: &mut Row,
    action: &Action,
    treatment: &Treatment,
) -> (f64, Rung) {
    let rung = if may_profile { moment.rung } else { moment.rung.max(Rung::GroupPrior) };
    let model = match rung {
        Rung::FullModel => models.full.as_ref().map(|model| (model, Rung::FullModel)).or_else(|| models.small()),
        Rung::SmallModel => models.small(),
        Rung::GroupPrior | Rung::RulesOnly | Rung::Silence => None,
    };
    let Some((model, rung)) = model else {
        return (treatment.group_prior, rung.max(Rung::GroupPrior));
    };
    row::offer(row, moment, action, treatment);
    let probability = model.probability(row);
    // An artefact that answers outside 0 to 1 was refused when it was loaded; this keeps scores finite whatever happens.
    if (0.0..=1.0).contains(&probability) { (probability, rung) } else { (treatment.group_prior, Rung::GroupPrior) }
}

#[cfg(test)]
mod tests {
    use tact_domain::ProfileType;

    use super::*;
    use crate::shop::{NOW, at_check_in, catalogue, offer, willing};

    #[test]
    fn what_would_be_done_anyway_is_that_of_the_type_where_a_holdout_told_it() {
        let kind = willing().profile_type(NOW).unwrap();
        let other = ProfileType::ALL.into_iter().find(|other| *other != kind).unwrap();
        let typed = |organic_by_type| Action { organic: 0.1, organic_by_type, ..offer("coffee", 1_000.0, 0.2) };
        let terms = |action: Action| {
            let decision = at_check_in(&catalogue(vec![action]), &Models::default(), None, (Rung::GroupPrior, 1));
            let terms = decision.candidates[0].terms.unwrap();
            (terms.positive_if_silent.to_bits(), terms.score)
        };
        let (plain, worth) = terms(typed(Vec::new()));
        assert_eq!(plain, 0.1_f64.to_bits());
        assert_eq!(terms(typed(vec![(other, 0.15)])), (plain, worth), "that of another type is nobody else's");
        let (of_type, less) = terms(typed(vec![(other, 0.05), (kind, 0.15)]));
        assert_eq!(of_type, 0.15_f64.to_bits());
        assert!((worth - less - 50.0).abs() < 1e-9, "0.05 of 10.00 is not ours: {worth} {less}");
    }

    #[test]
    fn who_is_of_no_type_does_what_everybody_does() {
        let action = Action {
            organic: 0.1,
            organic_by_type: ProfileType::ALL.map(|kind| (kind, 0.9)).to_vec(),
            ..offer("a", 1.0, 0.2)
        };
        assert!((action.if_silent(None) - 0.1).abs() < f64::EPSILON);
        assert!((action.if_silent(Some(ProfileType::Browser)) - 0.9).abs() < f64::EPSILON);
    }
}
