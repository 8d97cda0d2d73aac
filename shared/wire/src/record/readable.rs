//! The body of a record with what its catalogue tells: every candidate with its channel, its reason in words, and its terms by name.

use serde_json::{Map, Value, json};
use tact_decide::{Action, Catalogue, Reason, Treatment};
use tact_domain::FacetKind;

use super::body::TERMS;

/// A body as people and tests read it, told with the catalogue it was made with: `candidates` holds an object for every candidate that is told
/// one by one, refused or not, in catalogue order; `versions` and `caps` go by name, and `action_probability` is there even when it is 1. What is no body
/// stays as it is.
pub fn readable_body(mut body: Value, catalogue: &Catalogue) -> Value {
    let candidates = candidates(&body, catalogue);
    let versions = by_name(&body, "versions", FacetKind::ALL.iter().map(|kind| kind.name()));
    let caps = by_name(&body, "caps", catalogue.policy.caps.iter().map(|cap| cap.name.as_str()));
    if let Some(members) = body.as_object_mut() {
        members.remove("refused");
        members.remove("consents");
        members.extend([("candidates".to_owned(), Value::Array(candidates)), ("versions".to_owned(), versions)]);
        members.insert("caps".to_owned(), caps);
        members.entry("action_probability").or_insert(json!(1));
    }
    body
}

/// The terms by name of what a body says was chosen; `None` for silence, and for what comes before all scores and has none.
pub fn chosen_terms(body: &Value) -> Option<Value> {
    let mut candidates = body.get("candidates")?.as_array()?.iter().filter_map(Value::as_array);
    candidates.find(|entry| entry.get(1).is_some_and(|fate| fate == "chosen")).and_then(|entry| terms(entry))
}

fn by_name<'a>(body: &Value, key: &str, names: impl Iterator<Item = &'a str>) -> Value {
    let numbers = body.get(key).and_then(Value::as_array).into_iter().flatten();
    names.zip(numbers).map(|(name, number)| (name.to_owned(), number.clone())).collect::<Map<_, _>>().into()
}

fn candidates(body: &Value, catalogue: &Catalogue) -> Vec<Value> {
    let listed = |key: &str| body.get(key).and_then(Value::as_array).into_iter().flatten();
    let consents: Vec<&Value> = listed("consents").collect();
    let mut told: Vec<((usize, usize), Value)> = Vec::new();
    for entry in listed("candidates").filter_map(Value::as_array) {
        let text = |place: usize| entry.get(place).and_then(Value::as_str).unwrap_or("");
        let fate = if text(1) == "chosen" { "chosen" } else { "lost" };
        for (place, mut candidate) in named(text(0), fate, (text(1), None), catalogue) {
            let consent = entry.get(2).and_then(Value::as_u64).and_then(|place| usize::try_from(place).ok());
            if let Some(event) = consent.and_then(|place| consents.get(place)) {
                candidate.insert("consent".to_owned(), (*event).clone());
            }
            if let Some(terms) = terms(entry) {
                candidate.insert("terms".to_owned(), terms);
            }
            told.push((place, candidate.into()));
        }
    }
    let refused = body.get("refused").and_then(Value::as_object).into_iter().flatten();
    for (reason, names) in refused {
        for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let (name, of) = name.split_once(':').map_or((name, None), |(name, of)| (name, of.parse().ok()));
            told.extend(
                named(name, "refused", (reason, of), catalogue).into_iter().map(|(place, c)| (place, c.into())),
            );
        }
    }
    told.sort_by_key(|(place, _)| *place);
    told.into_iter().map(|(_, candidate)| candidate).collect()
}

/// The candidates that a name stands for, with their places in the catalogue: one, or all treatments of an action.
fn named(
    name: &str,
    fate: &str,
    reason: (&str, Option<u16>),
    catalogue: &Catalogue,
) -> Vec<((usize, usize), Map<String, Value>)> {
    let (action, treatment) = name.split_once('/').map_or((name, None), |(action, way)| (action, Some(way)));
    let Some(found) = catalogue.actions.iter().position(|known| known.name == action) else { return Vec::new() };
    let Some(action) = catalogue.actions.get(found) else { return Vec::new() };
    let ways = action.treatments.iter().enumerate();
    let meant = ways.filter(|(_, way)| treatment.is_none_or(|name| way.name == name));
    meant.map(|(place, way)| ((found, place), candidate(action, way, fate, reason, catalogue))).collect()
}

fn candidate(
    action: &Action,
    treatment: &Treatment,
    fate: &str,
    (reason, place): (&str, Option<u16>),
    catalogue: &Catalogue,
) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("action".to_owned(), json!(action.name));
    told.insert("treatment".to_owned(), json!(treatment.name));
    told.insert("channel".to_owned(), json!(treatment.channel.name()));
    told.insert("fate".to_owned(), json!(fate));
    if fate != "chosen" {
        told.insert("reason".to_owned(), json!(reason));
    }
    let named = place.and_then(|place| of(reason, place));
    if let Some(detail) = named.and_then(|reason| reason.detail(action, &catalogue.policy)) {
        told.insert("detail".to_owned(), json!(detail));
    }
    told
}

fn terms(entry: &[Value]) -> Option<Value> {
    let numbers = entry.get(3)?.as_array()?;
    let mut terms: Map<String, Value> =
        TERMS.iter().zip(numbers).map(|(name, number)| ((*name).to_owned(), number.clone())).collect();
    let positive = terms.get("positive").cloned();
    terms.insert("base".to_owned(), entry.get(5).cloned().or(positive).unwrap_or_default());
    terms.insert("rung".to_owned(), entry.get(4).cloned().unwrap_or_default());
    Some(terms.into())
}

/// A reason that names something in the catalogue; `None` for the others.
fn of(name: &str, place: u16) -> Option<Reason> {
    let all: [fn(u16) -> Reason; 9] = [
        Reason::NotEligible,
        Reason::EligibilityUnknown,
        Reason::NotApplicable,
        Reason::ApplicabilityUnknown,
        Reason::NotSuitable,
        Reason::SuitabilityUnknown,
        Reason::Excluded,
        Reason::Exhausted,
        Reason::Cap,
    ];
    all.into_iter().map(|reason| reason(place)).find(|reason| reason.name() == name)
}
