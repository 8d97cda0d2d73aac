//! Fits an encoding to raw columns, with nothing but the rows it is given: what a held-out row says has no part in it.

use std::collections::BTreeMap;

use tact_model::{Cell, Encoder, Encoding, ModelError, Word, hash_of, words};

use crate::examples::count;
use crate::export::nearest;
use crate::sample::{Column, Kind, Sample};

/// The most values of a category that are known by themselves.
const MOST_VALUES: usize = 50;
/// In how many rows a value has to be seen to be known, and at least in this part of them.
const RARE: u32 = 5;
/// In how many texts a word has to be seen to be known.
const RARE_WORD: f64 = 2.0;

/// In how many rows of so many a value of a category has to be seen.
pub(crate) fn rare(rows: usize) -> u32 {
    RARE.min(u32::try_from(rows / 20).unwrap_or(RARE)).max(2)
}

/// The encoding of the columns as these rows have them, with at most so many words for each text.
///
/// # Errors
/// When nothing is left to encode.
pub(crate) fn fit_encoding(sample: &Sample<'_>, rows: &[usize], most_words: usize) -> Result<Encoding, ModelError> {
    let encoder = |column: &Column<'_>| match column.kind {
        Kind::Number => number(column, rows),
        Kind::Category => category(column, rows),
        Kind::Text => text(column, sample, rows, most_words),
    };
    Encoding::new(sample.columns.iter().map(encoder).collect())
}

/// The values seen at least so often, at most fifty: the most frequent; in ascending order.
pub(crate) fn frequent<'a>(cells: impl Iterator<Item = Cell<'a>>, rare: u32) -> Vec<&'a str> {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for value in cells.filter_map(|cell| cell.text()) {
        *seen.entry(value).or_default() += 1;
    }
    let mut known: Vec<(u32, &str)> =
        seen.into_iter().filter(|(_, times)| *times >= rare).map(|(value, times)| (u32::MAX - times, value)).collect();
    known.sort_unstable();
    let mut known: Vec<&str> = known.into_iter().take(MOST_VALUES).map(|(_, value)| value).collect();
    known.sort_unstable();
    known
}

fn number(column: &Column<'_>, rows: &[usize]) -> Encoder {
    let numbers: Vec<f64> = rows.iter().filter_map(|row| column.cell(*row).number()).map(f64::from).collect();
    let mean = numbers.iter().sum::<f64>() / count(numbers.len().max(1));
    Encoder::Number { fill: nearest(mean), flagged: numbers.len() < rows.len() }
}

fn category(column: &Column<'_>, rows: &[usize]) -> Encoder {
    let cells = || rows.iter().map(|row| column.cell(*row));
    let known = frequent(cells(), rare(rows.len()));
    let others = cells().filter_map(|cell| cell.text()).any(|value| known.binary_search(&value).is_err());
    let flagged = cells().any(|cell| cell == Cell::Missing);
    Encoder::Category { known: known.into_iter().map(str::to_owned).collect(), others, flagged }
}

/// The words and pairs of words that tell most, by the statistic of Pearson's chi-squared test on whether a text has them; each weighs
/// `1 + ln((1 + n) / (1 + n with the word))`, the inverse document frequency of Spärck Jones (1972), smoothed.
fn text(column: &Column<'_>, sample: &Sample<'_>, rows: &[usize], most: usize) -> Encoder {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    let (mut all, mut positive) = (0.0, 0.0);
    for (nth, row) in (0_usize..).zip(rows) {
        let (weight, target) = (sample.weight(*row), sample.target(*row));
        all += weight;
        positive += weight * target;
        each_word(column.cell(*row).text().unwrap_or_default(), &mut |word| {
            let word = seen.entry(word).or_insert(Seen { last: usize::MAX, texts: 0.0, weight: 0.0, positive: 0.0 });
            if word.last != nth {
                word.last = nth;
                word.texts += 1.0;
                word.weight += weight;
                word.positive += weight * target;
            }
        });
    }
    let share = if all > 0.0 { positive / all } else { 0.0 };
    let mut ranked: Vec<(f64, String, Seen)> = seen
        .into_iter()
        .filter(|(_, word)| word.texts >= RARE_WORD)
        .map(|(text, word)| (word.chi_squared(share), text, word))
        .collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    ranked.truncate(most);
    ranked.sort_by(|one, other| one.1.cmp(&other.1));
    let texts = count(rows.len());
    let weight = |word: &Seen| nearest(1.0 + libm::log((1.0 + texts) / (1.0 + word.texts)));
    let mut known: Vec<Word> = ranked.into_iter().map(|(_, text, word)| Word { weight: weight(&word), text }).collect();
    // Of two words that no hash tells apart the first is known.
    let mut hashes: Vec<u64> = Vec::new();
    known.retain(|word| {
        let hash = hash_of(&word.text);
        let place = hashes.binary_search(&hash);
        place.map_err(|place| hashes.insert(place, hash)).is_err()
    });
    Encoder::Words { known }
}

