//! A slot compared with constants: which comparisons its kind of value allows, and the range or the texts they come to.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};
use tact_decide::{Criterion, Rule, Slot, Test};
use tact_domain::{Key, ReadinessKind, Trigger};

use super::Known;
use crate::kind::{Kind, kind};
use crate::section::{Parsed, wrong};
use crate::suggest::did_you_mean;

/// How a name is compared with a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Differs,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
}

impl Relation {
    /// The relation of an operation of CEL; `None` for one that does not compare.
    pub(super) fn of(sign: &str) -> Option<Self> {
        match sign {
            operators::EQUALS => Some(Self::Equal),
            operators::NOT_EQUALS => Some(Self::Differs),
            operators::LESS => Some(Self::Less),
            operators::LESS_EQUALS => Some(Self::AtMost),
            operators::GREATER => Some(Self::Greater),
            operators::GREATER_EQUALS => Some(Self::AtLeast),
            operators::IN => Some(Self::In),
            _ => None,
        }
    }

    /// The same with its sides exchanged.
    pub(super) fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::AtMost => Self::AtLeast,
            Self::Greater => Self::Less,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }
}

/// A constant, or a list of them.
#[derive(Debug, PartialEq)]
pub(super) enum Constant<'a> {
    /// A number, in decimals.
    Number(String),
    Text(&'a str),
    Flag(bool),
    List(Vec<Constant<'a>>),
    /// Nothing a slot can be compared with.
    Other,
}

/// The constant that a piece is; `None` when it is none.
pub(super) fn constant(expr: &IdedExpr) -> Option<Constant<'_>> {
    match &expr.expr {
        Expr::Literal(literal) => Some(match literal {
            LiteralValue::Boolean(flag) => Constant::Flag(*flag.inner()),
            LiteralValue::Int(number) => Constant::Number(number.inner().to_string()),
            LiteralValue::UInt(number) => Constant::Number(number.inner().to_string()),
            LiteralValue::Double(number) => Constant::Number(number.inner().to_string()),
            LiteralValue::String(text) => Constant::Text(text.inner()),
            LiteralValue::Bytes(_) | LiteralValue::Null => Constant::Other,
        }),
        Expr::List(list) => {
            let items = list.elements.iter().map(|item| constant(item).unwrap_or(Constant::Other));
            Some(Constant::List(items.collect()))
        }
        _ => None,
    }
}

/// The rule that compares the slot in a place with a constant.
pub(super) fn compare(
    place: u16,
    slot: &Slot,
    relation: Relation,
    constant: &Constant<'_>,
    known: &Known<'_>,
) -> Parsed<Rule> {
    let is = |test| Rule::Is(Criterion { slot: place, test });
    let rule = match (kind(slot), relation) {
        (Kind::Text, Relation::Equal | Relation::Differs | Relation::In) => {
            is(Test::OneOf(each(relation, constant, |one| text(one, slot, known))?))
        }
        (Kind::Text, _) => return wrong("orders texts", "compare texts with `==`, `!=` or `in [\"…\"]`"),
        (Kind::Flag, Relation::Equal | Relation::Differs) => is(exactly(flag(constant)?)),
        (Kind::Flag, _) => return wrong("orders yes and no", "write the name alone, or `!` before it"),
        (_, Relation::In) => {
            let numbers = each(relation, constant, |one| number(one, slot, known))?;
            Rule::Any(numbers.into_iter().map(|number| is(exactly(number))).collect())
        }
        (_, _) => is(range(relation, number(constant, slot, known)?, slot)),
    };
    Ok(if relation == Relation::Differs { Rule::Not(Box::new(rule)) } else { rule })
}

/// The values of a list, none of them twice; of a single constant for all relations but `in`.
fn each<T: PartialEq>(
    relation: Relation,
    constant: &Constant<'_>,
    read: impl Fn(&Constant<'_>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let items = match (relation, constant) {
        (Relation::In, Constant::List(items)) => items,
        (Relation::In, _) => return wrong("is no list", "list constants in brackets, `[…]`"),
        (_, one) => return Ok(vec![read(one)?]),
    };
    let mut all = Vec::new();
    for item in items {
        let item = read(item)?;
        if all.contains(&item) {
            return wrong("lists something twice", "remove one of them");
        }
        all.push(item);
    }
    if all.is_empty() {
        return wrong("is an empty list, which nothing is in", "list at least one constant");
    }
    Ok(all)
}

