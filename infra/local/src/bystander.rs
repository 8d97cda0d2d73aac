//! The bystander test: whoever sees only what comes to somebody, and when, must not be able to tell their secrets. For every secret, pairs who live the same
//! life but for it are played dry, and a fresh classifier tries to tell one from the other.
//! Read in this order: `side` (the plays), `seen` (a message as a bystander sees it), `sign` (what can be noticed), `verdict` (whether it tells), `giveaway`
//! (what told), `text`.

mod giveaway;
mod seen;
mod side;
mod sign;
mod text;
mod verdict;

use std::io;
use std::thread;

use serde::Serialize;
use tact_decide::{Catalogue, Models};
use tact_learn::FitError;

use crate::stack::StackError;
use crate::town::{Secret, pairs};
use side::Side;

pub use giveaway::{Example, Giveaway};
pub use sign::Sign;
pub use verdict::{Verdict, WORST};

/// What is tested.
pub struct Bystander<'a> {
    /// What could be done. Its limits do not count: what one got must not be what another did not get.
    pub catalogue: &'a Catalogue,
    /// What scores it.
    pub models: &'a Models,
    /// Which people; the same seed gives the same answer, always.
    pub seed: u64,
    /// How many pairs for every secret; fewer than ten teach nothing.
    pub pairs: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings {
    /// Which people.
    pub seed: u64,
    /// How many pairs for every secret.
    pub pairs: u32,
    /// Whether no secret can be told.
    pub passed: bool,
    /// One verdict for each secret.
    pub secrets: Vec<Verdict>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BystanderError {
    /// The pairs cannot be written.
    #[error("cannot write the pairs: {0}")]
    Pairs(#[from] io::Error),
    /// The play cannot begin.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The classifier cannot learn.
    #[error("the bystander cannot learn: {0}")]
    Fit(#[from] FitError),
}

/// How many pairs `tact check` plays: enough to find a secret that can be told with an area of 0.6.
pub const PAIRS: u32 = 300;

impl Bystander<'_> {
    /// Tests secrets; `done` is told how many are through.
    ///
    /// # Errors
    /// When the pairs cannot be played or learnt from: no answer is no pass.
    pub fn test(&self, secrets: &[Secret], done: &dyn Fn(u64)) -> Result<Findings, BystanderError> {
        let found = thread::scope(|scope| {
            let asked: Vec<_> = secrets.iter().map(|secret| scope.spawn(|| self.verdict(*secret))).collect();
            let told = (1..).zip(asked).map(|(through, verdict)| {
                let verdict = verdict.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                done(through);
                verdict
            });
            told.collect::<Result<Vec<_>, _>>()
        })?;
        let passed = found.iter().all(|verdict| !verdict.leaks);
        Ok(Findings { seed: self.seed, pairs: self.pairs, passed, secrets: found })
    }

    /// Tests one secret. Those who have it live among their twins, who cover them as other people would.
    fn verdict(&self, secret: Secret) -> Result<Verdict, BystanderError> {
        let lives = pairs(secret, self.seed, self.pairs)?;
        let mut catalogue = self.catalogue.clone();
        catalogue.actions.iter_mut().for_each(|action| action.limits.clear());
        let twins = Side::play(&catalogue, self.models, &lives.twins, &[])?;
        let holders = Side::play(&catalogue, self.models, &lives.holders, &twins.joined)?;
        Ok(Verdict::on(secret, &holders, &twins, &catalogue)?)
    }
}

#[cfg(test)]
mod tests;
