//! One customer's part of a batch: loaded once, folded and decided in order, and made ready to be written once.

use tact_decide::{Decision, evaluate};
use tact_domain::{
    Appointment, Channel, ConsentChange, ConsentState, CustomerId, DecisionId, FacetKind, Fingerprint, Folded, Grant,
    Happened, On, Outcome, OutcomeReport, Profile, Purpose, Scope, Signal, Timestamp, Trigger,
};
use tact_wire::{
    AddressBook, ContactPoint, DecisionItem, Envelope, Facts, NumberOwners, ParsedEvent, canonical_event, encode_body,
    pack_appointment, pack_facet, record_line, unpack_facet,
};

use crate::entitlement::earned;
use crate::{Clock, DecisionLog, Ending, Item, ItemKey, LogEntry, Pipeline, Store, StoreError, Tally, Write};

/// One event of a customer, waiting for its turn.
pub(crate) struct Queued<'a> {
    /// Its place in the batch.
    pub(crate) place: usize,
    pub(crate) bytes: &'a [u8],
    pub(crate) event: ParsedEvent,
}

/// All events of one customer in a batch, in order.
pub(crate) struct Turn<'a> {
    pub(crate) customer: CustomerId,
    pub(crate) events: Vec<Queued<'a>>,
}

/// What a turn comes to, not yet logged or written.
#[derive(Default)]
pub(crate) struct Prepared {
    /// How each event ended, by its place in the batch.
    pub(crate) endings: Vec<(usize, Ending)>,
    pub(crate) writes: Vec<Write>,
    pub(crate) entries: Vec<LogEntry>,
    /// The decisions made, by the place of their event.
    pub(crate) decisions: Vec<(usize, DecisionId)>,
    /// How old the event of each of them was when it was decided, in milliseconds.
    pub(crate) ages_ms: Vec<i64>,
    pub(crate) tally: Tally,
    pub(crate) load_us: u64,
    pub(crate) decide_us: Vec<u64>,
    /// The first event left for another commit, as one transaction holds no more.
    pub(crate) next: usize,
}

/// How many items one commit may begin to write beside facets, addresses and appointments; a transaction holds 100 in all. One event adds up to 9:
/// a decision and what it earned.
const EXTRA_WRITES: usize = 76;
/// How many bytes of proofs one commit may begin to write; a transaction holds 4 MB in all, and a proof a quarter of one.
const EXTRA_BYTES: usize = 2_000_000;

impl<S: Store, L: DecisionLog, C: Clock> Pipeline<S, L, C> {
    /// Loads a customer and folds and decides their events from the one at `from` on.
    pub(crate) async fn prepare(&self, turn: &Turn<'_>, from: usize, attempt: u32) -> Result<Prepared, StoreError> {
        let started = self.clock.stopwatch_us();
        let facets = self.store.load(&turn.customer).await?;
        let mut work = Work::of(&turn.customer, facets)?;
        work.done.load_us = self.clock.stopwatch_us().saturating_sub(started);
        let mut decision = Decision::empty();
        let mut next = from;
        for queued in turn.events.iter().skip(from) {
            if work.is_full() {
                break;
            }
            next += 1;
            let ending = match &queued.event.signal.happened {
                _ if work.folded_here(queued.event.signal.event) => Ending::Duplicate,
                Happened::Consent(_) => self.consent(&mut work, queued).await?,
                Happened::Outcome(report) => self.outcome(&mut work, &queued.event.signal, report).await?,
                _ => {
                    let started = self.clock.stopwatch_us();
                    let ending = self.decide(&mut work, queued, &mut decision);
                    work.done.decide_us.push(self.clock.stopwatch_us().saturating_sub(started));
                    ending
                }
            };
            work.done.endings.push((queued.place, ending));
            work.done.tally.end(ending);
        }
        work.done.next = next;
        Ok(work.finish(attempt, &self.build))
    }

