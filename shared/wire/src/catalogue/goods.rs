//! Goods in a compiled catalogue: a row each, without the names of its cells, as there may be very many.

use serde::{Deserialize, Serialize};
use tact_domain::{Complement, Goods, Key, Product, Shelf, Timestamp};

/// Products and the shelves of stores.
#[derive(Serialize, Deserialize)]
pub(super) struct GoodsForm {
    products: Vec<ProductRow>,
    stock: Vec<(Key, Vec<ShelfRow>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    complements: Vec<ComplementRow>,
}

/// Id, name, category, size, price in minor units, how-to.
type ProductRow = (Key, String, Key, Option<Key>, i64, Option<String>);

/// Product, quantity, area, and when it was counted.
type ShelfRow = (Key, u32, Option<Key>, Timestamp);

/// Product, what goes with it, and the lift in hundredths.
type ComplementRow = (Key, Key, u32);

impl From<&Goods> for GoodsForm {
    fn from(goods: &Goods) -> Self {
        let shelves = |(store, shelves): &(Key, Vec<Shelf>)| (store.clone(), shelves.iter().map(shelf_row).collect());
        Self {
            products: goods.products().iter().map(product_row).collect(),
            stock: goods.stock().iter().map(shelves).collect(),
            complements: goods.complements().iter().map(complement_row).collect(),
        }
    }
}

impl GoodsForm {
    /// The goods of the form.
    pub(super) fn bind(self) -> Goods {
        let shelves = |(store, rows): (Key, Vec<ShelfRow>)| (store, rows.into_iter().map(shelf).collect());
        let stock = self.stock.into_iter().map(shelves).collect();
        let goods = Goods::new(self.products.into_iter().map(product).collect(), stock);
        goods.with_complements(self.complements.into_iter().map(complement).collect())
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

fn complement_row(complement: &Complement) -> ComplementRow {
    let Complement { product, with, lift } = complement.clone();
    (product, with, lift)
}

fn complement((product, with, lift): ComplementRow) -> Complement {
    Complement { product, with, lift }
}
