//! What kind of value each slot holds: what it can be compared with, and which values it can have.

use tact_decide::{Aspect, Slot};

/// A kind of value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// Yes or no, held as 1 or 0.
    Flag,
    /// A whole number from 0 to the most there can be, or without a bound.
    Whole(Option<f64>),
    /// A number from 0 to 1.
    Share,
    /// Money in whole minor units; less than nothing when more was given back than bought.
    Money,
}

/// The kind of value a slot holds.
pub(crate) fn kind(slot: &Slot) -> Kind {
    match slot {
        Slot::Trigger
        | Slot::Store
        | Slot::Area
        | Slot::Mission
        | Slot::Locale
        | Slot::Venue
        | Slot::Cause
        | Slot::Comment(Aspect::Cause | Aspect::Tone | Aspect::Arena)
        | Slot::Ready
        | Slot::Destination(_) => Kind::Text,
        Slot::Hour => Kind::Whole(Some(23.0)),
        Slot::Weekday => Kind::Whole(Some(6.0)),
        Slot::MinutesInside
        | Slot::DaysSinceOrder
        | Slot::DueIn(_)
        | Slot::Basket(_)
        | Slot::Complement(..)
        | Slot::CheckIns(_)
        | Slot::Visits(_)
        | Slot::VisitsHere(_)
        | Slot::Orders(..)
        | Slot::Partner(..)
        | Slot::Friends(..) => Kind::Whole(None),
        // No more than are kept one by one.
        Slot::Sequence(_) => Kind::Whole(Some(8.0)),
        Slot::Spend(_) | Slot::Quarters(_) | Slot::BasketValue => Kind::Money,
        Slot::Affinity(_) | Slot::Drop | Slot::Shopper(_) => Kind::Share,
        Slot::Owns(_)
        | Slot::HasDropped
        | Slot::Comment(Aspect::Public | Aspect::AtStore)
        | Slot::InTrouble
        | Slot::MayAskAgain => Kind::Flag,
        Slot::Sensitive(_, slot) => kind(slot),
    }
}