    fn decide(&self, work: &mut Work<'_>, queued: &Queued<'_>, decision: &mut Decision) -> Ending {
        let signal = &queued.event.signal;
        let now = self.clock.now(signal.arrived).max(signal.at);
        let appointed = work.profile.contact.appointments().to_vec();
        let rung = |trigger: Trigger| {
            let warm = self.fold_only_until.is_none_or(|until| signal.at >= until);
            warm.then(|| self.catalogue.budgets.rung(trigger, now.since_ms(signal.at)))
        };
        let done = evaluate(signal, &mut work.profile, &self.catalogue, &self.models, now, rung, decision);
        let ending = match &done.folded {
            Folded::Duplicate => return Ending::Duplicate,
            Folded::Stale => return Ending::Stale,
            Folded::Withheld => return Ending::Withheld,
            Folded::Unchanged => return Ending::Applied,
            Folded::Changed(transitions) => {
                work.done.tally.crossed(transitions);
                if done.decided { Ending::Silent } else { Ending::Applied }
            }
        };
        let ending = if done.decided && decision.chosen.is_some() { Ending::Decided } else { ending };
        if done.decided {
            self.record(work, queued, now, decision);
        }
        work.earned.extend(earned(&queued.event, &mut work.profile, &self.catalogue));
        work.changed(FacetKind::of(signal.happened.kind()));
        let moved = work.profile.contact.appointments() != appointed;
        if ending == Ending::Decided || moved {
            work.changed(Some(FacetKind::Contact));
        }
        ending
    }

    /// Keeps the record of a decision and, unless it is silence, the item that will deliver it.
    fn record(&self, work: &mut Work<'_>, queued: &Queued<'_>, now: Timestamp, decision: &Decision) {
        let signal = &queued.event.signal;
        let facts = Facts {
            event: canonical_event(queued.bytes),
            kind: signal.happened.kind(),
            arrived: signal.arrived,
            now,
            facets: work.packed.clone(),
            versions: work.versions,
        };
        let body = encode_body(&facts, decision, &self.catalogue, &self.models);
        work.records.push((decision.id, body, now.since_ms(signal.at)));
        work.done.decisions.push((queued.place, decision.id));
        work.done.ages_ms.push(now.since_ms(signal.at));
        work.done.tally.weighed(decision);
        work.done.tally.appointed += decision.appointments.len() as u64;
        if let Some(item) = DecisionItem::of(decision, &self.catalogue) {
            *work.done.tally.chosen.entry(item.channel.name()).or_insert(0) += 1;
            work.decisions.push(Held { id: item.decision, version: 0, changed: true, item });
        }
    }

    async fn consent(&self, work: &mut Work<'_>, queued: &Queued<'_>) -> Result<Ending, StoreError> {
        let signal = &queued.event.signal;
        match work.profile.fold(signal, &self.catalogue.places, &self.catalogue.policy.currency) {
            Folded::Duplicate => return Ok(Ending::Duplicate),
            Folded::Changed(_) => {}
            Folded::Stale | Folded::Unchanged | Folded::Withheld => return Ok(Ending::Stale),
        }
        work.changed(Some(FacetKind::Consent));
        if !queued.event.points.is_empty() {
            work.enter_points(&self.store, &queued.event.points, signal).await?;
        }
        if !queued.event.proofs.is_empty() {
            work.proofs.push((signal.event, queued.event.proof_json()));
        }
        Ok(Ending::Applied)
    }

    /// Enters what became of a decision. One we do not keep, because it was silence or lies too far back, takes no outcome; but an opt-out
    /// counts whatever it names: by the channel of its decision, or by every channel when that is not known.
    async fn outcome(
        &self,
        work: &mut Work<'_>,
        signal: &Signal,
        report: &OutcomeReport,
    ) -> Result<Ending, StoreError> {
        let held = work.decision(&self.store, report.about.decision()).await?;
        let channel = held.as_ref().map(|held| held.item.channel);
        let bounced = held.as_ref().and_then(|held| held.item.sent_to).filter(|_| report.outcome == Outcome::Bounced);
        let ending = held.map_or(Ending::Stale, |held| held.enter(report.outcome, signal));
        if let (Some(address), Ending::Applied) = (bounced, ending) {
            work.mark_bad(&self.store, address).await?;
        }
        if report.outcome == Outcome::OptedOut
            && work.profile.consent.fold(&revocation(channel), signal.at, signal.event)
        {
            work.changed(Some(FacetKind::Consent));
            return Ok(Ending::Applied);
        }
        let known = ending == Ending::Stale && work.profile.consent.knows(signal.event);
        Ok(if known { Ending::Duplicate } else { ending })
    }
}

/// Whoever opts out of a message takes back the consent to all marketing by its channel; by every channel when it is not known.
fn revocation(channel: Option<Channel>) -> ConsentChange {
    let scope = Scope { purpose: Purpose::Marketing, channel, topic: None };
    let grant = Grant { scope, state: ConsentState::Revoked, terms: None, review_after: None };
    ConsentChange { grants: vec![grant], ..ConsentChange::default() }
}

