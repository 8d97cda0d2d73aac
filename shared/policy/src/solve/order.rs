//! Slots of which one never holds more than another: what happened within 7 days happened within 30.

use std::collections::BTreeMap;

use tact_decide::{Slot, Window};

use super::ExampleValue;
use super::values::Values;

/// The least values of these sets of which none is greater than it can be beside the others; `None` when there are none.
pub(super) fn least(sets: &BTreeMap<u16, Values>, slots: &[Slot]) -> Option<Vec<(u16, ExampleValue)>> {
    let values = sets.iter().map(|(place, set)| Some((*place, set.example()?)));
    let mut values = values.collect::<Option<BTreeMap<u16, ExampleValue>>>()?;
    let slot = |place: u16| slots.get(usize::from(place));
    let pairs: Vec<(u16, u16)> = sets.keys().flat_map(|less| sets.keys().map(move |more| (*less, *more))).collect();
    let ordered = |(less, more): &(u16, u16)| less != more && slot(*less).zip(slot(*more)).is_some_and(is_within);
    let pairs: Vec<(u16, u16)> = pairs.into_iter().filter(ordered).collect();
    // Values only grow, and each pair raises the greater one: this comes to an end.
    loop {
        let too_great = |pair: &&(u16, u16)| match (values.get(&pair.0), values.get(&pair.1)) {
            (Some(ExampleValue::Number(less)), Some(ExampleValue::Number(more))) => less > more,
            _ => false,
        };
        let Some((less, more)) = pairs.iter().find(too_great) else { return Some(values.into_iter().collect()) };
        let Some(ExampleValue::Number(least)) = values.get(less) else { return None };
        let raised = sets.get(more)?.at_least(*least)?;
        values.insert(*more, raised);
    }
}

/// Whether the first slot never holds a greater number than the second.
fn is_within((less, more): (&Slot, &Slot)) -> bool {
    match (less, more) {
        (Slot::CheckIns(a), Slot::CheckIns(b))
        | (Slot::Visits(a), Slot::Visits(b) | Slot::CheckIns(b))
        | (Slot::VisitsHere(a), Slot::VisitsHere(b) | Slot::Visits(b) | Slot::CheckIns(b)) => is_shorter(*a, *b),
        (Slot::Orders(of, a), Slot::Orders(among, b)) => (among.is_none() || among == of) && is_shorter(*a, *b),
        (Slot::Basket(_), Slot::Basket(None)) => true,
        (Slot::Partner(of, a), Slot::Partner(among, b)) => of == among && a <= b,
        _ => false,
    }
}

/// Whether everything one window counts is counted by the other, the event that is decided on included.
fn is_shorter(a: Window, b: Window) -> bool {
    a.days <= b.days && (a.earlier || !b.earlier)
}
