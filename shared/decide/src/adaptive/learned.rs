//! What was learnt, as decisions are made with it: sums that nobody changes any more, and what follows from them for one candidate.
//!
//! With `y` positive outcomes where `e` were expected of `n` messages, each level is estimated without what lies below it on the way down, so that
//! nothing counts twice: `ratio = (c m r + y) / (c m + e)`, where `r` is the ratio of the level above (1 above everything), `c` how many messages that
//! counts as, and `m = e / n` what was expected of one message. A propensity is corrected to `base * ratio`. While the base is one and the same, that is
//! `(c p + y) / (c + n)` with `p = base * r`: the mean of the Beta posterior (Gelman et al., Bayesian Data Analysis, 3rd edition, 2.4). Harm is estimated
//! in the same way, as that mean, with what discretion expects as the prior. There it ends: what harmless messages did does not vouch for a creepy one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, Key};

use crate::adaptive::cell::Count;
use crate::adaptive::{Adaptive, Counts, Kind, Typed};
use crate::hold::is_guarded;
use crate::{Action, Catalogue, Moment, Term, Treatment};

/// What counts of messages, each number twice, as the generation before the one in hand counts half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Messages of which it is known what became of them.
    pub n: u64,
    /// Those with a positive outcome.
    pub positive: u64,
    /// Those that did harm.
    pub harm: u64,
    /// How many positive outcomes were expected, in millionths.
    pub expected: u64,
}

impl Sums {
    fn of(count: Count) -> Self {
        let known = |count: i64| u64::try_from(count).unwrap_or(0);
        let Count { n, positive, harm, expected } = count;
        // A correction may count twice as much as what it corrects, or outlive it.
        let n = known(n);
        let expected = known(expected).min(n.saturating_mul(1_000_000));
        Self { n, positive: known(positive).min(n), harm: known(harm).min(n), expected }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            n: self.n.saturating_add(other.n),
            positive: self.positive.saturating_add(other.positive),
            harm: self.harm.saturating_add(other.harm),
            expected: self.expected.saturating_add(other.expected),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            n: self.n.saturating_sub(other.n),
            positive: self.positive.saturating_sub(other.positive),
            harm: self.harm.saturating_sub(other.harm),
            expected: self.expected.saturating_sub(other.expected),
        }
    }

    /// The messages that count.
    fn messages(self) -> f64 {
        number(self.n) / 2.0
    }

    /// The ratio of what came to what was expected, given that of the level above, which counts as so many messages.
    fn ratio(self, above: f64, counts_as: f64) -> f64 {
        let expected = number(self.expected) / 2e6;
        if self.n == 0 || expected <= 0.0 {
            return above;
        }
        let prior = counts_as * expected / self.messages();
        (prior * above + number(self.positive) / 2.0) / (prior + expected)
    }

    /// The probability of harm, given that of the level above, which counts as so many messages.
    fn harmful(self, above: f64, counts_as: f64) -> f64 {
        self.posterior(self.harm, above, counts_as)
    }

    /// The probability of something that so many of the messages came to, each number twice, given that of the level above, which counts as so many.
    fn posterior(self, came: u64, above: f64, counts_as: f64) -> f64 {
        let of = counts_as + self.messages();
        if of > 0.0 { (counts_as * above + number(came) / 2.0) / of } else { above }
    }
}

fn number(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let number = count as f64;
    number
}

/// What was learnt until it was published. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// The first 64 bits of the SHA-256 over its bytes, in lower-case hexadecimal; names it in every decision.
    pub hash: String,
    /// The version of the types it is by.
    types: u16,
    all: Sums,
    sayings: Vec<OfSaying>,
}

/// What was learnt of an action on a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfSaying {
    action: Key,
    channel: Option<Channel>,
    /// Whether anybody ever answered by that channel.
    is_heard: bool,
    all: Sums,
    by_kind: Vec<(Kind, Sums)>,
}

