//! Texts from customers: who sent it, what is done about it, and what they are answered. An answer leaves through the outbox, like everything.

use tact_decide::Catalogue;
use tact_domain::{
    Channel, ContactState, CustomerId, DecisionId, FacetKind, Fingerprint, Key, Outcome, Timestamp, Trigger,
};
use tact_wire::{AddressBook, Agreed, Answers, Asking, DecisionItem, NumberOwners, OwnEvent, Texted};

use super::revoke::Revocation;
use super::{Reply, ReplyError, retried};
use crate::{Clock, Events, ItemKey, Nonce, Store, StoreError, Write};

/// For how long an answer is worth anything, in seconds.
const ANSWER_S: i64 = 3_600;
/// How long an answer may wait for `dispatch` to look at it before `wake` sends it there again, in seconds.
const STUCK_S: i64 = 120;
const DAY_MS: i64 = 86_400_000;

/// Whose number it is.
#[derive(Debug, Default)]
struct Senders {
    /// Everybody who can be meant: they gave the number, and no other since.
    all: Vec<CustomerId>,
    /// The one who is answered: the first who has the number now.
    answered: Option<CustomerId>,
}

impl<S: Store, E: Events, C: Clock> Reply<S, E, C> {
    /// Does what a text asks for and answers what that was, in one word.
    pub(super) async fn texted(
        &self,
        text: &Texted,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Result<&'static str, ReplyError> {
        if text.asks == Asking::Other {
            return Ok(text.asks.name());
        }
        let senders = self.senders(&text.from).await?;
        if text.asks == Asking::Stop {
            return self.stop(text, &senders, catalogue, now).await;
        }
        let Some(customer) = &senders.answered else { return Ok("stranger") };
        let answers = Answers(&catalogue.brand);
        let (words, events) = match text.asks {
            Asking::Why => (self.why(customer, &answers).await?, Vec::new()),
            Asking::Less => self.less(customer, text, catalogue, now).await?,
            Asking::Later => return self.later(customer, text, catalogue, now).await,
            Asking::Help | Asking::Stop | Asking::Other => (answers.help(), Vec::new()),
        };
        let answer = answer_to(text, words, catalogue, now);
        retried(|| self.say(customer, &answer)).await?;
        self.events.put(&events).await?;
        Ok(text.asks.name())
    }

    /// Takes back all marketing by text of everybody who can be meant, and says so, once and last: whoever reads it can rely on it.
    async fn stop(
        &self,
        text: &Texted,
        senders: &Senders,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Result<&'static str, ReplyError> {
        let revocation = Revocation::told(Texted::SOURCE, &text.id, Some(Channel::Sms), text.at);
        retried(|| self.remember_stop(text)).await?;
        let mut outcomes = Vec::new();
        for customer in &senders.all {
            if senders.answered.as_ref() != Some(customer) {
                self.revoke(customer, &revocation, None, now).await?;
            }
            let last = self.last_text(customer).await?;
            outcomes.extend(last.map(|last| told(customer, &last, Outcome::OptedOut, text)));
        }
        if let Some(customer) = &senders.answered {
            let answer = answer_to(text, Answers(&catalogue.brand).stopped(), catalogue, now);
            self.revoke(customer, &revocation, Some(&answer), now).await?;
        }
        self.events.put(&outcomes).await?;
        Ok(if senders.all.is_empty() { "stranger" } else { text.asks.name() })
    }

    /// Keeps the stop with the number, for whoever turns out to own it: their consent may still be on its way.
    async fn remember_stop(&self, text: &Texted) -> Result<(), StoreError> {
        let key = ItemKey::Number(NumberOwners::hash(&text.from));
        let found = self.store.get(&key).await?;
        let unreadable = || StoreError::Unreadable("owners of a number".to_owned());
        let owners = found.as_ref().map(|item| NumberOwners::unpack(&item.bytes).ok_or_else(unreadable)).transpose()?;
        let mut owners = owners.unwrap_or_default();
        if !owners.stop(text.at, Fingerprint::of(Texted::SOURCE, &text.id)) {
            return Ok(());
        }
        let expected = Some(found.map_or(0, |item| item.version));
        let write = [Write { key, expected, bytes: owners.pack(), forget_at: None, due_at: None }];
        self.store.commit(&write, Nonce::of(&write)).await
    }

