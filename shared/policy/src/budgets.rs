//! `budgets.toml`: how long a decision may take, by what triggers it.

use tact_decide::{Budget, Budgets};
use toml::de::DeValue;

use crate::section::Section;
use crate::{time, word};

/// The longest budget, in milliseconds.
const MOST: i64 = 3_600 * time::SECOND;

/// The budgets of a file; a trigger that is absent has none, and is silent.
pub(crate) fn budgets(section: &mut Section<'_, '_>) -> Budgets {
    let mut budgets = Budgets::default();
    for (name, trigger) in word::TRIGGERS {
        let Some(mut inner) = section.table(name) else { continue };
        budgets.by_trigger.push((trigger, budget(&mut inner)));
        inner.finish();
    }
    budgets
}

fn budget(section: &mut Section<'_, '_>) -> Budget {
    let duration = |value: &DeValue<'_>| time::duration(value, 1, MOST);
    Budget {
        commit_ms: section.required("commit", "\"2s\"", duration),
        deliver_ms: section.required("deliver", "\"5s\"", duration),
    }
}
