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
    pub(crate) discretion: Discretion,
}

/// One action.
pub(crate) struct Action {
    pub(crate) name: String,
    /// Whether it is marketing.
    pub(crate) sells: bool,
    /// Whether it is for the store alone, decided beside what is for the customer.
    pub(crate) for_store: bool,
    pub(crate) group: String,
    pub(crate) topic: Option<String>,
    /// Its treatments by name.
    pub(crate) ways: BTreeMap<String, Way>,
}

/// One treatment.
pub(crate) struct Way {
    pub(crate) mode: String,
    /// How long it is worth sending, in milliseconds.
    pub(crate) valid_ms: i64,
    /// Whether it points somebody out.
    pub(crate) identifies: bool,
    /// Whether it keeps what another promised, which was counted then.
    pub(crate) keeps: bool,
    /// How many steps it is from what nobody finds creepy, at leisure and whatever its action's rules look at: at the least.
    pub(crate) steps: i64,
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

/// How creepy anything may be, and how much of it is borne.
pub(crate) struct Discretion {
    /// The straight line of the log-odds of finding something creepy, by steps: where it begins, and how it rises.
    line: (f64, f64),
    /// How creepy at most, by mode: for those who agreed to the channel alone, and for those who agreed to suggestions.
    pub(crate) most: BTreeMap<String, [f64; 2]>,
    /// The points a customer has,
    pub(crate) points: f64,
    /// and what a day gives back.
    pub(crate) per_day: f64,
    thanked: f64,
    found: f64,
}

impl Discretion {
    fn read(file: &Table) -> Self {
        let surveyed = list(file, "tactic").into_iter().filter_map(|tactic| {
            let (cool, creepy) = (number(&tactic["cool"]), number(tactic.get("creepy")?));
            let level = |key: &str| tactic[key].as_integer().unwrap();
            let up: i64 = ["identification", "evidence", "audience", "moment", "arena"].map(level).iter().sum();
            #[expect(clippy::cast_precision_loss, reason = "some steps")]
            let steps = (up + 3 - level("control") + 2 - level("value")) as f64;
            Some((steps, (creepy / cool).ln()))
        });
        let surveyed: Vec<(f64, f64)> = surveyed.collect();
        // The normal equations of least squares.
        let sum = |of: fn(&(f64, f64)) -> f64| surveyed.iter().map(of).sum::<f64>();
        let (n, x, y) = (sum(|_| 1.0), sum(|(x, _)| *x), sum(|(_, y)| *y));
        let (xx, xy) = (sum(|(x, _)| x * x), sum(|(x, y)| x * y));
        let rise = (n * xy - x * y) / (n * xx - x * x);
        let most = file["most"].as_table().unwrap().iter();
        let patience = |key: &str| number(&file["patience"][key]);
        Self {
            line: ((y - rise * x) / n, rise),
            most: most
                .map(|(mode, most)| (mode.clone(), ["asked", "profiled"].map(|key| number(&most[key]))))
                .collect(),
            points: patience("points"),
            per_day: patience("per_day"),
            thanked: patience("thanked"),
            found: patience("found"),
        }
    }

    /// How creepy so many steps are, 0 to 1.
    pub(crate) fn creepy(&self, steps: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "some steps")]
        let odds = (self.line.0 + self.line.1 * steps as f64).exp();
        odds / (1.0 + odds)
    }

    /// The points that thanks give back, or else coming by oneself.
    pub(crate) fn earned(&self, thanked: bool) -> f64 {
        if thanked { self.thanked } else { self.found }
    }
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
            discretion: Discretion::read(&table(&fs::read_to_string(folder.join("discretion.toml")).unwrap())),
        }
    }
}

fn action(action: &Table) -> (String, Action) {
    let treatments = list(action, "treatment");
    let kept: Vec<String> = treatments.iter().filter_map(|treatment| text(treatment, "promises")).collect();
    let for_store = action.get("for_store").and_then(Value::as_bool) == Some(true);
    let class = action.get("class").and_then(Value::as_str).unwrap_or("default");
    let name = action["name"].as_str().unwrap().to_owned();
    let read = Action {
        name: name.clone(),
        sells: class == "default",
        for_store,
        group: action["group"].as_str().unwrap().to_owned(),
        topic: action.get("topic").and_then(Value::as_str).map(str::to_owned),
        ways: treatments.iter().map(|treatment| way(treatment, &kept, for_store)).collect(),
    };
    (name, read)
}

fn way(treatment: &Value, kept: &[String], for_store: bool) -> (String, Way) {
    let [name, channel, mode] = ["name", "channel", "mode"].map(|key| text(treatment, key).unwrap());
    let (keeps, by_person) = (kept.contains(&name), channel == "associate");
    let identifies = treatment.get("identifies").and_then(Value::as_bool) == Some(true);
    let identification = match () {
        () if for_store => 0,
        () if identifies => 3,
        () if by_person => 2,
        () => 1,
    };
    // Whoever is pointed out asked for it, or it is found by what they agreed to.
    let control = match mode.as_str() {
        _ if keeps || identifies => 3,
        _ if by_person => 0,
        "pull" => 3,
        "prompt" => 2,
        _ => 1,
    };
    let value = if keeps || text(treatment, "incentive").is_some() { 2 } else { 1 };
    let steps = identification + if by_person { 2 } else { 0 } + (3 - control) + (2 - value);
    let valid_ms = duration_ms(&text(treatment, "valid").unwrap());
    (name, Way { mode, valid_ms, identifies, keeps, steps })
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

/// A number, whole or not.
fn number(value: &Value) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "percentages and points")]
    let whole = value.as_integer().map(|whole| whole as f64);
    value.as_float().or(whole).unwrap()
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
