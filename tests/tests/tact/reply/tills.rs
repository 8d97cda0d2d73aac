//! Coupons at the till: taken once, told to their decision, given back, and refused by the name of the reason.

use serde_json::{Value, json};
use tact_domain::{Channel, Coupon, CouponTerms, DecisionId, Handout, OnReturn, Outcome};
use tact_pipeline::{Nonce, Store, issue_write};

use super::setting::{NOW, Setting, seal, setting, signed};
use crate::faults::{Fault, Script};
use crate::pipeline::world::{CATALOGUE, block_on, coffee_drinker, customer};

/// Ana was handed out a coupon worth five dollars.
fn with_a_coupon() -> (Setting, DecisionId, String) {
    let setting = setting(&coffee_drinker("ana", &["sms"]));
    let decision = setting.was_sent("ana", "win_back", Channel::Sms, "ana-consent");
    let handout = Handout {
        decision,
        customer: customer("ana"),
        action: "win_back".into(),
        treatment: "coupon".into(),
        store: None,
        worth: 500,
        at: NOW.plus_s(-86_400),
    };
    let terms = CouponTerms { days: 14, stores: Vec::new(), on_return: OnReturn::Reopen };
    let code = seal().coupon_code(decision);
    let writes = [issue_write(&code, &Coupon::issue(handout, &terms, &CATALOGUE.places))];
    block_on(setting.desk.store.inner.commit(&writes, Nonce::of(&writes))).unwrap();
    (setting, decision, code)
}

fn presented(code: &str, receipt: &str) -> Value {
    json!({ "code": code, "receipt": receipt, "customer": "ana", "store": "market-street", "at": "2026-10-31T11:00:00-04:00" })
}

fn ask(setting: &Setting, path: &str, body: &Value) -> (u16, Value) {
    let answer = setting.ask(&signed(path, body, NOW));
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

#[test]
fn a_coupon_is_taken_once_for_a_receipt_and_its_decision_is_told() {
    let (setting, decision, code) = with_a_coupon();
    let taken = (200, json!({ "redeemed": true, "worth": 500 }));
    assert_eq!(ask(&setting, "/coupons/redeem", &presented(&code, "r-1")), taken);
    assert_eq!(ask(&setting, "/coupons/redeem", &presented(&code.to_lowercase(), "r-1")), taken, "the answer was lost");
    assert_eq!(
        ask(&setting, "/coupons/redeem", &presented(&code, "r-2")),
        (409, json!({ "refused": "already_redeemed" }))
    );
    let put = setting.put();
    assert_eq!(put, [put[0].clone(), put[0].clone()], "one event, however often");
    assert!(!put[0].to_string().contains(&code), "a code is not told");
    setting.deliver();
    assert_eq!(setting.desk.store.inner.decisions()[&decision].outcomes.first(Outcome::Redeemed), Some(NOW));
}

#[test]
fn what_came_back_gives_the_coupon_back() {
    let (setting, _, code) = with_a_coupon();
    let returned = json!({ "code": code, "receipt": "r-1" });
    assert_eq!(ask(&setting, "/coupons/return", &returned).0, 409, "it was not used");
    ask(&setting, "/coupons/redeem", &presented(&code, "r-1"));
    assert_eq!(ask(&setting, "/coupons/return", &returned), (200, json!({ "became": "reopen" })));
    assert_eq!(ask(&setting, "/coupons/redeem", &presented(&code, "r-2")).0, 200);
}

#[test]
fn a_refusal_has_a_name_and_a_table_that_fails_has_none() {
    let (mut setting, _, code) = with_a_coupon();
    assert_eq!(
        ask(&setting, "/coupons/redeem", &presented("ABCDEFGH22", "r-1")),
        (409, json!({ "refused": "unknown" }))
    );
    let mut other = presented(&code, "r-1");
    other["customer"] = "bo".into();
    assert_eq!(ask(&setting, "/coupons/redeem", &other), (409, json!({ "refused": "another_person" })));
    let unsigned = super::setting::post("/coupons/redeem", &presented(&code, "r-1"));
    assert_eq!(setting.ask(&unsigned).status, 401);
    setting.befalls(Script::of(&[Fault::Fail]));
    assert_eq!(setting.ask(&signed("/coupons/redeem", &presented(&code, "r-1"), NOW)).status, 503);
    *setting.desk.events.failures.lock().unwrap() = 1;
    assert_eq!(setting.ask(&signed("/coupons/redeem", &presented(&code, "r-1"), NOW)).status, 503);
    assert_eq!(ask(&setting, "/coupons/redeem", &presented(&code, "r-1")).0, 200);
    assert_eq!(setting.put().len(), 1);
}
