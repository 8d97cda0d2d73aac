//! What is withheld: positions without consent, and whatever a minor does.

use super::*;

#[test]
fn without_location_consent_nothing_of_a_position_is_remembered() {
    let never = Vec::new();
    let revoked = vec![(-2 * DAY_S, "granted"), (-DAY_S, "revoked")];
    let revoked_and_granted_out_of_order = vec![(-DAY_S, "revoked"), (-2 * DAY_S, "granted")];
    let denied = vec![(-DAY_S, "denied")];
    for answers in [never, revoked, revoked_and_granted_out_of_order, denied] {
        let mut trace = Trace::unasked(1);
        for (s, state) in &answers {
            trace.location(*s, state);
        }
        assert_eq!(trace.fix(0, 100.0), Folded::Withheld, "{answers:?}");
        assert_eq!(trace.beacon(300, "shoes"), Folded::Withheld);
        assert_eq!(trace.fix(900, 500.0), Folded::Withheld);
        assert_eq!(trace.geolocation_bytes(), pack_facet(&Profile::default(), FacetKind::Geolocation));
    }
}

#[test]
fn a_revocation_in_the_middle_of_a_visit_stops_what_is_remembered_there() {
    let mut trace = Trace::around(1);
    trace.fix(0, 100.0);
    trace.location(60, "revoked");
    let before = trace.geolocation_bytes();
    assert_eq!(trace.fix(400, 100.0), Folded::Withheld);
    assert_eq!(trace.fix(900, 500.0), Folded::Withheld);
    assert_eq!(trace.geolocation_bytes(), before);
}

#[test]
fn nothing_a_minor_does_is_remembered() {
    let mut trace = Trace::around(1);
    assert_eq!(trace.send("consent", -DAY_S, &json!({"birth_year": 2010})), moved([]));
    assert_eq!(trace.fix(0, 100.0), Folded::Withheld);
    assert_eq!(trace.send("check-in", 1, &json!({"store": "harbor"})), Folded::Withheld);
    let line = json!({"product": "sku", "quantity": 1, "unit_price": 100});
    let purchase = json!({"receipt": "r", "channel": "web", "currency": "USD", "lines": [line]});
    assert_eq!(trace.send("purchase", 2, &purchase), Folded::Withheld);
    for kind in [FacetKind::CheckIn, FacetKind::Purchase, FacetKind::Geolocation] {
        assert_eq!(pack_facet(&trace.profile, kind), pack_facet(&Profile::default(), kind), "{}", kind.name());
    }
}
