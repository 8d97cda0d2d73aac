//! Types of customers by what they do: everybody is of the one whose centre is nearest. Found by k-means, as counts are kept by them they have a version, and
//! know how customers of the types before them are divided among them.
//!
//! Layout, little-endian: magic (8 bytes), format version (u16), the types (postcard), SHA-256 of everything before it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{FEATURES, Row};

const MAGIC: &[u8; 8] = b"TACTTYP\0";
const FORMAT: u16 = 1;
const CHECKSUM_BYTES: usize = 32;

/// Types of customers, in order: everybody is of the one whose centre is nearest, the first of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Types {
    version: u16,
    features: Vec<String>,
    means: Vec<f64>,
    deviations: Vec<f64>,
    centres: Vec<Vec<f64>>,
    before: Option<Before>,
    /// The place of each feature in the row.
    #[serde(skip)]
    places: Vec<usize>,
}

/// The types of the version before, and how their customers are divided among those of this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Their version.
    pub version: u16,
    /// How many customers of each of them (a row) are of each of these (a column).
    pub overlap: Vec<Vec<u64>>,
}

/// Of what customers are told apart by, and how that is scaled.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Names of `Types::BY`.
    pub features: Vec<String>,
    /// The mean of the logarithm of each, `ln(1 + x)`,
    pub means: Vec<f64>,
    /// and how much that varies: its standard deviation, above 0.
    pub deviations: Vec<f64>,
}

impl Types {
    /// What customers may be told apart by: features of the row that are the customer's, whatever the moment. Who they are is none of them.
    pub const BY: [&str; 10] = [
        "visits_30d",
        "days_since_visit",
        "weekend_share",
        "orders_90d",
        "spend_90d",
        "days_since_order",
        "return_share",
        "last_dwell_min",
        "online_share",
        "tenure_days",
    ];
    /// The most types there may be: cells of counts are kept by them.
    pub const MOST: usize = 32;
    /// The version of the types by rule, `ProfileType`, which are those before any was found.
    pub const BY_RULE: u16 = 1;

    /// Types around centres, in standard deviations from the means.
    ///
    /// # Errors
    /// When the version is one of types by rule, a feature is none of `BY` or named twice, a number is none, or lengths do not fit each other.
    pub fn new(version: u16, scale: Scale, centres: Vec<Vec<f64>>, before: Option<Before>) -> Result<Self, TypesError> {
        let Scale { features, means, deviations } = scale;
        Self { version, features, means, deviations, centres, before, places: Vec::new() }.checked()
    }

    /// Reads an artefact and checks all of it.
    ///
    /// # Errors
    /// When the bytes hold no types, are of another format, were changed or cut, or hold types that cannot be.
    pub fn decode(bytes: &[u8]) -> Result<Self, TypesError> {
        let body = bytes.strip_prefix(MAGIC).ok_or(TypesError::NotTypes)?;
        let (format, body) = body.split_first_chunk().ok_or(TypesError::Checksum)?;
        let found = u16::from_le_bytes(*format);
        if found != FORMAT {
            return Err(TypesError::Format { found });
        }
        let (body, checksum) = body.split_last_chunk::<CHECKSUM_BYTES>().ok_or(TypesError::Checksum)?;
        let (signed, _) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(TypesError::Checksum)?;
        if Sha256::digest(signed).as_slice() != checksum.as_slice() {
            return Err(TypesError::Checksum);
        }
        let (types, rest) = postcard::take_from_bytes::<Self>(body).map_err(|_| TypesError::Checksum)?;
        if rest.is_empty() { types.checked() } else { Err(TypesError::Checksum) }
    }

    /// The artefact as bytes: the same types always give the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = [&MAGIC[..], &FORMAT.to_le_bytes()].concat();
        bytes.extend(postcard::to_allocvec(self).unwrap_or_default());
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// Their version; counts name the one they were made by.
    pub fn version(&self) -> u16 {
        self.version
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.centres.len()
    }

    /// The types before them.
    pub fn before(&self) -> Option<&Before> {
        self.before.as_ref()
    }

    /// The names of what customers are told apart by, and the mean of each among the customers around each centre, unscaled.
    pub fn described(&self) -> (&[String], Vec<Vec<f64>>) {
        let scales = || self.means.iter().zip(&self.deviations);
        let of = |centre: &Vec<f64>| {
            centre.iter().zip(scales()).map(|(at, (mean, deviation))| libm::expm1(at * deviation + mean)).collect()
        };
        (&self.features, self.centres.iter().map(of).collect())
    }

    /// Which type a customer is of, by the row of a moment of theirs.
    pub fn of(&self, row: &Row) -> u8 {
        let far = |centre: &Vec<f64>| {
            let scales = self.means.iter().zip(&self.deviations);
            let at = self
                .places
                .iter()
                .zip(scales)
                .map(|(place, scale)| row.get(*place).map_or(0.0, |value| scaled(f64::from(*value), scale)));
            centre.iter().zip(at).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
        };
        let all = (0_u8..).zip(self.centres.iter().map(far));
        all.min_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(place, _)| place)
    }

    fn checked(mut self) -> Result<Self, TypesError> {
        let width = self.features.len();
        if self.version <= Self::BY_RULE {
            return Err(TypesError::Version);
        }
        for (nth, feature) in self.features.iter().enumerate() {
            let place =
                FEATURES.iter().position(|known| known == feature).filter(|_| Self::BY.contains(&feature.as_str()));
            let twice = self.features.iter().take(nth).any(|other| other == feature);
            let place = place.filter(|_| !twice).ok_or_else(|| TypesError::Feature { name: feature.clone() })?;
            self.places.push(place);
        }
        let fits = width > 0
            && (1..=Self::MOST).contains(&self.centres.len())
            && self.centres.iter().chain([&self.means, &self.deviations]).all(|numbers| numbers.len() == width);
        let numbers = self.centres.iter().flatten().chain(&self.means).chain(&self.deviations);
        let sound = numbers.copied().all(f64::is_finite) && self.deviations.iter().all(|deviation| *deviation > 0.0);
        let columns = |before: &Before| {
            let rows = 1..=Self::MOST;
            rows.contains(&before.overlap.len())
                && before.overlap.iter().all(|row| row.len() == self.centres.len())
                && before.version < self.version
        };
        let carries = self.before.as_ref().is_none_or(columns);
        if fits && sound && carries { Ok(self) } else { Err(TypesError::Shape) }
    }
}

