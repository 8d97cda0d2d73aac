//! Failure records as Lambda writes them, from the file to what a stream and a function get.

mod cut;
mod sent;

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::*;

const STREAM: &str = "arn:aws:kinesis:us-east-2:123456789012:stream/tact-checkin";
const TABLE: &str = "arn:aws:dynamodb:us-east-2:123456789012:table/tact/stream/2026-11-14T00:04:06.388";

/// A failure record of a stream, in the form of Lambda's documentation: (key, sequence number, data).
fn of_stream(records: &[(&str, &str, &str)]) -> Value {
    let event = json!({ "Records": records.iter().map(|(key, sequence, data)| json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": key, "sequenceNumber": sequence, "data": STANDARD.encode(data),
            "approximateArrivalTimestamp": 1_793_458_921.25,
        },
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventName": "aws:kinesis:record", "eventSourceARN": STREAM,
        "eventID": format!("shardId-000000000001:{sequence}"), "awsRegion": "us-east-2",
    })).collect::<Vec<_>>() });
    given_up("checkin:live", "KinesisBatchInfo", STREAM, records.len(), &event)
}

/// A failure record of a table's stream.
fn of_table(sequences: &[&str]) -> Value {
    let event = json!({ "Records": sequences.iter().map(|sequence| json!({
        "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "us-east-2", "eventSourceARN": TABLE,
        "dynamodb": {
            "ApproximateCreationDateTime": 1_793_458_921.0, "Keys": { "pk": { "S": "c#bo" }, "sk": { "S": "d#00" } },
            "SequenceNumber": sequence, "SizeBytes": 26, "StreamViewType": "KEYS_ONLY",
        },
    })).collect::<Vec<_>>() });
    given_up("dispatch:live", "DDBStreamBatchInfo", TABLE, sequences.len(), &event)
}

fn given_up(function: &str, info: &str, stream: &str, size: usize, event: &Value) -> Value {
    json!({
        "requestContext": {
            "requestId": "c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
            "functionArn": format!("arn:aws:lambda:us-east-2:123456789012:function:tact-{function}"),
            "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 3,
        },
        "responseContext": { "statusCode": 200, "executedVersion": "7", "functionError": "Unhandled" },
        "version": "1.0", "timestamp": "2026-10-31T15:00:00.021Z",
        info: {
            "shardId": "shardId-000000000001", "startSequenceNumber": "1", "endSequenceNumber": "9",
            "approximateArrivalOfFirstRecord": "2026-10-31T15:00:00Z", "approximateArrivalOfLastRecord": "2026-10-31T15:00:00Z",
            "batchSize": size, "streamArn": stream,
        },
        "payload": event.to_string(),
    })
}

fn plan(objects: Vec<Value>) -> Plan {
    let failures = objects.into_iter().map(|object| FailureRecord::of(object).unwrap()).collect();
    Plan::of(failures, &Elsewhere::default()).unwrap()
}

fn keys_and_data(to: &ToStream) -> Vec<(String, String)> {
    let data = |record: &StreamRecord| String::from_utf8(STANDARD.decode(&record.data).unwrap()).unwrap();
    to.records.iter().map(|record| (record.key.clone(), data(record))).collect()
}

fn refused(mut object: Value, change: impl FnOnce(&mut Value)) -> String {
    change(&mut object);
    FailureRecord::of(object).unwrap_err().to_string()
}

#[test]
fn records_go_back_to_their_stream_in_the_order_of_their_numbers_and_each_once() {
    let late =
        of_stream(&[("bo", "4960118965842235937883629852182763847532018901230970472", "b0"), ("al", "100", "a2")]);
    let early = of_stream(&[("al", "99", "a1"), ("al", "100", "a2")]);
    let plan = plan(vec![late, early]);
    let [to] = plan.streams.as_slice() else { panic!("one stream") };
    assert_eq!((to.stream.name.as_str(), to.stream.region.as_str(), to.repeated), ("tact-checkin", "us-east-2", 1));
    let expected = [("al", "a1"), ("al", "a2"), ("bo", "b0")].map(|(key, data)| (key.to_owned(), data.to_owned()));
    assert_eq!(keys_and_data(to), expected);
    assert_eq!(time(to.arrived.0), "2026-10-31T15:02:01.25Z");
    assert_eq!((plan.failures, plan.conditions["RetryAttemptsExhausted"]), (2, 2));
}

