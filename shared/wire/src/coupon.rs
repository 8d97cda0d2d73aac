//! The item of a coupon, and what its code is called where it must not be readable.

use tact_domain::Coupon;

use crate::facet::{pack, read};
use crate::sha256_hex;

/// The hash of a code, however it was typed: letters of either case, with spaces and dashes or without.
pub fn coupon_hash(code: &str) -> String {
    let written = code.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_uppercase());
    sha256_hex(format!("coupon:{}", written.collect::<String>()).as_bytes())
}

/// The stored form.
pub fn pack_coupon(coupon: &Coupon) -> Vec<u8> {
    pack(coupon)
}

/// Reads the stored form; `None` when it is corrupt or of a newer schema.
pub fn unpack_coupon(bytes: &[u8]) -> Option<Coupon> {
    read(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let hash = coupon_hash("AB12CD34EF");
        for typed in ["ab12cd34ef", " AB12-CD34-EF ", "AB12 CD34\u{a0}EF", "AB12\u{2011}CD34\u{2013}EF"] {
            assert_eq!(coupon_hash(typed), hash, "{typed}");
        }
        assert_ne!(coupon_hash("AB12CD34EG"), hash);
    }
}
