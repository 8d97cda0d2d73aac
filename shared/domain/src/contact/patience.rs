//! Patience: how much more a customer will bear of being written to. Every message that interrupts takes as much as it is creepy; time gives it back,
//! and so do thanks and coming by oneself, each for the action they were for.

use serde::{Deserialize, Serialize};

use super::{Contact, ContactFacet, ContactState};
use crate::{DecisionId, Key, Timestamp};

/// How much patience customers have, in thousandths of a point; one point is a message that everybody finds creepy. The default is none, and asks for
/// none: `most` of 0 stands for no budget at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The most there ever is.
    pub most: u16,
    /// What a day gives back.
    pub per_day: u16,
    /// What a thank-you earns, for the action it was for.
    pub thanked: u16,
    /// What coming for it by oneself earns, for the action that was found.
    pub found: u16,
}

/// What a message takes of a customer's patience, in thousandths of a point, at most 1,000 together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub struct Taken {
    /// Of what all actions share.
    pub shared: u16,
    /// Of what its action earned, which goes first.
    pub earned: u16,
}

impl Taken {
    /// So many points of which nothing was earned.
    pub fn shared(points: u16) -> Self {
        Self { shared: points, earned: 0 }
    }

    /// One part is stored above the other: most messages take nothing that was earned, and are as short as if nothing ever was.
    const ABOVE: u32 = 1_024;
}

impl From<u32> for Taken {
    fn from(stored: u32) -> Self {
        let part = |points: u32| u16::try_from(points).unwrap_or(u16::MAX);
        Self { shared: part(stored % Self::ABOVE), earned: part(stored / Self::ABOVE) }
    }
}

impl From<Taken> for u32 {
    fn from(taken: Taken) -> Self {
        let shared = Self::from(taken.shared).min(Taken::ABOVE - 1);
        shared + Self::from(taken.earned) * Taken::ABOVE
    }
}

impl ContactFacet {
    /// For how many actions patience can be earned at once.
    const EARNED: usize = 8;
    /// How many amends are kept, and for how long, in seconds.
    const AMENDS: usize = 8;
    const AMENDS_S: i64 = 365 * 86_400;

    /// What an action earned for itself, in thousandths of a point, as if the message of a decision itself had taken none of it.
    pub fn earned_by(&self, action: &str, own: DecisionId) -> u32 {
        let left = self.earned.iter().find(|(known, _)| known == action).map_or(0, |(_, earned)| u32::from(*earned));
        let counting = |entry: &&Contact| entry.state != ContactState::Released && entry.decision == own;
        let taken = self.contacts.iter().find(counting).map_or(0, |entry| u32::from(entry.patience.earned));
        left + taken
    }

    /// What is left of what all actions share at an instant, in thousandths of a point; the message of a decision itself is left out. Never below 0.
    pub fn shared_patience(&self, now: Timestamp, allowance: Allowance, own: DecisionId) -> u32 {
        let mut taken = 0_i64;
        let mut since = None;
        let counting = |entry: &&Contact| entry.state != ContactState::Released && entry.decision != own;
        for entry in self.contacts.iter().filter(counting) {
            taken = (taken - given_back(since, entry.planned_at, allowance)).max(0) + i64::from(entry.patience.shared);
            since = Some(entry.planned_at);
        }
        // What is planned for later than now counts in full.
        let left = i64::from(allowance.most) - (taken - given_back(since, now, allowance)).max(0);
        u32::try_from(left).unwrap_or(0)
    }

    /// Takes what an action earned first, and the rest of what all share.
    pub(super) fn take(&mut self, action: &str, points: u16) -> Taken {
        let Some((_, earned)) = self.earned.iter_mut().find(|(known, _)| known == action) else {
            return Taken::shared(points);
        };
        let taken = points.min(*earned);
        *earned -= taken;
        self.earned.retain(|(_, earned)| *earned > 0);
        Taken { shared: points - taken, earned: taken }
    }

    /// Enters what an action earned, up to the most there ever is, and answers whether that changed anything. When too many have, the least gives way.
    pub fn earn(&mut self, action: &Key, points: u16, allowance: Allowance) -> bool {
        let before = self.earned.clone();
        self.give(action, points, allowance.most);
        self.earned != before
    }

    /// Gives an action points, up to `most`.
    pub(super) fn give(&mut self, action: &Key, points: u16, most: u16) {
        match self.earned.iter_mut().find(|(known, _)| known == action) {
            Some((_, earned)) => *earned = earned.saturating_add(points).min(most),
            None if points > 0 => self.earned.push((action.clone(), points.min(most))),
            None => {}
        }
        self.earned.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        self.earned.truncate(Self::EARNED);
        self.earned.sort_by(|a, b| a.0.cmp(&b.0));
    }

    /// What each action earned, in thousandths of a point.
    pub fn earned(&self) -> &[(Key, u16)] {
        &self.earned
    }

