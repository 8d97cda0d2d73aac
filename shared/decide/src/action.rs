//! An action: one thing we could do for a customer, why, for whom, at what worth, and the ways to do it.

use serde::{Deserialize, Serialize};
use tact_domain::{Key, On, Outcome, ProfileType, Timestamp, Trigger};

use crate::{Arena, Condition, Limit, Moment, Treatment};

/// One thing we could do for a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its name, unique in the catalogue.
    pub name: Key,
    /// Why it is done.
    pub issue: Issue,
    /// What it counts under in caps.
    pub group: Key,
    /// Its legal basis.
    pub class: Class,
    /// The consent topic it falls under, if any.
    pub topic: Option<Key>,
    /// The product category it is about, if any.
    pub category: Option<Key>,
    /// What makes it a candidate.
    pub triggers: Vec<Trigger>,
    /// What the customer gets out of it, at least one.
    pub values: Vec<ValueClass>,
    /// All of these must hold of the customer and the moment, in the order of their stages.
    pub conditions: Vec<Condition>,
    /// How much of it there is.
    pub limits: Vec<Limit>,
    /// It is not said again within so many seconds; 0 for no such pause.
    pub cool_down_s: i64,
    /// How long it is held back after what became of it, in seconds.
    pub after: Vec<(Outcome, i64)>,
    /// The share of customers that never get it, so that its effect is known, 0 to 0.5.
    pub control: f64,
    /// Before this instant it does not exist.
    pub from: Option<Timestamp>,
    /// From this instant on it no longer exists.
    pub until: Option<Timestamp>,
    /// What a positive outcome earns, in minor units.
    pub margin: f64,
    /// The basket it is about, in minor units; what incentives are a share of.
    pub basket: f64,
    /// What it is worth to the customer, in minor units.
    pub benefit: f64,
    /// The probability of the positive outcome when nothing is said: a prior until a holdout tells better.
    pub organic: f64,
    /// The same by type of customer, as a holdout tells it; `organic` for types that are not listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organic_by_type: Vec<(ProfileType, f64)>,
    /// Multiplies the gain; positive, 1 by default.
    pub lever: f64,
    /// Where what its rules look at became known.
    pub arenas: Vec<Arena>,
    /// Whether it is for the store, and says nothing to or of the customer.
    pub for_store: bool,
    /// Whether it asks once more for a consent whose promise we did not keep.
    pub asks_again: bool,
    /// When it is decided on instead of at once, if it is to wait.
    pub put_off: Option<PutOff>,
    /// The ways to do it.
    pub treatments: Vec<Treatment>,
}

impl Action {
    /// Marketing that nothing calls for, worth nothing, for everybody: what an action is about is set on top of it.
    pub fn new(name: impl Into<Key>, issue: Issue, group: impl Into<Key>) -> Self {
        Self {
            name: name.into(),
            issue,
            group: group.into(),
            class: Class::Default,
            topic: None,
            category: None,
            triggers: Vec::new(),
            values: Vec::new(),
            conditions: Vec::new(),
            limits: Vec::new(),
            cool_down_s: 0,
            after: Vec::new(),
            control: 0.0,
            from: None,
            until: None,
            margin: 0.0,
            basket: 0.0,
            benefit: 0.0,
            organic: 0.0,
            organic_by_type: Vec::new(),
            lever: 1.0,
            arenas: Vec::new(),
            for_store: false,
            asks_again: false,
            put_off: None,
            treatments: Vec::new(),
        }
    }

    /// Whether a moment calls for it: by its trigger, or by an appointment for its issue that is kept now. An appointment needs the action to
    /// list `due` among its triggers.
    pub(crate) fn is_called_by(&self, moment: &Moment<'_>) -> bool {
        let by_trigger = moment.trigger != Trigger::Due && self.triggers.contains(&moment.trigger);
        let called = by_trigger
            || moment.promised(self).is_some()
            || (self.triggers.contains(&Trigger::Due) && moment.keeps(self.issue));
        called && self.for_store == moment.for_store
    }

