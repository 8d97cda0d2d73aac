//! Discretion: how creepy a tactic is, from what it is like and not from a list of tactics; the line between cool and creepy.

use serde::{Deserialize, Serialize};
use tact_domain::{Allowance, Profile, Purpose, Timestamp, Trigger};

use crate::decide::thousandths;
use crate::{Action, Class, Mode, Moment, Policy, Treatment, slot};

/// What a tactic is like, in the terms in which people judge it. Each step makes it creepier; control and value are steps back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tactic {
    /// Who is meant: 0 nobody, an item or a crowd; 1 whoever holds the customer's device or reads their mail; 2 somebody a person is told of; 3
    /// somebody named or pointed out before others.
    pub identification: u8,
    /// What it stands on: 0 what is in hand, ours, or told by the customer; 1 what they bought; 2 what was seen of them; 3 what was concluded, or
    /// heard from others.
    pub evidence: u8,
    /// Who takes part: 0 nobody else, 1 whoever can see a screen, 2 a person.
    pub audience: u8,
    /// When: 0 at leisure, or when they look; 1 in the middle of shopping; 2 at the door, or where one undresses.
    pub moment: u8,
    /// Whether what is known in one arena is used in another: 0 or 1.
    pub arena: u8,
    /// What the customer can do about it: 0 nothing, 1 put it away, 2 answer a question first, 3 it comes only when they ask for it.
    pub control: u8,
    /// What they get: 0 nothing, 1 information, 2 money or just what they asked for.
    pub value: u8,
}

impl Tactic {
    /// The most of each attribute, in the order of the fields.
    pub const MOST: [u8; 7] = [3, 3, 2, 2, 1, 3, 2];
    /// The most steps there are.
    pub const STEPS: usize = 16;

    /// How many steps from the least creepy tactic there is, 0 to 16. More control or value never makes it more.
    pub fn steps(self) -> usize {
        let Self { identification, evidence, audience, moment, arena, control, value } = self;
        let [.., most_control, most_value] = Self::MOST;
        let back = most_control.saturating_sub(control) + most_value.saturating_sub(value);
        usize::from(identification + evidence + audience + moment + arena + back).min(Self::STEPS)
    }
}

/// How discretion is weighed. The default weighs nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Discretion {
    /// The share of people who find a tactic creepy, of those who have an opinion, by its number of steps: rising, 17 of them, or none at all.
    pub by_steps: Vec<f64>,
    /// The share of those who find something creepy that act on it: opt out, complain, stay away.
    pub acts: f64,
    /// How many messages that is worth as evidence, before any were counted.
    pub counts_as: f64,
    /// How creepy at most, by mode.
    pub most: Vec<(Mode, Most)>,
    /// How much of it a customer bears.
    pub allowance: Allowance,
    /// What a complaint is worth making up for, in minor units; half as much for each time it was done in the last year.
    pub amends: f64,
}

/// How creepy something may be at most, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Most {
    /// For those who agreed to the channel alone.
    pub asked: f64,
    /// For those who agreed to suggestions from what they did.
    pub profiled: f64,
}

impl Discretion {
    /// How creepy a tactic is, 0 to 1; 0 when nothing is weighed.
    pub fn score(&self, tactic: Tactic) -> f64 {
        self.by_steps.get(tactic.steps()).copied().unwrap_or_default()
    }

    /// How likely a treatment of this creepiness does harm: the prior of so many messages, and what was counted since.
    pub fn harmful(&self, creepy: f64, treatment: &Treatment) -> f64 {
        let (told, harmed) = (f64::from(treatment.told), f64::from(treatment.harmed));
        let of = self.counts_as + told;
        if of > 0.0 { (self.counts_as * self.acts * creepy + harmed) / of } else { 0.0 }
    }

    /// How creepy a mode may be at most for a customer; 1 when nothing is said about it.
    pub fn most(&self, mode: Mode, profile: &Profile, now: Timestamp) -> f64 {
        let Some((_, most)) = self.most.iter().find(|(known, _)| *known == mode) else { return 1.0 };
        let profiled = profile.consent.relied_on_anywhere(Purpose::Profiling, now).is_ok();
        if profiled { most.profiled } else { most.asked }
    }

    /// How creepy a treatment may be at most for a customer: what its mode may be, and 1 for what is owed and what keeps a promise.
    pub fn at_most(&self, action: &Action, treatment: &Treatment, profile: &Profile, now: Timestamp) -> f64 {
        let weighed = action.class == Class::Default && !treatment.fulfils;
        if weighed { self.most(treatment.mode, profile, now) } else { 1.0 }
    }

    /// The points of patience that a message takes, in thousandths; 0 for what does not interrupt, was asked for or is owed.
    pub fn points(&self, creepy: f64, action: &Action, treatment: &Treatment) -> u16 {
        let takes = action.class == Class::Default
            && treatment.channel.interrupts()
            && treatment.mode != Mode::Pull
            && !treatment.fulfils;
        if takes { thousandths(creepy) } else { 0 }
    }
}

/// How creepy a treatment is at a moment, 0 to 1. What is owed by contract or law is no tactic, and nobody finds it creepy.
pub fn creepy(moment: &Moment<'_>, policy: &Policy, action: &Action, treatment: &Treatment) -> f64 {
    match action.class {
        Class::Default => policy.discretion.score(tactic(moment, policy, action, treatment)),
        Class::Transactional | Class::Mandatory => 0.0,
    }
}

