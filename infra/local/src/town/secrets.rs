//! Pairs of people who live the same ninety days. One of each has a secret that leaves its traces in our events, their twin has none; all else is the
//! same to the second: who they are, what they allow, where they go and when, how often they pay and about how much.

use std::io;

use serde::Serialize;
use tact_domain::Timestamp;

use super::calendar::{Calendar, Moment, SATURDAY, Zone, is_weekend};
use super::consents::{self, Answer};
use super::diary::{Diary, Person, some};
use super::dice::Dice;
use super::goods::{GOODS, MATERNITY_JEANS, PRENATAL_VITAMINS, Product};
use super::places::{Spot, Store};
use super::record::Article;
use super::townspeople::{is_in_a_story, pick};
use super::visits::{Trace, Visit, walk};
use super::{in_order, write_line};
use crate::arrival::{self, Arrival};

/// Before this instant of 1 October 2026 the pairs live and nothing is decided: sixty days to get to know them.
pub const DECIDED_FROM: Timestamp = Timestamp(1_790_827_200_000);

/// At this midnight, a day after the last of their events at the latest, it is over: the 31 days of October.
pub const DECIDED_UNTIL: Timestamp = Timestamp(1_793_505_600_000);

/// A matter that nobody beside somebody may guess from what they get from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// Maternity clothes and vitamins in some baskets; the twin buys something else of like price.
    Pregnancy,
    /// Check-ins and positions at a clinic, vitamins in some baskets; the twin stays at home then, and buys something else.
    Illness,
    /// A partner tells of flights; of the twin's it tells nothing.
    Trip,
    /// A partner tells of loans; of the twin's it tells nothing.
    Debt,
    /// The year of birth. Minors are owed silence, so their twins are adults whom nobody asked, and who left no address: silence is theirs as well.
    #[serde(rename = "under_18")]
    Under18,
}

impl Secret {
    /// Every secret, in the order told.
    pub const ALL: [Self; 5] = [Self::Pregnancy, Self::Illness, Self::Trip, Self::Debt, Self::Under18];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pregnancy => "pregnancy",
            Self::Illness => "illness",
            Self::Trip => "trip",
            Self::Debt => "debt",
            Self::Under18 => "under 18",
        }
    }
}

/// The events of all who have a secret, and those of their twins: twins have one name and their events the same ids, in two lives.
#[derive(Clone, Debug)]
pub struct Pairs {
    /// What those with the secret do, in the order in which it arrives.
    pub holders: Vec<Arrival>,
    /// What their twins do.
    pub twins: Vec<Arrival>,
}

/// So many pairs for a secret. The same seed gives the same people, whatever the secret.
///
/// # Errors
/// When an event has no time that can be written, which none has.
pub fn pairs(secret: Secret, seed: u64, count: u32) -> io::Result<Pairs> {
    let side = |side| events(&(1..=count).map(|nth| live(secret, side, seed, nth)).collect::<Vec<_>>());
    Ok(Pairs { holders: side(Side::Holder)?, twins: side(Side::Twin)? })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Holder,
    Twin,
}

/// Their dice are far from those of the town.
const LIVES: u64 = 100_000;
/// What is about the secret alone has dice of its own, so that it changes nothing else.
const TRACES: u64 = 200_000;
/// Nothing tells of the secret before this day.
const BEGINS: i32 = 30;

fn events(diaries: &[Diary]) -> io::Result<Vec<Arrival>> {
    let calendar = Calendar::open().map_err(io::Error::other)?;
    let mut lines = Vec::new();
    for (person, entry) in in_order(diaries) {
        write_line(&calendar, person, entry, &mut lines)?;
    }
    arrival::read(&mut lines.as_slice(), false)
}

/// Somebody whose life is being written down.
struct Life {
    secret: Secret,
    side: Side,
    kind: Kind,
    home: Store,
    diary: Diary,
    dice: Dice,
    traces: Dice,
}

/// How somebody shops; the numbers are the least and the most.
struct Kind {
    days_between: (i32, i32),
    minutes: (i32, i32),
    things: (i32, i32),
    buys: u32,
    areas: u32,
    weekdays: bool,
}

const EXPRESS: Kind =
    Kind { days_between: (2, 5), minutes: (4, 8), things: (1, 2), buys: 85, areas: 20, weekdays: true };
const BROWSER: Kind =
    Kind { days_between: (3, 7), minutes: (24, 55), things: (1, 2), buys: 45, areas: 75, weekdays: false };
const BIG_BUYER: Kind =
    Kind { days_between: (5, 10), minutes: (15, 32), things: (3, 6), buys: 90, areas: 45, weekdays: false };

fn live(secret: Secret, side: Side, seed: u64, nth: u32) -> Diary {
    let mut dice = Dice::of(seed, LIVES + u64::from(nth));
    let kind = match nth % 3 {
        0 => EXPRESS,
        1 => BIG_BUYER,
        _ => BROWSER,
    };
    let home = if dice.chance(85) { Store::MarketStreet } else { Store::Riverside };
    let diary = Diary::of(person(nth, &mut dice));
    let mut life = Life { secret, side, kind, home, diary, dice, traces: Dice::of(seed, TRACES + u64::from(nth)) };
    life.join();
    life.days();
    life.appointments();
    life.partners();
    life.diary
}

