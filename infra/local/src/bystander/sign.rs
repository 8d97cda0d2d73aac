//! What a bystander can notice: of a message its words, channel, hour, day, terms and how soon it came after something others saw; of a person how many
//! there are, and the silences. Every sign is a number with a name that people can read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use tact_domain::Timestamp;
use tact_learn::{Apart, least_share};

use super::seen::Seen;
use super::side::Person;
use super::verdict::WORST;
use crate::town::{DECIDED_FROM, DECIDED_UNTIL};
use crate::zones::local;

/// A sign, and how well it alone tells who has the secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sign {
    /// What is noticed.
    pub name: String,
    /// How many who have the secret show it.
    pub holders: usize,
    /// How many of their twins show it.
    pub twins: usize,
    /// How well its number tells them apart, in either direction: 0.5 is guessing.
    pub auc: f64,
    /// The lower end of that, for all signs at once.
    pub low: f64,
    /// The least share of those who show it that has the secret, for all signs at once: what is rare can tell as surely.
    pub least_share: f64,
}

impl Sign {
    /// How well a sign with these numbers, one pair each, tells; `wrong` is the chance that its interval is, and `errors` that in standard errors.
    pub(super) fn of(name: String, pairs: &[(f64, f64)], wrong: f64, errors: f64) -> Self {
        let holders = pairs.iter().filter(|(holder, _)| *holder > 0.0).count();
        let twins = pairs.iter().filter(|(_, twin)| *twin > 0.0).count();
        let Apart { auc, low, .. } = Apart::of(pairs, errors).either_way();
        Self { name, holders, twins, auc, low, least_share: least_share(holders, holders + twins, wrong) }
    }

    /// Whether it gives the secret away.
    pub fn leaks(&self) -> bool {
        self.strength() > WORST
    }

    /// How surely it tells, whether by being common or by being rare and one-sided.
    pub fn strength(&self) -> f64 {
        self.low.max(self.least_share)
    }

    /// The order of signs that tell as surely as each other: a whole text says more to people than one of its words.
    pub(super) fn words(&self) -> (bool, usize) {
        (!self.name.starts_with('\u{201c}'), self.name.len())
    }
}

/// How long after something others saw a message came, until so many minutes later.
const SOON: [(i64, &str); 5] = [
    (5, "within five minutes"),
    (60, "within the hour"),
    (720, "within half a day"),
    (2_160, "by the next evening"),
    (i64::MAX, "days later"),
];

/// What is noticed of one message, each sign once.
pub(super) fn of_message(seen: &Seen, person: &Person) -> Vec<String> {
    let at = local(seen.at, person.zone.as_ref().unwrap_or(&TimeZone::UTC));
    let (words, soon) = (&seen.words, soon(seen.at, &person.occasions));
    let mut signs = vec![
        format!("by {}", seen.channel.name()),
        format!("at {} o'clock", at.hour()),
        format!("on a {}", at.strftime("%A")),
        soon.to_owned(),
        format!("\u{201c}{words}\u{201d}"),
        format!("\u{201c}{words}\u{201d} {soon}"),
        format!("\u{201c}{words}\u{201d} by {}", seen.channel.name()),
    ];
    signs.extend(seen.terms.as_ref().map(|terms| format!("a coupon of {terms}")));
    signs.extend(seen.item.as_ref().map(|item| format!("about {item}")));
    signs.extend(vocabulary(words).into_iter().map(|word| format!("the word {word}")));
    signs
}

/// Everything noticed of a person, with its number; what is about silence is always there.
pub(super) fn of_person(person: &Person) -> BTreeMap<String, f64> {
    let mut signs = BTreeMap::new();
    for sign in person.seen.iter().flat_map(|seen| of_message(seen, person)) {
        *signs.entry(sign).or_insert(0.0) += 1.0;
    }
    let times: Vec<Timestamp> = person.seen.iter().map(|seen| seen.at).collect();
    let zone = person.zone.clone().unwrap_or(TimeZone::UTC);
    let days: BTreeSet<Date> = times.iter().map(|at| local(*at, &zone).date()).collect();
    let unanswered = person.occasions.iter().filter(|at| !answered(**at, &times)).count();
    signs.insert("how many messages".to_owned(), number(times.len()));
    signs.insert("on how many days".to_owned(), number(days.len()));
    signs.insert("how often nothing came for a day after being seen".to_owned(), number(unanswered));
    signs.insert("the longest silence in days".to_owned(), longest_silence(&times));
    signs
}

/// Whether a sign is about what did not come, so that no message bears it.
pub(super) fn is_of_silence(name: &str) -> bool {
    ["how ", "on how ", "the longest "].iter().any(|start| name.starts_with(start))
}

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

