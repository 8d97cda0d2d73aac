//! All cells of a shard, and of all shards together; and what is known too early to be counted: yes and complaints come sooner than silence, so that rates
//! of what is answered already would be too high. Every message is counted on the day after its window closed, whatever became of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tact_domain::Day;
use tact_model::Types;

use crate::adaptive::cell::Count;
use crate::adaptive::{Cell, Expected, Kind, Matured, Saying};

/// What was counted: in one shard, or in all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The version of the types it is counted by.
    pub(crate) types: u16,
    /// By what is said, and by type of customer.
    pub(crate) cells: BTreeMap<Saying, BTreeMap<Kind, Cell>>,
    /// The same of messages whose window is open, by the day on which they count.
    pub(crate) early: BTreeMap<Saying, BTreeMap<(Kind, Day), Count>>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { types: Types::BY_RULE, cells: BTreeMap::new(), early: BTreeMap::new() }
    }
}

impl Counts {
    /// The most cells that are kept; beyond that, those that counted least are forgotten. An item of the table holds them,
    pub const MOST: usize = 4_000;
    /// and this many counts of days on which messages will count; beyond that, those of the fewest messages are forgotten.
    pub const MOST_EARLY: usize = 16_000;

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.early.is_empty()
    }

    /// Whether anything counts by now.
    pub fn counts(&self) -> bool {
        !self.cells.is_empty()
    }

    /// The cell of what is said and a type; one in which nothing was counted when there is none.
    pub fn cell(&self, saying: &Saying, kind: Kind) -> Cell {
        self.cells.get(saying).and_then(|of_saying| of_saying.get(&kind)).copied().unwrap_or_default()
    }

    /// The version of the types it is counted by.
    pub fn types(&self) -> u16 {
        self.types
    }

    /// The same by the types that are in use: those of the version before are carried over; those of any other before count for customers of no known type. What is
    /// counted by later ones, as it is while a deployment takes the place of another, stays as it is.
    #[must_use]
    pub fn by(self, types: Option<&Types>) -> Self {
        let version = types.map_or(Types::BY_RULE, Types::version);
        if self.types >= version {
            return self;
        }
        let before = types.and_then(Types::before).filter(|before| before.version == self.types);
        self.carried(version, before.map_or(&[], |before| before.overlap.as_slice()))
    }

    /// Keeps what became known of a message that counts from a day on: the one after its window closed. A type by another version is nobody's.
    pub fn enter(&mut self, saying: &Saying, expected: Expected, matured: Matured, from: Day) {
        let of_saying = self.early.entry(saying.clone()).or_default();
        let kind = expected.typed.kind.filter(|_| expected.typed.types == self.types);
        let known = of_saying.entry((kind, from)).or_default();
        *known = known.plus(Count::of(expected, matured));
    }

    /// Counts what counts by now. `beside` is what all other shards counted, as far as it is known: generations turn when all of them together counted
    /// `halves_after` messages in one.
    pub fn ripen(&mut self, today: Day, beside: &Self, halves_after: u64) {
        for (saying, early) in std::mem::take(&mut self.early) {
            let (ripe, early): (BTreeMap<_, _>, BTreeMap<_, _>) =
                early.into_iter().partition(|((_, from), _)| *from <= today);
            for ((kind, _), count) in ripe {
                let all = self.cell(&saying, kind).merge(beside.cell(&saying, kind));
                let of_saying = self.cells.entry(saying.clone()).or_default();
                of_saying.entry(kind).or_default().enter(all.turns_to(halves_after), count);
            }
            if !early.is_empty() {
                self.early.insert(saying, early);
            }
        }
        self.forget();
    }

    /// Adds what another shard counted. It does not matter who is added to whom, or in which order. What is counted by other types counts for
    /// customers of no known type, so that nothing of an action is lost.
    pub fn merge(&mut self, other: &Self) {
        for (saying, cells) in &other.cells {
            let of_saying = self.cells.entry(saying.clone()).or_default();
            for (kind, cell) in cells {
                let is_same = other.types == self.types;
                let known = of_saying.entry(kind.filter(|_| is_same)).or_default();
                *known = if is_same { known.merge(*cell) } else { known.join(*cell) };
            }
        }
        for (saying, early) in &other.early {
            let of_saying = self.early.entry(saying.clone()).or_default();
            for ((kind, from), count) in early {
                let kind = kind.filter(|_| other.types == self.types);
                let known = of_saying.entry((kind, *from)).or_default();
                *known = known.plus(*count);
            }
        }
    }

    /// The same by other types of customers: each type's counts are divided among those of the version `types` by the share of its customers
    /// that are of each there, as `overlap` counts them (a row for each old type, a column for each new one). Those of a type nobody is of count for
    /// customers of no known type. Shares are rounded down, and what is left over goes to the type most are of, so that no message is lost.
    #[must_use]
    pub fn carried(&self, types: u16, overlap: &[Vec<u64>]) -> Self {
        let row = |kind: Kind| kind.and_then(|kind| overlap.get(usize::from(kind))).map_or(&[][..], Vec::as_slice);
        let mut carried = Self { types, ..Self::default() };
        for (saying, early) in &self.early {
            let of_saying = carried.early.entry(saying.clone()).or_default();
            for ((kind, from), count) in early {
                for (kind, part) in divided(Cell { current: *count, ..Cell::default() }, row(*kind)) {
                    let known = of_saying.entry((kind, *from)).or_default();
                    *known = known.plus(part.current);
                }
            }
        }
        for (saying, cells) in &self.cells {
            let of_saying = carried.cells.entry(saying.clone()).or_default();
            for (kind, cell) in cells {
                for (kind, part) in divided(*cell, row(*kind)) {
                    let known = of_saying.entry(kind).or_default();
                    *known = known.join(part);
                }
            }
        }
        carried
    }

    /// Forgets the cells, and the days to come, that counted least, when there are too many.
    fn forget(&mut self) {
        forget_least(&mut self.cells, Self::MOST, |cell| cell.doubled().n);
        forget_least(&mut self.early, Self::MOST_EARLY, |count| count.n);
    }
}

