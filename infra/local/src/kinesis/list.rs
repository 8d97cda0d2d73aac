//! `ListShards` and `ListStreams`.

use serde::{Deserialize, Serialize};
use tact_mapping::ShardId;

use super::describe::{Mode, ShardDescription};
use super::fault::Fault;
use super::param;
use super::shard::Shard;
use super::streams::{Hosted, Streams};
use super::token::{LIFE_MS, ListToken};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListShards {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    next_token: Option<String>,
    exclusive_start_shard_id: Option<String>,
    max_results: Option<i64>,
    shard_filter: Option<ShardFilter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ShardFilter {
    r#type: String,
    shard_id: Option<String>,
    timestamp: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedShards {
    shards: Vec<ShardDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListStreams {
    limit: Option<i64>,
    exclusive_start_stream_name: Option<String>,
    /// The last name of the page before.
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedStreams {
    stream_names: Vec<String>,
    has_more_streams: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    stream_summaries: Vec<StreamSummary>,
}

#[derive(Serialize)]
struct StreamSummary {
    #[serde(rename = "StreamName")]
    name: String,
    #[serde(rename = "StreamARN")]
    arn: String,
    #[serde(rename = "StreamStatus")]
    status: &'static str,
    #[serde(rename = "StreamModeDetails")]
    mode: Mode,
    #[serde(rename = "StreamCreationTimestamp")]
    created: f64,
}

/// Which shards are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    /// All that are not forgotten.
    All,
    /// Those that are open.
    Open,
    /// Those that were open at the time from which on records are kept.
    OpenAtHorizon,
    /// Those that were open at a time.
    OpenAt(u64),
    /// Those that were open at a time or later.
    OpenSince(u64),
}

/// One list: which shards, after which, of which stream.
struct Listing {
    stream: String,
    /// The stream that a token was given for.
    created: Option<u64>,
    after: Option<ShardId>,
    filter: Filter,
}

pub(super) fn list_shards(streams: &Streams, call: &ListShards) -> Result<ListedShards, Fault> {
    let most = param::count(call.max_results, 1_000, 1..=10_000, "MaxResults")?;
    let listing = match &call.next_token {
        Some(token) => listing_of_token(token, call, streams.now_ms())?,
        None => listing_of_call(call)?,
    };
    let name = listing.stream.as_str();
    let list = |hosted: &mut Hosted, now_ms: u64| {
        if listing.created.is_some_and(|created| created != hosted.created) {
            return Err(Fault::no_stream(name));
        }
        let horizon_ms = now_ms.saturating_sub(hosted.retention_ms).max(hosted.created_at_ms);
        let is_listed = |shard: &&Shard| {
            listing.after.as_ref().is_none_or(|after| shard.id > *after) && listing.filter.passes(shard, horizon_ms)
        };
        let mut listed = hosted.stream.shards().iter().filter(is_listed);
        let page: Vec<_> = listed.by_ref().take(most).collect();
        let token = |last: &&Shard| listing.token(hosted.created, last, now_ms).to_text();
        let next_token = listed.next().and(page.last()).map(token);
        Ok(ListedShards { shards: page.into_iter().map(ShardDescription::of).collect(), next_token })
    };
    streams.with(name, list).ok_or_else(|| Fault::no_stream(name))?
}

fn listing_of_call(call: &ListShards) -> Result<Listing, Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    let mut after = call.exclusive_start_shard_id.as_deref().map(ShardId::from);
    let at_ms = |filter: &ShardFilter| {
        let seconds = filter.timestamp.ok_or_else(|| Fault::argument("this ShardFilter takes a Timestamp"))?;
        param::millis(seconds)
    };
    let filter = match &call.shard_filter {
        None => Filter::All,
        Some(filter) => match filter.r#type.as_str() {
            "FROM_TRIM_HORIZON" => Filter::All,
            "AT_TRIM_HORIZON" => Filter::OpenAtHorizon,
            "AT_LATEST" => Filter::Open,
            "AT_TIMESTAMP" => Filter::OpenAt(at_ms(filter)?),
            "FROM_TIMESTAMP" => Filter::OpenSince(at_ms(filter)?),
            "AFTER_SHARD_ID" => {
                let shard = filter.shard_id.as_deref();
                let shard = shard.ok_or_else(|| Fault::argument("this ShardFilter takes a ShardId"))?;
                after = after.max(Some(ShardId::from(shard)));
                Filter::All
            }
            _ => return Err(Fault::invalid("the Type of the ShardFilter is none of the six")),
        },
    };
    Ok(Listing { stream: name.to_owned(), created: None, after, filter })
}

fn listing_of_token(token: &str, call: &ListShards, now_ms: u64) -> Result<Listing, Fault> {
    if call.stream_name.is_some() || call.exclusive_start_shard_id.is_some() || call.shard_filter.is_some() {
        return Err(Fault::argument("NextToken says which stream and shards; nothing else may"));
    }
    let token = ListToken::from_text(token).ok_or_else(|| Fault::argument("Invalid NextToken."))?;
    if now_ms.saturating_sub(token.issued_at_ms) > LIFE_MS {
        return Err(Fault::new("ExpiredNextTokenException", "NextToken is more than 300 seconds old"));
    }
    let filter = Filter::of(&token.filter, token.filter_at_ms).ok_or_else(|| Fault::argument("Invalid NextToken."))?;
    Ok(Listing { stream: token.stream, created: Some(token.created), after: Some(token.after), filter })
}

impl Listing {
    fn token(&self, created: u64, last: &Shard, now_ms: u64) -> ListToken {
        let (filter, filter_at_ms) = self.filter.words();
        ListToken {
            stream: self.stream.clone(),
            created,
            after: last.id.clone(),
            filter: filter.to_owned(),
            filter_at_ms,
            issued_at_ms: now_ms,
        }
    }
}

impl Filter {
    fn of(word: &str, at_ms: u64) -> Option<Self> {
        let filters = [Self::All, Self::Open, Self::OpenAtHorizon, Self::OpenAt(at_ms), Self::OpenSince(at_ms)];
        filters.into_iter().find(|filter| filter.words().0 == word)
    }

    fn words(self) -> (&'static str, u64) {
        match self {
            Self::All => ("all", 0),
            Self::Open => ("open", 0),
            Self::OpenAtHorizon => ("horizon", 0),
            Self::OpenAt(at_ms) => ("at", at_ms),
            Self::OpenSince(at_ms) => ("since", at_ms),
        }
    }

    fn passes(self, shard: &Shard, horizon_ms: u64) -> bool {
        let open_since = |at_ms| shard.closed.as_ref().is_none_or(|closed| closed.at_ms >= at_ms);
        match self {
            Self::All => true,
            Self::Open => shard.is_open(),
            Self::OpenAtHorizon => shard.opened_at_ms <= horizon_ms && open_since(horizon_ms),
            Self::OpenAt(at_ms) => shard.opened_at_ms <= at_ms && open_since(at_ms),
            Self::OpenSince(at_ms) => open_since(at_ms),
        }
    }
}

pub(super) fn list_streams(streams: &Streams, call: &ListStreams) -> Result<ListedStreams, Fault> {
    let limit = param::count(call.limit, 100, 1..=10_000, "Limit")?;
    let after = call.next_token.as_ref().or(call.exclusive_start_stream_name.as_ref());
    let mut left = streams.names().into_iter().filter(|name| after.is_none_or(|after| name > after));
    let stream_names: Vec<_> = left.by_ref().take(limit).collect();
    let has_more_streams = left.next().is_some();
    let summary = |name: &String| {
        let summary = |hosted: &mut Hosted, _| StreamSummary {
            name: name.clone(),
            arn: param::arn(name),
            status: "ACTIVE",
            mode: Mode::of(hosted),
            created: param::seconds(hosted.created_at_ms),
        };
        streams.with(name, summary)
    };
    let stream_summaries = stream_names.iter().filter_map(summary).collect();
    let next_token = if has_more_streams { stream_names.last().cloned() } else { None };
    Ok(ListedStreams { stream_names, has_more_streams, next_token, stream_summaries })
}
