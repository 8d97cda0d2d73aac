//! What each way of each action may bring and what it may cost: expected return, expected harm, how creepy it is at the most delicate moment that calls
//! for it, and under which laws it stands.

mod exposure;

use tact_decide::{Action, Catalogue, Mode, Moment, Tactic, Treatment, tactic};
use tact_domain::{
    Channel, ConsentChange, ConsentState, CustomerId, DecisionId, Fingerprint, Grant, Key, Profile, Purpose, Scope,
    Timestamp, Trigger,
};

pub use self::exposure::Exposure;

/// One way to do one action, weighed.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The action,
    pub action: Key,
    /// and the way to do it.
    pub treatment: Key,
    /// By which channel,
    pub channel: Channel,
    /// and who takes the step.
    pub mode: Mode,
    /// The most delicate moment that calls for it.
    pub trigger: Trigger,
    /// What it is like then.
    pub tactic: Tactic,
    /// How creepy that is, 0 to 1.
    pub creepy: f64,
    /// How likely it does harm.
    pub harmful: f64,
    /// What one message is expected to earn beside silence, by the rates of the group, in minor units: margin times lift.
    pub returns: f64,
    /// What one message is expected to cost in harm, in minor units.
    pub harm: f64,
    /// The points of patience it takes, in thousandths.
    pub points: u16,
    /// Under which laws it stands.
    pub exposures: Vec<Exposure>,
}

/// Every way of a catalogue, in its order.
pub fn ways(catalogue: &Catalogue) -> Vec<Way> {
    let profile = recognised();
    let ways = catalogue.actions.iter().flat_map(|action| action.treatments.iter().map(move |way| (action, way)));
    ways.map(|(action, treatment)| way(catalogue, &profile, action, treatment)).collect()
}

fn way(catalogue: &Catalogue, profile: &Profile, action: &Action, treatment: &Treatment) -> Way {
    let discretion = &catalogue.policy.discretion;
    let callers = if treatment.fulfils { vec![Trigger::Due] } else { catalogue.callers(action) };
    let like = |trigger: Trigger| (at(catalogue, profile, action, treatment, trigger), trigger);
    let worst = callers.into_iter().map(like).max_by_key(|(tactic, _)| tactic.steps());
    let (tactic, trigger) = worst.unwrap_or((treatment.tactic, Trigger::Due));
    let creepy = discretion.score(tactic);
    let harmful = discretion.harmful(creepy, treatment);
    Way {
        action: action.name.clone(),
        treatment: treatment.name.clone(),
        channel: treatment.channel,
        mode: treatment.mode,
        trigger,
        tactic,
        creepy,
        harmful,
        returns: action.lever * (treatment.group_prior - action.organic) * action.margin,
        harm: harmful * catalogue.policy.levers.harm,
        points: discretion.points(creepy, action, treatment),
        exposures: Exposure::of(catalogue, action, treatment),
    }
}

/// What a way is like when it is called by a trigger.
fn at(catalogue: &Catalogue, profile: &Profile, action: &Action, treatment: &Treatment, trigger: Trigger) -> Tactic {
    let Some(nobody) = CustomerId::new("nobody") else { return treatment.tactic };
    let asked = Moment::asked(DecisionId(0), &nobody, profile, NOW);
    tactic(&Moment { trigger, ..asked }, &catalogue.policy, action, treatment)
}

const NOW: Timestamp = Timestamp(1);

/// Somebody who asked to be recognised: nobody else is.
fn recognised() -> Profile {
    let scope = Scope { purpose: Purpose::StaffRecognition, channel: None, topic: None };
    let grant = Grant { scope, state: ConsentState::Granted, terms: None, review_after: None, benefit: None };
    let mut profile = Profile::default();
    profile.consent.fold(
        &ConsentChange { grants: vec![grant], ..ConsentChange::default() },
        Timestamp(0),
        Fingerprint(0),
    );
    profile
}

#[cfg(test)]
mod tests;
