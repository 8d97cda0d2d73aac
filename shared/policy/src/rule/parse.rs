//! The tree of a part, as the CEL parser makes it, and where each piece of it stands.

use std::sync::Arc;

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::{ParseErrors, PrattParser};

use super::scan::Part;
use super::{Fault, fault};

/// A little more than the nesting that `scan` lets through.
const DEEPEST: u16 = 40;

/// A tree, and where its pieces stand.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: IdedExpr,
    places: Option<Arc<SourceInfo>>,
    at: usize,
}

/// The tree of a part.
///
/// # Errors
/// What is no CEL at all, at the first place where that shows.
pub(super) fn parse(part: &Part<'_>) -> Result<Tree, Fault> {
    if part.ready.is_empty() {
        return fault(part.at, "has nothing between its `&&`", "write a comparison, for example `hour >= 9`");
    }
    let parse = |text: &str| PrattParser::new().max_recursion_depth(DEEPEST).parse(text);
    // The parser tells where things stand only when something is wrong: one parenthesis too many after everything else.
    match parse(part.ready) {
        Ok(root) => {
            let places = parse(&format!("{}\n)", part.ready)).err().and_then(|errors| places(&errors));
            Ok(Tree { root, places, at: part.at })
        }
        Err(errors) => {
            let id = errors.errors.first().map_or(0, |error| error.expr_id);
            let at = places(&errors).and_then(|places| places.offset_for(id)).map_or(0, |(start, _)| start);
            unreadable(part, usize::try_from(at).unwrap_or_default())
        }
    }
}

fn places(errors: &ParseErrors) -> Option<Arc<SourceInfo>> {
    errors.errors.iter().find_map(|error| error.source_info.clone())
}

fn unreadable(part: &Part<'_>, at: usize) -> Result<Tree, Fault> {
    let rest = part.written.get(at..).unwrap_or_default();
    let word = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    let sign = rest.chars().next().map_or(0, char::len_utf8);
    let shown = rest.get(..word.max(sign)).unwrap_or_default();
    let wrong = if shown.is_empty() { "ends too early".to_owned() } else { format!("`{shown}` is not expected here") };
    fault(part.at + at, wrong, "write comparisons like `hour >= 9`, joined by `&&` or `||`")
}

impl Tree {
    /// Where a piece begins, in bytes from the beginning of the rule's text: there where its first piece does.
    pub(super) fn at(&self, expr: &IdedExpr) -> usize {
        let mut first = expr;
        let mut at = self.own(expr);
        while let Some(inner) = leading(first) {
            first = inner;
            at = at.min(self.own(first));
        }
        self.at + at
    }

    fn own(&self, expr: &IdedExpr) -> usize {
        let place = self.places.as_ref().and_then(|places| places.offset_for(expr.id));
        place.and_then(|(start, _)| usize::try_from(start).ok()).unwrap_or_default()
    }
}

/// The piece that may stand before the sign a piece is known by.
fn leading(expr: &IdedExpr) -> Option<&IdedExpr> {
    match &expr.expr {
        Expr::Call(call) => call.target.as_deref().or(call.args.first()),
        Expr::Select(select) => Some(&select.operand),
        Expr::Comprehension(all) => Some(&all.iter_range),
        _ => None,
    }
}

/// Whether the parser calls an operation so, and nobody else anything.
pub(super) fn is_sign(name: &str) -> bool {
    name.contains(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '.')
}
