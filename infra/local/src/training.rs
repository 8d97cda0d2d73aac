//! Training rows out of a decision log: what the models saw of each message that left, and whether what was wanted came of it.
//!
//! A row is made from its own record and from nothing else: the event and the profile in it are what the decision was made from, so that nothing that
//! happened later can be in it. A label counts the outcomes after the decision until its window closed; messages whose window was still open when
//! the log ended are left out, however they were answered until then, as those that are answered soon would be too many among them. What was tried at
//! random counts for as many as it stands for: the inverse of the probability with which it was drawn.

use std::collections::BTreeMap;

use serde::Serialize;
use tact_decide::{Catalogue, Matured, Measure};
use tact_domain::{CustomerId, Timestamp};
use tact_learn::{Column, Kind, Sample};
use tact_model::{Cell, FEATURES, Row};
use tact_pipeline::{ReplayError, offered_in};
use tact_wire::{DecisionItem, Delivery, Recorded};

/// The share of the messages, the last by time, that a model is measured on and not fitted to: one in so many.
const MEASURED: usize = 4;

/// One message, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The decision to send it.
    pub decision: String,
    /// The instant decided for.
    pub at: Timestamp,
    /// What the models saw, in the order of `FEATURES`.
    pub row: Row,
    /// Whether what its treatment counts as positive came of it.
    pub positive: bool,
    /// How many messages it stands for, at least 1: the inverse of the probability with which it was drawn.
    pub weight: f64,
}

/// Why a decision is no example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Its record cannot be read, or holds no decision.
    Unreadable,
    /// It was made with another catalogue, which says what was offered.
    OtherCatalogue,
    /// Nothing was said to the customer.
    Silent,
    /// The customer did not let us decide on what they did before, then or when the log ended.
    NotProfiled,
    /// It is owed or was promised, and is sent whatever comes of it.
    Owed,
    /// Nothing is kept of what became of it.
    NotKept,
    /// It did not leave, or it is not known whether it did.
    NotSent,
    /// It left in another way than was decided.
    OtherWay,
    /// Nothing counts as a positive outcome of it.
    NothingWanted,
    /// Its window was still open when the log ended.
    NotMatured,
    /// It did not arrive, or was not seen where only those count that were.
    NotCounted,
}

impl LeftOut {
    /// The reason as people read it, behind a number of decisions.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "cannot be read",
            Self::OtherCatalogue => "made with another catalogue",
            Self::Silent => "with nothing said to the customer",
            Self::NotProfiled => "about customers who do not agree to be profiled",
            Self::Owed => "of what is owed or was promised",
            Self::NotKept => "of which nothing is kept",
            Self::NotSent => "that did not leave",
            Self::OtherWay => "that left in another way than decided",
            Self::NothingWanted => "of which nothing is wanted",
            Self::NotMatured => "not matured: their window was still open when the log ended",
            Self::NotCounted => "that did not arrive or were not seen",
        }
    }
}

/// A log while it is read: a row of each decision, the last attempt of it, and no more of its record.
#[derive(Debug)]
pub struct Gathering<'a> {
    catalogue: &'a Catalogue,
    found: BTreeMap<String, Result<Offer<'a>, LeftOut>>,
    ends: Timestamp,
}

/// What was offered to a customer.
#[derive(Debug)]
struct Offer<'a> {
    customer: CustomerId,
    at: Timestamp,
    row: Row,
    weight: f64,
    action: &'a str,
    treatment: &'a str,
    measure: &'a Measure,
}

/// The examples of a log by time, and what is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Training {
    /// The messages, by the instant decided for and then by decision.
    pub examples: Vec<Example>,
    /// How many decisions are no example, by reason.
    pub left_out: BTreeMap<LeftOut, usize>,
}

