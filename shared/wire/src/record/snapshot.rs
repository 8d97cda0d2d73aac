//! The profile a decision was made from, as one compressed block of text: what is left out of it, and the bounds within which one is read.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use tact_domain::{FacetKind, Horizon};

use super::{RecordError, base85};

/// The most bytes a block may unfold to: more than seven facets with the longest keys there are take. What unfolds to more was made to do harm.
const MAX_BYTES: usize = 1 << 20;
/// The longest block that is looked at, in characters.
const MAX_TEXT: usize = 1 << 20;
/// How hard is tried to compress: what takes longer saves less than a hundredth.
const LEVEL: u8 = 6;

/// The packed facets of a profile as text, in the order of `FacetKind::ALL`; empty when there is none at all.
///
/// Which events were folded is left out: it tells whether an event is to be decided on, and nothing of how.
pub(super) fn write(facets: &[Vec<u8>; 7]) -> String {
    if facets.iter().all(Vec::is_empty) {
        return String::new();
    }
    let facets: Vec<Vec<u8>> = FacetKind::ALL.iter().zip(facets).map(|(kind, bytes)| forgetful(*kind, bytes)).collect();
    let whole =
        facets.iter().try_fold(Vec::new(), |whole, facet| postcard::to_extend(facet, whole)).unwrap_or_default();
    base85::encode(&compress_to_vec(&whole, LEVEL))
}

/// Reads a block back.
///
/// # Errors
/// When it is no such block, or unfolds to more than any profile takes.
pub(super) fn read(text: &str) -> Result<[Vec<u8>; 7], RecordError> {
    let mut facets: [Vec<u8>; 7] = Default::default();
    if text.is_empty() {
        return Ok(facets);
    }
    let whole = unfold(text).ok_or(RecordError::Profile)?;
    let mut rest = whole.as_slice();
    for facet in &mut facets {
        (*facet, rest) = postcard::take_from_bytes(rest).map_err(|_| RecordError::Profile)?;
    }
    if rest.is_empty() { Ok(facets) } else { Err(RecordError::Profile) }
}

fn unfold(text: &str) -> Option<Vec<u8>> {
    let packed = base85::decode(Some(text).filter(|text| text.len() <= MAX_TEXT)?)?;
    decompress_to_vec_with_limit(&packed, MAX_BYTES).ok()
}

/// A packed facet without the events it knows. They come right behind the schema byte; bytes that are no facet stay as they are.
fn forgetful(kind: FacetKind, facet: &[u8]) -> Vec<u8> {
    let knows = !matches!(kind, FacetKind::Consent | FacetKind::Contact);
    let without = || {
        let (schema, packed) = facet.split_first()?;
        // How many events a facet knows makes no difference to how they are written.
        let (_, rest) = postcard::take_from_bytes::<Horizon<0>>(packed).ok()?;
        let mut without = postcard::to_extend(&Horizon::<0>::default(), vec![*schema]).ok()?;
        without.extend_from_slice(rest);
        Some(without)
    };
    Some(facet).filter(|_| knows).and_then(|_| without()).unwrap_or_else(|| facet.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pack_facet, unpack_facet};
    use tact_domain::{Fingerprint, Profile, Timestamp};

    /// A customer who checked in, bought, and whose first events are still known.
    fn profile() -> Profile {
        let mut profile = Profile::default();
        (profile.checkin.check_ins, profile.purchase.net, profile.geolocation.weekend) = (7, 12_345, 3);
        for n in 0..20 {
            profile.checkin.horizon.remember(Timestamp(n), Fingerprint(n.unsigned_abs() << 40));
            profile.purchase.horizon.remember(Timestamp(n), Fingerprint(n.unsigned_abs() << 41));
        }
        profile
    }

    fn packed(profile: &Profile) -> [Vec<u8>; 7] {
        FacetKind::ALL.map(|kind| pack_facet(profile, kind))
    }

    #[test]
    fn a_profile_comes_back_without_the_events_it_knows() {
        let mut known = profile();
        let read_back = read(&write(&packed(&known))).unwrap();
        (known.checkin.horizon, known.purchase.horizon) = (Horizon::default(), Horizon::default());
        assert_eq!(read_back, packed(&known));
        let mut profile = Profile::default();
        for (kind, bytes) in FacetKind::ALL.into_iter().zip(&read_back) {
            unpack_facet(&mut profile, kind, bytes).unwrap();
        }
        assert_eq!(profile, known);
    }

    #[test]
    fn a_facet_that_does_not_exist_comes_back_as_none() {
        let mut facets = packed(&profile());
        facets[1].clear();
        assert!(read(&write(&facets)).unwrap()[1].is_empty());
        assert_eq!(write(&Default::default()), "");
        assert_eq!(read(""), Ok(Default::default()));
    }

    #[test]
    fn a_block_that_was_cut_altered_or_unfolds_without_end_is_refused() {
        let whole = write(&packed(&profile()));
        let bomb = base85::encode(&compress_to_vec(&vec![0; MAX_BYTES + 1], LEVEL));
        assert!(bomb.len() < 2_000);
        let stray = base85::encode(&compress_to_vec(&[0; 8], LEVEL));
        let greedy = base85::encode(&compress_to_vec(&[255, 255, 255, 255, 15], LEVEL));
        let long = "A".repeat(MAX_TEXT + 1);
        let cut: String = whole.chars().take(whole.len() / 2).collect();
        for text in [&cut, "not a block", "00000", &bomb, &stray, &greedy, &long] {
            assert_eq!(read(text), Err(RecordError::Profile), "{text:.40}");
        }
    }
}
