//! All functions' real binaries on a cloud of their own, on the clock on the wall, and what is asked of both: by hand, or by what streams lead to.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tact::cloud::{Cloud, Fleet, Ports, Setting, TABLE, Terms, event_of};
use tact::kinesis::Limits;
use tact::pool::Said;
use tact_aws::DynamoStore;
use tact_domain::{CustomerId, DecisionId, Timestamp};
use tact_mapping::{Record, SequenceNumber};
use tact_pipeline::{DeliveryMode, ItemKey, Store};
use tact_wire::DecisionItem;

use super::story::now;

/// What codes, links and webhooks are sealed with here.
pub(crate) const SECRET: [u8; 32] = [42; 32];
/// What a test waits for anything at most.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The functions' real binaries with a table, streams, a secret and providers.
pub(crate) struct Town {
    pub(crate) fleet: Fleet,
    pub(crate) cloud: Cloud,
    said: Arc<Mutex<Vec<Said>>>,
    /// How often each function was invoked by hand.
    invoked: Mutex<BTreeMap<String, usize>>,
    records: Mutex<u128>,
}

impl Town {
    /// A town of one shard a stream.
    pub(crate) async fn of_binaries(directory: &Path) -> Self {
        Self::on(cloud(1).await, directory, Vec::new()).await
    }

    /// A town on a cloud, with what its functions' environment has beside. All of them have asked for work.
    pub(crate) async fn on(cloud: Cloud, directory: &Path, environment: Vec<(&'static str, String)>) -> Self {
        let said = Arc::<Mutex<Vec<Said>>>::default();
        let kept = Arc::clone(&said);
        let listener = Arc::new(move |line| kept.lock().unwrap().push(line));
        let terms = Terms { processes: 1, environment, is_known_by_name: false, listener };
        let fleet = Fleet::start(&cloud, directory, &terms).await.unwrap();
        let town = Self { cloud, fleet, said, invoked: Mutex::default(), records: Mutex::default() };
        town.fleet.ready().await.unwrap_or_else(|error| panic!("{error}: {}", town.said_so_far()));
        town
    }

    /// The table.
    pub(crate) fn store(&self) -> DynamoStore {
        DynamoStore::new(self.cloud.database.client(), TABLE.to_owned())
    }

    /// Invokes a function by hand and answers what it returned.
    pub(crate) async fn invoke(&self, name: &str, payload: &Value) -> Value {
        let function = self.fleet.function(name).unwrap();
        *self.invoked.lock().unwrap().entry(name.to_owned()).or_default() += 1;
        let answer = function.invoke(payload.to_string().into_bytes()).await;
        let answer = answer.unwrap_or_else(|error| panic!("`{name}`: {error}, {}", self.said_so_far()));
        serde_json::from_slice(&answer).unwrap()
    }

    /// Hands one event of a customer to a stream function.
    pub(crate) async fn event(&self, function: &str, customer: &str, bytes: Vec<u8>) {
        self.events(function, [(customer.to_owned(), bytes)]).await;
    }

    /// Hands events of customers to a stream function, in one batch.
    pub(crate) async fn events(&self, function: &str, events: impl IntoIterator<Item = (String, Vec<u8>)>) {
        let record = |(customer, bytes): (String, Vec<u8>)| {
            let mut records = self.records.lock().unwrap();
            *records += 1;
            Record {
                sequence_number: SequenceNumber::of(*records),
                partition_key: customer.as_str().into(),
                data: bytes.into(),
                arrived_at_ms: u64::try_from(now().0).unwrap(),
            }
        };
        let records = events.into_iter().map(record).collect();
        let answer = self.invoke(function, &event_of(records, function)).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{}", self.said_so_far());
    }

    /// A decision of a customer, and its version in the table.
    pub(crate) async fn decision(&self, customer: &str, id: DecisionId) -> (DecisionItem, u64) {
        let key = ItemKey::Decision(CustomerId::new(customer).unwrap(), id);
        let found = self.store().get(&key).await.unwrap().expect("the decision is in the table");
        (DecisionItem::unpack(&found.bytes).unwrap(), found.version)
    }

    /// All that was said when every function has told what it did at each invocation by hand.
    pub(crate) async fn said(&self) -> String {
        let is_told = || {
            let invoked = self.invoked.lock().unwrap();
            invoked.iter().all(|(name, times)| self.telemetry(name).len() >= *times)
        };
        until("every function says what it did", || std::future::ready(is_told())).await;
        self.said_so_far()
    }

    /// The lines of metrics of a function so far.
    pub(crate) fn telemetry(&self, function: &str) -> Vec<Value> {
        let said = self.said.lock().unwrap();
        let own = said.iter().filter(|said| &*said.function == function && !said.is_error);
        let lines = own.map(|said| serde_json::from_str::<Value>(&said.line).unwrap());
        lines.filter(|line| line.get("_aws").is_some()).collect()
    }

    /// What was said so far, by whomever.
    pub(crate) fn said_so_far(&self) -> String {
        let said = self.said.lock().unwrap();
        said.iter().map(|said| format!("{}: {}", said.function, said.line)).collect::<Vec<_>>().join("\n")
    }
}

/// A cloud of this many shards a stream.
pub(crate) async fn cloud(shards: u32) -> Cloud {
    let setting = Setting {
        ports: Ports::free(),
        data: None,
        secret: SECRET,
        reply_url: Some("https://reply.example".to_owned()),
        delivery: DeliveryMode::Live,
        shards: NonZeroU32::new(shards).unwrap(),
        limits: Limits::None,
        now_ms: Arc::new(|| u64::try_from(now().0).unwrap()),
        dates_signatures: true,
    };
    Cloud::start(setting).await.unwrap()
}

/// Waits until something is so, and fails when it takes too long.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}: not within {PATIENCE:?}");
}

/// An instant as events write it.
pub(crate) fn written(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap().to_string()
}
