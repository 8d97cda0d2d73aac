//! What a treatment is like, read from its channel, its mode, what it gives and what it stands on: nobody writes it down, so nobody can embellish it.

use tact_decide::{Action, Arena, Mode, Needs, Provenance, Slot, Tactic, Treatment};
use tact_domain::Channel;

/// Enters into an action where what its rules look at became known, and into its treatments what they are like.
pub(crate) fn describe(action: &mut Action, slots: &[Slot]) {
    let places = action.conditions.iter().flat_map(|condition| condition.rule.slots());
    let looked_at: Vec<&Slot> = places.filter_map(|place| slots.get(usize::from(place))).collect();
    action.arenas = looked_at.iter().filter_map(|slot| arena(slot)).collect();
    action.arenas.sort_unstable();
    action.arenas.dedup();
    let known = looked_at.iter().map(|slot| evidence(slot.needs())).max().unwrap_or_default();
    for treatment in &mut action.treatments {
        treatment.tactic = tactic(treatment, known);
    }
    if action.for_store {
        for treatment in &mut action.treatments {
            treatment.tactic.identification = 0;
        }
    }
}

fn tactic(treatment: &Treatment, known: u8) -> Tactic {
    let [.., most_control, most_value] = Tactic::MOST;
    let disclosed = treatment.discloses.iter().map(|provenance| told_by(*provenance)).max().unwrap_or_default();
    Tactic {
        identification: match treatment.channel {
            _ if treatment.identifies => 3,
            _ if treatment.is_for_screen() => 0,
            Channel::Associate => 2,
            Channel::Sms | Channel::Email | Channel::Push | Channel::Inbox | Channel::Webhook => 1,
        },
        evidence: known.max(disclosed),
        audience: match treatment.channel {
            Channel::Associate => 2,
            _ => u8::from(treatment.public || treatment.is_for_screen()),
        },
        control: match (treatment.channel, treatment.mode) {
            _ if treatment.fulfils => most_control,
            (Channel::Associate, _) => 0,
            _ if treatment.is_for_screen() => 1,
            (_, Mode::Pull) => most_control,
            (_, Mode::Prompt) => 2,
            (_, Mode::Push) => 1,
        },
        value: if treatment.incentive > 0.0 || treatment.fulfils { most_value } else { 1 },
        moment: 0,
        arena: 0,
    }
}

/// How far what is looked at goes beyond what is in hand.
fn evidence(needs: Needs) -> u8 {
    match needs {
        Needs::Nothing => 0,
        Needs::Profiling => 1,
        Needs::Location => 2,
        Needs::ThirdParty | Needs::Social | Needs::Sensitive(_) => 3,
    }
}

fn told_by(provenance: Provenance) -> u8 {
    match provenance {
        Provenance::Ours | Provenance::Told => 0,
        Provenance::Bought => 1,
        Provenance::Observed => 2,
        Provenance::Inferred | Provenance::ThirdParty | Provenance::OtherPerson => 3,
    }
}

/// Where what a slot holds became known; `None` for what is about the moment alone, whose arena follows from what triggers it.
fn arena(slot: &Slot) -> Option<Arena> {
    match slot {
        Slot::CheckIns(_) | Slot::Visits(_) | Slot::VisitsHere(_) => Some(Arena::App),
        Slot::Area | Slot::MinutesInside | Slot::Mission => Some(Arena::Store),
        Slot::Partner(..) | Slot::Friends(..) | Slot::Destination(_) => Some(Arena::Partner),
        Slot::Sensitive(_, slot) => arena(slot),
        _ if slot.needs() == Needs::Profiling => Some(Arena::Till),
        _ => None,
    }
}
