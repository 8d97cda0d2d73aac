//! The lines of the file: `CloudEvents` as the contracts have them, keys in this order.

use serde::Serialize;

/// One line.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub(super) specversion: &'static str,
    pub(super) id: &'a str,
    pub(super) source: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) subject: &'a str,
    pub(super) time: &'a str,
    pub(super) data: &'a Data,
}

/// What happened, by kind.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Data {
    /// A check-in at one of our stores.
    CheckIn {
        store: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        ready: Option<Ready>,
    },
    /// A check-in somewhere else.
    Venue { venue: Venue },
    /// A position from the phone.
    Fix { lat: f64, lon: f64, accuracy_m: f64, speed_mps: f64, foreground: bool },
    /// An area of a store, from its beacons.
    Beacon { store: &'static str, zone: &'static str },
    /// A receipt.
    Purchase(Purchase),
    /// What the customer allows, forbids or tells us.
    Consent(Box<Consent>),
    /// What a partner tells of the customer.
    Partner {
        kind: &'static str,
        category: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        destination: Option<&'static str>,
    },
    /// Something said of us.
    Comment(Remark),
    /// What became of what we sent after `event`.
    Outcome { event: EventName, outcome: &'static str },
}

impl Data {
    /// The event type it is sent as.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::CheckIn { .. } | Self::Venue { .. } => "tact.check-in.v1",
            Self::Fix { .. } | Self::Beacon { .. } => "tact.geolocation.v1",
            Self::Purchase(_) => "tact.purchase.v1",
            Self::Consent(_) => "tact.consent.v1",
            Self::Partner { .. } => "tact.partner.v1",
            Self::Comment(_) => "tact.comment.v1",
            Self::Outcome { .. } => "tact.outcome.v1",
        }
    }

    /// The letter that begins the ids of this kind.
    pub(super) fn letter(&self) -> char {
        match self {
            Self::CheckIn { .. } | Self::Venue { .. } => 'c',
            Self::Fix { .. } | Self::Beacon { .. } => 'g',
            Self::Purchase(_) => 'p',
            Self::Consent(_) => 'n',
            Self::Partner { .. } => 's',
            Self::Comment(_) => 'k',
            Self::Outcome { .. } => 'o',
        }
    }
}

/// A sign that somebody wants help, with what they look for.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Ready {
    pub(super) kind: &'static str,
    pub(super) product: &'static str,
    pub(super) size: &'static str,
    pub(super) area: &'static str,
}

/// What somebody said, where, and what tells in which store.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Remark {
    pub(super) arena: &'static str,
    pub(super) text: &'static str,
    pub(super) public: bool,
    pub(super) evidence: Evidence,
}

/// What ties a remark to a store.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Evidence {
    /// A session on the store's Wi-Fi.
    Wifi { store: &'static str, at: String },
    /// Nothing.
    None,
}

/// A place of somebody else's.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Venue {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// An event, by what makes it unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct EventName {
    pub(super) source: &'static str,
    pub(super) id: String,
}

/// A receipt; online there is no store.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Purchase {
    pub(super) receipt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store: Option<&'static str>,
    pub(super) channel: &'static str,
    pub(super) currency: &'static str,
    pub(super) lines: Vec<Article>,
}

/// A line of a receipt; `kind` is absent for what is bought and `return` for what is brought back.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Article {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    pub(super) product: &'static str,
    pub(super) category: &'static str,
    pub(super) quantity: u32,
    pub(super) unit_price: u32,
}

/// A form somebody filled in: grants, and what they told us about themselves.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Consent {
    pub(super) grants: Vec<Grant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) points: Option<Points>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) zone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) locale: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) birth_year: Option<i32>,
}

/// One box of the form.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Grant {
    pub(super) channel: &'static str,
    pub(super) purpose: &'static str,
    pub(super) state: &'static str,
    pub(super) proof: Proof,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) terms: Option<Terms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) review_after: Option<&'static str>,
}

/// What the customer was shown, and for whose messages.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Proof {
    pub(super) text_id: &'static str,
    pub(super) shown: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) benefit: Option<&'static str>,
    pub(super) seller: &'static str,
}

/// How often at most.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Terms {
    pub(super) max: u32,
    pub(super) per_days: u32,
}

/// Where the customer can be reached.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Points {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sms: Option<String>,
    pub(super) email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) push: Option<String>,
}
