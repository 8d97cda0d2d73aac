//! Which products go together: how much more often they are bought together than chance would have them, shrunk towards chance.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::examples::count;

/// What is bought together once or twice may be chance: pairs count as if so many more baskets had been expected to hold both, and held both. A mean of 1
/// before anything is seen, whose weight this is.
pub const COUNTS_AS: f64 = 5.0;
/// In how many baskets a pair has to be seen.
pub const FEWEST_BASKETS: u32 = 5;
/// The least shrunk lift that is told.
pub const LEAST_LIFT: f64 = 1.2;
/// How many complements of one product are told, the strongest.
pub const MOST_OF_ONE: usize = 6;

/// That a product goes with another.
#[derive(Clone, Debug, PartialEq)]
pub struct Complement {
    /// What was bought.
    pub product: String,
    /// What goes with it.
    pub with: String,
    /// How many times as often they are bought together as chance would have them, shrunk towards 1.
    pub lift: f64,
    /// In how many baskets both were.
    pub baskets: u32,
}

/// The complements of every product, as baskets have them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Complements {
    /// By product, and of one product the strongest first.
    pub pairs: Vec<Complement>,
    /// How many baskets they were learnt from; those of one product alone are among them.
    pub baskets: u32,
}

/// The shrunk lift of a pair that is in `both` of `all` baskets, when its products are in `one` and `other` of them:
/// `(both + COUNTS_AS) / (one * other / all + COUNTS_AS)`. That is the posterior mean of the ratio of observed to expected baskets when the observed are
/// Poisson and the ratio is gamma distributed around 1 (`DuMouchel`, 1999; as the information component of Norén et al., 2013, is). 1 without baskets.
pub fn shrunk_lift(both: u32, (one, other): (u32, u32), all: u32) -> f64 {
    let expected = if all == 0 { 0.0 } else { f64::from(one) * f64::from(other) / f64::from(all) };
    (f64::from(both) + COUNTS_AS) / (expected + COUNTS_AS)
}

impl Complements {
    /// Learns from baskets, each the products on one receipt; a product that is there twice counts once, and an empty basket not at all. Nothing is told
    /// of baskets that hold one product each.
    pub fn learn<'a>(baskets: impl IntoIterator<Item = Vec<&'a str>>) -> Self {
        let mut single: BTreeMap<&str, u32> = BTreeMap::new();
        let mut both: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut all = 0;
        for basket in baskets {
            let products: BTreeSet<&str> = basket.into_iter().filter(|product| !product.is_empty()).collect();
            all += u32::from(!products.is_empty());
            for product in &products {
                *single.entry(product).or_default() += 1;
                for other in products.iter().filter(|other| *other != product) {
                    *both.entry((product, other)).or_default() += 1;
                }
            }
        }
        let seen = |product: &str| single.get(product).copied().unwrap_or_default();
        let told = both.iter().filter(|(_, baskets)| **baskets >= FEWEST_BASKETS).map(|((product, with), baskets)| {
            let lift = shrunk_lift(*baskets, (seen(product), seen(with)), all);
            Complement { product: (*product).to_owned(), with: (*with).to_owned(), lift, baskets: *baskets }
        });
        let mut pairs: Vec<Complement> = told.filter(|pair| pair.lift >= LEAST_LIFT).collect();
        let stronger = |a: &Complement, b: &Complement| b.lift.total_cmp(&a.lift).then_with(|| a.with.cmp(&b.with));
        pairs.sort_by(|a, b| a.product.cmp(&b.product).then_with(|| stronger(a, b)));
        let mut of_one = (String::new(), 0);
        pairs.retain(|pair| {
            if of_one.0 != pair.product {
                of_one = (pair.product.clone(), 0);
            }
            of_one.1 += 1;
            of_one.1 <= MOST_OF_ONE
        });
        Self { pairs, baskets: all }
    }

    /// The text of a catalogue's `complements.csv`: lifts to two digits.
    pub fn csv(&self) -> String {
        let quoted = |id: &str| {
            if id.contains([',', '"', '\n', '\r']) { format!("\"{}\"", id.replace('"', "\"\"")) } else { id.to_owned() }
        };
        let row = |pair: &Complement| format!("{},{},{:.2}\n", quoted(&pair.product), quoted(&pair.with), pair.lift);
        std::iter::once("product,with,lift\n".to_owned()).chain(self.pairs.iter().map(row)).collect()
    }

    /// How many baskets of others hold both of a pair told here, and how many of them chance and these lifts would have: what was observed, expected by
    /// chance, and expected here. Learnt well, the first is near the last.
    pub fn held_out<'a>(&self, baskets: impl IntoIterator<Item = Vec<&'a str>>) -> (f64, f64, f64) {
        let baskets: Vec<BTreeSet<&str>> = baskets.into_iter().map(|basket| basket.into_iter().collect()).collect();
        let mut of: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (nth, basket) in baskets.iter().enumerate() {
            for product in basket {
                of.entry(product).or_default().insert(nth);
            }
        }
        let none = BTreeSet::new();
        let mut sums = (0.0, 0.0, 0.0);
        for pair in &self.pairs {
            let held = |product: &str| of.get(product).unwrap_or(&none);
            let (one, other) = (held(&pair.product), held(&pair.with));
            let chance = count(one.len()) * count(other.len()) / count(baskets.len().max(1));
            sums.0 += count(one.intersection(other).count());
            sums.1 += chance;
            sums.2 += chance * pair.lift;
        }
        sums
    }
}

