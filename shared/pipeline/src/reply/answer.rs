//! What a request is answered with.

use serde_json::Value;
use tact_wire::Rejection;

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// What the body is.
    pub content_type: &'static str,
    /// The body; nothing in it repeats what was sent.
    pub body: String,
    /// The methods that are understood, when another one was used.
    pub allow: Option<&'static str>,
    /// What was done, in one word, for counts.
    pub what: &'static str,
    /// Why it could not be done, for operators.
    pub failure: Option<String>,
}

/// What every answer says beside its content: that it is nobody else's, and that a page can load nothing and send its form only back here.
const HEADERS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
];

const TEXT: &str = "text/plain; charset=utf-8";

impl Answer {
    /// The headers.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let allow = self.allow.map(|allow| ("allow", allow));
        HEADERS.into_iter().chain([("content-type", self.content_type)]).chain(allow)
    }

    /// There was no time to find one.
    pub fn too_late() -> Self {
        Self { failure: Some("the invocation ran out of time".to_owned()), ..Self::not_now("too_late") }
    }

    /// It is done, and there is nothing to say.
    pub(super) fn done(what: &'static str) -> Self {
        Self { status: 200, content_type: TEXT, body: String::new(), allow: None, what, failure: None }
    }

    /// A page for a person.
    pub(super) fn page(what: &'static str, body: String) -> Self {
        Self { content_type: "text/html; charset=utf-8", body, ..Self::done(what) }
    }

    /// An answer for a program.
    pub(super) fn json(status: u16, what: &'static str, body: &Value) -> Self {
        Self { status, content_type: "application/json", body: body.to_string(), ..Self::done(what) }
    }

    /// It is not carried out, and will not be.
    pub(super) fn rejected(rejection: Rejection) -> Self {
        let allow = if let Rejection::Method(allow) = rejection { Some(allow) } else { None };
        Self { status: rejection.status(), body: rejection.to_string(), allow, ..Self::done(rejection.name()) }
    }

    /// It could not be done now: the same request is worth another try.
    pub(super) fn unavailable(what: &'static str, why: &dyn std::error::Error) -> Self {
        Self { failure: Some(why.to_string()), ..Self::not_now(what) }
    }

    fn not_now(what: &'static str) -> Self {
        Self { status: 503, body: "not now; try again".to_owned(), ..Self::done(what) }
    }
}
