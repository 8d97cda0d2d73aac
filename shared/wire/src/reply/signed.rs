//! Who calls our webhooks: the header `tact-signature: t=<seconds since 1970>,v1=<hexadecimal>`, made with the secret both sides know.

use tact_domain::Timestamp;

use super::Request;
use crate::Seal;

/// How far its time may be from ours, in seconds.
const WINDOW_S: u64 = 300;
/// The most signatures one header may have: one for each secret while one gives way to another.
const MOST: usize = 4;

/// Whether a request was signed just now by somebody who knows the secret.
pub(super) fn is_signed(request: &Request, seal: &Seal, now: Timestamp) -> bool {
    let Some(header) = request.header("tact-signature").filter(|header| header.len() <= 512) else { return false };
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let Some(at_s) = parts().find(|(name, _)| *name == "t").and_then(|(_, at)| at.parse::<i64>().ok()) else {
        return false;
    };
    let recent = now.0.div_euclid(1000).abs_diff(at_s) <= WINDOW_S;
    let mut signatures = parts().filter(|(name, _)| *name == "v1").take(MOST);
    recent && signatures.any(|(_, signature)| seal.is_signed(at_s, &request.body, signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_793_458_800;

    fn is_taken(header: &str) -> bool {
        let headers = vec![("Tact-Signature".to_owned(), header.to_owned())];
        let request = Request { headers, body: b"{}".to_vec(), ..Request::default() };
        is_signed(&request, &Seal::new(&[7; 32]).unwrap(), Timestamp(NOW_S * 1000))
    }

    fn signature(at_s: i64) -> String {
        Seal::new(&[7; 32]).unwrap().signature(at_s, b"{}")
    }

    #[test]
    fn a_signature_counts_for_five_minutes_either_way() {
        for (off, taken) in [(0, true), (-300, true), (300, true), (-301, false), (301, false)] {
            let at = NOW_S + off;
            assert_eq!(is_taken(&format!("t={at},v1={}", signature(at))), taken, "{off}");
        }
    }

    #[test]
    fn one_of_several_signatures_is_enough() {
        let (ours, other) = (signature(NOW_S), "0".repeat(64));
        assert!(is_taken(&format!("t={NOW_S}, v1={other}, v1={ours}")));
        assert!(!is_taken(&format!("t={NOW_S},v1={other}")));
        assert!(!is_taken(&format!("t={NOW_S},v0={ours}")));
    }

    #[test]
    fn what_is_no_header_of_ours_signs_nothing() {
        for header in ["", "t=", "v1=", "t=1e9,v1=", "t=9999999999999999999999,v1=00", &"t=1,".repeat(200)] {
            assert!(!is_taken(header), "{header}");
        }
        assert!(!is_taken(&format!("t={},v1={}", i64::MIN, signature(i64::MIN))));
    }
}
