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
            && !Known::at(moment, &catalogue.slots).beside(catalogue).needs_secret(action)
    })
}

/// One rendering of a treatment: the action, the treatment, and the language of its words with the store they name: `-`, `de`, `-/market-street`.
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
    Some(joins((action, treatment), reader, decision.store.as_deref()))
}

/// The rendering that a treatment of an action is at a store for a customer who reads a language, and what stands for them in its crowd.
pub fn joins(
    (action, treatment): (&Action, &Treatment),
    (customer, locale): (&CustomerId, Option<&str>),
    store: Option<&str>,
) -> (Rendering, Fingerprint) {
    (rendering(action, treatment, locale, store), Crowd::face(&action.name, &treatment.name, customer))
}

/// The holds on what too few others got for a customer who reads a language to get it for a secret; of words that name a store, at each store by
/// itself.
pub fn uncovered(
    catalogue: &Catalogue,
    crowds: &BTreeMap<Rendering, Crowd>,
    (customer, locale): (&CustomerId, Option<&str>),
    now: Timestamp,
) -> Vec<Key> {
    let mut holds = Vec::new();
    for (action, treatment) in coverable(catalogue) {
        let own = Crowd::face(&action.name, &treatment.name, customer);
        let lacks = |store: Option<&str>| {
            let crowd = crowds.get(&rendering(action, treatment, locale, store));
            !crowd.is_some_and(|crowd| crowd.covers(catalogue.policy.cover, own, now))
        };
        let stores: Vec<_> = stores(catalogue, treatment, locale).collect();
        let lacking: Vec<_> = stores.iter().copied().filter(|store| lacks(*store)).collect();
        if lacking.len() == stores.len() {
            holds.push(Hold::Uncovered.of(&action.name, &treatment.name));
        } else {
            let at = |store| Hold::Uncovered.at(&action.name, &treatment.name, store);
            holds.extend(lacking.into_iter().flatten().map(at));
        }
    }
    holds
}

/// Every rendering of a catalogue that may need cover.
pub fn renderings(catalogue: &Catalogue) -> impl Iterator<Item = Rendering> {
    coverable(catalogue).flat_map(move |(action, treatment)| {
        let others = treatment.translations.iter().map(|words| Some(words.locale.as_str()));
        std::iter::once(None).chain(others).flat_map(move |locale| {
            stores(catalogue, treatment, locale).map(move |store| rendering(action, treatment, locale, store))
        })
    })
}

/// The stores that tell renderings of a treatment apart for readers of a language: each when its words name it, else none at all.
fn stores<'a>(
    catalogue: &'a Catalogue,
    treatment: &Treatment,
    locale: Option<&str>,
) -> impl Iterator<Item = Option<&'a str>> {
    let named = treatment.names_store(locale);
    let each = catalogue.places.stores.iter().filter(move |_| named).map(|store| Some(store.id.as_str()));
    each.chain((!named).then_some(None))
}

fn rendering(action: &Action, treatment: &Treatment, locale: Option<&str>, store: Option<&str>) -> Rendering {
    let language = treatment.language(locale);
    let store = store.filter(|_| treatment.names_store(locale));
    let words = store.map_or_else(|| Key::from(language), |store| Key::new(format!("{language}/{store}")));
    (action.name.clone(), treatment.name.clone(), words)
}

/// The treatments of a catalogue that may need cover, each with its action.
pub fn coverable(catalogue: &Catalogue) -> impl Iterator<Item = (&Action, &Treatment)> {
    let asking = catalogue.actions.iter().filter(|action| action.asks_for_secrets(&catalogue.slots));
    let ways = asking.flat_map(|action| action.treatments.iter().map(move |treatment| (action, treatment)));
    ways.filter(|(_, treatment)| catalogue.policy.cover.k > 0 && !treatment.fulfils)
}

#[cfg(test)]
mod tests;
