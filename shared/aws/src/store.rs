//! The table in DynamoDB: one consistent query to load a customer, one conditional put or one transaction to commit.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use tact_domain::{CustomerId, FacetKind, Timestamp};
use tact_pipeline::{Item, ItemKey, Nonce, Store, StoreError, Write};

/// The attributes of an item, as DynamoDB gives them.
type Attributes = HashMap<String, AttributeValue>;

/// The sparse index of items that are due.
const DUE: &str = "due";
/// It has so many shards.
const DUE_SHARDS: u8 = 8;

/// The one table of a deployment.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// The table of this name, reached by this client.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl Store for DynamoStore {
    async fn load(&self, customer: &CustomerId) -> Result<Vec<(FacetKind, Item)>, StoreError> {
        let key = ItemKey::Facet(customer.clone(), FacetKind::Contact);
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :facets)");
        let query = query.expression_attribute_values(":pk", AttributeValue::S(key.pk()));
        let query = query.expression_attribute_values(":facets", AttributeValue::S(ItemKey::FACETS.to_owned()));
        // All facets of a customer together stay far below the megabyte of a page; half a profile is never decided on.
        let answer = query.send().await.map_err(failed)?;
        if answer.last_evaluated_key.is_some() {
            return Err(StoreError::Unreadable("more facets than one page holds".to_owned()));
        }
        answer.items.unwrap_or_default().iter().filter_map(|attributes| facet(attributes).transpose()).collect()
    }

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", AttributeValue::S(key.pk())).key("sk", AttributeValue::S(key.sk()));
        let answer = get.send().await.map_err(failed)?;
        answer.item.map(|attributes| item(&attributes)).transpose()
    }

    async fn queue(&self, store: &str) -> Result<Vec<Item>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :tasks)");
        let query = query.expression_attribute_values(":pk", AttributeValue::S(ItemKey::queue(store)));
        let query = query.expression_attribute_values(":tasks", AttributeValue::S(ItemKey::TASKS.to_owned()));
        let (mut pages, mut tasks) = (query.into_paginator().items().send(), Vec::new());
        while let Some(found) = pages.next().await {
            // One that makes no sense hides no other.
            tasks.extend(item(&found.map_err(failed)?).ok());
        }
        Ok(tasks)
    }

    async fn commit(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        match writes {
            [] => Ok(()),
            [write] => self.put(write, nonce).await,
            _ => self.transact(writes, nonce).await,
        }
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<ItemKey>, StoreError> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let mut due = Vec::new();
        for shard in 0..DUE_SHARDS {
            due.extend(self.due_in(shard, until, limit).await?);
        }
        Ok(due)
    }
}

impl DynamoStore {
    async fn due_in(&self, shard: u8, until: Timestamp, limit: i32) -> Result<Vec<ItemKey>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name(DUE).limit(limit);
        let query = query.key_condition_expression("due_shard = :shard AND due_at <= :until");
        let query = query.expression_attribute_values(":shard", AttributeValue::S(shard.to_string()));
        let query = query.expression_attribute_values(":until", AttributeValue::N(until.0.to_string()));
        let answer = query.send().await.map_err(failed)?;
        let text =
            |attributes: &Attributes, name: &str| attributes.get(name).and_then(|value| value.as_s().ok().cloned());
        let key = |attributes: &Attributes| ItemKey::parse(&text(attributes, "pk")?, &text(attributes, "sk")?);
        Ok(answer.items.unwrap_or_default().iter().filter_map(key).collect())
    }

    async fn put(&self, write: &Write, nonce: Nonce) -> Result<(), StoreError> {
        let (condition, values) = condition(write);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(attributes(write, nonce)));
        let put = put.set_condition_expression(condition).set_expression_attribute_values(values);
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) => match error.err() {
                PutItemError::ConditionalCheckFailedException(found) => own_write(found.item(), nonce),
                other => Err(named(other)),
            },
            Err(error) => Err(failed(error)),
        }
    }

    async fn transact(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        let items = writes.iter().map(|write| self.transact_item(write, nonce)).collect::<Result<Vec<_>, _>>()?;
        let transaction = self.client.transact_write_items().set_transact_items(Some(items));
        match transaction.client_request_token(nonce.to_string()).send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) => match error.err() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    let reasons = cancelled.cancellation_reasons();
                    let failed = reasons.iter().find(|reason| reason.code() == Some("ConditionalCheckFailed"));
                    let throttled = reasons.iter().any(|reason| reason.code().is_some_and(is_throttling));
                    match failed {
                        Some(reason) => own_write(reason.item(), nonce),
                        None if throttled => Err(StoreError::Throttled),
                        None => Err(StoreError::Conflict),
                    }
                }
                TransactWriteItemsError::TransactionInProgressException(_) => Err(StoreError::Conflict),
                other => Err(named(other)),
            },
            Err(error) => Err(failed(error)),
        }
    }

    fn transact_item(&self, write: &Write, nonce: Nonce) -> Result<TransactWriteItem, StoreError> {
        let (condition, values) = condition(write);
        let put = Put::builder().table_name(&self.table).set_item(Some(attributes(write, nonce)));
        let put = put.set_condition_expression(condition).set_expression_attribute_values(values);
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).build();
        let put = put.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// The shard of the index of due items that an item is in: by its partition key, so that no shard is hot.
