//! What the customer of a policy test allows, as words: `marketing:sms:shoes`, `profiling`.

use tact_domain::{Channel, ConsentChange, ConsentState, Grant, Key, Promise, Purpose, Scope, Sensitive, Timestamp};
use toml::de::{DeTable, DeValue};

use super::fact::{Around, Dated, Step};
use crate::amount::whole;
use crate::section::{Parsed, Section, wrong};
use crate::suggest::did_you_mean;
use crate::{time, word};

/// Every purpose by the name used in tests and forbidden paths.
pub(crate) const PURPOSES: [(&str, Purpose); 7] = [
    ("marketing", Purpose::Marketing),
    ("profiling", Purpose::Profiling),
    ("location", Purpose::Location),
    ("third_party", Purpose::ThirdParty),
    ("staff_recognition", Purpose::StaffRecognition),
    ("social", Purpose::Social),
    ("sensitive", Purpose::Sensitive),
];
/// How far a promise has come.
const PROMISES: [(&str, Promise); 3] =
    [("made", Promise::Made), ("kept", Promise::Kept), ("asked_again", Promise::AskedAgain)];
/// So long before everything else is consent given, in seconds; so long before the event is it taken back.
const LONG_S: i64 = 86_400;
const SHORT_S: i64 = 60;
/// The channels that need an address.
const ADDRESSED: [(&str, Channel); 3] = [("sms", Channel::Sms), ("email", Channel::Email), ("push", Channel::Push)];

/// What the customer told and allowed before anything else happened, and took back since; `first` is when the first other thing happened.
pub(super) fn consents(section: &mut Section<'_, '_>, around: &Around<'_>, first: Timestamp, home: &str) -> Vec<Dated> {
    let since = around.now.plus_s(-SHORT_S);
    let promised = section.optional("consents", |value| promises(value, around)).unwrap_or_default();
    let due = promised.iter().filter_map(|promised| promised.review).min();
    let given = due.unwrap_or(around.now).min(first).min(around.now).plus_s(-LONG_S);
    let mut listed = |key| section.optional(key, scopes).unwrap_or_default();
    let (denied, revoked, expired) = (listed("denied"), listed("revoked"), listed("expired"));
    let granted: Vec<_> = promised.iter().map(|promised| promised.scope.clone()).collect();
    let mut change = told(section, home);
    refuse_bare_marketing(section, "consents", &granted);
    refuse_bare_marketing(section, "expired", &expired);
    change.grants.extend(promised.iter().map(Promised::grant));
    change.grants.extend(grants(&revoked, ConsentState::Granted, None).filter(|grant| !granted.contains(&grant.scope)));
    change.grants.extend(grants(&denied, ConsentState::Denied, None));
    change.grants.extend(grants(&expired, ConsentState::Granted, Some(since)));
    let taken_back = grants(&revoked, ConsentState::Revoked, None).collect();
    let taken_back = ConsentChange { grants: taken_back, ..ConsentChange::default() };
    let mut dated = vec![Dated { at: given, step: Step::consent(change) }];
    dated.extend(promised.iter().filter_map(|promised| promised.since(given, since)));
    if !taken_back.grants.is_empty() {
        dated.push(Dated { at: since, step: Step::consent(taken_back) });
    }
    dated
}

/// What an entry of the history changes.
pub(super) fn change(section: &mut Section<'_, '_>) -> ConsentChange {
    let mut change = ConsentChange::default();
    for (key, state) in
        [("granted", ConsentState::Granted), ("denied", ConsentState::Denied), ("revoked", ConsentState::Revoked)]
    {
        let listed = section.optional(key, scopes).unwrap_or_default();
        if state == ConsentState::Granted {
            refuse_bare_marketing(section, key, &listed);
        }
        change.grants.extend(grants(&listed, state, None));
    }
    change
}

/// A consent with what was promised for it.
#[derive(Clone, Debug, PartialEq)]
struct Promised {
    scope: Scope,
    benefit: Option<Key>,
    review: Option<Timestamp>,
    promise: Promise,
}

impl Promised {
    fn grant(&self) -> Grant {
        let Self { scope, benefit, review, .. } = self.clone();
        Grant { scope, state: ConsentState::Granted, terms: None, review_after: review, benefit }
    }

    /// What became of the promise: kept right after it was made, or asked for again a while ago.
    fn since(&self, given: Timestamp, lately: Timestamp) -> Option<Dated> {
        match self.promise {
            Promise::Made => None,
            Promise::Kept => Some(Dated { at: given.plus_s(1), step: Step::Keeps(self.benefit.clone()?) }),
            Promise::AskedAgain => Some(Dated { at: lately, step: Step::AsksAgain }),
        }
    }
}

/// A list of consents, each as a word or with what was promised for it.
fn promises(value: &DeValue<'_>, around: &Around<'_>) -> Parsed<Vec<Promised>> {
    word::list(value, "\"marketing:sms\"", |one| match one {
        DeValue::Table(table) => promised(table, around),
        _ => Ok(Promised { scope: scope(one)?, benefit: None, review: None, promise: Promise::Made }),
    })
}

fn promised(table: &DeTable<'_>, around: &Around<'_>) -> Parsed<Promised> {
    const KEYS: [&str; 4] = ["scope", "benefit", "review", "promise"];
    let at = |key: &str| table.iter().find(|(known, _)| known.get_ref() == key).map(|(_, value)| value.get_ref());
    let unknown = table.iter().find(|(key, _)| !KEYS.iter().any(|known| key.get_ref() == known));
    let (Some(of), None) = (at("scope"), unknown) else {
        let fix = "write for example `{ scope = \"marketing:email\", benefit = \"points\", review = \"1d ago\" }`";
        return wrong("is no consent with a promise", fix);
    };
    Ok(Promised {
        scope: scope(of)?,
        benefit: at("benefit").map(|value| benefit(value, around)).transpose()?,
        review: at("review").map(|value| review(value, around.now)).transpose()?,
        promise: at("promise").map_or(Ok(Promise::Made), |value| word::one_of(value, &PROMISES))?,
    })
}

