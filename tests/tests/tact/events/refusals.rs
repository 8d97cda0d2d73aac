//! What is refused, by which name, and that the schemas refuse it too where they can tell.

use super::broken::BROKEN;
use super::*;

#[test]
fn every_broken_field_is_refused_by_name_and_by_the_schema_where_one_can_tell() {
    for (name, pointer, value, reason, field, schema_tells) in BROKEN {
        let value = (*value != "-").then(|| serde_json::from_str(value).unwrap());
        let text = changed(name, pointer, value);
        let case = format!("{name} {pointer}: {text}");
        assert_eq!(refused(text.as_bytes()), (*reason, (*field).to_owned()), "{case}");
        let valid = schema_of(name).is_valid(&serde_json::from_str(&text).unwrap());
        assert_eq!(valid, !schema_tells, "schema of {case}");
    }
}

#[test]
fn what_is_too_long_or_too_many_is_refused_by_name_and_by_the_schema() {
    let line = json!({"product": "p", "quantity": 1, "unit_price": 1});
    let long: [(&str, &str, Value, &str, &str); 14] = [
        ("check-in-store", "/id", json!("x".repeat(129)), "too_long", "id"),
        ("check-in-store", "/source", json!("\u{e9}".repeat(129)), "too_long", "source"),
        ("check-in-store", "/data/store", json!("x".repeat(129)), "too_long", "data.store"),
        ("check-in-store", "/subject", json!("x".repeat(129)), "too_long", "subject"),
        ("partner-card", "/data/kind", json!("x".repeat(129)), "too_long", "data.kind"),
        ("partner-card", "/data/category", json!("x".repeat(129)), "too_long", "data.category"),
        ("partner-card", "/data/destination", json!("x".repeat(129)), "too_long", "data.destination"),
        ("comment-wifi", "/data/text", json!("x".repeat(4_097)), "too_long", "data.text"),
        ("comment-wifi", "/data/product", json!("x".repeat(129)), "too_long", "data.product"),
        ("comment-wifi", "/data/reply_to", json!("x".repeat(129)), "too_long", "data.reply_to"),
        ("comment-told", "/data/evidence/store", json!("x".repeat(129)), "too_long", "data.evidence.store"),
        ("purchase-store", "/data/lines", json!(vec![line; 1001]), "too_many", "data.lines"),
        ("purchase-store", "/data/coupons", json!(vec!["A"; 51]), "too_many", "data.coupons"),
        ("consent-grant", "/data/grants/0/topics", json!(vec!["t"; 33]), "too_many", "data.grants[0].topics"),
    ];
    for (name, pointer, value, reason, field) in long {
        let text = changed(name, pointer, Some(value));
        assert_eq!(refused(text.as_bytes()), (reason, field.to_owned()), "{name} {pointer}");
        assert!(!schema_of(name).is_valid(&serde_json::from_str(&text).unwrap()), "{name} {pointer}");
    }
    let accents = changed("check-in-store", "/source", Some(json!("\u{e9}".repeat(128))));
    assert!(parsed(&accents).is_ok(), "128 characters may take more than 128 bytes");
}

#[test]
fn what_no_schema_can_say_is_refused_as_well() {
    let sample = sample("geolocation-fix");
    let with = |from: &str, to: &str| sample.replacen(from, to, 1).into_bytes();
    let nested = |depth: usize| with("1.1", &format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let cases: [(Vec<u8>, &str, &str); 20] = [
        (Vec::new(), "not_json", ""),
        (b"[]".to_vec(), "wrong_type", ""),
        (b"{}".to_vec(), "missing_field", "specversion"),
        (with("}", "} x"), "not_json", ""),
        (with("\"lat\"", "\"lon\": 1, \"lat\""), "duplicate_key", "data.lon"),
        (with("\"id\"", "\"subject\": \"cust-43\", \"id\""), "duplicate_key", "subject"),
        (with("\"id\"", "\"ana\": 1, \"ana\": 1, \"id\""), "duplicate_key", ""),
        (with("\"lat\"", "\"x\": {\"id\": 1, \"i\\u0064\": 2}, \"lat\""), "duplicate_key", "data"),
        (with("40.7127", "NaN"), "not_json", "data.lat"),
        (with("40.7127", "1e400"), "out_of_range", "data.lat"),
        (with("40.7127", "040"), "not_json", "data.lat"),
        (with("g-1", "g-\\ud83d"), "not_json", "id"),
        (with("g-1", "g-\\u0000"), "nul", "id"),
        (with("g-1", "g-\0"), "nul", ""),
        ([b"\xef\xbb\xbf", sample.as_bytes()].concat(), "byte_order_mark", ""),
        ([sample.as_bytes(), b"\xff"].concat(), "not_utf8", ""),
        (nested(31), "too_deep", ""),
        (vec![b'['; 200_000], "too_deep", ""),
        (format!("{sample}{}", " ".repeat(256 * 1024)).into_bytes(), "too_large", ""),
        (vec![b'x'; 1 << 20], "too_large", ""),
    ];
    for (bytes, reason, field) in cases {
        let start = String::from_utf8_lossy(&bytes).chars().take(400).collect::<String>();
        assert_eq!(refused(&bytes), (reason, field.to_owned()), "{start}");
    }
    assert_eq!(refused(&nested(30)), ("wrong_type", "data.speed_mps".to_owned()), "30 levels are not too deep");
}

#[test]
fn unknown_fields_and_brackets_in_texts_are_ignored() {
    let brackets = json!({"anything": ["[".repeat(100), "\"\\{"]});
    let text = changed("check-in-store", "/data/more", Some(brackets));
    assert_eq!(parsed(&text), parsed(&sample("check-in-store")));
}

#[test]
fn an_error_never_repeats_what_the_sender_wrote() {
    const SECRET: &str = "ana-4711";
    for (_, names) in FUNCTIONS {
        for name in names {
            let event: Value = serde_json::from_str(&sample(name)).unwrap();
            for pointer in pointers(&event) {
                for secret in [json!(SECRET), json!({SECRET: SECRET}), json!([SECRET]), json!({SECRET: {"id": []}})] {
                    let text = changed(name, &pointer, Some(secret));
                    for text in [text.clone(), text.replace("\"ana", "\\x\"ana"), text.replace("[]", "[1 1]")] {
                        if let Err(error) = parsed(&text) {
                            assert!(!format!("{error} {error:?}").contains("4711"), "{error:?} for {text}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn an_error_reads_as_a_sentence() {
    let text = changed("purchase-store", "/data/lines/1/unit_price", Some(json!(0)));
    let error = parsed(&text).unwrap_err();
    assert_eq!(error.to_string(), "`data.lines[1].unit_price` must lie between 1 and 10000000000");
    assert_eq!(parsed("[]").unwrap_err().to_string(), "the record must be an object");
    let error = parse(b"{\"data\": {\"a\": 1, \"a\": 2}}", ARRIVED).unwrap_err();
    assert_eq!(error.to_string(), "`data` holds an unknown key that is named twice");
}

/// The JSON pointer of everything inside a value.
fn pointers(value: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(elements) => elements.iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let below = |(key, value): &(String, &Value)| {
        let deeper = pointers(value).into_iter().map(move |rest| format!("/{key}{rest}"));
        std::iter::once(format!("/{key}")).chain(deeper.collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    inside.iter().flat_map(below).collect()
}
