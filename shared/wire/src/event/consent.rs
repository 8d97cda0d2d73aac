//! `tact.consent.v1`: what the customer allows, where they can be reached, and what they tell about themselves.

use jiff::tz::TimeZoneDatabase;
use serde::{Deserialize, Serialize};
use tact_domain::{Channel, ConsentChange, ConsentState, Grant, Key, Purpose, Scope, Terms};

use super::error::{ParseError, Reason};
use super::field::{Field, Object};
use super::point::{ContactPoint, area_code, read_points};
use super::time::read_date;

/// How many grants one event may change.
const MAX_GRANTS: usize = 64;
/// How many topics one grant may name.
const MAX_TOPICS: usize = 32;
/// The most messages a promise may speak of.
const MAX_MESSAGES: i64 = 1_000;
/// The longest span a promise may speak of, in days.
const MAX_DAYS: i64 = Terms::MOST_DAYS as i64;
/// The longest text a customer may have been shown, in characters.
const MAX_SHOWN: usize = 4_096;
/// The longest language tag, in characters.
const MAX_LOCALE: usize = 35;

/// What a consent event said: what the profile learns, and what is kept apart from it.
pub(super) struct Consent {
    pub(super) change: ConsentChange,
    pub(super) points: Vec<ContactPoint>,
    pub(super) proofs: Vec<ConsentProof>,
}

/// What a customer was shown when they answered. Kept as evidence, never part of the profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsentProof {
    /// What the answer was about, one scope per topic.
    pub scopes: Vec<Scope>,
    /// The answer.
    pub state: ConsentState,
    /// The id of the text that was shown.
    pub text_id: Key,
    /// The text, or its gist.
    pub shown: String,
    /// What the customer was promised for a yes, if anything.
    pub benefit: Option<Key>,
    /// On whose behalf was asked.
    pub seller: String,
}

/// Reads a consent event of the civil year `year`. It has to say something.
pub(super) fn read(field: &Field<'_>, data: &Object<'_>, year: i16) -> Result<Consent, ParseError> {
    let mut consent = Consent {
        change: read_preferences(data, year)?,
        points: data.optional("points").map_or(Ok(Vec::new()), |field| read_points(&field))?,
        proofs: Vec::new(),
    };
    if let Some(grants) = data.optional("grants") {
        for grant in grants.list(0..=MAX_GRANTS)?.iter() {
            read_grant(&grant.object()?, &mut consent)?;
        }
    }
    let points = consent.points.iter().map(|point| (point.channel, point.address.is_some()));
    consent.change.points = points.collect();
    consent.change.area_code = consent.points.iter().find_map(area_code);
    if consent.change == ConsentChange::default() {
        return Err(field.refuse(Reason::Empty, "changes nothing"));
    }
    Ok(consent)
}

fn read_preferences(data: &Object<'_>, year: i16) -> Result<ConsentChange, ParseError> {
    let born = |field: Field<'_>| field.integer(1900..=i64::from(year));
    Ok(ConsentChange {
        zone: data.optional("zone").map(read_zone).transpose()?,
        locale: data.optional("locale").map(read_locale).transpose()?,
        birth_year: data.optional("birth_year").map(born).transpose()?,
        ..ConsentChange::default()
    })
}

/// A zone of the time zone database that is compiled in, by its canonical spelling.
fn read_zone(field: Field<'_>) -> Result<Key, ParseError> {
    field.formed("an IANA time zone, such as America/New_York", |name| {
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        zone.iana_name().filter(|_| !zone.is_unknown()).map(Key::new)
    })
}

fn read_locale(field: Field<'_>) -> Result<Key, ParseError> {
    field.formed("a language tag, such as en-US", |tag| {
        let mut parts = tag.split('-');
        let language = parts.next()?;
        let plausible = tag.len() <= MAX_LOCALE
            && (2..=3).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_alphabetic())
            && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        plausible.then(|| Key::new(tag))
    })
}

