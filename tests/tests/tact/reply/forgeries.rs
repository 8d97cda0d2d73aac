//! Callbacks that are forged, old or said again (FLT14): only the service's own words count, and saying them twice does nothing more.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tact_aws::SnsNotary;
use tact_domain::{Channel, Timestamp};
use tact_pipeline::Answer;
use tact_wire::Request;

use super::setting::{Believer, NOW, Setting, TOPIC, inbound, notice, post, request, setting, signed};
use super::signatures::{Certificates, Signer, sign};
use crate::pipeline::world::{block_on, coffee_drinker};

/// The answer of a function that checks signatures as it does in the cloud.
fn answer(setting: &Setting, notary: &SnsNotary, body: &Value, at: Timestamp) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(setting.desk.answer(&post("/sms", body), notary, at))
}

fn with_ana() -> Setting {
    setting(&coffee_drinker("ana", &["sms", "email"]))
}

fn stop(at: Timestamp) -> Value {
    notice(&inbound("m-1", "STOP"), at)
}

#[test]
fn a_signed_stop_blocks_the_next_dispatch_and_its_certificate_is_fetched_once() {
    let (setting, certificates) = (with_ana(), Certificates::serve());
    let notary = SnsNotary::with_certificates_under(certificates.address.clone());
    let signed = sign(stop(NOW), certificates.of(Signer::Service), Signer::Service);
    assert_eq!(setting.refusals("ana", Channel::Sms), None, "a text could leave");
    assert_eq!(answer(&setting, &notary, &signed, NOW).what, "stop");
    assert!(setting.refusals("ana", Channel::Sms).is_some());
    let table = setting.table();
    // SNS tries again for an hour, with the time of the first attempt.
    for minutes in [1, 30, 60] {
        assert_eq!(answer(&setting, &notary, &signed, NOW.plus_s(minutes * 60)).status, 200);
    }
    assert_eq!(setting.table(), table);
    assert_eq!(certificates.fetched.load(Ordering::SeqCst), 1);
}

#[test]
fn what_the_service_did_not_sign_just_now_changes_nothing() {
    let (setting, certificates) = (with_ana(), Certificates::serve());
    let notary = SnsNotary::with_certificates_under(certificates.address.clone());
    let ours = certificates.of(Signer::Service);
    let good = sign(stop(NOW), ours.clone(), Signer::Service);
    let altered = |field: &str, value: &str| {
        let mut notice = good.clone();
        notice[field] = value.into();
        notice
    };
    let elsewhere = Certificates::serve();
    let mut other_topic = stop(NOW);
    other_topic["TopicArn"] = "arn:aws:sns:us-east-1:999999999999:sms".into();
    let forged = [
        altered("Message", &inbound("m-1", "stop").to_string()),
        altered("MessageId", "n-2"),
        altered("Subject", "new"),
        altered("Signature", "AAAA"),
        altered("SignatureVersion", "1"),
        altered("SigningCertURL", &certificates.of(Signer::Forger)),
        altered("SigningCertURL", &format!("{}nowhere.pem", certificates.address)),
        altered("SigningCertURL", &format!("{}broken.pem", certificates.address)),
        sign(stop(NOW), ours.clone(), Signer::Forger),
        sign(stop(NOW), elsewhere.of(Signer::Forger), Signer::Forger),
        sign(other_topic, ours.clone(), Signer::Service),
        sign(stop(NOW.plus_s(-3_601)), ours.clone(), Signer::Service),
        sign(stop(NOW.plus_s(301)), ours, Signer::Service),
    ];
    let before = setting.table();
    for (place, notice) in forged.iter().enumerate() {
        let refused = answer(&setting, &notary, notice, NOW);
        assert_eq!((refused.status, refused.what), (401, "unsigned"), "{place}");
    }
    assert_eq!(setting.table(), before);
    assert!(setting.put().is_empty());
    assert_eq!(elsewhere.fetched.load(Ordering::SeqCst), 0, "nobody makes us fetch from elsewhere");
    assert_eq!(answer(&setting, &notary, &good, NOW).status, 200);
}

