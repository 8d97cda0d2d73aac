//! A small catalogue that tests change piece by piece.

use tact_decide::{Catalogue, Models};
use tact_domain::Key;

use crate::{Failure, SourceFile, compile, compile_with_drafts, scenarios};

const POLICY: &str = r#"currency = "USD"
zone = "America/New_York"
push_needs = ["profiling"]
[[cap]]
name = "two_a_day"
max = 2
per = "24h"
[trouble]
complaint = "30d"
[holdout]
share = 0.1
salt = "sample"
[quiet.push]
open = "09:00"
close = "20:00"
[levers]
benefit = 0.5
harm = "3.00"
bid = "0.15"
at_entry = 0.5
"#;

const STORES: &str = r#"[[store]]
id = "market-street"
name = "Market Street"
lat = 40.7127
lon = -74.0060
zone = "America/New_York"
enter_m = 200
exit_m = 300
dwell_s = 300
areas = ["door", "shoes", "fitting"]
[[store]]
id = "riverside"
name = "Riverside"
lat = 40.8000
lon = -73.9715
zone = "America/New_York"
enter_m = 150
exit_m = 250
dwell_s = 300
areas = ["door"]
[[deny]]
id = "clinic"
category = "clinic"
lat = 40.8010
lon = -73.9715
"#;

const CHANNELS: &str = r#"[brand]
name = "Harbor"
postal_address = "1 Market Street, New York"
email_from = "hello@harbor.example"
help = "Harbor: help at https://harbor.example/help. Reply STOP to opt out."
links = ["harbor.example"]
sms_segments = 2
"#;

const ENTITLEMENTS: &str = r#"[[entitlement]]
name = "third_check_in"
points = 100
check_ins = { every = 3, within = "30d" }
"#;

/// A coupon worth less than silence, and a question worth more, for who looked around for long.
const COME_BACK: &str = r#"name = "come_back"
issue = "grow"
group = "offers"
triggers = ["exit", "due"]
margin = "24.00"
basket = "60.00"
organic = 0.18
benefit = "1.00"
value_class = ["recommendation"]
cool_down = "7d"
[after]
declined = "30d"
[rules]
eligibility = "purchases.days_since >= 1"
applicability = "mission == 'browse'"
[[limit]]
of = "budget"
most = "500.00"
every = "1d"
per_store = true
[[treatment]]
name = "ask"
channel = "push"
mode = "prompt"
promises = "keep"
cost = 0
group_prior = 0.25
harmed = { count = 5, of = 500 }
valid = "3h"
text = "Shall we keep a pair for you?"
[[treatment]]
name = "keep"
channel = "push"
mode = "push"
cost = 0
group_prior = 0.5
valid = "1d"
text = "It waits for you until tomorrow."
[[treatment]]
name = "coupon"
channel = "email"
mode = "push"
incentive = "6.00"
cost = 0
group_prior = 0.22
valid = "1d"
subject = "10 % off"
text = "10 % off until {{ valid_until }} with {{ code }}."
[treatment.coupon]
days = 30
on_return = "void"
"#;

/// A card for everybody who checks in, and a greeting by name for who asked for it.
const WELCOME: &str = r#"name = "welcome"
issue = "recognise"
group = "loyalty"
triggers = ["check_in", "open"]
margin = 0
benefit = "2.00"
organic = 0
value_class = ["rewards"]
[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
placement = "home"
cost = 0
group_prior = 0.2
liked = 0.2
valid = "1d"
text = "Welcome back."
[[treatment]]
name = "by_name"
channel = "associate"
mode = "prompt"
identifies = true
cost = "0.05"
group_prior = 0.2
liked = 0.9
valid = "30m"
text = "A guest who asked to be greeted by name has come in."
"#;

/// The files of the catalogue.
pub(crate) fn files() -> Vec<SourceFile> {
    let triggers = ["check_in", "purchase", "entry", "dwell", "exit", "comment", "due", "open"];
    let budgets: String = triggers.map(|name| format!("[{name}]\ncommit = \"2s\"\ndeliver = \"5s\"\n")).concat();
    let files = [
        ("policy.toml", POLICY),
        ("budgets.toml", &budgets),
        ("stores.toml", STORES),
        ("channels.toml", CHANNELS),
        ("entitlements.toml", ENTITLEMENTS),
        ("actions/come_back.toml", COME_BACK),
        ("actions/welcome.toml", WELCOME),
    ];
    files.map(|(path, text)| file(path, text)).to_vec()
}

/// A file.
pub(crate) fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

/// The files with one piece of one of them written differently.
pub(crate) fn changed(path: &str, right: &str, other: &str) -> Vec<SourceFile> {
    let mut files = files();
    let file = files.iter_mut().find(|file| file.path == path).unwrap();
    assert!(file.text.contains(right), "{right}");
    file.text = file.text.replacen(right, other, 1);
    files
}

/// The catalogue of some files.
pub(crate) fn catalogue(files: &[SourceFile]) -> Catalogue {
    compile(files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is wrong with a test file, one mistake a line.
pub(crate) fn mistakes(test: &str) -> String {
    let (catalogue, drafts) = compile_with_drafts(&files()).unwrap();
    scenarios(&file("a.test.toml", test), &catalogue, &drafts).map(|_| ()).unwrap_err().to_string()
}

/// What came of each test of a file in the catalogue.
pub(crate) fn played(test: &str) -> Vec<Result<(), Failure>> {
    let (catalogue, drafts): (_, Vec<Key>) = compile_with_drafts(&files()).unwrap();
    let tests = scenarios(&file("a.test.toml", test), &catalogue, &drafts).unwrap_or_else(|errors| panic!("{errors}"));
    tests.iter().map(|test| test.run(&catalogue, &Models::default())).collect()
}
