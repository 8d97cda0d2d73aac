//! One customer after the other enters a store, and is sent a notification: from the record on its stream to the sink's acceptance, and the stages between.

use std::error::Error;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tact::cloud::{
    Cloud, DISPATCH, Fleet, Pace, Poller, Polls, Ports, Setting, TABLE, Terms, Trouble, binaries, mapping_settings,
    stream_of,
};
use tact::kinesis::Limits;
use tact::pool::{Function, Listener, Plan};
use tact::publish::{Wanted, publish};
use tact::sinks::Provider;
use tact_aws::DynamoStore;
use tact_decide::{Action, Catalogue};
use tact_domain::{Channel, EventKind, Trigger};
use tact_pipeline::{DeliveryMode, Process};
use tact_wire::{decode_catalogue, encode_catalogue};

use crate::flow::{is_done, now_ms};
use crate::tap::Tap;

const DECIDER: &str = "geolocation";
/// How often each function is started.
const STARTS: usize = 10;
/// What is waited for anything at most.
const PATIENCE: Duration = Duration::from_secs(30);

/// The two functions on the way, each with taps of its own.
struct Way {
    table_of_decider: Tap,
    log: Tap,
    table_of_dispatch: Tap,
    sink: Tap,
}

/// When each stage of one customer's way was over.
struct Marks {
    put: Instant,
    invoked: Instant,
    decided: Instant,
    committed: Instant,
    dispatched: Instant,
    handed_over: Instant,
    accepted: Instant,
}

/// Measures so many entries and prints how long they took.
pub(crate) async fn measure(functions: &Path, name: &str, pace: Pace, customers: usize) -> Result<(), Box<dyn Error>> {
    let cloud = cloud().await?;
    let catalogue = greeting(tact_aws::catalogue()?)?;
    let store = catalogue.places.stores.first().ok_or("the default catalogue has no store")?;
    let (lat, lon) = (store.lat, store.lon);
    let table = DynamoStore::new(cloud.database.client(), TABLE.to_owned());
    publish(&table, &Process::named("bench"), &Wanted::Catalogue(Box::new(catalogue))).await?;
    let listener: Listener = Arc::new(|_| {});
    let terms =
        Terms { processes: 1, environment: Vec::new(), is_known_by_name: false, listener: Arc::clone(&listener) };
    let fleet = Fleet::start(&cloud, functions, &terms).await?;
    fleet.ready().await?;
    let way = Way::of(&cloud).await?;
    let [decider, dispatch] = way.functions(&cloud, functions, &listener).await?;
    let mut mappings = fleet.mappings(&cloud, &mapping_settings(), pace)?;
    for Polls { function, .. } in &mut mappings {
        if function.name() == DECIDER {
            *function = Arc::clone(&decider);
        } else if function.name() == DISPATCH {
            *function = Arc::clone(&dispatch);
        }
    }
    let kinds: Vec<_> = mappings.iter().map(|polls| polls.source.arn()).collect();
    let trouble: Trouble = Arc::new(|what| println!("{what}"));
    let pollers: Vec<_> = kinds.into_iter().zip(Fleet::poll(mappings, None, &trouble)).collect();
    for n in 0..customers {
        put(&cloud, EventKind::Consent, n, 0, CONSENT)?;
    }
    done(&cloud, EventKind::Consent, &pollers).await?;
    for n in 0..customers {
        put(&cloud, EventKind::Geolocation, n, 1, &fix(lat + 0.1, lon))?;
    }
    done(&cloud, EventKind::Geolocation, &pollers).await?;
    let mut marks = Vec::new();
    for n in 0..customers {
        // Somewhere between two polls.
        tokio::time::sleep(Duration::from_millis((n as u64 * 617) % 1_000)).await;
        way.forget();
        marks.push(entered(&cloud, &way, n, &fix(lat, lon)).await?);
    }
    println!("store entry to sink accepted, {name}, {customers} customers one after the other:");
    print_stages(&marks);
    Ok(())
}

