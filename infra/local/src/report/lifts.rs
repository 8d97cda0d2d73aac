//! What contacts bring: whoever was to be contacted beside those from whom the same was withheld, and what the contacted said and earned.
//!
//! The outcome is one that both sides have: whether a customer bought anything, and what they spent with returns netted, after the decision and within the
//! window of the treatment. Whoever was to be contacted counts, whether or not the message left, as nobody knows which ghost would have left. Of every customer
//! the first such decision of a year counts, as the holdout is drawn by the year and what comes later depends on what was said before.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tact_decide::{Action, Catalogue, Treatment};
use tact_domain::{CustomerId, Key, Outcome, Timestamp};
use tact_learn::{Estimate, Lift, Share, Subject, holm};

use super::evidence::{Bought, Decided, Evidence};
use super::message::Message;

/// One group of decisions, and what they brought.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// What was done; `None` for all of it.
    pub action: Option<Key>,
    /// By which channel; `None` for all.
    pub channel: Option<&'static str>,
    /// For which type of customer; `None` for all of them.
    pub profile_type: Option<&'static str>,
    /// What those did more who were to be contacted; `None` for what is never withheld.
    pub compared: Option<Compared>,
    /// What the contacted made of it; `None` when nobody kept what became of messages.
    pub happy: Option<Happy>,
    /// What it earned; `None` likewise.
    pub profitable: Option<Profitable>,
}

/// A lift with what holds for it among the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// The lift.
    #[serde(flatten)]
    pub lift: Lift,
    /// Its probability among as many comparisons of its kind.
    pub p_adjusted: f64,
    /// Of how many people the window reaches beyond what events tell; as many of either side, but for chance.
    pub open: usize,
}

/// What people said of the messages they got.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Happy {
    /// Messages that left.
    pub messages: usize,
    /// The share that somebody said thank you for.
    pub thanked: Rate,
    /// The share that was put away, complained of, or the last one wanted.
    pub unhappy: Rate,
    /// The share after which somebody wanted no more.
    pub opted_out: Rate,
}

/// What messages earned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profitable {
    /// The share that led to what it was for.
    pub positive: Rate,
    /// Margin of what was accepted, in minor units.
    pub margin_minor: f64,
    /// Incentives that were used, in minor units.
    pub given_minor: f64,
    /// What sending cost, in minor units.
    pub cost_minor: f64,
    /// The first less the others.
    pub net_minor: f64,
}

/// A share of something counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// How many.
    pub k: usize,
    /// Of how many.
    pub n: usize,
    /// The share, with its interval.
    #[serde(flatten)]
    pub rate: Estimate,
}

/// Which decisions are counted together: all, a channel, an action on a channel, and that for a type; in this order.
type Scope = (u8, Option<Key>, Option<&'static str>, Option<&'static str>);

/// Somebody in a year.
type Unit<'a> = (&'a CustomerId, i16);

#[derive(Default)]
struct Counted<'a, 'm> {
    units: BTreeSet<Unit<'a>>,
    subjects: Vec<Subject>,
    open: usize,
    messages: Vec<&'m Message<'a>>,
}

impl Counted<'_, '_> {
    /// How many people it is about.
    fn people(&self) -> usize {
        let told = self.messages.iter().map(|message| &message.decided.customer);
        self.units.iter().map(|(customer, _)| *customer).chain(told).collect::<BTreeSet<_>>().len()
    }
}

impl Rate {
    /// So many of so many.
    pub fn of(k: usize, n: usize) -> Self {
        Self { k, n, rate: Share::new(float(k), float(n)).wilson() }
    }
}

/// All cells of at least `least` people: what is compared at all, channels, actions on channels, and those for each type of customer. What is said to stores is left out.
pub(super) fn cells(
    evidence: &Evidence,
    messages: Option<&[Message<'_>]>,
    catalogue: &Catalogue,
    (seen_until, least): (Timestamp, usize),
) -> Vec<Cell> {
    let receipts = evidence.receipts();
    let mut counted: BTreeMap<Scope, Counted<'_, '_>> = BTreeMap::new();
    for decided in evidence.decisions() {
        let Some((action, treatment)) = planned(decided, catalogue) else { continue };
        let subject = subject(decided, treatment, receipts.get(&decided.customer).map_or(&[][..], Vec::as_slice));
        let open = decided.at.plus_s(treatment.window_s) > seen_until;
        let unit = (&decided.customer, decided.at.year());
        for scope in scopes(decided) {
            let of_scope = counted.entry(scope).or_default();
            if is_withheld(action, treatment) && of_scope.units.insert(unit) {
                of_scope.subjects.push(subject);
                of_scope.open += usize::from(open);
            }
        }
    }
    for message in messages.unwrap_or_default().iter().filter(|message| !message.action.for_store) {
        for scope in scopes(message.decided) {
            counted.entry(scope).or_default().messages.push(message);
        }
    }
    // Of fewer people it would tell of somebody; all of it together stays.
    counted.retain(|(depth, ..), counted| *depth == 0 || counted.people() >= least);
    let mut cells = told(counted, catalogue.policy.holdout.share);
    if messages.is_none() {
        for cell in &mut cells {
            (cell.happy, cell.profitable) = (None, None);
        }
    }
    cells
}

/// What was decided on, if it is for the customer and the catalogue still has it.
pub(super) fn planned<'c>(decided: &Decided, catalogue: &'c Catalogue) -> Option<(&'c Action, &'c Treatment)> {
    let won = decided.won.as_ref()?;
    let action = catalogue.actions.iter().find(|action| action.name == won.action && !action.for_store)?;
    Some((action, action.treatments.iter().find(|treatment| treatment.name == won.treatment)?))
}

