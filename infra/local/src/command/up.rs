//! `tact up`: the cloud on this machine, for as long as it is wanted.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tact_mapping::Checkpoints;
use tact_pipeline::DeliveryMode;
use tokio::signal::unix::SignalKind;
use tokio::task::JoinHandle;

use super::CommandError;
use crate::cloud::{
    Cloud, DECISION_LOG, Fleet, Gateway, InvokeApi, Pace, Poller, Ports, REPLY, Setting, TABLE, Terms, Trouble,
    mapping_settings, stream_of, wall,
};
use crate::kinesis::Limits;
use crate::pool::Said;
use crate::sinks::Received;

/// The arguments of `tact up`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(super) struct Up {
    /// Run the functions' real binaries in this directory behind their streams; without it, the cloud waits for functions that somebody else runs
    #[arg(long, value_name = "DIR")]
    functions: Option<PathBuf>,
    /// Listen on this port of 127.0.0.1 and the eight after it
    #[arg(long, value_name = "PORT", default_value = "7400")]
    port: u16,
    /// Keep the table in this directory, and go on with what is there; streams are not kept [default: in memory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How messages leave while the table holds no switch; nothing leaves this machine
    #[arg(long, value_name = "MODE", default_value = "live", value_parser = mode)]
    delivery: DeliveryMode,
    /// Shards of each stream
    #[arg(long, value_name = "N", default_value = "4")]
    shards: NonZeroU32,
    /// Let shards take whatever comes and keep it to the end, instead of what those of Kinesis take, for a day
    #[arg(long)]
    unlimited: bool,
    /// How many invocations each function runs at once
    #[arg(long, value_name = "N", default_value = "1")]
    processes: NonZeroU32,
    /// Read streams as a standard consumer of Lambda does, once a second where nothing came, instead of at once
    #[arg(long)]
    as_lambda: bool,
    /// Put records that were given up here, as the bucket of a deployment keeps them, for `tact redrive`
    #[arg(long, value_name = "DIR", default_value = "failed-records")]
    failed: PathBuf,
    /// Print one JSON object with every address instead of text
    #[arg(long)]
    json: bool,
    /// Print the metrics of every invocation too
    #[arg(long)]
    verbose: bool,
}

/// What the sinks of this machine are sealed with: it opens nothing elsewhere.
const SECRET: [u8; 32] = *b"the cloud of one machine: opened";
/// How often the clock ticks.
const TICK: Duration = Duration::from_mins(1);
/// What keeps how far the table's stream is done with, beside the table.
const CHECKPOINTS: &str = "table-stream.json";
/// How long the database may take to stop.
const STOP: Duration = Duration::from_secs(3);
/// How often it is looked whether a message arrived.
const LOOK: Duration = Duration::from_millis(100);

