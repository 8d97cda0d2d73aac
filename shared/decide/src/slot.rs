//! Slots: everything a rule may ask of a moment and a profile, by name. Catalogues name slots; functions bind the names when they load one.

mod aspect;
mod complement;
mod history;
mod particular;
mod sequence;

use serde::{Deserialize, Serialize};
use tact_domain::{
    Cause, Happened, Key, Mission, PartnerSignal, Presence, Purchase, Purpose, ReadinessKind, Sensitive, Shopper,
    Trigger,
};

pub use self::aspect::Aspect;
pub(crate) use self::complement::place;
use self::history::{affinity, check_ins, drop_of, money, orders, pieces, spend, visits_here};
pub use self::sequence::{Ring, Sequence};
use crate::{Moment, Value};

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// Text: what the decision is made for, as `check_in` or `exit`; for what is due, what put it off.
    Trigger,
    /// Text: the store the moment is about.
    Store,
    /// Text: the area of that store the customer is in.
    Area,
    /// Text: the mission the visit looks like, or the customer usually comes with: `express`, `browse`, or `unknown` when it cannot be told yet.
    Mission,
    /// Text: the language the customer reads.
    Locale,
    /// Text: what kind of place somebody else's venue is that was checked in to now.
    Venue,
    /// Text: the sign by which the customer is ready for a person in the store: `help`, `hold`, `scan`, `dwell`, `appointment` or `asked`.
    Ready,
    /// Number: the local hour, 0 to 23.
    Hour,
    /// Number: 0 for Monday to 6 for Sunday, local.
    Weekday,
    /// Number: whole minutes since entering the moment's store.
    MinutesInside,
    /// Number: check-ins anywhere.
    CheckIns(Window),
    /// Number: check-ins at our stores.
    Visits(Window),
    /// Number: check-ins at the moment's store.
    VisitsHere(Window),
    /// Number: orders, of one category if one is given.
    Orders(Option<Key>, Window),
    /// Money in minor units: spend, returns netted.
    Spend(Window),
    /// Money in minor units: spend in this quarter of the calendar of 90-day windows and as many before it as make up the number.
    Quarters(u8),
    /// Number: the share of what they usually spend that is missing in the last 90 days, 0 to 1; 0 when they spend as much or more.
    Drop,
    /// Flag: whether so much is missing, and so unlike them, that it is to be taken notice of; not when that cannot be told.
    HasDropped,
    /// Number: whole days since the latest order.
    DaysSinceOrder,
    /// Number: whole days until something of a category is due, by the customer's own interval; 0 when it is or was.
    DueIn(Key),
    /// Number: share of decayed interest that a category has, 0 to 1.
    Affinity(Key),
    /// Flag: whether a product was bought and not returned.
    Owns(Key),
    /// Number: how likely the customer shops in a way, 0 to 1, by what their visits looked like and what they paid each time.
    Shopper(Shopper),
    /// Number: the place, from 1, of a product among what goes with what was bought in so many days.
    Complement(Key, u8),
    /// Number: pieces bought now, of one category if one is given.
    Basket(Option<Key>),
    /// Money in minor units: what was paid now, returns netted.
    BasketValue,
    /// Number: how often one thing was, or was not, followed by another.
    Sequence(Sequence),
    /// Number: signals of partners about a category in so many days.
    Partner(Key, u8),
    /// Number: signals of partners about a category in so many days that are about somebody the customer knows, and both allow it.
    Friends(Key, u8),
    /// Text: where to, for the latest signal of partners about a category that is not over.
    Destination(Key),
    /// Flag: whether a consent rests because its promise was not kept, and was not asked for again.
    MayAskAgain,
    /// Text: why the customer is not happy with us, as told or read in what they said before; `unknown` when nobody knows.
    Cause,
    /// What the comment that is decided on says.
    Comment(Aspect),
    /// Flag: whether the customer has a complaint, a return or another trouble open.
    InTrouble,
    /// What another slot holds that tells of a sensitive matter.
    Sensitive(Sensitive, Box<Slot>),
}

/// What a text says that can be looked at, and tells nothing.
const UNKNOWN: &str = "unknown";

/// So many whole days, today included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// How many, 1 to 90.
    pub days: u8,
    /// Whether the event that is decided on is left out.
    pub earlier: bool,
}

/// What the customer must have allowed for a slot to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it is about the moment, or was told us.
    Nothing,
    /// To be profiled: it is about what they did before.
    Profiling,
    /// To be located.
    Location,
    /// That others tell us about them.
    ThirdParty,
    /// That we use whom they know.
    Social,
    /// That a matter is looked at, beside what the slot needs without it.
    Sensitive(Sensitive),
}

impl Needs {
    /// Whether what needs it is known from others or about others, or is sensitive, so that acting on it could tell.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::ThirdParty | Self::Social | Self::Sensitive(_))
    }
}

