//! Who is said to have consented: the sets ask nobody, so the grants are assumed, and their proof says so.
//! Every purpose on every channel that needs no person, with contact points that reach no one, the day before the first event.

use std::collections::BTreeSet;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::event::write_line;
use super::{Converted, ImportError, Set};

/// Which customers are said to have consented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Every customer.
    All,
    /// Those whose SHA-256 of the id (the event's `subject`) begins with a bit 0.
    Half,
    /// Nobody: no consent event is written.
    #[default]
    None,
}

impl Consent {
    /// The choice with this name on the command line; `None` for any other.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            "half" => Some(Self::Half),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    fn includes(self, subject: &str) -> bool {
        match self {
            Self::All => true,
            Self::Half => Sha256::digest(subject).first().is_some_and(|byte| *byte < 0x80),
            Self::None => false,
        }
    }
}

const CHANNELS: [&str; 4] = ["sms", "email", "push", "inbox"];
const PURPOSES: [&str; 6] = ["marketing", "profiling", "location", "staff_recognition", "third_party", "social"];
const PROOF: Proof =
    Proof { text_id: "import-1", shown: "assumed for a public data set, nobody was asked", seller: "tact import" };

#[derive(Serialize)]
struct Granted {
    grants: Vec<Grant>,
    points: Points,
    zone: &'static str,
    locale: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_year: Option<i64>,
}

#[derive(Serialize)]
struct Grant {
    channel: &'static str,
    purpose: &'static str,
    state: &'static str,
    proof: Proof,
}

#[derive(Serialize)]
struct Proof {
    text_id: &'static str,
    shown: &'static str,
    seller: &'static str,
}

#[derive(Serialize)]
struct Points {
    sms: String,
    email: String,
    push: String,
}

/// Writes the consents of the customers that have events, in id order, and answers how many; none when there are no events.
pub(super) fn write(
    set: Set,
    choice: Consent,
    converted: &Converted,
    subjects: &BTreeSet<&str>,
    out: &mut dyn Write,
) -> Result<usize, ImportError> {
    let Some(day_before) = converted.events.first().and_then(|event| day_before(event.at)) else {
        return Ok(0);
    };
    let mut written = 0;
    for subject in subjects.iter().filter(|subject| choice.includes(subject)) {
        let (zone, locale) = set.home();
        let birth_year = converted.birth_years.get(*subject).copied();
        let grants = grants(converted.withheld.contains(*subject));
        let granted = Granted { grants, points: points(subject), zone, locale, birth_year };
        write_line(set, "tact.consent.v1", &format!("consent:{subject}"), subject, day_before, &granted, out)?;
        written += 1;
    }
    Ok(written)
}

/// The start, in UTC, of the day before an instant's day.
fn day_before(at: Timestamp) -> Option<Timestamp> {
    const DAY_S: i64 = 86_400;
    Timestamp::from_second((at.as_second().div_euclid(DAY_S) - 1) * DAY_S).ok()
}

fn grants(profile_withheld: bool) -> Vec<Grant> {
    let purposes = PURPOSES.into_iter().filter(|purpose| !(profile_withheld && *purpose == "profiling"));
    let pairs = purposes.flat_map(|purpose| CHANNELS.map(|channel| (channel, purpose)));
    pairs.map(|(channel, purpose)| Grant { channel, purpose, state: "granted", proof: PROOF }).collect()
}

/// Contact points that are well formed and reach nobody: the area code 999 does not exist and the number is four digits too long
/// for its country, `example.com` is reserved, the account of the push endpoint is all zeros.
fn points(subject: &str) -> Points {
    let digest = Sha256::digest(subject);
    let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    Points {
        sms: format!("+1999{:011}", number % 100_000_000_000),
        email: format!("{subject}@example.com"),
        push: format!("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/import/{subject}"),
    }
}