#[test]
fn a_batch_of_the_tables_stream_is_handed_to_its_function_as_it_was() {
    let object = of_table(&["800000000003126276362", "800000000003126276363"]);
    let event = object["payload"].as_str().unwrap().to_owned();
    let plan = plan(vec![object]);
    assert!(plan.streams.is_empty());
    assert_eq!((plan.functions[0].function.name.as_str(), plan.functions[0].records()), ("tact-dispatch:live", 2));
    assert_eq!(plan.functions[0].batches[0].event, event);
}

#[test]
fn what_was_read_by_enhanced_fan_out_goes_back_to_the_stream_itself() {
    let mut object = of_stream(&[("al", "1", "a")]);
    object["KinesisBatchInfo"]["streamArn"] = format!("{STREAM}/consumer/tact:1793458921").into();
    assert_eq!(plan(vec![object]).streams[0].stream.name, "tact-checkin");
}

#[test]
fn a_payload_that_is_no_text_but_the_event_itself_is_read_as_well() {
    let mut object = of_stream(&[("al", "1", "a")]);
    object["payload"] = serde_json::from_str(object["payload"].as_str().unwrap()).unwrap();
    assert_eq!(plan(vec![object]).streams[0].records.len(), 1);
}

#[test]
fn what_queues_and_topics_are_told_holds_no_records_and_it_says_where_they_are() {
    let told =
        refused(of_stream(&[("al", "1", "a")]), |object| drop(object.as_object_mut().unwrap().remove("payload")));
    for part in [
        STREAM,
        "`shardId-000000000001`",
        "from 1 to 9",
        "get-shard-iterator",
        "have the failures of the mapping go to a bucket",
    ] {
        assert!(told.contains(part), "{part} in: {told}");
    }
}

#[test]
fn what_is_no_failure_record_is_refused_and_says_what_it_seems_to_be() {
    let wrong = |object: Value| FailureRecord::of(object).unwrap_err().to_string();
    assert!(wrong(json!({ "Records": [] })).contains("it is an event itself"));
    assert!(wrong(json!({ "Messages": [{ "Body": "{}" }] })).contains("a queue or topic"));
    assert!(wrong(json!({ "requestPayload": {}, "requestContext": {} })).contains("asynchronous"));
    assert!(wrong(json!(7)).contains("no `requestContext`"));
    let of = || of_stream(&[("al", "1", "a"), ("bo", "2", "b")]);
    let cut = refused(of(), |object| object["KinesisBatchInfo"]["batchSize"] = 3.into());
    assert!(cut.contains("2 of the 3 records"), "{cut}");
    assert!(
        refused(of(), |object| object["payload"] = "{\"Records\":[{\"kin".into())
            .contains("`payload` is no invocation")
    );
    assert!(
        refused(of(), |object| object["KinesisBatchInfo"]["streamArn"] = TABLE.into()).contains("no stream of Kinesis")
    );
}

#[test]
fn no_name_from_a_record_can_be_more_than_a_name_in_a_command() {
    for odd in ["a;rm -rf b", "$(date)", "a b", "", "-x", "a'b", "a\nb"] {
        let arn = format!("arn:aws:kinesis:us-east-2:123456789012:stream/{odd}");
        let told =
            refused(of_stream(&[("al", "1", "a")]), |object| object["KinesisBatchInfo"]["streamArn"] = arn.into());
        assert!(told.contains("names no stream"), "{odd}: {told}");
        let elsewhere = Elsewhere { stream: Some(odd.to_owned()), function: None };
        let failures = vec![FailureRecord::of(of_stream(&[("al", "1", "a")])).unwrap()];
        assert!(Plan::of(failures, &elsewhere).is_err(), "{odd}");
    }
}

#[test]
fn a_mistake_in_a_record_is_told_by_its_place_and_never_by_what_it_holds() {
    let secret = "Erika Mustermann";
    for (field, value) in
        [("data", json!(secret)), ("sequenceNumber", json!(secret)), ("partitionKey", json!(secret.repeat(20)))]
    {
        let told = refused(of_stream(&[("al", "1", "a"), ("bo", "2", "b")]), |object| {
            let mut event: Value = serde_json::from_str(object["payload"].as_str().unwrap()).unwrap();
            event["Records"][1]["kinesis"][field] = value;
            object["payload"] = event.to_string().into();
        });
        assert!(
            told.contains("record 2 of its `payload`") && told.contains(field) && !told.contains("Erika"),
            "{told}"
        );
    }
}