impl Slot {
    /// What the customer must have allowed.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Area | Self::MinutesInside | Self::Mission => Needs::Location,
            Self::CheckIns(_)
            | Self::Visits(_)
            | Self::VisitsHere(_)
            | Self::Orders(..)
            | Self::Spend(_)
            | Self::Quarters(_)
            | Self::Drop
            | Self::HasDropped
            | Self::DaysSinceOrder
            | Self::DueIn(_)
            | Self::Affinity(_)
            | Self::Owns(_)
            | Self::Shopper(_)
            | Self::Cause
            | Self::Complement(..)
            | Self::Sequence(_) => Needs::Profiling,
            Self::Partner(..) | Self::Destination(_) => Needs::ThirdParty,
            Self::Friends(..) => Needs::Social,
            Self::Sensitive(matter, _) => Needs::Sensitive(*matter),
            Self::Trigger
            | Self::Store
            | Self::Locale
            | Self::Venue
            | Self::Ready
            | Self::Hour
            | Self::Weekday
            | Self::Basket(_)
            | Self::BasketValue
            | Self::MayAskAgain
            | Self::Comment(_)
            | Self::InTrouble => Needs::Nothing,
        }
    }

    /// The texts that the cause of a customer can be: every cause, and `unknown`.
    pub fn causes() -> Vec<&'static str> {
        Cause::ALL.map(Cause::name).into_iter().chain([UNKNOWN]).collect()
    }

    /// The sensitive matter it tells of; `None` for most.
    pub fn matter(&self) -> Option<Sensitive> {
        if let Self::Sensitive(matter, _) = self { Some(*matter) } else { None }
    }

    /// The slot itself, whether or not it tells of a sensitive matter.
    pub fn plain(&self) -> &Self {
        if let Self::Sensitive(_, slot) = self { slot } else { self }
    }

    /// What it holds at a moment, where no catalogue tells what goes with what.
    pub fn value<'a>(&'a self, moment: &'a Moment<'_>) -> Value<'a> {
        let today = moment.now.day(moment.offset_s);
        match self {
            Self::Trigger => Value::Text(asked_for(moment).name()),
            Self::Store => text(moment.store.as_deref()),
            Self::Area => text(area(moment)),
            Self::Mission => Value::Text(mission(moment)),
            Self::Locale => text(moment.profile.consent.locale()),
            Self::Venue => text(venue(moment)),
            Self::Ready => ready(moment.readiness()),
            Self::Hour => Value::Number(f64::from(moment.now.second_of_day(moment.offset_s) / 3600)),
            Self::Weekday => Value::Number(f64::from(today.weekday())),
            Self::MinutesInside => presence(moment).map_or(Value::Unknown, |presence| {
                Value::Number(f64::from(moment.now.seconds_since(presence.entered) / 60))
            }),
            Self::CheckIns(window) => check_ins(moment, today, *window, |day| day.check_ins),
            Self::Visits(window) => check_ins(moment, today, *window, |day| day.visits),
            Self::VisitsHere(window) => visits_here(moment, today, *window),
            Self::Orders(category, window) => orders(moment, today, category.as_ref(), *window),
            Self::Spend(window) => spend(moment, today, *window),
            Self::Quarters(count) => Value::Number(money(moment.profile.purchase.quarters(today, *count))),
            Self::Drop => {
                drop_of(moment, today).map_or(Value::Unknown, |drop| Value::Number(drop.share.clamp(0.0, 1.0)))
            }
            Self::HasDropped => flag(drop_of(moment, today).is_some_and(|drop| drop.is_noticed)),
            Self::DaysSinceOrder => {
                number(moment.profile.purchase.last.map(|last| moment.now.seconds_since(last) / 86_400))
            }
            Self::DueIn(category) => number(moment.profile.purchase.due_in(category, today)),
            Self::Affinity(category) => affinity(moment, category),
            Self::Owns(product) => match moment.profile.purchase.owned.get(product) {
                Some(owned) => flag(owned.quantity > 0),
                None if moment.profile.purchase.owned.is_full() => Value::Unknown,
                None => flag(false),
            },
            Self::Shopper(way) => likely(moment.profile.shopper(moment.now), *way),
            // Only a catalogue tells what goes with what.
            Self::Complement(..) => Value::Unknown,
            Self::Basket(category) => {
                purchase(moment).map_or(Value::Unknown, |bought| Value::Number(pieces(bought, category.as_ref())))
            }
            Self::BasketValue => purchase(moment).map_or(Value::Unknown, |bought| Value::Number(money(bought.net()))),
            Self::Sequence(sequence) => sequence.count(moment, today),
            Self::Partner(category, days) => {
                let told = |signal: &PartnerSignal| signal.with.is_none() && is_let_tell(moment, signal);
                number(moment.profile.partner.count(category, moment.now, i32::from(*days), told))
            }
            Self::Friends(category, days) => friends(moment, category, *days),
            Self::Destination(category) => {
                let told = |signal: &PartnerSignal| is_let_tell(moment, signal);
                let current = moment.profile.partner.current(category, moment.now, told);
                text(current.and_then(|signal| signal.destination.as_deref()))
            }
            Self::MayAskAgain => flag(moment.profile.consent.may_ask_again(moment.now)),
            Self::Cause => Value::Text(moment.profile.comment.cause(moment.now).map_or(UNKNOWN, Cause::name)),
            Self::Comment(aspect) => aspect.value(moment),
            Self::InTrouble => flag(moment.trouble.is_some()),
            Self::Sensitive(_, slot) => slot.value(moment),
        }
    }
}

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Unknown, Value::Text)
}

