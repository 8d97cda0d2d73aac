//! The independent audit: from the raw events, the files a run leaves behind and the catalogue's own files, all read here, it finds out whether any
//! message should not have left. It shares no code with the gates, and is itself put to the test by books that were altered.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod books;
mod consents;
mod inspect;
mod patience;
mod planted;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;
use tact::arrival;
use tact::import::{Consent, Options, Set, busiest_venues, import};
use tact::output::Output;
use tact::play::{Play, play};
use tact_domain::Outcome;

use crate::recomputation::naive::metres;
use books::{Books, Earned};
use inspect::violations;
use rules::Rules;

/// The books of the day in town, as the default run plays it: people answer, and some of them opt out.
static TOWN: LazyLock<(Books, Rules)> = LazyLock::new(|| {
    let run = &*crate::run::TOWN;
    let catalogue = repository("shared/catalogue");
    let rules = Rules::read(&catalogue, &fs::read_to_string(catalogue.join("stores.toml")).unwrap());
    let raw = fs::read_to_string(repository("events/a-day-in-town.ndjson")).unwrap();
    let files = [run.file("decisions.ndjson"), run.file("messages.ndjson")];
    let mut books = Books::of(&raw, files, run.summary.json(), &crate::pipeline::world::CATALOGUE);
    for (customer, item) in &run.kept.decisions {
        if let Some(at) = item.outcomes.first(Outcome::OptedOut) {
            books.stopped(customer, item.channel.name(), at.0);
        }
        let way = rules.actions.get(item.action.as_str()).and_then(|action| action.ways.get(item.treatment.as_str()));
        let pull = way.is_some_and(|way| way.mode == "pull");
        let come = [Outcome::Opened, Outcome::Clicked, Outcome::Accepted, Outcome::Redeemed];
        for outcome in come.into_iter().filter(|_| pull).chain([Outcome::Thanked]) {
            let Some(at) = item.outcomes.first(outcome) else { continue };
            let (customer, action) = (customer.clone(), item.action.to_string());
            books.earned.push(Earned { customer, action, at: at.0, thanked: outcome == Outcome::Thanked });
        }
    }
    (books, rules)
});

pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}

#[test]
fn in_town_no_message_left_that_should_not_have_and_every_one_has_its_decision() {
    let (books, rules) = &*TOWN;
    assert!(books.messages.len() > 100, "{} messages are too few to say anything", books.messages.len());
    assert_eq!(violations(books, rules), Vec::<String>::new());
}

/// How many of the check-ins are played.
const CHECK_INS: usize = 1_200;
/// How many are played with the catalogue as it is shipped: enough for what it has to reach.
const MANY: usize = 2_800;
/// How many places of care there are among the venues.
const PLACES_OF_CARE: usize = 60;
/// How many venues are taken for stores.
const STORES: usize = 30;

/// The ways to greet whoever checks in, with what a yes is worth, in dollars: what may not leave by one gives way to the next.
const GREETINGS: [(&str, u32); 4] = [("sms", 90), ("push", 70), ("email", 50), ("inbox", 30)];

