//! From the customer who asks for help to the associate who gave it: offered, taken by one, ended once; and taken back when the customer leaves.

use serde_json::json;
use tact_domain::{Channel, Outcome, Role};
use tact_pipeline::Refusal;
use tact_wire::Delivery;

use super::shop::{STORE, ask, asks, desk, helping, question, step, token, told};
use crate::delivery::sink::Does;
use crate::delivery::world::World;
use crate::faults::{Fault, Script};
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, Sample, check_in, consent, decision_of, event};

/// A world in which ana has just asked for help.
async fn ana_asks() -> World<MemoryStore> {
    let mut world = World::in_memory(helping(8));
    world.happens(&[asks("help", "ana", SATURDAY)]).await;
    world
}

/// Where ana is, at a minute.
fn fix(id: &str, minute: i64, lat: f64) -> Sample {
    event("geolocation", id, "ana", SATURDAY + minute * MINUTE, &json!({ "lat": lat, "lon": -74.0060 }))
}

fn staff() -> String {
    token(STORE, Role::Associate)
}

#[tokio::test]
async fn a_task_is_offered_taken_once_and_done_and_says_nothing_of_the_customer() {
    let mut world = ana_asks().await;
    assert_eq!(world.state("ana", "help").await, Delivery::Sent, "it is in the queue, whoever else is told");
    let (desk, task) = (desk(&world, "desk", Script::default()), decision_of("help"));
    let (status, listed) = ask(&desk, &question(&staff()), SATURDAY + MINUTE).await;
    let tasks = listed["tasks"].as_array().unwrap();
    assert_eq!((status, tasks.len(), &tasks[0]["state"]), (200, 1, &json!("offered")));
    assert_eq!((&tasks[0]["what"]["name"], &tasks[0]["what"]["size"]), (&json!("Suede loafer"), &json!("8")));
    assert_eq!((&tasks[0]["person"], &tasks[0]["area"]), (&json!({ "masked": true }), &json!("shoes")));
    assert!(!listed.to_string().contains("ana"), "{listed}");

    let taken = (200, json!({ "task": task.to_string(), "state": "claimed" }));
    assert_eq!(ask(&desk, &step("done", task, &staff()), SATURDAY + MINUTE).await.0, 409, "nobody took it yet");
    assert_eq!(ask(&desk, &step("claim", task, &staff()), SATURDAY + MINUTE).await, taken);
    let again = ask(&desk, &step("claim", task, &staff()), SATURDAY + MINUTE).await;
    assert_eq!(again, (409, json!({ "refused": "claimed" })));
    assert_eq!(ask(&desk, &step("done", task, &staff()), SATURDAY + 2 * MINUTE).await.0, 200);
    assert_eq!(ask(&desk, &step("done", task, &staff()), SATURDAY + 3 * MINUTE).await.0, 200, "the answer was lost");
    let late = ask(&desk, &step("not_ready", task, &staff()), SATURDAY + 3 * MINUTE).await;
    assert_eq!(late, (409, json!({ "refused": "done" })));
    assert_eq!(ask(&desk, &question(&staff()), SATURDAY + 3 * MINUTE).await.1, json!({ "tasks": [] }));
    world.happens(&told(&desk, SATURDAY + 3 * MINUTE)).await;
    let outcomes = world.item("ana", "help").await.outcomes;
    assert_eq!(outcomes.first(Outcome::Accepted).map(|at| at.0), Some(SATURDAY + 2 * MINUTE));
}

#[tokio::test]
async fn of_two_who_take_a_task_at_the_same_instant_exactly_one_does() {
    let between = [vec![Fault::Yield; 4], vec![Fault::None], vec![Fault::None, Fault::Yield], vec![Fault::Yield]];
    for first in &between {
        for second in &between {
            let (world, task) = (ana_asks().await, decision_of("help"));
            let one = desk(&world, "one", Script::of(first));
            let other = desk(&world, "other", Script::of(second));
            let claim = step("claim", task, &staff());
            let (one, other) = tokio::join!(ask(&one, &claim, SATURDAY + 1), ask(&other, &claim, SATURDAY + 1));
            let mut statuses = [one.0, other.0];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
        }
    }
}

