//! The rules, as plain numbers out of the catalogue's files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// What the inspection has to know of the catalogue.
pub(crate) struct Rules {
    /// The actions by name.
    pub(crate) actions: BTreeMap<String, Action>,
    pub(crate) caps: Vec<Cap>,
    /// The seconds of the day between which a channel may be used.
    pub(crate) hours: BTreeMap<String, (i64, i64)>,
    /// Where the stores are.
    pub(crate) stores: BTreeMap<String, (f64, f64)>,
    /// Where nobody is approached.
    pub(crate) denied: Vec<(f64, f64)>,
    /// The venues that are such places, by their ids.
    pub(crate) denied_ids: BTreeSet<String>,
    /// The kinds of venue that are.
    pub(crate) private: BTreeSet<String>,
}

/// One action.
pub(crate) struct Action {
    /// Whether it is marketing.
    pub(crate) sells: bool,
    pub(crate) group: String,
    pub(crate) topic: Option<String>,
    /// How long each treatment is worth sending, in milliseconds.
    pub(crate) valid_ms: BTreeMap<String, i64>,
    /// The treatments that point somebody out.
    pub(crate) identifies: Vec<String>,
    /// The treatments that keep what another promised, which was counted then.
    pub(crate) keeps: Vec<String>,
}

/// At most so many messages in any window.
pub(crate) struct Cap {
    pub(crate) name: String,
    pub(crate) max: usize,
    pub(crate) window_ms: i64,
    /// Whether cards are counted, instead of messages that interrupt.
    pub(crate) cards: bool,
    pub(crate) channel: Option<String>,
    pub(crate) group: Option<String>,
}

impl Rules {
    /// Reads a catalogue's folder; the stores are given.
    pub(crate) fn read(folder: &Path, stores: &str) -> Self {
        let policy = table(&fs::read_to_string(folder.join("policy.toml")).unwrap());
        let stores = table(stores);
        let sensitive = table(&fs::read_to_string(folder.join("sensitive.toml")).unwrap());
        let kinds = [list(&sensitive, "matter"), list(&sensitive, "deny")].concat();
        let kinds = kinds.iter().filter_map(|list| list.get("venues")?.as_array()).flatten();
        let actions = fs::read_dir(folder.join("actions")).unwrap().map(|entry| entry.unwrap().path());
        let actions = actions.filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".toml") && !name.ends_with(".test.toml")
        });
        let place = |place: &Value| (place["lat"].as_float().unwrap(), place["lon"].as_float().unwrap());
        let hours = policy["quiet"].as_table().unwrap().iter();
        Self {
            actions: actions.map(|path| action(&table(&fs::read_to_string(path).unwrap()))).collect(),
            caps: list(&policy, "cap").iter().map(cap).collect(),
            hours: hours
                .map(|(channel, hours)| (channel.clone(), (second(&hours["open"]), second(&hours["close"]))))
                .collect(),
            stores: list(&stores, "store").iter().map(|s| (text(s, "id").unwrap(), place(s))).collect(),
            denied: list(&stores, "deny").iter().map(place).collect(),
            denied_ids: list(&stores, "deny").iter().map(|zone| text(zone, "id").unwrap()).collect(),
            private: kinds.map(|kind| kind.as_str().unwrap().to_owned()).collect(),
        }
    }
}

fn action(action: &Table) -> (String, Action) {
    let treatments = list(action, "treatment");
    let name = |treatment: &Value| text(treatment, "name").unwrap();
    let valid = |treatment: &Value| (name(treatment), duration_ms(&text(treatment, "valid").unwrap()));
    let identifies = |treatment: &&Value| treatment.get("identifies").and_then(Value::as_bool) == Some(true);
    let class = action.get("class").and_then(Value::as_str).unwrap_or("default");
    let read = Action {
        sells: class == "default",
        group: action["group"].as_str().unwrap().to_owned(),
        topic: action.get("topic").and_then(Value::as_str).map(str::to_owned),
        valid_ms: treatments.iter().map(valid).collect(),
        identifies: treatments.iter().filter(identifies).map(name).collect(),
        keeps: treatments.iter().filter_map(|treatment| text(treatment, "promises")).collect(),
    };
    (action["name"].as_str().unwrap().to_owned(), read)
}

fn cap(cap: &Value) -> Cap {
    Cap {
        name: text(cap, "name").unwrap(),
        max: usize::try_from(cap["max"].as_integer().unwrap()).unwrap(),
        window_ms: duration_ms(&text(cap, "per").unwrap()),
        cards: cap.get("impressions").and_then(Value::as_bool) == Some(true),
        channel: text(cap, "channel"),
        group: text(cap, "group"),
    }
}

fn table(text: &str) -> Table {
    text.parse().unwrap()
}

fn list(table: &Table, name: &str) -> Vec<Value> {
    table.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The second of the day that "09:30" means.
fn second(clock: &Value) -> i64 {
    let (hours, minutes) = clock.as_str().unwrap().split_once(':').unwrap();
    hours.parse::<i64>().unwrap() * 3_600 + minutes.parse::<i64>().unwrap() * 60
}

/// What "30m", "24h" and "7d" mean, in milliseconds.
fn duration_ms(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let seconds = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let unit = seconds.iter().find(|(name, _)| *name == unit).unwrap().1;
    number.parse::<i64>().unwrap() * unit * 1_000
}
