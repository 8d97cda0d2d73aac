//! The contact ledger: every message that interrupts, over all paths, counted from the moment it is planned.

mod patience;
mod trouble;

use serde::{Deserialize, Serialize};

pub use self::patience::{Allowance, Taken};
pub use self::trouble::{Trouble, Troubles};
use crate::{Appointment, Channel, DecisionId, Key, Terms, Timestamp, Trigger};

/// How far a contact has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// Decided, not yet handed to a channel.
    Planned,
    /// Handed to the channel, whatever became of it: it may have reached the customer.
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
    /// What was said or done.
    pub action: Key,
    /// The action group it counts under.
    pub group: Key,
    /// The topic it is on, if it is on one.
    pub topic: Option<Key>,
    /// How much of the customer's patience it takes.
    pub patience: Taken,
    /// Whether caps count it: messages owed by contract or law are entered, and leave the room under the caps alone.
    pub capped: bool,
    /// When it was planned, or left if that was later; caps count from here.
    pub planned_at: Timestamp,
    /// When it lapses if it was not sent.
    pub expires_at: Timestamp,
    /// How far it has come.
    pub state: ContactState,
}

/// Contacts (we interrupt) and impressions (they came), each the latest 64 of the last 31 days, in order planned; the open appointments, at
/// most 16; the actions held back after their outcomes, at most 16; what was earned of patience, for at most 8 actions; the latest 8 amends; and
/// the open troubles.
/// Packed, it takes at most 18,136 bytes with keys of 24 bytes, 71,056 with keys of 128,
/// and 264,592 with keys of 512, the longest there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactFacet {
    contacts: Vec<Contact>,
    impressions: Vec<Contact>,
    appointments: Vec<Appointment>,
    suppressed: Vec<(Key, Timestamp)>,
    /// What was earned by action, in thousandths of a point: thanks for it, and coming for it.
    earned: Vec<(Key, u16)>,
    /// When amends were made in the last year, oldest first.
    amends: Vec<Timestamp>,
    /// What makes offers unwelcome.
    pub troubles: Troubles,
}

impl ContactFacet {
    /// How many entries each ledger holds.
    pub const ENTRIES: usize = 64;
    const KEPT_S: i64 = Terms::MOST_DAYS as i64 * 86_400;
    /// How many appointments can be open at once: one for each issue, and as many promises.
    const APPOINTMENTS: usize = 16;
    /// How many actions can be held back after their outcomes at once.
    const SUPPRESSED: usize = 16;

    /// Enters a planned message into the ledger its channel belongs to; an entry older than 31 days makes room.
    pub fn plan(&mut self, contact: Contact) {
        let patience = self.take(&contact.action, contact.patience.shared);
        self.enter(Contact { patience, ..contact });
    }

    fn enter(&mut self, contact: Contact) {
        let ledger = if contact.channel.interrupts() { &mut self.contacts } else { &mut self.impressions };
        let oldest = contact.planned_at.plus_s(-Self::KEPT_S);
        ledger.retain(|entry| entry.planned_at >= oldest);
        let place = ledger.partition_point(|entry| entry.planned_at <= contact.planned_at);
        ledger.insert(place, contact);
    }

    /// Whether there is room for the message of a decision by this channel, its own entry left out; a full ledger means silence.
    pub fn has_room(&self, channel: Channel, now: Timestamp, own: DecisionId) -> bool {
        let others = self.counting(channel.interrupts(), now, Self::KEPT_S).filter(|entry| entry.decision != own);
        others.count() < Self::ENTRIES
    }

    /// How many messages count in the `window_s` seconds before and at `now`: contacts, or impressions; those that `counts` accepts.
    pub fn count(&self, contacts: bool, now: Timestamp, window_s: i64, counts: impl Fn(&Contact) -> bool) -> usize {
        self.counting(contacts, now, window_s).filter(|entry| counts(entry)).count()
    }

    /// When the earliest of them was planned; `None` when there is none.
    pub fn earliest(
        &self,
        contacts: bool,
        now: Timestamp,
        window_s: i64,
        counts: impl Fn(&Contact) -> bool,
    ) -> Option<Timestamp> {
        self.counting(contacts, now, window_s).find(|entry| counts(entry)).map(|entry| entry.planned_at)
    }

