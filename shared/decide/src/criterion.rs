//! Criteria of eligibility: lists and ranges over named slots of the profile and the moment. What is unknown is not eligible.

use serde::{Deserialize, Serialize};
use tact_domain::{Key, Mission, Timestamp, Trigger};

use crate::Moment;

/// One condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// What is looked at.
    pub slot: Slot,
    /// What it must be.
    pub test: Test,
}

/// What a slot must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// A number from `min` to `max`, both included; an absent end is open.
    Range {
        /// The least allowed.
        min: Option<f64>,
        /// The most allowed.
        max: Option<f64>,
    },
    /// One of these texts.
    OneOf(Vec<Key>),
    /// None of these texts.
    NoneOf(Vec<Key>),
}

/// What can be asked of a profile and a moment. Catalogues name slots; functions bind the names when they load one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// The store the moment is about.
    Store,
    /// The local hour, 0 to 23.
    Hour,
    /// 0 for Monday to 6 for Sunday, local.
    Weekday,
    /// Check-ins in the last so many days, today included.
    CheckIns(u8),
    /// Check-ins at the moment's store in the last so many days.
    VisitsHere(u8),
    /// Orders in the last so many days.
    Orders(u8),
    /// Spend in the last so many days, in minor units.
    Spend(u8),
    /// Whole days since the latest order.
    DaysSinceOrder,
    /// Share of decayed interest that a category has, 0 to 1.
    Affinity(Key),
    /// Minutes since entering the moment's store.
    MinutesInside,
    /// The mission the visit looks like, or the customer usually comes with: `express`, `browse`, `unknown`.
    Mission,
    /// The area the customer is in.
    Area,
    /// The language the customer reads.
    Locale,
}

impl Slot {
    /// Whether it tells what the customer did before, which needs their consent to be profiled.
    pub fn is_history(&self) -> bool {
        let counts = matches!(self, Self::CheckIns(_) | Self::VisitsHere(_) | Self::Orders(_) | Self::Spend(_));
        counts || matches!(self, Self::DaysSinceOrder | Self::Affinity(_))
    }

    /// Whether it tells where the customer is, which needs their consent to be located.
    pub fn is_position(&self) -> bool {
        matches!(self, Self::MinutesInside | Self::Area)
    }

    /// Whether its values are texts; otherwise they are numbers.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Store | Self::Mission | Self::Area | Self::Locale)
    }
}

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// Not known.
    Unknown,
}

impl Criterion {
    /// Whether the condition holds; `None` when it cannot be told.
    pub fn holds(&self, moment: &Moment<'_>) -> Option<bool> {
        match (self.slot.value(moment), &self.test) {
            (Value::Number(value), Test::Range { min, max }) => {
                Some(min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max))
            }
            (Value::Text(value), Test::OneOf(allowed)) => Some(allowed.iter().any(|one| one == value)),
            (Value::Text(value), Test::NoneOf(refused)) => Some(!refused.iter().any(|one| one == value)),
            _ => None,
        }
    }
}

impl Slot {
    /// What the slot holds at a moment.
    pub fn value<'a>(&'a self, moment: &'a Moment<'_>) -> Value<'a> {
        let profile = moment.profile;
        let today = moment.now.day(moment.offset_s);
        let text = |value: Option<&'a str>| value.map_or(Value::Unknown, Value::Text);
        match self {
            Self::Store => text(moment.store.as_deref()),
            Self::Hour => Value::Number(f64::from(moment.now.second_of_day(moment.offset_s) / 3600)),
            Self::Weekday => Value::Number(f64::from(today.weekday())),
            Self::CheckIns(days) => {
                let days = profile.checkin.days.window(today, i32::from(*days));
                Value::Number(f64::from(days.map(|day| u32::from(day.check_ins)).sum::<u32>()))
            }
            Self::VisitsHere(days) => moment.store.as_deref().map_or(Value::Unknown, |store| {
                let visits = profile.checkin.stores.get(store).map(|seen| seen.days.window(today, i32::from(*days)));
                Value::Number(f64::from(visits.map_or(0, |visits| visits.map(|n| u32::from(*n)).sum::<u32>())))
            }),
            Self::Orders(days) => Value::Number(f64::from(profile.purchase.orders_in(today, i32::from(*days)))),
            Self::Spend(days) => Value::Number(money(profile.purchase.spend_in(today, i32::from(*days)))),
            Self::DaysSinceOrder => profile
                .purchase
                .last
                .map_or(Value::Unknown, |last| Value::Number(f64::from(moment.now.seconds_since(last) / 86_400))),
            Self::Affinity(category) => affinity(moment, category),
            Self::MinutesInside => presence(moment).map_or(Value::Unknown, |presence| {
                Value::Number(f64::from(moment.now.seconds_since(presence.entered) / 60))
            }),
            Self::Mission => Value::Text(mission(moment)),
            Self::Area => text(presence(moment).and_then(|presence| presence.area.as_deref())),
            Self::Locale => text(profile.consent.locale()),
        }
    }
}

fn presence<'a>(moment: &'a Moment<'_>) -> Option<&'a tact_domain::Presence> {
    moment.store.as_deref().and_then(|store| moment.profile.geolocation.presence(store))
}

/// The mission the visit looks like; when that cannot be told yet, the one the customer usually comes with. `unknown` without the consents
/// to look at either.
fn mission(moment: &Moment<'_>) -> &'static str {
    let geolocation = &moment.profile.geolocation;
    let today = moment.now.day(moment.offset_s);
    let ended = || geolocation.visits.last().filter(|_| moment.trigger == Trigger::Exit).map(|visit| visit.mission);
    let seen = presence(moment).map(|presence| presence.mission(moment.now)).or_else(ended);
    let seen = seen.filter(|_| moment.may_locate());
    let usual = || {
        moment
            .store
            .as_deref()
            .filter(|_| moment.may_locate() && moment.may_profile())
            .map(|store| geolocation.usual_mission(store, today))
    };
    match seen.filter(|mission| *mission != Mission::Unknown).or_else(usual) {
        Some(Mission::Express) => "express",
        Some(Mission::Browse) => "browse",
        Some(Mission::Unknown) | None => "unknown",
    }
}

fn affinity<'a>(moment: &Moment<'_>, category: &str) -> Value<'a> {
    let at = |now: Timestamp, affinity: &tact_domain::CategoryAffinity| affinity.at(now).max(0.0);
    let interests = &moment.profile.purchase.affinity;
    let all: f64 = interests.iter().map(|(_, _, affinity)| at(moment.now, affinity)).sum();
    let this = interests.get(category).map_or(0.0, |affinity| at(moment.now, affinity));
    if all > 0.0 { Value::Number(this / all) } else { Value::Unknown }
}

#[expect(clippy::cast_precision_loss, reason = "minor units of one customer stay far below 2^53")]
fn money(minor: i64) -> f64 {
    minor as f64
}