impl<'a> Gathering<'a> {
    /// Nothing yet, of a log of decisions with this catalogue.
    pub fn of(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, found: BTreeMap::new(), ends: Timestamp(i64::MIN) }
    }

    /// Takes in a record; of several of one decision the last one counts, which is the one that was committed.
    pub fn note(&mut self, recorded: &Recorded) {
        self.ends = self.ends.max(recorded.facts.now);
        let found = self.offer(recorded);
        self.found.insert(recorded.decision.clone(), found);
    }

    fn offer(&self, recorded: &Recorded) -> Result<Offer<'a>, LeftOut> {
        let offered = offered_in(recorded, self.catalogue).map_err(|error| match error {
            ReplayError::Catalogue(_) => LeftOut::OtherCatalogue,
            _ => LeftOut::Unreadable,
        })?;
        let (signal, offered) = offered.ok_or(LeftOut::Silent)?;
        if !offered.may_profile {
            return Err(LeftOut::NotProfiled);
        }
        if offered.action.is_owed() || offered.treatment.fulfils {
            return Err(LeftOut::Owed);
        }
        Ok(Offer {
            customer: signal.customer,
            at: recorded.facts.now,
            row: offered.row,
            weight: 1.0 / recorded.probability,
            action: &offered.action.name,
            treatment: &offered.treatment.name,
            measure: &offered.treatment.measure,
        })
    }

    /// The examples, given what is kept of each decision by its id, and who lets us learn from what they did at the instant at which the log ends.
    pub fn finish(
        self,
        kept: &BTreeMap<String, &DecisionItem>,
        may_profile: &dyn Fn(&CustomerId, Timestamp) -> bool,
    ) -> Training {
        let mut training = Training::default();
        for (decision, found) in self.found {
            let example = found.and_then(|offer| {
                let allowed = may_profile(&offer.customer, self.ends);
                let item = kept.get(&decision).filter(|_| allowed);
                let item = item.ok_or(if allowed { LeftOut::NotKept } else { LeftOut::NotProfiled })?;
                let positive = label(&offer, item, self.ends)?;
                Ok(Example { decision, at: offer.at, row: offer.row, positive, weight: offer.weight })
            });
            match example {
                Ok(example) => training.examples.push(example),
                Err(reason) => *training.left_out.entry(reason).or_default() += 1,
            }
        }
        training.examples.sort_by(|one, other| (one.at, &one.decision).cmp(&(other.at, &other.decision)));
        training
    }
}

/// Whether what was wanted came of a message within its window.
fn label(offer: &Offer<'_>, item: &DecisionItem, ends: Timestamp) -> Result<bool, LeftOut> {
    let sent_at = item.sent_at.filter(|_| item.state == Delivery::Sent).ok_or(LeftOut::NotSent)?;
    if item.decided.is_some() || (offer.action, offer.treatment) != (&item.action, &item.treatment) {
        return Err(LeftOut::OtherWay);
    }
    if offer.measure.positive.is_empty() {
        return Err(LeftOut::NothingWanted);
    }
    let closes = sent_at.plus_s(item.window_s);
    if closes > ends {
        return Err(LeftOut::NotMatured);
    }
    let known = Matured::within(offer.measure, &item.outcomes, (offer.at, closes));
    if known.n == 0 { Err(LeftOut::NotCounted) } else { Ok(known.positive > 0) }
}

impl Training {
    /// The rows to fit, and the last quarter by time to measure on; messages of one instant are not parted. `None` when either is empty.
    pub fn parted(&self) -> Option<(Sample<'static>, Sample<'static>)> {
        let first = self.examples.get(self.examples.len() - self.examples.len() / MEASURED)?.at;
        let (earlier, later) = self.examples.split_at(self.examples.partition_point(|example| example.at < first));
        (!earlier.is_empty()).then(|| (sample(earlier), sample(later)))
    }

    /// How many decisions are no example, and why, as people read it: a line each, the most of them first.
    pub fn left_out(&self) -> Vec<String> {
        let mut counts: Vec<_> = self.left_out.iter().collect();
        counts.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), **reason));
        counts.into_iter().map(|(reason, count)| format!("{count} decisions {}", reason.words())).collect()
    }
}

/// Examples as a sample, each by its weight, around 1 on average.
fn sample(examples: &[Example]) -> Sample<'static> {
    let rows = examples.iter().map(|_| 1.0).sum::<f64>();
    let mean = examples.iter().map(|example| example.weight).sum::<f64>() / rows;
    let cells = |place: usize| {
        examples.iter().map(move |example| example.row.get(place).copied().map_or(Cell::Missing, Cell::Number))
    };
    let column = |(place, name): (usize, &&str)| Column {
        name: (*name).to_owned(),
        kind: Kind::Number,
        cells: cells(place).collect(),
    };
    Sample {
        columns: FEATURES.iter().enumerate().map(column).collect(),
        labels: examples.iter().map(|example| example.positive).collect(),
        weights: examples.iter().map(|example| example.weight / mean).collect(),
    }
}

#[cfg(test)]
mod tests;
