//! What the catalogue says of quiet hours: the hours of channels, the narrower ones of states, and where telephone numbers are from.

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, Key};

/// When channels rest, and where a recipient may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// The hours of channels, one entry each; a channel that has none is always open.
    pub channels: Vec<QuietHours>,
    /// Where the table of states and area codes is from; empty without a table.
    pub source: String,
    /// The day as of which it is right, `YYYY-MM-DD`; empty without a table.
    pub as_of: String,
    /// The states with hours of their own, in order of name.
    pub states: Vec<StateHours>,
    /// Where the numbers of North America are from, by area code; a code stands in one region at most.
    pub regions: Vec<Region>,
    /// Everywhere a recipient may be of whom nothing is known; empty: then a channel that has hours is not used.
    pub anywhere: Vec<Place>,
}

impl Quiet {
    /// The hours of a channel; `None` when it never rests.
    pub fn of(&self, channel: Channel) -> Option<&QuietHours> {
        self.channels.iter().find(|hours| hours.channel == channel)
    }

    /// Where numbers with an area code are from; `None` for a code that is not in the table.
    pub fn region(&self, code: u16) -> Option<&Region> {
        self.regions.iter().find(|region| region.codes.contains(&code))
    }

    /// The hours of a state; `None` when it has none of its own.
    pub fn state(&self, name: &str) -> Option<&StateHours> {
        self.states.iter().find(|state| state.name == name)
    }
}

/// Hours of the recipient's day in which a channel may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The channel.
    pub channel: Channel,
    /// The first second of the local day it may be used.
    pub open_s: u32,
    /// The first second of the local day it may no longer be used; later than `open_s`.
    pub close_s: u32,
    /// Whether the hours of states hold for it too.
    pub by_state: bool,
    /// Why these hours are wider than the federal ones; `None` when they are not.
    pub wider_because: Option<String>,
}

/// A state whose hours are narrower than the federal ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateHours {
    /// Its postal code, `RI`.
    pub name: Key,
    /// Its hours from Monday to Sunday.
    pub days: [DayHours; 7],
}

/// The hours of one day of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayHours {
    /// The first second of the local day that is allowed.
    pub open_s: u32,
    /// The first second of the local day that no longer is; not later than `open_s` on a day that is closed.
    pub close_s: u32,
}

/// Area codes of one state, or of one country without states, whose numbers are used in the same zones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// The state's postal code; `None` outside of the United States.
    pub state: Option<Key>,
    /// Every IANA zone a part of it lies in, the one of most people first; at least one.
    pub zones: Vec<Key>,
    /// The area codes.
    pub codes: Vec<u16>,
}

/// One place a recipient may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its IANA zone.
    pub zone: Key,
    /// The state whose hours hold there; `None` for one without hours of its own.
    pub state: Option<Key>,
}
