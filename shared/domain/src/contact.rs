//! The contact ledger: every message that interrupts, over all paths, counted from the moment it is planned.

use serde::{Deserialize, Serialize};

use crate::{Channel, DecisionId, Key, Timestamp};

/// How far a contact has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// Decided, not yet handed to a channel.
    Planned,
    /// Accepted by the channel.
    Sent,
    /// Given up; it no longer counts.
    Released,
}

/// One contact, or one impression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The decision it belongs to.
    pub decision: DecisionId,
    /// The channel it uses.
    pub channel: Channel,
    /// The action group it counts under.
    pub group: Key,
    /// Whether caps count it: messages owed by contract or law are entered, and leave the room under the caps alone.
    pub capped: bool,
    /// When it was planned; caps count from here.
    pub planned_at: Timestamp,
    /// When it lapses if it was not sent.
    pub expires_at: Timestamp,
    /// How far it has come.
    pub state: ContactState,
}

/// Contacts (we interrupt) and impressions (they came), each the latest 64 of the last 31 days, in order planned.
/// Packed, it takes at most 7,811 bytes with keys of 24 bytes, 21,251 with keys of 128,
/// and 70,403 with keys of 512, the longest there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactFacet {
    contacts: Vec<Contact>,
    impressions: Vec<Contact>,
}

impl ContactFacet {
    /// How many entries each ledger holds.
    pub const ENTRIES: usize = 64;
    const KEPT_S: i64 = 31 * 86_400;

    /// Enters a planned message into the ledger its channel belongs to; an entry older than 31 days makes room.
    pub fn plan(&mut self, contact: Contact) {
        let ledger = if contact.channel.interrupts() { &mut self.contacts } else { &mut self.impressions };
        let oldest = contact.planned_at.plus_s(-Self::KEPT_S);
        ledger.retain(|entry| entry.planned_at >= oldest);
        let place = ledger.partition_point(|entry| entry.planned_at <= contact.planned_at);
        ledger.insert(place, contact);
    }

    /// Whether there is room for another message by this channel; a full ledger means silence.
    pub fn has_room(&self, channel: Channel, now: Timestamp) -> bool {
        self.counting(channel.interrupts(), now, Self::KEPT_S).count() < Self::ENTRIES
    }

    /// How many messages count in the `window_s` seconds before and at `now`: contacts, or impressions; those that `counts` accepts.
    pub fn count(&self, contacts: bool, now: Timestamp, window_s: i64, counts: impl Fn(&Contact) -> bool) -> usize {
        self.counting(contacts, now, window_s).filter(|entry| counts(entry)).count()
    }

    /// Every contact in order planned.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Every impression in order planned.
    pub fn impressions(&self) -> &[Contact] {
        &self.impressions
    }

    fn counting(&self, contacts: bool, now: Timestamp, window_s: i64) -> impl Iterator<Item = &Contact> {
        let after = now.plus_s(-window_s);
        let ledger = if contacts { &self.contacts } else { &self.impressions };
        // An entry planned later than `now` counts as well: an event that comes late must not slip under a cap that is used up.
        ledger.iter().filter(move |entry| entry.state != ContactState::Released && entry.planned_at > after)
    }
}
