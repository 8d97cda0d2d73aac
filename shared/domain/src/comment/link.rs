//! Which store a comment belongs to, how we know, and how sure that is: from a session of a store's Wi-Fi, from where a photo was taken, or
//! because the customer says so. Without evidence there is no store.

use serde::{Deserialize, Serialize};

use super::Comment;
use crate::{Key, Places, Timestamp, distance_m};

/// How far a session of a store's Wi-Fi may lie before or after the comment, in seconds: half an hour.
const SESSION_S: i64 = 30 * 60;
/// How long before the comment a photo may have been taken, in seconds: a day.
const TAG_S: i64 = 24 * 3_600;
/// How sure it is what the customer says.
const TOLD: f64 = 0.95;
/// How sure a session is that was going on just then, and what every minute in between takes off.
const WIFI: f64 = 0.9;
const WIFI_A_MINUTE: f64 = 0.01;
/// How sure a tag is that is exact, and what one takes off that is as coarse as the fence.
const GEO_TAG: f64 = 0.7;
const GEO_TAG_COARSE: f64 = 0.3;

/// What tells in which store a comment was said, or which it is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Evidence {
    /// Nothing does.
    #[default]
    Nothing,
    /// The customer says so.
    Told {
        /// The store.
        store: Key,
    },
    /// Their device was in a store's Wi-Fi.
    Wifi {
        /// The store.
        store: Key,
        /// When it was last seen there.
        at: Timestamp,
    },
    /// What was posted says where it was taken; `None` where the position was not to be kept.
    GeoTag(Option<Tag>),
}

impl Evidence {
    /// What kind of evidence it is; `None` when there is none.
    pub fn method(&self) -> Option<Method> {
        match self {
            Self::Nothing => None,
            Self::Told { .. } => Some(Method::Told),
            Self::Wifi { .. } => Some(Method::Wifi),
            Self::GeoTag(_) => Some(Method::GeoTag),
        }
    }
}

/// Where and when something posted was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tag {
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub accuracy_m: f64,
    /// When.
    pub taken_at: Timestamp,
}

/// How we know in which store a comment was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By a session of the store's Wi-Fi.
    Wifi,
    /// By where something posted was taken.
    GeoTag,
    /// The customer says so.
    Told,
}

impl Method {
    /// Every method, in the order used wherever they are listed.
    pub const ALL: [Self; 3] = [Self::Wifi, Self::GeoTag, Self::Told];

    /// The name used in events, records and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wifi => "wifi",
            Self::GeoTag => "geo_tag",
            Self::Told => "told",
        }
    }
}

/// The store a comment belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreLink {
    /// The store.
    pub store: Key,
    /// How we know.
    pub method: Method,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
}

/// The store that a comment of an instant belongs to; `None` without evidence that holds for exactly one store of ours. Whether it may be
/// used as this customer's is another question.
pub fn store_link(comment: &Comment, at: Timestamp, places: &Places) -> Option<StoreLink> {
    let (store, confidence) = match &comment.evidence {
        Evidence::Nothing => None,
        Evidence::Told { store } => Some((&places.store(store)?.id, TOLD)),
        Evidence::Wifi { store, at: seen } => Some((&places.store(store)?.id, by_session(at, *seen)?)),
        Evidence::GeoTag(tag) => by_tag(tag.as_ref()?, at, places),
    }?;
    Some(StoreLink { store: store.clone(), method: comment.evidence.method()?, confidence })
}

/// How sure a session makes a store; `None` when it lies too far from the comment.
fn by_session(at: Timestamp, seen: Timestamp) -> Option<f64> {
    let apart_ms = at.since_ms(seen).saturating_abs();
    let minutes = u16::try_from(apart_ms / 60_000).ok()?;
    (apart_ms <= SESSION_S * 1_000).then(|| WIFI - WIFI_A_MINUTE * f64::from(minutes))
}