/// Starts each function a few times, one after the other, and prints how long it took to ask for work.
pub(crate) async fn start_ups(functions: &Path) -> Result<(), Box<dyn Error>> {
    let (cloud, listener): (_, Listener) = (cloud().await?, Arc::new(|_| {}));
    println!("from the start of a process to its first question for work, {STARTS} times each:");
    for (deployed, binary) in binaries(functions)? {
        let (name, environment) = (deployed.name.to_owned(), cloud.environment(deployed.name));
        let plan = Plan { name, binary, environment, processes: 1, timeout: deployed.timeout };
        let mut took = Vec::new();
        for _ in 0..STARTS {
            let function = Function::start(plan.clone(), &listener).await?;
            function.ready().await;
            // What was asked is noted a moment later.
            while function.start_ups().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            took.extend(function.start_ups());
        }
        print_percentiles(&format!("  `{}`", deployed.name), took);
    }
    Ok(())
}

/// Waits until a function has done with all that is on the stream of a kind.
async fn done(cloud: &Cloud, kind: EventKind, pollers: &[(String, Poller)]) -> Result<(), Box<dyn Error>> {
    let (streams, name) = (cloud.kinesis.streams(), stream_of(kind));
    let of_kind = |(arn, _): &&(String, Poller)| arn.ends_with(&format!("/{name}"));
    let (_, poller) = pollers.iter().find(of_kind).ok_or("no mapping reads the stream")?;
    while !is_done(&streams, name, poller) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

impl Way {
    async fn of(cloud: &Cloud) -> Result<Self, Box<dyn Error>> {
        let (table, log) = (cloud.database.endpoint(), cloud.kinesis.endpoint());
        Ok(Self {
            table_of_decider: Tap::before(table).await?,
            log: Tap::before(&log).await?,
            table_of_dispatch: Tap::before(table).await?,
            sink: Tap::before(&cloud.sinks.endpoint(Provider::Push)).await?,
        })
    }

    /// The functions on the way, started behind the taps.
    async fn functions(
        &self,
        cloud: &Cloud,
        directory: &Path,
        listener: &Listener,
    ) -> Result<[Arc<Function>; 2], Box<dyn Error>> {
        let of_decider =
            [("AWS_ENDPOINT_URL_DYNAMODB", &self.table_of_decider), ("AWS_ENDPOINT_URL_KINESIS", &self.log)];
        let of_dispatch =
            [("AWS_ENDPOINT_URL_DYNAMODB", &self.table_of_dispatch), ("AWS_ENDPOINT_URL_SNS", &self.sink)];
        let mut started = Vec::new();
        for (name, taps) in [(DECIDER, of_decider), (DISPATCH, of_dispatch)] {
            let found = binaries(directory)?.into_iter().find(|(deployed, _)| deployed.name == name);
            let (deployed, binary) = found.ok_or("the function is not there")?;
            let mut environment = cloud.environment(name);
            for (key, tap) in taps {
                environment.retain(|(known, _)| *known != key);
                environment.push((key, tap.endpoint()));
            }
            let plan = Plan { name: name.to_owned(), binary, environment, processes: 1, timeout: deployed.timeout };
            let function = Arc::new(Function::start(plan, listener).await?);
            function.ready().await;
            started.push(function);
        }
        <[_; 2]>::try_from(started).map_err(|_| "two functions are on the way".into())
    }

    fn forget(&self) {
        for tap in [&self.table_of_decider, &self.log, &self.table_of_dispatch, &self.sink] {
            tap.take();
        }
    }

    /// When the stages of what was put at an instant were over; an error when one was not gone through.
    fn marks(&self, put: Instant) -> Result<Marks, &'static str> {
        let (decider, log) = (self.table_of_decider.take(), self.log.take());
        let (dispatch, sink) = (self.table_of_dispatch.take(), self.sink.take());
        let dispatched = *dispatch.first().ok_or("`dispatch` did not ask the table")?;
        let until_then = decider.iter().rev().find(|at| **at < dispatched);
        Ok(Marks {
            put,
            invoked: *decider.first().ok_or("the function did not ask the table")?,
            decided: *log.first().ok_or("nothing was logged")?,
            committed: *until_then.ok_or("nothing was committed")?,
            dispatched,
            handed_over: *sink.first().ok_or("nothing was handed over")?,
            accepted: *sink.last().ok_or("nothing was accepted")?,
        })
    }
}

