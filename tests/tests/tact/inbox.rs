//! One person's day, as they are told it: received, spared, and what we know.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::Value;
use tact::arrival;
use tact::inbox::{Inbox, Watch};
use tact::observer::Observer;
use tact::play::{Play, play};
use tact::respond::Respondents;
use tact::stack::seal;
use tact::town::DAY_BEGINS;
use tact_domain::{DecisionId, Timestamp};

/// Those whose day is told here.
const CAST: [&str; 9] = ["ana", "ben", "gus", "jo", "kit", "hana", "ivo", "p-052", "tia"];

/// Tia is not of the town: she lets us hear what others tell, and her card paid for a flight.
const TIA: [&str; 2] = [
    r#"{"specversion":"1.0","id":"tia-n1","source":"app","type":"tact.consent.v1","subject":"tia","time":"2026-10-01T12:00:00-04:00","data":{"grants":[{"purpose":"third_party","state":"granted"}]}}"#,
    r#"{"specversion":"1.0","id":"tia-t1","source":"card","type":"tact.partner.v1","subject":"tia","time":"2026-10-02T12:00:00-04:00","data":{"kind":"card","category":"airline","destination":"Tampa"}}"#,
];

/// Their days, in text and as JSON, from one run of what these people did on the day in town.
static DAYS: LazyLock<BTreeMap<&'static str, (String, Value)>> = LazyLock::new(|| {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "events", "a-day-in-town.ndjson"].iter().collect();
    let day = fs::read_to_string(path).unwrap();
    let about = |line: &&str| CAST.iter().any(|name| line.contains(&format!("\"subject\":\"{name}\"")));
    let lines: Vec<_> = day.lines().filter(about).chain(TIA).collect();
    let arrivals = arrival::read(&mut lines.join("\n").as_bytes(), false).unwrap();
    let last = arrivals.iter().map(|arrival| arrival.at).max().unwrap();
    let catalogue = tact_aws::catalogue().unwrap();
    let respond = Some(Respondents::of(&arrivals, &catalogue, seal().unwrap()));
    let morning = Timestamp(DAY_BEGINS.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let (fold_only_until, until) = (Some(morning), None);
    let playing = Play { arrivals, catalogue: &catalogue, data: None, fold_only_until, until, respond };
    let mut watches = CAST.map(Watch::on);
    let mut observers: Vec<_> = watches.iter_mut().map(|watch| watch as &mut dyn Observer).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let played = runtime.block_on(play(playing, &mut observers, &|_| {})).unwrap();
    let day = |(name, watch): (&'static str, &Watch)| {
        let inbox = Inbox::of(watch, &played.kept, &catalogue, &seal().unwrap(), last);
        (name, (inbox.text(), serde_json::to_value(&inbox).unwrap()))
    };
    CAST.into_iter().zip(&watches).map(day).collect()
});

fn text(name: &str) -> &'static str {
    &DAYS[name].0
}

fn json(name: &str) -> &'static Value {
    &DAYS[name].1
}

fn told(text: &str, what: &str) {
    let in_one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(in_one_line.contains(what), "`{what}` is not in:\n{text}");
}

#[test]
fn ana_is_told_what_she_got_why_that_was_allowed_and_what_she_answered() {
    let ana = text("ana");
    told(ana, "received Sat 08:15 a card in the app Next time, order on your way: it will be waiting at the door.");
    told(ana, "allowed because on 3 August 2026 you agreed to \"Cards in the app.\" then: you said yes Sat 08:15");
    told(ana, "spared Sat 08:10 you came in at Market Street: nothing we have would have helped you then");
}

