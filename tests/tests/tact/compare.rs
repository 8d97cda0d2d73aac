//! The same events with two catalogues, and the columns of the day in town: a dry play decides what a run decides, and says what differs.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;
use tact::arrival::{self, Arrival};
use tact::compare::{Compared, Comparison};
use tact::dry::{Consents, Dry, Rehearsed, Script, eager, lawful};
use tact::output::Output;
use tact::play::{Play, play};
use tact::respond::Respondents;
use tact::stack::seal;
use tact::summary::{Beside, Columns, Summary, Twelve};
use tact::town::DAY_BEGINS;
use tact_decide::{Catalogue, Models};
use tact_domain::Timestamp;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| tact_aws::catalogue().unwrap());
static MODELS: LazyLock<Models> = LazyLock::new(|| tact_aws::models().unwrap());

/// The day in town.
static DAY: LazyLock<Vec<Arrival>> = LazyLock::new(|| {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "events", "a-day-in-town.ndjson"].iter().collect();
    arrival::read(&mut fs::read(path).unwrap().as_slice(), false).unwrap()
});

/// What those did who are told of by name, without any outcome the file tells.
static CAST: LazyLock<Vec<Arrival>> = LazyLock::new(|| {
    let named = |arrival: &&Arrival| !arrival.customer.starts_with("p-");
    let said = |arrival: &&Arrival| arrival.kind != tact_domain::EventKind::Outcome;
    DAY.iter().filter(named).filter(said).cloned().collect()
});

/// The summary of the day in town as the default run tells it.
static TOWN: LazyLock<Summary> = LazyLock::new(|| {
    let respond = Some(Respondents::of(&DAY, &CATALOGUE, seal().unwrap()));
    let (script, mut twelve) = (Script::of(&DAY), Twelve::default());
    let (fold_only_until, until) = (Some(morning()), None);
    let playing = Play {
        arrivals: DAY.clone(),
        catalogue: &CATALOGUE,
        data: None,
        fold_only_until,
        until,
        respond: respond.clone(),
    };
    let mut observers: Vec<_> = twelve.observers().collect();
    let mut played = runtime().block_on(play(playing, &mut observers, &|_| {})).unwrap();
    let beside = Beside { script: &script, catalogue: &CATALOGUE, models: &MODELS, fold_only_until, until, respond };
    played.summary.set_beside(&beside, &played.kept, &twelve, &seal().unwrap());
    played.summary
});

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn morning() -> Timestamp {
    Timestamp(DAY_BEGINS.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn dry<'a>(catalogue: &'a Catalogue, consents: Consents, respond: Option<Respondents<'a>>) -> Dry<'a> {
    Dry { catalogue, models: &MODELS, consents, fold_only_until: Some(morning()), until: None, respond }
}

fn compared(arrivals: &[Arrival]) -> Compared<'_> {
    Compared { arrivals, models: &MODELS, fold_only_until: Some(morning()), answered: true }
}

fn columns() -> &'static Columns {
    TOWN.columns().unwrap()
}

/// What won, by decision, as records tell it; an empty text for silence.
fn recorded(records: &str) -> BTreeMap<String, String> {
    let won = |line: &str| {
        let body = serde_json::from_str::<Value>(line).unwrap()["body"].take();
        let (chosen, text) = (&body["chosen"], |value: &Value| value.as_str().unwrap_or_default().to_owned());
        let said = format!("{}/{}/{}", text(&chosen["action"]), text(&chosen["treatment"]), text(&chosen["channel"]));
        (text(&body["decision"]), if chosen.is_null() { String::new() } else { said })
    };
    records.lines().map(won).collect()
}

fn rehearsed(rehearsed: &Rehearsed) -> BTreeMap<String, String> {
    let won = rehearsed.weighed.iter().map(|weighed| {
        let said = weighed.said.as_ref();
        let said = said.map(|said| format!("{}/{}/{}", said.action, said.treatment, said.channel.name()));
        (weighed.decision.to_string(), said.unwrap_or_default())
    });
    won.collect()
}

