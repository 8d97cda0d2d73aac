//! Addresses a message may go to. Conservative on purpose: what passes can be handed to a provider as it is.

/// The longest e-mail address, and the longest part before its `@`.
const MAX_EMAIL: usize = 254;
const MAX_LOCAL: usize = 64;

/// Whether a text is an international telephone number: `+` and 8 to 15 digits, the first of them not 0.
pub fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Whether a text is one plain e-mail address in ASCII, without a name, quotes or comments.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    text.len() <= MAX_EMAIL && local.len() <= MAX_LOCAL && local.split('.').all(atom) && is_host(domain)
}

/// Whether a text is the name of a host, two labels or more, in ASCII.
pub fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_international() {
        assert!(is_e164("+12125550142") && is_e164("+49301234567"));
        for bad in
            ["", "+", "12125550142", "+1212555", "+1234567890123456", "+02125550142", "+1 2125550142", "+1212555014２"]
        {
            assert!(!is_e164(bad), "{bad:?}");
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
            ".ana@example.com",
            "ana maria@example.com",
            "ana@-example.com",
            "a..b@example.com",
            "ana@example.com,bob@example.com",
            "ana@example.com;bob@example.com",
            "ana@example.com\r\nBcc: bob@example.com",
            "ana@example.com\0",
            "ana@@example.com",
            "Ana <ana@example.com>",
            "\"ana\"@example.com",
            "ana@ex\u{430}mple.com",
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }
}
