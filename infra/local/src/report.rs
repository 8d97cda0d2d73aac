//! Measurement: what contacts brought and to whom, whether what was foretold came true, who is served less than others, what was lost and why, and what every
//! part of deciding is worth. Nobody is named in it.
//!
//! Read in this order: `evidence` (what it stands on), `message` (what left), `lifts`, `funnel`, `foresight`, `groups`, `lost`, `silent`, `ablation` (the figures), `words`,
//! `plot` and `page` (how they are told).

mod ablation;
mod evidence;
mod foresight;
mod funnel;
mod groups;
mod lifts;
mod lost;
mod message;
mod page;
mod plot;
mod silent;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;

use serde::Serialize;
use tact_decide::Catalogue;
use tact_domain::{CustomerId, Timestamp};
use tact_wire::DecisionItem;

pub use ablation::{Ablated, Ablation};
pub use evidence::{Blamed, Bought, Decided, Evidence, Listening, Won};
pub use foresight::{Bin, Figures, Foresight, Gain, Learning};
pub use funnel::Step;
pub use groups::{FOUR_FIFTHS, Group, Left};
pub use lifts::{Cell, Compared, Happy, Profitable, Rate};
pub use lost::{Lost, Part};
pub use silent::{Silent, SilentRate};

/// What is measured.
pub struct Measurable<'a> {
    /// What was decided and bought.
    pub evidence: &'a Evidence,
    /// What became of decisions that were to be delivered; `None` when nobody kept it.
    pub items: Option<&'a [(String, DecisionItem)]>,
    /// What was decided with.
    pub catalogue: &'a Catalogue,
    /// Until when events tell what customers do.
    pub seen_until: Timestamp,
    /// Until when the clock went on.
    pub ends: Timestamp,
    /// What intervals and random rankings are drawn with.
    pub seed: u64,
}

/// The figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What counts as an outcome, for contacted customers and for ghosts alike.
    pub measured: &'static str,
    /// The instant of the first decision; empty without any.
    pub from: String,
    /// Until when events tell what customers do.
    pub until: String,
    /// The currency of money, which is in minor units throughout.
    pub currency: String,
    /// How many decisions were made, silences among them.
    pub decisions: usize,
    /// About how many customers.
    pub customers: usize,
    /// The share of customers who are held out.
    pub held_out: f64,
    /// What was done, what it brought beside ghosts, and what came of it: all of it, by channel, by action and channel, and these by type of customer.
    pub lifts: Vec<Cell>,
    /// From what was considered to what came of it.
    pub funnel: Vec<Step>,
    /// Whether what was foretold came true.
    pub foresight: Foresight,
    /// Who is served less than others.
    pub groups: Vec<Group>,
    /// What customers spend less than they used to.
    pub lost: Lost,
    /// What is done when nothing is said, as ghosts tell.
    pub silent: Vec<Silent>,
    /// What every part is worth; empty when there are no events to play again.
    pub ablation: Vec<Ablated>,
}

/// What counts as an outcome.
const MEASURED: &str = "bought anything, and spent how much with returns netted, after the decision and within the window of its treatment; whoever was to be \
contacted, whether or not the message left, beside ghosts; of a customer the first such decision of a year";

impl Report {
    /// Measures all but what needs events to be played again.
    pub fn of(measurable: &Measurable<'_>) -> Self {
        let Measurable { evidence, items, catalogue, seen_until, ends, seed } = *measurable;
        let decisions = evidence.decisions();
        let messages = items.map(|items| message::messages(evidence, items, catalogue));
        let messages = messages.as_deref();
        let customers: BTreeSet<&CustomerId> = decisions.iter().map(|decided| &decided.customer).collect();
        let least = usize::try_from(catalogue.policy.crowd).unwrap_or(usize::MAX);
        Self {
            measured: MEASURED,
            from: decisions.first().map_or_else(String::new, |first| clock(first.at)),
            until: clock(seen_until),
            currency: catalogue.policy.currency.to_string(),
            decisions: decisions.len(),
            customers: customers.len(),
            held_out: catalogue.policy.holdout.share,
            lifts: lifts::cells(evidence, messages, catalogue, (seen_until, least)),
            funnel: funnel::steps(&decisions, messages),
            foresight: foresight::foresight(messages.unwrap_or_default(), ends, seed),
            groups: groups::groups(&decisions, least),
            lost: lost::lost(evidence, seen_until).told_of(least),
            silent: silent::silent(evidence, catalogue, seen_until, least),
            ablation: Vec::new(),
        }
    }
}

fn clock(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| at.to_string())
}
