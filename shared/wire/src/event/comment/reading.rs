//! Reading a comment: what it is about, by keyword lists and, where they know no word of it, by a small model; and how it is meant, by the lists alone. The lists
//! are in `words.txt`, what must be understood in `corpus.txt`. English alone; what neither knows is neither a complaint nor about anything.

use std::sync::OnceLock;

use tact_domain::{Cause, Reading, Tone};
use tact_model::Classes;

/// What phrases stand for, a line each: the label, a colon, the phrases. One that ends in `*` stands for all words that begin so.
const WORDS: &str = include_str!("words.txt");
/// The model of causes, as `tact train` learns it.
const CAUSES: &[u8] = include_bytes!("../../../../catalogue/models/causes.model");
/// The least probability that a cause is believed with, when the model alone tells it: below it lie texts of which it knows no word.
const SURE: f64 = 0.2;
/// How many words before a phrase may turn it into its contrary.
const REACH: usize = 3;
/// What stands between two sentences, once a text is plain.
const BREAK: &str = "|";

/// What is read in the words of a comment.
pub fn reading(text: &str) -> Reading {
    let text = plain(text);
    let (cause, confidence) = cause(&text).unwrap_or_else(|| guessed(&text));
    Reading { cause, confidence, tone: tone(&text) }
}

/// The cause with the most hits, of several the first; `None` without a hit. It is as sure as its share among all hits and one more, as no single word makes certain.
fn cause(text: &str) -> Option<(Cause, f64)> {
    let hits = Cause::ALL.map(|cause| (cause, Hits::of(cause.name(), text).all()));
    let total: u32 = hits.iter().map(|(_, count)| count).sum();
    let most = hits.iter().rev().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0);
    most.map(|(cause, count)| (*cause, f64::from(*count) / f64::from(total + 1)))
}

/// What the model takes a text to be about, and how probable that is; nothing when that is too little, or the model cannot be read.
fn guessed(text: &str) -> (Cause, f64) {
    static MODEL: OnceLock<Option<Classes>> = OnceLock::new();
    let model = MODEL.get_or_init(|| Classes::decode(CAUSES).ok());
    let told = model.as_ref().map(|model| model.read(text)).filter(|(_, sure)| *sure >= SURE);
    let cause = told.and_then(|(name, sure)| Some((Cause::ALL.into_iter().find(|cause| cause.name() == name)?, sure)));
    cause.filter(|(cause, _)| *cause != Cause::Other).unwrap_or((Cause::Other, 0.0))
}

/// Of good and bad words the bad ones count when there are as many: a complaint that nobody hears is worse than an answer too many.
fn tone(text: &str) -> Tone {
    let (bad, good) = (Hits::of("complaint", text), Hits::of("praise", text));
    let (bad, good) = (bad.plain + good.turned, good.plain + bad.turned);
    let asks = || text.contains('?') || Hits::of("question", text).all() > 0;
    match () {
        () if bad > 0 && bad >= good => Tone::Complaint,
        () if asks() => Tone::Question,
        () if good > 0 => Tone::Praise,
        () => Tone::Neutral,
    }
}

/// How often the phrases of a label stand in a text: as they are, and turned into their contrary by a word before them.
#[derive(Clone, Copy, Default)]
struct Hits {
    plain: u32,
    turned: u32,
}

impl Hits {
    fn of(label: &str, text: &str) -> Self {
        let mut hits = Self::default();
        for phrase in phrases(label) {
            let needle = match phrase.strip_suffix('*') {
                Some(beginning) => format!(" {beginning}"),
                None => format!(" {phrase} "),
            };
            for (at, _) in text.match_indices(&needle) {
                let turned = text.get(..at).is_some_and(is_turned);
                *(if turned { &mut hits.turned } else { &mut hits.plain }) += 1;
            }
        }
        hits
    }

    fn all(self) -> u32 {
        self.plain + self.turned
    }
}

/// The phrases of a label; none for one that has no line.
fn phrases(label: &str) -> impl Iterator<Item = &'static str> {
    let of_label = WORDS.lines().filter_map(|line| line.split_once(": ")).find(|(known, _)| *known == label);
    of_label.into_iter().flat_map(|(_, phrases)| phrases.split(", "))
}

/// Whether what follows these words, in the same sentence, is meant the other way round.
fn is_turned(before: &str) -> bool {
    let mut near = before.rsplit(' ').filter(|word| !word.is_empty()).take(REACH).take_while(|word| *word != BREAK);
    near.any(|word| phrases("not").any(|turner| turner == word))
}

