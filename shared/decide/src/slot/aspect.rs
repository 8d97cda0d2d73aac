//! What rules can ask of a comment. Its words are not among it: nothing but what was read in them is known.

use serde::{Deserialize, Serialize};
use tact_domain::{Cause, Comment, Happened, Tone};

use super::{flag, text};
use crate::{Moment, Value};

/// What can be asked of a comment while it is decided on; unknown at any other moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Text: what it is about.
    Cause,
    /// Text: how it is meant.
    Tone,
    /// Flag: whether everybody can read it.
    Public,
    /// Text: where it was said.
    Arena,
    /// Flag: whether the store it belongs to is known and may be used.
    AtStore,
}

impl Aspect {
    /// Everything that can be asked, in the order used wherever it is listed.
    pub const ALL: [Self; 5] = [Self::Cause, Self::Tone, Self::Public, Self::Arena, Self::AtStore];

    /// The name used in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cause => "comment.cause",
            Self::Tone => "comment.tone",
            Self::Public => "comment.public",
            Self::Arena => "comment.arena",
            Self::AtStore => "comment.at_store",
        }
    }

    /// The texts it can hold; `None` for what is a yes or a no.
    pub fn texts(self) -> Option<Vec<&'static str>> {
        match self {
            Self::Cause => Some(Cause::ALL.map(Cause::name).to_vec()),
            Self::Tone => Some(Tone::ALL.map(Tone::name).to_vec()),
            Self::Arena => Some(Comment::ARENAS.to_vec()),
            Self::Public | Self::AtStore => None,
        }
    }

    /// What it holds at a moment.
    pub(super) fn value<'a>(self, moment: &'a Moment<'_>) -> Value<'a> {
        let Some(Happened::Comment(comment)) = moment.happened else { return Value::Unknown };
        match self {
            Self::Cause => Value::Text(comment.read.cause.name()),
            Self::Tone => Value::Text(comment.read.tone.name()),
            Self::Arena => text(Some(&comment.arena)),
            Self::Public => flag(comment.public),
            Self::AtStore => flag(moment.store.is_some()),
        }
    }
}
