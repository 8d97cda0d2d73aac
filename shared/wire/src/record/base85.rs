//! Bytes as text of 85 letters, none of which means anything in JSON: four bytes take five letters, a sixteenth less than in base64.

/// The letters of Z85, from 0 to 84.
const LETTERS: &[u8; 85] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// Writes bytes: four at a time as five letters, and the last one to three as one letter more than there are bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 4 * 5 + 4);
    for chunk in bytes.chunks(4) {
        let number =
            chunk.iter().chain([0; 3].iter()).take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let mut letters = [0; 5];
        let mut rest = number;
        for letter in letters.iter_mut().rev() {
            (*letter, rest) = (rest % 85, rest / 85);
        }
        let letters = letters.iter().take(chunk.len() + 1).filter_map(|letter| LETTERS.get(*letter as usize));
        text.extend(letters.map(|letter| char::from(*letter)));
    }
    text
}

/// Reads them back; `None` for anything that was not written so.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 5 * 4 + 4);
    for chunk in text.as_bytes().chunks(5) {
        // What is missing at the end counts as the greatest letter, so that what was cut off when it was written does not matter.
        let missing = 5 - chunk.len();
        let values = chunk.iter().map(|letter| value(*letter)).chain(std::iter::repeat_n(Some(84), missing));
        let number =
            values.map(|value| value.map(u64::from)).try_fold(0, |number, value| Some(number * 85 + value?))?;
        let four = u32::try_from(number).ok()?.to_be_bytes();
        bytes.extend(four.iter().take(4_usize.checked_sub(missing).filter(|kept| *kept > 0)?));
    }
    Some(bytes).filter(|bytes| encode(bytes) == text)
}

fn value(letter: u8) -> Option<u8> {
    LETTERS.iter().position(|known| *known == letter).and_then(|place| u8::try_from(place).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_every_length_come_back() {
        let bytes: Vec<u8> = (0..=255).chain([255; 9]).chain([0; 9]).collect();
        for length in 0..bytes.len() {
            let text = encode(&bytes[..length]);
            assert_eq!(text.len(), length + length.div_ceil(4));
            assert_eq!(decode(&text).as_deref(), Some(&bytes[..length]));
        }
    }

    #[test]
    fn the_text_of_the_standard_is_written() {
        assert_eq!(encode(&[0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]), "HelloWorld");
        let all = String::from_utf8(LETTERS.to_vec()).unwrap();
        assert_eq!(serde_json::to_string(&all).unwrap(), format!("\"{all}\""), "no letter is escaped");
    }

    #[test]
    fn what_was_not_written_so_is_refused() {
        for text in ["0", "\"\"\"\"\"", "#####", "Hello Worl", "HelloW", "zä"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
