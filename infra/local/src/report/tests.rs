//! Figures are recomputed from the records alone, what is planted is found, what is not is not, and the page keeps its promises.

mod ablation;
mod lost;
mod page;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tact_learn::{MISMATCH, Verdict};
use world::{NOON, Planted, World};

use super::{Cell, Compared, Report};

fn cell<'a>(report: &'a Report, channel: &str) -> &'a Cell {
    let is_it = |cell: &&Cell| cell.action.is_some() && cell.channel == Some(channel) && cell.profile_type.is_none();
    report.lifts.iter().find(is_it).unwrap()
}

fn compared<'a>(report: &'a Report, channel: &str) -> &'a Compared {
    cell(report, channel).compared.as_ref().unwrap()
}

#[test]
fn a_planted_channel_effect_is_recovered_and_a_null_is_not() {
    let report = Planted { by_sms: 0.2, ..Planted::NOTHING }.world().report();
    let (sms, email) = (&compared(&report, "sms").lift, &compared(&report, "email").lift);
    assert!(sms.lift.estimate.holds(0.2), "{:?}", sms.lift);
    assert_eq!(sms.verdict, Verdict::More);
    assert!(email.lift.estimate.holds(0.0) && email.verdict == Verdict::NotFound, "{:?}", email.lift);
    assert!(sms.sample_ratio.unwrap().p > MISMATCH && email.sample_ratio.unwrap().p > MISMATCH);
    assert!(sms.spend.low.unwrap() > 0.0 && email.spend.low.unwrap() < 0.0 && email.spend.high.unwrap() > 0.0);
    for kind in ["newcomer", "browser"] {
        let typed = report.lifts.iter().find(|cell| cell.channel == Some("sms") && cell.profile_type == Some(kind));
        let typed = typed.unwrap().compared.as_ref().unwrap();
        assert!(typed.lift.lift.estimate.holds(0.2), "{kind}: {:?}", typed.lift.lift);
        assert!(typed.p_adjusted >= typed.lift.lift.p);
    }
}

/// What one customer did, as the records tell.
#[derive(Default)]
struct Told {
    contacted: BTreeSet<(String, String)>,
    withheld: BTreeSet<(String, String)>,
    spent: BTreeMap<String, i64>,
}

