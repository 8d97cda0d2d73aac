//! How long a text message is, as networks count and bill it: in segments of one of two alphabets.

/// The GSM 7-bit alphabet of 3GPP TS 23.038 without its escape; each letter takes one unit.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension; each letter takes two units, the escape and itself.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The length of a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments {
    /// The alphabet it needs.
    pub encoding: Encoding,
    /// How many units of that alphabet it has: septets, or 16-bit units.
    pub units: usize,
    /// In how many segments it travels; the empty text in one.
    pub count: usize,
}

/// The alphabet of a text message. One letter outside the first makes all of the message need the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The GSM 7-bit alphabet: 160 units alone, 153 in each of several segments.
    Gsm7,
    /// 16-bit units: 70 alone, 67 in each of several segments.
    Ucs2,
}

impl Encoding {
    fn units_of(self, letter: char) -> usize {
        match self {
            Self::Gsm7 => 1 + usize::from(EXTENSION.contains(letter)),
            Self::Ucs2 => letter.len_utf16(),
        }
    }

    /// What fits into a message of one segment, and into each segment of a longer one, whose header takes room.
    fn room(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }
}

/// How long a text is as a text message.
pub fn segments(text: &str) -> Segments {
    let gsm7 = text.chars().all(|letter| BASIC.contains(letter) || EXTENSION.contains(letter));
    let encoding = if gsm7 { Encoding::Gsm7 } else { Encoding::Ucs2 };
    let (alone, each) = encoding.room();
    let units = text.chars().map(|letter| encoding.units_of(letter)).sum();
    let count = if units <= alone { 1 } else { split(text, encoding, each) };
    Segments { encoding, units, count }
}

/// The number of segments with room for `each` units that a text is cut into; a letter of two units is never cut.
fn split(text: &str, encoding: Encoding, each: usize) -> usize {
    let mut count = 1;
    let mut filled = 0;
    for letter in text.chars() {
        let units = encoding.units_of(letter);
        if filled + units > each {
            count += 1;
            filled = 0;
        }
        filled += units;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(letter: &str, times: usize) -> (Encoding, usize, usize) {
        let Segments { encoding, units, count } = segments(&letter.repeat(times));
        (encoding, units, count)
    }

    #[test]
    fn plain_letters_are_counted_by_160_and_153() {
        for (letters, count) in [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (1_530, 10)] {
            assert_eq!(of("a", letters), (Encoding::Gsm7, letters, count));
        }
    }

    #[test]
    fn letters_of_the_extension_take_two_units_and_are_never_cut() {
        assert_eq!(of("€", 80), (Encoding::Gsm7, 160, 1));
        // 153 is odd, so each segment holds 76 of them.
        assert_eq!(of("€", 152), (Encoding::Gsm7, 304, 2));
        assert_eq!(of("[", 153), (Encoding::Gsm7, 306, 3));
    }

    #[test]
    fn one_letter_outside_the_alphabet_makes_all_of_it_wide() {
        assert_eq!(of("я", 70), (Encoding::Ucs2, 70, 1));
        assert_eq!(of("я", 71), (Encoding::Ucs2, 71, 2));
        assert_eq!(of("я", 135), (Encoding::Ucs2, 135, 3));
        let mixed = segments(&format!("{}ç", "a".repeat(70)));
        assert_eq!((mixed.encoding, mixed.units, mixed.count), (Encoding::Ucs2, 71, 2));
    }

    #[test]
    fn an_emoji_takes_two_wide_units_and_is_never_cut() {
        assert_eq!(of("👟", 35), (Encoding::Ucs2, 70, 1));
        assert_eq!(of("👟", 36), (Encoding::Ucs2, 72, 2));
        // 67 is odd, so each segment holds 33 of them.
        assert_eq!(of("👟", 66), (Encoding::Ucs2, 132, 2));
        assert_eq!(of("👟", 70), (Encoding::Ucs2, 140, 3));
    }

    #[test]
    fn the_alphabet_has_127_letters_and_an_extension_of_ten() {
        assert_eq!((BASIC.chars().count(), EXTENSION.chars().count()), (127, 10));
        assert_eq!(segments(BASIC).encoding, Encoding::Gsm7);
        for wide in ["ç", "`", "’", "\t", "\u{0}"] {
            assert_eq!(segments(wide).encoding, Encoding::Ucs2, "{wide:?}");
        }
    }
}
