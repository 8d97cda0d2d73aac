//! The one table: every item under a partition key and a sort key, and a sparse index of what is due.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, GlobalSecondaryIndexDescription, KeySchemaElement, KeyType,
    Projection, ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TableDescription,
};

use super::DatabaseError;

/// The index over what is unfinished: items without `due_shard` are not in it.
const DUE_INDEX: &str = "due";
/// Key attributes of the table and the index, with their types.
const ATTRIBUTES: [(&str, ScalarAttributeType); 4] = [
    ("pk", ScalarAttributeType::S),
    ("sk", ScalarAttributeType::S),
    ("due_shard", ScalarAttributeType::S),
    ("due_at", ScalarAttributeType::N),
];

/// Makes the table, or takes the one that exists when its keys are the same.
///
/// # Errors
/// When the table can be neither made nor described, or exists with other keys.
pub async fn create_table(client: &Client, name: &str) -> Result<(), DatabaseError> {
    let failed = |reason: String| DatabaseError::Table { name: name.to_owned(), reason };
    match request(client, name).await {
        Ok(()) => Ok(()),
        Err(CreateTableError::ResourceInUseException(_)) => {
            let described = client.describe_table().table_name(name).send().await;
            let described = described.map_err(|error| failed(DisplayErrorContext(error).to_string()))?;
            let is_ours = described.table.as_ref().is_some_and(has_our_keys);
            if is_ours { Ok(()) } else { Err(failed("it exists with other keys or without the index".to_owned())) }
        }
        Err(error) => Err(failed(DisplayErrorContext(error).to_string())),
    }
}

/// Gives a table its stream, of keys only; one that has it keeps it.
///
/// # Errors
/// When the table cannot be changed, or has a stream of something else.
pub async fn give_stream(client: &Client, name: &str) -> Result<(), DatabaseError> {
    let failed = |reason: String| DatabaseError::Table { name: name.to_owned(), reason };
    let described = client.describe_table().table_name(name).send().await;
    let described = described.map_err(|error| failed(DisplayErrorContext(error).to_string()))?;
    let found = described.table.and_then(|table| table.stream_specification);
    match found.filter(StreamSpecification::stream_enabled).and_then(|stream| stream.stream_view_type) {
        Some(StreamViewType::KeysOnly) => return Ok(()),
        Some(other) => return Err(failed(format!("its stream is of `{other}`, not of keys only"))),
        None => {}
    }
    let wanted = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::KeysOnly).build();
    let wanted = wanted.map_err(|error| failed(error.to_string()))?;
    let changed = client.update_table().table_name(name).stream_specification(wanted).send().await;
    changed.map(|_| ()).map_err(|error| failed(DisplayErrorContext(error).to_string()))
}

async fn request(client: &Client, name: &str) -> Result<(), CreateTableError> {
    let built = || -> Result<_, BuildError> {
        let due = GlobalSecondaryIndex::builder()
            .index_name(DUE_INDEX)
            .set_key_schema(Some(key_schema("due_shard", "due_at")?))
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
            .build()?;
        Ok((attributes()?, key_schema("pk", "sk")?, due))
    };
    let (attributes, keys, due) = built().map_err(CreateTableError::unhandled)?;
    let sent = client
        .create_table()
        .table_name(name)
        .set_attribute_definitions(Some(attributes))
        .set_key_schema(Some(keys))
        .billing_mode(BillingMode::PayPerRequest)
        .global_secondary_indexes(due)
        .send()
        .await;
    sent.map(|_| ()).map_err(SdkError::into_service_error)
}

fn attributes() -> Result<Vec<AttributeDefinition>, BuildError> {
    let attribute = |(name, kind)| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    ATTRIBUTES.into_iter().map(attribute).collect()
}

fn key_schema(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![element(hash, KeyType::Hash)?, element(range, KeyType::Range)?])
}

fn has_our_keys(table: &TableDescription) -> bool {
    let has_due = |index: &GlobalSecondaryIndexDescription| {
        index.index_name() == Some(DUE_INDEX)
            && key_schema("due_shard", "due_at").is_ok_and(|keys| keys == index.key_schema())
    };
    key_schema("pk", "sk").is_ok_and(|keys| keys == table.key_schema())
        && table.global_secondary_indexes().iter().any(has_due)
}
