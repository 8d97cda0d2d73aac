//! Some hours of a store, without anybody's name: what staff were asked to do, what was said, and what was held back and why.
//! People are counted, not moments; fewer than five of them are "<5", and no sum is told from which such a count could be worked out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use tact_decide::{Decision, Fate, Reason};
use tact_domain::{Channel, Timestamp};
use tact_pipeline::redecide;
use tact_wire::Recorded;

use super::{Explainer, stamp, words, zone_name};

/// Fewer people than this are not told apart.
const FEW: usize = 5;
/// Hours asked for are whole hours: two times of asking never differ by a single person's minute.
const HOUR_MS: i64 = 3_600_000;

/// Some hours of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The id of the store.
    pub store: String,
    /// From this instant on,
    pub from: Timestamp,
    /// and until before this one.
    pub to: Timestamp,
}

/// What happened in some hours of a store. Whoever may not be of age is left out.
#[derive(Clone, Debug, Serialize)]
pub struct StoreHours {
    /// The id of the store.
    pub store: String,
    /// Its name.
    pub name: String,
    /// The zone of every time in it.
    pub zone: String,
    /// From this time on, a whole hour,
    pub from: String,
    /// and until before this one.
    pub to: String,
    /// How many people something was decided about; `None` when a small count could be worked out of it.
    pub people: Option<People>,
    /// What staff were asked to do, by name of the action.
    pub asked: Vec<Asked>,
    /// What was said to customers, by name of the action.
    pub said: Vec<Said>,
    /// How many people were left in peace at least once.
    pub left_in_peace: Option<People>,
    /// What was held back, by reason; the reasons that held back most first.
    pub held_back: Vec<Held>,
    /// The records that could not be read with this catalogue, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unexplained: Vec<String>,
}

/// How many people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum People {
    /// One to four.
    Few,
    /// So many.
    Exactly(usize),
}

/// Something staff were asked to do.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// The action.
    pub action: String,
    /// The words of the catalogue; what differs from customer to customer stands in brackets.
    pub words: String,
    /// How many customers it was about.
    pub people: People,
}

/// Something that was said to customers.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    /// The action.
    pub action: String,
    /// The channel.
    pub channel: Channel,
    /// How many customers were to get it.
    pub people: People,
}

/// Something that was held back.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// Why, as one word,
    pub reason: &'static str,
    /// and in words.
    pub because: &'static str,
    /// What.
    pub actions: Vec<String>,
    /// From how many people.
    pub people: People,
}

/// The customers behind a count.
type Customers = BTreeSet<String>;

/// What is counted, with the customers behind each count.
#[derive(Default)]
struct Counts {
    all: Customers,
    asked: BTreeMap<(String, String), Customers>,
    said: BTreeMap<(String, Channel), Customers>,
    peace: Customers,
    held: BTreeMap<&'static str, (BTreeSet<String>, Customers)>,
}

impl StoreHours {
    /// The hours as people read them, no line longer than 100 characters.
    pub fn text(&self) -> String {
        super::text::store(self)
    }
}

impl Explainer<'_> {
    /// Tells what happened in some hours of a store, widened to whole hours; times are those of `zone`, the store's.
    pub fn store(&self, hours: &Hours, zone: &TimeZone, records: &[Recorded]) -> StoreHours {
        let (from, to) = whole(hours);
        let (mut counts, mut unexplained) = (Counts::default(), Vec::new());
        for recorded in records.iter().filter(|recorded| (from..to).contains(&recorded.facts.now)) {
            match redecide(recorded, self.catalogue, self.models, self.kept.learned_by(recorded)) {
                Err(error) => unexplained.push(error.to_string()),
                Ok(again) => {
                    let minor = again.profile.consent.is_minor(again.decision.now);
                    if again.decision.store.as_deref() == Some(hours.store.as_str()) && !minor {
                        counts.count(again.signal.customer.as_str(), &again.decision, self);
                    }
                }
            }
        }
        unexplained.dedup();
        let name = self.catalogue.places.store(&hours.store).map_or_else(|| hours.store.clone(), |s| s.name.clone());
        let (asked, said, held_back) = (asked(&counts), said(&counts), held_back(&counts));
        let small = asked.iter().any(|asked| asked.people == People::Few)
            || said.iter().any(|said| said.people == People::Few)
            || held_back.iter().any(|held| held.people == People::Few)
            || (1..FEW).contains(&counts.peace.len());
        let sum = people(&counts.all).filter(|people| *people == People::Few || !small);
        StoreHours {
            store: hours.store.clone(),
            name,
            zone: zone_name(zone),
            from: stamp(from, zone),
            to: stamp(to, zone),
            people: sum.or_else(|| counts.all.is_empty().then_some(People::Exactly(0))),
            asked,
            said,
            left_in_peace: people(&counts.peace),
            held_back,
            unexplained,
        }
    }
}

