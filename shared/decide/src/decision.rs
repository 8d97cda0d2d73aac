//! A decision: the fate of every candidate, with the reason and every term of its score.

use serde::{Deserialize, Serialize};
use tact_domain::{Appointment, DecisionId, Fingerprint, Key, On, Post, Purpose, Readiness, Timestamp, Trigger};

use crate::known::Memo;
use crate::{Claim, Reason, Reliance, Rung, Typed};

/// What was decided, and why. Silence is a decision without a chosen candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// Why it was made.
    pub trigger: Trigger,
    /// The store it is about, if any.
    pub store: Option<Key>,
    /// The instant decided for.
    pub now: Timestamp,
    /// How it was made.
    pub rung: Rung,
    /// How many messages each cap of the policy counts at `now`, in the policy's order.
    pub caps: Vec<u16>,
    /// How much of the customer's patience is left at `now`, in thousandths of a point; beside it, actions may have earned some of their own.
    pub patience: u32,
    /// Every treatment of every action the trigger calls for, in catalogue order.
    pub candidates: Vec<Candidate>,
    /// The place of the winner among the candidates; `None` is silence.
    pub chosen: Option<usize>,
    /// The place of what would have won, had the customer not been held out.
    pub ghost: Option<usize>,
    /// The probability with which what was chosen, or would have been of a customer who is held out, was drawn: 1 unless something else could have been tried.
    pub probability: f64,
    /// What was learnt that it was made with, by its name, if anything that was is about a candidate that was scored.
    pub learned: Option<Key>,
    /// The type the customer is of where something is learnt of types: what becomes of it counts for that.
    pub typed: Typed,
    /// The arms the customer is in that mattered: what is tried, and where they are.
    pub arms: Vec<(Key, Key)>,
    /// The consents to be known without which the winner would not have been chosen.
    pub relies_on: Vec<Reliance>,
    /// The sign by which the customer was ready for somebody, if there was one.
    pub ready: Option<Readiness>,
    /// Where what is said is posted, when a comment is answered.
    pub answers: Option<Post>,
    /// The events that gave the consents to be known which the winner relies on, by purpose; none for silence.
    pub quoted: Vec<(Purpose, Fingerprint)>,
    /// What the winner takes of limits.
    pub claims: Vec<Claim>,
    /// The appointments it makes: what is to be decided again, later.
    pub appointments: Vec<Appointment>,
    pub(crate) memo: Memo,
}

/// One treatment of one action, considered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The place of the action in the catalogue.
    pub action: u16,
    /// The place of the treatment in the action.
    pub treatment: u16,
    /// What became of it.
    pub fate: Fate,
    /// The terms of its score; `None` when it was never scored.
    pub terms: Option<Terms>,
    /// How likely its positive outcome is by the model, whether or not that was believed: what becomes of it is compared with that. 0 when it was never scored.
    pub foretold: f64,
    /// The event whose consent it relies on, if it needs one.
    pub consent: Option<Fingerprint>,
    /// How creepy it is, in thousandths.
    pub creepy: u16,
    /// When it could be decided on again instead of leaving now, if it could.
    pub later: Option<Later>,
}

/// A time to decide again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// What is waited for.
    pub on: On,
    /// Not before this instant,
    pub not_before: Timestamp,
    /// and not from this one on.
    pub until: Timestamp,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It won.
    Chosen,
    /// It may be done, and lost.
    Lost(Reason),
    /// It may not be done.
    Refused(Reason),
}

/// The terms of the money formula, in minor units where they are money:
/// `score = lever * context * (positive - positive_if_silent) * margin + benefit_weight * liked * benefit - redeem * incentive - harmful * harm - cost - bid`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The catalogue's lever on the gain.
    pub lever: f64,
    /// The moment's weight on the gain.
    pub context: f64,
    /// The customer's probability of the positive outcome when told.
    pub positive: f64,
    /// The same before what was learnt was taken in.
    pub base: f64,
    /// The same when nothing is said; a prior until a holdout tells better.
    pub positive_if_silent: f64,
    /// What a positive outcome earns.
    pub margin: f64,
    /// How much the customer's benefit counts.
    pub benefit_weight: f64,
    /// The probability that the customer likes it.
    pub liked: f64,
    /// What it is worth to the customer.
    pub benefit: f64,
    /// The probability that the incentive is used.
    pub redeem: f64,
    /// What it gives away.
    pub incentive: f64,
    /// The probability that it annoys.
    pub harmful: f64,
    /// What annoying costs.
    pub harm: f64,
    /// What sending costs.
    pub cost: f64,
    /// The price of using up a contact.
    pub bid: f64,
    /// How the positive probability was found.
    pub rung: Rung,
    /// The sum.
    pub score: f64,
}

impl Decision {
    /// A decision without candidates, whose buffers are to be filled again and again.
    pub fn empty() -> Self {
        Self {
            id: DecisionId(0),
            trigger: Trigger::CheckIn,
            store: None,
            now: Timestamp(0),
            rung: Rung::Silence,
            caps: Vec::new(),
            patience: 0,
            candidates: Vec::new(),
            chosen: None,
            ghost: None,
            probability: 1.0,
            learned: None,
            typed: Typed::default(),
            arms: Vec::new(),
            relies_on: Vec::new(),
            ready: None,
            answers: None,
            quoted: Vec::new(),
            claims: Vec::new(),
            appointments: Vec::new(),
            memo: Memo::new(),
        }
    }

    /// The winner; `None` is silence.
    pub fn winner(&self) -> Option<&Candidate> {
        self.chosen.and_then(|place| self.candidates.get(place))
    }
}