/// A world in which ana came into the store and asked for help a minute later.
async fn ana_asks_inside() -> World<MemoryStore> {
    let mut world = World::in_memory(helping(8));
    world.happens(&[consent("agrees", "ana", SATURDAY - DAY, &["inbox"]), fix("in", 0, 40.7127)]).await;
    world.happens(&[asks("help", "ana", SATURDAY + MINUTE)]).await;
    world
}

#[tokio::test]
async fn whoever_leaves_the_store_is_not_looked_for_there() {
    let mut world = ana_asks_inside().await;
    world.happens(&[fix("out", 3, 40.7300)]).await;
    let (desk, task) = (desk(&world, "desk", Script::default()), decision_of("help"));
    assert_eq!(ask(&desk, &question(&staff()), SATURDAY + 4 * MINUTE).await.1, json!({ "tasks": [] }));
    let claimed = ask(&desk, &step("claim", task, &staff()), SATURDAY + 4 * MINUTE).await;
    assert_eq!(claimed, (409, json!({ "refused": "gone" })));
    let outcomes = world.item("ana", "help").await.outcomes;
    assert_eq!(outcomes.first(Outcome::Expired).map(|at| at.0), Some(SATURDAY + 3 * MINUTE));
}

#[tokio::test]
async fn whoever_is_being_helped_may_leave_and_the_associate_says_how_it_ended() {
    let mut world = ana_asks_inside().await;
    let (desk, task) = (desk(&world, "desk", Script::default()), decision_of("help"));
    assert_eq!(ask(&desk, &step("claim", task, &staff()), SATURDAY + 2 * MINUTE).await.0, 200);
    world.happens(&[fix("out", 3, 40.7300)]).await;
    assert_eq!(ask(&desk, &step("done", task, &staff()), SATURDAY + 4 * MINUTE).await.0, 200);
    world.happens(&told(&desk, SATURDAY + 4 * MINUTE)).await;
    let outcomes = world.item("ana", "help").await.outcomes;
    assert_eq!(outcomes.first(Outcome::Accepted).map(|at| at.0), Some(SATURDAY + 4 * MINUTE));
    assert_eq!(outcomes.first(Outcome::Expired), None);
}

