//! What `quiet_hours.toml` means, and what is said when it goes wrong.

use tact_decide::{DayHours, Place, Quiet};

use super::*;

const LAW: &str = r#"source = "a table"
as_of = 2026-11-22
channels = ["sms", "email"]
possible_zones = ["America/New_York", "Pacific/Honolulu"]
[federal]
open = "08:00"
close = "21:00"
[[state]]
name = "RI"
open = "09:00"
close = "18:00"
closed = ["sunday"]
saturday = { open = "10:00", close = "17:00" }
[[region]]
state = "RI"
zones = ["America/New_York"]
codes = [401]
[[region]]
zones = ["America/Toronto", "America/Winnipeg"]
codes = [807]
"#;

fn with_law(law: &str, policy: &str) -> Vec<SourceFile> {
    let mut files = files();
    files[0].text = policy.to_owned();
    files.push(file("quiet_hours.toml", law));
    files
}

fn quiet(law: &str, policy: &str) -> Quiet {
    compile(&with_law(law, policy)).unwrap().policy.quiet
}

/// What is said when one piece of either file is written differently.
fn assert_refused(cases: &[(&str, &str, &str)]) {
    for (right, wrong, expected) in cases {
        assert!(LAW.contains(right) || POLICY.contains(right), "{right}");
        let files = with_law(&LAW.replacen(right, wrong, 1), &POLICY.replacen(right, wrong, 1));
        assert_eq!(&compile(&files).unwrap_err().to_string(), expected, "{wrong}");
    }
}

#[test]
fn the_law_means_what_it_says_and_holds_for_channels_the_policy_does_not_mention() {
    let quiet = quiet(LAW, POLICY);
    assert_eq!((quiet.source.as_str(), quiet.as_of.as_str()), ("a table", "2026-11-22"));
    let [sms, email] = &quiet.channels[..] else { panic!("two channels rest") };
    assert_eq!((sms.channel, sms.open_s, sms.close_s, sms.by_state), (Channel::Sms, 9 * 3_600, 20 * 3_600, true));
    assert_eq!((email.channel, email.open_s, email.close_s), (Channel::Email, 8 * 3_600, 21 * 3_600));
    let [monday, .., saturday, sunday] = quiet.state("RI").unwrap().days;
    assert_eq!(monday, DayHours { open_s: 9 * 3_600, close_s: 18 * 3_600 });
    assert_eq!((saturday, sunday), (DayHours { open_s: 10 * 3_600, close_s: 17 * 3_600 }, DayHours::default()));
    assert_eq!(quiet.region(807).unwrap().zones, ["America/Toronto", "America/Winnipeg"]);
    assert_eq!((quiet.region(401).unwrap().state.as_deref(), quiet.region(212)), (Some("RI"), None));
    let place = |zone: &str, state: Option<&str>| Place { zone: zone.into(), state: state.map(Into::into) };
    let (east, west) = (place("America/New_York", None), place("Pacific/Honolulu", None));
    assert_eq!(quiet.anywhere, [east, west, place("America/New_York", Some("RI"))]);
}

#[test]
fn without_a_table_only_the_federal_hours_are_known() {
    let quiet = compile(&files()).unwrap().policy.quiet;
    assert_eq!(Quiet { channels: quiet.channels.clone(), ..Quiet::default() }, quiet);
    assert_eq!(quiet.channels.len(), 1);
    let expected = "policy.toml:13: quiet.sms.open: is outside of the federal hours, 08:00 to 21:00; write hours inside of them, or say why not: `override = \"…\"`";
    assert_eq!(said("policy.toml", "\"09:00\"", "\"07:59\""), expected);
}

#[test]
fn wider_hours_need_a_reason_which_is_kept() {
    let policy = POLICY.replace("\"20:00\"", "\"22:00\"");
    let refused = compile(&with_law(LAW, &policy)).unwrap_err().to_string();
    let expected = "policy.toml:14: quiet.sms.close: is outside of the federal hours, 08:00 to 21:00; write hours inside of them, or say why not: `override = \"…\"`";
    assert_eq!(refused, expected);
    let reasoned = policy.replace("\"22:00\"", "\"22:00\"\noverride = \"we write to our own staff only\"");
    let sms = quiet(LAW, &reasoned).channels[0].clone();
    assert_eq!((sms.close_s, sms.wider_because.as_deref()), (22 * 3_600, Some("we write to our own staff only")));
    // Nobody's law speaks of the app.
    assert_eq!(quiet(LAW, &policy.replace("quiet.sms", "quiet.push")).channels.len(), 3);
}

