//! What a rule looked at, and what it found, in words: the customer is who it is told of.

use tact_decide::{Aspect, Ring, Sequence, Slot, Value, Window};
use tact_domain::Shopper;

/// What a slot held, as a sentence without its end.
pub(super) fn told(slot: &Slot, value: Value<'_>, money: &dyn Fn(f64) -> String) -> String {
    match value {
        Value::Text(text) => of_text(slot, text),
        Value::Number(number) => of_number(slot, number, money),
        Value::Unknown => format!("{} is not known", thing(slot)),
    }
}

fn of_text(slot: &Slot, text: &str) -> String {
    match (slot.plain(), text) {
        (Slot::Mission, "express") => "comes for one thing and goes".to_owned(),
        (Slot::Mission, "browse") => "looks around".to_owned(),
        (Slot::Mission, _) => "what they came for cannot be told".to_owned(),
        (Slot::Cause, "unknown") => "why they are not happy with us is not known".to_owned(),
        (Slot::Destination(category), place) => format!("on the way to {place}, as a partner told of {category}"),
        _ => format!("{}: {}", thing(slot), text.replace('_', " ")),
    }
}

fn of_number(slot: &Slot, number: f64, money: &dyn Fn(f64) -> String) -> String {
    let often = || if (number - 1.0).abs() < 0.5 { "once".to_owned() } else { format!("{number:.0} times") };
    match slot.plain() {
        Slot::Hour => format!("{number:.0} o'clock there"),
        Slot::Weekday => format!("a {} there", weekday(number)),
        Slot::MinutesInside => format!("{number:.0} minutes in the store"),
        Slot::CheckIns(window) => format!("checked in {} {}", often(), days(*window)),
        Slot::Visits(window) => format!("came to our stores {} {}", often(), days(*window)),
        Slot::VisitsHere(window) => format!("came to this store {} {}", often(), days(*window)),
        Slot::Orders(None, window) => format!("bought {} {}", often(), days(*window)),
        Slot::Orders(Some(category), window) => format!("bought {category} {} {}", often(), days(*window)),
        Slot::Spend(window) => format!("spent {} {}", money(number), days(*window)),
        Slot::Quarters(count) => format!("spent {} in the last {count} quarters", money(number)),
        Slot::Drop => format!("spent {:.0} % less than they usually do in 90 days", number * 100.0),
        Slot::HasDropped if number > 0.0 => "spends far less than they ever did".to_owned(),
        Slot::HasDropped => "does not spend far less than they ever did".to_owned(),
        Slot::DueIn(category) if number < 0.5 => format!("{category} is due, as often as they buy it"),
        Slot::DueIn(category) => format!("{category} is due in {number:.0} days, as often as they buy it"),
        Slot::DaysSinceOrder if number < 1.0 => "last bought within a day".to_owned(),
        Slot::DaysSinceOrder if number < 2.0 => "last bought a day ago".to_owned(),
        Slot::DaysSinceOrder => format!("last bought {number:.0} days ago"),
        Slot::Affinity(category) => format!("{category} is {:.0} % of what they buy, lately", number * 100.0),
        Slot::Shopper(way) => format!("{:.0} % likely {}", number * 100.0, shops(*way)),
        Slot::Owns(product) if number > 0.0 => format!("has {product} from us"),
        Slot::Owns(product) => format!("does not have {product} from us"),
        Slot::Complement(product, days) => {
            format!("{product} is number {number:.0} of what goes with what they bought in {days} days")
        }
        Slot::Basket(None) => format!("{number:.0} pieces bought now"),
        Slot::Basket(Some(category)) => format!("{number:.0} pieces of {category} bought now"),
        Slot::BasketValue => format!("paid {} now", money(number)),
        Slot::Sequence(sequence) => format!("{} {}", of_sequence(*sequence), often()),
        Slot::Partner(category, days) => format!("partners told of {category} {} in {days} days", often()),
        Slot::Friends(category, days) => {
            format!("partners told of {category} for somebody they know {} in {days} days", often())
        }
        Slot::MayAskAgain if number > 0.0 => "a promise for a consent of theirs was not kept".to_owned(),
        Slot::MayAskAgain => "no consent rests that they could be asked for again".to_owned(),
        Slot::Comment(aspect) => of_comment(*aspect, number > 0.0).to_owned(),
        Slot::InTrouble if number > 0.0 => "has a complaint, a return or another trouble open".to_owned(),
        Slot::InTrouble => "has no trouble open".to_owned(),
        _ => format!("{}: {number:.0}", thing(slot)),
    }
}

/// What is a yes or a no of a comment.
fn of_comment(aspect: Aspect, holds: bool) -> &'static str {
    match (aspect, holds) {
        (Aspect::Public, true) => "said where everybody reads it",
        (Aspect::Public, false) => "said to us alone",
        (_, true) => "said of a store that is known",
        (_, false) => "said of no store that is known, or may be",
    }
}

