//! Coupons at the till: `{"code","receipt","customer","store","at"}` takes one, `{"code","receipt"}` says that the purchase came back.

use tact_domain::{Presented, Timestamp};

use super::body::Body;
use super::{Rejection, Returned};

/// The longest code, with the spaces and dashes people type.
const MAX_CODE: usize = 64;

/// Reads a coupon that is presented; who presents it may be unknown to the till.
pub(super) fn read_presented(bytes: &[u8], now: Timestamp) -> Result<Presented, Rejection> {
    let body = Body::read(bytes)?;
    Ok(Presented {
        code: body.text("code", MAX_CODE)?.to_owned(),
        receipt: body.key("receipt")?,
        customer: body.customer_if_any("customer")?,
        store: body.key("store")?,
        at: body.instant("at", now)?,
    })
}

/// Reads that a purchase came back.
pub(super) fn read_given_back(bytes: &[u8]) -> Result<Returned, Rejection> {
    let body = Body::read(bytes)?;
    Ok(Returned::GivenBack { code: body.text("code", MAX_CODE)?.to_owned(), receipt: body.key("receipt")? })
}
