//! What each set becomes, on a few rows.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use super::fences::{Fix, Point, stay_points};
use super::{Consent, ImportError, Imported, Options, Set, busiest_venues, import};

const CHECK_INS: &str = "user_id,venue_id,venue_category_name,latitude,longitude,timezone_offset,utc_time\n\
    7,v1,Café,40.7,-74.0,-240,2012-07-30 20:11:04+00:00\n\
    8,v2,Home (private),40.6,-73.9,-240,2012-07-29 01:00:00+00:00\n\
    7,v1,Café,40.7,-74.0,-240,2012-07-30 20:11:04+00:00\n";
const PLACES: &str = "venue_id,name,category,latitude,longitude\n\
    v1,\"Joe \"\"Java\"\"\",Dining and Drinking > Café,40.71,-74.01\nv2,,Home,40.6,-73.9\n";
const FIXES: &str = "user,t,lat,lon,alt_ft\n\
    001,2008-10-23T02:53:10Z,39.9,116.3,492\n\
    000,2008-10-23T02:53:04Z,39.8,116.2,492\n\
    001,2008-10-23T02:53:10Z,0,0,492\n";
const SALES: &str = "household_id,store_id,basket_id,product_id,quantity,sales_value,transaction_timestamp\n\
    9,330,b2,p1,3,5.0,2017-01-02 12:00:00\n\
    9,330,b1,p1,2,3.00,2017-01-01 11:53:26\n\
    9,330,b1,p2,1,0.99,2017-01-01 11:53:26\n\
    9,330,b1,p3,1,0.0,2017-01-01 11:53:26\n\
    4,330,b3,p3,1,1.776e-15,2017-01-03 11:53:26\n";
const PRODUCTS: &str = "product_id,department,product_category\np1,GROCERY,CHIPS&SNACKS\np2,FLORAL,\n";
const COUPONS: &str = "coupon_upc,product_id,campaign_id\n1,p1,26\n";
const COFFEE: &str = concat!(
    "{\"person\":\"a1\",\"event\":\"offer received\",\"value\":{\"offer id\":\"x\"},\"time\":0}\n",
    "{\"person\":\"a1\",\"event\":\"transaction\",\"value\":{\"amount\":0.83},\"time\":6}\n",
    "{\"person\":\"b2\",\"event\":\"transaction\",\"value\":{\"amount\":34.56},\"time\":0}\n",
);
const MEMBERS: &str = concat!(
    "{\"gender\":null,\"age\":118,\"id\":\"a1\",\"became_member_on\":\"20170212\",\"income\":null}\n",
    "{\"gender\":\"F\",\"age\":55,\"id\":\"b2\",\"became_member_on\":\"20170715\",\"income\":112000}\n",
);

/// The files, on disk for as long as the folder lives.
fn folder(files: &[(&str, &str)]) -> (TempDir, Vec<PathBuf>) {
    let folder = TempDir::new().unwrap();
    let paths: Vec<_> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(files) {
        fs::write(path, text).unwrap();
    }
    (folder, paths)
}

/// Imports into a text.
pub(super) fn run(set: Set, files: &[PathBuf], options: Options) -> Result<(Imported, String), ImportError> {
    let mut out = Vec::new();
    let imported = import(set, files, &options, &mut out, &mut |_| ())?;
    Ok((imported, String::from_utf8(out).unwrap()))
}

