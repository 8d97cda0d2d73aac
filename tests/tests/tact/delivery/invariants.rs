//! What must hold when all is settled, whatever happened: asked of the providers' own record and of the table, not of what we believe we did.

use std::collections::{BTreeMap, BTreeSet};

use tact_domain::{Channel, ContactState, DecisionId, Timestamp};
use tact_pipeline::Store;
use tact_wire::{Delivery, Message};

use super::sink::Does;
use super::world::World;

const DAY_S: i64 = 86_400;

impl<S: Store + Clone> World<S> {
    /// Lets everything come to its end, and asks whether all of it is as it must be.
    pub(crate) async fn ends_well(&mut self) {
        self.settle().await;
        self.everything_is_settled().await;
        self.nothing_reached_anybody_twice();
        self.what_reached_somebody_is_known_and_nothing_else_counts_as_sent().await;
        self.the_caps_held();
    }

    /// The outbox is empty: every decision came to an end that has a name.
    async fn everything_is_settled(&self) {
        for (id, item) in self.items().await {
            assert!(!item.state.is_open() && item.state != Delivery::Sending, "{id} is {:?}", item.state);
            assert_eq!(item.due_at, None, "{id} is {:?} and due", item.state);
        }
    }

    /// No decision reached a provider twice, and none was handed over again that may have left.
    fn nothing_reached_anybody_twice(&self) {
        let mut reached = BTreeSet::new();
        for message in self.sink.reached() {
            assert!(reached.insert(message.decision), "{} reached its recipient twice", message.decision);
        }
        let mut uncertain = BTreeSet::new();
        for attempt in self.sink.attempts().iter().filter(|attempt| attempt.message.channel != Channel::Webhook) {
            let id = attempt.message.decision;
            assert!(!uncertain.contains(&id), "{id} was handed over again, although it may have left");
            if !matches!(attempt.did, Does::Pause(_) | Does::Refuse(_)) {
                uncertain.insert(id);
            }
        }
    }

    /// What reached somebody is sent or of unknown fate, and in the ledger; what did not is neither sent nor, unless a process died over it or the
    /// provider lost it, of unknown fate.
    async fn what_reached_somebody_is_known_and_nothing_else_counts_as_sent(&self) {
        let reached: BTreeSet<_> = self.sink.reached().iter().map(|message| message.decision).collect();
        let lost = |did| matches!(did, Does::Lose | Does::Hang);
        let lost: BTreeSet<_> =
            self.sink.attempts().iter().filter(|a| lost(a.did)).map(|a| a.message.decision).collect();
        let ledger = self.ledger().await;
        for (id, item) in self.items().await {
            let card = item.channel == Channel::Inbox;
            match &item.state {
                Delivery::Sent => assert!(card || reached.contains(&id), "{id} was never sent"),
                Delivery::Unknown => {
                    let known = reached.contains(&id) || lost.contains(&id) || self.in_flight.contains(&id);
                    assert!(known, "nothing happened to {id} that would make its fate unknown");
                }
                other => assert!(!reached.contains(&id), "{id} reached its recipient and is {other:?}"),
            }
            let counts = matches!(item.state, Delivery::Sent | Delivery::Unknown | Delivery::Shadowed);
            let expected = if counts { ContactState::Sent } else { ContactState::Released };
            assert_eq!(ledger.get(&id), Some(&expected), "{id} is {:?}", item.state);
        }
    }

    /// How every contact and impression stands in the ledger of its customer.
    async fn ledger(&self) -> BTreeMap<DecisionId, ContactState> {
        let mut ledger = BTreeMap::new();
        for customer in self.customers() {
            let contact = self.profile(&customer).await.contact;
            let entries = contact.contacts().iter().chain(contact.impressions());
            ledger.extend(entries.map(|entry| (entry.decision, entry.state)));
        }
        ledger
    }

    /// Everybody about whom anything was decided.
    fn customers(&self) -> BTreeSet<String> {
        let entries = self.log.entries.lock().unwrap();
        let customers = entries.iter().filter_map(|entry| match entry {
            tact_pipeline::LogEntry::Decision { customer, .. } => Some(customer.to_string()),
            tact_pipeline::LogEntry::Quarantine { .. }
            | tact_pipeline::LogEntry::Guard { .. }
            | tact_pipeline::LogEntry::Learned { .. } => None,
        });
        customers.collect()
    }

    /// At most one message a day and three a week, one text a week, counted over what the providers passed on.
    fn the_caps_held(&self) {
        let mut received: BTreeMap<String, Vec<(Channel, Timestamp)>> = BTreeMap::new();
        for Message { customer, channel, sent_at, .. } in self.sink.reached().into_iter().filter(|m| m.marketing) {
            received.entry(customer.to_string()).or_default().push((channel, sent_at));
        }
        for (customer, received) in received {
            let within = |window_s: i64, texts: bool| {
                let counts = received.iter().filter(|(channel, _)| !texts || *channel == Channel::Sms);
                let times: Vec<_> = counts.map(|(_, at)| *at).collect();
                let most =
                    |from: &Timestamp| times.iter().filter(|at| (*from..from.plus_s(window_s)).contains(at)).count();
                times.iter().map(most).max().unwrap_or(0)
            };
            let most = [within(DAY_S, false), within(7 * DAY_S, false), within(7 * DAY_S, true)];
            let allowed = [1, 3, 1];
            let held = most.iter().zip(allowed).all(|(most, allowed)| *most <= allowed);
            assert!(held, "{customer} got {most:?}: {received:?}");
        }
    }
}
