//! Quiet hours, at the recipient's own clock.

use jiff::tz::TimeZoneDatabase;
use tact_domain::{Channel, ConsentFacet, Timestamp, offset_s};

use crate::{QuietHours, Reason};

/// The next instant from `now` on at which a channel may be used, at the recipient's clock; `None` when their zone is not known.
pub fn opening(hours: &[QuietHours], channel: Channel, consent: &ConsentFacet, now: Timestamp) -> Option<Timestamp> {
    let Some(hours) = hours.iter().find(|hours| hours.channel == channel) else { return Some(now) };
    if refusal(std::slice::from_ref(hours), channel, consent, now).is_none() {
        return Some(now);
    }
    next(consent, now, hours.open_s)
}

/// The next instant after `now` at which the recipient's clock shows a second of the day; `None` when their zone is not known.
pub(crate) fn next(consent: &ConsentFacet, now: Timestamp, second_of_day: u32) -> Option<Timestamp> {
    let zone = consent.zone().and_then(|zone| TimeZoneDatabase::bundled().get(zone).ok())?;
    let today = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone()).date();
    let at = |date: jiff::civil::Date| {
        let clock = date
            .to_datetime(jiff::civil::Time::midnight())
            .checked_add(jiff::SignedDuration::from_secs(second_of_day.into()));
        let at = clock.ok()?.to_zoned(zone.clone()).ok()?;
        Some(Timestamp(at.timestamp().as_millisecond()))
    };
    at(today).filter(|at| *at > now).or_else(|| at(today.tomorrow().ok()?))
}

/// Why a channel may not be used now; `None` when it may. Without a known zone a channel that has quiet hours is not used.
pub(crate) fn refusal(
    hours: &[QuietHours],
    channel: Channel,
    consent: &ConsentFacet,
    now: Timestamp,
) -> Option<Reason> {
    let hours = hours.iter().find(|hours| hours.channel == channel)?;
    let zone = consent.zone().and_then(|zone| TimeZoneDatabase::bundled().get(zone).ok());
    let Some(zone) = zone else {
        return Some(Reason::ZoneUnknown);
    };
    let second = now.second_of_day(offset_s(&zone, now));
    (!(hours.open_s..hours.close_s).contains(&second)).then_some(Reason::QuietHours)
}