/// The one store whose fence may hold the position, give or take its accuracy. A tag that is too old, coarser than the fence, or may lie in a
/// deny zone tells nothing.
fn by_tag<'a>(tag: &Tag, at: Timestamp, places: &'a Places) -> Option<(&'a Key, f64)> {
    let in_time = (0..=TAG_S * 1_000).contains(&at.since_ms(tag.taken_at));
    if !in_time || places.denied(tag.lat, tag.lon, tag.accuracy_m).is_some() {
        return None;
    }
    let mut may_hold = places
        .stores
        .iter()
        .filter(|store| distance_m(tag.lat, tag.lon, store.lat, store.lon) <= store.enter_m + tag.accuracy_m);
    let store = may_hold.next()?;
    let alone = may_hold.next().is_none();
    let coarseness = tag.accuracy_m / store.enter_m;
    (alone && coarseness <= 1.0).then_some((&store.id, GEO_TAG - GEO_TAG_COARSE * coarseness))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{Cause, DenyZone, Reading, Store, Tone};

    const NOON: Timestamp = Timestamp(1_793_462_400_000);
    /// A degree of latitude, in metres.
    const DEGREE_M: f64 = 111_195.08;

    /// Two stores 300 m apart with fences of 100 m; a clinic 1,000 m north of the first.
    fn places() -> Places {
        let store = |id: &str, north_m: f64| Store {
            id: id.into(),
            name: String::new(),
            lat: 40.0 + north_m / DEGREE_M,
            lon: -74.0,
            zone: TimeZone::UTC,
            enter_m: 100.0,
            exit_m: 150.0,
            dwell_s: 300,
            areas: Vec::new(),
            service_areas: Vec::new(),
        };
        let clinic = DenyZone {
            id: "clinic".into(),
            category: "clinic".into(),
            lat: 40.0 + 1_000.0 / DEGREE_M,
            lon: -74.0,
            radius_m: 609.6,
        };
        Places { stores: vec![store("first", 0.0), store("second", -300.0)], deny: vec![clinic] }
    }

    fn linked(evidence: Evidence) -> Option<(Key, Method, f64)> {
        let read = Reading { cause: Cause::Display, confidence: 0.5, tone: Tone::Complaint };
        let comment = Comment { arena: "social".into(), public: true, about: None, reply_to: None, evidence, read };
        store_link(&comment, NOON, &places()).map(|link| (link.store, link.method, link.confidence))
    }

    fn tag(north_m: f64, accuracy_m: f64, hours_before: i64) -> Evidence {
        let taken_at = NOON.plus_s(-hours_before * 3_600);
        Evidence::GeoTag(Some(Tag { lat: 40.0 + north_m / DEGREE_M, lon: -74.0, accuracy_m, taken_at }))
    }

    fn wifi(store: &str, seconds_before: i64) -> Evidence {
        Evidence::Wifi { store: store.into(), at: NOON.plus_s(-seconds_before) }
    }

    fn told(store: &str) -> Evidence {
        Evidence::Told { store: store.into() }
    }

    #[test]
    fn a_comment_belongs_to_the_one_store_that_its_evidence_names() {
        let cases = [
            (told("first"), "first", Method::Told, 0.95),
            (told("second"), "second", Method::Told, 0.95),
            (wifi("first", 0), "first", Method::Wifi, 0.9),
            (wifi("first", 59), "first", Method::Wifi, 0.9),
            (wifi("first", 600), "first", Method::Wifi, 0.8),
            (wifi("first", -600), "first", Method::Wifi, 0.8),
            (wifi("second", 1_800), "second", Method::Wifi, 0.6),
            (tag(0.0, 0.0, 0), "first", Method::GeoTag, 0.7),
            (tag(99.0, 0.0, 1), "first", Method::GeoTag, 0.7),
            (tag(0.0, 50.0, 24), "first", Method::GeoTag, 0.55),
            (tag(-300.0, 100.0, 2), "second", Method::GeoTag, 0.4),
        ];
        for (evidence, store, method, confidence) in cases {
            let (found, by, sure) = linked(evidence.clone()).unwrap_or_else(|| panic!("{evidence:?}"));
            assert_eq!((found.as_str(), by), (store, method), "{evidence:?}");
            assert!((sure - confidence).abs() < 1e-9, "{evidence:?}: {sure}");
        }
    }

    #[test]
    fn without_evidence_that_holds_for_exactly_one_store_there_is_none() {
        let cases = [
            (Evidence::Nothing, "no evidence"),
            (told("third"), "a store we do not know"),
            (wifi("third", 0), "a store we do not know"),
            (wifi("first", 1_801), "a session that was over long ago"),
            (wifi("first", -1_801), "a session long after"),
            (Evidence::GeoTag(None), "a position that was not kept"),
            (tag(0.0, 0.0, 25), "taken the day before"),
            (tag(0.0, 0.0, -1), "taken after it was posted"),
            (tag(200.0, 0.0, 0), "outside of every fence"),
            (tag(0.0, 101.0, 0), "coarser than the fence"),
            (tag(-150.0, 60.0, 0), "in the fence of either"),
            (tag(100.0, 291.0, 0), "a clinic may be there"),
            (tag(95.0, 99.0, -2), "from the future"),
        ];
        for (evidence, why) in cases {
            assert_eq!(linked(evidence), None, "{why}");
        }
    }

    #[test]
    fn a_tag_beside_a_clinic_tells_nothing_however_well_it_fits() {
        let mut beside = places();
        beside.deny[0].radius_m = 950.0;
        let Evidence::GeoTag(Some(tag)) = tag(40.0, 20.0, 0) else { panic!("no tag") };
        assert!(by_tag(&tag, NOON, &places()).is_some());
        assert!(by_tag(&tag, NOON, &beside).is_none());
    }
}
