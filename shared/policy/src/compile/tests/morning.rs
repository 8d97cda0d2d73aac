//! What the default catalogue puts off until the morning is decided on what is known then.

use tact_decide::{Known, Moment, Rung};
use tact_domain::{
    CustomerId, DecisionId, Fingerprint, Ground, Happened, Line, LineKind, Places, Profile, Purchase, Signal, Timestamp,
};

use super::*;

const SATURDAY: Timestamp = Timestamp(1_793_419_200_000);

fn bought(profile: &mut Profile, at: Timestamp, category: &str, unit_price: i64) {
    let line = Line {
        kind: LineKind::Sale,
        product: category.into(),
        category: Some(category.into()),
        quantity: 1,
        unit_price,
    };
    let purchase = Purchase {
        receipt: category.into(),
        store: None,
        online: true,
        currency: "USD".into(),
        lines: vec![line],
        coupons: Vec::new(),
    };
    let signal = Signal {
        source: "app".into(),
        customer: CustomerId::new("lea").unwrap(),
        event: Fingerprint::of("till", category),
        decision: DecisionId::of("till", category, 0),
        at,
        offset_s: -4 * 3_600,
        arrived: at,
        happened: Happened::Purchase(purchase),
    };
    profile.fold(&signal, &Ground::of(&Places::default(), "USD"));
}

/// Whether somebody with these purchases is still to be told what goes with the dress, at an instant.
fn is_eligible(profile: &Profile, now: Timestamp, offset_s: i32) -> bool {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue"));
    let catalogue = crate::load(folder, None).unwrap();
    let action = catalogue.actions.iter().find(|action| action.name == "complete_the_look").unwrap();
    let lea = CustomerId::new("lea").unwrap();
    let moment = Moment {
        decision: DecisionId(1),
        customer: &lea,
        happened: None,
        trigger: Trigger::Due,
        store: None,
        profile,
        at: now,
        now,
        offset_s,
        rung: Rung::FullModel,
        denied_place: false,
        kept: Vec::new(),
        trouble: None,
        ready: None,
        exhausted: &[],
        learned: None,
        for_store: false,
        placement: None,
    };
    let known = Known::at(&moment, &catalogue.slots);
    // As for somebody who agreed to be profiled.
    let class = Class::Transactional;
    action.conditions.iter().all(|condition| condition.rule.holds(&known, class) == Some(true))
}

#[test]
fn who_buys_the_bag_herself_that_night_is_not_written_to_in_the_morning() {
    let (dress, night) = (SATURDAY.plus_s(15 * 3_600 + 40 * 60), SATURDAY.plus_s(22 * 3_600 + 10 * 60));
    // 09:30 on Sunday; the clocks went back in between.
    let morning = SATURDAY.plus_s((25 + 9) * 3_600 + 30 * 60);
    for at in [dress, SATURDAY.plus_s(8 * 3_600)] {
        let mut profile = Profile::default();
        bought(&mut profile, at, "dresses", 14_900);
        assert!(is_eligible(&profile, at.plus_s(600), -4 * 3_600), "as she leaves");
        assert!(is_eligible(&profile, morning, -5 * 3_600), "the next morning");
        bought(&mut profile, night, "bags", 3_900);
        assert!(!is_eligible(&profile, morning, -5 * 3_600), "however small the bag she bought herself");
    }
}
