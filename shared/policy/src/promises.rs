//! `promises.toml`: what customers are promised for a consent. A number that is claimed must have been measured, and lie where it was measured to lie.

use tact_decide::{Benefit, Catalogue};
use tact_domain::{Key, Timestamp};
use toml::de::DeValue;

use crate::amount::{number, whole};
use crate::section::{Parsed, Section, wrong};
use crate::time::DAY;
use crate::{Mistake, time, word};

/// The file, which may be absent.
pub(crate) const FILE: &str = "promises.toml";
/// The longest text of a promise, in characters.
const LONGEST: usize = 300;
/// The longest period a claim may speak of, in milliseconds.
const LONGEST_PERIOD: i64 = 366 * DAY;
/// No claim is greater.
const MOST: f64 = 1_000_000.0;
/// Numbers as words, from nought.
const WORDS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// The promises of a file, in id order.
pub(crate) fn promises(section: &mut Section<'_, '_>) -> Vec<Benefit> {
    let mut promises = section.tables("promise", promise);
    let ids: Vec<_> = promises.iter().map(|promise| &promise.id).collect();
    section.refuse_repeats("promise", &ids);
    promises.sort_by(|a, b| a.id.cmp(&b.id));
    promises
}

/// The promises that no treatment of an action which still runs at `now` delivers, each as a mistake; empty when all are kept by something.
pub(crate) fn unkept(catalogue: &Catalogue, now: Timestamp) -> Vec<Mistake> {
    let live = || catalogue.actions.iter().filter(|action| action.until.is_none_or(|until| now < until));
    let keeps = |id: &Key| live().flat_map(|action| &action.treatments).any(|way| way.delivers.as_ref() == Some(id));
    let unkept = catalogue.policy.benefits.iter().filter(|promise| !keeps(&promise.id));
    unkept.map(|promise| nobody_keeps(&promise.id)).collect()
}

fn nobody_keeps(id: &Key) -> Mistake {
    Mistake {
        file: FILE.to_owned(),
        line: 1,
        key: format!("promise.{id}"),
        wrong: format!("`{id}` is a promise nobody keeps"),
        fix: format!("write `delivers = \"{id}\"` into the treatment that keeps it, or promise something else"),
    }
}

fn promise(section: &mut Section<'_, '_>) -> Benefit {
    let id = section.required("id", "\"early-sale\"", word::id);
    let text = section.required("text", "\"Into the sale a day early.\"", text);
    let claim = section.optional("claim", claim);
    let period = |value: &DeValue<'_>| time::duration(value, DAY, LONGEST_PERIOD);
    let days = section.optional("per", period).map(|ms| ms / DAY);
    check_measured(section, claim);
    check_numbers(section, &text, claim, days);
    Benefit { id, text, claim }
}

fn text(value: &DeValue<'_>) -> Parsed<String> {
    let text = word::text(value)?;
    if text.chars().count() > LONGEST {
        return wrong("is too long to be read by anybody", format!("write at most {LONGEST} characters"));
    }
    Ok(text)
}

/// A number, or an amount of money as text: `2`, `"5.00"`.
fn claim(value: &DeValue<'_>) -> Parsed<f64> {
    let written = value.as_str().and_then(|text| text.parse::<f64>().ok());
    match written.filter(|claim| (0.0..=MOST).contains(claim)) {
        Some(claim) => Ok(claim),
        None => number(value, 0.0..=MOST),
    }
}

/// What was measured: `measured = { value = 5.2, low = 4.1, high = 6.3, of = 420, on = "2026-09-30" }`.
fn check_measured(section: &mut Section<'_, '_>, claim: Option<f64>) {
    let any = |value: &DeValue<'_>| number(value, 0.0..=MOST);
    let Some(mut inner) = section.table("measured") else {
        if claim.is_some() {
            let fix = "measure it, and add `measured = { value = …, low = …, high = …, of = …, on = \"…\" }`";
            section.note("claim", "was never measured", fix);
        }
        return;
    };
    let value = inner.required("value", "5.2", any);
    let (low, high) = (inner.required("low", "4.1", any), inner.required("high", "6.3", any));
    inner.required::<u32>("of", "420", |value| whole(value, 1..=1_000_000_000));
    inner.required("on", "\"2026-09-30\"", |value| time::beginning(value, &jiff::tz::TimeZone::UTC).map(Some));
    if !(low..=high).contains(&value) {
        inner.note("value", "does not lie between `low` and `high`", "write the interval it was measured to lie in");
    }
    inner.finish();
    match claim {
        None => section.note("measured", "measures what is not claimed", "add `claim`, or remove it"),
        Some(claim) if !(low..=high).contains(&claim) => {
            let wrong = format!("{claim} lies outside of what was measured, {low} to {high}");
            section.note("claim", wrong, format!("claim what is true, for example {value}"));
        }
        Some(_) => {}
    }
}

