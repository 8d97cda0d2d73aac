//! `[treatment.coupon]`: the terms of the coupon a treatment hands out.

use tact_decide::Treatment;
use tact_domain::{CouponTerms, Key, OnReturn, Places};
use tact_wire::render::{Variable, variables};
use toml::de::DeValue;

use crate::amount::whole;
use crate::section::{Parsed, Section, wrong};
use crate::suggest::did_you_mean;
use crate::word;

const ON_RETURN: [(&str, OnReturn); 2] = [("reopen", OnReturn::Reopen), ("void", OnReturn::Void)];

/// The terms, if a coupon is handed out; stores must be among `places`, when these can be told.
pub(crate) fn coupon(section: &mut Section<'_, '_>, places: Option<&Places>) -> Option<CouponTerms> {
    let mut inner = section.table("coupon")?;
    let stores = |value: &DeValue<'_>| match value.as_array() {
        Some(all) if all.is_empty() => Ok(Vec::new()),
        _ => word::list(value, "\"market-street\"", |value| store(value, places)),
    };
    let terms = CouponTerms {
        days: inner.required("days", "30", |value| whole(value, 1..=365)),
        stores: inner.optional("stores", stores).unwrap_or_default(),
        on_return: inner.word("on_return", &ON_RETURN, OnReturn::Void),
    };
    inner.finish();
    Some(terms)
}

fn store(value: &DeValue<'_>, places: Option<&Places>) -> Parsed<Key> {
    let id = word::id(value)?;
    let Some(places) = places else { return Ok(id) };
    if places.store(&id).is_some() {
        return Ok(id);
    }
    let known: Vec<&str> = places.stores.iter().map(|store| store.id.as_str()).collect();
    let fix = did_you_mean(&id, known.iter().copied()).unwrap_or_else(|| format!("known are {}", known.join(", ")));
    wrong(format!("`{id}` is not a store"), fix)
}

/// A coupon is worth something and reaches the customer, and nobody is told of one that there is not.
pub(crate) fn check_coupon(section: &mut Section<'_, '_>, treatment: &Treatment) {
    let names = |text: &str, variable| variables(text).is_ok_and(|named| named.contains(&variable));
    if treatment.coupon.is_some() {
        if treatment.incentive <= 0.0 {
            let fix = "write what it is worth, for example `incentive = \"5.00\"`, or remove the coupon";
            section.note("coupon", "is worth nothing", fix);
        }
        if !names(&treatment.text, Variable::Code) {
            section.note("text", "does not name the code of the coupon", "write `{{ code }}` into it");
        }
        return;
    }
    let subject = treatment.subject.as_deref().unwrap_or_default();
    for (key, text) in [("text", treatment.text.as_str()), ("subject", subject)] {
        for variable in [Variable::Code, Variable::ValidUntil] {
            if names(text, variable) {
                let wrong = format!("names `{}`, and the treatment hands out no coupon", variable.name());
                section.note(key, wrong, "add `[treatment.coupon]`, or remove the variable");
            }
        }
    }
}