/// Keeps so many of what is counted by saying, without those of the least weight: the first of several.
fn forget_least<K: Ord + Clone, V>(
    counted: &mut BTreeMap<Saying, BTreeMap<K, V>>,
    most: usize,
    weight: impl Fn(&V) -> i64,
) {
    let all = counted.values().map(BTreeMap::len).sum::<usize>();
    if all <= most {
        return;
    }
    let each = counted.iter().flat_map(|(saying, of)| of.iter().map(move |(key, value)| (saying, key, value)));
    let mut order: Vec<(i64, Saying, K)> =
        each.map(|(saying, key, value)| (weight(value), saying.clone(), key.clone())).collect();
    order.sort();
    for (_, saying, key) in order.into_iter().take(all - most) {
        if let Some(of_saying) = counted.get_mut(&saying) {
            of_saying.remove(&key);
        }
    }
    counted.retain(|_, of_saying| !of_saying.is_empty());
}

/// The place of what most are of, the first of several; `None` when nobody is of anything.
pub(super) fn most(row: &[u64]) -> Option<usize> {
    let most = (0..row.len()).max_by_key(|place| (row.get(*place), std::cmp::Reverse(*place)))?;
    row.get(most).is_some_and(|count| *count > 0).then_some(most)
}

/// The parts of a cell that go to each of the types in a row of an overlap.
fn divided(cell: Cell, row: &[u64]) -> Vec<(Kind, Cell)> {
    let all: u64 = row.iter().sum();
    let Some(most) = most(row) else { return vec![(None, cell)] };
    let share = |count: Count, of: u64| {
        let part = |whole: i64| i64::try_from(i128::from(whole) * i128::from(of) / i128::from(all)).unwrap_or(0);
        Count {
            n: part(count.n),
            positive: part(count.positive),
            harm: part(count.harm),
            expected: part(count.expected),
        }
    };
    let part = |of: u64| Cell { current: share(cell.current, of), older: share(cell.older, of), ..cell };
    let mut parts: Vec<Cell> = row.iter().map(|of| part(*of)).collect();
    let given = parts.iter().fold(Cell { generation: cell.generation, ..Cell::default() }, |sum, part| sum.join(*part));
    if let Some(part) = parts.get_mut(most) {
        part.current = part.current.plus(minus(cell.current, given.current));
        part.older = part.older.plus(minus(cell.older, given.older));
    }
    let parts = (0..).zip(parts).filter(|(_, part)| part.current != Count::default() || part.older != Count::default());
    parts.map(|(kind, part)| (Some(kind), part)).collect()
}

fn minus(one: Count, other: Count) -> Count {
    Count {
        n: one.n - other.n,
        positive: one.positive - other.positive,
        harm: one.harm - other.harm,
        expected: one.expected - other.expected,
    }
}
