//! What gave a secret away: the messages that bear the surest signs, and one pair of whom one got it and the other did not, with the rule that made the
//! difference.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tact_decide::Catalogue;
use tact_domain::{Channel, Key};

use super::seen::Seen;
use super::side::{Person, Side};
use super::sign::{Sign, is_of_silence, of_message};

/// A message that gives a secret away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Giveaway {
    /// The action.
    pub action: Key,
    /// The way to do it.
    pub treatment: Key,
    /// Its channel.
    pub channel: Channel,
    /// What is read.
    pub text: String,
    /// The sign by which it tells.
    pub sign: Sign,
    /// How many of them that bear the sign came to those who have the secret.
    pub to_holders: usize,
    /// How many came to their twins.
    pub to_twins: usize,
    /// One of them; `None` when both of every pair got it.
    pub example: Option<Example>,
}

/// Somebody who got it while their twin did not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// Their name in the pairs.
    pub name: String,
    /// Whether this is the one with the secret.
    pub has_secret: bool,
    /// When it came.
    pub at: String,
    /// What stood in its way for their twin at the same moment.
    pub twin: String,
}

/// How many messages are told of.
const MOST: usize = 3;
/// How many signs are looked at: most are words of one text.
const SIGNS: usize = 40;

/// What makes two messages the same.
type Name<'a> = (&'a str, &'a str);
/// Those of one side that bear a sign, with whoever got them.
type Bearing<'a> = BTreeMap<Name<'a>, Vec<(&'a str, &'a Seen)>>;

/// The messages that bear the surest signs, each once. The signs are sorted; when none tells by itself, the first still tell most.
pub(super) fn giveaways(signs: &[Sign], holders: &Side, twins: &Side, catalogue: &Catalogue) -> Vec<Giveaway> {
    let (mut found, mut known): (Vec<Giveaway>, BTreeSet<(Key, Key)>) = (Vec::new(), BTreeSet::new());
    let any = signs.iter().any(Sign::leaks);
    for sign in signs.iter().filter(|sign| sign.leaks() || !any).take(SIGNS) {
        let giveaway = of(sign, holders, twins, catalogue);
        let new = |found: &Giveaway| known.insert((found.action.clone(), found.treatment.clone()));
        found.extend(giveaway.filter(new));
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// The message whose numbers differ most among those that bear a sign; `None` when none differ.
fn of(sign: &Sign, holders: &Side, twins: &Side, catalogue: &Catalogue) -> Option<Giveaway> {
    let (ours, theirs) = (bearing(sign, holders), bearing(sign, twins));
    let count = |side: &Bearing<'_>, name: &Name<'_>| side.get(name).map_or(0, Vec::len);
    let names: BTreeSet<Name<'_>> = ours.keys().chain(theirs.keys()).copied().collect();
    let name = names.into_iter().max_by_key(|name| count(&ours, name).abs_diff(count(&theirs, name)))?;
    let (to_holders, to_twins) = (count(&ours, &name), count(&theirs, &name));
    let has_secret = to_holders > to_twins;
    let (more, fewer, other) = if has_secret { (&ours, &theirs, twins) } else { (&theirs, &ours, holders) };
    let got: &[(&str, &Seen)] = more.get(&name).map_or(&[], Vec::as_slice);
    let both: BTreeSet<_> = fewer.get(&name).into_iter().flatten().map(|(who, seen)| (*who, seen.decision)).collect();
    let (_, seen) = got.first()?;
    let alone = got.iter().find(|(who, seen)| !both.contains(&(*who, seen.decision)));
    let example = alone.map(|(who, seen)| Example {
        name: (*who).to_owned(),
        has_secret,
        at: jiff::Timestamp::from_millisecond(seen.at.0).unwrap_or_default().to_string(),
        twin: instead(seen, other, catalogue),
    });
    (to_holders != to_twins).then(|| Giveaway {
        action: seen.action.clone(),
        treatment: seen.treatment.clone(),
        channel: seen.channel,
        text: seen.words.clone(),
        sign: sign.clone(),
        to_holders,
        to_twins,
        example,
    })
}

/// The messages of a side that bear a sign; for a sign of silence all of them, as what is missing is one of these.
fn bearing<'a>(sign: &Sign, side: &'a Side) -> Bearing<'a> {
    let bears =
        |seen: &Seen, person: &Person| is_of_silence(&sign.name) || of_message(seen, person).contains(&sign.name);
    let mut found = Bearing::new();
    for (who, person) in &side.people {
        for seen in person.seen.iter().filter(|seen| bears(seen, person)) {
            found.entry((seen.action.as_str(), seen.treatment.as_str())).or_default().push((who.as_str(), seen));
        }
    }
    found
}

/// What came of the same moment on the other side.
fn instead(seen: &Seen, other: &Side, catalogue: &Catalogue) -> String {
    let Some(weighed) = other.weighed.get(&seen.decision) else { return "had no such moment".to_owned() };
    let said = weighed.said.as_ref().filter(|said| said.left);
    let said = match said {
        Some(said) if said.action == seen.action => return format!("got `{}`", said.treatment),
        Some(said) => format!("got `{}`", said.action),
        None => "got nothing".to_owned(),
    };
    let Some(reason) = weighed.held.get(&seen.action) else { return said };
    let action = catalogue.actions.iter().find(|action| action.name == seen.action);
    let detail = action.and_then(|action| reason.detail(action, &catalogue.policy));
    let rule = detail.map(|rule| format!(": {}", rule.split_whitespace().collect::<Vec<_>>().join(" ")));
    format!("{said}, as `{}` was held back by {}{}", seen.action, reason.name(), rule.unwrap_or_default())
}
