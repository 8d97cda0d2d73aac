//! Playing a file: arrivals become batches as the mapping would cut them, batches go through the functions, what is decided is delivered, the
//! clock ticks, the town answers, and all is counted.

mod coming;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use tact_decide::Catalogue;
use tact_domain::{EventKind, Outcome, TaskKind, Timestamp};
use tact_wire::Message;

use crate::arrival::{self, Arrival};
use crate::observer::Observer;
use crate::output::OutputError;
use crate::respond::Respondents;
use crate::stack::{BATCH, Functions, Kept, Stack, StackError};
use crate::summary::Summary;
use coming::{Coming, Return};

/// What is played, and how.
pub struct Play<'a> {
    /// The events, in the order in which they arrive.
    pub arrivals: Vec<Arrival>,
    /// What could be done.
    pub catalogue: &'a Catalogue,
    /// Where the table is kept; `None` in memory.
    pub data: Option<&'a Path>,
    /// Events before this instant are folded and lead to no decision.
    pub fold_only_until: Option<Timestamp>,
    /// The clock goes on until this instant after the last arrival; `None` until a day after it.
    pub until: Option<Timestamp>,
    /// How recipients answer; `None` when nobody does.
    pub respond: Option<Respondents<'a>>,
}

/// A play that is over.
pub struct Played {
    /// What it came to.
    pub summary: Summary,
    /// What the table holds.
    pub kept: Kept,
}

/// Why a play ended early.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The stack.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A file it writes.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Plays all arrivals, and tells the observers; `progress` is told how many are done with.
///
/// # Errors
/// When the stack fails, or an observer cannot write down what it is told.
pub async fn play(
    play: Play<'_>,
    observers: &mut [&mut dyn Observer],
    progress: &dyn Fn(u64),
) -> Result<Played, PlayError> {
    let stack = Stack::start(play.data, play.catalogue, play.fold_only_until).await?;
    play_on(stack, play, observers, progress).await
}

/// Plays all arrivals on a stack that runs, which stops with that.
///
/// # Errors
/// As [`play`].
pub async fn play_on<F: Functions>(
    stack: Stack<F>,
    play: Play<'_>,
    observers: &mut [&mut dyn Observer],
    progress: &dyn Fn(u64),
) -> Result<Played, PlayError> {
    let (started, cpu) = (Instant::now(), cpu_us());
    let summary = Summary::of(arrival::customers(&play.arrivals));
    let last = play.arrivals.iter().map(|arrival| arrival.at).max().unwrap_or(Timestamp(0));
    let until = play.until.unwrap_or(last.plus_s(DAY_S));
    let (open, coming) = (Batches::none(), Coming::default());
    let mut stage = Stage { stack, observers, summary, play: &play, open, coming, done: 0 };
    stage.run(until, progress).await?;
    let Stage { stack, observers, mut summary, .. } = stage;
    summary.wall_s = started.elapsed().as_secs_f64();
    summary.cpu_us = cpu_us().zip(cpu).map(|(end, start)| end.saturating_sub(start));
    let kept = stack.kept().await?;
    stack.stop().await?;
    summary.kept(&kept, play.catalogue, until);
    for observer in observers.iter_mut() {
        observer.ended(&kept)?;
    }
    Ok(Played { summary, kept })
}

/// How long the clock goes on after the last arrival, in seconds: what waits for the morning still leaves.
const DAY_S: i64 = 86_400;

/// A play while it runs.
struct Stage<'a, 'o, F> {
    stack: Stack<F>,
    observers: &'a mut [&'o mut dyn Observer],
    summary: Summary,
    play: &'a Play<'a>,
    open: Batches,
    coming: Coming,
    done: u64,
}

/// What happens next.
enum Next {
    /// The clock ticks.
    Tick(Timestamp),
    /// Something comes back that the run itself led to.
    Return,
    /// The file goes on.
    Arrival,
    /// Batches that are still open are handed over.
    Close,
    /// Nothing.
    End,
}

