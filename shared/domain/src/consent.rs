//! Consent and preferences: last-writer-wins registers in event time, in which a revocation wins ties. What is not granted is refused.

mod edge;
mod standing;
#[cfg(test)]
mod table;

use serde::{Deserialize, Serialize};

pub use self::standing::{ConsentRefusal, Promise, Standing};
use crate::register::{Register, overwrite, write};
use crate::{Channel, Fingerprint, Key, Timestamp};

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Messages that sell.
    Marketing,
    /// Deciding on what the customer did before.
    Profiling,
    /// Using precise positions.
    Location,
    /// Being recognised by a person in the store.
    StaffRecognition,
    /// Using what third parties tell.
    ThirdParty,
    /// Using whom the customer knows.
    Social,
    /// Looking at a sensitive matter; its topic says which.
    Sensitive,
}

impl Purpose {
    /// Whether consent to it is given in particulars, of which one is enough to ask on: each source, person or matter.
    fn is_particular(self) -> bool {
        matches!(self, Self::ThirdParty | Self::Social | Self::Sensitive)
    }
}

/// Granted or not. The order is the order of ties: a revocation wins over a denial, a denial over a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Yes.
    Granted,
    /// No, when asked.
    Denied,
    /// No longer.
    Revoked,
}

/// What one register is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scope {
    /// What for.
    pub purpose: Purpose,
    /// By which channel; `None` where no channel matters.
    pub channel: Option<Channel>,
    /// On which topic; for what third parties tell, of which source; for whom they know, with whom; for positions, `precise` or `coarse`.
    /// `None` for all of them.
    pub topic: Option<Key>,
}

/// The promise a consent was given under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// At most this many messages,
    pub max: u16,
    /// in this many days.
    pub per_days: u16,
}

impl Terms {
    /// The longest span a promise may speak of, in days: for as long messages are counted.
    pub const MOST_DAYS: u16 = 31;
}

/// One change to one scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// What it is about.
    pub scope: Scope,
    /// The new state.
    pub state: ConsentState,
    /// The promise it was given under, if any.
    pub terms: Option<Terms>,
    /// From when on it no longer counts unless renewed, if it was given so; with a benefit, unless that was delivered by then.
    pub review_after: Option<Timestamp>,
    /// What the customer was promised for it, if anything.
    pub benefit: Option<Key>,
}

/// What a consent event said. Contact points themselves and proofs are no part of the profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsentChange {
    /// The changes of consent.
    pub grants: Vec<Grant>,
    /// Channels for which an address was given (`true`) or withdrawn (`false`).
    pub points: Vec<(Channel, bool)>,
    /// The area code of the number given for texts, 200 to 999; `None` when none was given, or it is no number of North America.
    pub area_code: Option<u16>,
    /// The IANA zone the customer says they live in.
    pub zone: Option<Key>,
    /// The language tag the customer reads.
    pub locale: Option<Key>,
    /// The year of birth.
    pub birth_year: Option<i16>,
}

/// What a customer allows and prefers: at most 96 scopes, six points, an area code, a zone, a locale, a year of birth.
/// Packed, it takes at most 9,157 bytes with keys of 24 bytes, 30,997 with keys of 128,
/// and 110,869 with keys of 512, the longest there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConsentFacet {
    scopes: Vec<(Scope, Register<Standing>)>,
    points: Vec<(Channel, Register<bool>)>,
    /// That of the number in use for texts: it comes and goes with the point.
    area_code: Option<u16>,
    zone: Option<Register<Key>>,
    locale: Option<Register<Key>>,
    birth_year: Option<Register<i16>>,
    /// What others allow of being known together with the customer: the other side of each social scope.
    others: Vec<(Key, Register<Option<Timestamp>>)>,
}

/// The two precisions of a position that consent may be given to.
const PRECISE: &str = "precise";
const COARSE: &str = "coarse";

impl ConsentFacet {
    const SCOPES: usize = 96;

