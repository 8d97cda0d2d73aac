//! Quiet hours. A channel may be used only while it is open wherever the recipient may be: in the zone they told, in every zone their
//! number's area code may be from, by the hours of its state too, and where they were last seen in a store. Of whom nothing is known may be
//! anywhere. What is not known can only close a channel, never open one.

mod table;

use std::cell::OnceCell;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use tact_domain::{Channel, Profile, Timestamp, offset_s};

pub use self::table::{DayHours, Place, Quiet, QuietHours, Region, StateHours};
use crate::{Catalogue, Reason};

/// How far ahead a channel's next opening is looked for, in seconds.
const AHEAD_S: i64 = 8 * 86_400;
/// How long somebody who was seen in a store may still be there, in seconds.
const STAYS_S: i64 = 86_400;
const DAY_S: u32 = 86_400;

/// Which channels are open at an instant, for one recipient.
#[derive(Clone, Debug)]
pub struct Hours<'a> {
    whereabouts: Whereabouts<'a>,
    now: Timestamp,
    refusals: [Option<Reason>; Channel::ALL.len()],
    openings: [OnceCell<Option<Timestamp>>; Channel::ALL.len()],
}

impl<'a> Hours<'a> {
    /// What holds for a customer at an instant, by the hours of a catalogue.
    pub fn at(catalogue: &'a Catalogue, profile: &'a Profile, now: Timestamp) -> Self {
        let whereabouts = Whereabouts::of(catalogue, profile, now);
        let refusals = whereabouts.refusals(now);
        Self { whereabouts, now, refusals, openings: Default::default() }
    }

    /// Why a channel may not be used: it rests, or nobody knows what time it is there; `None` when it may.
    pub fn refusal(&self, channel: Channel) -> Option<Reason> {
        self.refusals.get(channel as usize).copied().flatten()
    }

    /// The earliest instant from now on at which a channel may be used; `None` when it does not open within eight days, or when nobody knows.
    pub fn opening(&self, channel: Channel) -> Option<Timestamp> {
        *self.openings.get(channel as usize)?.get_or_init(|| self.whereabouts.opening(channel, self.now))
    }

    /// The next instant after now at which the recipient's clock at home shows a second of the day; `None` when their zone is not known.
    pub(crate) fn next(&self, second_of_day: u32) -> Option<Timestamp> {
        next(&zone(self.whereabouts.home()?)?, self.now, second_of_day)
    }
}

/// Where a recipient may be.
#[derive(Clone, Copy, Debug)]
struct Whereabouts<'a> {
    quiet: &'a Quiet,
    told: Option<&'a str>,
    number: Option<&'a Region>,
    seen: Option<&'a TimeZone>,
    /// Whether their number has an area code that nobody has entered: whose hours those are is then not known.
    unlisted: bool,
}

/// One of those places.
struct Spot<'a> {
    zone: TimeZone,
    state: Option<&'a StateHours>,
}

impl<'a> Whereabouts<'a> {
    fn of(catalogue: &'a Catalogue, profile: &'a Profile, now: Timestamp) -> Self {
        let (quiet, consent) = (&catalogue.policy.quiet, &profile.consent);
        // Positions count here even after consent to them was taken back: they can only close a channel, and taking back must open none.
        let inside = profile.geolocation.inside.iter().map(|presence| (presence.seen, &presence.store));
        let left = profile.geolocation.visits.iter().map(|visit| (visit.left, &visit.store));
        let lately = inside.chain(left).filter(|(seen, _)| now < seen.plus_s(STAYS_S));
        let store = lately.max_by_key(|(seen, _)| *seen).and_then(|(_, store)| catalogue.places.store(store));
        Self {
            quiet,
            told: consent.zone(),
            number: consent.area_code().and_then(|code| quiet.region(code)),
            seen: store.map(|store| &store.zone),
            unlisted: consent.area_code().is_some_and(|code| quiet.region(code).is_none()),
        }
    }

