//! What messages give away: by their text, by the terms of their coupons, by when they come. What is computed must be declared, and allowed.

mod provenance;

use tact_decide::{Action, Catalogue, Provenance, Slot, Treatment};
use tact_domain::Key;
use tact_wire::render::{Variable, variables};

use self::provenance::{of_slot, of_store, words};
use crate::check::scenario::on_one_line;

/// Coupons that were decided on by what others told us are taken for so many days, as if nothing had called for them.
const USUAL_DAYS: u16 = 30;
/// What others told us is asked about in windows of so many days at least.
const USUAL_WINDOW: u8 = 7;

/// Something a message gives away and should not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The action,
    pub action: Key,
    /// and its treatment.
    pub treatment: Key,
    /// By what it gives it away.
    pub by: Telling,
    /// What is wrong.
    pub wrong: String,
    /// What to do about it.
    pub fix: String,
}

/// By what a message gives something away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Telling {
    /// By what it says.
    Text,
    /// By the terms of its coupon.
    Terms,
    /// By when it comes.
    Timing,
}

impl Telling {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Terms => "terms",
            Self::Timing => "timing",
        }
    }
}

/// Everything that the messages of a catalogue give away and should not, in catalogue order; empty when they give away nothing.
pub fn leaks(catalogue: &Catalogue) -> Vec<Leak> {
    let mut all = Vec::new();
    for action in &catalogue.actions {
        let asked = asked(action, &catalogue.slots);
        for treatment in &action.treatments {
            let message = Message { catalogue, action, treatment, asked: &asked };
            all.extend(message.text());
            all.extend(message.terms());
            all.extend(message.timing());
        }
    }
    all
}

/// What the rules of an action ask about, each once.
fn asked<'a>(action: &Action, slots: &'a [Slot]) -> Vec<&'a Slot> {
    let places = action.conditions.iter().flat_map(|condition| condition.rule.slots());
    let mut asked: Vec<&Slot> = places.filter_map(|place| slots.get(usize::from(place))).collect();
    asked.sort();
    asked.dedup();
    asked
}

struct Message<'a> {
    catalogue: &'a Catalogue,
    action: &'a Action,
    treatment: &'a Treatment,
    asked: &'a [&'a Slot],
}

impl Message<'_> {
    fn leak(&self, by: Telling, wrong: String, fix: impl Into<String>) -> Leak {
        let (action, treatment) = (self.action.name.clone(), self.treatment.name.clone());
        Leak { action, treatment, by, wrong, fix: fix.into() }
    }

    fn may_disclose(&self, known: Provenance) -> bool {
        known == Provenance::Ours || self.catalogue.policy.may_disclose.contains(&known)
    }

    /// What its words tell, and what it says they do.
    fn text(&self) -> Vec<Leak> {
        let mut leaks = Vec::new();
        for (known, by) in self.told() {
            if !self.may_disclose(known) {
                let wrong = format!("{by} tells what is `{}`, which may not be disclosed", known.name());
                leaks.push(self.leak(Telling::Text, wrong, "take it out, or say it without it"));
            } else if !self.treatment.discloses.contains(&known) {
                let wrong = format!("{by} tells what is `{}`, which `discloses` does not list", known.name());
                let fix = format!("add `{}` to `discloses`, or take it out", known.name());
                leaks.push(self.leak(Telling::Text, wrong, fix));
            }
        }
        for known in self.treatment.discloses.iter().filter(|known| !self.may_disclose(**known)) {
            let wrong = format!("`discloses` lists `{}`, which the policy does not allow", known.name());
            let fix = "say less, or allow it in `may_disclose` of policy.toml";
            leaks.push(self.leak(Telling::Text, wrong, fix));
        }
        leaks
    }

    /// What its words tell, each kind once with what tells it; what is ours is no news.
    fn told(&self) -> Vec<(Provenance, String)> {
        let mut told: Vec<(Provenance, String)> = Vec::new();
        let mut tell = |known: Provenance, by: String| {
            if known != Provenance::Ours && !told.iter().any(|(other, _)| *other == known) {
                told.push((known, by));
            }
        };
        let texts = self.texts();
        let names_store = |text: &&str| variables(text).is_ok_and(|named| named.contains(&Variable::Store));
        if texts.iter().any(names_store) {
            for trigger in &self.action.triggers {
                let by = format!("`{{{{ store }}}}` on `{}`", trigger.name());
                tell(of_store(*trigger), by);
            }
        }
        for condition in &self.action.conditions {
            for (known, word) in words(&condition.rule, self.catalogue, &self.action.triggers) {
                if texts.iter().any(|text| says(text, &word)) {
                    tell(known, format!("`{word}`, by which `{}` decides,", on_one_line(&condition.text)));
                }
            }
        }
        told
    }

    /// Everything it can say, in every language.
    fn texts(&self) -> Vec<&str> {
        let translations = &self.treatment.translations;
        let texts = translations.iter().map(|words| words.text.as_str()).chain([self.treatment.text.as_str()]);
        let subjects = translations.iter().filter_map(|words| words.subject.as_deref());
        texts.chain(subjects).chain(self.treatment.subject.as_deref()).collect()
    }

    /// The first thing its rules ask about that may not be disclosed.
    fn hidden(&self) -> Option<Provenance> {
        let asked = self.asked.iter().map(|slot| of_slot(slot, &self.action.triggers));
        let mut hidden: Vec<Provenance> = asked.filter(|known| !self.may_disclose(*known)).collect();
        hidden.sort();
        hidden.pop()
    }

    /// A coupon for some stores, or for a short time, tells who looks at it why they got it.
    fn terms(&self) -> Vec<Leak> {
        let (Some(coupon), Some(hidden)) = (&self.treatment.coupon, self.hidden()) else { return Vec::new() };
        let mut leaks = Vec::new();
        let why = format!("while the rules ask about what is `{}`, which may not be disclosed", hidden.name());
        if !coupon.stores.is_empty() {
            let wrong = format!("the coupon is taken by some stores only, {why}");
            leaks.push(self.leak(Telling::Terms, wrong, "remove `stores`: let every store take it"));
        }
        let told_by_others = matches!(hidden, Provenance::ThirdParty | Provenance::OtherPerson);
        if told_by_others && coupon.days < USUAL_DAYS {
            let wrong = format!("the coupon is taken for {} days, {why}", coupon.days);
            leaks.push(self.leak(Telling::Terms, wrong, format!("write `days = {USUAL_DAYS}`, or more")));
        }
        leaks
    }

    /// What is said right after others told us something tells that they did.
    fn timing(&self) -> Option<Leak> {
        let soon = |slot: &&&Slot| matches!(slot, Slot::Partner(_, days) if *days < USUAL_WINDOW);
        let slot = self.asked.iter().find(soon).filter(|_| !self.may_disclose(Provenance::ThirdParty))?;
        let Slot::Partner(category, days) = slot else { return None };
        let wrong = format!("it comes within {days}d of what partners tell of `{category}`, which gives them away");
        Some(self.leak(Telling::Timing, wrong, format!("ask about `{USUAL_WINDOW}d` or more")))
    }
}

/// Whether a text says a word, or several, whatever the case: what is not part of a longer word.
fn says(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let inside = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    word.chars().count() >= 3
        && text.match_indices(&word).any(|(at, found)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
            !inside(before) && !inside(after)
        })
}

#[cfg(test)]
mod tests;
