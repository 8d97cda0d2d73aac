//! `tact measure`: what the functions' binaries weigh, as processes of their own against the embedded stack.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::Ipv4Addr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use serde_json::json;
use tact_aws::DynamoStore;
use tact_domain::{EventKind, Timestamp};
use tact_mapping::SequenceNumber;
use tact_pipeline::{Clock, HoldReader, Learning, Leases, Pipeline, Record, Versions};

use super::CommandError;
use super::day::now;
use crate::cloud::event_of;
use crate::database::{Embedded, create_table};
use crate::kinesis::{KinesisServer, Limits};
use crate::local_log::LocalLog;
use crate::processes::{Process, Surroundings};
use crate::runtime_api::RuntimeApi;

/// The functions, each with the kind of event it is measured with.
const FUNCTIONS: [(&str, EventKind); 6] = [
    ("checkin", EventKind::CheckIn),
    ("purchase", EventKind::Purchase),
    ("geolocation", EventKind::Geolocation),
    ("partner", EventKind::Partner),
    ("comment", EventKind::Comment),
    ("outcome", EventKind::Consent),
];
/// Events in a batch, one for each customer.
const BATCH: u16 = 100;
/// Batches whose processor time is measured, after one that warms up.
const BATCHES: u16 = 20;
/// Time from one batch to the next, on the clock of the events.
const STEP_MS: i64 = 600_000;
/// The type of a section that is a table of symbols.
const SYMBOL_TABLE: u64 = 2;
const PATIENCE: Duration = Duration::from_secs(30);
const TABLE: &str = "tact";
const LOG: &str = "tact-decisions";

