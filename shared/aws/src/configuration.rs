//! What a deployed function reads from its environment; all that is wrong is said at once.

use std::env;

/// The configuration of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// `TACT_TABLE`: the name of the table.
    pub table: String,
    /// `TACT_DECISION_LOG`: the name of the stream that keeps decisions.
    pub decision_log: String,
}

/// The environment lacks what a function needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("set in the environment: `{}`", .0.join("`, `"))]
pub struct ConfigError(Vec<&'static str>);

impl Configuration {
    /// The names this reads, for checking a template against.
    pub const KEYS: [&'static str; 2] = ["TACT_TABLE", "TACT_DECISION_LOG"];

    /// Reads the environment.
    ///
    /// # Errors
    /// When a variable is missing or empty: all of them, by name.
    pub fn from_environment() -> Result<Self, ConfigError> {
        let values = Self::KEYS.map(|key| env::var(key).ok().filter(|value| !value.is_empty()).ok_or(key));
        let missing: Vec<_> = values.iter().filter_map(|value| value.as_ref().err().copied()).collect();
        match values {
            [Ok(table), Ok(decision_log)] => Ok(Self { table, decision_log }),
            _ => Err(ConfigError(missing)),
        }
    }
}
