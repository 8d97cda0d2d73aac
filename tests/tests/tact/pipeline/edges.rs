//! Two-sided consent: that two people know each other is used only while both of them allow it and the source may tell; whatever races, an edge that
//! one of them took back is gone with the next decision.

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use tact_decide::{Arenas, Catalogue, Discretion};
use tact_domain::{FacetKind, Profile, Timestamp};
use tact_pipeline::{ItemKey, Process, Versions};
use tact_policy::{SourceFile, compile, read_dir};
use tact_wire::unpack_facet;

use super::world::{
    DAY, Function, MINUTE, SATURDAY, Sample, block_on, check_in, decision_of, event, event_from, function,
    handle_until_done, sound_function,
};
use crate::faults::{Fault, Script};

/// Whoever goes out with a friend these days, and has the card of our partner, finds a card (G-2).
const TOGETHER: &str = r#"name = "together"
issue = "grow"
group = "offers"
triggers = ["check_in"]
margin = "30.00"
organic = 0.1
value_class = ["social"]
[rules]
eligibility = "friends.count('tickets', 2d) >= 1 && partner.count('amex', 90d) >= 1"
[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
cost = "0.01"
group_prior = 0.4
valid = "1d"
text = "Going out soon? A table for two waits upstairs."
"#;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/catalogue");
    let mut files = read_dir(&folder).unwrap();
    files.push(SourceFile { path: "actions/together.toml".to_owned(), text: TOGETHER.to_owned() });
    let mut catalogue = compile(&files).unwrap();
    catalogue.actions.retain(|action| action.name == "together");
    (catalogue.policy.discretion, catalogue.policy.arenas) = (Discretion::default(), Arenas::default());
    // Nobody finds this card without a secret, so that nobody could ever cover another.
    catalogue.policy.cover.k = 0;
    catalogue
});

fn going_out(mut function: Function, process: &str) -> Function {
    function.catalogues = Versions::of(CATALOGUE.clone());
    function.process = Process::named(process);
    function
}

/// An event of a partner: who tells, in whose life, what, and with whom.
fn told(id: &str, source: &str, at: i64, category: &str, with: Option<&str>) -> Sample {
    let mut data = json!({ "kind": source, "category": category });
    if let Some(with) = with {
        data["with"] = json!(with);
    }
    event_from(source, "partner", id, "tara", at, &data)
}

fn grants(id: &str, customer: &str, at: i64, grants: &[Value]) -> Sample {
    event("consent", id, customer, at, &json!({ "grants": grants }))
}

fn social(with: &str, state: &str) -> Value {
    json!({ "purpose": "social", "with": with, "state": state })
}

fn source(name: &str) -> Value {
    json!({ "purpose": "third_party", "source": name, "state": "granted" })
}

/// What Tara, her friend Finn and the partner's programme allow, each or not, and what partners told: two tickets, so many days ago.
fn past([target, friend, programme]: [bool; 3], days_ago: i64) -> Vec<Sample> {
    let before = SATURDAY - 60 * DAY;
    let mut own = vec![json!({ "purpose": "marketing", "channel": "inbox", "state": "granted" }), source("tickets")];
    own.extend(target.then(|| social("finn", "granted")));
    own.extend(programme.then(|| source("amex")));
    let theirs = friend.then(|| grants("finn-1", "finn", before, &[social("tara", "granted")]));
    let tickets = told("tickets-1", "tickets", SATURDAY - days_ago * DAY, "tickets", Some("finn"));
    let mut past = vec![grants("tara-1", "tara", before, &own)];
    past.extend(theirs);
    past.extend([told("amex-1", "amex", SATURDAY - 30 * DAY, "amex", None), tickets]);
    past
}

fn play(function: &Function, samples: &[Sample]) {
    for sample in samples {
        block_on(handle_until_done(function, std::slice::from_ref(sample)));
    }
}

/// Whether Tara is told of it when she checks in at an instant.
fn is_told(function: &Function, id: &str, at: i64) -> bool {
    play(function, &[check_in(id, "tara", at)]);
    function.store.inner.decisions().contains_key(&decision_of(id))
}

fn every_combination() -> impl Iterator<Item = [bool; 3]> {
    (0..8).map(|n| [n & 1 != 0, n & 2 != 0, n & 4 != 0])
}

