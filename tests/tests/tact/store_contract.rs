//! The contract of `Store`, once for every store there is: the table in memory and DynamoDB, embedded.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use tact::database::{Embedded, create_table};
use tact_aws::DynamoStore;
use tact_domain::{CustomerId, DecisionId, FacetKind, Fingerprint, Timestamp};
use tact_pipeline::{Item, ItemKey, Nonce, Store, StoreError, Write};

use crate::memory_store::MemoryStore;

const TABLE: &str = "tact";

fn customer(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

fn facet(name: &str, kind: FacetKind) -> ItemKey {
    ItemKey::Facet(customer(name), kind)
}

fn decision(name: &str, id: u128) -> ItemKey {
    ItemKey::Decision(customer(name), DecisionId(id))
}

fn write(key: ItemKey, expected: Option<u64>, bytes: &str) -> Write {
    Write { key, expected, bytes: bytes.as_bytes().to_vec(), forget_at: None, due_at: None }
}

async fn commit(store: &impl Store, writes: &[Write]) -> Result<(), StoreError> {
    store.commit(writes, Nonce::of(writes)).await
}

/// The version and value of an item; `None` when there is none.
async fn read(store: &impl Store, key: &ItemKey) -> Option<(u64, String)> {
    let item = store.get(key).await.unwrap()?;
    Some((item.version, String::from_utf8(item.bytes).unwrap()))
}

/// Every law, each on customers of its own.
async fn keeps_the_contract(store: &impl Store) {
    a_customer_we_do_not_know_is_empty(store).await;
    load_sees_what_commit_wrote_and_nothing_else(store).await;
    versions_count_up_and_a_stale_one_is_a_conflict(store).await;
    a_write_without_expectation_always_succeeds(store).await;
    all_is_written_or_nothing(store).await;
    whoever_lost_the_answer_recognises_the_own_write(store).await;
    every_kind_of_key_is_a_place_of_its_own(store).await;
    what_is_due_is_found_until_it_is_settled(store).await;
    what_is_due_first_is_found_first(store).await;
    assert_eq!(store.commit(&[], Nonce(0)).await, Ok(()), "nothing to write is written");
}

async fn a_customer_we_do_not_know_is_empty(store: &impl Store) {
    assert_eq!(store.load(&customer("nobody")).await, Ok(Vec::new()));
    assert_eq!(store.get(&decision("nobody", 1)).await, Ok(None));
}

async fn load_sees_what_commit_wrote_and_nothing_else(store: &impl Store) {
    let writes: Vec<_> = FacetKind::ALL.iter().map(|kind| write(facet("ana", *kind), Some(0), kind.name())).collect();
    let others = [write(decision("ana", 7), Some(0), "d"), write(facet("ana2", FacetKind::CheckIn), Some(0), "other")];
    assert_eq!(commit(store, &[&writes[..], &others].concat()).await, Ok(()));
    let nonce = Nonce::of(&[&writes[..], &others].concat());
    let loaded: BTreeMap<_, _> = store.load(&customer("ana")).await.unwrap().into_iter().collect();
    let item = |kind: FacetKind| Item { version: 1, nonce, bytes: kind.name().as_bytes().to_vec() };
    assert_eq!(loaded, FacetKind::ALL.into_iter().map(|kind| (kind, item(kind))).collect());
}

async fn versions_count_up_and_a_stale_one_is_a_conflict(store: &impl Store) {
    let key = facet("bo", FacetKind::Purchase);
    for version in 0..4 {
        assert_eq!(commit(store, &[write(key.clone(), Some(version), &format!("v{version}"))]).await, Ok(()));
        assert_eq!(read(store, &key).await, Some((version + 1, format!("v{version}"))));
    }
    for stale in [0, 1, 3, 5] {
        let refused = commit(store, &[write(key.clone(), Some(stale), "stale")]).await;
        assert_eq!(refused, Err(StoreError::Conflict), "expected {stale}");
    }
    assert_eq!(read(store, &key).await, Some((4, "v3".to_owned())), "a refused write leaves no trace");
    let absent = commit(store, &[write(facet("bo", FacetKind::Contact), Some(1), "x")]).await;
    assert_eq!(absent, Err(StoreError::Conflict), "an item that is not there has no version");
}

async fn a_write_without_expectation_always_succeeds(store: &impl Store) {
    let key = ItemKey::Proof(customer("cy"), Fingerprint(3));
    for text in ["first", "second", "second"] {
        assert_eq!(commit(store, &[write(key.clone(), None, text)]).await, Ok(()));
        assert_eq!(read(store, &key).await.unwrap().1, text);
    }
}

async fn all_is_written_or_nothing(store: &impl Store) {
    let (own, ledger, outbox) = (facet("di", FacetKind::CheckIn), facet("di", FacetKind::Contact), decision("di", 1));
    commit(store, &[write(ledger.clone(), Some(0), "spent by another")]).await.unwrap();
    for place in 0..3 {
        let mut writes = [write(own.clone(), Some(0), "own"), write(outbox.clone(), Some(0), "outbox")].to_vec();
        writes.insert(place, write(ledger.clone(), Some(0), "spent"));
        assert_eq!(commit(store, &writes).await, Err(StoreError::Conflict), "the stale one in place {place}");
        assert_eq!((read(store, &own).await, read(store, &outbox).await), (None, None));
    }
    let writes = [
        write(own.clone(), Some(0), "own"),
        write(ledger.clone(), Some(1), "spent"),
        write(outbox.clone(), Some(0), "o"),
    ];
    assert_eq!(commit(store, &writes).await, Ok(()));
    assert_eq!(read(store, &ledger).await, Some((2, "spent".to_owned())));
    assert_eq!((read(store, &own).await.unwrap().0, read(store, &outbox).await.unwrap().0), (1, 1));
}

async fn whoever_lost_the_answer_recognises_the_own_write(store: &impl Store) {
    let one = [write(facet("ed", FacetKind::CheckIn), Some(0), "one")];
    let many =
        [write(facet("fa", FacetKind::CheckIn), Some(0), "a"), write(facet("fa", FacetKind::Contact), Some(0), "b")];
    for writes in [&one[..], &many] {
        assert_eq!(commit(store, writes).await, Ok(()));
        assert_eq!(commit(store, writes).await, Ok(()), "the same commit again");
        assert_eq!(read(store, &writes[0].key).await.unwrap().0, 1, "and it was not written twice");
    }
    let other = [write(facet("ed", FacetKind::CheckIn), Some(0), "other")];
    assert_eq!(commit(store, &other).await, Err(StoreError::Conflict), "somebody else's write is not ours");
}

async fn every_kind_of_key_is_a_place_of_its_own(store: &impl Store) {
    let keys = [
        facet("gil", FacetKind::Consent),
        decision("gil", 1),
        decision("gil", 2),
        ItemKey::Proof(customer("gil"), Fingerprint(1)),
        ItemKey::Addresses(customer("gil")),
        ItemKey::Turn(customer("gil"), DecisionId(1), 7),
        ItemKey::Turn(customer("gil"), DecisionId(1), 8),
        ItemKey::Appointment(customer("gil"), "grow".into()),
        ItemKey::Appointment(customer("gil"), "retain".into()),
        ItemKey::Card(customer("gil"), DecisionId(1)),
        ItemKey::Entitlement(customer("gil"), "spend".into(), Fingerprint(1)),
        ItemKey::Entitlement(customer("gil"), "spend".into(), Fingerprint(2)),
        ItemKey::Number("ab12".to_owned()),
        ItemKey::Coupon("ab12".to_owned()),
        ItemKey::Switch,
        ItemKey::InForce,
        ItemKey::Catalogue("ab12".to_owned(), 0),
        ItemKey::Lease("spend/20757".into(), 0),
        ItemKey::Lease("spend/20757".into(), 1),
        ItemKey::Lease("spend/20758".into(), 0),
    ];
    let text = |key: &ItemKey| format!("{key:?}");
    let writes: Vec<_> = keys.iter().map(|key| write(key.clone(), Some(0), &text(key))).collect();
    assert_eq!(commit(store, &writes).await, Ok(()));
    for key in &keys {
        assert_eq!(read(store, key).await, Some((1, text(key))));
    }
    assert_eq!(store.load(&customer("gil")).await.unwrap().len(), 1, "only the facet is loaded");
}

async fn what_is_due_is_found_until_it_is_settled(store: &impl Store) {
    let (waits, asks) = (decision("hal", 1), ItemKey::Appointment(customer("hal"), "grow".into()));
    let at = |key: &ItemKey, version, due_at: Option<i64>| Write {
        due_at: due_at.map(Timestamp),
        ..write(key.clone(), Some(version), "waits")
    };
    let writes = [at(&waits, 0, Some(2_000)), at(&asks, 0, Some(1_000)), at(&decision("hal", 2), 0, None)];
    assert_eq!(commit(store, &writes).await, Ok(()));
    let found = [(999, vec![]), (1_000, vec![&asks]), (1_999, vec![&asks]), (2_000, vec![&asks, &waits])];
    for (until, keys) in found {
        assert_eq!(due(store, "hal", until).await.iter().collect::<Vec<_>>(), keys, "at {until}");
    }
    assert_eq!(commit(store, &[at(&waits, 1, Some(3_000))]).await, Ok(()));
    assert_eq!(due(store, "hal", 2_999).await, vec![asks.clone()], "put off");
    assert_eq!(commit(store, &[at(&waits, 1, None)]).await, Err(StoreError::Conflict));
    assert_eq!(due(store, "hal", 3_000).await, [asks.clone(), waits.clone()], "a refused write moves nothing");
    assert_eq!(commit(store, &[at(&waits, 2, None), at(&asks, 1, None)]).await, Ok(()));
    assert_eq!(due(store, "hal", i64::MAX).await, [], "settled");
    assert_eq!(read(store, &waits).await.unwrap().0, 3, "and still there");
}

async fn what_is_due_first_is_found_first(store: &impl Store) {
    for (id, at) in [(1, 500), (2, 300), (3, 400), (4, -1)] {
        let waiting = Write { due_at: Some(Timestamp(at)), ..write(decision("ida", id), Some(0), "waits") };
        assert_eq!(commit(store, &[waiting]).await, Ok(()));
    }
    let order = [4, 2, 3, 1].map(|id| decision("ida", id));
    assert_eq!(due(store, "ida", 500).await, order);
    let first = store.due(Timestamp(500), 2).await.unwrap();
    assert!(order[..2].iter().all(|key| first.contains(key)), "{first:?}");
    assert!(!first.contains(&order[2]) && !first.contains(&order[3]), "the limit leaves the latest out: {first:?}");
}

/// What is due of one customer.
async fn due(store: &impl Store, name: &str, until: i64) -> Vec<ItemKey> {
    let mut found = store.due(Timestamp(until), 1_000).await.unwrap();
    found.retain(|key| key.pk() == format!("c#{name}"));
    found
}

#[tokio::test]
async fn the_table_in_memory_keeps_the_contract() {
    keeps_the_contract(&MemoryStore::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynamodb_keeps_the_contract_and_survives_what_others_left_in_the_table() {
    let database = Embedded::start(None).await.unwrap();
    let client = database.client();
    create_table(&client, TABLE).await.unwrap();
    let store = DynamoStore::new(client.clone(), TABLE.to_owned());
    keeps_the_contract(&store).await;
    what_may_be_forgotten_says_when(&store, &client).await;
    facets_of_a_kind_we_do_not_know_are_ignored(&store, &client).await;
    what_cannot_be_read_is_said_and_not_taken_for_nothing(&store, &client).await;
    database.stop().await.unwrap();
    assert!(matches!(store.load(&customer("ana")).await, Err(StoreError::Unavailable(_))), "a table that is gone");
}

async fn what_may_be_forgotten_says_when(store: &DynamoStore, client: &Client) {
    let keys = [decision("ttl", 1), decision("ttl", 2), facet("ttl", FacetKind::CheckIn)];
    let forget = |key: &ItemKey, ms| Write { forget_at: Some(Timestamp(ms)), ..write(key.clone(), Some(0), "x") };
    commit(store, &[forget(&keys[0], 1_793_458_920_999)]).await.unwrap();
    let both = [forget(&keys[1], 1_800_000_000_000), write(keys[2].clone(), Some(0), "kept")];
    commit(store, &both).await.unwrap();
    let mut ttls = Vec::new();
    for key in &keys {
        ttls.push(raw(client, key).await.get("ttl").map(|ttl| ttl.as_n().unwrap().clone()));
    }
    assert_eq!(ttls, [Some("1793458920".to_owned()), Some("1800000000".to_owned()), None], "in epoch seconds");
}

async fn facets_of_a_kind_we_do_not_know_are_ignored(store: &DynamoStore, client: &Client) {
    let known = facet("kim", FacetKind::CheckIn);
    commit(store, &[write(known.clone(), Some(0), "known")]).await.unwrap();
    for sk in ["f#gossip", "f#", "f#checkin2", "f#Checkin"] {
        let mut strange = raw(client, &known).await;
        strange.insert("sk".to_owned(), AttributeValue::S(sk.to_owned()));
        strange.remove("v");
        put(client, strange).await;
    }
    let kinds: Vec<_> = store.load(&customer("kim")).await.unwrap().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [FacetKind::CheckIn]);
}

async fn what_cannot_be_read_is_said_and_not_taken_for_nothing(store: &DynamoStore, client: &Client) {
    let key = facet("lu", FacetKind::CheckIn);
    commit(store, &[write(key.clone(), Some(0), "sound")]).await.unwrap();
    let sound = raw(client, &key).await;
    let text = || AttributeValue::S("not a number".to_owned());
    let broken = [
        ("v", None),
        ("v", Some(text())),
        ("v", Some(AttributeValue::N("-1".to_owned()))),
        ("n", None),
        ("n", Some(text())),
        ("b", None),
        ("b", Some(text())),
        ("b", Some(AttributeValue::Null(true))),
    ];
    for (name, value) in broken {
        let mut attributes = sound.clone();
        match value.clone() {
            Some(value) => attributes.insert(name.to_owned(), value),
            None => attributes.remove(name),
        };
        put(client, attributes).await;
        for answer in [store.load(&customer("lu")).await.map(drop), store.get(&key).await.map(drop)] {
            assert_eq!(answer, Err(StoreError::Unreadable(format!("attribute `{name}`"))), "{value:?}");
        }
    }
    let empty = HashMap::from([("b".to_owned(), AttributeValue::B(Blob::new(Vec::new())))]);
    put(client, sound.into_iter().chain(empty).collect()).await;
    assert_eq!(
        store.get(&key).await.unwrap().unwrap().bytes,
        b"",
        "empty is readable here; the facet's reader refuses it"
    );
}

/// An item as the table holds it.
async fn raw(client: &Client, key: &ItemKey) -> HashMap<String, AttributeValue> {
    let get = client.get_item().table_name(TABLE).key("pk", AttributeValue::S(key.pk()));
    let answer = get.key("sk", AttributeValue::S(key.sk())).send().await;
    answer.unwrap().item.unwrap_or_else(|| panic!("no item {key:?}"))
}

async fn put(client: &Client, attributes: HashMap<String, AttributeValue>) {
    client.put_item().table_name(TABLE).set_item(Some(attributes)).send().await.unwrap();
}
