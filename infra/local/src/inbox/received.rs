//! What somebody received, why that was allowed, and what they answered.

use serde::Serialize;
use tact_decide::Class;
use tact_domain::{Channel, ConsentState, Outcome, Purpose, Scope, Timestamp};
use tact_wire::{DecisionItem, KeptProofs, Message};

use super::{Case, words};

/// A message somebody received.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    /// When it left, at the recipient's clock.
    pub at: String,
    /// By which way.
    pub channel: Channel,
    /// What it was about,
    pub action: String,
    /// and how it was said.
    pub treatment: String,
    /// The subject of an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text, all of it.
    pub text: String,
    /// Why it was allowed, in words.
    pub because: String,
    /// What came of it, by time.
    pub answers: Vec<Answer>,
    /// Whether somebody else holds the message, about the customer: our people in a store.
    pub about_them: bool,
}

/// Something that came of a message.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// When, at the customer's clock.
    pub at: String,
    /// What.
    pub outcome: Outcome,
}

/// Everything that can come of a message and is worth telling.
const TOLD: [Outcome; 13] = [
    Outcome::Delivered,
    Outcome::Bounced,
    Outcome::Shown,
    Outcome::Opened,
    Outcome::Clicked,
    Outcome::Accepted,
    Outcome::Declined,
    Outcome::Redeemed,
    Outcome::Thanked,
    Outcome::Dismissed,
    Outcome::Complained,
    Outcome::OptedOut,
    Outcome::Returned,
];

/// A message with all that belongs to it.
pub(super) fn of(case: &Case<'_>, message: &Message) -> Received {
    let item = case.decisions.iter().find(|item| item.decision == message.decision).copied();
    Received {
        at: case.stamp(message.sent_at),
        channel: message.channel,
        action: message.action.to_string(),
        treatment: message.treatment.to_string(),
        subject: message.subject.clone(),
        text: message.text.clone(),
        because: because(case, message, item),
        answers: item.map_or_else(Vec::new, |item| answers(case, item)),
        about_them: message.channel == Channel::Associate,
    }
}

fn answers(case: &Case<'_>, item: &DecisionItem) -> Vec<Answer> {
    let mut known: Vec<_> =
        TOLD.into_iter().filter_map(|outcome| Some((item.outcomes.first(outcome)?, outcome))).collect();
    known.sort();
    known.into_iter().map(|(at, outcome)| Answer { at: case.stamp(at), outcome }).collect()
}

/// Why a message was allowed: what the customer agreed to, as it was shown to them, or what it is part of.
fn because(case: &Case<'_>, message: &Message, item: Option<&DecisionItem>) -> String {
    if item.is_some_and(|item| item.words.is_some()) {
        return "you wrote to us, and this is the answer".to_owned();
    }
    if let Some(event) = item.and_then(|item| item.consent) {
        let proof = case.kept.proofs.iter().find(|(customer, known, _)| customer == case.customer && *known == event);
        return match proof.and_then(|(.., bytes)| Agreed::read(bytes, message.channel)) {
            Some(Agreed { at, shown }) => format!("on {} you agreed to \"{shown}\"", case.day(at)),
            None => "you agreed to it".to_owned(),
        };
    }
    let action = case.catalogue.actions.iter().find(|action| action.name == message.action);
    words::owed(action.map_or(Class::Default, |action| action.class)).to_owned()
}

/// What somebody agreed to, and when.
pub(crate) struct Agreed {
    pub(crate) at: Timestamp,
    pub(crate) shown: String,
}

impl Agreed {
    /// What a stored proof says of messages by a channel; by a person in the store it is being recognised that was agreed to.
    fn read(bytes: &[u8], channel: Channel) -> Option<Self> {
        Self::find(bytes, ConsentState::Granted, |scope| match channel {
            Channel::Associate => scope.purpose == Purpose::StaffRecognition,
            _ => scope.purpose == Purpose::Marketing && scope.channel == Some(channel),
        })
    }

    /// What a stored proof says of the first scope that `is_meant`, and was answered like this.
    pub(crate) fn find(bytes: &[u8], state: ConsentState, is_meant: impl Fn(&Scope) -> bool) -> Option<Self> {
        let kept = KeptProofs::read(bytes)?;
        let proof = kept.find(state, is_meant)?;
        Some(Self { at: Timestamp(kept.at_ms), shown: proof.shown.clone() })
    }
}
