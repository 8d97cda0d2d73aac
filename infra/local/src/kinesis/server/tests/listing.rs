//! Streams and shards as they are listed and described.

use super::*;

/// The numbers of the shards in an answer.
fn numbers(answer: &Value) -> Vec<u32> {
    let shards = answer["Shards"].as_array().unwrap().iter();
    shards.map(|shard| shard["ShardId"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap()).collect()
}

/// Two shards; an hour later the first is split, and an hour later its children are merged again.
fn resharded() -> Local {
    let local = Local::with(2);
    local.pass(3_600_000);
    let quarter = (u128::MAX / 4).to_string();
    let split = json!({ "StreamName": "events", "ShardToSplit": shard(0), "NewStartingHashKey": quarter });
    local.call("SplitShard", &split);
    local.pass(3_600_000);
    let merge = json!({ "StreamName": "events", "ShardToMerge": shard(2), "AdjacentShardToMerge": shard(3) });
    local.call("MergeShards", &merge);
    local
}

#[test]
fn shards_tell_their_parents_and_where_they_begin_and_end() {
    let local = resharded();
    let listed = local.call("ListShards", &json!({ "StreamName": "events" }));
    assert_eq!(numbers(&listed), [0, 1, 2, 3, 4]);
    let [first, second, child, _, merged] = listed["Shards"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert!(first.get("ParentShardId").is_none() && second.get("AdjacentParentShardId").is_none());
    assert_eq!((&child["ParentShardId"], child.get("AdjacentParentShardId")), (&shard(0), None));
    assert_eq!((&merged["ParentShardId"], &merged["AdjacentParentShardId"]), (&shard(2), &shard(3)));
    assert_eq!(merged["HashKeyRange"], first["HashKeyRange"]);
    assert_eq!(second["HashKeyRange"]["EndingHashKey"], u128::MAX.to_string());
    assert!(first["SequenceNumberRange"]["EndingSequenceNumber"].is_string());
    assert!(merged["SequenceNumberRange"].get("EndingSequenceNumber").is_none());
    let described = local.call("DescribeStream", &json!({ "StreamName": "events" }));
    assert_eq!(described["StreamDescription"]["Shards"], listed["Shards"]);
}

#[test]
fn every_filter_lists_its_shards() {
    let local = resharded();
    let hour = |hours: u32| 1_792_000_000.0 + f64::from(hours) * 3_600.0;
    let cases = [
        (json!({ "Type": "FROM_TRIM_HORIZON" }), vec![0, 1, 2, 3, 4]),
        (json!({ "Type": "AT_TRIM_HORIZON" }), vec![0, 1]),
        (json!({ "Type": "AT_LATEST" }), vec![1, 4]),
        (json!({ "Type": "AT_TIMESTAMP", "Timestamp": hour(1) + 1.0 }), vec![1, 2, 3]),
        (json!({ "Type": "FROM_TIMESTAMP", "Timestamp": hour(1) + 1.0 }), vec![1, 2, 3, 4]),
        (json!({ "Type": "FROM_TIMESTAMP", "Timestamp": 1 }), vec![0, 1, 2, 3, 4]),
        (json!({ "Type": "AFTER_SHARD_ID", "ShardId": shard(2) }), vec![3, 4]),
    ];
    for (filter, expected) in cases {
        let call = json!({ "StreamName": "events", "ShardFilter": filter });
        assert_eq!(numbers(&local.call("ListShards", &call)), expected, "{call}");
        // Page by page it is the same.
        let mut paged = Vec::new();
        let mut page = json!({ "StreamName": "events", "ShardFilter": filter, "MaxResults": 2 });
        loop {
            let answer = local.call("ListShards", &page);
            paged.extend(numbers(&answer));
            let Some(token) = answer.get("NextToken") else { break };
            page = json!({ "NextToken": token, "MaxResults": 2 });
        }
        assert_eq!(paged, expected, "{call}");
    }
    local.pass(24 * 3_600_000);
    assert_eq!(numbers(&local.call("ListShards", &json!({ "StreamName": "events" }))), [1, 2, 3, 4]);
}

#[test]
fn a_list_is_taken_up_after_a_shard_and_not_with_an_old_token() {
    let local = resharded();
    let after = json!({ "StreamName": "events", "ExclusiveStartShardId": shard(3) });
    assert_eq!(numbers(&local.call("ListShards", &after)), [4]);
    let token = local.call("ListShards", &json!({ "StreamName": "events", "MaxResults": 1 }))["NextToken"].clone();
    let both = json!({ "StreamName": "events", "NextToken": token });
    assert_eq!(local.refused("ListShards", &both), "InvalidArgumentException");
    assert_eq!(local.refused("ListShards", &json!({ "NextToken": "nonsense" })), "InvalidArgumentException");
    local.pass(300_001);
    assert_eq!(local.refused("ListShards", &json!({ "NextToken": token })), "ExpiredNextTokenException");
}

#[test]
fn a_stream_is_described_with_and_without_its_shards() {
    let local = resharded();
    let summary = local.call("DescribeStreamSummary", &json!({ "StreamName": "events" }));
    let expected = json!({
        "StreamName": "events",
        "StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/events",
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": { "StreamMode": "PROVISIONED" },
        "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": 1_792_000_000.0,
        "EnhancedMonitoring": [{ "ShardLevelMetrics": [] }],
        "EncryptionType": "NONE",
        "OpenShardCount": 2,
        "ConsumerCount": 0,
        "MaxRecordSizeInKiB": 1024,
    });
    assert_eq!(summary["StreamDescriptionSummary"], expected);
    let page = json!({ "StreamARN": expected["StreamARN"], "Limit": 2, "ExclusiveStartShardId": shard(0) });
    let described = local.call("DescribeStream", &page)["StreamDescription"].clone();
    assert_eq!((numbers(&described), &described["HasMoreShards"]), (vec![1, 2], &json!(true)));
    assert_eq!(described["StreamStatus"], "ACTIVE");
}

#[test]
fn streams_are_listed_by_name_page_by_page() {
    let local = Local::new();
    for name in ["b", "c", "a"] {
        local.call("CreateStream", &json!({ "StreamName": name, "StreamModeDetails": { "StreamMode": "ON_DEMAND" } }));
    }
    let page = local.call("ListStreams", &json!({ "Limit": 2 }));
    assert_eq!((&page["StreamNames"], &page["HasMoreStreams"]), (&json!(["a", "b"]), &json!(true)));
    assert_eq!(page["StreamSummaries"][1]["StreamModeDetails"]["StreamMode"], "ON_DEMAND");
    for rest in [json!({ "NextToken": page["NextToken"] }), json!({ "ExclusiveStartStreamName": "b" })] {
        let page = local.call("ListStreams", &rest);
        assert_eq!((&page["StreamNames"], &page["HasMoreStreams"]), (&json!(["c"]), &json!(false)));
    }
    local.call("DeleteStream", &json!({ "StreamName": "b" }));
    assert_eq!(local.call("ListStreams", &json!({}))["StreamNames"], json!(["a", "c"]));
}

#[test]
fn a_stream_on_demand_has_four_shards_and_looks_after_them_itself() {
    let local = Local::new();
    let on_demand = json!({ "StreamMode": "ON_DEMAND" });
    local.call("CreateStream", &json!({ "StreamName": "events", "StreamModeDetails": on_demand }));
    assert_eq!(numbers(&local.call("ListShards", &json!({ "StreamName": "events" }))), [0, 1, 2, 3]);
    let split = json!({ "StreamName": "events", "ShardToSplit": shard(0), "NewStartingHashKey": "5" });
    assert_eq!(local.refused("SplitShard", &split), "ValidationException");
    let merge = json!({ "StreamName": "events", "ShardToMerge": shard(0), "AdjacentShardToMerge": shard(1) });
    assert_eq!(local.refused("MergeShards", &merge), "ValidationException");
}
