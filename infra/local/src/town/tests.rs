use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{DAY_BEGINS, town};

const COMMITTED: &str = include_str!("../../../../events/a-day-in-town.ndjson");

fn text(seed: u64) -> String {
    let mut out = Vec::new();
    town(seed, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The town of seed 1, which every test here but two looks at.
fn events() -> &'static [Value] {
    static EVENTS: LazyLock<Vec<Value>> =
        LazyLock::new(|| text(1).lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    &EVENTS
}

fn field<'a>(event: &'a Value, key: &str) -> &'a str {
    event.get(key).and_then(Value::as_str).unwrap()
}

fn data<'a>(event: &'a Value, key: &str) -> &'a str {
    event.get("data").and_then(|data| data.get(key)).and_then(Value::as_str).unwrap_or_default()
}

fn at(event: &Value) -> Timestamp {
    field(event, "time").parse().unwrap()
}

/// The wall-clock time of an event, as it is written.
fn clock(event: &Value) -> &str {
    field(event, "time").split_once('T').unwrap().1
}

fn of(name: &str, kind: &str) -> Vec<&'static Value> {
    let kind = format!("tact.{kind}.v1");
    let mine = |event: &&Value| field(event, "subject") == name && field(event, "type") == kind;
    events().iter().filter(mine).collect()
}

fn on_the_day(name: &str, kind: &str) -> Vec<&'static Value> {
    let begins: Timestamp = DAY_BEGINS.parse().unwrap();
    of(name, kind).into_iter().filter(|event| at(event) >= begins).collect()
}

fn grants(event: &Value) -> BTreeSet<(&str, &str, &str)> {
    let grants = event.pointer("/data/grants").unwrap().as_array().unwrap();
    grants.iter().map(|grant| (field(grant, "channel"), field(grant, "purpose"), field(grant, "state"))).collect()
}

/// What the lines of a receipt add up to, in cents, returns netted.
fn net(event: &Value) -> i64 {
    let line_net = |line: &Value| {
        let amount =
            line.get("quantity").unwrap().as_i64().unwrap() * line.get("unit_price").unwrap().as_i64().unwrap();
        if line.get("kind").is_some() { -amount } else { amount }
    };
    event.pointer("/data/lines").unwrap().as_array().unwrap().iter().map(line_net).sum()
}

#[test]
fn the_same_seed_is_the_same_bytes_and_the_committed_file_is_the_town_of_seed_one() {
    assert!(text(1) == COMMITTED, "write it anew with `tact town --seed 1 > events/a-day-in-town.ndjson`");
    assert!(text(1) == text(1));
    assert!(text(1) != text(2));
}

#[test]
fn any_town_fits_into_two_megabytes_and_is_in_the_order_of_time() {
    for seed in [1, 2, 3, u64::MAX] {
        let text = text(seed);
        assert!(text.len() <= 2_000_000, "{}", text.len());
        let times: Vec<Timestamp> = text.lines().map(|line| at(&serde_json::from_str(line).unwrap())).collect();
        assert!(times.is_sorted());
        assert_eq!(times.last().unwrap().to_string(), "2026-11-01T16:00:00Z");
    }
}