impl fmt::Display for Complements {
    /// The model card.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let products: BTreeSet<&str> = self.pairs.iter().map(|pair| pair.product.as_str()).collect();
        writeln!(out, "model complements: how many times as often two products are bought together as chance has it")?;
        writeln!(
            out,
            "learnt from {} baskets; {} pairs of {} products",
            self.baskets,
            self.pairs.len(),
            products.len()
        )?;
        writeln!(out, "lift (n + {COUNTS_AS}) / (expected + {COUNTS_AS}): that of a rare pair is drawn towards 1")?;
        write!(out, "told are at most {MOST_OF_ONE} of a product, seen in {FEWEST_BASKETS} baskets at least, ")?;
        writeln!(out, "with a lift of {LEAST_LIFT} at least")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 baskets: 20 with a dress, 25 with a bag, 15 of them with both; 10 hold coffee and filters, which are never bought apart; the rest hold tea.
    fn baskets() -> Vec<Vec<&'static str>> {
        let mut baskets = vec![vec!["dress", "bag", "dress"]; 15];
        baskets.extend(vec![vec!["dress"]; 5]);
        baskets.extend(vec![vec!["bag"]; 10]);
        baskets.extend(vec![vec!["coffee", "filters"]; 10]);
        baskets.extend(vec![vec!["tea"]; 56]);
        baskets.extend(vec![vec!["tea", "dear"]; 4]);
        baskets
    }

    #[test]
    fn a_lift_is_what_it_is_by_hand() {
        let learnt = Complements::learn(baskets());
        let told: Vec<_> = learnt.pairs.iter().map(|p| (p.product.as_str(), p.with.as_str(), p.baskets)).collect();
        let expected =
            [("bag", "dress", 15), ("coffee", "filters", 10), ("dress", "bag", 15), ("filters", "coffee", 10)];
        assert_eq!(told, expected);
        // 20 * 25 / 100 = 5 expected, 15 seen: (15 + 5) / (5 + 5) = 2, where the plain lift is 15 / 5 = 3.
        assert!((learnt.pairs[0].lift - 2.0).abs() < 1e-12, "{:?}", learnt.pairs[0]);
        // 10 * 10 / 100 = 1 expected, 10 seen: 15 / 6 = 2.5, where the plain lift is 10.
        assert!((learnt.pairs[1].lift - 2.5).abs() < 1e-12, "{:?}", learnt.pairs[1]);
        assert_eq!(learnt.baskets, 100);
        assert_eq!(
            learnt.csv(),
            "product,with,lift\nbag,dress,2.00\ncoffee,filters,2.50\ndress,bag,2.00\nfilters,coffee,2.50\n"
        );
    }

    #[test]
    fn what_is_bought_together_by_chance_goes_with_nothing() {
        let products = ["a", "b", "c", "d"];
        let baskets = (0_u32..1_600).map(|n| {
            // Every combination of the four equally often: no product tells of another.
            products.iter().zip(0..).filter(|(_, bit)| n >> bit & 1 == 1).map(|(product, _)| *product).collect()
        });
        assert_eq!(Complements::learn(baskets).pairs, []);
        assert_eq!(Complements::learn([vec![], vec!["a"], vec![""]]), Complements { pairs: Vec::new(), baskets: 1 });
        assert!((shrunk_lift(0, (0, 0), 0) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn more_baskets_of_the_same_kind_move_a_lift_from_chance_to_what_was_seen() {
        let lift = |times: u32| shrunk_lift(3 * times, (10 * times, 10 * times), 100 * times);
        let lifts: Vec<f64> = [0, 1, 10, 1_000, 100_000].map(lift).to_vec();
        assert!(lifts.is_sorted() && (lifts[0] - 1.0).abs() < 1e-12 && (lifts[4] - 3.0).abs() < 1e-3, "{lifts:?}");
    }

    #[test]
    fn in_which_order_baskets_come_changes_nothing_and_of_one_product_the_strongest_are_told() {
        let mut many: Vec<Vec<&str>> = Vec::new();
        let others = ["a", "b", "c", "d", "e", "f", "g", "h"];
        for (nth, other) in others.iter().enumerate() {
            many.extend(vec![vec!["dress", other]; 8 + nth]);
        }
        many.extend(vec![vec!["tea"]; 200]);
        let learnt = Complements::learn(many.clone());
        many.reverse();
        assert_eq!(Complements::learn(many), learnt);
        let of_dress: Vec<_> =
            learnt.pairs.iter().filter(|pair| pair.product == "dress").map(|p| p.with.as_str()).collect();
        assert_eq!(of_dress, ["h", "g", "f", "e", "d", "c"]);
    }
}