    /// Moves the entry of a decision to another state, to the instant at which it leaves, and to another channel when it leaves in another way than
    /// first planned. A release is final, and gives back what was taken of what its action earned; a decision that is not in the ledger moves nothing.
    pub fn progress(&mut self, decision: DecisionId, state: ContactState, channel: Channel, now: Timestamp) {
        let ledgers = [&mut self.contacts, &mut self.impressions];
        let found = ledgers.into_iter().find_map(|ledger| {
            let place = ledger.iter().position(|entry| entry.decision == decision)?;
            Some((ledger, place))
        });
        let Some((ledger, place)) = found else { return };
        if ledger.get(place).is_none_or(|entry| entry.state == ContactState::Released) {
            return;
        }
        let entry = ledger.remove(place);
        if state == ContactState::Released {
            self.give(&entry.action, entry.patience.earned, u16::MAX);
        }
        let left_at = if state == ContactState::Sent { now } else { entry.planned_at };
        // Another channel may belong to the other ledger.
        self.enter(Contact { state, channel, planned_at: entry.planned_at.max(left_at), ..entry });
    }

    /// Makes an appointment and answers whether it is new: an open one for the same issue stands, one that has lapsed gives way, and no more are
    /// made than can be kept.
    pub fn appoint(&mut self, appointment: Appointment, now: Timestamp) -> bool {
        let full = self.appointments.len() >= Self::APPOINTMENTS;
        let known = self.appointments.iter_mut().find(|known| known.issue == appointment.issue);
        match known {
            Some(known) if now < known.until => false,
            Some(known) => {
                *known = appointment;
                true
            }
            None if full => false,
            None => {
                self.appointments.push(appointment);
                self.appointments.sort_by(|a, b| a.issue.cmp(&b.issue));
                true
            }
        }
    }

    /// The appointment for an issue that a decision made; `None` when it was kept, replaced or never made.
    pub fn appointment(&self, issue: &str, made_by: DecisionId) -> Option<&Appointment> {
        self.appointments.iter().find(|known| known.issue == issue && known.made_by == made_by)
    }

    /// The appointments, in the order of their issues.
    pub fn appointments(&self) -> &[Appointment] {
        &self.appointments
    }

    /// The appointments that a trigger is to keep at an instant.
    pub fn kept_by(&self, trigger: Trigger, at: Timestamp) -> impl Iterator<Item = &Appointment> {
        self.appointments.iter().filter(move |known| known.on.is_met_by(trigger) && known.is_open(at))
    }

    /// Closes an appointment that was kept.
    pub fn close(&mut self, issue: &str) {
        self.appointments.retain(|known| known.issue != issue);
    }

    /// Holds an action back until an instant, after what became of it; answers whether that is later than it was held back anyway. When more
    /// are held back than are kept, the one that would be free first is.
    pub fn suppress(&mut self, action: &Key, until: Timestamp) -> bool {
        let known = self.suppressed.iter_mut().find(|(known, _)| known == action);
        if let Some((_, known)) = known {
            let later = until > *known;
            *known = until.max(*known);
            return later;
        }
        self.suppressed.push((action.clone(), until));
        self.suppressed.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        self.suppressed.truncate(Self::SUPPRESSED);
        self.suppressed.sort_by(|a, b| a.0.cmp(&b.0));
        true
    }

    /// Whether an action is held back at an instant after what became of it.
    pub fn is_suppressed(&self, action: &str, now: Timestamp) -> bool {
        self.suppressed.iter().any(|(known, until)| known == action && now < *until)
    }

    /// When an action was last said or done, or is planned to be, in the `window_s` seconds before `now` or later, by whichever ledger; what was given
    /// up does not count, nor does a decision itself.
    pub fn last_of(&self, action: &str, now: Timestamp, window_s: i64, own: DecisionId) -> Option<Timestamp> {
        let ledgers = [true, false].into_iter().flat_map(|contacts| self.counting(contacts, now, window_s));
        let of = ledgers.filter(|entry| entry.action == action && entry.decision != own);
        of.map(|entry| entry.planned_at).max()
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
