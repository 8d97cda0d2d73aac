//! The day in town as people read it: the three columns, twelve people, and what to try next.

use std::fmt::Write as _;

use super::columns::Columns;
use super::meaning::meaning;
use super::people::Person;
use super::text::{money, table};
use super::{Summary, share};
use crate::paragraphs::Paragraphs;

impl Summary {
    /// The columns: what left, what of it should not have, what came of it.
    pub(super) fn tell_columns(&self, text: &mut String, columns: &Columns) {
        let mut sent = table(["the same day, decided by", "eager", "lawful", "Tact"]);
        let all = columns.all().map(|(_, column)| column);
        let mut row = |name: &str, cells: [String; 3]| {
            sent.add_row([name.to_owned()].into_iter().chain(cells).collect::<Vec<_>>());
        };
        row("messages", all.map(|column| column.messages.to_string()));
        for (place, (name, _)) in columns.tact.forbidden().iter().enumerate() {
            row(
                &format!("  {name}"),
                all.map(|column| column.forbidden().get(place).map_or(0, |(_, n)| *n).to_string()),
            );
        }
        row("margin after coupons *", all.map(|column| money(column.margin_minor)));
        row("thanked *", all.map(|column| column.thanked.to_string()));
        row("opted out *", all.map(|column| column.opted_out.to_string()));
        for (kind, (good, all)) in &self.on_time {
            let on_time = format!("{:.1} %", share(*good, *all) * 100.0);
            row(&format!("on time, {}", kind.replace('_', "-")), ["-".to_owned(), "-".to_owned(), on_time]);
        }
        let _infallible = writeln!(text, "{sent}");
        let mut notes = Paragraphs::default();
        notes.line(
            2,
            "",
            "eager asks only who may have it; lawful also keeps consent, caps, hours and places; both are dry",
        );
        notes.line(
            2,
            "*",
            "a demonstration: how people answer is planted, by the same model and the same throws for all three",
        );
        notes.line(0, "", &gap(columns));
        let _infallible = writeln!(text, "{}", notes.text());
    }

    /// Why candidates were held back, in every column.
    pub(super) fn tell_held_back(text: &mut String, columns: &Columns) {
        let all = columns.all().map(|(_, column)| column);
        let of = |reason: &str| all.map(|column| column.held_back.get(reason).copied().unwrap_or(0));
        let mut reasons: Vec<&str> =
            all.iter().flat_map(|column| column.held_back.keys().map(String::as_str)).collect();
        reasons.sort_unstable();
        reasons.dedup();
        reasons.sort_by_key(|reason| std::cmp::Reverse(of(reason).map(i128::from).iter().rev().sum::<i128>()));
        let mut held = table(["held back because", "eager", "lawful", "Tact", ""]);
        for reason in reasons {
            let counts = of(reason).map(|n| n.to_string());
            let cells = [reason.replace('_', " ")].into_iter().chain(counts).chain([meaning(reason).to_owned()]);
            held.add_row(cells.collect::<Vec<_>>());
        }
        let _infallible = writeln!(text, "{held}\n");
    }

    /// Twelve people, and what to try next.
    pub(super) fn tell_people(text: &mut String, people: &[Person]) {
        let mut told = Paragraphs::default();
        told.line(0, "", "twelve people");
        for Person { at, name, happened, did, why } in people {
            told.line(18, &format!("{at:<10}{name:<8}"), &format!("{happened}: {did}, {why}"));
        }
        told.gap();
        told.line(0, "", "next");
        for (command, answer) in NEXT {
            told.line(50, &format!("  {command}"), answer);
        }
        let _infallible = writeln!(text, "{}", told.text());
    }
}

/// What to try next.
const NEXT: [(&str, &str); 3] = [
    ("tact inbox Anne", "one person's day"),
    ("tact explain --store market-street --from 11:00", "what staff were asked, and what was held back"),
    ("tact compare built-in DIR", "edit one file of a copy of shared/catalogue: who gains, loses, is spared"),
];

fn gap(columns: &Columns) -> String {
    let (gap, messages) = (columns.gap_minor(), columns.lawful.messages);
    let fewer = format!("with {} messages instead of {messages}", columns.tact.messages);
    match gap {
        0 => format!("Tact earned as much as lawful, {fewer}."),
        1.. => format!("Tact earned {} more than lawful, {fewer}.", money(gap)),
        _ => format!("Tact earned {} less than lawful ({}), {fewer}.", money(-gap), money(gap)),
    }
}
