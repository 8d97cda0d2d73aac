//! Three people for whom most differs, each with the one decision that differs most.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;
use tact_domain::{CustomerId, DecisionId, Places, Trigger};

use crate::dry::{Rehearsed, Weighed};
use crate::summary::meaning;
use crate::zones::{Zones, local};

/// One person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Who.
    pub customer: String,
    /// When, at their clock: `Sat 14:30`.
    pub at: String,
    /// What happened.
    pub happened: String,
    /// What A did, and why.
    pub a: String,
    /// What B did, and why.
    pub b: String,
}

/// How many people are told of.
const MOST: usize = 3;

/// One moment as each of the two decided it; `None` when it never came to it.
type Pair<'a> = (Option<&'a Weighed>, Option<&'a Weighed>);

/// Those for whom most differs, by what was expected to come of it; names decide between equals.
pub(super) fn of(a: &Rehearsed, b: &Rehearsed, zones: &Zones, places: &Places, annoyance: f64) -> Vec<Example> {
    let mut moments: BTreeMap<DecisionId, Pair<'_>> = BTreeMap::new();
    a.weighed.iter().for_each(|weighed| moments.entry(weighed.decision).or_default().0 = Some(weighed));
    b.weighed.iter().for_each(|weighed| moments.entry(weighed.decision).or_default().1 = Some(weighed));
    let mut people: BTreeMap<&CustomerId, (f64, f64, Pair<'_>)> = BTreeMap::new();
    for pair in moments.into_values().filter(|(a, b)| said(*a) != said(*b)) {
        let (Some(either), apart) = (pair.0.or(pair.1), apart(pair, annoyance)) else { continue };
        let (sum, most, moment) = people.entry(&either.customer).or_insert((0.0, -1.0, pair));
        *sum += apart;
        if apart > *most {
            (*most, *moment) = (apart, pair);
        }
    }
    let mut people: Vec<_> = people.into_iter().collect();
    people.sort_by(|(a, (one, ..)), (b, (other, ..))| other.total_cmp(one).then(a.cmp(b)));
    people.into_iter().take(MOST).filter_map(|(_, (.., pair))| example(pair, zones, places)).collect()
}

/// What was said in a moment, by action, treatment and channel.
fn said(weighed: Option<&Weighed>) -> Option<(&str, &str, bool)> {
    let said = weighed?.said.as_ref()?;
    Some((&said.action, &said.treatment, said.left))
}

/// How far apart what each did lies, in minor units: for us, and for the customer.
fn apart((a, b): Pair<'_>, annoyance: f64) -> f64 {
    let worth = |weighed: Option<&Weighed>| {
        let said = weighed.and_then(|weighed| weighed.said.as_ref());
        said.map_or((0.0, 0.0), |said| (said.worth(), said.worth_to_them(annoyance)))
    };
    let (one, other) = (worth(a), worth(b));
    (one.0 - other.0).abs() + (one.1 - other.1).abs()
}

fn example((a, b): Pair<'_>, zones: &Zones, places: &Places) -> Option<Example> {
    let either = a.or(b)?;
    let store = either.store.as_deref().and_then(|id| places.store(id));
    let zone = zones.at_home(either.customer.as_str()).cloned().or_else(|| store.map(|store| store.zone.clone()));
    let at = local(either.at, &zone.unwrap_or(TimeZone::UTC));
    let what = happened(either.trigger);
    Some(Example {
        customer: either.customer.to_string(),
        at: at.strftime("%a %H:%M").to_string(),
        happened: store.map_or_else(|| what.to_owned(), |store| format!("{what} ({})", store.name)),
        a: told(a),
        b: told(b),
    })
}

fn happened(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::CheckIn => "checked in",
        Trigger::Purchase => "paid",
        Trigger::Entry => "came in",
        Trigger::Dwell => "stayed a while",
        Trigger::Exit => "left",
        Trigger::Comment => "commented",
        Trigger::Due => "what had been put off was due",
        Trigger::Open => "opened the app",
    }
}

/// What one of them did, and why.
fn told(weighed: Option<&Weighed>) -> String {
    let Some(weighed) = weighed else { return "it never came to this".to_owned() };
    match (&weighed.said, &weighed.stopped) {
        (Some(said), _) => {
            let (action, way, channel) = (&said.action, &said.treatment, said.channel.name());
            let worth =
                said.terms.map_or_else(|| "not weighed".to_owned(), |_| format!("worth {:.2}", said.worth() / 100.0));
            let stayed = if said.left { "" } else { ", and it did not leave" };
            format!("{action}/{way} by {channel}, {worth}{stayed}")
        }
        (None, Some((action, reason))) => match meaning(reason.name()) {
            "" => format!("nothing; nearest was {action}: {}", reason.name().replace('_', " ")),
            meant => format!("nothing; nearest was {action}: {meant}"),
        },
        (None, None) => "nothing; there was nothing to be weighed".to_owned(),
    }
}
