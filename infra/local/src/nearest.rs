//! The names nearest to one that is not known: what somebody probably meant.

/// The names nearest to `name`, capitals or not, the nearest first and those as near in alphabetical order; at most `most`, none when none is known.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let name = name.to_ascii_lowercase();
    let mut apart: Vec<_> =
        known.into_iter().map(|known| (distance(&known.to_ascii_lowercase(), &name), known)).collect();
    apart.sort_unstable();
    apart.into_iter().take(most).map(|(_, known)| known).collect()
}

/// How many letters have to be added, taken out or exchanged to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, letter) in (1..).zip(one.chars()) {
        let (mut next, mut diagonal) = (vec![n], n - 1);
        for (above, known) in row.iter().skip(1).zip(&other) {
            let left = next.last().copied().unwrap_or(n);
            next.push((diagonal + usize::from(*known != letter)).min(above + 1).min(left + 1));
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_far_apart_as_they_differ_in_letters() {
        let pairs = [
            ("anne", "anne", 0),
            ("anne", "ane", 1),
            ("anna", "anne", 1),
            ("", "ivo", 3),
            ("hana", "ana", 1),
            ("kit", "tik", 2),
        ];
        for (one, other, apart) in pairs {
            assert_eq!((distance(one, other), distance(other, one)), (apart, apart), "{one} {other}");
        }
    }

    #[test]
    fn the_nearest_come_first_whatever_their_capitals() {
        assert_eq!(nearest("AGE", ["income", "wage", "age"], 2), ["age", "wage"]);
        assert!(nearest("age", [], 3).is_empty());
    }
}
