//! What is done when nothing is said: ghosts, and whether they did by themselves what the action asks for, as rates a catalogue can state.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tact_decide::Catalogue;
use tact_domain::{CustomerId, ProfileType, Timestamp};
use tact_learn::{Believed, Organic, Silence, organic_rates};

use super::evidence::{Bought, Decided, Evidence};
use super::lifts::{Rate, planned};

/// How often the withheld did by themselves what an action asks for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Silent {
    /// The action.
    pub action: String,
    /// What the catalogue expects of everybody.
    pub expected: f64,
    /// What is to be expected of everybody, and of each type of customer of which enough were withheld.
    pub rates: Vec<SilentRate>,
    /// The same as lines of the action's file; the table stands below its keys.
    pub toml: String,
}

/// A rate of a type of customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SilentRate {
    /// The type; `None` for everybody.
    pub profile_type: Option<&'static str>,
    /// What is to be expected, drawn towards what was expected before: 0 to 1.
    pub rate: f64,
    /// How many ghosts did it, of how many.
    pub seen: Rate,
}

/// The rates of every action of which anything was withheld from at least `least` customers whose windows closed by an instant. A ghost bought of the action's category
/// within the window of its treatment, or anything when it has none. Of a customer the first withheld decision of an action within a window counts.
pub(super) fn silent(evidence: &Evidence, catalogue: &Catalogue, seen_until: Timestamp, least: usize) -> Vec<Silent> {
    let receipts = evidence.receipts();
    let (mut silences, mut until) = (Vec::new(), BTreeMap::<(&CustomerId, &str), Timestamp>::new());
    for decided in evidence.decisions() {
        let Some((action, treatment)) = planned(decided, catalogue) else { continue };
        let closes = decided.at.plus_s(treatment.window_s);
        let open = until.get(&(&decided.customer, action.name.as_str())).is_some_and(|open| decided.at <= *open);
        if open || closes > seen_until || !decided.won.as_ref().is_some_and(|won| won.withheld) {
            continue;
        }
        until.insert((&decided.customer, action.name.as_str()), closes);
        let of = |bought: &&&Bought| match &action.category {
            Some(category) => bought.lines.iter().any(|(line, net)| line.as_ref() == Some(category) && *net > 0),
            None => bought.is_order,
        };
        let within = |bought: &&&Bought| decided.at < bought.at && bought.at <= closes;
        let receipts = receipts.get(&decided.customer).map_or(&[][..], Vec::as_slice);
        let positive = receipts.iter().filter(within).any(|bought| of(&bought));
        silences.push((decided, Silence { action: &action.name, kind: kind_of(decided), positive }));
    }
    let told = told(&silences, least);
    let silences: Vec<Silence<'_>> = silences.into_iter().map(|(_, silence)| silence).collect();
    let priors = catalogue.actions.iter().map(|action| (action.name.to_string(), action.organic)).collect();
    let rates = organic_rates(&silences, &priors, Believed::default()).into_iter();
    let rates = rates.filter(|rates| told.contains(&(rates.action.clone(), None)));
    let silent = rates.map(|mut rates| {
        rates.by_type.retain(|(kind, _)| told.contains(&(rates.action.clone(), Some(*kind))));
        let (organic, table) = rates.toml();
        let of_types = rates.by_type.iter().map(|(kind, organic)| rate(Some(kind.name()), organic));
        Silent {
            toml: format!("{organic}{table}"),
            expected: rates.prior,
            rates: std::iter::once(rate(None, &rates.all)).chain(of_types).collect(),
            action: rates.action,
        }
    });
    silent.collect()
}

/// The actions, and the types within them, of which so many customers were withheld that nothing is told of any of them.
fn told(silences: &[(&Decided, Silence<'_>)], least: usize) -> BTreeSet<(String, Option<ProfileType>)> {
    let mut people: BTreeMap<(String, Option<ProfileType>), BTreeSet<&CustomerId>> = BTreeMap::new();
    for (decided, silence) in silences {
        let kinds: BTreeSet<_> = [None, silence.kind].into();
        for kind in kinds {
            people.entry((silence.action.to_owned(), kind)).or_default().insert(&decided.customer);
        }
    }
    people.into_iter().filter(|(_, people)| people.len() >= least).map(|(of, _)| of).collect()
}

fn kind_of(decided: &Decided) -> Option<ProfileType> {
    ProfileType::ALL.into_iter().find(|kind| decided.kind == Some(kind.name()))
}

fn rate(profile_type: Option<&'static str>, organic: &Organic) -> SilentRate {
    let Organic { rate, seen, .. } = *organic;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole counts of ghosts")]
    let whole = |count: f64| count as usize;
    SilentRate { profile_type, rate, seen: Rate::of(whole(seen.successes), whole(seen.trials)) }
}