impl Up {
    /// Starts everything, says where it is, and ends when it is told to.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(self.stay())?;
        Ok(ExitCode::SUCCESS)
    }

    async fn stay(&self) -> Result<(), CommandError> {
        let ports = Ports::from(self.port).ok_or("there are not nine ports from there on: give a lower `--port`")?;
        let setting = Setting {
            ports,
            data: self.data.as_deref(),
            secret: SECRET,
            reply_url: None,
            delivery: self.delivery,
            shards: self.shards,
            limits: if self.unlimited { Limits::None } else { Limits::AsKinesis },
            now_ms: wall(),
            dates_signatures: true,
        };
        let cloud = Cloud::start(setting).await?;
        let ended = told_to_end()?;
        tokio::pin!(ended);
        let running = match &self.functions {
            None => None,
            Some(directory) => Some(tokio::select! {
                running = self.running(&cloud, directory) => running?,
                () = &mut ended => return Ok(()),
            }),
        };
        print(&if self.json { self.json(&cloud, running.as_ref()) } else { self.text(&cloud, running.as_ref()) })?;
        let mut seen = 0;
        loop {
            tokio::select! {
                () = &mut ended => break,
                () = tokio::time::sleep(LOOK) => {
                    let (taken, place) = cloud.sinks.taken_since(seen);
                    seen = place;
                    for received in taken.iter().filter(|_| !self.json) {
                        print(&arrived(received))?;
                    }
                    self.keep(running.as_ref())?;
                }
            }
        }
        self.keep(running.as_ref())?;
        drop(running);
        // Whoever holds a connection open does not keep it up.
        if let Ok(stopped) = tokio::time::timeout(STOP, cloud.database.stop()).await {
            stopped?;
        }
        Ok(())
    }

    /// Keeps how far the table's stream is done with beside a table that is kept: another life goes on from there.
    fn keep(&self, running: Option<&Running>) -> Result<(), CommandError> {
        let (Some(directory), Some(running)) = (&self.data, running) else { return Ok(()) };
        let Some(poller) = running.pollers.iter().find(|poller| poller.reads_table()) else { return Ok(()) };
        let (path, unfinished) = (directory.join(CHECKPOINTS), directory.join(CHECKPOINTS).with_extension("part"));
        std::fs::write(&unfinished, poller.checkpoints().to_json())?;
        Ok(std::fs::rename(unfinished, path)?)
    }

    /// Where an earlier life left the table's stream; `None` when there was none.
    fn kept(&self) -> Result<Option<Checkpoints>, CommandError> {
        let Some(path) = self.data.as_ref().map(|directory| directory.join(CHECKPOINTS)) else { return Ok(None) };
        if !path.exists() {
            return Ok(None);
        }
        let read = Checkpoints::from_json(&std::fs::read_to_string(&path)?);
        let read =
            read.map_err(|error| format!("cannot go on from `{}`: {error}; remove it to begin anew", path.display()));
        Ok(Some(read?))
    }

    /// Runs the functions of a directory behind their streams, the clock, HTTP and the Invoke API.
    async fn running(&self, cloud: &Cloud, directory: &Path) -> Result<Running, CommandError> {
        let verbose = self.verbose;
        let listener = move |said: Said| {
            if verbose || said.is_error {
                // A terminal that is gone hears nothing.
                let _unheard = writeln!(io::stderr().lock(), "{}: {}", said.function, said.line);
            }
        };
        std::fs::create_dir_all(&self.failed)
            .map_err(|error| format!("cannot keep what is given up in `{}`: {error}", self.failed.display()))?;
        let terms = Terms {
            processes: self.processes.get(),
            environment: Vec::new(),
            is_known_by_name: false,
            listener: Arc::new(listener),
        };
        let fleet = Fleet::start(cloud, directory, &terms).await?;
        let taken = |what: &'static str| {
            move |problem| format!("cannot listen on 127.0.0.1 for {what}: {problem}; `--port` moves all")
        };
        let reply = fleet.function(REPLY).cloned().ok_or("`reply` does not run")?;
        let gateway = Gateway::start(cloud.http_address(), reply).await.map_err(taken("HTTP"))?;
        let invoke =
            InvokeApi::start(cloud.lambda_address(), fleet.functions().cloned()).await.map_err(taken("Lambda"))?;
        fleet.ready().await?;
        let pace = if self.as_lambda { Pace::AsLambda } else { Pace::AtOnce };
        let mut mappings = fleet.mappings(cloud, &mapping_settings(), pace)?;
        for mapping in mappings.iter_mut().filter(|mapping| mapping.source.is_table()) {
            mapping.from = self.kept()?;
        }
        let trouble: Trouble = Arc::new(|what| {
            let _unheard = writeln!(io::stderr().lock(), "{what}");
        });
        let pollers = Fleet::poll(mappings, Some(&self.failed), &trouble);
        Ok(Running { pollers, _gateway: gateway, invoke, clock: fleet.clock(TICK), fleet })
    }

    fn text(&self, cloud: &Cloud, running: Option<&Running>) -> String {
        let mut text = "the cloud on this machine; Ctrl-C ends it\n\n".to_owned();
        for (key, value) in exports(cloud, running) {
            let _in_memory = writeln!(text, "export {key}={value}");
        }
        let streams = tact_domain::EventKind::ALL.map(stream_of).join(" ");
        let _in_memory = writeln!(text, "\ntable    {TABLE}\nstreams  {streams} {DECISION_LOG}");
        match running {
            None => text.push_str("functions: none; `--functions DIR` runs them, or let `cargo lambda watch` run them with these exports\n"),
            Some(running) => {
                let _in_memory = writeln!(text, "functions, with how long they took to start: {}", running.starts());
                let _in_memory = writeln!(text, "records that were given up lie in `{}`\n", self.failed.display());
            }
        }
        text
    }

    fn json(&self, cloud: &Cloud, running: Option<&Running>) -> String {
        let exports: serde_json::Map<_, _> =
            exports(cloud, running).into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
        let starts = running.map(|running| {
            let each = running.fleet.functions().map(|function| {
                let took = function.start_ups().iter().max().map_or(0.0, Duration::as_secs_f64);
                (function.name().to_owned(), json!(took * 1e3))
            });
            each.collect::<serde_json::Map<_, _>>()
        });
        let streams: Vec<_> = tact_domain::EventKind::ALL.map(stream_of).into_iter().chain([DECISION_LOG]).collect();
        let said = json!({ "environment": exports, "table": TABLE, "streams": streams, "start_ms": starts, "failed": self.failed });
        format!("{said}\n")
    }
}

