//! What must come of a policy test, and whether it did.

use tact_decide::{Candidate, Catalogue, Fate, Reason};
use tact_domain::{Channel, Key, Timestamp};
use toml::de::DeValue;

use super::fact::{Around, action_name, instant};
use super::funnel::{clock, major, who};
use super::play::Played;
use crate::amount::number;
use crate::section::{Parsed, Section, wrong};
use crate::suggest::did_you_mean;
use crate::word;

/// What must come of a test; all of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Expect {
    winner: Option<Key>,
    treatment: Option<Key>,
    channel: Option<Channel>,
    silence: bool,
    not: Vec<Key>,
    reasons: Vec<Why>,
    waits: Option<Key>,
    until: Option<Timestamp>,
    ghost: Option<Key>,
    shows: Option<Vec<Key>>,
    earned: Option<Vec<Key>>,
}

/// Why something was refused or lost.
#[derive(Clone, Debug, Default)]
struct Why {
    action: Key,
    /// All of the action's treatments without it.
    treatment: Option<Key>,
    /// The name of the reason.
    is: Key,
    /// A part of the author's words.
    rule: Option<String>,
    /// The score, in major units.
    score: Option<f64>,
}

/// What is expected of a test; `None` after a mistake.
pub(super) fn expect(section: &mut Section<'_, '_>, around: &Around<'_>) -> Option<Expect> {
    let mut inner = section.table("expect")?;
    let named = |value: &DeValue<'_>| action_name(value, around);
    let winner = inner.optional("winner", named);
    let expect = Expect {
        treatment: inner.optional("treatment", |value| treatment(value, winner.as_deref(), around)),
        winner,
        channel: inner.optional("channel", |value| word::one_of(value, &word::channels())),
        silence: inner.optional("silence", word::flag).unwrap_or_default(),
        not: inner.optional("not", |value| one_or_more(value, around)).unwrap_or_default(),
        reasons: reasons(&mut inner, around),
        waits: inner.optional("waits", named),
        until: inner.optional("until", |value| instant(value, around)),
        ghost: inner.optional("ghost", named),
        shows: inner.optional("shows", |value| shown(value, around)),
        earned: inner.optional("earned", |value| earned(value, around)),
    };
    check(&mut inner, &expect);
    inner.finish();
    Some(expect)
}

/// What is expected must be something, and must not contradict itself.
fn check(section: &mut Section<'_, '_>, expect: &Expect) {
    if section.entries().is_empty() {
        section.note("expect", "expects nothing", "write for example `expect = { silence = true }`");
    }
    if section.has("silence") && !expect.silence {
        section.note("silence", "can only be expected", "write `not`, or `winner`, to expect something else");
    }
    if expect.silence && expect.winner.is_some() {
        section.note("silence", "is expected, and so is a winner", "keep one of them");
    }
    if expect.until.is_some() && expect.waits.is_none() {
        section.note("until", "belongs to something that waits", "name it by `waits`");
    }
    if expect.winner.is_none() && (expect.treatment.is_some() || expect.channel.is_some()) {
        section.note("winner", "is missing", "say whose treatment or channel it is");
    }
}

fn reasons(section: &mut Section<'_, '_>, around: &Around<'_>) -> Vec<Why> {
    let is_list = section.entries().iter().any(|entry| entry.key == "reason" && entry.value.get_ref().is_array());
    if is_list {
        return section.tables("reason", |section| why(section, around));
    }
    let Some(mut inner) = section.table("reason") else { return Vec::new() };
    let why = why(&mut inner, around);
    inner.finish();
    vec![why]
}

fn why(section: &mut Section<'_, '_>, around: &Around<'_>) -> Why {
    let action = section.required("action", "\"win_back\"", |value| action_name(value, around));
    Why {
        treatment: section.optional("treatment", |value| treatment(value, Some(&action), around)),
        is: section.required("is", "\"consent_missing\"", reason),
        rule: section.optional("rule", word::text),
        score: section.optional("score", score),
        action,
    }
}

/// Something worth nothing is less than nothing.
fn score(value: &DeValue<'_>) -> Parsed<f64> {
    match value.as_str().map(str::parse::<f64>) {
        Some(Ok(score)) if score.is_finite() => Ok(score),
        Some(_) => wrong(format!("{} is not a score", word::shown(value)), "write for example `\"-1.20\"`"),
        None => number(value, -1e9..=1e9),
    }
}