/// Reads records with nothing but their JSON.
fn told(world: &World) -> Told {
    let mut told = Told::default();
    for line in &world.lines {
        let record: Value = serde_json::from_str(line).unwrap();
        let (body, event) = (&record["body"], &record["body"]["customer"]["event"]);
        let customer = event["subject"].as_str().unwrap().to_owned();
        let won = |key: &str| body[key]["channel"].as_str().map(|channel| (channel.to_owned(), customer.clone()));
        told.contacted.extend(won("chosen"));
        told.withheld.extend(won("ghost"));
        let at: jiff::Timestamp = event["time"].as_str().unwrap().parse().unwrap();
        let within = at.as_millisecond() > NOON.0 && at.as_millisecond() <= NOON.0 + 7 * 86_400_000;
        if event["type"] == "tact.purchase.v1" && within {
            let lines = event["data"]["lines"].as_array().unwrap();
            let cents: i64 = lines.iter().map(|line| line["unit_price"].as_i64().unwrap()).sum();
            *told.spent.entry(customer).or_insert(0) += cents;
        }
    }
    told
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "counts and cents of a test are small")]
fn the_figures_are_those_that_the_records_tell() {
    let world = Planted { by_sms: 0.1, people: 1_500, ..Planted::NOTHING }.world();
    let (report, told) = (serde_json::to_value(world.report()).unwrap(), told(&world));
    for channel in ["sms", "email"] {
        let of = |all: &BTreeSet<(String, String)>| -> Vec<String> {
            all.iter().filter(|(by, _)| by == channel).map(|(_, who)| who.clone()).collect()
        };
        let (contacted, withheld) = (of(&told.contacted), of(&told.withheld));
        assert!(contacted.len() > 400 && withheld.len() > 100);
        let bought = |who: &[String]| who.iter().filter(|who| told.spent.contains_key(*who)).count() as f64;
        let spent = |who: &[String]| who.iter().filter_map(|who| told.spent.get(who)).sum::<i64>() as f64;
        let (one, other) = (contacted.len() as f64, withheld.len() as f64);
        let cells = report["lifts"].as_array().unwrap();
        let is_it =
            |cell: &&Value| cell["action"] == "offer" && cell["channel"] == channel && cell["profile_type"].is_null();
        let found = &cells.iter().find(is_it).unwrap()["compared"];
        assert_eq!(found["treated"], contacted.len());
        assert_eq!(found["withheld"], withheld.len());
        let near =
            |value: &Value, known: f64| assert!((value.as_f64().unwrap() - known).abs() < 1e-9, "{value} {known}");
        near(&found["lift"]["value"], bought(&contacted) / one - bought(&withheld) / other);
        near(&found["spend"]["value"], spent(&contacted) / one - spent(&withheld) / other);
        let (p, all) = ((bought(&contacted) + bought(&withheld)) / (one + other), one + other);
        let z =
            (bought(&contacted) / one - bought(&withheld) / other) / (p * (1.0 - p) * (1.0 / one + 1.0 / other)).sqrt();
        near(&found["lift"]["p"], libm_erfc(z.abs() / std::f64::consts::SQRT_2));
        let off = |n: f64, share: f64| (n - all * share).powi(2) / (all * share);
        near(&found["sample_ratio"]["chi_square"], off(one, 0.8) + off(other, 0.2));
        assert!(found["minimum_detectable"].as_f64().unwrap() > 0.0 && found["needed"].as_u64().unwrap() > 1_500);
    }
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
fn what_ghosts_did_by_themselves_is_drawn_towards_what_the_catalogue_says() {
    let mut world = Planted { people: 1_500, ..Planted::NOTHING }.world();
    world.catalogue.actions[0].organic = 0.1;
    let (report, told) = (world.report(), told(&world));
    let [silent] = report.silent.as_slice() else { panic!("{:?}", report.silent) };
    let did = told.withheld.iter().filter(|(_, who)| told.spent.contains_key(who)).count();
    let everybody = &silent.rates[0];
    let seen = (everybody.seen.k, everybody.seen.n);
    assert_eq!((silent.action.as_str(), everybody.profile_type, seen), ("offer", None, (did, told.withheld.len())));
    let expected = (did as f64 + 200.0 * 0.1) / (told.withheld.len() as f64 + 200.0);
    assert!((everybody.rate - expected).abs() < 1e-12 && everybody.seen.rate.holds(0.25), "planted: {everybody:?}");
    let types: usize = silent.rates[1..].iter().map(|rate| rate.seen.n).sum();
    assert!(types == told.withheld.len() && silent.rates.len() == 3, "newcomers and browsers: {:?}", silent.rates);
    let written: Vec<(&str, f64)> = silent
        .toml
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, value)| (key, value.split_whitespace().next().unwrap().parse().unwrap()))
        .collect();
    let [(key, organic), ..] = written.as_slice() else { panic!("{}", silent.toml) };
    assert!(*key == "organic" && (organic - everybody.rate).abs() < 1e-4 && written.len() == 3, "{}", silent.toml);
    world.catalogue.policy.crowd = 100_000;
    assert_eq!(world.report().silent, Vec::new(), "of so few nothing is told");
}

/// The complementary error function by its integral (composite Simpson), for positive arguments.
fn libm_erfc(x: f64) -> f64 {
    let (steps, far) = (20_000_u32, 12.0_f64);
    let width = (far - x) / f64::from(steps);
    let f = |t: f64| (-t * t).exp();
    let inner: f64 =
        (1..steps).map(|step| f(x + f64::from(step) * width) * if step % 2 == 1 { 4.0 } else { 2.0 }).sum();
    2.0 / std::f64::consts::PI.sqrt() * (f(x) + inner + f(far)) * width / 3.0
}

