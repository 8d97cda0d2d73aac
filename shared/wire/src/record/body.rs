//! The layout of a record's body: what could be said, and what became of it, in as few bytes as can still be read by eye.
//! A candidate is `action/treatment`, or `action` for all treatments of one. What the catalogue tells is not repeated.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::value::RawValue;
use tact_decide::{Candidate, Catalogue, Decision, Fate, Models, Reason, Rung, Terms};
use tact_domain::{Appointment, Channel, Fingerprint, Key, On, Purpose, Trigger};

use super::{FORMAT, Facts, raw, snapshot};

/// Up to this many candidates are told one by one. When there are more, those refused are counted by reason, and of the others the best are told.
const LISTED: usize = 50;
/// The terms of a score in the order in which a record lists them; behind them stands the rung the positive probability was found on.
pub(super) const TERMS: [&str; 15] = [
    "lever",
    "context",
    "positive",
    "positive_if_silent",
    "margin",
    "benefit_weight",
    "liked",
    "benefit",
    "redeem",
    "incentive",
    "harmful",
    "harm",
    "cost",
    "bid",
    "score",
];

/// The body. What describes the customer is one block, so that it can be sealed per customer.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    format: u32,
    decision: String,
    customer: Customer,
    /// The versions of the facets as they were read, in the order of `FacetKind::ALL`; 0 for one that did not exist.
    versions: [u64; 7],
    /// When the event reached us; absent when that is the instant decided for.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrived_ms: Option<i64>,
    now_ms: i64,
    trigger: Trigger,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a str>,
    rung: Rung,
    catalogue: &'a str,
    models: &'a str,
    /// What was learnt that it was made with, by its name; absent when nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<&'a str>,
    /// How many messages each cap counted, in the policy's order.
    caps: &'a [u16],
    /// What is left of the customer's patience, in thousandths of a point; absent when all of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    patience: Option<u32>,
    #[serde(skip_serializing_if = "<[Key]>::is_empty")]
    exhausted: &'a [Key],
    /// By trial, the holdout among them: the arm the customer is in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    arms: BTreeMap<&'a str, &'a str>,
    /// What may be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Entry>,
    /// What may not be done, by reason; behind a name, the place in the catalogue of what the reason names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    refused: BTreeMap<&'static str, Vec<String>>,
    /// How many others there are, by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counted: BTreeMap<&'static str, u32>,
    /// The events whose consents the candidates rely on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    consents: Vec<String>,
    /// The places among `consents` of those to be known that the winner relies on, by purpose.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    known_by: BTreeMap<Purpose, Vec<usize>>,
    /// The score of saying nothing, a candidate like any other: 0 by construction. It is chosen when nothing else is.
    silence: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    chosen: Option<Name<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ghost: Option<Name<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    appointments: Vec<Put<'a>>,
    /// The probability with which what was chosen was drawn, a whole number of millionths; absent when it is 1, as nothing else could have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    action_probability: Option<Number>,
}

#[derive(Serialize)]
struct Customer {
    event: Box<RawValue>,
    profile: String,
}

/// A candidate by name.
#[derive(Serialize)]
struct Name<'a> {
    action: &'a str,
    treatment: &'a str,
    channel: Channel,
}

/// An appointment made.
#[derive(Serialize)]
struct Put<'a> {
    issue: &'a str,
    on: On,
    not_before_ms: i64,
    until_ms: i64,
}

/// A candidate, what became of it, the place of its consent among `consents`, the terms of its score if it has one, and how likely the positive outcome was
/// before what was learnt was taken in, if that changed it.
#[derive(Serialize)]
struct Entry(
    String,
    &'static str,
    Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")] Option<[Number; TERMS.len()]>,
    #[serde(skip_serializing_if = "Option::is_none")] Option<Rung>,
    #[serde(skip_serializing_if = "Option::is_none")] Option<Number>,
);

/// A term, rounded to the millionth; a whole one is written without a point.
#[derive(Clone, Copy)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rounded = (self.0 * 1e6).round() / 1e6;
        #[expect(clippy::cast_possible_truncation, reason = "written so only when it is whole and small")]
        let whole = rounded as i64;
        #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "whether it is whole is asked exactly")]
        let is_whole = whole as f64 == rounded && rounded.abs() < 1e15;
        if is_whole { serializer.serialize_i64(whole) } else { serializer.serialize_f64(rounded) }
    }
}

