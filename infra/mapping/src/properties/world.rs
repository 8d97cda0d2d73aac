//! A stream, a mapping and a function, and whoever moves them: in the order of a schedule, with invocations that run beside
//! each other and lives that end at any moment. What must hold at every moment is checked at every moment.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::json;

use super::stream::{Change, Stream, number_of};
use crate::*;

/// A function whose poison records always fail, and which now and then fails without a reason.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) poison: BTreeSet<u64>,
    /// Consulted one per invocation: a whole failure where true; none after the end.
    pub(super) flaky: Vec<bool>,
    /// Names the first poison record instead of failing as a whole.
    pub(super) reports_items: bool,
}

/// One move. What is chosen is taken modulo what there is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Move {
    Change,
    Discover,
    Poll {
        choice: usize,
        limit: usize,
    },
    Next,
    Answer {
        choice: usize,
    },
    Wait {
        ms: u64,
    },
    /// The life ends; a running invocation was done with, but unheard, where its place is odd.
    Crash,
}

pub(super) struct World<'a> {
    settings: &'a Settings,
    function: &'a Function,
    pub(super) stream: Stream,
    changes: VecDeque<Change>,
    pub(super) mapping: Mapping,
    running: Vec<(Step, Option<Vec<u8>>)>,
    now_ms: u64,
    /// Whose batches are never answered.
    pub(super) stuck: Option<LaneId>,
    pub(super) ledger: Ledger,
}

/// What became of every record.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ledger {
    pub(super) processed: BTreeSet<u64>,
    pub(super) given_up: BTreeSet<u64>,
    pub(super) deliveries: BTreeMap<u64, u32>,
    pub(super) invocations: usize,
    /// The states with which windows ended, by shard and start.
    pub(super) windows: BTreeMap<(ShardId, u64), Vec<BTreeSet<u64>>>,
    /// Every step: its lane, its records, how often they had failed, and whether they were given up.
    pub(super) steps: Vec<(LaneId, Vec<u64>, u32, bool)>,
}

impl<'a> World<'a> {
    pub(super) fn new(settings: &'a Settings, function: &'a Function, stream: Stream, changes: &[Change]) -> Self {
        let mut world = Self {
            settings,
            function,
            stream,
            changes: changes.iter().copied().collect(),
            mapping: Mapping::new(settings.clone()),
            running: Vec::new(),
            now_ms: 1_000,
            stuck: None,
            ledger: Ledger::default(),
        };
        world.mapping.discover(&world.stream.listed());
        world
    }

    /// Makes these moves, then all that are left in order, until nothing is.
    pub(super) fn play(mut self, moves: &[Move]) -> Self {
        for one in moves {
            self.make(*one);
            self.check();
        }
        for _ in 0..2_000 {
            self.make(Move::Change);
            self.make(Move::Discover);
            let mut has_moved = self.poll_all();
            while self.start() || self.finish(0) {
                has_moved = true;
            }
            self.check();
            match self.mapping.next(self.now_ms) {
                Step::WaitUntil(at_ms) => {
                    assert!(at_ms > self.now_ms, "a wait must lead forward");
                    self.now_ms = at_ms;
                }
                Step::Idle if self.changes.is_empty() && !has_moved => return self,
                Step::Idle => {}
                work => self.take(work),
            }
        }
        panic!("no end: {:?}", self.mapping);
    }

    fn make(&mut self, one: Move) {
        match one {
            Move::Change => {
                if let Some(change) = self.changes.pop_front() {
                    self.stream.change(change, self.now_ms);
                }
            }
            Move::Discover => self.mapping.discover(&self.stream.listed()),
            Move::Poll { choice, limit } => {
                self.poll(choice, limit);
            }
            Move::Next => {
                self.start();
            }
            Move::Answer { choice } => {
                self.finish(choice);
            }
            Move::Wait { ms } => self.now_ms += ms,
            Move::Crash => self.crash(),
        }
    }

    /// Reads one of the shards that want it; whether there were records, or the end.
    fn poll(&mut self, choice: usize, limit: usize) -> bool {
        let reads = self.mapping.reads();
        let Some(read) = choice.checked_rem(reads.len()).map(|choice| &reads[choice]) else {
            return false;
        };
        let (records, is_end) = self.stream.read(read, limit);
        let has_read = !records.is_empty() || is_end;
        self.mapping.offer(&read.shard, records, self.now_ms);
        if is_end {
            self.mapping.ended(&read.shard);
        }
        has_read
    }

    fn poll_all(&mut self) -> bool {
        let polls: Vec<_> = (0..self.mapping.reads().len()).map(|choice| self.poll(choice, 7)).collect();
        polls.contains(&true)
    }

    fn start(&mut self) -> bool {
        let step = self.mapping.next(self.now_ms);
        let is_work = matches!(step, Step::Invoke(_) | Step::GiveUp(..));
        if is_work {
            self.take(step);
        }
        is_work
    }

    fn take(&mut self, step: Step) {
        assert!(self.ledger.steps.len() < 5_000, "no end: {:?}", self.mapping);
        if let Step::Invoke(batch) | Step::GiveUp(batch, _) = &step {
            let numbers: Vec<_> = batch.records.iter().map(number_of).collect();
            let is_given_up = matches!(step, Step::GiveUp(..));
            self.ledger.steps.push((batch.lane.clone(), numbers, batch.failed_attempts, is_given_up));
        }
        let answer = match &step {
            Step::Invoke(batch) => {
                self.check_order(batch);
                self.invoke(batch)
            }
            _ => None,
        };
        self.running.push((step, answer));
    }

