//! What customers say of us: where, how it is meant, what about, and what tells in which store. The words themselves are never here: they
//! are read at the edge, and forgotten.

mod link;

use serde::{Deserialize, Serialize};

pub use self::link::{Evidence, Method, StoreLink, Tag, store_link};
use crate::register::{Register, write};
use crate::{Fingerprint, Horizon, Key, Timestamp};

/// Something a customer said of us, without its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// Where it was said: one of `Comment::ARENAS`.
    pub arena: Key,
    /// Whether everybody can read it there.
    pub public: bool,
    /// The product it is about, if it names one.
    pub about: Option<Key>,
    /// What the arena calls the place at which it is answered, if it tells.
    pub reply_to: Option<Key>,
    /// What tells in which store it was said, or which it is about.
    pub evidence: Evidence,
    /// What was read in its words.
    pub read: Reading,
}

impl Comment {
    /// Every arena a comment can come from.
    pub const ARENAS: [&str; 5] = ["forum", "review", "social", "chat", "call"];

    /// Where it is answered.
    pub fn post(&self) -> Post {
        Post { arena: self.arena.clone(), reply_to: self.reply_to.clone() }
    }
}

/// Where a comment is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Where it was said: one of `Comment::ARENAS`.
    pub arena: Key,
    /// What the arena calls the place at which it is answered, if it tells.
    pub reply_to: Option<Key>,
}

/// What was read in the words of a comment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// What it is about.
    pub cause: Cause,
    /// How sure that is, 0 to 1; 0 when nothing was recognised.
    pub confidence: f64,
    /// How it is meant.
    pub tone: Tone,
}

/// What a comment is about: the reason why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// What things cost.
    Price,
    /// Whether they fit.
    Fit,
    /// How good they are, and for how long.
    Quality,
    /// How people were treated.
    Service,
    /// Whether it came, and when.
    Delivery,
    /// How a store shows things.
    Display,
    /// Somebody lives elsewhere now.
    Moved,
    /// Somebody's life changed.
    LifeEvent,
    /// Something else, or nothing that was recognised.
    Other,
}

impl Cause {
    /// Every cause, in the order used wherever they are listed.
    pub const ALL: [Self; 9] = [
        Self::Price,
        Self::Fit,
        Self::Quality,
        Self::Service,
        Self::Delivery,
        Self::Display,
        Self::Moved,
        Self::LifeEvent,
        Self::Other,
    ];

    /// The name used in rules, records and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Fit => "fit",
            Self::Quality => "quality",
            Self::Service => "service",
            Self::Delivery => "delivery",
            Self::Display => "display",
            Self::Moved => "moved",
            Self::LifeEvent => "life_event",
            Self::Other => "other",
        }
    }
}

/// How a comment is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Something is wrong.
    Complaint,
    /// An answer is wanted.
    Question,
    /// Something is right.
    Praise,
    /// None of these.
    Neutral,
}

impl Tone {
    /// Every tone, in the order used wherever they are listed.
    pub const ALL: [Self; 4] = [Self::Complaint, Self::Question, Self::Praise, Self::Neutral];

    /// The name used in rules, records and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Question => "question",
            Self::Praise => "praise",
            Self::Neutral => "neutral",
        }
    }

    /// Whether somebody waits for an answer.
    pub fn wants_an_answer(self) -> bool {
        matches!(self, Self::Complaint | Self::Question)
    }
}

/// What is kept of one comment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Remark {
    /// When it was said.
    pub at: Timestamp,
    /// What it is about.
    pub cause: Cause,
    /// How it is meant.
    pub tone: Tone,
    /// Where it was said.
    pub arena: Key,
    /// Whether everybody can read it there.
    pub public: bool,
    /// The store it is tied to, if that is known and the customer let us know it.
    pub store: Option<Key>,
    /// What spoke for a store, whether or not one was found or may be kept.
    pub method: Option<Method>,
}

/// What we remember of comments: the latest 8, without their words, and what the customer answered when asked why. Knows its last 8 events.
/// Packed, it takes at most 509 bytes with keys of 24 bytes, 1,349 with keys of 128, and 4,421 with keys of 512, the longest there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommentFacet {
    /// Which events were folded.
    pub horizon: Horizon<8>,
    /// The remarks, oldest first.
    pub remarks: Vec<Remark>,
    /// The latest answer to a question why; it does not come through this facet's events, so the horizon knows nothing of it.
    pub told: Option<Register<Cause>>,
}

