use super::*;
use crate::SequenceNumber;

fn record(data: &str) -> Record {
    Record {
        sequence_number: SequenceNumber::of(1),
        partition_key: "c-1".into(),
        data: data.as_bytes().into(),
        arrived_at_ms: 1_545_084_650_987,
    }
}

/// Whether data matches a pattern over it.
fn matches(pattern: &str, data: &str) -> bool {
    let text = format!(r#"{{"data":{pattern}}}"#);
    Filter::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")).matches(&record(data))
}

#[track_caller]
fn splits(pattern: &str, matching: &[&str], others: &[&str]) {
    for data in matching {
        assert!(matches(pattern, data), "{pattern} should match {data}");
    }
    for data in others {
        assert!(!matches(pattern, data), "{pattern} should not match {data}");
    }
}

#[test]
fn a_list_is_matched_by_any_of_its_values_and_types_are_told_apart() {
    let others =
        [r#"{"a":"Y"}"#, r#"{"a":"7"}"#, r#"{"a":7.5}"#, r#"{"b":"x"}"#, "{}", "[]", "5", r#"{"a":{"x":"x"}}"#];
    splits(r#"{"a":["x",7,true]}"#, &[r#"{"a":"x"}"#, r#"{"a":7,"b":0}"#, r#"{"a":true}"#], &others);
    splits(r#"{"a":[300]}"#, &[r#"{"a":300}"#], &[r#"{"a":300.0}"#, r#"{"a":"300"}"#]);
}

#[test]
fn null_and_the_empty_string_are_values() {
    splits(r#"{"a":[null]}"#, &[r#"{"a":null}"#], &[r#"{"a":""}"#, "{}", r#"{"a":0}"#]);
    splits(r#"{"a":[""]}"#, &[r#"{"a":""}"#], &[r#"{"a":null}"#, "{}", r#"{"a":" "}"#]);
}

#[test]
fn several_fields_must_all_match_however_deep() {
    let pattern = r#"{"a":["x"],"b":{"c":{"d":[1]}}}"#;
    let others = [r#"{"a":"x"}"#, r#"{"a":"x","b":{"c":{"d":2}}}"#, r#"{"a":"y","b":{"c":{"d":1}}}"#];
    splits(pattern, &[r#"{"a":"x","b":{"c":{"d":1,"e":2}}}"#], &others);
}

#[test]
fn strings_match_by_prefix_suffix_or_in_any_case() {
    splits(
        r#"{"a":[{"prefix":"us-"}]}"#,
        &[r#"{"a":"us-east"}"#],
        &[r#"{"a":"US-east"}"#, r#"{"a":"eu"}"#, r#"{"a":1}"#],
    );
    splits(r#"{"a":[{"suffix":".png"}]}"#, &[r#"{"a":"x.png"}"#], &[r#"{"a":"x.png2"}"#, r#"{"a":null}"#]);
    splits(
        r#"{"a":[{"equals-ignore-case":"AlicE"}]}"#,
        &[r#"{"a":"alice"}"#, r#"{"a":"ALICE"}"#],
        &[r#"{"a":"alic"}"#],
    );
}

#[test]
fn anything_but_needs_a_value_that_is_none_of_those() {
    splits(
        r#"{"a":[{"anything-but":["x",7]}]}"#,
        &[r#"{"a":"y"}"#, r#"{"a":8}"#, r#"{"a":null}"#],
        &[r#"{"a":"x"}"#, r#"{"a":7}"#, "{}"],
    );
    splits(r#"{"a":[{"anything-but":"x"}]}"#, &[r#"{"a":"y"}"#], &[r#"{"a":"x"}"#]);
    splits(r#"{"a":[{"anything-but":{"prefix":"us-"}}]}"#, &[r#"{"a":"eu-1"}"#], &[r#"{"a":"us-1"}"#, "{}"]);
    splits(r#"{"a":[{"anything-but":{"suffix":[".png",".jpg"]}}]}"#, &[r#"{"a":"x.txt"}"#], &[r#"{"a":"x.jpg"}"#]);
    splits(r#"{"a":[{"anything-but":{"equals-ignore-case":"no"}}]}"#, &[r#"{"a":"yes"}"#], &[r#"{"a":"NO"}"#]);
}

#[test]
fn numbers_match_by_their_bounds() {
    splits(r#"{"a":[{"numeric":["=",100]}]}"#, &[r#"{"a":100}"#, r#"{"a":1e2}"#], &[r#"{"a":101}"#, r#"{"a":"100"}"#]);
    let range = r#"{"a":[{"numeric":[">",10,"<=",20]}]}"#;
    splits(range, &[r#"{"a":10.1}"#, r#"{"a":20}"#], &[r#"{"a":10}"#, r#"{"a":20.1}"#, r#"{"a":-15}"#, "{}"]);
    splits(r#"{"a":[{"numeric":["<",-1.5]}]}"#, &[r#"{"a":-2}"#], &[r#"{"a":-1.5}"#, r#"{"a":0}"#]);
    splits(r#"{"a":[{"numeric":[">=",0]}]}"#, &[r#"{"a":0}"#], &[r#"{"a":-0.1}"#]);
}

#[test]
fn a_field_exists_when_it_has_a_value_of_its_own() {
    let (with, without) =
        ([r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":["x"]}"#], ["{}", r#"{"a":{"b":1}}"#, r#"{"a":[]}"#, "7"]);
    splits(r#"{"a":[{"exists":true}]}"#, &with, &without);
    splits(r#"{"a":[{"exists":false}]}"#, &without, &with);
    splits(r#"{"a":{"b":[{"exists":false}]}}"#, &["{}", r#"{"a":1}"#], &[r#"{"a":{"b":1}}"#]);
    splits(r#"{"a":[{"exists":false},"x"]}"#, &["{}", r#"{"a":"x"}"#], &[r#"{"a":"y"}"#]);
}

#[test]
fn of_a_list_in_the_data_one_element_must_match() {
    splits(r#"{"a":["x"]}"#, &[r#"{"a":["y","x"]}"#, r#"{"a":[["x"]]}"#], &[r#"{"a":["y"]}"#, r#"{"a":[]}"#]);
    let lines = r#"{"lines":{"sku":["s"],"count":[{"numeric":[">",1]}]}}"#;
    let one = r#"{"lines":[{"sku":"t","count":1},{"sku":"s","count":2}]}"#;
    splits(lines, &[one], &[r#"{"lines":[{"sku":"s","count":1},{"sku":"t","count":2}]}"#]);
}

#[test]
fn alternatives_need_one_of_them_beside_the_other_fields() {
    let pattern = r#"{"k":["x"],"$or":[{"a":[1]},{"b":{"c":[2]}}]}"#;
    let others = [r#"{"k":"x"}"#, r#"{"k":"y","a":1}"#, r#"{"k":"x","a":2,"b":{"c":1}}"#];
    splits(pattern, &[r#"{"k":"x","a":1}"#, r#"{"k":"x","b":{"c":2}}"#], &others);
}

#[test]
fn data_that_is_no_json_matches_no_pattern_that_speaks_of_it() {
    for data in ["", "nonsense", "{\"a\":1", "\u{0}"] {
        assert!(!matches(r#"{"a":[{"exists":false}]}"#, data), "{data}");
        let either = r#"{"$or":[{"partitionKey":["c-1"]},{"data":{"a":[1]}}]}"#;
        assert!(!Filter::parse(either).unwrap().matches(&record(data)), "{data}");
        assert!(Filter::parse(r#"{"partitionKey":["c-1"]}"#).unwrap().matches(&record(data)), "{data}");
    }
}

#[test]
fn the_fields_beside_the_data_are_those_of_the_record() {
    let with = [
        format!(r#"{{"sequenceNumber":["{}"]}}"#, SequenceNumber::of(1)),
        r#"{"approximateArrivalTimestamp":[{"numeric":["=",1545084650.987]}]}"#.to_owned(),
        r#"{"kinesisSchemaVersion":["1.0"],"partitionKey":[{"prefix":"c-"}]}"#.to_owned(),
    ];
    for pattern in with {
        assert!(Filter::parse(&pattern).unwrap().matches(&record("7")), "{pattern}");
    }
    assert!(!Filter::parse(r#"{"partitionKey":["c-2"]}"#).unwrap().matches(&record("7")));
}

#[test]
fn a_pattern_for_dynamodb_speaks_of_the_whole_stream_record() {
    let keys = r#"{"Keys":{"sk":{"S":[{"prefix":"d#"},{"prefix":"t#"}]}}}"#;
    let filter = Filter::parse(&format!(r#"{{"eventName":["INSERT"],"dynamodb":{keys}}}"#)).unwrap();
    let stream_record = |name: &str, sk: &str| {
        record(&format!(r#"{{"eventName":"{name}","dynamodb":{{"Keys":{{"pk":{{"S":"c#1"}},"sk":{{"S":"{sk}"}}}}}}}}"#))
    };
    assert!(filter.matches(&stream_record("INSERT", "d#1")));
    assert!(filter.matches(&stream_record("INSERT", "t#1#2")));
    assert!(!filter.matches(&stream_record("MODIFY", "d#1")));
    assert!(!filter.matches(&stream_record("INSERT", "f#checkin")));
    assert!(!filter.matches(&record("nonsense")));
}

#[test]
fn what_is_no_pattern_is_refused_with_the_reason() {
    let wrong = [
        ("nonsense", "it is no JSON"),
        ("[]", "`[]` is not an object of fields"),
        ("{}", "an object without fields"),
        (r#"{"data":{}}"#, "an object without fields"),
        (r#"{"data":["x"]}"#, "`data` must be an object"),
        (r#"{"dynamodb":[{"exists":true}]}"#, "`dynamodb` must be an object"),
        (r#"{"data":{"a":"x"}}"#, "`a` must be an object of fields or a list"),
        (r#"{"data":{"a":[]}}"#, "`a` must be an object of fields or a list of at least one"),
        (r#"{"data":{"a":[["x"]]}}"#, "a list within a list"),
        (r#"{"data":{"a":[{"prefix":1}]}}"#, "`prefix` needs a string"),
        (r#"{"data":{"a":[{"exists":"yes"}]}}"#, "`exists` needs true or false"),
        (r#"{"data":{"a":[{"wildcard":"*"}]}}"#, "`wildcard` is not an operator"),
        (r#"{"data":{"a":[{"prefix":"x","suffix":"y"}]}}"#, "must have one operator"),
        (r#"{"data":{"a":[{}]}}"#, "must have one operator"),
        (r#"{"data":{"a":[{"numeric":["~",1]}]}}"#, "`numeric` needs"),
        (r#"{"data":{"a":[{"numeric":[">"]}]}}"#, "`numeric` needs"),
        (r#"{"data":{"a":[{"numeric":[">",1,"<",2,"=",3]}]}}"#, "`numeric` needs"),
        (r#"{"data":{"a":[{"anything-but":[]}]}}"#, "`anything-but` needs"),
        (r#"{"data":{"a":[{"anything-but":{"numeric":["=",1]}}]}}"#, "`anything-but` needs"),
        (r#"{"data":{"a":[{"anything-but":{"prefix":7}}]}}"#, "`prefix` needs a string"),
        (r#"{"data":{"$or":[{"a":[1]}]}}"#, "`$or` must be a list of at least two"),
        (r#"{"$or":[{"a":[1]},{"b":[1]}]}"#, "`a`, `b` are not fields of one record"),
        (r#"{"data":{"a":[1]},"eventName":["INSERT"]}"#, "`data`, `eventName` are not fields of one record"),
    ];
    for (text, reason) in wrong {
        let error = Filter::parse(text).unwrap_err().to_string();
        assert!(error.starts_with("not a filter pattern: ") && error.contains(reason), "{text}: {error}");
    }
    let long = format!(r#"{{"partitionKey":["{}"]}}"#, "x".repeat(LONGEST));
    assert!(Filter::parse(&long).unwrap_err().to_string().contains("4,096"));
}
