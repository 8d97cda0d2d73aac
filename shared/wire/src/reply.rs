//! What comes back over HTTP, read and checked before anything is done about it: links to unsubscribe, texts, receipts, webhooks, coupons, tasks.
//! Read in this order: `read` (what a request asks for), then one file per kind of thing that comes back, and `words` and `page` (what is answered).

mod body;
mod coupon;
mod fewer;
mod notice;
mod page;
mod receipt;
mod signed;
mod task;
mod text;
mod texted;
mod webhook;
mod words;

use tact_domain::{Cause, Channel, CustomerId, DecisionId, Key, Outcome, Presented, Staff, TaskStep, Timestamp};

use crate::{OwnEvent, Seal, Unsubscribe};
use notice::About;

pub use fewer::Fewer;
pub use notice::{Digest, Notice, is_sns_certificate, is_sns_subscription};
pub use page::{unsubscribe_page, unsubscribed_page};
pub use text::{Asking, asking};
pub use texted::Texted;
pub use words::{Agreed, Answers, tomorrow};

/// A request as it reached us, whatever carried it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path, from its first slash on, without a query.
    pub path: String,
    /// What follows the path after a `?`; empty when nothing does.
    pub query: String,
    /// The headers, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// The most bytes a body may have.
    pub const MAX_BODY: usize = 256 * 1024;

    /// The first header of a name, in whatever case it was written.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// It is known to be from whom it says.
    Returned(Returned),
    /// It is a notice whose signature is still to be checked.
    Noticed(Notice),
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Returned {
    /// Somebody looks at where a link to unsubscribe leads.
    LinkSeen(Unsubscribe),
    /// Somebody unsubscribes.
    LinkUsed(Unsubscribe),
    /// Somebody sent a text.
    Texted(Texted),
    /// Something became of a decision.
    Reported(Report),
    /// A coupon is presented.
    Presented(Presented),
    /// The purchase of a receipt, for which a coupon was used, came back.
    GivenBack {
        /// The code, however it was typed.
        code: String,
        /// The number of the receipt.
        receipt: Key,
    },
    /// Somebody of a store asks what there is to do.
    TasksAsked(Staff),
    /// Somebody of a store does something with a task.
    TaskMoved {
        /// The store.
        store: Key,
        /// The task, by its decision.
        task: DecisionId,
        /// What they do.
        step: TaskStep,
    },
    /// A topic asks at this address whether we want what it has to tell.
    Subscription(String),
    /// Nothing that we act on.
    Nothing,
}

/// What became of a decision, as a provider or another system reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whom it is about.
    pub customer: CustomerId,
    /// Which decision.
    pub decision: DecisionId,
    /// What became of it.
    pub outcome: Outcome,
    /// What was answered, where it asked why.
    pub answer: Option<Cause>,
    /// Who reports it.
    pub source: &'static str,
    /// What they call the report: the same again is the same report.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
}

impl Report {
    /// The event it becomes.
    pub fn event(&self) -> OwnEvent {
        let Self { customer, decision, outcome, source, id, .. } = self;
        match self.answer {
            Some(answer) => OwnEvent::answer(customer, *decision, (*outcome, answer), source, id, self.at),
            None => OwnEvent::outcome(customer, *decision, *outcome, source, id, self.at),
        }
    }

    /// The channel that its source reports about; `None` when that may be any.
    pub fn channel(&self) -> Option<Channel> {
        match self.source {
            "ses" => Some(Channel::Email),
            "sms" => Some(Channel::Sms),
            _ => None,
        }
    }

    /// Whether it takes back the consent that its decision relied on: who complains is not asked again either.
    pub fn takes_back(&self) -> bool {
        matches!(self.outcome, Outcome::OptedOut | Outcome::Complained)
    }
}

