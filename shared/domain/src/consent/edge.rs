//! Edges between people: that two customers know each other may be used only while both allow it.

use super::{ConsentFacet, ConsentState, Purpose, Scope};
use crate::register::{Register, overwrite};
use crate::{Key, Timestamp};

/// How many people's other sides are kept; when there are more, the oldest gives way.
const OTHERS: usize = 16;

impl ConsentFacet {
    /// Whether the customer and another person both allow that we use that they know each other, now.
    pub fn allows_edge(&self, other: &str, now: Timestamp) -> bool {
        let theirs = self.others.iter().find(|(known, _)| known == other);
        let allows = |until: Timestamp| now < until;
        self.relied_on_for(Purpose::Social, other, now).is_ok()
            && theirs.is_some_and(|(_, register)| register.value.is_some_and(allows))
    }

    /// What this customer says of being known together with another person, as the other's facet keeps it: until when they allow it, if they do;
    /// `None` when nothing was ever said.
    pub fn own_side(&self, other: &str) -> Option<Register<Option<Timestamp>>> {
        let of_edge = |scope: &Scope| {
            scope.purpose == Purpose::Social && scope.topic.as_deref().is_none_or(|topic| topic == other)
        };
        let (_, latest) = self.last_word(|scope, _| of_edge(scope))?;
        let granted = latest.value.state == ConsentState::Granted;
        let until = granted.then(|| latest.value.review_after.unwrap_or(Timestamp(i64::MAX)));
        Some(Register { value: until, at: latest.at, event: latest.event })
    }

    /// The people who said something of being known together with this customer, in id order.
    pub fn others(&self) -> impl Iterator<Item = &Key> {
        self.others.iter().map(|(known, _)| known)
    }

    /// Enters what another person says of being known together with this customer, and answers whether that moved anything. At one instant a
    /// refusal wins.
    pub fn other_side(&mut self, other: &Key, said: Register<Option<Timestamp>>) -> bool {
        if let Some((_, known)) = self.others.iter_mut().find(|(known, _)| known == other) {
            return overwrite(known, said, |a, b| b.cmp(a));
        }
        self.others.push((other.clone(), said));
        self.others.sort_by(|a, b| (b.1.at, &a.0).cmp(&(a.1.at, &b.0)));
        self.others.truncate(OTHERS);
        self.others.sort_by(|a, b| a.0.cmp(&b.0));
        true
    }
}
