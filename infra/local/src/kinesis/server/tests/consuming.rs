//! Shards read from every kind of place to their end.

use super::*;

/// Ten records, one a second, on one shard; answers their numbers.
fn ten(local: &Local) -> Vec<Value> {
    let put = |n: u64| {
        local.pass(1_000);
        local.put("c", &n.to_string())["SequenceNumber"].clone()
    };
    (0..10).map(put).collect()
}

/// The texts of the numbers from `first` to 9.
fn from(first: u32) -> Vec<String> {
    (first..10).map(|n| n.to_string()).collect()
}

#[test]
fn the_five_kinds_of_iterators_begin_where_they_say() {
    let local = Local::with(1);
    let numbers = ten(&local);
    local.pass(5_000);
    let sixth_at = 1_792_000_006.0;
    let cases = [
        (json!({ "ShardIteratorType": "TRIM_HORIZON" }), 0),
        (json!({ "ShardIteratorType": "LATEST" }), 10),
        (json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": sixth_at }), 5),
        (json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": sixth_at + 0.001 }), 6),
        (json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1 }), 0),
        (json!({ "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": numbers[4] }), 4),
        (json!({ "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": numbers[4] }), 5),
    ];
    for (fields, first) in cases {
        local.pass(1_000);
        assert_eq!(data(&local.read(&local.iterator(&shard(0), &fields))), from(first), "{fields}");
    }
}

#[test]
fn latest_is_what_it_was_when_the_iterator_was_asked_for() {
    let local = Local::with(1);
    local.put("c", "before");
    let iterator = local.iterator(&shard(0), &json!({ "ShardIteratorType": "LATEST" }));
    local.put("c", "after");
    assert_eq!(data(&local.read(&iterator)), ["after"]);
}

#[test]
fn reading_goes_on_page_by_page_and_says_how_far_behind_it_is() {
    let local = Local::with(1);
    ten(&local);
    let mut iterator = local.iterator(&shard(0), &json!({ "ShardIteratorType": "TRIM_HORIZON" }));
    let mut read = Vec::new();
    for behind_ms in [7_000, 5_000, 3_000, 0, 0] {
        let page = local.call("GetRecords", &json!({ "ShardIterator": iterator, "Limit": 3 }));
        assert_eq!(page["MillisBehindLatest"], behind_ms, "{page}");
        read.extend(data(&page));
        page["NextShardIterator"].as_str().unwrap().clone_into(&mut iterator);
        local.pass(1_000);
    }
    assert_eq!(read, from(0));
    local.put("c", "more");
    assert_eq!(data(&local.read(&iterator)), ["more"]);
}

#[test]
fn a_closed_shard_is_read_to_its_end_which_names_its_children() {
    let local = Local::with(1);
    ten(&local);
    let half = "170141183460469231731687303715884105728";
    let split = json!({ "StreamName": "events", "ShardToSplit": shard(0), "NewStartingHashKey": half });
    assert_eq!(local.call("SplitShard", &split), Value::Null);
    let home = local.put("c", "new")["ShardId"].clone();
    let iterator = local.iterator(&shard(0), &json!({ "ShardIteratorType": "TRIM_HORIZON" }));
    let page = local.call("GetRecords", &json!({ "ShardIterator": iterator, "Limit": 9 }));
    assert!(page["NextShardIterator"].is_string() && page.get("ChildShards").is_none());
    let page = local.read(page["NextShardIterator"].as_str().unwrap());
    assert_eq!((data(&page), &page["NextShardIterator"]), (from(9), &Value::Null));
    let children = page["ChildShards"].as_array().unwrap();
    assert_eq!(children.iter().map(|child| child["ShardId"].clone()).collect::<Vec<_>>(), [shard(1), shard(2)]);
    assert!(children.iter().all(|child| child["ParentShards"] == json!([shard(0)])));
    assert_eq!(children[1]["HashKeyRange"]["StartingHashKey"], half);
    let latest = local.iterator(&shard(0), &json!({ "ShardIteratorType": "LATEST" }));
    assert_eq!(local.read(&latest)["NextShardIterator"], Value::Null);
    assert_eq!(local.all(&home), ["new"]);
}

#[test]
fn merged_shards_both_name_the_one_that_goes_on() {
    let local = Local::with(2);
    let merge = json!({ "StreamName": "events", "ShardToMerge": shard(0), "AdjacentShardToMerge": shard(1) });
    assert_eq!(local.call("MergeShards", &merge), Value::Null);
    for parent in [0, 1] {
        let latest = local.iterator(&shard(parent), &json!({ "ShardIteratorType": "LATEST" }));
        let children = local.read(&latest)["ChildShards"].clone();
        assert_eq!(children.as_array().unwrap().len(), 1);
        assert_eq!(children[0]["ParentShards"], json!([shard(0), shard(1)]));
    }
}

#[test]
fn an_iterator_is_good_for_five_minutes() {
    let local = Local::with(1);
    let iterator = local.iterator(&shard(0), &json!({ "ShardIteratorType": "TRIM_HORIZON" }));
    local.pass(300_000);
    let next = local.read(&iterator)["NextShardIterator"].as_str().unwrap().to_owned();
    local.pass(1);
    assert_eq!(local.refused("GetRecords", &json!({ "ShardIterator": iterator })), "ExpiredIteratorException");
    local.pass(299_999);
    local.read(&next);
}

#[test]
fn a_shard_is_read_five_times_a_second() {
    let local = Local::with(1);
    let iterator = local.iterator(&shard(0), &json!({ "ShardIteratorType": "TRIM_HORIZON" }));
    let call = json!({ "ShardIterator": iterator });
    for _ in 0..5 {
        local.call("GetRecords", &call);
    }
    assert_eq!(local.refused("GetRecords", &call), "ProvisionedThroughputExceededException");
    local.pass(200);
    local.call("GetRecords", &call);
}

#[test]
fn records_are_kept_a_day_or_as_long_as_the_stream_was_told() {
    let local = Local::with(1);
    local.put("c", "old");
    let keep = |operation: &str, hours: u64| {
        local.ask(operation, &json!({ "StreamName": "events", "RetentionPeriodHours": hours }))
    };
    keep("IncreaseStreamRetentionPeriod", 48).unwrap();
    local.pass(47 * 3_600_000);
    assert_eq!(local.all(&shard(0)), ["old"]);
    assert!(keep("IncreaseStreamRetentionPeriod", 47).is_err() && keep("DecreaseStreamRetentionPeriod", 49).is_err());
    assert!(
        keep("DecreaseStreamRetentionPeriod", 23).is_err() && keep("IncreaseStreamRetentionPeriod", 9_000).is_err()
    );
    keep("DecreaseStreamRetentionPeriod", 24).unwrap();
    assert!(local.all(&shard(0)).is_empty());
}
