//! The text of a rule before it is parsed: bounded, without what the language has no use for, durations made names, and split at `&&`.

use std::ops::Range;

use super::{Fault, fault};

/// The longest rule, in characters.
const LONGEST: usize = 2_000;
/// How deep parentheses and brackets may be nested.
const DEEPEST: usize = 32;

/// A rule's text, ready for the parser.
#[derive(Debug)]
pub(super) struct Scanned<'t> {
    text: &'t str,
    /// The text with each duration `90d` written as the name `d90`, so that nothing moves.
    ready: String,
    parts: Vec<Range<usize>>,
}

/// One of the parts that `&&` joins.
#[derive(Debug)]
pub(super) struct Part<'s> {
    /// Where it begins in the text, in bytes.
    pub(super) at: usize,
    /// What its author wrote.
    pub(super) written: &'s str,
    /// The same for the parser.
    pub(super) ready: &'s str,
}

impl<'t> Scanned<'t> {
    /// The parts, in the order written; a rule that an `||` holds together has one.
    pub(super) fn parts<'s>(&'s self) -> impl Iterator<Item = Part<'s>> + use<'s, 't> {
        self.parts.iter().map(|range| {
            let written = self.text.get(range.clone()).unwrap_or_default();
            let ready = self.ready.get(range.clone()).unwrap_or_default();
            let at = range.start + (written.len() - written.trim_start().len());
            Part { at, written: written.trim(), ready: ready.trim() }
        })
    }
}

/// Reads a text once from its beginning to its end.
///
/// # Errors
/// The first thing that no rule may have.
pub(super) fn scan(text: &str) -> Result<Scanned<'_>, Fault> {
    if text.chars().count() > LONGEST {
        return fault(0, format!("is longer than {LONGEST} characters"), "split it: write a list of rules");
    }
    let mut scan = Scan { text, at: 0, ready: String::new(), depth: 0, ands: Vec::new(), has_or: false };
    while let Some(letter) = scan.next() {
        match letter {
            '"' | '\'' => scan.string(letter)?,
            letter if is_inner(letter) => scan.word()?,
            _ => scan.sign(letter)?,
        }
    }
    let parts = scan.parts();
    Ok(Scanned { text, ready: scan.ready, parts })
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    ready: String,
    depth: usize,
    /// Where the `&&` outside all parentheses are.
    ands: Vec<usize>,
    /// Whether there is an `||` outside all parentheses.
    has_or: bool,
}