/// Whether the holdout withholds it from anybody.
fn is_withheld(action: &Action, treatment: &Treatment) -> bool {
    !action.is_owed() && !treatment.fulfils
}

/// What the customer did after a decision and within its window.
fn subject(decided: &Decided, treatment: &Treatment, receipts: &[&Bought]) -> Subject {
    let until = decided.at.plus_s(treatment.window_s);
    let within = || receipts.iter().filter(|bought| decided.at < bought.at && bought.at <= until);
    let treated = decided.won.as_ref().is_some_and(|won| !won.withheld);
    let net: i64 = within().map(|bought| bought.net).sum();
    #[expect(clippy::cast_precision_loss, reason = "spending stays far below 2^53 minor units")]
    let spent = net as f64;
    Subject { treated, did: within().any(|bought| bought.is_order), spent }
}

fn scopes(decided: &Decided) -> Vec<Scope> {
    let Some(won) = &decided.won else { return Vec::new() };
    let (action, channel) = (Some(won.action.clone()), Some(won.channel.name()));
    let kind = Some(decided.kind.unwrap_or(UNTYPED));
    vec![
        (0, None, None, None),
        (1, None, channel, None),
        (2, action.clone(), channel, None),
        (3, action, channel, kind),
    ]
}

/// What those are called who did not agree to be typed.
pub(super) const UNTYPED: &str = "not_typed";

fn told(counted: BTreeMap<Scope, Counted<'_, '_>>, withheld: f64) -> Vec<Cell> {
    let cell = |((depth, action, channel, profile_type), counted): (Scope, Counted<'_, '_>)| {
        let lift = Lift::of(&counted.subjects, withheld);
        let compared = Compared { p_adjusted: lift.lift.p, lift, open: counted.open };
        let compared = Some(compared).filter(|_| !counted.subjects.is_empty());
        let (happy, profitable) = (Some(happy(&counted.messages)), Some(profitable(&counted.messages)));
        (depth, Cell { action, channel, profile_type, compared, happy, profitable })
    };
    let mut cells: Vec<(u8, Cell)> = counted.into_iter().map(cell).collect();
    for of_kind in cells.chunk_by_mut(|(one, _), (other, _)| one == other) {
        let mut compared: Vec<_> = of_kind.iter_mut().filter_map(|(_, cell)| cell.compared.as_mut()).collect();
        let adjusted = holm(&compared.iter().map(|compared| compared.lift.lift.p).collect::<Vec<_>>());
        for (compared, p) in compared.iter_mut().zip(adjusted) {
            compared.p_adjusted = p;
        }
    }
    cells.into_iter().map(|(_, cell)| cell).collect()
}

fn happy(messages: &[&Message<'_>]) -> Happy {
    let rate = |outcomes: &[Outcome]| {
        Rate::of(messages.iter().filter(|message| message.came(outcomes)).count(), messages.len())
    };
    Happy {
        messages: messages.len(),
        thanked: rate(&[Outcome::Thanked]),
        unhappy: rate(&[Outcome::Dismissed, Outcome::OptedOut, Outcome::Complained]),
        opted_out: rate(&[Outcome::OptedOut]),
    }
}

fn profitable(messages: &[&Message<'_>]) -> Profitable {
    let counted: Vec<_> = messages.iter().filter(|message| message.counts()).collect();
    let positive = counted.iter().filter(|message| message.is_positive()).count();
    let (mut margin_minor, mut given_minor, mut cost_minor) = (0.0, 0.0, 0.0);
    for (earned, given, cost) in messages.iter().map(|message| message.money()) {
        margin_minor += earned;
        given_minor += given;
        cost_minor += cost;
    }
    let net_minor = margin_minor - given_minor - cost_minor;
    Profitable { positive: Rate::of(positive, counted.len()), margin_minor, given_minor, cost_minor, net_minor }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(super) fn float(n: usize) -> f64 {
    n as f64
}
