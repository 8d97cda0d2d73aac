//! Whoever a recipient is and whatever hours the operator writes: an opening is the first open instant, to the millisecond.

use proptest::prelude::*;
use tact_decide::Hours;
use tact_domain::{Channel, Timestamp};

use super::{CATALOGUE, at, somebody};

/// Where clocks change by an hour, by half an hour, not at all, or are off by three quarters.
const TOLD: [&str; 8] = [
    "America/New_York",
    "America/Phoenix",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Honolulu",
    "America/Nuuk",
];

/// The longest a channel is looked ahead for.
const EIGHT_DAYS_S: i64 = 8 * 86_400;

fn codes() -> impl Strategy<Value = u16> {
    let known: Vec<u16> = CATALOGUE.policy.quiet.regions.iter().flat_map(|region| region.codes.clone()).collect();
    prop_oneof![proptest::sample::select(known), Just(999)]
}

/// Instants of two years, more of them around the changes of the clocks in New York.
fn instants() -> impl Strategy<Value = Timestamp> {
    let first = at("2026-01-01T00:00:00Z");
    let around = |text: &str| at(text).0;
    let (spring, autumn) = (around("2026-03-08T07:00:00Z"), around("2026-11-01T06:00:00Z"));
    let near = (proptest::sample::select(vec![spring, autumn]), -172_800_000..172_800_000_i64);
    prop_oneof![
        (0..730 * 86_400_000_i64).prop_map(move |ms| Timestamp(first.0 + ms)),
        near.prop_map(|(change, ms)| Timestamp(change + ms)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_opening_is_open_and_everything_before_it_is_not(
        told in proptest::option::of(proptest::sample::select(TOLD.to_vec())),
        code in proptest::option::of(codes()),
        now in instants(),
        (open_s, length_s) in (0..86_000_u32, 1..86_400_u32),
        lawful in any::<bool>(),
    ) {
        let mut catalogue = CATALOGUE.clone();
        let sms = catalogue.policy.quiet.channels.iter_mut().find(|hours| hours.channel == Channel::Sms).unwrap();
        if !lawful {
            (sms.open_s, sms.close_s) = (open_s, (open_s + length_s).min(86_400));
        }
        let profile = somebody(told, code);
        let is_open = |at: Timestamp| Hours::at(&catalogue, &profile, at).refusal(Channel::Sms).is_none();
        let hours = Hours::at(&catalogue, &profile, now);
        let opening = hours.opening(Channel::Sms);
        prop_assert_eq!(opening == Some(now), is_open(now));
        prop_assert_eq!(hours.opening(Channel::Sms), opening, "asked twice");
        let until = opening.unwrap_or(now.plus_s(EIGHT_DAYS_S));
        prop_assert!(until >= now && until <= now.plus_s(EIGHT_DAYS_S + 86_400));
        if let Some(opening) = opening {
            prop_assert!(is_open(opening));
            prop_assert!(opening == now || !is_open(Timestamp(opening.0 - 1)));
        }
        let mut closed = now;
        while closed < until {
            prop_assert!(!is_open(closed), "{:?} is before {:?}", closed, opening);
            closed = closed.plus_s(1_223);
        }
    }
}
