//! Encoding: how the cells of a raw row become the numbers that a scorer reads. It is part of the artefact, so that a model scores a row as
//! people have it. No allocation: the caller brings the row of numbers.

use serde::{Deserialize, Serialize};

use crate::artefact::ModelError;
use crate::words::{hash_of, hash_of_pair, words};

/// The most numbers a row may become; a tree names them by sixteen bits, of which one value marks a leaf.
const MAX_WIDTH: usize = 65_534;
/// What stands in a cell about which nothing is known; any letters may be capitals.
const MISSING: [&str; 7] = ["", "na", "n/a", "nan", "null", "none", "?"];

/// One cell of a raw row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing is known.
    Missing,
    /// A number; one that is not finite is missing.
    Number(f32),
    /// A word, a text, or a number as it is written.
    Text(&'a str),
}

impl<'a> Cell<'a> {
    /// A cell as it is written in a table: missing when empty, `NA`, `N/A`, `NaN`, `null`, `None` or `?` in any capitals; spaces around it do not count.
    pub fn of(written: &'a str) -> Self {
        let written = written.trim();
        let missing = MISSING.iter().any(|word| word.eq_ignore_ascii_case(written));
        if missing { Self::Missing } else { Self::Text(written) }
    }

    /// The number that it is or that is written in it; `None` when it is missing or says no finite number.
    pub fn number(&self) -> Option<f32> {
        let number = match self {
            Self::Missing => None,
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        };
        number.filter(|number| number.is_finite())
    }

    /// The text in it; `None` when it is missing or a number.
    pub fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text.trim()),
            Self::Missing | Self::Number(_) => None,
        }
    }
}

/// How one column is encoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Encoder {
    /// The number itself.
    Number {
        /// What a missing number counts as: the mean of those that were not.
        fill: f32,
        /// Whether a second number says that it was missing: when some were in training.
        flagged: bool,
    },
    /// One number for each known value, 1 for the one it has.
    Category {
        /// The known values in ascending order, each once.
        known: Vec<String>,
        /// Whether one more number stands for every value that is not known: when training had rare ones. Without it such a value counts as none of the known.
        others: bool,
        /// Whether one more number says that it was missing: when some were in training.
        flagged: bool,
    },
    /// One number for each known word or pair of words: its weight where the text has it, all of them scaled so that their squares add up to 1. A text
    /// that is missing has no words; those that are not known do not count.
    Words {
        /// The known words in lower case, each once; a pair has a space between its words.
        known: Vec<Word>,
    },
}

/// A word that a model knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word, or two with a space between them, in lower case.
    pub text: String,
    /// What it counts for in a text, above 0: rare words tell more.
    pub weight: f32,
}

impl Encoder {
    /// How many numbers a cell becomes.
    pub fn width(&self) -> usize {
        match self {
            Self::Number { flagged, .. } => 1 + usize::from(*flagged),
            Self::Category { known, others, flagged } => known.len() + usize::from(*others) + usize::from(*flagged),
            Self::Words { known } => known.len(),
        }
    }

    /// Whether a row of numbers holds the column as it is.
    fn is_plain(&self) -> bool {
        matches!(self, Self::Number { flagged: false, .. })
    }

    fn check(&self) -> Result<(), ModelError> {
        let sound = match self {
            Self::Number { fill, .. } => fill.is_finite(),
            Self::Category { known, .. } => known.is_sorted_by(|one, next| one < next),
            Self::Words { known } => known.iter().all(|word| word.weight.is_finite() && word.weight > 0.0),
        };
        if sound { Ok(()) } else { Err(ModelError::Number("encoding")) }
    }

    /// The place of every known word by its hash, ascending.
    fn index(&self) -> Result<Vec<(u64, u16)>, ModelError> {
        let Self::Words { known } = self else { return Ok(Vec::new()) };
        let mut index: Vec<(u64, u16)> = known.iter().map(|word| hash_of(&word.text)).zip(0..).collect();
        index.sort_unstable();
        let twins = index.windows(2).any(|pair| matches!(pair, [one, other] if one.0 == other.0));
        if twins { Err(ModelError::Number("words")) } else { Ok(index) }
    }
}

/// How the columns of a raw row are encoded, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    encoders: Vec<Encoder>,
    indexes: Vec<Vec<(u64, u16)>>,
    width: usize,
}

