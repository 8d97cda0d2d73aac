//! The tasks of a store: its people ask what there is to do by `GET /tasks?store=S`, and say what they do by `POST /tasks/claim`, `done`,
//! `not_ready` and `gone` with `{"store","task"}`. The header `authorization: Bearer TOKEN` says which store they are of.

use tact_domain::{Staff, TaskEnd, TaskStep, Timestamp};

use super::body::Body;
use super::{Rejection, Request, Returned};
use crate::Seal;

/// The longest token, in bytes: that of the longest store id has about 350.
const MAX_TOKEN: usize = 512;
/// The longest query, in bytes.
const MAX_QUERY: usize = 512;

/// What the people of a store may do with a task, by the last part of its path.
pub(super) fn step(name: &str) -> Option<TaskStep> {
    let ends = [TaskEnd::Done, TaskEnd::NotReady, TaskEnd::Gone];
    match name {
        "claim" => Some(TaskStep::Claim),
        _ => ends.into_iter().find(|end| end.name() == name).map(TaskStep::End),
    }
}

/// Reads a question for the tasks of a store.
pub(super) fn read_question(request: &Request, seal: &Seal, now: Timestamp) -> Result<Returned, Rejection> {
    let staff = staff(request, seal, now)?;
    let mut asked = request.query.split('&').take(8).filter_map(|part| part.split_once('='));
    let store = asked.find(|(name, _)| *name == "store").and_then(|(_, value)| plain(value));
    let store = store.filter(|_| request.query.len() <= MAX_QUERY);
    let missing = Rejection::Malformed { field: "store", problem: "is missing, or cannot be read" };
    own(&staff, &store.ok_or(missing)?)?;
    Ok(Returned::TasksAsked(staff))
}

/// Reads that somebody takes a task, or how they ended it.
pub(super) fn read_step(request: &Request, step: TaskStep, seal: &Seal, now: Timestamp) -> Result<Returned, Rejection> {
    let staff = staff(request, seal, now)?;
    let body = Body::read(&request.body)?;
    own(&staff, &body.key("store")?)?;
    Ok(Returned::TaskMoved { store: staff.store, task: body.decision("task")?, step })
}

/// Whose token the request carries.
fn staff(request: &Request, seal: &Seal, now: Timestamp) -> Result<Staff, Rejection> {
    let given = request.header("authorization").and_then(|header| header.split_once(' '));
    let token = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    token.filter(|token| token.len() <= MAX_TOKEN).and_then(|token| seal.staff(token, now)).ok_or(Rejection::Unsigned)
}

/// The tasks of another store are nobody's business here.
fn own(staff: &Staff, store: &str) -> Result<(), Rejection> {
    if staff.store == store { Ok(()) } else { Err(Rejection::OtherStore) }
}

/// A value of a query, its escapes undone; `None` for one that is none.
fn plain(value: &str) -> Option<String> {
    let mut bytes = value.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(bytes.next()?)? << 4 | digit(bytes.next()?)?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(plain).ok()
}
