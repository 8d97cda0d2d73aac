//! A summary as people read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{Row, Table, presets};
use tact_domain::{Channel, CouponCounts, Key, Outcome};
use tact_pipeline::{Ending, Tally};

use super::meaning::meaning;
use super::{Spread, Summary, float, per_event, share, spread};

impl Summary {
    /// The summary as people read it.
    pub fn text(&self) -> String {
        let tally = &self.tally;
        let mut text = String::new();
        let kinds: Vec<_> =
            self.events_by_kind.iter().map(|(kind, n)| format!("{n} {}", kind.replace('_', "-"))).collect();
        let _infallible =
            writeln!(text, "{} records about {} customers: {}\n", tally.records(), self.customers, kinds.join(", "));
        let mut endings = table(["what became of them", "records", ""]);
        for (name, ending, meaning) in ENDINGS {
            endings.add_row([name.to_owned(), tally.count(ending).to_string(), meaning.to_owned()]);
        }
        let _infallible = writeln!(text, "{endings}\n");
        self.tell_delivery(&mut text);
        self.tell_answers(&mut text);
        match &self.columns {
            None => self.tell_suppressed(&mut text),
            Some(columns) => {
                self.tell_columns(&mut text, columns);
                Self::tell_held_back(&mut text, columns);
            }
        }
        for (reason, n) in &self.quarantined {
            let _infallible = writeln!(text, "quarantined: {n} because of {}", reason.replace('_', " "));
        }
        if !self.people.is_empty() {
            Self::tell_people(&mut text, &self.people);
        }
        self.tell_measurements(&mut text);
        text
    }

    /// What was decided, and how much of it left.
    fn tell_delivery(&self, text: &mut String) {
        let tally = &self.tally;
        line(text, "decided to deliver", &by_channel(&tally.chosen));
        line(text, "left", &by_channel(&self.sent));
        let not_sent = |(reason, n): (&&str, &u64)| format!("{n} because {}", why_not_sent(reason));
        line(text, "decided, and did not leave", &self.closed.iter().map(not_sent).collect::<Vec<_>>());
        let other = |(name, meaning): &(&str, &str)| Some(format!("{} {meaning}", self.settled.get(name)?));
        line(text, "on their way", &OTHERWISE.iter().filter_map(other).collect::<Vec<_>>());
        if tally.appointed > 0 {
            let (made, kept) = (tally.appointed, self.woken.appointments);
            line(
                text,
                "put off",
                &[format!("{made} appointments made"), format!("{kept} came due and were decided again")],
            );
        }
    }

    /// What came of it: answers, coupons, points and visits.
    fn tell_answers(&self, text: &mut String) {
        let answer = |(outcome, n): (&Outcome, &u64)| format!("{n} {}", said(*outcome));
        line(text, "came back", &self.answers.iter().map(answer).collect::<Vec<_>>());
        let CouponCounts { issued, redeemed, open, open_worth_minor, .. } = self.coupons.all;
        if issued > 0 {
            let owed = format!("{open} open, worth {}", money(open_worth_minor));
            line(text, "coupons", &[format!("{issued} handed out"), format!("{redeemed} used"), owed]);
        }
        if self.points != 0 {
            line(text, "points given, in all", &[self.points.to_string()]);
        }
        if !self.held_back.is_empty() {
            line(text, "held back by guardrails", &self.held_back);
        }
        let Tally { enter, dwell, exit, .. } = &self.tally;
        line(text, "comments", &comments(&self.tally.comments));
        line(text, "visits", &[format!("{enter} entered"), format!("{dwell} dwelled"), format!("{exit} left")]);
        text.push('\n');
    }

    fn tell_suppressed(&self, text: &mut String) {
        let tally = &self.tally;
        let mut reasons: Vec<_> = tally.suppressed.iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        if !reasons.is_empty() {
            let mut held = table(["held back because", "candidates", ""]);
            for (reason, n) in reasons {
                held.add_row([reason.replace('_', " "), n.to_string(), meaning(reason).to_owned()]);
            }
            let _infallible = writeln!(text, "{held}\n");
        }
    }

