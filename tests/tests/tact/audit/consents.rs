//! What customers said, as it stood at an instant: the latest word on a matter, and of two at one instant the one that forbids more.

use std::collections::BTreeMap;

use serde_json::Value;

use super::books::instant;

/// What everybody said, by customer, in the order of time.
pub(crate) struct Consents<'a>(BTreeMap<&'a str, Vec<(i64, &'a Value)>>);

/// A consent that holds.
pub(crate) struct Granted {
    /// The promise it was given under: at most so many messages, in so many milliseconds.
    pub(crate) terms: Option<(usize, i64)>,
}

impl<'a> Consents<'a> {
    /// Reads the consent events among all events.
    pub(crate) fn of(events: &'a [Value]) -> Self {
        let mut said: BTreeMap<&str, Vec<(i64, &Value)>> = BTreeMap::new();
        for event in events.iter().filter(|event| event["type"] == "tact.consent.v1") {
            let subject = event["subject"].as_str().unwrap();
            said.entry(subject).or_default().push((instant(&event["time"]), &event["data"]));
        }
        for said in said.values_mut() {
            said.sort_by_key(|(at, _)| *at);
        }
        Self(said)
    }

    /// The consent of a customer to a purpose at an instant; `None` when there is none. A refusal without a channel is meant for all, a grant without one
    /// for none.
    pub(crate) fn granted(
        &self,
        who: &str,
        purpose: &str,
        channel: &str,
        topic: Option<&str>,
        at: i64,
    ) -> Option<Granted> {
        let rank = |state: &str| ["granted", "denied", "revoked"].iter().position(|known| *known == state).unwrap();
        let mut latest: Option<((i64, usize), &Value)> = None;
        for (told, data) in self.until(who, at) {
            for grant in data["grants"].as_array().into_iter().flatten().filter(|grant| grant["purpose"] == purpose) {
                let state = grant["state"].as_str().unwrap();
                let by_channel = grant["channel"].as_str().map_or(state != "granted", |known| known == channel);
                let topics = grant["topics"].as_array();
                let on_topic = topics.is_none_or(|topics| topic.is_some_and(|topic| topics.iter().any(|t| t == topic)));
                let order = (told, rank(state));
                if by_channel && on_topic && latest.as_ref().is_none_or(|(known, _)| order >= *known) {
                    latest = Some((order, grant));
                }
            }
        }
        let (_, grant) = latest.filter(|(_, grant)| grant["state"] == "granted" && !is_over(grant, at))?;
        let number = |name: &str| grant["terms"][name].as_i64();
        let terms = number("max").zip(number("per_days"));
        Some(Granted { terms: terms.map(|(max, days)| (usize::try_from(max).unwrap(), days * 86_400_000)) })
    }

    /// Whether a customer agreed to a purpose, such as that persons recognise them, whatever channel the answer names.
    pub(crate) fn agreed(&self, who: &str, purpose: &str, at: i64) -> bool {
        let grants = self.until(who, at).flat_map(|(_, data)| data["grants"].as_array().into_iter().flatten());
        let latest = grants.filter(|grant| grant["purpose"] == purpose).last();
        latest.is_some_and(|grant| grant["state"] == "granted" && !is_over(grant, at))
    }

    /// The zone a customer last named.
    pub(crate) fn zone(&self, who: &str, at: i64) -> Option<&str> {
        self.until(who, at).filter_map(|(_, data)| data["zone"].as_str()).last()
    }

    /// The year a customer was born in, as last told.
    pub(crate) fn born(&self, who: &str, at: i64) -> Option<i64> {
        self.until(who, at).filter_map(|(_, data)| data["birth_year"].as_i64()).last()
    }

    fn until(&self, who: &str, at: i64) -> impl Iterator<Item = (i64, &'a Value)> {
        let said = self.0.get(who).map_or(&[][..], Vec::as_slice);
        said.iter().copied().filter(move |(told, _)| *told <= at)
    }
}

/// Whether a grant was for a time that is over: until a day, in whatever zone, or an instant.
fn is_over(grant: &Value, at: i64) -> bool {
    grant["review_after"].as_str().is_some_and(|end| {
        let end = end.parse::<jiff::civil::Date>().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap();
        at >= end.timestamp().as_millisecond() + 86_400_000
    })
}