/// A decision item in hand.
struct Held {
    id: DecisionId,
    version: u64,
    changed: bool,
    item: DecisionItem,
}

impl Held {
    /// Enters an outcome: applied when it is the first of its kind, or earlier than the one that stood for it.
    fn enter(&mut self, outcome: Outcome, signal: &Signal) -> Ending {
        if self.item.outcomes.knows(signal.event) {
            return Ending::Duplicate;
        }
        let entered = self.item.enter(outcome, signal.at, signal.event);
        self.changed |= entered;
        if entered { Ending::Applied } else { Ending::Stale }
    }
}

/// A customer's state while their events are worked through.
struct Work<'a> {
    customer: &'a CustomerId,
    profile: Profile,
    /// The packed facets as they stand after the events so far, in the order of `FacetKind::ALL`.
    packed: [Vec<u8>; 5],
    versions: [u64; 5],
    dirty: [bool; 5],
    decisions: Vec<Held>,
    /// The appointments as they stood before the first event.
    appointed: Vec<Appointment>,
    addresses: Option<(AddressBook, u64, bool)>,
    numbers: Vec<(String, u64, NumberOwners)>,
    proofs: Vec<(Fingerprint, String)>,
    earned: Vec<Write>,
    records: Vec<(DecisionId, String, i64)>,
    seen: Vec<Fingerprint>,
    reads: u32,
    done: Prepared,
}

impl<'a> Work<'a> {
    fn of(customer: &'a CustomerId, facets: Vec<(FacetKind, Item)>) -> Result<Self, StoreError> {
        let (mut profile, mut packed, mut versions) = (Profile::default(), <[Vec<u8>; 5]>::default(), [0; 5]);
        for (kind, item) in facets {
            unpack_facet(&mut profile, kind, &item.bytes).map_err(|error| StoreError::Unreadable(error.to_string()))?;
            let place = (kind as usize, &mut packed, &mut versions);
            if let (Some(bytes), Some(version)) = (place.1.get_mut(place.0), place.2.get_mut(place.0)) {
                (*bytes, *version) = (item.bytes, item.version);
            }
        }
        Ok(Self {
            customer,
            appointed: profile.contact.appointments().to_vec(),
            profile,
            packed,
            versions,
            dirty: [false; 5],
            decisions: Vec::new(),
            addresses: None,
            numbers: Vec::new(),
            proofs: Vec::new(),
            earned: Vec::new(),
            records: Vec::new(),
            seen: Vec::new(),
            reads: 1,
            done: Prepared::default(),
        })
    }

    /// Whether the very same event came earlier in this turn. A position that moved nothing leaves no trace in its facet, but it was counted.
    fn folded_here(&mut self, event: Fingerprint) -> bool {
        let known = self.seen.contains(&event);
        if !known {
            self.seen.push(event);
        }
        known
    }

    fn changed(&mut self, facet: Option<FacetKind>) {
        let Some(kind) = facet else { return };
        if let (Some(bytes), Some(dirty)) = (self.packed.get_mut(kind as usize), self.dirty.get_mut(kind as usize)) {
            *bytes = pack_facet(&self.profile, kind);
            *dirty = true;
        }
    }

    /// Whether one commit should hold no more.
    fn is_full(&self) -> bool {
        let decisions = self.decisions.iter().filter(|held| held.changed).count();
        let items = decisions + self.proofs.len() + self.numbers.len() + self.earned.len();
        let bytes: usize = self.proofs.iter().map(|(_, proof)| proof.len()).sum();
        items >= EXTRA_WRITES || bytes >= EXTRA_BYTES
    }

    async fn decision(&mut self, store: &impl Store, id: DecisionId) -> Result<Option<&mut Held>, StoreError> {
        if !self.decisions.iter().any(|held| held.id == id) {
            self.reads += 1;
            let Some(found) = store.get(&ItemKey::Decision(self.customer.clone(), id)).await? else {
                return Ok(None);
            };
            let item = DecisionItem::unpack(&found.bytes);
            let item = item.ok_or_else(|| StoreError::Unreadable(format!("decision `{id}`")))?;
            self.decisions.push(Held { id, version: found.version, changed: false, item });
        }
        Ok(self.decisions.iter_mut().find(|held| held.id == id))
    }

    async fn enter_points(
        &mut self,
        store: &impl Store,
        points: &[ContactPoint],
        signal: &Signal,
    ) -> Result<(), StoreError> {
        let (book, _, changed) = self.address_book(store).await?;
        for point in points {
            *changed |= book.enter(point, signal.at, signal.event);
        }
        for number in
            points.iter().filter(|point| point.channel == Channel::Sms).filter_map(|point| point.address.as_ref())
        {
            self.own_number(store, number).await?;
        }
        Ok(())
    }