    /// Folds a change and answers whether it moved anything; an event that was overtaken by later ones moves nothing.
    pub fn fold(&mut self, change: &ConsentChange, at: Timestamp, event: Fingerprint) -> bool {
        let mut moved = false;
        for grant in &change.grants {
            let Grant { state, terms, review_after, benefit, .. } = grant.clone();
            let mut value = Standing { state, terms, review_after, benefit, promise: Promise::Made };
            value.promise = self.promise_so_far(&grant.scope, &value);
            moved |= self.stand(&grant.scope, Register { value, at, event });
        }
        for (channel, reachable) in &change.points {
            let wins = self.reach(*channel, Register { value: *reachable, at, event });
            if wins && *channel == Channel::Sms {
                self.area_code = change.area_code.filter(|_| *reachable);
            }
            moved |= wins;
        }
        moved |= write(&mut self.zone, change.zone.as_ref(), at, event);
        moved |= write(&mut self.locale, change.locale.as_ref(), at, event);
        moved |= write(&mut self.birth_year, change.birth_year.as_ref(), at, event);
        moved
    }

    /// Whether this very event wrote any register that still stands.
    pub fn knows(&self, event: Fingerprint) -> bool {
        let scopes = self.scopes.iter().map(|(_, register)| register.event);
        let points = self.points.iter().map(|(_, register)| register.event);
        let zone = self.zone.iter().map(|register| register.event);
        let locale = self.locale.iter().map(|register| register.event);
        let birth = self.birth_year.iter().map(|register| register.event);
        scopes.chain(points).chain(zone).chain(locale).chain(birth).any(|known| known == event)
    }

    /// The consent that lets us use `channel` for `purpose` on `topic` now.
    ///
    /// # Errors
    /// Why there is none: never given, denied, revoked, expired or dormant.
    pub fn relied_on(
        &self,
        purpose: Purpose,
        channel: Channel,
        topic: Option<&str>,
        now: Timestamp,
    ) -> Result<&Register<Standing>, ConsentRefusal> {
        self.relied_on_with_topic(purpose, channel, topic, now).map(|(_, register)| register)
    }

    /// The same, with the topic it was given for, if it was given for one alone.
    ///
    /// # Errors
    /// As `relied_on`.
    pub fn relied_on_with_topic(
        &self,
        purpose: Purpose,
        channel: Channel,
        topic: Option<&str>,
        now: Timestamp,
    ) -> Result<(Option<&str>, &Register<Standing>), ConsentRefusal> {
        // A refusal that names no channel is meant for all of them; a grant that names none is for none.
        let covers = |scope: &Scope, state: ConsentState| {
            scope.purpose == purpose
                && scope.channel.map_or(state != ConsentState::Granted, |known| known == channel)
                && (scope.topic.is_none() || scope.topic.as_deref() == topic)
        };
        self.latest(covers, now)
    }

    /// The consent for a purpose that no channel matters to; a later change on any channel counts. Positions are precise ones. What was given for
    /// a topic alone stands for nothing more, except that of third parties, people and sensitive matters one is enough to ask on.
    ///
    /// # Errors
    /// Why there is none: never given, denied, revoked, expired or dormant.
    pub fn relied_on_anywhere(&self, purpose: Purpose, now: Timestamp) -> Result<&Register<Standing>, ConsentRefusal> {
        let granted_generally = |scope: &Scope, state: ConsentState| {
            scope.purpose == purpose && (scope.topic.is_none() || state != ConsentState::Granted)
        };
        match purpose {
            Purpose::Location => self.relied_on_for(purpose, PRECISE, now),
            _ if purpose.is_particular() => {
                let latest = || self.latest(|scope, _| scope.purpose == purpose, now);
                let held = self.each_held(purpose, now).max_by_key(|register| register.at);
                held.ok_or_else(|| latest().err().unwrap_or(ConsentRefusal::NotGiven))
            }
            _ => self.latest(granted_generally, now).map(|(_, register)| register),
        }
    }

    /// The consent for a purpose in one particular: the source of what a third party told, the person at the other end, the sensitive matter, the
    /// precision of a position. Whoever refuses even coarse positions refuses precise ones. A yes to all sensitive matters is a yes to none.
    ///
    /// # Errors
    /// Why there is none: never given, denied, revoked, expired or dormant.
    pub fn relied_on_for(
        &self,
        purpose: Purpose,
        particular: &str,
        now: Timestamp,
    ) -> Result<&Register<Standing>, ConsentRefusal> {
        let covers = |scope: &Scope, state: ConsentState| {
            let refused = state != ConsentState::Granted;
            let covers = match scope.topic.as_deref() {
                None => refused || purpose != Purpose::Sensitive,
                Some(COARSE) if refused && purpose == Purpose::Location => true,
                Some(topic) => topic == particular,
            };
            scope.purpose == purpose && covers
        };
        self.latest(covers, now).map(|(_, register)| register)
    }

