//! What a function's answer says about its batch.

use serde_json::Value;

use crate::lane::Held;
use crate::{Answer, Settings};

/// What became of an invocation.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// This many records, from the batch's start, need not be delivered again: at least one, unless it has none. With
    /// windows, the state that the function returned.
    Processed { count: usize, state: Option<Value> },
    /// Nothing was processed.
    Failed { is_function_error: bool },
    /// The function was not reached.
    NotInvoked,
}

/// Reads an answer as far as the settings ask for it: a state when there are windows, failed items when they are
/// reported; otherwise an answer of any content is success.
pub(crate) fn read(answer: Answer<'_>, held: &[Held], settings: &Settings) -> Verdict {
    let bytes = match answer {
        Answer::Returned(bytes) => bytes,
        Answer::Failed => return Verdict::Failed { is_function_error: true },
        Answer::NotInvoked => return Verdict::NotInvoked,
    };
    let has_windows = settings.tumbling_window_ms > 0;
    if !has_windows && !settings.report_batch_item_failures {
        return Verdict::Processed { count: held.len(), state: None };
    }
    let Some(mut fields) = fields(bytes) else {
        return Verdict::Failed { is_function_error: false };
    };
    let state = if has_windows { fields.remove("state") } else { None };
    if has_windows && state.is_none() {
        return Verdict::Failed { is_function_error: false };
    }
    let count = if settings.report_batch_item_failures { processed(fields, held) } else { held.len() };
    if count == 0 && !held.is_empty() {
        return Verdict::Failed { is_function_error: false };
    }
    Verdict::Processed { count, state }
}

/// The answer's fields; none for an empty answer and for null; `None` when it is neither nor an object.
fn fields(answer: &[u8]) -> Option<serde_json::Map<String, Value>> {
    if answer.is_empty() {
        return Some(serde_json::Map::new());
    }
    match serde_json::from_slice(answer).ok()? {
        Value::Null => Some(serde_json::Map::new()),
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// How many records of the batch, from its start, need not be delivered again: all of them, those before the lowest
/// failed one, or none when the answer makes no sense.
fn processed(fields: serde_json::Map<String, Value>, held: &[Held]) -> usize {
    let Some(failed) = failed_items(fields) else {
        return 0;
    };
    let places = failed.iter().map(|item| place(item, held));
    places.fold(held.len(), |lowest, place| lowest.min(place.unwrap_or(0)))
}

/// The items named as failed; empty for an answer that names none; `None` when it is malformed.
fn failed_items(mut fields: serde_json::Map<String, Value>) -> Option<Vec<Value>> {
    match fields.remove("batchItemFailures") {
        Some(Value::Array(items)) => Some(items),
        Some(Value::Null) => Some(Vec::new()),
        None if fields.is_empty() => Some(Vec::new()),
        _ => None,
    }
}

/// Where the record is that an item names: a batch is in the order of its sequence numbers.
fn place(item: &Value, held: &[Held]) -> Option<usize> {
    let id = item.get("itemIdentifier")?.as_str()?.parse().ok()?;
    held.binary_search_by(|held| held.record.sequence_number.cmp(&id)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::records;

    fn verdict(answer: &str, settings: &Settings) -> Verdict {
        let held: Vec<_> = records(0..5).into_iter().map(|record| Held { record, after: None }).collect();
        read(Answer::Returned(answer.as_bytes()), &held, settings)
    }

    fn processed_of(answer: &str) -> usize {
        match verdict(answer, &Settings { report_batch_item_failures: true, ..Settings::default() }) {
            Verdict::Processed { count, state: None } => count,
            Verdict::Failed { is_function_error: false } => 0,
            other => panic!("{other:?}"),
        }
    }

    fn failing(places: &[usize]) -> String {
        let ids = places.iter().map(|place| crate::SequenceNumber::of(*place as u128).to_string());
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

    #[test]
    fn with_windows_an_answer_without_a_state_is_a_failure() {
        let windows = Settings { tumbling_window_ms: 1_000, ..Settings::default() };
        for answer in ["", "null", "{}", "nonsense", r#"{"batchItemFailures":[]}"#] {
            assert_eq!(verdict(answer, &windows), Verdict::Failed { is_function_error: false }, "{answer}");
        }
        let answer = r#"{"state":{"a":1},"batchItemFailures":[{"itemIdentifier":"4"}]}"#;
        let state = Some(serde_json::json!({ "a": 1 }));
        assert_eq!(verdict(answer, &windows), Verdict::Processed { count: 5, state: state.clone() });
        let both = Settings { report_batch_item_failures: true, ..windows };
        assert_eq!(verdict(answer, &both), Verdict::Failed { is_function_error: false });
        assert_eq!(verdict(r#"{"state":{"a":1}}"#, &both), Verdict::Processed { count: 5, state });
    }
}