    /// The reason they get texts, as they were told it when they agreed.
    async fn why(&self, customer: &CustomerId, answers: &Answers<'_>) -> Result<String, StoreError> {
        let consent = self.last_text(customer).await?.and_then(|last| last.consent);
        let agreed = match consent {
            Some(event) => self.agreed(&ItemKey::Proof(customer.clone(), event)).await?,
            None => None,
        };
        let (profile, _) = self.facet(customer, FacetKind::Consent).await?;
        Ok(answers.why(agreed.as_ref(), profile.consent.zone()))
    }

    /// What a proof says about texts; `None` when there is none.
    pub(super) async fn agreed(&self, proof: &ItemKey) -> Result<Option<Agreed>, StoreError> {
        Ok(self.store.get(proof).await?.and_then(|proof| Agreed::to_texts(&proof.bytes)))
    }

    async fn senders(&self, number: &str) -> Result<Senders, StoreError> {
        let mut senders = Senders::default();
        let Some(found) = self.store.get(&ItemKey::Number(NumberOwners::hash(number))).await? else {
            return Ok(senders);
        };
        let owners = NumberOwners::unpack(&found.bytes);
        let owners = owners.ok_or_else(|| StoreError::Unreadable("owners of a number".to_owned()))?;
        for customer in owners.customers() {
            let found = self.store.get(&ItemKey::Addresses(customer.clone())).await?;
            let unreadable = || StoreError::Unreadable("contact points".to_owned());
            let book = found.map(|item| AddressBook::unpack(&item.bytes).ok_or_else(unreadable)).transpose()?;
            let address = book.as_ref().and_then(|book| book.address(Channel::Sms));
            // A number that was withdrawn or did not work may still be theirs.
            if address.is_none_or(|address| address == number) {
                senders.all.push(customer.clone());
            }
            if address == Some(number) && senders.answered.is_none() {
                senders.answered = Some(customer.clone());
            }
        }
        Ok(senders)
    }

    /// The decision whose text they got last, which is the one they answer; answers of ours are none.
    pub(super) async fn last_text(&self, customer: &CustomerId) -> Result<Option<DecisionItem>, StoreError> {
        let (profile, _) = self.facet(customer, FacetKind::Contact).await?;
        let contacts = profile.contact.contacts().iter().rev();
        let mut texts = contacts.filter(|known| known.channel == Channel::Sms && known.state == ContactState::Sent);
        match texts.next() {
            Some(last) => self.decision(customer, last.decision).await,
            None => Ok(None),
        }
    }

    async fn say(&self, customer: &CustomerId, answer: &DecisionItem) -> Result<(), StoreError> {
        let writes: Vec<_> = self.answer_write(customer, Some(answer)).await?.into_iter().collect();
        self.store.commit(&writes, Nonce::of(&writes)).await
    }
}

/// The item that will deliver an answer. What is asked again on the same day, as when a text is delivered twice, is answered once.
pub(super) fn answer_to(text: &Texted, words: String, catalogue: &Catalogue, now: Timestamp) -> DecisionItem {
    let (number, asks, day) = (NumberOwners::hash(&text.from), text.asks.name(), text.at.0.div_euclid(DAY_MS));
    let decision = DecisionId::of("sms/reply", &format!("{number}/{asks}/{day}"), 0);
    DecisionItem {
        catalogue: catalogue.hash.clone(),
        expires_at: now.plus_s(ANSWER_S),
        due_at: Some(now.plus_s(STUCK_S)),
        words: Some(words),
        ..DecisionItem::new(decision, Trigger::Due, ["answer", "answer", asks].map(Key::from), Channel::Sms, now)
    }
}

/// The event of what a text says about a decision.
pub(super) fn told(customer: &CustomerId, last: &DecisionItem, outcome: Outcome, text: &Texted) -> OwnEvent {
    OwnEvent::outcome(customer, last.decision, outcome, Texted::SOURCE, &text.id, text.at)
}