/// A text in lower case, one space between its words and at either end, apostrophes left out, a bar between its sentences, and its question marks.
fn plain(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 2);
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '\'' | '\u{2019}' => {}
            '?' => spaced.push_str(" ? | "),
            '.' | ',' | '!' | ';' | ':' | '(' | ')' | '\n' => spaced.push_str(" | "),
            letter if letter.is_alphanumeric() => spaced.push(letter),
            _ => spaced.push(' '),
        }
    }
    let words: Vec<&str> = spaced.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corpus: cause and tone of each text, and the text.
    fn corpus() -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = include_str!("corpus.txt").lines();
        lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "))
    }

    fn label(text: &str) -> String {
        let Reading { cause, tone, .. } = reading(text);
        format!("{} {}", cause.name(), tone.name())
    }

    #[test]
    fn every_text_of_the_corpus_is_read_as_it_is_meant() {
        let read = corpus().map(|(meant, text)| (meant, label(text), text));
        let wrong: Vec<_> = read.filter(|(meant, read, _)| meant != read).collect();
        assert!(wrong.is_empty(), "what it means, what was read, the text: {wrong:#?}");
    }

    #[test]
    fn the_corpus_holds_some_of_every_cause_and_tone() {
        assert!(corpus().count() >= 40, "{}", corpus().count());
        for name in Cause::ALL.map(Cause::name).iter().chain(&Tone::ALL.map(Tone::name)) {
            let count = corpus().filter(|(meant, _)| meant.split(' ').any(|word| word == *name)).count();
            assert!(count >= 3, "{name}: {count}");
        }
    }

    #[test]
    fn every_list_has_phrases_and_every_phrase_can_be_found() {
        let labels = Cause::ALL.iter().filter(|cause| **cause != Cause::Other).map(|cause| cause.name());
        for label in labels.chain(["complaint", "praise", "question", "not"]) {
            assert!(phrases(label).count() > 3, "{label}");
            for phrase in phrases(label) {
                let text = plain(phrase.trim_end_matches('*'));
                assert!(text.contains(&format!(" {}", phrase.trim_end_matches('*'))), "{label}: {phrase}");
            }
        }
    }

    #[test]
    fn case_spaces_and_apostrophes_change_nothing() {
        let text = "The display isn't helpful. Where is everything?";
        for dressed in
            [text.to_uppercase(), text.replace('\'', "\u{2019}"), text.replace(' ', "  "), format!("\n{text}\n")]
        {
            assert_eq!(reading(&dressed), reading(text), "{dressed}");
        }
    }

    #[test]
    fn a_word_is_as_sure_as_its_share_among_all_and_one_more() {
        let sure = |text: &str| reading(text).confidence;
        assert!((sure("overpriced") - 0.5).abs() < 1e-9);
        assert!((sure("overpriced and expensive") - 2.0 / 3.0).abs() < 1e-9);
        assert!((sure("overpriced, expensive, and the parcel is late") - 2.0 / 5.0).abs() < 1e-9);
        assert!(sure("hm").abs() < f64::EPSILON);
    }

    #[test]
    fn what_the_lists_do_not_know_the_model_may_and_nobody_is_surer_than_it_is() {
        let texts = [
            "They hung up on me, twice",
            "The agent never answers the phone",
            "My reservation was postponed to tomorrow",
        ];
        let read: Vec<_> = texts.map(|text| (cause(&plain(text)), reading(text))).to_vec();
        let causes: Vec<_> = read.iter().map(|(_, read)| read.cause).collect();
        assert_eq!(causes, [Cause::Service, Cause::Service, Cause::Delivery]);
        assert!(
            read.iter().all(|(listed, read)| listed.is_none() && (SURE..1.0).contains(&read.confidence)),
            "{read:?}"
        );
        assert_eq!(reading("Terrible. Just terrible.").cause, Cause::Other, "it knows no word of it");
    }

    #[test]
    fn the_model_of_causes_can_be_read_and_names_causes() {
        let model = Classes::decode(CAUSES).unwrap();
        let names: Vec<&str> = model.models().iter().map(|model| model.card().name.as_str()).collect();
        assert!(names.len() == Cause::ALL.len() && Cause::ALL.iter().all(|cause| names.contains(&cause.name())));
    }

    #[test]
    fn nothing_is_about_nothing() {
        for text in ["", " ", "...", "\u{200b}", "\u{1f621}"] {
            assert_eq!(label(text), "other neutral");
        }
    }
}
