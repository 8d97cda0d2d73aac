//! From a purchase on a stream to an e-mail at the provider, the link in it, and the clock: through the real binaries of `purchase`, `outcome`, `dispatch`,
//! `reply` and `wake`, each behind a Runtime API of its own.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tact::database::{Embedded, create_table};
use tact::decision_stream::DecisionStream;
use tact::mapping::{Batch, kinesis_event};
use tact::processes::Process;
use tact::runtime_api::RuntimeApi;
use tact::sinks::{Provider, Sinks};
use tact::stream::{Record, SequenceNumber, ShardId};
use tact_aws::DynamoStore;
use tact_domain::{Channel, CustomerId, DecisionId, FacetKind, Profile, Purpose, Timestamp};
use tact_pipeline::{ItemKey, Nonce, Store, Write};
use tact_wire::{DecisionItem, Delivery, Seal, Unsubscribe, unpack_facet};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::deployment::binaries;

const FUNCTIONS: [&str; 5] = ["purchase", "outcome", "dispatch", "reply", "wake"];
/// The one stream here: of decisions, outcomes, consents and due appointments alike.
const STREAM: &str = "tact";
const CUSTOMER: &str = "canary-customer-51c9";
const EMAIL: &str = "canary.kim@example.com";
const SECRET: [u8; 32] = [42; 32];
const PATIENCE: Duration = Duration::from_secs(20);

/// The functions' real binaries with a table, a stream, a secret and providers.
struct Town {
    database: Embedded,
    stream: DecisionStream,
    sinks: Sinks,
    running: BTreeMap<&'static str, (RuntimeApi, Process)>,
    said: TempDir,
    batches: u64,
}

impl Town {
    async fn of_binaries(directory: &Path) -> Self {
        let database = Embedded::start(None).await.unwrap();
        create_table(&database.client(), "tact").await.unwrap();
        let stream = DecisionStream::start(STREAM).await.unwrap();
        let seal = Seal::new(&SECRET).unwrap();
        let sinks = Sinks::start(seal, || now().0 / 1000).await.unwrap();
        let secrets = secrets().await;
        let said = tempfile::tempdir().unwrap();
        let mut running = BTreeMap::new();
        for name in FUNCTIONS {
            let api = RuntimeApi::start("arn:aws:lambda:us-east-1:000000000000:function:real").await.unwrap();
            let set = [
                ("AWS_LAMBDA_RUNTIME_API", api.address().to_string()),
                ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
                ("AWS_REGION", "us-east-1".to_owned()),
                ("AWS_ACCESS_KEY_ID", "local".to_owned()),
                ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
                ("AWS_SESSION_TOKEN", "local".to_owned()),
                ("AWS_ENDPOINT_URL_DYNAMODB", database.endpoint().to_owned()),
                ("AWS_ENDPOINT_URL_KINESIS", stream.endpoint()),
                ("AWS_ENDPOINT_URL_SESV2", sinks.endpoint(Provider::Email)),
                ("AWS_ENDPOINT_URL_SNS", sinks.endpoint(Provider::Push)),
                ("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", sinks.endpoint(Provider::Sms)),
                ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", secrets.to_string()),
                ("TACT_TABLE", "tact".to_owned()),
                ("TACT_DECISION_LOG", STREAM.to_owned()),
                ("TACT_DUE_STREAM", STREAM.to_owned()),
                ("TACT_OUTCOME_STREAM", STREAM.to_owned()),
                ("TACT_CONSENT_STREAM", STREAM.to_owned()),
                ("TACT_SECRET", "tact".to_owned()),
                ("TACT_SNS_TOPICS", "arn:aws:sns:us-east-1:000000000000:tact".to_owned()),
                ("TACT_REPLY_URL", "https://reply.example".to_owned()),
                ("TACT_DELIVERY", "live".to_owned()),
                ("TACT_WEBHOOK_URL", sinks.endpoint(Provider::Webhook)),
            ];
            let file = |kind: &str| Stdio::from(File::create(said.path().join(format!("{name}.{kind}"))).unwrap());
            let process = Process::start(&directory.join(name), &set, file("out"), file("err")).unwrap();
            running.insert(name, (api, process));
        }
        let town = Self { database, stream, sinks, running, said, batches: 0 };
        for (name, (api, _)) in &town.running {
            let polled = tokio::time::timeout(PATIENCE, api.first_poll()).await;
            assert!(polled.is_ok(), "`{name}` does not ask for work: {}", town.all_said());
        }
        town
    }

    fn store(&self) -> DynamoStore {
        DynamoStore::new(self.database.client(), "tact".to_owned())
    }