/// How often partners told of a category for somebody the customer knows, as both of them and the source's consent allow.
fn friends(moment: &Moment<'_>, category: &str, days: u8) -> Value<'static> {
    let consent = &moment.profile.consent;
    let told = |signal: &PartnerSignal| {
        let edge = signal.with.as_ref().is_some_and(|other| consent.allows_edge(other, moment.now));
        edge && is_let_tell(moment, signal)
    };
    number(moment.profile.partner.count(category, moment.now, i32::from(days), told))
}

/// Whether the customer still lets the source of a signal tell us of them.
fn is_let_tell(moment: &Moment<'_>, signal: &PartnerSignal) -> bool {
    moment.profile.consent.relied_on_for(Purpose::ThirdParty, &signal.source, moment.now).is_ok()
}

fn ready(kind: Option<ReadinessKind>) -> Value<'static> {
    kind.map_or(Value::Unknown, |kind| Value::Text(kind.name()))
}

/// The sign that the customer is ready, had nobody looked where they are.
pub(crate) fn ready_unseen(moment: &Moment<'_>) -> Value<'static> {
    ready(moment.readiness_unseen())
}

/// How likely the customer shops in a way, had nobody looked where they are.
pub(crate) fn likely_unseen(moment: &Moment<'_>, way: Shopper) -> Value<'static> {
    likely(moment.profile.shopper_unseen(), way)
}

fn likely(known: Option<[f64; 3]>, way: Shopper) -> Value<'static> {
    let of = |each: [f64; 3]| Shopper::ALL.into_iter().zip(each).find(|(known, _)| *known == way);
    known.and_then(of).map_or(Value::Unknown, |(_, likely)| Value::Number(likely))
}

fn number(known: Option<u32>) -> Value<'static> {
    known.map_or(Value::Unknown, |number| Value::Number(f64::from(number)))
}

fn flag(holds: bool) -> Value<'static> {
    Value::Number(f64::from(u8::from(holds)))
}

/// What triggered the moment; for what is due, what triggered the decision that put it off.
pub(crate) fn asked_for(moment: &Moment<'_>) -> Trigger {
    let put_off = moment.kept.first().filter(|_| moment.trigger == Trigger::Due);
    put_off.map_or(moment.trigger, |kept| kept.trigger)
}

/// The area of the moment's store that the customer is in.
pub(crate) fn area<'a>(moment: &'a Moment<'_>) -> Option<&'a str> {
    presence(moment).and_then(|presence| presence.area.as_deref())
}

fn presence<'a>(moment: &'a Moment<'_>) -> Option<&'a Presence> {
    moment.store.as_deref().and_then(|store| moment.profile.geolocation.presence(store))
}

fn purchase<'a>(moment: &'a Moment<'_>) -> Option<&'a Purchase> {
    match moment.happened {
        Some(Happened::Purchase(purchase)) => Some(purchase),
        _ => None,
    }
}

fn venue<'a>(moment: &'a Moment<'_>) -> Option<&'a str> {
    match moment.happened {
        Some(Happened::CheckIn(check_in)) => check_in.venue.as_ref()?.category.as_deref(),
        _ => None,
    }
}

/// The mission the visit looks like; when that cannot be told yet and the customer lets us look, the one they usually come with.
pub(crate) fn mission(moment: &Moment<'_>) -> &'static str {
    let today = moment.now.day(moment.offset_s);
    let store = moment.store.as_deref().filter(|_| moment.may_profile());
    let usual = || store.map(|store| moment.profile.geolocation.usual_mission(store, today));
    named(visible_mission(moment).or_else(usual))
}

/// The mission that the visit itself looks like, whatever the customer did before.
pub(crate) fn mission_of_visit(moment: &Moment<'_>) -> &'static str {
    named(visible_mission(moment))
}

fn visible_mission(moment: &Moment<'_>) -> Option<Mission> {
    let visits = &moment.profile.geolocation.visits;
    let ended = || visits.last().filter(|_| moment.trigger == Trigger::Exit).map(|visit| visit.mission);
    let seen = presence(moment).map(|presence| presence.mission(moment.now)).or_else(ended);
    seen.filter(|mission| *mission != Mission::Unknown)
}

fn named(mission: Option<Mission>) -> &'static str {
    match mission {
        Some(Mission::Express) => "express",
        Some(Mission::Browse) => "browse",
        Some(Mission::Unknown) | None => UNKNOWN,
    }
}