impl Encoding {
    /// The encoding by these encoders, one for each column.
    ///
    /// # Errors
    /// When a row would become no or too many numbers, a number is not finite, values are not in order, or two words cannot be told apart.
    pub fn new(encoders: Vec<Encoder>) -> Result<Self, ModelError> {
        let width = encoders.iter().map(Encoder::width).sum();
        if !(1..=MAX_WIDTH).contains(&width) {
            return Err(ModelError::Count { what: "encoded features", found: width, most: MAX_WIDTH });
        }
        encoders.iter().try_for_each(Encoder::check)?;
        let indexes = encoders.iter().map(Encoder::index).collect::<Result<_, _>>()?;
        Ok(Self { encoders, indexes, width })
    }

    /// The encoders, one for each column.
    pub fn encoders(&self) -> &[Encoder] {
        &self.encoders
    }

    /// How many numbers a row becomes; at least 1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether every column stands for itself: a row of numbers needs no encoding, and a missing one counts as the scorer has it.
    pub fn is_plain(&self) -> bool {
        self.encoders.iter().all(Encoder::is_plain)
    }

    /// Which columns a row of numbers cannot hold as they are, by their places.
    pub(crate) fn not_plain(&self) -> impl Iterator<Item = usize> {
        self.encoders.iter().enumerate().filter(|(_, encoder)| !encoder.is_plain()).map(|(at, _)| at)
    }

