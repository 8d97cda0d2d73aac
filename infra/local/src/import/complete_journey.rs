//! The Complete Journey: the transaction rows of one basket are one purchase, at the UTC time they state (the day's rhythm in the
//! data moves by an hour when New York's clocks do). Amounts are what the store took (`sales_value`), and a basket's lines add up to
//! it exactly (see `lines`). A row without value is no line, so a basket may be left with none: it still comes out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::event::{Data, Event, Line, category};
use super::row::Row;
use super::table::{Shape, Table, open};
use super::{Converted, ImportError};

const TRANSACTIONS: Shape = Shape {
    kind: "transactions",
    columns: &[
        "household_id",
        "store_id",
        "basket_id",
        "product_id",
        "quantity",
        "sales_value",
        "transaction_timestamp",
    ],
};
const PRODUCTS: Shape = Shape { kind: "products", columns: &["product_id", "department", "product_category"] };
/// Known files that say nothing an event could; the more particular headers first.
const NOT_NEEDED: [Shape; 5] = [
    Shape { kind: "redemptions, not needed", columns: &["household_id", "coupon_upc", "redemption_date"] },
    Shape { kind: "coupons, not needed", columns: &["coupon_upc", "product_id", "campaign_id"] },
    Shape { kind: "campaigns mailed, not needed", columns: &["campaign_id", "household_id"] },
    Shape { kind: "campaigns, not needed", columns: &["campaign_id", "start_date", "end_date"] },
    Shape { kind: "demographics, not needed", columns: &["household_id", "age", "income"] },
];
const SHAPES: [&Shape; 7] = {
    let [redemptions, coupons, mailed, campaigns, demographics] = &NOT_NEEDED;
    [&TRANSACTIONS, &PRODUCTS, redemptions, coupons, mailed, campaigns, demographics]
};

/// The baskets as events.
pub(super) fn convert(files: &[PathBuf], progress: &mut dyn FnMut(u64)) -> Result<Converted, ImportError> {
    let mut tables = open(files, &SHAPES)?;
    TRANSACTIONS.required(&tables)?;
    let mut converted = Converted::default();
    let categories = read_categories(&mut tables, &mut converted, progress)?;
    let mut baskets = BTreeMap::new();
    for table in tables.iter_mut().filter(|table| table.is(&TRANSACTIONS)) {
        table
            .read(&mut converted, progress, &mut |converted, row| add_row(row, &categories, &mut baskets, converted))?;
    }
    for table in tables.iter().filter(|table| NOT_NEEDED.iter().any(|shape| table.is(shape))) {
        converted.read.push(table.unread());
    }
    converted.read.sort_by(|a, b| a.name.cmp(&b.name));
    for event in baskets.into_values() {
        if matches!(&event.data, Data::Purchase { lines, .. } if lines.is_empty()) {
            converted.note("baskets without a line: nothing in them had a value");
        }
        converted.events.push(event);
    }
    Ok(converted)
}

/// The category of each product: its product category, or its department when it has none.
fn read_categories(
    tables: &mut [Table],
    converted: &mut Converted,
    progress: &mut dyn FnMut(u64),
) -> Result<BTreeMap<String, Option<String>>, ImportError> {
    let mut categories = BTreeMap::new();
    for table in tables.iter_mut().filter(|table| table.is(&PRODUCTS)) {
        table.read(converted, progress, &mut |_, row| {
            let narrow = row.text("product_category");
            let name = if narrow.trim().is_empty() { row.text("department") } else { narrow };
            categories.insert(row.id("product_id")?, category(&name));
            Ok(())
        })?;
    }
    Ok(categories)
}

/// Adds a row to its basket, which is dated and named by its first row.
fn add_row(
    row: &Row<'_>,
    categories: &BTreeMap<String, Option<String>>,
    baskets: &mut BTreeMap<String, Event>,
    converted: &mut Converted,
) -> Result<(), ImportError> {
    let receipt = row.id("basket_id")?;
    let subject = format!("complete-journey-{}", row.id("household_id")?);
    if !baskets.contains_key(&receipt) {
        let (store, channel, currency) = (row.id("store_id")?, "store", "USD");
        let data = Data::Purchase { receipt: receipt.clone(), store, channel, currency, lines: Vec::new() };
        let event = Event::of(row, row.instant("transaction_timestamp")?, subject.clone(), data);
        baskets.insert(receipt.clone(), event);
    }
    let Some(Event { subject: owner, data: Data::Purchase { lines, .. }, .. }) = baskets.get_mut(&receipt) else {
        return Ok(());
    };
    if *owner != subject {
        return Err(row.bad("household_id", "the household of the basket's first row"));
    }
    lines.extend(sold(row, categories, converted)?);
    Ok(())
}

/// The lines of a row.
fn sold(
    row: &Row<'_>,
    categories: &BTreeMap<String, Option<String>>,
    converted: &mut Converted,
) -> Result<Vec<Line>, ImportError> {
    let product = row.id("product_id")?;
    let (quantity, value) = (row.parsed::<i64>("quantity", "a whole number")?, row.minor_units("sales_value")?);
    let known = categories.get(&product).cloned();
    if known.is_none() {
        converted.note("rows whose product no products file lists: no category");
    }
    match (quantity.unsigned_abs(), value.unsigned_abs()) {
        (_, 0) => converted.note("rows without value: no line"),
        (0, _) => converted.note("rows with a value and no quantity: one piece"),
        (quantity, value) if quantity > value => converted.note("rows counted finer than cents: one piece"),
        (quantity, value) if value % quantity > 0 => converted.note("rows in two lines, a cent apart"),
        _ => (),
    }
    Ok(lines(&product, known.flatten().as_deref(), quantity, value))
}

/// Lines of whole minor units that add up to `value`, none for 0; a negative value is a return. A quantity that divides the value is
/// one line, another is two lines whose prices differ by a cent; goods counted finer than cents (fuel, in thousandths) and goods
/// without a quantity are one piece.
fn lines(product: &str, category: Option<&str>, quantity: i64, value: i64) -> Vec<Line> {
    let kind = (value < 0).then_some("return");
    let value = value.unsigned_abs();
    let quantity = Some(quantity.unsigned_abs()).filter(|quantity| (1..=value).contains(quantity)).unwrap_or(1);
    let (unit_price, dearer) = (value / quantity, value % quantity);
    let parts = [(quantity - dearer, unit_price), (dearer, unit_price + 1)];
    let line = |(quantity, unit_price)| Line {
        kind,
        product: product.to_owned(),
        category: category.map(str::to_owned),
        quantity,
        unit_price,
    };
    parts.into_iter().filter(|(quantity, unit_price)| quantity * unit_price > 0).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn lines_add_up_to_the_value_of_the_row_and_keep_its_quantity() {
        let as_pairs = |quantity, value| -> Vec<_> {
            let lines = lines("p", None, quantity, value);
            lines.into_iter().map(|line| (line.kind, line.quantity, line.unit_price)).collect()
        };
        assert_eq!(as_pairs(2, 300), [(None, 2, 150)]);
        assert_eq!(as_pairs(3, 500), [(None, 1, 166), (None, 2, 167)]);
        assert_eq!(as_pairs(8725, 2006), [(None, 1, 2006)], "fuel");
        assert_eq!(as_pairs(0, 99), [(None, 1, 99)]);
        assert_eq!(as_pairs(-1, -250), [(Some("return"), 1, 250)]);
        assert_eq!(as_pairs(1, 0), []);
    }
}
