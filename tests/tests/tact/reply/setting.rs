//! A small world for the way back: customers with consents as events bring them, the function that answers, and the streams it writes to.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tact_decide::{Message, Reason, recheck};
use tact_domain::{
    Channel, Contact, ContactState, CustomerId, DecisionId, FacetKind, Fingerprint, Profile, Taken, Timestamp, Trigger,
};
use tact_pipeline::{
    Answer, Events, ItemKey, LogError, Nonce, Notary, NotaryError, Process, Reply, Store, Versions, Write,
};
use tact_wire::{DecisionItem, Delivery, Notice, OwnEvent, Request, Seal, pack_facet};

use crate::faults::{FaultyStore, Script, SimulatedClock};
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{
    CATALOGUE, Function, SATURDAY, Sample, block_on, customer, handle, profile_in, sound_function,
};

/// The number that everybody in this world gives as theirs.
pub(super) const NUMBER: &str = "+12125550142";
/// The topic of texts and receipts.
pub(super) const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:sms";
/// When requests arrive.
pub(super) const NOW: Timestamp = Timestamp(SATURDAY);

/// The function that answers.
pub(super) type Desk = Reply<FaultyStore<MemoryStore>, Stream, SimulatedClock>;

/// A world.
pub(super) struct Setting {
    /// The function that folds what happens.
    pub(super) function: Function,
    pub(super) desk: Desk,
}

/// Streams in memory that fail as often as they are told to. Its clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    pub(super) events: Arc<Mutex<Vec<OwnEvent>>>,
    pub(super) failures: Arc<Mutex<u32>>,
}

impl Events for Stream {
    async fn put(&self, events: &[OwnEvent]) -> Result<(), LogError> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 && !events.is_empty() {
            *failures -= 1;
            return Err(LogError("scripted".to_owned()));
        }
        self.events.lock().unwrap().extend_from_slice(events);
        Ok(())
    }
}

/// A notary that believes everybody, and keeps what it confirmed.
#[derive(Debug, Default)]
pub(super) struct Believer(pub(super) Mutex<Vec<String>>);

impl Notary for Believer {
    async fn vouches(&self, _notice: &Notice) -> Result<bool, NotaryError> {
        Ok(true)
    }

    async fn confirm(&self, url: &str) -> Result<(), NotaryError> {
        self.0.lock().unwrap().push(url.to_owned());
        Ok(())
    }
}

/// A world in which these events happened.
pub(super) fn setting(happened: &[Sample]) -> Setting {
    let function = sound_function();
    let report = block_on(handle(&function, happened));
    assert_eq!(report.first_undone, None);
    let desk = Reply {
        store: FaultyStore { inner: function.store.inner.clone(), ..FaultyStore::default() },
        events: Stream::default(),
        clock: SimulatedClock::default(),
        catalogues: Versions::of(CATALOGUE.clone()),
        seal: seal(),
        topics: vec![TOPIC.to_owned()],
        process: Process::named("desk"),
    };
    Setting { function, desk }
}

pub(super) fn seal() -> Seal {
    Seal::new(&[7; 32]).unwrap()
}

impl Setting {
    /// The answer to a request that arrives now; every notice is believed.
    pub(super) fn ask(&self, request: &Request) -> Answer {
        self.ask_at(request, NOW)
    }

    pub(super) fn ask_at(&self, request: &Request, at: Timestamp) -> Answer {
        block_on(self.desk.answer(request, &Believer::default(), at))
    }

