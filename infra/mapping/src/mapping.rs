//! The mapping of one stream to one function.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use crate::shard::Progress;
use crate::{
    Answer, Checkpoint, Checkpoints, LaneId, Read, Record, SequenceNumber, Settings, Shard, ShardId, StartingPosition,
    Step,
};

/// The state of a mapping. It has neither clock nor I/O: the caller discovers shards, reads them as far as
/// [`Mapping::reads`] says, offers what it read, carries out each [`Step`] and says how it went. The same calls give the
/// same steps.
#[derive(Clone, Debug)]
pub struct Mapping {
    settings: Settings,
    /// The shards that are known and not drained.
    shards: BTreeMap<ShardId, Progress>,
    /// The shards that are closed and done with, and where they ended.
    drained: BTreeMap<ShardId, Checkpoint>,
    /// The shard that had work last: the ones after it are asked first.
    turn: Option<ShardId>,
}

impl Mapping {
    /// A mapping that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Self::resume(settings, Checkpoints::default())
    }

    /// Goes on where an earlier life stood.
    pub fn resume(settings: Settings, checkpoints: Checkpoints) -> Self {
        let (drained, live): (BTreeMap<_, _>, BTreeMap<_, _>) =
            checkpoints.shards.into_iter().partition(|(_, checkpoint)| checkpoint.is_drained);
        let shards = live.into_iter().map(|(id, checkpoint)| (id, Progress::resume(checkpoint, &settings))).collect();
        let mut mapping = Self { settings, shards, drained, turn: None };
        mapping.release();
        mapping
    }

    /// How it batches, filters and retries.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What a later life goes on from: keep it after each step that ended.
    pub fn checkpoints(&self) -> Checkpoints {
        let live = self.shards.iter().map(|(id, shard)| (id.clone(), shard.checkpoint()));
        let drained = self.drained.iter().map(|(id, checkpoint)| (id.clone(), checkpoint.clone()));
        Checkpoints { shards: live.chain(drained).collect() }
    }

    /// The last record of a shard up to which all are done with; `None` before the first.
    pub fn checkpoint(&self, shard: &ShardId) -> Option<&SequenceNumber> {
        match self.shards.get(shard) {
            Some(progress) => progress.done_through(),
            None => self.drained.get(shard)?.done_through.as_ref(),
        }
    }

    /// Says which shards the stream has: all of them, as often as one likes. Those of the first time are read from the
    /// starting position, those found later, the children of a split or a merge, from their first record. A drained
    /// shard that the stream no longer lists is forgotten.
    pub fn discover(&mut self, shards: &[Shard]) {
        let is_first = self.has_seen_nothing();
        for shard in shards {
            self.know(shard, is_first);
        }
        let parents: BTreeSet<_> = shards.iter().flat_map(|shard| &shard.parents).collect();
        if is_first && self.settings.starting_position == StartingPosition::Latest {
            // A shard with children is closed: the latest of it is nothing. Waiting for a read to say so would move the
            // start of its children.
            for parent in &parents {
                self.ended(parent);
            }
        }
        let listed: BTreeSet<_> = shards.iter().map(|shard| &shard.id).collect();
        self.drained.retain(|id, _| listed.contains(id) || parents.contains(id));
        self.release();
    }

    /// The shards whose next batches could still use records and that may be read now, in the order of their names, and
    /// from where. A shard is not read before each of its parents is drained: closed, and all of its records done with;
    /// a parent that is unknown counts as drained.
    pub fn reads(&self) -> Vec<Read> {
        let wanted = self.shards.iter().filter_map(|(id, shard)| Some((id, shard.read(&self.settings)?)));
        wanted.map(|(id, from)| Read { shard: id.clone(), from }).collect()
    }

    /// Takes records read from a shard, in its order. Those offered before are not taken twice. Say it with no records,
    /// too, when a read found nothing: that is how a tumbling window is known to be over.
    pub fn offer(&mut self, shard: &ShardId, records: impl IntoIterator<Item = Record>, now_ms: u64) {
        if self.drained.contains_key(shard) {
            return;
        }
        let is_first = self.has_seen_nothing();
        self.know(&Shard { id: shard.clone(), parents: Vec::new() }, is_first);
        if let Some(progress) = self.shards.get_mut(shard) {
            progress.offer(records, &self.settings, now_ms);
        }
    }

    /// Says that a shard is closed and that everything in it was offered. Ignored for an unknown one.
    pub fn ended(&mut self, shard: &ShardId) {
        if let Some(progress) = self.shards.get_mut(shard) {
            progress.end();
        }
        self.drain(shard);
    }

    /// What to do now. Ask again after each step, until there is nothing: other lanes have work while one is busy. Shards
    /// and lanes take turns.
    pub fn next(&mut self, now_ms: u64) -> Step {
        let (mut rest, turn) = (Step::Idle, self.turn.take());
        let after = turn.as_ref().map_or(Unbounded, Excluded);
        let mut asked = ask(self.shards.range_mut::<ShardId, _>((after, Unbounded)), &self.settings, now_ms, &mut rest);
        if let (None, Some(turn)) = (&asked, &turn) {
            asked = ask(self.shards.range_mut(..=turn.clone()), &self.settings, now_ms, &mut rest);
        }
        let Some((shard, work)) = asked else {
            self.turn = turn;
            return rest;
        };
        self.turn = Some(shard);
        work
    }

    /// The invocation of a lane's batch ended. Ignored when the lane has none running.
    pub fn invoked(&mut self, lane: &LaneId, answer: Answer<'_>, now_ms: u64) {
        if let Some(shard) = self.shards.get_mut(&lane.shard) {
            shard.invoked(lane.number, answer, &self.settings, now_ms);
        }
        self.drain(&lane.shard);
    }

    /// The failure of a lane is stored: the lane may go on. Ignored when the lane has given nothing up.
    pub fn failure_stored(&mut self, lane: &LaneId) {
        if let Some(shard) = self.shards.get_mut(&lane.shard) {
            shard.failure_stored(lane.number);
        }
        self.drain(&lane.shard);
    }

    fn has_seen_nothing(&self) -> bool {
        self.shards.is_empty() && self.drained.is_empty()
    }

    fn know(&mut self, shard: &Shard, is_first: bool) {
        if !self.shards.contains_key(&shard.id) && !self.drained.contains_key(&shard.id) {
            let progress = Progress::new(shard.parents.clone(), is_first, &self.settings);
            self.shards.insert(shard.id.clone(), progress);
        }
    }

    /// Moves a shard to the drained ones when it is, and lets its children begin.
    fn drain(&mut self, shard: &ShardId) {
        if self.shards.get(shard).is_some_and(Progress::is_drained)
            && let Some(progress) = self.shards.remove(shard)
        {
            let checkpoint = Checkpoint { is_drained: true, ..progress.checkpoint() };
            self.drained.insert(shard.clone(), checkpoint);
            self.release();
        }
    }

    /// Finds the shards whose known parents are all drained.
    fn release(&mut self) {
        let live: BTreeSet<_> = self.shards.keys().cloned().collect();
        for shard in self.shards.values_mut() {
            shard.wait_for_parents(|parent| live.contains(parent));
        }
    }
}

/// The first of the shards that has work, and the work; the earliest time to wait for goes into `rest`.
fn ask<'a>(
    shards: impl Iterator<Item = (&'a ShardId, &'a mut Progress)>,
    settings: &Settings,
    now_ms: u64,
    rest: &mut Step,
) -> Option<(ShardId, Step)> {
    for (id, shard) in shards {
        match shard.next(id, settings, now_ms) {
            Step::WaitUntil(at_ms) => *rest = rest.earlier_of(at_ms),
            Step::Idle => {}
            work => return Some((id.clone(), work)),
        }
    }
    None
}
