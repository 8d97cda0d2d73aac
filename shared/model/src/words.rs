//! The words of a text, without allocation: told apart by a hash of their letters in lower case, the same for training and scoring.

/// The start and the factor of the 64-bit hash of Fowler, Noll and Vo (FNV-1a, RFC 9923).
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_FACTOR: u64 = 0x0000_0100_0000_01b3;

/// The words of a text in their order, in the letters they are written in: runs of letters, digits and apostrophes, and each `!` and `?` by itself; none for a text without any.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let begins = rest.find(|letter: char| is_of_word(letter) || is_mark(letter))?;
        let (_, word) = rest.split_at_checked(begins)?;
        let ends = match word.chars().next().filter(|first| is_mark(*first)) {
            Some(mark) => mark.len_utf8(),
            None => word.find(|letter: char| !is_of_word(letter)).unwrap_or(word.len()),
        };
        let (word, after) = word.split_at_checked(ends)?;
        rest = after;
        Some(word)
    })
}

/// What a word is known by, capitals or not: the FNV-1a hash of its letters in lower case as UTF-8.
pub fn hash_of(word: &str) -> u64 {
    hash_onto(FNV_START, word)
}

/// What two words in a row are known by: the hash of both with a space between them.
pub(crate) fn hash_of_pair(first: u64, second: &str) -> u64 {
    hash_onto(hash_onto(first, " "), second)
}

fn hash_onto(start: u64, word: &str) -> u64 {
    let mut hash = start;
    for letter in word.chars().flat_map(char::to_lowercase) {
        for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(FNV_FACTOR);
        }
    }
    hash
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '\''
}

fn is_mark(letter: char) -> bool {
    matches!(letter, '!' | '?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_into_words_and_marks() {
        let cut = |text| words(text).collect::<Vec<_>>();
        assert_eq!(cut("Didn't get my bag!! (2 days)"), ["Didn't", "get", "my", "bag", "!", "!", "2", "days"]);
        assert_eq!(cut("ça va, Zoë?"), ["ça", "va", "Zoë", "?"]);
        assert!(cut(" ... ").is_empty() && cut("").is_empty());
    }

    #[test]
    fn capitals_make_no_other_word_and_a_pair_is_known_as_if_written_with_a_space() {
        assert_eq!(hash_of("LATE"), hash_of("late"));
        assert_ne!(hash_of("late"), hash_of("later"));
        assert_eq!(hash_of_pair(hash_of("Two"), "Hours"), hash_of("two hours"));
        // The published value for "foobar".
        assert_eq!(hash_of("foobar"), 0x8594_4171_f739_67e8);
    }
}
