use tact_domain::{CustomerId, DecisionId, Timestamp};

use super::*;

fn brand() -> Brand {
    Brand { name: "Harbor & Co.".to_owned(), email_from: "hello@harbor.example".to_owned(), ..Brand::default() }
}

fn message() -> Message {
    Message {
        decision: DecisionId(7),
        customer: CustomerId::new("ana").unwrap(),
        channel: Channel::Email,
        action: "win_back".into(),
        treatment: "ask".into(),
        store: None,
        to: Some("ana@example.com".to_owned()),
        subject: Some("What could we do better?".to_owned()),
        text: "Fit, choice or price?\n\nHarbor & Co.\n".to_owned(),
        answers: None,
        task: None,
        marketing: true,
        unsubscribe: Some("https://reply.example/u/token".to_owned()),
        sent_at: Timestamp(1_793_451_600_000),
        expires_at: Timestamp(1_793_455_200_000),
    }
}

fn mail(message: &Message, brand: &Brand) -> String {
    String::from_utf8(mime(message, brand).unwrap()).unwrap()
}

fn with_subject(subject: &str) -> Message {
    Message { subject: Some(subject.to_owned()), ..message() }
}

/// The value of a header, unfolded.
fn header<'m>(mail: &'m str, name: &str) -> Vec<&'m str> {
    let (head, _) = mail.split_once("\r\n\r\n").unwrap();
    let prefix = format!("{name}: ");
    let found = head.split("\r\n").skip_while(|line| !line.starts_with(&prefix));
    let own = found.enumerate().take_while(|(nth, line)| *nth == 0 || line.starts_with(' '));
    own.map(|(nth, line)| if nth == 0 { line.strip_prefix(&prefix).unwrap() } else { line.trim_start() }).collect()
}

#[test]
fn an_email_that_sells_has_these_bytes() {
    let expected = "From: \"Harbor & Co.\" <hello@harbor.example>\r
To: ana@example.com\r
Subject: What could we do better?\r
Date: Sat, 31 Oct 2026 13:00:00 +0000\r
Message-ID: <d-00000000000000000000000000000007@harbor.example>\r
X-Tact-Decision: d-00000000000000000000000000000007\r
List-Unsubscribe: <https://reply.example/u/token>\r
List-Unsubscribe-Post: List-Unsubscribe=One-Click\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Fit, choice or price?\r
\r
Harbor & Co.\r
";
    assert_eq!(mail(&message(), &brand()), expected);
    assert_eq!(mime(&message(), &brand()), mime(&message(), &brand()));
}

#[test]
fn a_receipt_has_nothing_to_unsubscribe_from() {
    let receipt = Message { marketing: false, ..message() };
    assert!(!mail(&receipt, &brand()).contains("List-Unsubscribe"));
}

#[test]
fn nothing_breaks_out_of_a_header() {
    for subject in ["a\r\nBcc: b@example.com", "a\nb", "a\rb", "a\0b", "a\r\n folded", "", "a\u{85}b"] {
        assert_eq!(mime(&with_subject(subject), &brand()), Err(MimeError::Subject), "{subject:?}");
    }
    for to in [
        "ana@example.com, b@example.com",
        "ana@example.com\r\nBcc: b@example.com",
        "<ana@example.com>",
        "",
        "an\u{e9}@example.com",
    ] {
        assert_eq!(
            mime(&Message { to: Some(to.to_owned()), ..message() }, &brand()),
            Err(MimeError::Recipient),
            "{to:?}"
        );
    }
    for (name, from) in [
        ("a\r\nBcc: b", "a@b.example"),
        ("a\0", "a@b.example"),
        ("", "a@b.example"),
        ("a", "a@b.example\r\nBcc: c@d.example"),
        ("a", "a@b.example>"),
    ] {
        let brand = Brand { name: name.to_owned(), email_from: from.to_owned(), ..Brand::default() };
        assert_eq!(mime(&message(), &brand), Err(MimeError::Sender), "{name:?} {from:?}");
    }
    for link in ["http://a.example", "https://a.example>\r\nBcc: b", "https://a.example b", "mailto:a@b.example"] {
        let unsubscribe = Some(link.to_owned());
        assert_eq!(mime(&Message { unsubscribe, ..message() }, &brand()), Err(MimeError::Unsubscribe), "{link:?}");
    }
    assert_eq!(mime(&Message { unsubscribe: None, ..message() }, &brand()), Err(MimeError::Unsubscribe));
    assert_eq!(mime(&Message { channel: Channel::Sms, ..message() }, &brand()), Err(MimeError::Channel));
}

#[test]
fn a_name_cannot_close_its_quotes() {
    let brand = Brand { name: "Harbor\" <evil@evil.example>, \\".to_owned(), ..brand() };
    let from = r#""Harbor\" <evil@evil.example>, \\" <hello@harbor.example>"#;
    assert_eq!(header(&mail(&message(), &brand), "From"), [from]);
}

#[test]
fn what_is_not_ascii_is_encoded_and_reads_back_the_same() {
    for subject in ["Grüße aus dem Hafen", &"Ein ganz langer Betreff über Schuhe 👟 ".repeat(4), "=?UTF-8?Q?trick?="]
    {
        let mail = mail(&with_subject(subject), &brand());
        let words = header(&mail, "Subject");
        let decoded = words.iter().flat_map(|word| {
            let inner = word.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap();
            String::from_utf8(BASE64.decode(inner).unwrap()).unwrap().chars().collect::<Vec<_>>()
        });
        assert_eq!(decoded.collect::<String>(), subject);
        assert!(words.iter().all(|word| word.len() + "Subject: ".len() <= 76), "{words:?}");
    }
    let brand = Brand { name: "Café Hafen".to_owned(), ..brand() };
    assert_eq!(header(&mail(&message(), &brand), "From"), ["=?UTF-8?B?Q2Fmw6kgSGFmZW4=?= <hello@harbor.example>"]);
}

#[test]
fn a_text_travels_as_short_lines_of_ascii() {
    let encoded = quoted_printable("1 + 1 = 2 \nGrüße\r\n.\nFrom me\0");
    assert_eq!(encoded, "1 + 1 =3D 2=20\r\nGr=C3=BC=C3=9Fe\r\n.\r\nFrom me=00\r\n");
    let long = quoted_printable(&"ü ".repeat(100));
    assert!(long.split("\r\n").all(|line| line.len() <= 76 && !line.ends_with(' ')), "{long}");
    assert_eq!(long.replace("=\r\n", "").trim_end(), "=C3=BC ".repeat(99) + "=C3=BC=20");
    let mail = mail(&Message { text: "x".repeat(5_000), ..message() }, &brand());
    assert!(mail.is_ascii() && mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
}
