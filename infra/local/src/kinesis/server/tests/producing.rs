//! Records put, one at a time and many.

use super::*;

fn entry(key: &str, data: &str) -> Value {
    json!({ "PartitionKey": key, "Data": base64_of(data) })
}

fn put_all(entries: &[Value]) -> Value {
    json!({ "StreamName": "events", "Records": entries })
}

#[test]
fn a_record_is_put_and_read_back_with_its_bytes_key_number_and_time() {
    let local = Local::with(1);
    let odd = "\u{0}\u{7f}é\n\"";
    let placed = local.put("schlüssel", odd);
    assert_eq!((&placed["ShardId"], &placed["EncryptionType"]), (&shard(0), &json!("NONE")));
    let given = local.read(&local.iterator(&shard(0), &json!({ "ShardIteratorType": "TRIM_HORIZON" })));
    let record = &given["Records"][0];
    assert_eq!(data(&given), [odd]);
    assert_eq!(record["PartitionKey"], "schlüssel");
    assert_eq!(record["SequenceNumber"], placed["SequenceNumber"]);
    assert_eq!(record["ApproximateArrivalTimestamp"].to_string(), "1792000000.0");
}

#[test]
fn entries_of_one_call_keep_their_order_and_each_is_answered_in_its_place() {
    let local = Local::with(2);
    let texts: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    let entries: Vec<_> = texts.iter().map(|text| entry(&format!("key-{text}"), text)).collect();
    let answer = local.call("PutRecords", &put_all(&entries));
    assert_eq!(answer["FailedRecordCount"], 0);
    let answered = answer["Records"].as_array().unwrap();
    let numbers: Vec<_> = answered.iter().map(|record| record["SequenceNumber"].as_str().unwrap()).collect();
    assert!(numbers.len() == 20 && numbers.is_sorted());
    for number in 0..2 {
        let placed = answered.iter().zip(&texts).filter(|(record, _)| record["ShardId"] == shard(number));
        assert_eq!(local.all(&shard(number)), placed.map(|(_, text)| text.clone()).collect::<Vec<_>>());
    }
}

#[test]
fn an_explicit_hash_key_decides_the_shard() {
    let local = Local::with(2);
    for (hash_key, number) in [("0", 0), ("340282366920938463463374607431768211455", 1)] {
        let mut call = record("same", "x");
        call["ExplicitHashKey"] = json!(hash_key);
        assert_eq!(local.call("PutRecord", &call)["ShardId"], shard(number));
        let mut one = entry("same", "x");
        one["ExplicitHashKey"] = json!(hash_key);
        assert_eq!(local.call("PutRecords", &put_all(&[one]))["Records"][0]["ShardId"], shard(number));
    }
}

#[test]
fn a_shard_that_has_taken_enough_refuses_entries_one_by_one_and_single_records_whole() {
    let local = Local::with(1);
    let entries = vec![entry("c", "x"); 400];
    let failed: Vec<_> = (0..3).map(|_| local.call("PutRecords", &put_all(&entries))).collect();
    let counts: Vec<_> = failed.iter().map(|answer| answer["FailedRecordCount"].as_u64().unwrap()).collect();
    assert_eq!(counts, [0, 0, 200]);
    let refused = &failed[2]["Records"][399];
    assert_eq!(refused["ErrorCode"], "ProvisionedThroughputExceededException");
    assert!(refused["ErrorMessage"].as_str().unwrap().contains("shardId-000000000000"));
    assert!(refused.get("SequenceNumber").is_none() && failed[2]["Records"][199].get("ErrorCode").is_none());
    assert_eq!(local.refused("PutRecord", &record("c", "x")), "ProvisionedThroughputExceededException");
    local.pass(1);
    local.put("c", "x");
    assert_eq!(local.streams.records("events").len(), 1_001);
}

#[test]
fn what_a_test_has_refused_is_refused_once_and_its_neighbours_are_kept() {
    let local = Local::with(1);
    local.streams.refuse("events", &[1, 7]);
    let answer = local.call("PutRecords", &put_all(&["a", "b", "c"].map(|text| entry("c", text))));
    assert_eq!(answer["FailedRecordCount"], 1);
    assert_eq!(answer["Records"][1]["ErrorCode"], "ProvisionedThroughputExceededException");
    local.call("PutRecords", &put_all(&[entry("c", "b")]));
    assert_eq!(local.all(&shard(0)), ["a", "c", "b"]);
}

#[test]
fn a_record_has_a_mebibyte_unless_its_stream_was_made_for_larger_ones() {
    let local = Local::with(1);
    let most = "x".repeat(1024 * 1024 - 1);
    local.put("c", &most);
    local.pass(1_000);
    assert_eq!(local.refused("PutRecord", &record("cc", &most)), "InvalidArgumentException");
    let one = [entry("cc", &most)];
    assert_eq!(local.refused("PutRecords", &put_all(&one)), "InvalidArgumentException");
    let large = json!({ "StreamName": "large", "ShardCount": 1, "MaxRecordSizeInKiB": 2048 });
    local.call("CreateStream", &large);
    let mut call = record("cc", &most);
    call["StreamName"] = json!("large");
    local.call("PutRecord", &call);
}

#[test]
fn one_call_brings_500_records_and_10_mebibytes_at_most() {
    let local = Local::with(20);
    assert_eq!(local.refused("PutRecords", &put_all(&[])), "ValidationException");
    assert_eq!(local.refused("PutRecords", &put_all(&vec![entry("c", "x"); 501])), "ValidationException");
    let mebibyte = "x".repeat(1024 * 1024 - 4);
    let spread = |count: u32| -> Vec<_> { (0..count).map(|n| entry(&format!("k{n:03}"), &mebibyte)).collect() };
    assert_eq!(local.call("PutRecords", &put_all(&spread(10)))["Records"].as_array().unwrap().len(), 10);
    let mut over = spread(10);
    over.push(entry("c", ""));
    assert_eq!(local.refused("PutRecords", &put_all(&over)), "InvalidArgumentException");
}

#[test]
fn empty_data_is_a_record_and_an_empty_or_long_key_is_none() {
    let local = Local::with(1);
    local.put("c", "");
    local.put(&"ü".repeat(256), "x");
    assert_eq!(local.all(&shard(0)), ["", "x"]);
    for key in [String::new(), "x".repeat(257)] {
        assert_eq!(local.refused("PutRecord", &record(&key, "x")), "ValidationException");
        assert_eq!(local.refused("PutRecords", &put_all(&[entry(&key, "x")])), "ValidationException");
    }
    assert_eq!(local.streams.records("events").len(), 2);
}
