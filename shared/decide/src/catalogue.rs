//! The catalogue: what could be said or done, to whom, by which channel, at what worth, and the policy all of it obeys.

use serde::{Deserialize, Serialize};
use tact_domain::{
    Channel, Contact, ContactFacet, DecisionId, Entitlement, Goods, Ground, Key, Places, Profile, Purpose,
    SensitiveMatters, Timestamp, Trigger, Trouble,
};

use crate::{
    Action, Adaptive, Arenas, Benefit, Budgets, Cover, Discretion, Explore, Guardrail, Provenance, Quiet, Slot,
    Treatment,
};

/// A checked, compiled catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// The SHA-256 over its compiled bytes, in lower-case hexadecimal; names it in every decision.
    pub hash: String,
    /// Everything its rules look at; they name places in this list.
    pub slots: Vec<Slot>,
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
    /// What is sold, and what of it stands in which store.
    pub goods: Goods,
    /// What is nobody's business.
    pub sensitive: SensitiveMatters,
}

impl Catalogue {
    /// The ground that signals fall on.
    pub fn ground(&self) -> Ground<'_> {
        Ground { places: &self.places, currency: &self.policy.currency, sensitive: &self.sensitive }
    }

    /// Everything that may call an action: its triggers and, when it is decided again, what appointments for its issue wait for. Each once.
    pub fn callers(&self, action: &Action) -> Vec<Trigger> {
        let mut callers = action.triggers.clone();
        if callers.contains(&Trigger::Due) {
            let of_issue = self.actions.iter().filter(|other| other.issue == action.issue);
            let waits: Vec<_> = of_issue.filter_map(|other| other.put_off.as_ref()).map(|put_off| put_off.on).collect();
            callers.extend(Trigger::CUSTOMER.iter().filter(|trigger| waits.iter().any(|on| on.is_met_by(**trigger))));
        }
        callers.sort_unstable();
        callers.dedup();
        callers
    }
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
    /// The page on which customers, once it knows them, claim what they were promised; `None` when there is none.
    pub claim: Option<String>,
    /// The most segments a text message may have.
    pub sms_segments: u8,
}

/// What holds for every action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The currency decisions are made in.
    pub currency: Key,
    /// How many messages are too many.
    pub caps: Vec<Cap>,
    /// When channels rest.
    pub quiet: Quiet,
    /// The weights of the money formula.
    pub levers: Levers,
    /// Which actions stand in for each other.
    pub exclusions: Vec<Exclusion>,
    /// How long a trouble counts as open, in seconds; one that is not listed never does.
    pub troubles: Vec<(Trouble, i64)>,
    /// What the customer must have agreed to before marketing may tell instead of ask.
    pub push_needs: Vec<Purpose>,
    /// For how long a count of stock is believed, in seconds.
    pub stock_fresh_s: i64,
    /// What messages may let people know that we know.
    pub may_disclose: Vec<Provenance>,
    /// Where the line between cool and creepy runs.
    pub discretion: Discretion,
    /// What may cross from one arena to another.
    pub arenas: Arenas,
    /// What customers are promised for a consent, in id order.
    pub benefits: Vec<Benefit>,
    /// Who is never contacted, so that we learn what would have happened anyway.
    pub holdout: Holdout,
    /// The fewest people that are counted together; never under `Crowd::LEAST`.
    pub crowd: u32,
    /// What makes a treatment rest.
    pub guardrail: Guardrail,
    /// How many others must get what somebody gets only for a secret.
    pub cover: Cover,
    /// How what was learnt from what became of messages is weighed; nothing is learnt without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adaptive: Option<Adaptive>,
    /// How often something else than the best is tried.
    #[serde(default, skip_serializing_if = "Explore::is_off")]
    pub explore: Explore,
}

impl Policy {
    /// The trouble of a customer that is open at an instant, the first in the order of `Trouble::ALL`; `None` for one without.
    pub fn trouble(&self, profile: &Profile, now: Timestamp) -> Option<Trouble> {
        let open = |(trouble, lasts_s): &(Trouble, i64)| {
            let entered = profile.contact.troubles.since(*trouble);
            let returned = profile.purchase.last_return.filter(|_| *trouble == Trouble::Return);
            entered.max(returned).is_some_and(|since| now < since.plus_s(*lasts_s))
        };
        self.troubles.iter().find(|trouble| open(trouble)).map(|(trouble, _)| *trouble)
    }
}

/// Actions of which at most one reaches a customer within a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Its name, quoted in decisions.
    pub name: Key,
    /// The actions.
    pub actions: Vec<Key>,
    /// The window, in seconds.
    pub within_s: i64,
}

/// The universal holdout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Holdout {
    /// The share of customers in it, 0 to 0.5.
    pub share: f64,
    /// What is mixed into the hash that tells who is; changing it draws anew.
    pub salt: Key,
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
        let used = ledger.count(!self.impressions, now, self.window_s, |contact| self.counts(contact, own));
        u16::try_from(used).unwrap_or(u16::MAX)
    }

    /// When the earliest of them was planned; `None` when it counts none.
    pub(crate) fn earliest(&self, ledger: &ContactFacet, now: Timestamp, own: DecisionId) -> Option<Timestamp> {
        ledger.earliest(!self.impressions, now, self.window_s, |contact| self.counts(contact, own))
    }

    fn counts(&self, contact: &Contact, own: DecisionId) -> bool {
        contact.capped
            && contact.decision != own
            && self.channel.is_none_or(|channel| channel == contact.channel)
            && self.group.as_ref().is_none_or(|group| *group == contact.group)
    }

    /// Whether it limits a treatment of an action.
    pub fn limits(&self, action: &Action, treatment: &Treatment) -> bool {
        self.impressions != treatment.channel.interrupts()
            && self.channel.is_none_or(|channel| channel == treatment.channel)
            && self.group.as_ref().is_none_or(|group| *group == action.group)
    }
}

/// The weights of the money formula.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Levers {
    /// The terms that are switched off.
    pub off: Vec<Term>,
    /// How much the customer's benefit counts beside our margin.
    pub benefit: f64,
    /// What annoying a customer costs, in minor units.
    pub harm: f64,
    /// The price of using up a contact, in minor units, where no table of prices says better; 0 is greedy, with a table or without.
    pub bid: f64,
    /// Multiplies the gain at a store's door, where most people are on a mission; positive.
    pub at_entry: f64,
    /// What a score is multiplied by when it would have to wait for another time, 0 to 1.
    pub later: f64,
}

/// A term of the money formula, or something else about a decision that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// What the customer would not have done anyway.
    Gain,
    /// The action's own lever.
    Lever,
    /// The moment's weight.
    Context,
    /// What is done anyway, taken off the gain.
    Organic,
    /// The customer's own benefit.
    Benefit,
    /// What is given away.
    Incentive,
    /// What annoying costs.
    Harm,
    /// What sending costs.
    Cost,
    /// The price of using up a contact.
    Bid,
    /// What was learnt from what became of messages.
    Learned,
    /// Trying something else than the best.
    Explore,
}

impl Term {
    /// Every term with the name used in policies.
    pub const ALL: [(&str, Self); 11] = [
        ("gain", Self::Gain),
        ("lever", Self::Lever),
        ("context", Self::Context),
        ("organic", Self::Organic),
        ("benefit", Self::Benefit),
        ("incentive", Self::Incentive),
        ("harm", Self::Harm),
        ("cost", Self::Cost),
        ("bid", Self::Bid),
        ("learned", Self::Learned),
        ("explore", Self::Explore),
    ];
}
