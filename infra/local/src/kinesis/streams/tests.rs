//! Streams by their names: told of what comes, refusing when asked to, forgetting what is old.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

/// Streams on a clock that is set by hand, and one stream of one shard.
fn streams(limits: Limits) -> (Streams, Arc<AtomicU64>) {
    let clock = Arc::new(AtomicU64::new(1_000_000_000));
    let hand = Arc::clone(&clock);
    let streams = Streams::new(move || hand.load(Ordering::Relaxed));
    assert!(streams.create("events", NonZeroU32::MIN, limits));
    (streams, clock)
}

fn put(streams: &Streams, text: &str) -> Put {
    streams.put("events", "c", text.as_bytes(), streams.now_ms())
}

fn texts(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| std::str::from_utf8(&record.data).unwrap()).collect()
}

#[test]
fn a_stream_is_made_once_and_gone_once() {
    let (streams, _) = streams(Limits::None);
    assert!(!streams.create("events", NonZeroU32::MIN, Limits::None));
    assert_eq!(streams.names(), ["events"]);
    assert!(streams.delete("events") && !streams.delete("events"));
    let (shard, from) = (ShardId::numbered(0), Position::TrimHorizon);
    assert_eq!(put(&streams, "x"), Err(PutError::NoStream));
    assert_eq!(streams.read("events", &shard, &from, 1), Err(ReadError::NoStream));
    assert_eq!(streams.split("events", &shard, 5), Err(ReshardError::NoStream));
    assert!(streams.shards("events").is_empty() && streams.arrived_on("events").is_none());
}

#[test]
fn whoever_waits_is_told_of_records_of_the_stream_and_of_new_shards_and_of_nothing_else() {
    let (streams, _) = streams(Limits::None);
    streams.create("others", NonZeroU32::MIN, Limits::None);
    let (mut any, mut one) = (streams.arrived(), streams.arrived_on("events").unwrap());
    any.mark_unchanged();
    one.mark_unchanged();
    streams.read("events", &ShardId::numbered(0), &Position::Latest, 1).unwrap();
    assert!(!any.has_changed().unwrap() && !one.has_changed().unwrap());
    streams.put("others", "c", b"x", 0).unwrap();
    assert!(any.has_changed().unwrap() && !one.has_changed().unwrap());
    any.mark_unchanged();
    put(&streams, "x").unwrap();
    assert!(any.has_changed().unwrap() && one.has_changed().unwrap());
    one.mark_unchanged();
    streams.split("events", &ShardId::numbered(0), 5).unwrap();
    assert!(one.has_changed().unwrap());
    one.mark_unchanged();
    streams.merge("events", &ShardId::numbered(1), &ShardId::numbered(2)).unwrap();
    assert!(one.has_changed().unwrap());
    streams.delete("events");
    assert!(one.has_changed().is_err(), "it ends with its stream");
}

#[test]
fn a_call_refuses_the_entries_it_is_to_refuse_and_calls_are_kept_when_asked_for() {
    let (streams, _) = streams(Limits::None);
    put(&streams, "unseen").unwrap();
    assert!(streams.calls("events").is_empty());
    streams.keep_calls("events");
    streams.refuse("events", &[1, 7]);
    streams.refuse("events", &[0]);
    let entries: Vec<_> = ["a", "b", "c"].map(|text| Entry::new("c", text.as_bytes())).into();
    let done = streams.with("events", |hosted, now_ms| hosted.put(entries.clone(), now_ms)).unwrap();
    assert_eq!(done[1], Err(PutError::ThroughputExceeded(ShardId::numbered(0))));
    assert!(done[0].is_ok() && done[2].is_ok());
    assert!(put(&streams, "b").is_err() && put(&streams, "b").is_ok());
    assert_eq!(texts(&streams.records("events")), ["unseen", "a", "c", "b"]);
    let calls = streams.calls("events");
    assert_eq!(calls.iter().map(|call| call.refused.as_slice()).collect::<Vec<_>>(), [&[1][..], &[0], &[]]);
    assert_eq!(calls[0].entries, entries);
}

#[test]
fn records_are_forgotten_after_a_day_unless_there_are_no_limits() {
    for (limits, kept) in [(Limits::AsKinesis, 1), (Limits::None, 2)] {
        let (streams, clock) = streams(limits);
        put(&streams, "old").unwrap();
        clock.fetch_add(RETENTION_MS / 2, Ordering::Relaxed);
        put(&streams, "young").unwrap();
        clock.fetch_add(RETENTION_MS / 2 + 1, Ordering::Relaxed);
        assert_eq!(streams.records("events").len(), kept, "{limits:?}");
    }
}

#[test]
fn what_is_trimmed_is_gone_from_what_is_read() {
    let (streams, _) = streams(Limits::None);
    let (shard, through) = put(&streams, "a").unwrap();
    put(&streams, "b").unwrap();
    streams.trim("events", &shard, &through);
    let page = streams.read("events", &shard, &Position::TrimHorizon, 10).unwrap();
    assert_eq!(texts(&page.records), ["b"]);
    assert_eq!(streams.shards("events")[0].id, shard);
}
