//! Anything at all: arbitrary bytes, and samples in which something was changed.

use proptest::prelude::*;
use serde_json::Value;
use tact_domain::EventKind;
use tact_wire::parse;

use super::{ARRIVED, FUNCTIONS, sample};

/// Pieces of JSON that are apt to break a reader.
const PIECES: [&str; 16] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "-0.0",
    "1e999",
    "\\ud800",
    "\\u0000",
    "\u{feff}",
    "\"data\":{}",
    "9223372036854775808",
];

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(parse(&bytes, ARRIVED).is_err());
    }

    #[test]
    fn no_change_to_a_sample_makes_it_panic_or_accept_what_is_no_json(
        function in 0..FUNCTIONS.len(),
        sample_index in any::<prop::sample::Index>(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..40_usize, any::<u8>()), 1..4),
    ) {
        let names = FUNCTIONS[function].1;
        let mut bytes = sample(names[sample_index.index(names.len())]).into_bytes();
        for (place, edit, byte) in edits {
            if bytes.is_empty() {
                break;
            }
            let place = place.index(bytes.len());
            match edit {
                0..8 => bytes[place] = byte,
                8..12 => drop(bytes.remove(place)),
                12..16 => bytes.truncate(place.max(1)),
                16..24 => bytes.insert(place, byte),
                _ => drop(bytes.splice(place..place, PIECES[edit - 24].bytes())),
            }
        }
        match parse(&bytes, ARRIVED) {
            Ok(event) => {
                prop_assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
                prop_assert!(EventKind::ALL.contains(&event.signal.happened.kind()));
            }
            Err(error) => prop_assert!(error.field.bytes().all(|b| b.is_ascii_alphanumeric() || b"._[]".contains(&b))),
        }
    }
}
