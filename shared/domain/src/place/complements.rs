//! What goes with what: how much more often two products are bought together than chance would have them.

use crate::{Goods, Key, PurchaseFacet, Timestamp};

/// That something goes with a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complement {
    /// What was bought.
    pub product: Key,
    /// What goes with it.
    pub with: Key,
    /// How many times as often they are bought together as chance would have them, in hundredths; positive.
    pub lift: u32,
}

impl Goods {
    /// The same goods and what goes with what of them, given in any order; of several rows about the same two the first counts.
    #[must_use]
    pub fn with_complements(mut self, mut complements: Vec<Complement>) -> Self {
        complements.sort_by(|a, b| (&a.product, &a.with).cmp(&(&b.product, &b.with)));
        complements.dedup_by(|later, first| (&later.product, &later.with) == (&first.product, &first.with));
        self.complements = complements;
        self
    }

    /// What goes with what, by product and then by what goes with it.
    pub fn complements(&self) -> &[Complement] {
        &self.complements
    }

    /// What goes with these products, the strongest first, each once with its greatest lift in hundredths; of equals the first by id. What `is_left_out`
    /// is not among them, and neither are the products themselves. Empty when nothing is known to go with them.
    pub fn going_with<'a>(&'a self, products: &[&str], is_left_out: &dyn Fn(&str) -> bool) -> Vec<(&'a Key, u32)> {
        let mut found: Vec<(&Key, u32)> = Vec::new();
        for product in products {
            let from = self.complements.partition_point(|known| known.product.as_str() < *product);
            let of_it = self.complements.iter().skip(from).take_while(|known| known.product.as_str() == *product);
            for Complement { with, lift, .. } in of_it {
                match found.iter_mut().find(|(known, _)| *known == with) {
                    Some((_, most)) => *most = (*most).max(*lift),
                    None if products.contains(&with.as_str()) || is_left_out(with) => {}
                    None => found.push((with, *lift)),
                }
            }
        }
        found.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
        found
    }
}

impl PurchaseFacet {
    /// The products that were last bought later than `after` and not after `now`, and not given back, in id order.
    pub fn bought_since(&self, after: Timestamp, now: Timestamp) -> impl Iterator<Item = &Key> {
        let recent = self.owned.iter().filter(move |(_, at, owned)| *at > after && *at <= now && owned.quantity > 0);
        recent.map(|(product, ..)| product)
    }

    /// Whether a product was ever bought or given back: what a customer has is not offered again, and neither is what they did not want. No for one that
    /// was forgotten for 48 others.
    pub fn knows(&self, product: &str) -> bool {
        self.owned.get(product).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fingerprint, Ground, Line, LineKind, Places, Purchase, SensitiveMatters};

    fn row(product: &str, with: &str, lift: u32) -> Complement {
        Complement { product: product.into(), with: with.into(), lift }
    }

    fn goods() -> Goods {
        Goods::default().with_complements(vec![
            row("wrap", "tote", 180),
            row("dress", "tote", 210),
            row("dress", "boot", 150),
            row("dress", "tote", 999),
            row("wrap", "belt", 180),
            row("wrap", "dress", 400),
        ])
    }

    fn named<'a>(found: &[(&'a Key, u32)]) -> Vec<(&'a str, u32)> {
        found.iter().map(|(with, lift)| (with.as_str(), *lift)).collect()
    }

    #[test]
    fn the_strongest_comes_first_and_what_was_bought_is_not_among_them() {
        let goods = goods();
        let with = |products: &[&str]| named(&goods.going_with(products, &|_| false));
        assert_eq!(with(&["dress"]), [("tote", 210), ("boot", 150)], "of two rows about the same the first counts");
        assert_eq!(with(&["wrap", "dress"]), [("tote", 210), ("belt", 180), ("boot", 150)]);
        assert_eq!(with(&["wrap"]), [("dress", 400), ("belt", 180), ("tote", 180)], "of equals the first by id");
        assert!(with(&["boot", "kettle"]).is_empty() && with(&[]).is_empty());
        assert_eq!(named(&goods.going_with(&["dress"], &|with| with == "tote")), [("boot", 150)]);
    }

    #[test]
    fn what_was_bought_lately_is_known_and_what_came_back_is_not_wanted() {
        let mut facet = PurchaseFacet::default();
        let (places, currency) = (Places::default(), Key::from("USD"));
        let ground = Ground { places: &places, currency: &currency, sensitive: &SensitiveMatters::NONE };
        let mut receipt = |at: i64, kind, product: &str| {
            let line = Line { kind, product: product.into(), category: None, quantity: 1, unit_price: 100 };
            let purchase = Purchase {
                receipt: "r".into(),
                store: None,
                online: true,
                currency: "USD".into(),
                lines: vec![line],
                coupons: Vec::new(),
            };
            facet.fold(&purchase, Timestamp(at), Fingerprint(at.unsigned_abs()), 0, &ground);
        };
        for (at, product) in [(10, "dress"), (20, "boot"), (30, "tote")] {
            receipt(at, LineKind::Sale, product);
        }
        receipt(40, LineKind::Return, "boot");
        let since =
            |after, now| facet.bought_since(Timestamp(after), Timestamp(now)).map(Key::as_str).collect::<Vec<_>>();
        assert_eq!(since(0, 50), ["dress", "tote"]);
        assert_eq!(since(10, 30), ["tote"], "later than the one, not later than the other");
        assert!(facet.knows("boot") && facet.knows("tote") && !facet.knows("belt"));
    }
}
