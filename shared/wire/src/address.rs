//! The contact points of one customer, kept under a key of their own: last-writer-wins registers like consent.

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, CustomerId, Fingerprint, Register, Timestamp};

use crate::facet::{pack, read};
use crate::{ContactPoint, sha256_hex};

/// A customer's addresses by channel; a withdrawn one stays as an empty register, so that no late event brings it back. Addresses that turned
/// out not to work are known by their fingerprints, the latest eight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AddressBook {
    points: Vec<(Channel, Register<Option<String>>)>,
    bad: Vec<Fingerprint>,
}

/// The most addresses known not to work.
const BAD: usize = 8;

impl AddressBook {
    /// Enters what a consent event said and answers whether that moved anything.
    pub fn enter(&mut self, point: &ContactPoint, at: Timestamp, event: Fingerprint) -> bool {
        let register = Register { value: point.address.clone(), at, event };
        let given = point.address.as_ref().map(|address| Self::fingerprint(point.channel, address));
        match self.points.iter_mut().find(|(channel, _)| *channel == point.channel) {
            Some((_, known)) => {
                // At one instant a withdrawal wins, then the event with the greater fingerprint.
                let rank = |r: &Register<Option<String>>| (r.at, r.value.is_none(), r.event);
                let wins = rank(&register) > rank(known);
                if wins {
                    *known = register;
                    // Who gives an address anew says that it works.
                    self.bad.retain(|bad| Some(*bad) != given);
                }
                wins
            }
            None => {
                self.points.push((point.channel, register));
                self.points.sort_by_key(|(channel, _)| *channel);
                true
            }
        }
    }

    /// The address for a channel; `None` when there is none, it was withdrawn, or it does not work.
    pub fn address(&self, channel: Channel) -> Option<&str> {
        let known = self.points.iter().find(|(known, _)| *known == channel);
        let address = known.and_then(|(_, register)| register.value.as_deref());
        address.filter(|address| !self.bad.contains(&Self::fingerprint(channel, address)))
    }

    /// What an address is known by where it must not be readable.
    pub fn fingerprint(channel: Channel, address: &str) -> Fingerprint {
        Fingerprint::of(channel.name(), address)
    }

    /// Marks an address that does not work and answers whether that is new. Another address for the channel works again.
    pub fn mark_bad(&mut self, address: Fingerprint) -> bool {
        let new = !self.bad.contains(&address);
        if new {
            self.bad.push(address);
            let surplus = self.bad.len().saturating_sub(BAD);
            self.bad.drain(..surplus);
        }
        new
    }

    /// The stored form.
    pub fn pack(&self) -> Vec<u8> {
        pack(self)
    }

    /// Reads the stored form; `None` when it is corrupt or of a newer schema.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        read(bytes)
    }
}

/// Who gave a telephone number as theirs, so that a text from it finds them: in order of id, those who gave up the number since included.
/// And when STOP was last texted from it, for whoever turns out to own it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NumberOwners {
    customers: Vec<CustomerId>,
    stopped: Option<(Timestamp, Fingerprint)>,
}

impl NumberOwners {
    /// What the item of a number is called: the number itself is not part of any key.
    pub fn hash(number: &str) -> String {
        sha256_hex(format!("number:{number}").as_bytes())
    }

    /// Adds somebody and answers whether that is new.
    pub fn add(&mut self, customer: &CustomerId) -> bool {
        match self.customers.binary_search(customer) {
            Ok(_) => false,
            Err(place) => {
                self.customers.insert(place, customer.clone());
                true
            }
        }
    }

    /// All of them.
    pub fn customers(&self) -> &[CustomerId] {
        &self.customers
    }

    /// Enters that STOP was texted and answers whether that moved anything: only a later one does.
    pub fn stop(&mut self, at: Timestamp, event: Fingerprint) -> bool {
        let later = self.stopped.is_none_or(|stopped| stopped < (at, event));
        if later {
            self.stopped = Some((at, event));
        }
        later
    }

    /// When STOP was last texted, and by which event; `None` when it never was.
    pub fn stopped(&self) -> Option<(Timestamp, Fingerprint)> {
        self.stopped
    }

    /// The stored form.
    pub fn pack(&self) -> Vec<u8> {
        pack(self)
    }

    /// Reads the stored form; `None` when it is corrupt or of a newer schema.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        read(bytes)
    }
}
