//! The decision item: what dispatch needs to deliver a decision, and where its outcomes are kept.

use serde::{Deserialize, Serialize};
use tact_decide::{
    Action, Candidate, Catalogue, Decision, Expected, Fate, Reason, Reliance, Slot, Treatment, is_guarded,
};
use tact_domain::{
    Channel, DecisionId, Fingerprint, Key, Outcome, OutcomeLedger, Post, Profile, Readiness, Timestamp, Trigger,
};

use crate::facet::{pack, read};

/// A decision to deliver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionItem {
    /// The decision.
    pub decision: DecisionId,
    /// Why it was made.
    pub trigger: Trigger,
    /// The store it is about, if any.
    pub store: Option<Key>,
    /// The catalogue it was made with, whose version renders it.
    pub catalogue: String,
    /// The action chosen.
    pub action: Key,
    /// The group it counts under.
    pub group: Key,
    /// The treatment chosen.
    pub treatment: Key,
    /// The channel of that treatment.
    pub channel: Channel,
    /// The treatment decided on, when another one took its place: guardrails counted the message for it.
    pub decided: Option<Key>,
    /// Treatments of the action that passed every gate as well, best first.
    pub fallbacks: Vec<Key>,
    /// The event whose consent it relies on, if it needs one.
    pub consent: Option<Fingerprint>,
    /// The consents to be known that it was chosen by.
    pub relies_on: Vec<Reliance>,
    /// The sign by which the customer was ready for somebody, if there was one.
    pub ready: Option<Readiness>,
    /// Where what is said is posted, when a comment is answered.
    pub answers: Option<Post>,
    /// Whether it was chosen without a secret although it can be for one, so that whoever gets it covers others.
    pub covers: bool,
    /// When it was decided.
    pub planned_at: Timestamp,
    /// From when on it is no longer worth sending.
    pub expires_at: Timestamp,
    /// When what it is about is over, whatever way it is told; `None` when that never is.
    pub over_at: Option<Timestamp>,
    /// How long after it left an answer still counts, in seconds.
    pub window_s: i64,
    /// How far its delivery has come.
    pub state: Delivery,
    /// When somebody has to look at it again, if at all: the index of due items.
    pub due_at: Option<Timestamp>,
    /// How many times a provider said "not now".
    pub attempts: u16,
    /// When it was handed over.
    pub sent_at: Option<Timestamp>,
    /// What the provider calls it.
    pub receipt: Option<String>,
    /// The fingerprint of the address it was sent to, so that a bounce marks the right one.
    pub sent_to: Option<Fingerprint>,
    /// The hash of the code of the coupon it handed out.
    pub coupon: Option<String>,
    /// The words themselves, for an answer to what the customer wrote; otherwise the catalogue has them.
    pub words: Option<String>,
    /// What became of it.
    pub outcomes: OutcomeLedger,
    /// What was expected of it, if what becomes of it is learnt from.
    pub expected: Option<Expected>,
}

/// How far the delivery of a decision has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Decided; nobody has looked at it yet.
    Pending,
    /// It waits until it is due: for the morning, or because a provider asked for a pause.
    Scheduled,
    /// Claimed for its one attempt.
    Sending,
    /// The provider took it.
    Sent,
    /// It may or may not have left; it is never sent again.
    Unknown,
    /// Every way to send it was refused for good, for this reason.
    Failed(Key),
    /// It did not leave, for this reason.
    Closed(Key),
    /// It would have left: deliveries were in shadow.
    Shadowed,
}

impl Delivery {
    /// Whether a claim may still be made.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Pending | Self::Scheduled)
    }

    /// The name used in counts and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Scheduled => "scheduled",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Failed(_) => "failed",
            Self::Closed(_) => "closed",
            Self::Shadowed => "shadowed",
        }
    }
}

/// How long a decision may wait for `dispatch` to look at it before `wake` sends it there again, in seconds.
const STUCK_S: i64 = 120;

impl DecisionItem {
    /// The item of a decision on a customer; `None` for silence.
    pub fn of(decision: &Decision, catalogue: &Catalogue, profile: &Profile) -> Option<Self> {
        let winner = decision.winner()?;
        let action = catalogue.actions.get(usize::from(winner.action))?;
        let treatment = action.treatments.get(usize::from(winner.treatment))?;
        let over_at = over_at(action, &catalogue.slots, profile, decision.now);
        let names = [&action.name, &action.group, &treatment.name].map(Clone::clone);
        Some(Self {
            store: decision.store.clone(),
            catalogue: catalogue.hash.clone(),
            fallbacks: fallbacks(decision, catalogue),
            consent: winner.consent,
            relies_on: decision.relies_on.clone(),
            ready: decision.ready.clone(),
            answers: decision.answers.clone(),
            expires_at: lapses(decision.now, treatment.valid_s, over_at),
            over_at,
            window_s: treatment.window_s,
            expected: expected(decision, winner, (action, treatment), catalogue),
            due_at: Some(decision.now.plus_s(STUCK_S)),
            ..Self::new(decision.id, decision.trigger, names, treatment.channel, decision.now)
        })
    }

