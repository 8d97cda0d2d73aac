//! Models learnt from public sets, against what scikit-learn's logistic regression reaches on the same rows; skipped, saying so, where the sets do not
//! lie beside the workspace. The last wave or the last quarter is the test part, or every fourth row where the order of the rows is not one of time alone.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking, and its tables are its own"
)]

#[path = "public_sets/grocery.rs"]
mod grocery;
#[path = "public_sets/made.rs"]
mod made;
#[path = "public_sets/starbucks.rs"]
mod starbucks;

use tact_learn::{Choice, Complements, Kind, Learnt, Plan, Sample, first_causes, learn, learn_classes};
use tact_model::Model;

use crate::made::{Made, cells, unpacked};

/// What scikit-learn 1.9 reaches on the same rows (standardised, one-hot, `C = 1`), to three places.
const OFFERS: f64 = 0.891;
const CALLS: f64 = 0.784;
const REDEMPTIONS: f64 = 0.796;
/// The furthest that we may be from it.
const NEAR: f64 = 0.01;

fn learnt(fitted: &Sample<'_>, test: &Sample<'_>, choice: Choice) -> Learnt {
    let plan = Plan {
        choice,
        seed: 1,
        name: "public".to_owned(),
        label: "it happened".to_owned(),
        trained_on: "a public set".to_owned(),
    };
    learn(fitted, Some(test), &plan, &|_, _| ()).unwrap()
}

fn area(learnt: &Learnt) -> f64 {
    learnt.test.unwrap().auc.value
}

/// Every fourth row, which is held out.
fn is_fourth(row: usize) -> bool {
    row.is_multiple_of(4)
}

#[test]
fn completed_offers_are_told_as_well_as_by_scikit_learn_and_by_a_forest_better() {
    let Some(made) = starbucks::made() else { return };
    let (fitted, test) =
        (made.sample(|row| !starbucks::is_last(&made, row)), made.sample(|row| starbucks::is_last(&made, row)));
    let logistic = learnt(&fitted, &test, Choice::Logistic);
    assert!((area(&logistic) - OFFERS).abs() < NEAR, "{:?}", logistic.test);
    let best = learnt(&fitted, &test, Choice::Auto);
    assert!(area(&best) >= 0.885 && best.leaks.is_empty() && logistic.leaks.is_empty(), "{:?}", best.test);
}

fn calls() -> Option<Made> {
    let text = unpacked("bank_train.csv.gz")?;
    let columns = [
        "age",
        "job",
        "marital",
        "education",
        "default",
        "housing",
        "loan",
        "contact",
        "month",
        "day_of_week",
        "duration",
        "campaign",
        "pdays",
        "previous",
        "poutcome",
        "emp.var.rate",
        "cons.price.idx",
        "cons.conf.idx",
        "euribor3m",
        "nr.employed",
    ];
    let mut made = Made::new(&columns);
    for (row, [label]) in cells(&text, columns).iter().zip(cells(&text, ["y"])) {
        made.push(row, label == "yes");
    }
    Some(made)
}

#[test]
fn calls_are_told_as_well_as_by_scikit_learn_and_their_duration_is_alarmed() {
    let Some(made) = calls() else { return };
    let honest = made.clone().without("duration");
    let known_before = learnt(&honest.sample(|row| !is_fourth(row)), &honest.sample(is_fourth), Choice::Logistic);
    assert!((area(&known_before) - CALLS).abs() < NEAR, "{:?}", known_before.test);
    assert!(known_before.leaks.is_empty(), "{:?}", known_before.leaks);
    let leaking = learnt(&made.sample(|row| !is_fourth(row)), &made.sample(is_fourth), Choice::Logistic);
    let alarmed: Vec<_> = leaking.leaks.iter().map(|leak| leak.column.as_str()).collect();
    assert_eq!(alarmed, ["duration"]);
}

