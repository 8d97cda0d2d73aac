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
    let bought = bought(opening, catalogue);
    let asked = spent.is_some_and(|spent| spent > 0) || since.is_some() || !bought.is_empty();
    let of_one = bought.iter().map(Bought::orders).max().unwrap_or_default();
    let orders = of_all.unwrap_or_default().max(i64::from(asked)).max(of_one).min(50);
    let total = spent.filter(|spent| *spent > 0).unwrap_or(ORDER * orders.max(1));
    let each = total.div_euclid(orders.max(1)).max(1);
    let order = |nth: i64| {
        let lines = lines(&bought, nth, each, catalogue);
        // An hour more, so that these are whole days.
        let ago = (since.unwrap_or(1) + nth) * 24 + 1;
        format!("{{ purchase = {{ ago = \"{ago}h\", lines = [{lines}] }} }}")
    };
    (0..orders).map(order).collect()
}

/// Something bought.
enum Bought<'o> {
    /// A category, with its share of the money of every order.
    Share(&'o Key, f64),
    /// A category, in so many orders.
    Orders(&'o Key, i64),
    /// A product, with every order.
    Product(&'o Key),
}

/// The part of the money of an order that goes into something that is only to be there.
const SOME: f64 = 0.1;

impl Bought<'_> {
    /// How many orders it takes.
    fn orders(&self) -> i64 {
        if let Self::Orders(_, orders) = self { *orders } else { 1 }
    }

    /// The category, and its share of the money of an order.
    fn share(&self, nth: i64) -> Option<(&Key, f64)> {
        match self {
            Self::Share(category, share) => Some((category, *share)),
            Self::Orders(category, orders) => (nth < *orders).then_some((category, SOME)),
            Self::Product(_) => None,
        }
    }
}

fn bought<'o>(opening: &'o Opening<'_>, catalogue: &'o Catalogue) -> Vec<Bought<'o>> {
    let goes_with = |product: &Key| {
        let mut with = catalogue.goods.complements().iter().filter(|known| known.with == *product);
        with.next().map(|known| Bought::Product(&known.product))
    };
    let one = |(slot, value): &'o (Slot, ExampleValue)| match (slot, value) {
        (Slot::Affinity(category), ExampleValue::Number(share)) => Some(Bought::Share(category, *share)),
        (Slot::Orders(Some(category), _), ExampleValue::Number(orders)) if *orders >= 1.0 => {
            Some(Bought::Orders(category, count(*orders)))
        }
        (Slot::Owns(product), ExampleValue::Number(owns)) if *owns >= 1.0 => Some(Bought::Product(product)),
        (Slot::Complement(product, _), ExampleValue::Number(_)) => goes_with(product),
        _ => None,
    };
    opening.values.iter().filter_map(one).collect()
}

/// The lines of a receipt, the one in a place; what is left of the money goes into something else.
fn lines(bought: &[Bought<'_>], nth: i64, total: i64, catalogue: &Catalogue) -> String {
    let mut left = total;
    let mut lines = Vec::new();
    for one in bought {
        if let Bought::Product(product) = one {
            lines.push(format!("{{ product = {} }}", quoted(product)));
        }
        let Some((category, share)) = one.share(nth) else { continue };
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a share of a small amount")]
        let price = ((total as f64 * share).ceil() as i64).min(left);
        if price > 0 {
            lines.push(format!("{{ category = {}, price = {} }}", quoted(category), money(price, catalogue)));
            left -= price;
        }
    }
    if left > 0 {
        lines.push(format!("{{ category = \"anything-else\", price = {} }}", money(left, catalogue)));
    }
    lines.join(", ")
}
