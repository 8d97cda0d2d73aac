//! What the people of a store see of a task, by kind, role and consent: one file each, beside the schema that all of them fulfil.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tact_decide::{Action, Treatment};
use tact_domain::{
    Channel, ConsentChange, ConsentState, DecisionId, Fingerprint, Grant, Profile, Purpose, Readiness, ReadinessKind,
    Role, Scope, TaskKind, Timestamp, Trigger,
};
use tact_wire::{DecisionItem, Offer, Task};

use crate::pipeline::world::CATALOGUE;

/// 2026-10-31T18:00:00Z, twelve hours after the shelves were counted.
const NOW: Timestamp = Timestamp(1_793_469_600_000);

/// What is said, by kind.
fn action(kind: TaskKind) -> (Action, Treatment) {
    let named = |action: &str, way: &str| {
        let action = CATALOGUE.actions.iter().find(|known| known.name == action).unwrap().clone();
        let treatment = action.treatments.iter().find(|known| known.name == way).unwrap().clone();
        (action, treatment)
    };
    match kind {
        TaskKind::Help => named("help_on_request", "task"),
        TaskKind::Greet => named("welcome_back", "by_name"),
        TaskKind::Fix => named("fix_it_here", "task"),
    }
}

/// The sign that leads to a task of a kind.
fn ready(kind: TaskKind) -> Option<Readiness> {
    match kind {
        TaskKind::Help => Some(Readiness {
            kind: ReadinessKind::Help,
            product: Some("suede-loafer".into()),
            size: Some("8".into()),
            area: Some("shoes".into()),
        }),
        TaskKind::Greet => Some(Readiness::of(ReadinessKind::Asked)),
        TaskKind::Fix => None,
    }
}

/// Somebody who reads German, and did or did not ask to be recognised.
fn profile(asked: Option<ConsentState>) -> Profile {
    let scope = Scope { purpose: Purpose::StaffRecognition, channel: None, topic: None };
    let grant = |state| Grant { scope: scope.clone(), state, terms: None, review_after: None, benefit: None };
    let change = ConsentChange {
        grants: asked.map(grant).into_iter().collect(),
        locale: Some("de-AT".into()),
        ..ConsentChange::default()
    };
    let mut profile = Profile::default();
    profile.consent.fold(&change, NOW.plus_s(-86_400), Fingerprint(1));
    profile
}

fn item(kind: TaskKind) -> DecisionItem {
    let (action, treatment) = action(kind);
    let names = [&action.name, &action.group, &treatment.name].map(Clone::clone);
    DecisionItem {
        store: Some("market-street".into()),
        catalogue: CATALOGUE.hash.clone(),
        ready: ready(kind),
        expires_at: NOW.plus_s(900),
        window_s: 86_400,
        ..DecisionItem::new(DecisionId(42), Trigger::CheckIn, names, Channel::Associate, NOW)
    }
}

/// The task of an item, made `now`.
fn task(item: &DecisionItem, kind: TaskKind, asked: Option<ConsentState>, now: Timestamp) -> Task {
    let (action, treatment) = action(kind);
    let profile = profile(asked);
    let says = &treatment.text;
    let (action, treatment) = (&action, &treatment);
    Task::of(&Offer { catalogue: &CATALOGUE, action, treatment, item, profile: &profile, says, now }).unwrap()
}

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/tact/tasks/golden", file].iter().collect()
}

fn schema() -> jsonschema::Validator {
    let file: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "events/schema/task.json"].iter().collect();
    jsonschema::validator_for(&serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()).unwrap()
}

/// To write the files anew after a change that is meant, run this test with `TACT_WRITE_SAMPLES=1`.
#[test]
fn what_each_role_sees_of_each_kind_with_and_without_consent_is_what_its_file_says() {
    let schema = schema();
    for kind in TaskKind::ALL {
        for (role_name, role) in Role::ALL {
            for (consent, asked) in [("masked", None), ("recognised", Some(ConsentState::Granted))] {
                let shown = task(&item(kind), kind, asked, NOW).shown(role);
                let file = path(&format!("{}-{role_name}-{consent}.json", kind.name()));
                if std::env::var_os("TACT_WRITE_SAMPLES").is_some() {
                    fs::write(&file, serde_json::to_string_pretty(&shown).unwrap() + "\n").unwrap();
                }
                let expected: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
                assert_eq!(shown, expected, "{}", file.display());
                assert_eq!(schema.validate(&shown).err().map(|error| error.to_string()), None, "{}", file.display());
            }
        }
    }
}

#[test]
fn a_person_is_masked_unless_the_consent_to_be_recognised_holds_when_the_task_is_made() {
    let unasked = [None, Some(ConsentState::Denied), Some(ConsentState::Revoked)];
    for asked in unasked {
        for kind in TaskKind::ALL {
            let shown = task(&item(kind), kind, asked, NOW).shown(Role::Manager);
            assert_eq!(shown["person"], serde_json::json!({ "masked": true }), "{kind:?} {asked:?}");
        }
    }
    let fixed = task(&item(TaskKind::Fix), TaskKind::Fix, Some(ConsentState::Granted), NOW).shown(Role::Manager);
    assert_eq!(fixed["person"], serde_json::json!({ "masked": true }), "nothing of an author, whatever they allowed");
}

#[test]
fn old_stock_is_unknown_and_sends_nobody_anywhere() {
    let old = task(&item(TaskKind::Help), TaskKind::Help, None, NOW.plus_s(3 * 86_400)).shown(Role::Associate);
    assert_eq!(old["what"]["stock"], serde_json::json!({ "here": "unknown" }));
    assert_eq!(old["what"].get("place"), None);
}

#[test]
fn what_we_do_not_sell_and_a_place_we_do_not_have_are_left_out() {
    let told = Readiness {
        kind: ReadinessKind::Help,
        product: Some("my number is 555 0100".into()),
        size: None,
        area: Some("the one with the red hair".into()),
    };
    let item = DecisionItem { ready: Some(told), ..item(TaskKind::Help) };
    let shown = task(&item, TaskKind::Help, None, NOW).shown(Role::Associate);
    assert_eq!((&shown["what"], shown.get("area")), (&serde_json::json!({}), None));
}
