//! `actions/NAME.toml`: one action.

use jiff::tz::TimeZone;
use tact_decide::{Action, Aspect, Benefit, Brand, Class, Condition, Issue, Mode, Slot, Treatment, ValueClass};
use tact_domain::{Channel, Goods, Key, Places, SensitiveMatters, Trigger};
use toml::de::DeValue;

use crate::amount::{Currency, number, probability};
use crate::brand::Costs;
use crate::limit::limits;
use crate::measure::after;
use crate::put_off::put_off;
use crate::rule::{Known, Slots};
use crate::screen::{by_type, check_opened};
use crate::section::Section;
use crate::sensitive::check_action;
use crate::stages::{Owner, stages};
use crate::treatment::{check_arms, check_promises, treatment};
use crate::{time, word};

/// At most this many treatments in one action.
const MOST: usize = 20;
/// The contact ledger keeps this much, in milliseconds.
const KEPT: i64 = 31 * time::DAY;

pub(crate) const CLASSES: [(&str, Class); 3] =
    [("default", Class::Default), ("transactional", Class::Transactional), ("mandatory", Class::Mandatory)];

/// What the other files of the catalogue say that actions need.
pub(crate) struct Context {
    /// The currency of amounts.
    pub(crate) currency: Currency,
    /// Its code, nothing when it has a mistake.
    pub(crate) currency_code: Key,
    /// The zone of dates.
    pub(crate) zone: TimeZone,
    /// The places; `None` when their file has mistakes.
    pub(crate) places: Option<Places>,
    /// Who speaks; `None` when that file has mistakes.
    pub(crate) brand: Option<Brand>,
    /// What a message costs by channel, where its treatment does not say.
    pub(crate) costs: Costs,
    /// What is sold; `None` when a file of it has mistakes.
    pub(crate) goods: Option<Goods>,
    /// The triggers that have a budget; `None` when their file is no TOML.
    pub(crate) budgeted: Option<Vec<Trigger>>,
    /// The rules of groups.
    pub(crate) groups: Vec<(Key, Vec<Condition>)>,
    /// Why decisions of great consequence are allowed; `None` when they are not.
    pub(crate) significant: Option<String>,
    /// What is nobody's business.
    pub(crate) sensitive: SensitiveMatters,
    /// What customers are promised for a consent.
    pub(crate) benefits: Vec<Benefit>,
}

/// An action as its file has it.
pub(crate) struct Written {
    /// The action.
    pub(crate) action: Action,
    /// Whether it is still being written: checked, and left out of the catalogue.
    pub(crate) draft: bool,
}

/// The action of a file whose name is `stem` and `.toml`.
pub(crate) fn action(section: &mut Section<'_, '_>, stem: &str, context: &Context, slots: &mut Slots) -> Written {
    let money = |value: &DeValue<'_>| context.currency.money(value);
    let trigger = |value: &DeValue<'_>| word::one_of(value, &word::TRIGGERS);
    let class = section.optional("class", |value| word::one_of(value, &CLASSES)).unwrap_or(Class::Default);
    let cool_down = |value: &DeValue<'_>| time::duration(value, time::SECOND, KEPT);
    let mut action = Action {
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
        organic_by_type: by_type(section, "organic_by_type"),
        lever: section.optional("lever", |value| number(value, 0.1..=10.0)).unwrap_or(1.0),
        values: section.required("value_class", "[\"information\"]", |value| {
            word::list(value, "\"information\"", |one| word::one_of(one, &ValueClass::ALL))
        }),
        conditions: rules(section, context, slots),
        limits: limits(section, context.currency),
        cool_down_s: section.optional("cool_down", cool_down).unwrap_or_default() / time::SECOND,
        after: after(section),
        control: section.optional("control", |value| number(value, 0.0..=0.5)).unwrap_or_default(),
        arenas: Vec::new(),
        for_store: section.optional("for_store", word::flag).unwrap_or_default(),
        asks_again: section.optional("asks_again", word::flag).unwrap_or_default(),
        put_off: put_off(section),
        treatments: section.tables("treatment", |section| treatment(section, class, context)),
    };
    let of_group = context.groups.iter().filter(|(group, _)| *group == action.group);
    action.conditions.extend(of_group.flat_map(|(_, conditions)| conditions.clone()));
    action.conditions.sort_by_key(|condition| (condition.stage, !condition.of_group));
    check_significance(section, context);
    check_action(section, &action, slots, &context.sensitive);
    check_identity(section, &action, stem);
    check_triggers(section, &action, context);
    check_worth(section, &action);
    check_treatments(section, &mut action);
    check_addressee(section, &action);
    check_posts(section, &action, slots);
    check_opened(section, &action);
    Written { action, draft: section.optional("draft", word::flag).unwrap_or_default() }
}

