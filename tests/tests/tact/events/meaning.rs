//! What the samples mean to whoever reads them.

use super::*;

#[test]
fn every_sample_says_what_its_name_says() {
    for (function, names) in FUNCTIONS {
        for name in names {
            let event = parsed(&sample(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let kind = event.signal.happened.kind().name().replace('_', "");
            assert_eq!(kind, function, "{name}");
        }
    }
    let event = parsed(&sample("check-in-store")).unwrap();
    assert_eq!((event.source.as_str(), event.id.as_str()), ("app/ios", "c-1"));
    assert_eq!(event.signal.customer.as_str(), "cust-42");
    assert_eq!((event.signal.at.0, event.signal.offset_s), (1_793_458_920_000, -14_400));
}

#[test]
fn a_receipt_nets_its_returns_and_an_online_one_has_no_store() {
    let purchase = |name: &str| match parsed(&sample(name)).unwrap().signal.happened {
        Happened::Purchase(purchase) => purchase,
        other => panic!("{other:?}"),
    };
    assert_eq!(purchase("purchase-store").net(), 8_900 + 3 * 450);
    assert_eq!(purchase("purchase-return").net(), 7_900 - 8_900);
    assert!(purchase("purchase-web").online);
    let picked_up = changed("purchase-web", "/data/store", Some(json!("market-street")));
    let Happened::Purchase(picked_up) = parsed(&picked_up).unwrap().signal.happened else { panic!("no purchase") };
    assert_eq!(picked_up.store, None);
}

#[test]
fn a_consent_event_keeps_addresses_and_proofs_apart_from_what_the_profile_learns() {
    let event = parsed(&sample("consent-grant")).unwrap();
    let Happened::Consent(change) = &event.signal.happened else { panic!("no consent") };
    assert_eq!(change.grants.len(), 3);
    assert_eq!(change.grants[0].scope.topic.as_deref(), Some("shoes"));
    assert_eq!(change.grants[0].review_after, Some(Timestamp(1_806_537_600_000)));
    assert_eq!(change.grants[1].scope.channel, None);
    assert_eq!(change.points, [(Channel::Sms, true), (Channel::Email, true)]);
    assert_eq!(change.zone.as_deref(), Some("America/New_York"));
    assert_eq!(event.points[0].address.as_deref(), Some("+12125550142"));
    assert_eq!(event.proofs.len(), 1);
    assert_eq!(event.proofs[0].scopes, [change.grants[0].scope.clone()]);

    let event = parsed(&sample("consent-withdraw-point")).unwrap();
    let Happened::Consent(change) = &event.signal.happened else { panic!("no consent") };
    assert_eq!(change.points, [(Channel::Email, false), (Channel::Push, true)]);
    assert_eq!(event.points[0].address, None);
}

#[test]
fn a_grant_may_be_for_one_source_one_person_or_one_precision_alone() {
    let event = parsed(&sample("consent-particular")).unwrap();
    let Happened::Consent(change) = &event.signal.happened else { panic!("no consent") };
    let particulars: Vec<_> = change.grants.iter().map(|grant| grant.scope.topic.as_deref().unwrap()).collect();
    assert_eq!(particulars, ["partner/card", "cust-43", "coarse"]);
    assert_eq!(change.grants[0].benefit.as_deref(), Some("partner-offers"));
    let Happened::Partner(signal) = parsed(&sample("partner-with")).unwrap().signal.happened else { panic!() };
    assert_eq!((signal.source.as_str(), signal.with.as_deref()), ("partner/tickets", Some("cust-43")));
}

#[test]
fn an_outcome_by_event_means_the_decision_that_event_led_to() {
    let check_in = parsed(&sample("check-in-store")).unwrap();
    let Happened::Outcome(report) = parsed(&sample("outcome-event")).unwrap().signal.happened else {
        panic!("no outcome")
    };
    assert_eq!((report.about.decision(), report.answer), (check_in.signal.decision, None));
}

#[test]
fn an_answer_to_the_question_why_comes_with_its_outcome() {
    let Happened::Outcome(report) = parsed(&sample("outcome-answer")).unwrap().signal.happened else {
        panic!("no outcome")
    };
    assert_eq!((report.outcome, report.answer), (Outcome::Accepted, Some(Cause::Fit)));
}

#[test]
fn a_signal_of_a_partner_says_what_it_is_about_and_may_last_from_then_on_for_400_days() {
    let read = |text: &str| match parsed(text).unwrap().signal.happened {
        Happened::Partner(signal) => signal,
        other => panic!("{other:?}"),
    };
    let signal = read(&sample("partner-card"));
    assert_eq!((signal.kind.as_str(), signal.category.as_str()), ("card", "airline"));
    assert_eq!(signal.destination.as_deref(), Some("Tampa"));
    assert_eq!(signal.ends, Some(Timestamp(1_794_024_000_000)));
    for ends in ["2026-10-29T18:20:00-04:00", "2027-12-03T18:20:00-04:00"] {
        assert!(read(&changed("partner-card", "/data/ends", Some(json!(ends)))).ends.is_some(), "{ends}");
    }
    assert_eq!(read(&changed("partner-card", "/data/ends", None)).ends, None);
    assert_eq!(read(&changed("partner-card", "/data/destination", None)).destination, None);
}

#[test]
fn a_comment_is_read_for_what_it_says_and_tells_what_speaks_for_a_store() {
    let read = |name: &str| match parsed(&sample(name)).unwrap().signal.happened {
        Happened::Comment(comment) => comment,
        other => panic!("{other:?}"),
    };
    let told = |name: &str| {
        let comment = read(name);
        let label = (comment.read.cause.name(), comment.read.tone.name());
        (comment.arena.to_string(), comment.public, label, comment.evidence.method().map(Method::name))
    };
    let [social, call, review] = ["social", "call", "review"].map(str::to_owned);
    assert_eq!(told("comment-wifi"), (social.clone(), true, ("display", "complaint"), Some("wifi")));
    assert_eq!(told("comment-geo-tag"), (social, true, ("display", "complaint"), Some("geo_tag")));
    assert_eq!(told("comment-told"), (call, false, ("service", "complaint"), Some("told")));
    assert_eq!(told("comment-review"), (review, true, ("quality", "praise"), None));
    let wifi = read("comment-wifi");
    assert_eq!((wifi.about.as_deref(), wifi.reply_to.as_deref()), (Some("sku-9"), Some("post-778")));
    let silent = changed("comment-told", "/data/evidence", None);
    let Happened::Comment(silent) = parsed(&silent).unwrap().signal.happened else { panic!("no comment") };
    assert_eq!(silent.evidence, Evidence::Nothing, "without a word about it, nothing speaks for a store");
}

#[test]
fn what_was_read_is_taken_from_records_alone() {
    let read = json!({"cause": "price", "confidence": 0.5, "tone": "praise"});
    let claimed = changed("comment-wifi", "/data/read", Some(read));
    assert_eq!(parsed(&claimed), parsed(&sample("comment-wifi")), "a sender does not tell us how to read");
    let mut wordless: Value = serde_json::from_str(&claimed).unwrap();
    wordless["data"].as_object_mut().unwrap().remove("text");
    assert_eq!(refused(wordless.to_string().as_bytes()), ("missing_field", "data.text".to_owned()));
    let recorded = parse_recorded(&wordless.to_string(), ARRIVED).unwrap();
    let Happened::Comment(recorded) = recorded.signal.happened else { panic!("no comment") };
    assert_eq!((recorded.read.cause, recorded.read.tone), (Cause::Price, Tone::Praise));
}

#[test]
fn a_zone_is_kept_in_its_canonical_spelling() {
    let shouted = changed("consent-grant", "/data/zone", Some(json!("AMERICA/new_york")));
    let Happened::Consent(change) = parsed(&shouted).unwrap().signal.happened else { panic!("no consent") };
    assert_eq!(change.zone.as_deref(), Some("America/New_York"));
}

#[test]
fn an_event_may_be_ahead_of_its_arrival_by_five_minutes_and_no_more() {
    let text = sample("check-in-store");
    let at = parsed(&text).unwrap().signal.at;
    assert!(parse(text.as_bytes(), at.plus_s(-300)).is_ok());
    let error = parse(text.as_bytes(), Timestamp(at.plus_s(-300).0 - 1)).unwrap_err();
    assert_eq!((error.reason, error.field.as_str()), (ParseReason::Future, "time"));
    let noted = changed("check-in-store", "/arrivedat", Some(json!("2026-10-31T15:00:00Z")));
    assert!(parsed(&noted).is_ok());
}
