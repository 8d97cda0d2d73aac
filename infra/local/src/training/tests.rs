//! A small log, made by the decision path itself: what the rows are, what they cannot be, and what becomes of them.

mod world;

use tact_decide::{
    Action, Basis, Decision, Issue, Measure, Mode, Models, Policy, Rung, Treatment, evaluate, evaluate_for_store,
    offered,
};
use tact_domain::{Channel, FacetKind, Fingerprint, Outcome, Profile, Purpose, Signal, Trigger};
use tact_learn::{Choice, Plan, learn};
use tact_model::{Forest, Model, Node, Quality, Scorer};
use tact_wire::{Facts, decode_catalogue, decode_record, encode_body, pack_facet, parse, record_line};

use super::*;
use world::*;

#[test]
fn a_message_is_an_example_once_its_window_has_closed() {
    let customers = [visitor("yes", &[(Outcome::Accepted, DAY)]), visitor("no", &[])];
    let end = BEGINS.plus_s(HOUR + 7 * DAY);
    let open = trained(&customers, &goes_on_until(end.plus_s(-1)));
    assert_eq!((open.examples.len(), open.left_out[&LeftOut::NotMatured]), (0, 2), "an early answer changes nothing");
    let closed = trained(&customers, &goes_on_until(end));
    let mut labels: Vec<_> = closed.examples.iter().map(|example| example.positive).collect();
    labels.sort_unstable();
    assert_eq!(labels, [false, true]);
    assert_eq!(
        closed.left_out,
        BTreeMap::from([(LeftOut::Silent, 3)]),
        "two told to the store, and the one of the end"
    );
    assert_eq!(closed.left_out(), ["3 decisions with nothing said to the customer"]);
}

#[test]
fn only_what_happens_after_the_decision_and_within_the_window_is_a_label() {
    let end = goes_on_until(BEGINS.plus_s(30 * DAY));
    for (after_s, positive) in
        [(-1, false), (0, false), (1, true), (HOUR + 7 * DAY, true), (HOUR + 7 * DAY + 1, false), (20 * DAY, false)]
    {
        let training = trained(&[visitor("one", &[(Outcome::Accepted, after_s)])], &end);
        assert_eq!(training.examples.len(), 1);
        assert_eq!(training.examples[0].positive, positive, "{after_s} s after the decision");
    }
}

/// Forty visitors, of whom every other accepts; `leak` is what each of them does two hours after the decision, when it is not to be known yet.
fn town(leak: impl Fn(&mut Customer, bool)) -> Vec<Customer> {
    let of = |n: i64| {
        let (mut customer, accepts) = (Customer::new(&format!("v-{n:02}"), true), n % 2 == 0);
        customer.happen(BEGINS.plus_s(n * 60), CHECK_IN);
        leak(&mut customer, accepts);
        let accepted = [(Outcome::Accepted, 3 * HOUR)];
        customer.answered(if accepts { &accepted } else { &[] })
    };
    (0..40).map(of).collect()
}

#[test]
fn a_planted_leak_does_not_change_one_byte_of_the_rows() {
    let end = goes_on_until(BEGINS.plus_s(30 * DAY));
    let honest = town(|_, _| {});
    // Whoever is going to accept buys shoes first: known two hours after the decision, and an hour before the answer.
    let planted = town(|customer, accepts| {
        if accepts {
            let at = customer.log[0].facts.now.plus_s(2 * HOUR);
            customer.buy(at);
        }
    });
    let (before, after) = (trained(&honest, &end), trained(&planted, &end));
    assert_eq!(before.examples.len(), 40);
    assert_eq!(after.left_out[&LeftOut::Silent], before.left_out[&LeftOut::Silent] + 20, "it is in the log");
    assert_eq!(bytes(&before), bytes(&after));

    // A row of the state afterwards would have given every label away.
    let catalogue = catalogue();
    let orders = place("orders_90d");
    for (customer, example) in planted.iter().zip(&after.examples) {
        let (at, mut profile) = (BEGINS.plus_s(10 * DAY), customer.profile.clone());
        let (_, signal) = customer.signal(at, CHECK_IN);
        let late = offered(&signal, &mut profile, &catalogue, at, ("offer", "mail")).unwrap();
        assert_eq!(late.row[orders] > 0.0, example.positive);
        assert_eq!(example.row[orders].to_bits(), 0.0_f32.to_bits());
    }
}

