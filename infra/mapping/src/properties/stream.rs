//! A stream in memory, whose shards split and merge.

use crate::*;

/// How many partition keys there are. A key's hash is its own number.
pub(super) const KEYS: u8 = 12;

#[derive(Clone, Debug)]
pub(super) struct Stream {
    shards: Vec<TestShard>,
    pub(super) records: u64,
    /// The key of each record.
    keys_put: Vec<u8>,
}

#[derive(Clone, Debug)]
struct TestShard {
    listed: Shard,
    keys: std::ops::Range<u8>,
    records: Vec<Record>,
    is_closed: bool,
}

/// Something that happens to a stream; what is named is taken modulo what there is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Put { key: u8 },
    Split { shard: usize },
    Merge { shard: usize },
}

impl Stream {
    pub(super) fn new(shards: u8) -> Self {
        let mut stream = Self { shards: Vec::new(), records: 0, keys_put: Vec::new() };
        let width = KEYS / shards;
        for number in 0..shards {
            let end = if number + 1 == shards { KEYS } else { (number + 1) * width };
            stream.open(number * width..end, Vec::new());
        }
        stream
    }

    pub(super) fn change(&mut self, change: Change, now_ms: u64) {
        match change {
            Change::Put { key } => self.put(key % KEYS, now_ms),
            Change::Split { shard } => self.split(shard),
            Change::Merge { shard } => self.merge(shard),
        }
    }

    pub(super) fn listed(&self) -> Vec<Shard> {
        self.shards.iter().map(|shard| shard.listed.clone()).collect()
    }

    /// Up to `limit` records and whether there will be none after them.
    pub(super) fn read(&self, read: &Read, limit: usize) -> (Vec<Record>, bool) {
        let shard = self.shard(&read.shard);
        let start = match &read.from {
            From::TrimHorizon | From::Latest => 0,
            From::AtTimestamp(at_ms) => shard.records.partition_point(|record| record.arrived_at_ms < *at_ms),
            From::After(number) => shard.records.partition_point(|record| record.sequence_number <= *number),
        };
        let records: Vec<_> = shard.records.iter().skip(start).take(limit).cloned().collect();
        let is_all = start + records.len() == shard.records.len();
        (records, is_all && shard.is_closed)
    }

    /// The last record before this one that has its key.
    pub(super) fn before(&self, number: u64) -> Option<u64> {
        let at = usize::try_from(number).unwrap();
        let before = self.keys_put[..at].iter().rposition(|key| *key == self.keys_put[at])?;
        u64::try_from(before).ok()
    }

    /// All records of a shard.
    pub(super) fn all(&self, id: &ShardId) -> &[Record] {
        &self.shard(id).records
    }

    fn shard(&self, id: &ShardId) -> &TestShard {
        self.shards.iter().find(|shard| shard.listed.id == *id).unwrap()
    }

    fn put(&mut self, key: u8, now_ms: u64) {
        let record = Record {
            sequence_number: SequenceNumber::of(u128::from(self.records)),
            partition_key: format!("k{key}").into(),
            data: format!(r#"{{"n":{}}}"#, self.records).into_bytes().into(),
            arrived_at_ms: now_ms,
        };
        self.records += 1;
        self.keys_put.push(key);
        let home = self.shards.iter_mut().find(|shard| !shard.is_closed && shard.keys.contains(&key));
        home.unwrap().records.push(record);
    }

    fn open(&mut self, keys: std::ops::Range<u8>, parents: Vec<ShardId>) {
        let id = ShardId::numbered(u32::try_from(self.shards.len()).unwrap());
        let listed = Shard { id, parents };
        self.shards.push(TestShard { listed, keys, records: Vec::new(), is_closed: false });
    }

    /// Closes the open shard at this place in the order of its keys, and answers it.
    fn close(&mut self, place: usize) -> TestShard {
        let mut open: Vec<_> = self.shards.iter_mut().filter(|shard| !shard.is_closed).collect();
        open.sort_by_key(|shard| shard.keys.start);
        open[place].is_closed = true;
        open[place].clone()
    }

    fn open_shards(&self) -> usize {
        self.shards.iter().filter(|shard| !shard.is_closed).count()
    }

    fn split(&mut self, place: usize) {
        let place = place % self.open_shards();
        let mut open: Vec<_> = self.shards.iter().filter(|shard| !shard.is_closed).collect();
        open.sort_by_key(|shard| shard.keys.start);
        if open[place].keys.len() < 2 {
            return;
        }
        let parent = self.close(place);
        let middle = u8::midpoint(parent.keys.start, parent.keys.end);
        self.open(parent.keys.start..middle, vec![parent.listed.id.clone()]);
        self.open(middle..parent.keys.end, vec![parent.listed.id]);
    }

    fn merge(&mut self, place: usize) {
        if self.open_shards() < 2 {
            return;
        }
        let place = place % (self.open_shards() - 1);
        let first = self.close(place);
        let second = self.close(place);
        self.open(first.keys.start..second.keys.end, vec![first.listed.id, second.listed.id]);
    }
}

/// The number that a record was put under: its data is `{"n":7}`.
pub(super) fn number_of(record: &Record) -> u64 {
    let text = std::str::from_utf8(&record.data).unwrap();
    text.strip_prefix(r#"{"n":"#).unwrap().strip_suffix('}').unwrap().parse().unwrap()
}
