//! The adaptive layer: what became of messages corrects how likely the next ones are to please or to do harm, by action, channel and type of customer.
//! Read in this order: `matured` (what one message tells), `cell` and `counts` (how it is counted), `learned` (what decisions are made with).

mod cell;
mod counts;
mod learned;
mod matured;

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, Key, ProfileType};
use tact_model::{Row, Types};

pub use self::cell::Cell;
pub use self::counts::Counts;
pub use self::learned::{Learned, Sums};
pub use self::matured::{Expected, Matured};

pub(crate) use self::learned::{Correction, Teacher};

/// How what was learnt is weighed: how many messages the level above is worth beside those of a level itself, and how long messages count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adaptive {
    /// What was expected before anything was seen counts as so many messages beside those of everything we say.
    pub all_counts_as: f64,
    /// What is learnt of everything else counts as so many messages beside those of an action on a channel.
    pub action_counts_as: f64,
    /// What is learnt of an action on a channel from other types counts as so many messages beside those of a type.
    pub type_counts_as: f64,
    /// After so many matured messages of a cell, those before them count half, and those before these no more.
    pub halves_after: u64,
    /// An action on a channel is new until so many of its messages matured, beside as many of others: its group's rates are believed until then, and no
    /// model. Before as many of others matured nothing is new, as a model is all there is.
    pub new_until: u64,
    /// What was learnt is published at most once in so many seconds.
    pub every_s: i64,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self {
            all_counts_as: 1_000.0,
            action_counts_as: 200.0,
            type_counts_as: 100.0,
            halves_after: 2_000,
            new_until: 200,
            every_s: 3_600,
        }
    }
}

impl Adaptive {
    /// Within how many matured messages of an action on a channel its probability of harm is above `tolerated` for every type of customer, when it does
    /// harm at `rate` and `prior` was expected, worth `prior_counts_as` messages; `None` when that is not said of it, as it does no more harm than is tolerated.
    ///
    /// Whatever types the `n` messages went to, the prior keeps a weight of at most `c / (c + n)`, where `c` is the larger of what the prior and what a
    /// type's level above count as: the product of both weights over any division of `n` is greatest where all of it went to one type, or none to it. So the
    /// posterior is above `tolerated` once `c prior + n rate > (c + n) tolerated`. `None` as well when that takes more than `halves_after`: by then the first of
    /// them count half.
    pub fn off_within(&self, prior: f64, prior_counts_as: f64, rate: f64, tolerated: f64) -> Option<u64> {
        let counts_as = prior_counts_as.max(self.type_counts_as);
        if prior > tolerated {
            return Some(0);
        }
        let n = libm::floor(counts_as * (tolerated - prior) / (rate - tolerated)) + 1.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, and a cast saturates")]
        let n = n as u64;
        (rate > tolerated && n <= self.halves_after).then_some(n)
    }
}

/// A type of customer by its place among those of a version of them; `None` for customers of no known type.
pub type Kind = Option<u8>;

/// Which type a customer is of, and by which version of the types. The default is nobody's by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// The version of the types.
    pub types: u16,
    /// Which of them.
    pub kind: Kind,
}

impl Default for Typed {
    fn default() -> Self {
        Self::by_rule(None)
    }
}

impl Typed {
    /// By the types that rules tell.
    pub fn by_rule(known: Option<ProfileType>) -> Self {
        Self { types: Types::BY_RULE, kind: known.map(|known| known as u8) }
    }

    /// By the types that were found, if any were, of a customer who may be typed and whose row is given; by rule otherwise.
    pub(crate) fn of(known: Option<ProfileType>, types: Option<&Types>, row: &Row) -> Self {
        types.map_or_else(
            || Self::by_rule(known),
            |types| Self { types: types.version(), kind: known.map(|_| types.of(row)) },
        )
    }

    /// The same by a version of the types: the one that most of the customers of a type before are of; nobody's where that is not known.
    #[must_use]
    pub fn by(self, types: Option<&Types>) -> Self {
        let version = types.map_or(Types::BY_RULE, Types::version);
        if self.types == version {
            return self;
        }
        let before = types.and_then(Types::before).filter(|before| before.version == self.types);
        let row = self.kind.and_then(|kind| before?.overlap.get(usize::from(kind)));
        Self { types: version, kind: row.and_then(|row| counts::most(row)).and_then(|place| u8::try_from(place).ok()) }
    }
}

/// What is learnt of together: what is said for one purpose by one channel, whatever its words.
pub type Saying = (Key, Channel);

#[cfg(test)]
mod tests;
