//! What Harbor & Co. sells. Prices in cents; the named products are the ones the cast buys.

/// One product of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Product {
    /// What the tills call it.
    pub(super) id: &'static str,
    /// The shelf it belongs to.
    pub(super) category: &'static str,
    /// Unit price in cents.
    pub(super) price: u32,
}

const fn product(id: &'static str, category: &'static str, price: u32) -> Product {
    Product { id, category, price }
}

pub(super) const WOOL_TROUSERS: Product = product("wool-trousers", "women", 12_000);
pub(super) const SILK_BLOUSE: Product = product("silk-blouse", "women", 10_000);
pub(super) const KNIT_TOP: Product = product("knit-top", "women", 8_000);
pub(super) const PLAIN_TEE: Product = product("plain-tee", "women", 4_000);
pub(super) const LINEN_DRESS: Product = product("linen-dress", "dresses", 14_900);
pub(super) const LEATHER_TOTE: Product = product("leather-tote", "bags", 18_500);
pub(super) const SUNSET_HANDBAG: Product = product("sunset-handbag", "bags", 24_800);
pub(super) const SUNSET_SWIMSUIT: Product = product("sunset-swimsuit", "swimwear", 11_800);
pub(super) const SUEDE_LOAFER: Product = product("suede-loafer", "shoes", 13_900);
pub(super) const CANVAS_SNEAKER: Product = product("canvas-sneaker", "shoes", 6_900);
pub(super) const DAILY_ROAST: Product = product("daily-roast", "coffee", 1_650);
pub(super) const FILTER_PAPERS: Product = product("filter-papers", "coffee", 450);
pub(super) const COPPER_KETTLE: Product = product("copper-kettle", "kitchen", 8_900);
pub(super) const TEA_TOWELS: Product = product("tea-towels", "kitchen", 2_200);
pub(super) const MATERNITY_JEANS: Product = product("maternity-jeans", "maternity", 7_800);
pub(super) const PRENATAL_VITAMINS: Product = product("prenatal-vitamins", "vitamins", 2_400);
pub(super) const HAND_CREAM: Product = product("hand-cream", "beauty", 1_900);
pub(super) const GRAPHIC_TEE: Product = product("graphic-tee", "youth", 2_900);

/// The whole range.
pub(super) const GOODS: [Product; 42] = [
    WOOL_TROUSERS,
    SILK_BLOUSE,
    KNIT_TOP,
    PLAIN_TEE,
    LINEN_DRESS,
    LEATHER_TOTE,
    SUNSET_HANDBAG,
    SUNSET_SWIMSUIT,
    SUEDE_LOAFER,
    CANVAS_SNEAKER,
    DAILY_ROAST,
    FILTER_PAPERS,
    COPPER_KETTLE,
    TEA_TOWELS,
    MATERNITY_JEANS,
    PRENATAL_VITAMINS,
    HAND_CREAM,
    GRAPHIC_TEE,
    product("sunset-beach-shoe", "shoes", 5_900),
    product("ankle-boot", "shoes", 15_900),
    product("trail-runner", "shoes", 11_500),
    product("ballet-flat", "shoes", 7_900),
    product("weekend-bag", "bags", 16_900),
    product("card-holder", "bags", 3_900),
    product("belt-bag", "bags", 5_400),
    product("wrap-dress", "dresses", 12_900),
    product("shirt-dress", "dresses", 9_900),
    product("evening-dress", "dresses", 21_000),
    product("cashmere-scarf", "women", 9_500),
    product("rain-jacket", "women", 13_500),
    product("night-serum", "beauty", 4_200),
    product("lip-tint", "beauty", 1_700),
    product("sun-cream", "beauty", 2_300),
    product("cast-iron-pan", "kitchen", 7_200),
    product("chef-knife", "kitchen", 6_400),
    product("storage-jars", "kitchen", 3_100),
    product("swim-shorts", "swimwear", 4_900),
    product("beach-towel", "swimwear", 3_400),
    product("dark-roast", "coffee", 1_750),
    product("travel-mug", "coffee", 2_600),
    product("multivitamin", "vitamins", 1_800),
    product("vitamin-d", "vitamins", 1_200),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_product_has_a_name_of_its_own_and_a_price() {
        let names: BTreeSet<&str> = GOODS.iter().map(|product| product.id).collect();
        assert_eq!(names.len(), GOODS.len());
        assert!(GOODS.iter().all(|product| product.price > 0));
    }
    #[test]
    fn the_default_catalogue_has_every_product_with_its_category_and_price() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/catalogue"));
        let catalogue = tact_policy::load(folder, None).unwrap();
        for sold in GOODS {
            let listed = catalogue.goods.product(sold.id).map(|one| (one.category.as_str(), one.price));
            assert_eq!(listed, Some((sold.category, i64::from(sold.price))), "{}", sold.id);
        }
        assert_eq!(catalogue.goods.products().len(), GOODS.len());
    }
}
