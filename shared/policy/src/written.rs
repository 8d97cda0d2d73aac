//! Slots and their values as rules write them.

use tact_decide::{Ring, Sequence, Slot, Window};
use tact_domain::Key;

use crate::solve::ExampleValue;

/// Values of slots, as comparisons joined by `&&`; money stays in minor units.
pub fn example(values: &[(u16, ExampleValue)], slots: &[Slot]) -> String {
    let comparison = |(place, value): &(u16, ExampleValue)| {
        let name = written(slots.get(usize::from(*place))?);
        Some(match value {
            ExampleValue::Number(number) => format!("{name} == {number}"),
            ExampleValue::Text(text) => format!("{name} == \"{text}\""),
        })
    };
    values.iter().filter_map(comparison).collect::<Vec<_>>().join(" && ")
}

/// The name of a slot, as rules write it.
pub fn written(slot: &Slot) -> String {
    match slot {
        Slot::Trigger => "trigger".to_owned(),
        Slot::Store => "store".to_owned(),
        Slot::Area => "area".to_owned(),
        Slot::Mission => "mission".to_owned(),
        Slot::Locale => "locale".to_owned(),
        Slot::Venue => "venue".to_owned(),
        Slot::Ready => "ready".to_owned(),
        Slot::Hour => "hour".to_owned(),
        Slot::Weekday => "weekday".to_owned(),
        Slot::MinutesInside => "minutes_inside".to_owned(),
        Slot::CheckIns(window) => windowed("check_ins.count", "", *window),
        Slot::Visits(window) => windowed("visits.count", "", *window),
        Slot::VisitsHere(window) => windowed("visits.count", "store, ", *window),
        Slot::Orders(category, window) => windowed("purchases.count", &quoted(category.as_ref(), ", "), *window),
        Slot::Spend(window) => windowed("purchases.spend", "", *window),
        Slot::Quarters(count) => format!("purchases.quarters({count})"),
        Slot::Drop => "purchases.drop".to_owned(),
        Slot::HasDropped => "purchases.has_dropped".to_owned(),
        Slot::DueIn(category) => format!("purchases.due_in(\"{category}\")"),
        Slot::DaysSinceOrder => "purchases.days_since".to_owned(),
        Slot::Affinity(category) => format!("affinity(\"{category}\")"),
        Slot::Owns(product) => format!("purchases.owns(\"{product}\")"),
        Slot::Complement(product, days) => format!("purchases.complement(\"{product}\", {days}d)"),
        Slot::Basket(category) => format!("basket.count({})", quoted(category.as_ref(), "")),
        Slot::BasketValue => "basket.total".to_owned(),
        Slot::Sequence(sequence) => followed(*sequence),
        Slot::Partner(category, days) => format!("partner.count(\"{category}\", {days}d)"),
        Slot::Friends(category, days) => format!("friends.count(\"{category}\", {days}d)"),
        Slot::Destination(category) => format!("partner.destination(\"{category}\")"),
        Slot::MayAskAgain => "may_ask_again".to_owned(),
        Slot::Shopper(way) => format!("shopper(\"{}\")", way.name()),
        Slot::Cause => "cause".to_owned(),
        Slot::Comment(aspect) => aspect.name().to_owned(),
        Slot::InTrouble => "in_trouble".to_owned(),
        Slot::Sensitive(_, slot) => written(slot),
    }
}

fn windowed(name: &str, first: &str, window: Window) -> String {
    let before = if window.earlier { "_before" } else { "" };
    format!("{name}{before}({first}{}d)", window.days)
}

fn quoted(text: Option<&Key>, after: &str) -> String {
    text.map_or_else(String::new, |text| format!("\"{text}\"{after}"))
}

fn followed(sequence: Sequence) -> String {
    let ring = |ring| match ring {
        Ring::Visits => "visits",
        Ring::Purchases => "purchases",
    };
    let verb = if sequence.followed { "followed_by" } else { "not_followed_by" };
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];
    let fits = |(seconds, _): &&(i64, char)| sequence.within_s % seconds == 0;
    let (seconds, unit) = units.iter().find(fits).copied().unwrap_or((1, 's'));
    let (first, then, within) = (ring(sequence.first), ring(sequence.then), sequence.within_s / seconds);
    format!("{first}.{verb}({then}, {within}{unit}, {}d)", sequence.days)
}
