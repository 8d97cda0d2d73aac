//! The day in town through the whole stack: the same events give the same bytes, twice is once, and every record replays.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value, json};
use tact::arrival;
use tact::output::Output;
use tact::play::{Play, Played, play};
use tact::respond::Respondents;
use tact::stack::{Kept, seal};
use tact::summary::Summary;
use tact::town::DAY_BEGINS;
use tact_decide::Catalogue;
use tact_domain::{Fingerprint, Timestamp};
use tact_pipeline::{Ending, ReplayError, replay};
use tact_wire::{RecordError, decode_catalogue, decode_record, encode_catalogue};

/// The files a run leaves behind.
const FILES: [&str; 5] =
    ["decisions.ndjson", "messages.ndjson", "quarantine.ndjson", "facets.ndjson", "learned.ndjson"];
/// How many lines the variants of the day play: enough for decisions of every kind, few enough to be played often.
const SHORT: usize = 1_500;

pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| tact_aws::catalogue().unwrap());

/// The lines of the day in town.
static DAY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "events", "a-day-in-town.ndjson"].iter().collect();
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
});

/// The last lines of the day with all consents, so that there is something to decide.
pub(crate) static SHORT_DAY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let (consents, others): (Vec<_>, Vec<_>) = DAY.iter().cloned().partition(|line| line.contains("tact.consent.v1"));
    let first = others.len() - (SHORT - consents.len());
    consents.into_iter().chain(others[first..].iter().cloned()).collect()
});

/// The short day, played into a directory for all tests that compare with it, and once more into the same one.
static TWICE: LazyLock<[Run; 2]> = LazyLock::new(|| {
    let data = tempfile::tempdir().unwrap();
    [(); 2].map(|()| run(&SHORT_DAY, Some(data.path()), None))
});

/// The short day and the month after it, with people who answer, played as often.
pub(crate) static ANSWERED: LazyLock<[Run; 2]> = LazyLock::new(|| {
    let data = tempfile::tempdir().unwrap();
    [(); 2].map(|()| answered(Some(data.path())))
});

/// The whole day as the default run plays it.
pub(crate) static TOWN: LazyLock<Run> = LazyLock::new(|| {
    let answers = Answers::Given { until: None };
    run_with(&DAY, None, Some(morning()), answers)
});

/// Whether people answer what they receive.
#[derive(Clone, Copy)]
pub(crate) enum Answers {
    None,
    Given { until: Option<Timestamp> },
}

/// A run that is over, and the files it left behind.
pub(crate) struct Run {
    pub(crate) summary: Summary,
    pub(crate) kept: Kept,
    files: BTreeMap<&'static str, String>,
}

impl Run {
    pub(crate) fn file(&self, name: &str) -> &str {
        &self.files[name]
    }

    fn count(&self, ending: Ending) -> u64 {
        self.summary.tally.count(ending)
    }

    /// What was decided by decision, without the versions of the facets, which tell how the batches were cut.
    fn decisions(&self) -> BTreeMap<String, Value> {
        let body = |line: &str| {
            let mut body = serde_json::from_str::<Value>(line).unwrap()["body"].take();
            body.as_object_mut().unwrap().retain(|key, _| key != "versions");
            (body["decision"].as_str().unwrap().to_owned(), body)
        };
        self.file("decisions.ndjson").lines().map(body).collect()
    }
}

fn run(lines: &[String], data: Option<&Path>, fold_only_until: Option<Timestamp>) -> Run {
    run_with(lines, data, fold_only_until, Answers::None)
}

pub(crate) fn run_with(
    lines: &[String],
    data: Option<&Path>,
    fold_only_until: Option<Timestamp>,
    answers: Answers,
) -> Run {
    let mut text = lines.join("\n").into_bytes();
    text.push(b'\n');
    let arrivals = arrival::read(&mut text.as_slice(), false).unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut output = Output::open(Some(out.path()), None).unwrap();
    let (respond, until) = match answers {
        Answers::None => (None, None),
        Answers::Given { until } => (Some(Respondents::of(&arrivals, &CATALOGUE, seal().unwrap())), until),
    };
    let playing = Play { arrivals, catalogue: &CATALOGUE, data, fold_only_until, until, respond };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let Played { summary, kept } = runtime.block_on(play(playing, &mut [&mut output], &|_| {})).unwrap();
    let file = |name| (name, fs::read_to_string(out.path().join(name)).unwrap());
    let log = data.map(|data| ("decision-log.ndjson", fs::read_to_string(data.join("decision-log.ndjson")).unwrap()));
    Run { summary, kept, files: FILES.into_iter().map(file).chain(log).collect() }
}