    /// Encodes a row into `slots`, as many as `width`; cells that are absent are missing, and slots beyond the width are left alone.
    pub fn encode(&self, row: &[Cell<'_>], slots: &mut [f32]) {
        let mut rest = slots;
        for (at, (encoder, index)) in self.encoders.iter().zip(&self.indexes).enumerate() {
            let width = encoder.width().min(rest.len());
            let (own, after) = rest.split_at_mut(width);
            own.fill(0.0);
            let cell = row.get(at).copied().unwrap_or(Cell::Missing);
            match encoder {
                Encoder::Number { fill, .. } => put_number(cell, *fill, own),
                Encoder::Category { known, others, .. } => put_category(cell, known, *others, own),
                Encoder::Words { known } => put_words(cell, known, index, own),
            }
            rest = after;
        }
    }

    /// What each number of an encoded row says, where `columns` are the names of the raw row.
    pub fn names(&self, columns: &[String]) -> Vec<String> {
        let named = self.encoders.iter().zip(columns);
        named.flat_map(|(encoder, column)| encoder.names(column)).collect()
    }
}

impl Encoder {
    fn names(&self, column: &str) -> Vec<String> {
        let missing = |flagged: bool| flagged.then(|| format!("{column} is missing"));
        match self {
            Self::Number { flagged, .. } => [column.to_owned()].into_iter().chain(missing(*flagged)).collect(),
            Self::Category { known, others, flagged } => {
                let values = known.iter().map(|value| format!("{column} = {value}"));
                values.chain(others.then(|| format!("{column} = another"))).chain(missing(*flagged)).collect()
            }
            Self::Words { known } => known.iter().map(|word| format!("{column}: {}", word.text)).collect(),
        }
    }
}

fn put_number(cell: Cell<'_>, fill: f32, slots: &mut [f32]) {
    let number = cell.number();
    for (slot, value) in slots.iter_mut().zip([number.unwrap_or(fill), f32::from(u8::from(number.is_none()))]) {
        *slot = value;
    }
}

fn put_category(cell: Cell<'_>, known: &[String], others: bool, slots: &mut [f32]) {
    let place = match cell.text() {
        None => known.len() + usize::from(others),
        Some(value) => known.binary_search_by(|known| known.as_str().cmp(value)).unwrap_or(if others {
            known.len()
        } else {
            usize::MAX
        }),
    };
    if let Some(slot) = slots.get_mut(place) {
        *slot = 1.0;
    }
}

fn put_words(cell: Cell<'_>, known: &[Word], index: &[(u64, u16)], slots: &mut [f32]) {
    let mut squares = 0.0_f64;
    let mut put = |hash: u64| {
        let found = index.binary_search_by_key(&hash, |(known, _)| *known).ok().and_then(|place| index.get(place));
        let Some((_, place)) = found else { return };
        let place = usize::from(*place);
        if let (Some(slot), Some(word)) = (slots.get_mut(place), known.get(place))
            && *slot <= 0.0
        {
            *slot = word.weight;
            squares += f64::from(word.weight) * f64::from(word.weight);
        }
    };
    let mut before = None;
    for word in words(cell.text().unwrap_or_default()) {
        let hash = hash_of(word);
        put(hash);
        if let Some(before) = before {
            put(hash_of_pair(before, word));
        }
        before = Some(hash);
    }
    if squares > 0.0 {
        let length = nearest(squares.sqrt());
        for slot in slots {
            *slot /= length;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
fn nearest(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words_known(known: &[(&str, f32)]) -> Encoder {
        Encoder::Words {
            known: known.iter().map(|(text, weight)| Word { text: (*text).to_owned(), weight: *weight }).collect(),
        }
    }

    fn encoding() -> Encoding {
        let known = ["admin.", "student"].map(str::to_owned).to_vec();
        Encoding::new(vec![
            Encoder::Number { fill: 40.0, flagged: true },
            Encoder::Category { known, others: true, flagged: true },
            words_known(&[("late", 3.0), ("two hours", 4.0), ("!", 1.0)]),
        ])
        .unwrap()
    }

    fn encoded(row: [&str; 3]) -> Vec<f32> {
        let mut slots = vec![f32::NAN; encoding().width()];
        encoding().encode(&row.map(Cell::of), &mut slots);
        slots
    }

    #[test]
    fn a_row_becomes_numbers_flags_and_words() {
        assert_eq!(encoded(["33", "student", "Two HOURS late, late!"])[..6], [33.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let words = &encoded(["33", "student", "Two HOURS late, late"])[6..];
        assert_eq!(words, [0.6, 0.8, 0.0], "3 and 4 of 5, and how often does not count");
    }

    #[test]
    fn what_is_missing_is_flagged_and_what_is_unknown_is_another() {
        assert_eq!(encoded(["NA", "", "?"]), [40.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(encoded(["old", "pilot", "lovely"]), [40.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        let silent =
            Encoding::new(vec![Encoder::Category { known: vec!["a".to_owned()], others: false, flagged: false }]);
        let mut slots = [1.0];
        silent.unwrap().encode(&[Cell::Text("b")], &mut slots);
        assert!(slots[0].abs() < f32::EPSILON, "without a slot for others it counts as none of the known");
    }

    #[test]
    fn every_number_of_a_row_has_a_name() {
        let names = encoding().names(&["age", "job", "said"].map(str::to_owned));
        assert_eq!(names.len(), encoding().width());
        assert_eq!(
            names[..6].join("; "),
            "age; age is missing; job = admin.; job = student; job = another; job is missing"
        );
        assert_eq!(names[6..].join("; "), "said: late; said: two hours; said: !");
    }

    #[test]
    fn an_encoding_that_cannot_be_walked_is_refused() {
        let unordered =
            Encoder::Category { known: ["b", "a"].map(str::to_owned).to_vec(), others: false, flagged: false };
        let wrong = [
            vec![],
            vec![Encoder::Number { fill: f32::NAN, flagged: false }],
            vec![unordered],
            vec![words_known(&[("late", 1.0), ("LATE", 1.0)])],
            vec![words_known(&[("late", 0.0)])],
        ];
        for encoders in wrong {
            assert!(Encoding::new(encoders).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_row_of_length_one_or_nothing(text in "[a-zA-Z !?']{0,60}|.{0,20}") {
            let mut slots = [f32::NAN; 4];
            let known = words_known(&[("a", 1.0), ("a a", 2.5), ("é", 0.5), ("!", 3.0)]);
            Encoding::new(vec![known]).unwrap().encode(&[Cell::Text(&text)], &mut slots);
            let squares: f32 = slots.iter().map(|slot| slot * slot).sum();
            prop_assert!(squares == 0.0 || (squares - 1.0).abs() < 1e-5, "{:?}", slots);
        }

        #[test]
        fn any_row_fits_any_number_of_slots(cells in prop::collection::vec(".{0,12}", 0..5), slots in 0_usize..12) {
            let row: Vec<_> = cells.iter().map(|cell| Cell::of(cell)).collect();
            let mut slots = vec![0.0; slots];
            encoding().encode(&row, &mut slots);
            prop_assert!(slots.iter().all(|slot| slot.is_finite()));
        }
    }
}
