//! The circuit of each provider: open after five failures in a row, closed by one trial that succeeds.

use tact::sinks::{Behaviour, Provider};
use tact_domain::Channel;
use tact_pipeline::{Channels, Handover};

use super::deployment::{Deployment, message};

#[tokio::test]
async fn a_provider_that_is_down_is_left_alone_for_half_a_minute_and_the_others_are_not() {
    let deployment = Deployment::start().await;
    let calls = || deployment.sinks.received(Provider::Sms).len();
    for _ in 0..6 {
        deployment.sinks.next(Provider::Sms, Behaviour::Fail(500));
    }
    for _ in 0..5 {
        assert_eq!(deployment.providers.send(&message(Channel::Sms)).await, Handover::Unknown);
    }
    assert_eq!(deployment.providers.send(&message(Channel::Sms)).await, Handover::NotNow(Some(30)));
    assert_eq!(calls(), 5, "the sixth did not leave");
    assert!(matches!(deployment.providers.send(&message(Channel::Email)).await, Handover::Accepted(_)));

    deployment.stopwatch.wait_s(30);
    assert_eq!(deployment.providers.send(&message(Channel::Sms)).await, Handover::Unknown, "the trial");
    assert_eq!(deployment.providers.send(&message(Channel::Sms)).await, Handover::NotNow(Some(30)));
    assert_eq!(calls(), 6);

    deployment.stopwatch.wait_s(30);
    for _ in 0..2 {
        assert!(matches!(deployment.providers.send(&message(Channel::Sms)).await, Handover::Accepted(_)));
    }
}

#[tokio::test]
async fn a_webhook_counts_once_however_often_it_was_tried() {
    let deployment = Deployment::start().await;
    for _ in 0..15 {
        deployment.sinks.next(Provider::Webhook, Behaviour::Fail(500));
    }
    for _ in 0..5 {
        assert_eq!(deployment.providers.send(&message(Channel::Webhook)).await, Handover::NotNow(None));
    }
    assert_eq!(deployment.providers.send(&message(Channel::Webhook)).await, Handover::NotNow(Some(30)));
    assert_eq!(deployment.sinks.received(Provider::Webhook).len(), 15);
}