/// The short day with people who answer, and the month in which they use their coupons.
fn answered(data: Option<&Path>) -> Run {
    let until = Some(morning().plus_s(32 * 86_400));
    run_with(&SHORT_DAY, data, None, Answers::Given { until })
}

pub(crate) fn morning() -> Timestamp {
    Timestamp(DAY_BEGINS.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// An order that has nothing to do with the one given, the same every time.
fn shuffled(mut lines: Vec<String>, seed: &str) -> Vec<String> {
    let places: Vec<_> = (0..lines.len()).map(|n| Fingerprint::of(seed, &n.to_string())).collect();
    let mut order: Vec<_> = (0..lines.len()).collect();
    order.sort_by_key(|n| places[*n]);
    order.into_iter().map(|n| std::mem::take(&mut lines[n])).collect()
}

fn same_but_for_the_cut(one: &Run, other: &Run) {
    assert_eq!(one.summary.state_hash, other.summary.state_hash);
    assert_eq!(one.file("facets.ndjson"), other.file("facets.ndjson"));
    let (decisions, others) = (one.decisions(), other.decisions());
    assert_eq!(decisions.keys().collect::<Vec<_>>(), others.keys().collect::<Vec<_>>());
    for (id, body) in decisions {
        assert_eq!(body, others[&id], "decision {id}");
    }
    for ending in [Ending::Decided, Ending::Silent, Ending::Applied, Ending::Withheld] {
        assert_eq!(one.count(ending), other.count(ending), "{ending:?}");
    }
}

#[test]
fn every_record_of_the_day_in_town_replays_to_the_byte() {
    let day = &*TOWN;
    let (told, by_the_clock) = (day.summary.json(), day.summary.woken_events());
    let answers: u64 = told["answers"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    let expected = DAY.len() as u64 + by_the_clock + answers;
    assert_eq!(day.summary.tally.records(), expected, "every record is accounted for");
    assert!(day.count(Ending::Decided) > 20, "{:?}", day.summary.tally);

    let models = tact_aws::models().unwrap();
    let records = day.file("decisions.ndjson");
    // What a store is told on the occasion of a comment is a decision of its own.
    let comments = DAY.iter().filter(|event| event.contains("tact.comment.v1")).count() as u64;
    let decided = day.count(Ending::Decided) + day.count(Ending::Silent);
    assert_eq!(records.lines().count() as u64, decided + comments);
    for (number, line) in (1..).zip(records.lines()) {
        let recorded = decode_record(line).unwrap();
        assert_eq!(replay(&recorded, &CATALOGUE, &models, None).as_ref(), Ok(&recorded.body), "line {number}");
    }
}

#[test]
fn the_same_file_a_second_time_decides_nothing_and_changes_nothing() {
    let [first, second] = &*TWICE;
    assert!(first.count(Ending::Decided) > 20, "{:?}", first.summary.tally);
    assert_eq!((second.count(Ending::Decided), second.count(Ending::Silent)), (0, 0), "{:?}", second.summary.tally);
    assert_eq!(second.summary.tally.records(), SHORT as u64, "nothing is due again, and nobody answers");
    assert_eq!(second.summary.state_hash, first.summary.state_hash);
    assert_eq!(second.file("facets.ndjson"), first.file("facets.ndjson"));
    assert_eq!((second.file("decisions.ndjson"), second.file("messages.ndjson")), ("", ""));
}

#[test]
fn two_runs_into_two_directories_leave_the_same_bytes_on_disk_and_in_memory() {
    let again = run(&SHORT_DAY, None, None);
    for name in FILES {
        assert_eq!(again.file(name), TWICE[0].file(name), "{name}");
    }
    assert_eq!(again.summary.state_hash, TWICE[0].summary.state_hash);
}

#[test]
fn answers_and_all_they_lead_to_are_the_same_bytes_again() {
    let again = answered(None);
    for name in FILES {
        assert_eq!(again.file(name), ANSWERED[0].file(name), "{name}");
    }
    assert!(again.file("messages.ndjson").lines().count() > 20);
    assert_eq!(again.summary.state_hash, ANSWERED[0].summary.state_hash);
    let told =
        |run: &Run| ["answers", "coupons", "points", "messages", "delivery"].map(|key| run.summary.json()[key].clone());
    assert_eq!(told(&again), told(&ANSWERED[0]));
}

#[test]
fn the_order_of_lines_and_lines_given_twice_change_nothing() {
    let twice = SHORT_DAY.iter().filter(|line| Fingerprint::of("twice", line).0.is_multiple_of(5));
    let lines: Vec<_> = SHORT_DAY.iter().chain(twice).cloned().collect();
    let mixed = run(&shuffled(lines, "order"), None, None);
    same_but_for_the_cut(&TWICE[0], &mixed);
    assert!(mixed.summary.tally.records() > SHORT as u64);
    assert!(mixed.count(Ending::Duplicate) > 0);
}

#[test]
fn every_decision_is_on_disk_beside_the_table_and_playing_again_adds_none() {
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let [first, again] = &*TWICE;
    assert!(!first.file("decisions.ndjson").is_empty());
    assert_eq!(sorted(first.file("decision-log.ndjson")), sorted(first.file("decisions.ndjson")));
    assert_eq!(again.file("decision-log.ndjson"), first.file("decision-log.ndjson"));
}

#[test]
fn what_a_partner_tells_is_applied_with_consent_and_withheld_without() {
    let event = |id: &str, who: &str, kind: &str, data: &str| {
        let time = "2026-10-31T12:00:00-04:00";
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"tact.{kind}.v1","subject":"{who}","time":"{time}","data":{data}}}"#
        )
    };
    let flight = r#"{"kind":"card","category":"airline","destination":"Tampa"}"#;
    let agreed = r#"{"grants":[{"purpose":"third_party","state":"granted"}]}"#;
    let lines = [
        event("t-1", "ana", "partner", flight),
        event("n-1", "ana", "consent", agreed),
        event("t-2", "ben", "partner", flight),
    ];
    let run = run(&lines, None, None);
    let counts = [Ending::Applied, Ending::Withheld, Ending::Quarantined].map(|ending| run.count(ending));
    assert_eq!(counts, [2, 1, 0], "of one instant, the consent comes first");
    assert!(run.file("decisions.ndjson").is_empty());
    assert!(run.file("facets.ndjson").contains(r#""destination":"Tampa""#));
}

#[test]
fn what_customers_say_is_answered_and_counted_by_store_and_its_words_are_in_no_file() {
    let event = |id: &str, who: &str, text: &str, evidence: &str| {
        let data = format!(r#"{{"arena":"social","text":"{text}","public":true,"evidence":{evidence}}}"#);
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"tact.comment.v1","subject":"{who}","time":"2026-10-31T12:00:00-04:00","data":{data}}}"#
        )
    };
    let told = r#"{"kind":"told","store":"market-street"}"#;
    let tag = r#"{"kind":"geo_tag","lat":40.7127,"lon":-74.006,"accuracy_m":9,"taken_at":"2026-10-31T11:00:00-04:00"}"#;
    let lines = [
        event("m-1", "ana", "A flamingo would find the display confusing.", told),
        event("m-2", "ben", "The flamingo display is a mess.", tag),
        event("m-3", "cy", "Great flamingo prices!", told),
    ];
    let run = run(&lines, None, None);
    let counts = [Ending::Decided, Ending::Applied, Ending::Quarantined].map(|ending| run.count(ending));
    assert_eq!(counts, [2, 2, 0], "praise is only remembered, and so is that nobody took up the task for a day");
    assert_eq!(run.summary.json()["comments_by_store"]["market-street"], json!({ "display": 2, "price": 1 }));
    assert!(run.summary.text().contains("comments: market-street 2 display and 1 price"), "{}", run.summary.text());
    let messages = run.file("messages.ndjson").lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_whom = |message: Value| format!("{} of {}", message["channel"], message["customer"]);
    let mut left: Vec<_> = messages.map(of_whom).collect();
    left.sort();
    let answers = [r#""webhook" of "ana""#, r#""webhook" of "ben""#];
    assert_eq!(left, [&[r#""associate" of "ana""#], &answers[..]].concat(), "both are answered; one store was told");
    for name in FILES {
        assert!(!run.file(name).contains("flamingo"), "{name}");
    }
}

#[test]
fn broken_lines_in_between_change_nothing_else() {
    let broken = [
        "{",
        "not json",
        "[]",
        "\u{1F642}",
        r#"{"specversion":"1.0","id":"x","source":"s","type":"tact.check-in.v9","subject":"anne","time":"2026-10-31T12:00:00-04:00","data":{}}"#,
        r#"{"specversion":"1.0","id":"x","source":"s","type":"tact.purchase.v1","subject":"a/b","time":"2026-10-31T12:00:00-04:00","data":{}}"#,
        r#"{"specversion":"1.0","id":"x","source":"s","type":"tact.geolocation.v1","subject":"anne","time":"2026-10-31T12:00:00-04:00","data":{"lat":1e400,"lon":0}}"#,
    ];
    let mut lines = Vec::new();
    for (n, line) in SHORT_DAY.iter().enumerate() {
        lines.push(line.clone());
        if n % 50 == 0 {
            lines.push(broken[n / 50 % broken.len()].to_owned());
        }
    }
    let added = lines.len() - SHORT_DAY.len();
    let mixed = run(&lines, None, None);
    same_but_for_the_cut(&TWICE[0], &mixed);
    let before = TWICE[0].count(Ending::Quarantined);
    assert_eq!(mixed.count(Ending::Quarantined) - before, added as u64);
    let quarantine = mixed.file("quarantine.ndjson");
    let first: Value = serde_json::from_str(quarantine.lines().next().unwrap()).unwrap();
    let line = usize::try_from(first["position"].as_u64().unwrap()).unwrap() - 1;
    assert_eq!(first["first_bytes"], lines[line].chars().take(64).collect::<String>(), "the position is the line");
    assert_eq!(quarantine.lines().count() as u64, mixed.count(Ending::Quarantined));
    for line in quarantine.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        assert!(
            !entry["reason"].as_str().unwrap().is_empty() && entry["position"].as_u64().is_some_and(|line| line > 0),
            "{line}"
        );
    }
}

#[test]
fn a_record_that_was_altered_or_made_otherwise_is_not_replayed() {
    let records = TWICE[0].file("decisions.ndjson");
    let line = records.lines().find(|line| line.contains("\"chosen\":{")).unwrap();
    let recorded = decode_record(line).unwrap();
    let models = tact_aws::models().unwrap();
    assert_eq!(replay(&recorded, &CATALOGUE, &models, None).as_ref(), Ok(&recorded.body));

    let altered = line.replacen("\",\"chosen\",", "\",\"outscored\",", 1);
    assert!(matches!(decode_record(&altered), Err(RecordError::Altered { .. })));
    let truncated: String = line.chars().take(line.len() / 2).collect();
    assert!(matches!(decode_record(&truncated), Err(RecordError::Malformed(_))));

    let mut other = CATALOGUE.clone();
    other.policy.levers.bid += 1.0;
    let other = decode_catalogue(&encode_catalogue(&other)).unwrap();
    let refused = replay(&recorded, &other, &models, None);
    assert_eq!(refused, Err(ReplayError::Catalogue(CATALOGUE.hash.clone())));
    let unknown = tact_decide::Models { hash: "other".to_owned(), ..tact_aws::models().unwrap() };
    assert!(matches!(replay(&recorded, &CATALOGUE, &unknown, None), Err(ReplayError::Models(_))));

    // Facts that were exchanged, with a hash that fits, lead to another decision: the body says so.
    let stranger = records.lines().rfind(|other| *other != line).map(|other| decode_record(other).unwrap()).unwrap();
    let mut forged = recorded.clone();
    forged.facts = stranger.facts;
    assert_ne!(replay(&forged, &CATALOGUE, &models, None), Ok(recorded.body));
}
