//! A function as Lambda keeps it: some processes of its binary, each with a Runtime API of its own, started again when they end, and ended when they
//! do not answer in time. How long each took to start is measured.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::processes::{Process, ProcessError};
use crate::runtime_api::{InvokeError, RuntimeApi};

/// A function with its processes, which end when it is dropped.
#[derive(Debug)]
pub struct Function {
    name: String,
    timeout: Duration,
    seats: Vec<Arc<Seat>>,
    _keepers: JoinSet<()>,
}

/// What a function is started from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Its binary.
    pub binary: PathBuf,
    /// The environment of each process, but for the address of its Runtime API.
    pub environment: Vec<(&'static str, String)>,
    /// How many invocations it runs at once, at least one.
    pub processes: u32,
    /// How long an invocation may take.
    pub timeout: Duration,
}

/// A line that a process wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The function.
    pub function: Arc<str>,
    /// Whether it went to standard error.
    pub is_error: bool,
    /// The line, without its end.
    pub line: String,
}

/// Whoever listens to what processes write.
pub type Listener = Arc<dyn Fn(Said) + Send + Sync>;

/// The place of one process after another.
#[derive(Debug)]
struct Seat {
    api: RuntimeApi,
    kill: Notify,
    start_ups: Mutex<Vec<Duration>>,
}

/// The ARN of a function of this name on this machine.
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")
}

impl Function {
    /// Starts all processes of a function; that they have started is known by [`Self::ready`].
    ///
    /// # Errors
    /// When there is no such binary, or no port.
    pub async fn start(plan: Plan, listener: &Listener) -> Result<Self, ProcessError> {
        let failed = |source| ProcessError::of(&plan.binary, source);
        std::fs::metadata(&plan.binary).map_err(failed)?;
        let (mut seats, mut keepers) = (Vec::<Arc<Seat>>::new(), JoinSet::new());
        for number in 0..plan.processes.max(1) {
            let api = match seats.first() {
                None => RuntimeApi::start(&function_arn(&plan.name)).await,
                Some(first) => first.api.another(number).await,
            };
            let seat = Seat { api: api.map_err(failed)?, kill: Notify::new(), start_ups: Mutex::default() };
            let seat = Arc::new(seat);
            keepers.spawn(keep(Arc::clone(&seat), plan.clone(), number, Arc::clone(listener)));
            seats.push(seat);
        }
        Ok(Self { name: plan.name, timeout: plan.timeout, seats, _keepers: keepers })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Answers when every process has asked for work.
    pub async fn ready(&self) {
        for seat in &self.seats {
            seat.api.first_poll().await;
            // Whoever keeps the process books its start-up just after.
            while seat.start_ups.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    /// How long every process so far took from its start to its first question for work.
    pub fn start_ups(&self) -> Vec<Duration> {
        let of_seat = |seat: &Arc<Seat>| seat.start_ups.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.seats.iter().flat_map(of_seat).collect()
    }

    /// Runs one invocation on whichever process is free. One that does not answer in time is ended, as Lambda ends it, even when nobody waits for the answer any
    /// more.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub async fn invoke(&self, payload: Vec<u8>) -> Result<Vec<u8>, InvokeError> {
        let (seats, timeout) = (self.seats.clone(), self.timeout);
        let invocation = tokio::spawn(async move {
            let Some(first) = seats.first() else { return Err(InvokeError::ProcessEnded) };
            let (seat, answer) = first.api.invoke_at(payload, timeout).await;
            if let (Some(seat), Err(InvokeError::TimedOut(_))) = (seat, &answer) {
                kill(&seats, seat);
            }
            answer
        });
        invocation.await.unwrap_or(Err(InvokeError::ProcessEnded))
    }

    /// Ends the process of a seat at once, whatever it is doing; another takes its place. Nothing for a seat there is not.
    pub fn kill(&self, seat: u32) {
        kill(&self.seats, seat);
    }
}

fn kill(seats: &[Arc<Seat>], seat: u32) {
    if let Some(seat) = usize::try_from(seat).ok().and_then(|place| seats.get(place)) {
        seat.kill.notify_one();
    }
}

/// The pause before a process is started again that ended without ever asking for work; it doubles up to a hundred times as much.
const PAUSE: Duration = Duration::from_millis(100);

/// Keeps a process at a seat.
async fn keep(seat: Arc<Seat>, plan: Plan, number: u32, listener: Listener) {
    let (mut generation, mut failures) = (0_u32, 0_u32);
    loop {
        let environment = environment(&plan, &seat, number, generation);
        let started = Instant::now();
        let process = Process::start(&plan.binary, &environment, Stdio::piped(), Stdio::piped());
        let told = |line: String| listener(Said { function: plan.name.as_str().into(), is_error: true, line });
        let mut process = process.inspect_err(|error| told(error.to_string())).ok();
        if let Some(process) = &mut process {
            let (out, err) = process.output();
            listen(&plan.name, out, err, &listener);
            let polled = tokio::select! {
                at = seat.api.first_poll() => Some(at.saturating_duration_since(started)),
                _ended = process.wait() => None,
            };
            if let Some(start_up) = polled {
                seat.start_ups.lock().unwrap_or_else(PoisonError::into_inner).push(start_up);
                failures = 0;
                tokio::select! {
                    ended = process.wait() => {
                        let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                        told(format!("the process ended ({how}); another takes its place"));
                    }
                    () = seat.kill.notified() => told("the process is ended; another takes its place".to_owned()),
                }
            }
        }
        drop(process);
        seat.api.process_ended();
        generation += 1;
        if failures > 0 {
            tokio::time::sleep(PAUSE * 2_u32.pow(failures.min(7))).await;
        }
        failures += 1;
    }
}

/// The environment of one process: every one that Lambda keeps has a log stream of its own.
fn environment(plan: &Plan, seat: &Seat, number: u32, generation: u32) -> Vec<(&'static str, String)> {
    const LOG_STREAM: &str = "AWS_LAMBDA_LOG_STREAM_NAME";
    let mut environment = plan.environment.clone();
    environment.push(("AWS_LAMBDA_RUNTIME_API", seat.api.address().to_string()));
    if environment.iter().all(|(key, _)| *key != LOG_STREAM) {
        environment.push((LOG_STREAM, format!("{}/{number}/{generation}", plan.name)));
    }
    environment
}

/// Passes on what a process writes, until it ends.
fn listen(
    name: &str,
    out: Option<impl AsyncRead + Unpin + Send + 'static>,
    err: Option<impl AsyncRead + Unpin + Send + 'static>,
    listener: &Listener,
) {
    let function: Arc<str> = name.into();
    if let Some(out) = out {
        tokio::spawn(lines(out, false, Arc::clone(&function), Arc::clone(listener)));
    }
    if let Some(err) = err {
        tokio::spawn(lines(err, true, function, Arc::clone(listener)));
    }
}

async fn lines(from: impl AsyncRead + Unpin, is_error: bool, function: Arc<str>, listener: Listener) {
    let mut lines = BufReader::new(from).lines();
    // What is no text ends the listening: our functions write none.
    while let Ok(Some(line)) = lines.next_line().await {
        listener(Said { function: Arc::clone(&function), is_error, line });
    }
}

#[cfg(test)]
pub(crate) mod tests;
