//! A small catalogue that compiles, and what is said when each of its lines goes wrong.

mod goods;
mod law;
mod learning;
mod mistakes;
mod morning;
mod public;
mod screen;
mod words;

use std::path::Path;

use tact_decide::{Class, Criterion, Issue, Mode, Rule, Slot, Stage, Test, Window};
use tact_domain::{Channel, CouponTerms, Earned, Entitlement, On, OnReturn, Trigger};

use super::*;

const POLICY: &str = r#"currency = "USD"
zone = "America/New_York"
[[cap]]
name = "one_a_day"
max = 1
per = "24h"
[[cap]]
name = "cards"
max = 5
per = "24h"
impressions = true
[quiet.sms]
open = "09:00"
close = "20:00"
[levers]
benefit = 0.5
harm = "3.00"
bid = "0.15"
at_entry = 0.25
"#;

const BUDGETS: &str = r#"[check_in]
commit = "2s"
deliver = "5s"
[exit]
commit = "1500ms"
deliver = "30s"
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
areas = ["door", "shoes"]
[[deny]]
id = "clinic"
name = "A clinic"
category = "clinic"
lat = 40.8026
lon = -73.9715
"#;

const ACTION: &str = r#"name = "win_back"
issue = "retain"
group = "care"
topic = "shoes"
triggers = ["exit", "check_in"]
from = 2026-10-31
until = 2026-11-30
margin = "25.00"
basket = 70
organic = 0.08
lever = 1.5
value_class = ["rewards"]
[rules]
eligibility = "store == 'market-street'"
applicability = "purchases.count(90d) >= 1 && purchases.count(90d) <= 3"
suitability = ["purchases.spend(90d) <= 60.00",
  "area != 'door'"]
