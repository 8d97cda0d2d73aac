//! Making a policy test happen: its history folded by the real fold, its event decided by the real decision.

use std::borrow::Cow;

use tact_decide::{
    Basis, Candidate, Catalogue, Class, Decision, Explore, Known, Models, Moment, Rule, Slot, decide, evaluate,
    evaluate_for_store, follow, hear, places, take_up,
};
use tact_domain::{
    Appointment, Attribution, ConsentChange, ConsentState, Contact, ContactState, CustomerId, DecisionId, Due,
    Entitlement, Fingerprint, Folded, Grant, Happened, Key, Outcome, OutcomeReport, Profile, Purpose, Scope, Signal,
    Taken, Timestamp, Trigger,
};

use super::Scenario;
use super::event::{Appointed, Event};
use super::fact::{Became, Dated, Step, Told};

/// What came of a test.
pub(super) struct Played {
    /// Who it was.
    pub(super) customer: CustomerId,
    /// The decision; `None` when the event called for none.
    pub(super) decision: Option<Decision>,
    /// What was decided to tell the store on the same event, if anything was to be decided.
    pub(super) for_store: Option<Decision>,
    /// What the fold of the event did; `None` when there was nothing to fold.
    pub(super) folded: Option<Folded>,
    /// The places of the candidates shown, for a placement.
    pub(super) shown: Vec<usize>,
    /// The rules that the event earned by.
    pub(super) earned: Vec<Key>,
    /// The customer as known then, and what happened to them; `None` when they only looked.
    profile: Profile,
    happened: Option<Happened>,
    /// The appointment that was kept, if one was due.
    kept: Vec<Appointment>,
    /// The instant decided for,
    pub(super) now: Timestamp,
    /// and the offset of its clock.
    pub(super) offset_s: i32,
}

impl Played {
    /// What was decided, for the customer and for the store.
    pub(super) fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decision.iter().chain(&self.for_store)
    }

    /// Who won, for the customer and for the store.
    pub(super) fn winners(&self) -> impl Iterator<Item = &Candidate> {
        self.decisions().filter_map(Decision::winner)
    }

    /// A candidate by its place.
    pub(super) fn candidate(&self, place: Option<usize>) -> Option<&Candidate> {
        self.decision.as_ref()?.candidates.get(place?)
    }

    /// Whether a rule over some slots held, for an action of a class; `None` when that cannot be told, or nothing was decided.
    pub(super) fn holds(&self, rule: &Rule, slots: &[Slot], class: Class, catalogue: &Catalogue) -> Option<bool> {
        let decision = self.decision.as_ref()?;
        let store = decision.store.clone();
        let moment = Moment {
            decision: decision.id,
            customer: &self.customer,
            happened: self.happened.as_ref(),
            trigger: decision.trigger,
            offset_s: catalogue.places.offset_s(store.as_deref(), self.now, self.offset_s),
            store,
            profile: &self.profile,
            at: self.now,
            now: self.now,
            rung: decision.rung,
            denied_place: false,
            kept: self.kept.clone(),
            trouble: catalogue.policy.trouble(&self.profile, self.now),
            ready: decision.ready.clone(),
            exhausted: &[],
            learned: None,
            for_store: false,
            placement: None,
        };
        rule.holds(&Known::at(&moment, slots).beside(catalogue), class)
    }
}

/// A catalogue that tries nothing by chance: a test asks what is best, and always has the same answer.
fn settled(catalogue: &Catalogue) -> Cow<'_, Catalogue> {
    if catalogue.policy.explore.is_off() {
        return Cow::Borrowed(catalogue);
    }
    let mut settled = catalogue.clone();
    settled.policy.explore = Explore::default();
    Cow::Owned(settled)
}

