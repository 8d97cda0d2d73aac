//! The contact points of one customer, kept under a key of their own: last-writer-wins registers like consent.

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, Fingerprint, Register, Timestamp};

use crate::ContactPoint;
use crate::facet::{SCHEMA, pack};

/// A customer's addresses by channel; a withdrawn one stays as an empty register, so that no late event brings it back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AddressBook(Vec<(Channel, Register<Option<String>>)>);

impl AddressBook {
    /// Enters what a consent event said and answers whether that moved anything.
    pub fn enter(&mut self, point: &ContactPoint, at: Timestamp, event: Fingerprint) -> bool {
        let register = Register { value: point.address.clone(), at, event };
        match self.0.iter_mut().find(|(channel, _)| *channel == point.channel) {
            Some((_, known)) => {
                // At one instant a withdrawal wins, then the event with the greater fingerprint.
                let rank = |r: &Register<Option<String>>| (r.at, r.value.is_none(), r.event);
                let wins = rank(&register) > rank(known);
                if wins {
                    *known = register;
                }
                wins
            }
            None => {
                self.0.push((point.channel, register));
                self.0.sort_by_key(|(channel, _)| *channel);
                true
            }
        }
    }

    /// The address for a channel; `None` when there is none, or it was withdrawn.
    pub fn address(&self, channel: Channel) -> Option<&str> {
        let known = self.0.iter().find(|(known, _)| *known == channel);
        known.and_then(|(_, register)| register.value.as_deref())
    }

    /// The stored form.
    pub fn pack(&self) -> Vec<u8> {
        pack(self)
    }

    /// Reads the stored form; `None` when it is corrupt or of a newer schema.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let (schema, packed) = bytes.split_first()?;
        (*schema == SCHEMA).then(|| postcard::from_bytes(packed).ok()).flatten()
    }
}
