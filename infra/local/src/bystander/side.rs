//! One side of the pairs: all who have the secret, or all their twins, played dry.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use tact_decide::{Catalogue, Models};
use tact_domain::{DecisionId, Happened, Places, Sighting, Signal, Timestamp};

use super::seen::Seen;
use crate::arrival::Arrival;
use crate::dry::{Consents, Dry, Joined, Script, Weighed};
use crate::respond::Respondents;
use crate::stack::{StackError, seal};
use crate::town::DECIDED_FROM;
use crate::zones::Zones;

/// What happened on one side.
#[derive(Debug)]
pub(super) struct Side {
    /// Everybody of it by name; twins have the same.
    pub(super) people: BTreeMap<String, Person>,
    /// Every decision.
    pub(super) weighed: BTreeMap<DecisionId, Weighed>,
    /// Who of it got something without the secret that its action asks for.
    pub(super) joined: Vec<Joined>,
}

/// Somebody as a bystander sees them.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// Where they live; UTC when they never told.
    pub(super) zone: Option<TimeZone>,
    /// The language they read.
    pub(super) locale: Option<String>,
    /// When they were seen in a store, or something they bought was: in order.
    pub(super) occasions: Vec<Timestamp>,
    /// What they got, in order.
    pub(super) seen: Vec<Seen>,
}

impl Side {
    /// Plays the lives of one side among others who have no secret, and may cover them. People answer as those of the town do.
    ///
    /// # Errors
    /// Never, as the secret of a run is long enough.
    pub(super) fn play(
        catalogue: &Catalogue,
        models: &Models,
        arrivals: &[Arrival],
        others: &[Joined],
    ) -> Result<Self, StackError> {
        let script = Script::of(arrivals);
        let (respond, fold_only_until) = (Some(Respondents::of(arrivals, catalogue, seal()?)), Some(DECIDED_FROM));
        let dry = Dry { catalogue, models, consents: Consents::Theirs, fold_only_until, until: None, respond };
        let played = dry.play_among(&script, others);
        let mut people = people(&script, &Zones::of(arrivals), &catalogue.places);
        for (name, item) in &played.decisions {
            let Some(person) = people.get_mut(name) else { continue };
            person.seen.extend(Seen::of(item, person.locale.as_deref(), catalogue));
        }
        let weighed = played.weighed.into_iter().map(|weighed| (weighed.decision, weighed)).collect();
        Ok(Self { people, weighed, joined: played.joined })
    }

    /// Somebody of this side; nobody when there is none of that name.
    pub(super) fn person(&self, name: &str) -> Option<&Person> {
        self.people.get(name)
    }

    /// How many messages came to all of them.
    pub(super) fn messages(&self) -> usize {
        self.people.values().map(|person| person.seen.len()).sum()
    }
}

fn people(script: &Script, zones: &Zones, places: &Places) -> BTreeMap<String, Person> {
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for event in script.events() {
        let person = people.entry(event.signal.customer.as_str().to_owned()).or_default();
        if let Happened::Consent(told) = &event.signal.happened {
            person.locale = told.locale.as_ref().map(ToString::to_string).or(person.locale.take());
        }
        if event.signal.at >= DECIDED_FROM && is_seen(&event.signal, places) {
            person.occasions.push(event.signal.at);
        }
    }
    for (name, person) in &mut people {
        person.zone = zones.at_home(name).cloned();
    }
    people
}

/// Whether others can see it: somebody in one of our stores, or with what they bought. What a phone or a partner tells nobody sees.
fn is_seen(signal: &Signal, places: &Places) -> bool {
    match &signal.happened {
        Happened::CheckIn(check_in) => check_in.store_in(places).is_some(),
        Happened::Geolocation(sighting) => matches!(sighting, Sighting::Beacon { .. }),
        Happened::Purchase(_) => true,
        _ => false,
    }
}
