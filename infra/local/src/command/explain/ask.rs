//! What is asked, from the command line to the answer.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tact_domain::{CustomerId, DecisionId};

use super::{Explain, Ground, Printed, Wanted, printed, times};
use crate::command::CommandError;
use crate::command::ground::store_named;
use crate::command::inbox::{closest, known};
use crate::explain::{Explainer, Hours, Placement, Question, StoreHours};

/// What is asked.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    /// About a customer: what was decided.
    Customer(String),
    /// About one decision.
    Decision(DecisionId),
    /// About a customer: what would be decided.
    Imagined(String, Question),
    /// About a store.
    Store(String),
}

impl Asked {
    /// What a command line asks.
    ///
    /// # Errors
    /// When it names a decision that is no decision's id, or a file of an event that cannot be read.
    pub(super) fn of(asked: &Explain) -> Result<Self, CommandError> {
        if let Some(store) = &asked.store {
            if asked.at.is_some() {
                return Err("the hours of a store are asked about by --from and --to, not by --at".into());
            }
            return Ok(Self::Store(store.clone()));
        }
        let who = asked.who.clone().unwrap_or_default();
        let question = match (&asked.event, &asked.placement) {
            (Some(event), _) => Some(Question::Event(event_of(event)?)),
            (None, Some(name)) => {
                Some(Question::Placement(Placement { name: name.clone(), slots: usize::from(asked.slots) }))
            }
            (None, None) => None,
        };
        Ok(match (DecisionId::parse(&who), question) {
            (Some(_), Some(_)) => return Err("an event or a place is imagined for a customer; give a name".into()),
            (Some(decision), None) => Self::Decision(decision),
            (None, Some(question)) => Self::Imagined(who, question),
            (None, None) => Self::Customer(who),
        })
    }

    /// The same, with the customer as events write them.
    ///
    /// # Errors
    /// When nobody has that name; the message tells the closest.
    pub(super) fn known(self, names: &BTreeSet<&str>) -> Result<Self, CommandError> {
        let find = |name: &str| {
            known(name, names).map(str::to_owned).ok_or_else(|| {
                let advice = closest(name, names)
                    .map_or("there is nobody at all".to_owned(), |closest| format!("the closest names are {closest}"));
                format!("nobody in these events is called `{name}`; {advice}")
            })
        };
        Ok(match self {
            Self::Customer(name) => Self::Customer(find(&name)?),
            Self::Imagined(name, question) => Self::Imagined(find(&name)?, question),
            other => other,
        })
    }

    /// The records that are needed for it.
    ///
    /// # Errors
    /// When a name is no customer's.
    pub(super) fn wanted(&self) -> Result<Wanted, CommandError> {
        Ok(match self {
            Self::Customer(name) | Self::Imagined(name, _) => Wanted::Customer(customer(name)?),
            Self::Decision(decision) => Wanted::Decision(*decision),
            Self::Store(_) => Wanted::All,
        })
    }

    /// The answer.
    ///
    /// # Errors
    /// When there is no such decision, store or time, or what is imagined makes no sense.
    pub(super) fn answer(
        &self,
        asked: &Explain,
        explainer: &Explainer<'_>,
        ground: &Ground,
    ) -> Result<Printed, CommandError> {
        let (json, state) = (asked.json, ground.state.as_str());
        match self {
            Self::Customer(name) => {
                let skipped = if asked.last { ground.records.len().saturating_sub(1) } else { 0 };
                let records: Vec<_> = ground.records.iter().skip(skipped).cloned().collect();
                let told = explainer.decisions(name, &records);
                let text = told.text();
                Ok(printed(told, text, json, state))
            }
            Self::Decision(decision) => {
                let about = ground.records.first().and_then(crate::explain::customer_of);
                let about = about.ok_or_else(|| no_decision(*decision))?;
                let told = explainer.decisions(about.as_str(), &ground.records);
                let text = told.text();
                Ok(printed(told, text, json, state))
            }
            Self::Imagined(name, question) => {
                let told = explainer.imagine(&customer(name)?, question, asked.at.unwrap_or(ground.ends))?;
                let text = told.text();
                Ok(printed(told, text, json, state))
            }
            Self::Store(store) => {
                let told = hours(store, asked, explainer, ground)?;
                let text = told.text();
                Ok(printed(told, text, json, state))
            }
        }
    }
}

/// What happened in a store in the hours asked about.
fn hours(store: &str, asked: &Explain, explainer: &Explainer<'_>, ground: &Ground) -> Result<StoreHours, CommandError> {
    let found = store_named(store, &explainer.catalogue.places)?;
    let decided = ground.records.iter().map(|recorded| recorded.facts.now);
    let day = times::busiest(decided, &found.zone, ground.ends);
    let (from, to) = times::window(asked.from.as_deref(), asked.to.as_deref(), &found.zone, day)?;
    let hours = Hours { store: found.id.to_string(), from, to };
    Ok(explainer.store(&hours, &found.zone, &ground.records))
}

fn no_decision(decision: DecisionId) -> String {
    format!(
        "there is no decision `{decision}` here; `tact run --out DIR` writes them into `DIR/decisions.ndjson`, and one \
         of a kept table needs `--data DIR`"
    )
}

fn customer(name: &str) -> Result<CustomerId, CommandError> {
    Ok(CustomerId::new(name).ok_or_else(|| format!("`{name}` is no customer's name"))?)
}

/// An event as it was given: itself, or the file it is in.
fn event_of(given: &str) -> Result<String, CommandError> {
    let failed = |error| format!("cannot read the event `{given}`: {error}; give JSON, or a file with one event");
    let is_json = given.trim_start().starts_with(['{', '[', '"']);
    let event = if is_json { given.to_owned() } else { fs::read_to_string(Path::new(given)).map_err(failed)? };
    // Before the day is played: what is no object is no event.
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&event) {
        Ok(_) => Ok(event),
        Err(error) => Err(format!("the event is no JSON object: {error}").into()),
    }
}
