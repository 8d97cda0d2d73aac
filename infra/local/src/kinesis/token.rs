//! What a client carries from one call to the next without looking into it: words in base64.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE as BASE64;
use tact_mapping::{SequenceNumber, ShardId};

use super::shard::Position;

/// How long iterators and tokens are good for, in milliseconds.
pub(super) const LIFE_MS: u64 = 300_000;

/// Where a consumer of a shard is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShardIterator {
    pub(super) stream: String,
    /// Tells the stream from a later one of the same name.
    pub(super) created: u64,
    pub(super) shard: ShardId,
    pub(super) from: Position,
    pub(super) issued_at_ms: u64,
}

impl ShardIterator {
    /// The text that the client is given.
    pub(super) fn to_text(&self) -> String {
        let (kind, value) = match &self.from {
            Position::TrimHorizon => ("first", "-".to_owned()),
            Position::Latest => ("last", "-".to_owned()),
            Position::AtTimestamp(at_ms) => ("time", at_ms.to_string()),
            Position::At(number) => ("at", number.to_string()),
            Position::After(number) => ("after", number.to_string()),
        };
        let Self { stream, created, shard, issued_at_ms, .. } = self;
        BASE64.encode(format!("iterator {stream} {created} {shard} {issued_at_ms} {kind} {value}"))
    }

    /// Reads it back; `None` for a text that is none of ours.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let [stream, created, shard, issued, kind, value] = words(text, "iterator")?;
        let from = match kind.as_str() {
            "first" => Position::TrimHorizon,
            "last" => Position::Latest,
            "time" => Position::AtTimestamp(value.parse().ok()?),
            "at" => Position::At(number(&value)?),
            "after" => Position::After(number(&value)?),
            _ => return None,
        };
        let (created, issued_at_ms) = (created.parse().ok()?, issued.parse().ok()?);
        Some(Self { stream, created, shard: ShardId::from(shard.as_str()), from, issued_at_ms })
    }
}

/// How far a list of shards has been told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListToken {
    pub(super) stream: String,
    pub(super) created: u64,
    /// The last shard that was told.
    pub(super) after: ShardId,
    /// What is listed: the word for it and its time, if it has one.
    pub(super) filter: String,
    pub(super) filter_at_ms: u64,
    pub(super) issued_at_ms: u64,
}

impl ListToken {
    /// The text that the client is given.
    pub(super) fn to_text(&self) -> String {
        let Self { stream, created, after, filter, filter_at_ms, issued_at_ms } = self;
        BASE64.encode(format!("list {stream} {created} {after} {issued_at_ms} {filter} {filter_at_ms}"))
    }

    /// Reads it back; `None` for a text that is none of ours.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let [stream, created, after, issued, filter, at] = words(text, "list")?;
        let (created, issued_at_ms, filter_at_ms) = (created.parse().ok()?, issued.parse().ok()?, at.parse().ok()?);
        Some(Self { stream, created, after: ShardId::from(after.as_str()), filter, filter_at_ms, issued_at_ms })
    }
}

fn words(text: &str, kind: &str) -> Option<[String; 6]> {
    let text = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
    let mut words = text.split(' ').map(str::to_owned);
    let is_kind = words.next().as_deref() == Some(kind);
    words.collect::<Vec<_>>().try_into().ok().filter(|_| is_kind)
}

fn number(text: &str) -> Option<SequenceNumber> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iterator(from: Position) -> ShardIterator {
        ShardIterator {
            stream: "a".repeat(128),
            created: 7,
            shard: ShardId::numbered(3),
            from,
            issued_at_ms: 1_792_000_000_000,
        }
    }

    #[test]
    fn iterators_read_back_and_are_no_longer_than_the_protocol_allows() {
        let number = SequenceNumber::of(42);
        let positions = [
            Position::TrimHorizon,
            Position::Latest,
            Position::AtTimestamp(1_792_000_000_007),
            Position::At(number.clone()),
            Position::After(number),
        ];
        for from in positions {
            let text = iterator(from.clone()).to_text();
            assert!(text.len() <= 512);
            assert_eq!(ShardIterator::from_text(&text), Some(iterator(from)));
        }
    }

    #[test]
    fn tokens_read_back_and_neither_is_taken_for_the_other() {
        let token = ListToken {
            stream: "events".to_owned(),
            created: 7,
            after: ShardId::numbered(3),
            filter: "AT_TIMESTAMP".to_owned(),
            filter_at_ms: 5,
            issued_at_ms: 6,
        };
        assert_eq!(ListToken::from_text(&token.to_text()), Some(token.clone()));
        assert_eq!(ShardIterator::from_text(&token.to_text()), None);
        assert_eq!(ListToken::from_text(&iterator(Position::Latest).to_text()), None);
    }

    #[test]
    fn what_is_none_of_ours_is_not_read() {
        let forged = ["iterator", "iterator a b c d e f", "iterator a 1 c 2 at 007", "iterator a 1 c 2 far 3"];
        for text in forged.map(|text| BASE64.encode(text)).into_iter().chain([String::new(), "!".to_owned()]) {
            assert_eq!(ShardIterator::from_text(&text), None, "{text}");
        }
    }
}