fn person(nth: u32, dice: &mut Dice) -> Person {
    Person {
        name: format!("b-{nth:03}"),
        zone: Zone::NewYork,
        phone: if dice.chance(55) { "app/ios" } else { "app/android" },
        number: format!("+164655501{:02}", nth % 100),
        birth_year: Some(dice.between(1948, 2004)),
        locale: if dice.chance(12) { "es-US" } else { "en-US" },
    }
}

impl Life {
    /// Joins on the first day. Partners may tell of everybody, so that what differs is what they tell.
    fn join(&mut self) {
        let answer = match self.dice.below(100) {
            0..70 => Answer::Everything,
            70..80 => Answer::NotMyLocation,
            80..90 => Answer::AppOnly,
            _ => Answer::EmailOnly,
        };
        let at = Moment::on(0, self.dice.between(9, 20), self.dice.between(0, 59));
        let mut form = answer.form().unwrap_or_default();
        form.grants.push(consents::third_party());
        match (self.secret, self.side) {
            (Secret::Under18, Side::Holder) => self.diary.person.birth_year = Some(2010),
            // Nobody knows how to reach them, and they agreed to nothing.
            (Secret::Under18, Side::Twin) => return,
            _ => {}
        }
        self.diary.join(at, form, answer.leaves_number());
    }

    fn days(&mut self) {
        let mut day = 1;
        while day < SATURDAY {
            if self.suits(day) {
                self.outing(day);
                let (least, most) = self.kind.days_between;
                day += self.dice.between(least, most);
            } else {
                day += 1;
            }
        }
    }

    fn suits(&self, day: i32) -> bool {
        !(self.kind.weekdays && is_weekend(day))
    }

    fn outing(&mut self, day: i32) {
        let hour = if self.kind.weekdays { self.dice.between(8, 10) } else { self.dice.between(11, 18) };
        let (minute, second) = (self.dice.between(0, 50), self.dice.between(0, 59));
        if self.dice.chance(12) {
            let lines = self.basket(day);
            self.diary.pay(Moment::on(day, 20, minute).plus(second), None, lines);
            return;
        }
        let (least, most) = self.kind.minutes;
        let visit = Visit {
            store: self.home,
            enters: Moment::on(day, hour, minute).plus(second),
            minutes: self.dice.between(least, most),
            areas: self.areas(),
            checks_in: self.dice.chance(45),
            trace: if self.dice.chance(70) { Trace::Sparse } else { Trace::Unseen },
            basket: if self.dice.chance(self.kind.buys) { self.basket(day) } else { Vec::new() },
        };
        walk(&mut self.diary, &mut self.dice, visit);
    }

    fn areas(&mut self) -> Vec<&'static str> {
        let passes = self.kind.areas;
        self.home.aisles().iter().copied().filter(|_| self.dice.chance(passes)).collect()
    }

    /// What anybody buys, and now and then what only one of the two would.
    fn basket(&mut self, day: i32) -> Vec<Article> {
        let (least, most) = self.kind.things;
        let count = self.dice.between(least, most);
        let mut lines: Vec<Article> =
            (0..count).filter_map(|_| pick(&mut self.dice)).map(|found| some(1, found)).collect();
        lines.extend(self.telling_product().filter(|_| day >= BEGINS).map(|product| some(1, product)));
        lines
    }

    /// A product that tells of the secret, and for the twin one that does not, at about the price.
    fn telling_product(&mut self) -> Option<Product> {
        let (telling, chance) = match self.secret {
            Secret::Pregnancy => (vec![MATERNITY_JEANS, PRENATAL_VITAMINS], 55),
            Secret::Illness => (GOODS.iter().copied().filter(|product| product.category == "vitamins").collect(), 35),
            Secret::Trip | Secret::Debt | Secret::Under18 => return None,
        };
        let throws = self.traces.chance(chance);
        let found = one_of(&telling, &mut self.traces)?;
        let other = one_of(&like(found), &mut self.traces)?;
        throws.then_some(if self.side == Side::Holder { found } else { other })
    }

    /// Every sixth day at the clinic, while the twin stays at home; some days both go shopping an hour later.
    fn appointments(&mut self) {
        if self.secret != Secret::Illness {
            return;
        }
        let days = (BEGINS + self.traces.between(0, 5)..SATURDAY).step_by(6);
        let times: Vec<Moment> = days.map(|day| Moment::on(day, 10, self.traces.between(0, 50))).collect();
        for at in &times {
            if self.traces.chance(50) {
                self.diary.check_in(at.plus(3_605), self.home);
            }
        }
        for at in times.into_iter().filter(|_| self.side == Side::Holder) {
            self.diary.see_a_doctor(at);
            self.diary.fix(at.plus(61), Spot::CLINIC, self.traces.between(8, 40), 0);
        }
    }

    /// What partners tell of those with the secret, every ten days or so.
    fn partners(&mut self) {
        let mut day = BEGINS + self.traces.between(0, 9);
        while self.side == Side::Holder && day < SATURDAY {
            let at = Moment::on(day, 18, self.traces.between(0, 59));
            match self.secret {
                Secret::Trip => _ = self.diary.flies(at, "Tampa"),
                Secret::Debt => _ = self.diary.borrows(at),
                Secret::Pregnancy | Secret::Illness | Secret::Under18 => {}
            }
            day += self.traces.between(7, 13);
        }
    }
}

