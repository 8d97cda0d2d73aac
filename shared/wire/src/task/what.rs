//! What a task is about: the product, how many there are, where it stands, and what else there is of its category.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tact_domain::{Key, Product, Timestamp};

use super::{Offer, written};
use crate::render::price;

/// The most other products that are compared.
const COMPARED: usize = 3;

/// What a task is about. What is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct What {
    /// The product, if it is about one of ours.
    pub product: Option<Key>,
    /// Its name.
    pub name: Option<String>,
    /// The size asked for; else the sizes it comes in.
    pub size: Option<Key>,
    /// Its category.
    pub category: Option<Key>,
    /// How many the store has.
    pub stock: Option<Stock>,
    /// The area where it stands.
    pub place: Option<Key>,
    /// Other products of its category: those the store has first, then the nearest in price.
    pub comparison: Vec<Compared>,
}

/// How many pieces of a product a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// How many; `None` is unknown, as when they were counted too long ago.
    pub here: Option<u32>,
    /// When they were counted, if that is known.
    pub as_of: Option<Timestamp>,
}

/// A product beside the one asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The product.
    pub product: Key,
    /// Its name.
    pub name: String,
    /// What one piece costs, with the currency.
    pub price: String,
    /// How many the store has.
    pub stock: Stock,
}

impl What {
    /// What a task for a store is about: what the customer named, else the product of the treatment. A product that we do not sell is left out.
    pub(super) fn of(offer: &Offer<'_>, store: &str) -> Self {
        let ready = offer.item.ready.as_ref();
        let named = ready.and_then(|ready| ready.product.as_ref()).or(offer.treatment.product.as_ref());
        let size = ready.and_then(|ready| ready.size.clone());
        let Some(product) = named.and_then(|id| offer.catalogue.goods.product(id)) else {
            return Self { size, ..Self::default() };
        };
        Self {
            product: Some(product.id.clone()),
            name: Some(product.name.clone()),
            size: size.or_else(|| product.size.clone()),
            category: Some(product.category.clone()),
            stock: Some(stock(offer, store, product)),
            place: place(offer, store, product).cloned(),
            comparison: comparison(offer, store, product),
        }
    }

    pub(super) fn shown(&self) -> Value {
        let compared = |other: &Compared| {
            let Compared { product, name, price, stock } = other;
            json!({ "product": product, "name": name, "price": price, "stock": stock.shown() })
        };
        let comparison =
            (!self.comparison.is_empty()).then(|| self.comparison.iter().map(compared).collect::<Vec<_>>());
        json!({
            "product": self.product,
            "name": self.name,
            "size": self.size,
            "category": self.category,
            "stock": self.stock.map(Stock::shown),
            "place": self.place,
            "comparison": comparison,
        })
    }
}

impl Stock {
    fn shown(self) -> Value {
        let here = self.here.map_or(Value::from("unknown"), Value::from);
        json!({ "here": here, "as_of": self.as_of.map(written) })
    }
}

fn stock(offer: &Offer<'_>, store: &str, product: &Product) -> Stock {
    let (goods, fresh_s) = (&offer.catalogue.goods, offer.catalogue.policy.stock_fresh_s);
    Stock {
        here: goods.in_stock(store, &product.id, offer.now, fresh_s),
        as_of: goods.counted_at(store, &product.id, offer.now, fresh_s),
    }
}

fn place<'a>(offer: &Offer<'a>, store: &str, product: &Product) -> Option<&'a Key> {
    offer.catalogue.goods.area(store, &product.id, offer.now, offer.catalogue.policy.stock_fresh_s)
}

fn comparison(offer: &Offer<'_>, store: &str, product: &Product) -> Vec<Compared> {
    let others = offer.catalogue.goods.products().iter();
    let others = others.filter(|other| other.category == product.category && other.id != product.id);
    let mut others: Vec<_> = others.map(|other| (other, stock(offer, store, other))).collect();
    others.sort_by_key(|(other, stock)| {
        (stock.here.is_none_or(|here| here == 0), other.price.abs_diff(product.price), &other.id)
    });
    let compared = |(other, stock): (&Product, Stock)| Compared {
        product: other.id.clone(),
        name: other.name.clone(),
        price: price(other.price, &offer.catalogue.policy.currency),
        stock,
    };
    others.into_iter().take(COMPARED).map(compared).collect()
}