impl CommentFacet {
    /// How many remarks are kept.
    pub const REMARKS: usize = 8;
    /// For how long a cause that was told counts, in seconds: a year.
    const TOLD_S: i64 = 365 * 86_400;
    /// For how long one that was read in a complaint does, in seconds: 90 days.
    const READ_S: i64 = 90 * 86_400;

    /// Folds one admitted comment.
    pub fn fold(&mut self, remark: Remark, event: Fingerprint) {
        self.horizon.remember(remark.at, event);
        let place = self.remarks.partition_point(|known| *known <= remark);
        self.remarks.insert(place, remark);
        let excess = self.remarks.len().saturating_sub(Self::REMARKS);
        self.remarks.drain(..excess);
    }

    /// Enters what the customer answered when asked why, and answers whether that is news: the latest answer stands, whatever order they come in.
    pub fn tell(&mut self, cause: Cause, at: Timestamp, event: Fingerprint) -> bool {
        write(&mut self.told, Some(&cause), at, event)
    }

    /// Why the customer is not happy with us, as far as is known: what they told when asked, which outranks whatever was read; for a year, and then what
    /// was read in the latest of their complaints of 90 days that says. `None` when nobody knows.
    pub fn cause(&self, now: Timestamp) -> Option<Cause> {
        let counts = |at: Timestamp, lasts_s: i64| at <= now && now < at.plus_s(lasts_s);
        let told = self.told.as_ref().filter(|told| counts(told.at, Self::TOLD_S)).map(|told| told.value);
        let says = |remark: &&Remark| remark.tone == Tone::Complaint && remark.cause != Cause::Other;
        let mut complaints = self.remarks.iter().rev().filter(says).filter(|remark| counts(remark.at, Self::READ_S));
        told.or_else(|| complaints.next().map(|remark| remark.cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remark(at: i64) -> Remark {
        let (cause, tone) = (Cause::Display, Tone::Complaint);
        Remark { at: Timestamp(at), cause, tone, arena: "social".into(), public: true, store: None, method: None }
    }

    #[test]
    fn the_latest_eight_are_kept_in_whatever_order_they_arrive() {
        let folded = |order: &[i64]| {
            let mut facet = CommentFacet::default();
            for at in order {
                facet.fold(remark(*at), Fingerprint(at.unsigned_abs()));
            }
            facet.remarks.iter().map(|known| known.at.0).collect::<Vec<_>>()
        };
        assert_eq!(folded(&[3, 1, 2]), [1, 2, 3]);
        let (forth, back): (Vec<i64>, Vec<i64>) = ((0..12).collect(), (0..12).rev().collect());
        assert_eq!(folded(&forth), (4..12).collect::<Vec<_>>());
        assert_eq!(folded(&back), folded(&forth));
    }

    #[test]
    fn what_was_told_outranks_what_was_read_and_the_latest_answer_stands() {
        let days = |n: i64| Timestamp(n * 86_400_000);
        let mut facet = CommentFacet::default();
        assert_eq!(facet.cause(days(500)), None);
        facet.fold(remark(days(490).0), Fingerprint(1));
        assert_eq!(facet.cause(days(500)), Some(Cause::Display), "what was read, for want of better");
        assert!(facet.tell(Cause::Fit, days(480), Fingerprint(2)));
        assert_eq!(facet.cause(days(500)), Some(Cause::Fit), "told before, and it outranks");
        assert!(!facet.tell(Cause::Price, days(470), Fingerprint(3)), "an earlier answer comes late");
        assert!(!facet.tell(Cause::Fit, days(480), Fingerprint(2)), "the same again");
        assert_eq!(
            [479, 480, 844, 845].map(|day| facet.cause(days(day))),
            [None, Some(Cause::Fit), Some(Cause::Fit), None]
        );
    }

    #[test]
    fn only_a_complaint_of_90_days_that_says_why_tells_a_cause() {
        let day = 86_400_000;
        let mut facet = CommentFacet::default();
        facet.fold(remark(100 * day), Fingerprint(1));
        facet.fold(Remark { cause: Cause::Other, ..remark(110 * day) }, Fingerprint(2));
        facet.fold(Remark { cause: Cause::Price, tone: Tone::Praise, ..remark(120 * day) }, Fingerprint(3));
        assert_eq!(facet.cause(Timestamp(130 * day)), Some(Cause::Display));
        assert_eq!(facet.cause(Timestamp(190 * day - 1)), Some(Cause::Display));
        assert_eq!(facet.cause(Timestamp(190 * day)), None);
    }

    #[test]
    fn only_complaints_and_questions_want_an_answer() {
        assert_eq!(Tone::ALL.map(Tone::wants_an_answer), [true, true, false, false]);
    }
}