/// Whether a word may go on with a letter.
fn is_inner(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

impl<'t> Scan<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes so many bytes as they are.
    fn take(&mut self, bytes: usize) {
        self.ready.push_str(self.rest().get(..bytes).unwrap_or_default());
        self.at += bytes;
    }

    /// A text in quotes. Without backslashes and tripled quotes it ends where everybody sees it end.
    fn string(&mut self, quote: char) -> Result<(), Fault> {
        let rest = self.rest();
        let Some(inner) = rest.get(1..).and_then(|rest| rest.split_once(quote)).map(|(inner, _)| inner) else {
            return fault(self.at, "begins a text that does not end", format!("close it with `{quote}`"));
        };
        if inner.contains('\\') || inner.chars().any(char::is_control) {
            return fault(self.at, "begins a text with a backslash or a line end", "write the text without it");
        }
        if inner.is_empty() {
            return fault(self.at, "is a text with nothing in it", "write one, or compare with something else");
        }
        self.take(inner.len() + 2);
        if self.next().is_some_and(|next| is_inner(next) || next == quote) {
            return fault(self.at, "goes on right after a text", "write one text between two quotes");
        }
        Ok(())
    }

    /// A name or a number; a duration becomes a name.
    fn word(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        let end = rest.find(|letter| !is_inner(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if after.starts_with(['"', '\'']) {
            return fault(self.at, format!("`{word}` stands right before a text"), "write the text alone, in quotes");
        }
        if let Some(instead) = spelled(word) {
            return fault(self.at, format!("`{word}` is not written out here"), format!("write `{instead}`"));
        }
        if as_duration(word).is_some() {
            let turned = word.get(1..).unwrap_or_default();
            let unit = word.get(..1).unwrap_or_default();
            return fault(self.at, format!("`{word}` is not known"), format!("did you mean `{turned}{unit}`?"));
        }
        match duration(word).filter(|_| !self.ready.ends_with('.')) {
            Some(name) => {
                self.ready.push_str(&name);
                self.at += word.len();
            }
            None => self.take(word.len()),
        }
        Ok(())
    }

    /// A sign; two that belong together are taken at once.
    fn sign(&mut self, sign: char) -> Result<(), Fault> {
        let pair = self.rest().get(..2).unwrap_or_default();
        match pair {
            "&&" if self.depth == 0 => self.ands.push(self.at),
            "||" if self.depth == 0 => self.has_or = true,
            _ => {}
        }
        if ["&&", "||", "==", "!=", "<=", ">="].contains(&pair) {
            self.take(2);
            return Ok(());
        }
        match sign {
            '(' | '[' => self.depth += 1,
            ')' | ']' => self.depth = self.depth.saturating_sub(1),
            '.' | ',' | '!' | '<' | '>' | '-' | ' ' | '\t' | '\n' | '\r' => {}
            _ => return self.refuse(sign),
        }
        if self.depth > DEEPEST {
            return fault(self.at, format!("is nested deeper than {DEEPEST}"), "split the rule");
        }
        self.take(1);
        Ok(())
    }

    /// Why a sign has no place in a rule.
    fn refuse(&self, sign: char) -> Result<(), Fault> {
        let (wrong, fix) = match sign {
            '&' | '|' => (format!("`{sign}` stands alone"), format!("write `{sign}{sign}`")),
            '=' => ("`=` does not compare".to_owned(), "write `==`".to_owned()),
            '+' | '*' | '/' | '%' => (format!("`{sign}` computes; rules only compare"), CONSTANT.to_owned()),
            '?' | ':' => (format!("`{sign}` chooses between values"), "join two rules by `||`".to_owned()),
            '{' | '}' => (format!("`{sign}` has no place in a rule"), "list constants in brackets, `[…]`".to_owned()),
            '#' => ("`#` begins no comment inside a rule".to_owned(), "write the comment beside it".to_owned()),
            _ => {
                let fix = "write names, constants, comparisons, `&&`, `||` and `!`";
                (format!("`{}` has no place in a rule", sign.escape_debug()), fix.to_owned())
            }
        };
        fault(self.at, wrong, fix)
    }

    /// What the top-level `&&` part; everything at once when an `||` binds it together.
    fn parts(&self) -> Vec<Range<usize>> {
        let ands = if self.has_or { &[][..] } else { &self.ands };
        let starts = std::iter::once(0).chain(ands.iter().map(|at| at + 2));
        let ends = ands.iter().copied().chain(std::iter::once(self.text.len()));
        starts.zip(ends).map(|(start, end)| start..end).collect()
    }
}

/// What to write instead of a computation.
pub(super) const CONSTANT: &str = "compare one name with a constant, for example `hour >= 9`";

/// The sign for a word that people write for it.
fn spelled(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "and" => Some("&&"),
        "or" => Some("||"),
        "not" => Some("!"),
        _ => None,
    }
}

/// The name a duration `90d` has for the parser, `d90`.
fn duration(word: &str) -> Option<String> {
    let (digits, unit) = word.split_at_checked(word.len().checked_sub(1)?)?;
    let is_one = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && "dhms".contains(unit);
    is_one.then(|| format!("{unit}{digits}"))
}

/// The number and the unit of a duration's name; `None` for every other name.
pub(super) fn as_duration(name: &str) -> Option<(&str, char)> {
    let unit = name.chars().next().filter(|unit| "dhms".contains(*unit))?;
    let digits = name.get(1..)?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((digits, unit))
}
