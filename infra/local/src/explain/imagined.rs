//! What would be decided: about something that did not happen, or for a place that nobody looks at. All of it stays in memory.

use serde::Serialize;
use serde_json::{Map, Value, json};
use tact_decide::{Basis, Decision, Moment, decide, evaluate, places, take_up};
use tact_domain::{CustomerId, DecisionId, Folded, Key, Profile, Timestamp, Trigger};
use tact_pipeline::Redecided;
use tact_wire::{ParseError, parse};

use super::moment::{self, Case};
use super::{Done, Explainer, Told, told, words, worth, zone_name};

/// What is imagined.
#[derive(Clone, Debug)]
pub enum Question {
    /// This event, of which only `type` and `data` must be there.
    Event(String),
    /// Somebody looking at a place.
    Placement(Placement),
}

/// Somebody looking at a place.
#[derive(Clone, Debug)]
pub struct Placement {
    /// The place.
    pub name: String,
    /// How much it shows at once.
    pub slots: usize,
}

/// What would be decided.
#[derive(Clone, Debug, Serialize)]
pub struct Imagined {
    /// Whom it is about.
    pub customer: String,
    /// The zone of every time in it.
    pub zone: String,
    /// What was imagined: the event in full, or the place.
    pub imagined: Value,
    /// What would be decided; `None` when nothing would.
    pub decision: Option<Told>,
    /// Why nothing would be decided.
    pub undecided: Option<&'static str>,
    /// What the place would show, best first; empty for an event.
    pub shown: Vec<Shown>,
}

/// Something a place would show.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// What.
    #[serde(flatten)]
    pub done: Done,
    /// Why, in sentences.
    pub why: Vec<String>,
}

/// Something that cannot be imagined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImaginedError {
    /// It is no JSON object.
    #[error(
        "the event is no JSON object; give one such as {{\"type\":\"tact.check-in.v1\",\"data\":{{\"store\":\"...\"}}}}"
    )]
    NoObject,
    /// It is about somebody else.
    #[error("the event is about `{0}`; leave `subject` out, or ask about them")]
    SomebodyElse(String),
    /// It is no event.
    #[error("the event cannot be read: {0}")]
    Event(#[from] ParseError),
    /// No treatment has that place.
    #[error("nothing in the catalogue has the placement `{0}`; it has {1}")]
    Placement(String, String),
}

impl Imagined {
    /// The answer as people read it, no line longer than 100 characters.
    pub fn text(&self) -> String {
        super::text::imagined(self)
    }
}