#[test]
fn every_line_has_what_an_event_must_have() {
    for event in events() {
        assert_eq!(field(event, "specversion"), "1.0");
        assert!((1..=128).contains(&field(event, "id").len()));
        assert!(!field(event, "source").is_empty() && event.get("data").unwrap().is_object());
        let subject = field(event, "subject");
        assert!(subject.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{subject}");
        let expected: &[&str] = match field(event, "type") {
            "tact.check-in.v1" => &["store", "venue"],
            "tact.purchase.v1" => &["receipt"],
            "tact.geolocation.v1" => &["lat", "zone"],
            "tact.consent.v1" => &["grants"],
            "tact.partner.v1" => &["category"],
            "tact.comment.v1" => &["text"],
            "tact.outcome.v1" => &["event"],
            other => unreachable!("no such event kind: {other}"),
        };
        assert!(expected.iter().any(|key| event.pointer(&format!("/data/{key}")).is_some()), "{event}");
    }
}

#[test]
fn nothing_is_delivered_twice_but_carlas_tenth_check_in() {
    let mut delivered: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for event in events() {
        *delivered.entry((field(event, "source"), field(event, "id"))).or_default() += 1;
    }
    let repeated: Vec<_> = delivered.into_iter().filter(|(_, times)| *times > 1).collect();
    assert_eq!(repeated, [(("app/ios", "carla-c10"), 3)]);
    let check_ins: BTreeSet<Timestamp> = of("carla", "check-in").into_iter().map(at).collect();
    assert_eq!(check_ins.len(), 10);
    let month = SignedDuration::from_hours(30 * 24);
    assert!(check_ins.last().unwrap().duration_since(*check_ins.first().unwrap()) < month);
}

#[test]
fn nobody_does_two_things_in_one_second() {
    let mut seen: BTreeMap<(String, Timestamp), String> = BTreeMap::new();
    for event in events() {
        let id = field(event, "id").to_owned();
        let before = seen.insert((field(event, "subject").to_owned(), at(event)), id.clone());
        assert!(before.is_none_or(|before| before == id), "{id}");
    }
}

#[test]
fn about_160_people_live_here_and_most_of_what_they_do_on_the_saturday_is_in_the_rush() {
    let people: BTreeSet<&str> = events().iter().map(|event| field(event, "subject")).collect();
    assert!((155..=165).contains(&people.len()), "{}", people.len());
    let begins: Timestamp = DAY_BEGINS.parse().unwrap();
    let day: Vec<&Value> = events().iter().filter(|event| at(event) >= begins).collect();
    assert!(day.len() >= 1_500, "{}", day.len());
    let rush = day.iter().filter(|event| ("11".."16").contains(&clock(event).split(':').next().unwrap())).count();
    assert!(rush * 2 > day.len(), "{rush} of {}", day.len());
}

#[test]
fn only_anne_did_anything_before_august() {
    let august: Timestamp = "2026-08-02T00:00:00-04:00".parse().unwrap();
    let older: BTreeSet<&str> =
        events().iter().filter(|event| at(event) < august).map(|event| field(event, "subject")).collect();
    assert_eq!(older, BTreeSet::from(["anne"]));
}

#[test]
fn anne_spent_300_in_every_window_but_40_in_the_last_however_windows_are_cut() {
    let spent: Vec<(i64, i64)> =
        of("anne", "purchase").into_iter().map(|event| (at(event).as_second(), net(event))).collect();
    let window_s = 90 * 86_400;
    let rolling = |end: Timestamp| -> Vec<i64> {
        let ends = (0..4).map(|nth| end.as_second() - nth * window_s);
        ends.map(|end| spent.iter().filter(|(at, _)| (end - window_s..end).contains(at)).map(|(_, net)| net).sum())
            .collect()
    };
    for end in [DAY_BEGINS, "2026-11-01T11:00:00-05:00"] {
        assert_eq!(rolling(end.parse().unwrap()), [4_000, 30_000, 30_000, 30_000]);
    }
    let mut fixed: BTreeMap<i64, i64> = BTreeMap::new();
    for (at, net) in &spent {
        *fixed.entry(at.div_euclid(window_s)).or_default() += net;
    }
    assert_eq!(fixed.into_values().collect::<Vec<_>>(), [30_000, 30_000, 30_000, 30_000, 4_000]);
    assert_eq!(on_the_day("anne", "check-in").len(), 1);
    assert!(on_the_day("anne", "purchase").is_empty());
}

#[test]
fn ana_is_at_the_door_at_ten_past_eight_and_pays_five_minutes_later() {
    let door = on_the_day("ana", "geolocation").into_iter().find(|event| data(event, "zone") == "door").unwrap();
    assert_eq!(clock(door), "08:10:20-04:00");
    let paid: Vec<&str> = on_the_day("ana", "purchase").into_iter().map(clock).collect();
    assert_eq!(paid, ["08:15:00-04:00"]);
}

#[test]
fn ben_spends_22_minutes_in_shoes_and_leaves_with_nothing() {
    let path: Vec<(&str, &str)> = on_the_day("ben", "geolocation")
        .into_iter()
        .filter(|event| field(event, "source") == "beacon")
        .map(|event| (data(event, "zone"), clock(event)))
        .collect();
    assert_eq!(path.first(), Some(&("door", "14:02:20-04:00")));
    assert_eq!(path.iter().find(|(area, _)| *area == "shoes"), Some(&("shoes", "14:04:00-04:00")));
    assert_eq!(path.last(), Some(&("door", "14:26:00-04:00")));
    assert!(on_the_day("ben", "purchase").is_empty());
}

#[test]
fn dev_alone_may_be_greeted_by_name() {
    let recognised = |event: &&Value| event.to_string().contains("staff_recognition");
    let people: Vec<&str> = events().iter().filter(recognised).map(|event| field(event, "subject")).collect();
    assert_eq!(people, ["dev"]);
    assert!(grants(of("dev", "consent").first().unwrap()).contains(&("associate", "staff_recognition", "granted")));
}

#[test]
fn fay_alone_buys_for_a_pregnancy_and_gus_is_fifteen() {
    let sensitive = |event: &&Value| ["maternity", "vitamins"].iter().any(|word| event.to_string().contains(word));
    let people: BTreeSet<&str> = events().iter().filter(sensitive).map(|event| field(event, "subject")).collect();
    assert_eq!(people, BTreeSet::from(["fay"]));
    assert_eq!(clock(on_the_day("fay", "purchase").first().unwrap()), "11:04:07-04:00");
    let form = *of("gus", "consent").first().unwrap();
    assert_eq!(form.pointer("/data/birth_year").unwrap().as_i64(), Some(2011));
}

#[test]
fn hana_orders_at_night_and_half_an_hour_later_takes_her_consent_back() {
    assert_eq!(clock(on_the_day("hana", "purchase").first().unwrap()), "21:50:00-04:00");
    let stop = *on_the_day("hana", "consent").first().unwrap();
    assert_eq!((clock(stop), field(stop, "source")), ("22:20:00-04:00", "sms"));
    assert_eq!(grants(stop), BTreeSet::from([("sms", "marketing", "revoked")]));
}

#[test]
fn ivo_orders_at_22_40_in_denver_where_the_clocks_have_not_gone_back_yet() {
    let order = *on_the_day("ivo", "purchase").first().unwrap();
    assert_eq!(field(order, "time"), "2026-10-31T22:40:00-06:00");
    assert_eq!(data(of("ivo", "consent").first().unwrap(), "zone"), "America/Denver");
}

#[test]
fn jo_shops_at_riverside_and_brooke_is_in_tampa() {
    let jo = *on_the_day("jo", "purchase").first().unwrap();
    assert_eq!((data(jo, "store"), clock(jo)), ("riverside", "09:43:07-04:00"));
    let brooke = on_the_day("brooke", "geolocation");
    assert!(brooke.iter().any(|event| data(event, "store") == "tampa"));
    let online: Vec<&str> = of("brooke", "purchase").into_iter().map(|event| data(event, "channel")).collect();
    assert_eq!(online, ["web", "web"]);
    assert!(on_the_day("brooke", "purchase").is_empty());
}

#[test]
fn kit_owns_the_kettle_and_orders_again_at_night_and_lea_buys_the_bag_herself() {
    assert!(of("kit", "purchase").first().unwrap().to_string().contains("copper-kettle"));
    let times = |name| on_the_day(name, "purchase").into_iter().map(clock).collect::<Vec<_>>();
    assert_eq!(times("kit"), ["12:51:07-04:00", "21:40:00-04:00"]);
    assert_eq!(times("lea"), ["15:40:07-04:00", "22:10:00-04:00"]);
}

#[test]
fn half_past_one_comes_twice_and_is_told_apart() {
    let times: Vec<&str> = events().iter().map(|event| field(event, "time")).collect();
    assert!(times.contains(&"2026-11-01T01:30:00-04:00") && times.contains(&"2026-11-01T01:30:00-05:00"));
    let after = |time: &&str| time.starts_with("2026-11-01T09") || time.starts_with("2026-11-01T10");
    assert!(times.iter().filter(|time| after(time)).all(|time| time.ends_with("-05:00")));
}

#[test]
fn a_few_send_their_position_without_having_allowed_it() {
    let kind = |event: &&Value, kind: &str| field(event, "type") == format!("tact.{kind}.v1");
    let seen: BTreeSet<&str> =
        events().iter().filter(|event| kind(event, "geolocation")).map(|event| field(event, "subject")).collect();
    let allowed = |event: &&Value| kind(event, "consent") && grants(event).contains(&("push", "location", "granted"));
    let allowed: BTreeSet<&str> = events().iter().filter(allowed).map(|event| field(event, "subject")).collect();
    let withheld = seen.difference(&allowed).count();
    assert!((5..=30).contains(&withheld), "{withheld}");
    assert!(seen.intersection(&allowed).count() > 60);
}

#[test]
fn consents_are_a_mix_of_everything_some_nothing_and_never_asked() {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events().iter().filter(|event| field(event, "type") == "tact.consent.v1") {
        for (_, _, state) in grants(event) {
            *states.entry(state).or_default() += 1;
        }
    }
    assert!(
        ["granted", "denied", "revoked"].iter().all(|state| states.get(state).is_some_and(|n| *n >= 5)),
        "{states:?}"
    );
    let people: BTreeSet<&str> = events().iter().map(|event| field(event, "subject")).collect();
    let asked: BTreeSet<&str> = events()
        .iter()
        .filter(|event| field(event, "type") == "tact.consent.v1")
        .map(|event| field(event, "subject"))
        .collect();
    assert!(people.difference(&asked).count() >= 3);
}
