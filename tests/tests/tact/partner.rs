//! What partners tell: remembered with consent alone, exactly once, in bounded space, and never a reason to decide.

use serde_json::{Value, json};
use tact_domain::{FacetKind, Folded, PartnerFacet, Places, Profile};
use tact_pipeline::{Ending, ItemKey};
use tact_wire::pack_facet;

use crate::pipeline::world::{
    DAY, MINUTE, SATURDAY, block_on, coffee_drinker, customer, endings, handle, partner, purchase, sound_function,
};
use crate::recomputation::feed::{SHOPS, deliver, event, places};

/// A customer whom a partner tells of; all times are days after a Saturday.
struct Told {
    profile: Profile,
    places: Places,
}

impl Told {
    fn unasked() -> Self {
        Self { profile: Profile::default(), places: places(&SHOPS) }
    }

    /// The same, who agreed a year before.
    fn agreed() -> Self {
        let mut told = Self::unasked();
        told.answer(-365, &json!({"purpose": "third_party", "state": "granted"}));
        told
    }

    fn send(&mut self, kind: &str, id: &str, day: i64, data: &Value) -> Folded {
        let event = event(kind, id, "ana", SATURDAY + day * DAY, -4 * 3600, data);
        deliver(&mut self.profile, &event, &self.places)
    }

    fn answer(&mut self, day: i64, grant: &Value) {
        let changed = self.send("consent", &format!("consent-{day}"), day, &json!({ "grants": [grant] }));
        assert_eq!(changed, Folded::Changed(Vec::new()));
    }

    fn flight(&mut self, id: &str, day: i64) -> Folded {
        self.send("partner", id, day, &json!({"kind": "card", "category": "airline", "destination": "Tampa"}))
    }

    fn bytes(&self) -> Vec<u8> {
        pack_facet(&self.profile, FacetKind::Partner)
    }
}

fn third_party(state: &str) -> Value {
    json!({"purpose": "third_party", "state": state})
}

#[test]
fn a_signal_is_remembered_only_of_whom_agreed_before_it_happened() {
    let by_text = json!({"purpose": "third_party", "channel": "sms", "state": "granted"});
    let for_a_time = json!({"purpose": "third_party", "state": "granted", "review_after": "2026-10-20"});
    let other = json!({"purpose": "location", "state": "granted"});
    let (yes, no, no_longer) = (third_party("granted"), third_party("denied"), third_party("revoked"));
    let cases: [(&[(i64, &Value)], bool); 9] = [
        (&[], false),
        (&[(-1, &yes)], true),
        (&[(0, &yes)], true),
        (&[(-1, &by_text)], true),
        (&[(1, &yes)], false),
        (&[(-1, &no)], false),
        (&[(-2, &yes), (-1, &no_longer)], false),
        (&[(-30, &for_a_time)], false),
        (&[(-1, &other)], false),
    ];
    for (answers, remembered) in cases {
        let mut told = Told::unasked();
        for (day, grant) in answers {
            told.answer(*day, grant);
        }
        let expected = if remembered { Folded::Changed(Vec::new()) } else { Folded::Withheld };
        assert_eq!(told.flight("t", 0), expected, "{answers:?}");
        assert_eq!(told.bytes() != pack_facet(&Profile::default(), FacetKind::Partner), remembered, "{answers:?}");
    }
}

#[test]
fn nothing_is_remembered_of_a_minor() {
    let mut told = Told::agreed();
    told.send("consent", "born", -1, &json!({"birth_year": 2010}));
    assert_eq!(told.flight("t", 0), Folded::Withheld);
    assert_eq!(told.bytes(), pack_facet(&Profile::default(), FacetKind::Partner));
}

#[test]
fn a_signal_is_folded_once_however_often_and_however_late_it_comes() {
    let mut told = Told::agreed();
    for day in 0..20 {
        assert_eq!(told.flight(&format!("t-{day}"), day), Folded::Changed(Vec::new()));
        let before = told.bytes();
        assert_eq!(told.flight(&format!("t-{day}"), day), Folded::Duplicate);
        assert_eq!(told.flight(&format!("t-{day}"), day + 1), Folded::Duplicate, "the same at another time");
        assert_eq!(told.bytes(), before);
    }
    let before = told.bytes();
    assert_eq!(told.flight("t-0", 0), Folded::Stale, "it may have been folded");
    assert_eq!(told.flight("late", 1), Folded::Stale);
    assert_eq!(told.bytes(), before);
}

#[test]
fn no_more_than_sixteen_signals_of_ninety_days_are_kept() {
    let mut told = Told::agreed();
    for day in 0..100 {
        told.flight(&format!("t-{day}"), day);
        assert!(told.profile.partner.signals.len() <= PartnerFacet::SIGNALS);
    }
    let days = |told: &Told| -> Vec<_> {
        told.profile.partner.signals.iter().map(|(at, _)| (at.0 - SATURDAY) / DAY).collect()
    };
    assert_eq!(days(&told), (84..100).collect::<Vec<_>>());
    told.flight("much later", 180);
    assert_eq!(days(&told), (91..100).chain([180]).collect::<Vec<_>>());
}

#[test]
fn a_signal_never_leads_to_a_decision_and_of_whom_nobody_asked_it_is_withheld() {
    let function = sound_function();
    block_on(handle(&function, &coffee_drinker("bo", &["email", "inbox"])));
    let records = function.log.records().len();
    let (before, others) = (function.store.inner.facets(), function.store.inner.others());
    let batch = [partner("t-1", "bo", SATURDAY), partner("t-1", "bo", SATURDAY), partner("t-2", "dee", SATURDAY)];
    let report = block_on(handle(&function, &batch));
    assert_eq!(endings(&report), [Ending::Applied, Ending::Duplicate, Ending::Withheld]);
    assert_eq!(report.tally.count(Ending::Withheld), 1);
    assert_eq!((function.log.records().len(), report.committed.len()), (records, 0), "nothing was weighed");
    let mut after = function.store.inner.facets();
    let own = ItemKey::Facet(customer("bo"), FacetKind::Partner);
    assert!(after.iter().any(|(key, _)| *key == own));
    after.retain(|(key, _)| *key != own);
    assert_eq!((after, function.store.inner.others()), (before, others), "nothing else was written");
    let bought = block_on(handle(&function, &[purchase("p", "bo", SATURDAY + MINUTE, "coffee")]));
    assert_eq!(endings(&bought), [Ending::Decided], "the customer's own doing does");
}
