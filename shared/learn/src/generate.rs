//! Made-up examples for the first model: situations with a planted truth, until there are outcomes of one's own.
//!
//! The truth is a logistic one with thresholds and interactions that a plain regression cannot see: lingering tells most about
//! those who like the category and do not own it yet, nobody in a hurry wants to be interrupted, an incentive works on the
//! new, and too much contact tires them.

mod baskets;
mod comments;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tact_domain::{Channel, Trigger};
use tact_model::FEATURES;

pub use self::baskets::generate_baskets;
pub use self::comments::generate_comments;
use crate::examples::Examples;

const MOST_DAYS: f64 = 365.0;
const INCENTIVES: [f64; 10] = [0.0, 0.0, 0.0, 0.0, 0.05, 0.1, 0.1, 0.15, 0.2, 0.3];

/// Draws `count` situations and whether the offer in them was accepted; the same seed gives the same examples.
pub fn generate(seed: u64, count: usize) -> Examples {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut examples =
        Examples { features: FEATURES.map(str::to_owned).to_vec(), rows: Vec::new(), labels: Vec::new() };
    for _ in 0..count {
        let situation = Situation { habit: Habit::draw(&mut rng), moment: Moment::draw(&mut rng) };
        examples.rows.push(situation.row());
        examples.labels.push(chance(&mut rng, 1.0 / (1.0 + libm::exp(-situation.log_odds()))));
    }
    examples
}

/// A customer in a moment.
struct Situation {
    habit: Habit,
    moment: Moment,
}

impl Situation {
    fn row(&self) -> Vec<f32> {
        let Self { habit, moment } = self;
        let one_hot = |chosen: bool| f64::from(u8::from(chosen));
        let mut row = vec![
            habit.checkins_30d,
            habit.checkins_90d,
            habit.visits_30d,
            habit.days_since_visit,
            habit.weekend_share,
            habit.orders_90d,
            habit.orders_90d * habit.average_order,
            habit.days_since_order,
            habit.average_order,
            habit.return_share,
            habit.category_affinity,
            habit.owned_in_category,
            moment.last_dwell_min,
            one_hot(moment.mission == Mission::Express),
            one_hot(moment.mission == Mission::Browse),
            habit.online_share,
            moment.hour_of_day,
            one_hot(moment.is_weekend),
            moment.contacts_7d,
        ];
        row.extend(Trigger::CUSTOMER.map(|trigger| one_hot(trigger == moment.trigger)));
        row.extend(Channel::ALL.map(|channel| one_hot(channel == moment.channel)));
        row.extend([moment.incentive_share, habit.tenure_days]);
        row.into_iter().map(crate::export::nearest).collect()
    }

    /// The planted truth.
    fn log_odds(&self) -> f64 {
        -2.2 + self.habit.log_odds() + self.moment.log_odds() + self.interactions()
    }

    /// What neither the customer nor the moment alone explains.
    fn interactions(&self) -> f64 {
        let Self { habit, moment } = self;
        let is_keen = habit.category_affinity > 0.4;
        let is_new = habit.tenure_days < 90.0;
        let lingers = (8.0..60.0).contains(&moment.last_dwell_min);
        add(&[
            (is_keen && lingers, 1.6),
            (is_keen && habit.owned_in_category >= 2.0, -1.8),
            (moment.mission == Mission::Express && is_heard(moment.channel), -1.5),
            (moment.mission == Mission::Browse && moment.channel == Channel::Associate, 1.2),
            (is_heard(moment.channel) && moment.hour_of_day >= 19.0, -1.2),
            (is_new && moment.incentive_share >= 0.1, 1.6),
            (is_new && moment.contacts_7d >= 2.0, -1.2),
            (is_in_store(moment.trigger) && habit.online_share > 0.6, -1.0),
        ])
    }
}

/// What a customer is like.
struct Habit {
    checkins_30d: f64,
    checkins_90d: f64,
    visits_30d: f64,
    days_since_visit: f64,
    weekend_share: f64,
    orders_90d: f64,
    days_since_order: f64,
    average_order: f64,
    return_share: f64,
    category_affinity: f64,
    owned_in_category: f64,
    online_share: f64,
    tenure_days: f64,
}

