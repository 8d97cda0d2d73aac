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

    /// Whether two standings make the same promise: the same benefit by the same day.
    pub(super) fn promises_the_same(&self, other: &Self) -> bool {
        let granted = self.state == ConsentState::Granted && other.state == ConsentState::Granted;
        granted && self.benefit.is_some() && (&self.benefit, self.review_after) == (&other.benefit, other.review_after)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channel, ConsentChange, ConsentFacet, Fingerprint, Grant, Purpose, Scope};

    const REVIEW: Timestamp = Timestamp(10_000);

    fn promised(review_after: Option<Timestamp>) -> ConsentChange {
        let scope = Scope { purpose: Purpose::Marketing, channel: Some(Channel::Email), topic: None };
        let benefit = Some("early-sale".into());
        let grants = vec![Grant { scope, state: ConsentState::Granted, terms: None, review_after, benefit }];
        ConsentChange { grants, ..ConsentChange::default() }
    }

    fn given() -> ConsentFacet {
        let mut facet = ConsentFacet::default();
        facet.fold(&promised(Some(REVIEW)), Timestamp(1_000), Fingerprint(1));
        facet
    }

    fn stands(facet: &ConsentFacet, now: i64) -> Result<(), ConsentRefusal> {
        facet.relied_on(Purpose::Marketing, Channel::Email, None, Timestamp(now)).map(|_| ())
    }

    #[test]
    fn a_promise_not_kept_by_its_day_puts_the_consent_to_rest_and_may_be_asked_for_once() {
        let mut facet = given();
        assert_eq!((stands(&facet, 9_999), facet.may_ask_again(Timestamp(9_999))), (Ok(()), false));
        assert_eq!(stands(&facet, 10_000), Err(ConsentRefusal::Dormant));
        assert!(facet.may_ask_again(Timestamp(10_000)) && facet.ask_again(Timestamp(10_000)));
        assert!(!facet.may_ask_again(Timestamp(10_001)) && !facet.ask_again(Timestamp(10_001)));
        assert_eq!(stands(&facet, 10_001), Err(ConsentRefusal::Dormant));
    }

    #[test]
    fn a_promise_is_kept_by_its_own_benefit_between_its_making_and_its_day() {
        for (benefit, at, kept) in [
            ("early-sale", 1_000, true),
            ("early-sale", 9_999, true),
            ("early-sale", 999, false),
            ("early-sale", 10_000, false),
            ("points", 5_000, false),
        ] {
            let mut facet = given();
            assert_eq!(facet.keep(benefit, Timestamp(at)), kept, "{benefit} {at}");
            assert_eq!(stands(&facet, 10_000).is_ok(), kept, "{benefit} {at}");
        }
    }

    #[test]
    fn a_yes_to_the_same_promise_keeps_how_far_it_came_and_one_to_another_begins_anew() {
        let mut facet = given();
        facet.keep("early-sale", Timestamp(2_000));
        facet.fold(&promised(Some(REVIEW)), Timestamp(3_000), Fingerprint(2));
        assert_eq!(stands(&facet, 10_000), Ok(()), "kept already");
        let mut facet = given();
        facet.ask_again(Timestamp(11_000));
        facet.fold(&promised(Some(REVIEW)), Timestamp(12_000), Fingerprint(2));
        assert!(stands(&facet, 12_000).is_err() && !facet.may_ask_again(Timestamp(12_000)), "over as it was");
        facet.fold(&promised(Some(Timestamp(20_000))), Timestamp(13_000), Fingerprint(3));
        assert_eq!(stands(&facet, 19_999), Ok(()));
        assert!(facet.may_ask_again(Timestamp(20_000)), "a new promise may be broken anew");
    }

    #[test]
    fn a_promise_without_a_day_is_never_over() {
        let mut facet = ConsentFacet::default();
        facet.fold(&promised(None), Timestamp(1_000), Fingerprint(1));
        assert_eq!(stands(&facet, i64::MAX), Ok(()));
    }
}