impl<F: Functions> Stage<'_, '_, F> {
    /// Takes one thing after the other, always the earliest: ticks before events of the same instant, what comes back before the file.
    async fn run(&mut self, until: Timestamp, progress: &dyn Fn(u64)) -> Result<(), PlayError> {
        let mut file = 0;
        loop {
            let arrival = self.play.arrivals.get(file);
            match self.next(arrival.map(|arrival| arrival.at), until) {
                Next::End => return Ok(()),
                Next::Close => self.close_all().await?,
                // What the batches that are still open lead to may be due even earlier.
                Next::Tick(_) if self.open.any() => self.close_all().await?,
                Next::Tick(at) => self.tick(at).await?,
                Next::Return => self.take_back().await?,
                Next::Arrival => {
                    let Some(arrival) = arrival.cloned() else { continue };
                    if self.admit(&arrival).await? {
                        file += 1;
                    }
                }
            }
            progress(self.done);
        }
    }

    fn next(&self, arrival: Option<Timestamp>, until: Timestamp) -> Next {
        let back = self.coming.next_at().filter(|at| *at <= until);
        let tick = self.stack.next_tick().filter(|at| *at <= until || arrival.is_some());
        let event = arrival.into_iter().chain(back).min();
        match (tick, event) {
            (Some(tick), event) if event.is_none_or(|event| tick <= event) => Next::Tick(tick),
            (_, Some(event)) if back == Some(event) => Next::Return,
            (_, Some(_)) => Next::Arrival,
            (_, None) if self.open.any() => Next::Close,
            (_, None) => Next::End,
        }
    }

    /// Puts an arrival into the batch of its kind; `false` when batches had to be handed over first, whose consequences may come before it.
    async fn admit(&mut self, arrival: &Arrival) -> Result<bool, PlayError> {
        let decides = self.play.fold_only_until.is_none_or(|until| arrival.at >= until);
        let closed = self.open.closed_by(arrival, decides);
        let admitted = closed.is_empty();
        for (kind, batch) in closed {
            self.hand_over(kind, batch).await?;
        }
        if admitted && let Some((kind, batch)) = self.open.add(arrival.clone()) {
            self.hand_over(kind, batch).await?;
        }
        Ok(admitted)
    }

    /// Takes the next thing that comes back: an event onto its stream, a coupon at its till.
    async fn take_back(&mut self) -> Result<(), PlayError> {
        let Some((place, back)) = self.coming.take() else { return Ok(()) };
        match back {
            Return::Event(arrival, says) if self.admit(&arrival).await? => self.summary.answered(says),
            Return::Event(..) => self.coming.put_back(place, back),
            Return::Coupon(presented) => {
                for event in self.stack.present(&presented).await? {
                    self.coming.add(place.0, Return::event(event, Some(Outcome::Redeemed), place.0));
                }
            }
            Return::Task(did) => {
                for event in self.stack.do_task(&did).await? {
                    self.coming.add(place.0, Return::event(event, did.step.outcome(TaskKind::Help), place.0));
                }
            }
        }
        Ok(())
    }

    async fn close_all(&mut self) -> Result<(), PlayError> {
        for (kind, batch) in self.open.close_all() {
            self.hand_over(kind, batch).await?;
        }
        Ok(())
    }

    async fn hand_over(&mut self, kind: EventKind, batch: Vec<Arrival>) -> Result<(), PlayError> {
        self.done += batch.len() as u64;
        for invoked in self.stack.deliver(kind, &batch).await? {
            for record in &invoked.records {
                self.tell(|observer| observer.decided(record))?;
            }
            for (quarantined, line) in invoked.report.quarantined.iter().zip(&invoked.quarantined_lines) {
                self.tell(|observer| observer.quarantined(quarantined, *line))?;
            }
            self.left(&invoked.delivery.sent)?;
            self.summary.accepted(kind, &invoked.accepted_us);
            self.summary.delivered(&invoked.delivery);
            self.summary.add(kind, invoked.report, self.play.catalogue);
        }
        Ok(())
    }

