//! Every dimension of consent against every way it can stand: what is not granted is refused, each time by its own name.

use super::*;

const NOW: Timestamp = Timestamp(10_000);

/// How a consent stands, and what is said of that; `None` when it holds.
const STANDS: [(&str, Option<ConsentRefusal>); 6] = [
    ("never", Some(ConsentRefusal::NotGiven)),
    ("granted", None),
    ("denied", Some(ConsentRefusal::Denied)),
    ("revoked", Some(ConsentRefusal::Revoked)),
    ("expired", Some(ConsentRefusal::Expired)),
    ("dormant", Some(ConsentRefusal::Dormant)),
];

fn scope(purpose: Purpose, channel: Option<Channel>, topic: Option<&str>) -> Scope {
    Scope { purpose, channel, topic: topic.map(Key::from) }
}

fn say(facet: &mut ConsentFacet, scope: &Scope, stands: &str, at: i64) {
    let state = match stands {
        "never" => return,
        "denied" => ConsentState::Denied,
        "revoked" => ConsentState::Revoked,
        _ => ConsentState::Granted,
    };
    let review_after = matches!(stands, "expired" | "dormant").then_some(Timestamp(9_000));
    let benefit = (stands == "dormant").then(|| "early-sale".into());
    let grants = vec![Grant { scope: scope.clone(), state, terms: None, review_after, benefit }];
    let event = Fingerprint(u64::try_from(at).unwrap());
    facet.fold(&ConsentChange { grants, ..ConsentChange::default() }, Timestamp(at), event);
}

/// How the consent to something is asked for.
type Asks = fn(&ConsentFacet) -> Result<Fingerprint, ConsentRefusal>;

fn dimensions() -> Vec<(&'static str, Scope, Asks)> {
    use Purpose::{Location, Marketing, Profiling, Social, StaffRecognition, ThirdParty};
    vec![
        ("channel", scope(Marketing, Some(Channel::Email), None), |c| {
            c.relied_on(Marketing, Channel::Email, None, NOW).map(|register| register.event)
        }),
        ("topic", scope(Marketing, Some(Channel::Email), Some("shoes")), |c| {
            c.relied_on(Marketing, Channel::Email, Some("shoes"), NOW).map(|register| register.event)
        }),
        ("profiling", scope(Profiling, None, None), |c| {
            c.relied_on_anywhere(Profiling, NOW).map(|register| register.event)
        }),
        ("position", scope(Location, None, None), |c| {
            c.relied_on_anywhere(Location, NOW).map(|register| register.event)
        }),
        ("precise position", scope(Location, None, Some("precise")), |c| {
            c.relied_on_anywhere(Location, NOW).map(|register| register.event)
        }),
        ("coarse position", scope(Location, None, Some("coarse")), |c| {
            c.relied_on_for(Location, "coarse", NOW).map(|register| register.event)
        }),
        ("staff recognition", scope(StaffRecognition, None, None), |c| {
            c.relied_on_anywhere(StaffRecognition, NOW).map(|register| register.event)
        }),
        ("a source", scope(ThirdParty, None, Some("amex")), |c| {
            c.relied_on_for(ThirdParty, "amex", NOW).map(|register| register.event)
        }),
        ("a person", scope(Social, None, Some("ben")), |c| {
            c.relied_on_for(Social, "ben", NOW).map(|register| register.event)
        }),
    ]
}

#[test]
fn each_dimension_is_refused_by_default_and_in_every_way_but_a_grant() {
    for (name, scope, asks) in dimensions() {
        for (stands, refusal) in STANDS {
            let mut facet = ConsentFacet::default();
            say(&mut facet, &scope, stands, 1_000);
            assert_eq!(asks(&facet), refusal.map_or(Ok(Fingerprint(1_000)), Err), "{name}, {stands}");
        }
    }
}

#[test]
fn the_last_word_on_each_dimension_counts_at_once() {
    for (name, scope, asks) in dimensions() {
        for (before, _) in STANDS {
            for (stands, refusal) in STANDS.into_iter().skip(1) {
                let mut facet = ConsentFacet::default();
                say(&mut facet, &scope, before, 1_000);
                say(&mut facet, &scope, stands, 2_000);
                assert_eq!(asks(&facet), refusal.map_or(Ok(Fingerprint(2_000)), Err), "{name}, {before}, {stands}");
            }
        }
    }
}

