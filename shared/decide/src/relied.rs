//! What a decision relied on: each consent to be known without which its winner would not have been chosen, asked for again before it leaves.

use serde::{Deserialize, Serialize};
use tact_domain::{Fingerprint, Key, Profile, Purpose, Timestamp};

use crate::{Action, Known, Moment, Slot};

/// One consent to be known that a decision relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reliance {
    /// What for.
    pub purpose: Purpose,
    /// The place of the first condition that asks for it.
    pub place: u16,
    /// In which particular: the source that told, what stands for the person it was about, the sensitive matter; `None` where none matters.
    pub particular: Option<Key>,
}

impl Reliance {
    /// Whether it is still allowed at an instant. Whom a customer knows is allowed by both of them.
    pub fn holds(&self, profile: &Profile, now: Timestamp) -> bool {
        let consent = &profile.consent;
        match (&self.particular, self.purpose) {
            (Some(other), Purpose::Social) => {
                consent.others().any(|known| face(known) == *other && consent.allows_edge(known, now))
            }
            (Some(particular), purpose) => consent.relied_on_for(purpose, particular, now).is_ok(),
            (None, purpose) => consent.relied_on_anywhere(purpose, now).is_ok(),
        }
    }
}

/// What stands for somebody whom the customer knows: beside a decision nobody else is named.
fn face(other: &str) -> Key {
    Key::from(Fingerprint::of("friend", other).to_string())
}

/// What the customer may let us know, in the order in which it is asked for.
const PURPOSES: [Purpose; 5] =
    [Purpose::Profiling, Purpose::Location, Purpose::ThirdParty, Purpose::Social, Purpose::Sensitive];

/// What the conditions of an action hold only because the customer lets us know, and the events that let us, by purpose.
pub(crate) fn relied_on(
    moment: &Moment<'_>,
    slots: &[Slot],
    known: &Known<'_>,
    action: &Action,
) -> (Vec<Reliance>, Vec<(Purpose, Fingerprint)>) {
    let consent = &moment.profile.consent;
    let (mut relied, mut quoted) = (Vec::<Reliance>::new(), Vec::new());
    for purpose in PURPOSES {
        for place in known.relies_on(purpose, action) {
            let named = particulars(moment, slots, action, place).into_iter().filter(|(of, _)| *of == purpose);
            let named: Vec<_> = named.map(|(_, particular)| particular).collect();
            // What is no matter of particulars stands or falls as one, however many conditions ask for it.
            if named.is_empty() && !relied.iter().any(|known| known.purpose == purpose && known.particular.is_none()) {
                relied.push(Reliance { purpose, place, particular: None });
                quoted.extend(consent.given_for(purpose, moment.now).map(|register| (purpose, register.event)));
            }
            for particular in named {
                let given = consent.relied_on_for(purpose, &particular, moment.now).ok();
                quoted.extend(given.map(|register| (purpose, register.event)));
                let particular = if purpose == Purpose::Social { face(&particular) } else { particular };
                relied.push(Reliance { purpose, place, particular: Some(particular) });
            }
        }
    }
    quoted.sort_unstable_by_key(|(purpose, event)| (PURPOSES.iter().position(|known| known == purpose), *event));
    quoted.dedup();
    (relied, quoted)
}

/// In which particulars the slots of a condition are let be known, each once.
fn particulars(moment: &Moment<'_>, slots: &[Slot], action: &Action, place: u16) -> Vec<(Purpose, Key)> {
    let condition = action.conditions.get(usize::from(place));
    let looked_at = condition.into_iter().flat_map(|condition| condition.rule.slots());
    let slots = looked_at.filter_map(|slot| slots.get(usize::from(slot)));
    let mut particulars: Vec<_> = slots.flat_map(|slot| slot.particulars(moment)).collect();
    particulars.sort_unstable();
    particulars.dedup();
    particulars
}

#[cfg(test)]
mod tests;
