//! E-mails: `SendEmail` of SES v2 with a finished mail, in the restJson protocol. The mail is read as a mail server reads it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::json;
use tact_pipeline::Refusal;

use super::Said;
use super::server::{Answer, Request};

/// The headers a mail has exactly once.
const ONCE: [&str; 5] = ["from", "to", "subject", "date", "mime-version"];

/// The call, as the protocol writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    #[serde(default)]
    from_email_address: String,
    destination: Destination,
    content: Content,
    #[serde(default)]
    email_tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Destination {
    #[serde(rename = "ToAddresses", default)]
    to: Vec<String>,
    #[serde(rename = "CcAddresses", default)]
    cc: Vec<String>,
    #[serde(rename = "BccAddresses", default)]
    bcc: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    raw: Raw,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    name: String,
    value: String,
}

pub(super) fn read(request: &Request) -> Result<Said, Answer> {
    if (request.method.as_str(), request.path.as_str()) != ("POST", "/v2/email/outbound-emails") {
        return Err(fault(404, "UnknownOperationException", "only SendEmail is spoken here"));
    }
    if !request.is_signed_for("ses") {
        return Err(fault(403, "AccessDeniedException", "the call is not signed"));
    }
    let call: SendEmail = serde_json::from_slice(&request.body).map_err(|_| bad("Not a SendEmail call"))?;
    let to = recipient(&call.destination).ok_or_else(|| bad("Exactly one recipient"))?;
    let mail = BASE64.decode(&call.content.raw.data).map_err(|_| bad("Data is not base64"))?;
    let text = std::str::from_utf8(&mail).map_err(|_| bad("The mail is not text"))?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| bad("The mail has no body"))?;
    let mut headers = headers(head).ok_or_else(|| bad("A header is malformed"))?;
    let marketing = tag(&call, "class") == Some("marketing");
    if let Some(complaint) = complaint(&headers, &call.from_email_address, to, marketing) {
        return Err(bad(complaint));
    }
    let decision = tag(&call, "decision").ok_or_else(|| bad("No tag says the decision"))?.to_owned();
    headers.extend(call.email_tags.iter().map(|tag| (format!("tag-{}", tag.name), tag.value.clone())));
    Ok(Said { decision, to: Some(to.to_owned()), text: quoted_printable(body), headers, body: Some(mail) })
}

fn recipient(destination: &Destination) -> Option<&str> {
    let alone = destination.cc.is_empty() && destination.bcc.is_empty();
    match destination.to.as_slice() {
        [to] if alone && to.matches('@').count() == 1 && !to.contains([',', ';', ' ', '<']) => Some(to),
        _ => None,
    }
}

fn tag<'a>(call: &'a SendEmail, name: &str) -> Option<&'a str> {
    let plain = |value: &str| value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.@".contains(&b));
    let tag = call.email_tags.iter().find(|tag| tag.name == name)?;
    (plain(&tag.value) && (1..=256).contains(&tag.value.len())).then_some(tag.value.as_str())
}

/// The headers of a mail, names in lower case, folded lines joined; `None` when one is none.
fn headers(head: &str) -> Option<Vec<(String, String)>> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let right = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()) && !value.contains(['\r', '\n']);
        right.then(|| (name.to_lowercase(), value.trim().to_owned()))
    };
    unfolded.split("\r\n").map(header).collect()
}

/// What is wrong with the headers of a mail, if anything.
fn complaint(headers: &[(String, String)], from: &str, to: &str, marketing: bool) -> Option<&'static str> {
    let all = |name: &str| headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
    let values = ONCE.map(|name| -> Vec<&str> { all(name) });
    let [[sender], [recipient], [_], [_], [_]] = values.each_ref().map(Vec::as_slice) else {
        return Some("A header is missing or there twice");
    };
    if from.is_empty() || !sender.contains(from) {
        return Some("The sender is not the one of the call");
    }
    if *recipient != to {
        return Some("The recipient is not the one of the call");
    }
    let (link, post): (Vec<&str>, Vec<&str>) = (all("list-unsubscribe"), all("list-unsubscribe-post"));
    let safe = |link: &str| ["<https://", "<http://127.0.0.1:"].iter().any(|start| link.starts_with(start));
    let one_click =
        matches!(link[..], [link] if safe(link) && link.ends_with('>')) && post == ["List-Unsubscribe=One-Click"];
    if marketing && !one_click {
        return Some("What sells is left with one click");
    }
    None
}

/// Text from the quoted-printable encoding; what is not encoded stays as it is.
fn quoted_printable(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut parts = joined.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.split_at_checked(2).map(|(digits, rest)| (u8::from_str_radix(digits, 16), rest)) {
            Some((Ok(byte), rest)) => {
                bytes.push(byte);
                bytes.extend(rest.as_bytes());
            }
            _ => {
                bytes.push(b'=');
                bytes.extend(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn taken(number: usize) -> Answer {
    Answer::new(200, "application/json", json!({ "MessageId": format!("email-{number}") }).to_string())
}

pub(super) fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::BadAddress => bad("Missing final '@domain'"),
        Refusal::OptedOut => fault(400, "MessageRejected", "Address is on the suppression list for your account."),
        Refusal::Rejected => fault(400, "MailFromDomainNotVerifiedException", "The domain is not verified."),
    }
}

fn bad(message: &str) -> Answer {
    fault(400, "BadRequestException", message)
}

pub(super) fn fault(status: u16, kind: &str, message: &str) -> Answer {
    let mut answer = Answer::new(status, "application/json", json!({ "message": message }).to_string());
    answer.headers.push(("x-amzn-errortype", kind.to_owned()));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(more: &str) -> Vec<(String, String)> {
        let head = format!(
            "From: \"Shop\" <hello@shop.example>\r\nTo: ada@example.com\r\nSubject: a\r\n b\r\nDate: now\r\nMIME-Version: 1.0{more}"
        );
        headers(&head).unwrap()
    }

    #[test]
    fn a_mail_is_read_with_its_folded_headers_and_its_encoded_text() {
        assert!(mail("").contains(&("subject".to_owned(), "a b".to_owned())));
        assert!(headers("From: a\nBcc: b").is_none() && headers("From a").is_none() && headers("").is_none());
        assert_eq!(quoted_printable("Gr=C3=BC=C3=9Fe, =\r\n1 =3D 1=\r\n\r\n"), "Grüße, 1 = 1\r\n");
    }

    #[test]
    fn what_sells_without_a_way_out_and_what_names_others_is_complained_of() {
        let complaint = |headers: &[(String, String)], marketing| {
            complaint(headers, "hello@shop.example", "ada@example.com", marketing).is_some()
        };
        assert!(!complaint(&mail(""), false) && complaint(&mail(""), true));
        let link = "\r\nList-Unsubscribe: <https://shop.example/u/1>";
        let post = "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click";
        assert!(!complaint(&mail(&format!("{link}{post}")), true));
        assert!(complaint(&mail(link), true) && complaint(&mail("\r\nTo: eve@example.com"), false));
    }
}
