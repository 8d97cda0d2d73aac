//! Sensitive matters: what is nobody's business leaves no trace, calls for nothing and shows in nothing that is sent; nobody is approached where it
//! would tell; and what speaks to children is counted and forgotten.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod children;
mod places;
mod script;

use serde_json::{Value, json};
use tact_domain::{FacetKind, Folded, Profile, Timestamp};
use tact_wire::{pack_facet, parse};

use crate::pipeline::world::{CATALOGUE, DAY, SATURDAY, Sample, event};

/// The profile that some events make, in bytes.
fn remembered(events: &[Sample]) -> Vec<Vec<u8>> {
    let mut profile = Profile::default();
    for sample in events {
        profile.fold(&parse(&sample.bytes, Timestamp(i64::MAX / 2)).unwrap().signal, &CATALOGUE.ground());
    }
    FacetKind::ALL.map(|kind| pack_facet(&profile, kind)).to_vec()
}

fn line(product: &str, category: &str) -> Value {
    json!({ "product": product, "category": category, "quantity": 1, "unit_price": 2400 })
}

fn receipt(id: &str, day: i64, lines: &[Value]) -> Sample {
    let data = json!({ "receipt": id, "channel": "web", "currency": "USD", "lines": lines });
    event("purchase", id, "ana", SATURDAY + day * DAY, &data)
}

/// A yes, or a no, to looking at a matter.
fn answer(id: &str, day: i64, matter: &str, state: &str) -> Sample {
    let grant = json!({ "purpose": "sensitive", "topics": [matter], "state": state });
    event("consent", id, "ana", SATURDAY + day * DAY, &json!({ "grants": [grant] }))
}

#[test]
fn a_line_that_tells_of_a_matter_leaves_no_trace_bought_or_returned_by_product_or_by_category() {
    let dress = || line("linen-dress", "dresses");
    let mut returned = line("prenatal-vitamins", "anything");
    returned["kind"] = json!("return");
    let mut unnamed = line("maternity-jeans", "");
    unnamed.as_object_mut().unwrap().remove("category");
    for hidden in [line("sku", "Maternity"), line("sku", "pharmacy"), line("condoms", "x"), returned, unnamed] {
        let with =
            remembered(&[receipt("a", 0, &[dress(), hidden.clone()]), receipt("b", 1, std::slice::from_ref(&hidden))]);
        let without = remembered(&[receipt("a", 0, &[dress()]), receipt("b", 1, &[])]);
        assert!(with == without, "{hidden}");
    }
    assert!(remembered(&[receipt("a", 0, &[dress()])]) != remembered(&[receipt("a", 0, &[])]));
}

#[test]
fn it_is_remembered_of_whoever_agreed_to_just_that_from_then_on() {
    let hidden = || line("maternity-jeans", "maternity");
    let kept = |before: Sample| {
        remembered(&[before.clone(), receipt("a", 0, &[hidden()])]) != remembered(&[before, receipt("a", 0, &[])])
    };
    assert!(kept(answer("n", -1, "pregnancy", "granted")));
    assert!(!kept(answer("n", 1, "pregnancy", "granted")), "a consent does not reach back");
    assert!(!kept(answer("n", -1, "health", "granted")));
    assert!(!kept(answer("n", -1, "pregnancy", "denied")));
}

#[test]
fn what_partners_tell_of_a_matter_is_withheld() {
    let told = |category: &str, kind: &str, agreed: bool| {
        let mut profile = Profile::default();
        let third_party = json!({ "grants": [{ "purpose": "third_party", "state": "granted" }] });
        let mut events = vec![event("consent", "n", "ana", SATURDAY - DAY, &third_party)];
        events.extend(agreed.then(|| answer("m", -1, "finances", "granted")));
        events.push(event("partner", "t", "ana", SATURDAY, &json!({ "kind": kind, "category": category })));
        let fold = |sample: &Sample| {
            profile.fold(&parse(&sample.bytes, Timestamp(i64::MAX / 2)).unwrap().signal, &CATALOGUE.ground())
        };
        events.iter().map(fold).last().unwrap()
    };
    assert_eq!(told("airline", "card", false), Folded::Changed(Vec::new()));
    assert_eq!(told("Payday Loan", "card", false), Folded::Withheld);
    assert_eq!(told("visit", "clinic", false), Folded::Withheld, "who tells gives it away as well");
    assert_eq!(told("payday-loan", "card", true), Folded::Changed(Vec::new()));
    assert_eq!(told("clinic", "card", true), Folded::Withheld, "that is another matter");
}
