//! What customers answer when asked why: kept once, and acted on at their next check-in (S17).

use tact_decide::{Condition, Criterion, Rule, Slot, Stage, Test};
use tact_domain::{Cause, Profile};
use tact_wire::unpack_facet;

use super::*;

/// Asks whoever's cause nobody knows, and has something of its own for each of two causes.
fn asking() -> Catalogue {
    let mut asking = catalogue();
    let offer = asking.actions[0].clone();
    let of = |name: &str, cause: &str| {
        let rule = Rule::Is(Criterion { slot: 0, test: Test::OneOf(vec![cause.into()]) });
        let text = format!("cause == '{cause}'");
        let condition = Condition { stage: Stage::Eligibility, of_group: false, text, rule };
        Action { name: name.into(), conditions: vec![condition], ..offer.clone() }
    };
    asking.actions = vec![of("ask_why", "unknown"), of("alter", "fit"), of("match_the_price", "price")];
    asking.slots = vec![Slot::Cause];
    asking
}

/// An answer to what somebody was told when they first checked in.
fn answer(who: &str, id: &str, at: i64, answer: &str) -> (i64, String) {
    let decision = DecisionId::of("test", &format!("check-in-{who}"), 0).to_string();
    event("outcome", id, who, at, &json!({ "decision": decision, "outcome": "accepted", "answer": answer }))
}

fn kept(table: &Table, who: &str) -> Option<Cause> {
    let key = ItemKey::Facet(CustomerId::new(who).unwrap(), FacetKind::Comment);
    let item = block_on(table.get(&key)).unwrap()?;
    let mut profile = Profile::default();
    unpack_facet(&mut profile, FacetKind::Comment, &item.bytes).unwrap();
    profile.comment.told.map(|told| told.value)
}

#[test]
fn who_answers_differently_is_told_something_else_next_and_an_answer_counts_once() {
    let (table, log) = (Table::default(), Log::default());
    let function = Pipeline { catalogues: Versions::of(asking()), ..function(&table, &log, "asks") };
    let asked = come(&function, "a", 3, NOW);
    assert_eq!(asked.iter().map(chosen).collect::<Vec<_>>(), ["ask_why"; 3], "nobody knows of any of them");

    let told = [answer("a0", "o-0", NOW + 1_000, "fit"), answer("a1", "o-1", NOW + 1_000, "price")];
    assert_eq!(handle(&function, &told).tally.count(Ending::Applied), 2);
    let again = [answer("a0", "o-0", NOW + 1_000, "fit"), answer("a0", "o-2", NOW + 2_000, "price")];
    assert_eq!(handle(&function, &again).tally.count(Ending::Applied), 0, "a question is answered once");
    assert_eq!(["a0", "a1", "a2"].map(|who| kept(&table, who)), [Some(Cause::Fit), Some(Cause::Price), None]);

    function.log.0.lock().unwrap().clear();
    let data = json!({ "store": "market-street" });
    let next: Vec<_> =
        ["a0", "a1", "a2"].map(|who| event("check-in", &format!("next-{who}"), who, NOW + 60_000, &data)).to_vec();
    handle(&function, &next);
    let lines = function.log.0.lock().unwrap();
    let decided: Vec<_> = lines.iter().map(|line| decode_record(line).unwrap()).collect();
    let mut winners: Vec<_> = decided.iter().map(chosen).collect();
    winners.sort();
    assert_eq!(winners, ["alter", "ask_why", "match_the_price"]);
    for recorded in &decided {
        assert!(
            replay(recorded, &asking(), &Models::default(), None).is_ok(),
            "the record says what it was decided by"
        );
    }
}
