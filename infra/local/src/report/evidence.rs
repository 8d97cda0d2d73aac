//! What a report stands on: every decision as its record tells it, and what customers bought, as the events tell it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tact_decide::Catalogue;
use tact_domain::{
    Cause, Channel, CustomerId, DecisionId, Happened, Key, Outcome, OutcomeReport, Profile, Signal, Timestamp,
};
use tact_pipeline::before;
use tact_wire::{Recorded, decode_record};

use crate::local_log;
use crate::observer::Observer;
use crate::output::OutputError;
use crate::stages::{STAGES, stage_of};

/// What a report stands on.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    decisions: BTreeMap<String, Decided>,
    bought: BTreeMap<DecisionId, Bought>,
    blamed: BTreeMap<DecisionId, Blamed>,
    latest: Option<Timestamp>,
}

/// One decision, silent or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// Its id.
    pub decision: String,
    /// Whom it was about.
    pub customer: CustomerId,
    /// The instant decided for.
    pub at: Timestamp,
    /// The type of the customer then; `None` for who did not agree to be typed.
    pub kind: Option<&'static str>,
    /// The language they read, if they told.
    pub language: Option<String>,
    /// The zone they live in, if they told.
    pub zone: Option<String>,
    /// What won, whether it was said or withheld; `None` is silence.
    pub won: Option<Won>,
    /// How many candidates ended at each stage; behind the last one, those that ended at none: what was chosen.
    pub ended: [u32; STAGES.len() + 1],
}

/// What won.
#[derive(Clone, Debug, PartialEq)]
pub struct Won {
    /// The action.
    pub action: Key,
    /// The way to do it.
    pub treatment: Key,
    /// The channel of that way.
    pub channel: Channel,
    /// Whether it was withheld, because the customer is held out: a ghost.
    pub withheld: bool,
    /// How likely the positive outcome was said to be; `None` when it was not scored.
    pub positive: Option<f64>,
    /// The same before what was learnt was taken in.
    pub base: Option<f64>,
}

/// One receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct Bought {
    /// Who bought.
    pub customer: CustomerId,
    /// When.
    pub at: Timestamp,
    /// The total in minor units, returns netted.
    pub net: i64,
    /// Whether anything was bought; otherwise things only came back.
    pub is_order: bool,
    /// Its lines: category, if known, and what each adds, in minor units.
    pub lines: Vec<(Option<Key>, i64)>,
}

/// What a customer found wrong, or said of why they buy less.
#[derive(Clone, Debug, PartialEq)]
pub struct Blamed {
    /// Who said so.
    pub customer: CustomerId,
    /// When.
    pub at: Timestamp,
    /// What about.
    pub cause: Cause,
    /// Whether they were asked and told; otherwise it was read in what they wrote.
    pub told: bool,
}

/// What a report reads of a record's body.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    candidates: Vec<Vec<Value>>,
    #[serde(default)]
    refused: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    counted: BTreeMap<String, u32>,
    chosen: Option<Name>,
    ghost: Option<Name>,
}

#[derive(Deserialize)]
struct Name {
    action: Key,
    treatment: Key,
    channel: Channel,
}

/// The place of the positive probability among the terms of a candidate in a record.
const POSITIVE: usize = 2;

impl Evidence {
    /// Nothing yet.
    pub fn none() -> Self {
        Self::default()
    }

    /// What the log of a directory tells: the one beside a table that is kept, or the `decisions.ndjson` of a run. A line that cannot be read, as the last
    /// one when the machine stopped, is passed over.
    ///
    /// # Errors
    /// When neither is there, or it cannot be read.
    pub fn read(directory: &Path, catalogue: &Catalogue) -> io::Result<Self> {
        let open = |name: &str| local_log::lines(&directory.join(name));
        let lines = match open(local_log::FILE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => open("decisions.ndjson")?,
            lines => lines?,
        };
        let mut evidence = Self::none();
        for line in lines {
            evidence.enter(&line?, catalogue);
        }
        Ok(evidence)
    }

    /// Enters a record; of several of one decision the last stands. What cannot be read is passed over.
    pub fn enter(&mut self, line: &str, catalogue: &Catalogue) {
        let Ok(recorded) = decode_record(line) else { return };
        let Ok((signal, known)) = before(&recorded) else { return };
        self.heard(&signal);
        self.latest = self.latest.max(Some(recorded.facts.now));
        if let Some(decided) = decided(&recorded, (&signal.customer, &known), catalogue) {
            self.decisions.insert(decided.decision.clone(), decided);
        }
    }