fn rules(section: &mut Section<'_, '_>, context: &Context, slots: &mut Slots) -> Vec<Condition> {
    let known = Known {
        currency: context.currency,
        places: context.places.as_ref(),
        goods: context.goods.as_ref(),
        sensitive: &context.sensitive,
    };
    let Some(mut inner) = section.table("rules") else { return Vec::new() };
    let conditions = stages(&mut inner, Owner::Action, &known, slots);
    inner.finish();
    conditions
}

/// Credit, housing, work, insurance: what weighs so much is not decided here unless somebody answers for it.
fn check_significance(section: &mut Section<'_, '_>, context: &Context) {
    let significant = section.optional("significant", word::flag).unwrap_or_default();
    if significant && context.significant.is_none() {
        let wrong = "marks a decision with legal or similar effect, which is refused";
        let fix = "remove the action, or write `allow_significant = \"who reviews it, and how\"` into policy.toml";
        section.note("significant", wrong, fix);
    }
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

/// What is for the store goes to its people and names nobody; what asks once more for a consent waits to be found.
fn check_addressee(section: &mut Section<'_, '_>, action: &Action) {
    let goes_elsewhere = |way: &Treatment| way.channel != Channel::Associate || way.identifies;
    if action.for_store && action.treatments.iter().any(goes_elsewhere) {
        let fix = "give it only treatments with `channel = \"associate\"` that identify nobody";
        section.note("for_store", "is for the store, and has a way to a customer", fix);
    }
    if action.for_store && action.class == Class::Default {
        section.note("for_store", "sells nothing to the store", "write `class = \"transactional\"`");
    }
    let interrupts = |way: &Treatment| way.mode != Mode::Pull || way.coupon.is_some();
    if action.asks_again && action.treatments.iter().any(interrupts) {
        let fix = "give it only cards: `channel = \"inbox\"`, `mode = \"pull\"`, without a coupon";
        section.note("asks_again", "asks for a consent that rests by interrupting", fix);
    }
}

/// What a comment calls for and leaves by webhook is posted where the comment is: for everybody to read, unless the rules say that nobody else can.
fn check_posts(section: &mut Section<'_, '_>, action: &Action, slots: &Slots) {
    let in_private = |place: u16| {
        let public = slots.at(place) == Some(&Slot::Comment(Aspect::Public));
        public && action.conditions.iter().any(|condition| condition.rule.excludes(place, 1.0))
    };
    let mut looked_at = action.conditions.iter().flat_map(|condition| condition.rule.slots());
    if !action.triggers.contains(&Trigger::Comment) || looked_at.any(in_private) {
        return;
    }
    let posts = |way: &&Treatment| way.channel == Channel::Webhook && !way.public;
    if let Some(way) = action.treatments.iter().find(posts) {
        let wrong =
            format!("`{}` may be posted under a comment that everybody can read, and is not `public`", way.name);
        let fix = "write `public = true`, or `!comment.public` into the rules if it answers in private alone";
        section.note("treatment", wrong, fix);
    }
}

fn check_treatments(section: &mut Section<'_, '_>, action: &mut Action) {
    check_arms(section, &mut action.treatments);
    check_promises(section, &action.treatments);
    let promised: Vec<Key> = action.treatments.iter().filter_map(|treatment| treatment.promises.clone()).collect();
    for treatment in &mut action.treatments {
        treatment.fulfils = promised.contains(&treatment.name);
    }
    let treatments: &[Treatment] = &action.treatments;
    if treatments.is_empty() {
        section.note("treatment", "is missing", "add a `[[treatment]]`: what is done, by which channel");
    }
    if treatments.len() > MOST {
        let wrong = format!("there are {}, at most {MOST} are allowed", treatments.len());
        section.note("treatment", wrong, "split the action");
    }
    if !treatments.is_empty() && treatments.iter().all(|treatment| treatment.fulfils) {
        section.note("treatment", "only keeps promises that nothing makes", "add the prompt that promises it");
    }
    let names: Vec<_> = treatments.iter().map(|treatment| &treatment.name).collect();
    section.refuse_repeats("treatment", &names);
}
