//! Goods in a compiled catalogue: a row each, without the names of its cells, as there may be very many.

use serde::{Deserialize, Serialize};
use tact_domain::{Goods, Key, Product, Shelf, Timestamp};

/// Products and the shelves of stores.
#[derive(Serialize, Deserialize)]
pub(super) struct GoodsForm {
    products: Vec<ProductRow>,
    stock: Vec<(Key, Vec<ShelfRow>)>,
}

/// Id, name, category, size, price in minor units, how-to.
type ProductRow = (Key, String, Key, Option<Key>, i64, Option<String>);

/// Product, quantity, area, and when it was counted.
type ShelfRow = (Key, u32, Option<Key>, Timestamp);

impl From<&Goods> for GoodsForm {
    fn from(goods: &Goods) -> Self {
        let shelves = |(store, shelves): &(Key, Vec<Shelf>)| (store.clone(), shelves.iter().map(shelf_row).collect());
        Self {
            products: goods.products().iter().map(product_row).collect(),
            stock: goods.stock().iter().map(shelves).collect(),
        }
    }
}

impl GoodsForm {
    /// The goods of the form.
    pub(super) fn bind(self) -> Goods {
        let shelves = |(store, rows): (Key, Vec<ShelfRow>)| (store, rows.into_iter().map(shelf).collect());
        Goods::new(self.products.into_iter().map(product).collect(), self.stock.into_iter().map(shelves).collect())
    }
}

fn product_row(product: &Product) -> ProductRow {
    let Product { id, name, category, size, price, how_to } = product.clone();
    (id, name, category, size, price, how_to)
}

fn shelf_row(shelf: &Shelf) -> ShelfRow {
    let Shelf { product, quantity, area, as_of } = shelf.clone();
    (product, quantity, area, as_of)
}

fn product((id, name, category, size, price, how_to): ProductRow) -> Product {
    Product { id, name, category, size, price, how_to }
}

fn shelf((product, quantity, area, as_of): ShelfRow) -> Shelf {
    Shelf { product, quantity, area, as_of }
}