/// Waits until somebody ends it: from a terminal, or as a service is ended. Whoever says so twice is heard at once.
fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    let signal = |kind| tokio::signal::unix::signal(kind);
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (ends, ended) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut once = async || tokio::select! { _ = interrupted.recv() => {}, _ = terminated.recv() => {} };
        once().await;
        // It may be ending already.
        let _told = ends.send(());
        once().await;
        std::process::exit(130);
    });
    Ok(async move {
        // The sender goes with its word only.
        let _told = ended.await;
    })
}

/// Functions that run, with what feeds them.
struct Running {
    pollers: Vec<Poller>,
    _gateway: Gateway,
    invoke: InvokeApi,
    clock: Option<JoinHandle<()>>,
    fleet: Fleet,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(clock) = &self.clock {
            clock.abort();
        }
    }
}

impl Running {
    fn starts(&self) -> String {
        let each = self.fleet.functions().map(|function| {
            let took = function.start_ups().iter().max().map_or(0.0, Duration::as_secs_f64);
            format!("{} {:.1} ms", function.name(), took * 1e3)
        });
        each.collect::<Vec<_>>().join(", ")
    }
}

/// What clients and functions need in their environment to find this cloud. Beside what is said of every function, `AWS_LAMBDA_*` is left to whoever runs them.
fn exports(cloud: &Cloud, running: Option<&Running>) -> Vec<(&'static str, String)> {
    let mut exports = cloud.environment("");
    exports.retain(|(key, _)| !key.starts_with("AWS_LAMBDA_"));
    exports.extend(running.map(|running| ("AWS_ENDPOINT_URL_LAMBDA", running.invoke.endpoint())));
    exports.push(("AWS_DEFAULT_REGION", "us-east-1".to_owned()));
    exports.sort_unstable();
    exports
}

/// A message that arrived, as its recipient sees it; the address is left out.
fn arrived(received: &Received) -> String {
    let subject = received.header("subject").map_or_else(String::new, |subject| format!("\"{subject}\" "));
    let text = received.text.trim_end().replace("\r\n", "\n").replace('\n', "\n    ");
    format!("{} {}: {subject}{text}\n", received.provider.name(), received.decision)
}

fn mode(name: &str) -> Result<DeliveryMode, String> {
    let known = DeliveryMode::ALL.map(DeliveryMode::name).join(", ");
    DeliveryMode::parse(name).ok_or_else(|| format!("it is one of {known}"))
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
