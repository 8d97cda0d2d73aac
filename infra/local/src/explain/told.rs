//! One decision, told: what happened, what was done and why, and what was not and why not.

use serde::Serialize;
use tact_decide::{Action, Candidate, Hold, Rung, Terms, Treatment};
use tact_domain::{Appointment, Channel, On, Purpose, Trigger};
use tact_pipeline::replay;
use tact_wire::{Delivery, Recorded};

use super::moment::Case;
use super::{Discreet, discreet, others, relied, slot, words, worth};
use crate::inbox::put_off;
use crate::patience::Patience;
use crate::zones::local;

/// One decision, told. All money is in minor units, all times have their offset.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Its id; `None` for one that was only imagined.
    pub decision: Option<String>,
    /// The instant decided for.
    pub at: String,
    /// What had happened, in words.
    pub happened: String,
    /// What called for a decision.
    pub trigger: Trigger,
    /// The store it is about, if any.
    pub store: Option<String>,
    /// `done`, `silence` or `held_out`.
    pub result: &'static str,
    /// What was done, or would have been had the customer not been held out.
    pub done: Option<Done>,
    /// Why, in sentences.
    pub why: Vec<String>,
    /// What it was worth, term by term; `None` when it was not weighed.
    pub terms: Option<Terms>,
    /// What the rules of the winner looked at, and found: what the customer did before among it.
    pub looked_at: Vec<String>,
    /// The consents it relied on.
    pub consents: Vec<Relied>,
    /// Every cap, and how much of it was used.
    pub caps: Vec<CapUse>,
    /// What else could have been done, and why it was not.
    pub others: Vec<Other>,
    /// How creepy each of them was, the winner first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discretion: Vec<Discreet>,
    /// How much of the customer's patience was left; `None` when it is not rationed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<Patience>,
    /// What was tried on this customer.
    pub trials: Vec<Trial>,
    /// What will be decided again.
    pub appointments: Vec<Appointed>,
    /// What it took of limits, and which had nothing left.
    pub limits: Vec<String>,
    /// How the chances were found,
    pub rung: Rung,
    /// and the same in words.
    pub how: &'static str,
    /// What became of it, in words; `None` when nothing was to leave.
    pub became: Option<String>,
    /// The hash of the catalogue it was made with.
    pub catalogue: String,
    /// The hash of the models it was made with.
    pub models: String,
    /// Whether the record, made again, gave the same bytes; `None` for one that was only imagined.
    pub same_when_made_again: Option<bool>,
}

/// What was done.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    /// What.
    pub action: String,
    /// In which way,
    pub treatment: String,
    /// and by which channel.
    pub channel: Channel,
    /// The words of the catalogue; what differs from customer to customer stands in brackets.
    pub words: String,
}

/// A consent that was relied on.
#[derive(Clone, Debug, Serialize)]
pub struct Relied {
    /// What it is for.
    pub purpose: Purpose,
    /// By which channel; `None` where no channel matters.
    pub channel: Option<Channel>,
    /// When it was given.
    pub given: String,
    /// What the customer was shown, if that is kept.
    pub shown: Option<String>,
    /// All of it in words.
    pub told: String,
}

/// A cap, and how much of it is used.
#[derive(Clone, Debug, Serialize)]
pub struct CapUse {
    /// Its name.
    pub cap: String,
    /// How many messages it counted,
    pub used: u16,
    /// of how many,
    pub of: u16,
    /// in how long a time, in seconds.
    pub within_s: i64,
    /// Whether it limits what was done.
    pub limits_it: bool,
}

/// Something that was considered and not done.
#[derive(Clone, Debug, Serialize)]
pub struct Other {
    /// What,
    pub action: String,
    /// in which way,
    pub treatment: String,
    /// by which channel.
    pub channel: Channel,
    /// `refused`, if it may not be done; `lost`, if something was better.
    pub fate: &'static str,
    /// Why, as one word,
    pub reason: &'static str,
    /// and in words.
    pub because: String,
    /// The rule, cap, exclusion or limit that is meant, as its author called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What the rule found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub looked_at: Vec<String>,
    /// What it was worth; `None` when it was not weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth_minor: Option<f64>,
}