#[test]
fn no_dimension_stands_in_for_another() {
    for (given, scope, _) in dimensions() {
        let mut facet = ConsentFacet::default();
        say(&mut facet, &scope, "granted", 1_000);
        for (asked, _, asks) in dimensions() {
            let covers = given == asked
                || matches!(
                    (given, asked),
                    ("channel", "topic") | ("position" | "precise position", "precise position")
                )
                || matches!((given, asked), ("position", "coarse position") | ("precise position", "position"));
            assert_eq!(asks(&facet).is_ok(), covers, "{given} given, {asked} asked for");
        }
    }
}

#[test]
fn a_topic_or_source_that_is_refused_is_refused_while_the_others_stand() {
    let mut facet = ConsentFacet::default();
    let email = |topic| scope(Purpose::Marketing, Some(Channel::Email), topic);
    let source = |topic| scope(Purpose::ThirdParty, None, topic);
    for (given, stands) in [(email(None), "granted"), (source(None), "granted")] {
        say(&mut facet, &given, stands, 1_000);
    }
    say(&mut facet, &email(Some("shoes")), "denied", 2_000);
    say(&mut facet, &source(Some("amex")), "revoked", 2_000);
    let topic = |topic| facet.relied_on(Purpose::Marketing, Channel::Email, Some(topic), NOW).is_ok();
    let told_by = |source| facet.relied_on_for(Purpose::ThirdParty, source, NOW).is_ok();
    assert_eq!([topic("shoes"), topic("bags"), told_by("amex"), told_by("visa")], [false, true, false, true]);
    assert!(facet.relied_on_anywhere(Purpose::ThirdParty, NOW).is_ok(), "one is enough to ask on");
    say(&mut facet, &source(None), "granted", 3_000);
    let told_by = |source| facet.relied_on_for(Purpose::ThirdParty, source, NOW).is_ok();
    assert_eq!([told_by("amex"), told_by("visa")], [false, true], "a wider yes does not hide a no");
    say(&mut facet, &source(Some("amex")), "granted", 4_000);
    assert!(facet.relied_on_for(Purpose::ThirdParty, "amex", NOW).is_ok());
}

#[test]
fn sensitive_matters_are_agreed_to_one_by_one_and_each_is_quoted_by_its_own_yes() {
    let mut facet = ConsentFacet::default();
    let matter = |topic| scope(Purpose::Sensitive, None, topic);
    let quoted = |facet: &ConsentFacet| -> Vec<u64> {
        facet.given_for(Purpose::Sensitive, NOW).map(|register| register.event.0).collect()
    };
    say(&mut facet, &matter(None), "granted", 1_000);
    assert!(quoted(&facet).is_empty() && facet.relied_on_anywhere(Purpose::Sensitive, NOW).is_err());
    say(&mut facet, &matter(Some("health")), "granted", 2_000);
    say(&mut facet, &matter(Some("religion")), "granted", 3_000);
    say(&mut facet, &matter(Some("union")), "denied", 4_000);
    assert_eq!(quoted(&facet), [2_000, 3_000]);
    say(&mut facet, &matter(None), "revoked", 5_000);
    assert!(quoted(&facet).is_empty());
}

#[test]
fn a_person_who_was_refused_stays_refused_on_both_sides_whatever_is_allowed_in_general_later() {
    let mut facet = ConsentFacet::default();
    say(&mut facet, &scope(Purpose::Social, None, Some("ben")), "denied", 1_000);
    say(&mut facet, &scope(Purpose::Social, None, None), "granted", 2_000);
    let side = |other: &str| facet.own_side(other).map(|said| said.value.is_some());
    assert_eq!([side("ben"), side("ana")], [Some(false), Some(true)]);
}

#[test]
fn whoever_refuses_coarse_positions_refuses_precise_ones_and_coarse_ones_open_no_fence() {
    let (precise, coarse) =
        (scope(Purpose::Location, None, Some("precise")), scope(Purpose::Location, None, Some("coarse")));
    let mut facet = ConsentFacet::default();
    say(&mut facet, &coarse, "granted", 1_000);
    assert_eq!(facet.relied_on_anywhere(Purpose::Location, NOW), Err(ConsentRefusal::NotGiven));
    say(&mut facet, &precise, "granted", 2_000);
    say(&mut facet, &coarse, "revoked", 3_000);
    assert_eq!(facet.relied_on_anywhere(Purpose::Location, NOW), Err(ConsentRefusal::Revoked));
}