fn due_shard(pk: &str) -> String {
    // The FNV-1a hash: all that matters is that it spreads, and stays as it is.
    let hash = pk
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash % u64::from(DUE_SHARDS)).to_string()
}

/// What must hold for a write: that nothing is there, that what is there has the expected version, or nothing at all.
fn condition(write: &Write) -> (Option<String>, Option<Attributes>) {
    match write.expected {
        None => (None, None),
        Some(0) => (Some("attribute_not_exists(pk)".to_owned()), None),
        Some(version) => {
            let version = HashMap::from([(":version".to_owned(), AttributeValue::N(version.to_string()))]);
            (Some("v = :version".to_owned()), Some(version))
        }
    }
}

/// A failed condition is a success when what stands there is our own write, whose answer was lost.
fn own_write(found: Option<&Attributes>, nonce: Nonce) -> Result<(), StoreError> {
    let standing = found.and_then(|attributes| attributes.get("n")).and_then(|n| n.as_s().ok());
    if standing.is_some_and(|standing| *standing == nonce.to_string()) { Ok(()) } else { Err(StoreError::Conflict) }
}

/// The stored form: keys, version `v`, nonce `n`, bytes `b`, its place in the index of due items where it has one, and `ttl` in epoch seconds where
/// the item may be forgotten.
fn attributes(write: &Write, nonce: Nonce) -> Attributes {
    let mut attributes = HashMap::from([
        ("pk".to_owned(), AttributeValue::S(write.key.pk())),
        ("sk".to_owned(), AttributeValue::S(write.key.sk())),
        ("v".to_owned(), AttributeValue::N(write.version().to_string())),
        ("n".to_owned(), AttributeValue::S(nonce.to_string())),
        ("b".to_owned(), AttributeValue::B(Blob::new(write.bytes.clone()))),
    ]);
    if let Some(at) = write.due_at {
        attributes.insert("due_shard".to_owned(), AttributeValue::S(due_shard(&write.key.pk())));
        attributes.insert("due_at".to_owned(), AttributeValue::N(at.0.to_string()));
    }
    if let Some(at) = write.forget_at {
        attributes.insert("ttl".to_owned(), AttributeValue::N(at.0.div_euclid(1000).to_string()));
    }
    attributes
}

/// Reads a facet; `None` for one of a kind this version does not know.
fn facet(attributes: &Attributes) -> Result<Option<(FacetKind, Item)>, StoreError> {
    let sk = attributes.get("sk").and_then(|sk| sk.as_s().ok()).map_or("", String::as_str);
    let kind = FacetKind::ALL.into_iter().find(|kind| sk.strip_prefix(ItemKey::FACETS) == Some(kind.name()));
    kind.map(|kind| Ok((kind, item(attributes)?))).transpose()
}

fn item(attributes: &Attributes) -> Result<Item, StoreError> {
    let unreadable = |name: &str| StoreError::Unreadable(format!("attribute `{name}`"));
    let version = attributes.get("v").and_then(|v| v.as_n().ok()).and_then(|v| v.parse().ok());
    let nonce = attributes.get("n").and_then(|n| n.as_s().ok()).and_then(|n| u128::from_str_radix(n, 16).ok());
    let bytes = attributes.get("b").and_then(|b| b.as_b().ok());
    Ok(Item {
        version: version.ok_or_else(|| unreadable("v"))?,
        nonce: Nonce(nonce.ok_or_else(|| unreadable("n"))?),
        bytes: bytes.ok_or_else(|| unreadable("b"))?.clone().into_inner(),
    })
}

fn failed<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> StoreError {
    match error {
        SdkError::ServiceError(error) => named(error.err()),
        SdkError::TimeoutError(_) => StoreError::Unavailable("time-out".to_owned()),
        SdkError::DispatchFailure(_) => StoreError::Unavailable("no connection".to_owned()),
        _ => StoreError::Unavailable("no sensible answer".to_owned()),
    }
}

/// The service's own code for what is wrong; its message may quote values, so it is left out.
fn named(error: &impl ProvideErrorMetadata) -> StoreError {
    match error.code() {
        Some(code) if is_throttling(code) => StoreError::Throttled,
        Some(code) => StoreError::Unavailable(code.to_owned()),
        None => StoreError::Unavailable("no code given".to_owned()),
    }
}

fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "ProvisionedThroughputExceeded"
            | "ThrottlingException"
            | "ThrottlingError"
            | "RequestLimitExceeded"
    )
}