    fn tell_measurements(&self, text: &mut String) {
        let mut measured = table(["measured on this machine", "p50", "p99"]);
        let rows = [
            ("load a customer", &self.timings.load_us),
            ("fold and decide an event", &self.timings.decide_us),
            ("commit a customer", &self.timings.commit_us),
            ("an event, from batch to commit", &self.timings.event_us),
            ("from store entry to the sink's acceptance", &self.accepted_us),
        ];
        for (name, values) in rows {
            let Spread { p50, p99 } = spread(values);
            measured.add_row([name.to_owned(), format!("{p50} us"), format!("{p99} us")]);
        }
        let _infallible = writeln!(text, "{measured}\n");
        for (kind, (good, all)) in self.on_time.iter().filter(|_| self.columns.is_none()) {
            let _infallible =
                writeln!(text, "on time: {:.1} % of {}", share(*good, *all) * 100.0, kind.replace('_', "-"));
        }
        let writes = per_event(self.tally.writes, &self.tally);
        let speed = if self.wall_s > 0.0 { float(self.tally.records()) / self.wall_s } else { 0.0 };
        let _infallible = writeln!(text, "{writes:.2} writes an event, {speed:.0} events a second");
        let _infallible = writeln!(text, "state {}", self.state_hash);
    }
}

/// A line of parts; what there is none of is not told.
fn line(text: &mut String, name: &str, parts: &[String]) {
    if !parts.is_empty() {
        let _infallible = writeln!(text, "{name}: {}", parts.join(", "));
    }
}

/// What becomes of decisions that neither left nor were given up, as people read it.
const OTHERWISE: [(&str, &str); 4] = [
    ("scheduled", "told to wait for a better time"),
    ("unknown", "of unknown fate"),
    ("failed", "refused by every way"),
    ("shadowed", "would have left"),
];

/// The ways a record ends, as people read them.
const ENDINGS: [(&str, Ending, &str); 7] = [
    ("decided", Ending::Decided, "a message or a task was committed"),
    ("silent", Ending::Silent, "nothing was worth saying, or nothing may be said"),
    ("applied", Ending::Applied, "remembered; it called for no decision"),
    ("withheld", Ending::Withheld, "not remembered: a minor, or no consent to remember it"),
    ("duplicate", Ending::Duplicate, "delivered before"),
    ("stale", Ending::Stale, "too late, overtaken, or about nothing we keep"),
    ("quarantined", Ending::Quarantined, "could not be read"),
];

/// Why a decision did not leave, for people.
fn why_not_sent(reason: &str) -> String {
    match (reason, meaning(reason)) {
        ("expired", _) => "it was worth nothing any more".to_owned(),
        (_, "") => reason.replace('_', " "),
        (_, meaning) => meaning.to_owned(),
    }
}

/// What somebody said of a message, for people.
fn said(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => "delivered",
        Outcome::Bounced => "bounced",
        Outcome::Shown => "shown",
        Outcome::Opened => "opened",
        Outcome::Clicked => "clicked",
        Outcome::Accepted => "accepted",
        Outcome::Declined => "declined",
        Outcome::Redeemed => "redeemed",
        Outcome::Thanked => "thanked",
        Outcome::Dismissed => "dismissed",
        Outcome::OptedOut => "opted out",
        Outcome::Complained => "complained",
        Outcome::Returned => "returned",
        Outcome::Expired => "expired",
    }
}

/// How many comments belong to which store, and what they are about.
fn comments(by_store: &BTreeMap<Key, BTreeMap<&'static str, u64>>) -> Vec<String> {
    let of_store = |(store, causes): (&Key, &BTreeMap<&'static str, u64>)| {
        let causes = causes.iter().map(|(cause, n)| format!("{n} {}", cause.replace('_', " ")));
        format!("{store} {}", causes.collect::<Vec<_>>().join(" and "))
    };
    by_store.iter().map(of_store).collect()
}

fn by_channel(counts: &BTreeMap<&'static str, u64>) -> Vec<String> {
    let known = Channel::ALL.iter().map(|channel| channel.name());
    known.filter_map(|name| counts.get(name).map(|n| format!("{n} by {name}"))).collect()
}

/// Minor units as people write them, in hundredths.
pub(crate) fn money(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.unsigned_abs() / 100, minor.unsigned_abs() % 100)
}

/// A table without lines.
pub(crate) fn table(header: impl Into<Row>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table
}