/// The body of a decision, to be written.
pub(super) fn body<'a>(
    facts: &'a Facts,
    decision: &'a Decision,
    catalogue: &'a Catalogue,
    models: &'a Models,
) -> Body<'a> {
    let told = told(decision);
    let may = || told.iter().filter_map(|place| decision.candidates.get(*place)).filter(|c| !is_refused(c));
    let quoted = decision.quoted.iter().map(|(_, event)| *event);
    let consents: BTreeSet<Fingerprint> = may().filter_map(|c| c.consent).chain(quoted).collect();
    let consents: Vec<Fingerprint> = consents.into_iter().collect();
    let named =
        |place: Option<usize>| place.and_then(|place| decision.candidates.get(place)).map(|c| name(c, catalogue));
    Body {
        format: FORMAT,
        decision: decision.id.to_string(),
        customer: customer(facts),
        versions: facts.versions,
        arrived_ms: Some(facts.arrived.0).filter(|_| facts.arrived != facts.now),
        now_ms: facts.now.0,
        trigger: decision.trigger,
        store: decision.store.as_deref(),
        rung: decision.rung,
        catalogue: &catalogue.hash,
        models: &models.hash,
        learned: decision.learned.as_deref(),
        caps: &decision.caps,
        patience: Some(decision.patience).filter(|left| *left < catalogue.policy.discretion.allowance.most.into()),
        exhausted: &facts.exhausted,
        arms: decision.arms.iter().map(|(trial, arm)| (trial.as_str(), arm.as_str())).take(LISTED).collect(),
        candidates: may().map(|candidate| entry(candidate, catalogue, &consents)).collect(),
        refused: refused(decision, catalogue),
        counted: counted(decision, &told),
        consents: consents.iter().map(ToString::to_string).collect(),
        known_by: known_by(decision, &consents),
        silence: 0,
        chosen: named(decision.chosen),
        ghost: named(decision.ghost),
        appointments: decision.appointments.iter().map(Put::from).collect(),
        action_probability: Some(Number(decision.probability)).filter(|_| decision.probability < 1.0),
    }
}

/// The consents that let us know what the winner was chosen by.
fn known_by(decision: &Decision, consents: &[Fingerprint]) -> BTreeMap<Purpose, Vec<usize>> {
    let mut known_by: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (purpose, event) in &decision.quoted {
        let quoted = known_by.entry(*purpose).or_default();
        quoted.extend(consents.iter().position(|known| known == event).filter(|place| !quoted.contains(place)));
    }
    known_by
}

/// The places of the candidates that are told one by one.
fn told(decision: &Decision) -> BTreeSet<usize> {
    let all = decision.candidates.iter().enumerate();
    if decision.candidates.len() <= LISTED {
        return all.map(|(place, _)| place).collect();
    }
    let mut may: Vec<_> = all.filter(|(_, candidate)| !is_refused(candidate)).collect();
    let leads = |place: usize| decision.chosen == Some(place) || decision.ghost == Some(place);
    let score = |candidate: &Candidate| candidate.terms.map_or(f64::NEG_INFINITY, |terms| terms.score);
    may.sort_by(|(a, one), (b, other)| leads(*b).cmp(&leads(*a)).then(score(other).total_cmp(&score(one))));
    may.into_iter().map(|(place, _)| place).take(LISTED).collect()
}

fn counted(decision: &Decision, told: &BTreeSet<usize>) -> BTreeMap<&'static str, u32> {
    let mut counts = BTreeMap::new();
    let others = decision.candidates.iter().enumerate().filter(|(place, _)| !told.contains(place));
    for reason in others.filter_map(|(_, candidate)| reason(candidate)) {
        *counts.entry(reason.name()).or_insert(0) += 1;
    }
    counts
}

