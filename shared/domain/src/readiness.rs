//! Readiness: the sign by which a customer lets a person in the store come up to them, and what it is about.

use serde::{Deserialize, Serialize};

use crate::Key;

/// A sign of being ready, and what the customer wants to know about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Which sign.
    pub kind: ReadinessKind,
    /// The product it is about, if one was named.
    pub product: Option<Key>,
    /// The size asked for, if one was.
    pub size: Option<Key>,
    /// Where in the store they are, if that is known.
    pub area: Option<Key>,
}

/// The signs by which somebody is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadinessKind {
    /// They asked for help.
    Help,
    /// They asked to have something held for them.
    Hold,
    /// They scanned something to know more about it.
    Scan,
    /// They wait at a service point.
    Dwell,
    /// They said yes to being helped, and this is the time.
    Appointment,
    /// They asked once and for all to be greeted; it stands for a greeting alone.
    Asked,
}

impl ReadinessKind {
    /// Every sign, in the order in which they are looked for.
    pub const ALL: [Self; 6] = [Self::Help, Self::Hold, Self::Scan, Self::Dwell, Self::Appointment, Self::Asked];
    /// What a check-in can say, in the same order.
    pub const TOLD: [Self; 3] = [Self::Help, Self::Hold, Self::Scan];

    /// The name used in events, rules and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Hold => "hold",
            Self::Scan => "scan",
            Self::Dwell => "dwell",
            Self::Appointment => "appointment",
            Self::Asked => "asked",
        }
    }
}

impl Readiness {
    /// A sign that says nothing more.
    pub fn of(kind: ReadinessKind) -> Self {
        Self { kind, product: None, size: None, area: None }
    }
}
