//! `actions/NAME.toml`: one action.

use jiff::tz::TimeZone;
use tact_decide::{Action, Brand, Class, Issue, Treatment};
use tact_domain::{Places, Trigger};
use toml::de::DeValue;

use crate::amount::{Currency, number, probability};
use crate::eligibility::{Known, criteria};
use crate::put_off::put_off;
use crate::section::Section;
use crate::treatment::treatment;
use crate::{time, word};

/// At most this many treatments in one action.
const MOST: usize = 20;

const CLASSES: [(&str, Class); 3] =
    [("default", Class::Default), ("transactional", Class::Transactional), ("mandatory", Class::Mandatory)];

/// What the customer gets out of it, on the customer's terms.
const VALUES: [(&str, &str); 6] = [
    ("information", "reviews, alternatives, price, stock, what goes with it"),
    ("how_to", "how to use or care for something"),
    ("locate", "where to find a product"),
    ("recommendation", "a suggestion or coupon by place or past purchases"),
    ("social", "what others think"),
    ("rewards", "something for volume, visits or reviews"),
];

/// What the other files of the catalogue say that actions need.
pub(crate) struct Context {
    /// The currency of amounts.
    pub(crate) currency: Currency,
    /// The zone of dates.
    pub(crate) zone: TimeZone,
    /// The places; `None` when their file has mistakes.
    pub(crate) places: Option<Places>,
    /// Who speaks; `None` when that file has mistakes.
    pub(crate) brand: Option<Brand>,
    /// The triggers that have a budget; `None` when their file is no TOML.
    pub(crate) budgeted: Option<Vec<Trigger>>,
}

/// The action of a file whose name is `stem` and `.toml`.
pub(crate) fn action(section: &mut Section<'_, '_>, stem: &str, context: &Context) -> Action {
    let money = |value: &DeValue<'_>| context.currency.money(value);
    let trigger = |value: &DeValue<'_>| word::one_of(value, &word::TRIGGERS);
    let class = section.optional("class", |value| word::one_of(value, &CLASSES)).unwrap_or(Class::Default);
    let action = Action {
        name: section.required("name", &format!("\"{stem}\""), word::name),
        issue: section.word("issue", &Issue::ALL.map(|issue| (issue.name(), issue)), Issue::Safety),
        group: section.required("group", "\"offers\"", word::name),
        class,
        topic: section.optional("topic", word::id),
        category: section.optional("category", word::id),
        triggers: section.required("triggers", "[\"check_in\"]", |value| word::list(value, "\"check_in\"", trigger)),
        from: section.optional("from", |value| time::beginning(value, &context.zone)),
        until: section.optional("until", |value| time::end(value, &context.zone)),
        margin: section.required("margin", "\"6.00\"", money),
        basket: section.optional("basket", money).unwrap_or_default(),
        benefit: section.optional("benefit", money).unwrap_or_default(),
        organic: section.required("organic", "0.02", probability),
        lever: section.optional("lever", |value| number(value, 0.1..=10.0)).unwrap_or(1.0),
        eligibility: eligibility(section, context),
        put_off: put_off(section),
        treatments: section.tables("treatment", |section| treatment(section, class, context)),
    };
    check_value_class(section);
    check_identity(section, &action, stem);
    check_triggers(section, &action, context);
    check_worth(section, &action);
    check_treatments(section, &action.treatments);
    action
}

fn eligibility(section: &mut Section<'_, '_>, context: &Context) -> Vec<tact_decide::Criterion> {
    let known = Known { currency: context.currency, places: context.places.as_ref() };
    let inner = section.table("eligibility");
    inner.map(|mut inner| criteria(&mut inner, &known)).unwrap_or_default()
}

/// An action that is of no value to the customer has no place here. Which value it is does not change a decision yet.
fn check_value_class(section: &mut Section<'_, '_>) {
    let value_class = |value: &DeValue<'_>| word::one_of(value, &VALUES);
    section.required("value_class", "[\"information\"]", |value| word::list(value, "\"information\"", value_class));
}

fn check_identity(section: &mut Section<'_, '_>, action: &Action, stem: &str) {
    if !action.name.is_empty() && action.name != stem {
        let fix = format!("write `{stem}`, or call the file `{}.toml`", action.name);
        section.note("name", format!("`{}` is not the name of the file", action.name), fix);
    }
    if let (Some(from), Some(until)) = (action.from, action.until)
        && from >= until
    {
        section.note("until", "is not later than `from`: the action never exists", "exchange them");
    }
}

/// What triggers an action must have time, and what is put off must be decided when it is due.
fn check_triggers(section: &mut Section<'_, '_>, action: &Action, context: &Context) {
    let has_time = |trigger: &Trigger| context.budgeted.as_ref().is_none_or(|known| known.contains(trigger));
    for (name, trigger) in word::TRIGGERS {
        if action.triggers.contains(&trigger) && !has_time(&trigger) {
            let fix = format!("declare `[{name}]` in budgets.toml");
            section.note("triggers", format!("`{name}` has no budget, so it would always be silent"), fix);
        }
    }
    if action.put_off.is_some() && !action.triggers.contains(&Trigger::Due) {
        let wrong = "does not list `due`, so what is put off would never be decided";
        section.note("triggers", wrong, "add `\"due\"`, or remove `[put_off]`");
    }
}

/// Incentives are a share of the basket, so there must be one, and they must fit into it.
fn check_worth(section: &mut Section<'_, '_>, action: &Action) {
    let greatest = action.treatments.iter().map(|treatment| treatment.incentive).fold(0.0, f64::max);
    if greatest > action.basket {
        let wrong = "is less than the incentive of a treatment";
        section.note("basket", wrong, "write what is spent at once, for example `basket = \"60.00\"`");
    }
}

fn check_treatments(section: &mut Section<'_, '_>, treatments: &[Treatment]) {
    if treatments.is_empty() {
        section.note("treatment", "is missing", "add a `[[treatment]]`: what is done, by which channel");
    }
    if treatments.len() > MOST {
        let wrong = format!("there are {}, at most {MOST} are allowed", treatments.len());
        section.note("treatment", wrong, "split the action");
    }
    let names: Vec<_> = treatments.iter().map(|treatment| &treatment.name).collect();
    section.refuse_repeats("treatment", &names);
}