#[test]
fn what_the_law_gets_wrong_is_said_with_line_key_and_fix() {
    let cases = [
        (
            "as_of = 2026-11-22",
            "as_of = \"soon\"",
            "quiet_hours.toml:2: as_of: `soon` is not a date; write a date, for example `2026-11-01`, or an instant, `2026-11-01T08:00:00-04:00`",
        ),
        (
            "source = \"a table\"\n",
            "",
            "quiet_hours.toml:1: source: is missing; add for example `source = \"47 CFR 64.1200(c)(1)\"`",
        ),
        (
            "\"Pacific/Honolulu\"",
            "\"Pacific/Honolul\"",
            "quiet_hours.toml:4: possible_zones: `Pacific/Honolul` is not a zone; did you mean `Pacific/Honolulu`?",
        ),
        (
            "close = \"21:00\"",
            "close = \"22:00\"",
            "quiet_hours.toml:7: federal.close: is outside of 08:00 to 21:00, which the law allows; write hours inside of them",
        ),
        (
            "\"RI\"\nopen",
            "\"Rhode\"\nopen",
            "quiet_hours.toml:9: state.Rhode.name: `Rhode` is not a state; write its postal code, for example `RI`",
        ),
        (
            "close = \"18:00\"",
            "close = \"21:30\"",
            "quiet_hours.toml:10: state.RI.open: or `close` is outside of the federal hours; write hours inside of them, or remove the state",
        ),
        (
            "[\"sunday\"]",
            "[\"saturday\"]",
            "quiet_hours.toml:13: state.RI.saturday: is closed, and has hours; remove one of them",
        ),
        (
            "codes = [807]",
            "codes = [807, 1000]",
            "quiet_hours.toml:20: region.2.codes: `1000` does not fit; write a whole number from 200 to 999",
        ),
        (
            "codes = [807]",
            "codes = [807, 401]",
            "quiet_hours.toml:14: region: `401` is in two of them; give an area code to one region, with all of its zones",
        ),
        (
            "state = \"RI\"",
            "state = \"NY\"",
            "quiet_hours.toml:8: state: `RI` has no area code; add a `[[region]]` with its zones and area codes",
        ),
        (
            "close = \"20:00\"",
            "close = \"20:00\"\noverride = \"why not\"",
            "policy.toml:15: quiet.sms.override: overrides nothing: the hours are inside of the federal ones; remove it",
        ),
    ];
    assert_refused(&cases);
}

#[test]
fn the_default_law_is_the_dated_table_of_states() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue"));
    let quiet = crate::load(folder, None).unwrap().policy.quiet;
    assert_eq!(quiet.as_of, "2026-11-22");
    let hours = |day: DayHours| (day.open_s / 3_600, day.close_s / 3_600);
    let table: Vec<_> =
        quiet.states.iter().map(|state| (state.name.as_str(), [0, 5, 6].map(|day| hours(state.days[day])))).collect();
    let expected = [
        ("CT", [(9, 20); 3]),
        ("FL", [(8, 20); 3]),
        ("MD", [(8, 20); 3]),
        ("MS", [(8, 20); 3]),
        ("NJ", [(8, 20); 3]),
        ("OK", [(8, 20); 3]),
        ("RI", [(9, 18), (10, 17), (10, 17)]),
        ("TX", [(9, 21), (9, 21), (12, 21)]),
    ];
    assert_eq!(table, expected);
    assert!(quiet.states.iter().all(|state| state.days[..5].windows(2).all(|pair| pair[0] == pair[1])));
    let states: std::collections::BTreeSet<_> =
        quiet.regions.iter().filter_map(|region| region.state.as_deref()).collect();
    assert_eq!(states.len(), 50 + 1 + 5, "the states, the capital and the territories");
}
