//! What is shown to people nobody knows, and why: on a screen to a crowd, and to a visitor of whom no more than a type is known.

use serde::Serialize;
use tact_decide::{Action, Candidate, Catalogue, Fate, Scene, ScreenDecision, Silence, Treatment, unrecognised};
use tact_domain::{Crowd, ProfileType, Store, Timestamp};
use tact_wire::render::{Variable, fill, price};

use super::{stamp, words, worth, zone_name};
use crate::paragraphs::Paragraphs;

/// How far what is said stands to the right of what it is about.
const INDENT: usize = 16;

/// What people nobody knows are shown.
#[derive(Clone, Debug, Serialize)]
pub struct OnScreen {
    /// The id of the store.
    pub store: String,
    /// Its name.
    pub name: String,
    /// The zone of every time in it.
    pub zone: String,
    /// When.
    pub at: String,
    /// Who looks: shares of types, which are 1 together; empty when nothing is known of anybody.
    pub looks: Vec<Share>,
    /// What is shown; `None` when nothing is.
    pub shown: Option<Way>,
    /// Why, in sentences.
    pub why: Vec<String>,
    /// Why nothing is shown, as one word.
    pub silent: Option<&'static str>,
    /// What else there was.
    pub others: Vec<NotShown>,
}

/// A share of those who look.
#[derive(Clone, Debug, Serialize)]
pub struct Share {
    /// The type; `None` for all that are too few to be told apart.
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
    /// 0 to 1.
    pub share: f64,
}

/// A way to do something.
#[derive(Clone, Debug, Serialize)]
pub struct Way {
    /// The action,
    pub action: String,
    /// and its treatment.
    pub treatment: String,
    /// What it says.
    pub words: String,
}

/// Something that is not shown.
#[derive(Clone, Debug, Serialize)]
pub struct NotShown {
    /// What.
    #[serde(flatten)]
    pub way: Way,
    /// Why, as one word,
    pub reason: &'static str,
    /// and in words.
    pub because: String,
}

impl OnScreen {
    /// What a screen shows to a crowd, as it was decided.
    pub fn crowd(
        crowd: &Crowd,
        decision: &ScreenDecision,
        catalogue: &Catalogue,
        store: &Store,
        now: Timestamp,
    ) -> Self {
        let looks = crowd.shares().into_iter();
        let looks = looks.map(|(kind, share)| Share { kind: kind.map(ProfileType::name), share }).collect();
        let told = Told { catalogue, store, now };
        told.of(decision, looks, crowd.k())
    }

    /// What a visitor finds of whom no more than a type is known.
    pub fn visitor(kind: ProfileType, catalogue: &Catalogue, scene: &Scene<'_>) -> Self {
        let decision = unrecognised(kind, catalogue, scene);
        let told = Told { catalogue, store: scene.store, now: scene.now };
        told.of(&decision, vec![Share { kind: Some(kind.name()), share: 1.0 }], catalogue.policy.crowd)
    }

    /// The answer as people read it, no line longer than 100 characters.
    pub fn text(&self) -> String {
        let mut text = Paragraphs::default();
        text.line(0, "", &format!("{}, {}, at the clock of {}", self.name, self.at, self.zone));
        let looks: Vec<_> = self.looks.iter().map(Share::told).collect();
        let nobody = "nobody of whom anything may be known".to_owned();
        text.line(INDENT, "  looks", &if looks.is_empty() { nobody } else { looks.join(", ") });
        match &self.shown {
            Some(Way { action, treatment, words }) => {
                text.line(INDENT, "  shows", &format!("{action}, as {treatment}"));
                text.line(INDENT + 2, "", &format!("\"{words}\""));
            }
            None => text.line(INDENT, "  shows", "nothing"),
        }
        for (why, first) in self.why.iter().zip(std::iter::once("  because").chain(std::iter::repeat(""))) {
            text.line(INDENT, first, why);
        }
        for (other, first) in self.others.iter().zip(std::iter::once("  not shown").chain(std::iter::repeat(""))) {
            let NotShown { way, because, .. } = other;
            text.line(INDENT, first, &format!("{}, as {}: {because}", way.action, way.treatment));
        }
        text.text()
    }
}

