//! Sets of values of one slot: spans of numbers, or texts.

use tact_decide::Test;
use tact_domain::Key;

use super::ExampleValue;

/// A set of values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    /// Numbers in spans that do not touch, both ends included, least first.
    Numbers { spans: Vec<(f64, f64)>, whole: bool },
    /// These texts.
    Listed(Vec<Key>),
    /// Every text but these.
    AllBut(Vec<Key>),
}

impl Values {
    /// No value at all.
    pub(super) fn none() -> Self {
        Self::Listed(Vec::new())
    }

    /// The numbers from one to another.
    pub(super) fn span(least: f64, most: f64, whole: bool) -> Self {
        let (least, most) = if whole { (least.ceil(), most.floor()) } else { (least, most) };
        Self::Numbers { spans: if least <= most { vec![(least, most)] } else { Vec::new() }, whole }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Numbers { spans, .. } => spans.is_empty(),
            Self::Listed(texts) => texts.is_empty(),
            Self::AllBut(_) => false,
        }
    }

    /// Those that pass a test; none when the test is for another type.
    pub(super) fn passing(&self, test: &Test) -> Self {
        match (self, test) {
            (Self::Numbers { whole, .. }, Test::Range { min, max }) => {
                self.and(&Self::span(min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY), *whole))
            }
            (Self::Listed(_) | Self::AllBut(_), Test::OneOf(texts)) => self.and(&Self::Listed(texts.clone())),
            _ => Self::none(),
        }
    }

    /// Those that fail a test; none when the test is for another type, as nothing can be said then.
    pub(super) fn failing(&self, test: &Test) -> Self {
        match (self, test) {
            (Self::Numbers { whole, .. }, Test::Range { .. }) => match self.passing(test) {
                Self::Numbers { spans, .. } => spans.iter().fold(self.clone(), |left, (least, most)| {
                    let (before, after) = neighbours(*least, *most, *whole);
                    let below = Self::span(f64::NEG_INFINITY, before, *whole);
                    left.and(&below.or(&Self::span(after, f64::INFINITY, *whole)))
                }),
                _ => Self::none(),
            },
            (Self::Listed(_) | Self::AllBut(_), Test::OneOf(texts)) => self.and(&Self::AllBut(texts.clone())),
            _ => Self::none(),
        }
    }

    /// Those in both sets.
    pub(super) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Numbers { spans, whole }, Self::Numbers { spans: others, .. }) => {
                let overlap = |a: &(f64, f64), b: &(f64, f64)| (a.0.max(b.0), a.1.min(b.1));
                let pairs = spans.iter().flat_map(|a| others.iter().map(move |b| overlap(a, b)));
                Self::Numbers { spans: pairs.filter(|(least, most)| least <= most).collect(), whole: *whole }
            }
            (Self::Listed(texts), Self::Listed(others)) => Self::Listed(kept(texts, |text| others.contains(text))),
            (Self::Listed(texts), Self::AllBut(others)) | (Self::AllBut(others), Self::Listed(texts)) => {
                Self::Listed(kept(texts, |text| !others.contains(text)))
            }
            (Self::AllBut(texts), Self::AllBut(others)) => Self::AllBut(union(texts, others)),
            _ => Self::none(),
        }
    }

    /// Those in either set.
    pub(super) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Numbers { spans, whole }, Self::Numbers { spans: others, .. }) => {
                Self::Numbers { spans: merged(spans.iter().chain(others).copied().collect()), whole: *whole }
            }
            (Self::Listed(texts), Self::Listed(others)) => Self::Listed(union(texts, others)),
            (Self::Listed(texts), Self::AllBut(others)) | (Self::AllBut(others), Self::Listed(texts)) => {
                Self::AllBut(kept(others, |text| !texts.contains(text)))
            }
            (Self::AllBut(texts), Self::AllBut(others)) => Self::AllBut(kept(texts, |text| others.contains(text))),
            // Only where one of them is empty: sets of one slot are of one type.
            (empty, set) if empty.is_empty() => set.clone(),
            (set, _) => set.clone(),
        }
    }

    /// The least number that is not less than another; `None` when there is none, or no number at all.
    pub(super) fn at_least(&self, number: f64) -> Option<ExampleValue> {
        let Self::Numbers { spans, .. } = self else { return None };
        let (least, _) = spans.iter().find(|(_, most)| *most >= number)?;
        Some(ExampleValue::Number(least.max(number)))
    }

    /// One of them, the number nearest to 0 or the first text; `None` for none.
    pub(super) fn example(&self) -> Option<ExampleValue> {
        match self {
            Self::Numbers { spans, .. } => {
                let nearest = spans.iter().map(|(least, most)| 0.0_f64.max(*least).min(*most));
                nearest.min_by(|a, b| a.abs().total_cmp(&b.abs())).map(ExampleValue::Number)
            }
            Self::Listed(texts) => texts.first().cloned().map(ExampleValue::Text),
            Self::AllBut(texts) => {
                let other = (0..=texts.len()).map(|n| Key::new(format!("other{n}")));
                let mut free = other.filter(|one| !texts.contains(one));
                free.next().map(ExampleValue::Text)
            }
        }
    }
}

/// The numbers right before and right after a span.
fn neighbours(least: f64, most: f64, whole: bool) -> (f64, f64) {
    if whole { (least - 1.0, most + 1.0) } else { (least.next_down(), most.next_up()) }
}

fn kept(texts: &[Key], keep: impl Fn(&Key) -> bool) -> Vec<Key> {
    texts.iter().filter(|text| keep(text)).cloned().collect()
}

fn union(texts: &[Key], others: &[Key]) -> Vec<Key> {
    let more = others.iter().filter(|text| !texts.contains(text));
    texts.iter().chain(more).cloned().collect()
}

/// The same numbers in spans that do not overlap, least first.
fn merged(mut spans: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut all: Vec<(f64, f64)> = Vec::new();
    for (least, most) in spans {
        match all.last_mut() {
            Some(last) if least <= last.1 => last.1 = last.1.max(most),
            _ => all.push((least, most)),
        }
    }
    all
}
