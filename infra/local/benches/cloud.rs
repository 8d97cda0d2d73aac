//! What the cloud on this machine sustains, and how long a customer who enters a store waits: `cargo bench -p tact --bench cloud`, and with the functions'
//! binaries `cargo bench -p tact --bench cloud -- --functions DIR`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tact::cloud::{
    Cloud, DECISION_LOG, Fleet, Pace, Ports, Setting, TABLE, Terms, Trouble, mapping_settings, position, stream_of,
};
use tact::kinesis::{KinesisServer, Limits, Streams};
use tact::pool::Said;
use tact_aws::DynamoStore;
use tact_decide::Catalogue;
use tact_domain::{Channel, CustomerId, EventKind, FacetKind, Trigger};
use tact_mapping::{Answer, Mapping, Settings, Shard, Step, kinesis_event};
use tact_pipeline::{DeliveryMode, Process, Store, Versions};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Customers whose entry is timed.
const ENTRIES: usize = 60;
/// How long the stream is put under load.
const LOAD: Duration = Duration::from_secs(10);

fn main() -> Outcome<()> {
    let functions = std::env::args().skip_while(|arg| arg != "--functions").nth(1).map(PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        throughput().await?;
        let Some(directory) = functions else {
            println!("entries were not timed: give the functions' binaries with `-- --functions DIR`");
            return Ok(());
        };
        entries(&directory, Pace::AtOnce).await?;
        entries(&directory, Pace::AsLambda).await
    })
}

fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(0)
}

/// One producer puts events of half a kilobyte over HTTP, 500 a call; a mapping of ten lanes a shard makes events for a function of them, as it would be invoked
/// with, and has them answered at once.
async fn throughput() -> Outcome<()> {
    const NAME: &str = "load";
    let server = KinesisServer::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), now_ms).await?;
    let streams = server.streams();
    streams.create(NAME, NonZeroU32::MIN.saturating_add(3), Limits::None);
    let done = Arc::new(AtomicUsize::new(0));
    let mapping = tokio::spawn(mapped(streams, NAME, Arc::clone(&done)));
    let mut producer = Producer::connect(&server.endpoint()).await?;
    let began = Instant::now();
    let mut put = 0;
    while began.elapsed() < LOAD {
        put += producer.put(NAME, put).await?;
    }
    while done.load(Ordering::Relaxed) < put {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let took = began.elapsed();
    mapping.abort();
    let per_second = u64::try_from(put)?.saturating_mul(1_000) / u64::try_from(took.as_millis())?.max(1);
    println!(
        "one producer over HTTP, through the mapping to answered invocations: {put} records, {per_second} a second"
    );
    if per_second < 2_000 { Err("fewer than 2,000 records a second".into()) } else { Ok(()) }
}