impl Habit {
    fn draw(rng: &mut impl Rng) -> Self {
        let engagement = exponential(rng, 1.0);
        let checkins_30d = exponential(rng, 4.0 * engagement).floor();
        let checkins_90d = checkins_30d + exponential(rng, 7.0 * engagement).floor();
        let visits_30d = exponential(rng, 2.0 * engagement).floor();
        let orders_90d = exponential(rng, 3.0 * engagement).floor();
        let category_affinity = uniform(rng, 0.0, 1.0) * uniform(rng, 0.3, 1.0);
        let buys = orders_90d > 0.0;
        Self {
            checkins_30d,
            checkins_90d,
            visits_30d,
            days_since_visit: days(if visits_30d > 0.0 {
                uniform(rng, 0.0, 30.0)
            } else {
                30.0 + exponential(rng, 120.0)
            }),
            weekend_share: if checkins_90d > 0.0 { uniform(rng, 0.0, 1.0) * uniform(rng, 0.2, 1.0) } else { 0.0 },
            orders_90d,
            days_since_order: days(if buys { uniform(rng, 0.0, 90.0) } else { 90.0 + exponential(rng, 150.0) }),
            average_order: if buys { (800.0 + exponential(rng, 5_000.0)).round() / 100.0 } else { 0.0 },
            return_share: if buys && chance(rng, 0.3) { uniform(rng, 0.0, 0.6) } else { 0.0 },
            category_affinity,
            owned_in_category: exponential(rng, 3.0 * category_affinity).floor(),
            online_share: uniform(rng, 0.0, 1.0),
            tenure_days: days(exponential(rng, 220.0)),
        }
    }

    fn log_odds(&self) -> f64 {
        let steady = add(&[
            (self.visits_30d >= 2.0 && self.orders_90d >= 2.0, 0.9),
            (self.days_since_visit > 60.0, -0.9),
            (self.return_share > 0.3, -0.9),
        ]);
        steady + 0.8 * self.category_affinity
    }
}

/// What is going on, and what would be offered how.
struct Moment {
    trigger: Trigger,
    channel: Channel,
    mission: Mission,
    last_dwell_min: f64,
    hour_of_day: f64,
    is_weekend: bool,
    contacts_7d: f64,
    incentive_share: f64,
}

impl Moment {
    fn draw(rng: &mut impl Rng) -> Self {
        let trigger = pick(rng, &Trigger::CUSTOMER, Trigger::CheckIn);
        let mission = pick(rng, &[Mission::Express, Mission::Browse, Mission::Unknown], Mission::Unknown);
        let dwell = match mission {
            Mission::Express => 6.0,
            Mission::Browse => 30.0,
            Mission::Unknown => 15.0,
        };
        Self {
            trigger,
            channel: pick(rng, &Channel::ALL, Channel::Inbox),
            mission,
            last_dwell_min: exponential(rng, dwell).floor().min(240.0),
            hour_of_day: uniform(rng, 4.0, 12.0).floor() + uniform(rng, 4.0, 12.0).floor(),
            is_weekend: chance(rng, 2.0 / 7.0),
            contacts_7d: exponential(rng, 1.4).floor().min(7.0),
            incentive_share: pick(rng, &INCENTIVES, 0.0),
        }
    }

    fn log_odds(&self) -> f64 {
        let rhythm = add(&[
            ((11.0..14.0).contains(&self.hour_of_day), 0.6),
            (self.is_weekend, 0.2),
            (self.contacts_7d >= 3.0, -1.0),
        ]);
        odds_of_trigger(self.trigger) + odds_of_channel(self.channel) + rhythm + 2.0 * self.incentive_share
    }
}

fn is_in_store(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Entry | Trigger::Dwell)
}

fn odds_of_trigger(trigger: Trigger) -> f64 {
    match trigger {
        Trigger::CheckIn => 0.2,
        Trigger::Purchase => -0.3,
        Trigger::Entry => 0.1,
        Trigger::Dwell => 0.3,
        // Neither a comment, nor the clock, nor somebody who looks is a trigger of the generated data.
        Trigger::Exit | Trigger::Comment | Trigger::Due | Trigger::Open => -0.4,
    }
}

