//! What a function's answer says about its batch, when the mapping reports batch item failures.

use serde_json::Value;

use crate::stream::Record;

/// How many records of the batch, from its start, need not be delivered again: all of them, those before the lowest
/// failed one, or none when the answer makes no sense.
pub(super) fn processed(answer: &[u8], records: &[Record]) -> usize {
    let Some(failed) = failed_items(answer) else {
        return 0;
    };
    let places = failed.iter().map(|item| place(item, records));
    places.fold(records.len(), |lowest, place| lowest.min(place.unwrap_or(0)))
}

/// The items named as failed; empty for an answer that names none; `None` when it is malformed.
fn failed_items(answer: &[u8]) -> Option<Vec<Value>> {
    if answer.is_empty() {
        return Some(Vec::new());
    }
    match serde_json::from_slice(answer).ok()? {
        Value::Null => Some(Vec::new()),
        Value::Object(mut fields) => match fields.remove("batchItemFailures") {
            Some(Value::Array(items)) => Some(items),
            Some(Value::Null) => Some(Vec::new()),
            None if fields.is_empty() => Some(Vec::new()),
            _ => None,
        },
        _ => None,
    }
}

fn place(item: &Value, records: &[Record]) -> Option<usize> {
    let id = item.get("itemIdentifier")?.as_str()?;
    records.iter().position(|record| record.sequence_number.as_str() == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::tests::records;

    fn processed_of(answer: &str) -> usize {
        processed(answer.as_bytes(), &records(0..5))
    }

    fn failing(places: &[usize]) -> String {
        let ids = places.iter().map(|place| crate::stream::SequenceNumber::of(*place as u128).to_string());
        let items: Vec<_> = ids.map(|id| serde_json::json!({ "itemIdentifier": id })).collect();
        serde_json::json!({ "batchItemFailures": items }).to_string()
    }

    #[test]
    fn empty_and_null_answers_are_success() {
        for answer in ["", "null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#] {
            assert_eq!(processed_of(answer), 5, "{answer}");
        }
    }

    #[test]
    fn the_lowest_failed_record_counts_in_whatever_order_they_are_named() {
        assert_eq!(processed_of(&failing(&[3])), 3);
        assert_eq!(processed_of(&failing(&[4, 1, 1, 3])), 1);
        assert_eq!(processed_of(&failing(&[0])), 0);
    }

    #[test]
    fn malformed_answers_fail_the_whole_batch() {
        let malformed = [
            "nonsense",
            "[]",
            "true",
            r#"{"batchItemFailures":"3"}"#,
            r#"{"batchItemFailure":[]}"#,
            r#"{"batchItemFailures":[{}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemidentifier":"1"}]}"#,
        ];
        for answer in malformed {
            assert_eq!(processed_of(answer), 0, "{answer}");
        }
    }

    #[test]
    fn an_unknown_id_fails_the_whole_batch_even_beside_a_known_one() {
        assert_eq!(processed_of(&failing(&[3, 99])), 0);
    }
}
