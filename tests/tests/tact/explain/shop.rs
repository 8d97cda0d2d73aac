//! A shop with a catalogue of six actions, and a Saturday morning in it: what is explained in these tests.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value, json};
use tact::arrival::{self, Arrival};
use tact::explain::{Explainer, Gathered, Wanted};
use tact::play::{Play, play};
use tact::stack::Kept;
use tact_decide::{Catalogue, Models};
use tact_domain::{CustomerId, Timestamp};
use tact_policy::SourceFile;
use tact_wire::Recorded;

/// What the actions are: one is for those who buy shoes, one for nobody here, one is a coupon for what is bought anyway, one is a task for staff, one
/// is for those who open the app, one is owed to all who pay.
const ACTIONS: [(&str, &str); 6] = [
    (
        "shoe_care",
        r#"
issue = "choose"
group = "advice"
triggers = ["check_in"]
margin = "10.00"
organic = 0.10
benefit = "2.00"
value_class = ["how_to"]
cool_down = "1h"
[rules]
eligibility = "purchases.count('shoes', 90d) >= 3"
[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
group_prior = 0.15
liked = 0.4
valid = "1d"
text = "How to care for the shoes you have."
"#,
    ),
    (
        "bag_care",
        r#"
issue = "choose"
group = "advice"
triggers = ["check_in"]
margin = "10.00"
organic = 0.10
benefit = "2.00"
value_class = ["how_to"]
[rules]
eligibility = "purchases.count('bags', 90d) >= 1"
[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
group_prior = 0.15
liked = 0.4
valid = "1d"
text = "How to care for a bag."
"#,
    ),
    (
        "coupon",
        r#"
issue = "grow"
group = "offers"
triggers = ["check_in"]
margin = "24.00"
basket = "60.00"
organic = 0.60
benefit = 0
value_class = ["recommendation"]
[[treatment]]
name = "ten"
channel = "email"
mode = "push"
incentive = "6.00"
group_prior = 0.22
liked = 0.0
valid = "1d"
subject = "Ten off"
text = "Ten per cent off, until {{ valid_until }}: {{ code }}."
[treatment.coupon]
days = 30
on_return = "void"
"#,
    ),
    (
        "greet",
        r#"
issue = "recognise"
group = "loyalty"
triggers = ["check_in"]
margin = "5.00"
organic = 0.10
benefit = "6.00"
value_class = ["rewards"]
[[treatment]]
name = "by_name"
channel = "associate"
mode = "prompt"
identifies = true
cost = "0.20"
discloses = ["told"]
group_prior = 0.20
liked = 0.7
valid = "30m"
text = "A guest who asked to be greeted by name has come in."
"#,
    ),
    (
        "news",
        r#"
issue = "choose"
group = "news"
triggers = ["open"]
margin = "2.00"
organic = 0.05
benefit = "1.00"
value_class = ["information"]
[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
placement = "home"
group_prior = 0.10
liked = 0.3
valid = "1d"
text = "What is new in our stores."
"#,
    ),
    (
        "receipt",
        r#"
issue = "service"
group = "orders"
class = "transactional"
triggers = ["purchase"]
margin = 0
organic = 0
benefit = "1.00"
value_class = ["information"]
[[treatment]]
name = "email"
channel = "email"
mode = "push"
group_prior = 0.5
liked = 0.5
valid = "1d"
subject = "Your receipt"
text = "Your receipt is attached."
"#,
    ),
];

const POLICY: &str = r#"
currency = "USD"
zone = "America/New_York"
push_needs = ["profiling"]
may_disclose = ["ours", "told", "bought"]

[[cap]]
name = "two_a_day"
max = 2
per = "24h"

[[cap]]
name = "five_cards"
max = 5
per = "24h"
impressions = true

[levers]
benefit = 0.5
harm = "3.00"
bid = "0.15"
at_entry = 0.25
later = 0.9
"#;

/// The catalogue of the shop.
pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| tact_policy::compile(&files()).unwrap());

/// The files of the catalogue of the shop, with the stores, the sender, the times and the discretion of the default one.
fn files() -> Vec<SourceFile> {
    let home: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "shared", "catalogue"].iter().collect();
    let kept = |file: &SourceFile| {
        ["budgets.toml", "stores.toml", "channels.toml", "discretion.toml"].contains(&file.path.as_str())
    };
    let mut files: Vec<_> = tact_policy::read_dir(&home).unwrap().into_iter().filter(kept).collect();
    files.push(SourceFile { path: "policy.toml".to_owned(), text: POLICY.to_owned() });
    files.extend(ACTIONS.map(|(name, text)| SourceFile {
        path: format!("actions/{name}.toml"),
        text: format!("name = \"{name}\"\n{text}"),
    }));
    files
}

/// Writes the catalogue of the shop into a directory.
pub(crate) fn write(directory: &Path) {
    std::fs::create_dir(directory.join("actions")).unwrap();
    for file in files() {
        std::fs::write(directory.join(file.path), file.text).unwrap();
    }
}

/// The models that functions decide with here.
pub(crate) static MODELS: LazyLock<Models> = LazyLock::new(|| tact_aws::models().unwrap());

/// The morning, played once.
pub(crate) static MORNING: LazyLock<Morning> = LazyLock::new(|| Morning::of(&events(), None));

/// A morning that was played.
pub(crate) struct Morning {
    pub(crate) kept: Kept,
    pub(crate) records: Vec<Recorded>,
    pub(crate) state: String,
}

impl Morning {
    /// Plays events on a table in memory, or in a directory.
    pub(crate) fn of(events: &str, data: Option<&Path>) -> Self {
        let arrivals = arrivals(events);
        let mut gathered = Gathered::of(Wanted::All);
        let playing = Play { arrivals, catalogue: &CATALOGUE, data, fold_only_until: None, until: None, respond: None };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let played = runtime.block_on(play(playing, &mut [&mut gathered], &|_| {})).unwrap();
        Self { kept: played.kept, records: gathered.records(), state: played.summary.state_hash }
    }

    /// Whoever explains it.
    pub(crate) fn explainer(&self) -> Explainer<'_> {
        Explainer { kept: &self.kept, catalogue: &CATALOGUE, models: &MODELS }
    }

    /// The records about one customer.
    pub(crate) fn about(&self, name: &str) -> Vec<Recorded> {
        let theirs = |recorded: &&Recorded| tact::explain::customer_of(recorded).unwrap().as_str() == name;
        self.records.iter().filter(theirs).cloned().collect()
    }
}