    /// Enters what happened, decided on or not: what was bought, and what was found wrong. An event counts once, however often it comes.
    pub fn heard(&mut self, signal: &Signal) {
        let (customer, at) = (signal.customer.clone(), signal.at);
        match &signal.happened {
            Happened::Purchase(purchase) => {
                let lines = purchase.lines.iter().map(|line| (line.category.clone(), line.net())).collect();
                let (net, is_order) = (purchase.net(), purchase.is_order());
                self.bought.insert(signal.decision, Bought { customer, at, net, is_order, lines });
            }
            Happened::Comment(comment) if comment.read.tone == tact_domain::Tone::Complaint => {
                self.blamed.insert(signal.decision, Blamed { customer, at, cause: comment.read.cause, told: false });
            }
            Happened::Outcome(OutcomeReport { outcome: Outcome::Accepted, answer: Some(cause), .. }) => {
                self.blamed.insert(signal.decision, Blamed { customer, at, cause: *cause, told: true });
            }
            _ => {}
        }
    }

    /// The decisions, by time.
    pub fn decisions(&self) -> Vec<&Decided> {
        let mut decisions: Vec<_> = self.decisions.values().collect();
        decisions.sort_by_key(|decided| decided.at);
        decisions
    }

    /// The receipts of every customer, by time.
    pub fn receipts(&self) -> BTreeMap<&CustomerId, Vec<&Bought>> {
        let mut receipts: BTreeMap<_, Vec<&Bought>> = BTreeMap::new();
        self.bought.values().for_each(|bought| receipts.entry(&bought.customer).or_default().push(bought));
        for of_one in receipts.values_mut() {
            of_one.sort_by_key(|bought| bought.at);
        }
        receipts
    }

    /// What every customer who found anything wrong found wrong last; what they answered when asked outranks what was read in words.
    pub fn causes(&self) -> BTreeMap<&CustomerId, Cause> {
        let mut causes: BTreeMap<&CustomerId, &Blamed> = BTreeMap::new();
        for blamed in self.blamed.values() {
            let known = causes.entry(&blamed.customer).or_insert(blamed);
            if (blamed.told, blamed.at) > (known.told, known.at) {
                *known = blamed;
            }
        }
        causes.into_iter().map(|(customer, blamed)| (customer, blamed.cause)).collect()
    }

    /// The instant of the latest decision; `None` without any.
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }
}

/// Enters every record of a play.
pub struct Listening<'a> {
    /// What was heard so far.
    pub evidence: Evidence,
    /// What decisions are made with.
    pub catalogue: &'a Catalogue,
}

impl Observer for Listening<'_> {
    fn decided(&mut self, record: &str) -> Result<(), OutputError> {
        self.evidence.enter(record, self.catalogue);
        Ok(())
    }
}

fn decided(recorded: &Recorded, (customer, known): (&CustomerId, &Profile), catalogue: &Catalogue) -> Option<Decided> {
    let body: Body = serde_json::from_str(&recorded.body).ok()?;
    let at = recorded.facts.now;
    let ended = ended(&body, catalogue);
    Some(Decided {
        decision: recorded.decision.clone(),
        customer: customer.clone(),
        at,
        kind: known.profile_type(at).map(tact_domain::ProfileType::name),
        language: known.consent.locale().and_then(|locale| locale.split('-').next()).map(str::to_lowercase),
        zone: known.consent.zone().map(str::to_owned),
        won: won(body),
        ended,
    })
}

fn won(body: Body) -> Option<Won> {
    let withheld = body.chosen.is_none();
    let Name { action, treatment, channel } = body.chosen.or(body.ghost)?;
    let label = format!("{action}/{treatment}");
    let entry = body.candidates.iter().find(|entry| entry.first().is_some_and(|name| *name == label));
    let positive = entry.and_then(|entry| entry.get(3)?.get(POSITIVE)?.as_f64());
    let base = entry.and_then(|entry| entry.get(5)?.as_f64()).or(positive);
    Some(Won { action, treatment, channel, withheld, positive, base })
}

fn ended(body: &Body, catalogue: &Catalogue) -> [u32; STAGES.len() + 1] {
    let mut ended = [0; STAGES.len() + 1];
    let mut count = |reason: &str, many: u32| {
        if let Some(place) = ended.get_mut(stage_of(reason)) {
            *place += many;
        }
    };
    for entry in &body.candidates {
        count(entry.get(1).and_then(Value::as_str).unwrap_or(""), 1);
    }
    for (reason, names) in &body.refused {
        count(reason, names.iter().map(|name| ways(name, catalogue)).sum());
    }
    body.counted.iter().for_each(|(reason, many)| count(reason, *many));
    ended
}

/// How many candidates a name in a record stands for: one treatment, or all of an action.
fn ways(name: &str, catalogue: &Catalogue) -> u32 {
    let name = name.split(':').next().unwrap_or(name);
    let whole = || catalogue.actions.iter().find(|action| action.name == name);
    let ways = if name.contains('/') { 1 } else { whole().map_or(1, |action| action.treatments.len()) };
    u32::try_from(ways).unwrap_or(u32::MAX)
}
