//! A feature row is built and completed without allocating, however full the profile is.

use tact_domain::{Channel, Key, Profile, Timestamp, Trigger};
use tact_model::{Circumstances, FEATURES, Offer, complete, row_of_moment};

const NOW: Timestamp = Timestamp(1_788_274_800_000);

/// Somebody who came, bought, and takes an interest in as much as is kept.
fn profile() -> Profile {
    let mut profile = Profile::default();
    profile.checkin.check_ins = 9;
    profile.checkin.first = Some(NOW.plus_s(-900_000));
    profile.checkin.last_visit = Some(NOW.plus_s(-90_000));
    (profile.purchase.net, profile.purchase.orders, profile.purchase.returned) = (30_000, 3, 1_000);
    profile.purchase.last = Some(NOW.plus_s(-400_000));
    for place in 0..40 {
        // Of what is touched first, what does not fit is forgotten.
        let _interest = profile.purchase.affinity.touch(&Key::from(format!("category-{place}")), NOW);
    }
    profile
}

#[test]
fn a_row_is_built_without_allocating() {
    let (profile, category) = (profile(), Key::from("category-3"));
    let mut row = [f32::NAN; FEATURES.len()];
    let counted = allocation_counter::measure(|| {
        for trigger in Trigger::CUSTOMER {
            let store = Some("market-street");
            let moment = Circumstances { trigger, store, now: NOW, offset_s: -14_400, may_locate: true };
            row = row_of_moment(&profile, &moment);
            for channel in Channel::ALL {
                let offer = Offer { channel, category: Some(&category), incentive_share: 0.1 };
                complete(&mut row, &profile, &offer, NOW);
            }
        }
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert!(row.iter().all(|value| value.is_finite()));
    let days = row.get(FEATURES.iter().position(|name| *name == "days_since_order").unwrap()).unwrap();
    assert_eq!(days.to_bits(), 4.0_f32.to_bits());
}