fn treatment(value: &DeValue<'_>, action: Option<&str>, around: &Around<'_>) -> Parsed<Key> {
    let name = word::name(value)?;
    let Some(action) = around.catalogue.actions.iter().find(|known| Some(known.name.as_str()) == action) else {
        return Ok(name);
    };
    if action.treatments.iter().any(|treatment| treatment.name == name) {
        return Ok(name);
    }
    let known: Vec<&str> = action.treatments.iter().map(|treatment| treatment.name.as_str()).collect();
    let fix = did_you_mean(&name, known.iter().copied()).unwrap_or_else(|| format!("known are {}", known.join(", ")));
    wrong(format!("`{name}` is not a treatment of `{}`", action.name), fix)
}

fn one_or_more(value: &DeValue<'_>, around: &Around<'_>) -> Parsed<Vec<Key>> {
    let named = |value: &DeValue<'_>| action_name(value, around);
    if value.is_array() { word::list(value, "\"win_back\"", named) } else { Ok(vec![named(value)?]) }
}

/// What is shown, in its order; nothing is an empty list.
fn shown(value: &DeValue<'_>, around: &Around<'_>) -> Parsed<Vec<Key>> {
    let named = |value: &DeValue<'_>| action_name(value, around);
    let nothing = value.as_array().is_some_and(|list| list.is_empty());
    if nothing { Ok(Vec::new()) } else { word::list(value, "\"win_back\"", named) }
}

fn earned(value: &DeValue<'_>, around: &Around<'_>) -> Parsed<Vec<Key>> {
    if value.as_array().is_some_and(|rules| rules.is_empty()) {
        return Ok(Vec::new());
    }
    let known: Vec<&str> = around.catalogue.entitlements.iter().map(|rule| rule.name.as_str()).collect();
    word::list(value, "\"tenth_check_in\"", |one| {
        let name = word::name(one)?;
        if known.contains(&name.as_str()) {
            return Ok(name);
        }
        let fix = did_you_mean(&name, known.iter().copied());
        wrong(format!("`{name}` earns nothing"), fix.unwrap_or_else(|| format!("known are {}", known.join(", "))))
    })
}

/// The name of a reason.
fn reason(value: &DeValue<'_>) -> Parsed<Key> {
    let name = word::text(value)?;
    let known = || Reason::ALL.iter().map(|reason| reason.name()).chain(["chosen"]);
    if known().any(|known| known == name) {
        return Ok(name.into());
    }
    let fix = did_you_mean(&name, known());
    let all = || format!("known are {}", known().collect::<Vec<_>>().join(", "));
    wrong(format!("`{name}` is not a reason"), fix.unwrap_or_else(all))
}

impl Expect {
    /// Whether it is about an action.
    pub(super) fn names(&self, action: &str) -> bool {
        let named = [&self.winner, &self.waits, &self.ghost].into_iter().flatten();
        let listed = self.shows.iter().flatten().chain(&self.not);
        named.chain(listed).chain(self.reasons.iter().map(|why| &why.action)).any(|known| known == action)
    }

    /// What did not come, one sentence each; empty when all did.
    pub(super) fn missed(&self, played: &Played, catalogue: &Catalogue) -> Vec<String> {
        let mut missed = self.of_winner(played, catalogue);
        let ghost = played.candidate(played.decision.as_ref().and_then(|decision| decision.ghost));
        if let Some(expected) = &self.ghost
            && who(ghost, catalogue).is_none_or(|(action, _)| action.name != *expected)
        {
            missed.push(format!("`{expected}` to win but for the holdout"));
        }
        missed.extend(self.of_waiting(played, catalogue));
        if let Some(expected) = &self.shows {
            let shown = played.shown.iter().filter_map(|place| who(played.candidate(Some(*place)), catalogue));
            let shown: Vec<&str> = shown.map(|(action, _)| action.name.as_str()).collect();
            if shown != *expected {
                missed.push(format!("to be shown: {}; shown: {}", listed(expected), listed(&shown)));
            }
        }
        if let Some(expected) = self.earned.as_ref().filter(|expected| **expected != played.earned) {
            missed.push(format!("to be earned: {}; earned: {}", listed(expected), listed(&played.earned)));
        }
        missed.extend(self.reasons.iter().filter_map(|why| why.missed(played, catalogue)));
        missed
    }

