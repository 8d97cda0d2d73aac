//! A message: what leaves, to one recipient, as the recipient sees it.

use tact_domain::{Channel, CustomerId, DecisionId, Key, Post, Timestamp};

use crate::Task;

/// One message to one recipient, rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The decision it delivers; no provider is handed another message for it.
    pub decision: DecisionId,
    /// Whom it is for.
    pub customer: CustomerId,
    /// The way it takes.
    pub channel: Channel,
    /// The action it is about.
    pub action: Key,
    /// The treatment it is.
    pub treatment: Key,
    /// The store it is about, if any; a task is for that store's people.
    pub store: Option<Key>,
    /// The address, for channels that need one.
    pub to: Option<String>,
    /// The subject, for an e-mail.
    pub subject: Option<String>,
    /// The text as the recipient sees it, all of it.
    pub text: String,
    /// Where it is posted, when it answers a comment before everybody; nothing else it says may be posted.
    pub answers: Option<Post>,
    /// The task it is, for the people of a store.
    pub task: Option<Box<Task>>,
    /// Whether it sells, and so carries ways to opt out.
    pub marketing: bool,
    /// Where one click ends it, for an e-mail that sells.
    pub unsubscribe: Option<String>,
    /// When it leaves.
    pub sent_at: Timestamp,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
}