#[test]
fn what_we_know_is_told_with_its_source() {
    let known = json("ana")["known"].as_array().unwrap();
    let by = |source: &str| {
        let theirs = known.iter().filter(|known| known["told_by"] == source);
        theirs.map(|known| known["what"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
    };
    let you = by("you");
    told(
        &you,
        "yes to texts that sell: \"About two texts a month. Stop at any time.\", at most 2 in 30 days, on 3 August 2026, by app/ios",
    );
    told(&by("bought"), "10 orders since 7 August 2026, 165.00 USD in all after returns");
    told(&by("bought"), "31 October 2026 08:15, at the till of Market Street: 16.50 USD");
    told(&by("seen"), "31 October 2026 08:10, Market Street: 8 minutes (door, checkout)");
    told(&by("worked_out"), "you come for one thing and go, from your visits to Market Street");
    told(&by("worked_out"), "points by the rule spend");
    assert!(!you.contains("+1") && !you.contains('@'), "addresses themselves are not shown: {you}");
}

#[test]
fn what_a_partner_told_is_told_to_whom_it_is_about() {
    told(text("tia"), "partners told us, as you allowed - 2 October 2026 12:00, card: airline, to Tampa");
    let known = json("tia")["known"].as_array().unwrap();
    assert_eq!(known.iter().filter(|known| known["told_by"] == "partners").count(), 1);
}

#[test]
fn a_minor_is_spared_without_details() {
    let gus = json("gus");
    assert_eq!((&gus["minor"], gus["received"].as_array().unwrap().len()), (&true.into(), 0));
    assert_eq!(gus["spared"].as_array().unwrap().len(), 1);
    assert_eq!((&gus["spared"][0]["reason"], &gus["known"]), (&"minor".into(), &Value::Array(Vec::new())));
    told(text("gus"), "you may not be of age");
    for detail in ["Market Street", "graphic-tee", "2011"] {
        assert!(!text("gus").contains(detail), "{detail}");
    }
}

#[test]
fn near_the_clinic_and_where_one_message_was_enough_the_reason_is_said_plainly() {
    told(text("jo"), "near a clinic, or another place where nobody is approached");
    let reasons = |name: &str| {
        let spared = json(name)["spared"].as_array().unwrap().iter();
        spared.map(|spared| spared["reason"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(reasons("jo").contains(&"deny_zone".to_owned()), "{:?}", reasons("jo"));
}

#[test]
fn what_was_put_off_says_until_when_at_the_recipients_clock() {
    told(text("ivo"), "at the clock of America/Denver");
    told(
        text("ivo"),
        "Sat 22:40 you ordered: not an hour at which we disturb anybody; a suggestion is put off to Sunday 09:00",
    );
    told(text("ivo"), "Sun 09:00 a text Harbor & Co: coffee running low?");
    told(text("hana"), "a suggestion is put off to Sunday 09:00");
    told(text("hana"), "Sun 09:00 what had been put off came up again: you asked us to stop texting");
    told(text("hana"), "no longer to texts that sell: \"pls stop texting me\", on 31 October 2026, by sms");
    told(text("kit"), "allowed because the law wants you to know");
    told(text("kit"), "allowed because it belongs to what you came for");
}

#[test]
fn a_coupon_is_told_with_its_code_its_last_day_and_whether_it_was_used() {
    let received = json("p-052")["received"].as_array().unwrap();
    let offer = received.iter().find(|received| received["treatment"] == "ten_percent").unwrap();
    let known = json("p-052")["known"].as_array().unwrap();
    let coupon =
        known.iter().map(|known| known["what"].as_str().unwrap()).find(|what| what.contains("coupon")).unwrap();
    let code = coupon.split_whitespace().nth(2).unwrap();
    assert_eq!(code.len(), 10);
    assert!(offer["text"].as_str().unwrap().contains(code), "{offer} {coupon}");
    told(coupon, "for come_back_for_it, worth 6.00 USD until 30 November 2026:");
    assert!(seal().unwrap().coupon_code(DecisionId(1)) != code);
}

#[test]
fn no_line_is_wider_than_a_hundred_characters() {
    for name in CAST {
        let widest = text(name).lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 100, "{name}: {widest}");
        assert!(text(name).lines().all(|line| !line.ends_with(' ')), "{name}");
    }
}

#[test]
fn the_patience_that_is_left_is_told_in_one_line() {
    let left = json("ana")["patience"]["left"].as_f64().unwrap();
    assert!((0.0..=1.5).contains(&left));
    told(text("ana"), &format!("your patience, as we reckon it: {left:.2} of 1.50 points are left for our messages"));
}
