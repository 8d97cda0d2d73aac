//! A customer's state while their events are worked through, and the writes it comes to.

use tact_decide::{Catalogue, Met, Told, is_guarded, joins};
use tact_domain::{
    Appointment, Channel, CustomerId, DecisionId, FacetKind, Fingerprint, Key, On, Outcome, OutcomeReport, Profile,
    Signal, Timestamp,
};
use tact_wire::{
    AddressBook, ContactPoint, DecisionItem, Envelope, NumberOwners, TaskItem, pack_appointment, pack_facet,
    record_line, unpack_facet,
};

use super::edges::Other;
use super::{EXTRA_BYTES, EXTRA_WRITES, Prepared, revocation};
use crate::dispatch::task_write;
use crate::{Ending, Item, ItemKey, LogEntry, Store, StoreError, Write};

/// A decision item in hand.
pub(super) struct Held {
    pub(super) id: DecisionId,
    pub(super) version: u64,
    pub(super) changed: bool,
    pub(super) item: DecisionItem,
}

impl Held {
    /// Enters an outcome: applied when it is the first of its kind, or earlier than the one that stood for it.
    pub(super) fn enter(&mut self, outcome: Outcome, signal: &Signal) -> Ending {
        if self.item.outcomes.knows(signal.event) {
            return Ending::Duplicate;
        }
        let entered = self.item.enter(outcome, signal.at, signal.event);
        self.changed |= entered;
        if entered { Ending::Applied } else { Ending::Stale }
    }
}

/// A customer's state while their events are worked through.
pub(super) struct Work<'a> {
    pub(super) customer: &'a CustomerId,
    pub(super) profile: Profile,
    /// The packed facets as they stand after the events so far, in the order of `FacetKind::ALL`.
    pub(super) packed: [Vec<u8>; 7],
    pub(super) versions: [u64; 7],
    pub(super) dirty: [bool; 7],
    pub(super) decisions: Vec<Held>,
    /// The appointments as they stood before the first event.
    pub(super) appointed: Vec<Appointment>,
    pub(super) addresses: Option<(AddressBook, u64, bool)>,
    pub(super) numbers: Vec<(String, u64, NumberOwners)>,
    /// The people at the other end of an edge.
    pub(super) others: Vec<Other>,
    pub(super) proofs: Vec<(Fingerprint, String)>,
    pub(super) earned: Vec<Write>,
    /// The stores left by the event in hand.
    pub(super) left: Vec<Key>,
    /// The tasks that nobody has to do any more, each with its version.
    pub(super) withdrawn: Vec<(TaskItem, u64)>,
    pub(super) records: Vec<(DecisionId, String, i64)>,
    pub(super) seen: Vec<Fingerprint>,
    pub(super) reads: u32,
    pub(super) done: Prepared,
}