/// Something that is tried.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// What: an action, or `holdout`.
    pub trial: String,
    /// Where the customer is in it,
    pub arm: String,
    /// and what that means.
    pub told: String,
}

/// Something that will be decided again.
#[derive(Clone, Debug, Serialize)]
pub struct Appointed {
    /// What it is about.
    pub issue: String,
    /// What it waits for.
    pub on: On,
    /// Not before this time,
    pub not_before: String,
    /// and not from this one on.
    pub until: String,
    /// The same in words.
    pub told: String,
}

/// Tells a decision; `recorded` is its record, if it was really made.
pub(super) fn of(case: &Case<'_>, recorded: Option<&Recorded>) -> Told {
    let decision = case.decision;
    let winner = case.winner().and_then(|winner| Some((winner, case.parts(winner)?)));
    let others = others::of(case);
    let again =
        recorded.map(|recorded| replay(recorded, case.of.catalogue, case.of.models, case.of.kept.learned_by(recorded)));
    let store = decision.store.as_deref().map(|id| case.store(id));
    Told {
        decision: recorded.map(|_| decision.id.to_string()),
        at: case.stamp(decision.now),
        happened: words::happened(decision.trigger, store.as_deref()),
        trigger: decision.trigger,
        store: decision.store.as_ref().map(ToString::to_string),
        result: result(case),
        done: winner.map(|(_, (action, treatment))| done(action, treatment)),
        why: why(case, winner),
        terms: winner.and_then(|(winner, _)| winner.terms),
        looked_at: winner.map_or_else(Vec::new, |(_, (action, _))| looked_at(case, action)),
        consents: winner
            .map_or_else(Vec::new, |(winner, (action, treatment))| relied::of(case, winner, action, treatment)),
        caps: caps(case, winner.map(|(_, parts)| parts)),
        others,
        discretion: discreet::of(case),
        patience: discreet::patience(case),
        trials: trials(case),
        appointments: decision.appointments.iter().map(|made| appointed(case, made)).collect(),
        limits: limits(case),
        rung: decision.rung,
        how: words::how(decision.rung),
        became: recorded.and_then(|_| became(case)),
        catalogue: case.of.catalogue.hash.clone(),
        models: case.of.models.hash.clone(),
        same_when_made_again: again
            .map(|again| again.is_ok_and(|body| recorded.is_some_and(|recorded| recorded.body == body))),
    }
}

/// What is done, in the words of the catalogue.
pub(super) fn done(action: &Action, treatment: &Treatment) -> Done {
    Done {
        action: action.name.to_string(),
        treatment: treatment.name.to_string(),
        channel: treatment.channel,
        words: words::template(&treatment.text),
    }
}

fn result(case: &Case<'_>) -> &'static str {
    match (case.decision.chosen, case.decision.ghost) {
        (Some(_), _) => "done",
        (None, Some(_)) => "held_out",
        (None, None) => "silence",
    }
}

/// Why the winner won; for silence, why nothing did.
fn why(case: &Case<'_>, winner: Option<(&Candidate, (&Action, &Treatment))>) -> Vec<String> {
    let Some((candidate, (action, treatment))) = winner else { return vec![silent(case)] };
    let mut why = Vec::new();
    if case.decision.chosen.is_none() {
        why.push(words::HELD_OUT.to_owned());
    }
    why.extend(words::owed(action.class).map(str::to_owned));
    if treatment.fulfils {
        why.push("it keeps what was promised when the customer said yes".to_owned());
    } else if action.issue.precedence() < 3 {
        why.push(format!("what is about {} comes before all that is weighed in money", action.issue.name()));
    }
    why.extend(candidate.terms.iter().flat_map(|terms| worth::told(terms, &|minor| case.money(minor))));
    why
}

/// Why nothing was done: what stood in the way of what came nearest to it.
fn silent(case: &Case<'_>) -> String {
    use tact_decide::Fate::{Chosen, Lost, Refused};
    let reason = |candidate: &&Candidate| match candidate.fate {
        Lost(reason) | Refused(reason) => Some(reason),
        Chosen => None,
    };
    let nearest = case.decision.candidates.iter().filter(|one| reason(one).is_some()).max_by_key(reason);
    let told = nearest.and_then(|nearest| {
        let (action, treatment) = case.parts(nearest)?;
        let reason = reason(&nearest)?;
        let detail = reason.detail(action, &case.of.catalogue.policy);
        let because = others::because(case, reason, action, treatment, detail);
        Some(format!("nearest to being done was {} as {}, and was not: {because}", action.name, treatment.name))
    });
    told.unwrap_or_else(|| "nothing in the catalogue is meant for such a moment".to_owned())
}

/// What the rules of the winner looked at, each once, in their order.
pub(super) fn looked_at(case: &Case<'_>, action: &Action) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for found in action.conditions.iter().flat_map(|condition| case.looked_at(condition, action.class)) {
        if !told.contains(&found) {
            told.push(found);
        }
    }
    told
}

