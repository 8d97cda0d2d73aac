//! What happened before a counter-example: the plainest history in which slots hold what they are asked to.

use tact_decide::{Catalogue, Slot};
use tact_domain::{Key, Store, Trigger};

use super::super::prove::Opening;
use super::moment::{count, money, number, stay, text};
use super::quoted;
use crate::solve::ExampleValue;

/// What an order comes to when nobody asks for an amount, in minor units.
const ORDER: i64 = 6_000;

/// The language told, if one is asked for.
pub(super) fn locale(opening: &Opening<'_>) -> Option<String> {
    text(opening, &Slot::Locale).map(|locale| format!("locale = {}", quoted(locale)))
}

/// The entries of the history.
pub(super) fn history(opening: &Opening<'_>, catalogue: &Catalogue, store: Option<&Store>) -> Vec<String> {
    let mut entries = orders(opening, catalogue);
    let at = store.map_or(String::new(), |store| format!("store = {}", quoted(&store.id)));
    let own = i64::from(opening.trigger == Trigger::CheckIn);
    let visits = number(opening, |slot| matches!(slot, Slot::Visits(_) | Slot::VisitsHere(_) | Slot::CheckIns(_)));
    let visits = visits.map_or(0, count) - own;
    if visits > 0 {
        entries.push(format!("{{ check_in = {{ ago = \"1h\", {at}, times = {visits}, every = \"1m\" }} }}"));
    }
    let seen = [Slot::Area, Slot::MinutesInside, Slot::Mission];
    let is_seen = opening.values.iter().any(|(slot, _)| seen.contains(slot));
    if is_seen && matches!(opening.trigger, Trigger::CheckIn | Trigger::Purchase) {
        entries.push(format!("{{ inside = {{ {at}{} }} }}", stay(opening)));
    }
    entries.extend(partners(opening));
    if number(opening, |slot| *slot == Slot::InTrouble) == Some(1.0) {
        let kind = catalogue.policy.troubles.first().map_or("complaint", |(trouble, _)| trouble.name());
        entries.push(format!("{{ trouble = {{ ago = \"1h\", kind = {} }} }}", quoted(kind)));
    }
    entries.extend(promise(opening));
    entries
}

/// The customer's yes to what promises this treatment, when it only keeps a promise.
fn promise(opening: &Opening<'_>) -> Option<String> {
    let promises = |treatment: &&tact_decide::Treatment| treatment.promises.as_ref() == Some(&opening.treatment.name);
    let prompt = opening.action.treatments.iter().find(promises)?;
    let (action, treatment) = (quoted(&opening.action.name), quoted(&prompt.name));
    let said = format!("action = {action}, treatment = {treatment}");
    Some(format!("{{ outcome = {{ ago = \"5m\", {said}, outcome = \"accepted\" }} }}"))
}

fn partners(opening: &Opening<'_>) -> Vec<String> {
    let told = opening.values.iter().filter_map(|(slot, value)| match (slot, value) {
        (Slot::Partner(category, _), ExampleValue::Number(times)) if *times >= 1.0 => {
            let (category, times) = (quoted(category), count(*times));
            Some(format!("{{ partner = {{ ago = \"1h\", category = {category}, times = {times}, every = \"1m\" }} }}"))
        }
        (Slot::Destination(category), ExampleValue::Text(destination)) => {
            let (category, destination) = (quoted(category), quoted(destination));
            Some(format!("{{ partner = {{ ago = \"59m\", category = {category}, destination = {destination} }} }}"))
        }
        _ => None,
    });
    told.collect()
}

/// Orders: as many, as long ago, for as much and of such things as asked for.
fn orders(opening: &Opening<'_>, catalogue: &Catalogue) -> Vec<String> {
    let of_all = number(opening, |slot| matches!(slot, Slot::Orders(None, _))).map(count);
    let spent = number(opening, |slot| matches!(slot, Slot::Spend(_) | Slot::Quarters(_))).map(count);
    let since = number(opening, |slot| *slot == Slot::DaysSinceOrder).map(count);
    let bought = bought(opening);
    let asked = spent.is_some_and(|spent| spent > 0) || since.is_some() || !bought.is_empty();
    let orders = of_all.unwrap_or_default().max(i64::from(asked)).min(50);
    let total = spent.filter(|spent| *spent > 0).unwrap_or(ORDER * orders.max(1));
    let each = total.div_euclid(orders.max(1)).max(1);
    let order = |nth: i64| {
        let lines = lines(&bought, each, catalogue);
        // An hour more, so that these are whole days.
        let ago = (since.unwrap_or(1) + nth) * 24 + 1;
        format!("{{ purchase = {{ ago = \"{ago}h\", lines = [{lines}] }} }}")
    };
    (0..orders).map(order).collect()
}

/// Something bought: what, and how much of the money it takes.
enum Bought<'o> {
    Of(&'o Key, f64),
    Product(&'o Key),
}

fn bought<'o>(opening: &'o Opening<'_>) -> Vec<Bought<'o>> {
    let one = |(slot, value): &'o (Slot, ExampleValue)| match (slot, value) {
        (Slot::Affinity(category), ExampleValue::Number(share)) => Some(Bought::Of(category, *share)),
        (Slot::Orders(Some(category), _), ExampleValue::Number(orders)) if *orders >= 1.0 => {
            Some(Bought::Of(category, 0.1))
        }
        (Slot::Owns(product), ExampleValue::Number(owns)) if *owns >= 1.0 => Some(Bought::Product(product)),
        _ => None,
    };
    opening.values.iter().filter_map(one).collect()
}

/// The lines of a receipt; what is left of the money goes into something else.
fn lines(bought: &[Bought<'_>], total: i64, catalogue: &Catalogue) -> String {
    let mut left = total;
    let mut lines = Vec::new();
    for one in bought {
        match one {
            Bought::Of(category, share) => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a share of a small amount")]
                let price = ((total as f64 * share).ceil() as i64).min(left);
                if price > 0 {
                    lines.push(format!("{{ category = {}, price = {} }}", quoted(category), money(price, catalogue)));
                    left -= price;
                }
            }
            Bought::Product(product) => lines.push(format!("{{ product = {} }}", quoted(product))),
        }
    }
    if left > 0 {
        lines.push(format!("{{ category = \"anything-else\", price = {} }}", money(left, catalogue)));
    }
    lines.join(", ")
}