/// A text that the slot can hold.
fn text(constant: &Constant<'_>, slot: &Slot, known: &Known<'_>) -> Parsed<Key> {
    let Constant::Text(text) = constant else {
        return wrong("is no text", "write a text in quotes");
    };
    if *slot == Slot::Venue && known.sensitive.is_private(text) {
        return wrong(format!("`{text}` is a kind of place where nobody is approached"), "ask for another one");
    }
    let Some(possible) = possible(slot, known) else { return id(text) };
    if possible.contains(text) {
        return Ok(Key::new(*text));
    }
    let fix = did_you_mean(text, possible.iter().copied());
    let fix = fix.unwrap_or_else(|| format!("known are {}", possible.join(", ")));
    wrong(format!("`{text}` is never seen there"), fix)
}

/// The texts that a slot can hold; `None` when they are not known.
fn possible<'a>(slot: &Slot, known: &Known<'a>) -> Option<Vec<&'a str>> {
    let stores = || known.places.map(|places| &places.stores);
    match slot {
        Slot::Trigger => Some(Trigger::ALL.map(Trigger::name).to_vec()),
        Slot::Cause => Some(Slot::causes()),
        Slot::Comment(aspect) => aspect.texts(),
        Slot::Mission => Some(vec!["express", "browse", "unknown"]),
        Slot::Ready => Some(ReadinessKind::ALL.map(ReadinessKind::name).to_vec()),
        Slot::Store => Some(stores()?.iter().map(|store| store.id.as_str()).collect()),
        Slot::Area => {
            let mut areas: Vec<&str> = stores()?.iter().flat_map(|store| &store.areas).map(Key::as_str).collect();
            areas.sort_unstable();
            areas.dedup();
            Some(areas)
        }
        _ => None,
    }
}

/// A text as events may use it for an id: at most 128 characters, no white space at an end.
pub(super) fn id(text: &str) -> Parsed<Key> {
    if text.is_empty() || text.len() > 128 || text.trim() != text {
        return wrong(format!("`{}` is not an id", text.escape_debug()), "write at most 128 printable characters");
    }
    Ok(Key::new(text))
}

fn flag(constant: &Constant<'_>) -> Parsed<f64> {
    match constant {
        Constant::Flag(flag) => Ok(f64::from(u8::from(*flag))),
        _ => wrong("is neither true nor false", "write the name alone, or `!` before it"),
    }
}

/// A number that the slot can be compared with; money in minor units.
fn number(constant: &Constant<'_>, slot: &Slot, known: &Known<'_>) -> Parsed<f64> {
    let Constant::Number(written) = constant else {
        return wrong("is no number", "write a number, without quotes");
    };
    let (number, fix) = match kind(slot) {
        Kind::Money => {
            (known.currency.minor(written), "write major units, with at most four digits after the point".to_owned())
        }
        Kind::Whole(most) => {
            let most = most.unwrap_or(1_000_000.0);
            let number = within(written, most).filter(|number| number.fract() == 0.0);
            (number, format!("write a whole number from 0 to {most}"))
        }
        _ => (within(written, 1.0), "write a number from 0 to 1".to_owned()),
    };
    number.map_or_else(|| wrong(format!("`{written}` does not fit"), fix), Ok)
}

fn within(written: &str, most: f64) -> Option<f64> {
    written.parse::<f64>().ok().filter(|number| (0.0..=most).contains(number))
}

fn exactly(number: f64) -> Test {
    Test::Range { min: Some(number), max: Some(number) }
}

/// The range of the numbers that stand in a relation to one; ends that do not belong to it move to the nearest number that does.
fn range(relation: Relation, number: f64, slot: &Slot) -> Test {
    let whole = matches!(kind(slot), Kind::Whole(_));
    let before = if whole { number - 1.0 } else { number.next_down() };
    let after = if whole { number + 1.0 } else { number.next_up() };
    match relation {
        Relation::Less => Test::Range { min: None, max: Some(before) },
        Relation::AtMost => Test::Range { min: None, max: Some(number) },
        Relation::Greater => Test::Range { min: Some(after), max: None },
        Relation::AtLeast => Test::Range { min: Some(number), max: None },
        Relation::Equal | Relation::Differs | Relation::In => exactly(number),
    }
}