/// A model that is certain of one row and of no other, to the bit of every feature.
fn lock(row: &Row) -> Models {
    let split = |feature: usize, threshold: f32, (below, above): (f32, f32)| {
        let feature = u16::try_from(feature).unwrap();
        let split = Node::Split { feature, threshold, right: 2, missing_left: false };
        vec![split, Node::Leaf { value: f64::from(below) }, Node::Leaf { value: f64::from(above) }]
    };
    let of = |(feature, value): (usize, &f32)| {
        [split(feature, *value, (1.0, 0.0)), split(feature, value.next_down(), (0.0, 1.0))]
    };
    let forest = Forest::new(row.iter().enumerate().flat_map(of).collect()).unwrap();
    let card = tact_model::Card {
        name: "lock".to_owned(),
        features: FEATURES.map(str::to_owned).to_vec(),
        label: "this very row".to_owned(),
        trained_on: "it".to_owned(),
        rows: 1,
        seed: 0,
        quality: Quality { rows: 0, auc: 0.5, log_loss: 0.0, brier: 0.0 },
    };
    let full = Model::new(card, Scorer::Forest(forest)).unwrap().bind(&FEATURES).ok();
    Models { full, ..Models::default() }
}

#[test]
fn a_row_rebuilt_from_its_record_is_to_the_bit_what_was_scored() {
    let (catalogue, mut compared) = (catalogue(), 0);
    for n in 0..30_i64 {
        let mut customer = Customer::new("one", true);
        (0..n).for_each(|m| customer.buy(BEGINS.plus_s(m * 37 * HOUR + m * m * 611)));
        let at = BEGINS.plus_s(n * 40 * HOUR + n * 1_237);
        let before = customer.profile.clone();
        customer.happen(at, CHECK_IN);
        let recorded = customer.log.iter().find(|recorded| recorded.chosen.is_some()).unwrap();
        let (signal, offered) = offered_in(recorded, &catalogue).unwrap().unwrap();
        // The decision is made anew with a model that is certain only if each feature it is given is the rebuilt one.
        let certain = |row: &Row| {
            let (mut profile, mut decision, models) = (before.clone(), Decision::empty(), lock(row));
            let basis = Basis { catalogue: &catalogue, models: &models, exhausted: &[], learned: None };
            evaluate(&signal, &mut profile, basis, at, |_| Some(Rung::FullModel), &mut decision);
            let scored = decision.candidates.iter().find(|one| one.action == 0).unwrap();
            scored.terms.unwrap().positive >= 1.0
        };
        assert!(certain(&offered.row), "{:?}", offered.row);
        for feature in 0..offered.row.len() {
            let mut other = offered.row;
            other[feature] = other[feature].next_up();
            assert!(!certain(&other), "the lock opens for another `{}`", FEATURES[feature]);
        }
        compared += 1;
    }
    assert_eq!(compared, 30);
}

#[test]
fn what_was_tried_at_random_counts_for_as_many_as_it_stands_for() {
    let end = goes_on_until(BEGINS.plus_s(30 * DAY));
    let drawn = |name: &str, probability: f64, at: i64| {
        let mut customer = Customer::new(name, true);
        customer.happen_with(&models(), probability, BEGINS.plus_s(at), CHECK_IN);
        customer.answered(&[])
    };
    let training = trained(&[drawn("a", 1.0, 0), drawn("b", 0.25, 1), drawn("c", 0.8, 2)], &end);
    let weights: Vec<_> = training.examples.iter().map(|example| example.weight).collect();
    assert_eq!(weights, [1.0, 4.0, 1.25]);
    let mean = 6.25 / 3.0;
    let expected: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
    assert_eq!(sample(&training.examples).weights, expected, "around 1 on average");
}