/// An offer for whoever checks in, by one channel, in a text that suits every venue.
fn greeting(channel: &str, margin: u32) -> String {
    let mode = if channel == "inbox" { "pull" } else { "push" };
    let subject = if channel == "email" { "subject = \"Near you today\"\n" } else { "" };
    // What rests at night is decided again in the morning, whatever else was said.
    let (issue, triggers) =
        if channel == "sms" { ("retain", r#"["check_in", "due"]"#) } else { ("grow", r#"["check_in"]"#) };
    format!(
        "name = \"greeting_{channel}\"\nissue = \"{issue}\"\ngroup = \"offers\"\ntriggers = {triggers}\nmargin = \"{margin}.00\"\n\
         organic = 0.02\nbenefit = \"1.00\"\nvalue_class = [\"information\"]\n\n\
         [[treatment]]\nname = \"only\"\nchannel = \"{channel}\"\nmode = \"{mode}\"\ncost = \"0.01\"\n\
         group_prior = 0.3\nliked = 0.2\nvalid = \"1d\"\n{subject}\
         text = \"Near you today: new in. Reply STOP to opt out.\"\n"
    )
}

/// The catalogue with some of the greetings beside its actions, as files in a folder.
fn write_catalogue(folder: &Path, greetings: &[(&str, u32)]) {
    let source = repository("shared/catalogue");
    fs::create_dir(folder.join("actions")).unwrap();
    for inner in ["", "actions"] {
        for entry in fs::read_dir(source.join(inner)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") && !path.ends_with("Cargo.toml") {
                fs::copy(&path, folder.join(inner).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    for (channel, margin) in greetings {
        fs::write(folder.join(format!("actions/greeting_{channel}.toml")), greeting(channel, *margin)).unwrap();
    }
}

/// The files of the check-ins in New York; `None`, said aloud, where they are not.
fn files() -> Option<Vec<PathBuf>> {
    let folder = repository("../shared/data");
    let files = ["checkins_pois_NYC.csv.gz", "checkins_val_NYC.csv.gz", "checkins_test_NYC.csv.gz"];
    let files: Vec<_> = files.map(|name| folder.join(name)).into();
    if !files.iter().all(|file| file.is_file()) {
        stderr().write_all(b"skipped: the public data is not beside the workspace\n").unwrap();
        return None;
    }
    Some(files)
}

/// The first check-ins in New York, half of the people consenting.
fn new_york(files: &[PathBuf], most: usize) -> String {
    let mut events = Vec::new();
    let options = Options { consent: Consent::Half, limit: Some(most) };
    import(Set::Foursquare, files, &options, &mut events, &mut |_| ()).unwrap();
    String::from_utf8(events).unwrap()
}

/// The first of some events that are consents, or check-ins at a place of care or within 200 metres of a store.
fn around(events: &str, rules: &Rules, most: usize) -> String {
    let mut left = most;
    let is_near = |line: &&str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let venue = &event["data"]["venue"];
        let (Some(lat), Some(lon)) = (venue["lat"].as_f64(), venue["lon"].as_f64()) else { return true };
        let at_store = rules.stores.values().any(|store| metres((lat, lon), *store) <= 200.0);
        let kept = left > 0 && (at_store || rules.denied_ids.contains(venue["id"].as_str().unwrap()));
        left -= usize::from(kept);
        kept
    };
    events.lines().filter(is_near).flat_map(|line| [line, "\n"]).collect()
}

/// The books of events played with the catalogue of a folder, with these stores in place of its own.
fn played(folder: &Path, events: &str, stores: &str) -> (Books, Rules) {
    let file = folder.join("stores-of-new-york.toml.txt");
    fs::write(&file, stores).unwrap();
    let catalogue = tact_policy::load(folder, Some(&file)).unwrap();
    let arrivals = arrival::read(&mut events.as_bytes(), false).unwrap();
    let out = folder.join("out");
    let mut output = Output::open(Some(&out), None).unwrap();
    let playing =
        Play { arrivals, catalogue: &catalogue, data: None, fold_only_until: None, until: None, respond: None };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let played = runtime.block_on(play(playing, &mut [&mut output], &|_| {})).unwrap();
    let [decisions, messages] =
        ["decisions.ndjson", "messages.ndjson"].map(|name| fs::read_to_string(out.join(name)).unwrap());
    let books = Books::of(events, [&decisions, &messages], played.summary.json(), &catalogue);
    (books, Rules::read(folder, stores))
}

/// The busiest venues as stores, and the busiest of all with a place beside it where nobody is approached.
fn busiest(events: &str) -> String {
    let mut venues: BTreeMap<String, (usize, f64, f64)> = BTreeMap::new();
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let venue = &event["data"]["venue"];
        if let (Some(id), Some(lat), Some(lon)) = (venue["id"].as_str(), venue["lat"].as_f64(), venue["lon"].as_f64()) {
            venues.entry(id.to_owned()).or_insert((0, lat, lon)).0 += 1;
        }
    }
    let mut busiest: Vec<_> = venues.into_iter().collect();
    busiest.sort_by(|(a, x), (b, y)| y.0.cmp(&x.0).then(a.cmp(b)));
    let mut stores = String::new();
    for (id, (_, lat, lon)) in &busiest[..STORES] {
        let place = format!("lat = {lat:?}\nlon = {lon:?}\nzone = \"America/New_York\"");
        let fence = "enter_m = 200\nexit_m = 300\ndwell_s = 300\nareas = [\"door\", \"shoes\", \"service\"]";
        write!(stores, "[[store]]\nid = {id:?}\nname = {id:?}\n{place}\n{fence}\n\n").unwrap();
    }
    let (_, (_, lat, lon)) = &busiest[0];
    write!(
        stores,
        "[[deny]]\nid = \"clinic\"\nname = \"A clinic\"\ncategory = \"clinic\"\nlat = {lat:?}\nlon = {lon:?}\n"
    )
    .unwrap();
    stores
}

#[test]
fn in_new_york_no_message_left_that_should_not_have_and_every_one_has_its_decision() {
    let Some(files) = files() else { return };
    let events = new_york(&files, CHECK_INS);
    let folder = tempfile::tempdir().unwrap();
    write_catalogue(folder.path(), &GREETINGS);
    let (books, rules) = played(folder.path(), &events, &busiest(&events));
    assert!(books.messages.len() > 300, "{} messages are too few to say anything", books.messages.len());
    let channels: BTreeSet<_> = books.messages.iter().map(|m| m["channel"].as_str().unwrap()).collect();
    assert_eq!(channels.len(), GREETINGS.len(), "{channels:?}");
    assert_eq!(violations(&books, &rules), Vec::<String>::new());
}

#[test]
fn in_new_york_five_hundred_messages_reach_people_who_agreed_and_none_anybody_who_should_be_let_alone() {
    let Some(files) = files() else { return };
    let folder = tempfile::tempdir().unwrap();
    write_catalogue(folder.path(), &[]);
    let matters = tact_aws::catalogue().unwrap().sensitive;
    let stores = busiest_venues(&files, STORES, &matters, &mut |_| ()).unwrap();
    let events = around(&new_york(&files, usize::MAX), &Rules::read(folder.path(), &stores), MANY);
    let (books, rules) = played(folder.path(), &events, &stores);
    assert_eq!((rules.stores.len(), rules.denied.len()), (STORES, PLACES_OF_CARE));
    assert!(books.messages.len() >= 500, "{} messages are too few", books.messages.len());
    assert_eq!(violations(&books, &rules), Vec::<String>::new());
}
