//! Who got something without a secret, and so covers others: entered when it was handed over, as well as can be. One who is lost covers nobody.

use std::collections::BTreeMap;

use tact_decide::{Cover, Crowd, Rendering};
use tact_domain::{Fingerprint, Timestamp};

use crate::batch::{item_json, item_write};
use crate::{ItemKey, Process, Store, StoreError};

/// Those who got something plainly, and when, by its rendering.
pub(crate) type Plain = BTreeMap<Rendering, Vec<(Fingerprint, Timestamp)>>;

/// How often a crowd is written when others write it as well.
const ATTEMPTS: u32 = 8;

/// Lets those who got a rendering plainly join its crowd; nothing is written while it is full.
pub(crate) async fn join(
    (store, process): (&impl Store, &Process),
    cover: Cover,
    (action, treatment, words): Rendering,
    plain: &[(Fingerprint, Timestamp)],
) -> Result<(), StoreError> {
    let key = ItemKey::Crowd(action, treatment, words);
    let mut attempt = 1;
    loop {
        let found = store.get(&key).await?;
        let known: Option<Crowd> = found.as_ref().map(|item| item_json(&item.bytes, "a crowd")).transpose()?;
        let mut crowd = known.unwrap_or_default();
        let joined = plain.iter().filter(|(face, at)| crowd.join(cover, *face, *at)).count();
        if joined == 0 {
            return Ok(());
        }
        let forget_at = crowd.latest().map(|at| at.plus_s(cover.within_s));
        let writes = [item_write(key.clone(), found.map_or(0, |item| item.version), &crowd, forget_at)];
        match store.commit(&writes, process.nonce(&writes)).await {
            Err(StoreError::Conflict) if attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}
