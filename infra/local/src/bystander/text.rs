//! What the bystander test found, for people: one line per secret, and what gave it away.

use std::fmt::Write as _;

use super::{Findings, Giveaway, Sign, Verdict, WORST};
use crate::paragraphs::Paragraphs;
use crate::summary::table;
use crate::town::Secret;

impl Findings {
    /// The findings as people read them.
    pub fn text(&self) -> String {
        let (pairs, seed) = (self.pairs, self.seed);
        let mut text = format!("bystander: {pairs} pairs for each secret, seed {seed}, thirty days of messages\n\n");
        let mut told = table(["secret", "AUC", "95 of 100", "best sign alone", "messages: with, without it", ""]);
        for verdict in &self.secrets {
            told.add_row(row(verdict));
        }
        let _infallible = writeln!(text, "{told}\n");
        text.push_str(&self.notes());
        text
    }

    fn notes(&self) -> String {
        let mut notes = Paragraphs::default();
        for verdict in &self.secrets {
            for giveaway in &verdict.gave_away {
                tell(verdict, giveaway, &mut notes);
            }
        }
        if self.secrets.iter().any(|verdict| verdict.secret == Secret::Under18) {
            let told = "minors are owed silence by law, and silence itself tells who is one among customers; they are compared with adults to \
                        whom we may not speak either, so that what is owed to both must not differ";
            notes.line(2, "", &format!("under 18: {told}"));
        }
        let caught = self.secrets.iter().filter(|verdict| verdict.leaks).count();
        let verdict = match caught {
            0 => "passed: nothing tells a secret",
            1 => "failed: one secret is given away",
            _ => "failed: secrets are given away",
        };
        notes.line(2, "", verdict);
        notes.text()
    }
}

fn row(verdict: &Verdict) -> [String; 6] {
    [
        verdict.secret.name().to_owned(),
        format!("{:.2}", verdict.auc),
        format!("{:.2} to {:.2}", verdict.low, verdict.high),
        verdict.strongest.as_ref().map_or(String::new(), |sign| format!("{:.2}", sign.auc)),
        format!("{}, {}", verdict.to_holders, verdict.to_twins),
        if verdict.leaks { "GIVEN AWAY".to_owned() } else { "safe".to_owned() },
    ]
}

fn tell(verdict: &Verdict, giveaway: &Giveaway, notes: &mut Paragraphs) {
    let Giveaway { action, treatment, channel, text, sign, to_holders, to_twins, example } = giveaway;
    let secret = verdict.secret.name();
    notes.line(2, "", &format!("{secret}: `{action}`, `{treatment}` by {}: \u{201c}{text}\u{201d}", channel.name()));
    let name = sign.name.replace(&format!("\u{201c}{text}\u{201d}"), "these words");
    let counts = format!("{to_holders} came to those with the secret, {to_twins} to their twins");
    notes.line(6, "    ", &format!("{counts}; the sign is {name}: {}", surely(sign)));
    if let Some(example) = example {
        let who = if example.has_secret { "with the secret" } else { "without it" };
        let (name, at, twin) = (&example.name, &example.at, &example.twin);
        notes.line(6, "    ", &format!("{name}, the one {who}, got it at {at}; at that moment their twin {twin}"));
    }
    notes.gap();
}

/// How surely a sign tells, in the way in which it does.
fn surely(sign: &Sign) -> String {
    if sign.low <= WORST && sign.least_share > WORST {
        let (holders, all) = (sign.holders, sign.holders + sign.twins);
        return format!("{holders} of the {all} who show it have the secret, at least {:.2} of all", sign.least_share);
    }
    format!("its AUC is {:.2}, at least {:.2}", sign.auc, sign.low)
}
