//! When people do what they do: awake, at their own clock, and in the opening hours of a store.

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use tact_domain::{Channel, Timestamp};
use tact_wire::Message;

use super::person::Chance;
use crate::zones::{instant, local};

/// From when to when people have a hand on their phone.
const AWAKE: (Time, Time) = (time(7, 30, 0, 0), time(22, 30, 0, 0));
/// From when to when they go shopping.
const OPEN: (Time, Time) = (time(10, 0, 0, 0), time(19, 0, 0, 0));

/// When somebody sees a message: a person at the door at once, the others when they next look, but not at night.
pub(super) fn seen(message: &Message, chance: &Chance, zone: &TimeZone) -> Timestamp {
    let (least, most) = match message.channel {
        Channel::Associate => return message.sent_at.plus_s(chance.between("greeted in", 5, 40)),
        Channel::Sms => (20, 1_800),
        Channel::Push => (10, 7_200),
        Channel::Email => (300, 28_800),
        Channel::Inbox | Channel::Webhook => (15, 14_400),
    };
    let looks = local(message.sent_at.plus_s(chance.soon("seen in", least, most)), zone);
    let shift_s = chance.between("gets up", 0, 5_400);
    let awake = within(&looks, AWAKE);
    if awake == looks { instant(&looks) } else { instant(&awake).plus_s(shift_s) }
}

/// The hour of a day, at the clocks of a zone.
pub(super) fn hour(at: Timestamp, zone: &TimeZone) -> i8 {
    local(at, zone).hour()
}

/// When a coupon that was accepted then and holds for so many days is presented: within a day by half of them, on a later day by the others.
pub(super) fn redeemed(accepted: Timestamp, days: i64, chance: &Chance, zone: &TimeZone) -> Timestamp {
    let soon = chance.throw("comes soon", 500);
    // A message may be accepted a day after it left, and a shop be closed for the rest of one.
    let later = if soon || days < 4 { 0 } else { chance.between("comes after days", 1, days - 3) };
    let after_s = chance.between("comes after", 3_600, 18_000);
    let comes = local(accepted.plus_s(after_s), zone);
    let comes = comes.checked_add(later.days()).unwrap_or(comes);
    let open = within(&comes, OPEN);
    if open == comes { instant(&comes) } else { instant(&open).plus_s(after_s / 2) }
}

/// The same time, or the next opening when it lies outside of the hours of its day.
fn within(at: &Zoned, (opens, closes): (Time, Time)) -> Zoned {
    let clock = at.time();
    if (opens..closes).contains(&clock) {
        return at.clone();
    }
    let day = if clock < opens { at.date() } else { at.date().tomorrow().unwrap_or(at.date()) };
    day.to_datetime(opens).to_zoned(at.time_zone().clone()).unwrap_or_else(|_| at.clone())
}