    async fn tick(&mut self, at: Timestamp) -> Result<(), PlayError> {
        let ticked = self.stack.tick(at).await?;
        self.left(&ticked.delivery.sent)?;
        self.summary.delivered(&ticked.delivery);
        self.summary.ticked(&ticked.report);
        ticked.events.into_iter().for_each(|event| self.coming.add(at, Return::event(event, None, at)));
        Ok(())
    }

    /// What left is written down, and answered.
    fn left(&mut self, messages: &[Message]) -> Result<(), PlayError> {
        for message in messages {
            self.tell(|observer| observer.left(message))?;
            let answers = self.play.respond.as_ref().map_or_else(Vec::new, |people| people.answers(message));
            for (at, back) in answers {
                self.coming.add(at, Return::of(back, at));
            }
        }
        Ok(())
    }

    fn tell(&mut self, what: impl Fn(&mut dyn Observer) -> Result<(), OutputError>) -> Result<(), PlayError> {
        Ok(self.observers.iter_mut().try_for_each(|observer| what(&mut **observer))?)
    }
}

/// The batches that still take records, one for each kind. A batch closes when it is full, when an event of another kind arrives for a customer in
/// it, and, where decisions are made, when a customer in it comes again more than a minute later: what was decided and answered in between
/// comes first.
struct Batches(Vec<Open>);

impl Batches {
    fn none() -> Self {
        Self(EventKind::ALL.into_iter().map(Open::of).collect())
    }

    fn any(&self) -> bool {
        self.0.iter().any(|open| !open.arrivals.is_empty())
    }

    fn closed_by(&mut self, arrival: &Arrival, decides: bool) -> Vec<(EventKind, Vec<Arrival>)> {
        let closes = |open: &Open| match open.customers.get(&arrival.customer) {
            None => false,
            Some(_) if open.kind != arrival.kind => true,
            Some(came) => decides && arrival.at.since_ms(*came) > AGAIN_MS,
        };
        self.0.iter_mut().filter(|open| closes(open)).filter_map(Open::close).collect()
    }

    fn add(&mut self, arrival: Arrival) -> Option<(EventKind, Vec<Arrival>)> {
        let open = self.0.iter_mut().find(|open| open.kind == arrival.kind)?;
        open.customers.insert(arrival.customer.clone(), arrival.at);
        open.arrivals.push(arrival);
        if open.arrivals.len() >= BATCH { open.close() } else { None }
    }

    fn close_all(&mut self) -> Vec<(EventKind, Vec<Arrival>)> {
        self.0.iter_mut().filter_map(Open::close).collect()
    }
}

/// Coming again after this many milliseconds closes a batch.
const AGAIN_MS: i64 = 60_000;

/// A batch that still takes records, with the customers in it and when they came last.
struct Open {
    kind: EventKind,
    arrivals: Vec<Arrival>,
    customers: BTreeMap<String, Timestamp>,
}

impl Open {
    fn of(kind: EventKind) -> Self {
        Self { kind, arrivals: Vec::new(), customers: BTreeMap::new() }
    }

    fn close(&mut self) -> Option<(EventKind, Vec<Arrival>)> {
        self.customers.clear();
        let arrivals = std::mem::take(&mut self.arrivals);
        (!arrivals.is_empty()).then_some((self.kind, arrivals))
    }
}

/// The processor time of this process so far, in microseconds; `None` where the system does not tell.
fn cpu_us() -> Option<u64> {
    // Fields 14 and 15 of the kernel's line: ticks of a hundredth of a second in user and in system mode.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let ticks = |field: usize| after_name.split_whitespace().nth(field - 3)?.parse::<u64>().ok();
    Some((ticks(14)? + ticks(15)?) * 10_000)
}