/// The four everyday products nearest in price.
fn like(product: Product) -> Vec<Product> {
    let mut others: Vec<Product> = GOODS.iter().copied().filter(|other| !is_in_a_story(other)).collect();
    others.sort_by_key(|other| other.price.abs_diff(product.price));
    others.truncate(4);
    others
}

fn one_of(products: &[Product], dice: &mut Dice) -> Option<Product> {
    let nth = dice.below(u32::try_from(products.len()).ok()?);
    products.get(usize::try_from(nth).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn read(arrivals: &[Arrival]) -> Vec<Value> {
        arrivals.iter().map(|arrival| serde_json::from_slice(&arrival.bytes).unwrap()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_pairs_and_every_event_can_be_read() {
        for secret in Secret::ALL {
            let (one, again) = (pairs(secret, 1, 6).unwrap(), pairs(secret, 1, 6).unwrap());
            assert_eq!(read(&one.holders), read(&again.holders));
            assert_ne!(read(&one.holders), read(&pairs(secret, 2, 6).unwrap().holders));
            for arrival in one.holders.iter().chain(&one.twins) {
                tact_wire::parse(&arrival.bytes, arrival.at).unwrap();
            }
        }
    }

    /// What an event says, but for the number of a receipt, which counts what came before it.
    fn said(event: &Value) -> Value {
        let mut data = event["data"].clone();
        data.as_object_mut().unwrap().remove("receipt");
        data
    }

    #[test]
    fn nothing_but_the_secret_is_different() {
        for secret in Secret::ALL {
            let Pairs { holders, twins } = pairs(secret, 1, 12).unwrap();
            let (holders, twins) = (read(&holders), read(&twins));
            let name =
                |event: &Value| (event["source"].to_string(), event["id"].to_string(), event["time"].to_string());
            let known: BTreeSet<_> = twins.iter().map(name).collect();
            let (both, alone): (Vec<&Value>, Vec<&Value>) =
                holders.iter().partition(|event| known.contains(&name(event)));
            assert!(both.iter().map(|event| name(event)).eq(twins.iter().map(name)), "{}", secret.name());
            // Whoever is of no age to be asked joins; their twin never does.
            let tells = ["tact.partner.v1", "family-clinic", "40.8026", "birth_year\":2010"];
            assert!(alone.iter().all(|event| tells.iter().any(|told| event.to_string().contains(told))));
            assert_eq!(alone.is_empty(), secret == Secret::Pregnancy, "{}", secret.name());
            let differ = both.iter().zip(&twins).filter(|(one, other)| said(one) != said(other)).count();
            let by_more = matches!(secret, Secret::Trip | Secret::Debt | Secret::Under18);
            assert_eq!(differ == 0, by_more, "{}", secret.name());
            assert!(differ * 4 < twins.len(), "{}: {differ} of {}", secret.name(), twins.len());
        }
    }

    #[test]
    fn the_twin_of_a_basket_costs_about_as_much() {
        let Pairs { holders, twins } = pairs(Secret::Pregnancy, 1, 12).unwrap();
        let total = |event: &Value| -> f64 {
            let lines = event["data"]["lines"].as_array().unwrap();
            lines.iter().map(|line| line["unit_price"].as_f64().unwrap()).sum()
        };
        let paid = |event: &&Value| event["type"] == "tact.purchase.v1";
        let (holders, twins) = (read(&holders), read(&twins));
        for (one, other) in holders.iter().filter(paid).zip(twins.iter().filter(paid)) {
            assert!((total(one) - total(other)).abs() <= 1_000.0);
        }
        let maternity = |event: &Value| event["data"].to_string().contains("maternity-jeans");
        assert!(holders.iter().any(maternity) && !twins.iter().any(maternity));
    }

    #[test]
    fn decisions_begin_at_midnight_of_the_first_of_october() {
        let begins: jiff::Timestamp = "2026-10-01T00:00:00-04:00".parse().unwrap();
        assert_eq!(DECIDED_FROM, Timestamp(begins.as_millisecond()));
        assert_eq!(DECIDED_UNTIL, DECIDED_FROM.plus_s(31 * 86_400));
        let lives = pairs(Secret::Trip, 1, 12).unwrap();
        assert!(lives.holders.iter().chain(&lives.twins).all(|arrival| arrival.at < DECIDED_UNTIL.plus_s(-86_400)));
    }
}
