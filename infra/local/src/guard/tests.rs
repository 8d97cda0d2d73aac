//! What is told of a treatment that too many opted out of.

use tact_decide::{Guardrail, Issue, Met, Mode, Policy, Treatment};
use tact_domain::Channel;

use super::*;

const NOW: Timestamp = Timestamp(1_793_458_800_000);

fn catalogue() -> Catalogue {
    let guards = vec![Guard { harm: Harm::OptOut, limit: 0.02, alpha: 0.01 }];
    let guardrail = Guardrail { guards, rest_s: 7 * 86_400, trial: 0.05, trial_of: 200 };
    let offer = Action {
        treatments: vec![
            Treatment::new("sms", Channel::Sms, Mode::Push),
            Treatment::new("card", Channel::Inbox, Mode::Pull),
        ],
        ..Action::new("offer", Issue::Grow, "offers")
    };
    Catalogue { actions: vec![offer], policy: Policy { guardrail, ..Policy::default() }, ..Catalogue::default() }
}

/// A table in which everybody opted out of the text.
fn kept(catalogue: &Catalogue) -> Kept {
    let mut watch = Watch::default();
    let met = Met { planned_at: NOW, decided: true, answered: true, harm: Some(Harm::OptOut) };
    watch.meet(&catalogue.policy.guardrail, &[met; 20], NOW);
    Kept { watches: vec![("offer/sms".to_owned(), watch)], ..Kept::default() }
}

#[test]
fn a_suspended_treatment_is_told_with_why_and_until_when_and_one_without_outcomes_with_nothing() {
    let catalogue = catalogue();
    let guarded = Guarded::of(&kept(&catalogue), &catalogue, NOW.plus_s(60));
    let held: Vec<_> = guarded.held_back().collect();
    assert_eq!(held, ["offer/sms suspended until 2026-11-07T15:00:00Z"]);
    let text = guarded.text();
    assert!(text.contains("came to be suspended: ") && text.contains(" opted out"), "{text}");
    let card = text.lines().find(|line| line.contains("offer/card")).unwrap();
    assert!(card.contains("running") && card.contains("0.0 % and 100.0 %"), "{card}");
    let json = serde_json::to_value(&guarded).unwrap();
    assert_eq!((&json["treatments"][0]["state"], &json["log"][0]["to"]), (&"suspended".into(), &"suspended".into()));
}

#[test]
fn when_its_rest_is_over_it_is_told_to_be_on_trial_although_nothing_became_known_yet() {
    let catalogue = catalogue();
    let guarded = Guarded::of(&kept(&catalogue), &catalogue, NOW.plus_s(8 * 86_400));
    assert_eq!((guarded.treatments[0].state, guarded.treatments[0].until.as_deref()), ("trial", None));
    assert_eq!(guarded.treatments[0].since.as_deref(), Some("2026-11-07T15:00:00Z"));
}

#[test]
fn without_guardrails_nothing_is_told_to_be_guarded() {
    let catalogue = Catalogue { policy: Policy::default(), ..catalogue() };
    assert!(Guarded::of(&Kept::default(), &catalogue, NOW).text().starts_with("nothing is guarded"));
}