    /// The answer's bytes, or none for a failed invocation.
    fn invoke(&mut self, batch: &Batch) -> Option<Vec<u8>> {
        let numbers: Vec<_> = batch.records.iter().map(number_of).collect();
        for number in &numbers {
            *self.ledger.deliveries.entry(*number).or_default() += 1;
        }
        let is_flaky = self.function.flaky.get(self.ledger.invocations) == Some(&true);
        self.ledger.invocations += 1;
        let poison = numbers.iter().position(|number| self.function.poison.contains(number));
        let (processed, failed) = match poison {
            _ if is_flaky => return None,
            Some(_) if !self.function.reports_items => return None,
            Some(place) => (&numbers[..place], vec![json!({ "itemIdentifier": batch.records[place].sequence_number })]),
            None => (&numbers[..], Vec::new()),
        };
        let seen = batch.window.iter().flat_map(|window| window.state["seen"].as_array().cloned().unwrap_or_default());
        let seen: Vec<_> = seen.chain(processed.iter().map(|number| json!(number))).collect();
        let mut answer = json!({ "batchItemFailures": failed });
        if batch.window.is_some() {
            answer["state"] = json!({ "seen": seen });
        }
        Some(answer.to_string().into_bytes())
    }

    /// Ends one of the running steps, but not those of a stuck lane.
    fn finish(&mut self, choice: usize) -> bool {
        let is_stuck = |step: &Step| self.stuck.is_some() && self.stuck.as_ref() == lane_of(step);
        let free: Vec<_> = (0..self.running.len()).filter(|place| !is_stuck(&self.running[*place].0)).collect();
        let Some(place) = choice.checked_rem(free.len()).map(|choice| free[choice]) else {
            return false;
        };
        let (step, answer) = self.running.remove(place);
        self.book(&step, answer.as_deref());
        match &step {
            Step::Invoke(batch) => {
                let answer = answer.as_deref().map_or(Answer::Failed, Answer::Returned);
                self.mapping.invoked(&batch.lane, answer, self.now_ms);
            }
            _ => self.mapping.failure_stored(lane_of(&step).unwrap()),
        }
        true
    }

    fn book(&mut self, step: &Step, answer: Option<&[u8]>) {
        match step {
            Step::GiveUp(batch, _) => self.ledger.given_up.extend(batch.records.iter().map(number_of)),
            Step::Invoke(batch) if answer.is_some() => {
                let numbers = batch.records.iter().map(number_of);
                self.ledger.processed.extend(numbers.take_while(|number| !self.function.poison.contains(number)));
                if let Some(window) = batch.window.as_ref().filter(|window| window.is_final) {
                    let seen = window.state["seen"].as_array().cloned().unwrap_or_default();
                    let seen = seen.iter().filter_map(serde_json::Value::as_u64).collect();
                    let key = (batch.lane.shard.clone(), window.start_ms);
                    self.ledger.windows.entry(key).or_default().push(seen);
                }
            }
            _ => {}
        }
    }

    fn crash(&mut self) {
        for (place, (step, answer)) in std::mem::take(&mut self.running).into_iter().enumerate() {
            if place % 2 == 1 {
                self.book(&step, answer.as_deref());
            }
        }
        let kept = self.mapping.checkpoints().to_json();
        self.mapping = Mapping::resume(self.settings.clone(), Checkpoints::from_json(&kept).unwrap());
    }

    pub(super) fn is_done(&self, number: u64) -> bool {
        self.is_filtered(number) || self.ledger.processed.contains(&number) || self.ledger.given_up.contains(&number)
    }

    pub(super) fn is_filtered(&self, number: u64) -> bool {
        !self.settings.filters.is_empty() && number.is_multiple_of(5)
    }

    /// A record is delivered when all before it of its key are done with or in front of it in the batch, and no other
    /// invocation has records of its key; one that is filtered out is not delivered at all.
    fn check_order(&self, batch: &Batch) {
        let keys: BTreeSet<_> = batch.records.iter().map(|record| &record.partition_key).collect();
        for (other, _) in &self.running {
            let (Step::Invoke(other) | Step::GiveUp(other, _)) = other else { continue };
            assert!(!other.records.iter().any(|record| keys.contains(&record.partition_key)), "two at once: {other:?}");
        }
        let numbers: Vec<_> = batch.records.iter().map(number_of).collect();
        for (place, number) in numbers.iter().enumerate() {
            assert!(!self.is_filtered(*number), "filtered: {number}");
            // It suffices to look at the last one before it: that was held to the same when it was delivered.
            if let Some(before) = self.stream.before(*number) {
                let is_before = numbers[..place].contains(&before);
                assert!(is_before || self.is_done(before), "{number} was delivered before {before}");
            }
        }
    }

    /// Everything up to a checkpoint is done with, and all of a drained shard.
    fn check(&self) {
        for (id, checkpoint) in self.mapping.checkpoints().shards {
            let all = self.stream.all(&id);
            let is_through = |record: &&Record| {
                checkpoint.is_drained || Some(&record.sequence_number) <= checkpoint.done_through.as_ref()
            };
            for number in all.iter().take_while(is_through).map(number_of) {
                assert!(self.is_done(number), "the checkpoint of {id} skipped {number}");
            }
        }
    }
}

fn lane_of(step: &Step) -> Option<&LaneId> {
    match step {
        Step::Invoke(batch) | Step::GiveUp(batch, _) => Some(&batch.lane),
        _ => None,
    }
}