[[treatment]]
name = "sms"
channel = "sms"
mode = "push"
incentive = "10.00"
cost = "0.0079"
group_prior = 0.14
harmed = { count = 60, of = 500 }
valid = "2d"
text = "{{ brand }}: ten dollars off. Reply STOP to opt out."
[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
cost = 0
group_prior = 0.1
liked = 0.2
harmed = { count = 0, of = 500 }
valid = "30m"
text = "Hello."
"#;

const CHANNELS: &str = r#"[brand]
name = "Harbor & Co."
postal_address = "1 Market Street, New York"
email_from = "hello@harbor.example"
help = "Harbor & Co.: help at https://harbor.example/help. Reply STOP to opt out."
links = ["harbor.example", "shop.example"]
sms_segments = 2
"#;

const ENTITLEMENTS: &str = r#"[[entitlement]]
name = "tenth_check_in"
points = 100
check_ins = { every = 10, within = "30d" }
[[entitlement]]
name = "spend"
points = 1
spend = { per = "10.00" }
"#;

fn files() -> Vec<SourceFile> {
    let files = [
        ("policy.toml", POLICY),
        ("budgets.toml", BUDGETS),
        ("stores.toml", STORES),
        ("actions/win_back.toml", ACTION),
        ("channels.toml", CHANNELS),
        ("entitlements.toml", ENTITLEMENTS),
    ];
    files.map(|(path, text)| file(path, text)).to_vec()
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

/// What is said when one piece of one file is written differently.
fn said(path: &str, right: &str, wrong: &str) -> String {
    let mut files = files();
    let file = files.iter_mut().find(|file| file.path == path).unwrap();
    assert!(file.text.contains(right), "{right}");
    file.text = file.text.replacen(right, wrong, 1);
    match compile(&files) {
        Ok(_) => format!("{path}: nothing is wrong with {wrong}"),
        Err(errors) => errors.to_string(),
    }
}

fn assert_said(path: &str, cases: &[(&str, &str, &str)]) {
    for (right, wrong, expected) in cases {
        assert_eq!(&said(path, right, wrong), &format!("{path}:{expected}"));
    }
}

#[test]
fn a_catalogue_means_what_it_says() {
    let catalogue = compile(&files()).unwrap();
    let action = &catalogue.actions[0];
    assert_eq!((action.issue, action.class), (Issue::Retain, Class::Default));
    assert_eq!(action.triggers, [Trigger::Exit, Trigger::CheckIn]);
    assert_eq!(action.margin.to_bits(), 2500.0_f64.to_bits());
    assert_eq!((action.from.unwrap().0, action.until.unwrap().0), (1_793_419_200_000, 1_796_101_200_000));
    let texts: Vec<&str> = action.conditions.iter().map(|condition| condition.text.as_str()).collect();
    let least = ["store == 'market-street'", "purchases.count(90d) >= 1", "purchases.count(90d) <= 3"];
    let best = ["purchases.spend(90d) <= 60.00", "area != 'door'"];
    assert_eq!(texts, [&least[..], &best[..]].concat(), "in the order of the stages");
    let spend = Criterion { slot: 3, test: Test::Range { min: None, max: Some(6000.0) } };
    assert_eq!((action.conditions[3].stage, &action.conditions[3].rule), (Stage::Suitability, &Rule::Is(spend)));
    let window = Window { days: 90, earlier: false };
    assert_eq!(catalogue.slots, [Slot::Store, Slot::Area, Slot::Orders(None, window), Slot::Spend(window)]);
    let sms = &action.treatments[0];
    assert_eq!((sms.channel, sms.mode, sms.valid_s), (Channel::Sms, Mode::Push, 172_800));
    assert_eq!(sms.cost.to_bits(), 0.79_f64.to_bits());
    assert_eq!(catalogue.budgets.of(Trigger::Exit).unwrap().commit_ms, 1500);
    assert_eq!(catalogue.budgets.of(Trigger::Dwell), None);
    assert_eq!((catalogue.policy.quiet.channels[0].open_s, catalogue.policy.caps[1].window_s), (32_400, 86_400));
    assert!((catalogue.places.deny[0].radius_m - 609.6).abs() < 1e-9);
}

#[test]
fn who_speaks_and_what_is_earned_mean_what_they_say() {
    let catalogue = compile(&files()).unwrap();
    assert_eq!((catalogue.brand.name.as_str(), catalogue.brand.sms_segments), ("Harbor & Co.", 2));
    assert_eq!(catalogue.brand.links, ["harbor.example", "shop.example"]);
    let spend = Entitlement { name: "spend".into(), by: Earned::Spend { per: 1_000 }, points: 1 };
    let by = Earned::CheckIns { every: 10, within_days: 30 };
    let tenth = Entitlement { name: "tenth_check_in".into(), by, points: 100 };
    assert_eq!(catalogue.entitlements, [spend, tenth], "in name order");

    let mut without = files();
    without.retain(|file| file.path != "entitlements.toml");
    assert!(compile(&without).unwrap().entitlements.is_empty());
    without.retain(|file| file.path != "channels.toml");
    let error = compile(&without).unwrap_err().to_string();
    assert_eq!(error, "channels.toml:1: file: is missing; add `channels.toml` beside the folder `actions`");
}

#[test]
fn coupons_windows_and_appointments_mean_what_they_say() {
    let coupon = "text = \"{{ code }} until {{ valid_until }}. STOP\"\nwindow = \"31d\"\n[treatment.coupon]\ndays = 30\nstores = [\"market-street\"]\non_return = \"reopen\"";
    let mut files = files();
    let action = &mut files[3].text;
    *action = action.replace("text = \"{{ brand }}: ten dollars off. Reply STOP to opt out.\"", coupon);
    *action = action.replace("[\"exit\", \"check_in\"]", "[\"exit\", \"due\"]");
    *action = action.replace("[rules]", "[put_off]\non = \"time\"\nat = \"09:30\"\nwithin = \"2d\"\n[rules]");
    files[1].text.push_str("[due]\ncommit = \"5m\"\ndeliver = \"10m\"\n");
    let catalogue = compile(&files).unwrap();
    let action = &catalogue.actions[0];
    let put_off = action.put_off.unwrap();
    assert_eq!((put_off.on, put_off.at_s, put_off.within_s), (On::Time, 34_200, 172_800));
    let [sms, card] = &action.treatments[..] else { panic!("two treatments") };
    let terms = CouponTerms { days: 30, stores: vec!["market-street".into()], on_return: OnReturn::Reopen };
    assert_eq!((sms.window_s, &sms.coupon), (31 * 86_400, &Some(terms)));
    assert_eq!((card.window_s, &card.coupon, &card.subject), (7 * 86_400, &None, &None));
    assert_eq!(catalogue.budgets.of(Trigger::Due).unwrap().deliver_ms, 600_000);
}

#[test]
fn the_compiled_bytes_read_back_as_the_same_catalogue_whatever_the_order_of_files() {
    let catalogue = compile(&files()).unwrap();
    let bytes = encode_catalogue(&catalogue);
    assert_eq!(decode_catalogue(&bytes).unwrap(), catalogue);
    assert_eq!(catalogue.hash.len(), 64);

    let mut more = files();
    let second = ACTION.replace("win_back", "ask");
    more.push(file("actions/ask.toml", &second));
    let expected = encode_catalogue(&compile(&more).unwrap());
    for _ in 0..more.len() {
        more.rotate_left(1);
        assert_eq!(encode_catalogue(&compile(&more).unwrap()), expected);
    }
    more.reverse();
    assert_eq!(encode_catalogue(&compile(&more).unwrap()), expected);
}

#[test]
fn every_mistake_of_every_file_is_said_at_once_in_order() {
    let mut files = files();
    files[0].text = files[0].text.replace("\"USD\"", "1").replace("harm", "harn");
    files[3].text = files[3].text.replace("retain", "retian").replace("\"2d\"", "\"soon\"");
    files.remove(1);
    files.push(file("action/x.toml", ""));
    files.push(file("actions/y.toml", "name = "));
    let errors = compile(&files).unwrap_err();
    let places: Vec<(&str, usize, &str)> =
        errors.mistakes().iter().map(|one| (one.file.as_str(), one.line, one.key.as_str())).collect();
    let expected = [
        ("action/x.toml", 1, "file"),
        ("actions/win_back.toml", 2, "issue"),
        ("actions/win_back.toml", 26, "treatment.sms.valid"),
        ("actions/y.toml", 1, "syntax"),
        ("budgets.toml", 1, "file"),
        ("policy.toml", 1, "currency"),
        ("policy.toml", 15, "levers.harm"),
        ("policy.toml", 17, "levers.harn"),
    ];
    assert_eq!(places, expected);
}

#[test]
fn there_is_room_for_a_thousand_actions_and_twenty_treatments_and_no_more() {
    let mut many = files();
    for n in 1..1000 {
        let name = format!("a{n}");
        many.push(file(&format!("actions/{name}.toml"), &ACTION.replace("win_back", &name)));
    }
    assert_eq!(compile(&many).unwrap().actions.len(), 1000);
    many.push(file("actions/one_more.toml", &ACTION.replace("win_back", "one_more")));
    let error = compile(&many).unwrap_err().to_string();
    assert_eq!(error, "actions:1: file: holds 1001 actions, at most 1000 are allowed; remove those that no longer run");

    let (head, treatment) = ACTION.split_once("[[treatment]]\nname = \"card\"").unwrap();
    let more: Vec<String> = (0..20).map(|n| format!("[[treatment]]\nname = \"card{n}\"{treatment}")).collect();
    let mut wide = files();
    wide[3].text = format!("{head}{}", more.concat());
    let error = compile(&wide).unwrap_err().to_string();
    assert_eq!(error, "actions/win_back.toml:18: treatment: there are 21, at most 20 are allowed; split the action");
}

#[test]
fn other_stores_never_make_a_deny_zone_vanish() {
    let catalogue = compile(&files()).unwrap();
    let only_store = STORES.split_once("[[deny]]").unwrap().0.replace("market-street", "cell:9");
    let replaced = with_stores(&catalogue, &file("fences.toml", &only_store)).unwrap();
    assert!(replaced.places.store("market-street").is_none() && replaced.places.store("cell:9").is_some());
    assert_eq!(replaced.places.deny, catalogue.places.deny);
    assert_ne!(replaced.hash, catalogue.hash);

    let added = STORES.replace("\"clinic\"\nname", "\"shelter\"\nname");
    let ids = |catalogue: &Catalogue| catalogue.places.deny.iter().map(|zone| zone.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&with_stores(&catalogue, &file("f.toml", &added)).unwrap()), ["clinic", "shelter"]);
    assert_eq!(
        ids(&with_stores(&catalogue, &file("f.toml", STORES)).unwrap()),
        ["clinic"],
        "listed alike, counted once"
    );
    let moved = STORES.replace("40.8026", "10.0");
    let error = with_stores(&catalogue, &file("f.toml", &moved)).unwrap_err().to_string();
    assert_eq!(
        error,
        "f.toml:11: deny: `clinic` is the id of another deny zone of the catalogue, which stays; give it an id of its own"
    );
}

#[test]
fn the_default_catalogue_compiles_and_reads_back_the_same() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue"));
    let catalogue = crate::load(folder, None).unwrap();
    assert_eq!(decode_catalogue(&encode_catalogue(&catalogue)).unwrap(), catalogue);
    assert!(catalogue.actions.len() >= 9);
    assert!(catalogue.actions.iter().any(|action| action.class == Class::Mandatory));
    assert!(!catalogue.places.stores.is_empty() && !catalogue.places.deny.is_empty());
    for trigger in Trigger::ALL {
        assert!(catalogue.actions.iter().any(|action| action.triggers.contains(&trigger)), "{trigger:?}");
    }
}

