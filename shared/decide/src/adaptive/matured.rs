//! What becomes known of one message: how often it counts, as positive, and as harm. It is known once it is answered or its window has closed; what
//! comes later corrects it. The sum of all corrections is what all of its outcomes tell together, in whatever order and however often they came.

use serde::{Deserialize, Serialize};
use tact_domain::{Outcome, OutcomeLedger, Timestamp};

use crate::adaptive::Typed;
use crate::{Measure, Treatment};

/// What was expected of a message when it was decided: what became of it is compared with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The type of the customer then.
    pub typed: Typed,
    /// The probability of a positive outcome before what was learnt was taken in, in millionths.
    pub positive: u32,
}

impl Expected {
    /// What is expected of a customer of a type, of whom a positive outcome is as likely as is given.
    pub fn of(typed: Typed, positive: f64) -> Self {
        Self { typed, positive: millionths(positive) }
    }

    /// What is expected of another treatment that takes the place of the one decided on: no more is known of it than its group's rate.
    #[must_use]
    pub fn instead(self, treatment: &Treatment) -> Self {
        Self { positive: millionths(treatment.group_prior), ..self }
    }
}

fn millionths(share: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a million")]
    let millionths = (share.clamp(0.0, 1.0) * 1e6 + 0.5) as u32;
    millionths
}

/// By how much what is known of a message changes what was counted of it: -1, 0 or 1 each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matured {
    /// Messages of which it is known what became of them.
    pub n: i8,
    /// Those of them with a positive outcome.
    pub positive: i8,
    /// Those that did harm.
    pub harm: i8,
}

impl Matured {
    /// What an outcome that was not known yet changes, given those known before; `None` when it changes nothing. What is positive counts when it came before
    /// the window `closed`, as that is what was foretold; harm counts whenever it is heard of.
    pub fn by(
        measure: &Measure,
        known: &OutcomeLedger,
        (outcome, at): (Outcome, Timestamp),
        closed: Timestamp,
    ) -> Option<Self> {
        let in_time = |wanted: Outcome, at: Timestamp| at <= closed || !measure.positive.contains(&wanted);
        let had = |wanted: Outcome| known.first(wanted).is_some_and(|at| in_time(wanted, at));
        let before = Self::when(measure, &had);
        let after = Self::when(measure, &|wanted| had(wanted) || wanted == outcome && in_time(wanted, at));
        let change =
            Self { n: after.n - before.n, positive: after.positive - before.positive, harm: after.harm - before.harm };
        (change != Self::default()).then_some(change)
    }

    /// What the outcomes of a message tell together that happened after it was decided and no later than its window closed, now that it has; nothing for one
    /// that is not of those counted. Whatever came earlier or later does not count.
    pub fn within(measure: &Measure, known: &OutcomeLedger, (decided, closed): (Timestamp, Timestamp)) -> Self {
        let happened = |outcome: Outcome| known.first(outcome).is_some_and(|at| decided < at && at <= closed);
        Self::when(measure, &|outcome| outcome == Outcome::Expired || happened(outcome))
    }

    /// What all outcomes of a message tell together; nothing for one that is not of those counted, as it never arrived, or not known of yet.
    fn when(measure: &Measure, has: &dyn Fn(Outcome) -> bool) -> Self {
        let any = |outcomes: &[Outcome]| outcomes.iter().any(|outcome| has(*outcome));
        let positive = any(&measure.positive);
        let is_known = positive || Outcome::ALL.into_iter().any(|outcome| outcome.is_answer() && has(outcome));
        if !is_known || !measure.counts(has) {
            return Self::default();
        }
        Self { n: 1, positive: i8::from(positive), harm: i8::from(any(&measure.harm)) }
    }
}
