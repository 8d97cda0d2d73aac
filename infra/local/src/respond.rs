//! How people answer what they receive: the hidden response model of the town. Whatever is measured in a run, or learnt from one, is to be compared with
//! what stands here.
//!
//! The answers to a message follow from the decision it delivers, the name of its recipient and the message itself, and from nothing else: not from
//! what happened before in the run, nor from what others do. Every question about a message (is it seen? what comes of it? when?) has a
//! throw of its own, so that a change to one answer leaves all the others as they were.
//!
//! 1. A text, an e-mail or a notification is `delivered` within seconds, as its provider reports it.
//! 2. Its recipient sees it or does not (`behaviour::seen`): by channel and kind of person. What needs a hand on the phone is done between 07:30
//!    and 22:30 at home; what comes at night is seen in the morning. What is seen after it has ended leads to nothing.
//! 3. Of those who saw it, each does at most one thing (`behaviour::reactions`): `accepted`, `thanked`, `declined`, `dismissed`, `complained`, or nothing.
//!    Whoever says yes to a link has `clicked` it; some click and leave it at that.
//! 4. Some of those who put it away or complained have `opted_out`, the more the harder the message pushed.
//! 5. A coupon that was accepted is presented at a till by some: half of them within a day, the others on one of its later days.
//!
//! A task is answered by the people of its store (`staff`): taken within minutes, and mostly done. The customer may thank them, or send them away.
//!
//! People are of three kinds (`person`), as in the town: express shoppers, browsers and big buyers.
//!
//! What the file itself tells about a decision stands: whoever answers there gives no second answer here, but the provider still reports.

mod behaviour;
mod person;
mod staff;
mod when;

use std::collections::BTreeSet;

use tact_decide::{Action, Catalogue, Treatment};
use tact_domain::{Channel, DecisionId, EventKind, Happened, Outcome, Presented, Store, Timestamp};
use tact_wire::{Message, OwnEvent, Seal, parse};

use crate::arrival::Arrival;
use crate::zones::Zones;
use behaviour::Moment;
use person::{Chance, Kind};
pub use staff::Did;

/// The people who receive what is sent, and how they answer.
#[derive(Clone, Debug)]
pub struct Respondents<'a> {
    catalogue: &'a Catalogue,
    seal: Seal,
    zones: Zones,
    /// Decisions whose answer the file itself tells.
    told: BTreeSet<DecisionId>,
}

/// Something that comes back.
#[derive(Clone, Debug, PartialEq)]
pub enum Back {
    /// What became of a message, and the event that says so.
    Outcome(Outcome, OwnEvent),
    /// A coupon at a till.
    Coupon(Presented),
    /// Somebody of a store does something with a task.
    Task(Did),
}

/// What outcomes are told by; their ids are the decision and what became of it.
const SOURCE: &str = "town";

impl<'a> Respondents<'a> {
    /// The people of a file. Coupons carry codes of this seal.
    pub fn of(arrivals: &[Arrival], catalogue: &'a Catalogue, seal: Seal) -> Self {
        let outcomes = arrivals.iter().filter(|arrival| arrival.kind == EventKind::Outcome);
        let told = outcomes.filter_map(|arrival| match parse(&arrival.bytes, arrival.at).ok()?.signal.happened {
            Happened::Outcome(report) => Some(report.about.decision()),
            _ => None,
        });
        Self { catalogue, seal, zones: Zones::of(arrivals), told: told.collect() }
    }

    /// What comes back to a message, by time; nothing when nobody reacts.
    pub fn answers(&self, message: &Message) -> Vec<(Timestamp, Back)> {
        let Some((action, treatment)) = self.planned(message) else { return Vec::new() };
        let receipt = Answering::to(message, self).delivered();
        let seen = if self.told.contains(&message.decision) {
            Vec::new()
        } else {
            Answering::to(message, self).seen(action, treatment)
        };
        let mut answers: Vec<_> = receipt.into_iter().chain(seen).collect();
        if message.channel == Channel::Associate {
            answers = staff::answers(message, answers);
        }
        answers.sort_by_key(|(at, _)| *at);
        answers
    }

    /// What the catalogue says of a message; `None` for an answer in words of its own, to which nobody reacts.
    fn planned(&self, message: &Message) -> Option<(&'a Action, &'a Treatment)> {
        let action = self.catalogue.actions.iter().find(|action| action.name == message.action)?;
        let treatment = action.treatments.iter().find(|treatment| treatment.name == message.treatment)?;
        Some((action, treatment))
    }
}

/// Somebody with a message.
struct Answering<'a> {
    message: &'a Message,
    people: &'a Respondents<'a>,
    chance: Chance,
    kind: Kind,
}

