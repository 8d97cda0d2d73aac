//! The table read back: what people may ask about after a run.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};
use tact_decide::{Learned, Watch};
use tact_domain::{ConsentFacet, Coupon, FacetKind, Fingerprint, Profile};
use tact_pipeline::ItemKey;
use tact_wire::{
    DecisionItem, Recorded, TaskItem, decode_learned, facet_json, learned_line, unpack_coupon, unpack_facet,
};

use super::StackError;

/// What the table held at an instant, each list in key order.
#[derive(Debug, Default)]
pub struct Kept {
    /// Every facet: customer, kind, packed bytes.
    pub facets: Vec<(String, FacetKind, Vec<u8>)>,
    /// Every decision that was to be delivered, with its customer.
    pub decisions: Vec<(String, DecisionItem)>,
    /// Every proof of a consent: customer, the event that gave it, what was shown.
    pub proofs: Vec<(String, Fingerprint, Vec<u8>)>,
    /// Every line that a customer earned, as JSON.
    pub earned: Vec<(String, Vec<u8>)>,
    /// Every task for the people of a store.
    pub tasks: Vec<TaskItem>,
    /// Every coupon.
    pub coupons: Vec<Coupon>,
    /// What guardrails know of treatments, by `action/treatment`.
    pub watches: Vec<(String, Watch)>,
    /// What was learnt that decisions may name, by its name.
    pub learned: BTreeMap<String, Learned>,
    /// The same as lines of the decision log.
    pub learned_lines: Vec<String>,
}

impl Kept {
    /// Reads a table.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn read(client: &Client, table: &str) -> Result<Self, StackError> {
        let mut pages = client.scan().table_name(table).consistent_read(true).into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| StackError::Table(error.to_string()))?;
            items.extend(stored(&item));
        }
        items.sort();
        let mut kept = Self::default();
        for (pk, sk, bytes) in items {
            kept.enter(&pk, &sk, bytes);
        }
        kept.facets.sort();
        Ok(kept)
    }

    /// A hash over all facets: the same profiles have the same hash.
    pub fn state_hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (customer, kind, bytes) in &self.facets {
            for part in [customer.as_bytes(), kind.name().as_bytes(), bytes] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        tact_wire::hex(&hasher.finalize())
    }

    /// The facets as lines of readable JSON; one that cannot be read is left out.
    pub fn facet_lines(&self) -> impl Iterator<Item = String> {
        self.facets.iter().filter_map(|(customer, kind, bytes)| {
            let mut profile = Profile::default();
            unpack_facet(&mut profile, *kind, bytes).ok()?;
            let value = facet_json(&profile, *kind);
            Some(serde_json::json!({ "customer": customer, "facet": kind.name(), "value": value }).to_string())
        })
    }

    /// The profile of a customer; empty when nothing is kept of them.
    pub fn profile(&self, customer: &str) -> Profile {
        let mut profile = Profile::default();
        for (_, kind, bytes) in self.facets.iter().filter(|(known, ..)| known == customer) {
            // What cannot be read stays empty.
            let _unread = unpack_facet(&mut profile, *kind, bytes);
        }
        profile
    }

    /// Every profile, without a name, in the order of customers.
    pub fn profiles(&self) -> impl Iterator<Item = Profile> {
        self.facets.chunk_by(|(one, ..), (other, ..)| one == other).map(|facets| {
            let mut profile = Profile::default();
            for (_, kind, bytes) in facets {
                // What cannot be read stays empty.
                let _unread = unpack_facet(&mut profile, *kind, bytes);
            }
            profile
        })
    }

    /// What every customer agreed to, as far as it can be read.
    pub fn consents(&self) -> BTreeMap<&str, ConsentFacet> {
        let facets = self.facets.iter().filter(|(_, kind, _)| *kind == FacetKind::Consent);
        let read = facets.filter_map(|(customer, kind, bytes)| {
            let mut profile = Profile::default();
            unpack_facet(&mut profile, *kind, bytes).ok()?;
            Some((customer.as_str(), profile.consent))
        });
        read.collect()
    }

    /// What was learnt that a decision was made with; `None` when it was made with nothing, or that is not kept.
    pub fn learned_by(&self, recorded: &Recorded) -> Option<&Learned> {
        self.learned.get(recorded.learned.as_ref()?)
    }

    fn enter(&mut self, pk: &str, sk: &str, bytes: Vec<u8>) {
        if pk.starts_with("q#") {
            self.tasks.extend(TaskItem::unpack(&bytes));
        }
        if pk.starts_with("o#") {
            self.coupons.extend(unpack_coupon(&bytes));
        }
        if let Some(way) = pk.strip_prefix(ItemKey::WATCHES) {
            self.watches.extend(serde_json::from_slice(&bytes).ok().map(|watch| (way.to_owned(), watch)));
        }
        if pk == ItemKey::LEARNED && sk.starts_with(ItemKey::SNAPSHOTS) {
            self.learned_lines.push(learned_line(&bytes));
            self.learned.extend(decode_learned(&bytes).map(|learned| (learned.hash.clone(), learned)));
        }
        let (Some(customer), Some((letter, rest))) = (pk.strip_prefix("c#"), sk.split_once('#')) else { return };
        let customer = customer.to_owned();
        match letter {
            _ if sk.starts_with(ItemKey::FACETS) => {
                let kind = FacetKind::ALL.into_iter().find(|kind| kind.name() == rest);
                self.facets.extend(kind.map(|kind| (customer, kind, bytes)));
            }
            "d" => self.decisions.extend(DecisionItem::unpack(&bytes).map(|item| (customer, item))),
            "p" => {
                let event = u64::from_str_radix(rest, 16).ok().map(Fingerprint);
                self.proofs.extend(event.map(|event| (customer, event, bytes)));
            }
            "e" => self.earned.push((customer, bytes)),
            _ => {}
        }
    }
}

/// The keys and the value of an item that somebody may ask about.
fn stored(item: &HashMap<String, AttributeValue>) -> Option<(String, String, Vec<u8>)> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let (pk, sk) = (text("pk")?, text("sk")?);
    let asked_for = ["o#", "q#"].iter().any(|of| pk.starts_with(of))
        || pk.starts_with(ItemKey::WATCHES)
        || pk == ItemKey::LEARNED
        || [ItemKey::FACETS, "d#", "p#", "e#"].iter().any(|letter| sk.starts_with(letter));
    Some((pk, sk, item.get("b")?.as_b().ok()?.clone().into_inner())).filter(|_| asked_for)
}
