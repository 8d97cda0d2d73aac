//! What speaks to children is counted and forgotten: nobody's profile grows by it, and nobody is told anything for it.

use serde_json::{Value, json};
use tact_domain::Purpose;
use tact_pipeline::Ending;

use crate::pipeline::world::{
    DAY, MINUTE, SATURDAY, Sample, block_on, coffee_drinker, endings, event, event_from, handle, profile, purchase,
    sound_function,
};

/// Something of ana's, from a source that speaks to children.
fn sent(kind: &str, id: &str, data: &Value) -> Sample {
    event_from("kids/club", kind, id, "ana", SATURDAY, data)
}

fn yes(channel: &str) -> Value {
    let grant = json!({ "channel": channel, "purpose": "marketing", "state": "granted" });
    json!({ "grants": [grant], "points": { "email": "kid@example.com" }, "birth_year": 1980 })
}

#[test]
fn whatever_a_source_for_children_tells_is_counted_and_nothing_else() {
    let function = sound_function();
    block_on(handle(&function, &coffee_drinker("ana", &["email"])));
    let bought = block_on(handle(&function, &[purchase("p", "ana", SATURDAY - DAY, "coffee")]));
    assert_eq!(endings(&bought), [Ending::Decided]);
    let (facets, others, records) =
        (function.store.inner.facets(), function.store.inner.others(), function.log.records().len());
    let line = json!({ "product": "daily-roast", "category": "coffee", "quantity": 1, "unit_price": 1650 });
    let receipt = json!({ "receipt": "r", "channel": "web", "currency": "USD", "lines": [line] });
    let batch = [
        sent("consent", "k-1", &yes("sms")),
        sent("check-in", "k-2", &json!({ "store": "market-street" })),
        sent("purchase", "k-3", &receipt),
        sent("geolocation", "k-4", &json!({ "store": "market-street", "zone": "shoes" })),
        sent("partner", "k-5", &json!({ "kind": "card", "category": "airline" })),
        sent("outcome", "k-6", &json!({ "event": { "source": "test", "id": "p" }, "outcome": "clicked" })),
    ];
    let report = block_on(handle(&function, &batch));
    assert_eq!(endings(&report), [Ending::Withheld; 6]);
    assert_eq!(report.tally.count(Ending::Withheld), 6);
    assert_eq!(function.log.records().len(), records, "nothing was weighed");
    assert!((function.store.inner.facets(), function.store.inner.others()) == (facets, others), "nothing was written");
}

#[test]
fn a_no_counts_wherever_it_is_said_and_the_yes_beside_it_does_not() {
    let function = sound_function();
    block_on(handle(&function, &coffee_drinker("ana", &["email", "sms"])));
    let others = function.store.inner.others();
    let mut both = yes("push");
    let no = json!({ "channel": "sms", "purpose": "marketing", "state": "revoked" });
    both["grants"].as_array_mut().unwrap().push(no);
    let report = block_on(handle(&function, &[sent("consent", "k-1", &both)]));
    assert_eq!(endings(&report), [Ending::Applied]);
    assert!(function.store.inner.others() == others, "no address, and no proof");
    let later = SATURDAY + 10 * MINUTE;
    let seen =
        block_on(handle(&function, &[event("check-in", "c", "ana", later, &json!({ "store": "market-street" }))]));
    assert_eq!(endings(&seen).len(), 1);
    let profile = profile(&function, "ana");
    let allowed =
        |channel| profile.consent.relied_on(Purpose::Marketing, channel, None, tact_domain::Timestamp(later)).is_ok();
    assert!(!allowed(tact_domain::Channel::Sms) && !allowed(tact_domain::Channel::Push));
    assert!(allowed(tact_domain::Channel::Email));
    assert!(!profile.consent.is_minor(tact_domain::Timestamp(later)));
}