    /// Every consent to be known for a purpose that holds now, in scope order: for each source, person, matter or precision that was named its own.
    pub fn given_for(&self, purpose: Purpose, now: Timestamp) -> impl Iterator<Item = &Register<Standing>> {
        let particular = purpose.is_particular();
        let each = self.each_held(purpose, now).filter(move |_| particular);
        let one = if particular { None } else { self.relied_on_anywhere(purpose, now).ok() };
        each.chain(one)
    }

    /// The consents for each particular of a purpose that was named, of those that hold now.
    fn each_held(&self, purpose: Purpose, now: Timestamp) -> impl Iterator<Item = &Register<Standing>> {
        let named = self.scopes.iter().filter(move |(scope, _)| scope.purpose == purpose);
        let particulars = named.map(|(scope, _)| scope.topic.as_deref().unwrap_or_default());
        particulars.filter_map(move |particular| self.relied_on_for(purpose, particular, now).ok())
    }

    /// Enters that a benefit was delivered, and answers whether that kept a promise: one made before, and not over yet.
    pub fn keep(&mut self, benefit: &str, now: Timestamp) -> bool {
        let due = |standing: &Standing, at: Timestamp| {
            standing.benefit.as_deref() == Some(benefit)
                && standing.promise == Promise::Made
                && at <= now
                && standing.review_after.is_none_or(|review| now < review)
        };
        self.advance(Promise::Kept, due)
    }

    /// Enters that the customer was asked once more for every consent that is dormant, and answers whether any was.
    pub fn ask_again(&mut self, now: Timestamp) -> bool {
        self.advance(Promise::AskedAgain, |standing, _| standing.may_be_asked_again(now))
    }

    /// Whether a consent is dormant, and the customer was not asked again for it.
    pub fn may_ask_again(&self, now: Timestamp) -> bool {
        self.scopes.iter().any(|(_, register)| register.value.may_be_asked_again(now))
    }

    /// Whether the customer gave an address for a channel and did not withdraw it.
    pub fn is_reachable(&self, channel: Channel) -> bool {
        let given = || self.points.iter().any(|(known, register)| *known == channel && register.value);
        !channel.needs_point() || given()
    }

    /// The area code of the number in use for texts; `None` when there is none, or it is no number of North America.
    pub fn area_code(&self) -> Option<u16> {
        self.area_code
    }

