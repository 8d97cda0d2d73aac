//! What became of a decision, as receipts and webhooks report it.

use tact_domain::{Outcome, Timestamp};
use tact_wire::Report;

use super::revoke::Revocation;
use super::{Reply, ReplyError};
use crate::{Clock, Events, Store};

impl<S: Store, E: Events, C: Clock> Reply<S, E, C> {
    /// Passes a report on as an event. Who opted out or complained is heard at once: for the channel of the decision, or every channel when that is
    /// not known.
    pub(super) async fn reported(&self, report: &Report, now: Timestamp) -> Result<(), ReplyError> {
        if report.takes_back() {
            let item = self.decision(&report.customer, report.decision).await?;
            let channel = item.as_ref().map(|item| item.channel).or(report.channel());
            let revocation = Revocation::told(report.source, &report.id, channel, report.at);
            self.revoke(&report.customer, &revocation, None, now).await?;
            // An opt-out of a decision that is gone would be taken for one of every channel.
            if item.is_none() && report.outcome == Outcome::OptedOut {
                return Ok(());
            }
        }
        Ok(self.events.put(&[report.event()]).await?)
    }
}