    async fn invoke(&self, function: &str, payload: &Value) -> Value {
        let answer = self.running[function].0.invoke(payload.to_string().into_bytes(), PATIENCE).await;
        serde_json::from_slice(&answer.unwrap_or_else(|error| panic!("`{function}`: {error}, {}", self.all_said())))
            .unwrap()
    }

    /// Hands one event to a stream function.
    async fn event(&mut self, function: &str, kind: &str, id: &str, at: Timestamp, data: &Value) {
        let time = jiff::Timestamp::from_millisecond(at.0).unwrap().to_string();
        let event = json!({
            "specversion": "1.0", "id": id, "source": "story", "type": format!("tact.{kind}.v1"),
            "subject": CUSTOMER, "time": time, "data": data,
        });
        self.batches += 1;
        let record = Record {
            sequence_number: SequenceNumber::of(self.batches.into()),
            partition_key: CUSTOMER.into(),
            data: event.to_string().into_bytes().into(),
            arrived_at_ms: u64::try_from(now().0).unwrap(),
        };
        let batch = Batch { shard: ShardId(0), records: vec![record], failed_attempts: 0 };
        let payload = kinesis_event(&batch, "arn:aws:kinesis:us-east-1:000000000000:stream/story");
        assert_eq!(self.invoke(function, &payload).await, json!({ "batchItemFailures": [] }), "{}", self.all_said());
    }

    /// What the table's stream says when an item appears.
    async fn appears(&self, key: &ItemKey) {
        let record = json!({
            "awsRegion": "us-east-1", "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "eventVersion": "1.1",
            "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/tact/stream/2026",
            "dynamodb": {
                "ApproximateCreationDateTime": now().0 / 1000, "SequenceNumber": "111", "SizeBytes": 26, "StreamViewType": "KEYS_ONLY",
                "Keys": { "pk": { "S": key.pk() }, "sk": { "S": key.sk() } },
            },
        });
        let answer = self.invoke("dispatch", &json!({ "Records": [record] })).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{}", self.all_said());
    }

    async fn request(&self, method: &str, path: &str, body: &str) -> Value {
        let payload = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": { "host": "reply.example" },
            "requestContext": {
                "accountId": "anonymous", "apiId": "x", "domainName": "reply.example", "domainPrefix": "x", "requestId": "r", "routeKey": "$default",
                "stage": "$default", "time": "31/Oct/2026:15:00:00 +0000", "timeEpoch": 1_793_458_800_000_i64,
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test" },
            },
            "body": STANDARD.encode(body), "isBase64Encoded": true,
        });
        self.invoke("reply", &payload).await
    }

    async fn decision(&self, id: DecisionId) -> (DecisionItem, u64) {
        let found = self.store().get(&key(id)).await.unwrap().expect("the decision is in the table");
        (DecisionItem::unpack(&found.bytes).unwrap(), found.version)
    }

    /// Whether the customer's consent to marketing by e-mail holds.
    async fn may_mail(&self) -> bool {
        let mut profile = Profile::default();
        for (kind, item) in self.store().load(&customer()).await.unwrap() {
            if kind == FacetKind::Consent {
                unpack_facet(&mut profile, kind, &item.bytes).unwrap();
            }
        }
        profile.consent.relied_on(Purpose::Marketing, Channel::Email, None, now()).is_ok()
    }

    fn all_said(&self) -> String {
        let files = FUNCTIONS.iter().flat_map(|name| ["out", "err"].map(|kind| format!("{name}.{kind}")));
        files.map(|file| std::fs::read_to_string(self.said.path().join(file)).unwrap_or_default()).collect()
    }
}

/// The extension that hands out secrets: one answer to whatever is asked; answers its port.
async fn secrets() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let secret = json!({ "seal": STANDARD.encode(SECRET) }).to_string();
    let body = json!({ "SecretString": secret, "Name": "tact" }).to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    tokio::spawn(async move {
        while let Ok((mut asked, _)) = listener.accept().await {
            let mut read = [0; 4096];
            let _request = asked.read(&mut read).await;
            let _answered = asked.write_all(answer.as_bytes()).await;
        }
    });
    port
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since_epoch.as_millis()).unwrap())
}

fn customer() -> CustomerId {
    CustomerId::new(CUSTOMER).unwrap()
}

fn key(id: DecisionId) -> ItemKey {
    ItemKey::Decision(customer(), id)
}

