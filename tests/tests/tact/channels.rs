//! The real clients of the providers against sinks that speak their languages over HTTP: what is sent, and what every answer means.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod circuit;
mod deployment;
mod webhook;

use std::time::Duration;

use tact::sinks::{Behaviour, Provider};
use tact_domain::Channel;
use tact_pipeline::{Channels, Handover, Refusal};
use tact_wire::Message;

use deployment::{Deployment, closed_port, message, settings};

/// The channels whose providers cannot tell a repetition from a second message.
const UNREPEATABLE: [(Channel, Provider); 3] =
    [(Channel::Sms, Provider::Sms), (Channel::Email, Provider::Email), (Channel::Push, Provider::Push)];

#[tokio::test]
async fn a_text_message_carries_its_number_sender_class_time_and_context() {
    let deployment = Deployment::start().await;
    let taken = deployment.providers.send(&message(Channel::Sms)).await;
    let owed = Message { marketing: false, ..message(Channel::Sms) };
    let taken_too = deployment.providers.send(&owed).await;
    assert_eq!([taken, taken_too], ["sms-1", "sms-2"].map(|name| Handover::Accepted(Some(name.to_owned()))));

    let received = deployment.sinks.received(Provider::Sms);
    assert_eq!(received[0].complaint, None);
    assert_eq!(received[0].to.as_deref(), Some("+4915112345678"));
    assert_eq!(received[0].text, "Grüße: 10 % today. Reply STOP to end.");
    assert_eq!(received[0].decision, message(Channel::Sms).decision.to_string());
    assert_eq!(received[0].header("origination-identity"), Some("SHOP"));
    assert_eq!(received[0].header("context-customer"), Some("Y3VzdDo0Mg"), "base64url of the id");
    assert_eq!(received[0].header("time-to-live"), Some("7200"));
    let classes = received.iter().map(|received| received.header("message-type"));
    assert_eq!(classes.collect::<Vec<_>>(), [Some("PROMOTIONAL"), Some("TRANSACTIONAL")]);
}

#[tokio::test]
async fn the_time_a_text_message_may_take_stays_within_what_the_provider_knows() {
    let deployment = Deployment::start().await;
    for (left_s, expected) in [(1, "5"), (60, "60"), (400_000, "172800")] {
        let sms = message(Channel::Sms);
        let sms = Message { expires_at: sms.sent_at.plus_s(left_s), ..sms };
        assert!(matches!(deployment.providers.send(&sms).await, Handover::Accepted(_)));
        assert_eq!(deployment.sinks.received(Provider::Sms).pop().unwrap().header("time-to-live"), Some(expected));
    }
}

#[tokio::test]
async fn an_email_arrives_with_its_recipient_headers_and_tags() {
    let deployment = Deployment::start().await;
    let handover = deployment.providers.send(&message(Channel::Email)).await;
    assert_eq!(handover, Handover::Accepted(Some("email-1".to_owned())));

    let received = &deployment.sinks.received(Provider::Email)[0];
    assert_eq!(received.complaint, None);
    assert_eq!(received.to.as_deref(), Some("ada@example.com"));
    assert_eq!(received.decision, message(Channel::Email).decision.to_string());
    assert!(received.text.contains("Grüße: 10 % today."), "{}", received.text);
    assert_eq!(received.header("subject"), Some("Ten percent"));
    assert!(received.header("from").unwrap().contains("hello@shop.example"));
    assert_eq!(received.header("list-unsubscribe"), Some("<https://shop.example/u/token>"));
    assert_eq!(received.header("list-unsubscribe-post"), Some("List-Unsubscribe=One-Click"));
    assert_eq!(received.header("tag-customer"), Some("Y3VzdDo0Mg"));
    assert!(!String::from_utf8(received.body.clone()).unwrap().contains("cust:42"));
}

#[tokio::test]
async fn a_notification_goes_to_one_endpoint_and_collapses_by_its_decision() {
    let deployment = Deployment::start().await;
    let handover = deployment.providers.send(&message(Channel::Push)).await;
    assert_eq!(handover, Handover::Accepted(Some("push-1".to_owned())));

    let received = &deployment.sinks.received(Provider::Push)[0];
    let decision = message(Channel::Push).decision.to_string();
    assert_eq!(received.complaint, None);
    assert_eq!((received.to.clone(), received.decision.as_str()), (message(Channel::Push).to, decision.as_str()));
    assert_eq!(received.text, "Grüße: 10 % today. Reply STOP to end.");
    assert_eq!(received.header("aws.sns.mobile.apns.collapse_id"), Some(decision.as_str()));
    for platform in ["apns", "apns_sandbox", "fcm"] {
        assert_eq!(received.header(&format!("aws.sns.mobile.{platform}.ttl")), Some("7200"));
    }
}

