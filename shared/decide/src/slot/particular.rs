//! In which particulars a slot is let be known: by which sources, about whom, on which matter.

use tact_domain::{Key, PartnerSignal, Purpose};

use super::{Slot, is_let_tell};
use crate::Moment;

impl Slot {
    /// What the customer allows in particular that it is looked at for, as often as it is: the sources that told and the people it was about, as far as
    /// they are allowed, and the sensitive matter. Empty for what no particular matters to.
    pub(crate) fn particulars(&self, moment: &Moment<'_>) -> Vec<(Purpose, Key)> {
        match self {
            Self::Partner(category, days) => told(moment, category, *days, |signal| signal.with.is_none()),
            Self::Friends(category, days) => told(moment, category, *days, |signal| {
                let consent = &moment.profile.consent;
                signal.with.as_ref().is_some_and(|other| consent.allows_edge(other, moment.now))
            }),
            Self::Destination(category) => {
                let let_tell = |signal: &PartnerSignal| is_let_tell(moment, signal);
                let current = moment.profile.partner.current(category, moment.now, let_tell);
                current.into_iter().map(|signal| (Purpose::ThirdParty, signal.source.clone())).collect()
            }
            Self::Sensitive(matter, slot) => {
                let agreed = matter.is_agreed(&moment.profile.consent, moment.now);
                let matter = agreed.then(|| (Purpose::Sensitive, Key::from(matter.name())));
                matter.into_iter().chain(slot.particulars(moment)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Who told of a category in so many days, and about whom, by the signals that `counts` accepts and that may be told.
fn told(moment: &Moment<'_>, category: &str, days: u8, counts: impl Fn(&PartnerSignal) -> bool) -> Vec<(Purpose, Key)> {
    let after = moment.now.plus_s(-i64::from(days) * 86_400);
    let signals = moment.profile.partner.signals.iter().filter(|(at, _)| *at > after && *at <= moment.now);
    let of_category = signals.map(|(_, signal)| signal).filter(|signal| signal.category == category);
    let allowed = of_category.filter(|signal| counts(signal) && is_let_tell(moment, signal));
    let named = |signal: &PartnerSignal| {
        let with = signal.with.clone().map(|with| (Purpose::Social, with));
        [(Purpose::ThirdParty, signal.source.clone())].into_iter().chain(with)
    };
    allowed.flat_map(named).collect()
}
