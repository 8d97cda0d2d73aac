//! The slots that eligibility may ask about, by the names a catalogue gives them.

use tact_decide::Slot;

use crate::section::{Parsed, wrong};
use crate::suggest::did_you_mean;

/// How slots are written, with an example of what goes into parentheses.
const SLOTS: [&str; 13] = [
    "store",
    "hour",
    "weekday",
    "check_ins(30d)",
    "visits_here(30d)",
    "orders(90d)",
    "spend(90d)",
    "days_since_order",
    "affinity(shoes)",
    "minutes_inside",
    "mission",
    "area",
    "locale",
];

/// The slot of a name, with the window or category in its parentheses.
pub(crate) fn slot(written: &str) -> Parsed<Slot> {
    let (name, argument) = split(written);
    let Some(example) = SLOTS.iter().find(|known| split(known).0 == name) else {
        return unknown(written, name, argument);
    };
    match (name, argument) {
        ("store", None) => Ok(Slot::Store),
        ("hour", None) => Ok(Slot::Hour),
        ("weekday", None) => Ok(Slot::Weekday),
        ("days_since_order", None) => Ok(Slot::DaysSinceOrder),
        ("minutes_inside", None) => Ok(Slot::MinutesInside),
        ("mission", None) => Ok(Slot::Mission),
        ("area", None) => Ok(Slot::Area),
        ("locale", None) => Ok(Slot::Locale),
        ("check_ins", Some(window)) => days(window, example).map(Slot::CheckIns),
        ("visits_here", Some(window)) => days(window, example).map(Slot::VisitsHere),
        ("orders", Some(window)) => days(window, example).map(Slot::Orders),
        ("spend", Some(window)) => days(window, example).map(Slot::Spend),
        ("affinity", Some(category)) if !category.is_empty() && category.trim() == category => {
            Ok(Slot::Affinity(category.into()))
        }
        _ => wrong(format!("`{written}` is not how this slot is written"), format!("write `{example}`")),
    }
}

fn split(written: &str) -> (&str, Option<&str>) {
    let parts = written.split_once('(').and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
    parts.map_or((written, None), |(name, argument)| (name, Some(argument)))
}

fn unknown(written: &str, name: &str, argument: Option<&str>) -> Parsed<Slot> {
    let example = |name: &str| SLOTS.iter().find(|known| split(known).0 == name).copied();
    let nearest = did_you_mean(name, SLOTS.iter().map(|known| split(known).0));
    let fix = match (nearest, argument) {
        (Some(nearest), Some(argument)) => nearest.replace("`?", &format!("({argument})`?")),
        (Some(nearest), None) => {
            let meant = nearest.split('`').nth(1).and_then(example);
            meant.map_or(nearest, |meant| format!("did you mean `{meant}`?"))
        }
        (None, _) => format!("known are {}", SLOTS.join(", ")),
    };
    wrong(format!("`{written}` is not a slot"), fix)
}

/// A window of whole days, as profiles keep them.
fn days(window: &str, example: &str) -> Parsed<u8> {
    let number = window.strip_suffix('d').filter(|number| !number.starts_with(['0', '+']));
    match number.and_then(|number| number.parse::<u8>().ok()).filter(|days| *days <= 90) {
        Some(days) => Ok(days),
        None => wrong(
            format!("profiles do not keep a window of `{window}`"),
            format!("windows are whole days from 1d to 90d: write for example `{example}`"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_reads_as_it_is_written_in_messages() {
        assert!(SLOTS.iter().all(|written| slot(written).is_ok()));
        assert_eq!(slot("orders(90d)"), Ok(Slot::Orders(90)));
        assert_eq!(slot("affinity(shoes)"), Ok(Slot::Affinity("shoes".into())));
    }

    #[test]
    fn windows_are_whole_days_that_profiles_keep() {
        for window in ["0d", "91d", "120d", "4w", "12h", "30", "", "090d", "+9d", "1.5d", " 9d"] {
            assert!(slot(&format!("orders({window})")).is_err(), "{window}");
        }
    }

    #[test]
    fn a_slot_that_is_nearly_right_is_proposed() {
        let fixes = ["order(30d)", "oders", "hour(3)", "orders"].map(|written| slot(written).unwrap_err().fix);
        let expected =
            ["did you mean `orders(30d)`?", "did you mean `orders(90d)`?", "write `hour`", "write `orders(90d)`"];
        assert_eq!(fixes, expected);
    }
}
