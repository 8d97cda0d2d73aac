//! Quiet hours, at the recipient's own clock.

use jiff::tz::TimeZoneDatabase;
use tact_domain::{Channel, ConsentFacet, Timestamp, offset_s};

use crate::{QuietHours, Reason};

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