    /// An item that waits for `dispatch` from an instant on, to say something of an action, its group and its treatment: about no store, relying on
    /// nothing, and worth nothing after that instant until more is said.
    pub fn new(
        decision: DecisionId,
        trigger: Trigger,
        [action, group, treatment]: [Key; 3],
        channel: Channel,
        planned_at: Timestamp,
    ) -> Self {
        Self {
            decision,
            trigger,
            store: None,
            catalogue: String::new(),
            action,
            group,
            treatment,
            decided: None,
            channel,
            fallbacks: Vec::new(),
            consent: None,
            relies_on: Vec::new(),
            ready: None,
            answers: None,
            covers: false,
            planned_at,
            expires_at: planned_at,
            over_at: None,
            window_s: 0,
            state: Delivery::Pending,
            due_at: None,
            attempts: 0,
            sent_at: None,
            receipt: None,
            sent_to: None,
            coupon: None,
            words: None,
            outcomes: OutcomeLedger::default(),
            expected: None,
        }
    }

    /// From when on it is no longer worth sending in a way that is valid for so many seconds.
    pub fn lapses(&self, valid_s: i64) -> Timestamp {
        lapses(self.planned_at, valid_s, self.over_at)
    }

    /// When it may be forgotten: outcomes come in for 60 days after what it offers has ended.
    pub fn forget_at(&self) -> Timestamp {
        self.expires_at.plus_s(60 * 86_400)
    }

    /// Enters what became of it and answers whether that moved anything. An answer closes the window in which one is waited for; a receipt
    /// settles whether a message of unknown fate left, and a bounce, early or late, that it never arrived.
    pub fn enter(&mut self, outcome: Outcome, at: Timestamp, event: Fingerprint) -> bool {
        let entered = self.outcomes.enter(outcome, at, event);
        if entered {
            match (&self.state, outcome) {
                (Delivery::Sent | Delivery::Unknown, Outcome::Bounced) => {
                    self.state = Delivery::Failed("bad_address".into());
                    self.due_at = None;
                }
                (Delivery::Unknown, outcome) if outcome != Outcome::Expired => self.state = Delivery::Sent,
                _ => {}
            }
            if outcome.is_answer() && matches!(self.state, Delivery::Sent | Delivery::Unknown) {
                self.due_at = None;
            }
        }
        entered
    }

    /// The stored form.
    pub fn pack(&self) -> Vec<u8> {
        pack(self)
    }

    /// Reads the stored form; `None` when it is corrupt or of a newer schema.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        read(bytes)
    }
}

/// What the model expects of a message to a customer, before what was learnt is taken in; `None` where nothing is learnt, and of what is owed or was promised.
fn expected(
    decision: &Decision,
    winner: &Candidate,
    (action, treatment): (&Action, &Treatment),
    catalogue: &Catalogue,
) -> Option<Expected> {
    let learns = catalogue.policy.adaptive.is_some() && is_guarded(action, treatment);
    (learns && winner.terms.is_some()).then(|| Expected::of(decision.typed, winner.foretold))
}

fn lapses(planned_at: Timestamp, valid_s: i64, over_at: Option<Timestamp>) -> Timestamp {
    let lapses = planned_at.plus_s(valid_s);
    over_at.map_or(lapses, |over_at| lapses.min(over_at))
}

/// When the first of what partners told is over that an action's rules look at: nobody hears of a journey they are back from.
fn over_at(action: &Action, slots: &[Slot], profile: &Profile, now: Timestamp) -> Option<Timestamp> {
    let looked_at = action.conditions.iter().flat_map(|condition| condition.rule.slots());
    let ends = looked_at.filter_map(|slot| match slots.get(usize::from(slot))? {
        Slot::Partner(category, _) | Slot::Destination(category) => profile.partner.current_until(category, now),
        _ => None,
    });
    ends.min()
}

/// The treatments that may stand in for the winner, best first; equal scores in catalogue order.
fn fallbacks(decision: &Decision, catalogue: &Catalogue) -> Vec<Key> {
    let standing_by = decision.candidates.iter().filter(|candidate| candidate.fate == Fate::Lost(Reason::StandBy));
    let mut ranked: Vec<_> = standing_by.collect();
    let score = |candidate: &&Candidate| candidate.terms.map_or(f64::NEG_INFINITY, |terms| terms.score);
    ranked.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let name = |candidate: &Candidate| {
        let action = catalogue.actions.get(usize::from(candidate.action))?;
        action.treatments.get(usize::from(candidate.treatment)).map(|treatment| treatment.name.clone())
    };
    ranked.into_iter().filter_map(name).collect()
}
