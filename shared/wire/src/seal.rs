//! Seals: keyed hashes by which we know our own links, codes and callers again. Comparing takes the same time whatever is compared.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tact_domain::{Channel, CustomerId, DecisionId, Key, Role, Staff, Timestamp};

use crate::hex;

/// The secret of a deployment. What it prints for debugging leaves the secret out.
#[derive(Clone)]
pub struct Seal(Vec<u8>);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

/// What a link to unsubscribe says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Who.
    pub customer: CustomerId,
    /// From which channel.
    pub channel: Channel,
    /// Which message said so.
    pub decision: DecisionId,
}

impl Seal {
    /// The least bytes a secret has.
    pub const LEAST: usize = 32;

    /// The seal of a secret; `None` when it is shorter than 32 bytes.
    pub fn new(secret: &[u8]) -> Option<Self> {
        (secret.len() >= Self::LEAST).then(|| Self(secret.to_vec()))
    }

    /// The code of the coupon of a decision: ten letters and digits that are not mistaken for each other.
    pub fn coupon_code(&self, decision: DecisionId) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mac = self.mac("coupon", &[decision.0.to_be_bytes().as_slice()]);
        let letters = mac.iter().take(10).filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
        letters.map(|letter| char::from(*letter)).collect()
    }

    /// The token of a link by which somebody unsubscribes.
    pub fn unsubscribe_token(&self, link: &Unsubscribe) -> String {
        let plain = format!("{}/{}/{}", link.customer, link.channel.name(), link.decision);
        let mac = self.mac("unsubscribe", &[plain.as_bytes()]);
        format!("{}.{}", hex(plain.as_bytes()), hex(&mac))
    }

    /// What a token says; `None` for one that is not ours.
    pub fn unsubscribe(&self, token: &str) -> Option<Unsubscribe> {
        let plain = self.opened("unsubscribe", token)?;
        let mut parts = plain.split('/');
        let (customer, channel, decision) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Unsubscribe {
            customer: CustomerId::new(customer)?,
            channel: Channel::ALL.into_iter().find(|known| known.name() == channel)?,
            decision: DecisionId::parse(decision)?,
        })
    }

    /// The token by which somebody of a store shows who they are to us, up to and including the day of an instant, in UTC.
    pub fn staff_token(&self, staff: &Staff, last: Timestamp) -> String {
        let plain = format!("{}/{}/{}", staff.role.name(), day(last), staff.store);
        let mac = self.mac("staff", &[plain.as_bytes()]);
        format!("{}.{}", hex(plain.as_bytes()), hex(&mac))
    }

    /// Whose token it is; `None` for one that is not ours, or was good until an earlier day.
    pub fn staff(&self, token: &str, now: Timestamp) -> Option<Staff> {
        let plain = self.opened("staff", token)?;
        let (role, rest) = plain.split_once('/')?;
        let (last, store) = rest.split_once('/')?;
        let (_, role) = Role::ALL.into_iter().find(|(known, _)| *known == role)?;
        (day(now) <= last.parse().ok()?).then(|| Staff { store: Key::new(store), role })
    }

    /// What a token of a purpose says; `None` for one that is not ours.
    fn opened(&self, purpose: &str, token: &str) -> Option<String> {
        let (plain, mac) = token.split_once('.')?;
        let (plain, mac) = (unhex(plain)?, unhex(mac)?);
        if !self.is_sealed(purpose, &[&plain], &mac) {
            return None;
        }
        String::from_utf8(plain).ok()
    }

    /// The signature of a body sent at a time, in lower-case hexadecimal: over the seconds since 1970, a full stop, and the body.
    pub fn signature(&self, at_s: i64, body: &[u8]) -> String {
        hex(&self.mac("webhook", &[at_s.to_string().as_bytes(), b".", body]))
    }

    /// Whether a signature is that of a body sent at a time.
    pub fn is_signed(&self, at_s: i64, body: &[u8], signature: &str) -> bool {
        unhex(signature).is_some_and(|mac| self.is_sealed("webhook", &[at_s.to_string().as_bytes(), b".", body], &mac))
    }

    /// One secret, a key for each use.
    fn keyed(&self, purpose: &str) -> Option<Hmac<Sha256>> {
        let mut derived = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        derived.update(purpose.as_bytes());
        Hmac::<Sha256>::new_from_slice(&derived.finalize().into_bytes()).ok()
    }

    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
        // A key of any length is taken, so there always is one.
        let Some(mut mac) = self.keyed(purpose) else { return Vec::new() };
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }

    fn is_sealed(&self, purpose: &str, parts: &[&[u8]], found: &[u8]) -> bool {
        let Some(mut mac) = self.keyed(purpose) else { return false };
        for part in parts {
            mac.update(part);
        }
        mac.verify_slice(found).is_ok()
    }
}

/// The days since 1970 at an instant.
fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(86_400_000)
}

/// Bytes from hexadecimal digits; `None` for anything else.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(20_000 * 86_400_000 + 43_200_000);

    fn seal() -> Seal {
        Seal::new(&[7; 32]).unwrap()
    }

    #[test]
    fn a_link_says_what_it_was_made_of_and_an_altered_one_says_nothing() {
        let customer = CustomerId::new("cust:42@shop").unwrap();
        let link = Unsubscribe { customer, channel: Channel::Email, decision: DecisionId(7) };
        let token = seal().unsubscribe_token(&link);
        assert_eq!(seal().unsubscribe(&token), Some(link));
        for at in [0, 10, token.len() - 1] {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(seal().unsubscribe(&String::from_utf8(altered).unwrap()), None);
        }
        assert_eq!(Seal::new(&[8; 32]).unwrap().unsubscribe(&token), None, "another secret");
        assert_eq!(seal().unsubscribe("zz.\u{e9}"), None);
    }

    #[test]
    fn a_token_of_staff_says_which_store_and_role_and_is_none_of_another_use() {
        for (store, role) in [("market-street", Role::Associate), ("pier/7", Role::Manager)] {
            let staff = Staff { store: store.into(), role };
            let token = seal().staff_token(&staff, NOON);
            assert_eq!(seal().staff(&token, NOON.plus_s(43_199)), Some(staff));
            assert_eq!(seal().staff(&token, NOON.plus_s(43_200)), None, "its last day is over");
            assert_eq!(Seal::new(&[8; 32]).unwrap().staff(&token, NOON), None, "another secret");
        }
        let link = Unsubscribe {
            customer: CustomerId::new("manager").unwrap(),
            channel: Channel::Sms,
            decision: DecisionId(1),
        };
        assert_eq!(seal().staff(&seal().unsubscribe_token(&link), NOON), None);
    }

    #[test]
    fn a_signature_covers_the_time_and_the_body() {
        let signature = seal().signature(1_000, b"{}");
        assert!(seal().is_signed(1_000, b"{}", &signature));
        assert!(!seal().is_signed(1_001, b"{}", &signature) && !seal().is_signed(1_000, b"{ }", &signature));
        assert!(!seal().is_signed(1_000, b"{}", ""));
    }

    #[test]
    fn a_code_belongs_to_its_decision_and_secret() {
        let code = seal().coupon_code(DecisionId(1));
        assert_eq!(code.len(), 10);
        assert_ne!(code, seal().coupon_code(DecisionId(2)));
        assert_ne!(code, Seal::new(&[8; 32]).unwrap().coupon_code(DecisionId(1)));
    }

    #[test]
    fn a_short_secret_is_none() {
        assert!(Seal::new(&[1; 31]).is_none());
    }
}