/// What a slot is about.
fn thing(slot: &Slot) -> String {
    match slot {
        Slot::Sensitive(_, slot) => thing(slot),
        Slot::Trigger => "what it was decided on".to_owned(),
        Slot::Store => "the store".to_owned(),
        Slot::Area => "the area they are in".to_owned(),
        Slot::Mission => "what they came for".to_owned(),
        Slot::Locale => "the language they read".to_owned(),
        Slot::Venue => "the kind of place they checked in at".to_owned(),
        Slot::Ready => "the sign that they are ready for somebody".to_owned(),
        Slot::Hour => "the hour".to_owned(),
        Slot::Weekday => "the day of the week".to_owned(),
        Slot::MinutesInside => "how long they are in the store".to_owned(),
        Slot::CheckIns(_) => "how often they checked in".to_owned(),
        Slot::Visits(_) => "how often they came to our stores".to_owned(),
        Slot::VisitsHere(_) => "how often they came to this store".to_owned(),
        Slot::Orders(None, _) => "how often they bought".to_owned(),
        Slot::Orders(Some(category), _) => format!("how often they bought {category}"),
        Slot::Spend(_) | Slot::Quarters(_) => "what they spent".to_owned(),
        Slot::Drop | Slot::HasDropped => "what they usually spend".to_owned(),
        Slot::DueIn(category) => format!("how often they buy {category}"),
        Slot::DaysSinceOrder => "when they last bought".to_owned(),
        Slot::Affinity(category) => format!("how much they like {category}"),
        Slot::Owns(product) => format!("whether they have {product}"),
        Slot::Shopper(way) => format!("whether they are {}", shops(*way)),
        Slot::Complement(product, _) => format!("whether {product} goes with what they bought lately"),
        Slot::Basket(_) => "what was bought now".to_owned(),
        Slot::BasketValue => "what was paid now".to_owned(),
        Slot::Sequence(sequence) => format!("how often they {}", of_sequence(*sequence)),
        Slot::Partner(category, _) => format!("what partners tell of {category}"),
        Slot::Friends(category, _) => format!("what partners tell of {category} for somebody they know"),
        Slot::MayAskAgain => "whether a consent rests".to_owned(),
        Slot::Destination(category) => format!("where to, as partners tell of {category},"),
        Slot::Cause => "why they are not happy with us".to_owned(),
        Slot::Comment(Aspect::Cause) => "what the comment is about".to_owned(),
        Slot::Comment(Aspect::Tone) => "how the comment is meant".to_owned(),
        Slot::Comment(Aspect::Public) => "whether everybody reads the comment".to_owned(),
        Slot::Comment(Aspect::Arena) => "where the comment was made".to_owned(),
        Slot::Comment(Aspect::AtStore) => "which store the comment belongs to".to_owned(),
        Slot::InTrouble => "whether they have a trouble open".to_owned(),
    }
}

/// Who shops in a way.
fn shops(way: Shopper) -> &'static str {
    match way {
        Shopper::Express => "somebody who comes for one thing and goes",
        Shopper::Browser => "somebody who looks around",
        Shopper::BigBuyer => "somebody who buys much at once",
    }
}

fn of_sequence(sequence: Sequence) -> String {
    let verb = |ring: Ring| match ring {
        Ring::Visits => ("came", "came"),
        Ring::Purchases => ("bought", "bought"),
    };
    let not = if sequence.followed { "and then" } else { "and then never" };
    let (first, then) = (verb(sequence.first).0, verb(sequence.then).1);
    format!("{first} {not} {then} within {}, in {} days,", duration(sequence.within_s), sequence.days)
}

/// A time as people say it.
pub(super) fn duration(seconds: i64) -> String {
    let (n, unit) = match seconds {
        s if s % 86_400 == 0 => (s / 86_400, "day"),
        s if s % 3_600 == 0 => (s / 3_600, "hour"),
        s => (s / 60, "minute"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

fn days(window: Window) -> String {
    let earlier = if window.earlier { ", this time left out" } else { "" };
    match window.days {
        1 => format!("today{earlier}"),
        days => format!("in {days} days{earlier}"),
    }
}

fn weekday(number: f64) -> &'static str {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    (0..).zip(DAYS).find(|(n, _)| (f64::from(*n) - number).abs() < 0.5).map_or("day", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(slot: &Slot, value: Value<'_>) -> String {
        told(slot, value, &|minor| format!("{minor:.0} cents"))
    }

    #[test]
    fn what_a_rule_found_is_told_as_people_say_it() {
        let window = Window { days: 90, earlier: false };
        let shoes = Slot::Orders(Some("shoes".into()), window);
        assert_eq!(told_of(&shoes, Value::Number(3.0)), "bought shoes 3 times in 90 days");
        assert_eq!(told_of(&shoes, Value::Number(1.0)), "bought shoes once in 90 days");
        assert_eq!(told_of(&shoes, Value::Unknown), "how often they bought shoes is not known");
        assert_eq!(told_of(&Slot::Mission, Value::Text("express")), "comes for one thing and goes");
        assert_eq!(told_of(&Slot::Weekday, Value::Number(5.0)), "a Saturday there");
        assert_eq!(
            told_of(&Slot::Affinity("shoes".into()), Value::Number(0.4)),
            "shoes is 40 % of what they buy, lately"
        );
        let earlier = Slot::Spend(Window { days: 1, earlier: true });
        assert_eq!(told_of(&earlier, Value::Number(200.0)), "spent 200 cents today, this time left out");
        let sequence =
            Sequence { first: Ring::Visits, then: Ring::Purchases, within_s: 7_200, days: 30, followed: false };
        let told = told_of(&Slot::Sequence(sequence), Value::Number(2.0));
        assert_eq!(told, "came and then never bought within 2 hours, in 30 days, 2 times");
    }
}