/// What is refused, by reason: an action by its name alone when that holds for all of its treatments.
fn refused(decision: &Decision, catalogue: &Catalogue) -> BTreeMap<&'static str, Vec<String>> {
    let mut by_reason: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    if decision.candidates.len() > LISTED {
        return by_reason;
    }
    let mut enter = |candidate: &Candidate, label: String| {
        let Some(reason) = reason(candidate) else { return };
        let place = place(reason).map_or(String::new(), |place| format!(":{place}"));
        by_reason.entry(reason.name()).or_default().push(label + &place);
    };
    for of_action in decision.candidates.chunk_by(|a, b| a.action == b.action) {
        let Some(first) = of_action.first() else { continue };
        let action = catalogue.actions.get(usize::from(first.action));
        let alike = is_refused(first) && of_action.iter().all(|candidate| candidate.fate == first.fate);
        if alike && let Some(action) = action.filter(|action| action.treatments.len() == of_action.len()) {
            enter(first, action.name.to_string());
            continue;
        }
        for candidate in of_action.iter().filter(|candidate| is_refused(candidate)) {
            enter(candidate, label(candidate, catalogue));
        }
    }
    by_reason
}

fn entry(candidate: &Candidate, catalogue: &Catalogue, consents: &[Fingerprint]) -> Entry {
    let consent = candidate.consent.and_then(|event| consents.iter().position(|known| *known == event));
    let (numbers, rung) = candidate.terms.map(|terms| (numbers(&terms), terms.rung)).unzip();
    let before =
        candidate.terms.filter(|terms| terms.base.total_cmp(&terms.positive).is_ne()).map(|terms| Number(terms.base));
    Entry(label(candidate, catalogue), reason(candidate).map_or("chosen", Reason::name), consent, numbers, rung, before)
}

/// The terms in the order of `TERMS`.
fn numbers(terms: &Terms) -> [Number; TERMS.len()] {
    let Terms { lever, context, positive, positive_if_silent, margin, benefit_weight, liked, benefit, .. } = *terms;
    let Terms { redeem, incentive, harmful, harm, cost, bid, score, .. } = *terms;
    [
        lever,
        context,
        positive,
        positive_if_silent,
        margin,
        benefit_weight,
        liked,
        benefit,
        redeem,
        incentive,
        harmful,
        harm,
        cost,
        bid,
        score,
    ]
    .map(Number)
}

/// The place in the catalogue of what a reason names: a rule of the action, a cap, an exclusion, a limit of the action.
fn place(reason: Reason) -> Option<u16> {
    match reason {
        Reason::Excluded(place) | Reason::Exhausted(place) | Reason::Cap(place) => Some(place),
        rule => rule.condition(),
    }
}

fn reason(candidate: &Candidate) -> Option<Reason> {
    match candidate.fate {
        Fate::Chosen => None,
        Fate::Lost(reason) | Fate::Refused(reason) => Some(reason),
    }
}

fn is_refused(candidate: &Candidate) -> bool {
    matches!(candidate.fate, Fate::Refused(_))
}

fn label(candidate: &Candidate, catalogue: &Catalogue) -> String {
    let Name { action, treatment, .. } = name(candidate, catalogue);
    format!("{action}/{treatment}")
}

fn name<'a>(candidate: &Candidate, catalogue: &'a Catalogue) -> Name<'a> {
    let action = catalogue.actions.get(usize::from(candidate.action));
    let treatment = action.and_then(|action| action.treatments.get(usize::from(candidate.treatment)));
    Name {
        action: action.map_or("", |action| action.name.as_str()),
        treatment: treatment.map_or("", |treatment| treatment.name.as_str()),
        channel: treatment.map_or(Channel::Inbox, |treatment| treatment.channel),
    }
}

/// A profile that was read from a record is written as it was found: the same bytes for ever, whatever compresses them by then.
fn customer(facts: &Facts) -> Customer {
    let profile = facts.snapshot.clone().unwrap_or_else(|| snapshot::write(&facts.facets));
    Customer { event: raw(&facts.event), profile }
}

impl<'a> From<&'a Appointment> for Put<'a> {
    fn from(made: &'a Appointment) -> Self {
        Self { issue: &made.issue, on: made.on, not_before_ms: made.not_before.0, until_ms: made.until.0 }
    }
}
