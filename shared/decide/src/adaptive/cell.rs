//! A cell: what was counted of an action on a channel for a type of customer, in two generations, so that what lies far back counts no more. Generations
//! turn by how much was counted and not by time: what is seldom said is remembered long.

use serde::{Deserialize, Serialize};

use crate::adaptive::{Expected, Matured};

/// Whole numbers, so that they add up to the same in any order. A correction may be counted in another shard, or a later generation, than what it corrects: counts
/// may be below 0, and what is learnt of them is held within what can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// Messages of which it is known what became of them.
    pub(crate) n: i64,
    /// Those with a positive outcome.
    pub(crate) positive: i64,
    /// Those that did harm.
    pub(crate) harm: i64,
    /// How many positive outcomes were expected, in millionths.
    pub(crate) expected: i64,
}

impl Count {
    /// What became known of one message.
    pub(crate) fn of(expected: Expected, matured: Matured) -> Self {
        let Matured { n, positive, harm } = matured;
        let (n, expected) = (i64::from(n), i64::from(expected.positive));
        Self { n, positive: positive.into(), harm: harm.into(), expected: n * expected }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            n: self.n.saturating_add(other.n),
            positive: self.positive.saturating_add(other.positive),
            harm: self.harm.saturating_add(other.harm),
            expected: self.expected.saturating_add(other.expected),
        }
    }
}

/// What was counted of an action on a channel for a type of customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Which generation is in hand, from 0.
    pub(crate) generation: u32,
    /// What was counted in it,
    pub(crate) current: Count,
    /// and in the one before.
    pub(crate) older: Count,
}

impl Cell {
    /// What it is once a later generation is in hand; itself for one that is not later.
    fn at(self, generation: u32) -> Self {
        match generation.saturating_sub(self.generation) {
            0 => self,
            1 => Self { generation, current: Count::default(), older: self.current },
            _ => Self { generation, ..Self::default() },
        }
    }

    /// What two shards counted together: in the later of their generations. It does not matter who is added to whom, or in which order.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let generation = self.generation.max(other.generation);
        let (one, other) = (self.at(generation), other.at(generation));
        Self { generation, current: one.current.plus(other.current), older: one.older.plus(other.older) }
    }

    /// What cells of different types counted together: each keeps its weight, whatever the generation of the other, as both are of one time.
    #[must_use]
    pub(crate) fn join(self, other: Self) -> Self {
        let generation = self.generation.max(other.generation);
        Self { generation, current: self.current.plus(other.current), older: self.older.plus(other.older) }
    }

    /// The generation that the next message counts in, when `self` is what all shards counted.
    pub(crate) fn turns_to(self, halves_after: u64) -> u32 {
        let full = u64::try_from(self.current.n).is_ok_and(|n| n >= halves_after);
        self.generation.saturating_add(u32::from(full))
    }

    /// Counts messages in a generation; in the one in hand, when that is later.
    pub(crate) fn enter(&mut self, generation: u32, count: Count) {
        *self = self.at(generation);
        self.current = self.current.plus(count);
    }

    /// How many messages it counted in the generation in hand, and how many of them with a positive outcome.
    pub fn counted(&self) -> (i64, i64) {
        (self.current.n, self.current.positive)
    }

    /// Twice what counts: what the generation in hand counted, and half of the one before.
    pub(crate) fn doubled(self) -> Count {
        self.current.plus(self.current).plus(self.older)
    }
}