fn caps(case: &Case<'_>, winner: Option<(&Action, &Treatment)>) -> Vec<CapUse> {
    let caps = case.of.catalogue.policy.caps.iter().zip(&case.decision.caps);
    let told = caps.map(|(cap, used)| CapUse {
        cap: cap.name.to_string(),
        used: *used,
        of: cap.max,
        within_s: cap.window_s,
        limits_it: winner.is_some_and(|(action, treatment)| {
            !action.is_uncapped() && !treatment.fulfils && cap.limits(action, treatment)
        }),
    });
    told.collect()
}

fn trials(case: &Case<'_>) -> Vec<Trial> {
    let told = |(trial, arm): &(tact_domain::Key, tact_domain::Key)| Trial {
        trial: trial.to_string(),
        arm: arm.to_string(),
        told: words::arm(trial, arm),
    };
    case.decision.arms.iter().map(told).collect()
}

fn appointed(case: &Case<'_>, made: &Appointment) -> Appointed {
    Appointed {
        issue: made.issue.to_string(),
        on: made.on,
        not_before: case.stamp(made.not_before),
        until: case.stamp(made.until),
        told: put_off(&made.issue, made.on.name(), &local(made.not_before, &case.zone)),
    }
}

fn limits(case: &Case<'_>) -> Vec<String> {
    let taken = case.decision.claims.iter().map(|claim| {
        format!("it takes {} of `{}`, of which there are {} in all", claim.amount, claim.limit, claim.most)
    });
    let exhausted = case.moment.exhausted.iter().map(|name| held_back(name));
    taken.chain(exhausted).collect()
}

/// What a name among what was exhausted says.
fn held_back(name: &str) -> String {
    if name == Hold::ALL_SUSPENDED {
        return "nobody could tell which treatments guardrails hold back, so all that sells rested".to_owned();
    }
    match name.split_once('/') {
        Some(("guard", way)) => format!("a guardrail had suspended `{way}`"),
        Some(("trial", way)) => format!("`{way}` was on trial, and only a share of customers got it"),
        Some(("cover", way)) => format!("too few others had got `{way}` without a secret"),
        _ => format!("nothing was left of `{name}`"),
    }
}

/// What became of what was to leave.
fn became(case: &Case<'_>) -> Option<String> {
    let (customer, id) = (case.moment.customer.as_str(), case.decision.id);
    let (_, item) = case.of.kept.decisions.iter().find(|(who, item)| who == customer && item.decision == id)?;
    let left = match (&item.state, item.sent_at) {
        (Delivery::Sent, Some(at)) => format!("left on {}", case.clock(at)),
        (Delivery::Closed(reason) | Delivery::Failed(reason), _) => {
            let told = Some(words::reason(reason)).filter(|told| !told.is_empty());
            format!("did not leave: {}", told.map_or_else(|| reason.replace('_', " "), str::to_owned))
        }
        (state, _) => format!("delivery: {}", state.name()),
    };
    let mut outcomes: Vec<_> =
        words::OUTCOMES.iter().filter_map(|(outcome, told)| Some((item.outcomes.first(*outcome)?, *told))).collect();
    outcomes.sort_by_key(|(at, _)| *at);
    let told = outcomes.into_iter().map(|(at, told)| format!("{told} {}", local(at, &case.zone).strftime("%a %H:%M")));
    Some(std::iter::once(left).chain(told).collect::<Vec<_>>().join(", "))
}

impl CapUse {
    /// The cap in words.
    pub(super) fn told(&self) -> String {
        format!("{} {} of {} in {}", self.cap, self.used, self.of, slot::duration(self.within_s))
    }
}
