//! What a text is answered with. No answer sells anything, and none says what we know of somebody beyond what they were shown when they agreed.

use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, ToSpan};
use tact_decide::Brand;
use tact_domain::{Channel, ConsentState, Purpose, Scope, Terms, Timestamp};

use crate::{ConsentProof, KeptProofs, check_links, segments};

/// The answers in the name of a brand.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a>(pub &'a Brand);

impl Answers<'_> {
    /// To whoever takes back their consent: the one confirmation.
    pub fn stopped(&self) -> String {
        let brand = &self.0.name;
        format!("{brand}: you are unsubscribed and will get no more marketing texts from us. Reply HELP for help.")
    }

    /// To whoever needs help.
    pub fn help(&self) -> String {
        let brand = &self.0.name;
        if self.0.help.is_empty() {
            format!("{brand}: reply STOP to end marketing texts.")
        } else {
            self.0.help.clone()
        }
    }

    /// To whoever asks why: what they were shown when they agreed, and when that was. Without a proof, or when it does not fit into a text, a
    /// plain sentence.
    pub fn why(&self, agreed: Option<&Agreed>, zone: Option<&str>) -> String {
        let Brand { name: brand, links, sms_segments, .. } = self.0;
        let plain = format!(
            "{brand}: you get texts that you agreed to, or that belong to an order. Reply STOP to end marketing texts."
        );
        let Some(agreed) = agreed else { return plain };
        let (day, shown) = (agreed.day(zone), shortened(&agreed.shown));
        let told = format!("{brand}: you agreed on {day} to: '{shown}'. Reply STOP to end.");
        let fits = segments(&told).count <= usize::from(*sms_segments) && check_links(&told, links).is_ok();
        if fits { told } else { plain }
    }

    /// To whoever wants fewer texts: what holds from now on; without consent there are none.
    pub fn less(&self, terms: Option<Terms>) -> String {
        let brand = &self.0.name;
        let Some(Terms { max, per_days }) = terms else {
            return format!("{brand}: you get no marketing texts from us.");
        };
        let texts = if max == 1 { "text" } else { "texts" };
        format!("{brand}: from now on at most {max} marketing {texts} in {per_days} days. Reply STOP to end.")
    }

    /// To whoever has no time now.
    pub fn later(&self) -> String {
        format!("{}: all right, not now. Reply STOP to end marketing texts.", self.0.name)
    }
}

/// What somebody agreed to, and when: one proof of theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreed {
    /// When they agreed.
    pub at: Timestamp,
    /// The id of the text they were shown.
    pub text_id: String,
    /// The text, or its gist.
    pub shown: String,
    /// On whose behalf was asked.
    pub seller: String,
}

impl Agreed {
    /// What a stored proof says about marketing by text; `None` when it says nothing about that.
    pub fn to_texts(proof: &[u8]) -> Option<Self> {
        let kept = KeptProofs::read(proof)?;
        let texts = |scope: &Scope| scope.purpose == Purpose::Marketing && scope.channel == Some(Channel::Sms);
        let ConsentProof { text_id, shown, seller, .. } = kept.find(ConsentState::Granted, texts)?.clone();
        Some(Self { at: Timestamp(kept.at_ms), text_id: text_id.to_string(), shown, seller })
    }

    /// The day, at the customer's clock where their zone is known.
    fn day(&self, zone: Option<&str>) -> String {
        let zone = zone.and_then(|zone| TimeZoneDatabase::bundled().get(zone).ok()).unwrap_or(TimeZone::UTC);
        let at = jiff::Timestamp::from_millisecond(self.at.0).unwrap_or_default();
        at.to_zoned(zone).strftime("%-d %B %Y").to_string()
    }
}

/// The longest part of what was shown that is told again, in characters.
const MAX_SHOWN: usize = 200;

fn shortened(shown: &str) -> String {
    if shown.chars().count() <= MAX_SHOWN {
        return shown.to_owned();
    }
    let begun: String = shown.chars().take(MAX_SHOWN).collect();
    format!("{}...", begun.trim_end())
}

/// The same time on the next day at the clock of a zone; `None` when there is no such zone.
pub fn tomorrow(zone: &str, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZoneDatabase::bundled().get(zone).ok()?;
    let today = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone);
    let since_midnight: SignedDuration = today.time().duration_since(Time::midnight());
    let clock = today.date().checked_add(1.day()).ok()?.at(0, 0, 0, 0).checked_add(since_midnight).ok()?;
    let then = clock.to_zoned(today.time_zone().clone()).ok()?;
    Some(Timestamp(then.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brand() -> Brand {
        let (name, help) = ("Harbor & Co".to_owned(), "Harbor & Co: call us.".to_owned());
        Brand { name, help, sms_segments: 2, ..Brand::default() }
    }

    fn agreed(shown: &str) -> Agreed {
        // 2026-10-01T02:30:00Z: still September in New York.
        let (text_id, seller) = ("t-1".to_owned(), "Harbor & Co".to_owned());
        Agreed { at: Timestamp(1_790_821_800_000), text_id, shown: shown.to_owned(), seller }
    }

    #[test]
    fn the_reason_is_what_was_shown_on_the_day_at_the_customers_clock() {
        let brand = brand();
        let told = Answers(&brand).why(Some(&agreed("about two texts a month")), Some("America/New_York"));
        let expected = "Harbor & Co: you agreed on 30 September 2026 to: 'about two texts a month'. Reply STOP to end.";
        assert_eq!(told, expected);
        assert!(Answers(&brand).why(Some(&agreed("a")), None).contains("1 October 2026"));
    }

    #[test]
    fn what_does_not_fit_or_may_not_stand_in_a_text_is_not_quoted() {
        let brand = brand();
        let plain = Answers(&brand).why(None, None);
        for shown in ["see https://elsewhere.example", &"\u{1f600}".repeat(150)] {
            assert_eq!(Answers(&brand).why(Some(&agreed(shown)), None), plain, "{shown}");
        }
        let long = Answers(&brand).why(Some(&agreed(&"word ".repeat(100))), None);
        assert!(long.contains("word...'. Reply STOP") && segments(&long).count == 2, "{long}");
    }

    #[test]
    fn every_answer_is_one_text_of_the_gsm_alphabet() {
        let brand = Brand { help: String::new(), ..brand() };
        let answers = Answers(&brand);
        let terms = Some(Terms { max: 30, per_days: 366 });
        for said in [
            answers.stopped(),
            answers.help(),
            answers.why(None, None),
            answers.less(terms),
            answers.less(None),
            answers.later(),
        ] {
            assert_eq!((segments(&said).count, segments(&said).encoding), (1, crate::Encoding::Gsm7), "{said}");
        }
    }

    #[test]
    fn tomorrow_is_the_same_time_of_day_across_a_change_of_the_clocks() {
        // 2026-10-31T11:00:00-04:00; the clocks go back in the night.
        let saturday = Timestamp(1_793_458_800_000);
        assert_eq!(tomorrow("America/New_York", saturday), Some(saturday.plus_s(25 * 3600)));
        assert_eq!(tomorrow("Asia/Shanghai", saturday), Some(saturday.plus_s(24 * 3600)));
        assert_eq!(tomorrow("Nowhere/Land", saturday), None);
    }
}
