//! The fullest customer there can be: every facet at its bound, no two names or times alike where they can differ, so that nothing compresses well.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tact_domain::{
    Allowance, Appointment, AreaStay, Basket, Block, CategoryAffinity, Cause, Channel, CheckInFacet, CommentFacet,
    ConsentChange, ConsentFacet, ConsentState, Contact, ContactFacet, ContactState, DayBuckets, DayCheckIns,
    DecisionId, Fingerprint, GeolocationFacet, Grant, Histogram, Horizon, Key, Method, Mission, Missions, On, Owned,
    PartnerFacet, PartnerSignal, Presence, Profile, PurchaseFacet, Purpose, Register, Remark, Scope, SpendDay,
    StoreHistory, Taken, Terms, Timestamp, Tone, TopKeys, Trigger, Trouble, Visit,
};
use tact_wire::sha256_hex;

/// The last day of the last year an event may be of.
pub(crate) const LATE: Timestamp = Timestamp(4_102_358_400_000);

/// The fullest profile with keys of so many bytes.
pub(crate) fn fullest(key_len: usize) -> Profile {
    Profile {
        checkin: fullest_checkin(key_len),
        purchase: fullest_purchase(key_len),
        geolocation: fullest_geolocation(key_len),
        partner: fullest_partner(key_len),
        comment: fullest_comment(key_len),
        consent: fullest_consent(key_len),
        contact: fullest_contact(key_len),
    }
}

/// A name that looks like one: the first half of its first 24 bytes is found in no other.
fn key(n: u32, len: usize) -> Key {
    let own: String = sha256_hex(&n.to_be_bytes()).chars().take(len.min(24) / 2).collect();
    own.chars().chain("_of_a_name_of_somebody".chars().cycle()).take(len).collect()
}

/// Bits that look like chance.
fn bits(n: u32) -> u64 {
    let hash = sha256_hex(&n.to_le_bytes());
    u64::from_str_radix(hash.get(..16).unwrap(), 16).unwrap()
}

fn decision(n: u32) -> DecisionId {
    DecisionId(u128::from(bits(n)) << 64 | u128::from(bits(n + 1_000)))
}

/// An instant of the last month there is.
fn late(n: u32) -> Timestamp {
    Timestamp(LATE.0 - i64::try_from(bits(n) % 2_592_000_000).unwrap())
}

fn full_horizon<const N: usize>() -> Horizon<N> {
    let mut horizon = Horizon::default();
    // As far apart as they can be: it is the time between them that is stored.
    let at = |n: i64| Timestamp(LATE.0 / 100 * n);
    (1..=100).for_each(|n| horizon.remember(at(n), Fingerprint(bits(u32::try_from(n).unwrap()))));
    horizon
}

fn full_days<V: Default + Clone>(value: &V) -> DayBuckets<V> {
    let mut days: DayBuckets<V> = DayBuckets::default();
    let last = LATE.day(0);
    (0..100).rev().for_each(|back| days.bucket(last.minus(back)).unwrap().clone_from(value));
    days
}

fn full_keys<V: Default + Clone, const N: usize>(key_len: usize, value: &V) -> TopKeys<V, N> {
    let mut keys: TopKeys<V, N> = TopKeys::default();
    let at = |n: u32| LATE.plus_s(-86_400 * 30 + i64::from(n) * 7_654);
    (0..100).for_each(|n| keys.touch(&key(n, key_len), at(n)).unwrap().clone_from(value));
    keys
}

fn full_histogram<const N: usize>() -> Histogram<N> {
    let mut histogram = Histogram::default();
    let amounts = (0..N).map(|bucket| if bucket == 0 { 0 } else { 1 << (bucket - 1) });
    amounts.for_each(|amount| (0..=u16::MAX).for_each(|_| histogram.add(amount)));
    histogram
}

fn fullest_checkin(key_len: usize) -> CheckInFacet {
    let day = DayCheckIns { check_ins: u16::MAX, visits: u16::MAX };
    let mut facet = CheckInFacet {
        horizon: full_horizon(),
        check_ins: u32::MAX,
        visits: u32::MAX,
        weekday: u32::MAX,
        weekend: u32::MAX,
        first: Some(LATE),
        last: Some(LATE),
        last_visit: Some(LATE),
        days: full_days(&day),
        categories: full_keys(key_len, &u32::MAX),
        unrewarded: full_keys(key_len, &full_days(&u16::MAX)),
        ..CheckInFacet::default()
    };
    for n in 0..100 {
        let store = facet.stores.touch(&key(n, key_len), LATE.plus_s(i64::from(n) - 1_000)).unwrap();
        (store.visits, store.days) = (u32::MAX, full_days(&u16::MAX));
    }
    facet
}

fn fullest_purchase(key_len: usize) -> PurchaseFacet {
    let interest = CategoryAffinity { weight: f64::MAX, as_of: LATE, days: full_days(&u16::MAX) };
    let owned = Owned { quantity: i32::MIN, category: Some(key(0, key_len)) };
    PurchaseFacet {
        horizon: full_horizon(),
        orders: u32::MAX,
        net: i64::MIN,
        returned: i64::MAX,
        first: Some(LATE),
        last: Some(LATE),
        last_return: Some(LATE),
        days: full_days(&SpendDay { orders: u16::MAX, net: i64::MIN }),
        windows: vec![(LATE.day(0).0 / 90, i64::MIN); 12],
        affinity: full_keys(key_len, &interest),
        owned: full_keys(key_len, &owned),
        blocks: [Block { orders: u32::MAX, net: i64::MIN }; 4],
        baskets: (0..8).map(|n| Basket { at: late(n), store: Some(key(n, key_len)), net: i64::MIN }).collect(),
        basket_sizes: full_histogram(),
        other_currencies: full_keys(3, &i64::MIN),
    }
}

