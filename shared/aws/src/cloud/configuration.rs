//! What a deployed function reads from its environment; all that is missing is said at once.

use std::collections::BTreeMap;
use std::env;

use aws_sdk_dynamodb::config::Credentials;
use lambda_runtime::Error;
use tact_domain::Timestamp;
use tact_pipeline::Process;

/// The configuration of a function. What it prints for debugging leaves the secrets out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// `AWS_REGION`: where everything is.
    pub region: String,
    /// The function's own role, as Lambda hands it over: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
    pub credentials: Credentials,
    values: BTreeMap<String, String>,
}

/// The environment lacks what a function needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("set in the environment: `{}`", .0.join("`, `"))]
pub struct ConfigError(Vec<&'static str>);

/// What Lambda itself sets. Nothing is looked for elsewhere: files of profiles and metadata services do not exist in a function.
const SET_BY_LAMBDA: [&str; 3] = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

impl Configuration {
    /// Reads the environment, which must hold what Lambda sets and all of `keys`.
    ///
    /// # Errors
    /// When a variable is missing or empty: all of them, by name.
    pub fn from_environment(keys: &[&'static str]) -> Result<Self, ConfigError> {
        Self::read(env::vars().collect(), keys)
    }

    fn read(mut values: BTreeMap<String, String>, keys: &[&'static str]) -> Result<Self, ConfigError> {
        values.retain(|_, value| !value.is_empty());
        let needed = keys.iter().chain(&SET_BY_LAMBDA).copied();
        let missing: Vec<_> = needed.filter(|key| !values.contains_key(*key)).collect();
        if !missing.is_empty() {
            return Err(ConfigError(missing));
        }
        let [region, id, secret] = SET_BY_LAMBDA.map(|key| values.remove(key).unwrap_or_default());
        let token = values.remove("AWS_SESSION_TOKEN");
        Ok(Self { region, credentials: Credentials::new(id, secret, token, None, "environment"), values })
    }

    /// A variable that must be there; empty for one that was not among the keys.
    pub fn value(&self, key: &str) -> String {
        self.optional(key).unwrap_or_default()
    }

    /// A variable that may be there; `None` when it is not, or empty.
    pub fn optional(&self, key: &str) -> Option<String> {
        self.values.get(key).cloned()
    }

    /// `TACT_FOLD_ONLY_UNTIL`: events before this instant are folded and lead to no decision. It is set where a file is played that tells of a time before, and
    /// not in a deployment: there, what comes late is looked at as late.
    pub(crate) fn fold_only_until(&self) -> Result<Option<Timestamp>, Error> {
        let time = self.optional("TACT_FOLD_ONLY_UNTIL").map(|time| time.parse::<jiff::Timestamp>()).transpose();
        let time = time.map_err(|_| "TACT_FOLD_ONLY_UNTIL is no time: write for example 2026-10-31T04:00:00Z")?;
        Ok(time.map(|time| Timestamp(time.as_millisecond())))
    }

    /// Which process this is: every environment that Lambda keeps has a log stream of its own.
    pub(crate) fn process(&self) -> Process {
        let name = self.optional("AWS_LAMBDA_LOG_STREAM_NAME");
        let elsewhere = || format!("{}/{:?}", std::process::id(), std::time::SystemTime::now());
        Process::named(&name.unwrap_or_else(elsewhere))
    }

    /// Where a service listens, `AWS_ENDPOINT_URL_<SERVICE>` or else `AWS_ENDPOINT_URL`; `None` is the region's own address.
    pub fn endpoint(&self, service: &str) -> Option<String> {
        self.optional(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| self.optional("AWS_ENDPOINT_URL"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 2] = ["TACT_TABLE", "TACT_DECISION_LOG"];

    /// Every variable there can be, each holding its own name in small letters.
    fn complete() -> BTreeMap<String, String> {
        let endpoints = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_SESSION_TOKEN"];
        let keys = KEYS.iter().chain(&SET_BY_LAMBDA).chain(&endpoints);
        keys.map(|key| ((*key).to_owned(), key.to_lowercase())).collect()
    }

    #[test]
    fn everything_that_is_missing_or_empty_is_named_at_once() {
        let empty = BTreeMap::from([("TACT_TABLE".to_owned(), String::new())]);
        let error = Configuration::read(empty, &KEYS).unwrap_err();
        let keys = "`TACT_TABLE`, `TACT_DECISION_LOG`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`";
        assert_eq!(error.to_string(), format!("set in the environment: {keys}"));
    }

    #[test]
    fn a_complete_environment_is_read_and_its_secrets_are_not_printed() {
        let read = Configuration::read(complete(), &KEYS).unwrap();
        assert_eq!((read.value("TACT_TABLE"), read.region.as_str()), ("tact_table".to_owned(), "aws_region"));
        assert_eq!(read.credentials.session_token(), Some("aws_session_token"));
        let printed = format!("{read:?}");
        assert!(!printed.contains("aws_secret_access_key") && !printed.contains("aws_session_token"));
    }

    #[test]
    fn the_endpoint_of_a_service_comes_before_that_of_all() {
        let read = Configuration::read(complete(), &KEYS).unwrap();
        assert_eq!(read.endpoint("DYNAMODB").as_deref(), Some("aws_endpoint_url_dynamodb"));
        assert_eq!(read.endpoint("KINESIS").as_deref(), Some("aws_endpoint_url"));
    }
}
