//! The day as people read it on a terminal.

use jiff::fmt::temporal::DateTimeParser;

use super::known::ToldBy;
use super::{Inbox, Received, Spared, words};
use crate::paragraphs::Paragraphs;

/// How far what belongs to a moment stands to the right of it.
const INDENT: usize = 12;

/// The text of a day.
pub(super) fn of(inbox: &Inbox) -> String {
    let mut text = Paragraphs::default();
    text.line(0, "", &format!("{}, at the clock of {}", inbox.customer, inbox.zone));
    text.line(0, "", "");
    text.line(0, "", if inbox.received.is_empty() { "received: nothing" } else { "received" });
    inbox.received.iter().for_each(|one| received(&mut text, one));
    text.line(0, "", "");
    text.line(
        0,
        "",
        if inbox.spared.is_empty() { "spared: there was no moment to be left in peace at" } else { "spared" },
    );
    inbox.spared.iter().for_each(|one| spared(&mut text, one));
    if let Some(patience) = inbox.patience {
        let (left, of) = (patience.left, patience.of);
        text.line(
            0,
            "",
            &format!("your patience, as we reckon it: {left:.2} of {of:.2} points are left for our messages"),
        );
    }
    text.line(0, "", "");
    text.line(
        0,
        "",
        if inbox.known.is_empty() {
            "what we know: nothing that is told here"
        } else {
            "what we know, and who told us"
        },
    );
    for told_by in ToldBy::ALL {
        let theirs: Vec<_> = inbox.known.iter().filter(|known| known.told_by == told_by).collect();
        if !theirs.is_empty() {
            text.line(2, "", told_by.heading());
            for known in theirs {
                text.line(6, "    - ", &known.what);
            }
        }
    }
    text.text()
}

fn received(text: &mut Paragraphs, received: &Received) {
    let Received { channel, subject, text: said, because, answers, .. } = received;
    text.line(INDENT, &moment(&received.at), words::message(*channel));
    if let Some(subject) = subject {
        text.line(INDENT, "", subject);
    }
    said.lines().for_each(|line| text.line(INDENT + 2, "", line));
    text.line(INDENT, "", &format!("allowed because {because}"));
    let told = |answer: &super::Answer| format!("{} {}", words::outcome(answer.outcome), moment(&answer.at).trim());
    let told: Vec<_> = answers.iter().map(told).collect();
    let answered = if told.is_empty() { "nothing came back".to_owned() } else { format!("then: {}", told.join(", ")) };
    text.line(INDENT, "", &answered);
}

fn spared(text: &mut Paragraphs, spared: &Spared) {
    let Spared { at, moment: happened, because, put_off, .. } = spared;
    let put_off = put_off.as_ref().map_or(String::new(), |put_off| format!("; {put_off}"));
    text.line(INDENT, &moment(at), &format!("{happened}: {because}{put_off}"));
}

/// A moment by day of the week and time; nothing for one that is all of the day.
fn moment(at: &str) -> String {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let civil = PARSER.parse_datetime(at);
    civil.map_or(String::new(), |clock| format!("  {}", clock.strftime("%a %H:%M")))
}
