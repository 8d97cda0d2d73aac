//! The embedded database through the real SDK: what the store relies on.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TransactWriteItem, Update,
};

use super::*;

const TABLE: &str = "tact";

type Item = HashMap<String, AttributeValue>;

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn facet(sort_key: &str, version: i64) -> Item {
    let pairs = [("pk", s("c#42")), ("sk", s(sort_key)), ("version", n(version))];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn started() -> (Embedded, Client) {
    let database = Embedded::start(None).await.unwrap();
    let client = database.client();
    create_table(&client, TABLE).await.unwrap();
    (database, client)
}

async fn put(client: &Client, item: Item) {
    client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
}

async fn facets(client: &Client) -> Vec<Item> {
    let query = client
        .query()
        .table_name(TABLE)
        .consistent_read(true)
        .key_condition_expression("pk = :pk AND begins_with(sk, :facets)")
        .expression_attribute_values(":pk", s("c#42"))
        .expression_attribute_values(":facets", s("f#"));
    query.send().await.unwrap().items.unwrap_or_default()
}

fn put_once(item: Item) -> TransactWriteItem {
    let put = Put::builder().table_name(TABLE).set_item(Some(item)).condition_expression("attribute_not_exists(pk)");
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

fn update_from_version(sort_key: &str, version: i64) -> TransactWriteItem {
    let update = Update::builder()
        .table_name(TABLE)
        .key("pk", s("c#42"))
        .key("sk", s(sort_key))
        .update_expression("SET version = :next")
        .condition_expression("version = :seen")
        .expression_attribute_values(":next", n(version + 1))
        .expression_attribute_values(":seen", n(version))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    TransactWriteItem::builder().update(update.build().unwrap()).build()
}

#[tokio::test]
async fn one_query_reads_the_facets_of_a_customer_and_nothing_else() {
    let (database, client) = started().await;
    for sort_key in ["f#checkin", "f#purchase", "d#1"] {
        put(&client, facet(sort_key, 1)).await;
    }
    assert_eq!(facets(&client).await, [facet("f#checkin", 1), facet("f#purchase", 1)]);
    database.stop().await.unwrap();
}

#[tokio::test]
async fn a_failed_condition_of_an_update_returns_the_old_item() {
    let (_database, client) = started().await;
    put(&client, facet("f#checkin", 3)).await;
    let update = client
        .update_item()
        .table_name(TABLE)
        .key("pk", s("c#42"))
        .key("sk", s("f#checkin"))
        .update_expression("SET version = :next")
        .condition_expression("version = :seen")
        .expression_attribute_values(":next", n(3))
        .expression_attribute_values(":seen", n(2))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let error = update.send().await.unwrap_err().into_service_error();
    let UpdateItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("not a failed condition");
    };
    assert_eq!(failed.item, Some(facet("f#checkin", 3)));
}

#[tokio::test]
async fn a_cancelled_transaction_writes_nothing_and_says_which_item_failed_with_its_old_value() {
    let (_database, client) = started().await;
    put(&client, facet("f#contact", 7)).await;
    let transaction = client
        .transact_write_items()
        .transact_items(put_once(facet("d#1", 1)))
        .transact_items(update_from_version("f#contact", 6));
    let error = transaction.send().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { panic!("not cancelled") };
    let reasons = cancelled.cancellation_reasons();
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code.as_deref()).collect();
    assert_eq!(codes, [Some("None"), Some("ConditionalCheckFailed")]);
    assert_eq!(reasons[1].item, Some(facet("f#contact", 7)));
    let written = client.get_item().table_name(TABLE).key("pk", s("c#42")).key("sk", s("d#1")).send().await.unwrap();
    assert_eq!(written.item, None);
}

