//! `tact check --risk`: by which paths data could reach somebody it must not, with the proof or the counter-example of each; and what every way
//! may bring and cost, in money and in law, and how many people it reaches.

mod text;

use std::collections::BTreeMap;

use serde::Serialize;
use tact_decide::{Catalogue, Models};
use tact_domain::{Channel, Timestamp};
use tact_policy::{CatalogueErrors, Danger, Exposure, SourceFile, Verdict, Way, dangers, ways};
use tact_wire::Seal;

use crate::arrival::Arrival;
use crate::dry::{Consents, Dry, Rehearsed, Script};
use crate::respond::Respondents;

pub(crate) use text::table;

/// The risk of a catalogue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Risk {
    /// Every path about every action by which something is meant.
    pub paths: Vec<Asked>,
    /// The paths by which nothing in the catalogue is meant.
    pub unmeant: Vec<String>,
    /// How many answers are neither proofs nor borne.
    pub open: usize,
    /// What every way may bring and cost.
    pub ways: Vec<Weighed>,
    /// The laws that are named.
    pub laws: Vec<Law>,
    /// The currency of the amounts.
    pub currency: String,
    /// How many people the events are about.
    pub people: usize,
}

/// One path about one action.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// The path.
    pub path: String,
    /// What must never happen.
    pub never: String,
    /// The action.
    pub action: String,
    /// `proved`, `waived`, `counter-example` or `undecided`.
    pub answer: &'static str,
    /// Whether it is neither proved nor borne.
    #[serde(skip)]
    pub open: bool,
    /// The proof, way by way; why it is borne; or what is missing.
    pub why: Vec<String>,
    /// A policy test that shows it, if one was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counter_example: Option<String>,
}

/// One way, weighed. All money is in minor units, per message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weighed {
    /// The action,
    pub action: String,
    /// the way,
    pub treatment: String,
    /// and its channel.
    pub channel: Channel,
    /// What it is expected to earn beside silence: margin times the lift of the prior.
    pub return_minor: f64,
    /// How likely it does harm,
    pub harmful: f64,
    /// and what that is expected to cost.
    pub harm_minor: f64,
    /// How creepy it is at the most delicate moment that calls for it.
    pub creepy: f64,
    /// Under which laws it stands, by name.
    pub exposure: Vec<&'static str>,
    /// How many people passed every gate for it at least once,
    pub could_reach: usize,
    /// and how many it reached.
    pub reached: usize,
}

/// A law that is named.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Law {
    /// The class it stands under.
    pub exposure: &'static str,
    /// Its name,
    pub law: &'static str,
    /// and where it is written.
    pub source: &'static str,
}

/// The events that people are counted in.
#[derive(Clone, Debug)]
pub struct Crowd<'a> {
    /// The events, in the order in which they arrive.
    pub arrivals: &'a [Arrival],
    /// Events before this instant are folded and lead to no decision.
    pub fold_only_until: Option<Timestamp>,
    /// What seals the coupons of people who answer by the hidden model of the town; `None` when nobody answers.
    pub answered: Option<Seal>,
}

impl Risk {
    /// The risk of a catalogue and its files; people are counted in a dry play of events.
    ///
    /// # Errors
    /// Every mistake in what the catalogue forbids and bears.
    pub fn of(
        files: &[SourceFile],
        catalogue: &Catalogue,
        models: &Models,
        crowd: Crowd<'_>,
    ) -> Result<Self, CatalogueErrors> {
        let dangers = dangers(files, catalogue, models)?;
        let people = crate::arrival::customers(crowd.arrivals);
        let played = play(catalogue, models, crowd);
        let reached = reached(&played);
        let ways: Vec<Weighed> = ways(catalogue).iter().map(|way| weighed(way, &played, &reached)).collect();
        let named = |name: &&'static str| ways.iter().any(|way| way.exposure.contains(name));
        let laws = Exposure::ALL.iter().filter(|(_, name, ..)| named(name));
        let mut unmeant: Vec<String> = dangers.iter().map(|danger| danger.path.clone()).collect();
        unmeant.dedup();
        unmeant.retain(|path| !dangers.iter().any(|danger| danger.path == *path && is_meant(danger)));
        Ok(Self {
            unmeant,
            open: dangers.iter().filter(|danger| danger.is_open()).count(),
            paths: dangers.into_iter().filter(is_meant).map(Asked::from).collect(),
            laws: laws.map(|(_, exposure, law, source)| Law { exposure, law, source }).collect(),
            ways,
            currency: catalogue.policy.currency.to_string(),
            people,
        })
    }

    /// The report as people read it.
    pub fn text(&self, place: &str) -> String {
        text::of(self, place)
    }
}

fn is_meant(danger: &Danger) -> bool {
    !matches!(&danger.verdict, Verdict::Proved(why) if why.is_empty())
}

impl From<Danger> for Asked {
    fn from(danger: Danger) -> Self {
        let open = danger.is_open();
        let (answer, why, counter_example) = match danger.verdict {
            Verdict::Proved(why) => ("proved", why, None),
            Verdict::CounterExample(test) => ("counter-example", Vec::new(), Some(test)),
            Verdict::Undecided(why) => ("undecided", vec![why], None),
        };
        let (answer, why) = danger.waived.map_or((answer, why), |reason| ("waived", vec![reason]));
        let (path, never, action) = (danger.path, danger.never, danger.action.to_string());
        Self { path, never, action, answer, open, why, counter_example }
    }
}

fn play(catalogue: &Catalogue, models: &Models, crowd: Crowd<'_>) -> Rehearsed {
    let Crowd { arrivals, fold_only_until, answered } = crowd;
    let respond = answered.map(|seal| Respondents::of(arrivals, catalogue, seal));
    let dry = Dry { catalogue, models, consents: Consents::Theirs, fold_only_until, until: None, respond };
    dry.play(&Script::of(arrivals))
}

/// How many people each way reached.
fn reached(played: &Rehearsed) -> BTreeMap<(&str, &str), usize> {
    let said =
        played.weighed.iter().filter_map(|one| Some((one.said.as_ref().filter(|said| said.left)?, &one.customer)));
    let mut all: Vec<_> = said.map(|(said, who)| (said.action.as_str(), said.treatment.as_str(), who)).collect();
    all.sort_unstable();
    all.dedup();
    let mut reached = BTreeMap::new();
    for (action, treatment, _) in all {
        *reached.entry((action, treatment)).or_insert(0) += 1;
    }
    reached
}

fn weighed(way: &Way, played: &Rehearsed, reached: &BTreeMap<(&str, &str), usize>) -> Weighed {
    let could = played.passed.get(&(way.action.clone(), way.treatment.clone()));
    Weighed {
        action: way.action.to_string(),
        treatment: way.treatment.to_string(),
        channel: way.channel,
        return_minor: way.returns,
        harmful: way.harmful,
        harm_minor: way.harm,
        creepy: way.creepy,
        exposure: way.exposures.iter().map(|exposure| exposure.name()).collect(),
        could_reach: could.map_or(0, std::collections::BTreeSet::len),
        reached: reached.get(&(way.action.as_str(), way.treatment.as_str())).copied().unwrap_or(0),
    }
}
