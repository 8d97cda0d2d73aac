//! A shop in small: customers who ask for help, and the people of its stores with their tokens.

use serde_json::{Value, json};
use tact::local_streams::LocalStreams;
use tact_decide::{Action, Catalogue, Class, Issue, Limit, Mode, Resource, Treatment};
use tact_domain::{Channel, DecisionId, Role, Staff, Timestamp, Trigger};
use tact_pipeline::{Notary, NotaryError, Process, Reply, Versions};
use tact_wire::{Notice, Request, Seal};

use crate::delivery::offers::catalogue_of;
use crate::delivery::world::World;
use crate::faults::{FaultyStore, Script, SimulatedClock};
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{SATURDAY, Sample};

pub(super) use crate::pipeline::world::asks;

/// What a function answers with.
pub(super) type Desk = Reply<FaultyStore<MemoryStore>, LocalStreams, SimulatedClock>;

/// The store all of this happens in.
pub(super) const STORE: &str = "market-street";

/// At every check-in help by a person, of which there is so much an hour; whoever comes after that finds a card.
pub(super) fn helping(most: u64) -> Catalogue {
    let way = |name: &str, channel, group_prior| Treatment {
        group_prior,
        valid_s: 900,
        window_s: 86_400,
        text: "Somebody is waiting for help.".to_owned(),
        ..Treatment::new(name, channel, Mode::Prompt)
    };
    catalogue_of(vec![Action {
        class: Class::Transactional,
        triggers: vec![Trigger::CheckIn],
        margin: 10_000.0,
        limits: vec![Limit { of: Resource::Capacity, most, every_s: 3_600, per_store: true }],
        treatments: vec![way("task", Channel::Associate, 0.9), way("card", Channel::Inbox, 0.5)],
        ..Action::new("help", Issue::Service, "care")
    }])
}

/// The people of the stores of a world, at a desk whose calls to the table meet these faults.
pub(super) fn desk(world: &World<MemoryStore>, name: &str, script: Script) -> Desk {
    Reply {
        store: FaultyStore { inner: world.store.clone(), script, ..FaultyStore::default() },
        events: LocalStreams::default(),
        clock: SimulatedClock::default(),
        catalogues: Versions::of(world.catalogue.clone()),
        seal: seal(),
        topics: Vec::new(),
        process: Process::named(name),
    }
}

pub(super) fn seal() -> Seal {
    Seal::new(&[7; 32]).unwrap()
}

/// A token of somebody of a store.
pub(super) fn token(store: &str, role: Role) -> String {
    seal().staff_token(&Staff { store: store.into(), role }, Timestamp(SATURDAY))
}

/// A question for the tasks of the store.
pub(super) fn question(token: &str) -> Request {
    let headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
    let (method, path, query) = ("GET".to_owned(), "/tasks".to_owned(), format!("store={STORE}"));
    Request { method, path, query, headers, ..Request::default() }
}

/// A step with the task of a decision.
pub(super) fn step(name: &str, task: DecisionId, token: &str) -> Request {
    let body = json!({ "store": STORE, "task": task.to_string() }).to_string().into_bytes();
    Request { method: "POST".to_owned(), path: format!("/tasks/{name}"), body, query: String::new(), ..question(token) }
}

/// What a desk answers to a request that arrives then.
pub(super) async fn ask(desk: &Desk, request: &Request, at: i64) -> (u16, Value) {
    let answer = desk.answer(request, &Nobody, Timestamp(at)).await;
    let body = serde_json::from_str(&answer.body).unwrap_or(Value::String(answer.body));
    (answer.status, body)
}

/// What a desk's steps told decisions, as events that arrive then.
pub(super) fn told(desk: &Desk, at: i64) -> Vec<Sample> {
    let told = desk.events.take().into_iter().enumerate();
    let sample = |(n, own): (usize, tact_wire::OwnEvent)| Sample {
        sequence: format!("told-{at}-{n}"),
        arrived: Timestamp(at),
        bytes: own.line.into_bytes(),
    };
    told.map(sample).collect()
}

/// Nobody vouches for notices here.
struct Nobody;

impl Notary for Nobody {
    async fn vouches(&self, _notice: &Notice) -> Result<bool, NotaryError> {
        Ok(false)
    }

    async fn confirm(&self, _url: &str) -> Result<(), NotaryError> {
        Ok(())
    }
}
