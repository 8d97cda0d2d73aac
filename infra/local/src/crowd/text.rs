//! The counts of a store as people read them on a terminal.

use jiff::fmt::temporal::DateTimeParser;

use super::{Counted, CrowdReport, TypeReport};
use crate::paragraphs::Paragraphs;

/// The text of a report.
pub(super) fn of(report: &CrowdReport) -> String {
    let mut text = Paragraphs::default();
    let (from, to) = (clock(&report.from), clock(&report.to));
    text.line(0, "", &format!("{}, {from} to {to}, at the clock of {}", report.name, report.zone));
    let who = "people of age who agreed to be profiled, by what they did before that day";
    text.line(0, "", &format!("{who}; no number is under {}", report.k));
    let people = match report.people {
        Some(people) => format!("{people} people"),
        None if report.types.is_empty() => "too few people to be told of".to_owned(),
        None => "how many people there were is not told: a smaller number could be worked out of it".to_owned(),
    };
    text.gap();
    text.line(0, "", &people);
    report.types.iter().for_each(|counts| of_type(&mut text, counts));
    text.text()
}

fn of_type(text: &mut Paragraphs, counts: &TypeReport) {
    text.line(8, &format!("{:>6}", counts.people), &counts.kind.replace('_', " "));
    for (first, counted) in [("where", &counts.areas), ("when", &counts.hours), ("bought", &counts.bought)] {
        if !counted.is_empty() {
            let told: Vec<_> = counted.iter().map(|Counted { of, people }| format!("{of} {people}")).collect();
            text.line(16, &format!("        {first}"), &told.join(", "));
        }
    }
}

/// A stamp as a clock shows it.
fn clock(at: &str) -> String {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let civil = PARSER.parse_datetime(at);
    civil.map_or_else(|_| at.to_owned(), |clock| clock.strftime("%a %-d %B %Y %H:%M").to_string())
}
