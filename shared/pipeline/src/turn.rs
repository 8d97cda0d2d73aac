//! One customer's part of a batch: loaded once, folded and decided in order, and made ready to be written once.
//! What is in hand meanwhile is in `work`.

mod edges;
mod lessons;
mod withdraw;
mod work;

use std::sync::Arc;

use tact_decide::{Basis, Catalogue, Claim, Decision, Hold, Learned, Met, Told, evaluate, evaluate_for_store};
use tact_domain::{
    Channel, ConsentChange, ConsentState, CustomerId, DecisionId, FacetKind, Folded, Grant, Happened, Key, Outcome,
    OutcomeReport, Purpose, Scope, Signal, Timestamp, Trigger, store_link,
};
use tact_wire::{DecisionItem, Facts, ParsedEvent, canonical_event, encode_body};

use self::work::{Held, Work};
use crate::batch::Afterwards;
use crate::entitlement::earned;
use crate::{Clock, DecisionLog, Ending, Holds, LogEntry, Pipeline, Store, StoreError, Tally, Write};

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
    /// What they are decided with.
    pub(crate) catalogue: Arc<Catalogue>,
    /// The limits of which nothing was left, each from the event at this place on.
    pub(crate) exhausted: Vec<(usize, Key)>,
    /// What is held back from everybody.
    pub(crate) holds: Arc<Holds>,
    /// What was learnt from what became of messages.
    pub(crate) learned: Arc<Learned>,
}

impl<'a> Turn<'a> {
    /// A customer's turn that begins with an event.
    pub(crate) fn of(
        customer: CustomerId,
        first: Queued<'a>,
        catalogue: Arc<Catalogue>,
        (holds, learned): (Arc<Holds>, Arc<Learned>),
    ) -> Self {
        Self { customer, events: vec![first], catalogue, exhausted: Vec::new(), holds, learned }
    }

    /// The limits of which nothing is left for the event at a place, each once.
    fn exhausted_at(&self, place: usize) -> Vec<Key> {
        let mut names: Vec<_> = self.exhausted.iter().filter(|(from, _)| *from <= place).collect();
        names.sort_by(|(_, a), (_, b)| a.cmp(b));
        names.dedup_by(|(_, a), (_, b)| a == b);
        names.into_iter().map(|(_, name)| name.clone()).collect()
    }
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
    /// What the messages decided on take of limits, by the place of their event.
    pub(crate) claims: Vec<(usize, Claim)>,
    /// How old the event of each of them was when it was decided, in milliseconds.
    pub(crate) ages_ms: Vec<i64>,
    /// What it means for everybody else.
    pub(crate) after: Afterwards,
    pub(crate) tally: Tally,
    pub(crate) load_us: u64,
    pub(crate) decide_us: Vec<u64>,
    /// The first event left for another commit, as one transaction holds no more.
    pub(crate) next: usize,
}

