//! Made-up baskets with a planted truth, until there are receipts of one's own: which categories go together, and within them which products.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{chance, pick};

/// The categories that go together: what is bought first, and what is then often bought with it.
const TOGETHER: [(&str, &str); 9] = [
    ("dresses", "bags"),
    ("dresses", "shoes"),
    ("women", "shoes"),
    ("women", "bags"),
    ("swimwear", "beauty"),
    ("swimwear", "shoes"),
    ("coffee", "coffee"),
    ("coffee", "kitchen"),
    ("kitchen", "kitchen"),
];
/// How often something that goes with it is bought with a first product,
const TEMPTED: f64 = 0.45;
/// how often that is the product that suits it best,
const SUITED: f64 = 0.6;
/// and how often anything else is bought beside.
const BESIDE: f64 = 0.35;

/// Draws `count` baskets from products, each an id and its category; the same seed gives the same baskets. What suits a product best is of another
/// category that goes with its own, by the places of both in their categories. No baskets without products.
pub fn generate_baskets<'a>(seed: u64, count: usize, products: &[(&'a str, &str)]) -> Vec<Vec<&'a str>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let count = if products.is_empty() { 0 } else { count };
    (0..count).map(|_| basket(&mut rng, products)).collect()
}

fn basket<'a>(rng: &mut impl Rng, products: &[(&'a str, &str)]) -> Vec<&'a str> {
    let first = pick(rng, products, ("", ""));
    let mut basket = vec![first.0];
    let with: Vec<&str> = TOGETHER.iter().filter(|(one, _)| *one == first.1).map(|(_, other)| *other).collect();
    if !with.is_empty() && chance(rng, TEMPTED) {
        let category = pick(rng, &with, "");
        let others: Vec<&str> =
            products.iter().filter(|(id, of)| *of == category && *id != first.0).map(|(id, _)| *id).collect();
        let place = products.iter().filter(|(_, of)| *of == first.1).position(|(id, _)| *id == first.0).unwrap_or(0);
        let suited = others.get(place % others.len().max(1)).copied();
        let other = suited.filter(|_| chance(rng, SUITED)).unwrap_or_else(|| pick(rng, &others, first.0));
        basket.push(other);
    }
    if chance(rng, BESIDE) {
        basket.push(pick(rng, products, first).0);
    }
    basket
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Complements;

    const PRODUCTS: [(&str, &str); 6] = [
        ("linen-dress", "dresses"),
        ("wrap-dress", "dresses"),
        ("tote", "bags"),
        ("belt-bag", "bags"),
        ("loafer", "shoes"),
        ("boot", "shoes"),
    ];

    const COMMITTED: &str = include_str!("../../../catalogue/complements.csv");

    #[test]
    fn learning_again_gives_the_committed_complements_to_the_byte() {
        let mut rows = csv::Reader::from_reader(include_str!("../../../catalogue/products.csv").as_bytes());
        let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
        let mut products: Vec<_> = rows.iter().map(|row| (&row[0], &row[2])).collect();
        products.sort_unstable();
        let learnt = Complements::learn(generate_baskets(1, 40_000, &products));
        assert!(learnt.csv() == COMMITTED, "run `tact complements --out` and commit what it writes");
        assert!(COMMITTED.len() < 16_000);
    }

    #[test]
    fn what_was_planted_is_learnt_again() {
        let others: Vec<String> = (0..30).map(|nth| format!("book-{nth}")).collect();
        let products: Vec<_> = PRODUCTS.into_iter().chain(others.iter().map(|book| (book.as_str(), "books"))).collect();
        let baskets = generate_baskets(1, 8_000, &products);
        assert_eq!(baskets, generate_baskets(1, 8_000, &products));
        let learnt = Complements::learn(baskets);
        let of = |product: &str| -> Vec<&str> {
            learnt.pairs.iter().filter(|pair| pair.product == product).map(|pair| pair.with.as_str()).collect()
        };
        let suits = [("linen-dress", ["loafer", "tote"]), ("wrap-dress", ["belt-bag", "boot"])];
        for (dress, others) in suits {
            let mut best = of(dress);
            best.truncate(2);
            best.sort_unstable();
            assert_eq!(best, others, "{dress}");
        }
        assert!(of("book-3").is_empty());
        assert!(generate_baskets(1, 5, &[]).is_empty());
    }
}
