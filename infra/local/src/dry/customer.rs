//! One customer of a dry play: the profile, the messages, and what events do to them beside decisions.

use tact_decide::{Action, Catalogue, Class, Decision, Message as Planned, Told, Treatment, follow, hear, recheck};
use tact_domain::{
    Channel, ConsentChange, ConsentState, ContactState, CustomerId, DecisionId, Fingerprint, Grant, Outcome,
    OutcomeReport, Profile, Purpose, Scope, Signal, Timestamp,
};
use tact_pipeline::revocation;
use tact_wire::{DecisionItem, Delivery, Message, OwnEvent};

use super::{Consents, Dry};

/// What is known of one customer.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) profile: Profile,
    /// What was decided to be said, in the order decided.
    pub(super) items: Vec<DecisionItem>,
}

impl Customer {
    /// Somebody of whom nothing is known, or of whom everything is taken for allowed.
    pub(super) fn who(consents: Consents) -> Self {
        let mut profile = Profile::default();
        if consents == Consents::Assumed {
            profile.consent.fold(&yes_to_everything(), Timestamp(0), Fingerprint(0));
        }
        Self { profile, items: Vec::new() }
    }

    /// Folds what a customer allows. Where everything is taken for allowed only their zone and their language are news.
    pub(super) fn allows(&mut self, dry: &Dry<'_>, signal: &Signal, change: &ConsentChange) {
        match dry.consents {
            Consents::Theirs => {
                let _known_or_not = self.profile.fold(signal, &dry.catalogue.ground());
            }
            Consents::Assumed => {
                let (zone, locale, area_code) = (change.zone.clone(), change.locale.clone(), change.area_code);
                let told = ConsentChange { zone, locale, area_code, ..ConsentChange::default() };
                self.profile.consent.fold(&told, signal.at, signal.event);
            }
        }
    }

    /// Enters what became of a message, as the function for outcomes does.
    pub(super) fn answers(&mut self, dry: &Dry<'_>, signal: &Signal, report: &OutcomeReport) {
        let item = self.items.iter_mut().find(|item| item.decision == report.about.decision());
        let channel = item.as_ref().map(|item| item.channel);
        if let Some(item) = item {
            // An earlier report of what is known moves the time it is known for, and nothing follows from it again.
            let new = item.outcomes.first(report.outcome).is_none();
            if item.enter(report.outcome, signal.at, signal.event) && new {
                let told = Told { action: &item.action, treatment: &item.treatment, store: item.store.as_ref() };
                follow(&mut self.profile.contact, dry.catalogue, told, report, signal);
                hear(&mut self.profile, report, signal);
            }
        }
        if report.outcome == Outcome::OptedOut && dry.consents == Consents::Theirs {
            self.profile.consent.fold(&revocation(channel), signal.at, signal.event);
        }
    }

    /// Lets the winner of a decision leave at once, and answers the message; `None` for silence, and for what may not leave after all.
    pub(super) fn receives(&mut self, id: &CustomerId, decision: &Decision, catalogue: &Catalogue) -> Option<Message> {
        let mut item = DecisionItem::of(decision, catalogue, &self.profile)?;
        let winner = decision.winner()?;
        let action = catalogue.actions.get(usize::from(winner.action))?;
        let treatment = action.treatments.get(usize::from(winner.treatment))?;
        let now = decision.now;
        let (profile, relies_on) = (&self.profile, decision.relies_on.as_slice());
        let planned = Planned { profile, now, decision: decision.id, action, treatment, relies_on };
        let refused = recheck(&planned, catalogue).err();
        let state = if refused.is_some() { ContactState::Released } else { ContactState::Sent };
        self.profile.contact.progress(decision.id, state, item.channel, now);
        let message = match refused {
            None => {
                item.sent_at = Some(now);
                item.state = Delivery::Sent;
                item.due_at = (item.window_s > 0).then(|| now.plus_s(item.window_s));
                Some(message(id, &item, action, treatment))
            }
            Some(reason) => {
                item.state = Delivery::Closed(reason.name().into());
                item.due_at = None;
                None
            }
        };
        self.items.push(item);
        message
    }

    /// The event that an appointment is due; `None` for one that was kept or replaced.
    pub(super) fn due(&self, id: &CustomerId, issue: &str, made_by: DecisionId) -> Option<OwnEvent> {
        let open = self.profile.contact.appointment(issue, made_by)?;
        Some(OwnEvent::due(id, issue, made_by, open.not_before))
    }

    /// The event that a window closed without an answer; `None` when one came.
    pub(super) fn expired(&self, id: &CustomerId, decision: DecisionId, now: Timestamp) -> Option<OwnEvent> {
        let item = self.items.iter().find(|item| item.decision == decision)?;
        let due_at = item.due_at.filter(|due_at| *due_at <= now)?;
        Some(OwnEvent::outcome(id, decision, Outcome::Expired, "tact/wake", &decision.to_string(), due_at))
    }
}

/// A message as far as its recipient's answer depends on it.
fn message(customer: &CustomerId, item: &DecisionItem, action: &Action, treatment: &Treatment) -> Message {
    Message {
        decision: item.decision,
        customer: customer.clone(),
        channel: item.channel,
        action: item.action.clone(),
        treatment: item.treatment.clone(),
        store: item.store.clone(),
        to: None,
        subject: None,
        text: treatment.text.clone(),
        answers: None,
        task: None,
        marketing: action.class == Class::Default,
        unsubscribe: None,
        sent_at: item.planned_at,
        expires_at: item.expires_at,
    }
}

/// Consent to everything, and an address for every way.
fn yes_to_everything() -> ConsentChange {
    let marketing = Channel::ALL.map(|channel| (Purpose::Marketing, Some(channel)));
    let others =
        [Purpose::Profiling, Purpose::Location, Purpose::StaffRecognition, Purpose::ThirdParty, Purpose::Social];
    let scopes = marketing.into_iter().chain(others.map(|purpose| (purpose, None)));
    let grant = |(purpose, channel): (Purpose, Option<Channel>)| Grant {
        scope: Scope { purpose, channel, topic: None },
        state: ConsentState::Granted,
        terms: None,
        review_after: None,
        benefit: None,
    };
    let points = Channel::ALL.into_iter().filter(|channel| channel.needs_point()).map(|channel| (channel, true));
    ConsentChange { grants: scopes.map(grant).collect(), points: points.collect(), ..ConsentChange::default() }
}
