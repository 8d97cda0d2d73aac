//! Whatever is asked in whatever order, while the table fails: what the answers say of a coupon is what became of it, and what is owed adds up.

use super::*;

/// What somebody asks of the coupon.
#[derive(Clone, Debug)]
enum Asked {
    Redeem { receipt: &'static str, who: Option<&'static str>, store: &'static str, hours: i64 },
    GiveBack { receipt: &'static str },
}

fn asked() -> impl Strategy<Value = Asked> {
    let receipt = || select(vec!["r-1", "r-2"]);
    let who = select(vec![None, Some("ana"), Some("ana"), Some("bo")]);
    let store = select(vec!["ferry", "naples", "sunset", "tampa", "pop-up"]);
    let redeem = (receipt(), who, store, -40..900_i64);
    let redeem = redeem.prop_map(|(receipt, who, store, hours)| Asked::Redeem { receipt, who, store, hours });
    prop_oneof![3 => redeem, 1 => receipt().prop_map(|receipt| Asked::GiveBack { receipt })]
}

/// What is known of the coupon from the answers alone.
#[derive(Debug, Default)]
struct Known {
    held: Option<(&'static str, &'static str)>,
    came_back: BTreeSet<(&'static str, &'static str)>,
    gone: bool,
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn it_is_used_once_at_a_time_in_its_days_by_its_person_whatever_fails(
        days in 0..31_u16,
        stores in select(vec![vec![], vec!["naples", "tampa"], vec!["sunset"]]),
        on_return in select(vec![OnReturn::Reopen, OnReturn::Void]),
        asked in proptest::collection::vec(asked(), 1..12),
        faults in scripts(),
    ) {
        let terms = terms(days, &stores, on_return);
        let coupon = Coupon::issue(handout(Some("naples"), zoned(ISSUED)), &terms, &places());
        let (store, mut known) = (table_with(&coupon, &faults), Known::default());
        for asked in asked {
            let before = stored(&store);
            match asked {
                Asked::Redeem { receipt, who, store: at_store, hours } => {
                    let at = Timestamp(zoned(ISSUED).0 + hours * 3_600_000);
                    let asked = presented(receipt, who, at_store, at);
                    let (answer, tries) = insistently(|| block_on(redeem(&store, &asked, &places())));
                    let may = who != Some("bo") && !known.gone;
                    let now = may && known.held.is_none() && !known.came_back.contains(&(receipt, at_store))
                        && is_in_place_and_time(&terms, at_store, at) && hours >= -24;
                    let again = may && known.held == Some((receipt, at_store));
                    prop_assert_eq!(answer.is_ok(), now || again, "{:?} {:?} {:?}", asked, answer, known);
                    match answer {
                        Ok(redemption) => {
                            prop_assert!(redemption.again == again || tries > 1);
                            known.held = Some((receipt, at_store));
                        }
                        Err(_) => prop_assert_eq!(stored(&store), before),
                    }
                }
                Asked::GiveBack { receipt } => {
                    let (answer, tries) = insistently(|| block_on(give_back(&store, &code(), receipt)));
                    let now = known.held.filter(|(held, _)| *held == receipt);
                    let again = known.came_back.iter().any(|(back, _)| *back == receipt);
                    prop_assert_eq!(answer.is_ok(), now.is_some() || again, "{:?} {:?}", answer, known);
                    match now {
                        Some(held) => {
                            prop_assert!(!answer.unwrap().again || tries > 1);
                            known.held = None;
                            known.gone = on_return == OnReturn::Void;
                            known.came_back.insert(held);
                        }
                        None => prop_assert_eq!(stored(&store), before),
                    }
                }
            }
            prop_assert_eq!(stored(&store).last_day, coupon.last_day);
        }
    }

    #[test]
    fn what_is_owed_adds_up(states in proptest::collection::vec((0..4_u8, 0..3_usize, 0..10_000_i64), 0..40)) {
        let now = zoned("2026-12-15T00:00:00Z[UTC]");
        let coupons: Vec<_> = states.iter().map(|(state, action, worth)| in_state(*state, *action, *worth)).collect();
        let liability = Liability::of(&coupons, now);
        let all = liability.all;
        prop_assert_eq!(all.issued, all.redeemed + all.void + all.expired + all.open);
        let worth = |of: u8| states.iter().filter(|(state, ..)| *state == of).map(|(.., worth)| *worth).sum::<i64>();
        prop_assert_eq!((all.open_worth_minor, all.redeemed_worth_minor), (worth(0), worth(1)));
        let sums = |of: fn(&CouponCounts) -> u64| liability.by_action.values().map(of).sum::<u64>();
        prop_assert_eq!(all.issued, sums(|counts| counts.issued));
        prop_assert_eq!((all.open, all.expired), (sums(|counts| counts.open), sums(|counts| counts.expired)));
        let open = coupons.iter().filter(|coupon| coupon.is_liability(now)).count();
        prop_assert_eq!(all.open, open as u64);
    }
}

/// Asks until the table answers; how often that took.
fn insistently<T>(mut ask: impl FnMut() -> Result<T, CouponError>) -> (Result<T, CouponRefusal>, u32) {
    for tries in 1..100 {
        match ask() {
            Ok(answer) => return (Ok(answer), tries),
            Err(CouponError::Refused(refusal)) => return (Err(refusal), tries),
            Err(CouponError::Store(_)) => {}
        }
    }
    panic!("the table never answers")
}

/// Whether a store takes it at an instant, by the calendar.
fn is_in_place_and_time(terms: &CouponTerms, store: &str, at: Timestamp) -> bool {
    let Some(shop) = places().stores.into_iter().find(|shop| shop.id == store) else { return false };
    let issued_zone = if terms.stores == ["sunset"] { "America/Los_Angeles" } else { NEW_YORK };
    let issued = ISSUED.parse::<Zoned>().unwrap().in_tz(issued_zone).unwrap();
    let last = issued.date() + Span::new().days(terms.days);
    let today = jiff::Timestamp::from_millisecond(at.0).unwrap().to_zoned(shop.zone).date();
    (terms.stores.is_empty() || terms.stores.contains(&shop.id)) && today <= last
}

/// A coupon that is open on 15 December (0), used (1), gone (2) or over (3).
fn in_state(state: u8, action: usize, worth: i64) -> Coupon {
    let days = if state == 3 { 30 } else { 60 };
    let handout = Handout { worth, action: ["a", "b", "c"][action].into(), ..handout(None, zoned(ISSUED)) };
    let mut coupon = Coupon::issue(handout, &terms(days, &[], OnReturn::Void), &places());
    if matches!(state, 1 | 2) {
        coupon.redeem(&presented("r-1", None, "tampa", zoned(ISSUED)), &places()).unwrap();
    }
    if state == 2 {
        coupon.give_back("r-1").unwrap();
    }
    coupon
}