#[test]
fn an_action_needs_a_treatment() {
    let head = ACTION.split_once("[[treatment]]").unwrap().0;
    let expected = "treatment: is missing; add a `[[treatment]]`: what is done, by which channel";
    for (text, line) in [(head.to_owned(), 1), (format!("treatment = []\n{head}"), 1)] {
        let mut files = files();
        files[3].text = text;
        assert_eq!(compile(&files).unwrap_err().to_string(), format!("actions/win_back.toml:{line}: {expected}"));
    }
}

#[test]
fn policy_tests_beside_the_actions_are_no_actions() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("actions")).unwrap();
    for file in files() {
        std::fs::write(folder.path().join(&file.path), &file.text).unwrap();
    }
    for ignored in ["win_back.test.toml", ".win_back.toml", "README.md"] {
        std::fs::write(folder.path().join("actions").join(ignored), "not TOML").unwrap();
    }
    let mut expected = files();
    expected.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(crate::read_dir(folder.path()).unwrap(), expected);
    assert_eq!(crate::load(folder.path(), None).unwrap(), compile(&files()).unwrap());
    let stores = folder.path().join("stores.toml");
    assert_eq!(crate::load(folder.path(), Some(&stores)).unwrap(), compile(&files()).unwrap());
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = crate::load(Path::new("no-such-folder"), None).unwrap_err().to_string();
    assert!(error.starts_with("cannot read `no-such-folder/actions`: "), "{error}");
}
