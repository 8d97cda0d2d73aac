//! What is shown to people of whom nothing is known but their types: on a screen, to a crowd, and to a visitor whom nobody recognises.
//! Nothing that is about one person comes in here: a crowd has no people in it, and a scene has no customer.

use tact_domain::{Channel, Crowd, ProfileType, Store, Timestamp, Trigger, offset_s};

use crate::decide::thousandths;
use crate::score::{Chances, weigh};
use crate::{Action, Candidate, Catalogue, Fate, Mode, Provenance, Reason, Rung, Slot, Treatment, Value, gate, limit};

/// Where, when and why something is to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The store.
    pub store: &'a Store,
    /// What for: `Open` for who looks at a place of ours.
    pub trigger: Trigger,
    /// The instant decided for.
    pub now: Timestamp,
}

/// What is shown, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreenDecision {
    /// What is shown, or why nothing is.
    pub shown: Result<Candidate, Silence>,
    /// Everything that was considered, in catalogue order; empty when nobody is known of.
    pub candidates: Vec<Candidate>,
}

/// Why nothing is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Too few people are there to know anything of them together.
    TooFew,
    /// Nothing in the catalogue may be shown there and then.
    NothingFits,
    /// Nothing is worth more than showing nothing.
    NothingWorthIt,
}

impl Silence {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooFew => "too_few",
            Self::NothingFits => "nothing_fits",
            Self::NothingWorthIt => "nothing_worth_it",
        }
    }
}

/// What a screen in a store shows at an instant: of all treatments for screens the one that is worth most to the crowd there, by the shares
/// of its types. The same crowd sees the same, whoever is in it.
pub fn screen(crowd: &Crowd, catalogue: &Catalogue, store: &Store, now: Timestamp) -> ScreenDecision {
    let scene = Scene { store, trigger: Trigger::Open, now };
    choose(&crowd.shares(), catalogue, &scene, Treatment::is_for_screen)
}

/// What a visitor finds of whom no more than a type is known: of everything that waits to be found and is about nobody, what is worth most.
pub fn unrecognised(kind: ProfileType, catalogue: &Catalogue, scene: &Scene<'_>) -> ScreenDecision {
    choose(&[(Some(kind), 1.0)], catalogue, scene, |_| true)
}

fn choose(
    shares: &[(Option<ProfileType>, f64)],
    catalogue: &Catalogue,
    scene: &Scene<'_>,
    is_meant: impl Fn(&Treatment) -> bool,
) -> ScreenDecision {
    let mut candidates = Vec::new();
    if shares.is_empty() {
        return ScreenDecision { shown: Err(Silence::TooFew), candidates };
    }
    for (place, action) in (0..).zip(&catalogue.actions) {
        if !action.triggers.contains(&scene.trigger) {
            continue;
        }
        for (way, treatment) in (0..).zip(&action.treatments) {
            if is_about_nobody(treatment) && is_meant(treatment) {
                candidates.push(candidate((place, action), (way, treatment), shares, catalogue, scene));
            }
        }
    }
    let shown = best(&mut candidates);
    ScreenDecision { shown, candidates }
}

/// Whether a treatment waits to be found, and neither says nor hands out anything that is one person's.
fn is_about_nobody(treatment: &Treatment) -> bool {
    let ours = treatment.discloses.iter().all(|known| *known == Provenance::Ours);
    let waits = treatment.channel == Channel::Inbox && treatment.mode == Mode::Pull;
    let is_personal = treatment.identifies
        || treatment.fulfils
        || treatment.coupon.is_some()
        || treatment.promises.is_some()
        || treatment.arm.is_some();
    ours && waits && !is_personal
}

fn candidate(
    (place, action): (u16, &Action),
    (way, treatment): (u16, &Treatment),
    shares: &[(Option<ProfileType>, f64)],
    catalogue: &Catalogue,
    scene: &Scene<'_>,
) -> Candidate {
    let passed = pass(action, treatment, catalogue, scene);
    let creepy = catalogue.policy.discretion.score(treatment.tactic);
    let terms = passed.is_ok().then(|| {
        let likely = shares.iter().map(|(kind, share)| share * treatment.prior(*kind)).sum();
        let if_silent = shares.iter().map(|(kind, share)| share * action.if_silent(*kind)).sum();
        let harmful = catalogue.policy.discretion.harmful(creepy, treatment);
        let chances = Chances { positive: likely, base: likely, rung: Rung::GroupPrior, if_silent, harmful };
        // What waits to be found uses up no contact.
        weigh(&catalogue.policy.levers, scene.trigger, action, treatment, chances, 0.0)
    });
    let fate = match &terms {
        None => Fate::Refused(passed.err().unwrap_or(Reason::NotScored)),
        Some(terms) if terms.score > 0.0 => Fate::Lost(Reason::Outscored),
        Some(_) => Fate::Lost(Reason::Silence),
    };
    let foretold = terms.map_or(0.0, |terms| terms.base);
    Candidate {
        action: place,
        treatment: way,
        fate,
        terms,
        foretold,
        consent: None,
        creepy: thousandths(creepy),
        later: None,
    }
}

/// The gates that are not about a person. What belongs to one, as a rule about their purchases, is not known and refuses.
fn pass(action: &Action, treatment: &Treatment, catalogue: &Catalogue, scene: &Scene<'_>) -> Result<(), Reason> {
    let Scene { store, now, .. } = *scene;
    if catalogue.places.denied(store.lat, store.lon, 0.0).is_some() {
        return Err(Reason::DenyZone);
    }
    gate::current(action, now)?;
    for (place, condition) in (0..).zip(&action.conditions) {
        let holds = condition.rule.holds_of(&|slot| scene.value(catalogue.slots.get(usize::from(slot))));
        if holds != Some(true) {
            return Err(Reason::of_rule(condition.stage, holds, place));
        }
    }
    // A limit is taken from by those who are told of it, and here nobody knows by whom.
    let takes_nothing = limit::claims(action, treatment, Some(&store.id), now).is_empty();
    if takes_nothing { Ok(()) } else { Err(Reason::Exhausted(0)) }
}

impl Scene<'_> {
    /// What a slot holds for people nobody knows: what is about the place and the time, nothing else.
    fn value(&self, slot: Option<&Slot>) -> Value<'_> {
        let at_store_s = offset_s(&self.store.zone, self.now);
        match slot {
            Some(Slot::Trigger) => Value::Text(self.trigger.name()),
            Some(Slot::Store) => Value::Text(&self.store.id),
            Some(Slot::Hour) => Value::Number(f64::from(self.now.second_of_day(at_store_s) / 3_600)),
            Some(Slot::Weekday) => Value::Number(f64::from(self.now.day(at_store_s).weekday())),
            _ => Value::Unknown,
        }
    }
}

/// Chooses what is worth most, the first in the catalogue of several that are worth the same.
fn best(candidates: &mut [Candidate]) -> Result<Candidate, Silence> {
    let may_be_shown = candidates.iter().any(|candidate| candidate.terms.is_some());
    let nothing = if may_be_shown { Silence::NothingWorthIt } else { Silence::NothingFits };
    let worth = |candidate: &Candidate| candidate.terms.map_or(0.0, |terms| terms.score);
    let running = candidates.iter_mut().filter(|candidate| worth(candidate) > 0.0).rev();
    let winner = running.max_by(|a, b| worth(a).total_cmp(&worth(b))).ok_or(nothing)?;
    winner.fate = Fate::Chosen;
    Ok(*winner)
}
