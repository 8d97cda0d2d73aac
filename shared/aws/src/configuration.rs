//! What a deployed function reads from its environment; all that is missing is said at once.

use std::env;

use aws_sdk_dynamodb::config::Credentials;

/// The configuration of a function. What it prints for debugging leaves the secrets out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// `TACT_TABLE`: the name of the table.
    pub table: String,
    /// `TACT_DECISION_LOG`: the name of the stream that keeps decisions.
    pub decision_log: String,
    /// `AWS_REGION`: where both are.
    pub region: String,
    /// The function's own role, as Lambda hands it over: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
    pub credentials: Credentials,
    /// `AWS_ENDPOINT_URL_DYNAMODB`, or else `AWS_ENDPOINT_URL`; `None` is the region's own.
    pub table_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_KINESIS`, or else `AWS_ENDPOINT_URL`; `None` is the region's own.
    pub decision_log_endpoint: Option<String>,
}

/// The environment lacks what a function needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("set in the environment: `{}`", .0.join("`, `"))]
pub struct ConfigError(Vec<&'static str>);

/// What Lambda itself sets. Nothing is looked for elsewhere: files of profiles and metadata services do not exist in a function.
const SET_BY_LAMBDA: [&str; 3] = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

impl Configuration {
    /// The names this reads that a template has to set.
    pub const KEYS: [&'static str; 2] = ["TACT_TABLE", "TACT_DECISION_LOG"];

    /// Reads the environment.
    ///
    /// # Errors
    /// When a variable is missing or empty: all of them, by name.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(|key| env::var(key).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let given = |key: &str| variable(key).filter(|value| !value.is_empty());
        let ([table, log], [region, id, secret]) = (Self::KEYS, SET_BY_LAMBDA);
        let values = [table, log, region, id, secret].map(|key| given(key).ok_or(key));
        let missing: Vec<_> = values.iter().filter_map(|value| value.as_ref().err().copied()).collect();
        let [Ok(table), Ok(decision_log), Ok(region), Ok(id), Ok(secret)] = values else {
            return Err(ConfigError(missing));
        };
        Ok(Self {
            table,
            decision_log,
            region,
            credentials: Credentials::new(id, secret, given("AWS_SESSION_TOKEN"), None, "environment"),
            table_endpoint: given("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| given("AWS_ENDPOINT_URL")),
            decision_log_endpoint: given("AWS_ENDPOINT_URL_KINESIS").or_else(|| given("AWS_ENDPOINT_URL")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(key: &str) -> String {
        key.to_lowercase()
    }

    #[test]
    fn everything_that_is_missing_or_empty_is_named_at_once() {
        let error = Configuration::read(|key| (key == "TACT_TABLE").then(String::new)).unwrap_err();
        let keys = "`TACT_TABLE`, `TACT_DECISION_LOG`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`";
        assert_eq!(error.to_string(), format!("set in the environment: {keys}"));
    }

    #[test]
    fn a_complete_environment_is_read_and_its_secret_is_not_printed() {
        let read = Configuration::read(|key| Some(named(key))).unwrap();
        let expected = ("tact_table", "tact_decision_log", "aws_region");
        assert_eq!((read.table.as_str(), read.decision_log.as_str(), read.region.as_str()), expected);
        assert_eq!(read.credentials.session_token(), Some("aws_session_token"));
        assert!(!format!("{read:?}").contains("aws_secret_access_key"));
    }

    #[test]
    fn the_endpoint_of_a_service_comes_before_that_of_all() {
        let read = Configuration::read(|key| (key != "AWS_ENDPOINT_URL_KINESIS").then(|| named(key))).unwrap();
        assert_eq!(read.table_endpoint.as_deref(), Some("aws_endpoint_url_dynamodb"));
        assert_eq!(read.decision_log_endpoint.as_deref(), Some("aws_endpoint_url"));
        let read = Configuration::read(|key| (!key.contains("ENDPOINT")).then(|| named(key))).unwrap();
        assert_eq!(read.table_endpoint, None);
    }
}