#[test]
fn while_certificates_cannot_be_had_the_service_is_asked_to_try_again() {
    let (setting, certificates) = (with_ana(), Certificates::serve());
    let notary = SnsNotary::with_certificates_under(certificates.address.clone());
    let down = sign(stop(NOW), format!("{}down.pem", certificates.address), Signer::Service);
    let later = answer(&setting, &notary, &down, NOW);
    assert_eq!((later.status, later.what), (503, "no_notary"));
    assert_eq!(
        answer(&setting, &SnsNotary::default(), &down, NOW).status,
        401,
        "in the cloud it lies with the service only"
    );
}

#[test]
fn the_older_version_of_signatures_is_checked_too() {
    let (setting, certificates) = (with_ana(), Certificates::serve());
    let notary = SnsNotary::with_certificates_under(certificates.address.clone());
    let mut notice: Value = serde_json::from_str(include_str!("version_1.json")).unwrap();
    notice["SigningCertURL"] = format!("{}version_1.pem", certificates.address).into();
    let mut altered = notice.clone();
    altered["MessageId"] = "n-2".into();
    assert_eq!(answer(&setting, &notary, &altered, NOW).status, 401);
    assert_eq!(answer(&setting, &notary, &notice, NOW).what, "stop");
}

#[test]
fn a_subscription_is_confirmed_at_the_service_and_for_our_topics_only() {
    let setting = with_ana();
    let asked = |topic: &str, url: &str| {
        let mut notice = stop(NOW);
        notice["Type"] = "SubscriptionConfirmation".into();
        notice["TopicArn"] = topic.into();
        notice["Token"] = "t".into();
        notice["SubscribeURL"] = url.into();
        let believer = Believer::default();
        let answer = block_on(setting.desk.answer(&post("/sms", &notice), &believer, NOW));
        (answer.status, believer.0.into_inner().unwrap())
    };
    let url = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=t";
    assert_eq!(asked(TOPIC, url), (200, vec![url.to_owned()]));
    assert_eq!(asked("arn:aws:sns:us-east-1:999999999999:sms", url), (401, vec![]));
    for elsewhere in
        ["https://evil.example/?Action=ConfirmSubscription&", "https://sns.us-east-1.amazonaws.com/?Action=Publish&x=y"]
    {
        assert_eq!(asked(TOPIC, elsewhere), (400, vec![]), "{elsewhere}");
    }
}

#[test]
fn a_webhook_counts_only_when_it_was_signed_just_now_and_as_it_is() {
    let setting = with_ana();
    let decision = setting.was_sent("ana", "replenish", Channel::Sms, "ana-consent");
    let body = json!({ "id": "o-1", "customer": "ana", "decision": decision.to_string(), "outcome": "accepted", "at": "2026-10-31T14:59:00Z" });
    let good = signed("/outcomes", &body, NOW);
    let altered = Request { body: body.to_string().replace("accepted", "declined").into_bytes(), ..good.clone() };
    let unsigned = request("POST", "/outcomes", &good.body);
    for bad in
        [altered, unsigned, signed("/outcomes", &body, NOW.plus_s(-301)), signed("/outcomes", &body, NOW.plus_s(301))]
    {
        let refused = setting.ask(&bad);
        assert_eq!((refused.status, refused.what), (401, "unsigned"));
    }
    assert!(setting.put().is_empty());
    assert_eq!(setting.ask(&good).status, 200);
    assert_eq!(setting.ask_at(&good, NOW.plus_s(300)).status, 200);
    let put = setting.put();
    assert_eq!(put, [put[0].clone(), put[0].clone()], "said again it is the same event");
    assert_eq!(setting.ask_at(&good, NOW.plus_s(301)).status, 401, "and not for ever");
}