#[test]
fn another_stream_takes_the_records_of_one_stream_alone() {
    let mut other = of_stream(&[("al", "1", "a")]);
    other["KinesisBatchInfo"]["streamArn"] = STREAM.replace("checkin", "purchase").into();
    let both = [of_stream(&[("al", "1", "a")]), other].map(|object| FailureRecord::of(object).unwrap());
    let elsewhere = Elsewhere { stream: Some("again".to_owned()), function: Some("dispatch:live".to_owned()) };
    assert_eq!(Plan::of(both[..1].to_vec(), &elsewhere).unwrap().streams[0].stream.name, "again");
    let told = Plan::of(both.to_vec(), &elsewhere).unwrap_err().to_string();
    assert!(told.contains("2 streams"), "{told}");
}

/// Files and folders as `aws s3 sync` brings them, and a list, lines, and a packed file.
fn kept() -> (tempfile::TempDir, PathBuf) {
    let kept = tempfile::tempdir().unwrap();
    let deep = kept.path().join("aws/lambda/0f-1/shardId-000000000001/2026/10/31");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("2026-10-31T15.00.00-a"), of_stream(&[("al", "1", "1")]).to_string()).unwrap();
    let lines = [of_stream(&[("al", "2", "2")]), of_stream(&[("al", "3", "3")])].map(|object| object.to_string());
    fs::write(deep.join("b.ndjson"), lines.join("\n")).unwrap();
    fs::write(deep.join("c.json"), format!("{:#}", json!([of_stream(&[("al", "4", "4")])]))).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(of_stream(&[("al", "5", "5")]).to_string().as_bytes()).unwrap();
    fs::write(deep.join("d.gz"), packed.finish().unwrap()).unwrap();
    fs::write(kept.path().join(".leftover"), "no JSON").unwrap();
    (kept, deep)
}

#[test]
fn a_directory_holds_failure_records_in_every_form() {
    let (kept, _) = kept();
    let plan = Plan::of(read(&[kept.path().to_owned()]).unwrap(), &Elsewhere::default()).unwrap();
    let data: Vec<_> = keys_and_data(&plan.streams[0]).into_iter().map(|(_, data)| data).collect();
    assert_eq!(data, ["1", "2", "3", "4", "5"]);
}

#[test]
fn everything_that_is_wrong_is_told_before_anything_is_done() {
    let (kept, deep) = kept();
    fs::write(deep.join("e"), "{}\n{").unwrap();
    fs::write(deep.join("f"), "[]").unwrap();
    fs::write(deep.join("g"), "{}\n{}").unwrap();
    let told = read(&[kept.path().to_owned(), kept.path().join("gone")]).unwrap_err().to_string();
    for part in [
        "/e`: it is not JSON from line 2 on",
        "/f`: it holds nothing",
        "/g`: object 1 of it: ",
        "/gone`: it cannot be read",
    ] {
        assert!(told.contains(part), "{part} in: {told}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(read(&[empty.path().to_owned()]).unwrap_err().to_string().contains("there is no file in it"));
}

#[test]
fn the_commands_make_the_calls_in_their_order_from_files_that_hold_them() {
    let plan = plan(vec![of_stream(&[("al", "1", "a1"), ("al", "2", "a2"), ("bo", "3", "b")]), of_table(&["7"])]);
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("the calls");
    let commands = write(&plan, &out).unwrap();
    assert_eq!(commands.len(), 3, "{commands:?}");
    let file = |name: &str| out.join(name);
    let first: Value = serde_json::from_slice(&fs::read(file("00001-tact-checkin.json")).unwrap()).unwrap();
    let records =
        [("al", "a1"), ("bo", "b")].map(|(key, data)| json!({ "Data": STANDARD.encode(data), "PartitionKey": key }));
    assert_eq!(first, json!({ "StreamName": "tact-checkin", "Records": records }));
    let path = file("00002-tact-checkin.json");
    assert!(
        commands[1]
            .starts_with("aws kinesis put-records --region us-east-2 --cli-binary-format base64 --cli-input-json ")
    );
    assert!(commands[1].contains(&format!("'file://{}'", path.display())), "{}", commands[1]);
    assert!(commands[2].contains("--function-name 'tact-dispatch:live' --payload 'fileb://"), "{}", commands[2]);
    assert_eq!(fs::read_to_string(file("00003-tact-dispatch-live.json")).unwrap(), plan.functions[0].batches[0].event);
    assert!(
        write(&plan, &out).unwrap_err().to_string().contains("name an empty one"),
        "calls of two times are never mixed"
    );
}