/// The sums of each type of customer, of each action on each channel, in order.
type Cells = Vec<(Key, Channel, Vec<(Kind, Sums)>)>;

impl Learned {
    /// What was learnt of these sums by types of a version, which bear this name. Of a channel by which nobody ever answered nothing but harm is: it may be that
    /// answers are not heard.
    pub fn new(hash: String, types: u16, cells: Cells) -> Self {
        let answered = |by_kind: &[(Kind, Sums)]| by_kind.iter().any(|(_, sums)| sums.positive > 0);
        let heard: BTreeSet<Channel> =
            cells.iter().filter(|(.., by_kind)| answered(by_kind)).map(|(_, channel, _)| *channel).collect();
        let mut sayings: Vec<OfSaying> = cells
            .into_iter()
            .map(|(action, channel, mut by_kind)| {
                let is_heard = heard.contains(&channel);
                for (_, sums) in by_kind.iter_mut().filter(|_| !is_heard) {
                    sums.expected = 0;
                }
                let all = by_kind.iter().fold(Sums::default(), |sum, (_, of_kind)| sum.plus(*of_kind));
                OfSaying { action, channel: Some(channel), is_heard, all, by_kind }
            })
            .collect();
        sayings.sort_by(|a, b| (&a.action, a.channel).cmp(&(&b.action, b.channel)));
        let all = sayings.iter().fold(Sums::default(), |sum, of_saying| sum.plus(of_saying.all));
        Self { hash, types, all, sayings }
    }

    /// The sums of what all shards counted, in order.
    pub fn cells(counts: &Counts) -> Cells {
        let sums = |cells: &std::collections::BTreeMap<Kind, crate::adaptive::Cell>| {
            let sums = cells.iter().map(|(kind, cell)| (*kind, Sums::of(cell.doubled())));
            sums.filter(|(_, sums)| *sums != Sums::default()).collect::<Vec<_>>()
        };
        let cells = counts.cells.iter().map(|((action, channel), cells)| (action.clone(), *channel, sums(cells)));
        cells.filter(|(.., by_kind)| !by_kind.is_empty()).collect()
    }

    /// Whether nothing was learnt.
    pub fn is_empty(&self) -> bool {
        self.sayings.is_empty()
    }

    /// How many messages of an action on a channel count, to all types of customers.
    pub fn matured(&self, action: &str, channel: Channel) -> f64 {
        self.saying(action, channel).map_or(0.0, |of_saying| of_saying.all.messages())
    }

    /// What the propensity of an action on a channel is multiplied by for a type of customer; 1 when nothing was learnt.
    pub fn ratio(&self, adaptive: &Adaptive, action: &str, channel: Channel, kind: Kind) -> f64 {
        self.correction(adaptive, action, channel, kind).ratio
    }

    /// How likely an action on a channel does harm to a type of customer, when `prior` was expected, worth so many messages.
    pub fn harmful(
        &self,
        adaptive: &Adaptive,
        (action, channel, kind): (&str, Channel, Kind),
        prior: f64,
        prior_counts_as: f64,
    ) -> f64 {
        self.correction(adaptive, action, channel, kind).harmful(prior, prior_counts_as)
    }

    fn saying(&self, action: &str, channel: Channel) -> Option<&OfSaying> {
        let wanted = (action, Some(channel));
        let place = self.sayings.binary_search_by(|known| (known.action.as_str(), known.channel).cmp(&wanted)).ok()?;
        self.sayings.get(place)
    }

