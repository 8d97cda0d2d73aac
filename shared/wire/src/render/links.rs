//! Links in texts: only to hosts of ours, only encrypted, and never shortened.

/// Shorteners hide where a link leads, and carriers filter messages that use them.
const SHORTENERS: [&str; 7] = ["bit.ly", "t.co", "tinyurl.com", "goo.gl", "ow.ly", "is.gd", "buff.ly"];

/// Why a link has no place in a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Anybody on the way could read and change it.
    #[error("text has a link that is not https")]
    Plain,
    /// It hides where it leads.
    #[error("text uses the shortener `{0}`")]
    Shortener(&'static str),
    /// It leads to a host that is not ours.
    #[error("text has a link to `{0}`, which is none of the hosts links may lead to")]
    Foreign(String),
}

/// Checks every link of a text against the hosts that links may lead to.
///
/// # Errors
/// The first link that has no place in it.
pub fn check_links(text: &str, hosts: &[String]) -> Result<(), LinkError> {
    let text = text.to_lowercase();
    if let Some(shortener) = SHORTENERS.into_iter().find(|shortener| names(&text, shortener)) {
        return Err(LinkError::Shortener(shortener));
    }
    if text.contains("http://") {
        return Err(LinkError::Plain);
    }
    for after in text.split("https://").skip(1) {
        let authority =
            after.split(|letter: char| "/?#".contains(letter) || letter.is_whitespace()).next().unwrap_or("");
        // The end of a sentence or a bracket belongs to the text around a link.
        let host = authority.trim_end_matches(['.', ',', ';', ':', '!', ')', '"', '\'']);
        if !hosts.iter().any(|known| known == host) {
            return Err(LinkError::Foreign(host.chars().take(64).collect()));
        }
    }
    Ok(())
}

/// Whether a host is one of the words of a text.
fn names(text: &str, host: &str) -> bool {
    let is_inner = |letter: char| letter.is_alphanumeric() || letter == '-';
    text.match_indices(host).any(|(at, _)| {
        let (before, rest) = text.split_at_checked(at).unwrap_or_default();
        let after = rest.strip_prefix(host).unwrap_or_default();
        let longer = after.strip_prefix('.').unwrap_or(after);
        !before.ends_with(is_inner) && !longer.starts_with(is_inner)
    })
}

/// Whether a text is a host that shortens links.
pub fn is_shortener(host: &str) -> bool {
    SHORTENERS.iter().any(|shortener| host == *shortener || host.ends_with(&format!(".{shortener}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), LinkError> {
        check_links(text, &["harbor.example".to_owned(), "shop.harbor.example".to_owned()])
    }

    #[test]
    fn links_to_hosts_of_ours_pass() {
        for text in [
            "No link at all: 24/7, harbor.example.",
            "See https://harbor.example.",
            "HTTPS://Harbor.Example/shoes?size=9#red, or (https://shop.harbor.example)!",
            "A rabbit.lynx and t.company",
        ] {
            assert_eq!(checked(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn links_to_anybody_else_are_refused() {
        for text in [
            "https://evil.example",
            "https://harbor.example.evil.example/",
            "https://harbor.example@evil.example",
            "https://harbor.example\\@evil.example",
            "https://harbor.example:8443/",
            "https://evil-harbor.example",
            "https://h\u{430}rbor.example",
            "https://",
            "https://harbor.example https://evil.example",
        ] {
            assert!(matches!(checked(text), Err(LinkError::Foreign(_))), "{text}");
        }
    }

    #[test]
    fn links_that_are_open_or_hide_where_they_lead_are_refused() {
        assert_eq!(checked("Http://harbor.example"), Err(LinkError::Plain));
        for (text, shortener) in [("see bit.ly/3x", "bit.ly"), ("https://T.CO/a", "t.co"), ("(www.is.gd.)", "is.gd")] {
            assert_eq!(checked(text), Err(LinkError::Shortener(shortener)), "{text}");
        }
        assert!(is_shortener("bit.ly") && is_shortener("www.bit.ly") && !is_shortener("rabbit.ly"));
    }
}
