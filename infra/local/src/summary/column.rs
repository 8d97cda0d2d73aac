//! One column of the day in town: what somebody would have sent, and what of it should not have been. All columns are counted alike, from the messages
//! and from what people really said, whatever the one who decided took for granted.

use std::collections::BTreeMap;

use serde::Serialize;
use tact_decide::{Action, Catalogue, Class, Hours, Policy, Provenance, Reason, Treatment};
use tact_domain::{Channel, ConsentRefusal, DecisionId, Fingerprint, Outcome, Profile, Purpose, Timestamp};
use tact_pipeline::revocation;
use tact_wire::DecisionItem;

use super::witness::Witness;

/// What was sent by one way to decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Messages that left.
    pub messages: u64,
    /// Of them, those that sell to somebody who had said no, by any way of saying it.
    pub said_no: u64,
    /// Those that sell to somebody whom nobody had asked.
    pub never_asked: u64,
    /// Those that sell to somebody who may be under 18.
    pub to_minors: u64,
    /// Those at an hour at which their channel rests, at the clock of the recipient.
    pub at_night: u64,
    /// Those for coming near a clinic, or another place where nobody is approached.
    pub beside_a_clinic: u64,
    /// Those that let people know that we know what they never told us, or were chosen by what they do not let us look at.
    pub revealing: u64,
    /// Those that point somebody out to staff who had not asked for it.
    pub by_name: u64,
    /// What accepted offers earned, less what was given away for it, in minor units; planted.
    pub margin_minor: i64,
    /// How often somebody said thank you; planted.
    pub thanked: u64,
    /// How often somebody wanted no more; planted.
    pub opted_out: u64,
    /// Candidates held back, by reason.
    pub held_back: BTreeMap<String, u64>,
}

impl Column {
    /// Counts what was decided, with each customer: `own` is the catalogue it was decided with, `policy` the one that everybody is measured by.
    pub(super) fn of(
        decisions: &[(String, DecisionItem)],
        held_back: &BTreeMap<&'static str, u64>,
        own: &Catalogue,
        measured_by: &Catalogue,
        witness: &Witness,
    ) -> Self {
        let held_back = held_back.iter().map(|(reason, n)| ((*reason).to_owned(), *n)).collect();
        let mut column = Self { held_back, ..Self::default() };
        for (customer, item) in decisions {
            let Some((action, treatment)) = planned(own, item) else { continue };
            let Some(sent_at) = item.sent_at else { continue };
            let left = decisions.iter().filter(|(other, _)| other == customer).map(|(_, item)| item);
            let sent = Sent { action, treatment, at: sent_at, decision: item.decision, catalogue: measured_by };
            column.messages += 1;
            column.judge(&sent, item, &known(witness, customer, left, sent_at));
            column.beside_a_clinic += u64::from(witness.was_denied(&sent.decision, item, measured_by));
            column.answered(&sent, item);
        }
        column
    }

    /// What must not be, in the order in which it is told.
    pub fn forbidden(&self) -> [(&'static str, u64); 7] {
        [
            ("to people who had said no", self.said_no),
            ("to people whom nobody had asked", self.never_asked),
            ("to people who may be under 18", self.to_minors),
            ("at night, at their clock", self.at_night),
            ("beside a clinic", self.beside_a_clinic),
            ("revealing what they never told us", self.revealing),
            ("greeted by name without having asked", self.by_name),
        ]
    }

    fn judge(&mut self, sent: &Sent<'_>, item: &DecisionItem, person: &Profile) {
        let Sent { action, treatment, at, .. } = *sent;
        let consent = &person.consent;
        if action.class == Class::Default {
            let marketing = consent.relied_on(Purpose::Marketing, treatment.channel, action.topic.as_deref(), at);
            // To be recognised by staff is asked for by itself.
            let recognised = treatment.identifies && treatment.channel == Channel::Associate;
            match marketing {
                Err(ConsentRefusal::NotGiven) => self.never_asked += u64::from(!recognised),
                Err(_) => self.said_no += 1,
                Ok(_) => {}
            }
            self.to_minors += u64::from(consent.is_minor(at));
        }
        let rests = Hours::at(sent.catalogue, person, at).refusal(treatment.channel) == Some(Reason::QuietHours);
        self.at_night += u64::from(rests && consent.zone().is_some());
        let recognised = consent.relied_on_anywhere(Purpose::StaffRecognition, at).is_ok();
        self.by_name += u64::from(treatment.identifies && !recognised);
        let reveals = discloses(treatment, &sent.catalogue.policy) || looked_too_far(item, person, at);
        self.revealing += u64::from(reveals || (treatment.identifies && !recognised));
    }

    fn answered(&mut self, sent: &Sent<'_>, item: &DecisionItem) {
        let Sent { action, treatment, .. } = sent;
        let came = |outcome: Outcome| item.outcomes.first(outcome).is_some();
        if came(Outcome::Accepted) {
            self.margin_minor += minor(action.margin);
        }
        let given_away = if treatment.coupon.is_some() { came(Outcome::Redeemed) } else { came(Outcome::Accepted) };
        if given_away {
            self.margin_minor -= minor(treatment.incentive);
        }
        self.thanked += u64::from(came(Outcome::Thanked));
        self.opted_out += u64::from(came(Outcome::OptedOut));
    }
}

/// A message that left.
struct Sent<'a> {
    action: &'a Action,
    treatment: &'a Treatment,
    at: Timestamp,
    decision: DecisionId,
    catalogue: &'a Catalogue,
}

fn planned<'a>(catalogue: &'a Catalogue, item: &DecisionItem) -> Option<(&'a Action, &'a Treatment)> {
    let action = catalogue.actions.iter().find(|action| action.name == item.action)?;
    Some((action, action.treatments.iter().find(|treatment| treatment.name == item.treatment)?))
}

/// What somebody had really said by then: the consents they gave and took back, and their wish for no more of what they had received.
fn known<'a>(
    witness: &Witness,
    customer: &str,
    received: impl Iterator<Item = &'a DecisionItem>,
    at: Timestamp,
) -> Profile {
    let mut person = Profile { consent: witness.consents(customer, at), ..Profile::default() };
    for item in received {
        if let Some(since) = item.outcomes.first(Outcome::OptedOut).filter(|since| *since <= at) {
            person.consent.fold(&revocation(Some(item.channel)), since, Fingerprint(0));
        }
    }
    person
}

/// Whether its words let people know more than the policy allows.
fn discloses(treatment: &Treatment, policy: &Policy) -> bool {
    let allowed = |known: &Provenance| *known == Provenance::Ours || policy.may_disclose.contains(known);
    !treatment.discloses.iter().all(allowed)
}

/// Whether it was chosen by something that the customer does not let us look at.
fn looked_too_far(item: &DecisionItem, person: &Profile, at: Timestamp) -> bool {
    let granted = |purpose: Purpose| person.consent.relied_on_anywhere(purpose, at).is_ok();
    !item.relies_on.iter().all(|relied| granted(relied.purpose))
}

/// Money in whole minor units.
fn minor(amount: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "margins and incentives are far below 2^53 minor units")]
    let minor = amount.round() as i64;
    minor
}
