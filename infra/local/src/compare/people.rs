//! What two catalogues mean for customers: each gains, is spared, loses, or has it as before.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tact_domain::CustomerId;

use crate::dry::Rehearsed;

/// How many customers have it how under B, against A. Each is counted once, by the first that holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct People {
    /// They are interrupted less often, and what they miss was not worth it to them.
    pub spared: u64,
    /// What they are told is worth more to them.
    pub gain: u64,
    /// What they are told is worth less to them, or they are interrupted more often for no more.
    pub lose: u64,
    /// As before.
    pub same: u64,
}

/// What one customer had.
#[derive(Clone, Copy, Debug, Default)]
struct Had {
    worth_to_them: f64,
    interruptions: u64,
}

/// Less than a hundredth of a minor unit is no difference.
const NOTHING: f64 = 0.01;

impl People {
    /// Counts everybody about whom either decided; `annoyance` is what being annoyed costs a customer, in minor units.
    pub(super) fn of(a: &Rehearsed, b: &Rehearsed, annoyance: f64) -> Self {
        let (one, other) = (had(a, annoyance), had(b, annoyance));
        let mut people = Self::default();
        let everybody: BTreeSet<_> = one.keys().chain(other.keys()).collect();
        for customer in everybody {
            let of = |had: &BTreeMap<&CustomerId, Had>| had.get(*customer).copied().unwrap_or_default();
            *people.place(of(&one), of(&other)) += 1;
        }
        people
    }

    fn place(&mut self, before: Had, after: Had) -> &mut u64 {
        let more = after.worth_to_them - before.worth_to_them;
        match after.interruptions.cmp(&before.interruptions) {
            Ordering::Less if more >= -NOTHING => &mut self.spared,
            _ if more > NOTHING => &mut self.gain,
            _ if more < -NOTHING => &mut self.lose,
            Ordering::Greater => &mut self.lose,
            _ => &mut self.same,
        }
    }
}

fn had(played: &Rehearsed, annoyance: f64) -> BTreeMap<&CustomerId, Had> {
    let mut had: BTreeMap<&CustomerId, Had> = BTreeMap::new();
    for weighed in &played.weighed {
        let theirs = had.entry(&weighed.customer).or_default();
        if let Some(said) = weighed.said.as_ref().filter(|said| said.left) {
            theirs.worth_to_them += said.worth_to_them(annoyance);
            theirs.interruptions += u64::from(said.channel.interrupts());
        }
    }
    had
}
