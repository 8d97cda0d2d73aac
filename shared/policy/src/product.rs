//! `product`: what a treatment is about, so that its text may name price, size, how-to and where it stands.

use tact_decide::Treatment;
use tact_domain::{Goods, Key};
use tact_wire::render::{Variable, variables};
use toml::de::DeValue;

use crate::section::{Parsed, Section, Wrong, wrong};
use crate::suggest::did_you_mean;
use crate::word;

/// The id of a product, which must be among `goods`, when these can be told.
pub(crate) fn product(value: &DeValue<'_>, goods: Option<&Goods>) -> Parsed<Key> {
    let id = word::id(value)?;
    let Some(goods) = goods else { return Ok(id) };
    if goods.product(&id).is_some() {
        return Ok(id);
    }
    let fix = did_you_mean(&id, goods.products().iter().map(|product| product.id.as_str()));
    wrong(format!("`{id}` is not a product"), fix.unwrap_or_else(|| "add it to products.csv".to_owned()))
}

/// Whatever a text says of a product is there to be said.
pub(crate) fn check_product(section: &mut Section<'_, '_>, treatment: &Treatment, goods: Option<&Goods>) {
    let subject = treatment.subject.as_deref().unwrap_or_default();
    for (key, text) in [("text", treatment.text.as_str()), ("subject", subject)] {
        let named = variables(text).unwrap_or_default();
        for variable in named.into_iter().filter(|variable| Variable::OF_PRODUCT.contains(variable)) {
            let lacking = if section.has("product") {
                lacking(variable, treatment.product.as_deref(), goods)
            } else {
                Some(Wrong {
                    wrong: format!("names `{}`, and the treatment is about no product", variable.name()),
                    fix: "add for example `product = \"copper-kettle\"`, or remove the variable".to_owned(),
                })
            };
            if let Some(Wrong { wrong, fix }) = lacking {
                section.note(key, wrong, fix);
            }
        }
    }
}

/// What a product lacks that a text says of it; nothing when the product cannot be told, which is a mistake of its own.
fn lacking(variable: Variable, product: Option<&str>, goods: Option<&Goods>) -> Option<Wrong> {
    let product = goods?.product(product?)?;
    let is_there = match variable {
        Variable::Size => product.size.is_some(),
        Variable::HowTo => product.how_to.is_some(),
        _ => true,
    };
    (!is_there).then(|| Wrong {
        wrong: format!("names `{}`, and `{}` has none in products.csv", variable.name(), product.id),
        fix: "write it there, or remove the variable".to_owned(),
    })
}
