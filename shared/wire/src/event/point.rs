//! Contact points: a telephone number, an e-mail address, a push token. Conservative on purpose: what passes can be handed
//! to a provider as it is, and can smuggle nothing into a header.

use tact_domain::Channel;

use super::error::ParseError;
use super::field::Field;

/// The longest push token, in characters.
const MAX_TOKEN: usize = 512;
/// The longest e-mail address, and the longest part before its `@`.
const MAX_EMAIL: usize = 254;
const MAX_LOCAL: usize = 64;

/// An address of the customer's own, or its withdrawal. Kept under a key of its own, never part of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPoint {
    /// The channel it is for: sms, email or push.
    pub channel: Channel,
    /// The E.164 number, e-mail address or push token; `None` withdraws what was given before.
    pub address: Option<String>,
}

/// How a channel's addresses are recognised, and what they must be.
type Form = (&'static str, Channel, &'static str, fn(&str) -> bool);

const FORMS: [Form; 3] = [
    ("sms", Channel::Sms, "`+` and 8 to 15 digits, the first of them not 0", is_number),
    ("email", Channel::Email, "one plain e-mail address", is_email),
    ("push", Channel::Push, "a token of up to 512 visible ASCII characters", is_token),
];

/// Reads the points of a consent event, in the order sms, email, push.
pub(super) fn read_points(field: &Field<'_>) -> Result<Vec<ContactPoint>, ParseError> {
    let points = field.object()?;
    let mut read = Vec::new();
    for (name, channel, form, is_valid) in FORMS {
        let Some(point) = points.optional(name) else { continue };
        let valid = |text: &str| is_valid(text).then(|| text.to_owned());
        let address = if point.is_null() { None } else { Some(point.formed(form, valid)?) };
        read.push(ContactPoint { channel, address });
    }
    Ok(read)
}

fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= MAX_EMAIL
        && local.len() <= MAX_LOCAL
        && local.split('.').all(atom)
        && domain.contains('.')
        && domain.split('.').all(label)
}

fn is_token(text: &str) -> bool {
    text.len() <= MAX_TOKEN && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_international() {
        assert!(is_number("+12125550142"));
        for bad in
            ["", "+", "12125550142", "+1212555", "+1234567890123456", "+02125550142", "+1 2125550142", "+1212555014２"]
        {
            assert!(!is_number(bad), "{bad:?}");
        }
    }

    #[test]
    fn an_email_is_one_plain_address() {
        for good in ["ana@example.com", "a.b+tag@mail.example.co", "o'neil@x-y.org"] {
            assert!(is_email(good), "{good:?}");
        }
        for bad in [
            "ana",
            "ana@",
            "@example.com",
            "ana@localhost",
            "ana@example..com",
            "ana@-example.com",
            ".ana@example.com",
            "a..b@example.com",
            "ana@example.com,bob@example.com",
            "ana@example.com\r\nBcc: bob@example.com",
            "ana@@example.com",
            "Ana <ana@example.com>",
            "ana maria@example.com",
            "\"ana\"@example.com",
            "ana@ex\u{430}mple.com",
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }
}
