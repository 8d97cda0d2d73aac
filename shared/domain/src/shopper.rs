//! How somebody shops, with probabilities: in a hurry, looking around, or seldom and much; from what their visits looked like and what they paid each time.

use crate::{Missions, Profile, Timestamp};

/// A way to shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shopper {
    /// Comes for one thing, and goes.
    Express,
    /// Looks around.
    Browser,
    /// Buys much at once.
    BigBuyer,
}

impl Shopper {
    /// Every way, in the order of probabilities.
    pub const ALL: [Self; 3] = [Self::Express, Self::Browser, Self::BigBuyer];

    /// The name used in rules and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Express => "express",
            Self::Browser => "browser",
            Self::BigBuyer => "big_buyer",
        }
    }

    /// How likely each is, in the order of `ALL`, after so many visits that were express, browsing and neither, and so many baskets that were small (below
    /// 64.00), middling, and big (256.00 or more). Bayes' theorem with equal priors, as if each visit and each basket were drawn by itself from the shares of
    /// its way (naive Bayes). They are not, so of each no more than `MOST` count, in their proportions. `None` when there is neither visit nor basket.
    pub fn probabilities(visits: [u32; 3], baskets: [u32; 3]) -> Option<[f64; 3]> {
        let seen = |counts: [u32; 3]| counts.iter().map(|count| f64::from(*count)).sum::<f64>();
        if seen(visits) + seen(baskets) <= 0.0 {
            return None;
        }
        let weigh = |counts: [u32; 3], shares: [f64; 3]| -> f64 {
            let weight = (MOST / seen(counts).max(1.0)).min(1.0);
            counts.iter().zip(shares).map(|(count, share)| weight * f64::from(*count) * libm::log(share)).sum()
        };
        let [express, browser, big] =
            SHARES.map(|(of_visits, of_baskets)| weigh(visits, of_visits) + weigh(baskets, of_baskets));
        let most = express.max(browser).max(big);
        let each = [express, browser, big].map(|log| libm::exp(log - most));
        let sum: f64 = each.iter().sum();
        Some(each.map(|part| part / sum))
    }
}

/// The most visits, and the most baskets, that count.
const MOST: f64 = 8.0;
/// By way, in the order of `Shopper::ALL`: the share of visits that are express, browsing and neither, and of baskets that are small, middling and big. Set
/// by hand and rounded, less sharp than what half of the townspeople show; how good they are is told by the other half, on the model's card.
const SHARES: [([f64; 3], [f64; 3]); 3] = [
    ([0.70, 0.10, 0.20], [0.30, 0.60, 0.10]),
    ([0.10, 0.65, 0.25], [0.40, 0.50, 0.10]),
    ([0.15, 0.50, 0.35], [0.05, 0.25, 0.70]),
];
/// In major units, the first bucket of basket sizes that is middling, and the first that is big: buckets double, and these begin at 64 and 256.
const MIDDLING: usize = 7;
const BIG: usize = 9;

impl Profile {
    /// How likely the customer shops in each way, in the order of `Shopper::ALL`, by all their baskets and, as far as we may use positions, all their
    /// visits. `None` when there are neither.
    pub fn shopper(&self, now: Timestamp) -> Option<[f64; 3]> {
        let missions = self.positions(now).map_or(Missions::default(), crate::GeolocationFacet::missions);
        Shopper::probabilities(
            [missions.express, missions.browse, missions.unknown].map(u32::from),
            self.basket_sizes(),
        )
    }

    /// The same from baskets alone, wherever the customer was.
    pub fn shopper_unseen(&self) -> Option<[f64; 3]> {
        Shopper::probabilities([0; 3], self.basket_sizes())
    }

    /// How many baskets were small, middling and big.
    fn basket_sizes(&self) -> [u32; 3] {
        let mut sizes = [0_u32; 3];
        for (bucket, count) in self.purchase.basket_sizes.counts().enumerate() {
            let size = usize::from(bucket >= MIDDLING) + usize::from(bucket >= BIG);
            if let Some(sum) = sizes.get_mut(size) {
                *sum = sum.saturating_add(count);
            }
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ConsentChange, ConsentState, Fingerprint, Grant, Ground, Key, Line, LineKind, Places, Purchase, Purpose, Scope,
        Sighting, Store,
    };

    const BEGIN: Timestamp = Timestamp(1_780_000_000_000);

    fn near(told: Option<[f64; 3]>, by_hand: [f64; 3]) -> bool {
        told.is_some_and(|told| told.iter().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-9))
    }

    #[test]
    fn probabilities_are_what_bayes_theorem_says_by_hand() {
        // Two express visits and a small basket: .7 * .7 * .3 = .147, .1 * .1 * .4 = .004, .15 * .15 * .05 = .001125.
        let sum = 0.147 + 0.004 + 0.001_125;
        let told = Shopper::probabilities([2, 0, 0], [1, 0, 0]);
        assert!(near(told, [0.147 / sum, 0.004 / sum, 0.001_125 / sum]), "{told:?}");
        assert_eq!(Shopper::probabilities([0; 3], [0; 3]), None);
        let (eight, eighty) = (Shopper::probabilities([6, 2, 0], [0; 3]), Shopper::probabilities([60, 20, 0], [0; 3]));
        assert!(near(eight, eighty.unwrap()), "more than eight visits make nobody surer");
    }

    fn places() -> Places {
        let areas: Vec<Key> = ["door", "shoes", "bags", "women", "fitting", "checkout"].map(Key::new).to_vec();
        let store = Store {
            id: "harbor".into(),
            name: "Harbor".to_owned(),
            lat: 40.0,
            lon: -74.0,
            zone: jiff::tz::TimeZone::UTC,
            enter_m: 200.0,
            exit_m: 300.0,
            dwell_s: 300,
            areas,
            service_areas: Vec::new(),
        };
        Places { stores: vec![store], deny: Vec::new() }
    }

