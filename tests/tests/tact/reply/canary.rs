//! Whatever comes in: nothing panics, and nothing that was sent is said again, in no answer and in no failure.

use proptest::prelude::*;
use serde_json::{Value, json};
use tact_wire::{Request, asking};

use super::setting::{NOW, NUMBER, Setting, inbound, notice, post, request, seal, setting, signed};
use crate::faults::{Fault, Script};
use crate::pipeline::world::coffee_drinker;
use crate::recomputation::cases;

const PATHS: [&str; 7] = ["/sms", "/receipts", "/outcomes", "/coupons/redeem", "/coupons/return", "/u/0.0", "/"];

/// What must never be seen again: a number, an address, a name, a text.
const PERSONAL: [&str; 5] = [NUMBER, "2125550142", "canary@example.com", "Canary Jones", "meet me at the harbour"];

fn is_clean(setting: &Setting, request: &Request) {
    let answer = setting.ask(request);
    let said = format!("{answer:?} {:?}", answer.headers().collect::<Vec<_>>());
    assert!(PERSONAL.iter().all(|personal| !said.contains(personal)), "{said}");
}

#[test]
fn nothing_personal_is_said_again() {
    let mut setting = setting(&coffee_drinker("ana", &["sms", "email"]));
    let mut bodies = Vec::new();
    for personal in PERSONAL {
        for field in ["originationNumber", "messageBody", "inboundMessageId", "destinationNumber"] {
            let mut message = inbound("m-1", "stop");
            message[field] = personal.into();
            bodies.push(notice(&message, NOW));
        }
        for field in
            ["Type", "MessageId", "TopicArn", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "Message"]
        {
            let mut envelope = notice(&inbound("m-1", "stop"), NOW);
            envelope[field] = personal.into();
            bodies.push(envelope);
        }
        for field in ["id", "customer", "decision", "outcome", "at", "code", "receipt", "store"] {
            bodies.push(json!({ field: personal }));
            bodies.push(json!({ "id": "1", "customer": "c", "code": "c", "receipt": "r", "store": "s", "at": "2026-10-31T15:00:00Z", field: personal }));
        }
        bodies.extend([json!(personal), json!({ personal: 1 })]);
    }
    for failing in [false, true] {
        for body in &bodies {
            for path in PATHS {
                let fault = if failing { vec![Fault::Fail] } else { Vec::new() };
                setting.befalls(Script::of(&fault));
                is_clean(&setting, &post(path, body));
                setting.befalls(Script::of(&fault));
                is_clean(&setting, &signed(path, body, NOW));
            }
        }
    }
    for personal in PERSONAL {
        is_clean(&setting, &request("GET", &format!("/u/{personal}"), b""));
        is_clean(&setting, &request("GET", &format!("/{personal}"), b""));
    }
}

fn json_of_any_kind() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[-+:.a-zA-Z0-9]{0,40}".prop_map(Value::from),
    ];
    let names = "id|customer|decision|outcome|at|code|receipt|store|Type|Message|Timestamp|eventType|mail|tags|context|[a-z]{1,3}";
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(names, inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn no_request_makes_it_panic(
        method in prop_oneof![Just("POST".to_owned()), Just("GET".to_owned()), any::<String>()],
        path in prop_oneof![prop::sample::select(PATHS.to_vec()).prop_map(str::to_owned), any::<String>(), "/u/[0-9a-f.]{0,99}"],
        header in prop_oneof![any::<String>(), "t=[-0-9]{0,20},v1=[0-9a-f]{0,70}"],
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let setting = setting(&[]);
        let asked = Request { headers: vec![("tact-signature".to_owned(), header)], ..request(&method, &path, &body) };
        let answer = setting.ask(&asked);
        prop_assert!((400..500).contains(&answer.status) && setting.table().is_empty());
    }

    #[test]
    fn no_signed_body_and_no_notice_makes_it_panic(
        path in prop::sample::select(PATHS.to_vec()),
        body in json_of_any_kind(),
    ) {
        let setting = setting(&[]);
        for asked in [signed(path, &body, NOW), post(path, &notice(&body, NOW))] {
            let answer = setting.ask(&asked);
            prop_assert!(answer.status < 500, "{answer:?}");
        }
    }

    #[test]
    fn no_token_and_no_text_makes_it_panic(token in any::<String>(), text in any::<String>()) {
        prop_assert_eq!(seal().unsubscribe(&token), None);
        let _asked = asking(&text);
    }
}
