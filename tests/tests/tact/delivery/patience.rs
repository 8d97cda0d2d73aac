//! Patience under faults: however functions race for one customer, no more is taken than there is, and what does not leave is given back.

use proptest::prelude::*;
use tact_decide::{Catalogue, Discretion, Tactic};
use tact_domain::{Allowance, Channel, ContactState, DecisionId, Timestamp, Trigger};
use tact_pipeline::{DeliveryMode, Ending, Switch};

use super::offers::{catalogue_of, offer, willing};
use super::world::World;
use crate::faults::Fault;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, answer, block_on, check_in, purchase, records};

/// What a message takes here: all of them are as creepy.
const TAKES: u16 = 400;

/// Offers at check-ins and at the till by two channels, and patience for two of them; nothing else limits them.
fn rationed() -> Catalogue {
    let offers = [("at_visit", Trigger::CheckIn, Channel::Sms), ("at_till", Trigger::Purchase, Channel::Email)];
    let mut catalogue = catalogue_of(offers.map(|(name, trigger, channel)| offer(name, trigger, &[channel])).into());
    let allowance = Allowance { most: 2 * TAKES + 100, per_day: 0, thanked: 0, found: 0 };
    let by_steps = vec![f64::from(TAKES) / 1_000.0; Tactic::STEPS + 1];
    catalogue.policy.discretion = Discretion { by_steps, allowance, ..Discretion::default() };
    catalogue.policy.caps.clear();
    catalogue
}

/// What is taken of the patience of a customer, and what is left.
async fn balance<S: tact_pipeline::Store + Clone>(world: &World<S>, name: &str) -> (u32, u32) {
    let ledger = world.profile(name).await.contact;
    let counting = ledger.contacts().iter().filter(|contact| contact.state != ContactState::Released);
    let taken = counting.map(|contact| u32::from(contact.patience.shared)).sum();
    let now = Timestamp(SATURDAY + 60 * MINUTE);
    (taken, ledger.shared_patience(now, world.catalogue.policy.discretion.allowance, DecisionId(0)))
}

#[test]
fn two_functions_that_race_for_the_last_of_it_take_it_once() {
    block_on(async {
        let mut catalogue = rationed();
        catalogue.policy.discretion.allowance.most = TAKES + 100;
        let mut world = World::in_memory(catalogue);
        world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
        world.race_on_saturday("ana").await;
        assert_eq!(world.sink.reached().len(), 1);
        assert_eq!(balance(&world, "ana").await, (u32::from(TAKES), 100));
        let spent = [("v", "sms"), ("p", "email")].map(|(event, channel)| world.refusals(event, channel));
        assert!(spent.concat().contains(&"discretion_spent".to_owned()), "{spent:?}");
        world.ends_well().await;
    });
}

#[test]
fn what_a_message_took_is_given_back_when_it_does_not_leave() {
    block_on(async {
        let mut world = World::in_memory(rationed());
        world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
        world.otherwise = Switch::to(DeliveryMode::Off);
        world.begin_again().await;
        world.happens(&[check_in("v", "ana", SATURDAY)]).await;
        assert_eq!(balance(&world, "ana").await.0, u32::from(TAKES), "it was planned");
        world.happens(&[answer("no-texts", "ana", SATURDAY + MINUTE, "sms", "revoked")]).await;
        world.otherwise = Switch::to(DeliveryMode::Live);
        world.begin_again().await;
        world.settle().await;
        assert_eq!(world.sink.reached().len(), 0);
        assert_eq!(balance(&world, "ana").await.0, 0);
    });
}

fn interruptions() -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![
        4 => Just(Fault::Yield),
        3 => Just(Fault::None),
        1 => Just(Fault::Conflict),
        1 => Just(Fault::LoseAnswer),
    ];
    proptest::collection::vec(fault, 0..96)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_two_functions_interleave_on_one_customer_the_balance_never_falls_below_nothing(
        faults in interruptions(),
    ) {
        block_on(async {
            let mut world = World::in_memory(rationed());
            world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
            world.now = Timestamp(SATURDAY + 4 * MINUTE);
            let rival = world.another_function();
            let visits: Vec<_> = (0..4).map(|n| check_in(&format!("v{n}"), "ana", SATURDAY + n * MINUTE)).collect();
            let tills: Vec<_> = (0..4).map(|n| purchase(&format!("p{n}"), "ana", SATURDAY + n * MINUTE, "shoes")).collect();
            world.table.inner.script.begin(&faults);
            for _ in 0..40 {
                let (visits, tills) = (records(&visits), records(&tills));
                let (visited, paid) = tokio::join!(world.function.handle(&visits, None), rival.handle(&tills, None));
                if visited.first_undone.is_none() && paid.first_undone.is_none() {
                    assert!(visited.endings.iter().chain(&paid.endings).flatten().all(|ending| *ending != Ending::Quarantined));
                    break;
                }
            }
            world.table.inner.script.begin(&[]);
            world.deliver().await;
            let (taken, left) = balance(&world, "ana").await;
            assert_eq!(taken + left, 2 * u32::from(TAKES) + 100, "nothing is taken twice or owed");
            assert_eq!(taken, 2 * u32::from(TAKES), "and what there was for two was used by two");
            assert_eq!(world.sink.reached().len(), 2);
        });
    }
}
