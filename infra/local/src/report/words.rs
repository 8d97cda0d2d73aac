//! Figures in words: what each says, and when it says nothing.

use std::fmt::Write as _;

use tact_learn::{Verdict, WORTH_KNOWING};

use super::{Cell, Compared, Report};
use crate::report::lifts::UNTYPED;
use crate::summary::money;

impl Report {
    /// The report in a few lines.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{} decisions about {} customers, {} of them held out\n",
            number(self.decisions as u64),
            number(self.customers as u64),
            percent(self.held_out)
        );
        let told = self.lifts.iter().filter_map(|cell| Some((cell, cell.compared.as_ref()?)));
        for (cell, compared) in told.filter(|(cell, _)| cell.profile_type.is_none()) {
            let _infallible = writeln!(text, "  {}: {}", name(cell), lift(compared));
        }
        for group in self.groups.iter().filter(|group| group.under_served.contains(&"contacted")) {
            let (ratio, p) = (group.ratio.unwrap_or(0.0), group.beside_others.p);
            let by = group.by.replace('_', " ");
            let _infallible = writeln!(
                text,
                "  under-served: {by} {}, n = {}, contacted {ratio:.2} times as often as everybody, {}",
                readable(&group.name),
                number(group.people as u64),
                chance(p)
            );
        }
        text
    }
}

/// What a cell is about: all, or an action, a channel, a type.
pub(super) fn name(cell: &Cell) -> String {
    let action = cell.action.as_ref().map(|action| readable(action));
    let parts = [action, cell.channel.map(readable), cell.profile_type.map(readable)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join(", ") }
}

/// What a comparison says.
pub(super) fn lift(compared: &Compared) -> String {
    let lift = &compared.lift;
    let open = match compared.open {
        0 => String::new(),
        open => format!("; the windows of {} are still open", number(open as u64)),
    };
    let all = number((lift.treated + lift.withheld) as u64);
    let n = format!("n = {all} ({} withheld{open})", number(lift.withheld as u64));
    let needed = lift.needed.map_or_else(
        || "nobody is held out".to_owned(),
        |needed| format!("{} people would be needed for {}", number(needed), points(WORTH_KNOWING)),
    );
    let (low, high) = (lift.lift.estimate.low, lift.lift.estimate.high);
    match (lift.verdict, lift.minimum_detectable) {
        (Verdict::Broken, _) => {
            let p = lift.sample_ratio.map_or(0.0, |ratio| ratio.p);
            format!(
                "{n}: the groups are not of the sizes they were drawn in ({}); nothing here is to be believed",
                p_value(p)
            )
        }
        (Verdict::Nothing, _) | (_, None) => format!("{n}: nothing can be told; {needed}"),
        (Verdict::More, _) => format!("{n}: they buy more often, by {} to {}", points(low), points(high)),
        (Verdict::Less, _) => format!("{n}: they buy less often, by {} to {}", points(-high), points(-low)),
        (Verdict::NotFound, Some(least)) => {
            format!("{n}: no difference found, and none below {} would be; {needed}", points(least))
        }
    }
}

/// Whether chance alone would do that.
pub(super) fn chance(p: f64) -> String {
    if p < 0.05 {
        format!("more than chance ({})", p_value(p))
    } else {
        format!("which chance alone may do ({})", p_value(p))
    }
}

/// A probability as it is written.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

/// A difference of shares in points of a hundred.
pub(super) fn points(share: f64) -> String {
    let points = share * 100.0;
    let whole = (points - points.round()).abs() < 1e-9;
    if whole { format!("{points:.0} points") } else { format!("{points:.1} points") }
}

/// A share in hundredths.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A number with a comma between thousands.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut told = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// Money, in units of the currency.
pub(super) fn amount(minor: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "amounts are far below 2^53 minor units")]
    let minor = minor.round() as i64;
    money(minor)
}

/// A name as people read it.
pub(super) fn readable(name: &str) -> String {
    if name == UNTYPED { "not typed".to_owned() } else { name.replace('_', " ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_commas() {
        for (n, told) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(n), told);
        }
        assert_eq!(
            (points(0.02), points(0.0915), p_value(0.0004)),
            ("2 points".into(), "9.2 points".into(), "p < 0.001".into())
        );
    }
}