impl Share {
    fn told(&self) -> String {
        let who = self.kind.map_or_else(|| "of types too rare to be told".to_owned(), |kind| kind.replace('_', " "));
        format!("{:.0} % {who}", self.share * 100.0)
    }
}

/// What it takes to tell a decision.
struct Told<'a> {
    catalogue: &'a Catalogue,
    store: &'a Store,
    now: Timestamp,
}

impl Told<'_> {
    fn of(&self, decision: &ScreenDecision, looks: Vec<Share>, k: u32) -> OnScreen {
        let chosen = decision.shown.as_ref().ok();
        let why = match &decision.shown {
            Ok(candidate) => self.worth(candidate),
            Err(silence) => vec![silent(*silence, k)],
        };
        let others = decision.candidates.iter().filter(|candidate| candidate.fate != Fate::Chosen);
        OnScreen {
            store: self.store.id.to_string(),
            name: self.store.name.clone(),
            zone: zone_name(&self.store.zone),
            at: stamp(self.now, &self.store.zone),
            looks,
            shown: chosen.and_then(|candidate| self.parts(candidate)).map(|parts| self.way(parts)),
            why,
            silent: decision.shown.as_ref().err().map(|silence| silence.name()),
            others: others.filter_map(|candidate| self.other(candidate)).collect(),
        }
    }

    fn parts(&self, candidate: &Candidate) -> Option<(&Action, &Treatment)> {
        let action = self.catalogue.actions.get(usize::from(candidate.action))?;
        Some((action, action.treatments.get(usize::from(candidate.treatment))?))
    }

    fn way(&self, (action, treatment): (&Action, &Treatment)) -> Way {
        let words = fill(&treatment.text, |variable| Some(self.value(variable, treatment)));
        let words = words.unwrap_or_else(|_| words::template(&treatment.text));
        Way { action: action.name.to_string(), treatment: treatment.name.to_string(), words }
    }

    /// What a variable says to everybody; what differs from customer to customer stays in brackets.
    fn value(&self, variable: Variable, treatment: &Treatment) -> String {
        let product = treatment.product.as_deref().and_then(|id| self.catalogue.goods.product(id));
        let said = match variable {
            Variable::Brand => Some(self.catalogue.brand.name.clone()),
            Variable::Store => Some(self.store.name.clone()),
            Variable::Product => product.map(|product| product.name.clone()),
            Variable::Size => product.and_then(|product| product.size.as_ref()).map(ToString::to_string),
            Variable::Price => product.map(|product| price(product.price, &self.catalogue.policy.currency)),
            Variable::HowTo => product.and_then(|product| product.how_to.clone()),
            _ => None,
        };
        said.unwrap_or_else(|| format!("[{}]", variable.name()))
    }

    fn worth(&self, candidate: &Candidate) -> Vec<String> {
        let money = |minor: f64| words::money(minor, &self.catalogue.policy.currency);
        candidate.terms.iter().flat_map(|terms| worth::told(terms, &money)).collect()
    }

    fn other(&self, candidate: &Candidate) -> Option<NotShown> {
        let (Fate::Lost(reason) | Fate::Refused(reason)) = candidate.fate else { return None };
        let (action, treatment) = self.parts(candidate)?;
        let why = words::reason(reason.name());
        let because = match (reason.detail(action, &self.catalogue.policy), &candidate.terms) {
            (Some(rule), _) => format!("{why} (`{rule}`)"),
            (None, Some(terms)) => {
                format!("{why} ({})", words::money(terms.score, &self.catalogue.policy.currency))
            }
            (None, None) => why.to_owned(),
        };
        Some(NotShown { way: self.way((action, treatment)), reason: reason.name(), because })
    }
}

/// Why nothing is shown.
fn silent(silence: Silence, k: u32) -> String {
    match silence {
        Silence::TooFew => format!("fewer than {k} people of whom something may be known together"),
        Silence::NothingFits => {
            "nothing in the catalogue may be shown to people nobody knows, there and then".to_owned()
        }
        Silence::NothingWorthIt => "nothing is worth more than showing nothing".to_owned(),
    }
}
