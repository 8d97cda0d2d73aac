//! `products.csv`, `stock/STORE.csv` and `complements.csv`: what is sold, what of it stands where in a store, as of when, and what goes with what. All may
//! be absent.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use tact_domain::{Complement, Goods, Key, Product, Shelf, Store, Timestamp};
use tact_wire::render::Variable;
use toml::de::DeValue;

use crate::action::Context;
use crate::section::{Parsed, wrong};
use crate::sheet::{Columns, Row, read_csv};
use crate::suggest::did_you_mean;
use crate::word::shown;
use crate::{Mistake, SourceFile, text, word};

/// The file of the products.
pub(crate) const PRODUCTS: &str = "products.csv";
/// The file of what goes with what.
pub(crate) const COMPLEMENTS: &str = "complements.csv";
/// More pieces of one product than any store has.
const MOST_PIECES: u32 = 1_000_000;
/// 2000-01-01T00:00:00Z and 2100-12-31T23:59:59.999Z.
const YEARS: RangeInclusive<i64> = 946_684_800_000..=4_133_980_799_999;
const PRODUCT: Columns = Columns { needed: &["id", "name", "category", "price"], others: &["size", "how_to"] };
const COMPLEMENT: Columns = Columns { needed: &["product", "with", "lift"], others: &[] };
const SHELF: Columns = Columns { needed: &["product", "quantity", "as_of"], others: &["area"] };

/// The goods of a catalogue; `None` when anything in their files is wrong.
pub(crate) fn goods(files: &[SourceFile], context: &Context, mistakes: &mut Vec<Mistake>) -> Option<Goods> {
    let before = mistakes.len();
    let products = files.iter().find(|file| file.path == PRODUCTS);
    let products = products.map(|file| products_of(file, context, mistakes)).unwrap_or_default();
    // A stock file is not judged by products that have mistakes themselves.
    let sound = mistakes.len() == before;
    let known: Option<BTreeSet<&str>> = sound.then(|| products.iter().map(|product| product.id.as_str()).collect());
    let mut stock = Vec::new();
    for file in files {
        let Some(store) = store_of(&file.path) else { continue };
        stock.push((store.into(), shelves_of(file, store, known.as_ref(), context, mistakes)));
    }
    let complements = files.iter().find(|file| file.path == COMPLEMENTS);
    let complements =
        complements.map(|file| complements_of(file, (&products, sound), context, mistakes)).unwrap_or_default();
    (mistakes.len() == before).then(|| Goods::new(products, stock).with_complements(complements))
}

/// The id of the store whose stock a path is for, if it is for one.
pub(crate) fn store_of(path: &str) -> Option<&str> {
    path.strip_prefix("stock/")?.strip_suffix(".csv").filter(|id| !id.is_empty() && !id.contains('/'))
}

fn products_of(file: &SourceFile, context: &Context, mistakes: &mut Vec<Mistake>) -> Vec<Product> {
    let mut above = BTreeSet::new();
    read_csv(file, &PRODUCT, mistakes, |row| product(row, &mut above, context))
}

fn product(row: &mut Row<'_, '_>, above: &mut BTreeSet<Key>, context: &Context) -> Product {
    Product {
        id: row.required("id", "copper-kettle", |value| only_here(word::id(value)?, above)),
        name: row.required("name", "Copper kettle", |value| words(value, Variable::Product, context)),
        category: row.required("category", "kitchen", word::id),
        size: row.optional("size", size),
        price: row.required("price", "89.00", |value| context.currency.coins(value)),
        how_to: row.optional("how_to", |value| words(value, Variable::HowTo, context)),
    }
}

