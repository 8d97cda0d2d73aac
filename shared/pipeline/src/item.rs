//! Items of the one table: keys, versions, and the nonce by which a writer recognises its own write.

use sha2::{Digest, Sha256};
use tact_domain::{CustomerId, DecisionId, FacetKind, Fingerprint, Key, Timestamp};

/// The key of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKey {
    /// A facet of a customer's profile.
    Facet(CustomerId, FacetKind),
    /// A decision to deliver.
    Decision(CustomerId, DecisionId),
    /// A turn: look at this decision again; the number tells turns of one decision apart.
    Turn(CustomerId, DecisionId, u64),
    /// The open appointment for an issue.
    Appointment(CustomerId, Key),
    /// A card in the app.
    Card(CustomerId, DecisionId),
    /// A task in the queue of a store, by its decision.
    Task(Key, DecisionId),
    /// A line of what a customer earned: the rule, and the event that earned it.
    Entitlement(CustomerId, Key, Fingerprint),
    /// The proof of a consent, by the event that gave it.
    Proof(CustomerId, Fingerprint),
    /// A customer's addresses.
    Addresses(CustomerId),
    /// Whose telephone number it is, by the hash of the number.
    Number(String),
    /// A coupon, by the hash of its code.
    Coupon(String),
    /// A part of a catalogue, by the catalogue's hash.
    Catalogue(String, u32),
    /// Which catalogue is in force.
    InForce,
    /// How messages may leave, for everybody.
    Switch,
    /// What was leased of a limit, by the limit's name and a shard of it.
    Lease(Key, u32),
    /// What is known of a treatment's recipients for guardrails, by action and treatment.
    Watch(Key, Key),
    /// Which treatments guardrails hold back.
    HeldBack,
    /// Who got a rendering without a secret, by action, treatment, and the language of its words with the store they name.
    Crowd(Key, Key, Key),
    /// A shard of what is counted of messages, to be learnt from.
    Counts(u32),
    /// What was learnt, by its hash.
    Learned(String),
    /// What was learnt last.
    LearnedNow,
}

impl ItemKey {
    /// What all facet keys begin with.
    pub const FACETS: &'static str = "f#";
    /// The partition key of what was learnt,
    pub const LEARNED: &'static str = "m#learned";
    /// and what the sort keys of all of it begin with that decisions may name.
    pub const SNAPSHOTS: &'static str = "s#";
    /// What the partition keys of all watches begin with.
    pub const WATCHES: &'static str = "m#guard/";

    /// Whether it is about what holds for everybody: kept as well as can be, after what it follows from was committed.
    pub fn is_about_everybody(&self) -> bool {
        let learnt = matches!(self, Self::Counts(_) | Self::Learned(_) | Self::LearnedNow);
        learnt || matches!(self, Self::Watch(..) | Self::HeldBack | Self::Crowd(..))
    }
    /// What the keys of all tasks of a store begin with.
    pub const TASKS: &'static str = "w#";

    /// The partition key.
    pub fn pk(&self) -> String {
        match self {
            Self::Facet(customer, _)
            | Self::Decision(customer, _)
            | Self::Turn(customer, ..)
            | Self::Appointment(customer, _)
            | Self::Card(customer, _)
            | Self::Entitlement(customer, ..)
            | Self::Proof(customer, _) => format!("c#{customer}"),
            Self::Task(store, _) => Self::queue(store),
            Self::Addresses(customer) => format!("r#{customer}"),
            Self::Number(hash) => format!("n#{hash}"),
            Self::Coupon(hash) => format!("o#{hash}"),
            Self::Catalogue(..) | Self::InForce => "k#catalogue".to_owned(),
            Self::Switch => "k#switch".to_owned(),
            Self::Lease(limit, shard) => format!("b#{limit}#{shard}"),
            Self::Watch(action, treatment) => format!("{}{action}/{treatment}", Self::WATCHES),
            Self::HeldBack => "m#guard".to_owned(),
            Self::Counts(shard) => format!("{}/{shard}", Self::LEARNED),
            Self::Learned(_) | Self::LearnedNow => Self::LEARNED.to_owned(),
            Self::Crowd(action, treatment, words) => format!("m#cover/{action}/{treatment}/{words}"),
        }
    }

