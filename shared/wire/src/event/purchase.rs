//! `tact.purchase.v1`: a receipt of sales and returns.

use tact_domain::{Key, Line, LineKind, Purchase};

use super::error::ParseError;
use super::field::{Field, Object};

/// How many lines a receipt may have.
const MAX_LINES: usize = 1_000;
/// How many coupons may be presented with a receipt.
const MAX_COUPONS: usize = 50;
/// How many of a product one line may count.
const MAX_QUANTITY: i64 = 100_000;
/// The highest price of one, in minor units.
const MAX_UNIT_PRICE: i64 = 10_000_000_000;

// No receipt within these bounds overflows its total.
#[expect(clippy::cast_possible_wrap, reason = "a thousand")]
const _: () = assert!((i64::MAX / MAX_UNIT_PRICE) / MAX_QUANTITY >= MAX_LINES as i64);

/// Reads a purchase. Bought online (`web`, `app`), a store that is named is where it will be fetched, not where it was
/// rung up: it is checked and not kept.
pub(super) fn read(data: &Object<'_>) -> Result<Purchase, ParseError> {
    let online = data.required("channel")?.word(is_online)?;
    let store = data.optional("store").map(|field| field.key()).transpose()?;
    let coupons = data.optional("coupons");
    Ok(Purchase {
        receipt: data.required("receipt")?.key()?,
        store: store.filter(|_| !online),
        online,
        currency: data.required("currency")?.formed("three capital letters", read_currency)?,
        lines: data.required("lines")?.list(0..=MAX_LINES)?.map(read_line)?,
        coupons: match coupons {
            Some(coupons) => coupons.list(0..=MAX_COUPONS)?.map(|code| code.key())?,
            None => Vec::new(),
        },
    })
}

fn is_online(channel: &str) -> Option<bool> {
    match channel {
        "store" => Some(false),
        "web" | "app" => Some(true),
        _ => None,
    }
}

fn read_currency(code: &str) -> Option<Key> {
    (code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())).then(|| Key::new(code))
}

fn read_line(line: Field<'_>) -> Result<Line, ParseError> {
    let line = line.object()?;
    let kind = line.optional("kind").map(|field| field.word(read_kind)).transpose()?;
    Ok(Line {
        kind: kind.unwrap_or(LineKind::Sale),
        product: line.required("product")?.key()?,
        category: line.optional("category").map(|field| field.key()).transpose()?,
        quantity: line.required("quantity")?.integer(1..=MAX_QUANTITY)?,
        unit_price: line.required("unit_price")?.integer(1..=MAX_UNIT_PRICE)?,
    })
}

fn read_kind(word: &str) -> Option<LineKind> {
    match word {
        "sale" => Some(LineKind::Sale),
        "return" => Some(LineKind::Return),
        _ => None,
    }
}