/// What a run of these events decides.
fn run(arrivals: &[Arrival], catalogue: &Catalogue, respond: Option<Respondents<'_>>) -> BTreeMap<String, String> {
    let out = tempfile::tempdir().unwrap();
    let mut output = Output::open(Some(out.path()), None).unwrap();
    let (arrivals, fold_only_until) = (arrivals.to_vec(), Some(morning()));
    let playing = Play { arrivals, catalogue, data: None, fold_only_until, until: None, respond };
    runtime().block_on(play(playing, &mut [&mut output], &|_| {})).unwrap();
    recorded(&fs::read_to_string(out.path().join("decisions.ndjson")).unwrap())
}

fn differences(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    let ids: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let apart = ids.into_iter().filter(|id| one.get(*id) != other.get(*id));
    apart.map(|id| format!("{id}: {:?} {:?}", one.get(id), other.get(id))).collect()
}

#[test]
fn a_dry_play_decides_what_a_run_decides() {
    let ran = run(&CAST, &CATALOGUE, None);
    let played = rehearsed(&dry(&CATALOGUE, Consents::Theirs, None).play(&Script::of(&CAST)));
    assert!(ran.values().filter(|said| !said.is_empty()).count() > 5, "{ran:?}");
    assert_eq!(differences(&ran, &played), Vec::<String>::new());
}

#[test]
fn a_dry_play_decides_what_a_run_decides_when_people_answer() {
    let respond = || Some(Respondents::of(&CAST, &CATALOGUE, seal().unwrap()));
    let ran = run(&CAST, &CATALOGUE, respond());
    let played = dry(&CATALOGUE, Consents::Theirs, respond()).play(&Script::of(&CAST));
    assert!(played.decisions.iter().any(|(_, item)| !item.outcomes.is_empty()));
    assert_eq!(differences(&ran, &rehearsed(&played)), Vec::<String>::new());
}

#[test]
fn the_same_play_twice_is_the_same() {
    let script = Script::of(&DAY);
    let once = || {
        let respond = Some(Respondents::of(&DAY, &CATALOGUE, seal().unwrap()));
        dry(&CATALOGUE, Consents::Theirs, respond).play(&script)
    };
    assert_eq!(once(), once());
}

#[test]
fn tact_sends_nothing_that_is_forbidden_and_each_column_no_more_of_it_than_the_one_before() {
    let Columns { eager, lawful, tact } = columns();
    let rows = eager.forbidden().into_iter().zip(lawful.forbidden()).zip(tact.forbidden());
    for (((name, eager), (_, lawful)), (_, tact)) in rows {
        assert!(eager >= lawful && lawful >= tact, "{name}: {eager} {lawful} {tact}");
        assert_eq!(tact, 0, "{name}");
    }
    assert!(eager.messages > lawful.messages && lawful.messages >= tact.messages, "{:?}", columns());
    let unasked = eager.said_no + eager.never_asked;
    let planted = [unasked, eager.to_minors, eager.at_night, eager.beside_a_clinic];
    assert!(planted.iter().all(|n| *n > 0), "the day has somebody in every row: {planted:?}");
    assert!(eager.revealing > 0 && eager.by_name > 0);
    assert!(eager.opted_out >= tact.opted_out);
}

#[test]
fn the_columns_are_told_with_what_is_planted_and_the_gap_as_it_is() {
    let text = TOWN.text();
    for told in ["eager", "lawful", "Tact", "a demonstration", "twelve people", "tact inbox Anne", "tact compare"] {
        assert!(text.contains(told), "`{told}` is not in:\n{text}");
    }
    let gap = columns().gap_minor();
    let words = if gap < 0 { format!("less than lawful (-{}.", -gap / 100) } else { "lawful".to_owned() };
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(&words), "{gap}\n{text}");
    let json = TOWN.json();
    assert_eq!(json["gap_to_lawful_minor"], gap);
    assert_eq!(json["columns"]["tact"]["said_no"], 0);
    let left: u64 = json["messages"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(json["columns"]["tact"]["messages"], left, "the third column is the run itself");
}

#[test]
fn twelve_people_are_told_of_in_one_line_each() {
    let people = TOWN.people();
    let names: BTreeSet<_> = people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!((people.len(), names.len()), (12, 12), "{people:?}");
    for person in people {
        assert!(!person.happened.is_empty() && !person.did.is_empty() && !person.why.is_empty(), "{person:?}");
    }
    let of = |name: &str| people.iter().find(|person| person.name == name).unwrap();
    assert!(of("Jo").why.contains("clinic"), "{:?}", of("Jo"));
    assert!(of("Kit").why.contains("law"), "{:?}", of("Kit"));
}

