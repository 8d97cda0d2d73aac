//! A comparison as people read it.

use std::fmt::Write as _;

use super::Comparison;
use crate::paragraphs::Paragraphs;
use crate::summary::{money, table};

impl Comparison {
    /// The comparison as people read it.
    pub fn text(&self) -> String {
        if !self.differs {
            let (decisions, _) = self.decisions;
            return format!("nothing differs: {decisions} decisions, the same with both\n");
        }
        let mut text = String::new();
        self.tell_people(&mut text);
        self.tell_worth(&mut text);
        self.tell_counts(&mut text);
        self.tell_examples(&mut text);
        text
    }

    fn tell_people(&self, text: &mut String) {
        let people = self.people;
        let mut told = table(["with B instead of A", "people", ""]);
        told.add_row([
            "gain".to_owned(),
            people.gain.to_string(),
            "what they are told is worth more to them".to_owned(),
        ]);
        told.add_row([
            "are spared".to_owned(),
            people.spared.to_string(),
            "interrupted less often, and what they miss was not worth it to them".to_owned(),
        ]);
        let worse = "told what is worth less to them, or interrupted more often for no more";
        told.add_row(["lose".to_owned(), people.lose.to_string(), worse.to_owned()]);
        told.add_row(["as before".to_owned(), people.same.to_string(), String::new()]);
        let _infallible = writeln!(text, "{told}\n");
    }

    fn tell_worth(&self, text: &mut String) {
        let mut told = table(["", "A", "B", ""]);
        let mut row = |name: &str, a: String, b: String, meaning: &str| {
            told.add_row([name.to_owned(), a, b, meaning.to_owned()]);
        };
        let (a, b) = self.decisions;
        row("decisions", a.to_string(), b.to_string(), "silences among them");
        let (a, b) = self.worth_minor;
        row("worth to us", units(a), units(b), "expected beside silence, each by its own catalogue");
        let (a, b) = self.worth_to_them_minor;
        row("worth to them", units(a), units(b), "expected: the good it does them, less the annoyance");
        if let Some((a, b)) = self.margin_minor {
            row("margin after coupons", money(a), money(b), "planted: how people answer is a demonstration");
        }
        let _infallible = writeln!(text, "{told}\n");
    }

    fn tell_counts(&self, text: &mut String) {
        if !self.messages.is_empty() {
            let mut told = table(["messages", "by", "A", "B"]);
            for message in &self.messages {
                told.add_row([
                    message.action.as_str(),
                    message.channel,
                    &message.a.to_string(),
                    &message.b.to_string(),
                ]);
            }
            let _infallible = writeln!(text, "{told}\n");
        }
        if !self.funnel.is_empty() {
            let mut told = table(["held back at", "because", "A", "B"]);
            for counted in &self.funnel {
                let reason = counted.reason.replace('_', " ");
                told.add_row([counted.stage, &reason, &counted.a.to_string(), &counted.b.to_string()]);
            }
            let _infallible = writeln!(text, "{told}\n");
        }
    }

    fn tell_examples(&self, text: &mut String) {
        let mut told = Paragraphs::default();
        for example in &self.examples {
            let first = format!("{}, {}: {}", example.customer, example.at, example.happened);
            told.line(0, "", &first);
            told.line(4, "  A", &example.a);
            told.line(4, "  B", &example.b);
        }
        text.push_str(&told.text());
    }
}

/// Money that is a fraction of a minor unit, as people write it.
fn units(minor: f64) -> String {
    format!("{:.2}", minor / 100.0)
}
