//! The webhook's receiver, as its contract asks for one: the signature and its time first, then the message.

use serde_json::{Value, json};
use tact_pipeline::Refusal;
use tact_wire::{Seal, Task};

use super::Said;
use super::server::{Answer, Request};

/// How far the time of a signature may lie from ours, in seconds.
const WINDOW_S: u64 = 300;
/// What a task has,
const TASK: [&str; 8] = ["schema", "id", "store", "kind", "issue", "what", "person", "offered_at"];
/// and what it may have beside that and its end.
const TASK_MAY: [&str; 2] = ["area", "expires_at"];
/// What a message has, and all it has beside where an answer is posted.
const MESSAGE: [&str; 11] = [
    "action",
    "channel",
    "customer",
    "decision",
    "expires_at",
    "kind",
    "sent_at",
    "store",
    "text",
    "treatment",
    "version",
];

pub(super) fn read(request: &Request, seal: &Seal, now_s: Option<i64>) -> Result<Said, Answer> {
    if request.method != "POST" || request.header("content-type") != Some("application/json") {
        return Err(fault(415, "JSON is posted here"));
    }
    if !is_ours(request, seal, now_s) {
        return Err(fault(401, "the signature is missing, wrong or old"));
    }
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| fault(400, "not JSON"))?;
    let field = |name: &str| body.get(name).and_then(Value::as_str);
    if !is_complete(&body) {
        return Err(fault(422, "not a message or task of version 1"));
    }
    let decision = field("decision").or(field("id")).unwrap_or_default().to_owned();
    if request.header("idempotency-key") != Some(&decision) {
        return Err(fault(422, "the key is not the decision"));
    }
    let to = field("customer").map(str::to_owned);
    let says = body.pointer("/issue/says").and_then(Value::as_str);
    let text = field("text").or(says).unwrap_or_default().to_owned();
    Ok(Said { decision, to, text, headers: Vec::new(), body: None })
}

fn is_ours(request: &Request, seal: &Seal, now_s: Option<i64>) -> bool {
    let parts = request.header("tact-signature").and_then(|signature| signature.split_once(','));
    let Some((time, signature)) = parts.and_then(|(t, v1)| Some((t.strip_prefix("t=")?, v1.strip_prefix("v1=")?)))
    else {
        return false;
    };
    let Ok(at_s) = time.parse::<i64>() else { return false };
    now_s.is_none_or(|now_s| at_s.abs_diff(now_s) <= WINDOW_S) && seal.is_signed(at_s, &request.body, signature)
}

/// Whether a body has all that its kind has, and nothing else.
fn is_complete(body: &Value) -> bool {
    let Some(fields) = body.as_object() else { return false };
    if fields.get("schema") == Some(&json!(Task::SCHEMA)) {
        let known = |name: &String| TASK.contains(&name.as_str()) || TASK_MAY.contains(&name.as_str());
        return TASK.iter().all(|name| fields.contains_key(*name)) && fields.keys().all(known);
    }
    let is_right = |(name, value): (&String, &Value)| match name.as_str() {
        "version" => *value == json!(1),
        "kind" => *value == json!("message"),
        "store" => value.is_string() || value.is_null(),
        "answers" => is_post(value),
        name => MESSAGE.contains(&name) && value.is_string(),
    };
    MESSAGE.iter().all(|name| fields.contains_key(*name)) && fields.iter().all(is_right)
}

/// Whether it says where an answer is posted: the arena, and the place in it or that it is not known.
fn is_post(value: &Value) -> bool {
    let Some(post) = value.as_object() else { return false };
    let place = post.get("reply_to").is_some_and(|place| place.is_string() || place.is_null());
    post.len() == 2 && post.get("arena").is_some_and(Value::is_string) && place
}

pub(super) fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::BadAddress => fault(410, "this customer cannot be reached here"),
        Refusal::OptedOut => fault(451, "this customer does not want it"),
        Refusal::Rejected => fault(422, "not like this"),
    }
}

pub(super) fn fault(status: u16, message: &str) -> Answer {
    Answer::new(status, "text/plain", message.to_owned())
}