#[test]
fn of_eight_combinations_only_the_one_in_which_all_three_allow_it_holds() {
    for allow in every_combination() {
        for friend_first in [false, true] {
            let function = going_out(sound_function(), "one");
            let mut past = past(allow, 1);
            if friend_first && allow[1] {
                past.swap(0, 1);
            }
            play(&function, &past);
            assert_eq!(is_told(&function, "c", SATURDAY), allow == [true; 3], "{allow:?}");
        }
    }
}

#[test]
fn tickets_of_five_days_ago_are_none_of_these_days() {
    let function = going_out(sound_function(), "one");
    play(&function, &past([true; 3], 5));
    assert!(!is_told(&function, "c", SATURDAY));
}

#[test]
fn either_end_takes_it_back_for_both_with_the_next_decision() {
    for (who, with) in [("tara", "finn"), ("finn", "tara")] {
        for state in ["revoked", "denied"] {
            let function = going_out(sound_function(), "one");
            play(&function, &past([true; 3], 1));
            assert!(is_told(&function, "c1", SATURDAY));
            play(&function, &[grants("back", who, SATURDAY + MINUTE, &[social(with, state)])]);
            assert!(!is_told(&function, "c2", SATURDAY + 2 * MINUTE), "{who} {state}");
            play(&function, &[grants("again", who, SATURDAY + 3 * MINUTE, &[social(with, "granted")])]);
            assert!(is_told(&function, "c3", SATURDAY + 4 * MINUTE), "{who}: both allow it again");
            let whole = json!({ "purpose": "social", "state": state });
            play(&function, &[grants("all", who, SATURDAY + 5 * MINUTE, &[whole])]);
            assert!(!is_told(&function, "c4", SATURDAY + 6 * MINUTE), "{who}: with nobody at all");
        }
    }
}

#[test]
fn a_source_that_is_refused_is_not_counted_while_another_is() {
    for (refused, told) in [("amex", false), ("tickets", false), ("another", true)] {
        let function = going_out(sound_function(), "one");
        play(&function, &past([true; 3], 1));
        let no = json!({ "purpose": "third_party", "source": refused, "state": "revoked" });
        play(&function, &[grants("no", "tara", SATURDAY - MINUTE, &[no])]);
        assert_eq!(is_told(&function, "c", SATURDAY), told, "{refused}");
    }
}

#[test]
fn what_is_taken_back_in_a_batch_is_not_lost_to_what_is_said_after_it() {
    let function = going_out(sound_function(), "one");
    play(&function, &past([true; 3], 1));
    let at = SATURDAY - MINUTE;
    // The second says nothing new of her, and leaves nothing to be written there.
    let said = [grants("no", "finn", at, &[social("tara", "revoked")]), {
        let late = social("tara", "granted");
        grants("late", "finn", at - MINUTE, &[late, json!({ "purpose": "profiling", "state": "granted" })])
    }];
    block_on(handle_until_done(&function, &said));
    assert!(!is_told(&function, "c", SATURDAY));
}

#[test]
fn whoever_takes_it_back_from_all_is_heard_by_everybody_who_held_a_yes() {
    let function = going_out(sound_function(), "one");
    let before = SATURDAY - 60 * DAY;
    let everybody = json!({ "purpose": "social", "state": "granted" });
    play(&function, &past([true, false, true], 1));
    play(&function, &[grants("finn-all", "finn", before, &[everybody])]);
    // Twenty more people name him, each of whom would hold his yes, and then Tara does.
    let names: Vec<_> = (0..20).map(|n| format!("friend{n:02}")).collect();
    let name = |n: &String| grants(&format!("{n}-yes"), n, before + MINUTE, &[social("finn", "granted")]);
    play(&function, &names.iter().map(name).collect::<Vec<_>>());
    assert!(is_told(&function, "c1", SATURDAY), "she came first");
    let holding = || {
        let facets = function.store.inner.facets().into_iter();
        let consents = facets.filter_map(|(key, bytes)| match key {
            ItemKey::Facet(customer, FacetKind::Consent) => Some((customer, bytes)),
            _ => None,
        });
        let others = consents.filter(|(customer, _)| !["tara", "finn"].contains(&customer.as_str()));
        let allowed = others.filter(|(_, bytes)| {
            let mut profile = Profile::default();
            unpack_facet(&mut profile, FacetKind::Consent, bytes).unwrap();
            profile.consent.allows_edge("finn", Timestamp(SATURDAY))
        });
        allowed.count()
    };
    assert_eq!(holding(), 15, "with sixteen people he is known together, and no more");
    let whole = json!({ "purpose": "social", "state": "revoked" });
    play(&function, &[grants("no", "finn", SATURDAY + MINUTE, &[whole])]);
    assert!(!is_told(&function, "c2", SATURDAY + 2 * MINUTE));
    assert_eq!(holding(), 0, "not one of them holds his yes any more");
}