#[test]
fn complaints_are_told_from_their_words_by_a_model_small_enough_to_be_compiled_in() {
    let Some(text) = unpacked("airline_train.csv.gz") else { return };
    let mut made = Made::new(&["text"]);
    made.columns[0].1 = Some(Kind::Text);
    for [said, sentiment] in cells(&text, ["text", "airline_sentiment"]) {
        made.push(&[said], sentiment == "negative");
    }
    let learnt = learnt(&made.sample(|row| !is_fourth(row)), &made.sample(is_fourth), Choice::Auto);
    let artefact = learnt.model.encode();
    assert!(area(&learnt) >= 0.91 && artefact.len() < 64_000, "{} bytes, {:?}", artefact.len(), learnt.test);
    assert_eq!(Model::decode(&artefact).unwrap(), learnt.model);
}

#[test]
fn what_a_grocery_sells_together_comes_true_in_baskets_that_were_held_out() {
    let Some((fitted, held_out)) = grocery::baskets() else { return };
    let learnt = Complements::learn(fitted.iter().map(|basket| basket.iter().map(String::as_str).collect()));
    let (seen, chance, lifted) =
        learnt.held_out(held_out.iter().map(|basket| basket.iter().map(String::as_str).collect()));
    // Measured over 1,655 pairs: 69,751 baskets, where chance has 16,481 (4.2 times as often) and the lifts 65,322.
    assert!(learnt.pairs.len() > 500 && seen > 3.0 * chance, "{seen} {chance} {lifted}");
    assert!((seen / lifted - 1.0).abs() < 0.15, "{seen} {chance} {lifted}");
}

/// What we call the reasons that people gave for complaining about an airline.
fn cause_of(reason: &str) -> &'static str {
    match reason {
        "Customer Service Issue" | "Flight Attendant Complaints" | "longlines" => "service",
        "Late Flight" | "Cancelled Flight" | "Lost Luggage" => "delivery",
        "Bad Flight" | "Damaged Luggage" => "quality",
        _ => "other",
    }
}

#[test]
fn why_people_complain_is_told_from_their_words() {
    let Some(text) = unpacked("airline_train.csv.gz") else { return };
    let said: Vec<[String; 2]> =
        cells(&text, ["negativereason", "text"]).into_iter().filter(|[reason, _]| !reason.is_empty()).collect();
    let part =
        |held_out: bool| said.iter().zip(0..).filter(move |(_, row)| is_fourth(*row) == held_out).map(|(one, _)| one);
    let fitted: Vec<_> = part(false).map(|[reason, text]| (reason.as_str(), text.as_str())).collect();
    let right = |told: &dyn Fn(&str) -> String, meant: fn(&str) -> String| {
        let hits = part(true).filter(|[reason, text]| told(text) == meant(reason)).count();
        f64::from(u32::try_from(hits).unwrap()) / f64::from(u32::try_from(part(true).count()).unwrap())
    };
    let reasons = learn_classes(&fitted, "a public set", 150).unwrap();
    let of_ten = right(&|text| reasons.read(text).0.to_owned(), str::to_owned);
    let of_four = right(&|text| cause_of(reasons.read(text).0).to_owned(), |reason| cause_of(reason).to_owned());
    let own = first_causes(1).unwrap();
    let known =
        |cause: &str| if ["service", "delivery", "quality"].contains(&cause) { cause } else { "other" }.to_owned();
    let unseen = right(&|text| known(own.read(text).0), |reason| cause_of(reason).to_owned());
    // Measured: .593 of ten reasons (always the most frequent one: .329), .648 of our four causes; made-up comments alone .396 of the four.
    assert!(of_ten > 0.58 && of_four > 0.63 && unseen > 0.37, "{of_ten} {of_four} {unseen}");
    assert!(reasons.encode().len() < 64_000);
}

#[test]
fn redemptions_are_told_from_baskets_as_well_as_by_scikit_learn() {
    let Some(made) = grocery::made() else { return };
    let from = made.labels.len() * 3 / 4;
    let learnt = learnt(&made.sample(|row| row < from), &made.sample(|row| row >= from), Choice::Logistic);
    assert!((area(&learnt) - REDEMPTIONS).abs() < NEAR, "{:?}", learnt.test);
    assert!(learnt.leaks.is_empty(), "{:?}", learnt.leaks);
}
