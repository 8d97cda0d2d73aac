//! Who got what without a secret, as a table keeps it; those of another play may be among them.

use std::collections::BTreeMap;

use tact_decide::{Catalogue, Crowd, Decision, Rendering, joining};
use tact_domain::{CustomerId, Fingerprint, Timestamp};

/// Somebody who got a rendering without a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    at: Timestamp,
    rendering: Rendering,
    face: Fingerprint,
}

/// The crowds of a play while it runs.
#[derive(Debug)]
pub(super) struct Crowds<'a> {
    known: BTreeMap<Rendering, Crowd>,
    /// Those of another play who are still to come, by time.
    others: &'a [Joined],
    /// Those of this play, by time.
    pub(super) joined: Vec<Joined>,
}

impl<'a> Crowds<'a> {
    /// Nobody yet; those of another play join at their time.
    pub(super) fn among(others: &'a [Joined]) -> Self {
        Self { known: BTreeMap::new(), others, joined: Vec::new() }
    }

    /// The crowds as they stand at an instant; instants rise.
    pub(super) fn at(&mut self, catalogue: &Catalogue, now: Timestamp) -> &BTreeMap<Rendering, Crowd> {
        let come = self.others.partition_point(|other| other.at <= now);
        let (come, rest) = self.others.split_at(come);
        self.others = rest;
        for other in come {
            self.enter(catalogue, other);
        }
        &self.known
    }

    /// Lets a customer who reads a language join those who got the winner of a decision without a secret.
    pub(super) fn join(&mut self, decision: &Decision, catalogue: &Catalogue, reader: (&CustomerId, Option<&str>)) {
        if let Some((rendering, face)) = joining(decision, catalogue, reader) {
            let joined = Joined { at: decision.now, rendering, face };
            self.enter(catalogue, &joined);
            self.joined.push(joined);
        }
    }

    fn enter(&mut self, catalogue: &Catalogue, Joined { at, rendering, face }: &Joined) {
        self.known.entry(rendering.clone()).or_default().join(catalogue.policy.cover, *face, *at);
    }
}
