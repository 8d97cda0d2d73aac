//! Coupons: taken once at a time, by their person, at their stores and within their days, whatever fails; given back by rule; and what is owed.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod answers;

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use proptest::prelude::*;
use proptest::sample::select;
use tact_domain::{
    Coupon, CouponCounts, CouponRefusal, CouponState, CouponTerms, Day, DecisionId, GivenBack, Handout, Key, Liability,
    OnReturn, Places, Presented, Redemption, Store as Shop, Timestamp,
};
use tact_pipeline::{CouponError, ItemKey, Nonce, Store, StoreError, give_back, issue_write, redeem};
use tact_wire::{Seal, coupon_hash, pack_coupon, unpack_coupon};

use crate::faults::{Call, Fault, FaultyStore, Script, scripts};
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{block_on, customer};
use crate::recomputation::cases;

const NEW_YORK: &str = "America/New_York";
const ISSUED: &str = "2026-10-31T11:00:00-04:00[America/New_York]";
const DECISION: DecisionId = DecisionId(7);

fn shop(id: &str, zone: &str) -> Shop {
    Shop {
        id: id.into(),
        name: id.to_owned(),
        lat: 0.0,
        lon: 0.0,
        zone: TimeZone::get(zone).unwrap(),
        enter_m: 50.0,
        exit_m: 80.0,
        dwell_s: 300,
        areas: Vec::new(),
        service_areas: Vec::new(),
    }
}

/// Two stores that share a clock, one three hours behind them, and one on the next day.
fn places() -> Places {
    let shops =
        [("ferry", "Pacific/Auckland"), ("naples", NEW_YORK), ("sunset", "America/Los_Angeles"), ("tampa", NEW_YORK)];
    Places { stores: shops.into_iter().map(|(id, zone)| shop(id, zone)).collect(), deny: Vec::new() }
}

fn zoned(text: &str) -> Timestamp {
    Timestamp(text.parse::<Zoned>().unwrap().timestamp().as_millisecond())
}

fn day(date: &str) -> Day {
    let since = date.parse::<Date>().unwrap() - Date::constant(1970, 1, 1);
    Day(since.get_days())
}

fn terms(days: u16, stores: &[&str], on_return: OnReturn) -> CouponTerms {
    CouponTerms { days, stores: stores.iter().map(|store| Key::from(*store)).collect(), on_return }
}

fn handout(store: Option<&str>, at: Timestamp) -> Handout {
    Handout {
        decision: DECISION,
        customer: customer("ana"),
        action: "come_back_for_it".into(),
        treatment: "coupon".into(),
        store: store.map(Key::from),
        worth: 1_500,
        at,
    }
}

/// Ana's coupon for beach shoes: thirty days from Halloween, at Naples and Tampa.
fn beach_shoes(on_return: OnReturn) -> Coupon {
    Coupon::issue(handout(Some("naples"), zoned(ISSUED)), &terms(30, &["naples", "tampa"], on_return), &places())
}

fn code() -> String {
    Seal::new(&[7; 32]).unwrap().coupon_code(DECISION)
}

fn presented(receipt: &str, who: Option<&str>, store: &str, at: Timestamp) -> Presented {
    Presented { code: code(), receipt: receipt.into(), customer: who.map(customer), store: store.into(), at }
}

/// A table with one coupon, whose calls meet these faults once the coupon is there.
fn table_with(coupon: &Coupon, faults: &[Fault]) -> FaultyStore<MemoryStore> {
    let writes = [issue_write(&code(), coupon)];
    let inner = MemoryStore::default();
    block_on(inner.commit(&writes, Nonce::of(&writes))).unwrap();
    FaultyStore { inner, script: Script::of(faults), ..FaultyStore::default() }
}

fn stored(store: &FaultyStore<MemoryStore>) -> Coupon {
    let item = block_on(store.inner.get(&ItemKey::Coupon(coupon_hash(&code())))).unwrap().unwrap();
    unpack_coupon(&item.bytes).unwrap()
}