fn events(set: Set, files: &[(&str, &str)], consent: Consent) -> Vec<Value> {
    let (_folder, paths) = folder(files);
    let (_, text) = run(set, &paths, Options { consent, limit: None }).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn refusal(set: Set, files: &[(&str, &str)]) -> String {
    let (folder, paths) = folder(files);
    let error = run(set, &paths, Options::default()).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_check_in_carries_its_venue_and_its_own_row_as_id() {
    let events = events(Set::Foursquare, &[("in.csv", CHECK_INS), ("places.csv", PLACES)], Consent::None);
    let ids: Vec<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["foursquare:in:2", "foursquare:in:1", "foursquare:in:3"], "by time, then by row");
    assert_eq!(events[0]["data"]["venue"]["name"], "Home (private)", "an empty name is the kind of place");
    let expected = "{\"specversion\":\"1.0\",\"id\":\"foursquare:in:1\",\"source\":\"foursquare\",\
        \"type\":\"tact.check-in.v1\",\"subject\":\"foursquare-7\",\"time\":\"2012-07-30T16:11:04-04:00\",\
        \"data\":{\"venue\":{\"id\":\"v1\",\"name\":\"Joe \\\"Java\\\"\",\"category\":\"cafe\",\"lat\":40.71,\"lon\":-74.01}}}";
    assert_eq!(events[1], serde_json::from_str::<Value>(expected).unwrap());
}

#[test]
fn a_fix_is_a_geolocation_and_a_second_fix_at_one_time_is_left_out() {
    let (_folder, paths) = folder(&[("fixes.csv", FIXES)]);
    let (imported, text) = run(Set::Geolife, &paths, Options::default()).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((imported.events, imported.notes.values().sum::<u64>(), imported.read[0].rows), (2, 1, 3));
    assert_eq!(last["subject"], "geolife-001");
    assert_eq!(last["data"], serde_json::json!({"lat": 39.9, "lon": 116.3}));
}

#[test]
fn a_basket_is_one_purchase_whose_lines_add_up_to_what_was_paid() {
    let files = [("sales.csv", SALES), ("coupons.csv", COUPONS), ("products.csv", PRODUCTS)];
    let events = events(Set::CompleteJourney, &files, Consent::None);
    let lines: Vec<_> = events.iter().map(|event| event["data"]["lines"].clone()).collect();
    assert_eq!(events[0]["data"]["receipt"], "b1");
    assert_eq!(events[0]["time"], "2017-01-01T06:53:26-05:00");
    let snacks = serde_json::json!({"product": "p1", "category": "chips-snacks", "quantity": 2, "unit_price": 150});
    let flowers = serde_json::json!({"product": "p2", "category": "floral", "quantity": 1, "unit_price": 99});
    assert_eq!(lines[0], serde_json::json!([snacks, flowers]), "what has no value is no line");
    let prices: Vec<_> =
        lines[1].as_array().unwrap().iter().map(|l| (l["quantity"].as_u64(), l["unit_price"].as_u64())).collect();
    assert_eq!(prices, [(Some(1), Some(166)), (Some(2), Some(167))]);
    assert_eq!(lines[2], serde_json::json!([]), "rounding noise is no value, the basket still comes out");
}

#[test]
fn a_withheld_profile_is_never_granted_profiling() {
    let events = events(Set::Starbucks, &[("e.jsonl", COFFEE), ("p.jsonl", MEMBERS)], Consent::All);
    assert_eq!(events.len(), 4, "two consents, two purchases");
    let purposes = |event: &Value| -> Vec<String> {
        let grants = event["data"]["grants"].as_array().unwrap();
        grants.iter().map(|grant| grant["purpose"].as_str().unwrap().to_owned()).collect()
    };
    assert!(!purposes(&events[0]).contains(&"profiling".to_owned()));
    assert_eq!((purposes(&events[0]).len(), purposes(&events[1]).len()), (20, 24));
    assert_eq!(events[0]["data"]["birth_year"], Value::Null);
    assert_eq!(events[1]["data"]["birth_year"], 1963);
    assert_eq!(events[2]["data"]["lines"][0]["unit_price"], 3456);
    assert_eq!(events[3]["time"], "2018-07-27T06:00:00-04:00");
}

#[test]
fn consents_come_first_before_every_event_with_points_that_reach_nobody() {
    let events = events(Set::Foursquare, &[("in.csv", CHECK_INS)], Consent::All);
    let consent = &events[0];
    assert_eq!(consent["id"], "foursquare:consent:foursquare-7");
    assert_eq!(consent["time"], "2012-07-27T20:00:00-04:00");
    assert_eq!(
        (consent["data"]["zone"].as_str(), consent["data"]["locale"].as_str()),
        (Some("America/New_York"), Some("en-US"))
    );
    let points = &consent["data"]["points"];
    let sms = points["sms"].as_str().unwrap();
    assert!(sms.starts_with("+1999") && sms.len() == 16 && sms.bytes().skip(1).all(|b| b.is_ascii_digit()), "{sms}");
    assert_eq!(points["email"], "foursquare-7@example.com");
    assert_ne!(points["sms"], events[1]["data"]["points"]["sms"]);
}

#[test]
fn half_of_the_customers_consent_by_the_first_bit_of_their_id_hash() {
    let rows: Vec<_> = (0..1000).map(|user| format!("{user},2008-10-23T02:53:10Z,39.9,116.3")).collect();
    let text = format!("user,t,lat,lon\n{}\n", rows.join("\n"));
    let half = events(Set::Geolife, &[("fixes.csv", &text)], Consent::Half).len() - 1000;
    assert!((450..550).contains(&half), "{half}");
}

#[test]
fn packing_and_order_of_the_files_change_nothing() {
    let (folder, plain) = folder(&[("in.csv", CHECK_INS), ("places.csv", PLACES)]);
    let packed = folder.path().join("in.csv.gz");
    let mut gzip = GzEncoder::new(fs::File::create(&packed).unwrap(), Compression::default());
    gzip.write_all(CHECK_INS.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let options = Options { consent: Consent::All, limit: None };
    let one = run(Set::Foursquare, &plain, options).unwrap();
    let other = run(Set::Foursquare, &[plain[1].clone(), packed], options).unwrap();
    assert_eq!(one, other);
}

#[test]
fn a_limit_keeps_the_earliest_events_and_the_consents_of_their_customers() {
    let (_folder, paths) = folder(&[("in.csv", CHECK_INS)]);
    let (imported, text) = run(Set::Foursquare, &paths, Options { consent: Consent::All, limit: Some(1) }).unwrap();
    assert_eq!((imported.events, imported.consents, imported.beyond_limit, text.lines().count()), (1, 1, 2, 2));
}

#[test]
fn a_refusal_names_file_row_and_column_and_what_was_expected() {
    let bad = FIXES.replace("39.8", "139.8");
    let expected = "`f.csv`, row 2, column `lat`: expected degrees within range, found `139.8`";
    assert_eq!(refusal(Set::Geolife, &[("f.csv", &bad)]), expected);
    let stranger = refusal(Set::Geolife, &[("x.csv", "a,b\n1,2\n")]);
    assert!(stranger.starts_with("`x.csv` is not a file of this data set: its header is `a,b`"), "{stranger}");
    assert!(stranger.ends_with("expected one of: fixes `user,t,lat,lon`"), "{stranger}");
    assert!(refusal(Set::Foursquare, &[("p.csv", PLACES)]).starts_with("no file with check-ins was given"));
    assert!(refusal(Set::Starbucks, &[("e.jsonl", &format!("{COFFEE}{{\n"))]).starts_with("`e.jsonl`, row 4: "));
    assert!(refusal(Set::Geolife, &[("f.csv", FIXES), ("f.jsonl", FIXES)]).starts_with("two files are called `f`"));
}

#[test]
fn the_busiest_venues_are_stores_with_their_venue_id_and_nobodys_home_is_one() {
    let (_folder, paths) = folder(&[("in.csv", CHECK_INS), ("places.csv", PLACES)]);
    let matters = tact_aws::catalogue().unwrap().sensitive;
    let toml = busiest_venues(&paths, 9, &matters, &mut |_| ()).unwrap();
    let expected = "[[store]]\nid = \"v1\"\nname = \"Joe \\\"Java\\\"\"\nlat = 40.71\nlon = -74.01\nzone = \"America/New_York\"\n\
        enter_m = 200\nexit_m = 300\ndwell_s = 300\nareas = []\n";
    assert_eq!(toml.split_once("\n\n").unwrap().1, expected);
}

#[test]
fn no_store_stands_within_2_000_feet_of_a_place_of_care() {
    let row =
        |venue: &str, kind: &str, lat: f64| format!("7,{venue},{kind},{lat},-74.0,-240,2012-07-30 20:11:04+00:00\n");
    // 609 and 610 metres north of the medical centre.
    let rows = row("near", "Bar", 40.705_48) + &row("care", "Medical Center", 40.7) + &row("far", "Bar", 40.705_49);
    let head = CHECK_INS.split_once('\n').unwrap().0;
    let (_folder, paths) = folder(&[("in.csv", &format!("{head}\n{rows}"))]);
    let matters = tact_aws::catalogue().unwrap().sensitive;
    let toml = busiest_venues(&paths, 9, &matters, &mut |_| ()).unwrap();
    assert_eq!(
        (toml.matches("[[store]]").count(), toml.contains("\"far\""), toml.contains("\"near\"")),
        (1, true, false)
    );
    assert!(toml.ends_with("[[deny]]\nid = \"care\"\nname = \"Medical Center\"\ncategory = \"medical-center\"\nlat = 40.7\nlon = -74.0\n"), "{toml}");
}

#[test]
fn a_stay_is_twenty_minutes_within_200_metres_of_its_first_fix() {
    let trace = |steps: &[(i64, f64)]| -> Vec<Fix> {
        let fix =
            |&(minute, lat)| Fix { at: Timestamp::from_second(minute * 60).unwrap(), point: Point { lat, lon: 0.0 } };
        steps.iter().map(fix).collect()
    };
    assert_eq!(stay_points(&trace(&[(0, 0.0), (20, 0.001), (21, 1.0)])), [Point { lat: 0.0005, lon: 0.0 }]);
    assert_eq!(stay_points(&trace(&[(0, 0.0), (19, 0.001), (21, 1.0)])), [], "the time away does not count");
    assert_eq!(stay_points(&trace(&[(0, 0.0), (20, 0.001)])).len(), 1, "the trace may end in a stay");
}
