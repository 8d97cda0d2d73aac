//! `entitlements.toml`: what customers earn by rule.

use tact_domain::{Earned, Entitlement};
use toml::de::DeValue;

use crate::amount::{Currency, whole};
use crate::section::{Parsed, Section, wrong};
use crate::{time, word};

/// Profiles keep check-ins for this long, in milliseconds.
const KEPT: i64 = 90 * time::DAY;

/// The rules of a file, in name order.
pub(crate) fn entitlements(section: &mut Section<'_, '_>, currency: Currency) -> Vec<Entitlement> {
    let mut rules = section.tables("entitlement", |section| entitlement(section, currency));
    let names: Vec<_> = rules.iter().map(|rule| &rule.name).collect();
    section.refuse_repeats("entitlement", &names);
    if rules.len() > Entitlement::MOST {
        let wrong = format!("there are {}, at most {} are allowed", rules.len(), Entitlement::MOST);
        section.note("entitlement", wrong, "join rules, or drop some");
    }
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    rules
}

fn entitlement(section: &mut Section<'_, '_>, currency: Currency) -> Entitlement {
    let name = section.required("name", "\"tenth_check_in\"", word::name);
    let points = section.required("points", "100", |value| whole(value, 1..=1_000_000));
    if section.has("check_ins") == section.has("spend") {
        let fix = "write `check_ins = { every = 10, within = \"30d\" }` or `spend = { per = \"10.00\" }`";
        section.note("check_ins", "is to be given, or `spend`: exactly one of them", fix);
    }
    let by = check_ins(section).into_iter().chain(spend(section, currency)).next();
    // Without either there is a mistake, and any rule will do.
    Entitlement { name, by: by.unwrap_or(Earned::Spend { per: 1 }), points }
}

fn check_ins(section: &mut Section<'_, '_>) -> Option<Earned> {
    let mut inner = section.table("check_ins")?;
    let earned = Earned::CheckIns {
        every: inner.required("every", "10", |value| whole(value, 2..=1_000)),
        within_days: inner.required("within", "\"30d\"", whole_days),
    };
    inner.finish();
    Some(earned)
}

fn spend(section: &mut Section<'_, '_>, currency: Currency) -> Option<Earned> {
    let mut inner = section.table("spend")?;
    let earned = Earned::Spend { per: inner.required("per", "\"10.00\"", |value| currency.coins(value)) };
    inner.finish();
    Some(earned)
}

fn whole_days(value: &DeValue<'_>) -> Parsed<u8> {
    let ms = time::duration(value, time::DAY, KEPT)?;
    match u8::try_from(ms / time::DAY) {
        Ok(days) if ms % time::DAY == 0 => Ok(days),
        _ => wrong("is not a number of whole days", "write for example `\"30d\"`"),
    }
}
