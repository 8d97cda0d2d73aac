//! "Did you mean": the known word nearest to one that is not known.

/// A question for the nearest of some words; `None` when none is near.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = |candidate: &'a str| (distance(word, candidate), candidate);
    let (away, nearest) = known.into_iter().map(near).min()?;
    (away <= (word.chars().count() / 3).max(1)).then(|| format!("did you mean `{nearest}`?"))
}

/// How many letters must be put in, taken out or replaced to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, x) in a.chars().enumerate() {
        let mut left = above + 1;
        let mut next = vec![left];
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let &[diagonal, up] = pair else { continue };
            left = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_single_letters() {
        let distances = [("margin", "margin"), ("margn", "margin"), ("cost", "cast"), ("", "cap"), ("ab", "")]
            .map(|(a, b)| distance(a, b));
        assert_eq!(distances, [0, 1, 1, 3, 2]);
    }

    #[test]
    fn only_a_near_word_is_proposed() {
        let known = ["margin", "basket", "benefit"];
        assert_eq!(did_you_mean("bsket", known).as_deref(), Some("did you mean `basket`?"));
        assert_eq!(did_you_mean("colour", known), None);
        assert_eq!(did_you_mean("x", []), None);
    }
}