    /// The zone of the recipient's own clock: the one they told, else the first of their number's.
    fn home(&self) -> Option<&'a str> {
        self.told.or_else(|| self.number?.zones.first().map(AsRef::as_ref))
    }

    /// Every place; a `None` among them is a zone this version does not know. Nothing when nobody knows where they may be.
    fn spots(&self) -> impl Iterator<Item = Option<Spot<'a>>> + use<'a> {
        let Self { quiet, told, number, seen, unlisted } = *self;
        let spot = |name: &str, state: Option<&str>| {
            Some(Spot { zone: zone(name)?, state: state.and_then(|state| quiet.state(state)) })
        };
        let told_or_from = told.is_some() || number.is_some();
        // Of an unlisted number in a zone that was told, every state of that zone may be the one.
        let may_be = move |place: &&Place| !told_or_from || (unlisted && told.is_some_and(|told| *place.zone == *told));
        let anywhere = quiet.anywhere.iter().filter(may_be);
        let seen = seen.filter(|_| told_or_from || !quiet.anywhere.is_empty());
        let of_number =
            number.into_iter().flat_map(|region| region.zones.iter().map(|zone| (zone, region.state.as_ref())));
        let of_number = of_number.chain(anywhere.map(|place| (&place.zone, place.state.as_ref())));
        let told = told.into_iter().map(move |told| spot(told, None));
        let elsewhere = of_number.map(move |(zone, state)| spot(zone, state.map(AsRef::as_ref)));
        told.chain(elsewhere).chain(seen.map(|zone| Some(Spot { zone: zone.clone(), state: None })))
    }

    fn refusals(&self, now: Timestamp) -> [Option<Reason>; Channel::ALL.len()] {
        let mut refusals = [None; Channel::ALL.len()];
        let mut refuse = |hours: &QuietHours, reason| {
            if let Some(refusal) = refusals.get_mut(hours.channel as usize) {
                *refusal = Some(reason);
            }
        };
        let mut known = false;
        for spot in self.spots() {
            known = spot.is_some();
            let Some(spot) = spot else { break };
            let resting = self.quiet.channels.iter().filter(|hours| !spot.is_open(hours, now));
            resting.for_each(|hours| refuse(hours, Reason::QuietHours));
        }
        if !known {
            self.quiet.channels.iter().for_each(|hours| refuse(hours, Reason::ZoneUnknown));
        }
        refusals
    }

    /// Goes from each closing place's next chance to the next, until no place is closed.
    fn opening(&self, channel: Channel, now: Timestamp) -> Option<Timestamp> {
        let Some(hours) = self.quiet.of(channel) else { return Some(now) };
        let mut at = now;
        while at <= now.plus_s(AHEAD_S) {
            let (mut latest, mut known) = (at, false);
            for spot in self.spots() {
                known = true;
                latest = latest.max(spot?.not_closed_before(hours, at));
            }
            if latest == at {
                return known.then_some(at);
            }
            at = latest;
        }
        None
    }
}

impl Spot<'_> {
    fn is_open(&self, hours: &QuietHours, at: Timestamp) -> bool {
        let (clock, open) = self.clock(hours, at);
        open.contains(&clock)
    }

    /// The instant until which it is closed without a break: `at` itself when it is open.
    fn not_closed_before(&self, hours: &QuietHours, at: Timestamp) -> Timestamp {
        let (clock, open) = self.clock(hours, at);
        if open.contains(&clock) {
            return at;
        }
        let reopens = if clock < open.start && !open.is_empty() { open.start } else { DAY_S };
        let boundary = Timestamp(at.0 - at.0.rem_euclid(1_000)).plus_s(i64::from(reopens - clock));
        // A clock that is changed before may show an open hour at once.
        change_after(&self.zone, at).map_or(boundary, |change| boundary.min(change))
    }

    /// What the clock shows, in seconds since midnight, and the seconds of that day that are open.
    fn clock(&self, hours: &QuietHours, at: Timestamp) -> (u32, std::ops::Range<u32>) {
        let offset_s = offset_s(&self.zone, at);
        let weekday = usize::from(at.day(offset_s).weekday());
        let state = self.state.filter(|_| hours.by_state).and_then(|state| state.days.get(weekday));
        let open = match state {
            Some(day) => hours.open_s.max(day.open_s)..hours.close_s.min(day.close_s),
            None => hours.open_s..hours.close_s,
        };
        (at.second_of_day(offset_s), open)
    }
}

fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The first instant after `at` at which the clocks of a zone are changed; `None` when they never are again.
fn change_after(zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    zone.following(at).next().map(|change| Timestamp(change.timestamp().as_millisecond()))
}

/// The next instant after `now` at which the clocks of a zone show a second of the day.
fn next(zone: &TimeZone, now: Timestamp, second_of_day: u32) -> Option<Timestamp> {
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
