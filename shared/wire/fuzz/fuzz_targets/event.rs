//! No bytes make the parser of events panic, and what it refuses it refuses by name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tact_domain::Timestamp;
use tact_wire::parse;

fuzz_target!(|bytes: &[u8]| {
    match parse(bytes, Timestamp(1_796_083_200_000)) {
        Ok(event) => assert!(!event.id.is_empty() && !event.source.is_empty()),
        Err(error) => assert!(!error.reason.name().is_empty() && !error.message.is_empty()),
    }
});
