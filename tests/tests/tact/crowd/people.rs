//! Who is counted: people of age who agreed to be profiled, each by what they did before today.

use tact_domain::{
    CheckIn, ConsentChange, ConsentState, Fingerprint, Grant, Line, LineKind, Profile, Purchase, Purpose, Scope, Span,
};

use super::*;

/// Somebody who may have agreed to be profiled, born in a year, who checks in at Market Street at noon and was there before.
#[derive(Clone, Copy, Debug)]
struct Life {
    profiled: Option<ConsentState>,
    born: Option<i16>,
    /// How many days ago each order was, in dollars.
    orders: (u8, u16),
    /// How many days ago they first checked in.
    known_for: u8,
}

prop_compose! {
    fn life(profiled: Option<ConsentState>, born: Option<i16>)(
        orders in (1_u8..90, 1_u16..600),
        known_for in 0_u8..90,
    ) -> Life {
        Life { profiled, born, orders, known_for }
    }
}

fn days_ago(days: u8) -> Timestamp {
    NOON.plus_s(-86_400 * i64::from(days))
}

fn profile(life: Life) -> Profile {
    let mut profile = Profile::default();
    let grant = life.profiled.map(|state| {
        let scope = Scope { purpose: Purpose::Profiling, channel: None, topic: None };
        Grant { scope, state, terms: None, review_after: None, benefit: None }
    });
    let change =
        ConsentChange { grants: grant.into_iter().collect(), birth_year: life.born, ..ConsentChange::default() };
    profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
    let store = Some(Key::new("market-street"));
    for (event, at) in [(2, days_ago(life.known_for)), (3, NOON)] {
        let check_in = CheckIn { store: store.clone(), venue: None, ready: None };
        profile.checkin.fold(&check_in, at, Fingerprint(event), 0, &CATALOGUE.ground());
    }
    let (days, price) = life.orders;
    let boots = Line {
        kind: LineKind::Sale,
        product: "boots".into(),
        category: Some("shoes".into()),
        quantity: 1,
        unit_price: i64::from(price) * 100,
    };
    let purchase = Purchase {
        receipt: "r-1".into(),
        store,
        online: false,
        currency: "USD".into(),
        lines: vec![boots],
        coupons: Vec::new(),
    };
    profile.purchase.fold(&purchase, days_ago(days), Fingerprint(4), 0, &CATALOGUE.ground());
    profile
}

fn counted(lives: &[Life]) -> Crowd {
    let store = CATALOGUE.places.store("market-street").unwrap();
    let span = Span { store, from: NOON, to: NOON.plus_s(3_600) };
    let categories = BTreeSet::from([Key::new("shoes")]);
    Crowd::of(lives.iter().filter_map(|life| profile(*life).seen_in(&span, &categories)), K)
}

const ADULT: (Option<ConsentState>, Option<i16>) = (Some(ConsentState::Granted), Some(1980));

proptest! {
    #[test]
    fn minors_and_who_did_not_agree_change_no_number(
        adults in prop::collection::vec(life(ADULT.0, ADULT.1), 0..40),
        minors in prop::collection::vec(life(Some(ConsentState::Granted), Some(2012)), 0..12),
        unasked in prop::collection::vec(life(None, None), 0..12),
        refused in prop::collection::vec(life(Some(ConsentState::Denied), Some(1980)), 0..12),
        revoked in prop::collection::vec(life(Some(ConsentState::Revoked), Some(1980)), 0..12),
    ) {
        let everybody: Vec<_> = [minors, adults.clone(), unasked, refused, revoked].concat();
        prop_assert_eq!(counted(&everybody), counted(&adults));
    }

    #[test]
    fn everybody_who_may_be_counted_is_of_one_type(life in life(ADULT.0, ADULT.1)) {
        prop_assert!(profile(life).profile_type(NOON).is_some());
    }
}

#[test]
fn the_types_are_told_apart_by_what_people_did_before_today() {
    let of = |known_for, orders| {
        let life = Life { profiled: ADULT.0, born: ADULT.1, orders, known_for };
        profile(life).profile_type(NOON)
    };
    assert_eq!(of(29, (20, 500)), Some(ProfileType::Newcomer));
    assert_eq!(of(30, (20, 299)), Some(ProfileType::Browser));
    assert_eq!(of(30, (20, 300)), Some(ProfileType::BigBuyer));
    assert_eq!(of(80, (60, 500)), Some(ProfileType::Lapsing), "that they are here today changes it tomorrow");
    assert_eq!(of(80, (59, 100)), Some(ProfileType::Browser));
    let unasked = Life { profiled: None, born: None, orders: (20, 500), known_for: 80 };
    assert_eq!(profile(unasked).profile_type(NOON), None);
    assert_eq!(Profile::default().profile_type(NOON), None);
}
