//! An explanation as people read it on a terminal.

use jiff::fmt::temporal::DateTimeParser;

use super::{Decisions, Done, Imagined, Other, People, StoreHours, Told};
use crate::inbox::way;
use crate::paragraphs::Paragraphs;

/// How far what is said stands to the right of what it is about.
const INDENT: usize = 16;

/// The text of decisions about a customer.
pub(super) fn decisions(decisions: &Decisions) -> String {
    let mut text = Paragraphs::default();
    text.line(0, "", &format!("{}, at the clock of {}", decisions.customer, decisions.zone));
    if decisions.minor {
        text.line(
            0,
            "",
            "may not be of age: what they do is not remembered, nothing is sent, and nothing is told here",
        );
    } else if decisions.decisions.is_empty() && decisions.unexplained.is_empty() {
        text.line(0, "", "nothing was decided about them");
    }
    for decision in &decisions.decisions {
        text.gap();
        told(&mut text, decision);
    }
    unexplained(&mut text, &decisions.unexplained);
    text.text()
}

/// The text of what would be decided.
pub(super) fn imagined(imagined: &Imagined) -> String {
    let mut text = Paragraphs::default();
    text.line(0, "", &format!("{}, at the clock of {}: imagined, nothing is kept", imagined.customer, imagined.zone));
    text.gap();
    if let Some(undecided) = imagined.undecided {
        text.line(0, "", &format!("nothing would be decided: {undecided}"));
    }
    if let Some(decision) = &imagined.decision {
        told(&mut text, decision);
    }
    for (place, shown) in (1..).zip(&imagined.shown) {
        done(&mut text, &format!("  shows {place}."), &shown.done);
        // Why the first is shown was told above.
        if place > 1 {
            several(&mut text, "", &shown.why);
        }
    }
    if imagined.imagined.get("placement").is_some() && imagined.shown.is_empty() {
        text.line(INDENT, "  shows", "nothing");
    }
    text.text()
}

/// The text of some hours of a store.
pub(super) fn store(hours: &StoreHours) -> String {
    let mut text = Paragraphs::default();
    let (from, to) = (clock(&hours.from), clock(&hours.to));
    text.line(0, "", &format!("{}, {from} to {to}, at the clock of {}", hours.name, hours.zone));
    let people = match hours.people {
        Some(people) => format!("decided about {} people", people.told()),
        None => "how many people it is about is not told: a count under 5 could be worked out of it".to_owned(),
    };
    text.line(0, "", &people);
    text.gap();
    text.line(0, "", if hours.asked.is_empty() { "staff were asked nothing" } else { "staff were asked" });
    for asked in &hours.asked {
        counted(&mut text, asked.people, &format!("{}: \"{}\"", asked.action, asked.words));
    }
    text.line(0, "", if hours.said.is_empty() { "customers were told nothing" } else { "customers were told" });
    for said in &hours.said {
        counted(&mut text, said.people, &format!("{}, by {}", said.action, way(said.channel)));
    }
    if let Some(people) = hours.left_in_peace {
        text.line(0, "", "left in peace at least once");
        counted(&mut text, people, "people");
    }
    text.line(
        0,
        "",
        if hours.held_back.is_empty() { "nothing was held back" } else { "held back, from so many people" },
    );
    for held in &hours.held_back {
        counted(&mut text, held.people, &format!("{} ({})", held.because, held.actions.join(", ")));
    }
    unexplained(&mut text, &hours.unexplained);
    text.text()
}

fn counted(text: &mut Paragraphs, people: People, what: &str) {
    text.line(8, &format!("{:>6}", people.told()), what);
}

fn unexplained(text: &mut Paragraphs, unexplained: &[String]) {
    for why in unexplained {
        text.line(0, "", &format!("not explained: {why}"));
    }
}

fn told(text: &mut Paragraphs, told: &Told) {
    let id = told.decision.as_ref().map_or(String::new(), |id| format!(", {id}"));
    text.line(0, "", &format!("{}: {}{id}", clock(&told.at), told.happened));
    match (&told.done, told.result) {
        (Some(what), "held_out") => done(text, "  not done", what),
        (Some(what), _) if told.decision.is_none() => done(text, "  would do", what),
        (None, _) if told.decision.is_none() => text.line(INDENT, "  would do", "nothing"),
        (Some(what), _) => done(text, "  done", what),
        (None, _) => text.line(INDENT, "  done", "nothing was said"),
    }
    several(text, "  because", &told.why);
    several(text, "  looked at", &told.looked_at);
    let allowed: Vec<_> = told.consents.iter().map(|relied| relied.told.clone()).collect();
    several(text, "  allowed by", &allowed);
    let caps: Vec<_> = told.caps.iter().filter(|cap| cap.limits_it || cap.used > 0).map(super::CapUse::told).collect();
    several(text, "  messages", &caps);
    several(text, "  limits", &told.limits);
    let trials: Vec<_> = told.trials.iter().map(|trial| trial.told.clone()).collect();
    several(text, "  tried", &trials);
    let again: Vec<_> = told.appointments.iter().map(|made| made.told.clone()).collect();
    several(text, "  again", &again);
    others(text, &told.others);
    if let Some(patience) = told.patience {
        let left = format!("{:.2} of {:.2} points were left", patience.left, patience.of);
        text.line(INDENT, "  patience", &left);
    }
    let creepy: Vec<_> = told.discretion.iter().map(super::Discreet::text).collect();
    several(text, "  how creepy", &creepy);
    text.line(INDENT, "  decided", told.how);
    let (catalogue, models) = (short(&told.catalogue), short(&told.models));
    let same = match told.same_when_made_again {
        Some(true) => "; made again just now, it is the same to the byte",
        Some(false) => "; MADE AGAIN JUST NOW, IT DIFFERS FROM ITS RECORD",
        None => "",
    };
    text.line(INDENT, "", &format!("catalogue {catalogue}, models {models}{same}"));
    if let Some(became) = &told.became {
        text.line(INDENT, "  then", became);
    }
}

fn done(text: &mut Paragraphs, first: &str, done: &Done) {
    text.line(INDENT, first, &format!("{}: {}, as {}", way(done.channel), done.action, done.treatment));
    text.line(INDENT + 2, "", &format!("\"{}\"", done.words));
}

fn several(text: &mut Paragraphs, first: &str, lines: &[String]) {
    let firsts = std::iter::once(first).chain(std::iter::repeat(""));
    lines.iter().zip(firsts).for_each(|(line, first)| text.line(INDENT, first, line));
}

/// What else there was: ways of one action that were held back for one reason in one line.
fn others(text: &mut Paragraphs, others: &[Other]) {
    let mut first = "  not done";
    for same in others.chunk_by(|a, b| a.action == b.action && a.because == b.because && a.worth_minor.is_none()) {
        let Some(other) = same.first() else { continue };
        let ways: Vec<_> = same.iter().map(|other| other.treatment.as_str()).collect();
        let found =
            if other.looked_at.is_empty() { String::new() } else { format!(" ({})", other.looked_at.join("; ")) };
        text.line(INDENT, first, &format!("{}, as {}: {}{found}", other.action, ways.join(" or "), other.because));
        first = "";
    }
}

/// The beginning of a hash, enough to tell one from another.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// A stamp as a clock shows it.
fn clock(at: &str) -> String {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let civil = PARSER.parse_datetime(at);
    civil.map_or_else(|_| at.to_owned(), |clock| clock.strftime("%a %-d %B %Y %H:%M").to_string())
}
