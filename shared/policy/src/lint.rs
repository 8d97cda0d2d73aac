//! What is wrong with a catalogue that compiles: rules that contradict each other or refuse nobody, ways that can never win.
//! Every finding has a witness: what contradicts, what holds, or what wins instead.

mod shadow;

use tact_decide::{Action, Catalogue, Condition, Rule};
use tact_domain::{Key, Timestamp, Trigger};

use crate::solve::{Answer, Domains, satisfiable};
use crate::written::{example, written};

/// Something that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The action it is about.
    pub action: Key,
    /// What kind of thing it is.
    pub kind: Flaw,
    /// What it is, in words.
    pub message: String,
    /// What shows it, if anything short does.
    pub witness: Option<String>,
}

/// Kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// Conditions that never hold together.
    Contradictory,
    /// An action that nothing leads to: never, or not by one of its triggers.
    Unreachable,
    /// A treatment that another one always outdoes.
    Shadowed,
    /// A condition that refuses nobody of whom it can be told.
    AlwaysTrue,
    /// Conditions with too many alternatives to tell.
    Undecided,
}

impl Flaw {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contradictory => "contradictory",
            Self::Unreachable => "unreachable",
            Self::Shadowed => "shadowed",
            Self::AlwaysTrue => "always true",
            Self::Undecided => "undecided",
        }
    }
}

/// Everything found in a catalogue at an instant, action by action; empty for a catalogue in which everything can matter.
pub fn lint(catalogue: &Catalogue, now: Timestamp) -> Vec<Finding> {
    let domains = Domains::of(catalogue);
    let mut all = Vec::new();
    for action in &catalogue.actions {
        let lint = Lint { catalogue, action, domains: &domains };
        all.extend(lint.over(now));
        all.extend(lint.conditions());
        all.extend(lint.always_true());
        all.extend(shadow::shadowed(action));
    }
    all
}

struct Lint<'a> {
    catalogue: &'a Catalogue,
    action: &'a Action,
    domains: &'a Domains,
}

impl Lint<'_> {
    fn finding(&self, kind: Flaw, message: String, witness: Option<String>) -> Finding {
        Finding { action: self.action.name.clone(), kind, message, witness }
    }

    /// An action whose time has gone.
    fn over(&self, now: Timestamp) -> Option<Finding> {
        let until = self.action.until.filter(|until| *until <= now)?;
        let empty = self.action.from.is_some_and(|from| from >= until);
        let message = if empty { "`until` is not later than `from`" } else { "`until` is over" };
        Some(self.finding(Flaw::Unreachable, message.to_owned(), None))
    }

    /// Conditions that never hold together, for no trigger at all or for some.
    fn conditions(&self) -> Vec<Finding> {
        let never = |domains: &Domains| self.together(&self.all(), domains);
        match never(self.domains) {
            Answer::Never => {
                let core = self.core(self.domains);
                let message =
                    if core.len() == 1 { "a condition never holds" } else { "conditions never hold together" };
                return vec![self.finding(Flaw::Contradictory, message.to_owned(), Some(words(&core)))];
            }
            Answer::Undecided => {
                let message = "the conditions have too many alternatives to tell whether they can hold".to_owned();
                return vec![self.finding(Flaw::Undecided, message, None)];
            }
            Answer::Example(_) => {}
        }
        let on = |trigger: &Trigger| (*trigger, self.domains.on(*trigger));
        // A promise is kept whatever the rules say by then.
        let dead = self.action.triggers.iter().map(on).filter(|(_, at)| never(at) == Answer::Never);
        dead.map(|(trigger, domains)| {
            let core = self.core(&domains);
            let message = match self.unknown(&core, &domains) {
                Some(name) => format!("`{}` never leads to it: `{name}` is not known then", trigger.name()),
                None => format!("`{}` never leads to it", trigger.name()),
            };
            self.finding(Flaw::Unreachable, message, Some(words(&core)))
        })
        .collect()
    }

    fn all(&self) -> Vec<&Condition> {
        self.action.conditions.iter().collect()
    }

    fn together(&self, conditions: &[&Condition], domains: &Domains) -> Answer {
        let rules: Vec<&Rule> = conditions.iter().map(|condition| &condition.rule).collect();
        satisfiable(&rules, &self.catalogue.slots, domains)
    }

    /// Conditions that never hold together, none of which can be left out.
    fn core(&self, domains: &Domains) -> Vec<&Condition> {
        let mut core = self.all();
        for condition in self.all() {
            let without: Vec<&Condition> = core.iter().copied().filter(|one| !std::ptr::eq(*one, condition)).collect();
            if self.together(&without, domains) == Answer::Never {
                core = without;
            }
        }
        core
    }

    /// The first thing that conditions ask for and that cannot be known.
    fn unknown(&self, conditions: &[&Condition], domains: &Domains) -> Option<String> {
        let places = conditions.iter().flat_map(|condition| condition.rule.slots());
        let mut slots = places.filter_map(|place| self.catalogue.slots.get(usize::from(place)));
        slots.find(|slot| !domains.knows(slot)).map(written)
    }

    /// Conditions of its own, and of its group for the first action of the group.
    fn always_true(&self) -> Vec<Finding> {
        let first = self.catalogue.actions.iter().find(|action| action.group == self.action.group);
        let is_first = first.is_some_and(|first| first.name == self.action.name);
        let own = self.action.conditions.iter().filter(|condition| is_first || !condition.of_group);
        let never_fails = |condition: &&Condition| {
            let fails = Rule::Not(Box::new(condition.rule.clone()));
            satisfiable(&[&fails], &self.catalogue.slots, self.domains) == Answer::Never
        };
        let found = own.filter(never_fails).filter_map(|condition| {
            let Answer::Example(holds) = self.together(&[condition], self.domains) else { return None };
            let message = format!("`{}` refuses nobody of whom it can be told", condition.text);
            let holds = (!holds.is_empty()).then(|| example(&holds, &self.catalogue.slots));
            Some(self.finding(Flaw::AlwaysTrue, message, holds))
        });
        found.collect()
    }
}

/// Conditions in their authors' words.
fn words(conditions: &[&Condition]) -> String {
    let said = conditions.iter().map(|condition| {
        let whose = if condition.of_group { " (group)" } else { "" };
        format!("`{}`{whose}", condition.text)
    });
    said.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests;
