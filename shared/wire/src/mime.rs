//! An e-mail as it travels: the bytes of RFC 5322 and MIME, the same for the same message. No header holds a line end it was not meant to.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use tact_decide::Brand;
use tact_domain::Channel;

use crate::render::{is_header, is_link};
use crate::{Message, is_email};

/// The most characters of a line of quoted-printable text, without the `=` of a soft line end.
const LINE: usize = 75;
/// The most bytes of an encoded word: 52 characters of base64 and the 12 around them fit behind `Subject: ` on a line of 76.
const WORD: usize = 39;

/// Why a message is no e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MimeError {
    /// It takes another way.
    #[error("message is not for e-mail")]
    Channel,
    /// Its recipient is not one address.
    #[error("recipient is not one e-mail address")]
    Recipient,
    /// Its sender is not one address with a name of one line.
    #[error("sender is not one e-mail address with a name of one line")]
    Sender,
    /// It has no subject, or one that would break out of its header.
    #[error("subject is not one line")]
    Subject,
    /// It sells, and has no https link to unsubscribe.
    #[error("e-mail that sells has no https link to unsubscribe")]
    Unsubscribe,
    /// The instant it leaves is beyond the calendar.
    #[error("time of sending is beyond the calendar")]
    Date,
}

/// The e-mail of a message, sent by a brand: ASCII with CRLF line ends.
///
/// # Errors
/// When it is for another channel, or an address, the subject or the link to unsubscribe cannot stand in a header.
pub fn mime(message: &Message, brand: &Brand) -> Result<Vec<u8>, MimeError> {
    if message.channel != Channel::Email {
        return Err(MimeError::Channel);
    }
    let to = message.to.as_deref().filter(|to| is_email(to)).ok_or(MimeError::Recipient)?;
    let subject = message.subject.as_deref().filter(|subject| is_header(subject)).ok_or(MimeError::Subject)?;
    let (_, domain) =
        brand.email_from.split_once('@').filter(|_| is_email(&brand.email_from)).ok_or(MimeError::Sender)?;
    let mut headers = vec![
        ("From", sender(brand)?),
        ("To", to.to_owned()),
        ("Subject", unstructured(subject)),
        ("Date", date(message)?),
        ("Message-ID", format!("<{}@{domain}>", message.decision)),
        ("X-Tact-Decision", message.decision.to_string()),
    ];
    if message.marketing {
        let link = message.unsubscribe.as_deref().filter(|link| is_link(link)).ok_or(MimeError::Unsubscribe)?;
        headers.push(("List-Unsubscribe", format!("<{link}>")));
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    headers.push(("MIME-Version", "1.0".to_owned()));
    headers.push(("Content-Type", "text/plain; charset=utf-8".to_owned()));
    headers.push(("Content-Transfer-Encoding", "quoted-printable".to_owned()));
    let mut mail = String::new();
    for (name, value) in &headers {
        mail.extend([name, ": ", value, "\r\n"]);
    }
    mail.push_str("\r\n");
    mail.push_str(&quoted_printable(&message.text));
    Ok(mail.into_bytes())
}

/// The brand and its address: `"Harbor & Co." <hello@harbor.example>`.
fn sender(brand: &Brand) -> Result<String, MimeError> {
    if !is_header(&brand.name) {
        return Err(MimeError::Sender);
    }
    let name = if brand.name.is_ascii() {
        format!("\"{}\"", brand.name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        encoded_words(&brand.name)
    };
    Ok(format!("{name} <{}>", brand.email_from))
}

fn date(message: &Message) -> Result<String, MimeError> {
    let at = jiff::Timestamp::from_millisecond(message.sent_at.0).map_err(|_| MimeError::Date)?;
    rfc2822::to_string(&at.to_zoned(TimeZone::UTC)).map_err(|_| MimeError::Date)
}

/// A text as a header without structure holds it: as it is, or encoded when it could be read as anything else.
fn unstructured(text: &str) -> String {
    if text.is_ascii() && !text.contains("=?") { text.to_owned() } else { encoded_words(text) }
}

/// The encoded words of RFC 2047, one a line.
fn encoded_words(text: &str) -> String {
    let mut words = vec![String::new()];
    for letter in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + letter.len_utf8() <= WORD => word.push(letter),
            _ => words.push(letter.to_string()),
        }
    }
    let encoded: Vec<String> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64.encode(word))).collect();
    encoded.join("\r\n ")
}

/// A text in the quoted-printable encoding of RFC 2045, with a line end at its end.
fn quoted_printable(text: &str) -> String {
    let mut encoded = String::new();
    for line in text.lines() {
        let mut length = 0;
        for (at, byte) in line.bytes().enumerate() {
            let last = at + 1 == line.len();
            let plain = (byte.is_ascii_graphic() && byte != b'=') || (byte == b' ' && !last);
            let token = if plain { char::from(byte).to_string() } else { format!("={byte:02X}") };
            if length + token.len() > LINE {
                encoded.push_str("=\r\n");
                length = 0;
            }
            length += token.len();
            encoded.push_str(&token);
        }
        encoded.push_str("\r\n");
    }
    encoded
}

#[cfg(test)]
mod tests;
