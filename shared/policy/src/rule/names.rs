//! What rules can ask about, by name: the table of all names, and the slot that each way to write one stands for.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};
use tact_decide::{Aspect, Ring, Sequence, Slot, Window};
use tact_domain::{Key, Shopper};

use super::Known;
use super::compare::id;
use super::parse::is_sign;
use super::scan::as_duration;
use crate::section::{Parsed, wrong};
use crate::sensitive::telling;
use crate::suggest::did_you_mean;

/// Every name, as it is written.
pub(super) const NAMES: [&str; 44] = [
    "trigger",
    "store",
    "area",
    "mission",
    "locale",
    "venue",
    "ready",
    "hour",
    "weekday",
    "minutes_inside",
    "in_trouble",
    "may_ask_again",
    "check_ins.count(30d)",
    "check_ins.count_before(30d)",
    "visits.count(30d)",
    "visits.count_before(30d)",
    "visits.followed_by(purchases, 2h, 30d)",
    "visits.not_followed_by(purchases, 2h, 30d)",
    "purchases.count(90d)",
    "purchases.count_before(90d)",
    "purchases.spend(90d)",
    "purchases.spend_before(90d)",
    "purchases.quarters(4)",
    "purchases.drop",
    "purchases.has_dropped",
    "purchases.days_since",
    "purchases.due_in(\"coffee\")",
    "purchases.owns(\"sku\")",
    "purchases.complement(\"sku\", 2d)",
    "purchases.followed_by(visits, 2h, 30d)",
    "purchases.not_followed_by(visits, 2h, 30d)",
    "affinity(\"shoes\")",
    "shopper(\"express\")",
    "basket.count(\"shoes\")",
    "basket.total",
    "partner.count(\"airline\", 30d)",
    "friends.count(\"tickets\", 2d)",
    "partner.destination(\"airline\")",
    "cause",
    "comment.cause",
    "comment.tone",
    "comment.public",
    "comment.arena",
    "comment.at_store",
];

/// Profiles keep so many days.
const MOST_DAYS: u32 = 90;
/// Windows of 90 days that a profile keeps.
const MOST_QUARTERS: i64 = 12;
/// The longest time between two things that follow each other, in seconds.
const LONGEST: i64 = 30 * 86_400;

/// What stands in parentheses.
#[derive(Debug)]
enum Argument<'a> {
    Text(&'a str),
    Name(&'a str),
    Number(i64),
    /// A number and its unit.
    Duration(&'a str, char),
    Other,
}

/// The slot that a piece names.
pub(super) fn slot(expr: &IdedExpr, known: &Known<'_>) -> Parsed<Slot> {
    let Some((name, arguments)) = called(expr) else {
        return wrong(format!("`{}` is nothing that can be asked", shown(expr)), REPEATS);
    };
    let Some(example) = NAMES.into_iter().find(|known| bare(known) == name) else {
        return unknown(&name);
    };
    let slot = match arguments {
        None => plain(&name, example),
        Some(arguments) => with(&name, &arguments, example, known),
    };
    slot.map(|slot| telling(slot, known.sensitive))
}

/// A name nobody knows, and the nearest that is known: by its letters, or as its beginning.
fn unknown(name: &str) -> Parsed<Slot> {
    let near = did_you_mean(name, NAMES.map(bare));
    let nearest = near.as_deref().and_then(|near| near.split('`').nth(1));
    let named = nearest.and_then(|nearest| NAMES.into_iter().find(|known| bare(known) == nearest));
    let begun = || NAMES.into_iter().find(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
    let fix = match named.or_else(begun) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known are {}", NAMES.join(", ")),
    };
    wrong(format!("`{name}` is not known"), fix)
}

const REPEATS: &str =
    "rules have no `map`, `exists`, `all`, `filter` or `has`; ask for a count, for example `purchases.count(90d) >= 1`";

/// A name without its parentheses.
fn bare(example: &str) -> &str {
    example.split('(').next().unwrap_or(example)
}

/// The name that a piece calls, with what stands in its parentheses; `None` when it has no such form.
fn called(expr: &IdedExpr) -> Option<(String, Option<Vec<Argument<'_>>>)> {
    let of = |target: &IdedExpr, name: &str| match &target.expr {
        Expr::Ident(first) => Some(format!("{first}.{name}")),
        _ => None,
    };
    match &expr.expr {
        Expr::Ident(name) => Some((name.clone(), None)),
        Expr::Select(select) if !select.test => Some((of(&select.operand, &select.field)?, None)),
        Expr::Call(call) => {
            let name = match &call.target {
                Some(target) => of(target, &call.func_name)?,
                None => call.func_name.clone(),
            };
            Some((name, Some(call.args.iter().map(argument).collect())))
        }
        _ => None,
    }
}

fn argument(expr: &IdedExpr) -> Argument<'_> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Argument::Text(text.inner()),
        Expr::Literal(LiteralValue::Int(number)) => Argument::Number(*number.inner()),
        Expr::Ident(name) => match as_duration(name) {
            Some((number, unit)) => Argument::Duration(number, unit),
            None => Argument::Name(name),
        },
        _ => Argument::Other,
    }
}