/// What a treatment is like at a moment: as its catalogue has it, and what the moment adds.
pub fn tactic(moment: &Moment<'_>, policy: &Policy, action: &Action, treatment: &Treatment) -> Tactic {
    Tactic {
        moment: if treatment.mode == Mode::Pull { 0 } else { moment_level(moment) },
        arena: u8::from(policy.arenas.is_crossed(moment, action, treatment)),
        evidence: treatment.tactic.evidence.max(evidence_level(moment)),
        ..at_leisure(moment.profile, moment.now, treatment)
    }
}

/// What a moment itself stands on: where somebody was seen calls for it, be it decided later; what they told or did with us is in hand.
fn evidence_level(moment: &Moment<'_>) -> u8 {
    match slot::asked_for(moment) {
        Trigger::Entry | Trigger::Dwell | Trigger::Exit => 2,
        Trigger::CheckIn | Trigger::Purchase | Trigger::Comment | Trigger::Due | Trigger::Open => 0,
    }
}

/// What a treatment is like for a customer, whatever the moment: who asked to be recognised has all the control there is.
pub(crate) fn at_leisure(profile: &Profile, now: Timestamp, treatment: &Treatment) -> Tactic {
    let asked_for = treatment.identifies && profile.consent.relied_on_anywhere(Purpose::StaffRecognition, now).is_ok();
    let [.., most_control, _] = Tactic::MOST;
    Tactic { control: if asked_for { most_control } else { treatment.tactic.control }, ..treatment.tactic }
}

/// How delicate the moment is. What was put off comes at leisure, which is why it is put off.
fn moment_level(moment: &Moment<'_>) -> u8 {
    match moment.trigger {
        Trigger::Entry => 2,
        Trigger::Dwell if slot::area(moment).is_some_and(|area| area == "fitting") => 2,
        Trigger::Dwell | Trigger::CheckIn => 1,
        Trigger::Purchase | Trigger::Exit | Trigger::Comment | Trigger::Due | Trigger::Open => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Tactic> {
        let mut levels = vec![[0_u8; 7]];
        for (place, most) in Tactic::MOST.into_iter().enumerate() {
            levels = levels
                .iter()
                .flat_map(|level| {
                    (0..=most).map(|n| {
                        let mut level = *level;
                        level[place] = n;
                        level
                    })
                })
                .collect();
        }
        levels.into_iter().map(|[identification, evidence, audience, moment, arena, control, value]| Tactic {
            identification,
            evidence,
            audience,
            moment,
            arena,
            control,
            value,
        })
    }

    #[test]
    fn more_value_or_control_never_makes_it_creepier_and_more_of_anything_else_never_less() {
        let weighed = Discretion { by_steps: (0..=16).map(|n| f64::from(n) / 20.0).collect(), ..Discretion::default() };
        let d = |tactic| weighed.score(tactic);
        let mut seen = 0;
        for t in all() {
            seen += 1;
            assert!((0.0..=1.0).contains(&d(t)));
            assert!(
                d(Tactic { control: t.control + 1, ..t }) <= d(t) && d(Tactic { value: t.value + 1, ..t }) <= d(t),
                "{t:?}"
            );
            assert!(d(Tactic { identification: t.identification + 1, ..t }) >= d(t));
            assert!(d(Tactic { evidence: t.evidence + 1, ..t }) >= d(t));
            assert!(d(Tactic { audience: t.audience + 1, ..t }) >= d(t));
            assert!(d(Tactic { moment: t.moment + 1, ..t }) >= d(t) && d(Tactic { arena: t.arena + 1, ..t }) >= d(t));
        }
        assert_eq!(seen, 4 * 4 * 3 * 3 * 2 * 4 * 3);
    }

    #[test]
    fn what_a_position_calls_for_stands_on_what_was_seen_and_what_was_told_does_not() {
        use tact_domain::{Channel, CustomerId, DecisionId};
        let (who, profile) = (CustomerId::new("ana").unwrap(), Profile::default());
        let mut bought = Treatment::new("email", Channel::Email, Mode::Prompt);
        bought.tactic.evidence = 1;
        let action = Action::new("offer", crate::Issue::Grow, "offers");
        let evidence = |trigger| {
            let asked = Moment::asked(DecisionId(1), &who, &profile, Timestamp(0));
            tactic(&Moment { trigger, ..asked }, &Policy::default(), &action, &bought).evidence
        };
        assert_eq!([Trigger::Entry, Trigger::Dwell, Trigger::Exit].map(evidence), [2; 3]);
        assert_eq!([Trigger::CheckIn, Trigger::Purchase, Trigger::Open].map(evidence), [1; 3]);
    }

    #[test]
    fn harm_begins_at_the_prior_and_ends_at_what_was_counted() {
        let weighed = Discretion { acts: 0.1, counts_as: 100.0, ..Discretion::default() };
        let counted =
            |told, harmed| Treatment { told, harmed, ..Treatment::new("t", tact_domain::Channel::Sms, Mode::Push) };
        let harmful = |told, harmed| weighed.harmful(0.4, &counted(told, harmed));
        assert!((harmful(0, 0) - 0.04).abs() < 1e-12);
        assert!((harmful(100, 0) - 0.02).abs() < 1e-12);
        assert!((harmful(1_000_000, 300_000) - 0.3).abs() < 1e-4, "what was observed overrules");
    }
}