    async fn mark_bad(&mut self, store: &impl Store, address: Fingerprint) -> Result<(), StoreError> {
        let (book, _, changed) = self.address_book(store).await?;
        *changed |= book.mark_bad(address);
        Ok(())
    }

    /// The addresses, with their version and whether they changed.
    async fn address_book(&mut self, store: &impl Store) -> Result<&mut (AddressBook, u64, bool), StoreError> {
        if self.addresses.is_none() {
            self.reads += 1;
            let found = store.get(&ItemKey::Addresses(self.customer.clone())).await?;
            let unreadable = || StoreError::Unreadable("contact points".to_owned());
            let book =
                found.as_ref().map(|item| AddressBook::unpack(&item.bytes).ok_or_else(unreadable)).transpose()?;
            self.addresses = Some((book.unwrap_or_default(), found.map_or(0, |item| item.version), false));
        }
        Ok(self.addresses.get_or_insert_default())
    }

    /// Enters whose a telephone number is.
    async fn own_number(&mut self, store: &impl Store, number: &str) -> Result<(), StoreError> {
        let hash = NumberOwners::hash(number);
        if self.numbers.iter().any(|(known, ..)| *known == hash) {
            return Ok(());
        }
        self.reads += 1;
        let found = store.get(&ItemKey::Number(hash.clone())).await?;
        let unreadable = || StoreError::Unreadable("owners of a number".to_owned());
        let owners = found.as_ref().map(|item| NumberOwners::unpack(&item.bytes).ok_or_else(unreadable)).transpose()?;
        let mut owners = owners.unwrap_or_default();
        if owners.add(self.customer) {
            self.numbers.push((hash, found.map_or(0, |item| item.version), owners));
        }
        Ok(())
    }

    fn finish(mut self, attempt: u32, build: &str) -> Prepared {
        let mut writes = Vec::new();
        let mut write = |key, expected, bytes, forget_at, due_at| {
            writes.push(Write { key, expected, bytes, forget_at, due_at });
        };
        let facets = FacetKind::ALL.into_iter().zip(self.packed).zip(self.versions).zip(self.dirty);
        for (((kind, bytes), version), _) in facets.filter(|(_, dirty)| *dirty) {
            write(ItemKey::Facet(self.customer.clone(), kind), Some(version), bytes, None, None);
        }
        for held in self.decisions.iter().filter(|held| held.changed) {
            let key = ItemKey::Decision(self.customer.clone(), held.id);
            write(key, Some(held.version), held.item.pack(), Some(held.item.forget_at()), held.item.due_at);
        }
        // The ledger holds the appointments and is checked by version; these items only tell the clock of those that wait for a time.
        let open = self.profile.contact.appointments();
        let closed = self.appointed.iter().filter(|known| open.iter().all(|open| open.issue != known.issue));
        for (appointment, open) in open.iter().map(|open| (open, true)).chain(closed.map(|closed| (closed, false))) {
            if appointment.on == On::Time && self.appointed.contains(appointment) != open {
                let key = ItemKey::Appointment(self.customer.clone(), appointment.issue.clone());
                let packed = pack_appointment(Some(appointment).filter(|_| open));
                write(
                    key,
                    None,
                    packed,
                    Some(appointment.until.plus_s(86_400)),
                    Some(appointment.not_before).filter(|_| open),
                );
            }
        }
        if let Some((book, version, true)) = &self.addresses {
            write(ItemKey::Addresses(self.customer.clone()), Some(*version), book.pack(), None, None);
        }
        for (hash, version, owners) in &self.numbers {
            write(ItemKey::Number(hash.clone()), Some(*version), owners.pack(), None, None);
        }
        for (event, proof) in self.proofs {
            write(ItemKey::Proof(self.customer.clone(), event), None, proof.into_bytes(), None, None);
        }
        writes.extend(self.earned);
        let count = u32::try_from(writes.len()).unwrap_or(u32::MAX);
        for (decision, body, elapsed_ms) in self.records {
            let build = build.to_owned();
            let envelope = Envelope { build, elapsed_ms, reads: self.reads, writes: count, attempts: attempt };
            let line = record_line(&body, Some(&envelope));
            self.done.entries.push(LogEntry::Decision { customer: self.customer.clone(), decision, line });
        }
        self.done.writes = writes;
        self.done
    }
}