/// The text states no number but the one that is claimed, and the days it is claimed for.
fn check_numbers(section: &mut Section<'_, '_>, text: &str, claim: Option<f64>, days: Option<i64>) {
    #[expect(clippy::cast_precision_loss, reason = "at most 366 days")]
    let days = days.map(|days| days as f64);
    let meant = |stated: f64| [claim, days].into_iter().flatten().any(|known| (known - stated).abs() < 1e-9);
    if let Some(stated) = numbers(text).into_iter().find(|stated| !meant(*stated)) {
        let wrong = match claim {
            None => format!("states {stated}, which is not claimed"),
            Some(claim) => format!("states {stated}, and {claim} is claimed"),
        };
        section.note("text", wrong, "state what is claimed, and claim what is stated: `claim = \"5.00\"`");
    }
}

/// The numbers a text states, in figures and in words.
fn numbers(text: &str) -> Vec<f64> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == ','));
    let words = words.map(|word| word.trim_matches(['.', ',']).to_lowercase());
    let read = |word: String| {
        let named = (0_u8..).zip(WORDS).find(|(_, known)| *known == word).map(|(n, _)| f64::from(n));
        // An article is no amount, and `one` mostly is one.
        let figures = word.trim_end_matches(char::is_alphabetic).replace(',', "");
        named.filter(|n| *n > 1.0).or_else(|| figures.parse().ok())
    };
    words.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;
    use crate::section::read_toml;

    const RIGHT: &str = r#"[[promise]]
id = "early-sale"
text = "About $5.00 off, twelve times in 30 days"
claim = "5.00"
per = "30d"
measured = { value = 5.2, low = 4.1, high = 6.3, of = 420, on = "2026-09-30" }
"#;

    fn said(text: &str) -> Vec<String> {
        let file = SourceFile { path: FILE.to_owned(), text: text.to_owned() };
        let mut mistakes = Vec::new();
        read_toml(&file, &mut mistakes, promises);
        mistakes.iter().map(|mistake| format!("{}: {}", mistake.key, mistake.wrong)).collect()
    }

    fn changed(right: &str, wrong: &str) -> Vec<String> {
        let sound = RIGHT.replace(", twelve times", "");
        assert!(sound.contains(right), "{right}");
        said(&sound.replace(right, wrong))
    }

    #[test]
    fn a_claim_that_was_measured_and_stated_as_it_is_claimed_is_sound() {
        assert_eq!(said(&RIGHT.replace(", twelve times", "")), Vec::<String>::new());
        assert_eq!(said("[[promise]]\nid = \"x\"\ntext = \"First into one sale.\"\n"), Vec::<String>::new());
    }

    #[test]
    fn a_claim_outside_of_what_was_measured_or_never_measured_is_refused() {
        let outside = |claim: &str| changed("claim = \"5.00\"", &format!("claim = {claim}"));
        assert_eq!(
            outside("\"6.40\"").first().map(String::as_str),
            Some("promise.early-sale.claim: 6.4 lies outside of what was measured, 4.1 to 6.3")
        );
        assert!(outside("4.0").iter().any(|said| said.contains("outside")));
        let measured = "measured = { value = 5.2, low = 4.1, high = 6.3, of = 420, on = \"2026-09-30\" }\n";
        assert_eq!(changed(measured, ""), ["promise.early-sale.claim: was never measured"]);
        let missing = changed("of = 420, on = \"2026-09-30\"", "on = \"soon\"");
        assert!(missing.iter().any(|said| said.contains("of: is missing")), "{missing:?}");
        assert!(missing.iter().any(|said| said.contains("on: ")), "{missing:?}");
        assert_eq!(
            changed("value = 5.2", "value = 7")[0],
            "promise.early-sale.measured.value: does not lie between `low` and `high`"
        );
    }

    #[test]
    fn a_text_states_the_claim_and_no_other_number() {
        assert_eq!(said(RIGHT), ["promise.early-sale.text: states 12, and 5 is claimed"]);
        assert_eq!(changed("$5.00", "$6"), ["promise.early-sale.text: states 6, and 5 is claimed"]);
        let unclaimed = said("[[promise]]\nid = \"x\"\ntext = \"Two messages a month.\"\n");
        assert_eq!(unclaimed, ["promise.x.text: states 2, which is not claimed"]);
        assert_eq!(numbers("5 % off, 1,000.5 points, 3x, $7. Ten; at noon"), [5.0, 1_000.5, 3.0, 7.0, 10.0]);
    }
}
