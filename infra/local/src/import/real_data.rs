//! The reference figures of the public data sets, where they lie beside the workspace; skipped, saying so, where they do not.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;
use tact_domain::distance_m;

use super::fences::{Fix, Point, fences, stay_points};
use super::tests::run;
use super::{Consent, Options, Set};

/// The real files whose names begin so; `None`, said aloud, where there are none.
fn real(beginnings: &[&str]) -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(entries) = fs::read_dir(&folder) else {
        writeln!(stderr(), "skipped: the public data is not beside the workspace").unwrap();
        return None;
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        beginnings.iter().any(|beginning| name.starts_with(beginning))
    };
    Some(paths.filter(wanted).collect())
}

#[test]
fn all_check_ins_of_new_york_come_out() {
    let Some(files) = real(&["checkins_"]) else { return };
    let (imported, text) = run(Set::Foursquare, &files, Options { consent: Consent::All, limit: None }).unwrap();
    assert_eq!((imported.events, imported.customers, imported.consents), (29_803, 1_073, 1_073));
    assert_eq!(text.lines().count(), 29_803 + 1_073);
    assert_eq!(imported.notes.len(), 0, "every venue is in the places file");
}

#[test]
fn every_basket_to_august_comes_out_with_its_value() {
    let Some(files) = real(&["cj_transactions", "cj_products"]) else {
        return;
    };
    let (imported, text) = run(Set::CompleteJourney, &files, Options::default()).unwrap();
    assert_eq!((imported.events, imported.customers), (104_068, 2_430));
    let net = |line: &str| -> u64 {
        let event: Value = serde_json::from_str(line).unwrap();
        let lines = event["data"]["lines"].as_array().unwrap();
        lines.iter().map(|line| line["quantity"].as_u64().unwrap() * line["unit_price"].as_u64().unwrap()).sum()
    };
    assert_eq!(text.lines().map(net).sum::<u64>(), 303_130_221, "the sum of sales_value in cents");
}

#[test]
fn all_purchases_of_the_first_thirty_hours_come_out() {
    let Some(files) = real(&["starbucks_"]) else { return };
    let (imported, _) = run(Set::Starbucks, &files, Options::default()).unwrap();
    assert_eq!((imported.events, imported.customers), (4_873, 3_927));
    assert_eq!(imported.notes.values().sum::<u64>(), 25_694 - 4_873 + 2_175, "offers, and profiles withheld");
}

/// Enters without hysteresis, enters with it, and dwells of one user at one store, as simply as they can be counted.
fn count(fixes: &[(i64, f64, f64)], (lat, lon): (f64, f64)) -> [u32; 3] {
    let (mut raw, mut enters, mut dwells) = (0, 0, 0);
    let (mut was_near, mut inside, mut dwelled) = (false, None, false);
    for &(t, fix_lat, fix_lon) in fixes {
        let away = distance_m(fix_lat, fix_lon, lat, lon);
        raw += u32::from(away <= 200.0 && !was_near);
        was_near = away <= 200.0;
        match inside {
            None if away <= 200.0 => (inside, dwelled, enters) = (Some(t), false, enters + 1),
            Some(_) if away > 300.0 => inside = None,
            Some(since) if !dwelled && t - since >= 300 => (dwelled, dwells) = (true, dwells + 1),
            _ => (),
        }
    }
    [raw, enters, dwells]
}

#[test]
fn the_ten_fences_give_the_reference_counts() {
    let Some(files) = real(&["geolife_"]) else { return };
    let (imported, text) = run(Set::Geolife, &files, Options::default()).unwrap();
    assert_eq!(imported.events, 64_990);
    let mut users: BTreeMap<String, Vec<(i64, f64, f64)>> = BTreeMap::new();
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let at: Timestamp = event["time"].as_str().unwrap().parse().unwrap();
        let (lat, lon) = (event["data"]["lat"].as_f64().unwrap(), event["data"]["lon"].as_f64().unwrap());
        users.entry(event["subject"].to_string()).or_default().push((at.as_second(), lat, lon));
    }
    let fix =
        |&(t, lat, lon): &(i64, f64, f64)| Fix { at: Timestamp::from_second(t).unwrap(), point: Point { lat, lon } };
    let stays = users.values().map(|trace| stay_points(&trace.iter().map(fix).collect::<Vec<_>>()).len());
    assert_eq!(stays.sum::<usize>(), 136);
    let toml = fences(&files, &mut |_| ()).unwrap();
    let values = |key: &str| -> Vec<f64> {
        toml.lines().filter_map(|line| line.strip_prefix(key)).map(|value| value.parse().unwrap()).collect()
    };
    let stores: Vec<_> = values("lat = ").into_iter().zip(values("lon = ")).collect();
    assert_eq!(stores.len(), 10);
    let mut total = [0; 3];
    for counts in users.values().flat_map(|trace| stores.iter().map(|store| count(trace, *store))) {
        total.iter_mut().zip(counts).for_each(|(sum, one)| *sum += one);
    }
    assert_eq!(total, [277, 192, 121]);
}
