//! What every part of deciding is worth: the same arrivals, decided dry with one part switched off each time, beside all of it.
//!
//! Every way is measured by one stick: what its messages are expected to be worth by the terms of the whole, attention for nothing, and, where people answer,
//! what was accepted less incentives and sending. What the law asks for (consent, hours, places) is never switched off.

use std::collections::BTreeMap;

use serde::Serialize;
use tact_decide::{Arenas, Catalogue, Chances, Cover, Discretion, Holdout, Models, Term, Terms, weigh};
use tact_domain::{Outcome, Timestamp};
use tact_learn::{Estimate, paired};

use super::message::money;
use crate::arrival::Arrival;
use crate::dry::{Consents, Dry, Rehearsed, Said, Script, Weighed, lawful};
use crate::respond::Respondents;
use crate::stack::{StackError, seal};

/// What is played with parts switched off.
pub struct Ablation<'a> {
    /// The events, in the order in which they arrive.
    pub arrivals: &'a [Arrival],
    /// What decides.
    pub catalogue: &'a Catalogue,
    /// What scores.
    pub models: &'a Models,
    /// Events before this instant are folded and lead to no decision.
    pub fold_only_until: Option<Timestamp>,
    /// The clock goes on until this instant.
    pub until: Timestamp,
    /// Whether people answer by the hidden model of the town.
    pub answered: bool,
    /// What intervals are drawn with.
    pub seed: u64,
}

/// One way to decide.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ablated {
    /// What is switched off: a lever, a part of the policy, a model; `nothing` for all of it.
    pub part: &'static str,
    /// Its name.
    pub without: &'static str,
    /// Messages that left.
    pub messages: u64,
    /// What they are expected to be worth to us, in minor units; `None` where other models tell, as it would be their own word.
    pub expected_minor: Option<f64>,
    /// What they are expected to be worth to customers, in minor units; `None` likewise.
    pub expected_for_customers_minor: Option<f64>,
    /// Margin of what was accepted, less incentives and sending, in minor units; planted. `None` when nobody answers.
    pub net_minor: Option<f64>,
    /// How often somebody said thank you; planted.
    pub thanked: Option<u64>,
    /// How often it was put away, complained of, or the last one wanted; planted.
    pub unhappy: Option<u64>,
    /// What a customer brings more than with all of it, in minor units: net where people answer, expected otherwise. Below 0 the part earns what it
    /// costs. `None` for all of it itself, and where there is nothing to compare.
    pub more_each_minor: Option<Estimate>,
}

/// One way to decide, to be played.
struct Way {
    part: &'static str,
    without: &'static str,
    catalogue: Catalogue,
    models: Models,
}

