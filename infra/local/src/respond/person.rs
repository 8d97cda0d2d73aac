//! Who somebody is: their kind, planted by name, and their own source of chance.

use tact_domain::Fingerprint;
use tact_wire::Message;

/// The planted kinds of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In a hurry: likes what saves time, and nothing else.
    Express,
    /// Looks around: likes to be shown things, and to be asked.
    Browser,
    /// Seldom there, with a full basket: likes to be recognised.
    BigBuyer,
}

impl Kind {
    /// Every kind.
    #[cfg(test)]
    pub(super) const ALL: [Self; 3] = [Self::Express, Self::Browser, Self::BigBuyer];

    /// The kind of somebody of that name: the cast by their stories, the townspeople in turns by their number, as the town lets them live; anybody
    /// else by the hash of the name.
    pub(super) fn of(name: &str) -> Self {
        let number = name.strip_prefix("p-").and_then(|number| number.parse::<u64>().ok());
        match (name, number) {
            ("ana" | "carla" | "hana" | "ivo" | "jo", _) => Self::Express,
            ("ben" | "brooke" | "ella" | "lea", _) => Self::Browser,
            ("anne" | "dev" | "fay" | "gus" | "kit", _) => Self::BigBuyer,
            (_, Some(number)) => Self::in_turn(number),
            (_, None) => Self::in_turn(Fingerprint::of("kind", name).0),
        }
    }

    fn in_turn(number: u64) -> Self {
        match number % 5 {
            0 | 3 => Self::Express,
            1 | 4 => Self::Browser,
            _ => Self::BigBuyer,
        }
    }
}

/// The chance of one recipient with one message: a throw for every question, each independent of all others.
#[derive(Clone, Debug)]
pub(super) struct Chance(String);

/// Of all the ways in which the people of the town could answer, this one: on the day in town somebody does each of the things people do.
const SEED: u32 = 42;

impl Chance {
    /// The chance that belongs to a message.
    pub(super) fn of(message: &Message) -> Self {
        Self(format!("{SEED}/{}/{}", message.decision, message.customer))
    }

    /// A number from 0 to `n - 1`; 0 when `n` is 0.
    pub(super) fn below(&self, question: &str, n: u64) -> u64 {
        // The hash has 64 bits and `n` few: favouring small numbers cannot be seen.
        Fingerprint::of(question, &self.0).0 % n.max(1)
    }

    /// Whether it happens, with so many chances in 1,000.
    pub(super) fn throw(&self, question: &str, per_mille: u64) -> bool {
        self.below(question, 1_000) < per_mille
    }

    /// A number from `least` to `most`, both included.
    pub(super) fn between(&self, question: &str, least: i64, most: i64) -> i64 {
        let n = most.abs_diff(least).saturating_add(1);
        least.saturating_add_unsigned(self.below(question, n))
    }

    /// A number from `least` to `most`, small ones far more often: half of them lie in the first fifth.
    pub(super) fn soon(&self, question: &str, least: i64, most: i64) -> i64 {
        let (one, other) = (self.below(question, 1_000), self.below(&format!("{question}, again"), 1_000));
        let share = i64::try_from(one * other).unwrap_or(0);
        least + (most - least) * share / 1_000_000
    }
}
