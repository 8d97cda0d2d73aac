//! Public data sets through import and fold, against plain counts over their files; skipped, saying so, where the sets do not lie
//! beside the workspace.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write, stderr};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tact::import::{Consent, Options, Set, busiest_venues, fences, import};
use tact_domain::{CustomerId, Folded, Ground, Places, Profile, Timestamp, Transition};
use tact_wire::parse;

use crate::recomputation::feed::places_of;
use crate::recomputation::naive::metres;

/// What a set leads to.
#[derive(Default)]
struct Played {
    profiles: BTreeMap<CustomerId, Profile>,
    transitions: Vec<Transition>,
    /// Events that were not folded, for whatever reason.
    refused: u32,
}

impl Played {
    fn profile(&self, subject: &str) -> &Profile {
        &self.profiles[&CustomerId::new(subject).unwrap()]
    }
}

/// The real files whose names begin so; `None`, said aloud, where there are none.
fn real(beginning: &str) -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let Ok(entries) = fs::read_dir(&folder) else {
        stderr().write_all(b"skipped: the public data is not beside the workspace\n").unwrap();
        return None;
    };
    let named = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(beginning);
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(named).collect();
    files.sort();
    Some(files)
}

/// Imports a set, everybody consenting, and folds it.
fn play(set: Set, files: &[PathBuf], places: &Places) -> Played {
    const ARRIVED: Timestamp = Timestamp(4_070_908_800_000);
    let mut events = Vec::new();
    let options = Options { consent: Consent::All, limit: None };
    import(set, files, &options, &mut events, &mut |_| ()).unwrap();
    let mut played = Played::default();
    for line in events.lines() {
        let signal = parse(line.unwrap().as_bytes(), ARRIVED).unwrap().signal;
        let profile = played.profiles.entry(signal.customer.clone()).or_default();
        match profile.fold(&signal, &Ground::of(places, "USD")) {
            Folded::Changed(transitions) => played.transitions.extend(transitions),
            Folded::Unchanged => {}
            Folded::Duplicate | Folded::Stale | Folded::Withheld => played.refused += 1,
        }
    }
    played
}

fn lines(path: &Path) -> impl Iterator<Item = String> {
    BufReader::new(MultiGzDecoder::new(File::open(path).unwrap())).lines().map(Result::unwrap)
}

/// Every row of CSV text as values by column.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn unpacked(path: &Path) -> Vec<BTreeMap<String, String>> {
    rows(&lines(path).collect::<Vec<_>>().join("\n"))
}

fn position(row: &BTreeMap<String, String>) -> (f64, f64) {
    (row["latitude"].parse().unwrap(), row["longitude"].parse().unwrap())
}

#[test]
fn the_ten_fences_over_the_gps_traces_give_the_reference_counts() {
    let Some(files) = real("geolife_") else { return };
    let places = places_of(fences(&files, &mut |_| ()).unwrap());
    assert_eq!(places.stores.len(), 10);
    let played = play(Set::Geolife, &files, &places);
    let count = |wanted: fn(&Transition) -> bool| played.transitions.iter().filter(|crossed| wanted(crossed)).count();
    assert_eq!(count(|crossed| matches!(crossed, Transition::Entered(_))), 192);
    assert_eq!(count(|crossed| matches!(crossed, Transition::Dwelled(_))), 121);
    let still_inside: usize = played.profiles.values().map(|profile| profile.geolocation.inside.len()).sum();
    assert_eq!(count(|crossed| matches!(crossed, Transition::Left(_))) + still_inside, 192);
    let begun = played.profiles.values().map(|profile| profile.geolocation.weekday + profile.geolocation.weekend);
    assert_eq!((begun.sum::<u32>(), played.refused), (192, 0));
}

/// Check-ins and visits of every customer, counted over the rows; a store is a venue of the stores file, and where nobody is approached nothing counts.
fn counted(files: &[PathBuf], stores: &Places) -> BTreeMap<String, (u32, u32)> {
    let denied: BTreeSet<_> = stores.deny.iter().map(|zone| zone.id.as_str()).collect();
    let stores: BTreeMap<_, _> =
        stores.stores.iter().map(|store| (store.id.as_str(), (store.lat, store.lon))).collect();
    let (venues, check_ins): (Vec<_>, Vec<_>) = files.iter().partition(|path| path.to_string_lossy().contains("pois"));
    let listed = venues.into_iter().flat_map(|path| unpacked(path));
    let listed: BTreeMap<_, _> = listed.map(|row| (row["venue_id"].clone(), position(&row))).collect();
    let mut counts = BTreeMap::new();
    for row in check_ins.into_iter().flat_map(|path| unpacked(path)) {
        let venue = row["venue_id"].as_str();
        let at = listed.get(venue).copied().unwrap_or_else(|| position(&row));
        let near = stores.values().filter(|store| metres(at, **store) <= 200.0).count();
        let count: &mut (u32, u32) = counts.entry(format!("foursquare-{}", row["user_id"])).or_default();
        if !denied.contains(venue) {
            *count = (count.0 + 1, count.1 + u32::from(stores.contains_key(venue) || near == 1));
        }
    }
    counts
}

#[test]
fn check_ins_and_visits_of_every_customer_in_new_york_are_those_of_the_rows() {
    let Some(files) = real("checkins_") else { return };
    let matters = tact_aws::catalogue().unwrap().sensitive;
    let places = places_of(busiest_venues(&files, 20, &matters, &mut |_| ()).unwrap());
    let played = play(Set::Foursquare, &files, &places);
    let counts = counted(&files, &places);
    assert_eq!(played.refused, 0);
    assert_eq!((played.profiles.len(), counts.len()), (1_073, 1_073));
    for (subject, expected) in &counts {
        let facet = &played.profile(subject).checkin;
        assert_eq!((facet.check_ins, facet.visits), *expected, "{subject}");
    }
    let visits: u32 = counts.values().map(|(_, visits)| visits).sum();
    assert!(visits > 1_000, "{visits} visits are too few to say anything");
}

#[test]
fn the_first_baskets_of_every_household_come_to_their_rows_in_cents() {
    const ROWS: usize = 45_000;
    let Some(files) = real("cj_transactions") else { return };
    let text = lines(&files[0]).take(1 + ROWS).collect::<Vec<_>>().join("\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("first.csv");
    fs::write(&file, &text).unwrap();
    let played = play(Set::CompleteJourney, &[file], &Places::default());
    let mut households: BTreeMap<String, (i64, BTreeSet<String>)> = BTreeMap::new();
    for row in rows(&text) {
        let household = households.entry(format!("complete-journey-{}", row["household_id"])).or_default();
        let cents = format!("{:.0}", row["sales_value"].parse::<f64>().unwrap() * 100.0).parse::<i64>().unwrap();
        household.0 += cents;
        if cents > 0 {
            household.1.insert(row["basket_id"].clone());
        }
    }
    assert_eq!((played.refused, played.profiles.len()), (0, households.len()));
    for (subject, (cents, baskets)) in &households {
        let facet = &played.profile(subject).purchase;
        assert_eq!((facet.net, facet.orders as usize), (*cents, baskets.len()), "{subject}");
    }
    let baskets: usize = households.values().map(|(_, baskets)| baskets.len()).sum();
    assert!(baskets > 4_000, "{baskets} baskets are too few to say anything");
}
