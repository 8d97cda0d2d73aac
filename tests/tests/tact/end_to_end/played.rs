//! A part of the day in town, played through the functions' code in this process and through their real binaries: it leaves the same behind, to the byte.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tact::arrival::{self, Arrival};
use tact::binaries::Binaries;
use tact::output::Output;
use tact::play::{Play, Played, play, play_on};
use tact::respond::Respondents;
use tact::stack::{Stack, seal};
use tact_decide::Catalogue;
use tact_domain::Timestamp;
use tempfile::TempDir;

use super::deployment::binaries;

/// The files of a run.
const FILES: [&str; 5] =
    ["decisions.ndjson", "messages.ndjson", "quarantine.ndjson", "facets.ndjson", "learned.ndjson"];
/// Midnight of the day in New York, from which on is decided.
const MORNING: Timestamp = Timestamp(1_793_419_200_000);

/// What those of the day do who are told of by name, and every fourth of the others; and what cannot be read.
fn part_of_the_day() -> Vec<Arrival> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/a-day-in-town.ndjson");
    let day = fs::read(path).unwrap();
    let mut arrivals = arrival::read(&mut day.as_slice(), false).unwrap();
    let taken = |customer: &str| customer.strip_prefix("p-").is_none_or(|n| n.parse::<u32>().unwrap() % 4 == 0);
    arrivals.retain(|arrival| taken(&arrival.customer));
    let broken = r#"{"specversion":"1.0","type":"tact.purchase.v1","id":"x","source":"x","subject":"ana","time":"2026-10-31T15:00:00Z"}"#;
    arrivals.extend(arrival::read(&mut broken.as_bytes(), false).unwrap());
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

fn playing<'a>(arrivals: &[Arrival], catalogue: &'a Catalogue) -> Play<'a> {
    let respond = Some(Respondents::of(arrivals, catalogue, seal().unwrap()));
    let arrivals = arrivals.to_vec();
    Play { arrivals, catalogue, data: None, fold_only_until: Some(MORNING), until: None, respond }
}

/// A file of a run as lines; what was measured is left out of records.
fn lines(directory: &TempDir, file: &str) -> Vec<String> {
    let text = fs::read_to_string(directory.path().join(file)).unwrap();
    let without_timings = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(envelope) = line.get_mut("envelope").and_then(Value::as_object_mut) {
            envelope.retain(|name, _| !name.ends_with("_ms") && !name.ends_with("_us"));
        }
        line.to_string()
    };
    text.lines().map(|line| if file == FILES[0] { without_timings(line) } else { line.to_owned() }).collect()
}

/// What a run says it did, but for what was measured.
fn counted(played: &Played) -> Value {
    let mut json = played.summary.json();
    let measured = ["cpu_us_per_event", "events_per_s", "latency_us", "on_time"];
    json.as_object_mut().unwrap().retain(|name, _| !measured.contains(&name.as_str()));
    json
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_leaves_the_same_behind_through_real_binaries_as_in_process() {
    let Some(directory) = binaries() else { return };
    let (arrivals, catalogue) = (part_of_the_day(), tact_aws::catalogue().unwrap());
    let [here, through] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut output = Output::open(Some(here.path()), None).unwrap();
    let expected = play(playing(&arrivals, &catalogue), &mut [&mut output], &|_| ()).await.unwrap();
    let mut output = Output::open(Some(through.path()), None).unwrap();
    let real = Binaries::start(&directory, None, &catalogue, Some(MORNING)).await.unwrap();
    let played = play_on(Stack::on(real), playing(&arrivals, &catalogue), &mut [&mut output], &|_| ()).await.unwrap();
    for file in FILES {
        let (expected, played) = (lines(&here, file), lines(&through, file));
        let differs = expected.iter().zip(&played).find(|(expected, played)| expected != played);
        assert!(differs.is_none(), "{file}: {differs:?}");
        assert_eq!(expected.len(), played.len(), "{file}");
    }
    assert_eq!(counted(&played), counted(&expected));
    let channels: BTreeSet<_> = lines(&through, "messages.ndjson")
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["channel"].as_str().unwrap().to_owned())
        .collect();
    assert!(channels.len() >= 5, "nearly every way out is tried: {channels:?}");
    assert_eq!(lines(&through, "quarantine.ndjson").len(), 1);
}
