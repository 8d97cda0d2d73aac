//! Goods: what our stores sell, and how much of it stood on their shelves when somebody last counted.

use super::complements::Complement;
use crate::{Key, Places, Timestamp};

/// A count dated further ahead of now than this, in seconds, is not believed.
const AHEAD_S: i64 = 300;

/// All products of a deployment, and the shelves of its stores. What was not counted lately is unknown, never in stock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goods {
    products: Vec<Product>,
    stock: Vec<(Key, Vec<Shelf>)>,
    pub(super) complements: Vec<Complement>,
}

impl Goods {
    /// These products and the shelves by store, given in any order; of several that bear one id the first counts.
    pub fn new(mut products: Vec<Product>, mut stock: Vec<(Key, Vec<Shelf>)>) -> Self {
        products.sort_by(|a, b| a.id.cmp(&b.id));
        products.dedup_by(|later, first| later.id == first.id);
        stock.sort_by(|(a, _), (b, _)| a.cmp(b));
        stock.dedup_by(|(later, _), (first, _)| later == first);
        for (_, shelves) in &mut stock {
            shelves.sort_by(|a, b| a.product.cmp(&b.product));
            shelves.dedup_by(|later, first| later.product == first.product);
        }
        Self { products, stock, complements: Vec::new() }
    }

    /// Every product, in id order.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The shelves of every store that counts them, in store order, each in product order.
    pub fn stock(&self) -> &[(Key, Vec<Shelf>)] {
        &self.stock
    }

    /// The product with this id.
    pub fn product(&self, id: &str) -> Option<&Product> {
        let at = self.products.binary_search_by(|product| product.id.as_str().cmp(id)).ok()?;
        self.products.get(at)
    }

    /// How many pieces of a product a store has; `None`, which is unknown, when it does not list the product, or when it counted more than
    /// `fresh_s` seconds before `now` or more than five minutes after it.
    pub fn in_stock(&self, store: &str, product: &str, now: Timestamp, fresh_s: i64) -> Option<u32> {
        self.fresh(store, product, now, fresh_s).map(|shelf| shelf.quantity)
    }

    /// The area in which a product stands in a store; `None` when it is out of stock, its stock is unknown, or nobody said where it stands.
    pub fn area(&self, store: &str, product: &str, now: Timestamp, fresh_s: i64) -> Option<&Key> {
        self.fresh(store, product, now, fresh_s).filter(|shelf| shelf.quantity > 0)?.area.as_ref()
    }

    /// When the pieces of a product in a store were counted, if that count is believed.
    pub fn counted_at(&self, store: &str, product: &str, now: Timestamp, fresh_s: i64) -> Option<Timestamp> {
        self.fresh(store, product, now, fresh_s).map(|shelf| shelf.as_of)
    }

    /// The same products on the shelves of these places only: those of other stores are gone, and an area that a store does not have is
    /// forgotten.
    #[must_use]
    pub fn standing_in(&self, places: &Places) -> Self {
        let standing = self.stock.iter().filter_map(|(id, shelves)| {
            let store = places.store(id)?;
            let known = |shelf: &Shelf| Shelf {
                area: shelf.area.clone().filter(|area| store.areas.contains(area)),
                ..shelf.clone()
            };
            Some((id.clone(), shelves.iter().map(known).collect()))
        });
        Self { products: self.products.clone(), stock: standing.collect(), complements: self.complements.clone() }
    }

    /// The shelf of a product in a store, when it was counted lately.
    fn fresh(&self, store: &str, product: &str, now: Timestamp, fresh_s: i64) -> Option<&Shelf> {
        let at = self.stock.binary_search_by(|(id, _)| id.as_str().cmp(store)).ok()?;
        let (_, shelves) = self.stock.get(at)?;
        let at = shelves.binary_search_by(|shelf| shelf.product.as_str().cmp(product)).ok()?;
        let is_fresh = |as_of: Timestamp| as_of <= now.plus_s(AHEAD_S) && now <= as_of.plus_s(fresh_s);
        shelves.get(at).filter(|shelf| is_fresh(shelf.as_of))
    }
}

/// Something we sell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Its id, as events name it.
    pub id: Key,
    /// Its name, as people read it.
    pub name: String,
    /// The category it belongs to.
    pub category: Key,
    /// Its size as the label says it, if it has one.
    pub size: Option<Key>,
    /// What one piece costs, in minor units of the policy's currency.
    pub price: i64,
    /// How to use it or care for it, if there is something to say.
    pub how_to: Option<String>,
}

