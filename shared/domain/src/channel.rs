//! The ways to reach a customer.

use serde::{Deserialize, Serialize};

/// A way to reach a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// A notification of the app.
    Push,
    /// A card in the app, seen when the customer opens it: an impression, not a contact.
    Inbox,
    /// Another system's endpoint.
    Webhook,
    /// A person in the store.
    Associate,
}

impl Channel {
    /// Every channel, in the order used wherever channels are listed.
    pub const ALL: [Self; 6] = [Self::Sms, Self::Email, Self::Push, Self::Inbox, Self::Webhook, Self::Associate];

    /// The name used in events, catalogues and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Push => "push",
            Self::Inbox => "inbox",
            Self::Webhook => "webhook",
            Self::Associate => "associate",
        }
    }

    /// Whether a message interrupts the customer, and so counts as a contact; an inbox card waits to be found.
    pub fn interrupts(self) -> bool {
        self != Self::Inbox
    }

    /// Whether the customer must have given an address of their own for it.
    pub fn needs_point(self) -> bool {
        matches!(self, Self::Sms | Self::Email | Self::Push)
    }
}
