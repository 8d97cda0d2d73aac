//! The price of attention: what using up one of a customer's contacts costs at a moment, because something better may come for it later. Who
//! finds something instead of being told pays nothing.

use tact_domain::{ProfileType, Timestamp};
use tact_model::BidTable;

use crate::arbitrate::{parts, precedence};
use crate::{Action, Candidate, Cap, Catalogue, Class, Decision, Fate, Moment, Policy, Reason, Treatment};

/// What contacts cost at one moment.
#[derive(Debug)]
pub(crate) struct Prices<'a> {
    moment: &'a Moment<'a>,
    policy: &'a Policy,
    /// `None` where every contact costs the same.
    table: Option<&'a BidTable>,
}

impl<'a> Prices<'a> {
    /// What they cost by a table, or by the policy's lever where there is none or where the lever says that they cost nothing.
    pub(crate) fn at(moment: &'a Moment<'a>, policy: &'a Policy, table: Option<&'a BidTable>) -> Self {
        Self { moment, policy, table: table.filter(|_| policy.levers.bid > 0.0) }
    }

    /// What doing an action in this way costs of the customer's attention, in minor units; `used` is what each cap counts, and `kind` answers
    /// of which type they are. By a table it is the price at the cap at which a contact is dearest, and nothing where no cap counts it.
    pub(crate) fn of(
        &self,
        action: &Action,
        treatment: &Treatment,
        used: &[u16],
        kind: impl FnOnce() -> Option<ProfileType>,
    ) -> f64 {
        if !treatment.channel.interrupts() {
            return 0.0;
        }
        let Some(table) = self.table else { return self.policy.levers.bid };
        if !action.takes_contact(treatment) {
            return 0.0;
        }
        let kind = kind();
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

impl Decision {
    /// What using a contact was worth here, in minor units, whatever it cost: what the best that takes one brings beside the best that takes none, or beside silence.
    /// `None` when nothing that takes one could have been done, or something came before it that takes none.
    pub fn opportunity(&self, catalogue: &Catalogue) -> Option<f64> {
        let ran =
            || self.candidates.iter().filter(|one| competed(one)).filter_map(|one| Some((one, parts(one, catalogue)?)));
        let (takes, free): (Vec<_>, Vec<_>) =
            ran().partition(|(_, (action, treatment))| action.takes_contact(treatment));
        let is_worth = |one: &Candidate, action: &Action, treatment: &Treatment| {
            score(one) > 0.0 || action.class == Class::Mandatory || treatment.fulfils
        };
        let free: Vec<_> = free.into_iter().filter(|(one, (action, way))| is_worth(one, action, way)).collect();
        let first = free.iter().map(|(one, _)| precedence(one, catalogue)).min();
        let beside = free.iter().map(|(one, _)| score(one)).fold(0.0, f64::max);
        let meant = takes.into_iter().filter(|(one, _)| first.is_none_or(|first| precedence(one, catalogue) <= first));
        let best =
            meant.filter_map(|(one, _)| one.terms).map(|terms| terms.score + terms.bid).max_by(f64::total_cmp)?;
        Some(best - beside)
    }
}

/// Whether it competed by its score: it passed the gates, and neither waits nor is another's trial.
fn competed(candidate: &Candidate) -> bool {
    let compared = matches!(
        candidate.fate,
        Fate::Chosen
            | Fate::Lost(
                Reason::Outscored
                    | Reason::Explored
                    | Reason::StandBy
                    | Reason::Silence
                    | Reason::Saved
                    | Reason::HeldOut
                    | Reason::BetterLater
            )
    );
    compared && candidate.terms.is_some()
}

fn score(candidate: &Candidate) -> f64 {
    candidate.terms.map_or(0.0, |terms| terms.score)
}

/// The hours from one instant to another.
fn hours(from: Timestamp, to: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the windows of caps are far below 2^53 milliseconds")]
    let ms = to.since_ms(from) as f64;
    ms / 3_600_000.0
}

#[cfg(test)]
mod tests;