impl Ablation<'_> {
    /// How many plays it takes.
    pub fn plays(&self) -> u64 {
        self.ways().len() as u64
    }

    /// Plays every way; `done` is told of each.
    ///
    /// # Errors
    /// Never, as the secret of a run is long enough.
    pub fn play(&self, done: &dyn Fn()) -> Result<Vec<Ablated>, StackError> {
        let script = Script::of(self.arrivals);
        let (mut whole, mut all) = (None, Vec::new());
        for way in self.ways() {
            let respond =
                if self.answered { Some(Respondents::of(self.arrivals, &way.catalogue, seal()?)) } else { None };
            let dry = Dry {
                catalogue: &way.catalogue,
                models: &way.models,
                consents: Consents::Theirs,
                fold_only_until: self.fold_only_until,
                until: Some(self.until),
                respond,
            };
            let played = dry.play(&script);
            all.push(self.told(&way, &played, whole.as_ref()));
            whole = whole.or_else(|| Some(self.each(&played)));
            done();
        }
        Ok(all)
    }

    fn told(&self, way: &Way, played: &Rehearsed, whole: Option<&BTreeMap<String, f64>>) -> Ablated {
        let left = || played.weighed.iter().filter(|weighed| weighed.said.as_ref().is_some_and(|said| said.left));
        let comparable = way.part != "model";
        let expected = || left().filter_map(|weighed| self.whole_terms(weighed));
        let annoyance = self.catalogue.policy.levers.harm;
        let for_them = |terms: Terms| terms.liked * terms.benefit - terms.harmful * annoyance;
        let came = |outcomes: &[Outcome]| {
            let any = |outcome: &Outcome, ledger: &tact_domain::OutcomeLedger| ledger.first(*outcome).is_some();
            let items = played.decisions.iter().map(|(_, item)| &item.outcomes);
            items.filter(|ledger| outcomes.iter().any(|outcome| any(outcome, ledger))).count() as u64
        };
        let each = self.each(played);
        let more = whole.filter(|_| comparable || self.answered).map(|whole| self.more(&each, whole));
        Ablated {
            part: way.part,
            without: way.without,
            messages: left().count() as u64,
            expected_minor: comparable.then(|| expected().map(|terms| terms.score).sum()),
            expected_for_customers_minor: comparable.then(|| expected().map(for_them).sum()),
            net_minor: self.answered.then(|| each.values().sum()),
            thanked: self.answered.then(|| came(&[Outcome::Thanked])),
            unhappy: self.answered.then(|| came(&[Outcome::Dismissed, Outcome::OptedOut, Outcome::Complained])),
            more_each_minor: more,
        }
    }

    /// What every customer brings: net where people answer, expected otherwise.
    fn each(&self, played: &Rehearsed) -> BTreeMap<String, f64> {
        let mut each: BTreeMap<String, f64> = BTreeMap::new();
        for weighed in &played.weighed {
            let worth = each.entry(weighed.customer.to_string()).or_insert(0.0);
            if !self.answered && weighed.said.as_ref().is_some_and(|said| said.left) {
                *worth += self.whole_terms(weighed).map_or(0.0, |terms| terms.score);
            }
        }
        for (customer, item) in played.decisions.iter().filter(|(_, item)| self.answered && item.sent_at.is_some()) {
            let action = self.catalogue.actions.iter().find(|action| action.name == item.action);
            let way = |action: &tact_decide::Action| {
                let treatment = action.treatments.iter().find(|treatment| treatment.name == item.treatment)?;
                let (earned, given, cost) = money(item, action, treatment);
                Some(earned - given - cost)
            };
            *each.entry(customer.clone()).or_insert(0.0) += action.and_then(way).unwrap_or(0.0);
        }
        each
    }

    fn more(&self, each: &BTreeMap<String, f64>, whole: &BTreeMap<String, f64>) -> Estimate {
        let everybody: std::collections::BTreeSet<&String> = each.keys().chain(whole.keys()).collect();
        let of = |worth: &BTreeMap<String, f64>, who: &String| worth.get(who).copied().unwrap_or(0.0);
        let more: Vec<f64> = everybody.into_iter().map(|who| of(each, who) - of(whole, who)).collect();
        paired(&more, self.seed)
    }

    /// The terms of what was said as the whole would have weighed it, attention for nothing; `None` for what was not scored.
    fn whole_terms(&self, weighed: &Weighed) -> Option<Terms> {
        let said: &Said = weighed.said.as_ref()?;
        let action = self.catalogue.actions.iter().find(|action| action.name == said.action)?;
        let treatment = action.treatments.iter().find(|treatment| treatment.name == said.treatment)?;
        let Terms { positive, base, rung, harmful, .. } = said.terms?;
        let chances = Chances { positive, base, rung, if_silent: action.if_silent(weighed.kind), harmful };
        Some(weigh(&self.catalogue.policy.levers, weighed.trigger, action, treatment, chances, 0.0))
    }

    /// All of it first, then without one part each.
    fn ways(&self) -> Vec<Way> {
        let way = |part, without, change: &dyn Fn(&mut Catalogue)| {
            let mut catalogue = self.catalogue.clone();
            change(&mut catalogue);
            Way { part, without, catalogue, models: self.models_with(true, true, true) }
        };
        let mut ways = vec![way("nothing", "nothing", &|_| {})];
        let levers = Term::ALL.into_iter().filter(|(_, term)| !matches!(term, Term::Learned | Term::Explore));
        ways.extend(levers.map(|(name, term)| way("lever", name, &|c: &mut Catalogue| c.policy.levers.off.push(term))));
        ways.extend(POLICIES.into_iter().map(|(name, change)| way("policy", name, &change)));
        let with = |without, full, small, bids| {
            let models = self.models_with(full, small, bids);
            Way { part: "model", without, catalogue: self.catalogue.clone(), models }
        };
        ways.extend([
            with("the full model", false, true, true),
            with("all models", false, false, true),
            with("learnt prices of attention", true, true, false),
        ]);
        ways
    }

    /// The models, each only if it is wanted.
    fn models_with(&self, full: bool, small: bool, bids: bool) -> Models {
        let of = self.models;
        Models {
            full: of.full.clone().filter(|_| full),
            small: of.small.clone().filter(|_| small),
            bids: of.bids.clone().filter(|_| bids),
            types: of.types.clone(),
            hash: of.hash.clone(),
        }
    }
}

/// A part of a policy by name, and how it is taken out of a catalogue.
type Part = (&'static str, fn(&mut Catalogue));

/// The parts of a policy that no law asks for.
const POLICIES: [Part; 7] = [
    ("contact caps", |catalogue| catalogue.policy.caps.clear()),
    ("trouble", |catalogue| catalogue.policy.troubles.clear()),
    ("discretion", |catalogue| {
        let policy = &mut catalogue.policy;
        // What a complaint is worth making up for is money, and stays.
        policy.discretion = Discretion { amends: policy.discretion.amends, ..Discretion::default() };
        policy.arenas = Arenas::default();
        policy.cover = Cover { k: 0, ..policy.cover };
    }),
    ("exclusions and pauses", |catalogue| {
        catalogue.policy.exclusions.clear();
        for action in &mut catalogue.actions {
            action.cool_down_s = 0;
            action.after.clear();
        }
    }),
    ("waiting", |catalogue| catalogue.policy.levers.later = 0.0),
    ("holdout and controls", |catalogue| {
        catalogue.policy.holdout = Holdout::default();
        catalogue.actions.iter_mut().for_each(|action| action.control = 0.0);
    }),
    ("all that no law asks for", |catalogue| *catalogue = lawful(catalogue)),
];
