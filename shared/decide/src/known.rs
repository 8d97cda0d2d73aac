//! What is known at a moment: each slot of the catalogue looked up at most once, and only as far as the customer allows.

use std::cell::Cell;

use tact_domain::Purpose;

use crate::{Class, Moment, Needs, Slot, Value};

/// The slots of a catalogue at one moment.
#[derive(Debug)]
pub struct Known<'a> {
    slots: &'a [Slot],
    moment: &'a Moment<'a>,
    memo: Memo,
    profiling: bool,
    location: bool,
    third_party: bool,
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

    /// The same, in a buffer that was used before.
    pub(crate) fn within(moment: &'a Moment<'a>, slots: &'a [Slot], mut memo: Memo) -> Self {
        let granted = |purpose| moment.profile.consent.relied_on_anywhere(purpose, moment.now).is_ok();
        memo.clear();
        memo.resize(slots.len(), Cell::default());
        Self {
            slots,
            moment,
            memo,
            profiling: granted(Purpose::Profiling),
            location: granted(Purpose::Location),
            third_party: granted(Purpose::ThirdParty),
        }
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
        let seen = match slot.needs() {
            Needs::Nothing => true,
            Needs::Profiling => self.profiling || class != Class::Default,
            Needs::Location => self.location,
            Needs::ThirdParty => self.third_party,
        };
        match (seen, memo.get()) {
            (false, _) => Value::Unknown,
            (true, Looked::Up(number)) => Value::Number(number),
            (true, Looked::NotYet | Looked::NoNumber) => {
                let value = slot.value(self.moment);
                memo.set(if let Value::Number(number) = value { Looked::Up(number) } else { Looked::NoNumber });
                value
            }
        }
    }

    /// Whether the customer lets us decide on what they did before.
    pub fn may_profile(&self) -> bool {
        self.profiling
    }
}