    /// Chance that is the same every time: a share from 0 to 1.
    struct Chance(u64);

    impl Chance {
        fn share(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 31)
        }

        fn between(&mut self, least: i64, most: i64) -> i64 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small numbers")]
            let above = (self.share() * (most - least + 1) as f64) as i64;
            least + above
        }
    }

    /// How a planted shopper comes: minutes inside, areas beside the door, and what they pay in major units; who buys at all, of 10. The ranges meet.
    struct Ways {
        minutes: (i64, i64),
        areas: (i64, i64),
        pays: (i64, i64),
        buys: i64,
    }

    const PLANTED: [(Shopper, Ways); 3] = [
        (Shopper::Express, Ways { minutes: (2, 14), areas: (1, 2), pays: (15, 160), buys: 9 }),
        (Shopper::Browser, Ways { minutes: (8, 55), areas: (1, 5), pays: (10, 190), buys: 5 }),
        (Shopper::BigBuyer, Ways { minutes: (6, 50), areas: (1, 5), pays: (120, 900), buys: 8 }),
    ];

    /// Somebody who lets us look, before they ever came.
    fn somebody() -> Profile {
        let mut profile = Profile::default();
        let scope = Scope { purpose: Purpose::Location, channel: None, topic: None };
        let grant = Grant { scope, state: ConsentState::Granted, terms: None, review_after: None, benefit: None };
        let change = ConsentChange { grants: vec![grant], ..ConsentChange::default() };
        profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
        profile
    }

    /// One visit, seen by beacons and paid at the till, by the folds that fold anybody's.
    fn come(profile: &mut Profile, ways: &Ways, nth: i64, chance: &mut Chance, places: &Places) {
        let entered = BEGIN.plus_s(nth * 3 * 86_400);
        let (minutes, areas) =
            (chance.between(ways.minutes.0, ways.minutes.1), chance.between(ways.areas.0, ways.areas.1));
        let beacon = |place: i64| {
            let store = &places.stores[0];
            Sighting::Beacon {
                store: store.id.clone(),
                area: store.areas.get(usize::try_from(place).unwrap()).cloned(),
            }
        };
        let mut event = 10_000 * u64::try_from(nth + 1).unwrap();
        let mut see = |sighting: &Sighting, at: Timestamp| {
            event += 1;
            profile.geolocation.fold(sighting, at, Fingerprint(event), places);
        };
        let stay_s = minutes * 60 / (areas + 1);
        (0..=areas).for_each(|place| see(&beacon(place), entered.plus_s(place * stay_s)));
        // Still there from time to time, so that no gap ends the visit early.
        (areas * stay_s / 300 + 1..minutes / 5).for_each(|n| see(&beacon(areas), entered.plus_s(n * 300 + 1)));
        let left = entered.plus_s(minutes * 60);
        see(&Sighting::Fix { lat: 41.0, lon: -74.0, accuracy_m: None }, left);
        if chance.between(1, 10) > ways.buys {
            return;
        }
        let price = chance.between(ways.pays.0, ways.pays.1) * 100;
        let line = Line { kind: LineKind::Sale, product: "p".into(), category: None, quantity: 1, unit_price: price };
        let receipt = Purchase {
            receipt: "r".into(),
            store: Some("harbor".into()),
            online: false,
            currency: "USD".into(),
            lines: vec![line],
            coupons: Vec::new(),
        };
        profile.purchase.fold(&receipt, left, Fingerprint(event + 1), 0, &Ground::of(places, "USD"));
    }

    /// Of how many of 600 planted shoppers the likeliest way is theirs after so many visits, and how sure we were on average.
    fn recovered(visits: i64) -> (f64, f64) {
        let (places, mut chance, (mut right, mut sure)) = (places(), Chance(11), (0.0, 0.0));
        for _ in 0..200 {
            for (planted, ways) in &PLANTED {
                let mut profile = somebody();
                (0..visits).for_each(|nth| come(&mut profile, ways, nth, &mut chance, &places));
                let told = profile.shopper(BEGIN.plus_s(400 * 86_400)).unwrap();
                let likeliest = (0..3).max_by(|a, b| told[*a].total_cmp(&told[*b])).unwrap();
                right += f64::from(u8::from(Shopper::ALL[likeliest] == *planted));
                sure += told[likeliest];
            }
        }
        (right / 600.0, sure / 600.0)
    }

    #[test]
    fn planted_shoppers_are_recovered_the_better_the_more_they_come() {
        let told: Vec<(f64, f64)> = [1, 3, 6, 12].map(recovered).to_vec();
        let least = [0.60, 0.84, 0.93, 0.96];
        assert!(told.iter().zip(least).all(|((right, _), least)| *right >= least), "{told:?}");
        assert!(told.iter().all(|(right, sure)| sure - right < 0.05), "never far surer than right: {told:?}");
    }

    #[test]
    fn without_consent_to_positions_only_baskets_are_looked_at() {
        let (places, mut chance, now) = (places(), Chance(5), BEGIN.plus_s(400 * 86_400));
        let mut profile = somebody();
        (0..6).for_each(|nth| come(&mut profile, &PLANTED[0].1, nth, &mut chance, &places));
        assert_ne!(profile.shopper(now), profile.shopper_unseen());
        profile.consent = crate::ConsentFacet::default();
        assert_eq!(profile.shopper(now), profile.shopper_unseen());
        assert_eq!(Profile::default().shopper(now), None);
    }
}
