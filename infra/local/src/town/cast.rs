//! The people with a name, and their stories. What they do and when is the same in every town; only where exactly a
//! phone believes itself to be is left to the dice.

mod after_dark;
mod in_the_store;
mod over_time;

use super::calendar::{Moment, SATURDAY, Zone};
use super::consents::Answer;
use super::diary::{Diary, Person};
use super::dice::Dice;
use super::places::Store;
use super::visits::{Trace, Visit, walk};

/// The diaries of the cast.
pub(super) fn cast(seed: u64) -> Vec<Diary> {
    let at_the_store = [in_the_store::ana, in_the_store::ben, in_the_store::carla, in_the_store::dev];
    let spared = [in_the_store::ella, in_the_store::gus, in_the_store::jo];
    let over_time =
        [over_time::anne, over_time::fay, over_time::kit, over_time::brooke, over_time::lea, over_time::otto];
    let after_dark = [after_dark::hana, after_dark::ivo];
    let roles = at_the_store.iter().chain(&spared).chain(&over_time).chain(&after_dark);
    roles.map(|role| role(seed).diary).collect()
}

/// Somebody of the cast while their diary is written.
struct Role {
    diary: Diary,
    dice: Dice,
}

impl Role {
    /// A New Yorker of whom nothing is known yet. The number ends their telephone number and names their dice.
    fn new(seed: u64, name: &str, number: u64, born: Option<i32>) -> Self {
        let person = Person {
            name: name.to_owned(),
            zone: Zone::NewYork,
            phone: "app/ios",
            number: format!("+121255501{number:02}"),
            birth_year: born,
            locale: "en-US",
        };
        Self { diary: Diary::of(person), dice: Dice::of(seed, number) }
    }

    /// Joins on `day` with this answer.
    fn joins(mut self, day: i32, answer: Answer) -> Self {
        if let Some(form) = answer.form() {
            self.diary.join(Moment::on(day, 9, 30), form, answer.leaves_number());
        }
        self
    }

    /// The same kind of visit on each of these days, at the same time of day.
    fn visits(&mut self, days: &[i32], visit: &Visit) {
        for day in days {
            let enters = visit.enters.plus((day - SATURDAY) * 86_400);
            walk(&mut self.diary, &mut self.dice, Visit { enters, ..visit.clone() });
        }
    }

    /// The phone tells of a spot inside the store.
    fn inside(&mut self, at: Moment, store: Store) {
        let spot = store.inside(&mut self.dice);
        self.diary.fix(at, spot, 12, 4);
    }

    /// The phone tells of a spot outside the store.
    fn outside(&mut self, at: Moment, store: Store) {
        let spot = store.outside(&mut self.dice);
        self.diary.fix(at, spot, 9, 13);
    }
}

/// A time of the day in town.
fn on_the_day(hour: i32, minute: i32, second: i32) -> Moment {
    Moment::on(SATURDAY, hour, minute).plus(second)
}

/// A visit to the flagship that passes these areas and buys nothing.
fn stroll(enters: Moment, minutes: i32, areas: &[&'static str]) -> Visit {
    Visit {
        store: Store::MarketStreet,
        enters,
        minutes,
        areas: areas.to_vec(),
        checks_in: false,
        trace: Trace::Sparse,
        basket: Vec::new(),
    }
}