fn soon(at: Timestamp, occasions: &[Timestamp]) -> &'static str {
    let before = occasions.partition_point(|occasion| *occasion <= at);
    let last = before.checked_sub(1).and_then(|place| occasions.get(place));
    let minutes = last.map_or(i64::MAX, |last| (at.0 - last.0) / MINUTE_MS);
    SOON.iter().find(|(until, _)| minutes < *until).map_or("days later", |(_, name)| name)
}

/// The words of a text, each once; numbers are told by the terms.
fn vocabulary(text: &str) -> BTreeSet<String> {
    let letters = text.split(|letter: char| !letter.is_alphabetic());
    letters.filter(|word| word.chars().count() > 2).map(str::to_lowercase).collect()
}

fn answered(at: Timestamp, times: &[Timestamp]) -> bool {
    let next = times.partition_point(|time| *time < at);
    times.get(next).is_some_and(|time| time.0 - at.0 < DAY_MS)
}

fn longest_silence(times: &[Timestamp]) -> f64 {
    let from = std::iter::once(&DECIDED_FROM).chain(times);
    let gaps = from.zip(times.iter().chain([&DECIDED_UNTIL])).map(|(one, next)| next.0 - one.0);
    let days = gaps.max().unwrap_or(i64::MAX) / DAY_MS;
    number(usize::try_from(days.clamp(0, 99)).unwrap_or_default())
}

fn number(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use tact_domain::{Channel, DecisionId};

    use super::*;

    fn seen(minutes: i64, words: &str) -> Seen {
        Seen {
            decision: DecisionId(1),
            action: "a".into(),
            treatment: "t".into(),
            channel: Channel::Push,
            at: Timestamp(DECIDED_FROM.0 + minutes * MINUTE_MS),
            words: words.to_owned(),
            terms: None,
            item: None,
        }
    }

    fn person(occasions: &[i64], seen: Vec<Seen>) -> Person {
        let occasions = occasions.iter().map(|minutes| Timestamp(DECIDED_FROM.0 + minutes * MINUTE_MS)).collect();
        Person { occasions, seen, zone: crate::zones::named("America/New_York"), ..Person::default() }
    }

    #[test]
    fn of_a_message_words_channel_time_and_haste_are_noticed() {
        let message = seen(605, "10 % off your shoes");
        let noticed = of_message(&message, &person(&[600, 5_000], vec![]));
        for sign in ["by push", "at 10 o'clock", "on a Thursday", "within the hour", "the word shoes", "the word off"] {
            assert!(noticed.iter().any(|noticed| noticed == sign), "{sign}: {noticed:?}");
        }
        assert!(!noticed.iter().any(|noticed| noticed == "the word 10"));
    }

    #[test]
    fn what_does_not_come_is_noticed_too() {
        let quiet = of_person(&person(&[600, 5_000], vec![]));
        assert!(quiet.keys().all(|name| is_of_silence(name)));
        assert!((quiet["how often nothing came for a day after being seen"] - 2.0).abs() < 1e-9);
        let spoken_to = of_person(&person(&[600, 5_000], vec![seen(605, "one"), seen(4 * 1_440, "two")]));
        assert!((spoken_to["how often nothing came for a day after being seen"] - 0.0).abs() < 1e-9);
        assert!((spoken_to["the longest silence in days"] - 27.0).abs() < 1e-9, "the last came on the fifth day");
        assert!((quiet["the longest silence in days"] - 31.0).abs() < 1e-9);
        assert!((spoken_to["on how many days"] - 2.0).abs() < 1e-9);
        let evening = of_person(&person(&[600], vec![seen(19 * 60, "one"), seen(21 * 60, "two")]));
        assert!((evening["on how many days"] - 1.0).abs() < 1e-9, "in New York it is one evening");
        assert!((spoken_to["how many messages"] - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_rare_sign_that_only_one_side_shows_tells_as_surely_as_a_common_one() {
        let rare: Vec<(f64, f64)> = (0..300).map(|nth| (f64::from(u8::from(nth < 20)), 0.0)).collect();
        let sign = Sign::of("rare".to_owned(), &rare, 0.001, 3.3);
        assert!(sign.leaks() && sign.auc < 0.55 && sign.least_share > 0.7, "{sign:?}");
        let few: Vec<(f64, f64)> = (0..300).map(|nth| (f64::from(u8::from(nth < 4)), 0.0)).collect();
        assert!(!Sign::of("few".to_owned(), &few, 0.001, 3.3).leaks());
    }
}
