//! What `dispatch` sent: rendered again from the table, and compared with what arrived, so that what a run tells of a message is what its recipient got.

use serde_json::{Value, json};
use tact_aws::DynamoStore;
use tact_domain::{Channel, Timestamp};
use tact_mapping::{Record, SequenceNumber};
use tact_pipeline::{Appeared, Dispatch, ItemKey, Store as _};
use tact_wire::{DecisionItem, Message};

use crate::delivered::Delivered;
use crate::sinks::Received;
use crate::stack::{RunClock, StackError};

/// What the table's stream tells of an item that appeared.
pub(super) fn record(key: &ItemKey, at: Timestamp, number: SequenceNumber) -> Record {
    let (seconds, millis) = (at.0.div_euclid(1_000), at.0.rem_euclid(1_000));
    let created: serde_json::Number = format!("{seconds}.{millis:03}").parse().unwrap_or_else(|_| seconds.into());
    let change = json!({
        "eventID": number.as_str(), "eventName": "INSERT", "eventVersion": "1.1",
        "dynamodb": {
            "ApproximateCreationDateTime": created, "SequenceNumber": number.as_str(), "SizeBytes": 0, "StreamViewType": "KEYS_ONLY",
            "Keys": { "pk": { "S": key.pk() }, "sk": { "S": key.sk() } },
        },
    });
    let arrived_at_ms = u64::try_from(at.0).unwrap_or(0);
    let data = change.to_string().into_bytes().into();
    Record { sequence_number: number, partition_key: key.pk().into(), data, arrived_at_ms }
}

/// The message that left for what appeared; `None` when none did.
pub(super) async fn message(
    renderer: &Dispatch<DynamoStore, Delivered, RunClock>,
    store: &DynamoStore,
    appeared: &Appeared,
    taken: &[Received],
) -> Result<Option<Message>, StackError> {
    let Some(ItemKey::Decision(customer, decision) | ItemKey::Turn(customer, decision, _)) = &appeared.key else {
        return Ok(None);
    };
    let found = store.get(&ItemKey::Decision(customer.clone(), *decision)).await?;
    let Some(item) = found.and_then(|found| DecisionItem::unpack(&found.bytes)) else { return Ok(None) };
    let arrived = taken.iter().find(|received| received.decision == decision.to_string());
    let left = match item.channel {
        Channel::Inbox | Channel::Associate => item.sent_at == Some(appeared.arrived),
        _ => arrived.is_some(),
    };
    if !left {
        return Ok(None);
    }
    let message = renderer.message(customer, *decision, appeared.arrived).await?;
    let Some(message) = message else { return Err(differs(&item, "cannot be rendered again")) };
    match arrived {
        Some(received) if !is_same(&message, received) => Err(differs(&item, "is not what was sent")),
        None if message.channel == Channel::Inbox => card(store, message, appeared.arrived).await.map(Some),
        _ => Ok(Some(message)),
    }
}

/// A card as it lies in the app, compared with the one rendered again.
async fn card(store: &DynamoStore, message: Message, at: Timestamp) -> Result<Message, StackError> {
    let key = ItemKey::Card(message.customer.clone(), message.decision);
    let card = store.get(&key).await?.and_then(|item| serde_json::from_slice::<Value>(&item.bytes).ok());
    let same = |card: &Value| {
        card.get("text").and_then(Value::as_str) == Some(&*message.text)
            && card.get("shown_from_ms").and_then(Value::as_i64) == Some(at.0)
    };
    if card.as_ref().is_some_and(same) {
        Ok(message)
    } else {
        Err(StackError::Table(format!("the card of `{}` is not the one that was decided", message.decision)))
    }
}

/// Whether what arrived says what the message says, to whom it says it.
fn is_same(message: &Message, received: &Received) -> bool {
    let says = |text: &str| received.text.replace("\r\n", "\n").trim_end() == text.trim_end();
    let to = match message.channel {
        // What is posted for the people of a store does not tell for whom.
        Channel::Associate => true,
        Channel::Webhook => received.to.as_deref() == Some(message.customer.as_str()),
        _ => received.to == message.to,
    };
    to && says(&message.text)
}

fn differs(item: &DecisionItem, how: &str) -> StackError {
    StackError::Table(format!("the message of `{}` by {} {how}", item.decision, item.channel.name()))
}