/// What goes with what; `known` are the products that are sold, and whether they can be told.
fn complements_of(
    file: &SourceFile,
    known: (&[Product], bool),
    context: &Context,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Complement> {
    let mut above = BTreeSet::new();
    read_csv(file, &COMPLEMENT, mistakes, |row| {
        let product = row.required("product", "linen-dress", |value| harmless(value, known, context));
        let with = row.required("with", "leather-tote", |value| {
            let with = harmless(value, known, context)?;
            match () {
                () if with == product => wrong(format!("`{with}` goes with itself"), "remove the row"),
                () if !above.insert((product.clone(), with.clone())) => {
                    wrong(format!("`{with}` with `{product}` is listed above"), "keep one of the rows")
                }
                () => Ok(with),
            }
        });
        Complement { product, with, lift: row.required("lift", "2.15", lift) }
    })
}

/// A product that is sold and tells of no sensitive matter: what goes with one that does would tell of it.
fn harmless(value: &DeValue<'_>, (products, sound): (&[Product], bool), context: &Context) -> Parsed<Key> {
    let id = word::id(value)?;
    let Some(product) = products.iter().find(|product| product.id == id) else {
        let fix = did_you_mean(&id, products.iter().map(|product| product.id.as_str()));
        let fix = fix.unwrap_or_else(|| format!("add it to {PRODUCTS}, or remove the row"));
        return if sound { wrong(format!("`{id}` is not a product"), fix) } else { Ok(id) };
    };
    let matters = &context.sensitive;
    match matters.of_product(&id).or_else(|| matters.of_category(&product.category)) {
        Some(matter) => {
            wrong(format!("`{id}` tells of {}, and so would what goes with it", matter.name()), "remove the row")
        }
        None => Ok(id),
    }
}

/// A lift in hundredths: how many times as often as by chance, with at most two digits after the point.
fn lift(value: &DeValue<'_>) -> Parsed<u32> {
    let text = value.as_str().unwrap_or_default();
    let (whole, parts) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let sound = digits(whole, 4) && digits(parts, 2);
    let hundredths = format!("{whole}{parts:0<2}").parse().ok().filter(|lift| sound && *lift > 0);
    match hundredths {
        Some(lift) => Ok(lift),
        None => wrong(
            format!("{} is not a lift", shown(value)),
            "write how many times as often as by chance, for example `2.15`",
        ),
    }
}

fn shelves_of(
    file: &SourceFile,
    store: &str,
    known: Option<&BTreeSet<&str>>,
    context: &Context,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Shelf> {
    let places = context.places.as_ref();
    let found = places.and_then(|places| places.store(store));
    if let (Some(places), None) = (places, found) {
        let fix = did_you_mean(store, places.stores.iter().map(|store| store.id.as_str()));
        mistakes.push(Mistake {
            file: file.path.clone(),
            line: 1,
            key: "file".to_owned(),
            wrong: format!("`{store}` is not a store"),
            fix: fix.unwrap_or_else(|| "name the file like a store of stores.toml".to_owned()),
        });
    }
    let mut above = BTreeSet::new();
    read_csv(file, &SHELF, mistakes, |row| Shelf {
        product: row.required("product", "copper-kettle", |value| only_here(listed(value, known)?, &mut above)),
        quantity: row.required("quantity", "12", quantity),
        area: row.optional("area", |value| area(value, found)),
        as_of: row.required("as_of", "2026-10-31T06:00:00-04:00", instant),
    })
}

/// An id that no row above has.
fn only_here(id: Key, above: &mut BTreeSet<Key>) -> Parsed<Key> {
    if above.insert(id.clone()) { Ok(id) } else { wrong(format!("`{id}` is listed above"), "keep one of the rows") }
}

/// Words that a message may say: on one line, and with links only to us.
fn words(value: &DeValue<'_>, variable: Variable, context: &Context) -> Parsed<String> {
    let words = text::line(value, variable.longest())?;
    context.brand.as_ref().map_or(Ok(()), |brand| text::links(&words, &brand.links))?;
    Ok(words)
}

fn size(value: &DeValue<'_>) -> Parsed<Key> {
    let most = Variable::Size.longest();
    let size = word::id(value)?;
    if size.chars().count() <= most {
        Ok(size)
    } else {
        wrong(format!("is longer than {most} characters"), "shorten it")
    }
}

/// The id of a product that is sold, when these can be told.
fn listed(value: &DeValue<'_>, known: Option<&BTreeSet<&str>>) -> Parsed<Key> {
    let id = word::id(value)?;
    if known.is_none_or(|known| known.contains(id.as_str())) {
        return Ok(id);
    }
    wrong(format!("`{id}` is not a product"), format!("add it to {PRODUCTS}, or remove the row"))
}

fn quantity(value: &DeValue<'_>) -> Parsed<u32> {
    let digits = value.as_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|text| text.parse().ok()).filter(|pieces| *pieces <= MOST_PIECES) {
        Some(pieces) => Ok(pieces),
        None => wrong(
            format!("{} is not a number of pieces", shown(value)),
            format!("write a whole number from 0 to {MOST_PIECES}"),
        ),
    }
}

/// An area of the store, when it can be told.
fn area(value: &DeValue<'_>, store: Option<&Store>) -> Parsed<Key> {
    let area = word::id(value)?;
    let Some(store) = store.filter(|store| !store.areas.contains(&area)) else { return Ok(area) };
    let fix = did_you_mean(&area, store.areas.iter().map(Key::as_str));
    let fix =
        fix.unwrap_or_else(|| "add it to the `areas` of the store in stores.toml, or leave the cell empty".to_owned());
    wrong(format!("`{area}` is not an area of `{}`", store.id), fix)
}

/// An instant of the years 2000 to 2100, as RFC 3339 writes it.
fn instant(value: &DeValue<'_>) -> Parsed<Timestamp> {
    let written = value.as_str().filter(|text| is_rfc_3339(text)).and_then(|text| text.parse::<jiff::Timestamp>().ok());
    match written.map(jiff::Timestamp::as_millisecond).filter(|at| YEARS.contains(at)) {
        Some(at) => Ok(Timestamp(at)),
        None => wrong(
            format!("{} is not an instant", shown(value)),
            "write date, time and offset, for example `2026-10-31T06:00:00-04:00`",
        ),
    }
}

/// Whether a text has the shape of RFC 3339, whole seconds or parts of them, and not one of the many that the calendar reads as well.
fn is_rfc_3339(text: &str) -> bool {
    let shape: String = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    let Some(rest) = shape.strip_prefix("0000-00-00T00:00:00") else { return false };
    let offset = rest.strip_prefix(".0").map_or(rest, |parts| parts.trim_start_matches('0'));
    matches!(offset, "Z" | "+00:00" | "-00:00")
}