/// In how many texts a word was seen, and what they weigh.
struct Seen {
    last: usize,
    texts: f64,
    weight: f64,
    positive: f64,
}

impl Seen {
    fn chi_squared(&self, share: f64) -> f64 {
        let expected = (self.weight * share, self.weight * (1.0 - share));
        let off = self.positive - expected.0;
        if expected.0 > 0.0 && expected.1 > 0.0 { off * off / expected.0 + off * off / expected.1 } else { 0.0 }
    }
}

/// Every word of a text and every pair of words in a row, in lower case; a word that comes again is told again.
fn each_word(text: &str, tell: &mut impl FnMut(String)) {
    let mut before: Option<String> = None;
    for word in words(text) {
        let word: String = word.chars().flat_map(char::to_lowercase).collect();
        if let Some(before) = before {
            tell(format!("{before} {word}"));
        }
        tell(word.clone());
        before = Some(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample<'a>(columns: Vec<Column<'a>>, labels: &[bool]) -> Sample<'a> {
        Sample { columns, labels: labels.to_vec(), weights: vec![1.0; labels.len()] }
    }

    #[test]
    fn only_the_rows_that_are_given_are_learnt_from() {
        let column = Column::read("age", ["20", "", "40", "1000"].into_iter(), None).unwrap();
        let sample = sample(vec![column], &[true, false, true, false]);
        let of = |rows: &[usize]| fit_encoding(&sample, rows, 0).unwrap().encoders().to_vec();
        assert_eq!(of(&[0, 2]), [Encoder::Number { fill: 30.0, flagged: false }]);
        assert_eq!(of(&[0, 1]), [Encoder::Number { fill: 20.0, flagged: true }]);
    }

    #[test]
    fn frequent_values_are_known_and_the_rest_are_others() {
        let cells = ["b", "a", "b", "a", "c", "b"].map(Cell::of);
        assert_eq!(frequent(cells.into_iter(), 2), ["a", "b"]);
        let column = Column::read("v", ["b", "a", "b", "a", "c", ""].into_iter(), None).unwrap();
        let fitted = fit_encoding(&sample(vec![column], &[true; 6]), &[0, 1, 2, 3, 4, 5], 0).unwrap();
        let known = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(fitted.encoders(), [Encoder::Category { known, others: true, flagged: true }]);
    }

    #[test]
    fn the_words_that_tell_most_are_known_with_their_rarity() {
        let texts = ["my bag is late", "LATE bag is again", "the crew is kind", "the crew is so kind"];
        let column = Column::read("said", texts.into_iter(), Some(Kind::Text)).unwrap();
        let fitted = fit_encoding(&sample(vec![column], &[true, true, false, false]), &[0, 1, 2, 3], 6).unwrap();
        let [Encoder::Words { known }] = fitted.encoders() else { panic!("not words") };
        let texts: Vec<&str> = known.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["bag", "bag is", "crew", "crew is", "kind", "late"].as_slice()[..].to_vec());
        // 1 + ln(5 / 3): two of four texts have it.
        assert!((f64::from(known[0].weight) - (1.0 + libm::log(5.0 / 3.0))).abs() < 1e-6);
    }
}
