//! The switch: how messages may leave, for everybody, read at most half a minute ago. What cannot be read lets nothing leave.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tact_domain::{CustomerId, Timestamp};

use crate::{ItemKey, Store, StoreError};

/// How messages leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// Nothing leaves; what is decided waits, and lapses.
    Off,
    /// Nothing leaves; what would have left is noted as if it had.
    #[default]
    Shadow,
    /// Only messages to the customers on the list leave; the others are as in shadow.
    Allowlist,
    /// Everything leaves.
    Live,
}

impl DeliveryMode {
    /// Every mode, from the quietest on.
    pub const ALL: [Self; 4] = [Self::Off, Self::Shadow, Self::Allowlist, Self::Live];

    /// The name used in configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::Allowlist => "allowlist",
            Self::Live => "live",
        }
    }

    /// Reads the name used in configuration; `None` for anything else.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// What the item `k#switch` holds, as JSON, so that an operator can write it with any tool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// How messages leave.
    pub mode: DeliveryMode,
    /// Who is on the list.
    #[serde(default)]
    pub allow: Vec<CustomerId>,
    /// The most that may be spent on messages in one day of UTC, in minor units; without it there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend_per_day: Option<f64>,
}

impl Switch {
    /// A switch in one position, without list or limit.
    pub fn to(mode: DeliveryMode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// Whether a message to a customer may leave.
    pub fn lets_leave(&self, customer: &CustomerId) -> bool {
        match self.mode {
            DeliveryMode::Live => true,
            DeliveryMode::Allowlist => self.allow.contains(customer),
            DeliveryMode::Off | DeliveryMode::Shadow => false,
        }
    }
}

/// How old a reading may be, in milliseconds: well within the minute in which a switch must act.
const FRESH_MS: i64 = 30_000;

/// The switch as a process knows it.
#[derive(Debug)]
pub struct SwitchReader {
    otherwise: Switch,
    read: Mutex<Option<(Timestamp, Switch)>>,
}

impl SwitchReader {
    /// A reader that answers `otherwise` while the table holds no switch.
    pub fn or(otherwise: Switch) -> Self {
        Self { otherwise, read: Mutex::new(None) }
    }

    /// The switch at an instant.
    ///
    /// # Errors
    /// When the table cannot be read, or holds a switch that makes no sense: nothing may leave then.
    pub async fn at(&self, store: &impl Store, now: Timestamp) -> Result<Switch, StoreError> {
        if let Some((at, switch)) = &*self.known()
            && (0..FRESH_MS).contains(&now.since_ms(*at))
        {
            return Ok(switch.clone());
        }
        let switch = match store.get(&ItemKey::Switch).await? {
            None => self.otherwise.clone(),
            Some(item) => {
                let read = serde_json::from_slice::<Switch>(&item.bytes).ok();
                let sensible = read.filter(|switch| switch.spend_per_day.is_none_or(|most| most >= 0.0));
                // Not `Unreadable`: nothing at all may leave, so every record is to be delivered again.
                sensible.ok_or_else(|| StoreError::Unavailable("the delivery switch makes no sense".to_owned()))?
            }
        };
        *self.known() = Some((now, switch.clone()));
        Ok(switch)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<(Timestamp, Switch)>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