impl Counts {
    fn count(&mut self, customer: &str, decision: &Decision, explainer: &Explainer<'_>) {
        self.all.insert(customer.to_owned());
        if decision.chosen.is_none() {
            self.peace.insert(customer.to_owned());
        }
        for candidate in &decision.candidates {
            let action = explainer.catalogue.actions.get(usize::from(candidate.action));
            let treatment = action.and_then(|action| action.treatments.get(usize::from(candidate.treatment)));
            let (Some(action), Some(treatment)) = (action, treatment) else { continue };
            let name = action.name.to_string();
            let behind = match (candidate.fate, treatment.channel) {
                (Fate::Chosen, Channel::Associate) => {
                    self.asked.entry((name, words::template(&treatment.text))).or_default()
                }
                (Fate::Chosen, channel) => self.said.entry((name, channel)).or_default(),
                // It was done in another way.
                (Fate::Lost(Reason::StandBy), _) => continue,
                (Fate::Lost(reason) | Fate::Refused(reason), _) => {
                    let (actions, behind) = self.held.entry(reason.name()).or_default();
                    actions.insert(name);
                    behind
                }
            };
            behind.insert(customer.to_owned());
        }
    }
}

/// The hours from the one that `from` lies in to the one that `to` ends in.
fn whole(hours: &Hours) -> (Timestamp, Timestamp) {
    let from = hours.from.0.div_euclid(HOUR_MS) * HOUR_MS;
    let to = hours.to.0.saturating_add(HOUR_MS - 1).div_euclid(HOUR_MS) * HOUR_MS;
    (Timestamp(from), Timestamp(to))
}

/// How many they are; `None` for nobody.
fn people(behind: &Customers) -> Option<People> {
    match behind.len() {
        0 => None,
        few if few < FEW => Some(People::Few),
        many => Some(People::Exactly(many)),
    }
}

fn asked(counts: &Counts) -> Vec<Asked> {
    let told = counts.asked.iter().filter_map(|((action, words), behind)| {
        Some(Asked { action: action.clone(), words: words.clone(), people: people(behind)? })
    });
    told.collect()
}

fn said(counts: &Counts) -> Vec<Said> {
    let told = counts.said.iter().filter_map(|((action, channel), behind)| {
        Some(Said { action: action.clone(), channel: *channel, people: people(behind)? })
    });
    told.collect()
}

/// The small counts come last, by name: their order tells nothing.
fn held_back(counts: &Counts) -> Vec<Held> {
    let told = counts.held.iter().filter_map(|(reason, (actions, behind))| {
        let (because, actions) = (words::reason(reason), actions.iter().cloned().collect());
        Some(Held { reason, because, actions, people: people(behind)? })
    });
    let mut told: Vec<_> = told.collect();
    told.sort_by(|a, b| (b.people, a.reason).cmp(&(a.people, b.reason)));
    told
}

impl People {
    /// The count as it is shown.
    pub fn told(self) -> String {
        match self {
            Self::Few => format!("<{FEW}"),
            Self::Exactly(people) => people.to_string(),
        }
    }
}

impl Serialize for People {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Few => serializer.serialize_str(&self.told()),
            Self::Exactly(people) => serializer.serialize_u64(*people as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_widened_to_whole_ones() {
        let hours = Hours { store: "tampa".to_owned(), from: Timestamp(HOUR_MS + 1), to: Timestamp(2 * HOUR_MS + 1) };
        assert_eq!(whole(&hours), (Timestamp(HOUR_MS), Timestamp(3 * HOUR_MS)));
        let exact = Hours { to: Timestamp(2 * HOUR_MS), from: Timestamp(HOUR_MS), ..hours };
        assert_eq!(whole(&exact), (Timestamp(HOUR_MS), Timestamp(2 * HOUR_MS)));
    }

    #[test]
    fn fewer_than_five_people_are_not_told_apart_not_even_by_their_order() {
        let crowd = |n: usize| (0..n).map(|n| format!("p-{n}")).collect::<Customers>();
        let told = [0, 1, 4, 5, 12].map(|n| people(&crowd(n)).map(People::told));
        assert_eq!(told, [None, Some("<5".into()), Some("<5".into()), Some("5".into()), Some("12".into())]);
        let mut counts = Counts::default();
        for (reason, n) in [("silence", 2), ("contact_cap", 1), ("deny_zone", 7), ("control", 4)] {
            counts.held.insert(reason, (BTreeSet::new(), crowd(n)));
        }
        let order: Vec<_> = held_back(&counts).into_iter().map(|held| held.reason).collect();
        assert_eq!(order, ["deny_zone", "contact_cap", "control", "silence"]);
    }
}
