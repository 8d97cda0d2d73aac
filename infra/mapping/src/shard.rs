//! The shards of a stream as a mapping sees them, and how far one is read and done with.

use crate::checkpoints::{Checkpoint, WindowCheckpoint};
use crate::lane::{Held, Lane, Reading};
use crate::window::OpenWindow;
use crate::{Answer, Record, SequenceNumber, Settings, ShardId, StartingPosition, Step};

/// Most bytes of payload that wait in the lanes of one shard before reading pauses.
const READ_AHEAD_BYTES: usize = 96 * 1024 * 1024;

/// A shard as its stream lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its name.
    pub id: ShardId,
    /// The shards that it came from: one after a split, two after a merge, none for the first of a stream.
    pub parents: Vec<ShardId>,
}

/// A shard that may be read now, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The shard.
    pub shard: ShardId,
    /// Where to go on.
    pub from: From,
}

/// Where to go on reading a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// At the oldest record that the stream keeps.
    TrimHorizon,
    /// At what arrives from now on.
    Latest,
    /// At the first record that arrived at or after this time, in milliseconds since 1970.
    AtTimestamp(u64),
    /// At the record after this one.
    After(SequenceNumber),
}

/// How far one shard is read and done with. Not kept for a shard that is drained.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    parents: Vec<ShardId>,
    /// Whether a parent is not drained yet.
    is_waiting: bool,
    is_first_discovery: bool,
    read_through: Option<SequenceNumber>,
    is_ended: bool,
    caught_up_ms: Option<u64>,
    lanes: Vec<Lane>,
    /// The lane that is asked first.
    turn: usize,
}

impl Progress {
    /// A shard of which nothing is read.
    pub(crate) fn new(parents: Vec<ShardId>, is_first_discovery: bool, settings: &Settings) -> Self {
        let checkpoint =
            Checkpoint { done_through: None, is_drained: false, is_first_discovery, parents, window: None };
        Self::resume(checkpoint, settings)
    }

    /// Goes on where an earlier life stood.
    pub(crate) fn resume(checkpoint: Checkpoint, settings: &Settings) -> Self {
        let window = checkpoint.window.filter(|_| settings.tumbling_window_ms > 0);
        let mut window = window.map(|window| OpenWindow { start_ms: window.start_ms, state: window.state.into() });
        Self {
            parents: checkpoint.parents,
            is_waiting: false,
            is_first_discovery: checkpoint.is_first_discovery,
            read_through: checkpoint.done_through,
            is_ended: false,
            caught_up_ms: None,
            lanes: (0..settings.lanes()).map(|_| Lane::in_window(window.take())).collect(),
            turn: 0,
        }
    }

    /// Holds the shard back while one of its parents is undrained.
    pub(crate) fn wait_for_parents(&mut self, is_undrained: impl Fn(&ShardId) -> bool) {
        self.is_waiting = self.parents.iter().any(is_undrained);
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let window = self.lanes.iter().find_map(Lane::window);
        let window =
            window.map(|window| WindowCheckpoint { start_ms: window.start_ms, state: (*window.state).clone() });
        Checkpoint {
            done_through: self.done_through().cloned(),
            is_drained: false,
            is_first_discovery: self.is_first_discovery,
            parents: self.parents.clone(),
            window,
        }
    }

    /// The last record up to which all are done with: what comes before the oldest record that any lane holds.
    pub(crate) fn done_through(&self) -> Option<&SequenceNumber> {
        let oldest = self.lanes.iter().filter_map(Lane::oldest);
        match oldest.min_by(|one, other| one.record.sequence_number.cmp(&other.record.sequence_number)) {
            Some(held) => held.after.as_ref(),
            None => self.read_through.as_ref(),
        }
    }

    /// Whether nothing of it will ever be delivered again.
    pub(crate) fn is_drained(&self) -> bool {
        self.is_ended && self.lanes.iter().all(|lane| lane.oldest().is_none() && lane.window().is_none())
    }

    /// Takes the records that were not offered before. Those that no filter matches count as done with.
    pub(crate) fn offer(&mut self, records: impl IntoIterator<Item = Record>, settings: &Settings, now_ms: u64) {
        let mut is_empty = true;
        for record in records {
            is_empty = false;
            if self.read_through.as_ref().is_some_and(|read| *read >= record.sequence_number) {
                continue;
            }
            let after = self.read_through.replace(record.sequence_number.clone());
            if !crate::filter::passes(&settings.filters, &record) {
                continue;
            }
            let lane = lane_of(&record.partition_key, self.lanes.len());
            if let Some(lane) = self.lanes.get_mut(lane) {
                lane.offer(Held { record, after }, now_ms);
            }
        }
        if is_empty {
            self.caught_up_ms = self.caught_up_ms.max(Some(now_ms));
        }
    }

    pub(crate) fn end(&mut self) {
        self.is_ended = true;
    }

    /// Whether and from where to read more.
    pub(crate) fn read(&self, settings: &Settings) -> Option<From> {
        let (records, bytes) = self
            .lanes
            .iter()
            .map(Lane::waiting)
            .fold((0, 0), |(records, bytes), waiting| (records + waiting.0, bytes + waiting.1));
        let has_room = records < settings.read_ahead.max(1) && bytes < READ_AHEAD_BYTES;
        let is_wanted = !self.is_ended
            && !self.is_waiting
            && has_room
            && self.lanes.iter().any(|lane| lane.wants_records(settings));
        is_wanted.then(|| match (&self.read_through, settings.starting_position) {
            (Some(read), _) => From::After(read.clone()),
            (None, StartingPosition::Latest) if self.is_first_discovery => From::Latest,
            (None, StartingPosition::AtTimestamp(at_ms)) if self.is_first_discovery => From::AtTimestamp(at_ms),
            (None, _) => From::TrimHorizon,
        })
    }

    /// What its lanes have to do, each in its turn.
    pub(crate) fn next(&mut self, shard: &ShardId, settings: &Settings, now_ms: u64) -> Step {
        let reading = Reading { is_ended: self.is_ended, caught_up_ms: self.caught_up_ms };
        let mut rest = Step::Idle;
        if self.is_waiting {
            return rest;
        }
        for place in (self.turn..self.lanes.len()).chain(0..self.turn) {
            let Some(lane) = self.lanes.get_mut(place) else { continue };
            let number = u32::try_from(place).unwrap_or(u32::MAX);
            match lane.next(shard, number, settings, reading, now_ms) {
                Step::WaitUntil(at_ms) => rest = rest.earlier_of(at_ms),
                Step::Idle => {}
                work => {
                    self.turn = (place + 1) % self.lanes.len();
                    return work;
                }
            }
        }
        rest
    }

    pub(crate) fn invoked(&mut self, lane: u32, answer: Answer<'_>, settings: &Settings, now_ms: u64) {
        if let Some(lane) = self.lane(lane) {
            lane.invoked(answer, settings, now_ms);
        }
    }

    pub(crate) fn failure_stored(&mut self, lane: u32) {
        if let Some(lane) = self.lane(lane) {
            lane.failure_stored();
        }
    }

    fn lane(&mut self, number: u32) -> Option<&mut Lane> {
        self.lanes.get_mut(usize::try_from(number).ok()?)
    }
}

/// The lane of a partition key, of `count`: by its MD5 hash, as shards are chosen, but by the hash's last digits: its
/// first ones are alike within a shard.
fn lane_of(partition_key: &str, count: usize) -> usize {
    if count < 2 {
        return 0;
    }
    let hash = u128::from_be_bytes(md5::compute(partition_key).0);
    usize::try_from(hash % count as u128).unwrap_or(0)
}
