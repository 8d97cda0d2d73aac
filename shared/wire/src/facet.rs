//! The packed form of facets and of a whole profile: one schema byte, then `postcard`. Small, because every kilobyte written is billed.

use serde::{Serialize, de::DeserializeOwned};
use tact_domain::{FacetKind, Profile};

/// The schema of every facet written today. A facet of an older schema is upgraded when it is read; a newer one is refused.
pub(crate) const SCHEMA: u8 = 1;

/// A facet that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FacetError {
    /// Nothing at all was stored.
    #[error("facet `{}` is empty", .0.name())]
    Empty(FacetKind),
    /// It was written by a newer version of this software.
    #[error("facet `{}` has schema {schema}, this version reads up to {SCHEMA}: deploy the version that wrote it", kind.name())]
    Newer {
        /// Which facet.
        kind: FacetKind,
        /// Its schema.
        schema: u8,
    },
    /// Its bytes make no sense.
    #[error("facet `{}` is corrupt: restore it from a backup, or erase the customer's profile", .0.name())]
    Corrupt(FacetKind),
}

/// The packed form of one facet of a profile.
pub fn pack_facet(profile: &Profile, kind: FacetKind) -> Vec<u8> {
    match kind {
        FacetKind::CheckIn => pack(&profile.checkin),
        FacetKind::Purchase => pack(&profile.purchase),
        FacetKind::Geolocation => pack(&profile.geolocation),
        FacetKind::Partner => pack(&profile.partner),
        FacetKind::Comment => pack(&profile.comment),
        FacetKind::Consent => pack(&profile.consent),
        FacetKind::Contact => pack(&profile.contact),
    }
}

/// Reads the packed form of one facet into its place in a profile.
///
/// # Errors
/// When the bytes are empty, corrupt or of a newer schema; the profile is then as it was.
pub fn unpack_facet(profile: &mut Profile, kind: FacetKind, bytes: &[u8]) -> Result<(), FacetError> {
    match kind {
        FacetKind::CheckIn => profile.checkin = unpack(kind, bytes)?,
        FacetKind::Purchase => profile.purchase = unpack(kind, bytes)?,
        FacetKind::Geolocation => profile.geolocation = unpack(kind, bytes)?,
        FacetKind::Partner => profile.partner = unpack(kind, bytes)?,
        FacetKind::Comment => profile.comment = unpack(kind, bytes)?,
        FacetKind::Consent => profile.consent = unpack(kind, bytes)?,
        FacetKind::Contact => profile.contact = unpack(kind, bytes)?,
    }
    Ok(())
}

/// The facet as readable JSON, for people and other tools; keys in order of declaration.
pub fn facet_json(profile: &Profile, kind: FacetKind) -> serde_json::Value {
    let json = match kind {
        FacetKind::CheckIn => serde_json::to_value(&profile.checkin),
        FacetKind::Purchase => serde_json::to_value(&profile.purchase),
        FacetKind::Geolocation => serde_json::to_value(&profile.geolocation),
        FacetKind::Partner => serde_json::to_value(&profile.partner),
        FacetKind::Comment => serde_json::to_value(&profile.comment),
        FacetKind::Consent => serde_json::to_value(&profile.consent),
        FacetKind::Contact => serde_json::to_value(&profile.contact),
    };
    json.unwrap_or(serde_json::Value::Null)
}

/// One schema byte, then the value.
pub(crate) fn pack<T: Serialize>(value: &T) -> Vec<u8> {
    // Packing into a growing buffer cannot fail for types without custom serialisers, which facets have none of.
    postcard::to_extend(value, vec![SCHEMA]).unwrap_or_default()
}

/// Reads what `pack` wrote; `None` when it is corrupt or of a newer schema.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (schema, packed) = bytes.split_first()?;
    (*schema == SCHEMA).then(|| postcard::from_bytes(packed).ok()).flatten()
}

fn unpack<T: DeserializeOwned>(kind: FacetKind, bytes: &[u8]) -> Result<T, FacetError> {
    match bytes.split_first() {
        None => Err(FacetError::Empty(kind)),
        Some((&SCHEMA, packed)) => postcard::from_bytes(packed).map_err(|_| FacetError::Corrupt(kind)),
        Some((&schema, _)) if schema > SCHEMA => Err(FacetError::Newer { kind, schema }),
        Some(_) => Err(FacetError::Corrupt(kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_survives_packing_and_a_newer_or_broken_facet_is_refused() {
        let profile = Profile::default();
        for kind in FacetKind::ALL {
            let bytes = pack_facet(&profile, kind);
            let mut read = Profile::default();
            assert_eq!(unpack_facet(&mut read, kind, &bytes), Ok(()));
            assert_eq!(read, profile);
            assert_eq!(unpack_facet(&mut read, kind, &[]), Err(FacetError::Empty(kind)));
            assert_eq!(unpack_facet(&mut read, kind, &[2, 0]), Err(FacetError::Newer { kind, schema: 2 }));
            assert_eq!(unpack_facet(&mut read, kind, &[1]), Err(FacetError::Corrupt(kind)));
        }
    }
}
