//! How many are a crowd.

use super::*;

const COVER: Cover = Cover { k: 3, within_s: 1_000 };
const NOW: Timestamp = Timestamp(1_793_458_800_000);
const HER: Fingerprint = Fingerprint(99);

/// A crowd of those who got it so many seconds ago.
fn crowd(ago_s: &[i64]) -> Crowd {
    let mut crowd = Crowd::default();
    for (face, ago_s) in (1..).zip(ago_s) {
        crowd.join(COVER, Fingerprint(face), NOW.plus_s(-ago_s));
    }
    crowd
}

#[test]
fn one_fewer_than_asked_for_cover_nobody() {
    assert!(!crowd(&[30, 20]).covers(COVER, HER, NOW));
    assert!(crowd(&[30, 20, 10]).covers(COVER, HER, NOW));
}

#[test]
fn one_customer_twice_counts_once() {
    let mut crowd = crowd(&[30, 20]);
    assert!(!crowd.join(COVER, Fingerprint(2), NOW), "that changes nothing");
    assert!(!crowd.covers(COVER, HER, NOW));
}

#[test]
fn nobody_covers_themselves() {
    assert!(!crowd(&[30, 20, 10]).covers(COVER, Fingerprint(2), NOW));
}

#[test]
fn who_got_it_too_long_ago_or_not_yet_does_not_count() {
    let crowd = crowd(&[900, 20, 10]);
    assert!(crowd.covers(COVER, HER, NOW.plus_s(99)));
    assert!(!crowd.covers(COVER, HER, NOW.plus_s(100)));
    assert!(!crowd.covers(COVER, HER, NOW.plus_s(-15)));
}

#[test]
fn a_full_crowd_takes_nobody_until_half_the_window_is_over_and_is_then_renewed_without_a_gap() {
    let mut crowd = crowd(&[30, 20, 10]);
    assert!(!crowd.join(COVER, Fingerprint(7), NOW));
    let mut writes = 0;
    for second in 0..5_000 {
        let now = NOW.plus_s(second);
        writes += u32::from(crowd.join(COVER, Fingerprint(1_000 + second.unsigned_abs()), now));
        assert!(crowd.covers(COVER, HER, now) && crowd.0.len() == 3, "{second}");
    }
    assert!(writes <= 30, "{writes}");
}

#[test]
fn the_same_customer_is_another_in_another_crowd() {
    let ana = CustomerId::new("ana").unwrap();
    assert_ne!(Crowd::face("win_back", "sms", &ana), Crowd::face("win_back", "email", &ana));
    assert_eq!(Crowd::face("win_back", "sms", &ana), Crowd::face("win_back", "sms", &ana));
}
