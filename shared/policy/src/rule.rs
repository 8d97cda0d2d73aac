//! Rules as people write them, in a fragment of CEL: names compared with constants, joined by `&&`, `||` and `!`. From their text to conditions.
//! Read in this order: `scan` (the text), `parse` (its tree), `tree` (what is allowed of it), `names` (what can be asked), `compare`.

mod compare;
mod names;
mod parse;
mod scan;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use tact_decide::{Action, Condition, Rule, Slot, Stage};
use tact_domain::{Goods, Places, SensitiveMatters};

use crate::amount::Currency;
use crate::section::{Parsed, Wrong, wrong};

/// What the rest of the catalogue says that rules are checked against.
pub(crate) struct Known<'a> {
    /// The currency of amounts.
    pub(crate) currency: Currency,
    /// The stores and areas there are; `None` when that cannot be told.
    pub(crate) places: Option<&'a Places>,
    /// The products there are; `None`, or none of them, when that cannot be told.
    pub(crate) goods: Option<&'a Goods>,
    /// What is nobody's business.
    pub(crate) sensitive: &'a SensitiveMatters,
}

/// Every slot that the rules read so far look at, each with the place it has until `sorted` gives it its final one.
#[derive(Debug, Default)]
pub(crate) struct Slots(BTreeMap<Slot, u16>);

impl Slots {
    /// The place of a slot.
    fn place(&mut self, slot: &Slot) -> Parsed<u16> {
        if let Some(place) = self.0.get(slot) {
            return Ok(*place);
        }
        let Ok(place) = u16::try_from(self.0.len()) else {
            return wrong("asks for more than all rules together may ask for", "remove rules that no longer run");
        };
        self.0.insert(slot.clone(), place);
        Ok(place)
    }

    /// The slot in a place.
    pub(crate) fn at(&self, place: u16) -> Option<&Slot> {
        self.0.iter().find(|(_, known)| **known == place).map(|(slot, _)| slot)
    }

    /// The slots that the rules of some actions look at, in an order that is always the same; renumbers those rules accordingly.
    pub(crate) fn sorted(&self, actions: &mut [Action]) -> Vec<Slot> {
        let conditions = actions.iter_mut().flat_map(|action| &mut action.conditions);
        self.renumber(conditions.collect::<Vec<_>>())
    }

    fn renumber<'c>(&self, conditions: impl IntoIterator<Item = &'c mut Condition>) -> Vec<Slot> {
        let mut rules: Vec<&mut Rule> = conditions.into_iter().map(|condition| &mut condition.rule).collect();
        let used: BTreeSet<u16> = rules.iter().flat_map(|rule| rule.slots()).collect();
        let sorted: Vec<(&Slot, &u16)> = self.0.iter().filter(|(_, place)| used.contains(place)).collect();
        let moved: BTreeMap<u16, u16> = sorted.iter().zip(0..).map(|((_, old), new)| (**old, new)).collect();
        for rule in &mut rules {
            renumber(rule, &moved);
        }
        sorted.into_iter().map(|(slot, _)| slot.clone()).collect()
    }
}

/// The conditions that a rule's text makes, one for each part that `&&` joins, with the words of that part.
pub(crate) fn conditions(
    text: &str,
    stage: Stage,
    of_group: bool,
    known: &Known<'_>,
    slots: &mut Slots,
) -> Parsed<Vec<Condition>> {
    let placed = |fault: Fault| fault.in_text(text);
    let scanned = scan::scan(text).map_err(placed)?;
    let mut conditions = Vec::new();
    for part in scanned.parts() {
        let rule = tree::rule(&part, known, slots).map_err(placed)?;
        conditions.push(Condition { stage, of_group, text: part.written.to_owned(), rule });
    }
    Ok(conditions)
}

fn renumber(rule: &mut Rule, moved: &BTreeMap<u16, u16>) {
    match rule {
        Rule::Is(criterion) => criterion.slot = moved.get(&criterion.slot).copied().unwrap_or(criterion.slot),
        Rule::All(rules) | Rule::Any(rules) => rules.iter_mut().for_each(|rule| renumber(rule, moved)),
        Rule::Not(rule) => renumber(rule, moved),
    }
}

/// What is wrong with a rule, and where.
#[derive(Debug, PartialEq)]
struct Fault {
    /// Bytes from the beginning of the text.
    at: usize,
    wrong: Wrong,
}

/// Something wrong at a place.
fn fault<T>(at: usize, wrong: impl Into<String>, fix: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { at, wrong: Wrong { wrong: wrong.into(), fix: fix.into() } })
}

impl Fault {
    /// The same, with the place said in words: the column, and the line where there are several.
    fn in_text(self, text: &str) -> Wrong {
        let before = text.get(..self.at).unwrap_or(text);
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        let line = before.matches('\n').count() + 1;
        let several = text.trim().contains('\n');
        let place = if several { format!("line {line}, column {column}") } else { format!("column {column}") };
        Wrong { wrong: format!("at {place}: {}", self.wrong.wrong), fix: self.wrong.fix }
    }
}

#[cfg(test)]
mod tests;
