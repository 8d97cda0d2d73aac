//! What a rule may be made of, walked from the top of its tree: everything else is refused, with what to write instead.

use cel::common::ast::{CallExpr, Expr, IdedExpr, operators};
use tact_decide::{Criterion, Rule, Slot, Test};

use super::compare::{Relation, compare, constant};
use super::parse::{Tree, is_sign, parse};
use super::scan::{CONSTANT, Part, as_duration};
use super::{Fault, Known, Slots, fault, names};
use crate::kind::{Kind, kind};

/// The rule of a part.
pub(super) fn rule(part: &Part<'_>, known: &Known<'_>, slots: &mut Slots) -> Result<Rule, Fault> {
    let tree = parse(part)?;
    Reader { tree: &tree, known, slots }.rule(&tree.root)
}

struct Reader<'a> {
    tree: &'a Tree,
    known: &'a Known<'a>,
    slots: &'a mut Slots,
}

impl Reader<'_> {
    fn rule(&mut self, expr: &IdedExpr) -> Result<Rule, Fault> {
        let (sign, pieces) = signed(expr).unwrap_or_default();
        match (sign, pieces) {
            (operators::LOGICAL_AND, _) => self.each(expr, sign).map(Rule::All),
            (operators::LOGICAL_OR, _) => self.each(expr, sign).map(Rule::Any),
            (operators::LOGICAL_NOT, [inner]) => Ok(Rule::Not(Box::new(self.rule(inner)?))),
            (sign, [left, right]) => match Relation::of(sign) {
                Some(relation) => self.comparison(relation, left, right),
                None => self.flag(expr),
            },
            _ => self.flag(expr),
        }
    }

    /// The rules that one sign joins, however the parser has grouped them.
    fn each(&mut self, expr: &IdedExpr, sign: &str) -> Result<Vec<Rule>, Fault> {
        match signed(expr) {
            Some((same, [left, right])) if same == sign => {
                let mut rules = self.each(left, sign)?;
                rules.extend(self.each(right, sign)?);
                Ok(rules)
            }
            _ => Ok(vec![self.rule(expr)?]),
        }
    }

    /// A comparison of a name with a constant, whichever comes first.
    fn comparison(&mut self, relation: Relation, left: &IdedExpr, right: &IdedExpr) -> Result<Rule, Fault> {
        match (constant(left).is_some(), constant(right).is_some()) {
            (false, true) => self.criterion(relation, left, right),
            (true, false) if relation != Relation::In => self.criterion(relation.turned(), right, left),
            (true, true) => fault(self.tree.at(left), "compares two constants", CONSTANT),
            (_, false) if relation == Relation::In => {
                fault(self.tree.at(right), "is no list", "list constants in brackets, `store in [\"…\", \"…\"]`")
            }
            _ => {
                // Names that are not known are the likelier mistake.
                for side in [left, right] {
                    self.slot(side)?;
                }
                fault(self.tree.at(left), "compares two names", CONSTANT)
            }
        }
    }

    fn criterion(&mut self, relation: Relation, name: &IdedExpr, value: &IdedExpr) -> Result<Rule, Fault> {
        let place = self.slot(name)?;
        let slot = self.read(name)?;
        let placed = |wrong| Fault { at: self.tree.at(value), wrong };
        let Some(constant) = constant(value) else {
            return fault(self.tree.at(value), "is no constant", CONSTANT);
        };
        compare(place, &slot, relation, &constant, self.known).map_err(placed)
    }

    /// A name that stands alone must be a yes or a no.
    fn flag(&mut self, expr: &IdedExpr) -> Result<Rule, Fault> {
        if constant(expr).is_some() {
            return fault(self.tree.at(expr), "is a constant, which asks nothing", CONSTANT);
        }
        let place = self.slot(expr)?;
        if kind(&self.read(expr)?) != Kind::Flag {
            let wrong = format!("`{}` is neither true nor false", names::shown(expr));
            return fault(self.tree.at(expr), wrong, CONSTANT);
        }
        Ok(Rule::Is(Criterion { slot: place, test: Test::Range { min: Some(1.0), max: Some(1.0) } }))
    }

    fn slot(&mut self, expr: &IdedExpr) -> Result<u16, Fault> {
        let slot = self.read(expr)?;
        self.slots.place(&slot).map_err(|wrong| Fault { at: self.tree.at(expr), wrong })
    }

    fn read(&self, expr: &IdedExpr) -> Result<Slot, Fault> {
        if let Some((sign, _)) = signed(expr) {
            return self.refuse(expr, sign);
        }
        if let Expr::Ident(name) = &expr.expr
            && as_duration(name).is_some()
        {
            let wrong = format!("`{}` is a duration, which stands only in parentheses", names::shown(expr));
            return fault(self.tree.at(expr), wrong, "write for example `purchases.count(90d) >= 1`");
        }
        names::slot(expr, self.known).map_err(|wrong| Fault { at: self.tree.at(expr), wrong })
    }

    /// Why what a sign makes cannot be asked for.
    fn refuse<T>(&self, expr: &IdedExpr, sign: &str) -> Result<T, Fault> {
        let (wrong, fix) = match sign {
            operators::SUBSTRACT | operators::NEGATE => ("`-` computes; rules only compare", CONSTANT),
            operators::INDEX => ("takes a piece out of something", CONSTANT),
            _ => ("compares what already is true or false", "join comparisons, for example `9 <= hour && hour <= 17`"),
        };
        fault(self.tree.at(expr), wrong, fix)
    }
}

/// The sign of an operation with what it is applied to; `None` for everything that is called by a name.
fn signed(expr: &IdedExpr) -> Option<(&str, &[IdedExpr])> {
    match &expr.expr {
        Expr::Call(CallExpr { func_name, target: None, args }) if is_sign(func_name) => Some((func_name, args)),
        _ => None,
    }
}