impl<'a> Answering<'a> {
    fn to(message: &'a Message, people: &'a Respondents<'a>) -> Self {
        let chance = Chance::of(message);
        Self { message, people, chance, kind: Kind::of(message.customer.as_str()) }
    }

    /// What the provider reports.
    fn delivered(&self) -> Option<(Timestamp, Back)> {
        let (least, most) = match self.message.channel {
            Channel::Sms => (2, 9),
            Channel::Email => (3, 41),
            Channel::Push => (1, 5),
            Channel::Inbox | Channel::Webhook | Channel::Associate => return None,
        };
        let reported = self.chance.throw("delivered", behaviour::REPORTED);
        reported.then(|| {
            self.tells(
                Outcome::Delivered,
                self.message.sent_at.plus_s(self.chance.between("delivered in", least, most)),
            )
        })
    }

    /// What the recipient does, if they see it in time.
    fn seen(&self, action: &Action, treatment: &Treatment) -> Vec<(Timestamp, Back)> {
        let message = self.message;
        let zone = self.people.zones.of_recipient(message, &self.people.catalogue.places);
        let at = when::seen(message, &self.chance, &zone);
        let sees = self.chance.throw("seen", behaviour::seen(self.kind, message.channel, action.class));
        if !sees || at >= message.expires_at {
            return Vec::new();
        }
        let moment = Moment { kind: self.kind, action, treatment, hour: when::hour(at, &zone) };
        let glance = match message.channel {
            Channel::Email => Some(Outcome::Opened),
            Channel::Push | Channel::Inbox => Some(Outcome::Shown),
            Channel::Sms | Channel::Webhook | Channel::Associate => None,
        };
        let mut answers: Vec<_> = glance.map(|glance| self.tells(glance, at)).into_iter().collect();
        answers.extend(self.reacts(&moment, at));
        answers
    }

    /// What comes of having seen it: at most one answer, and what belongs to it.
    fn reacts(&self, moment: &Moment<'_>, seen: Timestamp) -> Vec<(Timestamp, Back)> {
        let at = seen.plus_s(self.chance.between("thinks for", 25, 600));
        let linked = matches!(self.message.channel, Channel::Email | Channel::Push | Channel::Inbox);
        let clicked =
            linked.then(|| self.tells(Outcome::Clicked, seen.plus_s(self.chance.between("clicks in", 3, 20))));
        let Some(reaction) = behaviour::reaction(moment, &self.chance) else {
            let looks = self.chance.throw("looks", behaviour::LOOKS);
            return clicked.filter(|_| looks).into_iter().collect();
        };
        let mut answers = vec![self.tells(reaction, at)];
        match reaction {
            Outcome::Accepted => {
                answers.extend(clicked);
                answers.extend(self.redeems(moment, at));
            }
            Outcome::Dismissed | Outcome::Complained => {
                let leaves = self.chance.throw("opts out", behaviour::opts_out(moment, reaction));
                let later = at.plus_s(self.chance.between("opts out in", 5, 60));
                answers.extend(leaves.then(|| self.tells(Outcome::OptedOut, later)));
            }
            _ => {}
        }
        answers
    }

    /// The coupon of an offer that was accepted, at a till.
    fn redeems(&self, moment: &Moment<'_>, accepted: Timestamp) -> Option<(Timestamp, Back)> {
        let terms = moment.treatment.coupon.as_ref()?;
        let places = &self.people.catalogue.places;
        let takes = |store: &&Store| terms.stores.is_empty() || terms.stores.contains(&store.id);
        let here = self.message.store.as_deref().and_then(|id| places.store(id)).filter(takes);
        let store = here.or_else(|| places.stores.iter().find(takes))?;
        if !self.chance.throw("redeems", behaviour::redeems(self.kind)) {
            return None;
        }
        let at = when::redeemed(accepted, i64::from(terms.days), &self.chance, &store.zone);
        let presented = Presented {
            code: self.people.seal.coupon_code(self.message.decision),
            receipt: format!("{SOURCE}-{}", self.message.decision).into(),
            customer: self.chance.throw("known at the till", 500).then(|| self.message.customer.clone()),
            store: store.id.clone(),
            at,
        };
        Some((at, Back::Coupon(presented)))
    }

    fn tells(&self, outcome: Outcome, at: Timestamp) -> (Timestamp, Back) {
        let Message { customer, decision, .. } = self.message;
        let kind = serde_json::to_value(outcome).unwrap_or_default();
        let id = format!("{decision}/{}", kind.as_str().unwrap_or_default());
        (at, Back::Outcome(outcome, OwnEvent::outcome(customer, *decision, outcome, SOURCE, &id, at)))
    }
}

#[cfg(test)]
mod tests;
