//! Contact points: a telephone number, an e-mail address, a push token. Conservative on purpose: what passes can be handed
//! to a provider as it is, and can smuggle nothing into a header.

use tact_domain::Channel;

use super::error::ParseError;
use super::field::Field;
use crate::{is_e164, is_email};

/// The longest push token, in characters.
const MAX_TOKEN: usize = 512;

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
    ("sms", Channel::Sms, "`+` and 8 to 15 digits, the first of them not 0", is_e164),
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

/// The area code of a number of North America, the only thing of it that a profile learns; `None` for any other point.
pub(super) fn area_code(point: &ContactPoint) -> Option<u16> {
    let national = point.address.as_deref().filter(|_| point.channel == Channel::Sms)?.strip_prefix("+1")?;
    let code = national.get(..3).filter(|_| national.len() == 10)?.parse().ok()?;
    (200..=999).contains(&code).then_some(code)
}

fn is_token(text: &str) -> bool {
    text.len() <= MAX_TOKEN && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_north_america_have_an_area_code() {
        let code =
            |channel, address: Option<&str>| area_code(&ContactPoint { channel, address: address.map(str::to_owned) });
        for (number, expected) in [
            ("+12125550111", Some(212)),
            ("+19895550111", Some(989)),
            ("+442079460000", None),
            ("+11235550111", None),
            ("+1212555011", None),
            ("+121255501112", None),
        ] {
            assert_eq!(code(Channel::Sms, Some(number)), expected, "{number}");
        }
        assert_eq!((code(Channel::Push, Some("+12125550111")), code(Channel::Sms, None)), (None, None));
    }
}