/// Has a customer enter, and waits until the sink has answered.
async fn entered(cloud: &Cloud, way: &Way, n: usize, inside: &str) -> Result<Marks, Box<dyn Error>> {
    let before = cloud.sinks.taken().len();
    let begun = Instant::now();
    put(cloud, EventKind::Geolocation, n, 2, inside)?;
    while cloud.sinks.taken().len() == before {
        if begun.elapsed() > PATIENCE {
            return Err(format!("customer {n} was sent nothing within {PATIENCE:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Until the answer has passed, and what is written after it.
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(way.marks(begun)?)
}

fn print_stages(marks: &[Marks]) {
    type Stage = (&'static str, fn(&Marks) -> Duration);
    let stages: [Stage; 7] = [
        ("in all", |marks| marks.accepted - marks.put),
        ("record put to function asking the table", |marks| marks.invoked - marks.put),
        ("loaded, folded and decided", |marks| marks.decided - marks.invoked),
        ("logged and committed", |marks| marks.committed - marks.decided),
        ("table's stream to `dispatch` asking the table", |marks| marks.dispatched - marks.committed),
        ("asked again, rendered and claimed", |marks| marks.handed_over - marks.dispatched),
        ("at the sink", |marks| marks.accepted - marks.handed_over),
    ];
    for (name, took) in stages {
        print_percentiles(&format!("  {name}"), marks.iter().map(took).collect());
    }
}

/// Prints percentiles of durations; nothing for none.
fn print_percentiles(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |percent: usize| took.get((took.len() * percent).div_ceil(100).saturating_sub(1)).map(Duration::as_micros);
    if let (Some(p50), Some(p99)) = (at(50), at(99)) {
        println!("{what}: p50 {p50} us, p99 {p99} us");
    }
}

async fn cloud() -> Result<Cloud, Box<dyn Error>> {
    let setting = Setting {
        ports: Ports::free(),
        data: None,
        secret: [42; 32],
        reply_url: Some("https://reply.example".to_owned()),
        delivery: DeliveryMode::Live,
        shards: NonZeroU32::MIN,
        limits: Limits::None,
        now_ms: Arc::new(now_ms),
        dates_signatures: true,
    };
    Ok(Cloud::start(setting).await?)
}

/// The default catalogue, in which everybody who enters is sent a notification, whatever time it is.
fn greeting(mut catalogue: Catalogue) -> Result<Catalogue, Box<dyn Error>> {
    let notifies = |action: &Action| action.treatments.iter().any(|treatment| treatment.channel == Channel::Push);
    catalogue.actions.retain(|action| action.put_off.is_none() && notifies(action));
    catalogue.actions.truncate(1);
    catalogue.policy.holdout.share = 0.0;
    let action = catalogue.actions.first_mut().ok_or("the default catalogue has no notification")?;
    (action.triggers, action.conditions, action.cool_down_s) = (vec![Trigger::Entry], Vec::new(), 0);
    (action.margin, action.organic, action.lever, action.control) = (10_000.0, 0.0, 10.0, 0.0);
    action.treatments.retain(|treatment| treatment.channel == Channel::Push || treatment.delivers.is_some());
    catalogue.policy.quiet.channels.clear();
    // Its hash is that of its bytes.
    Ok(decode_catalogue(&encode_catalogue(&catalogue))?)
}

const CONSENT: &str = r#""type":"tact.consent.v1","data":{"zone":"America/New_York","birth_year":1980,
    "points":{"push":"arn:aws:sns:us-east-1:000000000000:endpoint/GCM/tact/1"},"grants":[
    {"purpose":"marketing","channel":"push","state":"granted"},{"purpose":"profiling","state":"granted"},{"purpose":"location","state":"granted"}]}"#;

fn fix(lat: f64, lon: f64) -> String {
    format!(r#""type":"tact.geolocation.v1","data":{{"lat":{lat},"lon":{lon}}}"#)
}

/// Puts a customer's event of a number on the stream of its kind, as of now.
fn put(cloud: &Cloud, kind: EventKind, customer: usize, number: usize, what: &str) -> Result<(), Box<dyn Error>> {
    let at_ms = now_ms();
    let time = jiff::Timestamp::from_millisecond(i64::try_from(at_ms)?)?;
    let event = format!(
        r#"{{"specversion":"1.0","id":"e-{customer}-{number}","source":"bench","subject":"cust-{customer}","time":"{time}",{what}}}"#
    );
    let streams = cloud.kinesis.streams();
    streams.put(stream_of(kind), &format!("cust-{customer}"), event.as_bytes(), at_ms)?;
    Ok(())
}
