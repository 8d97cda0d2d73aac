//! Types of customers, by what they do alone: a small closed set, so that many people can be spoken of and nobody is.

use serde::{Deserialize, Serialize};

use crate::{Day, DayBuckets, GeolocationFacet, Mission, Profile, Purpose, Timestamp};

/// A type of customer. Everybody who may be typed is of exactly one: the first whose description fits, in this order. Nothing is asked but
/// when they came, how long they stayed and what they spent: never who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileType {
    /// We know them for less than 30 days.
    Newcomer,
    /// For 60 days or more before today they were not seen.
    Lapsing,
    /// They spent 300.00 or more in the 90 days before today, returns netted.
    BigBuyer,
    /// They come for one thing and go: two thirds of at least three visits were express.
    Express,
    /// They come to look around, or nothing else can be told of them.
    Browser,
}

impl ProfileType {
    /// Every type, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::Newcomer, Self::Lapsing, Self::BigBuyer, Self::Express, Self::Browser];

    /// How long somebody is new, in days.
    const NEW_DAYS: i32 = 30;
    /// After how many days without a sign somebody is lapsing.
    const LAPSED_DAYS: i32 = 60;
    /// What a big buyer spends in 90 days, in minor units.
    const BIG_SPEND: i64 = 30_000;

    /// The name used in catalogues, commands and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Newcomer => "newcomer",
            Self::Lapsing => "lapsing",
            Self::BigBuyer => "big_buyer",
            Self::Express => "express",
            Self::Browser => "browser",
        }
    }
}

impl Profile {
    /// The type of the customer on a UTC day, by what they did before it; `None` for who did not agree to be profiled, or may not be of age.
    pub fn profile_type(&self, now: Timestamp) -> Option<ProfileType> {
        self.may_be_typed(now).then(|| self.type_on(now.day(0), now))
    }

    /// Whether the customer may be counted by type.
    pub(crate) fn may_be_typed(&self, now: Timestamp) -> bool {
        !self.consent.is_minor(now) && self.consent.relied_on_anywhere(Purpose::Profiling, now).is_ok()
    }

    /// What we know of their positions; `None` without consent to use them.
    pub(crate) fn positions(&self, now: Timestamp) -> Option<&GeolocationFacet> {
        self.consent.relied_on_anywhere(Purpose::Location, now).ok().map(|_| &self.geolocation)
    }

    /// The type on a day, by what they did before it; `now` is when consent to use positions is asked for.
    pub(crate) fn type_on(&self, today: Day, now: Timestamp) -> ProfileType {
        let before = self.days_before(today, now);
        let first = before.is_none_or(|(first, _)| first > today.minus(ProfileType::NEW_DAYS));
        let seen = before.is_some_and(|(_, last)| last > today.minus(ProfileType::LAPSED_DAYS));
        let spent = self.purchase.spend_in(today.minus(1), DayBuckets::<()>::DAYS);
        let mission = self.positions(now).map_or(Mission::Unknown, GeolocationFacet::usual_mission_anywhere);
        match () {
            () if first => ProfileType::Newcomer,
            () if !seen => ProfileType::Lapsing,
            () if spent >= ProfileType::BIG_SPEND => ProfileType::BigBuyer,
            () if mission == Mission::Express => ProfileType::Express,
            () => ProfileType::Browser,
        }
    }

    /// The earliest and the latest day before this one on which they were seen or are known to have begun with us; `None` when there is none.
    fn days_before(&self, today: Day, now: Timestamp) -> Option<(Day, Day)> {
        let begun = [self.purchase.first, self.checkin.first].into_iter().flatten().map(|first| first.day(0));
        let paid = self.purchase.days.iter().map(|(day, _)| day);
        let checked_in = self.checkin.days.iter().filter(|(_, day)| day.visits > 0).map(|(day, _)| day);
        let visited = self.positions(now).into_iter().flat_map(|positions| positions.days.iter().map(|(day, _)| day));
        let before = begun.chain(paid).chain(checked_in).chain(visited).filter(|day| *day < today);
        before.map(|day| (day, day)).reduce(|(first, last), (day, _)| (first.min(day), last.max(day)))
    }
}
