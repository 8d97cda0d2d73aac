//! Every error by the name that the service has for it.

use super::*;

#[test]
fn what_is_not_there_is_not_found() {
    let local = Local::with(1);
    let nowhere = |fields: Value| {
        let mut body = json!({ "StreamName": "nowhere" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    let entry = json!({ "Data": "", "PartitionKey": "c" });
    let calls = [
        ("PutRecord", nowhere(entry.clone())),
        ("PutRecords", nowhere(json!({ "Records": [entry] }))),
        ("GetShardIterator", nowhere(json!({ "ShardId": shard(0), "ShardIteratorType": "LATEST" }))),
        ("GetShardIterator", asked(&shard(9), &json!({ "ShardIteratorType": "LATEST" }))),
        ("ListShards", nowhere(json!({}))),
        ("DescribeStream", nowhere(json!({}))),
        ("DescribeStreamSummary", nowhere(json!({}))),
        ("DeleteStream", nowhere(json!({}))),
        ("SplitShard", nowhere(json!({ "ShardToSplit": shard(0), "NewStartingHashKey": "5" }))),
        ("SplitShard", json!({ "StreamName": "events", "ShardToSplit": shard(9), "NewStartingHashKey": "5" })),
        ("MergeShards", nowhere(json!({ "ShardToMerge": shard(0), "AdjacentShardToMerge": shard(1) }))),
        ("IncreaseStreamRetentionPeriod", nowhere(json!({ "RetentionPeriodHours": 48 }))),
    ];
    for (operation, body) in calls {
        assert_eq!(local.refused(operation, &body), "ResourceNotFoundException", "{operation} {body}");
    }
}

#[test]
fn an_iterator_does_not_outlive_its_stream() {
    let local = Local::with(1);
    let iterator = json!({ "ShardIterator": local.iterator(&shard(0), &json!({ "ShardIteratorType": "LATEST" })) });
    local.call("DeleteStream", &json!({ "StreamName": "events" }));
    assert_eq!(local.refused("GetRecords", &iterator), "ResourceNotFoundException");
    local.call("CreateStream", &json!({ "StreamName": "events", "ShardCount": 1 }));
    assert_eq!(local.refused("GetRecords", &iterator), "ResourceNotFoundException");
}

#[test]
fn streams_that_cannot_be_made_are_not() {
    let local = Local::with(1);
    let named = |name: &str| json!({ "StreamName": name, "ShardCount": 1 });
    assert_eq!(local.refused("CreateStream", &named("events")), "ResourceInUseException");
    let long = "x".repeat(129);
    for name in ["", "a b", "ä", "a/b", &long] {
        assert_eq!(local.refused("CreateStream", &named(name)), "ValidationException", "{name}");
    }
    let provisioned = json!({ "StreamMode": "PROVISIONED" });
    let on_demand = json!({ "StreamMode": "ON_DEMAND" });
    let wrong = [
        json!({ "StreamName": "s" }),
        json!({ "StreamName": "s", "ShardCount": 0 }),
        json!({ "StreamName": "s", "ShardCount": -1 }),
        json!({ "StreamName": "s", "StreamModeDetails": provisioned }),
        json!({ "StreamName": "s", "StreamModeDetails": on_demand, "ShardCount": 2 }),
        json!({ "StreamName": "s", "StreamModeDetails": { "StreamMode": "SOMEHOW" } }),
        json!({ "StreamName": "s", "ShardCount": 1, "MaxRecordSizeInKiB": 1_023 }),
        json!({ "StreamName": "s", "ShardCount": 1, "MaxRecordSizeInKiB": 10_241 }),
        json!({ "ShardCount": 1 }),
    ];
    for body in wrong {
        assert_eq!(local.refused("CreateStream", &body), "ValidationException", "{body}");
    }
    assert_eq!(local.streams.names(), ["events"]);
}

#[test]
fn there_are_only_so_many_shards() {
    let local = Local::with(1);
    let make = |name: &str, shards: i64| json!({ "StreamName": name, "ShardCount": shards });
    assert_eq!(local.refused("CreateStream", &make("more", 1_000)), "LimitExceededException");
    assert_eq!(local.refused("CreateStream", &make("more", i64::MAX)), "LimitExceededException");
    local.call("CreateStream", &make("more", 999));
    let half = (u128::MAX / 2).to_string();
    let split = json!({ "StreamName": "events", "ShardToSplit": shard(0), "NewStartingHashKey": half });
    assert_eq!(local.refused("SplitShard", &split), "LimitExceededException");
}

#[test]
fn shards_that_cannot_be_split_or_merged_are_not() {
    let local = Local::with(3);
    let split = |at: &str| json!({ "StreamName": "events", "ShardToSplit": shard(0), "NewStartingHashKey": at });
    for at in ["0", "1", &u128::MAX.to_string()] {
        assert_eq!(local.refused("SplitShard", &split(at)), "InvalidArgumentException", "{at}");
    }
    assert_eq!(local.refused("SplitShard", &split("many")), "ValidationException");
    let merge = |one: u32, other: u32| json!({ "StreamName": "events", "ShardToMerge": shard(one), "AdjacentShardToMerge": shard(other) });
    assert_eq!(local.refused("MergeShards", &merge(0, 2)), "InvalidArgumentException");
    local.call("MergeShards", &merge(0, 1));
    assert_eq!(local.refused("MergeShards", &merge(0, 1)), "InvalidArgumentException");
    assert_eq!(local.refused("SplitShard", &split("5")), "InvalidArgumentException");
}

#[test]
fn iterators_that_mean_no_place_are_not_given() {
    let local = Local::with(2);
    let first = local.put("c", "x");
    local.pass(1_000);
    let starting = &first["SequenceNumber"];
    let far = format!("49{:054}", 9);
    let arguments = [
        json!({ "ShardIteratorType": "AT_SEQUENCE_NUMBER" }),
        json!({ "ShardIteratorType": "AFTER_SEQUENCE_NUMBER" }),
        json!({ "ShardIteratorType": "AT_TIMESTAMP" }),
        json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1_792_000_002.0 }),
        json!({ "ShardIteratorType": "LATEST", "StartingSequenceNumber": starting }),
        json!({ "ShardIteratorType": "TRIM_HORIZON", "StartingSequenceNumber": starting }),
        json!({ "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "seven" }),
        json!({ "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "7" }),
        json!({ "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": far }),
    ];
    for fields in arguments {
        let call = asked(&first["ShardId"], &fields);
        assert_eq!(local.refused("GetShardIterator", &call), "InvalidArgumentException", "{fields}");
    }
    for fields in
        [json!({ "ShardIteratorType": "SOMEWHERE" }), json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": -1 })]
    {
        let call = asked(&first["ShardId"], &fields);
        assert_eq!(local.refused("GetShardIterator", &call), "ValidationException", "{fields}");
    }
}

#[test]
fn iterators_and_limits_of_others_are_not_taken() {
    let local = Local::with(1);
    let iterator = local.iterator(&shard(0), &json!({ "ShardIteratorType": "LATEST" }));
    let other = "arn:aws:kinesis:us-east-1:000000000000:stream/other";
    let cases = [
        (json!({ "ShardIterator": "AAAA" }), "InvalidArgumentException"),
        (json!({ "ShardIterator": iterator, "StreamARN": other }), "InvalidArgumentException"),
        (json!({ "ShardIterator": iterator, "Limit": 10_001 }), "InvalidArgumentException"),
        (json!({ "ShardIterator": iterator, "Limit": 0 }), "ValidationException"),
        (json!({}), "ValidationException"),
    ];
    for (body, kind) in cases {
        assert_eq!(local.refused("GetRecords", &body), kind, "{body}");
    }
}

#[test]
fn filters_and_counts_that_mean_nothing_are_refused() {
    let local = Local::with(1);
    let filtered = |filter: Value| json!({ "StreamName": "events", "ShardFilter": filter });
    let cases = [
        (filtered(json!({ "Type": "AT_TIMESTAMP" })), "InvalidArgumentException"),
        (filtered(json!({ "Type": "AFTER_SHARD_ID" })), "InvalidArgumentException"),
        (filtered(json!({ "Type": "SOME" })), "ValidationException"),
        (json!({ "StreamName": "events", "MaxResults": 0 }), "ValidationException"),
        (json!({}), "InvalidArgumentException"),
    ];
    for (body, kind) in cases {
        assert_eq!(local.refused("ListShards", &body), kind, "{body}");
    }
    assert_eq!(local.refused("ListStreams", &json!({ "Limit": 0 })), "ValidationException");
    assert_eq!(local.refused("DescribeStream", &json!({ "StreamName": "events", "Limit": -1 })), "ValidationException");
}

#[test]
fn what_is_not_of_the_operations_form_is_refused_without_repeating_it() {
    let local = Local::with(1);
    let cases = [
        (json!({ "StreamName": "events", "Data": "!!", "PartitionKey": "c" }), "SerializationException"),
        (json!({ "StreamName": "events", "Data": 7, "PartitionKey": "c" }), "SerializationException"),
        (json!({ "StreamName": "events", "Data": "", "PartitionKey": 4711 }), "SerializationException"),
        (json!([]), "SerializationException"),
        (json!({ "StreamName": "events", "PartitionKey": "4711" }), "ValidationException"),
        (
            json!({ "StreamName": "events", "Data": "", "PartitionKey": "c", "ExplicitHashKey": "4711x" }),
            "ValidationException",
        ),
    ];
    for (body, kind) in cases {
        let fault = local.ask("PutRecord", &body).unwrap_err();
        assert_eq!(fault.kind, kind, "{body} {fault:?}");
        assert!(!fault.message.contains("4711"), "{}", fault.message);
    }
}