/// A name without parentheses.
fn plain(name: &str, example: &str) -> Parsed<Slot> {
    match name {
        "trigger" => Ok(Slot::Trigger),
        "store" => Ok(Slot::Store),
        "area" => Ok(Slot::Area),
        "mission" => Ok(Slot::Mission),
        "locale" => Ok(Slot::Locale),
        "venue" => Ok(Slot::Venue),
        "ready" => Ok(Slot::Ready),
        "hour" => Ok(Slot::Hour),
        "weekday" => Ok(Slot::Weekday),
        "minutes_inside" => Ok(Slot::MinutesInside),
        "in_trouble" => Ok(Slot::InTrouble),
        "may_ask_again" => Ok(Slot::MayAskAgain),
        "cause" => Ok(Slot::Cause),
        "purchases.drop" => Ok(Slot::Drop),
        "purchases.has_dropped" => Ok(Slot::HasDropped),
        "purchases.days_since" => Ok(Slot::DaysSinceOrder),
        "basket.total" => Ok(Slot::BasketValue),
        _ => match Aspect::ALL.into_iter().find(|aspect| aspect.name() == name) {
            Some(aspect) => Ok(Slot::Comment(aspect)),
            None => unlike(name, example),
        },
    }
}

/// A name with something in its parentheses. `_before` leaves out the event that is decided on.
fn with(name: &str, arguments: &[Argument<'_>], example: &str, known: &Known<'_>) -> Parsed<Slot> {
    let window = |number, unit| {
        let days = days(number, unit, example)?;
        Ok(Window { days, earlier: name.ends_with("_before") })
    };
    match (name.strip_suffix("_before").unwrap_or(name), arguments) {
        ("check_ins.count", [Argument::Duration(n, unit)]) => window(n, *unit).map(Slot::CheckIns),
        ("visits.count", [Argument::Duration(n, unit)]) => window(n, *unit).map(Slot::Visits),
        ("visits.count", [Argument::Name("store"), Argument::Duration(n, unit)]) => {
            window(n, *unit).map(Slot::VisitsHere)
        }
        ("purchases.count", [Argument::Duration(n, unit)]) => Ok(Slot::Orders(None, window(n, *unit)?)),
        ("purchases.count", [Argument::Text(category), Argument::Duration(n, unit)]) => {
            Ok(Slot::Orders(Some(id(category)?), window(n, *unit)?))
        }
        ("purchases.spend", [Argument::Duration(n, unit)]) => window(n, *unit).map(Slot::Spend),
        ("purchases.quarters", [Argument::Number(count)]) => quarters(*count),
        ("purchases.due_in", [Argument::Text(category)]) => id(category).map(Slot::DueIn),
        ("shopper", [Argument::Text(way)]) => shopper(way),
        ("purchases.owns", [Argument::Text(product)]) => sold(product, known).map(Slot::Owns),
        ("purchases.complement", [Argument::Text(product), Argument::Duration(n, unit)]) => {
            Ok(Slot::Complement(sold(product, known)?, days(n, *unit, example)?))
        }
        ("affinity", [Argument::Text(category)]) => id(category).map(Slot::Affinity),
        ("partner.count", [Argument::Text(category), Argument::Duration(n, unit)]) => {
            Ok(Slot::Partner(id(category)?, days(n, *unit, example)?))
        }
        ("friends.count", [Argument::Text(category), Argument::Duration(n, unit)]) => {
            Ok(Slot::Friends(id(category)?, days(n, *unit, example)?))
        }
        ("partner.destination", [Argument::Text(category)]) => Ok(Slot::Destination(id(category)?)),
        ("basket.count", []) => Ok(Slot::Basket(None)),
        ("basket.count", [Argument::Text(category)]) => Ok(Slot::Basket(Some(id(category)?))),
        (verb, [Argument::Name(then), Argument::Duration(n, unit), Argument::Duration(back, back_unit)]) => {
            let days = days(back, *back_unit, example)?;
            sequence(verb, then, within(n, *unit)?, days, example).map(Slot::Sequence)
        }
        _ => unlike(name, example),
    }
}

fn unlike<T>(name: &str, example: &str) -> Parsed<T> {
    wrong(format!("`{name}` is not written like that"), format!("write for example `{example}`"))
}

/// A window of whole days, as profiles keep them.
fn days(number: &str, unit: char, example: &str) -> Parsed<u8> {
    let days = number.parse::<u32>().ok().filter(|days| unit == 'd' && (1..=MOST_DAYS).contains(days));
    match days.and_then(|days| u8::try_from(days).ok()) {
        Some(days) => Ok(days),
        None => wrong(
            format!(
                "a window of `{number}{unit}` cannot be asked: profiles keep no more than {MOST_DAYS} days, whole ones"
            ),
            format!("write `1d` to `{MOST_DAYS}d`, for example `{example}`"),
        ),
    }
}

fn quarters(count: i64) -> Parsed<Slot> {
    match u8::try_from(count) {
        Ok(number) if (1..=MOST_QUARTERS).contains(&count) => Ok(Slot::Quarters(number)),
        _ => wrong(
            format!("`{count}` quarters cannot be asked: profiles keep no more than {MOST_QUARTERS}"),
            format!("write 1 to {MOST_QUARTERS}, for example `purchases.quarters(4)`"),
        ),
    }
}

fn shopper(way: &str) -> Parsed<Slot> {
    if let Some(way) = Shopper::ALL.into_iter().find(|known| known.name() == way) {
        return Ok(Slot::Shopper(way));
    }
    let fix = did_you_mean(way, Shopper::ALL.map(Shopper::name));
    let known = || format!("known are {}", Shopper::ALL.map(Shopper::name).join(", "));
    wrong(format!("`{way}` is no way to shop"), fix.unwrap_or_else(known))
}

/// A product, which must be sold where that can be told.
fn sold(product: &str, known: &Known<'_>) -> Parsed<Key> {
    let product = id(product)?;
    let goods = known.goods.filter(|goods| !goods.products().is_empty());
    let Some(goods) = goods.filter(|goods| goods.product(&product).is_none()) else { return Ok(product) };
    let fix = did_you_mean(&product, goods.products().iter().map(|product| product.id.as_str()));
    wrong(format!("`{product}` is not a product"), fix.unwrap_or_else(|| "add it to products.csv".to_owned()))
}

fn sequence(name: &str, then: &str, within_s: i64, days: u8, example: &str) -> Parsed<Sequence> {
    let ring = |name| match name {
        "visits" => Some(Ring::Visits),
        "purchases" => Some(Ring::Purchases),
        _ => None,
    };
    let Some((first, verb)) = name.split_once('.') else { return unlike(name, example) };
    if within_s >= i64::from(days) * 86_400 {
        return wrong(
            "waits as long as it looks back, so there would be nothing to count",
            format!("look back for longer than it may take: write for example `{example}`"),
        );
    }
    match (ring(first), ring(then), verb) {
        (Some(first), Some(then), "followed_by" | "not_followed_by") => {
            Ok(Sequence { first, then, within_s, days, followed: verb == "followed_by" })
        }
        _ => unlike(name, example),
    }
}

/// How soon one thing follows another, in seconds.
fn within(number: &str, unit: char) -> Parsed<i64> {
    let unit_s = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        _ => 1,
    };
    let seconds = number.parse::<i64>().ok().and_then(|number| number.checked_mul(unit_s));
    match seconds.filter(|seconds| (60..=LONGEST).contains(seconds)) {
        Some(seconds) => Ok(seconds),
        None => wrong(format!("`{number}{unit}` is not a time to wait for something"), "write `1m` to `30d`"),
    }
}

/// A piece as its author wrote it, as far as a message needs it.
pub(super) fn shown(expr: &IdedExpr) -> String {
    match &expr.expr {
        Expr::Ident(name) => match as_duration(name) {
            Some((number, unit)) => format!("{number}{unit}"),
            None => name.clone(),
        },
        Expr::Select(select) => format!("{}.{}", shown(&select.operand), select.field),
        Expr::Call(call) => match &call.target {
            Some(target) => format!("{}.{}(…)", shown(target), call.func_name),
            None if call.func_name == operators::LOGICAL_NOT => "!…".to_owned(),
            None if is_sign(&call.func_name) => "…".to_owned(),
            None => format!("{}(…)", call.func_name),
        },
        _ => "…".to_owned(),
    }
}
