//! Quiet hours by the default catalogue's table: whatever is known or not, a channel is open only while it is open wherever the recipient may be.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod openings;

use std::sync::LazyLock;

use jiff::civil::Weekday;
use tact_decide::{Catalogue, Hours, Reason};
use tact_domain::{Channel, ConsentChange, Fingerprint, Presence, Profile, Timestamp};
use tact_wire::parse;

use crate::pipeline::world::CATALOGUE;

/// The default catalogue with a policy that asks for no more than the law.
static LAWFUL: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = CATALOGUE.clone();
    let sms = catalogue.policy.quiet.channels.iter_mut().find(|hours| hours.channel == Channel::Sms).unwrap();
    (sms.open_s, sms.close_s) = (8 * 3_600, 21 * 3_600);
    catalogue
});

/// Somebody who told a zone, or gave a number of an area.
fn somebody(told: Option<&str>, code: Option<u16>) -> Profile {
    let points = vec![(Channel::Sms, true)];
    let change = ConsentChange { points, area_code: code, zone: told.map(Into::into), ..ConsentChange::default() };
    let mut profile = Profile::default();
    profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
    profile
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn text_at(profile: &Profile, text: &str) -> Option<Reason> {
    Hours::at(&LAWFUL, profile, at(text)).refusal(Channel::Sms)
}

fn assert_hours(profile: &Profile, open: &[&str], resting: &[&str]) {
    for time in open {
        assert_eq!(text_at(profile, time), None, "{time}");
    }
    for time in resting {
        assert_eq!(text_at(profile, time), Some(Reason::QuietHours), "{time}");
    }
}

/// Hours of one day: from, until.
type Day = (i64, i64);

/// An area code of each row, its zones, and its hours on weekdays, Saturdays and Sundays.
const ROWS: [(u16, &[&str], [Day; 3]); 13] = [
    (203, &["America/New_York"], [(9, 20); 3]),
    (305, &["America/New_York"], [(8, 20); 3]),
    (850, &["America/Chicago", "America/New_York"], [(8, 20); 3]),
    (301, &["America/New_York"], [(8, 20); 3]),
    (601, &["America/Chicago"], [(8, 20); 3]),
    (201, &["America/New_York"], [(8, 20); 3]),
    (405, &["America/Chicago"], [(8, 20); 3]),
    (401, &["America/New_York"], [(9, 18), (10, 17), (10, 17)]),
    (214, &["America/Chicago"], [(9, 21), (9, 21), (12, 21)]),
    (915, &["America/Denver", "America/Chicago"], [(9, 21), (9, 21), (12, 21)]),
    (212, &["America/New_York"], [(8, 21); 3]),
    (602, &["America/Phoenix"], [(8, 21); 3]),
    (709, &["America/St_Johns", "America/Goose_Bay"], [(8, 21); 3]),
];

/// What the clocks on the walls of those zones say.
fn is_day(zones: &[&str], hours: [Day; 3], at: Timestamp) -> bool {
    let now = jiff::Timestamp::from_millisecond(at.0).unwrap();
    zones.iter().all(|zone| {
        let clock = now.in_tz(zone).unwrap();
        let (from, until) = match clock.weekday() {
            Weekday::Saturday => hours[1],
            Weekday::Sunday => hours[2],
            _ => hours[0],
        };
        (from..until).contains(&i64::from(clock.hour()))
    })
}

#[test]
fn every_row_of_the_table_opens_and_closes_at_the_minute_in_weeks_with_and_without_a_change_of_the_clocks() {
    for monday in ["2026-03-02T00:00:00Z", "2026-07-06T00:00:00Z", "2026-10-26T00:00:00Z"].map(at) {
        for (code, zones, hours) in ROWS {
            let profile = somebody(None, Some(code));
            let is_open = |at: Timestamp| Hours::at(&LAWFUL, &profile, at).refusal(Channel::Sms).is_none();
            let mut before = is_open(monday);
            for minute in 1..8 * 1_440 {
                let now = monday.plus_s(minute * 60);
                let open = is_open(now);
                assert_eq!(open, is_day(zones, hours, now), "{code} at {now:?}");
                if open != before {
                    assert_eq!(
                        is_open(Timestamp(now.0 - 1)),
                        before,
                        "{code}: changed within the minute before {now:?}"
                    );
                }
                before = open;
            }
        }
    }
}

#[test]
fn the_two_zones_of_florida_are_both_waited_for_on_both_days_that_clocks_change() {
    let pensacola = somebody(None, Some(850));
    assert_hours(
        &pensacola,
        &[
            "2026-03-07T09:00:00-05:00",
            "2026-03-08T09:00:00-04:00",
            "2026-10-31T19:59:59-04:00",
            "2026-11-01T09:00:00-05:00",
        ],
        &[
            "2026-03-08T08:59:59-04:00",
            "2026-03-08T20:00:00-04:00",
            "2026-10-31T20:00:00-04:00",
            "2026-11-01T08:59:59-05:00",
        ],
    );
    let opening = |now: &str| Hours::at(&LAWFUL, &pensacola, at(now)).opening(Channel::Sms);
    assert_eq!(opening("2026-10-31T20:00:00-04:00"), Some(at("2026-11-01T09:00:00-05:00")));
    assert_eq!(opening("2026-03-07T20:00:00-05:00"), Some(at("2026-03-08T09:00:00-04:00")));
}

#[test]
fn rhode_island_sleeps_longer_at_the_weekend_and_texas_on_sunday_mornings() {
    let providence = somebody(Some("America/New_York"), Some(401));
    assert_hours(
        &providence,
        &[
            "2026-11-06T17:59:59-05:00",
            "2026-11-07T10:00:00-05:00",
            "2026-11-08T16:59:59-05:00",
            "2026-11-09T09:00:00-05:00",
        ],
        &[
            "2026-11-06T18:00:00-05:00",
            "2026-11-07T09:59:59-05:00",
            "2026-11-08T17:00:00-05:00",
            "2026-11-09T08:59:59-05:00",
        ],
    );
    let dallas = somebody(None, Some(214));
    assert_hours(
        &dallas,
        &["2026-11-07T09:00:00-06:00", "2026-11-08T12:00:00-06:00", "2026-11-08T20:59:59-06:00"],
        &["2026-11-07T08:59:59-06:00", "2026-11-08T11:59:59-06:00", "2026-11-08T21:00:00-06:00"],
    );
    let opening = Hours::at(&LAWFUL, &dallas, at("2026-11-07T21:00:00-06:00")).opening(Channel::Sms);
    assert_eq!(opening, Some(at("2026-11-08T12:00:00-06:00")));
}

#[test]
fn where_the_zone_she_told_and_her_number_disagree_it_is_day_in_both() {
    let moved = somebody(Some("America/Los_Angeles"), Some(212));
    let told = somebody(Some("America/Los_Angeles"), Some(999));
    assert_hours(
        &moved,
        &["2026-11-07T08:00:00-08:00", "2026-11-07T17:59:59-08:00"],
        &["2026-11-07T07:59:59-08:00", "2026-11-07T18:00:00-08:00"],
    );
    assert_hours(&told, &["2026-11-07T20:59:59-08:00"], &["2026-11-07T07:59:59-08:00"]);
    // Nine in the morning in New York is five in the evening in Moscow, where the day ends first.
    let abroad = somebody(Some("Europe/Moscow"), Some(212));
    assert_hours(&abroad, &["2026-11-07T12:59:59-05:00"], &["2026-11-07T13:00:00-05:00"]);
    // It is never day in both.
    let opposite = somebody(Some("Asia/Shanghai"), Some(401));
    let hours = Hours::at(&LAWFUL, &opposite, at("2026-11-07T12:00:00-05:00"));
    assert_eq!((hours.refusal(Channel::Sms), hours.opening(Channel::Sms)), (Some(Reason::QuietHours), None));
}

#[test]
fn who_was_last_seen_in_a_store_elsewhere_sleeps_there_too() {
    let mut catalogue = LAWFUL.clone();
    let store = &mut catalogue.places.stores[0];
    store.zone = jiff::tz::TimeZone::get("Pacific/Honolulu").unwrap();
    let seen = at("2026-11-07T18:00:00-05:00");
    let mut traveller = somebody(Some("America/New_York"), Some(212));
    let (store, areas, path) = (store.id.clone(), Vec::new(), Vec::new());
    let presence = Presence {
        store,
        entered: seen,
        seen,
        dwelled: false,
        area: None,
        area_since: seen,
        areas,
        path,
        first_area_at: None,
    };
    traveller.geolocation.inside.push(presence);
    let is_open = |text: &str| Hours::at(&catalogue, &traveller, at(text)).refusal(Channel::Sms).is_none();
    assert!(is_open("2026-11-07T20:59:59-05:00") && !is_open("2026-11-08T12:59:59-05:00"));
    assert!(is_open("2026-11-08T13:00:00-05:00") && is_open("2026-11-09T12:00:00-05:00"), "a day later that is over");
    traveller.consent = tact_domain::ConsentFacet::default();
    let mut nowhere = catalogue.clone();
    nowhere.policy.quiet.anywhere.clear();
    let lost = Hours::at(&nowhere, &traveller, at("2026-11-07T15:00:00-05:00"));
    assert_eq!(lost.refusal(Channel::Sms), Some(Reason::ZoneUnknown), "where she is visiting is not where she lives");
}

#[test]
fn of_whom_nothing_is_known_it_is_day_in_every_zone_and_state() {
    for code in [None, Some(999)] {
        let unknown = somebody(None, code);
        // Eight in Honolulu; six on weekdays and five at weekends in Providence, and noon on Sundays in El Paso.
        assert_hours(
            &unknown,
            &[
                "2026-11-06T13:00:00-05:00",
                "2026-11-06T17:59:59-05:00",
                "2026-11-07T16:59:59-05:00",
                "2026-11-08T14:00:00-05:00",
            ],
            &[
                "2026-11-06T12:59:59-05:00",
                "2026-11-06T18:00:00-05:00",
                "2026-11-07T17:00:00-05:00",
                "2026-11-08T13:59:59-05:00",
            ],
        );
        let mut silent = LAWFUL.clone();
        silent.policy.quiet.anywhere.clear();
        let hours = Hours::at(&silent, &unknown, at("2026-11-06T15:00:00-05:00"));
        assert_eq!((hours.refusal(Channel::Sms), hours.opening(Channel::Sms)), (Some(Reason::ZoneUnknown), None));
        assert_eq!((hours.refusal(Channel::Inbox), hours.opening(Channel::Inbox).is_some()), (None, true));
    }
}

#[test]
fn of_a_number_given_in_an_event_the_area_code_counts_until_it_is_withdrawn_and_nothing_else_is_kept() {
    let said = |time: &str, sms: &str| {
        let event = format!(
            r#"{{"specversion":"1.0","id":"{time}","source":"test","type":"tact.consent.v1","subject":"ana","time":"{time}","data":{{"points":{{"sms":{sms}}}}}}}"#
        );
        parse(event.as_bytes(), at(time)).unwrap().signal
    };
    let mut profile = Profile::default();
    let ground = LAWFUL.ground();
    profile.fold(&said("2026-11-01T00:00:00Z", "\"+14015550177\""), &ground);
    assert_hours(&profile, &["2026-11-06T09:00:00-05:00"], &["2026-11-06T18:00:00-05:00"]);
    let kept = serde_json::to_string(&profile).unwrap();
    assert!(kept.contains("401") && !kept.contains("555") && !kept.contains("0177"), "{kept}");
    profile.fold(&said("2026-11-02T00:00:00Z", "null"), &ground);
    assert_hours(&profile, &[], &["2026-11-06T09:00:00-05:00"]);
}

#[test]
fn a_zone_that_this_version_does_not_know_closes_every_channel_that_has_hours() {
    let mut catalogue = LAWFUL.clone();
    let region = catalogue.policy.quiet.regions.iter_mut().find(|region| region.codes.contains(&212)).unwrap();
    region.zones.push("America/Gotham".into());
    let profile = somebody(Some("America/New_York"), Some(212));
    let hours = Hours::at(&catalogue, &profile, at("2026-11-06T15:00:00-05:00"));
    assert_eq!(hours.refusal(Channel::Sms), Some(Reason::ZoneUnknown));
    assert_eq!((hours.opening(Channel::Sms), hours.refusal(Channel::Email)), (None, None));
}

#[test]
fn the_hours_of_states_are_for_the_channels_the_table_names() {
    let providence = somebody(None, Some(401));
    let evening = Hours::at(&CATALOGUE, &providence, at("2026-11-06T19:00:00-05:00"));
    assert_eq!(evening.refusal(Channel::Sms), Some(Reason::QuietHours));
    assert_eq!(evening.refusal(Channel::Push), None, "a push follows the policy alone");
    let night = Hours::at(&CATALOGUE, &providence, at("2026-11-06T20:00:00-05:00"));
    assert_eq!(night.refusal(Channel::Push), Some(Reason::QuietHours));
}