fn benefit(value: &DeValue<'_>, around: &Around<'_>) -> Parsed<Key> {
    let id = word::id(value)?;
    let known = || around.catalogue.policy.benefits.iter().map(|known| known.id.as_str());
    if known().any(|known| id == *known) {
        return Ok(id);
    }
    let fix = did_you_mean(&id, known()).unwrap_or_else(|| "name a promise of promises.toml".to_owned());
    wrong(format!("`{id}` is promised to nobody"), fix)
}

/// When a promise falls due: `1d ago`, or `30d` from now.
fn review(value: &DeValue<'_>, now: Timestamp) -> Parsed<Timestamp> {
    let text = word::text(value)?;
    let (span, sign) = text.strip_suffix(" ago").map_or((text.as_str(), 1), |span| (span, -1));
    let span = DeValue::String(span.into());
    time::duration(&span, 0, 366 * time::DAY).map(|ms| Timestamp(now.0 + sign * ms))
}

/// What the customer told of themselves, with an address for each channel that needs one.
fn told(section: &mut Section<'_, '_>, home: &str) -> ConsentChange {
    let unreachable = |value: &DeValue<'_>| word::list(value, "\"sms\"", |one| word::one_of(one, &ADDRESSED));
    let unreachable = section.optional("unreachable", unreachable).unwrap_or_default();
    let zone = section.optional("zone", zone).unwrap_or_else(|| Some(home.into()));
    ConsentChange {
        grants: Vec::new(),
        points: ADDRESSED.iter().map(|(_, channel)| (*channel, !unreachable.contains(channel))).collect(),
        area_code: section.optional("area_code", |value| whole(value, 200..=999)),
        zone,
        locale: section.optional("locale", word::id),
        birth_year: section.optional("birth_year", |value| whole(value, 1900..=2100)),
    }
}

/// A zone by its IANA name; nothing for one that nobody told.
fn zone(value: &DeValue<'_>) -> Parsed<Option<Key>> {
    if value.as_str() == Some("unknown") {
        return Ok(None);
    }
    crate::time::zone(value).map(|zone| zone.iana_name().map(Key::new))
}

/// A list of consents.
pub(super) fn scopes(value: &DeValue<'_>) -> Parsed<Vec<Scope>> {
    word::list(value, "\"marketing:sms\"", scope)
}

fn scope(value: &DeValue<'_>) -> Parsed<Scope> {
    const FIX: &str = "write for example `marketing:sms`, `marketing:sms:shoes`, `profiling` or `third_party:SOURCE`";
    let text = word::text(value)?;
    let mut parts = text.splitn(3, ':');
    let (purpose, channel, topic) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let Some((_, purpose)) = PURPOSES.iter().find(|(known, _)| *known == purpose) else {
        let fix = did_you_mean(purpose, PURPOSES.iter().map(|(known, _)| *known));
        return wrong(format!("`{text}` is not a consent"), fix.unwrap_or_else(|| FIX.to_owned()));
    };
    if *purpose == Purpose::Sensitive {
        return Ok(Scope { purpose: *purpose, channel: None, topic: matter(channel)? });
    }
    let channels = word::channels();
    let known = |name: &str| channels.iter().find(|(known, _)| *known == name).map(|(_, channel)| *channel);
    match (channel, channel.and_then(known)) {
        (Some(particular), _) if matches!(purpose, Purpose::ThirdParty | Purpose::Social | Purpose::Location) => {
            Ok(Scope { purpose: *purpose, channel: None, topic: Some(particular.into()) })
        }
        (Some(_), _) if *purpose != Purpose::Marketing => wrong(format!("`{text}`: only marketing has a channel"), FIX),
        (Some(name), None) => {
            let fix = did_you_mean(name, channels.iter().map(|(known, _)| *known));
            wrong(format!("`{name}` is not a channel"), fix.unwrap_or_else(|| FIX.to_owned()))
        }
        (_, channel) => Ok(Scope { purpose: *purpose, channel, topic: topic.map(Key::new) }),
    }
}

/// The matter a consent to look at what is sensitive is about; nothing for a refusal of all of them.
fn matter(name: Option<&str>) -> Parsed<Option<Key>> {
    let Some(name) = name else { return Ok(None) };
    let known = || Sensitive::ALL.map(|(known, _)| known);
    if known().contains(&name) {
        return Ok(Some(name.into()));
    }
    let fix = did_you_mean(name, known()).unwrap_or_else(|| format!("known are {}", known().join(", ")));
    wrong(format!("`{name}` is no sensitive matter"), fix)
}

/// A grant of marketing that names no channel is for none.
fn refuse_bare_marketing(section: &mut Section<'_, '_>, key: &str, scopes: &[Scope]) {
    if scopes.iter().any(|scope| scope.purpose == Purpose::Marketing && scope.channel.is_none()) {
        section.note(key, "`marketing` without a channel allows nothing", "name one, for example `marketing:push`");
    }
}

fn grants(
    scopes: &[Scope],
    state: ConsentState,
    review_after: Option<Timestamp>,
) -> impl Iterator<Item = Grant> + use<'_> {
    scopes.iter().map(move |scope| Grant { scope: scope.clone(), state, terms: None, review_after, benefit: None })
}
