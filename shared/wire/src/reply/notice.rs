//! Notices of Amazon SNS: an envelope signed with the key of a certificate that it names, around a message of somebody else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tact_domain::Timestamp;

use super::body::{instant, refuse};
use super::{Rejection, Returned, receipt, texted};

/// A notice as it says it is; what it holds comes out only by `opened`, after its signature was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Where the certificate is whose key signed it.
    pub certificate: String,
    /// Which hash was signed.
    pub digest: Digest,
    /// What was signed.
    pub signed: String,
    /// The signature.
    pub signature: Vec<u8>,
    kind: Kind,
    message: String,
    subscribe: Option<String>,
    at: Timestamp,
    about: About,
}

/// What the messages of a topic are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Texts that customers send.
    Texts,
    /// Receipts.
    Receipts,
}

/// The hash under a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1, of signature version 1.
    Sha1,
    /// SHA-256, of signature version 2.
    Sha256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Kind {
    Notification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

/// The envelope as it is written; a field that is there twice refuses it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "Type")]
    kind: Kind,
    message_id: String,
    topic_arn: String,
    subject: Option<String>,
    message: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
    token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
}

/// For how long SNS tries again with the time of the first attempt, in milliseconds: a notice of before that is refused.
const OLDEST_MS: i64 = 3_600_000;
/// How far its clock may be ahead of ours, in milliseconds.
const AHEAD_MS: i64 = 300_000;

impl Notice {
    /// Reads an envelope of one of the topics, sent within the last hour.
    pub(super) fn read(bytes: &[u8], about: About, topics: &[String], now: Timestamp) -> Result<Self, Rejection> {
        let envelope: Envelope =
            serde_json::from_slice(bytes).map_err(|_| refuse("body", "must be a notice of Amazon SNS"))?;
        let at = instant(&envelope.timestamp).ok_or_else(|| refuse("Timestamp", "must be an RFC 3339 time"))?;
        let digest = match envelope.signature_version.as_str() {
            "1" => Digest::Sha1,
            "2" => Digest::Sha256,
            _ => return Err(refuse("SignatureVersion", "must be 1 or 2")),
        };
        let signature = STANDARD.decode(&envelope.signature).map_err(|_| refuse("Signature", "must be base64"))?;
        let recent = (-AHEAD_MS..=OLDEST_MS).contains(&now.since_ms(at));
        if !recent || !topics.contains(&envelope.topic_arn) {
            return Err(Rejection::Unsigned);
        }
        let signed = signed(&envelope).ok_or_else(|| refuse("SubscribeURL", "is missing, or so is `Token`"))?;
        Ok(Self {
            certificate: envelope.signing_cert_url,
            digest,
            signed,
            signature,
            kind: envelope.kind,
            message: envelope.message,
            subscribe: envelope.subscribe_url,
            at: at.min(now),
            about,
        })
    }

    /// What it holds. Its signature must have been checked.
    ///
    /// # Errors
    /// When that is not as the sender's contract says.
    pub fn opened(self, now: Timestamp) -> Result<Returned, Rejection> {
        match self.kind {
            Kind::Notification => match self.about {
                About::Texts => texted::read(&self.message, self.at),
                About::Receipts => receipt::read(&self.message, self.at, now),
            },
            Kind::SubscriptionConfirmation => {
                let url = self.subscribe.filter(|url| is_sns_subscription(url));
                url.map(Returned::Subscription).ok_or_else(|| refuse("SubscribeURL", "must lead to Amazon SNS"))
            }
            Kind::UnsubscribeConfirmation => Ok(Returned::Nothing),
        }
    }
}