fn arrivals(events: &str) -> Vec<Arrival> {
    arrival::read(&mut events.as_bytes(), false).unwrap()
}

/// An instant of the Saturday, in New York.
pub(crate) fn at(clock: &str) -> Timestamp {
    Timestamp(format!("2026-10-31T{clock}:00-04:00").parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

pub(crate) fn customer(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

fn event(kind: &str, id: &str, who: &str, time: &str, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "test", "type": format!("tact.{kind}.v1"),
        "subject": who, "time": time, "data": data,
    })
    .to_string()
}

fn grants(who: &str, recognised: bool) -> String {
    let proof = json!({ "text_id": "t-1", "shown": "Cards in the app.", "seller": "Harbor & Co" });
    let mut grants = vec![
        json!({ "channel": "inbox", "purpose": "marketing", "state": "granted", "proof": proof }),
        json!({ "channel": "email", "purpose": "marketing", "state": "granted" }),
        json!({ "purpose": "profiling", "state": "granted" }),
    ];
    if recognised {
        grants.push(json!({ "purpose": "staff_recognition", "state": "granted" }));
    }
    let data = json!({
        "grants": grants, "points": { "email": format!("{who}@example.com") }, "zone": "America/New_York",
    });
    event("consent", &format!("{who}-n"), who, "2026-08-03T12:00:00-04:00", &data)
}

fn purchase(who: &str, id: &str, time: &str) -> String {
    let line = json!({ "product": "boots", "category": "shoes", "quantity": 1, "unit_price": 6000 });
    let data = json!({
        "receipt": id, "store": "market-street", "channel": "store", "currency": "USD", "lines": [line],
    });
    event("purchase", id, who, time, &data)
}

fn check_in(who: &str, clock: &str) -> String {
    let time = format!("2026-10-31T{clock}:00-04:00");
    event("check-in", &format!("{who}-c-{clock}"), who, &time, &json!({ "store": "market-street" }))
}

/// Ana bought shoes three times and checks in; seven guests who want to be greeted check in at eleven, two who do not, and one of whom nobody
/// knows anything; one of the seven comes again after noon.
pub(crate) fn events() -> String {
    let mut events = vec![grants("ana", false)];
    events.extend((1..=3).map(|n| purchase("ana", &format!("ana-p{n}"), &format!("2026-10-0{n}T12:00:00-04:00"))));
    events.push(check_in("ana", "10:05"));
    for n in 0..7 {
        let who = format!("guest-{n}");
        events.extend([grants(&who, true), check_in(&who, &format!("11:0{n}"))]);
    }
    for who in ["shy-0", "shy-1"] {
        events.extend([grants(who, false), check_in(who, "11:30")]);
    }
    events.push(check_in("stranger", "11:40"));
    events.push(check_in("guest-0", "12:10"));
    events.join("\n")
}