#[tokio::test]
async fn every_answer_means_what_the_table_says_and_nothing_is_sent_twice() {
    let throttle = |retry_after_s| Behaviour::Throttle { retry_after_s };
    let cases = [
        (throttle(None), Handover::NotNow(None)),
        (throttle(Some(7)), Handover::NotNow(Some(7))),
        (Behaviour::Fail(500), Handover::Unknown),
        (Behaviour::Fail(503), Handover::Unknown),
        (Behaviour::Fail(200), Handover::Unknown),
        (Behaviour::Fail(410), Handover::Refused(Refusal::BadAddress)),
        (Behaviour::Fail(403), Handover::Refused(Refusal::Rejected)),
        (Behaviour::Refuse(Refusal::BadAddress), Handover::Refused(Refusal::BadAddress)),
        (Behaviour::Refuse(Refusal::Rejected), Handover::Refused(Refusal::Rejected)),
        (Behaviour::AcceptAndCut, Handover::Unknown),
    ];
    for (channel, provider) in UNREPEATABLE {
        for (behaviour, expected) in &cases {
            let deployment = Deployment::start().await;
            deployment.sinks.next(provider, *behaviour);
            assert_eq!(deployment.providers.send(&message(channel)).await, *expected, "{provider:?} {behaviour:?}");
            let received = deployment.sinks.received(provider);
            assert_eq!(received.len(), 1, "{provider:?} {behaviour:?}");
            assert_eq!(received[0].taken, *behaviour == Behaviour::AcceptAndCut);
        }
    }
}

#[tokio::test]
async fn what_is_lost_on_a_connection_that_was_used_before_is_not_repeated_either() {
    let deployment = Deployment::start().await;
    for (channel, provider) in UNREPEATABLE {
        assert!(matches!(deployment.providers.send(&message(channel)).await, Handover::Accepted(_)));
        deployment.sinks.next(provider, Behaviour::AcceptAndCut);
        assert_eq!(deployment.providers.send(&message(channel)).await, Handover::Unknown, "{provider:?}");
        assert!(matches!(deployment.providers.send(&message(channel)).await, Handover::Accepted(_)));
        assert_eq!(deployment.sinks.received(provider).len(), 3, "{provider:?}");
    }
}

#[tokio::test]
async fn who_opted_out_at_the_provider_has_opted_out_where_the_provider_says_so() {
    let deployment = Deployment::start().await;
    let [sms, email, push] = UNREPEATABLE;
    for ((channel, provider), expected) in
        [(sms, Refusal::OptedOut), (email, Refusal::OptedOut), (push, Refusal::BadAddress)]
    {
        deployment.sinks.next(provider, Behaviour::Refuse(Refusal::OptedOut));
        assert_eq!(deployment.providers.send(&message(channel)).await, Handover::Refused(expected), "{provider:?}");
        assert_eq!(deployment.sinks.received(provider).len(), 1);
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_leaves_the_fate_unknown_after_one_request() {
    let deployment = Deployment::with(|settings| settings.patience.answer = Duration::from_millis(500)).await;
    for (channel, provider) in UNREPEATABLE {
        deployment.sinks.next(provider, Behaviour::Hang);
        assert_eq!(deployment.providers.send(&message(channel)).await, Handover::Unknown, "{provider:?}");
        assert_eq!(deployment.sinks.received(provider).len(), 1, "{provider:?}");
    }
}

#[tokio::test]
async fn what_never_left_may_be_tried_again() {
    let closed = closed_port().await;
    let refused = Deployment::with(|settings| {
        let endpoints = &mut settings.endpoints;
        let everywhere = [&mut endpoints.sms, &mut endpoints.email, &mut endpoints.push, &mut settings.webhook_url];
        for endpoint in everywhere {
            *endpoint = Some(closed.clone());
        }
    });
    // A sink speaks no TLS, so that there is no connection either.
    let unencrypted = Deployment::with(|settings| {
        let endpoints = &mut settings.endpoints;
        for endpoint in [&mut endpoints.sms, &mut endpoints.email, &mut endpoints.push, &mut settings.webhook_url] {
            *endpoint = endpoint.take().map(|url| url.replace("http://", "https://"));
        }
    });
    for deployment in [refused.await, unencrypted.await] {
        for channel in [Channel::Sms, Channel::Email, Channel::Push, Channel::Webhook] {
            let handover = deployment.providers.send(&message(channel)).await;
            assert_eq!(handover, Handover::NotNow(None), "{channel:?}");
        }
        assert!(Provider::ALL.iter().all(|provider| deployment.sinks.received(*provider).is_empty()));
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_before_anything_leaves() {
    let deployment = Deployment::start().await;
    let topic = "arn:aws:sns:eu-central-1:123456789012:everybody";
    let cases = [
        (Channel::Sms, None),
        (Channel::Sms, Some("015112345678")),
        (Channel::Sms, Some("+49151,+49152")),
        (Channel::Email, None),
        (Channel::Email, Some("ada@example.com,eve@example.com")),
        (Channel::Email, Some("ada@example.com\r\nBcc: eve@example.com")),
        (Channel::Push, None),
        (Channel::Push, Some(topic)),
    ];
    for (channel, to) in cases {
        let message = Message { to: to.map(str::to_owned), ..message(channel) };
        let handover = deployment.providers.send(&message).await;
        assert_eq!(handover, Handover::Refused(Refusal::BadAddress), "{channel:?} {to:?}");
    }
    assert!(Provider::ALL.iter().all(|provider| deployment.sinks.received(*provider).is_empty()));
}

#[tokio::test]
async fn what_nobody_is_configured_for_is_refused() {
    let deployment = Deployment::with(|settings| {
        settings.sms_origination = None;
        settings.webhook_url = None;
    });
    let deployment = deployment.await;
    for channel in [Channel::Inbox, Channel::Sms, Channel::Webhook, Channel::Associate] {
        let handover = deployment.providers.send(&message(channel)).await;
        assert_eq!(handover, Handover::Refused(Refusal::Rejected), "{channel:?}");
    }
}

#[test]
fn settings_print_no_secret() {
    let printed = format!("{:?}", settings());
    assert!(printed.contains("SHOP") && !printed.contains("secret-of-the-test"), "{printed}");
}
