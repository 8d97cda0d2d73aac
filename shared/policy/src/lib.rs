//! Catalogues as people write them, in TOML, to catalogues as functions decide by: checked as a whole, compiled, never linked into a function.
//! Read in this order: `load` (files to catalogue), `compile` (all files together), then one file per kind of file (`action`,
//! `engagement`, `budgets`, `places`, `brand`, `entitlements`), what they are made of (`section`, and the values in `amount`, `time`, `word`), and `error`.

mod action;
mod amount;
mod brand;
mod budgets;
mod compile;
mod coupon;
mod eligibility;
mod engagement;
mod entitlements;
mod error;
mod load;
mod places;
mod put_off;
mod section;
mod slot;
mod suggest;
mod text;
mod time;
mod treatment;
mod word;

pub use compile::{compile, with_stores};
pub use error::{CatalogueErrors, Mistake};
pub use load::{LoadError, ReadError, SourceFile, load, read_dir, read_file};
