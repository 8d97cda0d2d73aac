//! Where things happen: the brand's stores as `stores.toml` has them, a café of somebody else's, and spots near them.

use super::dice::Dice;

/// A store of Harbor & Co.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    /// The flagship in lower Manhattan.
    MarketStreet,
    /// The express shop within 2,000 ft of a clinic.
    Riverside,
    /// Tampa, Florida.
    Tampa,
    /// Naples, Florida.
    Naples,
}

impl Store {
    /// The id that events and `stores.toml` use.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::MarketStreet => "market-street",
            Self::Riverside => "riverside",
            Self::Tampa => "tampa",
            Self::Naples => "naples",
        }
    }

    /// The areas a visitor passes between the door and the checkout, in the order they lie on the way.
    pub(super) fn aisles(self) -> &'static [&'static str] {
        match self {
            Self::MarketStreet => &["beauty", "women", "shoes", "fitting", "service"],
            Self::Riverside => &["coffee", "kitchen"],
            Self::Tampa | Self::Naples => &["women", "shoes", "swim"],
        }
    }

    /// The name its tills sign their events with.
    pub(super) fn till(self) -> &'static str {
        match self {
            Self::MarketStreet => "pos/market-street",
            Self::Riverside => "pos/riverside",
            Self::Tampa => "pos/tampa",
            Self::Naples => "pos/naples",
        }
    }

    /// The middle of the store.
    pub(super) fn middle(self) -> Spot {
        match self {
            Self::MarketStreet => Spot { lat_e6: 40_712_700, lon_e6: -74_006_000 },
            Self::Riverside => Spot { lat_e6: 40_799_000, lon_e6: -73_971_500 },
            Self::Tampa => Spot { lat_e6: 27_947_500, lon_e6: -82_458_400 },
            Self::Naples => Spot { lat_e6: 26_142_000, lon_e6: -81_794_800 },
        }
    }

    /// A spot within some 60 m of the middle: inside every fence.
    pub(super) fn inside(self, dice: &mut Dice) -> Spot {
        self.middle().shifted(dice.between(-400, 400), dice.between(-400, 400))
    }

    /// A spot some 350 to 500 m south of the middle: outside every fence.
    pub(super) fn outside(self, dice: &mut Dice) -> Spot {
        self.middle().shifted(dice.between(-4_200, -3_200), dice.between(-2_000, 2_000))
    }
}

/// A point on the map, in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// North is positive.
    pub(super) lat_e6: i32,
    /// East is positive.
    pub(super) lon_e6: i32,
}

impl Spot {
    /// The harbour café, 1.5 km from the flagship: a check-in there is no visit to a store.
    pub(super) const CAFE: Self = Self { lat_e6: 40_704_100, lon_e6: -73_992_300 };

    /// The clinic near Riverside, beside which nobody is followed.
    pub(super) const CLINIC: Self = Self { lat_e6: 40_802_600, lon_e6: -73_971_500 };

    /// Degrees north.
    pub(super) fn lat(self) -> f64 {
        f64::from(self.lat_e6) / 1e6
    }

    /// Degrees east.
    pub(super) fn lon(self) -> f64 {
        f64::from(self.lon_e6) / 1e6
    }

    fn shifted(self, north_e6: i32, east_e6: i32) -> Self {
        Self { lat_e6: self.lat_e6 + north_e6, lon_e6: self.lon_e6 + east_e6 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORES_TOML: &str = include_str!("../../../../shared/catalogue/stores.toml");

    #[test]
    fn the_town_and_the_catalogue_agree_on_every_store() {
        for store in [Store::MarketStreet, Store::Riverside, Store::Tampa, Store::Naples] {
            let entry =
                STORES_TOML.split("[[").find(|entry| entry.contains(&format!("id = \"{}\"", store.id()))).unwrap();
            assert!(entry.starts_with("store]]"));
            assert_eq!(number(entry, "lat").to_bits(), store.middle().lat().to_bits());
            assert_eq!(number(entry, "lon").to_bits(), store.middle().lon().to_bits());
            assert!(number(entry, "exit_m") < 350.0, "the way in starts outside");
            let areas = entry.lines().find(|line| line.starts_with("areas")).unwrap();
            for area in store.aisles().iter().chain(&["door", "checkout"]) {
                assert!(areas.contains(&format!("\"{area}\"")), "{} has no {area}", store.id());
            }
        }
    }

    #[test]
    fn the_clinic_is_near_riverside_and_far_from_the_flagship() {
        let clinic =
            STORES_TOML.split("[[").find(|entry| entry.starts_with("deny]]") && entry.contains("id = ")).unwrap();
        assert_eq!((number(clinic, "lat"), number(clinic, "lon")), (Spot::CLINIC.lat(), Spot::CLINIC.lon()));
        // A degree of latitude is 111.2 km; this far north a degree of longitude is 84 km.
        let distance_m = |from: Spot| {
            let north_m = (number(clinic, "lat") - from.lat()) * 111_195.0;
            let east_m = (number(clinic, "lon") - from.lon()) * 84_200.0;
            (north_m * north_m + east_m * east_m).sqrt()
        };
        assert!((390.0..410.0).contains(&distance_m(Store::Riverside.middle())));
        assert!(distance_m(Store::MarketStreet.middle()) > 1_000.0);
    }

    fn number(entry: &str, key: &str) -> f64 {
        let start = format!("{key} = ");
        let value = entry.lines().find_map(|line| line.strip_prefix(&start)).unwrap();
        value.split('#').next().unwrap().trim().parse().unwrap()
    }
}
