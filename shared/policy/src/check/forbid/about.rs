//! What a built-in path is about, beside what a file can ask for: selling, looking at something, carrying it elsewhere, a sensitive matter.

use tact_decide::{Action, Arena, Catalogue, Class, Issue, Needs, Slot, Treatment};
use tact_domain::{Purpose, Sensitive, Trigger};

/// What a path is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum About {
    /// Whatever its other keys say.
    #[default]
    Whatever,
    /// What sells, whatever class it claims.
    Selling,
    /// What looks at something that needs a consent.
    Looking(Purpose),
    /// What is known in one arena and said in another.
    Crossing(Arena, Arena),
    /// What looks at a sensitive matter.
    Sensitive(Sensitive),
}

impl About {
    /// Whether a treatment of an action is meant.
    pub(super) fn means(self, catalogue: &Catalogue, action: &Action, treatment: &Treatment) -> bool {
        match self {
            Self::Whatever => true,
            Self::Selling => action.class == Class::Default || matches!(action.issue, Issue::Grow | Issue::Retain),
            Self::Looking(purpose) => {
                let positions = purpose == Purpose::Location && callers(catalogue, action).any(is_position);
                positions || looked_at(catalogue, action).any(|slot| asks_for(slot, purpose))
            }
            Self::Crossing(from, to) => {
                !action.for_store && Arena::of_channel(treatment.channel) == to && carries(catalogue, action, from)
            }
            Self::Sensitive(matter) => looked_at(catalogue, action).any(|slot| slot.matter() == Some(matter)),
        }
    }

    /// Whether a trigger can lead to it: what crosses by its trigger alone does so on no other.
    pub(super) fn begins_with(self, catalogue: &Catalogue, action: &Action, trigger: Trigger) -> bool {
        let Self::Crossing(from, _) = self else { return true };
        action.arenas.contains(&from)
            || Arena::of_trigger(trigger) == Some(from)
            || (trigger == Trigger::Due && carries(catalogue, action, from))
    }

    /// The gate that closes it whatever rules say, in words; `None` when none does.
    pub(super) fn gate(self, catalogue: &Catalogue, action: &Action, treatment: &Treatment) -> Option<String> {
        let sells = action.class == Class::Default;
        match self {
            Self::Looking(_) if treatment.fulfils => Some("gate: what keeps a promise looks at nothing".to_owned()),
            Self::Looking(Purpose::Profiling) if !sells => None,
            Self::Looking(Purpose::Location) => {
                Some("gate: without the consent positions call for nothing, and what was seen is unknown".to_owned())
            }
            Self::Looking(purpose) => {
                let name = super::path::name(purpose);
                Some(format!(
                    "gate: without consent to `{name}` what needs it is unknown, and what is unknown never holds"
                ))
            }
            Self::Crossing(from, to) => {
                let denied = catalogue.policy.arenas.crossing(from, to) == tact_decide::Crossing::Denied;
                (denied && sells && !treatment.fulfils).then(|| "gate: other_arena".to_owned())
            }
            Self::Sensitive(_) => {
                Some("gate: what tells of it leaves no trace, and is unknown without consent to just that".to_owned())
            }
            Self::Whatever | Self::Selling => None,
        }
    }
}

/// Whether what is known in an arena leads to an action: its rules look there, or it is called from there, at once or when it was put off.
fn carries(catalogue: &Catalogue, action: &Action, from: Arena) -> bool {
    action.arenas.contains(&from) || callers(catalogue, action).any(|trigger| Arena::of_trigger(trigger) == Some(from))
}

/// Everything that calls an action, and what may have called those whose appointments it keeps.
fn callers<'a>(catalogue: &'a Catalogue, action: &'a Action) -> impl Iterator<Item = Trigger> + 'a {
    let due = action.triggers.contains(&Trigger::Due);
    let others = catalogue.actions.iter().filter(move |other| due && other.issue == action.issue);
    catalogue.callers(action).into_iter().chain(others.flat_map(|other| other.triggers.iter().copied()))
}

fn is_position(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Entry | Trigger::Dwell | Trigger::Exit)
}

fn looked_at<'a>(catalogue: &'a Catalogue, action: &'a Action) -> impl Iterator<Item = &'a Slot> {
    let places = action.conditions.iter().flat_map(|condition| condition.rule.slots());
    places.filter_map(|place| catalogue.slots.get(usize::from(place)))
}

fn asks_for(slot: &Slot, purpose: Purpose) -> bool {
    match slot.needs() {
        Needs::Nothing => false,
        Needs::Profiling => purpose == Purpose::Profiling,
        Needs::Location => purpose == Purpose::Location,
        Needs::ThirdParty => purpose == Purpose::ThirdParty,
        Needs::Social => matches!(purpose, Purpose::Social | Purpose::ThirdParty),
        Needs::Sensitive(_) => purpose == Purpose::Sensitive || asks_for(slot.plain(), purpose),
    }
}
