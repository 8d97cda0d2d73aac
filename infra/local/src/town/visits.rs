//! A visit to a store as phone, beacons and tills see it.

use super::calendar::Moment;
use super::diary::Diary;
use super::dice::Dice;
use super::places::Store;
use super::record::{Article, EventName};

/// How closely a visit is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trace {
    /// The phone is silent: only check-in and receipt.
    Unseen,
    /// A fix on the way in, every twenty minutes and before leaving, one area, and the way out.
    Sparse,
    /// A fix every five minutes and every area.
    Close,
}

/// One visit.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    /// Where.
    pub(super) store: Store,
    /// When they come in.
    pub(super) enters: Moment,
    /// How long they stay; at least 4.
    pub(super) minutes: i32,
    /// The areas they pass between door and checkout.
    pub(super) areas: Vec<&'static str>,
    /// Whether they check in with the app.
    pub(super) checks_in: bool,
    /// How closely it is followed.
    pub(super) trace: Trace,
    /// What they buy; empty when they leave with nothing.
    pub(super) basket: Vec<Article>,
}

// Events of one person never share a second: each kind keeps to a last digit of its own, counted from the entry.
const BEACON_DIGIT: i32 = 3;
const CHECK_IN_DIGIT: i32 = 5;
const TILL_DIGIT: i32 = 7;

/// Writes a visit down; the receipt is returned when something was bought.
pub(super) fn walk(diary: &mut Diary, dice: &mut Dice, visit: Visit) -> Option<EventName> {
    match visit.trace {
        Trace::Unseen => {}
        Trace::Sparse => sparse_trace(diary, dice, &visit),
        Trace::Close => close_trace(diary, dice, &visit),
    }
    if visit.checks_in {
        diary.check_in(visit.enters.plus(40 + CHECK_IN_DIGIT), visit.store);
    }
    let at = visit.enters.plus(visit.minutes * 60 - 60 + TILL_DIGIT);
    (!visit.basket.is_empty()).then(|| diary.pay(at, Some(visit.store), visit.basket))
}

fn sparse_trace(diary: &mut Diary, dice: &mut Dice, visit: &Visit) {
    let stay = visit.minutes * 60;
    for seconds in (0..stay - 120).step_by(1_200) {
        fix_inside(diary, dice, visit, seconds);
    }
    for area in visit.areas.iter().take(1) {
        diary.beacon(visit.enters.plus(60 + BEACON_DIGIT), visit.store, area);
    }
    fix_inside(diary, dice, visit, stay - 120);
    fix_outside(diary, dice, visit, stay + 120);
}

fn close_trace(diary: &mut Diary, dice: &mut Dice, visit: &Visit) {
    let stay = visit.minutes * 60;
    fix_outside(diary, dice, visit, -240);
    for seconds in (0..stay).step_by(300) {
        // Now and then a phone loses a fix; the way in is always seen.
        if seconds == 0 || !dice.chance(8) {
            fix_inside(diary, dice, visit, seconds);
        }
    }
    diary.beacon(visit.enters.plus(20 + BEACON_DIGIT), visit.store, "door");
    areas_passed(diary, visit, stay);
    // Who is in and out within ten minutes is past the tills before their beacon hears of it.
    if !visit.basket.is_empty() && visit.minutes > 10 {
        diary.beacon(visit.enters.plus(stay - 120 + BEACON_DIGIT), visit.store, "checkout");
    }
    fix_outside(diary, dice, visit, stay + 120);
}

/// The time between door and checkout in equal parts, an area each; its beacon repeats every four minutes.
fn areas_passed(diary: &mut Diary, visit: &Visit, stay: i32) {
    let count = i32::try_from(visit.areas.len()).unwrap_or(1).max(1);
    let part = (stay - 180) / count / 10 * 10;
    for (area, start) in visit.areas.iter().zip((0..).map(|nth| 60 + nth * part)) {
        for seconds in (start..start + part).step_by(240) {
            diary.beacon(visit.enters.plus(seconds + BEACON_DIGIT), visit.store, area);
        }
    }
}

fn fix_inside(diary: &mut Diary, dice: &mut Dice, visit: &Visit, seconds: i32) {
    let spot = visit.store.inside(dice);
    diary.fix(visit.enters.plus(seconds), spot, dice.between(8, 40), dice.between(0, 8));
}

fn fix_outside(diary: &mut Diary, dice: &mut Dice, visit: &Visit, seconds: i32) {
    let spot = visit.store.outside(dice);
    diary.fix(visit.enters.plus(seconds), spot, dice.between(5, 25), dice.between(9, 16));
}
