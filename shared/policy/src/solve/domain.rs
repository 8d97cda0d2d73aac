//! Which values slots can have: in general, or when decisions are made for one trigger.

use tact_decide::{Catalogue, Slot};
use tact_domain::{Key, ReadinessKind, Trigger};

use super::values::Values;
use crate::kind::{Kind, kind};

/// What is known of the values that slots can have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Domains {
    stores: Vec<Key>,
    areas: Vec<Key>,
    trigger: Option<Trigger>,
}

impl Domains {
    /// The values slots can have under a catalogue: its stores and areas, any trigger.
    pub fn of(catalogue: &Catalogue) -> Self {
        let stores = &catalogue.places.stores;
        let mut areas: Vec<Key> = stores.iter().flat_map(|store| store.areas.clone()).collect();
        areas.sort();
        areas.dedup();
        Self { stores: stores.iter().map(|store| store.id.clone()).collect(), areas, trigger: None }
    }

    /// The same when what happened is this.
    #[must_use]
    pub fn on(&self, trigger: Trigger) -> Self {
        Self { trigger: Some(trigger), ..self.clone() }
    }

    /// Whether what a slot asks for can be known at all.
    pub(crate) fn knows(&self, slot: &Slot) -> bool {
        let only = match slot.plain() {
            // What is bought now, and where somebody checks in now, what a comment says, only that event tells.
            Slot::Basket(_) | Slot::BasketValue => Trigger::Purchase,
            Slot::Venue => Trigger::CheckIn,
            Slot::Comment(_) => Trigger::Comment,
            _ => return true,
        };
        self.trigger.is_none_or(|trigger| trigger == only)
    }

    /// The values of a slot; none for one that does not exist or cannot be known.
    pub(super) fn of_slot(&self, slot: Option<&Slot>) -> Values {
        let Some(slot) = slot.filter(|slot| self.knows(slot)) else { return Values::none() };
        match kind(slot) {
            Kind::Text => self.texts(slot),
            Kind::Flag => Values::span(0.0, 1.0, true),
            Kind::Whole(most) => Values::span(0.0, most.unwrap_or(f64::INFINITY), true),
            Kind::Share => Values::span(0.0, 1.0, false),
            Kind::Money => Values::span(f64::NEG_INFINITY, f64::INFINITY, true),
        }
    }

    fn texts(&self, slot: &Slot) -> Values {
        match slot {
            Slot::Trigger => Values::Listed(self.triggers()),
            Slot::Mission => Values::Listed(["express", "browse", "unknown"].map(Key::new).to_vec()),
            Slot::Comment(aspect) => {
                Values::Listed(aspect.texts().unwrap_or_default().into_iter().map(Key::new).collect())
            }
            Slot::Cause => Values::Listed(Slot::causes().into_iter().map(Key::new).collect()),
            Slot::Ready => Values::Listed(self.signs()),
            Slot::Store => Values::Listed(self.stores.clone()),
            Slot::Area => Values::Listed(self.areas.clone()),
            _ => Values::AllBut(Vec::new()),
        }
    }

    /// By which signs a customer can be ready: those of a check-in are told by one, and only who stays waits.
    fn signs(&self) -> Vec<Key> {
        let told = |kind: &ReadinessKind| ReadinessKind::TOLD.contains(kind);
        let possible = |kind: &ReadinessKind| match self.trigger {
            Some(trigger) if told(kind) => trigger == Trigger::CheckIn,
            Some(trigger) if *kind == ReadinessKind::Dwell => trigger == Trigger::Dwell,
            Some(_) | None => true,
        };
        ReadinessKind::ALL.into_iter().filter(possible).map(|kind| Key::new(kind.name())).collect()
    }

    /// What rules see of the trigger: for what is due, that of the decision that put it off.
    fn triggers(&self) -> Vec<Key> {
        let all = || Trigger::ALL.map(|trigger| Key::new(trigger.name())).to_vec();
        match self.trigger {
            None | Some(Trigger::Due) => all(),
            Some(trigger) => vec![Key::new(trigger.name())],
        }
    }
}
