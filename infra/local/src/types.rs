//! Types of customers, found in a decision log: what is learnt of messages is kept by them.

use std::collections::BTreeMap;

use tact_decide::{Catalogue, Models, row_at};
use tact_domain::{CustomerId, Timestamp};
use tact_learn::{TypesFound, find_types};
use tact_model::{Row, Types};
use tact_pipeline::before;
use tact_wire::Recorded;

use crate::summary::table;

/// The customers of a log who agreed to be typed, at the last decision about each: the type they were of, if any, and what the models saw of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Customers {
    rows: Vec<Row>,
    /// Of each, by the types in use.
    kinds: Vec<Option<u8>>,
    /// The version of the types in use.
    version: u16,
    /// Of fewer customers no type is made, as it would tell of somebody.
    least: u64,
}

impl Customers {
    /// Those of records, in any order, who still agree to be profiled as far as is known; whose record cannot be read is left out. `afresh` takes the types by rule
    /// for those in use, whatever was found.
    pub fn of(
        records: &[Recorded],
        catalogue: &Catalogue,
        models: &Models,
        (afresh, agrees): (bool, &dyn Fn(&CustomerId) -> bool),
    ) -> Self {
        let types = models.types.as_ref().filter(|_| !afresh);
        let mut latest: BTreeMap<CustomerId, (Timestamp, Row, Option<u8>)> = BTreeMap::new();
        for recorded in records {
            let Ok((signal, mut profile)) = before(recorded) else { continue };
            let now = recorded.facts.now;
            let Some(row) = row_at(&signal, &mut profile, catalogue, now) else { continue };
            let Some(by_rule) = profile.profile_type(now) else { continue };
            if !agrees(&signal.customer) {
                continue;
            }
            if latest.get(&signal.customer).is_none_or(|(at, ..)| *at <= now) {
                let kind = types.map_or(by_rule as u8, |types| types.of(&row));
                latest.insert(signal.customer, (now, row, Some(kind)));
            }
        }
        let version = types.map_or(Types::BY_RULE, Types::version);
        let least = u64::from(catalogue.policy.crowd);
        let (rows, kinds) = latest.into_values().map(|(_, row, kind)| (row, kind)).unzip();
        Self { rows, kinds, version, least }
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Up to so many types of them, of the version after the one in use: as many as there are with enough customers of each.
    ///
    /// # Errors
    /// When they are too few for two types, or these cannot be.
    pub fn types(&self, count: usize, seed: u64) -> Result<Types, TypesFound> {
        let next = self.version.saturating_add(1);
        let find = |count| find_types(next, &Types::BY, &self.rows, (self.version, &self.kinds), (count, seed));
        let is_told = |types: &Types| self.sizes(types).iter().all(|size| *size >= self.least);
        let mut types = find(count)?;
        for fewer in (2..count).rev() {
            if is_told(&types) {
                break;
            }
            types = find(fewer)?;
        }
        if is_told(&types) { Ok(types) } else { Err(TypesFound::Few { customers: self.rows.len(), count: 2 }) }
    }

    /// How many are of each type.
    pub fn sizes(&self, types: &Types) -> Vec<u64> {
        let mut sizes = vec![0; types.count()];
        for row in &self.rows {
            if let Some(size) = sizes.get_mut(usize::from(types.of(row))) {
                *size += 1;
            }
        }
        sizes
    }
}

/// What the types are, as people read them: how many customers are of each, and the middle of what they are told apart by.
pub fn told(types: &Types, sizes: &[u64]) -> String {
    let (names, centres) = types.described();
    let header = (1..=sizes.len()).map(|nth| format!("type {nth}"));
    let mut rows = table([String::new()].into_iter().chain(header));
    rows.add_row(["customers".to_owned()].into_iter().chain(sizes.iter().map(ToString::to_string)));
    for (place, name) in names.iter().enumerate() {
        let of_types =
            centres.iter().filter_map(|centre| centre.get(place)).map(|value| format!("{:.2}", value.max(0.0) + 0.0));
        rows.add_row([name.replace('_', " ")].into_iter().chain(of_types));
    }
    format!(
        "Types of customers, version {}: how many are of each, and what is usual for them.\n\n{rows}\n",
        types.version()
    )
}
