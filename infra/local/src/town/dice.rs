//! The town's randomness: integers only, one stream per person, so that a new person or habit leaves all others alone.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A person's own source of chance.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of stream number `person` in the town of `seed`.
    pub(super) fn of(seed: u64, person: u64) -> Self {
        let mut numbers = ChaCha8Rng::seed_from_u64(seed);
        numbers.set_stream(person);
        Self(numbers)
    }

    /// A number from 0 to `n - 1`, all equally likely; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        // Draws past the last whole multiple of `n` would favour small numbers: draw again.
        let usable = u32::MAX - u32::MAX % n.max(1);
        loop {
            let drawn = self.0.next_u32();
            if drawn < usable {
                return drawn % n.max(1);
            }
        }
    }

    /// A number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: i32, most: i32) -> i32 {
        least.saturating_add_unsigned(self.below(most.abs_diff(least).saturating_add(1)))
    }

    /// True in `percent` of 100 throws.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_stay_within_their_bounds_and_reach_both_ends() {
        let mut dice = Dice::of(1, 7);
        let throws: Vec<i32> = (0..400).map(|_| dice.between(-3, 3)).collect();
        assert_eq!((throws.iter().min(), throws.iter().max()), (Some(&-3), Some(&3)));
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn each_person_has_numbers_of_their_own() {
        let of = |person| (0..8).map(move |_| 0).scan(Dice::of(1, person), |dice, _: u32| Some(dice.below(1_000)));
        assert!(of(1).eq(of(1)));
        assert!(!of(1).eq(of(2)));
    }
}