#[test]
fn where_neither_allows_it_any_more_there_is_room_for_somebody_else() {
    let function = going_out(sound_function(), "one");
    let at = SATURDAY - 50 * DAY;
    for n in 0..40 {
        let friend = format!("friend{n:02}");
        play(&function, &[grants(&format!("yes{n}"), "tara", at + n * MINUTE, &[social(&friend, "granted")])]);
        play(&function, &[grants(&format!("no{n}"), "tara", at + n * MINUTE + 1, &[social(&friend, "revoked")])]);
    }
    play(&function, &past([true; 3], 1));
    assert!(is_told(&function, "c", SATURDAY));
}

/// The friend stands in the facts a decision is made again from, which are the customer's own: whom she allowed to be known with, and the tickets that
/// were told of her. In nothing that is said or told of the decision.
#[test]
fn the_friend_is_named_in_no_message_and_in_nothing_that_is_told_of_a_decision() {
    let function = going_out(sound_function(), "one");
    play(&function, &past([true; 3], 1));
    assert!(is_told(&function, "c", SATURDAY));
    for (_, line) in function.log.records() {
        let mut record: Value = serde_json::from_str(&line).unwrap();
        record["body"].as_object_mut().unwrap().remove("customer");
        assert!(!record.to_string().contains("finn"), "{record}");
    }
    for (key, bytes) in function.store.inner.others() {
        assert!(!String::from_utf8_lossy(&bytes).contains("finn"), "{key:?}");
    }
    let (_, line) = function.log.records().pop().unwrap();
    let record: Value = serde_json::from_str(&line).unwrap();
    let quoted = &record["body"]["known_by"];
    assert_eq!(quoted["social"].as_array().unwrap().len(), 1, "her own consent: {quoted}");
    assert_eq!(quoted["third_party"].as_array().unwrap().len(), 1, "one event gave both: {quoted}");
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![
        6 => Just(Fault::Yield),
        3 => Just(Fault::None),
        1 => Just(Fault::Conflict),
        1 => Just(Fault::LoseAnswer),
        1 => Just(Fault::Throttle),
    ];
    proptest::collection::vec(fault, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_races_an_edge_is_open_only_when_the_last_word_of_both_ends_is_yes(
        words in proptest::collection::vec((any::<bool>(), any::<bool>()), 1..5),
        (one, other) in (faults(), faults()),
    ) {
        let tara = going_out(function(Script::of(&one), Script::default()), "tara");
        let mut finn = going_out(function(Script::of(&other), Script::default()), "finn");
        finn.store.inner = tara.store.inner.clone();
        let calm = going_out(sound_function(), "calm");
        let calm = { let mut calm = calm; calm.store.inner = tara.store.inner.clone(); calm };
        play(&calm, &past([true; 3], 1));
        let state = |allows: bool| if allows { "granted" } else { "revoked" };
        let said = |who: &str, with: &str, allows: &dyn Fn(&(bool, bool)) -> bool| -> Vec<Sample> {
            let at = |n: usize| SATURDAY + MINUTE * i64::try_from(n).unwrap();
            let word = |(n, pair): (usize, &(bool, bool))| {
                grants(&format!("{who}-w{n}"), who, at(n), &[social(with, state(allows(pair)))])
            };
            words.iter().enumerate().map(word).collect()
        };
        let (hers, his) = (said("tara", "finn", &|pair| pair.0), said("finn", "tara", &|pair| pair.1));
        block_on(async { tokio::join!(handle_until_done(&tara, &hers), handle_until_done(&finn, &his)) });
        let both = words.last().is_some_and(|pair| pair.0 && pair.1);
        prop_assert_eq!(is_told(&calm, "after", SATURDAY + 60 * MINUTE), both);
    }
}
