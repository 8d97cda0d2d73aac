//! Coupons at the till: what the request asks of `crate::coupon`, and what it is answered.

use serde_json::json;
use tact_decide::Catalogue;
use tact_domain::{Outcome, Presented, Redemption};
use tact_wire::{OwnEvent, coupon_hash, sha256_hex};

use super::{Answer, Reply, ReplyError};
use crate::{Clock, CouponError, Events, Store, give_back, redeem};

impl<S: Store, E: Events, C: Clock> Reply<S, E, C> {
    /// Takes a coupon, and tells the decision that handed it out. Presented again for the same receipt it gives the same answer.
    pub(super) async fn present(&self, presented: &Presented, catalogue: &Catalogue) -> Result<Answer, ReplyError> {
        let redeemed = redeem(&self.store, presented, &catalogue.places).await;
        let Redemption { decision, customer, worth, at, .. } = match redeemed {
            Ok(redemption) => redemption,
            Err(error) => return refused(error),
        };
        // No code can be told from the name of its event.
        let id = sha256_hex(format!("{}/{}", coupon_hash(&presented.code), presented.receipt).as_bytes());
        let redeemed = OwnEvent::outcome(&customer, decision, Outcome::Redeemed, "coupons", &id, at);
        self.events.put(&[redeemed]).await?;
        Ok(Answer::json(200, "redeemed", &json!({ "redeemed": true, "worth": worth })))
    }

    /// Enters that the purchase a coupon was used for came back.
    pub(super) async fn take_back(&self, code: &str, receipt: &str) -> Result<Answer, ReplyError> {
        match give_back(&self.store, code, receipt).await {
            Ok(given_back) => Ok(Answer::json(200, "given_back", &json!({ "became": given_back.became }))),
            Err(error) => refused(error),
        }
    }
}

/// A refusal is an answer; a table that does not answer is none.
fn refused(error: CouponError) -> Result<Answer, ReplyError> {
    match error {
        CouponError::Refused(refusal) => Ok(Answer::json(409, "refused", &json!({ "refused": refusal.name() }))),
        CouponError::Store(error) => Err(error.into()),
    }
}
