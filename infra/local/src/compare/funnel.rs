//! Where candidates end, and what leaves: what two catalogues count differently.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tact_domain::Key;

use crate::dry::Rehearsed;
use crate::stages::{STAGES, stage_of};

/// How many candidates ended for a reason with A and with B.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The stage of the funnel.
    pub stage: &'static str,
    /// The reason.
    pub reason: &'static str,
    /// With A.
    pub a: u64,
    /// With B.
    pub b: u64,
}

/// How many messages left with A and with B.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The action.
    pub action: Key,
    /// The channel.
    pub channel: &'static str,
    /// With A.
    pub a: u64,
    /// With B.
    pub b: u64,
}

/// The reasons for which candidates ended differently often, in the order of the stages.
pub(super) fn reasons(a: &Rehearsed, b: &Rehearsed) -> Vec<Counted> {
    let count = |played: &Rehearsed, reason: &str| played.held_back.get(reason).copied().unwrap_or(0);
    let known: BTreeSet<&'static str> = a.held_back.keys().chain(b.held_back.keys()).copied().collect();
    let differing = known.into_iter().filter(|reason| count(a, reason) != count(b, reason));
    let mut counted: Vec<_> = differing.map(|reason| (place(reason), reason)).collect();
    counted.sort_unstable();
    let entry = |((stage, _), reason): ((usize, usize), &'static str)| Counted {
        stage: STAGES.get(stage).map_or("other", |(name, _)| name),
        reason,
        a: count(a, reason),
        b: count(b, reason),
    };
    counted.into_iter().map(entry).collect()
}

/// The stage of a reason, and its place there.
fn place(reason: &str) -> (usize, usize) {
    let stage = stage_of(reason);
    let place = STAGES.get(stage).and_then(|(_, reasons)| reasons.iter().position(|known| *known == reason));
    (stage, place.unwrap_or(0))
}

/// The actions and channels by which differently many messages left, by name.
pub(super) fn messages(a: &Rehearsed, b: &Rehearsed) -> Vec<Message> {
    let (one, other) = (left(a), left(b));
    let known: BTreeSet<_> = one.keys().chain(other.keys()).copied().collect();
    let entry = |(action, channel): (&Key, &'static str)| Message {
        action: action.clone(),
        channel,
        a: one.get(&(action, channel)).copied().unwrap_or(0),
        b: other.get(&(action, channel)).copied().unwrap_or(0),
    };
    known.into_iter().map(entry).filter(|message| message.a != message.b).collect()
}

fn left(played: &Rehearsed) -> BTreeMap<(&Key, &'static str), u64> {
    let mut left = BTreeMap::new();
    let said = played.weighed.iter().filter_map(|weighed| weighed.said.as_ref()).filter(|said| said.left);
    for said in said {
        *left.entry((&said.action, said.channel.name())).or_insert(0) += 1;
    }
    left
}