    /// The zone the customer says they live in.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_ref().map(|register| register.value.as_str())
    }

    /// The language tag the customer reads.
    pub fn locale(&self) -> Option<&str> {
        self.locale.as_ref().map(|register| register.value.as_str())
    }

    /// Whether the customer is, or may still be, under 18 in the year of `now`; an unknown year of birth is an adult's.
    pub fn is_minor(&self, now: Timestamp) -> bool {
        let Some(born) = &self.birth_year else { return false };
        // The year alone is known, so a birthday still to come is assumed.
        now.year() - born.value <= 18
    }

    /// Every scope with its standing, in scope order.
    pub fn scopes(&self) -> impl Iterator<Item = (&Scope, &Register<Standing>)> {
        self.scopes.iter().map(|(scope, register)| (scope, register))
    }

    /// How far a promise has come that is made once more: as far as it had come, when it is the same benefit by the same day; a new one is made anew.
    fn promise_so_far(&self, scope: &Scope, new: &Standing) -> Promise {
        let known = self.scopes.iter().find(|(known, _)| known == scope).map(|(_, register)| &register.value);
        known.filter(|known| known.promises_the_same(new)).map_or(Promise::Made, |known| known.promise)
    }

    fn reach(&mut self, channel: Channel, register: Register<bool>) -> bool {
        match self.points.iter_mut().find(|(known, _)| *known == channel) {
            // Withdrawing an address wins over giving one at the same instant.
            Some((_, known)) => overwrite(known, register, |a, b| b.cmp(a)),
            None => {
                self.points.push((channel, register));
                self.points.sort_by_key(|(channel, _)| *channel);
                true
            }
        }
    }

    fn stand(&mut self, scope: &Scope, register: Register<Standing>) -> bool {
        match self.scopes.binary_search_by(|(known, _)| known.cmp(scope)) {
            Ok(place) => self
                .scopes
                .get_mut(place)
                .is_some_and(|(_, known)| overwrite(known, register, |a, b| a.state.cmp(&b.state))),
            Err(_) if self.scopes.len() >= Self::SCOPES && register.value.state == ConsentState::Granted => false,
            Err(_) => {
                self.make_room();
                let place = self.scopes.partition_point(|(known, _)| known < scope);
                self.scopes.insert(place, (scope.clone(), register));
                true
            }
        }
    }

    /// A refusal always finds room: the oldest grant gives way, which only ever forbids more.
    fn make_room(&mut self) {
        if self.scopes.len() < Self::SCOPES {
            return;
        }
        let oldest = (0..self.scopes.len()).min_by_key(|i| {
            self.scopes.get(*i).map(|(_, known)| (known.value.state != ConsentState::Granted, known.at))
        });
        if let Some(place) = oldest {
            self.scopes.remove(place);
        }
    }

    fn advance(&mut self, to: Promise, counts: impl Fn(&Standing, Timestamp) -> bool) -> bool {
        let found = self.scopes.iter_mut().filter(|(_, register)| counts(&register.value, register.at));
        found.map(|(_, register)| register.value.promise = to).count() > 0
    }

    fn latest(
        &self,
        covers: impl Fn(&Scope, ConsentState) -> bool,
        now: Timestamp,
    ) -> Result<(Option<&str>, &Register<Standing>), ConsentRefusal> {
        let (scope, register) = self.last_word(covers).ok_or(ConsentRefusal::NotGiven)?;
        register.value.refusal(now).map_or(Ok((scope.topic.as_deref(), register)), Err)
    }

    /// What counts of all that was said on what is asked for: the latest. But a no to a topic stands until a yes names that topic: a wider one, however
    /// late, does not hide it.
    fn last_word(&self, covers: impl Fn(&Scope, ConsentState) -> bool) -> Option<&(Scope, Register<Standing>)> {
        let covering = || self.scopes.iter().filter(|(scope, known)| covers(scope, known.value.state));
        let order = |(_, known): &&(Scope, Register<Standing>)| (known.at, known.value.state);
        let named = covering().filter(|(scope, _)| scope.topic.is_some()).max_by_key(order);
        let refused = named.filter(|(_, known)| known.value.state != ConsentState::Granted);
        refused.or_else(|| covering().max_by_key(order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(state: ConsentState, topic: Option<&str>) -> ConsentChange {
        let scope = Scope { purpose: Purpose::Marketing, channel: Some(Channel::Sms), topic: topic.map(Key::from) };
        ConsentChange {
            grants: vec![Grant { scope, state, terms: None, review_after: None, benefit: None }],
            ..Default::default()
        }
    }

    fn sms(facet: &ConsentFacet, topic: Option<&str>) -> Result<(), ConsentRefusal> {
        facet.relied_on(Purpose::Marketing, Channel::Sms, topic, Timestamp(1_000)).map(|_| ())
    }

    #[test]
    fn nothing_known_is_refused() {
        assert_eq!(sms(&ConsentFacet::default(), None), Err(ConsentRefusal::NotGiven));
    }

    #[test]
    fn the_later_event_wins_in_any_order_of_arrival_and_revocation_wins_ties() {
        let (grant, revoke) = (change(ConsentState::Granted, None), change(ConsentState::Revoked, None));
        for (granted, revoked, allowed) in [(1, 2, false), (2, 1, true), (2, 2, false)] {
            for reverse in [false, true] {
                let mut facet = ConsentFacet::default();
                let mut events = [(&grant, granted, 7), (&revoke, revoked, 8)];
                if reverse {
                    events.reverse();
                }
                for (event, at, id) in events {
                    facet.fold(event, Timestamp(at), Fingerprint(id));
                }
                assert_eq!(sms(&facet, None).is_ok(), allowed, "{granted} {revoked} {reverse}");
            }
        }
    }

    #[test]
    fn a_refusal_without_a_channel_covers_every_channel_and_a_grant_without_one_covers_none() {
        let scope = Scope { purpose: Purpose::Marketing, channel: None, topic: None };
        let all = |state| ConsentChange {
            grants: vec![Grant { scope: scope.clone(), state, terms: None, review_after: None, benefit: None }],
            ..Default::default()
        };
        let mut facet = ConsentFacet::default();
        facet.fold(&all(ConsentState::Granted), Timestamp(1), Fingerprint(1));
        assert_eq!(sms(&facet, None), Err(ConsentRefusal::NotGiven));
        facet.fold(&change(ConsentState::Granted, None), Timestamp(2), Fingerprint(2));
        facet.fold(&change(ConsentState::Granted, Some("shoes")), Timestamp(2), Fingerprint(3));
        assert!(sms(&facet, None).is_ok());
        facet.fold(&all(ConsentState::Revoked), Timestamp(3), Fingerprint(4));
        assert_eq!([sms(&facet, None), sms(&facet, Some("shoes"))], [Err(ConsentRefusal::Revoked); 2]);
    }

    #[test]
    fn a_grant_for_one_topic_covers_that_topic_until_the_channel_is_revoked() {
        let mut facet = ConsentFacet::default();
        facet.fold(&change(ConsentState::Granted, Some("shoes")), Timestamp(1), Fingerprint(1));
        assert!(sms(&facet, Some("shoes")).is_ok());
        assert_eq!(sms(&facet, Some("bags")), Err(ConsentRefusal::NotGiven));
        assert_eq!(sms(&facet, None), Err(ConsentRefusal::NotGiven));
        facet.fold(&change(ConsentState::Revoked, None), Timestamp(2), Fingerprint(2));
        assert_eq!(sms(&facet, Some("shoes")), Err(ConsentRefusal::Revoked));
    }

    #[test]
    fn a_denied_topic_stays_denied_until_that_topic_is_granted_again() {
        for refusal in [ConsentState::Denied, ConsentState::Revoked] {
            let mut facet = ConsentFacet::default();
            facet.fold(&change(ConsentState::Granted, Some("shoes")), Timestamp(1), Fingerprint(1));
            facet.fold(&change(refusal, Some("shoes")), Timestamp(2), Fingerprint(2));
            facet.fold(&change(ConsentState::Granted, None), Timestamp(3), Fingerprint(3));
            assert!(sms(&facet, Some("bags")).is_ok() && sms(&facet, None).is_ok());
            assert!(sms(&facet, Some("shoes")).is_err(), "a wider yes does not hide a no");
            facet.fold(&change(ConsentState::Granted, Some("shoes")), Timestamp(4), Fingerprint(4));
            assert!(sms(&facet, Some("shoes")).is_ok());
        }
    }

    #[test]
    fn an_area_code_comes_and_goes_with_the_number_in_any_order_of_arrival() {
        let point = |channel, reachable, area_code| ConsentChange {
            points: vec![(channel, reachable)],
            area_code,
            ..ConsentChange::default()
        };
        let given = (point(Channel::Sms, true, Some(212)), 1);
        let abroad = (point(Channel::Sms, true, None), 2);
        let again = (point(Channel::Sms, true, Some(850)), 3);
        let withdrawn = (point(Channel::Sms, false, None), 4);
        let elsewhere = (point(Channel::Email, true, None), 5);
        for (history, kept) in [
            (vec![&given], Some(212)),
            (vec![&given, &abroad], None),
            (vec![&given, &abroad, &again, &elsewhere], Some(850)),
            (vec![&given, &again, &withdrawn], None),
        ] {
            for reverse in [false, true] {
                let mut events = history.clone();
                if reverse {
                    events.reverse();
                }
                let mut facet = ConsentFacet::default();
                for (change, at) in events {
                    facet.fold(change, Timestamp(*at), Fingerprint(1));
                }
                assert_eq!(facet.area_code(), kept, "{history:?} {reverse}");
            }
        }
    }

    #[test]
    fn whoever_may_still_be_seventeen_is_a_minor() {
        let october_2026 = Timestamp(1_793_419_200_000);
        let born = |year| {
            let mut facet = ConsentFacet::default();
            let change = ConsentChange { birth_year: Some(year), ..Default::default() };
            facet.fold(&change, Timestamp(1), Fingerprint(1));
            facet.is_minor(october_2026)
        };
        assert_eq!((born(2011), born(2008), born(2007)), (true, true, false));
    }

    #[test]
    fn a_full_facet_still_takes_a_refusal_but_no_more_grants() {
        let mut facet = ConsentFacet::default();
        for topic in 0..100_u64 {
            let grant = change(ConsentState::Granted, Some(&format!("t{topic:03}")));
            assert_eq!(facet.fold(&grant, Timestamp(1), Fingerprint(topic)), topic < 96);
        }
        assert!(facet.fold(&change(ConsentState::Revoked, None), Timestamp(2), Fingerprint(200)));
        assert!(facet.scopes().count() <= 96);
        assert_eq!(sms(&facet, Some("t050")), Err(ConsentRefusal::Revoked));
    }
}