/// How many items one commit may begin to write beside facets, addresses and appointments; a transaction holds 100 in all. One event adds up to 10:
/// a decision and what it earned; or up to 18: what it says of edges at their other ends, a proof and whose number it is.
const EXTRA_WRITES: usize = 72;
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
                Happened::Consent(_) => self.consent(&mut work, turn, queued).await?,
                Happened::Outcome(report) => self.outcome(&mut work, turn, &queued.event.signal, report).await?,
                _ => {
                    let started = self.clock.stopwatch_us();
                    let ending = self.decide(&mut work, turn, queued, &mut decision);
                    work.done.decide_us.push(self.clock.stopwatch_us().saturating_sub(started));
                    self.withdraw(&mut work, turn, &queued.event.signal).await?;
                    ending
                }
            };
            work.done.endings.push((queued.place, ending));
            work.done.tally.end(ending);
        }
        work.done.next = next;
        Ok(work.finish(attempt, &self.build))
    }

    fn decide(&self, work: &mut Work<'_>, turn: &Turn<'_>, queued: &Queued<'_>, decision: &mut Decision) -> Ending {
        let (signal, catalogue) = (&queued.event.signal, turn.catalogue.as_ref());
        let now = self.clock.now(signal.arrived).max(signal.at);
        let holds = turn.holds.names(catalogue, (&turn.customer, work.profile.consent.locale()), now);
        let mut exhausted = turn.exhausted_at(queued.place);
        exhausted.extend_from_slice(&holds);
        let ledger = &work.profile.contact;
        let (appointed, troubles) = (ledger.appointments().to_vec(), ledger.troubles.clone());
        let rung = |trigger: Trigger| {
            let warm = self.fold_only_until.is_none_or(|until| signal.at >= until);
            warm.then(|| catalogue.budgets.rung(trigger, now.since_ms(signal.at)))
        };
        let learned = Some(turn.learned.as_ref());
        let basis = Basis { catalogue, models: &self.models, exhausted: &exhausted, learned };
        let done = evaluate(signal, &mut work.profile, basis, now, rung, decision);
        let ending = match &done.folded {
            Folded::Duplicate => return Ending::Duplicate,
            Folded::Stale => return Ending::Stale,
            Folded::Withheld => return Ending::Withheld,
            Folded::Unchanged => return Ending::Applied,
            Folded::Changed(transitions) => {
                work.done.tally.crossed(transitions);
                if let Happened::Comment(comment) = &signal.happened {
                    let link = store_link(comment, signal.at, &catalogue.places);
                    work.done.tally.commented(link, comment.read.cause);
                }
                work.leave(transitions);
                if done.decided { Ending::Silent } else { Ending::Applied }
            }
        };
        let chosen = done.decided && decision.chosen.is_some();
        let mut ending = if chosen { Ending::Decided } else { ending };
        if done.decided {
            // What stood in nobody's way is left out of the record; without it the decision is the same.
            let mattered = |name: &Key| !holds.contains(name) || Hold::mattered(name, decision, catalogue);
            let (stood, idle): (Vec<_>, Vec<_>) = exhausted.into_iter().partition(mattered);
            self.record(work, (queued, now), stood.clone(), catalogue, decision);
            if done.covers {
                work.covers(decision.id);
            }
            ending = self.tell_store(work, turn, (queued, now), (stood, idle), decision, ending);
        }
        work.earned.extend(earned(&queued.event, &mut work.profile, catalogue));
        work.changed(FacetKind::of(signal.happened.kind()));
        let ledger = &work.profile.contact;
        let moved = ledger.appointments() != appointed || ledger.troubles != troubles;
        if chosen || moved {
            work.changed(Some(FacetKind::Contact));
        }
        ending
    }

    /// Decides what to tell the store beside the customer, which few events call for; an event that led to a task for it is decided as well. Its record
    /// holds whatever was exhausted for the customer, as it can be made again only after what was decided for them; of the holds that stood in nobody's
    /// way there, those that do here.
    fn tell_store(
        &self,
        work: &mut Work<'_>,
        turn: &Turn<'_>,
        (queued, now): (&Queued<'_>, Timestamp),
        (stood, idle): (Vec<Key>, Vec<Key>),
        decision: &mut Decision,
        ending: Ending,
    ) -> Ending {
        let (rung, catalogue, learned) = (decision.rung, turn.catalogue.as_ref(), Some(turn.learned.as_ref()));
        let mut exhausted = [&stood[..], &idle].concat();
        let basis = Basis { catalogue, models: &self.models, exhausted: &exhausted, learned };
        if !evaluate_for_store(&queued.event.signal, &work.profile, basis, now, rung, decision) {
            return ending;
        }
        exhausted.retain(|name| stood.contains(name) || Hold::mattered(name, decision, catalogue));
        self.record(work, (queued, now), exhausted, catalogue, decision);
        if decision.chosen.is_some() { Ending::Decided } else { ending }
    }

    /// Keeps the record of a decision and, unless it is silence, the item that will deliver it.
    fn record(
        &self,
        work: &mut Work<'_>,
        (queued, now): (&Queued<'_>, Timestamp),
        exhausted: Vec<Key>,
        catalogue: &Catalogue,
        decision: &Decision,
    ) {
        let signal = &queued.event.signal;
        let facts = Facts {
            event: canonical_event(queued.bytes, &work.profile.keepable(signal)),
            arrived: signal.arrived,
            now,
            facets: work.packed.clone(),
            snapshot: None,
            versions: work.versions,
            exhausted,
        };
        let body = encode_body(&facts, decision, catalogue, &self.models);
        work.records.push((decision.id, body, now.since_ms(signal.at)));
        work.done.decisions.push((queued.place, decision.id));
        work.done.ages_ms.push(now.since_ms(signal.at));
        work.done.tally.weighed(decision);
        work.done.claims.extend(decision.claims.iter().map(|claim| (queued.place, claim.clone())));
        work.done.tally.appointed += decision.appointments.len() as u64;
        if let Some(item) = DecisionItem::of(decision, catalogue, &work.profile) {
            *work.done.tally.chosen.entry(item.channel.name()).or_insert(0) += 1;
            work.met(catalogue, &item, Some(Met::decided(item.planned_at)));
            work.decisions.push(Held { id: item.decision, version: 0, changed: true, item });
        }
    }

    async fn consent(&self, work: &mut Work<'_>, turn: &Turn<'_>, queued: &Queued<'_>) -> Result<Ending, StoreError> {
        let signal = &queued.event.signal;
        match work.profile.fold(signal, &turn.catalogue.ground()) {
            Folded::Duplicate => return Ok(Ending::Duplicate),
            Folded::Changed(_) => {}
            Folded::Withheld => return Ok(Ending::Withheld),
            Folded::Stale | Folded::Unchanged => return Ok(Ending::Stale),
        }
        if let Happened::Consent(change) = &signal.happened {
            work.join_edges(&self.store, change).await?;
        }
        work.changed(Some(FacetKind::Consent));
        // Who speaks to children can withdraw an address, and give none.
        let for_children = turn.catalogue.sensitive.is_for_children(&signal.source);
        let mut points = queued.event.points.clone();
        points.retain(|point| !for_children || point.address.is_none());
        if !points.is_empty() {
            work.enter_points(&self.store, &points, signal).await?;
        }
        if !for_children && !queued.event.proofs.is_empty() {
            work.proofs.push((signal.event, queued.event.proof_json()));
        }
        Ok(Ending::Applied)
    }

    /// Enters what became of a decision. One we do not keep, because it was silence or lies too far back, takes no outcome; but an opt-out
    /// counts whatever it names: by the channel of its decision, or by every channel when that is not known.
    async fn outcome(
        &self,
        work: &mut Work<'_>,
        turn: &Turn<'_>,
        signal: &Signal,
        report: &OutcomeReport,
    ) -> Result<Ending, StoreError> {
        if turn.catalogue.sensitive.is_for_children(&signal.source) && report.outcome != Outcome::OptedOut {
            return Ok(Ending::Withheld);
        }
        let held = work.decision(&self.store, report.about.decision()).await?;
        let channel = held.as_ref().map(|held| held.item.channel);
        let bounced = held.as_ref().and_then(|held| held.item.sent_to).filter(|_| report.outcome == Outcome::Bounced);
        let ending = self.enter(work, turn, signal, report).await?;
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

    /// Enters an outcome of a decision, and what follows from it the first time it is known.
    async fn enter(
        &self,
        work: &mut Work<'_>,
        turn: &Turn<'_>,
        signal: &Signal,
        report: &OutcomeReport,
    ) -> Result<Ending, StoreError> {
        let Some(held) = work.decision(&self.store, report.about.decision()).await? else { return Ok(Ending::Stale) };
        // An earlier report of what is known moves the time it is known for, and nothing follows from it again.
        let told = held.item.outcomes.first(report.outcome).is_none().then(|| held.item.clone());
        let ending = held.enter(report.outcome, signal);
        if let (Some(item), Ending::Applied) = (told, ending) {
            let told = Told { action: &item.action, treatment: &item.treatment, store: item.store.as_ref() };
            let then = self.catalogue_of(&item, turn).await?;
            work.follow(&then, told, report, signal);
            work.met(&then, &item, Met::of(&item.outcomes, report.outcome, item.planned_at));
            work.learns(&then, &item, (report.outcome, signal.at));
            let done = matches!(report.outcome, Outcome::Accepted | Outcome::Delivered);
            if done && item.channel == Channel::Associate {
                work.helped(&then, &item, signal.at);
            }
        }
        Ok(ending)
    }

    /// The catalogue a decision was made with, as another one may be in force by now; that one when it cannot be read any more.
    async fn catalogue_of(&self, item: &DecisionItem, turn: &Turn<'_>) -> Result<Arc<Catalogue>, StoreError> {
        if item.catalogue == turn.catalogue.hash {
            return Ok(Arc::clone(&turn.catalogue));
        }
        match self.catalogues.get(&self.store, &item.catalogue).await {
            Err(StoreError::Unreadable(_)) | Ok(None) => Ok(Arc::clone(&turn.catalogue)),
            Ok(Some(then)) => Ok(then),
            Err(error) => Err(error),
        }
    }
}

/// Whoever opts out takes back the consent to all marketing by a channel; by every channel when it is not known which is meant.
pub fn revocation(channel: Option<Channel>) -> ConsentChange {
    let scope = Scope { purpose: Purpose::Marketing, channel, topic: None };
    let grant = Grant { scope, state: ConsentState::Revoked, terms: None, review_after: None, benefit: None };
    ConsentChange { grants: vec![grant], ..ConsentChange::default() }
}