#[test]
fn no_gate_is_off_in_the_eager_column_it_is_another_catalogue() {
    let (one, other) = (eager(&CATALOGUE), lawful(&CATALOGUE));
    assert!(one.policy.caps.is_empty() && one.places.deny.is_empty());
    assert_eq!((&other.policy.caps, &other.places), (&CATALOGUE.policy.caps, &CATALOGUE.places));
    for (action, before) in other.actions.iter().zip(&CATALOGUE.actions) {
        assert_eq!((&action.treatments, &action.limits), (&before.treatments, &before.limits), "{}", action.name);
    }
    assert_ne!(CATALOGUE.policy.levers, other.policy.levers);
}

#[test]
fn a_catalogue_differs_in_nothing_from_itself() {
    let comparison = Comparison::of(&compared(&CAST), &CATALOGUE, &CATALOGUE).unwrap();
    assert!(!comparison.differs);
    assert!(comparison.text().starts_with("nothing differs: "), "{}", comparison.text());
    assert!(comparison.funnel.is_empty() && comparison.messages.is_empty() && comparison.examples.is_empty());
    let people = comparison.people;
    assert_eq!((people.gain, people.spared, people.lose), (0, 0, 0));
}

#[test]
fn one_action_more_shows_exactly_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    copy(&default_catalogue(), folder.path());
    fs::write(folder.path().join("actions/hello_card.toml"), HELLO).unwrap();
    let more = tact_policy::load(folder.path(), None).unwrap();
    let comparison = Comparison::of(&compared(&CAST), &CATALOGUE, &more).unwrap();
    assert!(comparison.differs && comparison.people.gain > 0, "{comparison:?}");
    assert_eq!(comparison.people.lose, 0, "{comparison:?}");
    let told: Vec<_> = comparison.messages.iter().map(|m| (m.action.as_str(), m.channel, m.a)).collect();
    assert_eq!(told, [("hello_card", "inbox", 0)]);
    assert!(comparison.worth_minor.1 > comparison.worth_minor.0);
    assert!((1..=3).contains(&comparison.examples.len()));
    for example in &comparison.examples {
        assert!(example.b.contains("hello_card") && !example.a.contains("hello_card"), "{example:?}");
    }
    let back = Comparison::of(&compared(&CAST), &more, &CATALOGUE).unwrap();
    assert_eq!((back.people.lose + back.people.spared, back.people.gain), (comparison.people.gain, 0));
}

#[test]
fn limits_are_counted_to_the_piece() {
    let mut scarce = CATALOGUE.clone();
    for action in &mut scarce.actions {
        action.limits.clear();
    }
    let script = Script::of(&DAY);
    let said = |played: &Rehearsed, action: &str| {
        let said = played.weighed.iter().filter_map(|weighed| weighed.said.as_ref());
        said.filter(|said| said.action == action).count()
    };
    let plenty = dry(&scarce, Consents::Theirs, None).play(&script);
    let (action, most) = ("order_update", said(&plenty, "order_update"));
    assert!(most > 3, "{most}");
    for known in scarce.actions.iter_mut().filter(|known| known.name == action) {
        let of = tact_decide::Resource::Stock;
        known.limits.push(tact_decide::Limit { of, most: 3, every_s: 0, per_store: false });
    }
    let few = dry(&scarce, Consents::Theirs, None).play(&script);
    assert_eq!(said(&few, action), 3);
    assert!(few.held_back["exhausted"] > 0);
}

/// An action that is in no other's way: a card, found by whoever stays a while and is given nothing else.
const HELLO: &str = r#"
name = "hello_card"
issue = "retain"
group = "hello"
triggers = ["dwell"]
margin = "1.00"
organic = 0.0
benefit = "1.00"
value_class = ["information"]

[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
cost = "0.001"
group_prior = 0.05
liked = 0.3     # a little more than the harm it may do
valid = "1h"
window = "1d"
text = "Good to see you."
"#;

fn default_catalogue() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "shared", "catalogue"].iter().collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(source, target).unwrap();
        }
    }
}