impl<'a> Work<'a> {
    pub(super) fn of(customer: &'a CustomerId, facets: Vec<(FacetKind, Item)>) -> Result<Self, StoreError> {
        let (mut profile, mut packed, mut versions) = (Profile::default(), <[Vec<u8>; 7]>::default(), [0; 7]);
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
            dirty: [false; 7],
            decisions: Vec::new(),
            addresses: None,
            numbers: Vec::new(),
            others: Vec::new(),
            proofs: Vec::new(),
            earned: Vec::new(),
            left: Vec::new(),
            withdrawn: Vec::new(),
            records: Vec::new(),
            seen: Vec::new(),
            reads: 1,
            done: Prepared::default(),
        })
    }

    /// Whether the very same event came earlier in this turn. A position that moved nothing leaves no trace in its facet, but it was counted.
    pub(super) fn folded_here(&mut self, event: Fingerprint) -> bool {
        let known = self.seen.contains(&event);
        if !known {
            self.seen.push(event);
        }
        known
    }

    pub(super) fn changed(&mut self, facet: Option<FacetKind>) {
        let Some(kind) = facet else { return };
        if let (Some(bytes), Some(dirty)) = (self.packed.get_mut(kind as usize), self.dirty.get_mut(kind as usize)) {
            *bytes = pack_facet(&self.profile, kind);
            *dirty = true;
        }
    }

    /// What an outcome leads to beside its decision: the action is held back, a trouble begins or ends, a promise is to be kept, it is
    /// known why.
    pub(super) fn follow(&mut self, catalogue: &Catalogue, told: Told<'_>, report: &OutcomeReport, signal: &Signal) {
        if tact_decide::follow(&mut self.profile.contact, catalogue, told, report, signal) {
            self.changed(Some(FacetKind::Contact));
        }
        if tact_decide::hear(&mut self.profile, report, signal) {
            self.changed(Some(FacetKind::Comment));
        }
    }

    /// Counts what is new of a message for guardrails, if they watch the treatment decided on.
    pub(super) fn met(&mut self, catalogue: &Catalogue, item: &DecisionItem, news: Option<Met>) {
        if catalogue.policy.guardrail.guards.is_empty() {
            return;
        }
        let decided = item.decided.as_ref().unwrap_or(&item.treatment);
        let action = catalogue.actions.iter().find(|action| action.name == item.action);
        let watched = action
            .is_some_and(|action| action.treatments.iter().any(|way| way.name == *decided && is_guarded(action, way)));
        if let Some(met) = news.filter(|_| watched) {
            self.done.after.met.entry((item.action.clone(), decided.clone())).or_default().push(met);
        }
    }

    /// Enters what it means that somebody did a task for the customer: a promise is kept by that, and who got it without a secret covers others.
    pub(super) fn helped(&mut self, catalogue: &Catalogue, item: &DecisionItem, at: Timestamp) {
        let action = catalogue.actions.iter().find(|action| action.name == item.action);
        let found =
            action.and_then(|action| Some((action, action.treatments.iter().find(|way| way.name == item.treatment)?)));
        let Some((action, treatment)) = found else { return };
        if treatment.delivers.as_ref().is_some_and(|benefit| self.profile.consent.keep(benefit, at)) {
            self.changed(Some(FacetKind::Consent));
        }
        if item.covers {
            let reader = (self.customer, self.profile.consent.locale());
            let (rendering, face) = joins((action, treatment), reader, item.store.as_deref());
            self.done.after.plain.entry(rendering).or_default().push((face, at));
        }
    }

    /// Notes that whoever gets what was just decided covers others.
    pub(super) fn covers(&mut self, decision: DecisionId) {
        let held = self.decisions.iter_mut().filter(|held| held.id == decision);
        held.for_each(|held| held.item.covers = true);
    }

    /// Whether one commit should hold no more.
    pub(super) fn is_full(&self) -> bool {
        let decisions = self.decisions.iter().filter(|held| held.changed).count();
        let others = self.others.iter().filter(|other| other.changed).count()
            + self.numbers.len()
            + self.earned.len()
            + self.withdrawn.len();
        let items = decisions + self.proofs.len() + others;
        let bytes: usize = self.proofs.iter().map(|(_, proof)| proof.len()).sum();
        items >= EXTRA_WRITES || bytes >= EXTRA_BYTES
    }

    pub(super) async fn decision(
        &mut self,
        store: &impl Store,
        id: DecisionId,
    ) -> Result<Option<&mut Held>, StoreError> {
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

    pub(super) async fn enter_points(
        &mut self,
        store: &impl Store,
        points: &[ContactPoint],
        signal: &Signal,
    ) -> Result<(), StoreError> {
        let (book, _, changed) = self.address_book(store).await?;
        for point in points {
            *changed |= book.enter(point, signal.at, signal.event);
        }
        let texted = points.iter().filter(|point| point.channel == Channel::Sms);
        for number in texted.filter_map(|point| point.address.as_ref()) {
            let stopped = self.own_number(store, number).await?;
            // Somebody texted STOP from this number before anybody knew whose it is.
            if let Some((at, event)) = stopped.filter(|(at, _)| *at >= signal.at) {
                self.profile.consent.fold(&revocation(Some(Channel::Sms)), at, event);
                self.changed(Some(FacetKind::Consent));
            }
        }
        Ok(())
    }

    pub(super) async fn mark_bad(&mut self, store: &impl Store, address: Fingerprint) -> Result<(), StoreError> {
        let (book, _, changed) = self.address_book(store).await?;
        *changed |= book.mark_bad(address);
        Ok(())
    }

    /// The addresses, with their version and whether they changed.
    pub(super) async fn address_book(
        &mut self,
        store: &impl Store,
    ) -> Result<&mut (AddressBook, u64, bool), StoreError> {
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

    /// Enters whose a telephone number is, and answers when STOP was last texted from it.
    pub(super) async fn own_number(
        &mut self,
        store: &impl Store,
        number: &str,
    ) -> Result<Option<(Timestamp, Fingerprint)>, StoreError> {
        let hash = NumberOwners::hash(number);
        if let Some((.., owners)) = self.numbers.iter().find(|(known, ..)| *known == hash) {
            return Ok(owners.stopped());
        }
        self.reads += 1;
        let found = store.get(&ItemKey::Number(hash.clone())).await?;
        let unreadable = || StoreError::Unreadable("owners of a number".to_owned());
        let owners = found.as_ref().map(|item| NumberOwners::unpack(&item.bytes).ok_or_else(unreadable)).transpose()?;
        let mut owners = owners.unwrap_or_default();
        let stopped = owners.stopped();
        if owners.add(self.customer) {
            self.numbers.push((hash, found.map_or(0, |item| item.version), owners));
        }
        Ok(stopped)
    }

    pub(super) fn finish(mut self, attempt: u32, build: &str) -> Prepared {
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
        for other in self.others.iter().filter(|other| other.changed) {
            let key = ItemKey::Facet(other.customer.clone(), FacetKind::Consent);
            write(key, Some(other.version), pack_facet(&other.profile, FacetKind::Consent), None, None);
        }
        for (event, proof) in self.proofs {
            write(ItemKey::Proof(self.customer.clone(), event), None, proof.into_bytes(), None, None);
        }
        writes.extend(self.earned);
        writes.extend(self.withdrawn.iter().map(|(task, version)| task_write(task, *version)));
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