/// Plays a test with a customer.
pub(super) fn play(scenario: &Scenario, customer: &CustomerId, catalogue: &Catalogue, models: &Models) -> Played {
    let catalogue = settled(catalogue);
    let catalogue = catalogue.as_ref();
    let mut person = Person { customer, catalogue, offset_s: scenario.offset_s, profile: Profile::default(), count: 0 };
    for dated in &scenario.before {
        person.live(dated);
    }
    let basis = Basis { catalogue, models, exhausted: &scenario.exhausted, learned: None };
    let mut played = Played {
        customer: customer.clone(),
        decision: None,
        for_store: None,
        folded: None,
        shown: Vec::new(),
        earned: Vec::new(),
        profile: Profile::default(),
        happened: None,
        kept: Vec::new(),
        now: scenario.now,
        offset_s: scenario.offset_s,
    };
    match &scenario.event {
        Event::Happens(happened) => person.meet(happened.clone(), scenario, basis, &mut played),
        Event::Due(appointed) => {
            let made_by = person.appointed(appointed, scenario.now);
            played.kept = person.profile.contact.appointment(&appointed.issue, made_by).cloned().into_iter().collect();
            let due = Due { issue: appointed.issue.clone(), made_by };
            person.meet(Happened::Due(due), scenario, basis, &mut played);
        }
        Event::Open { placement, store, slots } => {
            let decision = person.look(placement, store.clone(), scenario, basis);
            played.shown = places(&decision, catalogue, *slots);
            played.decision = Some(decision);
        }
    }
    played.profile = person.profile;
    played
}

/// The person of a test, as far as they have lived.
struct Person<'a> {
    customer: &'a CustomerId,
    catalogue: &'a Catalogue,
    offset_s: i32,
    profile: Profile,
    /// How many signals there were.
    count: u32,
}