/// Whether the telephone makes itself heard.
fn is_heard(channel: Channel) -> bool {
    matches!(channel, Channel::Sms | Channel::Push)
}

fn odds_of_channel(channel: Channel) -> f64 {
    match channel {
        Channel::Sms => 0.3,
        Channel::Email => -0.4,
        Channel::Push => 0.1,
        Channel::Inbox => -0.1,
        Channel::Webhook => -0.6,
        Channel::Associate => 0.5,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mission {
    Express,
    Browse,
    Unknown,
}

/// The sum of the weights of what holds.
fn add(terms: &[(bool, f64)]) -> f64 {
    terms.iter().filter(|(holds, _)| *holds).map(|(_, weight)| weight).sum()
}

fn days(drawn: f64) -> f64 {
    drawn.floor().min(MOST_DAYS)
}

fn uniform(rng: &mut impl Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

fn exponential(rng: &mut impl Rng, mean: f64) -> f64 {
    -mean * libm::log1p(-rng.random::<f64>())
}

fn chance(rng: &mut impl Rng, probability: f64) -> bool {
    rng.random::<f64>() < probability
}

/// One of `choices`, each as likely; `otherwise` when there are none.
fn pick<T: Copy>(rng: &mut impl Rng, choices: &[T], otherwise: T) -> T {
    let last = choices.len().saturating_sub(1);
    choices.get(rng.random_range(0..=u32::try_from(last).unwrap_or(0)) as usize).copied().unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_examples_and_another_seed_others() {
        assert_eq!(generate(1, 50), generate(1, 50));
        assert_ne!(generate(1, 50).rows, generate(2, 50).rows);
    }

    #[test]
    fn every_value_stays_in_the_range_of_its_feature() {
        let examples = generate(3, 2_000);
        for (feature, name) in examples.features.iter().enumerate() {
            let most = match name.as_str() {
                "days_since_visit" | "days_since_order" | "tenure_days" => 365.0,
                "hour_of_day" => 23.0,
                "contacts_7d" => 7.0,
                "last_dwell_min" => 240.0,
                "spend_90d" | "average_order" => 1e6,
                name if name.ends_with("_30d") || name.ends_with("_90d") || name == "owned_in_category" => 1e3,
                _ => 1.0,
            };
            assert!(examples.column(feature).all(|value| (0.0..=most).contains(&value)), "{name}");
            assert_eq!(examples.column(feature).count(), 2_000);
        }
    }

    #[test]
    fn columns_stand_under_their_names() {
        let examples = generate(6, 500);
        let column = |name: &str| {
            let feature = examples.features.iter().position(|known| known == name).unwrap();
            examples.column(feature).collect::<Vec<f64>>()
        };
        let bought = column("orders_90d").into_iter().zip(column("average_order"));
        for ((orders, average), spend) in bought.zip(column("spend_90d")) {
            assert!((orders * average - spend).abs() < 1e-2);
        }
        let within = column("checkins_30d").into_iter().zip(column("checkins_90d"));
        assert!(within.into_iter().all(|(month, quarter)| month <= quarter));
        assert!(column("hour_of_day").iter().all(|hour| *hour >= 8.0));
        assert!(column("tenure_days").iter().any(|days| *days > 100.0));
    }

    #[test]
    fn exactly_one_trigger_and_one_channel_are_set() {
        let examples = generate(4, 200);
        for prefix in ["trigger_", "channel_"] {
            let columns = examples.features.iter().enumerate().filter(|(_, name)| name.starts_with(prefix));
            let total: f64 = columns.map(|(feature, _)| examples.column(feature).sum::<f64>()).sum();
            assert!((total - 200.0).abs() < 1e-9, "{prefix}");
        }
    }

    #[test]
    fn offers_are_accepted_now_and_then() {
        let share = generate(5, 4_000).positive_share();
        assert!((0.1..0.4).contains(&share), "{share}");
    }
}
