//! Notifications: `Publish` of SNS to one endpoint, in the query protocol: a form in, XML out.

use serde_json::Value;
use tact_pipeline::Refusal;

use super::Said;
use super::server::{Answer, Request};

/// The platforms a payload is for.
const PLATFORMS: [&str; 3] = ["APNS", "APNS_SANDBOX", "GCM"];
/// The most bytes a message may have.
const MOST_BYTES: usize = 256 * 1024;

pub(super) fn read(request: &Request) -> Result<Said, Answer> {
    let form = form(&request.body).ok_or_else(|| fault(400, "MalformedQueryString", "not a form"))?;
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if field("Action") != Some("Publish") {
        return Err(fault(400, "InvalidAction", "only Publish is spoken here"));
    }
    if !request.is_signed_for("sns") {
        return Err(fault(403, "AuthorizationError", "the call is not signed"));
    }
    let to = field("TargetArn").filter(|to| is_endpoint(to)).ok_or_else(|| invalid("TargetArn"))?;
    let json = field("MessageStructure") == Some("json");
    let message = field("Message").filter(|message| json && message.len() <= MOST_BYTES);
    let (text, decision) = message.and_then(payload).ok_or_else(|| invalid("Message"))?;
    let headers = attributes(&form).ok_or_else(|| invalid("MessageAttributes"))?;
    if !headers.contains(&("aws.sns.mobile.apns.collapse_id".to_owned(), decision.clone())) {
        return Err(invalid("MessageAttributes"));
    }
    Ok(Said {
        decision,
        to: Some(to.to_owned()),
        text,
        headers,
        body: message.map(|message| message.as_bytes().to_vec()),
    })
}

fn is_endpoint(arn: &str) -> bool {
    arn.starts_with("arn:aws") && arn.contains(":sns:") && arn.contains(":endpoint/")
}

/// The text that all platforms show, and the decision all of them are told.
fn payload(message: &str) -> Option<(String, String)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let text = message.get("default")?.as_str()?.to_owned();
    let [Some(apple), Some(sandbox), Some(google)] = PLATFORMS.map(|platform| embedded(&message, platform)) else {
        return None;
    };
    let decision = apple.get("decision")?.as_str()?.to_owned();
    let google = google.pointer("/fcmV1Message/message")?;
    let same = apple == sandbox
        && apple.pointer("/aps/alert")?.as_str()? == text
        && google.pointer("/notification/body")?.as_str()? == text
        && google.pointer("/data/decision")?.as_str()? == decision
        && google.pointer("/android/collapse_key")?.as_str()? == decision;
    same.then_some((text, decision))
}

/// What is for one platform: JSON in a string.
fn embedded(message: &Value, platform: &str) -> Option<Value> {
    serde_json::from_str(message.get(platform)?.as_str()?).ok()
}

/// The attributes of a message, names in lower case; `None` when one has no value or a time to live is no number.
fn attributes(form: &[(String, String)]) -> Option<Vec<(String, String)>> {
    let names = form.iter().filter(|(field, _)| field.starts_with("MessageAttributes.") && field.ends_with(".Name"));
    let attribute = |(field, name): &(String, String)| {
        let value = format!("{}.Value.StringValue", field.strip_suffix(".Name")?);
        let (_, value) = form.iter().find(|(known, _)| *known == value)?;
        let right = !name.ends_with("TTL") || value.parse::<u32>().is_ok();
        right.then(|| (name.to_lowercase(), value.clone()))
    };
    names.map(attribute).collect()
}

/// The fields of a form; `None` for what is none.
fn form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let body = std::str::from_utf8(body).ok()?;
    let field = |field: &str| {
        let (name, value) = field.split_once('=')?;
        Some((unescaped(name)?, unescaped(value)?))
    };
    body.split('&').map(field).collect()
}

fn unescaped(text: &str) -> Option<String> {
    let plain = text.replace('+', " ");
    let mut parts = plain.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

pub(super) fn taken(number: usize) -> Answer {
    let result = format!("<PublishResult><MessageId>push-{number}</MessageId></PublishResult>");
    let body =
        format!("<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">{result}</PublishResponse>");
    Answer::new(200, "text/xml", body)
}

/// Who turns notifications off disables the endpoint, and so does who removes the app.
pub(super) fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::BadAddress => invalid("TargetArn"),
        Refusal::OptedOut => fault(400, "EndpointDisabled", "Endpoint is disabled"),
        Refusal::Rejected => fault(400, "PlatformApplicationDisabled", "Platform application is disabled"),
    }
}

fn invalid(field: &str) -> Answer {
    fault(400, "InvalidParameter", &format!("Invalid parameter: {field}"))
}

pub(super) fn fault(status: u16, code: &str, message: &str) -> Answer {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    let body = format!("<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">{error}</ErrorResponse>");
    Answer::new(status, "text/xml", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_escapes_and_nothing_else_is_one() {
        let read = form(b"a=1+2%263&b.c=%C3%BC").unwrap();
        assert_eq!(read, [("a".to_owned(), "1 2&3".to_owned()), ("b.c".to_owned(), "ü".to_owned())]);
        for wrong in [b"a".as_slice(), b"a=%4", b"a=%zz", b"a=%ff"] {
            assert!(form(wrong).is_none());
        }
    }
}
