//! Rules against a plain reading of their trees, and against noise.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};
use cel::parser::PrattParser;
use proptest::prelude::*;
use tact_decide::{Criterion, Value};

use super::*;

/// The names of these trials.
const ASKED: [&str; 7] =
    ["hour", "purchases.count(90d)", "affinity(\"shoes\")", "basket.total", "in_trouble", "store", "locale"];

/// What a name holds in a trial; `None` for what is not known.
#[derive(Clone, Debug)]
enum Held {
    Number(f64),
    Text(&'static str),
}

/// A value of each name, in the order of `ASKED`.
type Trial = Vec<Option<Held>>;

/// What a tree says under a trial, read plainly: nothing here knows of slots or ranges.
fn plain(expr: &IdedExpr, trial: &Trial) -> Option<bool> {
    let Expr::Call(call) = &expr.expr else {
        return number(expr, trial).map(|flag| flag > 0.5);
    };
    let sides = || (plain(&call.args[0], trial), plain(&call.args[1], trial));
    match call.func_name.as_str() {
        operators::LOGICAL_AND => match sides() {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        operators::LOGICAL_OR => match sides() {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        operators::LOGICAL_NOT => plain(&call.args[0], trial).map(|holds| !holds),
        operators::IN => {
            let Expr::List(list) = &call.args[1].expr else { panic!("a list") };
            let each = list.elements.iter().map(|one| equal(&call.args[0], one, trial));
            each.collect::<Option<Vec<bool>>>().map(|each| each.contains(&true))
        }
        operators::EQUALS => equal(&call.args[0], &call.args[1], trial),
        operators::NOT_EQUALS => equal(&call.args[0], &call.args[1], trial).map(|same| !same),
        sign => {
            let (left, right) = (number(&call.args[0], trial)?, number(&call.args[1], trial)?);
            Some(match sign {
                operators::LESS => left < right,
                operators::LESS_EQUALS => left <= right,
                operators::GREATER => left > right,
                operators::GREATER_EQUALS => left >= right,
                _ => return number(expr, trial).map(|flag| flag > 0.5),
            })
        }
    }
}

#[expect(clippy::float_cmp, reason = "that is what equal means")]
fn equal(left: &IdedExpr, right: &IdedExpr, trial: &Trial) -> Option<bool> {
    if is_text(left) || is_text(right) {
        return Some(text(left, trial)? == text(right, trial)?);
    }
    Some(number(left, trial)? == number(right, trial)?)
}

fn is_text(expr: &IdedExpr) -> bool {
    matches!(expr.expr, Expr::Literal(LiteralValue::String(_)))
}

fn name_of(expr: &IdedExpr) -> Option<usize> {
    let name = match &expr.expr {
        Expr::Ident(name) => name.as_str(),
        Expr::Select(_) => "basket.total",
        Expr::Call(call) if call.func_name == "count" => "purchases.count(90d)",
        Expr::Call(call) if call.func_name == "affinity" => "affinity(\"shoes\")",
        _ => return None,
    };
    ASKED.iter().position(|known| *known == name)
}

fn text<'a>(expr: &'a IdedExpr, trial: &Trial) -> Option<&'a str> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => match trial[name_of(expr).unwrap()] {
            Some(Held::Text(text)) => Some(text),
            _ => None,
        },
    }
}

fn number(expr: &IdedExpr, trial: &Trial) -> Option<f64> {
    match &expr.expr {
        Expr::Literal(LiteralValue::Int(number)) => Some(i32::try_from(*number.inner()).unwrap().into()),
        Expr::Literal(LiteralValue::Double(number)) => Some(*number.inner()),
        _ => match trial[name_of(expr).unwrap()] {
            Some(Held::Number(number)) => Some(number),
            _ => None,
        },
    }
}

/// What conditions say of the same trial: money is in minor units here.
fn said(rule: &Rule, slots: &[Slot], trial: &Trial) -> Option<bool> {
    let all = |rules: &[Rule]| rules.iter().map(|rule| said(rule, slots, trial)).collect::<Vec<_>>();
    match rule {
        Rule::Is(Criterion { slot, test }) => {
            let asked = &slots[usize::from(*slot)];
            let place = ASKED.iter().position(|name| asked_for(name) == *asked).unwrap();
            test.holds(match &trial[place] {
                Some(Held::Number(number)) if *asked == Slot::BasketValue => Value::Number(number * 100.0),
                Some(Held::Number(number)) => Value::Number(*number),
                Some(Held::Text(text)) => Value::Text(text),
                None => Value::Unknown,
            })
        }
        Rule::Not(rule) => said(rule, slots, trial).map(|holds| !holds),
        Rule::All(rules) => match all(rules) {
            each if each.contains(&Some(false)) => Some(false),
            each => (!each.contains(&None)).then_some(true),
        },
        Rule::Any(rules) => match all(rules) {
            each if each.contains(&Some(true)) => Some(true),
            each => (!each.contains(&None)).then_some(false),
        },
    }
}