fn read_grant(grant: &Object<'_>, consent: &mut Consent) -> Result<(), ParseError> {
    let state = grant.required("state")?.word(read_state)?;
    let terms = grant.optional("terms").map(read_terms).transpose()?;
    let review_after = grant.optional("review_after").map(read_date).transpose()?;
    let scopes = read_scopes(grant)?;
    let mut benefit = grant.optional("benefit").map(|field| field.key()).transpose()?;
    if let Some(field) = grant.optional("proof") {
        let proof = read_proof(&field.object()?, &scopes, state)?;
        if benefit.is_some() && proof.benefit.is_some() && benefit != proof.benefit {
            return Err(field.refuse(Reason::Malformed, "promises another benefit than its grant"));
        }
        benefit = benefit.or_else(|| proof.benefit.clone());
        consent.proofs.push(proof);
    }
    let grants = scopes.into_iter().map(|scope| Grant { scope, state, terms, review_after, benefit: benefit.clone() });
    consent.change.grants.extend(grants);
    Ok(())
}

/// One scope per topic; without topics, one for all of them. An empty list of topics is refused: it must not mean all. What third parties tell,
/// whom the customer knows and where they are may be narrowed to one source, one person, one precision.
fn read_scopes(grant: &Object<'_>) -> Result<Vec<Scope>, ParseError> {
    let purpose = grant.required("purpose")?.word(read_purpose)?;
    let channel = grant.optional("channel").map(|field| field.word(read_channel)).transpose()?;
    let scope = |topic| Scope { purpose, channel, topic };
    if let Some(particular) = read_particular(grant, purpose)? {
        return Ok(vec![scope(Some(particular))]);
    }
    match grant.optional("topics") {
        Some(topics) => topics.list(1..=MAX_TOPICS)?.map(|topic| topic.key().map(|topic| scope(Some(topic)))),
        None => Ok(vec![scope(None)]),
    }
}

/// What a grant is narrowed to beside topics; a key that does not belong to its purpose is refused, as it would widen what was meant.
fn read_particular(grant: &Object<'_>, purpose: Purpose) -> Result<Option<Key>, ParseError> {
    let mut found = None;
    for (key, of) in [("source", Purpose::ThirdParty), ("with", Purpose::Social), ("precision", Purpose::Location)] {
        let Some(field) = grant.optional(key) else { continue };
        if of != purpose || grant.optional("topics").is_some() {
            return Err(field.refuse(Reason::Malformed, "does not belong to this purpose, or stands beside topics"));
        }
        found = Some(match of {
            Purpose::Social => Key::new(field.customer()?.as_str()),
            Purpose::Location => field.word(|word| matches!(word, "precise" | "coarse").then(|| Key::new(word)))?,
            _ => field.key()?,
        });
    }
    Ok(found)
}

fn read_terms(field: Field<'_>) -> Result<Terms, ParseError> {
    let terms = field.object()?;
    Ok(Terms {
        max: terms.required("max")?.integer(1..=MAX_MESSAGES)?,
        per_days: terms.required("per_days")?.integer(1..=MAX_DAYS)?,
    })
}

fn read_proof(proof: &Object<'_>, scopes: &[Scope], state: ConsentState) -> Result<ConsentProof, ParseError> {
    Ok(ConsentProof {
        scopes: scopes.to_vec(),
        state,
        text_id: proof.required("text_id")?.key()?,
        shown: proof.required("shown")?.prose(MAX_SHOWN)?,
        benefit: proof.optional("benefit").map(|field| field.key()).transpose()?,
        seller: proof.required("seller")?.prose(256)?,
    })
}

fn read_state(word: &str) -> Option<ConsentState> {
    match word {
        "granted" => Some(ConsentState::Granted),
        "denied" => Some(ConsentState::Denied),
        "revoked" => Some(ConsentState::Revoked),
        _ => None,
    }
}

fn read_purpose(word: &str) -> Option<Purpose> {
    match word {
        "marketing" => Some(Purpose::Marketing),
        "profiling" => Some(Purpose::Profiling),
        "location" => Some(Purpose::Location),
        "staff_recognition" => Some(Purpose::StaffRecognition),
        "third_party" => Some(Purpose::ThirdParty),
        "social" => Some(Purpose::Social),
        "sensitive" => Some(Purpose::Sensitive),
        _ => None,
    }
}

fn read_channel(word: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| channel.name() == word)
}
