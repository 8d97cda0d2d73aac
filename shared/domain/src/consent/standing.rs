//! How a consent stands: granted or not, under which promise, and whether that promise was kept.

use serde::{Deserialize, Serialize};

use super::{ConsentState, Terms};
use crate::{Key, Timestamp};

/// The state of one scope, with the promise made for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Granted or not.
    pub state: ConsentState,
    /// The promise.
    pub terms: Option<Terms>,
    /// From when on it no longer counts; with a benefit, unless the promise was kept.
    pub review_after: Option<Timestamp>,
    /// What was promised for it.
    pub benefit: Option<Key>,
    /// How far that promise has come.
    pub promise: Promise,
}

/// How far the promise made for a consent has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// Made, and not yet kept.
    #[default]
    Made,
    /// Kept: the benefit was delivered in time.
    Kept,
    /// Broken, and the customer was asked once more since.
    AskedAgain,
}

impl Standing {
    /// Why it does not hold at an instant; `None` when it does. A promise that was not kept by the day of its review puts the consent to rest.
    pub fn refusal(&self, now: Timestamp) -> Option<ConsentRefusal> {
        let is_over = self.review_after.is_some_and(|end| now >= end);
        match (self.state, &self.benefit, self.promise) {
            (ConsentState::Denied, ..) => Some(ConsentRefusal::Denied),
            (ConsentState::Revoked, ..) => Some(ConsentRefusal::Revoked),
            (ConsentState::Granted, None, _) => is_over.then_some(ConsentRefusal::Expired),
            (ConsentState::Granted, Some(_), Promise::Kept) => None,
            (ConsentState::Granted, Some(_), _) => is_over.then_some(ConsentRefusal::Dormant),
        }
    }

    pub(super) fn may_be_asked_again(&self, now: Timestamp) -> bool {
        self.promise == Promise::Made && self.refusal(now) == Some(ConsentRefusal::Dormant)
    }
}

/// Why a consent does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentRefusal {
    /// Nobody ever asked, or no answer is known.
    NotGiven,
    /// The customer said no.
    Denied,
    /// The customer took it back.
    Revoked,
    /// It was given for a time that is over.
    Expired,
    /// What was promised for it did not come in time.
    Dormant,
}
