//! The catalogue: what could be said or done, to whom, by which channel, at what worth, and the policy all of it obeys.

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, ContactFacet, CouponTerms, DecisionId, Entitlement, Key, On, Places, Timestamp, Trigger};

use crate::{Budgets, Criterion, Moment};

/// A checked, compiled catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// The SHA-256 over its compiled bytes, in lower-case hexadecimal; names it in every decision.
    pub hash: String,
    /// The actions, in name order.
    pub actions: Vec<Action>,
    /// What holds for all of them.
    pub policy: Policy,
    /// How long a decision may take.
    pub budgets: Budgets,
    /// Our stores and the places where nobody is approached.
    pub places: Places,
    /// Who speaks.
    pub brand: Brand,
    /// What customers earn by rule.
    pub entitlements: Vec<Entitlement>,
}

/// Who speaks: what every message says of its sender.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Brand {
    /// The name customers know.
    pub name: String,
    /// The postal address at the foot of e-mails that sell.
    pub postal_address: String,
    /// The address e-mails are sent from, as customers see it.
    pub email_from: String,
    /// What a text that asks for help is answered with.
    pub help: String,
    /// The hosts a link in a message may lead to.
    pub links: Vec<String>,
    /// The most segments a text message may have.
    pub sms_segments: u8,
}

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
    /// All of these must hold of the customer and the moment.
    pub eligibility: Vec<Criterion>,
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
    /// The probability of the positive outcome when nothing is said; marked `prior` until a holdout tells better.
    pub organic: f64,
    /// Multiplies the gain; positive, 1 by default.
    pub lever: f64,
    /// When it is decided on instead of at once, if it is to wait.
    pub put_off: Option<PutOff>,
    /// The ways to do it.
    pub treatments: Vec<Treatment>,
}

impl Action {
    /// Whether a moment calls for it: by its trigger, or by an appointment for its issue that is kept now. An appointment needs the action to
    /// list `due` among its triggers.
    pub(crate) fn is_called_by(&self, moment: &Moment<'_>) -> bool {
        let by_trigger = moment.trigger != Trigger::Due && self.triggers.contains(&moment.trigger);
        by_trigger || (self.triggers.contains(&Trigger::Due) && moment.keeps(self.issue))
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

/// One way to do an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Treatment {
    /// Its name, unique in the action.
    pub name: Key,
    /// The channel it uses.
    pub channel: Channel,
    /// Who takes the step.
    pub mode: Mode,
    /// What it gives away, in minor units.
    pub incentive: f64,
    /// What sending it costs, in minor units.
    pub cost: f64,
    /// The probability of a positive outcome by group, used when no model may or can be.
    pub group_prior: f64,
    /// The probability that the customer likes being told.
    pub liked: f64,
    /// The probability that it annoys.
    pub harmful: f64,
    /// Whether it names or points out the person, in front of others.
    pub identifies: bool,
    /// How long after the decision it is still worth sending, in seconds.
    pub valid_s: i64,
    /// How long after it left an answer still counts, in seconds; silence until then is none.
    pub window_s: i64,
    /// The terms of the coupon it hands out, worth its incentive, if it hands one out.
    pub coupon: Option<CouponTerms>,
    /// The subject, for an e-mail.
    pub subject: Option<String>,
    /// The text, with `{{ variable }}`s.
    pub text: String,
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

/// Who takes the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The customer comes and finds it.
    Pull,
    /// We ask, the customer decides.
    Prompt,
    /// We tell.
    Push,
}

/// What holds for every action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The currency decisions are made in.
    pub currency: Key,
    /// How many messages are too many.
    pub caps: Vec<Cap>,
    /// When channels rest.
    pub quiet: Vec<QuietHours>,
    /// The weights of the money formula.
    pub levers: Levers,
}

/// At most `max` messages in any `window_s` seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cap {
    /// Its name, quoted in decisions.
    pub name: Key,
    /// How many are allowed.
    pub max: u16,
    /// In how long a rolling window, in seconds.
    pub window_s: i64,
    /// Whether impressions are counted instead of contacts.
    pub impressions: bool,
    /// Only messages by this channel, if any.
    pub channel: Option<Channel>,
    /// Only messages of this group, if any.
    pub group: Option<Key>,
}

impl Cap {
    /// How many messages of a ledger it counts at `now`, that of the decision itself left out.
    pub fn used(&self, ledger: &ContactFacet, now: Timestamp, own: DecisionId) -> u16 {
        let used = ledger.count(!self.impressions, now, self.window_s, |contact| {
            contact.capped
                && contact.decision != own
                && self.channel.is_none_or(|channel| channel == contact.channel)
                && self.group.as_ref().is_none_or(|group| *group == contact.group)
        });
        u16::try_from(used).unwrap_or(u16::MAX)
    }

    /// Whether it limits a treatment of an action.
    pub fn limits(&self, action: &Action, treatment: &Treatment) -> bool {
        self.impressions != treatment.channel.interrupts()
            && self.channel.is_none_or(|channel| channel == treatment.channel)
            && self.group.as_ref().is_none_or(|group| *group == action.group)
    }
}

/// Hours of the recipient's day in which a channel may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The channel.
    pub channel: Channel,
    /// The first second of the local day it may be used.
    pub open_s: u32,
    /// The first second of the local day it may no longer be used; later than `open_s`.
    pub close_s: u32,
}

/// The weights of the money formula; a term is switched off by weight 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Levers {
    /// How much the customer's benefit counts beside our margin.
    pub benefit: f64,
    /// What annoying a customer costs, in minor units.
    pub harm: f64,
    /// The price of using up a contact, in minor units; 0 is greedy.
    pub bid: f64,
    /// Multiplies the gain at a store's door, where most people are on a mission; positive.
    pub at_entry: f64,
}
