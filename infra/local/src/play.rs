//! Playing a file: lines become batches as the mapping would cut them, batches go through the functions, and all is counted.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use tact_decide::Catalogue;
use tact_domain::{EventKind, Timestamp};

use crate::arrival::{self, Arrival};
use crate::output::{Output, OutputError};
use crate::stack::{self, BATCH, Stack, StackError};
use crate::summary::Summary;

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

/// Plays all arrivals; `progress` is told how many are done with.
///
/// # Errors
/// When the stack fails or the output cannot be written.
pub async fn play(play: Play<'_>, mut output: Output, progress: &dyn Fn(u64)) -> Result<Summary, PlayError> {
    let (started, cpu) = (Instant::now(), cpu_us());
    let mut stack = Stack::start(play.data, play.catalogue, play.fold_only_until).await?;
    let mut summary = Summary::of(arrival::customers(&play.arrivals));
    let mut done = 0;
    for (kind, batch) in batches(play.arrivals) {
        done += batch.len() as u64;
        for invoked in stack.deliver(kind, &batch).await? {
            for record in &invoked.records {
                output.decision(record)?;
            }
            for (quarantined, line) in invoked.report.quarantined.iter().zip(&invoked.quarantined_lines) {
                output.quarantined(quarantined, *line)?;
            }
            summary.add(kind, invoked.report, play.catalogue);
        }
        progress(done);
    }
    summary.wall_s = started.elapsed().as_secs_f64();
    summary.cpu_us = cpu_us().zip(cpu).map(|(end, start)| end.saturating_sub(start));
    let facets = stack.facets().await?;
    for (customer, kind, bytes) in &facets {
        output.facet(&stack::facet_line(customer, *kind, bytes).unwrap_or_default())?;
    }
    summary.state_hash = stack::state_hash(&facets);
    output.finish()?;
    stack.stop().await?;
    Ok(summary)
}

/// Cuts arrivals into batches, in the order in which they are handed to functions. A batch holds one kind; it closes when it is full, when
/// an event of another kind arrives for a customer in it, or at the end.
fn batches(arrivals: Vec<Arrival>) -> Vec<(EventKind, Vec<Arrival>)> {
    let mut open: Vec<Open> = EventKind::ALL.into_iter().map(Open::of).collect();
    let mut closed = Vec::new();
    for arrival in arrivals {
        for batch in &mut open {
            if batch.kind != arrival.kind && batch.customers.contains(&arrival.customer) {
                closed.extend(batch.close());
            }
        }
        if let Some(batch) = open.iter_mut().find(|batch| batch.kind == arrival.kind) {
            batch.customers.insert(arrival.customer.clone());
            batch.arrivals.push(arrival);
            if batch.arrivals.len() >= BATCH {
                closed.extend(batch.close());
            }
        }
    }
    closed.extend(open.iter_mut().filter_map(Open::close));
    closed
}

/// A batch that still takes records.
struct Open {
    kind: EventKind,
    arrivals: Vec<Arrival>,
    customers: BTreeSet<String>,
}

impl Open {
    fn of(kind: EventKind) -> Self {
        Self { kind, arrivals: Vec::new(), customers: BTreeSet::new() }
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
