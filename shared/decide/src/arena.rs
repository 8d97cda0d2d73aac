//! Arenas: where something is known, and where it may be used. What crosses from one to another is data; whatever is not listed is free.

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, Trigger};

use crate::{Action, Moment, Treatment, slot};

/// Where something became known, or is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arena {
    /// The app: what is done, found and announced there.
    App,
    /// A store of ours, and the people in it.
    Store,
    /// A till, or the order page: what was bought.
    Till,
    /// Texts.
    Phone,
    /// E-mails.
    Mail,
    /// What anybody can read: comments, reviews, posts.
    Forum,
    /// What others tell us.
    Partner,
}

impl Arena {
    /// Every arena, with the name used in catalogues, in the order used wherever they are listed.
    pub const ALL: [(&str, Self); 7] = [
        ("app", Self::App),
        ("store", Self::Store),
        ("till", Self::Till),
        ("phone", Self::Phone),
        ("mail", Self::Mail),
        ("forum", Self::Forum),
        ("partner", Self::Partner),
    ];

    /// Where what triggers a decision became known; `None` for what has no place of its own.
    pub fn of_trigger(trigger: Trigger) -> Option<Self> {
        match trigger {
            Trigger::CheckIn | Trigger::Open => Some(Self::App),
            Trigger::Purchase => Some(Self::Till),
            Trigger::Comment => Some(Self::Forum),
            Trigger::Entry | Trigger::Dwell | Trigger::Exit => Some(Self::Store),
            Trigger::Due => None,
        }
    }

    /// Where a channel says something; another system's endpoint speaks where the customer spoke.
    pub fn of_channel(channel: Channel) -> Self {
        match channel {
            Channel::Sms => Self::Phone,
            Channel::Email => Self::Mail,
            Channel::Push | Channel::Inbox => Self::App,
            Channel::Webhook => Self::Forum,
            Channel::Associate => Self::Store,
        }
    }
}

/// What it means to carry something from one arena to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crossing {
    /// Nothing.
    #[default]
    Free,
    /// It is a step creepier.
    Costs,
    /// It is not done.
    Denied,
}

impl Crossing {
    /// Every crossing, with the name used in catalogues.
    pub const ALL: [(&str, Self); 3] = [("free", Self::Free), ("costs", Self::Costs), ("denied", Self::Denied)];
}

/// What may cross: from each arena, to each arena, in the order of `Arena::ALL`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arenas(pub [[Crossing; 7]; 7]);

impl Arenas {
    /// What it means to carry something known in one arena to another.
    pub fn crossing(&self, from: Arena, to: Arena) -> Crossing {
        self.0.get(from as usize).and_then(|row| row.get(to as usize)).copied().unwrap_or_default()
    }

    /// The worst crossing that saying something in this way at this moment takes: from where the moment became known, and from wherever the
    /// action's rules look, to where its channel speaks. What says nothing of the customer crosses nothing.
    pub(crate) fn worst(&self, moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> Crossing {
        let to = Arena::of_channel(treatment.channel);
        // What was put off became known where it was put off.
        let known = Arena::of_trigger(slot::asked_for(moment)).into_iter().chain(action.arenas.iter().copied());
        if action.for_store {
            return Crossing::Free;
        }
        known.map(|from| self.crossing(from, to)).max().unwrap_or_default()
    }

    /// Whether it is a step creepier for what it carries over.
    pub(crate) fn is_crossed(&self, moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> bool {
        self.worst(moment, action, treatment) != Crossing::Free
    }
}