#[test]
fn happy_and_profitable_are_told_apart() {
    let world = Planted { people: 800, ..Planted::NOTHING }.world();
    let (report, all) = (world.report(), world.items.len());
    let (happy, profitable) = (report.lifts[0].happy.as_ref().unwrap(), report.lifts[0].profitable.as_ref().unwrap());
    let came = |outcome| world.items.iter().filter(|(_, item)| item.outcomes.first(outcome).is_some()).count();
    let accepted = came(tact_domain::Outcome::Accepted);
    assert_eq!((happy.messages, happy.thanked.k), (all, came(tact_domain::Outcome::Thanked)));
    assert_eq!(happy.unhappy.k, came(tact_domain::Outcome::Dismissed));
    assert_eq!((profitable.positive.k, profitable.positive.n), (accepted, all));
    let margin = f64::from(u32::try_from(accepted).unwrap()) * 10_000.0;
    assert!((profitable.net_minor - margin).abs() < 1e-6);
    let steps: BTreeMap<_, _> = report.funnel.iter().map(|step| (step.step, step.left)).collect();
    let (decided, ghosts) = (told(&world).contacted.len() as u64, told(&world).withheld.len() as u64);
    assert_eq!((steps["arbitration"], steps["holdout"], steps["left"]), (decided + ghosts, decided, all as u64));
    assert_eq!(steps["led to what it was for"], accepted as u64);
}

#[test]
fn a_broken_split_raises_the_alarm() {
    let mut world = Planted { by_sms: 0.2, ..Planted::NOTHING }.world();
    let mut nth = 0;
    // As if the log had lost every other ghost.
    world.lines.retain(|line| {
        let is_ghost = line.contains("\"ghost\"");
        nth += u32::from(is_ghost);
        !is_ghost || nth % 2 == 0
    });
    let report = world.report();
    let sms = compared(&report, "sms");
    assert_eq!(sms.lift.verdict, Verdict::Broken);
    assert!(sms.lift.sample_ratio.unwrap().p < MISMATCH);
    assert!(
        report.text().contains("nothing here is to be believed")
            && report.html().contains("nothing here is to be believed")
    );
}

#[test]
fn too_few_people_tell_nothing_and_it_is_said_how_many_would() {
    let report = Planted { people: 12, ..Planted::NOTHING }.world().report();
    let text = report.text();
    assert!(text.contains("people would be needed for 2 points"), "{text}");
    assert!(!text.contains("more often"), "{text}");
    let nothing = Planted { people: 0, ..Planted::NOTHING }.world().report();
    assert!(nothing.lifts.is_empty() && nothing.groups.is_empty());
    assert!(nothing.html().contains("Nothing can be compared"));
}

#[test]
fn who_is_not_asked_is_found_to_be_served_less_and_nobody_stands_alone() {
    let report = Planted { people: 1_000, unasked_in_spanish: true, ..Planted::NOTHING }.world().report();
    let group = |by: &str, name: &str| report.groups.iter().find(|group| group.by == by && group.name == name);
    let (spanish, english) = (group("language", "es").unwrap(), group("language", "en").unwrap());
    assert_eq!((spanish.contacted.k, spanish.contacted.n), (0, spanish.people));
    assert_eq!(spanish.under_served.first(), Some(&"consent"), "{:?}", spanish.under_served);
    assert!(spanish.under_served.contains(&"contacted") && spanish.beside_others.p < 0.001);
    assert!(english.under_served.is_empty() && english.ratio.unwrap() > 1.0);
    let consent = |left: &&super::Left| left.stage == "consent";
    assert!((spanish.stages.iter().find(consent).unwrap().refused - 1.0).abs() < 1e-9);
    assert!(group("zone", "Pacific/Honolulu").is_none());
    assert!(group("zone", "others").is_none());
    assert!(!report.html().contains("Honolulu"));
    let told = Planted { people: 1_000, ..Planted::NOTHING }.world().report();
    assert!(told.groups.iter().filter(|group| group.people > 100).all(|group| group.under_served.is_empty()));
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let world = Planted { people: 300, ..Planted::NOTHING }.world();
    let json = |report: &Report| serde_json::to_string(report).unwrap();
    let (one, other) = (world.report(), world.report());
    assert_eq!(json(&one), json(&other));
    assert_eq!(one.html(), other.html());
}
