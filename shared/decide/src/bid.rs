//! The price of attention: what using up one of a customer's contacts costs at a moment, because something better may come for it later. Who
//! finds something instead of being told pays nothing.

use std::cell::OnceCell;

use tact_domain::{ProfileType, Timestamp};
use tact_model::BidTable;

use crate::{Action, Cap, Moment, Policy, Treatment};

/// What contacts cost at one moment.
#[derive(Debug)]
pub(crate) struct Prices<'a> {
    moment: &'a Moment<'a>,
    policy: &'a Policy,
    /// `None` where every contact costs the same.
    table: Option<&'a BidTable>,
    /// The customer's type, once it was asked for; none for who may not be typed.
    kind: OnceCell<Option<ProfileType>>,
}

impl<'a> Prices<'a> {
    /// What they cost by a table, or by the policy's lever where there is none or where the lever says that they cost nothing.
    pub(crate) fn at(moment: &'a Moment<'a>, policy: &'a Policy, table: Option<&'a BidTable>) -> Self {
        Self { moment, policy, table: table.filter(|_| policy.levers.bid > 0.0), kind: OnceCell::new() }
    }

    /// What doing an action in this way costs of the customer's attention, in minor units; `used` is what each cap counts. By a table it is the
    /// price at the cap at which a contact is dearest, and nothing where no cap counts it.
    pub(crate) fn of(&self, action: &Action, treatment: &Treatment, used: &[u16]) -> f64 {
        if !treatment.channel.interrupts() {
            return 0.0;
        }
        let Some(table) = self.table else { return self.policy.levers.bid };
        if action.is_uncapped() || treatment.fulfils {
            return 0.0;
        }
        let Moment { profile, now, .. } = *self.moment;
        let kind = *self.kind.get_or_init(|| profile.profile_type(now));
        let caps = self.policy.caps.iter().zip(used).filter(|(cap, _)| cap.limits(action, treatment));
        let prices = caps.map(|(cap, used)| table.price(kind, cap.max.saturating_sub(*used), self.hours_left(cap)));
        prices.fold(0.0, f64::max)
    }

    /// The hours until a cap lets another contact through than it would now: until the earliest it counts no longer counts or, when it counts
    /// none, until one spent now would not.
    fn hours_left(&self, cap: &Cap) -> f64 {
        let Moment { profile, now, decision, .. } = *self.moment;
        let since = cap.earliest(&profile.contact, now, decision).unwrap_or(now);
        hours(now, since.plus_s(cap.window_s))
    }
}

/// The hours from one instant to another.
fn hours(from: Timestamp, to: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the windows of caps are far below 2^53 milliseconds")]
    let ms = to.since_ms(from) as f64;
    ms / 3_600_000.0
}

#[cfg(test)]
mod tests;
