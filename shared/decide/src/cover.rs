//! Plausible cover: what somebody gets only for a secret, enough others must have got without one, so that getting it tells nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tact_domain::{CustomerId, Fingerprint, Key, Timestamp};

use crate::{Action, Catalogue, Decision, Hold, Known, Moment, Slot, Treatment};

/// How many others are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// So many customers; 0 asks for none.
    pub k: u16,
    /// Within so many seconds.
    pub within_s: i64,
}

impl Default for Cover {
    /// What holds when a policy says nothing of it.
    fn default() -> Self {
        Self { k: 10, within_s: 30 * 86_400 }
    }
}

/// Those who got one rendering of a treatment without a secret: the latest `k` of them, as salted hashes, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowd(Vec<(Fingerprint, Timestamp)>);

impl Crowd {
    /// What stands for a customer in the crowd of a treatment: in each another hash, so that two crowds cannot be laid side by side.
    pub fn face(action: &str, treatment: &str, customer: &CustomerId) -> Fingerprint {
        Fingerprint::of(&format!("cover/{action}/{treatment}"), customer.as_str())
    }

    /// Whether enough others are in it at an instant. One who is in it does not cover themselves.
    pub fn covers(&self, cover: Cover, own: Fingerprint, now: Timestamp) -> bool {
        let since = now.plus_s(-cover.within_s);
        let others = self.0.iter().filter(|(face, at)| *face != own && *at > since && *at <= now).count();
        others >= usize::from(cover.k)
    }

    /// Lets somebody join who got it at an instant, and answers whether that changed anything. It does not while enough came in the latter half of the
    /// window, so that a crowd is written to `k` times in half a window at most, and is whole again before it falls apart.
    pub fn join(&mut self, cover: Cover, face: Fingerprint, at: Timestamp) -> bool {
        let lately = at.plus_s(-cover.within_s / 2);
        let is_late = |entry: &(Fingerprint, Timestamp)| entry.1 > lately;
        let known = self.0.iter().any(|entry| entry.0 == face && is_late(entry));
        if known || self.0.iter().filter(|entry| is_late(entry)).count() >= usize::from(cover.k) {
            return false;
        }
        self.0.retain(|entry| entry.0 != face && entry.1 > at.plus_s(-cover.within_s));
        self.0.push((face, at));
        self.0.sort_by_key(|entry| entry.1);
        self.0.drain(..self.0.len().saturating_sub(usize::from(cover.k)));
        true
    }

    /// When the latest came; `None` when nobody did.
    pub fn latest(&self) -> Option<Timestamp> {
        self.0.last().map(|(_, at)| *at)
    }
}

impl Action {
    /// Whether its rules look at what may be a secret, among the slots of its catalogue.
    pub fn asks_for_secrets(&self, slots: &[Slot]) -> bool {
        let is_secret = |place: u16| slots.get(usize::from(place)).is_some_and(|slot| slot.needs().is_secret());
        self.conditions.iter().any(|condition| condition.rule.looks_at(&is_secret))
    }
}

/// Whether the winner of a decision came without a secret although its action asks for one, so that whoever gets it covers others.
pub(crate) fn gives(moment: &Moment<'_>, catalogue: &Catalogue, decision: &Decision) -> bool {
    let winner = decision.winner();
    let action = winner.and_then(|winner| catalogue.actions.get(usize::from(winner.action)));
    action.is_some_and(|action| {
        action.asks_for_secrets(&catalogue.slots)
            && moment.promised(action).is_none()
            && !Known::at(moment, &catalogue.slots).needs_secret(action)
    })
}

/// One rendering of a treatment: the action, the treatment and the language of its words.
pub type Rendering = (Key, Key, Key);

/// The rendering that the winner of a decision is for a customer who reads a language, and what stands for them in its crowd; `None` for silence.
pub fn joining(
    decision: &Decision,
    catalogue: &Catalogue,
    reader: (&CustomerId, Option<&str>),
) -> Option<(Rendering, Fingerprint)> {
    let winner = decision.winner()?;
    let action = catalogue.actions.get(usize::from(winner.action))?;
    let treatment = action.treatments.get(usize::from(winner.treatment))?;
    Some(joins((action, treatment), reader))
}

/// The rendering that a treatment of an action is for a customer who reads a language, and what stands for them in its crowd.
pub fn joins(
    (action, treatment): (&Action, &Treatment),
    (customer, locale): (&CustomerId, Option<&str>),
) -> (Rendering, Fingerprint) {
    (rendering(action, treatment, locale), Crowd::face(&action.name, &treatment.name, customer))
}

/// The holds on what too few others got for a customer who reads a language to get it for a secret.
pub fn uncovered(
    catalogue: &Catalogue,
    crowds: &BTreeMap<Rendering, Crowd>,
    (customer, locale): (&CustomerId, Option<&str>),
    now: Timestamp,
) -> Vec<Key> {
    let missing = coverable(catalogue).filter(|(action, treatment)| {
        let own = Crowd::face(&action.name, &treatment.name, customer);
        let crowd = crowds.get(&rendering(action, treatment, locale));
        !crowd.is_some_and(|crowd| crowd.covers(catalogue.policy.cover, own, now))
    });
    missing.map(|(action, treatment)| Hold::Uncovered.of(&action.name, &treatment.name)).collect()
}

fn rendering(action: &Action, treatment: &Treatment, locale: Option<&str>) -> Rendering {
    (action.name.clone(), treatment.name.clone(), treatment.language(locale).into())
}

/// The treatments of a catalogue that may need cover, each with its action.
pub fn coverable(catalogue: &Catalogue) -> impl Iterator<Item = (&Action, &Treatment)> {
    let asking = catalogue.actions.iter().filter(|action| action.asks_for_secrets(&catalogue.slots));
    let ways = asking.flat_map(|action| action.treatments.iter().map(move |treatment| (action, treatment)));
    ways.filter(|(_, treatment)| catalogue.policy.cover.k > 0 && !treatment.fulfils)
}

#[cfg(test)]
mod tests;