    fn of_winner(&self, played: &Played, catalogue: &Catalogue) -> Vec<String> {
        let winners = || played.winners().filter_map(|winner| who(Some(winner), catalogue));
        let mut missed = Vec::new();
        if let Some(expected) = &self.winner {
            let treatment = self.treatment.as_ref();
            let channel = self.channel;
            let fits = winners().any(|(action, way)| {
                action.name == *expected
                    && treatment.is_none_or(|treatment| *treatment == way.name)
                    && channel.is_none_or(|channel| channel == way.channel)
            });
            if !fits {
                let way = treatment.map_or(String::new(), |treatment| format!(", by `{treatment}`"));
                let by = channel.map_or(String::new(), |channel| format!(", on {}", channel.name()));
                missed.push(format!("`{expected}` to win{way}{by}"));
            }
        }
        if self.silence && winners().next().is_some() {
            missed.push("silence".to_owned());
        }
        for expected in self.not.iter().filter(|not| winners().any(|(action, _)| action.name == **not)) {
            missed.push(format!("`{expected}` not to be said"));
        }
        missed
    }

    fn of_waiting(&self, played: &Played, catalogue: &Catalogue) -> Option<String> {
        let expected = self.waits.as_ref()?;
        let action = catalogue.actions.iter().find(|action| action.name == *expected);
        let made = played.decision.as_ref().map_or(&[][..], |decision| &decision.appointments);
        let of_issue = made.iter().find(|made| action.is_some_and(|action| made.issue == action.issue.name()));
        let at = |at: Timestamp| clock(at, played.offset_s);
        match (of_issue, self.until) {
            (None, _) => Some(format!("`{expected}` to wait; nothing of its issue does")),
            (Some(made), Some(until)) if made.not_before != until => {
                Some(format!("`{expected}` to wait until {}; it waits until {}", at(until), at(made.not_before)))
            }
            (Some(_), _) => None,
        }
    }
}

impl Why {
    /// What is wrong when it is not so.
    fn missed(&self, played: &Played, catalogue: &Catalogue) -> Option<String> {
        let treatment = self.treatment.as_ref();
        let all: Vec<&Candidate> = played.decisions().flat_map(|decision| &decision.candidates).collect();
        let mut meant = all.iter().copied().filter(|candidate| {
            who(Some(candidate), catalogue).is_some_and(|(action, way)| {
                action.name == self.action && treatment.is_none_or(|treatment| *treatment == way.name)
            })
        });
        let name = treatment.map_or(format!("`{}`", self.action), |way| format!("`{}`, `{way}`", self.action));
        if meant.clone().next().is_none() {
            return Some(format!("{name}: {}; it was no candidate", self.is));
        }
        let other = meant.find(|candidate| !self.is_so(candidate, catalogue))?;
        let rule = self.rule.as_ref().map_or(String::new(), |rule| format!(" by `{rule}`"));
        let score = self.score.map_or(String::new(), |score| format!(", worth {score:.2}"));
        let was = fate(other.fate);
        let worth = other
            .terms
            .map_or(String::new(), |terms| format!(", worth {:.2}", major(terms.score, &catalogue.policy.currency)));
        Some(format!("{name}: {}{rule}{score}; it was {was}{worth}", self.is))
    }

    fn is_so(&self, candidate: &Candidate, catalogue: &Catalogue) -> bool {
        let detail = match (candidate.fate, who(Some(candidate), catalogue)) {
            (Fate::Lost(reason) | Fate::Refused(reason), Some((action, _))) => reason.detail(action, &catalogue.policy),
            _ => None,
        };
        let rule = self.rule.as_ref().is_none_or(|rule| detail.is_some_and(|detail| detail.contains(rule.as_str())));
        let score = self.score.is_none_or(|expected| {
            let score = candidate.terms.map(|terms| major(terms.score, &catalogue.policy.currency));
            score.is_some_and(|score| (score - expected).abs() < 0.005 + 1e-9)
        });
        fate(candidate.fate) == self.is && rule && score
    }
}

/// The name of what became of a candidate.
fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Chosen => "chosen",
        Fate::Lost(reason) | Fate::Refused(reason) => reason.name(),
    }
}

fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
