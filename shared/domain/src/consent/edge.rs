//! Edges between people: that two customers know each other may be used only while both allow it.

use super::{ConsentFacet, ConsentState, Purpose, Scope};
use crate::register::{Register, overwrite};
use crate::{Fingerprint, Key, Timestamp};

/// With how many people at most a customer is known together. Both ends remember the other as long as either allows it, so that whoever takes it back
/// reaches all who hold a yes.
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

    /// Whether there is something to be entered with another person: they are remembered, or the customer allows it and there is room for them.
    pub fn may_meet(&self, other: &Key) -> bool {
        self.remembers(other) || (self.allows(other) && self.has_room(other))
    }

    /// Enters with both ends what the customer and another person say of being known together, and answers whether that moved anything at the other
    /// end. A yes is entered only where both can remember each other; a refusal, wherever a yes is remembered. At one instant a refusal wins.
    pub fn meet(&mut self, own: &Key, other: &Key, theirs: &mut Self) -> bool {
        let anew = || self.allows(other) || theirs.allows(own);
        if !(self.remembers(other) && theirs.remembers(own))
            && anew()
            && !(self.has_room(other) && theirs.has_room(own))
        {
            return false;
        }
        let (said, heard) = (self.own_side(other), theirs.own_side(own));
        let opens = is_yes(said.as_ref()) || is_yes(heard.as_ref());
        self.hear(other, heard, opens);
        theirs.hear(own, said, opens)
    }

    /// Enters what another person says of being known together with this customer, and answers whether that moved anything; nothing is, when there are
    /// too many already.
    pub fn other_side(&mut self, other: &Key, said: Register<Option<Timestamp>>) -> bool {
        self.has_room(other) && self.hear(other, Some(said), true)
    }

    fn hear(&mut self, other: &Key, said: Option<Register<Option<Timestamp>>>, opens: bool) -> bool {
        match (self.others.iter_mut().find(|(known, _)| known == other), said) {
            (Some((_, known)), Some(said)) => overwrite(known, said, |a, b| b.cmp(a)),
            (None, said) if opens => {
                if self.others.len() >= OTHERS
                    && let Some(over) = self.others.iter().position(|known| self.is_over(known))
                {
                    self.others.remove(over);
                }
                let silent = Register { value: None, at: Timestamp::default(), event: Fingerprint(0) };
                let place = self.others.partition_point(|(known, _)| known < other);
                self.others.insert(place, (other.clone(), said.unwrap_or(silent)));
                true
            }
            _ => false,
        }
    }

    fn remembers(&self, other: &str) -> bool {
        self.others.iter().any(|(known, _)| known == other)
    }

    fn has_room(&self, other: &Key) -> bool {
        self.remembers(other) || self.others.iter().filter(|known| !self.is_over(known)).count() < OTHERS
    }

    fn allows(&self, other: &str) -> bool {
        is_yes(self.own_side(other).as_ref())
    }

    /// Whether neither end allows it any more. Where grants had to give way, one that is not known any more may still be held at the other end.
    fn is_over(&self, (other, theirs): &(Key, Register<Option<Timestamp>>)) -> bool {
        let own = self.own_side(other);
        theirs.value.is_none() && own.map_or(self.scopes.len() < Self::SCOPES, |own| own.value.is_none())
    }
}

fn is_yes(said: Option<&Register<Option<Timestamp>>>) -> bool {
    said.is_some_and(|said| said.value.is_some())
}
