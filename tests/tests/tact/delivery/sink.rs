//! The providers, on a script: what they do with each message, and everything that was handed to them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use tact_domain::Channel;
use tact_pipeline::{Channels, Handover, Refusal};
use tact_wire::Message;

use super::life::Life;

/// What a provider does with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// It takes it, and says so.
    Take,
    /// It says "not now", and in how many seconds if it says that.
    Pause(Option<i64>),
    /// It refuses it for good.
    Refuse(Refusal),
    /// It takes it, and its answer is lost.
    TakeSilently,
    /// It loses it, and nobody knows.
    Lose,
    /// It takes it and never answers.
    TakeAndHang,
    /// It neither takes it nor answers, ever.
    Hang,
}

/// One message as a provider got it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) message: Message,
    pub(crate) did: Does,
}

impl Attempt {
    /// Whether it goes on to the recipient.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self.did, Does::Take | Does::TakeSilently | Does::TakeAndHang)
    }
}

/// What is to come, by customer and channel.
type Scripts = BTreeMap<(String, Channel), VecDeque<Does>>;

/// The providers of every channel. Its clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sink {
    scripts: Arc<Mutex<Scripts>>,
    always: Arc<Mutex<BTreeMap<Channel, Does>>>,
    attempts: Arc<Mutex<Vec<Attempt>>>,
    life: Life,
}

impl Sink {
    /// Providers that take everything, for a process with this life.
    pub(crate) fn of(life: &Life) -> Self {
        Self { life: life.clone(), ..Self::default() }
    }

    /// What the provider of a channel does with the next messages to a customer; takes those after them.
    pub(crate) fn next(&self, customer: &str, channel: Channel, does: &[Does]) {
        self.scripts.lock().unwrap().entry((customer.to_owned(), channel)).or_default().extend(does);
    }

    /// What the provider of a channel does with every message that no script tells about, from now on.
    pub(crate) fn always(&self, channel: Channel, does: Does) {
        self.always.lock().unwrap().insert(channel, does);
    }

    /// Every message handed over, in order.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap().clone()
    }

    /// The messages that went on to their recipients, in order. A webhook knows a message again by its decision.
    pub(crate) fn reached(&self) -> Vec<Message> {
        let mut reached: Vec<Message> = Vec::new();
        for attempt in self.attempts().into_iter().filter(Attempt::is_taken) {
            let message = attempt.message;
            let repeated = message.channel == Channel::Webhook
                && reached.iter().any(|known| known.decision == message.decision && known.channel == Channel::Webhook);
            if !repeated {
                reached.push(message);
            }
        }
        reached
    }

    /// The texts that reached a customer's channels, as "channel: text", in order.
    pub(crate) fn received_by(&self, customer: &str) -> Vec<String> {
        let theirs = self.reached().into_iter().filter(|message| message.customer.as_str() == customer);
        theirs.map(|message| format!("{}: {}", message.channel.name(), message.text)).collect()
    }

    fn does(&self, message: &Message) -> Does {
        let key = (message.customer.to_string(), message.channel);
        let scripted = self.scripts.lock().unwrap().get_mut(&key).and_then(VecDeque::pop_front);
        let always = || self.always.lock().unwrap().get(&message.channel).copied();
        scripted.or_else(always).unwrap_or(Does::Take)
    }
}

impl Channels for Sink {
    async fn send(&self, message: &Message) -> Handover {
        let did = self.does(message);
        self.attempts.lock().unwrap().push(Attempt { message: message.clone(), did });
        match did {
            Does::Take => Handover::Accepted(Some(format!("receipt of {}", message.decision))),
            Does::Pause(seconds) => Handover::NotNow(seconds),
            Does::Refuse(refusal) => Handover::Refused(refusal),
            Does::TakeSilently | Does::Lose => Handover::Unknown,
            Does::TakeAndHang | Does::Hang => {
                self.life.end().await;
                Handover::Unknown
            }
        }
    }
}
