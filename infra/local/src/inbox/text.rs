//! The day as people read it on a terminal.

use jiff::fmt::temporal::DateTimeParser;

use super::known::ToldBy;
use super::{Inbox, Received, Spared, words};

/// No line is longer, in characters.
const WIDTH: usize = 100;
/// How far what belongs to a moment stands to the right of it.
const INDENT: usize = 12;

/// The text of a day.
pub(super) fn of(inbox: &Inbox) -> String {
    let mut text = Paragraphs(String::new());
    text.line(0, "", &format!("{}, at the clock of {}", inbox.customer, inbox.zone));
    text.line(0, "", "");
    text.line(0, "", if inbox.received.is_empty() { "received: nothing" } else { "received" });
    inbox.received.iter().for_each(|received| text.received(received));
    text.line(0, "", "");
    text.line(
        0,
        "",
        if inbox.spared.is_empty() { "spared: there was no moment to be left in peace at" } else { "spared" },
    );
    inbox.spared.iter().for_each(|spared| text.spared(spared));
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
    text.0
}

/// Text that is wrapped while it is written.
struct Paragraphs(String);

impl Paragraphs {
    fn received(&mut self, received: &Received) {
        let Received { channel, subject, text, because, answers, .. } = received;
        self.line(INDENT, &moment(&received.at), words::message(*channel));
        if let Some(subject) = subject {
            self.line(INDENT, "", subject);
        }
        text.lines().for_each(|line| self.line(INDENT + 2, "", line));
        self.line(INDENT, "", &format!("allowed because {because}"));
        let told = |answer: &super::Answer| format!("{} {}", words::outcome(answer.outcome), moment(&answer.at).trim());
        let told: Vec<_> = answers.iter().map(told).collect();
        let answered =
            if told.is_empty() { "nothing came back".to_owned() } else { format!("then: {}", told.join(", ")) };
        self.line(INDENT, "", &answered);
    }

    fn spared(&mut self, spared: &Spared) {
        let Spared { at, moment: happened, because, put_off, .. } = spared;
        let put_off = put_off.as_ref().map_or(String::new(), |put_off| format!("; {put_off}"));
        self.line(INDENT, &moment(at), &format!("{happened}: {because}{put_off}"));
    }

    /// A paragraph: its first line behind `first`, every line `indent` to the right. A word that is too long for a line is cut.
    fn line(&mut self, indent: usize, first: &str, words: &str) {
        let mut line = format!("{first:<indent$}");
        let mut is_empty = true;
        for word in words.split_whitespace().flat_map(|word| pieces(word, WIDTH - indent)) {
            let length = line.chars().count();
            if !is_empty && length + 1 + word.chars().count() > WIDTH {
                self.end(&line);
                line = " ".repeat(indent);
            } else if !is_empty {
                line.push(' ');
            }
            line.push_str(&word);
            is_empty = false;
        }
        self.end(&line);
    }

    fn end(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}

/// A word in pieces of at most so many characters.
fn pieces(word: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(width.max(1)).map(|piece| piece.iter().collect()).collect()
}

/// A moment by day of the week and time; nothing for one that is all of the day.
fn moment(at: &str) -> String {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let civil = PARSER.parse_datetime(at);
    civil.map_or(String::new(), |clock| format!("  {}", clock.strftime("%a %H:%M")))
}