    /// What saying yes to a treatment leads to, or the treatment itself, if that makes amends.
    pub fn amends_of(&self, treatment: &Treatment) -> Option<&Treatment> {
        let promised = treatment.promises.as_ref();
        let promised = promised.and_then(|name| self.treatments.iter().find(|other| other.name == *name));
        [Some(treatment), promised]
            .into_iter()
            .flatten()
            .find(|way| way.amends)
            .and_then(|way| self.treatments.iter().find(|known| known.name == way.name))
    }

    /// The probability of the positive outcome for a type of customer when nothing is said; that of everybody for `None`.
    pub fn if_silent(&self, kind: Option<ProfileType>) -> f64 {
        let of_type = self.organic_by_type.iter().find(|(known, _)| Some(*known) == kind);
        of_type.map_or(self.organic, |(_, organic)| *organic)
    }

    /// Whether it is about the customer: what is for the store says nothing of them.
    pub fn is_about_the_customer(&self) -> bool {
        !self.for_store
    }

    /// Whether no cap counts it: what is owed by contract or law.
    pub fn is_uncapped(&self) -> bool {
        self.class != Class::Default
    }

    /// Whether caps count doing it in this way as a contact of the customer: it interrupts, is not owed, and keeps no promise, which was counted when it was made.
    pub fn takes_contact(&self, treatment: &Treatment) -> bool {
        treatment.channel.interrupts() && !self.is_uncapped() && !treatment.fulfils && !self.for_store
    }

    /// Whether the holdout and control arms leave it alone: what is owed, what helps and what was earned is never withheld.
    pub fn is_owed(&self) -> bool {
        self.class != Class::Default || self.issue.precedence() < 3
    }
}

/// When an action that is to wait is decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutOff {
    /// What it waits for.
    pub on: On,
    /// The second of the recipient's day, for one that waits for a time: the next such instant.
    pub at_s: u32,
    /// For how long it waits at most, in seconds.
    pub within_s: i64,
}

/// What the customer gets out of an action, on the customer's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueClass {
    /// Reviews, alternatives, price, stock, what goes with it.
    Information,
    /// How to use or care for something.
    HowTo,
    /// Where to find a product.
    Locate,
    /// A suggestion or coupon by place or past purchases.
    Recommendation,
    /// What others think.
    Social,
    /// Something for volume, visits or reviews.
    Rewards,
}

impl ValueClass {
    /// Every class with the name used in catalogues.
    pub const ALL: [(&str, Self); 6] = [
        ("information", Self::Information),
        ("how_to", Self::HowTo),
        ("locate", Self::Locate),
        ("recommendation", Self::Recommendation),
        ("social", Self::Social),
        ("rewards", Self::Rewards),
    ];
}

/// Why something is done; the order is the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Issue {
    /// Someone could be hurt.
    Safety,
    /// The customer has a problem with us.
    Service,
    /// The customer has earned something.
    Entitlement,
    /// The customer is worth recognising.
    Recognise,
    /// The customer is in a hurry.
    Speed,
    /// The customer is choosing.
    Choose,
    /// The customer might buy more.
    Grow,
    /// The customer might leave.
    Retain,
}

impl Issue {
    /// Every issue, in the order of precedence.
    pub const ALL: [Self; 8] = [
        Self::Safety,
        Self::Service,
        Self::Entitlement,
        Self::Recognise,
        Self::Speed,
        Self::Choose,
        Self::Grow,
        Self::Retain,
    ];

    /// The name used in catalogues, appointments and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Service => "service",
            Self::Entitlement => "entitlement",
            Self::Recognise => "recognise",
            Self::Speed => "speed",
            Self::Choose => "choose",
            Self::Grow => "grow",
            Self::Retain => "retain",
        }
    }

    /// 0 to 2 for issues that come before everything scored, 3 for the rest.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Safety => 0,
            Self::Service => 1,
            Self::Entitlement => 2,
            _ => 3,
        }
    }
}

/// The legal basis of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Marketing: needs consent, counts as a contact.
    Default,
    /// Part of a contract with the customer: needs no marketing consent and no room under the caps.
    Transactional,
    /// A legal duty: like transactional, and silence never wins against it.
    Mandatory,
}
