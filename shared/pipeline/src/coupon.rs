//! Coupons on the table: handed out with the claim of their message, taken and given back by conditional writes, once per receipt.

use tact_decide::Treatment;
use tact_domain::{Coupon, CouponRefusal, CustomerId, GivenBack, Handout, Places, Presented, Redemption, Timestamp};
use tact_wire::{DecisionItem, coupon_hash, pack_coupon, unpack_coupon};

use crate::{ItemKey, Nonce, Store, StoreError, Write};

/// Why a coupon was not taken, or not given back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CouponError {
    /// It is refused, for good.
    #[error("the coupon is refused: {}", .0.name())]
    Refused(CouponRefusal),
    /// Nobody knows: the same may be asked again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CouponRefusal> for CouponError {
    fn from(refusal: CouponRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How often a lost race is run again.
const ATTEMPTS: u32 = 3;

/// Takes a coupon for a receipt. Asked again for the same receipt, as when the answer was lost, it gives the same answer.
///
/// # Errors
/// Why it is refused; or when the table cannot be read or written, or others were faster three times.
pub async fn redeem(store: &impl Store, presented: &Presented, places: &Places) -> Result<Redemption, CouponError> {
    change(store, &presented.code, |coupon| {
        let redemption = coupon.redeem(presented, places)?;
        Ok((!redemption.again, redemption))
    })
    .await
}

/// Enters that the purchase a coupon was used for came back.
///
/// # Errors
/// When there is no such coupon, or it was not used for that receipt; or as `redeem`.
pub async fn give_back(store: &impl Store, code: &str, receipt: &str) -> Result<GivenBack, CouponError> {
    change(store, code, |coupon| {
        let given_back = coupon.give_back(receipt)?;
        Ok((!given_back.again, given_back))
    })
    .await
}

/// The coupon that a treatment of a decision hands out; `None` when it hands out none.
pub fn coupon_of(
    item: &DecisionItem,
    customer: &CustomerId,
    treatment: &Treatment,
    at: Timestamp,
    places: &Places,
) -> Option<Coupon> {
    let terms = treatment.coupon.as_ref()?;
    #[expect(clippy::cast_possible_truncation, reason = "an incentive is far below 2^53 minor units")]
    let worth = treatment.incentive.round() as i64;
    let handout = Handout {
        decision: item.decision,
        customer: customer.clone(),
        action: item.action.clone(),
        treatment: treatment.name.clone(),
        store: item.store.clone(),
        worth,
        at,
    };
    Some(Coupon::issue(handout, terms, places))
}

/// What makes a coupon one: to be committed with the claim of the message that tells its code. It fails when the decision has handed one out.
pub fn issue_write(code: &str, coupon: &Coupon) -> Write {
    write(ItemKey::Coupon(coupon_hash(code)), 0, coupon)
}

/// Reads a coupon, changes it and, when that moved anything, writes it, version-checked. What `by` answers is whether it did, and the answer.
async fn change<T>(
    store: &impl Store,
    code: &str,
    by: impl Fn(&mut Coupon) -> Result<(bool, T), CouponRefusal>,
) -> Result<T, CouponError> {
    let key = ItemKey::Coupon(coupon_hash(code));
    for _ in 0..ATTEMPTS {
        let found = store.get(&key).await?.ok_or(CouponRefusal::Unknown)?;
        let coupon = unpack_coupon(&found.bytes);
        let mut coupon = coupon.ok_or_else(|| StoreError::Unreadable("coupon".to_owned()))?;
        let (moved, answer) = by(&mut coupon)?;
        if !moved {
            return Ok(answer);
        }
        let writes = [write(key.clone(), found.version, &coupon)];
        match store.commit(&writes, Nonce::of(&writes)).await {
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(answer),
        }
    }
    Err(StoreError::Conflict.into())
}

fn write(key: ItemKey, version: u64, coupon: &Coupon) -> Write {
    let forget_at = Some(coupon.forget_at());
    Write { key, expected: Some(version), bytes: pack_coupon(coupon), forget_at, due_at: None }
}