    /// Sends a text from the number, under an id, as it arrives now; answers what was done, in one word.
    pub(super) fn text(&self, id: &str, text: &str) -> &'static str {
        let answer = self.ask(&post("/sms", &notice(&inbound(id, text), NOW)));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.what
    }

    /// Sets what befalls the next calls of the table.
    pub(super) fn befalls(&mut self, script: Script) {
        self.desk.store.script = script;
    }

    /// The events that were put on the streams, as JSON.
    pub(super) fn put(&self) -> Vec<Value> {
        let events = self.desk.events.events.lock().unwrap();
        events.iter().map(|event| serde_json::from_str(&event.line).unwrap()).collect()
    }

    /// Hands all events that were put on the streams to the function that folds them; all are understood.
    pub(super) fn deliver(&self) {
        let events = self.desk.events.events.lock().unwrap().clone();
        let sample = |(place, event): (usize, &OwnEvent)| Sample {
            sequence: format!("own-{place}"),
            arrived: NOW,
            bytes: event.line.clone().into_bytes(),
        };
        let samples: Vec<_> = events.iter().enumerate().map(sample).collect();
        let report = block_on(handle(&self.function, &samples));
        assert!(report.quarantined.is_empty() && report.first_undone.is_none(), "{report:?}");
    }

    /// What is known of a customer.
    pub(super) fn profile(&self, name: &str) -> Profile {
        block_on(profile_in(&self.desk.store.inner, name))
    }

    /// Why no message by a channel may leave for a customer now, whatever it is about: the reasons of all actions that sell; `None` when one may.
    pub(super) fn refusals(&self, name: &str, channel: Channel) -> Option<Vec<Reason>> {
        let profile = self.profile(name);
        let ways = CATALOGUE.actions.iter().filter(|action| action.class == tact_decide::Class::Default);
        let ways = ways.flat_map(|action| action.treatments.iter().map(move |treatment| (action, treatment)));
        let ways: Vec<_> = ways.filter(|(_, treatment)| treatment.channel == channel).collect();
        assert!(!ways.is_empty(), "nothing is sold by {}", channel.name());
        let asked = ways.into_iter().map(|(action, treatment)| {
            let decision = DecisionId(1);
            recheck(&Message { profile: &profile, now: NOW, decision, action, treatment, relies_on: &[] }, &CATALOGUE)
                .err()
        });
        asked.collect()
    }

    /// Lets a message of an action have left for a customer two days ago, under the consent that `consent` names.
    pub(super) fn was_sent(&self, name: &str, action: &str, channel: Channel, consent: &str) -> DecisionId {
        let at = NOW.plus_s(-2 * 86_400);
        let decision = DecisionId::of("test", &format!("{name}/{action}/{}", channel.name()), 0);
        let action = CATALOGUE.actions.iter().find(|known| known.name == action).unwrap();
        let treatment = action.treatments.iter().find(|known| known.channel == channel).unwrap();
        let names = [&action.name, &action.group, &treatment.name].map(Clone::clone);
        let item = DecisionItem {
            store: Some("market-street".into()),
            catalogue: CATALOGUE.hash.clone(),
            consent: Some(Fingerprint::of("test", consent)),
            expires_at: at.plus_s(3_600),
            window_s: 86_400 * 7,
            state: Delivery::Sent,
            due_at: Some(at.plus_s(86_400 * 7)),
            sent_at: Some(at),
            receipt: Some("p-1".to_owned()),
            ..DecisionItem::new(decision, Trigger::CheckIn, names, channel, at)
        };
        let mut profile = self.profile(name);
        let contact = Contact {
            decision,
            channel,
            action: action.name.clone(),
            group: action.group.clone(),
            topic: None,
            patience: Taken::default(),
            capped: true,
            planned_at: at,
            expires_at: item.expires_at,
            state: ContactState::Sent,
        };
        profile.contact.plan(contact);
        let key = ItemKey::Facet(customer(name), FacetKind::Contact);
        self.overwrite(key, pack_facet(&profile, FacetKind::Contact));
        self.overwrite(ItemKey::Decision(customer(name), decision), item.pack());
        decision
    }

    /// Everything that is in the table.
    pub(super) fn table(&self) -> Vec<(ItemKey, Vec<u8>)> {
        let store = &self.desk.store.inner;
        [store.facets(), store.others()].concat()
    }

    /// The answers that wait to leave: to whom, about what, and the words.
    pub(super) fn answers(&self) -> Vec<(CustomerId, String, String)> {
        let waiting = self.desk.store.inner.others().into_iter().filter_map(|(key, bytes)| {
            let ItemKey::Decision(customer, _) = key else { return None };
            let item = DecisionItem::unpack(&bytes).unwrap();
            Some((customer, item.treatment.to_string(), item.words?))
        });
        waiting.collect()
    }

    fn overwrite(&self, key: ItemKey, bytes: Vec<u8>) {
        let writes = [Write { key, expected: None, bytes, forget_at: None, due_at: None }];
        block_on(self.desk.store.inner.commit(&writes, Nonce::of(&writes))).unwrap();
    }
}

pub(super) fn request(method: &str, path: &str, body: &[u8]) -> Request {
    Request { method: method.to_owned(), path: path.to_owned(), body: body.to_vec(), ..Request::default() }
}

pub(super) fn post(path: &str, body: &Value) -> Request {
    request("POST", path, body.to_string().as_bytes())
}

/// A request signed by somebody who knows the secret.
pub(super) fn signed(path: &str, body: &Value, at: Timestamp) -> Request {
    let request = post(path, body);
    let at_s = at.0 / 1000;
    let header = format!("t={at_s},v1={}", seal().signature(at_s, &request.body));
    Request { headers: vec![("Tact-Signature".to_owned(), header)], ..request }
}

/// A notice, without a signature that anybody would check.
pub(super) fn notice(message: &Value, at: Timestamp) -> Value {
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap().to_string();
    json!({
        "Type": "Notification", "MessageId": "n-1", "TopicArn": TOPIC, "Message": message.to_string(), "Timestamp": time,
        "SignatureVersion": "2", "Signature": "AA==", "SigningCertURL": "https://sns.us-east-1.amazonaws.com/x.pem",
    })
}

/// A text from the number.
pub(super) fn inbound(id: &str, text: &str) -> Value {
    json!({
        "originationNumber": NUMBER, "destinationNumber": "+12125550100", "messageKeyword": "KEYWORD_1", "messageBody": text,
        "inboundMessageId": id, "previousPublishedMessageId": "p-1",
    })
}