/// A mapping whose function does nothing.
async fn mapped(streams: Streams, name: &'static str, done: Arc<AtomicUsize>) -> Option<()> {
    let settings = Settings { parallelization_factor: 10, report_batch_item_failures: true, ..Settings::default() };
    let mut mapping = Mapping::new(settings);
    let source = tact_mapping::Source {
        stream_arn: format!("arn:aws:kinesis:us-east-1:000000000000:stream/{name}"),
        region: "us-east-1".to_owned(),
        function_arn: "arn:aws:lambda:us-east-1:000000000000:function:none".to_owned(),
        role_arn: "arn:aws:iam::000000000000:role/none".to_owned(),
    };
    let mut told = streams.arrived_on(name)?;
    loop {
        told.mark_unchanged();
        let shards = streams.shards(name).into_iter().map(|shard| Shard { id: shard.id, parents: shard.parents });
        mapping.discover(&shards.collect::<Vec<_>>());
        let mut found = 0;
        for read in mapping.reads() {
            let page = streams.read(name, &read.shard, &position(&read.from), 1_000).ok()?;
            found += page.records.len();
            mapping.offer(&read.shard, page.records, now_ms());
        }
        while let Step::Invoke(batch) = mapping.next(now_ms()) {
            // What a function would be handed is made, and thrown away.
            std::hint::black_box(kinesis_event(&batch, &source).to_string());
            done.fetch_add(batch.records.len(), Ordering::Relaxed);
            mapping.invoked(&batch.lane, Answer::Returned(br#"{"batchItemFailures":[]}"#), now_ms());
        }
        for shard in streams.shards(name) {
            if let Some(through) = mapping.checkpoint(&shard.id) {
                streams.trim(name, &shard.id, through);
            }
        }
        if found == 0 {
            told.changed().await.ok()?;
        }
    }
}

/// A producer on one connection.
struct Producer {
    connection: BufReader<TcpStream>,
    host: String,
}

impl Producer {
    async fn connect(endpoint: &str) -> Outcome<Self> {
        let host = endpoint.trim_start_matches("http://").to_owned();
        let connection = TcpStream::connect(&host).await?;
        connection.set_nodelay(true)?;
        Ok(Self { connection: BufReader::new(connection), host })
    }

    /// Puts 500 records, and answers how many were taken.
    async fn put(&mut self, stream: &str, first: usize) -> Outcome<usize> {
        let record = |n: usize| json!({ "Data": STANDARD.encode(format!("{{\"n\":{n},\"pad\":\"{}\"}}", "x".repeat(480))), "PartitionKey": format!("c-{}", n % 997) });
        let records: Vec<_> = (first..first + 500).map(record).collect();
        let answer = self.call("PutRecords", &json!({ "StreamName": stream, "Records": records })).await?;
        let refused = answer.get("FailedRecordCount").and_then(Value::as_u64).ok_or("no answer for records")?;
        if refused > 0 { Err("records were refused".into()) } else { Ok(500) }
    }

    async fn call(&mut self, operation: &str, body: &Value) -> Outcome<Value> {
        const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0";
        let (body, host) = (body.to_string(), &self.host);
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: Kinesis_20131202.{operation}\r\nauthorization: {SIGNED}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.connection.write_all(head.as_bytes()).await?;
        self.connection.write_all(body.as_bytes()).await?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.connection.read_line(&mut line).await?;
            let line = line.trim().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.connection.read_exact(&mut answer).await?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// Customers enter a store, one after the other; from the position that is put onto its stream until the provider has taken the notification, through real
/// binaries and mappings.
async fn entries(directory: &Path, pace: Pace) -> Outcome<()> {
    let setting = Setting {
        ports: Ports::free(),
        data: None,
        secret: [7; 32],
        reply_url: None,
        delivery: DeliveryMode::Live,
        shards: NonZeroU32::MIN,
        limits: Limits::None,
        now_ms: Arc::new(now_ms),
        dates_signatures: true,
    };
    let cloud = Cloud::start(setting).await?;
    let store = DynamoStore::new(cloud.database.client(), TABLE.to_owned());
    let catalogue = greeting(tact_aws::catalogue()?)?;
    let (hash, shop) = (catalogue.hash.clone(), catalogue.places.stores.first().ok_or("no store")?.clone());
    Versions::of(catalogue).publish(&store).await?;
    Versions::put_in_force(&store, &Process::named("bench"), &hash).await?;
    let metrics: Arc<Mutex<Vec<Value>>> = Arc::default();
    let heard = Arc::clone(&metrics);
    let listener = Arc::new(move |said: Said| {
        if let Ok(line) = serde_json::from_str(&said.line) {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
    let terms = Terms { processes: 1, environment: Vec::new(), is_known_by_name: false, listener };
    let fleet = Fleet::start(&cloud, directory, &terms).await?;
    fleet.ready().await?;
    let trouble: Trouble = Arc::new(|what| println!("{what}"));
    let _pollers = Fleet::poll(fleet.mappings(&cloud, &mapping_settings(), pace)?, None, &trouble);
    let (took, decided) = timed(&cloud, &store, (shop.lat, shop.lon)).await?;
    let said = metrics.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("\nstore entry to sink accepted, {ENTRIES} entries one after the other, streams read {pace:?}:");
    told("put to decision logged", decided.clone());
    told(
        "decision logged to sink accepted",
        took.iter().zip(&decided).map(|(took, decided)| took.saturating_sub(*decided)).collect(),
    );
    told("in all", took);
    told("of that in `geolocation`, from batch to commit", spent(&said, "geolocation", "event_us_max"));
    told("of that in `dispatch`, from looking at it to accepted", spent(&said, "dispatch", "deliver_us_max"));
    for function in fleet.functions() {
        let start = function.start_ups().iter().max().map_or(0.0, Duration::as_secs_f64) * 1e3;
        println!("  start-up of {}: {start:.1} ms", function.name());
    }
    Ok(())
}

/// How long each entry took until the provider had taken the notification, and until the decision was logged.
async fn timed(cloud: &Cloud, store: &DynamoStore, (lat, lon): (f64, f64)) -> Outcome<(Vec<Duration>, Vec<Duration>)> {
    let fix = |lat: f64| json!({ "lat": lat, "lon": lon, "accuracy_m": 5.0 });
    let customers: Vec<_> = (0..ENTRIES).map(|n| format!("cust-{n}")).collect();
    for customer in &customers {
        put(cloud, EventKind::Consent, customer, "consent", &consent())?;
    }
    known(store, &customers, FacetKind::Consent).await?;
    for customer in &customers {
        put(cloud, EventKind::Geolocation, customer, "outside", &fix(lat + 0.1))?;
    }
    known(store, &customers, FacetKind::Geolocation).await?;
    let (mut took, mut decided, mut seen) = (Vec::new(), Vec::new(), 0);
    for customer in &customers {
        let mut logged = cloud.kinesis.streams().arrived_on(DECISION_LOG).ok_or("no log")?;
        let began = Instant::now();
        put(cloud, EventKind::Geolocation, customer, "inside", &fix(lat))?;
        tokio::time::timeout(Duration::from_secs(20), logged.changed()).await??;
        decided.push(began.elapsed());
        loop {
            let (taken, next) = cloud.sinks.taken_since(seen);
            seen = next;
            if !taken.is_empty() {
                break;
            }
            if began.elapsed() > Duration::from_secs(20) {
                return Err(format!("nothing left for `{customer}`").into());
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        took.push(began.elapsed());
    }
    Ok((took, decided))
}

/// Puts an event of now onto the stream of its kind.
fn put(cloud: &Cloud, kind: EventKind, customer: &str, id: &str, data: &Value) -> Outcome<()> {
    let time = jiff::Timestamp::from_millisecond(i64::try_from(now_ms())?)?.to_string();
    let event = json!({
        "specversion": "1.0", "id": id, "source": "bench", "type": format!("tact.{}.v1", kind.name()), "subject": customer, "time": time,
        "data": data,
    });
    cloud.kinesis.streams().put(stream_of(kind), customer, event.to_string().as_bytes(), now_ms())?;
    Ok(())
}

/// Waits until something is known of every customer.
async fn known(store: &DynamoStore, customers: &[String], kind: FacetKind) -> Outcome<()> {
    for customer in customers.iter().filter_map(|customer| CustomerId::new(customer)) {
        let began = Instant::now();
        while !store.load(&customer).await?.iter().any(|(found, _)| *found == kind) {
            if began.elapsed() > Duration::from_mins(1) {
                return Err(format!("nothing is known of `{}`", customer.as_str()).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

/// What a function said it spent on the entries.
fn spent(said: &[Value], function: &str, what: &str) -> Vec<Duration> {
    let of_function = said.iter().filter(|line| line.get("function").and_then(Value::as_str) == Some(function));
    let spent = of_function.filter_map(|line| line.get(what)?.as_u64()).filter(|us| *us > 0).map(Duration::from_micros);
    let spent: Vec<_> = spent.collect();
    spent.iter().rev().take(ENTRIES).copied().collect()
}

fn told(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |percent: usize| {
        let place = (took.len() * percent).div_ceil(100).saturating_sub(1);
        took.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e3)
    };
    println!("  {what}: p50 {:.1} ms, p99 {:.1} ms", at(50), at(99));
}

fn consent() -> Value {
    let grant =
        |channel: Option<&str>, purpose: &str| json!({ "purpose": purpose, "channel": channel, "state": "granted" });
    let mut grants = vec![grant(Some("push"), "marketing")];
    grants.extend(["profiling", "location"].map(|purpose| json!({ "purpose": purpose, "state": "granted" })));
    let push = "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/bench/one";
    json!({ "zone": "America/New_York", "birth_year": 1980, "points": { "push": push }, "grants": grants })
}

/// The default catalogue, in which everybody who enters is sent a notification, at any hour.
fn greeting(mut catalogue: Catalogue) -> Outcome<Catalogue> {
    catalogue.actions.retain(|action| action.triggers.contains(&Trigger::Entry));
    catalogue.policy.quiet.channels.clear();
    let action = catalogue.actions.first_mut().ok_or("the default catalogue has no action for entries")?;
    action.conditions.clear();
    (action.margin, action.organic, action.lever) = (10_000.0, 0.0, 10.0);
    action.treatments.retain(|treatment| treatment.channel == Channel::Push);
    // It is named by its own bytes.
    Ok(tact_wire::decode_catalogue(&tact_wire::encode_catalogue(&catalogue))?)
}
