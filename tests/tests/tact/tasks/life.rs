//! The life of a task: the same whatever the order in which its steps arrive, and never back.

use proptest::prelude::*;
use tact_domain::{TaskEnd, TaskLife, TaskState, TaskStep, Timestamp};

/// When the task is offered, and when it expires.
const OFFERED: (Timestamp, Timestamp) = (Timestamp(0), Timestamp(900_000));

fn life(steps: &[(TaskStep, Timestamp)]) -> TaskLife {
    let mut life = TaskLife::offered(OFFERED.0, OFFERED.1);
    for (step, at) in steps {
        life.enter(*step, *at);
    }
    life
}

fn step() -> impl Strategy<Value = (TaskStep, Timestamp)> {
    let end = (0..TaskEnd::ALL.len()).prop_map(|n| TaskStep::End(TaskEnd::ALL[n]));
    let step = prop_oneof![Just(TaskStep::Claim), end];
    (step, (0..8_i64).prop_map(|minute| Timestamp(minute * 60_000)))
}

fn steps() -> impl Strategy<Value = Vec<(TaskStep, Timestamp)>> {
    proptest::collection::vec(step(), 0..8)
}

/// How far on a state is.
fn rank(state: TaskState) -> u8 {
    match state {
        TaskState::Offered => 0,
        TaskState::Claimed => 1,
        TaskState::Ended(_) => 2,
    }
}

proptest! {
    #[test]
    fn steps_come_to_the_same_in_any_order_and_however_often(
        (steps, shuffled) in steps().prop_flat_map(|steps| (Just(steps.clone()), Just(steps).prop_shuffle())),
    ) {
        let twice = [shuffled.clone(), shuffled.clone()].concat();
        prop_assert_eq!(life(&steps), life(&shuffled));
        prop_assert_eq!(life(&steps), life(&twice));
    }

    #[test]
    fn a_task_only_moves_on(steps in steps()) {
        let states: Vec<_> = (0..=steps.len()).map(|n| rank(life(&steps[..n]).state())).collect();
        prop_assert!(states.is_sorted(), "{:?}", states);
    }

    #[test]
    fn whatever_was_allowed_moved_it_or_had_been_done_before(steps in steps(), (step, at) in step()) {
        let mut life = life(&steps);
        let before = life;
        match life.allows(step, at) {
            Ok(()) => {
                let same = TaskState::Ended(match step { TaskStep::End(end) => end, TaskStep::Claim => TaskEnd::Gone });
                prop_assert!(life.enter(step, at) || before.state() == same);
                prop_assert!(rank(life.state()) >= rank(before.state()));
            }
            Err(state) => prop_assert_eq!(state, before.state_at(at)),
        }
    }
}

#[test]
fn what_nobody_took_in_time_has_expired_before_the_clock_says_so() {
    let mut life = life(&[]);
    let (late, just) = (OFFERED.1, Timestamp(OFFERED.1.0 - 1));
    assert_eq!((life.state_at(just), life.state_at(late)), (TaskState::Offered, TaskState::Ended(TaskEnd::Expired)));
    assert_eq!(life.allows(TaskStep::Claim, late), Err(TaskState::Ended(TaskEnd::Expired)));
    life.enter(TaskStep::Claim, just);
    assert_eq!(life.state_at(late), TaskState::Claimed, "whoever took it has a while longer");
    assert_eq!(life.allows(TaskStep::End(TaskEnd::Done), late.plus_s(1_700)), Ok(()));
    assert!(!life.is_open(late.plus_s(1_800)));
}

#[test]
fn nothing_is_done_that_nobody_took() {
    let life = life(&[]);
    for end in [TaskEnd::Done, TaskEnd::NotReady] {
        assert_eq!(life.allows(TaskStep::End(end), OFFERED.0), Err(TaskState::Offered));
    }
    assert_eq!(life.allows(TaskStep::End(TaskEnd::Gone), OFFERED.0), Ok(()));
}
