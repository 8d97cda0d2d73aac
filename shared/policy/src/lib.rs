//! Catalogues as people write them, in TOML and CSV, to catalogues as functions decide by: checked as a whole, compiled, never linked into a function.
//! Read in this order: `load` (files to catalogue), `compile` (all files together), then one file per kind of file (`action`,
//! `engagement`, `discretion`, `quiet_hours`, `budgets`, `places`, `brand`, `entitlements`, `goods`), what they are made of (`section`, `sheet`, and the values in `amount`, `time`, `word`), and `error`.
//! `rule` reads rules; `solve` tells whether they can hold together, and `lint` what that says of a catalogue. `check` asks everything.

mod action;
mod adaptive;
mod amount;
mod brand;
mod budgets;
mod check;
mod compile;
mod coupon;
mod discretion;
mod engagement;
mod entitlements;
mod error;
mod goods;
mod guardrail;
mod kind;
mod limit;
mod lint;
mod load;
mod measure;
mod places;
mod product;
mod promises;
mod put_off;
mod quiet_hours;
mod rule;
mod screen;
mod section;
mod sensitive;
mod sheet;
mod solve;
mod stages;
mod suggest;
mod tactic;
mod text;
mod time;
mod treatment;
mod word;
mod written;

pub use check::{
    Checked, Danger, Exposure, Failure, ForbiddenPath, Leak, Scenario, Telling, Verdict, Way, check, dangers,
    forbidden, leaks, scenarios, ways,
};
pub use compile::{compile, compile_with_drafts, with_stores};
pub use discretion::{Line, Surveyed, creepy_at, fit, left_out, survey};
pub use error::{CatalogueErrors, Mistake};
pub use lint::{Finding, Flaw, lint};
pub use load::{LoadError, ReadError, SourceFile, load, read_dir, read_file, read_tests};
pub use solve::{Answer, Domains, ExampleValue, satisfiable};
pub use word::is_name;
pub use written::{example, written};
