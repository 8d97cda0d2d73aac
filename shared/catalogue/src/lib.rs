//! The default catalogue, the first models and the prices of contacts, as bytes: made at build time, read by whoever has nothing better.

/// The default catalogue, compiled; `tact_wire::decode_catalogue` reads it.
pub const CATALOGUE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.json"));

/// The files that the default catalogue is compiled from and those of its policy tests, each by its path in the catalogue.
pub const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The full propensity model, in the flat format of `tact-model`.
pub const FULL_MODEL: &[u8] = include_bytes!("../models/accept.forest");

/// The small propensity model, for decisions in a hurry, in the same format.
pub const SMALL_MODEL: &[u8] = include_bytes!("../models/accept.logistic");

/// What contacts cost: a table of at most 4 kB, in the format of `tact_model::BidTable`, as `tact attention` learns it.
pub const BIDS: &[u8] = include_bytes!("../models/attention.bids");

/// The types of customers by which what is learnt is kept, in a flat format of their own.
pub const TYPES: &[u8] = include_bytes!("../models/customers.types");
