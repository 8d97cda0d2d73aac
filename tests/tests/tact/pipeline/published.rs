//! Which catalogue decides: the one put in force last, from the next batch on, and the last good one whenever that cannot be used.

use serde_json::Value;
use tact_decide::Catalogue;
use tact_domain::{CustomerId, FacetKind, Timestamp};
use tact_pipeline::{Item, ItemKey, Nonce, Process, PublishError, Store, StoreError, Versions, Write};
use tact_wire::{decode_catalogue, encode_catalogue, sha256_hex};

use super::world::{
    CATALOGUE, Function, MINUTE, SATURDAY, block_on, check_in, coffee_drinker, decision_of, handle, sound_function,
};
use crate::faults::{Fault, FaultyStore, Script};
use crate::memory_store::MemoryStore;

/// The default catalogue under another name: it has a hash of its own.
fn renamed(name: &str) -> Catalogue {
    let mut catalogue = CATALOGUE.clone();
    name.clone_into(&mut catalogue.brand.name);
    decode_catalogue(&encode_catalogue(&catalogue)).unwrap()
}

async fn published(store: &impl Store, catalogue: &Catalogue) -> Result<Option<String>, PublishError> {
    Versions::of(catalogue.clone()).publish(store).await?;
    Versions::put_in_force(store, &Process::named("publisher"), &catalogue.hash).await
}

async fn put(store: &impl Store, key: ItemKey, bytes: &[u8]) {
    let write = [Write { key, expected: None, bytes: bytes.to_vec(), forget_at: None, due_at: None }];
    store.commit(&write, Nonce::of(&write)).await.unwrap();
}

/// The catalogue that decides on the next batch, and whether it is not the one in force.
fn deciding(function: &Function, n: i64) -> (String, bool) {
    let id = format!("visit-{n}");
    let report = block_on(handle(function, &[check_in(&id, "ana", SATURDAY + n * MINUTE)]));
    assert_eq!(report.first_undone, None, "{:?}", report.failure);
    let records = function.log.records();
    let (_, line) = records.iter().rfind(|(known, _)| *known == decision_of(&id)).unwrap();
    let record: Value = serde_json::from_str(line).unwrap();
    (record["body"]["catalogue"].as_str().unwrap().to_owned(), report.not_in_force.is_some())
}

fn function_of_ana() -> Function {
    let function = sound_function();
    block_on(handle(&function, &coffee_drinker("ana", &["inbox"])));
    function
}

#[test]
fn the_next_batch_decides_with_what_was_published_and_a_former_hash_is_the_way_back() {
    let function = function_of_ana();
    let (spring, summer) = (renamed("Spring"), renamed("Summer"));
    assert_eq!(deciding(&function, 0), (CATALOGUE.hash.clone(), false), "nothing was ever published");
    assert_eq!(block_on(published(&function.store, &spring)), Ok(None));
    assert_eq!(deciding(&function, 1), (spring.hash.clone(), false));
    assert_eq!(block_on(published(&function.store, &summer)), Ok(Some(spring.hash.clone())));
    assert_eq!(deciding(&function, 2), (summer.hash.clone(), false));
    let operator = Process::named("operator");
    let back = block_on(Versions::put_in_force(&function.store, &operator, &spring.hash));
    assert_eq!(back, Ok(Some(summer.hash)));
    assert_eq!(deciding(&function, 3), (spring.hash, false));
}

#[test]
fn a_process_that_knows_every_catalogue_asks_once_a_batch_which_is_in_force() {
    let function = function_of_ana();
    block_on(published(&function.store.inner, &renamed("Spring"))).unwrap();
    deciding(&function, 0);
    let before = function.store.trace.calls().len();
    deciding(&function, 1);
    let calls = function.store.trace.calls()[before..].to_vec();
    let asked = calls.iter().filter(|call| !matches!(call, crate::faults::Call::Log(_))).count();
    assert_eq!(calls[0], crate::faults::Call::Get(ItemKey::InForce));
    assert!(asked <= 3, "which catalogue, the customer, the commit: {calls:?}");
}

