//! Text messages: `SendTextMessage` of AWS End User Messaging, in the awsJson 1.0 protocol.

use serde::Deserialize;
use serde_json::{Value, json};
use tact_pipeline::Refusal;

use super::Said;
use super::server::{Answer, Request};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// The call, as the protocol writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendTextMessage {
    destination_phone_number: String,
    #[serde(default)]
    origination_identity: String,
    #[serde(default)]
    message_body: String,
    message_type: String,
    #[serde(default)]
    context: std::collections::BTreeMap<String, String>,
    time_to_live: Option<i32>,
}

pub(super) fn read(request: &Request) -> Result<Said, Answer> {
    if request.header("x-amz-target") != Some("PinpointSMSVoiceV2.SendTextMessage") {
        return Err(fault("UnknownOperationException", "only SendTextMessage is spoken here", &[]));
    }
    if !request.is_signed_for("sms-voice") {
        return Err(fault("AccessDeniedException", "the call is not signed", &[]));
    }
    let call: SendTextMessage = serde_json::from_slice(&request.body)
        .map_err(|_| fault("SerializationException", "not a SendTextMessage call", &[]))?;
    if let Some(field) = wrong_field(&call) {
        return Err(invalid(field));
    }
    let headers = [("message-type", call.message_type), ("context-customer", said(&call.context, "customer"))];
    let time_to_live = call.time_to_live.map(|seconds| ("time-to-live", seconds.to_string()));
    let headers = headers.into_iter().chain([("origination-identity", call.origination_identity)]).chain(time_to_live);
    Ok(Said {
        decision: said(&call.context, "decision"),
        to: Some(call.destination_phone_number),
        text: call.message_body,
        headers: headers.map(|(name, value)| (name.to_owned(), value)).collect(),
        body: None,
    })
}

/// The first field that the provider would not take.
fn wrong_field(call: &SendTextMessage) -> Option<&'static str> {
    let known = |key: &str| call.context.get(key).is_some_and(|value| !value.contains(char::is_whitespace));
    let checks = [
        ("DestinationPhoneNumber", is_number(&call.destination_phone_number)),
        ("OriginationIdentity", !call.origination_identity.is_empty()),
        ("MessageBody", (1..=1600).contains(&call.message_body.chars().count())),
        ("MessageType", ["PROMOTIONAL", "TRANSACTIONAL"].contains(&call.message_type.as_str())),
        ("Context", known("decision") && known("customer")),
        ("TimeToLive", call.time_to_live.is_none_or(|seconds| (5..=259_200).contains(&seconds))),
    ];
    checks.into_iter().find(|(_, right)| !right).map(|(field, _)| field)
}

/// E.164: a plus sign and up to fifteen digits, the first of them not nought.
fn is_number(text: &str) -> bool {
    let mut letters = text.chars();
    let (plus, first) = (letters.next(), letters.next());
    let rest_is_digits = letters.all(|letter| letter.is_ascii_digit());
    plus == Some('+') && matches!(first, Some('1'..='9')) && rest_is_digits && (8..=16).contains(&text.len())
}

fn said(context: &std::collections::BTreeMap<String, String>, key: &str) -> String {
    context.get(key).cloned().unwrap_or_default()
}

pub(super) fn taken(number: usize) -> Answer {
    Answer::new(200, CONTENT_TYPE, json!({ "MessageId": format!("sms-{number}") }).to_string())
}

pub(super) fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::BadAddress => invalid("DestinationPhoneNumber"),
        Refusal::OptedOut => {
            let reason = ("Reason", json!("DESTINATION_PHONE_NUMBER_OPTED_OUT"));
            fault("ConflictException", "the number has opted out", &[reason])
        }
        Refusal::Rejected => fault(
            "ValidationException",
            "the sender is not registered",
            &[("Reason", json!("SENDER_ID_NOT_REGISTERED"))],
        ),
    }
}

fn invalid(field: &str) -> Answer {
    let fields = json!([{ "Name": field, "Message": "is invalid" }]);
    let more = [("Reason", json!("FIELD_VALIDATION_FAILED")), ("Fields", fields)];
    fault("ValidationException", "a field is invalid", &more)
}

pub(super) fn fault(kind: &str, message: &str, more: &[(&str, Value)]) -> Answer {
    let mut body = json!({ "__type": kind, "Message": message });
    if let Value::Object(fields) = &mut body {
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    }
    Answer::new(400, CONTENT_TYPE, body.to_string())
}
