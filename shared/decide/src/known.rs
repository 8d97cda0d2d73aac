//! What is known at a moment: each slot of the catalogue looked up at most once, and only as far as the customer allows.

use std::cell::Cell;

use tact_domain::{Goods, Purpose};

use crate::{Action, Catalogue, Class, Condition, Moment, Needs, Slot, Value, slot};

/// The slots of a catalogue at one moment.
#[derive(Debug)]
pub struct Known<'a> {
    slots: &'a [Slot],
    moment: &'a Moment<'a>,
    memo: Memo,
    /// What is sold, and for how long a count of it is believed, in seconds.
    goods: Option<(&'a Goods, i64)>,
    /// What the customer lets us know, by purpose.
    granted: [bool; 4],
    hidden: Cell<Hidden>,
}

/// What may be known is asked once for each of these.
const GENERAL: [Purpose; 4] = [Purpose::Profiling, Purpose::Location, Purpose::ThirdParty, Purpose::Social];

/// What is not looked at for a while.
#[derive(Clone, Copy, Debug)]
enum Hidden {
    Nothing,
    /// What a purpose is for.
    Of(Purpose),
    /// What others told us, what is about others, and what is sensitive.
    Secrets,
}

impl Hidden {
    fn hides(self, purpose: Purpose) -> bool {
        match self {
            Self::Nothing => false,
            Self::Of(hidden) => hidden == purpose,
            Self::Secrets => matches!(purpose, Purpose::ThirdParty | Purpose::Social | Purpose::Sensitive),
        }
    }
}

/// Numbers that were looked up, by the place of their slot: a buffer that decisions use again. Texts are only borrowed, so they are looked up
/// each time.
pub(crate) type Memo = Vec<Cell<Looked>>;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Looked {
    #[default]
    NotYet,
    Up(f64),
    NoNumber,
}

impl<'a> Known<'a> {
    /// Nothing looked up yet.
    pub fn at(moment: &'a Moment<'a>, slots: &'a [Slot]) -> Self {
        Self::within(moment, slots, Memo::new())
    }

    /// The same where a catalogue tells what goes with what, and what of it is left in which store.
    #[must_use]
    pub fn beside(mut self, catalogue: &'a Catalogue) -> Self {
        self.goods = Some((&catalogue.goods, catalogue.policy.stock_fresh_s));
        self
    }

    /// Nothing looked up yet, in a buffer that was used before.
    pub(crate) fn within(moment: &'a Moment<'a>, slots: &'a [Slot], mut memo: Memo) -> Self {
        let granted = |purpose| moment.profile.consent.relied_on_anywhere(purpose, moment.now).is_ok();
        memo.clear();
        memo.resize(slots.len(), Cell::default());
        Self { slots, moment, memo, goods: None, granted: GENERAL.map(granted), hidden: Cell::new(Hidden::Nothing) }
    }

    /// The conditions of an action, by their places, that held only because the customer lets us know what a purpose is for.
    pub(crate) fn relies_on(&self, purpose: Purpose, action: &Action) -> Vec<u16> {
        self.failing_without(Hidden::Of(purpose), action)
    }

    /// Whether an action's conditions hold only because of what is a secret.
    pub(crate) fn needs_secret(&self, action: &Action) -> bool {
        !self.failing_without(Hidden::Secrets, action).is_empty()
    }

    /// The conditions of an action, by their places, that do not hold while something is hidden.
    fn failing_without(&self, hidden: Hidden, action: &Action) -> Vec<u16> {
        self.hidden.set(hidden);
        let holds = |condition: &Condition| condition.rule.holds(self, action.class) == Some(true);
        let failing = (0..).zip(&action.conditions).filter(|(_, condition)| !holds(condition));
        let found = failing.map(|(place, _)| place).collect();
        self.hidden.set(Hidden::Nothing);
        found
    }

    /// The buffer, for the next decision.
    pub(crate) fn into_memo(mut self) -> Memo {
        self.memo.clear();
        self.memo
    }

    /// What the slot in a place holds, for an action of a class: what the customer does not let us look at is not known. What is owed by contract
    /// or law may look at what they did.
    pub fn value(&self, place: u16, class: Class) -> Value<'a> {
        let place = usize::from(place);
        let (Some(slot), Some(memo)) = (self.slots.get(place), self.memo.get(place)) else {
            return Value::Unknown;
        };
        let seen = self.sees(slot, class);
        match (seen, memo.get()) {
            (false, _) => Value::Unknown,
            // What the customer usually comes for is what they did before.
            (true, _) if *slot == Slot::Mission && self.hides(Purpose::Profiling) => {
                Value::Text(slot::mission_of_visit(self.moment))
            }
            // Who waits at a service point was seen there.
            (true, _) if *slot == Slot::Ready && (!self.grants(Purpose::Location) || self.hides(Purpose::Location)) => {
                slot::ready_unseen(self.moment)
            }
            // So was whoever's visits tell how they shop; what they paid is no position.
            (true, _) if self.hides(Purpose::Location) && matches!(slot, Slot::Shopper(_)) => match slot {
                Slot::Shopper(way) => slot::likely_unseen(self.moment, *way),
                _ => Value::Unknown,
            },
            (true, Looked::Up(number)) => Value::Number(number),
            (true, Looked::NotYet | Looked::NoNumber) => {
                let value = self.look_up(slot);
                memo.set(if let Value::Number(number) = value { Looked::Up(number) } else { Looked::NoNumber });
                value
            }
        }
    }

    fn look_up(&self, slot: &'a Slot) -> Value<'a> {
        match (slot.plain(), self.goods) {
            (Slot::Complement(product, days), Some(goods)) => slot::place(self.moment, goods, (product, *days)),
            _ => slot.value(self.moment),
        }
    }

    /// Whether the customer lets us know what a purpose is for; no for one that is not asked for in general.
    fn grants(&self, purpose: Purpose) -> bool {
        GENERAL.iter().zip(self.granted).any(|(known, granted)| *known == purpose && granted)
    }

    fn hides(&self, purpose: Purpose) -> bool {
        self.hidden.get().hides(purpose)
    }

    /// Whether a slot may be looked at for an action of a class.
    fn sees(&self, slot: &Slot, class: Class) -> bool {
        match slot.needs() {
            Needs::Nothing => true,
            Needs::Profiling => {
                (self.grants(Purpose::Profiling) && !self.hides(Purpose::Profiling)) || class != Class::Default
            }
            Needs::Location => self.grants(Purpose::Location) && !self.hides(Purpose::Location),
            Needs::ThirdParty => self.grants(Purpose::ThirdParty) && !self.hides(Purpose::ThirdParty),
            Needs::Social => {
                let hidden = self.hides(Purpose::Social) || self.hides(Purpose::ThirdParty);
                self.grants(Purpose::Social) && self.grants(Purpose::ThirdParty) && !hidden
            }
            Needs::Sensitive(matter) => {
                let agreed = matter.is_agreed(&self.moment.profile.consent, self.moment.now);
                agreed && !self.hides(Purpose::Sensitive) && self.sees(slot.plain(), class)
            }
        }
    }

    /// Whether the customer lets us decide on what they did before.
    pub fn may_profile(&self) -> bool {
        self.grants(Purpose::Profiling)
    }
}