#[tokio::test]
async fn who_left_before_they_asked_is_still_looked_for() {
    let mut world = World::in_memory(helping(8));
    world.happens(&[consent("agrees", "ana", SATURDAY - DAY, &["inbox"]), fix("in", 0, 40.7127)]).await;
    // She left, came back and asked; that she left is told last.
    world.happens(&[asks("help", "ana", SATURDAY + 5 * MINUTE)]).await;
    world.happens(&[fix("out", 3, 40.7300)]).await;
    let desk = desk(&world, "desk", Script::default());
    let (_, listed) = ask(&desk, &question(&staff()), SATURDAY + 6 * MINUTE).await;
    assert_eq!(listed["tasks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_task_decided_before_the_customer_left_is_not_offered_afterwards() {
    let mut world = World::in_memory(helping(8));
    world.happens(&[consent("agrees", "ana", SATURDAY - DAY, &["inbox"]), fix("in", 0, 40.7127)]).await;
    world.arrive(&[asks("help", "ana", SATURDAY + MINUTE)]).await;
    world.arrive(&[fix("out", 3, 40.7300)]).await;
    world.deliver().await;
    assert_eq!(world.state("ana", "help").await, Delivery::Closed("gone".into()));
}

#[tokio::test]
async fn nobody_sees_or_moves_the_tasks_of_another_store() {
    let (world, task) = (ana_asks().await, decision_of("help"));
    let desk = desk(&world, "desk", Script::default());
    let mut forged = staff();
    forged.replace_range(0..1, if forged.starts_with('6') { "7" } else { "6" });
    for (token, status) in [(token("tampa", Role::Manager), 403), (forged, 401), (String::new(), 401)] {
        for request in [question(&token), step("claim", task, &token), step("done", task, &token)] {
            let (refused, body) = ask(&desk, &request, SATURDAY + 1).await;
            assert_eq!(refused, status, "{} {body}", request.path);
            assert!(!body.to_string().contains(&task.to_string()) && !body.to_string().contains("ana"), "{body}");
        }
    }
    let unknown = ask(&desk, &step("claim", decision_of("nothing"), &staff()), SATURDAY + 1).await;
    assert_eq!(unknown, (404, json!({ "refused": "unknown" })));
    assert_eq!(ask(&desk, &step("claim", task, &staff()), SATURDAY + 1).await.0, 200);
}

#[tokio::test]
async fn the_ninth_who_asks_within_an_hour_finds_a_card() {
    let mut world = World::in_memory(helping(8));
    let crowd: Vec<_> = (0..9).map(|n| asks(&format!("help{n}"), &format!("c{n}"), SATURDAY + n)).collect();
    world.happens(&crowd).await;
    let desk = desk(&world, "desk", Script::default());
    let (_, listed) = ask(&desk, &question(&staff()), SATURDAY + MINUTE).await;
    assert_eq!(listed["tasks"].as_array().unwrap().len(), 8);
    assert_eq!(world.item("c8", "help8").await.channel, Channel::Inbox);
}

#[tokio::test]
async fn one_visit_is_one_task() {
    let (mut world, task) = (ana_asks().await, decision_of("help"));
    world.happens(&[asks("again", "ana", SATURDAY + MINUTE)]).await;
    assert_eq!(world.state("ana", "again").await, Delivery::Closed("already_said".into()));
    let desk = desk(&world, "desk", Script::default());
    for name in ["claim", "done"] {
        assert_eq!(ask(&desk, &step(name, task, &staff()), SATURDAY + 2 * MINUTE).await.0, 200);
    }
    world.happens(&[asks("anew", "ana", SATURDAY + 3 * MINUTE)]).await;
    assert_eq!(world.state("ana", "anew").await, Delivery::Closed("already_said".into()), "the first was done");
    world.happens(&[asks("tomorrow", "ana", SATURDAY + DAY)]).await;
    assert_eq!(world.state("ana", "tomorrow").await, Delivery::Sent);
}

#[tokio::test]
async fn what_nobody_takes_expires_and_its_decision_is_told() {
    let mut world = ana_asks().await;
    world.until(tact_domain::Timestamp(SATURDAY + 20 * MINUTE)).await;
    let desk = desk(&world, "desk", Script::default());
    let late = ask(&desk, &step("claim", decision_of("help"), &staff()), SATURDAY + 20 * MINUTE).await;
    assert_eq!(late, (409, json!({ "refused": "expired" })));
    let outcomes = world.item("ana", "help").await.outcomes;
    assert_eq!(outcomes.first(Outcome::Expired).map(|at| at.0), Some(SATURDAY + 15 * MINUTE));
}

#[tokio::test]
async fn nobody_is_sent_to_a_customer_who_gave_no_sign() {
    let mut world = World::in_memory(helping(8));
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.refusals("visit", "associate"), ["not_ready"]);
    assert_eq!(world.item("ana", "visit").await.channel, Channel::Inbox, "a card waits instead");
}

#[tokio::test]
async fn a_system_that_wants_no_tasks_keeps_nobody_from_doing_them() {
    let mut world = World::in_memory(helping(8));
    world.sink.always(Channel::Associate, Does::Refuse(Refusal::Rejected));
    world.happens(&[asks("help", "ana", SATURDAY)]).await;
    let told = world.sink.attempts();
    assert_eq!((told.len(), told[0].message.task.as_ref().unwrap().store.as_str()), (1, STORE));
    assert_eq!(world.state("ana", "help").await, Delivery::Sent);
    let desk = desk(&world, "desk", Script::default());
    assert_eq!(ask(&desk, &question(&staff()), SATURDAY + 1).await.1["tasks"].as_array().unwrap().len(), 1);
}