    /// The sort key.
    pub fn sk(&self) -> String {
        match self {
            Self::Facet(_, kind) => format!("{}{}", Self::FACETS, kind.name()),
            Self::Decision(_, decision) => format!("d#{decision}"),
            Self::Turn(_, decision, n) => format!("t#{decision}#{n}"),
            Self::Appointment(_, issue) => format!("a#{issue}"),
            Self::Card(_, decision) => format!("i#{decision}"),
            Self::Task(_, decision) => format!("{}{decision}", Self::TASKS),
            Self::Entitlement(_, rule, event) => format!("e#{rule}#{event}"),
            Self::Proof(_, event) => format!("p#{event}"),
            Self::Catalogue(hash, part) => format!("v#{hash}#{part}"),
            Self::InForce | Self::LearnedNow => "current".to_owned(),
            Self::Learned(hash) => format!("{}{hash}", Self::SNAPSHOTS),
            Self::Addresses(_)
            | Self::Number(_)
            | Self::Coupon(_)
            | Self::Switch
            | Self::Lease(..)
            | Self::Watch(..)
            | Self::HeldBack
            | Self::Crowd(..)
            | Self::Counts(_) => "-".to_owned(),
        }
    }

    /// The partition of all tasks of a store.
    pub fn queue(store: &str) -> String {
        format!("q#{store}")
    }

    /// The decision, turn, appointment or task that stands under a pair of keys: what a stream of the table or the index of due items names. `None` for
    /// any other item.
    pub fn parse(pk: &str, sk: &str) -> Option<Self> {
        if let (Some(store), Some(decision)) = (pk.strip_prefix("q#"), sk.strip_prefix(Self::TASKS)) {
            return Some(Self::Task(store.into(), DecisionId::parse(decision)?));
        }
        let customer = CustomerId::new(pk.strip_prefix("c#")?)?;
        let (letter, rest) = sk.split_once('#')?;
        match letter {
            "d" => Some(Self::Decision(customer, DecisionId::parse(rest)?)),
            "t" => {
                let (decision, n) = rest.split_once('#')?;
                Some(Self::Turn(customer, DecisionId::parse(decision)?, n.parse().ok()?))
            }
            "a" => Some(Self::Appointment(customer, rest.into())),
            _ => None,
        }
    }
}

/// An item as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// How many times it was written.
    pub version: u64,
    /// Which commit wrote it last.
    pub nonce: Nonce,
    /// The packed value.
    pub bytes: Vec<u8>,
}

/// An item as it is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Its key.
    pub key: ItemKey,
    /// The version it must have now, 0 for one that must not exist; `None` writes whatever is there. The write gives it the next one.
    pub expected: Option<u64>,
    /// The packed value.
    pub bytes: Vec<u8>,
    /// When it may be forgotten; `None` keeps it.
    pub forget_at: Option<Timestamp>,
    /// When somebody has to look at it again: its place in the index of due items. `None` takes it out of the index.
    pub due_at: Option<Timestamp>,
}

impl Write {
    /// The version the item has once it is written.
    pub fn version(&self) -> u64 {
        self.expected.unwrap_or(0).saturating_add(1)
    }
}

/// Names a commit by its content: the same writes have the same nonce, so a repeated commit recognises itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Nonce(pub u128);

impl Nonce {
    /// The nonce of a list of writes.
    pub fn of(writes: &[Write]) -> Self {
        let mut hasher = Sha256::new();
        for write in writes {
            for part in [write.key.pk().as_bytes(), write.key.sk().as_bytes(), &write.bytes] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
            hasher.update(write.expected.unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(write.due_at.map_or(i64::MIN, |at| at.0).to_le_bytes());
        }
        let digest: [u8; 32] = hasher.finalize().into();
        Self(digest.iter().take(16).fold(0, |nonce, byte| nonce << 8 | u128::from(*byte)))
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