#[tokio::test]
async fn a_transaction_sent_again_with_its_token_succeeds_without_a_second_effect() {
    let (_database, client) = started().await;
    put(&client, facet("f#contact", 1)).await;
    let transaction = || {
        client
            .transact_write_items()
            .client_request_token("commit-1")
            .transact_items(put_once(facet("d#1", 1)))
            .transact_items(update_from_version("f#contact", 1))
    };
    transaction().send().await.unwrap();
    transaction().send().await.unwrap();
    assert_eq!(facets(&client).await, [facet("f#contact", 2)]);
    let other =
        client.transact_write_items().client_request_token("commit-1").transact_items(put_once(facet("d#2", 1)));
    let error = other.send().await.unwrap_err().into_service_error();
    assert!(error.is_idempotent_parameter_mismatch_exception(), "{error:?}");
}

#[tokio::test]
async fn the_token_of_a_commit_never_reaches_the_emulator() {
    let (_database, client) = started().await;
    for sort_key in ["d#1", "d#2"] {
        let token = "0123456789abcdef0123456789abcdef";
        let transaction = client.transact_write_items().client_request_token(token);
        transaction.transact_items(put_once(facet(sort_key, 1))).send().await.expect("other content, the same token");
    }
}

#[tokio::test]
async fn only_what_is_due_is_in_the_index_in_order_of_its_time() {
    let (_database, client) = started().await;
    put(&client, facet("f#checkin", 1)).await;
    for (sort_key, due_at) in [("d#late", 30), ("d#soon", 10), ("d#later", 90)] {
        let mut item = facet(sort_key, 1);
        item.insert("due_shard".to_owned(), s("0"));
        item.insert("due_at".to_owned(), n(due_at));
        put(&client, item).await;
    }
    let query = client
        .query()
        .table_name(TABLE)
        .index_name("due")
        .key_condition_expression("due_shard = :shard AND due_at <= :until")
        .expression_attribute_values(":shard", s("0"))
        .expression_attribute_values(":until", n(30));
    let due = query.send().await.unwrap().items.unwrap_or_default();
    let keys: Vec<_> = due.iter().map(|item| item["sk"].as_s().unwrap().as_str()).collect();
    assert_eq!(keys, ["d#soon", "d#late"]);
    assert!(!due[0].contains_key("version"), "keys only");
}

#[tokio::test]
async fn a_directory_is_made_and_keeps_everything_across_a_restart() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("not/yet/there");
    let database = Embedded::start(Some(&directory)).await.unwrap();
    create_table(&database.client(), TABLE).await.unwrap();
    put(&database.client(), facet("f#checkin", 5)).await;
    database.stop().await.unwrap();

    let database = Embedded::start(Some(&directory)).await.unwrap();
    create_table(&database.client(), TABLE).await.unwrap();
    assert_eq!(facets(&database.client()).await, [facet("f#checkin", 5)]);
    database.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_in_use_is_refused_until_it_is_let_go() {
    let directory = tempfile::tempdir().unwrap();
    let first = Embedded::start(Some(directory.path())).await.unwrap();
    let refused = Embedded::start(Some(directory.path())).await.unwrap_err();
    assert!(matches!(refused, DatabaseError::InUse(_)), "{refused}");
    first.stop().await.unwrap();
    Embedded::start(Some(directory.path())).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_file_in_place_of_the_directory_is_an_error_that_names_it() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("occupied");
    std::fs::write(&file, "a file").unwrap();
    let refused = Embedded::start(Some(&file)).await.unwrap_err().to_string();
    assert!(refused.contains("occupied") && refused.contains("directory"), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_and_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tact.db");
    let content = "this is not a database ".repeat(100);
    std::fs::write(&file, &content).unwrap();
    let refused = Embedded::start(Some(directory.path())).await.unwrap_err();
    assert!(matches!(refused, DatabaseError::Unreadable { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
}

#[tokio::test]
async fn a_table_with_other_keys_is_refused() {
    let database = Embedded::start(None).await.unwrap();
    let client = database.client();
    let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S).build();
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build();
    let table = client
        .create_table()
        .table_name(TABLE)
        .attribute_definitions(id.unwrap())
        .key_schema(key.unwrap())
        .billing_mode(BillingMode::PayPerRequest);
    table.send().await.unwrap();
    let refused = create_table(&client, TABLE).await.unwrap_err();
    assert!(matches!(refused, DatabaseError::Table { .. }), "{refused}");
}