/// The arguments of `tact measure`.
#[derive(Args, Debug)]
pub(super) struct Measure {
    /// The directory that holds the binaries: `cargo build --profile lambda` leaves them in `target/lambda`
    #[arg(long, value_name = "DIR")]
    functions: PathBuf,
    /// How often each is started
    #[arg(long, default_value = "30")]
    runs: NonZeroUsize,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// What was measured of one function.
#[derive(Debug, Serialize)]
struct Figures {
    function: &'static str,
    bytes: u64,
    stripped: bool,
    start_us_p50: u64,
    start_us_max: u64,
    start_cpu_us_p50: u64,
    peak_rss_kb: u64,
    cpu_us_per_event: f64,
}

impl Measure {
    /// Measures every function found and prints what they weigh.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let found: Vec<_> = FUNCTIONS.into_iter().filter(|(name, _)| self.functions.join(name).is_file()).collect();
        if found.is_empty() {
            let directory = self.functions.display();
            return Err(format!("no functions in `{directory}`; build them with `cargo build --profile lambda`").into());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let figures = runtime.block_on(async {
            let mut figures = Vec::new();
            for (name, kind) in found {
                figures.push(measure(&self.functions.join(name), name, kind, self.runs).await?);
            }
            Ok::<_, CommandError>(figures)
        })?;
        let text = if self.json { serde_json::to_string(&figures)? } else { table(&figures) };
        writeln!(io::stdout().lock(), "{text}")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The stack that one function is measured on.
struct Bench {
    client: Client,
    database: Embedded,
    kinesis: KinesisServer,
}

async fn measure(
    binary: &Path,
    name: &'static str,
    kind: EventKind,
    runs: NonZeroUsize,
) -> Result<Figures, CommandError> {
    let database = Embedded::start(None).await?;
    let client = database.client();
    create_table(&client, TABLE).await?;
    // No record is read back by its time, so that the clock may stand.
    let kinesis = KinesisServer::start((Ipv4Addr::LOCALHOST, 0).into(), || 0).await?;
    kinesis.streams().create(LOG, NonZeroU32::MIN, Limits::None);
    let bench = Bench { client, database, kinesis };
    let (mut starts, mut start_cpus) = (Vec::new(), Vec::new());
    for _ in 0..runs.get() {
        let (_api, process, start) = bench.start(binary, name).await?;
        start_cpus.push(cpu_ns(process.id())? / 1_000);
        starts.push(u64::try_from(start.as_micros()).unwrap_or(u64::MAX));
    }
    starts.sort_unstable();
    start_cpus.sort_unstable();
    bench.introduce_customers().await?;
    let (peak_rss_kb, cpu_us_per_event) = bench.work(binary, name, kind).await?;
    Ok(Figures {
        function: name,
        bytes: fs::metadata(binary)?.len(),
        stripped: is_stripped(binary)?,
        start_us_p50: starts.get(starts.len() / 2).copied().unwrap_or(0),
        start_us_max: starts.last().copied().unwrap_or(0),
        start_cpu_us_p50: start_cpus.get(start_cpus.len() / 2).copied().unwrap_or(0),
        peak_rss_kb,
        cpu_us_per_event,
    })
}

impl Bench {
    /// Starts the function; answers how long it took from then to its first poll.
    async fn start(&self, binary: &Path, name: &str) -> Result<(RuntimeApi, Process, Duration), CommandError> {
        let api = RuntimeApi::start(&format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")).await?;
        let surroundings = Surroundings {
            runtime_api: api.address(),
            dynamodb: self.database.endpoint().to_owned(),
            kinesis: self.kinesis.endpoint(),
            table: TABLE.to_owned(),
            decision_log: LOG.to_owned(),
        };
        let process = Process::start(binary, &surroundings.environment(name), Stdio::null(), Stdio::inherit())?;
        let polled = tokio::time::timeout(PATIENCE, api.first_poll()).await;
        let polled = polled.map_err(|_| format!("`{name}` did not ask for work within {PATIENCE:?}"))?;
        let start = polled.saturating_duration_since(process.started());
        Ok((api, process, start))
    }

    /// Gives every customer the consents without which little would happen.
    async fn introduce_customers(&self) -> Result<(), CommandError> {
        let outcome = Pipeline {
            store: DynamoStore::new(self.client.clone(), TABLE.to_owned()),
            log: LocalLog::default(),
            clock: Arrival,
            catalogues: Versions::of(tact_aws::catalogue()?),
            models: tact_aws::models()?,
            leases: Leases::default(),
            holds: HoldReader::default(),
            learning: Learning::default(),
            process: tact_pipeline::Process::named("measure"),
            accepts: vec![EventKind::Consent],
            fold_only_until: None,
            build: String::new(),
        };
        let at = now();
        let events: Vec<_> = (0..BATCH).map(|customer| event(EventKind::Consent, customer, 0, at)).collect();
        let records: Vec<_> =
            events.iter().map(|bytes| Record { sequence: "0", arrived: at, bytes: bytes.as_bytes() }).collect();
        let report = outcome.handle(&records, None).await;
        report.failure.map_or(Ok(()), |failure| Err(failure.into()))
    }

    /// Has a fresh process handle batches; answers its peak memory in kilobytes, and its processor time per event in microseconds.
    async fn work(&self, binary: &Path, name: &str, kind: EventKind) -> Result<(u64, f64), CommandError> {
        let (api, process, _) = self.start(binary, name).await?;
        let began = now();
        let mut after_warm_up_ns = 0;
        for number in 0..=BATCHES {
            let at = Timestamp(began.0 + i64::from(number + 1) * STEP_MS);
            let answer = api.invoke(invocation(kind, number + 1, at), PATIENCE).await?;
            if answer != br#"{"batchItemFailures":[]}"# {
                return Err(format!("`{name}` left records undone").into());
            }
            if number == 0 {
                after_warm_up_ns = cpu_ns(process.id())?;
            }
        }
        let spent_ns = cpu_ns(process.id())?.saturating_sub(after_warm_up_ns);
        let cpu = Duration::from_nanos(spent_ns).as_secs_f64() * 1e6 / f64::from(BATCHES) / f64::from(BATCH);
        Ok((peak_rss_kb(process.id())?, cpu))
    }
}

/// A clock that stands where the events arrive.
struct Arrival;

impl Clock for Arrival {
    fn now(&self, arrived: Timestamp) -> Timestamp {
        arrived
    }

    fn stopwatch_us(&self) -> u64 {
        0
    }
}

/// A batch with one event for every customer, as Lambda would hand it over.
fn invocation(kind: EventKind, number: u16, at: Timestamp) -> Vec<u8> {
    let record = |customer: u16| tact_mapping::Record {
        sequence_number: SequenceNumber::of(u128::from(number) * u128::from(BATCH) + u128::from(customer)),
        partition_key: format!("measured-{customer}").into(),
        data: event(kind, customer, number, at).into_bytes().into(),
        arrived_at_ms: u64::try_from(at.0).unwrap_or(0),
    };
    event_of((0..BATCH).map(record).collect(), "measured").to_string().into_bytes()
}

fn event(kind: EventKind, customer: u16, number: u16, at: Timestamp) -> String {
    let (kind, data) = match kind {
        EventKind::CheckIn => ("check-in", json!({ "store": "market-street" })),
        EventKind::Purchase => {
            let line = json!({ "product": "sku-9", "category": "shoes", "quantity": 1, "unit_price": 8900 });
            let till = json!({ "receipt": format!("r-{number}"), "store": "market-street", "channel": "store", "currency": "USD", "lines": [line] });
            ("purchase", till)
        }
        // In and out again, so that every event crosses the fence.
        EventKind::Geolocation if number.is_multiple_of(2) => ("geolocation", json!({ "lat": 40.73, "lon": -74.006 })),
        EventKind::Geolocation => ("geolocation", json!({ "lat": 40.7127, "lon": -74.006 })),
        EventKind::Partner => ("partner", json!({ "kind": "card", "category": "airline", "destination": "Tampa" })),
        EventKind::Comment => {
            let (text, evidence) = ("The display is confusing.", json!({ "kind": "told", "store": "market-street" }));
            ("comment", json!({ "arena": "social", "text": text, "public": true, "evidence": evidence }))
        }
        EventKind::Consent | EventKind::Outcome | EventKind::Due => {
            let grants = json!([
                { "purpose": "marketing", "channel": "inbox", "state": "granted" },
                { "purpose": "location", "state": "granted" },
                { "purpose": "third_party", "state": "granted" },
            ]);
            ("consent", json!({ "grants": grants, "points": { "email": format!("{customer}@example.com") } }))
        }
    };
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string();
    json!({
        "specversion": "1.0",
        "id": format!("{number}-{customer}"),
        "source": "measure",
        "type": format!("tact.{kind}.v1"),
        "subject": format!("measured-{customer}"),
        "time": time,
        "data": data,
    })
    .to_string()
}

/// The number of a process that still runs.
fn running(process: Option<u32>) -> Result<u32, CommandError> {
    process.ok_or_else(|| "the process ended while it was measured".into())
}

/// The processor time of all threads of a process so far, in nanoseconds.
fn cpu_ns(process: Option<u32>) -> Result<u64, CommandError> {
    let mut spent = 0;
    for thread in fs::read_dir(format!("/proc/{}/task", running(process)?)).map_err(|error| untold(&error))? {
        let text = fs::read_to_string(thread?.path().join("schedstat")).map_err(|error| untold(&error))?;
        spent += text.split_whitespace().next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(spent)
}

fn peak_rss_kb(process: Option<u32>) -> Result<u64, CommandError> {
    let status = fs::read_to_string(format!("/proc/{}/status", running(process)?)).map_err(|error| untold(&error))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|kb| kb.parse().ok());
    kilobytes.ok_or_else(|| "the system does not tell a process's peak memory; measure on Linux".into())
}

fn untold(error: &io::Error) -> CommandError {
    format!("cannot read what the system knows of the process: {error}; measure on Linux").into()
}

/// Whether an ELF file of 64 bits, little-endian, has no table of symbols among its sections.
fn is_stripped(binary: &Path) -> io::Result<bool> {
    let mut file = File::open(binary)?;
    let mut header = [0; 64];
    file.read_exact(&mut header)?;
    let number = |bytes: &[u8], at: usize, length: usize| {
        let digits = bytes.iter().skip(at).take(length).rev();
        digits.fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let (sections, size, count) = (number(&header, 0x28, 8), number(&header, 0x3a, 2), number(&header, 0x3c, 2));
    for section in 0..count {
        let mut header = [0; 8];
        file.seek(SeekFrom::Start(sections + section * size))?;
        file.read_exact(&mut header)?;
        if number(&header, 4, 4) == SYMBOL_TABLE {
            return Ok(false);
        }
    }
    Ok(true)
}

fn table(figures: &[Figures]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["function", "MB", "stripped", "start ms p50", "max", "of it CPU", "peak RSS MB", "CPU us/event"]);
    for figure in figures {
        let milliseconds = |us: u64| format!("{:.1}", Duration::from_micros(us).as_secs_f64() * 1e3);
        table.add_row([
            figure.function.to_owned(),
            tenths(figure.bytes, 1_000_000),
            if figure.stripped { "yes" } else { "no" }.to_owned(),
            milliseconds(figure.start_us_p50),
            milliseconds(figure.start_us_max),
            milliseconds(figure.start_cpu_us_p50),
            tenths(figure.peak_rss_kb, 1_000),
            format!("{:.0}", figure.cpu_us_per_event),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n\nto be at most: 13.0 MB stripped, 25 ms to the first poll, 40 MB at batch {BATCH}")
}

/// A whole number of units with one digit behind the point.
fn tenths(value: u64, unit: u64) -> String {
    let tenths = (value * 10 + unit / 2) / unit;
    format!("{}.{}", tenths / 10, tenths % 10)
}