    fn correction(&self, adaptive: &Adaptive, action: &str, channel: Channel, kind: Kind) -> Correction {
        let known = self.saying(action, channel);
        let of_saying = known.map_or_else(Sums::default, |known| known.all);
        let by_kind = known.map_or(&[][..], |known| known.by_kind.as_slice());
        let own = by_kind.iter().find(|(known, _)| *known == kind).map_or_else(Sums::default, |(_, sums)| *sums);
        let others = of_saying.minus(own);
        let elsewhere = self.all.minus(of_saying);
        let of_all = elsewhere.ratio(1.0, adaptive.all_counts_as);
        let new_until = number(adaptive.new_until);
        let is_heard = known.is_some_and(|known| known.is_heard);
        let of_others = others.ratio(of_all, adaptive.action_counts_as);
        Correction {
            // Where nothing else is known any better, a model is all there is.
            is_new: of_saying.messages() < new_until && elsewhere.messages() >= new_until,
            ratio: own.ratio(of_others, adaptive.type_counts_as),
            elsewhere: of_all,
            is_heard,
            others,
            own,
            action_counts_as: adaptive.action_counts_as,
            type_counts_as: adaptive.type_counts_as,
        }
    }
}

/// What was learnt, as far as it is about one candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Correction {
    /// Whether too little was seen of it for a model to be believed.
    pub(crate) is_new: bool,
    /// What its propensity is multiplied by.
    pub(crate) ratio: f64,
    /// What it would be multiplied by if nothing were known of it.
    elsewhere: f64,
    is_heard: bool,
    others: Sums,
    own: Sums,
    action_counts_as: f64,
    type_counts_as: f64,
}

impl Correction {
    /// A propensity with what was learnt taken in.
    pub(crate) fn positive(&self, base: f64) -> f64 {
        (base * self.ratio).clamp(0.0, 1.0)
    }

    /// How likely what is new is to please, when its group's rate is `prior`: the share that pleased, drawn towards that. What was expected of its messages by a
    /// model is not asked for.
    pub(crate) fn positive_of_new(&self, prior: f64) -> f64 {
        if !self.is_heard {
            return (prior * self.elsewhere).clamp(0.0, 1.0);
        }
        let of_others = self.others.posterior(self.others.positive, prior * self.elsewhere, self.action_counts_as);
        self.own.posterior(self.own.positive, of_others, self.type_counts_as).clamp(0.0, 1.0)
    }

    /// The probability of harm, when `prior` was expected, worth so many messages.
    pub(crate) fn harmful(&self, prior: f64, prior_counts_as: f64) -> f64 {
        self.own.harmful(self.others.harmful(prior, prior_counts_as), self.type_counts_as)
    }
}

/// What was learnt, and how it is weighed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Teacher<'a> {
    adaptive: &'a Adaptive,
    learned: &'a Learned,
}

static NOTHING: Learned = Learned {
    hash: String::new(),
    types: 0,
    all: Sums { n: 0, positive: 0, harm: 0, expected: 0 },
    sayings: Vec::new(),
};

impl<'a> Teacher<'a> {
    /// What was learnt at a moment; `None` where nothing is learnt.
    pub(crate) fn of(moment: &Moment<'a>, catalogue: &'a Catalogue) -> Option<Self> {
        let is_off = catalogue.policy.levers.off.contains(&Term::Learned);
        let adaptive = catalogue.policy.adaptive.as_ref().filter(|_| !is_off)?;
        let learned = moment.learned.unwrap_or(&NOTHING);
        Some(Self { adaptive, learned })
    }

    /// What follows for a treatment of an action and a customer of a type, nobody's by another version of the types; `None` for what is owed or was promised, which is said whatever came of it.
    pub(crate) fn correction(&self, action: &Action, treatment: &Treatment, typed: Typed) -> Option<Correction> {
        let learns = is_guarded(action, treatment);
        let kind = typed.kind.filter(|_| typed.types == self.learned.types);
        learns.then(|| self.learned.correction(self.adaptive, &action.name, treatment.channel, kind))
    }

    /// The name of what was learnt; `None` when nothing was.
    pub(crate) fn hash(&self) -> Option<&'a str> {
        Some(self.learned.hash.as_str()).filter(|_| !self.learned.is_empty())
    }
}
