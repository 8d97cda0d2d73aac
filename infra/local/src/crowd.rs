//! The people of a store counted together: how many of each type, where, when, and what they buy. No name, and no number of few.

mod text;

use std::collections::BTreeSet;

use serde::Serialize;
use tact_decide::Catalogue;
use tact_domain::{Anyone, Counts, Crowd, Key, Span};

use crate::stack::Kept;
use crate::zones::local;

/// The people of some hours of a store.
#[derive(Clone, Debug, Serialize)]
pub struct CrowdReport {
    /// The id of the store.
    pub store: String,
    /// Its name.
    pub name: String,
    /// The zone of every time in it.
    pub zone: String,
    /// From this time on,
    pub from: String,
    /// and until before this one.
    pub to: String,
    /// No number is smaller than this.
    pub k: u32,
    /// How many people there were who may be counted; `None` when there were few, or a small number could be worked out of it.
    pub people: Option<u32>,
    /// Those types of which there were enough people, in the order of types.
    pub types: Vec<TypeReport>,
}

/// The people of one type.
#[derive(Clone, Debug, Serialize)]
pub struct TypeReport {
    /// The type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How many.
    pub people: u32,
    /// Where they were, by area.
    pub areas: Vec<Counted>,
    /// When they were there, by hour.
    pub hours: Vec<Counted>,
    /// What they bought within 90 days, by category.
    pub bought: Vec<Counted>,
}

/// How many people there were somewhere, at some time, or of some kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// What is counted.
    pub of: String,
    /// How many people.
    pub people: u32,
}

impl CrowdReport {
    /// Counts the people of a span of time.
    pub fn of(kept: &Kept, catalogue: &Catalogue, span: &Span<'_>, k: u32) -> Self {
        let crowd = Crowd::of(seen(kept, catalogue, span), k);
        let stamp = |at| local(at, &span.store.zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        Self {
            store: span.store.id.to_string(),
            name: span.store.name.clone(),
            zone: span.store.zone.iana_name().unwrap_or("UTC").to_owned(),
            from: stamp(span.from),
            to: stamp(span.to),
            k: crowd.k(),
            people: crowd.people(),
            types: crowd.types().iter().map(TypeReport::of).collect(),
        }
    }

    /// The report as people read it, no line longer than 100 characters.
    pub fn text(&self) -> String {
        text::of(self)
    }
}

impl TypeReport {
    fn of(counts: &Counts) -> Self {
        let named = |counts: &[(Key, u32)]| {
            counts.iter().map(|(of, people)| Counted { of: of.to_string(), people: *people }).collect()
        };
        let hours = counts.hours.iter().map(|(hour, people)| Counted { of: format!("{hour:02}:00"), people: *people });
        Self {
            kind: counts.kind.name(),
            people: counts.people,
            areas: named(&counts.areas),
            hours: hours.collect(),
            bought: named(&counts.bought),
        }
    }
}

/// Everybody seen in a span of time who may be counted, without a name.
pub fn seen(kept: &Kept, catalogue: &Catalogue, span: &Span<'_>) -> Vec<Anyone> {
    let categories = counted_categories(catalogue);
    kept.profiles().filter_map(|profile| profile.seen_in(span, &categories)).collect()
}

/// The categories of which purchases are counted; a category that is not in the list of products is never told of.
fn counted_categories(catalogue: &Catalogue) -> BTreeSet<Key> {
    catalogue.goods.products().iter().map(|product| product.category.clone()).collect()
}