impl Explainer<'_> {
    /// Tells what would be decided about a customer at an instant, on what is kept. Every limit is taken to have something left.
    ///
    /// # Errors
    /// When the question makes no sense.
    pub fn imagine(
        &self,
        customer: &CustomerId,
        question: &Question,
        now: Timestamp,
    ) -> Result<Imagined, ImaginedError> {
        match question {
            Question::Event(event) => self.event(customer, event, now),
            Question::Placement(placement) => self.placement(customer, placement, now),
        }
    }

    fn event(&self, customer: &CustomerId, event: &str, now: Timestamp) -> Result<Imagined, ImaginedError> {
        let mut before = self.kept.profile(customer.as_str());
        let zone = self.zone(&before);
        let event = completed(event, customer, &super::stamp(now, &zone))?;
        // It reaches us as it happens.
        let signal = parse(event.as_bytes(), Timestamp(i64::MAX / 2))?.signal;
        let signal = tact_domain::Signal { arrived: signal.at, ..signal };
        let mut profile = before.clone();
        profile.fold(&signal, &self.catalogue.ground());
        take_up(&mut profile.contact, &signal);
        let mut decision = Decision::empty();
        let basis = Basis { catalogue: self.catalogue, models: self.models, exhausted: &[], learned: None };
        let rung = |trigger| Some(self.catalogue.budgets.rung(trigger, 0));
        let done = evaluate(&signal, &mut before, basis, signal.at, rung, &mut decision);
        let minor = profile.consent.is_minor(signal.at);
        let happened = self.catalogue.ground().seen(&signal, &profile.consent).into_owned();
        let signal = tact_domain::Signal { happened, ..signal };
        let again = Redecided { decision, signal, profile };
        let moment = moment::of(&again, &[], self.catalogue);
        let case = Case { of: *self, decision: &again.decision, moment: &moment, zone: zone.clone() };
        let decided = done.decided && !minor;
        Ok(Imagined {
            customer: customer.to_string(),
            zone: zone_name(&zone),
            imagined: serde_json::from_str(&event).unwrap_or_default(),
            decision: decided.then(|| told::of(&case, None)),
            undecided: (!decided).then(|| undecided(&done.folded)),
            shown: Vec::new(),
        })
    }

    fn placement(
        &self,
        customer: &CustomerId,
        placement: &Placement,
        now: Timestamp,
    ) -> Result<Imagined, ImaginedError> {
        self.has_place(&placement.name)?;
        let profile = self.kept.profile(customer.as_str());
        let zone = self.zone(&profile);
        let moment = self.looking(customer, &placement.name, &profile, now);
        let mut decision = Decision::empty();
        decide(&moment, self.catalogue, self.models, &mut decision);
        let case = Case { of: *self, decision: &decision, moment: &moment, zone: zone.clone() };
        let minor = profile.consent.is_minor(now);
        let shown = if minor { Vec::new() } else { places(&decision, self.catalogue, placement.slots) };
        Ok(Imagined {
            customer: customer.to_string(),
            zone: zone_name(&zone),
            imagined: json!({ "placement": placement.name, "slots": placement.slots }),
            decision: (!minor).then(|| told::of(&case, None)),
            undecided: minor.then(|| words::reason("minor")),
            shown: shown.into_iter().filter_map(|place| shown_at(&case, place)).collect(),
        })
    }

    fn has_place(&self, wanted: &str) -> Result<(), ImaginedError> {
        let treatments = self.catalogue.actions.iter().flat_map(|action| &action.treatments);
        let mut places: Vec<&Key> = treatments.filter_map(|treatment| treatment.placement.as_ref()).collect();
        places.sort_unstable();
        places.dedup();
        if places.iter().any(|known| *known == wanted) {
            return Ok(());
        }
        let known: Vec<_> = places.iter().map(|known| format!("`{known}`")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(ImaginedError::Placement(wanted.to_owned(), known))
    }

    /// The moment at which a customer looks at a place.
    fn looking<'a>(
        &'a self,
        customer: &'a CustomerId,
        place: &'a str,
        profile: &'a Profile,
        now: Timestamp,
    ) -> Moment<'a> {
        let at_home = tact_domain::offset_s(&self.zone(profile), now);
        Moment {
            offset_s: at_home,
            rung: self.catalogue.budgets.rung(Trigger::Open, 0),
            trouble: self.catalogue.policy.trouble(profile, now),
            placement: Some(place),
            ..Moment::asked(DecisionId(0), customer, profile, now)
        }
    }
}

fn shown_at(case: &Case<'_>, place: usize) -> Option<Shown> {
    let candidate = case.decision.candidates.get(place)?;
    let (action, treatment) = case.parts(candidate)?;
    let why = candidate.terms.iter().flat_map(|terms| worth::told(terms, &|minor| case.money(minor)));
    Some(Shown { done: told::done(action, treatment), why: why.collect() })
}

/// Why a signal leads to no decision.
fn undecided(folded: &Folded) -> &'static str {
    match folded {
        Folded::Changed(_) => "it would be remembered, and calls for no decision",
        Folded::Unchanged => "it would change nothing that decisions look at",
        Folded::Duplicate => "it was told before, and changes nothing",
        Folded::Stale => "it is too old, or was overtaken by something later",
        Folded::Withheld => {
            "it would not be remembered: the customer may not be of age, or did not agree to such things being kept"
        }
    }
}

/// An event with everything that was left out: it is about the customer, and happens now.
fn completed(event: &str, customer: &CustomerId, now: &str) -> Result<String, ImaginedError> {
    let mut fields: Map<String, Value> = serde_json::from_str(event).map_err(|_| ImaginedError::NoObject)?;
    if let Some(other) = fields.get("subject").filter(|other| **other != customer.as_str()) {
        let other = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
        return Err(ImaginedError::SomebodyElse(other));
    }
    let left_out = [
        ("specversion", "1.0"),
        ("id", "imagined"),
        ("source", "tact-explain"),
        ("subject", customer.as_str()),
        ("time", now),
    ];
    for (name, value) in left_out {
        fields.entry(name).or_insert_with(|| value.into());
    }
    Ok(Value::Object(fields).to_string())
}