/// What SNS signs: certain fields in order of their names, each name and each value on a line of its own.
fn signed(envelope: &Envelope) -> Option<String> {
    let Envelope { message, message_id, subject, timestamp, topic_arn, token, subscribe_url, kind, .. } = envelope;
    let mut fields = vec![("Message", message.as_str()), ("MessageId", message_id)];
    let name = match kind {
        Kind::Notification => {
            fields.extend(subject.as_deref().map(|subject| ("Subject", subject)));
            fields.extend([("Timestamp", timestamp.as_str()), ("TopicArn", topic_arn)]);
            "Notification"
        }
        Kind::SubscriptionConfirmation | Kind::UnsubscribeConfirmation => {
            fields.extend([("SubscribeURL", subscribe_url.as_deref()?), ("Timestamp", timestamp)]);
            fields.extend([("Token", token.as_deref()?), ("TopicArn", topic_arn)]);
            if *kind == Kind::SubscriptionConfirmation { "SubscriptionConfirmation" } else { "UnsubscribeConfirmation" }
        }
    };
    fields.push(("Type", name));
    Some(fields.iter().flat_map(|(name, value)| [*name, "\n", *value, "\n"]).collect())
}

/// Whether an address is where SNS keeps its certificates. Everything else under its hosts is answers to requests, whose text the asker has
/// a hand in.
pub fn is_sns_certificate(url: &str) -> bool {
    let named = |path: &str| {
        let name = path.strip_prefix("SimpleNotificationService-").and_then(|rest| rest.strip_suffix(".pem"));
        name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    sns_path(url).is_some_and(named)
}

/// Whether an address is one at which SNS takes the confirmation of a subscription.
pub fn is_sns_subscription(url: &str) -> bool {
    let confirms = |path: &str| {
        path.strip_prefix("?Action=ConfirmSubscription&").is_some() && path.bytes().all(|byte| byte.is_ascii_graphic())
    };
    sns_path(url).is_some_and(confirms)
}

/// What follows the host of an address, when that is one of SNS.
fn sns_path(url: &str) -> Option<&str> {
    let (host, path) = url.strip_prefix("https://sns.")?.split_once('/')?;
    let region = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let plain = region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (plain && !region.is_empty() && url.len() <= 2_048).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_793_458_800_000);

    #[test]
    fn certificates_are_those_of_the_service_itself() {
        for good in [
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0a.pem",
        ] {
            assert!(is_sns_certificate(good), "{good}");
        }
        for bad in [
            "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
            "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
            "https://sns.evil.example/.amazonaws.com/SimpleNotificationService-0a.pem",
            "https://sns.a@evil.example#.amazonaws.com/SimpleNotificationService-0a.pem",
            "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-0a.pem",
            "https://sns..amazonaws.com/SimpleNotificationService-0a.pem",
            "https://sns.bucket.s3.amazonaws.com/SimpleNotificationService-0a.pem",
            "https://sns.us-east-1.amazonaws.com/?Action=Publish&x=SimpleNotificationService-0a.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-../a.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-.pem",
            "",
        ] {
            assert!(!is_sns_certificate(bad), "{bad}");
        }
    }

    #[test]
    fn a_notification_is_signed_field_by_field_in_order_of_names() {
        let body = r#"{"Type":"Notification","MessageId":"m-1","TopicArn":"arn:t","Subject":"s","Message":"{}","Timestamp":"2026-10-31T15:00:00.000Z","SignatureVersion":"2","Signature":"AA==","SigningCertURL":"x"}"#;
        let topics = ["arn:t".to_owned()];
        let read = |body: &str, now| Notice::read(body.as_bytes(), About::Texts, &topics, now);
        let notice = read(body, NOW).unwrap();
        let fields = "Message\n{}\nMessageId\nm-1\nSubject\ns\nTimestamp\n2026-10-31T15:00:00.000Z\nTopicArn\narn:t\nType\nNotification\n";
        assert_eq!((notice.signed.as_str(), notice.digest), (fields, Digest::Sha256));
        assert!(!read(&body.replace(r#""Subject":"s","#, ""), NOW).unwrap().signed.contains("Subject"));
        assert_eq!(read(&body.replace("arn:t", "arn:u"), NOW), Err(Rejection::Unsigned), "another topic");
        for (minutes, taken) in [(-5, true), (-6, false), (60, true), (61, false)] {
            assert_eq!(read(body, NOW.plus_s(minutes * 60)).is_ok(), taken, "{minutes}");
        }
        let twice = body.replace(r#""Subject":"s""#, r#""Message":"[]""#);
        assert_eq!(read(&twice, NOW), Err(refuse("body", "must be a notice of Amazon SNS")));
    }
}
