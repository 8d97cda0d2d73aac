//! What came back, carried out. Whoever takes back a consent is heard before the request is answered; everything else becomes an event.
//! Read in this order: `answer` (a request in, an answer out), `texted` and `reported` (what is done), `revoke` (the one thing that must not fail).

mod answer;
mod coupon;
mod later;
mod less;
mod notary;
mod reported;
mod revoke;
mod task;
mod texted;

use tact_domain::{CustomerId, DecisionId, Outcome, Timestamp};
use tact_wire::{Asked, DecisionItem, OwnEvent, Rejection, Request, Returned, Seal, Unsubscribe};
use tact_wire::{read_request, unsubscribe_page, unsubscribed_page};

pub use answer::Answer;
pub use notary::{Notary, NotaryError};

use crate::{Clock, Events, ItemKey, LogError, Process, Store, StoreError, Versions};
use revoke::Revocation;

/// The way back, with all it stands on. One function has one, for as long as it lives.
pub struct Reply<S, E, C> {
    /// The table.
    pub store: S,
    /// The streams of outcomes and consents.
    pub events: E,
    /// The clock.
    pub clock: C,
    /// Who speaks, and what was said.
    pub catalogues: Versions,
    /// Links and webhooks are sealed with it.
    pub seal: Seal,
    /// The topics whose notices count.
    pub topics: Vec<String>,
    /// Which process this is: what it takes for somebody, no other has taken.
    pub process: Process,
}

/// Something could not be kept. Whoever sent the request sends it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// By the table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// By a stream.
    #[error(transparent)]
    Events(#[from] LogError),
}

/// How often a lost race is run again.
const ATTEMPTS: u32 = 3;

impl<S: Store, E: Events, C: Clock> Reply<S, E, C> {
    /// Answers a request that arrived then. A notice counts when the notary vouches for it.
    pub async fn answer(&self, request: &Request, notary: &impl Notary, arrived: Timestamp) -> Answer {
        let now = self.clock.now(arrived);
        let answer = match self.returned(request, notary, now).await {
            Ok(Ok(returned)) => self.carry_out(&returned, now).await,
            Ok(Err(rejection)) => return Answer::rejected(rejection),
            Err(error) => return Answer::unavailable("no_notary", &error),
        };
        let answer = answer.unwrap_or_else(|error| Answer::unavailable("not_kept", &error));
        if request.method == "HEAD" { Answer { body: String::new(), ..answer } } else { answer }
    }

    /// Reads a request; a notice is opened once its signature is checked.
    async fn returned(
        &self,
        request: &Request,
        notary: &impl Notary,
        now: Timestamp,
    ) -> Result<Result<Returned, Rejection>, NotaryError> {
        let notice = match read_request(request, &self.seal, &self.topics, now) {
            Err(rejection) => return Ok(Err(rejection)),
            Ok(Asked::Returned(returned)) => return Ok(Ok(returned)),
            Ok(Asked::Noticed(notice)) => notice,
        };
        if !notary.vouches(&notice).await? {
            return Ok(Err(Rejection::Unsigned));
        }
        let opened = notice.opened(now);
        if let Ok(Returned::Subscription(url)) = &opened {
            notary.confirm(url).await?;
        }
        Ok(opened)
    }

    /// Does what is to be done about what came back.
    ///
    /// # Errors
    /// When it could not be kept. Doing all of it again does it once.
    pub async fn carry_out(&self, returned: &Returned, now: Timestamp) -> Result<Answer, ReplyError> {
        // Whoever says stop is heard whatever became of the catalogue in force: then the last good one speaks.
        let catalogue = &self.catalogues.in_force(&self.store).await.catalogue;
        let brand = &catalogue.brand;
        match returned {
            Returned::LinkSeen(link) => Ok(Answer::page("link_seen", unsubscribe_page(brand, link.channel))),
            Returned::LinkUsed(link) => {
                self.unsubscribe(link, now).await?;
                Ok(Answer::page("unsubscribed", unsubscribed_page(brand, link.channel)))
            }
            Returned::Texted(text) => Ok(Answer::done(self.texted(text, catalogue, now).await?)),
            Returned::Reported(report) => {
                self.reported(report, now).await?;
                Ok(Answer::done("reported"))
            }
            Returned::Presented(presented) => self.present(presented, catalogue).await,
            Returned::GivenBack { code, receipt } => self.take_back(code, receipt).await,
            Returned::TasksAsked(staff) => self.tasks(staff, now).await,
            Returned::TaskMoved { store, task, step } => self.move_task(store, *task, *step, now).await,
            Returned::Subscription(_) => Ok(Answer::done("subscribed")),
            Returned::Nothing => Ok(Answer::done("ignored")),
        }
    }

    /// Takes back the consent to marketing by the channel of a link, and tells the decision of the message it stood in.
    async fn unsubscribe(&self, link: &Unsubscribe, now: Timestamp) -> Result<(), ReplyError> {
        let Unsubscribe { customer, channel, decision } = link;
        let (source, id) = ("unsubscribe", format!("{decision}/{}", channel.name()));
        let revocation = Revocation::told(source, &id, Some(*channel), now);
        let at = self.revoke(customer, &revocation, None, now).await?;
        // An opt-out of a decision that is gone would be taken for one of every channel.
        if self.decision(customer, *decision).await?.is_some() {
            self.events.put(&[OwnEvent::outcome(customer, *decision, Outcome::OptedOut, source, &id, at)]).await?;
        }
        Ok(())
    }

    async fn decision(&self, customer: &CustomerId, decision: DecisionId) -> Result<Option<DecisionItem>, StoreError> {
        let Some(found) = self.store.get(&ItemKey::Decision(customer.clone(), decision)).await? else {
            return Ok(None);
        };
        let item = DecisionItem::unpack(&found.bytes);
        item.map(Some).ok_or_else(|| StoreError::Unreadable(format!("decision `{decision}`")))
    }
}

/// Does something that may lose a race, again when it did.
async fn retried<T, F>(attempt: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(StoreError::Conflict) => {}
            done => return done,
        }
    }
    attempt().await
}
