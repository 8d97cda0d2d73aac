//! `tact.task.v1`: what the people of a store get to see of a decision. It holds what is needed to help, and of the person what their role and the
//! customer's own request allow: masked unless the customer asked to be recognised, and never who they are.

mod what;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tact_decide::{Action, Catalogue, Treatment};
use tact_domain::{CustomerId, DecisionId, Key, Places, Profile, Purpose, Role, TaskKind, TaskLife, Timestamp};

use crate::DecisionItem;
use crate::facet::{pack, read};
pub use what::{Compared, Stock, What};

/// A task for the people of a store, as it is kept. What of it is shown depends on who looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The decision it came from, which names it.
    pub decision: DecisionId,
    /// The store whose people are asked.
    pub store: Key,
    /// Where in the store, if that is known.
    pub area: Option<Key>,
    /// What it is for.
    pub kind: TaskKind,
    /// The action.
    pub action: Key,
    /// What is to be done, as a sentence.
    pub says: String,
    /// What it is about.
    pub what: What,
    /// What may be shown of the customer; `None` is nothing.
    pub person: Option<Person>,
    /// When it was offered.
    pub offered_at: Timestamp,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
}

/// What may be shown of a customer who asked to be recognised by our people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The language they read, if they told.
    pub locale: Option<String>,
}

/// What a task is made from.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// What is sold, and where it stands.
    pub catalogue: &'a Catalogue,
    /// What is done.
    pub action: &'a Action,
    /// How.
    pub treatment: &'a Treatment,
    /// The decision.
    pub item: &'a DecisionItem,
    /// The customer, as known now.
    pub profile: &'a Profile,
    /// What is said.
    pub says: &'a str,
    /// When it is offered.
    pub now: Timestamp,
}

impl Task {
    /// The schema's name and version.
    pub const SCHEMA: &'static str = "tact.task.v1";

    /// The task of a decision; `None` without a store whose people could be asked.
    pub fn of(offer: &Offer<'_>) -> Option<Self> {
        let Offer { catalogue, action, item, says, now, .. } = *offer;
        let store = item.store.clone()?;
        let kind = kind(offer);
        Some(Self {
            decision: item.decision,
            area: area(offer, &store, &catalogue.places),
            kind,
            action: action.name.clone(),
            says: says.to_owned(),
            what: What::of(offer, &store),
            person: person(offer, kind),
            offered_at: now,
            expires_at: item.expires_at,
            store,
        })
    }

    /// What somebody in a role sees of it.
    pub fn shown(&self, role: Role) -> Value {
        without_nulls(json!({
            "schema": Self::SCHEMA,
            "id": self.decision.to_string(),
            "store": self.store,
            "area": self.area,
            "kind": self.kind.name(),
            "issue": { "action": self.action, "says": self.says },
            "what": self.what.shown(),
            "person": self.person_shown(role),
            "offered_at": written(self.offered_at),
            "expires_at": written(self.expires_at),
        }))
    }

    fn person_shown(&self, role: Role) -> Value {
        let Some(Person { locale }) = &self.person else { return json!({ "masked": true }) };
        let decision = (role == Role::Manager).then(|| self.decision.to_string());
        json!({ "masked": false, "asked_to_be_greeted_by_name": true, "locale": locale, "decision": decision })
    }
}

/// A task in the queue of its store, with how far it has come. Whose it is is kept for its outcomes, and never shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskItem {
    /// Whom it is about.
    pub customer: CustomerId,
    /// What is shown.
    pub task: Task,
    /// How far it has come.
    pub life: TaskLife,
}

impl TaskItem {
    /// A task that is offered now.
    pub fn offered(customer: CustomerId, task: Task) -> Self {
        let life = TaskLife::offered(task.offered_at, task.expires_at);
        Self { customer, task, life }
    }

    /// What somebody in a role sees of it, and whether somebody has taken it.
    pub fn shown(&self, role: Role) -> Value {
        let mut shown = self.task.shown(role);
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("state".to_owned(), self.life.state().name().into());
        }
        shown
    }

    /// The stored form.
    pub fn pack(&self) -> Vec<u8> {
        pack(self)
    }

    /// Reads the stored form; `None` when it is corrupt or of a newer schema.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        read(bytes)
    }
}

fn kind(offer: &Offer<'_>) -> TaskKind {
    match (offer.action.is_about_the_customer(), offer.treatment.identifies) {
        (false, _) => TaskKind::Fix,
        (true, true) => TaskKind::Greet,
        (true, false) => TaskKind::Help,
    }
}

/// The area the customer told, or was seen waiting in, when the store has it.
fn area(offer: &Offer<'_>, store: &str, places: &Places) -> Option<Key> {
    let told = offer.item.ready.as_ref()?.area.as_ref()?;
    places.store(store)?.areas.contains(told).then(|| told.clone())
}

/// Whoever asked to be recognised is told of, as far as that goes; of the author of a comment nothing ever is.
fn person(offer: &Offer<'_>, kind: TaskKind) -> Option<Person> {
    let consent = &offer.profile.consent;
    let asked = kind != TaskKind::Fix && consent.relied_on_anywhere(Purpose::StaffRecognition, offer.now).is_ok();
    asked.then(|| Person { locale: consent.locale().map(str::to_owned) })
}

/// A time as JSON has it.
fn written(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string()
}

/// An object without what is not known.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let known = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(known.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
