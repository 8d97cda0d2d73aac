//! The latency ladder: how much of its budget a decision has used up decides how it is made, never what it must pass.

use serde::{Deserialize, Serialize};
use tact_domain::{EventKind, Trigger};

/// How a decision was made. Further down is faster; no rung skips a gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// The full model scores.
    #[default]
    FullModel,
    /// The small model scores.
    SmallModel,
    /// The rates of the group score.
    GroupPrior,
    /// Nothing is scored: only what comes before all scores may win.
    RulesOnly,
    /// The moment has passed.
    Silence,
}

/// How long a kind of event may take, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// From the event's time to the commit.
    pub commit_ms: i64,
    /// From the commit to the channel's acceptance.
    pub deliver_ms: i64,
}

/// The budgets of all triggers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    /// By trigger; one that is absent has no time at all, and is silent.
    pub by_trigger: Vec<(Trigger, Budget)>,
}

impl Budgets {
    /// The budget of a trigger; `None` when none is declared.
    pub fn of(&self, trigger: Trigger) -> Option<Budget> {
        self.by_trigger.iter().find(|(known, _)| *known == trigger).map(|(_, budget)| *budget)
    }

    /// The strictest budget to commit of a kind's triggers, in milliseconds; `None` when the kind leads to no decision.
    pub fn commit_ms(&self, kind: EventKind) -> Option<i64> {
        let of_kind = self.by_trigger.iter().filter(|(trigger, _)| trigger.kind() == Some(kind));
        of_kind.map(|(_, budget)| budget.commit_ms).min()
    }

    /// The rung for a decision `elapsed_ms` after its event: the full model in the first half of the budget, the small one until
    /// 70 %, the group's rates until 85 %, rules alone until the end, silence from then on.
    pub fn rung(&self, trigger: Trigger, elapsed_ms: i64) -> Rung {
        let Some(budget) = self.of(trigger) else {
            return Rung::Silence;
        };
        let used = elapsed_ms.max(0).saturating_mul(100);
        let within = |percent: i64| used < budget.commit_ms.saturating_mul(percent);
        match () {
            () if within(50) => Rung::FullModel,
            () if within(70) => Rung::SmallModel,
            () if within(85) => Rung::GroupPrior,
            () if within(100) => Rung::RulesOnly,
            () => Rung::Silence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rung::{FullModel, GroupPrior, RulesOnly, Silence, SmallModel};
    use super::*;

    #[test]
    fn the_ladder_descends_with_the_time_used_and_ends_in_silence() {
        let budget = Budget { commit_ms: 2000, deliver_ms: 5000 };
        let budgets = Budgets { by_trigger: vec![(Trigger::Entry, budget)] };
        let rungs = [-5, 0, 999, 1000, 1399, 1400, 1699, 1700, 1999, 2000].map(|ms| budgets.rung(Trigger::Entry, ms));
        let expected = [
            FullModel, FullModel, FullModel, SmallModel, SmallModel, GroupPrior, GroupPrior, RulesOnly, RulesOnly,
            Silence,
        ];
        assert_eq!(rungs, expected);
        assert_eq!(budgets.rung(Trigger::Purchase, 0), Silence, "no budget declared");
    }
}