/// A value on a scale, given its mean and deviation: amounts and counts of people differ by factors, so their logarithm is what is compared.
pub fn scaled(value: f64, (mean, deviation): (&f64, &f64)) -> f64 {
    (logarithm(value) - mean) / deviation
}

/// What is scaled of a value: `ln(1 + x)`, of what is below 0 that of 0.
pub fn logarithm(value: f64) -> f64 {
    libm::log1p(value.max(0.0))
}

/// Why types of customers were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypesError {
    /// The first bytes are something else.
    #[error("not a file of types of customers")]
    NotTypes,
    /// Written by another build.
    #[error("types of customers have format {found}, this build reads format {FORMAT}: find them again or update")]
    Format {
        /// The format version in the artefact.
        found: u16,
    },
    /// The bytes are not those that were written.
    #[error("checksum of the types of customers does not match: the file was changed or cut short")]
    Checksum,
    /// Version 1 is that of the types by rule.
    #[error("versions of types that are found begin with 2")]
    Version,
    /// They ask for something that nobody is told apart by.
    #[error("customers are not told apart by `{name}`, or not twice")]
    Feature {
        /// Its name.
        name: String,
    },
    /// Lengths do not fit each other, or a number is none.
    #[error("types of customers do not fit together")]
    Shape,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scale() -> Scale {
        let features = ["orders_90d", "spend_90d"].map(str::to_owned).to_vec();
        Scale { features, means: vec![1.0, 3.0], deviations: vec![0.5, 2.0] }
    }

    fn types() -> Types {
        let before = Before { version: 1, overlap: vec![vec![1, 2]; 5] };
        Types::new(2, scale(), vec![vec![-1.0, 0.0], vec![1.0, 0.5]], Some(before)).unwrap()
    }

    fn row(orders: f32, spend: f32) -> Row {
        let mut row = [0.0; FEATURES.len()];
        for (name, value) in [("orders_90d", orders), ("spend_90d", spend)] {
            row[FEATURES.iter().position(|known| *known == name).unwrap()] = value;
        }
        row
    }

    #[test]
    fn types_survive_their_artefact_and_every_cut_and_changed_byte_is_refused() {
        let bytes = types().encode();
        assert_eq!(Types::decode(&bytes), Ok(types()));
        assert_eq!(Types::decode(&bytes).unwrap().encode(), bytes);
        for length in 0..bytes.len() {
            assert!(Types::decode(&bytes[..length]).is_err());
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Types::decode(&changed).is_err());
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        let mut newer = types().encode();
        newer[8] = 9;
        assert_eq!(Types::decode(&newer), Err(TypesError::Format { found: 9 }));
        assert_eq!(Types::decode(b"TACTBID\0"), Err(TypesError::NotTypes));
        let of = |version, scale, centres, before| Types::new(version, scale, centres, before).unwrap_err();
        let centres = || vec![vec![0.0, 0.0]];
        assert_eq!(of(1, scale(), centres(), None), TypesError::Version);
        for name in ["channel_sms", "spend_90d", "age"] {
            let features = vec!["spend_90d".to_owned(), name.to_owned()];
            let wrong = of(2, Scale { features, ..scale() }, centres(), None);
            assert_eq!(wrong, TypesError::Feature { name: name.to_owned() });
        }
        assert_eq!(of(2, scale(), vec![vec![0.0]], None), TypesError::Shape);
        assert_eq!(of(2, scale(), vec![vec![0.0, f64::NAN]], None), TypesError::Shape);
        assert_eq!(of(2, Scale { deviations: vec![0.0, 1.0], ..scale() }, centres(), None), TypesError::Shape);
        let later = Before { version: 2, overlap: vec![vec![1]] };
        assert_eq!(of(2, scale(), centres(), Some(later)), TypesError::Shape, "they are of the version before");
    }

    #[test]
    fn what_customers_are_told_apart_by_is_in_the_row() {
        assert!(Types::BY.iter().all(|name| FEATURES.contains(name)));
    }

    proptest! {
        #[test]
        fn everybody_is_of_the_nearest_type(orders in 0.0_f32..40.0, spend in 0.0_f32..2_000.0) {
            let logarithm = |value: f32| libm::log(1.0 + f64::from(value));
            let at = [(logarithm(orders) - 1.0) / 0.5, (logarithm(spend) - 3.0) / 2.0];
            let far = [libm::hypot(at[0] + 1.0, at[1]), libm::hypot(at[0] - 1.0, at[1] - 0.5)];
            prop_assume!((far[0] - far[1]).abs() > 1e-9);
            prop_assert_eq!(types().of(&row(orders, spend)), u8::from(far[1] < far[0]));
        }
    }
}