fn asked_for(name: &str) -> Slot {
    match name {
        "hour" => Slot::Hour,
        "purchases.count(90d)" => Slot::Orders(None, Window { days: 90, earlier: false }),
        "affinity(\"shoes\")" => Slot::Affinity("shoes".into()),
        "basket.total" => Slot::BasketValue,
        "in_trouble" => Slot::InTrouble,
        "store" => Slot::Store,
        _ => Slot::Locale,
    }
}

fn comparison() -> impl Strategy<Value = String> {
    let sign = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let equal = || prop::sample::select(vec!["==", "!="]);
    let joined = |name: &'static str| {
        move |(sign, number, turned): (&str, &str, bool)| {
            if turned { format!("{number} {sign} {name}") } else { format!("{name} {sign} {number}") }
        }
    };
    let whole = || prop::sample::select(vec!["0", "1", "2", "3"]);
    let share = prop::sample::select(vec!["0", "0.25", "0.5", "1.0"]);
    let money = prop::sample::select(vec!["0", "0.01", "1", "2.50"]);
    let stores = prop::sample::subsequence(vec!["\"pier\"", "'market-street'"], 1..=2);
    prop_oneof![
        (sign(), whole(), any::<bool>()).prop_map(joined("hour")),
        (sign(), whole(), any::<bool>()).prop_map(joined("purchases.count(90d)")),
        (sign(), share, any::<bool>()).prop_map(joined("affinity(\"shoes\")")),
        (sign(), money, any::<bool>()).prop_map(joined("basket.total")),
        (equal(), Just("\"de\""), any::<bool>()).prop_map(joined("locale")),
        (equal(), Just("\"pier\""), any::<bool>()).prop_map(joined("store")),
        stores.prop_map(|stores| format!("store in [{}]", stores.join(", "))),
        prop::sample::subsequence(vec!["0", "1", "2"], 1..=3)
            .prop_map(|hours| format!("hour in [{}]", hours.join(","))),
        Just("in_trouble".to_owned()),
    ]
}

fn text_of_rule() -> impl Strategy<Value = String> {
    comparison().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| all.join(" && ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join("||"))),
            inner.prop_map(|one| format!("!( {one} )")),
        ]
    })
}

fn trial() -> impl Strategy<Value = Trial> {
    let number = |held: Vec<f64>| prop::option::weighted(0.8, prop::sample::select(held).prop_map(Held::Number));
    let text = |held: Vec<&'static str>| prop::option::weighted(0.8, prop::sample::select(held).prop_map(Held::Text));
    (
        number(vec![0.0, 1.0, 2.0, 3.0, 4.0]),
        number(vec![0.0, 1.0, 2.0, 9.0]),
        number(vec![0.0, 0.25_f64.next_down(), 0.25, 0.25_f64.next_up(), 0.5, 1.0]),
        number(vec![-1.0, 0.0, 0.01, 0.02, 1.0, 2.0, 2.5]),
        number(vec![0.0, 1.0]),
        text(vec!["pier", "market-street"]),
        text(vec!["de", "en"]),
    )
        .prop_map(|(a, b, c, d, e, f, g)| vec![a, b, c, d, e, f, g])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn conditions_say_what_their_text_plainly_says(text in text_of_rule(), trial in trial()) {
        let tree = PrattParser::new().parse(&text.replace("90d", "d90")).unwrap();
        let (conditions, slots) = read(&text).unwrap();
        let by_place: BTreeMap<u16, &Slot> = slots.0.iter().map(|(slot, place)| (*place, slot)).collect();
        let slots: Vec<Slot> = by_place.into_values().cloned().collect();
        let all = Rule::All(conditions.into_iter().map(|condition| condition.rule).collect());
        prop_assert_eq!(said(&all, &slots, &trial), plain(&tree, &trial), "{}", text);
    }

    #[test]
    fn no_text_whatever_makes_the_reader_fail(text in "\\PC{0,80}") {
        let _ = read(&text);
    }

    #[test]
    fn pieces_of_rules_in_any_order_never_make_the_reader_fail(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "hour", " ", "visits", ".", "count", "(", ")", "[", "]", ",", "90d", "1", "-", "!", "&&", "||", "==", "in", "<", ">=", "\"", "'",
            "é", "\n", "=", "?", "{", "}", "true", "null", "exists", "has", "`", "\\", "//", "store", "1e9", "0x", "u", "as", "if", ";",
        ]), 0..40),
    ) {
        let _ = read(&pieces.concat());
    }
}
