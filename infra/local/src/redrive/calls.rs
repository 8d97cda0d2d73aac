//! Records cut into calls that Kinesis takes, such that order is kept per key although a call may be refused in part.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Named, StreamRecord};

/// The most records one call takes.
const CALL_ENTRIES: usize = 500;
/// The most bytes of keys and data one call takes, a little below the service's 5 MiB. What is larger than that alone has a call of its own.
const CALL_BYTES: usize = 5_000_000;

#[derive(Default)]
struct Call<'a> {
    records: Vec<&'a StreamRecord>,
    bytes: usize,
}

impl Call<'_> {
    fn has_room_for(&self, record: &StreamRecord) -> bool {
        self.records.is_empty() || (self.records.len() < CALL_ENTRIES && self.bytes + record.bytes <= CALL_BYTES)
    }
}

/// Cuts records into calls to be made one after the other; none when there is nothing to put. No call holds a key twice: what is refused is put again before
/// the next call, so nothing of its key can overtake it.
pub fn calls(records: &[StreamRecord]) -> Vec<Vec<&StreamRecord>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    // From which call on there may be room, and which call comes after the last one with a key.
    let (mut open, mut after) = (0, BTreeMap::<&str, usize>::new());
    for record in records {
        let from = after.get(record.key.as_str()).copied().unwrap_or(0).max(open);
        let begun = calls.iter().enumerate().skip(from);
        let roomy = begun.filter(|(_, call)| call.has_room_for(record)).map(|(place, _)| place).next();
        let place = roomy.unwrap_or(calls.len());
        if roomy.is_none() {
            calls.push(Call::default());
        }
        if let Some(call) = calls.get_mut(place) {
            call.records.push(record);
            call.bytes += record.bytes;
        }
        after.insert(&record.key, place + 1);
        while calls.get(open).is_some_and(|call| call.records.len() == CALL_ENTRIES) {
            open += 1;
        }
    }
    calls.into_iter().map(|call| call.records).collect()
}

/// The body of a call of `PutRecords`.
pub fn put_records(stream: &Named, records: &[&StreamRecord]) -> Value {
    let records = records.iter().map(|record| json!({ "Data": record.data, "PartitionKey": record.key }));
    json!({ "StreamName": stream.name, "Records": records.collect::<Vec<_>>() })
}