fn refused(answer: Result<Redemption, CouponError>) -> &'static str {
    match answer {
        Err(CouponError::Refused(refusal)) => refusal.name(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn thirty_days_end_with_the_thirtieth_day_at_the_stores_clock() {
    let coupon = beach_shoes(OnReturn::Reopen);
    assert_eq!(coupon.last_day, day("2026-11-30"));
    let last = zoned("2026-11-30T23:59:59.999-05:00[America/New_York]");
    for (at, taken) in [(last, true), (Timestamp(last.0 + 1), false)] {
        let answer = coupon.clone().redeem(&presented("r-1", Some("ana"), "tampa", at), &places());
        assert_eq!(answer.map_err(CouponRefusal::name).map(|_| ()), if taken { Ok(()) } else { Err("expired") });
    }
}

#[test]
fn the_last_day_ends_in_every_store_when_its_own_clock_says_so() {
    let mut coupon = Coupon::issue(handout(Some("tampa"), zoned(ISSUED)), &terms(1, &[], OnReturn::Void), &places());
    let at = zoned("2026-11-01T21:00:00-05:00[America/New_York]");
    let answer = |coupon: &mut Coupon, store: &str| coupon.redeem(&presented("r-1", None, store, at), &places());
    assert_eq!(answer(&mut coupon, "ferry"), Err(CouponRefusal::Expired), "it is tomorrow there");
    assert!(answer(&mut coupon.clone(), "tampa").is_ok() && answer(&mut coupon, "sunset").is_ok());
}

#[test]
fn days_count_from_the_date_of_the_stores_that_take_it_else_of_the_one_decided_about_else_of_the_first() {
    // Early on Sunday in New York: still Saturday in Los Angeles, late on Sunday in Auckland.
    let at = zoned("2026-11-08T00:30:00-05:00[America/New_York]");
    let (saturday, sunday) = (day("2026-11-07"), day("2026-11-08"));
    for (stores, decided_at, issued_on) in [
        (&["naples", "tampa"][..], Some("sunset"), sunday),
        (&["sunset"], Some("naples"), saturday),
        (&["naples", "sunset"], Some("sunset"), saturday),
        (&["naples", "sunset"], Some("closed-since"), sunday),
        (&["naples", "sunset"], None, sunday),
        (&[], Some("sunset"), saturday),
        (&[], None, sunday),
    ] {
        let coupon = Coupon::issue(handout(decided_at, at), &terms(0, stores, OnReturn::Void), &places());
        assert_eq!(coupon.last_day, issued_on, "{stores:?} {decided_at:?}");
    }
}

#[test]
fn of_several_reasons_the_first_in_their_order_is_told() {
    let (open, mut used) = (beach_shoes(OnReturn::Void), beach_shoes(OnReturn::Void));
    used.redeem(&presented("r-1", None, "tampa", zoned(ISSUED)), &places()).unwrap();
    let mut gone = used.clone();
    gone.give_back("r-1").unwrap();
    let (late, early) = (zoned("2027-01-01T00:00:00Z[UTC]"), zoned("2026-10-30T10:00:00Z[UTC]"));
    for (coupon, who, store, at, reason) in [
        (&gone, Some("bo"), "ferry", late, "void"),
        (&used, Some("bo"), "ferry", late, "another_person"),
        (&used, Some("ana"), "ferry", late, "already_redeemed"),
        (&open, Some("ana"), "ferry", late, "not_at_this_store"),
        (&open, Some("ana"), "never-heard-of", late, "not_at_this_store"),
        (&open, Some("ana"), "naples", late, "expired"),
        (&open, None, "naples", early, "not_yet"),
    ] {
        let store = (table_with(coupon, &[]), presented("r-2", who, store, at));
        assert_eq!(refused(block_on(redeem(&store.0, &store.1, &places()))), reason);
        assert_eq!(stored(&store.0), *coupon, "a refusal changes nothing");
    }
}

#[test]
fn a_code_is_found_however_it_is_typed_and_another_is_unknown() {
    let store = table_with(&beach_shoes(OnReturn::Void), &[]);
    let mut asked = presented("r-1", None, "tampa", zoned(ISSUED));
    asked.code = "AAAAAAAAAA".to_owned();
    assert_eq!(refused(block_on(redeem(&store, &asked, &places()))), "unknown");
    let code = code().to_lowercase();
    let (front, back) = code.split_at(5);
    asked.code = format!(" {front}-{back} ");
    let taken = block_on(redeem(&store, &asked, &places())).unwrap();
    assert_eq!((taken.decision, taken.customer, taken.worth), (DECISION, customer("ana"), 1_500));
}

#[test]
fn the_same_receipt_again_is_the_same_success_and_the_same_number_at_another_store_is_not() {
    let store = table_with(&beach_shoes(OnReturn::Void), &[]);
    let at = zoned(ISSUED);
    let first = block_on(redeem(&store, &presented("r-1", Some("ana"), "tampa", at), &places())).unwrap();
    assert!(!first.again);
    let later = presented("r-1", None, "tampa", zoned("2027-03-01T00:00:00Z[UTC]"));
    let again = block_on(redeem(&store, &later, &places())).unwrap();
    assert_eq!(again, Redemption { again: true, ..first });
    assert_eq!(refused(block_on(redeem(&store, &presented("r-1", None, "naples", at), &places()))), "already_redeemed");
}

#[test]
fn a_return_reopens_until_the_same_last_day_or_ends_it() {
    let at = zoned(ISSUED);
    for (on_return, second) in [(OnReturn::Reopen, Ok(())), (OnReturn::Void, Err("void"))] {
        let store = table_with(&beach_shoes(on_return), &[]);
        let ask = |receipt: &str, at| block_on(redeem(&store, &presented(receipt, None, "tampa", at), &places()));
        ask("r-1", at).unwrap();
        let other = block_on(give_back(&store, &code(), "r-2"));
        assert_eq!(other, Err(CouponError::Refused(CouponRefusal::AnotherReceipt)));
        for again in [false, true] {
            assert_eq!(block_on(give_back(&store, &code(), "r-1")), Ok(GivenBack { became: on_return, again }));
        }
        assert_eq!(stored(&store).last_day, day("2026-11-30"));
        assert!(
            ask("r-1", at).is_err(),
            "the receipt that came back takes it no more, however often its till repeats itself"
        );
        assert_eq!(ask("r-2", at).map(|_| ()), second.map_err(|_| CouponError::Refused(CouponRefusal::Void)));
        if on_return == OnReturn::Reopen {
            assert_eq!(block_on(give_back(&store, &code(), "r-1")).map(|back| back.again), Ok(true));
            assert!(
                matches!(stored(&store).state, CouponState::Redeemed { .. }),
                "it is the second purchase that holds it"
            );
            block_on(give_back(&store, &code(), "r-2")).unwrap();
            assert_eq!(refused(ask("r-3", zoned("2026-12-01T12:00:00Z[UTC]"))), "expired");
        }
    }
}

#[test]
fn an_answer_that_was_lost_is_given_again_and_the_coupon_is_used_once() {
    let store = table_with(&beach_shoes(OnReturn::Void), &[Fault::None, Fault::LoseAnswer]);
    let asked = presented("r-1", Some("ana"), "tampa", zoned(ISSUED));
    let lost = block_on(redeem(&store, &asked, &places()));
    assert!(matches!(lost, Err(CouponError::Store(StoreError::Unavailable(_)))), "{lost:?}");
    let again = block_on(redeem(&store, &asked, &places())).unwrap();
    assert!(again.again);
    let commits = store.trace.calls().iter().filter(|call| matches!(call, Call::Commit(_))).count();
    assert_eq!(commits, 1);
}

#[test]
fn a_lost_race_is_run_three_times_and_then_reported() {
    for (conflicts, taken) in [(2, true), (3, false)] {
        let faults = [[Fault::None, Fault::Conflict]; 3];
        let store = table_with(&beach_shoes(OnReturn::Void), faults.as_flattened().split_at(conflicts * 2).0);
        let answer = block_on(redeem(&store, &presented("r-1", None, "tampa", zoned(ISSUED)), &places()));
        let answer = answer.map(|redemption| redemption.again);
        assert_eq!(answer, if taken { Ok(false) } else { Err(CouponError::Store(StoreError::Conflict)) });
    }
}

#[test]
fn of_two_tills_at_the_same_time_one_takes_it() {
    let store = table_with(&beach_shoes(OnReturn::Void), &[Fault::Yield; 8]);
    let places = places();
    let [one, two] = ["r-1", "r-2"].map(|receipt| presented(receipt, None, "tampa", zoned(ISSUED)));
    let answers = block_on(async { tokio::join!(redeem(&store, &one, &places), redeem(&store, &two, &places)) });
    let taken = [&answers.0, &answers.1].iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(taken, 1, "{answers:?}");
    let other = if answers.0.is_ok() { answers.1 } else { answers.0 };
    assert_eq!(refused(other), "already_redeemed");
}

#[test]
fn a_decision_hands_out_one_coupon() {
    let store = table_with(&beach_shoes(OnReturn::Void), &[]);
    let second = Coupon { worth: 9_900, ..beach_shoes(OnReturn::Void) };
    let writes = [issue_write(&code(), &second)];
    assert_eq!(block_on(store.commit(&writes, Nonce::of(&writes))), Err(StoreError::Conflict));
}

#[test]
fn a_coupon_is_kept_for_sixty_days_after_its_last_one() {
    let coupon = beach_shoes(OnReturn::Void);
    let write = issue_write(&code(), &coupon);
    assert_eq!((write.expected, write.forget_at), (Some(0), Some(coupon.forget_at())));
    let kept_ms = coupon.forget_at().0 - zoned("2026-12-01T00:00:00-12:00[-12:00]").0;
    assert!((60..62).contains(&(kept_ms / 86_400_000)), "{kept_ms}");
    assert!(pack_coupon(&coupon).len() < 200, "{}", pack_coupon(&coupon).len());
}

#[test]
fn a_coupon_is_owed_until_its_last_day_is_over_everywhere() {
    let coupon = beach_shoes(OnReturn::Void);
    let over = zoned("2026-12-01T00:00:00-12:00[-12:00]");
    assert!(coupon.is_liability(Timestamp(over.0 - 1)) && !coupon.is_liability(over));
    let gone = Coupon { state: CouponState::Void, ..coupon };
    assert!(!gone.is_liability(zoned(ISSUED)));
}