/// Why a request is not carried out. It never says what the request held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No route, or a link that is not ours.
    #[error("there is nothing here")]
    NotFound,
    /// Another method; these are understood.
    #[error("only {0} is understood here")]
    Method(&'static str),
    /// Too much.
    #[error("the body has more than 256 kB")]
    TooLarge,
    /// Nobody we know signed it, or too long ago.
    #[error("the request is not signed by anybody known, or not just now")]
    Unsigned,
    /// Somebody of one store asks for another.
    #[error("the token is that of another store")]
    OtherStore,
    /// Not what the contract says.
    #[error("`{field}` {problem}")]
    Malformed {
        /// The field that is wrong; `body` for all of it.
        field: &'static str,
        /// What is wrong, for people.
        problem: &'static str,
    },
}

impl Rejection {
    /// The status it is answered with.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Method(_) => 405,
            Self::TooLarge => 413,
            Self::Unsigned => 401,
            Self::OtherStore => 403,
            Self::Malformed { .. } => 400,
        }
    }

    /// The name used in counts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Method(_) => "wrong_method",
            Self::TooLarge => "too_large",
            Self::Unsigned => "unsigned",
            Self::OtherStore => "other_store",
            Self::Malformed { .. } => "malformed",
        }
    }
}

/// Where a request leads.
enum Route<'a> {
    Link(&'a str),
    Texts,
    Receipts,
    Outcomes,
    Redeem,
    GiveBack,
    Tasks,
    Task(TaskStep),
}

/// Reads a request that came at `now`. Notices count when they are of one of the topics.
///
/// # Errors
/// Why it is not carried out.
pub fn read(request: &Request, seal: &Seal, topics: &[String], now: Timestamp) -> Result<Asked, Rejection> {
    let route = route(&request.path).ok_or(Rejection::NotFound)?;
    let looks = matches!(request.method.as_str(), "GET" | "HEAD");
    match (&route, request.method.as_str()) {
        (Route::Tasks, _) if looks => {}
        (Route::Tasks, _) => return Err(Rejection::Method("GET, HEAD")),
        (_, "POST") => {}
        (Route::Link(_), _) if looks => {}
        (Route::Link(_), _) => return Err(Rejection::Method("GET, HEAD, POST")),
        _ => return Err(Rejection::Method("POST")),
    }
    if request.body.len() > Request::MAX_BODY {
        return Err(Rejection::TooLarge);
    }
    let signed = || if signed::is_signed(request, seal, now) { Ok(&request.body) } else { Err(Rejection::Unsigned) };
    Ok(match route {
        // The token is all the authority there is: no cookie, no question, and the body of the one click says nothing more.
        Route::Link(token) => {
            let link = seal.unsubscribe(token).ok_or(Rejection::NotFound)?;
            Asked::Returned(if looks { Returned::LinkSeen(link) } else { Returned::LinkUsed(link) })
        }
        Route::Texts => Asked::Noticed(Notice::read(&request.body, About::Texts, topics, now)?),
        Route::Receipts => Asked::Noticed(Notice::read(&request.body, About::Receipts, topics, now)?),
        Route::Outcomes => Asked::Returned(Returned::Reported(webhook::read(signed()?, now)?)),
        Route::Redeem => Asked::Returned(Returned::Presented(coupon::read_presented(signed()?, now)?)),
        Route::GiveBack => Asked::Returned(coupon::read_given_back(signed()?)?),
        Route::Tasks => Asked::Returned(task::read_question(request, seal, now)?),
        Route::Task(step) => Asked::Returned(task::read_step(request, step, seal, now)?),
    })
}

/// The longest token of a link, in bytes: that of the longest customer id has 420.
const MAX_TOKEN: usize = 512;

fn route(path: &str) -> Option<Route<'_>> {
    match path {
        "/sms" => Some(Route::Texts),
        "/receipts" => Some(Route::Receipts),
        "/outcomes" => Some(Route::Outcomes),
        "/coupons/redeem" => Some(Route::Redeem),
        "/coupons/return" => Some(Route::GiveBack),
        "/tasks" => Some(Route::Tasks),
        _ => match path.strip_prefix("/tasks/") {
            Some(step) => task::step(step).map(Route::Task),
            None => path.strip_prefix("/u/").filter(|token| token.len() <= MAX_TOKEN).map(Route::Link),
        },
    }
}
