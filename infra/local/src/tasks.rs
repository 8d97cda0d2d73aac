//! What became of the tasks of stores, counted by store and action. Nobody who did one is counted: nobody is known.

use std::collections::BTreeMap;

use serde::Serialize;
use tact_domain::{Key, TaskEnd, TaskState};
use tact_wire::TaskItem;

/// The tasks of one action in one store.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TaskCounts {
    /// The store.
    pub store: Key,
    /// The action.
    pub action: Key,
    /// All of them.
    pub offered: u32,
    /// Those that somebody took.
    pub claimed: u32,
    /// Those that were done.
    pub done: u32,
    /// Those whose customer was not ready after all.
    pub not_ready: u32,
    /// Those whose customer had gone.
    pub gone: u32,
    /// Those that nobody did in time.
    pub expired: u32,
    /// Half of those taken were taken within so many minutes; `None` when none was.
    pub median_minutes_to_claim: Option<f64>,
}

impl TaskCounts {
    /// The counts of every action in every store, or in one, by store and action.
    pub fn of(tasks: &[TaskItem], store: Option<&str>) -> Vec<Self> {
        let mut by_action: BTreeMap<(&Key, &Key), Vec<&TaskItem>> = BTreeMap::new();
        for item in tasks.iter().filter(|item| store.is_none_or(|store| item.task.store == store)) {
            by_action.entry((&item.task.store, &item.task.action)).or_default().push(item);
        }
        by_action.into_iter().map(|((store, action), tasks)| Self::counted(store, action, &tasks)).collect()
    }

    fn counted(store: &Key, action: &Key, tasks: &[&TaskItem]) -> Self {
        let count = |holds: &dyn Fn(&TaskItem) -> bool| {
            u32::try_from(tasks.iter().filter(|task| holds(task)).count()).unwrap_or(u32::MAX)
        };
        let ended = |end| count(&|task| task.life.state() == TaskState::Ended(end));
        Self {
            store: store.clone(),
            action: action.clone(),
            offered: count(&|_| true),
            claimed: count(&|task| task.life.claimed_at().is_some()),
            done: ended(TaskEnd::Done),
            not_ready: ended(TaskEnd::NotReady),
            gone: ended(TaskEnd::Gone),
            expired: ended(TaskEnd::Expired),
            median_minutes_to_claim: median(tasks),
        }
    }
}

/// The lower of the two in the middle, where there are two.
fn median(tasks: &[&TaskItem]) -> Option<f64> {
    let waited = |task: &&TaskItem| Some(task.life.claimed_at()?.since_ms(task.life.offered_at));
    let mut waited: Vec<i64> = tasks.iter().filter_map(waited).collect();
    waited.sort_unstable();
    let middle = *waited.get(waited.len().checked_sub(1)? / 2)?;
    #[expect(clippy::cast_precision_loss, reason = "a task lives for days at most")]
    let minutes = (middle as f64 / 6_000.0).round() / 10.0;
    Some(minutes)
}