    /// Enters that amends were made.
    pub fn make_amends(&mut self, at: Timestamp) {
        let place = self.amends.partition_point(|known| *known <= at);
        self.amends.insert(place, at);
        let oldest = at.plus_s(-Self::AMENDS_S);
        self.amends.retain(|known| *known > oldest);
        let excess = self.amends.len().saturating_sub(Self::AMENDS);
        self.amends.drain(..excess);
    }

    /// How often amends were made in the year before an instant, 8 at most.
    pub fn amends_made(&self, now: Timestamp) -> u8 {
        let oldest = now.plus_s(-Self::AMENDS_S);
        u8::try_from(self.amends.iter().filter(|at| **at > oldest).count()).unwrap_or(u8::MAX)
    }
}

/// What time has given back since an instant, in thousandths of a point; nothing when there was none.
fn given_back(since: Option<Timestamp>, now: Timestamp, allowance: Allowance) -> i64 {
    let days_ms = since.map_or(0, |since| now.since_ms(since).max(0));
    days_ms.saturating_mul(i64::from(allowance.per_day)) / 86_400_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Channel;

    const ALLOWANCE: Allowance = Allowance { most: 2_000, per_day: 200, thanked: 500, found: 100 };
    const ME: DecisionId = DecisionId(0);

    fn day(days: i64) -> Timestamp {
        Timestamp(1_000_000_000_000).plus_s(days * 86_400)
    }

    fn contact(id: u128, at: Timestamp, patience: u16) -> Contact {
        Contact {
            decision: DecisionId(id),
            channel: Channel::Sms,
            action: "win_back".into(),
            group: "care".into(),
            topic: None,
            patience: Taken::shared(patience),
            capped: true,
            planned_at: at,
            expires_at: at,
            state: ContactState::Planned,
        }
    }

    #[test]
    fn messages_take_patience_time_gives_it_back_and_no_more_than_there_was() {
        let mut ledger = ContactFacet::default();
        assert_eq!(ledger.shared_patience(day(0), ALLOWANCE, ME), 2_000);
        ledger.plan(contact(1, day(0), 700));
        ledger.plan(contact(2, day(1), 700));
        let left = [day(0), day(1), day(2), day(7), day(8), day(30)];
        let left = left.map(|at| ledger.shared_patience(at, ALLOWANCE, ME));
        assert_eq!(left, [800, 800, 1_000, 2_000, 2_000, 2_000], "what is planned for tomorrow is taken today");
        assert_eq!(ledger.shared_patience(day(2), ALLOWANCE, DecisionId(2)), 1_700, "its own message does not count");
        ledger.progress(DecisionId(2), ContactState::Released, Channel::Sms, day(1));
        assert_eq!(ledger.shared_patience(day(2), ALLOWANCE, ME), 1_700, "what was given up is given back");
    }

    #[test]
    fn what_an_action_earned_is_its_own_and_goes_first() {
        let mut ledger = ContactFacet::default();
        assert!(ledger.earn(&"win_back".into(), 500, ALLOWANCE));
        assert_eq!(["win_back", "replenish"].map(|action| ledger.earned_by(action, ME)), [500, 0]);
        ledger.plan(contact(1, day(0), 700));
        assert_eq!((ledger.shared_patience(day(0), ALLOWANCE, ME), ledger.earned_by("win_back", ME)), (1_800, 0));
        assert!(!ledger.earn(&"win_back".into(), 0, ALLOWANCE));
    }

    #[test]
    fn what_a_message_took_of_what_was_earned_is_there_for_itself_and_comes_back_when_it_is_given_up() {
        let mut ledger = ContactFacet::default();
        ledger.earn(&"win_back".into(), 500, ALLOWANCE);
        ledger.plan(contact(1, day(0), 700));
        let (own, other) = (DecisionId(1), DecisionId(2));
        assert_eq!([own, other].map(|decision| ledger.earned_by("win_back", decision)), [500, 0]);
        for state in [ContactState::Sent, ContactState::Released, ContactState::Released] {
            ledger.progress(own, state, Channel::Sms, day(1));
        }
        assert_eq!([own, other].map(|decision| ledger.earned_by("win_back", decision)), [500, 500]);
        assert_eq!(ledger.shared_patience(day(1), ALLOWANCE, ME), 2_000);
    }

    #[test]
    fn what_was_taken_is_stored_as_one_number_and_as_before_when_nothing_was_earned() {
        for (taken, stored) in [((700, 0), 700), ((0, 1_000), 1_024_000), ((300, 700), 717_100)] {
            let taken = Taken { shared: taken.0, earned: taken.1 };
            assert_eq!((u32::from(taken), Taken::from(stored)), (stored, taken));
        }
    }

    #[test]
    fn amends_are_counted_for_a_year() {
        let mut ledger = ContactFacet::default();
        for at in [0, 10, 370] {
            ledger.make_amends(day(at));
        }
        assert_eq!([370, 374, 376, 800].map(|at| ledger.amends_made(day(at))), [2, 2, 1, 0]);
    }
}