impl Person<'_> {
    /// The next signal, with an identity of its own.
    fn signal(&mut self, at: Timestamp, happened: Happened) -> Signal {
        const SOURCE: &str = "policy-test";
        self.count += 1;
        let id = self.count.to_string();
        Signal {
            customer: self.customer.clone(),
            source: SOURCE.into(),
            event: Fingerprint::of(SOURCE, &id),
            decision: DecisionId::of(SOURCE, &id, 0),
            at,
            offset_s: self.offset_s,
            arrived: at,
            happened,
        }
    }

    /// Something of the history.
    fn live(&mut self, dated: &Dated) {
        match &dated.step {
            Step::Happens(happened) => {
                let signal = self.signal(dated.at, happened.clone());
                if matches!(self.profile.fold(&signal, &self.catalogue.ground()), Folded::Changed(_)) {
                    take_up(&mut self.profile.contact, &signal);
                    self.earn(&signal);
                }
            }
            Step::Told(told) => self.hear(told, dated.at),
            Step::Becomes(became) => self.answer(became, dated.at),
            Step::Troubles(trouble) => {
                self.profile.contact.troubles.enter(*trouble, dated.at);
            }
            Step::Keeps(benefit) => drop(self.profile.consent.keep(benefit, dated.at)),
            Step::AsksAgain => drop(self.profile.consent.ask_again(dated.at)),
        }
    }

    /// What a signal that was folded earns, by the names of the rules.
    fn earn(&mut self, signal: &Signal) -> Vec<Key> {
        let Catalogue { entitlements, .. } = self.catalogue;
        let lines = Entitlement::earn(entitlements, signal, &mut self.profile.checkin, &self.catalogue.ground());
        lines.into_iter().map(|line| line.rule).collect()
    }

    /// A message that left.
    fn hear(&mut self, told: &Told, at: Timestamp) {
        self.count += 1;
        self.profile.contact.plan(Contact {
            decision: DecisionId::of("policy-test", &self.count.to_string(), 0),
            channel: told.channel,
            action: told.action.clone(),
            group: told.group.clone(),
            topic: None,
            patience: Taken::shared(self.patience(told)),
            capped: told.capped,
            planned_at: at,
            expires_at: at.plus_s(told.valid_s),
            state: ContactState::Sent,
        });
    }

    /// What a message took of patience: as much as the way it went is creepy at leisure.
    fn patience(&self, told: &Told) -> u16 {
        let discretion = &self.catalogue.policy.discretion;
        let action = self.catalogue.actions.iter().find(|action| action.name == told.action);
        let points = action.and_then(|action| {
            let way = action.treatments.iter().find(|way| way.channel == told.channel)?;
            Some(discretion.points(discretion.score(way.tactic), action, way))
        });
        points.unwrap_or_default()
    }

    /// What became of a message, with all that follows from it; who opts out takes back the consent to its channel.
    fn answer(&mut self, became: &Became, at: Timestamp) {
        let Became { action, treatment, channel, store, outcome, answer } = became;
        let about = Attribution::Decision(DecisionId::of("policy-test", action, 1));
        let report = OutcomeReport { about, outcome: *outcome, answer: *answer };
        let signal = self.signal(at, Happened::Outcome(report.clone()));
        let told = tact_decide::Told { action, treatment, store: store.as_ref() };
        follow(&mut self.profile.contact, self.catalogue, told, &report, &signal);
        hear(&mut self.profile, &report, &signal);
        if *outcome == Outcome::OptedOut {
            let scope = Scope { purpose: Purpose::Marketing, channel: Some(*channel), topic: None };
            let grant = Grant { scope, state: ConsentState::Revoked, terms: None, review_after: None, benefit: None };
            let change = ConsentChange { grants: vec![grant], ..ConsentChange::default() };
            self.profile.consent.fold(&change, at, signal.event);
        }
    }

    /// The decision that made an appointment which is due now; one that was never made is made an hour ago.
    fn appointed(&mut self, appointed: &Appointed, now: Timestamp) -> DecisionId {
        let open = self.profile.contact.appointments().iter().find(|known| known.issue == appointed.issue);
        if let Some(open) = open {
            return open.made_by;
        }
        let made_by = DecisionId::of("policy-test", &appointed.issue, 2);
        let made_at = Event::made_at(now);
        let appointment = Appointment {
            issue: appointed.issue.clone(),
            on: appointed.on,
            not_before: made_at,
            until: now.plus_s(86_400),
            made_by,
            trigger: appointed.trigger,
            store: appointed.store.clone(),
            said: None,
            promised: None,
        };
        self.profile.contact.appoint(appointment, made_at);
        made_by
    }

    /// The event that is decided on.
    fn meet(&mut self, happened: Happened, scenario: &Scenario, basis: Basis<'_>, played: &mut Played) {
        let signal = self.signal(scenario.now, happened);
        let mut decision = Decision::empty();
        let rung = |_: Trigger| Some(scenario.rung);
        let done = evaluate(&signal, &mut self.profile, basis, scenario.now, rung, &mut decision);
        if matches!(done.folded, Folded::Changed(_)) {
            played.earned = self.earn(&signal);
        }
        if done.decided {
            let mut beside = Decision::empty();
            let decided = evaluate_for_store(&signal, &self.profile, basis, scenario.now, scenario.rung, &mut beside);
            played.for_store = decided.then_some(beside);
        }
        played.decision = done.decided.then_some(decision);
        played.folded = Some(done.folded);
        played.happened = Some(signal.happened);
    }

    /// Somebody looks at a placement.
    fn look(&mut self, placement: &str, store: Option<Key>, scenario: &Scenario, basis: Basis<'_>) -> Decision {
        let Basis { catalogue, models, exhausted, learned } = basis;
        let now = scenario.now;
        let moment = Moment {
            decision: DecisionId::of("policy-test", "open", 3),
            customer: self.customer,
            happened: None,
            trigger: Trigger::Open,
            offset_s: catalogue.places.offset_s(store.as_deref(), now, scenario.offset_s),
            store,
            profile: &self.profile,
            at: now,
            now,
            rung: scenario.rung,
            denied_place: false,
            kept: Vec::new(),
            trouble: catalogue.policy.trouble(&self.profile, now),
            ready: None,
            exhausted,
            learned,
            for_store: false,
            placement: Some(placement),
        };
        let mut decision = Decision::empty();
        decide(&moment, catalogue, models, &mut decision);
        decision
    }
}