/// Somebody who agreed to e-mails, and has just bought something.
async fn bought(town: &mut Town, id: &str) -> DecisionId {
    let grants = json!([
        { "purpose": "marketing", "channel": "email", "state": "granted" },
        { "purpose": "profiling", "state": "granted" },
    ]);
    let consent = json!({ "grants": grants, "points": { "email": EMAIL }, "zone": "America/New_York" });
    let long_ago = Timestamp(now().0 - 60 * 86_400_000);
    town.event("outcome", "consent", "n-1", long_ago, &consent).await;
    let line = json!({ "product": "sku-1", "category": "gadgets", "quantity": 1, "unit_price": 8900 });
    let purchase =
        json!({ "receipt": id, "store": "market-street", "channel": "store", "currency": "USD", "lines": [line] });
    town.event("purchase", "purchase", id, now(), &purchase).await;
    DecisionId::of("story", id, 0)
}

#[tokio::test]
async fn what_the_purchase_function_decided_reaches_the_provider_once_and_nothing_that_is_said_about_it_is_personal() {
    let Some(directory) = binaries() else { return };
    let mut town = Town::of_binaries(&directory).await;
    let decision = bought(&mut town, "p-1").await;
    assert_eq!(town.decision(decision).await.0.state, Delivery::Pending);
    town.appears(&key(decision)).await;
    town.appears(&key(decision)).await;
    let mails = town.sinks.received(Provider::Email);
    assert_eq!(mails.len(), 1, "{}", town.all_said());
    assert_eq!((mails[0].decision.clone(), mails[0].to.as_deref()), (decision.to_string(), Some(EMAIL)));
    assert_eq!(town.decision(decision).await.0.state, Delivery::Sent);
    let said = town.all_said();
    assert!(said.contains("\"sent\":1"), "{said}");
    assert!(!said.contains(CUSTOMER) && !said.contains(EMAIL), "{said}");
}

#[tokio::test]
async fn a_decision_that_nobody_looked_at_is_found_by_the_clock_and_leaves_once() {
    let Some(directory) = binaries() else { return };
    let mut town = Town::of_binaries(&directory).await;
    let decision = bought(&mut town, "p-1").await;
    let (mut item, version) = town.decision(decision).await;
    // As if two minutes had passed.
    item.due_at = Some(Timestamp(now().0 - 1_000));
    let (bytes, forget_at, due_at) = (item.pack(), Some(item.forget_at()), item.due_at);
    let write = [Write { key: key(decision), expected: Some(version), bytes, forget_at, due_at }];
    town.store().commit(&write, Nonce::of(&write)).await.unwrap();
    let tick = json!({ "detail-type": "Scheduled Event", "source": "aws.events" });
    for _ in 0..2 {
        assert_eq!(town.invoke("wake", &tick).await["turns"], 1, "{}", town.all_said());
    }
    let n = u64::try_from(item.due_at.unwrap().0).unwrap();
    let turn = ItemKey::Turn(customer(), decision, n);
    assert!(town.store().get(&turn).await.unwrap().is_some(), "two ticks within ten minutes are one turn");
    town.appears(&turn).await;
    town.appears(&key(decision)).await;
    assert_eq!(town.sinks.received(Provider::Email).len(), 1);
    assert_eq!(town.invoke("wake", &tick).await["turns"], 0);
}

#[tokio::test]
async fn one_click_ends_it_before_it_is_answered_and_looking_at_the_link_does_not() {
    let Some(directory) = binaries() else { return };
    let mut town = Town::of_binaries(&directory).await;
    let decision = bought(&mut town, "p-1").await;
    let link = Unsubscribe { customer: customer(), channel: Channel::Email, decision };
    let path = format!("/u/{}", Seal::new(&SECRET).unwrap().unsubscribe_token(&link));
    assert_eq!(town.request("GET", &path, "").await["statusCode"], 200);
    assert!(town.may_mail().await);
    let forged = town.request("POST", "/u/00.00", "List-Unsubscribe=One-Click").await;
    assert_eq!(forged["statusCode"], 404);
    assert!(town.may_mail().await);
    for _ in 0..2 {
        assert_eq!(town.request("POST", &path, "List-Unsubscribe=One-Click").await["statusCode"], 200);
        assert!(!town.may_mail().await);
    }
    let put = town.stream.entries().into_iter().map(|entry| String::from_utf8(entry.data).unwrap());
    let outcomes: Vec<_> = put.filter(|line| line.contains("opted_out")).collect();
    assert!(!outcomes.is_empty() && outcomes.iter().all(|line| *line == outcomes[0]), "{outcomes:?}");
    assert!(!town.all_said().contains(CUSTOMER));
}
