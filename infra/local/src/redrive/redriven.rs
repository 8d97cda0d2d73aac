//! A plan carried out: one call after the other, and what came of them.

use serde::Serialize;

use super::{Endpoint, EndpointError, Plan, TableBatch, calls};

/// What came of putting back and handing over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Redriven {
    /// In how many calls records were put.
    pub calls: usize,
    /// How many records their streams took.
    pub put: usize,
    /// How often records were refused, and put again.
    pub again: usize,
    /// How many records their functions did.
    pub done: usize,
    /// The sequence number of the first record that was not done, of each invocation that did not do all.
    pub undone: Vec<String>,
    /// What ended it early; `None` when everything was put and handed over.
    pub stopped: Option<String>,
}

impl Plan {
    /// Puts records back at one address and hands invocations over at another, and answers how far that went.
    pub async fn carry_out(&self, streams: Endpoint, functions: Endpoint) -> Redriven {
        let mut redriven = Redriven::default();
        let ended = self.steps(streams, functions, &mut redriven).await;
        redriven.stopped = ended.err().map(|(place, why)| {
            format!("stopped at `{place}`: {why}; when that is mended, give the same files again: what was put back already changes nothing")
        });
        redriven
    }

    async fn steps(
        &self,
        streams: Endpoint,
        functions: Endpoint,
        redriven: &mut Redriven,
    ) -> Result<(), (String, EndpointError)> {
        for to in &self.streams {
            for call in calls(&to.records) {
                let put = streams.put(&to.stream, &call).await.map_err(|why| (to.stream.name.clone(), why))?;
                redriven.put += put.put;
                redriven.again += put.again;
                redriven.calls += 1;
            }
        }
        for to in &self.functions {
            for batch in &to.batches {
                let named = functions.invoke(&to.function, &batch.event).await;
                let named = named.map_err(|why| (to.function.name.clone(), why))?;
                let first = first_undone(batch, &named);
                redriven.done += first.unwrap_or(batch.sequences.len());
                let record = first.and_then(|first| batch.sequences.get(first));
                redriven.undone.extend(record.map(|sequence| sequence.digits().to_owned()));
            }
        }
        Ok(())
    }
}

/// The place of the first record that is not done, as a mapping would read an answer: everything from the lowest that is named on, and everything when a
/// name is unknown.
fn first_undone(batch: &TableBatch, named: &[String]) -> Option<usize> {
    let place = |item: &String| batch.sequences.iter().position(|known| known.digits() == item);
    named.iter().map(|item| place(item).unwrap_or(0)).min()
}