#[test]
fn what_says_nothing_of_the_offer_is_left_out_and_counted() {
    let end = goes_on_until(BEGINS.plus_s(30 * DAY));
    let reason = |change: &dyn Fn(&mut Customer)| {
        let mut customer = visitor("one", &[(Outcome::Accepted, DAY)]);
        change(&mut customer);
        let training = trained(&[customer], &end);
        assert_eq!(training.examples, []);
        training.left_out.into_keys().find(|reason| *reason != LeftOut::Silent)
    };
    assert_eq!(reason(&|customer| customer.items.clear()), Some(LeftOut::NotKept));
    assert_eq!(reason(&|customer| customer.items[0].sent_at = None), Some(LeftOut::NotSent));
    assert_eq!(reason(&|customer| customer.items[0].state = Delivery::Unknown), Some(LeftOut::NotSent));
    assert_eq!(reason(&|customer| customer.items[0].decided = Some("mail".into())), Some(LeftOut::OtherWay));
    assert_eq!(reason(&|customer| customer.items[0].treatment = "card".into()), Some(LeftOut::OtherWay));
    assert_eq!(reason(&|customer| customer.log[0].catalogue = "old".to_owned()), Some(LeftOut::OtherCatalogue));
    assert_eq!(reason(&|customer| customer.log[0].facts.event = "{}".to_owned()), Some(LeftOut::Unreadable));
    let bounce = |customer: &mut Customer| {
        let at = customer.items[0].planned_at.plus_s(2 * HOUR);
        customer.items[0].outcomes.enter(Outcome::Bounced, at, Fingerprint(2));
    };
    assert_eq!(reason(&bounce), Some(LeftOut::NotCounted));
}

#[test]
fn nobody_is_learnt_from_who_does_not_agree_to_be_profiled_then_or_now() {
    let end = goes_on_until(BEGINS.plus_s(30 * DAY));
    let mut customer = Customer::new("one", false);
    customer.happen(BEGINS, CHECK_IN);
    let then = trained(&[customer.answered(&[])], &end);
    assert_eq!((then.examples.len(), then.left_out[&LeftOut::NotProfiled]), (0, 1));
    let (catalogue, customer) = (catalogue(), visitor("two", &[]));
    assert!(customer.profile.consent.relied_on_anywhere(Purpose::Profiling, BEGINS).is_ok());
    let mut gathering = Gathering::of(&catalogue);
    customer.log.iter().chain(&end).for_each(|record| gathering.note(record));
    let kept = customer.items.iter().map(|item| (item.decision.to_string(), item)).collect();
    let now = gathering.finish(&kept, &|customer, _| customer.as_str() != "two");
    assert_eq!((now.examples.len(), now.left_out[&LeftOut::NotProfiled]), (0, 1));
}

#[test]
fn an_attempt_that_lost_a_race_is_replaced_by_the_one_that_was_committed() {
    let end = goes_on_until(BEGINS.plus_s(30 * DAY));
    let customer = visitor("one", &[]);
    let mut earlier = customer.log[0].clone();
    (earlier.probability, earlier.facts.exhausted) = (0.5, vec!["x".into()]);
    let log: Vec<Recorded> = [earlier].into_iter().chain(customer.log.clone()).chain(end).collect();
    let training = trained(&[Customer { log: Vec::new(), ..customer }], &log);
    assert_eq!(training.examples.iter().map(|example| example.weight).collect::<Vec<_>>(), [1.0]);
}

#[test]
fn the_last_quarter_by_time_is_measured_on_and_a_model_of_the_rest_finds_what_was_planted() {
    // Those who bought before accept, but for every eighth; the others do not, but for every eighth.
    let of = |n: i64| {
        let (mut customer, bought) = (Customer::new(&format!("v-{n:03}"), true), n % 2 == 0);
        let at = BEGINS.plus_s(n / 6 * DAY + n % 6 * HOUR);
        if bought {
            customer.buy(at.plus_s(-3 * DAY));
        }
        customer.happen(at, CHECK_IN);
        let accepted = [(Outcome::Accepted, DAY)];
        customer.answered(if bought == (n % 8 < 2) { &[] } else { &accepted })
    };
    let customers: Vec<Customer> = (0..240).map(of).collect();
    let training = trained(&customers, &goes_on_until(BEGINS.plus_s(60 * DAY)));
    let (earlier, later) = training.parted().unwrap();
    assert_eq!((earlier.labels.len(), later.labels.len()), (180, 60));
    let names: Vec<_> = earlier.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, FEATURES);
    let plan = Plan {
        choice: Choice::Logistic,
        seed: 1,
        name: "accept".to_owned(),
        label: "accepted".to_owned(),
        trained_on: "a log".to_owned(),
    };
    let learnt = learn(&earlier, Some(&later), &plan, &|_, _| {}).unwrap();
    assert!(learnt.test.unwrap().auc.value > 0.7, "{:?}", learnt.test);
    assert!(learnt.model.bind(&FEATURES).is_ok());
    assert!(trained(&customers[..1], &[]).parted().is_none());
}