fn fullest_geolocation(key_len: usize) -> GeolocationFacet {
    let place = key(0, key_len);
    let areas = (0..16).map(|n| AreaStay { area: key(n, key_len), seconds: u32::MAX - n * 60 }).collect::<Vec<_>>();
    let path = (0..16).map(|n| key(n, key_len)).collect::<Vec<_>>();
    let presence = Presence {
        store: place.clone(),
        entered: LATE,
        seen: LATE,
        dwelled: true,
        area: Some(place.clone()),
        area_since: LATE,
        areas: areas.clone(),
        path: path.clone(),
        first_area_at: Some(LATE),
    };
    let mission = Mission::Unknown;
    let visit = Visit { store: place.clone(), entered: LATE, left: LATE, areas, path, direct_to: Some(place), mission };
    let history = StoreHistory {
        minutes: full_histogram(),
        areas: full_histogram(),
        missions: [Missions { express: u16::MAX, browse: u16::MAX, unknown: u16::MAX }; 2],
    };
    GeolocationFacet {
        horizon: full_horizon(),
        inside: vec![presence; 8],
        visits: vec![visit; 8],
        weekday: u32::MAX,
        weekend: u32::MAX,
        days: full_days(&u16::MAX),
        stores: full_keys(key_len, &history),
    }
}

fn fullest_partner(key_len: usize) -> PartnerFacet {
    let name = key(0, key_len);
    let (kind, category, destination) = (name.clone(), name.clone(), Some(name.clone()));
    let (source, with) = (name.clone(), Some(name.clone()));
    let signal = PartnerSignal { source, with, kind, category, destination, ends: Some(LATE.plus_s(400 * 86_400)) };
    PartnerFacet { horizon: full_horizon(), signals: (0..16).map(|n| (late(n), signal.clone())).collect() }
}

fn fullest_comment(key_len: usize) -> CommentFacet {
    let remark = |n| Remark {
        at: late(n),
        cause: Cause::Other,
        tone: Tone::Neutral,
        arena: "social".into(),
        public: true,
        store: Some(key(n, key_len)),
        method: Some(Method::Told),
    };
    let told = Register { value: Cause::Other, at: LATE, event: Fingerprint(u64::MAX) };
    CommentFacet { horizon: full_horizon(), remarks: (0..8).map(remark).collect(), told: Some(told) }
}

fn fullest_consent(key_len: usize) -> ConsentFacet {
    let terms = Some(Terms { max: 1_000, per_days: 366 });
    let grant = |n| {
        let scope = Scope { purpose: Purpose::Social, channel: Some(Channel::Associate), topic: Some(key(n, key_len)) };
        Grant { scope, state: ConsentState::Granted, terms, review_after: Some(LATE), benefit: Some(key(n, key_len)) }
    };
    let change = ConsentChange {
        grants: (0..100).map(grant).collect(),
        points: Channel::ALL.map(|channel| (channel, true)).to_vec(),
        area_code: Some(u16::MAX),
        zone: Some(key(0, "America/Argentina/ComodRivadavia".len())),
        locale: Some(key(0, 35)),
        birth_year: Some(2099),
    };
    let mut facet = ConsentFacet::default();
    facet.fold(&change, LATE, Fingerprint(u64::MAX));
    for n in 0..20 {
        let said = Register { value: Some(LATE), at: LATE, event: Fingerprint(u64::MAX) };
        facet.other_side(&key(n, key_len), said);
    }
    facet
}

fn fullest_contact(key_len: usize) -> ContactFacet {
    let mut facet = ContactFacet::default();
    let allowance = Allowance { most: u16::MAX, per_day: 0, thanked: 0, found: 0 };
    for channel in [Channel::Associate, Channel::Inbox] {
        for n in 0..64 {
            // Each takes all that a message can of what its action earned, and of the rest.
            facet.earn(&key(n % 12, key_len), 1_000, allowance);
            facet.plan(Contact {
                decision: decision(n),
                channel,
                action: key(n % 12, key_len),
                group: key(n % 4, key_len),
                topic: Some(key(n % 4, key_len)),
                patience: Taken::shared(2_000),
                capped: true,
                planned_at: late(n),
                expires_at: late(n + 64),
                state: ContactState::Sent,
            });
        }
    }
    for n in 0..12 {
        facet.earn(&key(n, key_len), u16::MAX, allowance);
        facet.make_amends(late(n));
    }
    for n in 0..32 {
        let appointment = Appointment {
            issue: key(n, key_len),
            on: On::Purchase,
            not_before: LATE,
            until: LATE,
            made_by: decision(n),
            trigger: Trigger::Due,
            store: Some(key(0, key_len)),
            said: Some((key(n % 12, key_len), key(n, key_len))),
            promised: Some((key(n % 12, key_len), key(n, key_len))),
        };
        facet.appoint(appointment, LATE);
        facet.suppress(&key(n, key_len), LATE);
    }
    for trouble in Trouble::ALL {
        facet.troubles.enter(trouble, LATE);
    }
    facet
}