#[test]
fn while_the_catalogue_in_force_cannot_be_used_the_last_good_one_decides() {
    let function = function_of_ana();
    let good = renamed("Good");
    block_on(published(&function.store, &good)).unwrap();
    assert_eq!(deciding(&function, 0), (good.hash.clone(), false));
    let newer = br#"{"format":99}"#.to_vec();
    let strange =
        String::from_utf8(encode_catalogue(&good)).unwrap().replacen("\"slots\":[", "\"slots\":[\"moon\",", 1);
    assert!(strange.contains("moon"));
    let broken: [(&str, Option<Vec<u8>>); 4] = [
        ("not there", None),
        ("newer", Some(newer)),
        ("asks for something unknown", Some(strange.into_bytes())),
        ("no catalogue", Some(b"hello".to_vec())),
    ];
    for (n, (what, bytes)) in (1..).zip(broken) {
        let hash = sha256_hex(bytes.as_deref().unwrap_or(b"gone"));
        if let Some(bytes) = bytes {
            block_on(put(&function.store, ItemKey::Catalogue(hash.clone(), 0), &bytes));
        }
        let refused = block_on(Versions::put_in_force(&function.store, &Process::named("publisher"), &hash));
        assert!(refused.is_err(), "{what}: a publisher refuses it");
        let current = serde_json::json!({ "hash": hash }).to_string();
        block_on(put(&function.store, ItemKey::InForce, current.as_bytes()));
        assert_eq!(deciding(&function, n), (good.hash.clone(), true), "{what}");
    }
    block_on(put(&function.store, ItemKey::InForce, b"?"));
    assert_eq!(deciding(&function, 10), (good.hash.clone(), true));
    let fresh = Versions::of(CATALOGUE.clone());
    let started = block_on(fresh.in_force(&function.store));
    assert_eq!(started.catalogue.hash, CATALOGUE.hash, "one that has just begun knows that of its build");
    assert!(started.failure.is_some());
}

/// A table that never answers.
struct Mute;

impl Store for Mute {
    async fn load(&self, _customer: &CustomerId) -> Result<Vec<(FacetKind, Item)>, StoreError> {
        Err(StoreError::Throttled)
    }

    async fn get(&self, _key: &ItemKey) -> Result<Option<Item>, StoreError> {
        Err(StoreError::Throttled)
    }

    async fn queue(&self, _store: &str) -> Result<Vec<Item>, StoreError> {
        Err(StoreError::Throttled)
    }

    async fn commit(&self, _writes: &[Write], _nonce: Nonce) -> Result<(), StoreError> {
        Err(StoreError::Throttled)
    }

    async fn due(&self, _until: Timestamp, _limit: usize) -> Result<Vec<ItemKey>, StoreError> {
        Err(StoreError::Throttled)
    }
}

#[test]
fn a_table_that_does_not_say_which_is_in_force_changes_nothing() {
    let (store, good) = (MemoryStore::default(), renamed("Good"));
    block_on(published(&store, &good)).unwrap();
    let versions = Versions::of(CATALOGUE.clone());
    assert_eq!(block_on(versions.in_force(&store)).catalogue.hash, good.hash);
    let unsaid = block_on(versions.in_force(&Mute));
    assert_eq!((&unsaid.catalogue.hash, unsaid.failure.as_deref()), (&good.hash, Some("the table is throttling")));
}

#[test]
fn of_two_publishers_at_the_same_instant_one_wins_and_the_other_is_told() {
    let inner = MemoryStore::default();
    let (spring, summer) = (renamed("Spring"), renamed("Summer"));
    let (process, other) = (Process::named("one"), Process::named("other"));
    let (first, second) = block_on(async {
        for catalogue in [&spring, &summer] {
            Versions::of(catalogue.clone()).publish(&inner).await.unwrap();
        }
        let store =
            FaultyStore { inner: inner.clone(), script: Script::of(&[Fault::Yield; 40]), ..FaultyStore::default() };
        tokio::join!(
            Versions::put_in_force(&store, &process, &spring.hash),
            Versions::put_in_force(&store, &other, &summer.hash),
        )
    });
    let won = [&first, &second].into_iter().filter(|published| published.is_ok()).count();
    assert_eq!(won, 1, "{first:?}, {second:?}");
    let told = first.as_ref().err().or(second.as_ref().err()).unwrap();
    assert_eq!(*told, PublishError::Overtaken);
    assert!(told.to_string().contains("publish again"));
    let winner = if first.is_ok() { spring } else { summer };
    let in_force = block_on(Versions::of(CATALOGUE.clone()).in_force(&inner));
    assert_eq!(in_force.catalogue.hash, winner.hash);
}

#[test]
fn a_catalogue_that_takes_many_items_is_put_together_again() {
    let mut large = CATALOGUE.clone();
    large.brand.help = "h".repeat(700_000);
    let large = decode_catalogue(&encode_catalogue(&large)).unwrap();
    let store = MemoryStore::default();
    block_on(published(&store, &large)).unwrap();
    let read = block_on(Versions::of(CATALOGUE.clone()).in_force(&store));
    assert_eq!((read.catalogue.as_ref(), read.failure), (&large, None));
}