/// The pieces of one product in one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// The product.
    pub product: Key,
    /// How many pieces there were.
    pub quantity: u32,
    /// The area of the store in which they stand, if that was said.
    pub area: Option<Key>,
    /// When they were counted.
    pub as_of: Timestamp,
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::Store;

    const NOON: Timestamp = Timestamp(1_793_462_400_000);
    const DAY_S: i64 = 86_400;

    fn product(id: &str) -> Product {
        Product { id: id.into(), name: id.to_uppercase(), ..Product::default() }
    }

    fn shelf(product: &str, quantity: u32, as_of: Timestamp) -> Shelf {
        Shelf { product: product.into(), quantity, area: Some("kitchen".into()), as_of }
    }

    fn goods() -> Goods {
        let shelves = vec![
            shelf("tea-towels", 0, NOON),
            shelf("kettle", 4, NOON.plus_s(-DAY_S)),
            shelf("coffee", 9, NOON.plus_s(300)),
        ];
        let products = ["tea-towels", "kettle", "coffee"].map(product).to_vec();
        Goods::new(products, vec![("tampa".into(), Vec::new()), ("riverside".into(), shelves)])
    }

    #[test]
    fn a_product_is_found_in_whatever_order_it_was_given() {
        let goods = goods();
        for id in ["coffee", "kettle", "tea-towels"] {
            assert_eq!(goods.product(id), Some(&product(id)));
        }
        assert_eq!(goods.product("tea"), None);
        let ids: Vec<_> = goods.products().iter().map(|product| product.id.as_str()).collect();
        assert_eq!(ids, ["coffee", "kettle", "tea-towels"]);
        assert_eq!(goods.stock().iter().map(|(store, _)| store.as_str()).collect::<Vec<_>>(), ["riverside", "tampa"]);
    }

    #[test]
    fn of_several_with_one_id_the_first_counts() {
        let again = Product { name: "another".to_owned(), ..product("kettle") };
        let shelves = |quantity| ("riverside".into(), vec![shelf("kettle", quantity, NOON), shelf("kettle", 9, NOON)]);
        let goods = Goods::new(vec![product("kettle"), again], vec![shelves(1), shelves(2)]);
        assert_eq!((goods.products().len(), goods.product("kettle")), (1, Some(&product("kettle"))));
        assert_eq!((goods.stock().len(), goods.in_stock("riverside", "kettle", NOON, 0)), (1, Some(1)));
    }

    #[test]
    fn stock_is_known_only_while_its_count_is_fresh() {
        let goods = goods();
        let known = |product: &str, now| goods.in_stock("riverside", product, now, DAY_S);
        assert_eq!((known("kettle", NOON), known("kettle", NOON.plus_s(1))), (Some(4), None), "a day, and not longer");
        assert_eq!((known("coffee", NOON), known("coffee", NOON.plus_s(-1))), (Some(9), None), "five minutes ahead");
        assert_eq!(known("tea-towels", NOON), Some(0), "known to be sold out");
        assert_eq!(known("dress", NOON), None, "not listed");
        assert_eq!(goods.in_stock("tampa", "kettle", NOON, DAY_S), None, "not listed there");
        assert_eq!(goods.in_stock("naples", "kettle", NOON, DAY_S), None, "counts nothing");
        assert_eq!(
            goods.in_stock("riverside", "kettle", NOON, 0),
            None,
            "where no policy says how long a count is believed"
        );
    }

    #[test]
    fn nobody_is_sent_to_an_empty_shelf_or_an_old_count() {
        let goods = goods();
        let area = |product: &str, now| goods.area("riverside", product, now, DAY_S).map(Key::as_str);
        assert_eq!((area("kettle", NOON), area("kettle", NOON.plus_s(1))), (Some("kitchen"), None));
        assert_eq!(area("tea-towels", NOON), None);
    }

    #[test]
    fn stock_goes_with_its_store_and_an_area_with_its_name() {
        let store = |areas: &[&str]| Store {
            id: "riverside".into(),
            name: String::new(),
            lat: 0.0,
            lon: 0.0,
            zone: TimeZone::UTC,
            enter_m: 1.0,
            exit_m: 1.0,
            dwell_s: 1,
            areas: areas.iter().map(|area| Key::new(area)).collect(),
            service_areas: Vec::new(),
        };
        let standing = |stores| goods().standing_in(&Places { stores, deny: Vec::new() });
        let kept = standing(vec![store(&["kitchen"])]);
        assert_eq!((kept.stock().len(), kept.area("riverside", "kettle", NOON, DAY_S).is_some()), (1, true));
        let renamed = standing(vec![store(&["cooking"])]);
        assert_eq!(renamed.in_stock("riverside", "kettle", NOON, DAY_S), Some(4));
        assert_eq!(renamed.area("riverside", "kettle", NOON, DAY_S), None);
        let gone = standing(Vec::new());
        assert_eq!((gone.stock(), gone.products()), (&[][..], goods().products()));
    }
}
