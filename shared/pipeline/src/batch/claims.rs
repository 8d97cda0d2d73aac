//! What the messages of a batch take of limits: taken before anything is logged, one customer after the other in the order of their records, so that the
//! same batch always comes to the same, and put back when it is certain that a turn was not committed.

use tact_decide::Claim;
use tact_domain::{Key, Timestamp};

use super::{Pipeline, Undone};
use crate::turn::{Prepared, Turn};
use crate::{Clock, DecisionLog, Store};

/// How often a turn is decided again because a limit is used up, before it is decided without all that is limited.
const ROUNDS: usize = 16;

impl<S: Store, L: DecisionLog, C: Clock> Pipeline<S, L, C> {
    /// Takes what all turns of a batch take of limits.
    pub(super) async fn all_claimed<'r>(
        &self,
        turns: Vec<Turn<'r>>,
        prepared: Vec<Result<Prepared, Undone>>,
    ) -> Vec<(Turn<'r>, Result<Prepared, Undone>)> {
        let mut claimed = Vec::with_capacity(turns.len());
        for (mut turn, prepared) in turns.into_iter().zip(prepared) {
            let prepared = match prepared {
                Ok(prepared) => self.claimed(&mut turn, prepared, 0, 1).await,
                undone => undone,
            };
            claimed.push((turn, prepared));
        }
        claimed
    }

    /// Takes what a prepared turn takes of limits. When one of them has not enough left, the turn is prepared again without it.
    pub(super) async fn claimed(
        &self,
        turn: &mut Turn<'_>,
        mut prepared: Prepared,
        from: usize,
        attempt: u32,
    ) -> Result<Prepared, Undone> {
        let mut rounds = 0;
        while let Some((place, limit)) = self.unmet(turn, &prepared.claims).await {
            rounds += 1;
            let all = (0, Key::from(Claim::ALL));
            turn.exhausted.push(if rounds < ROUNDS { (place, limit) } else { all });
            prepared = self.attempt(turn, from, attempt).await?;
        }
        Ok(prepared)
    }

    /// Takes all claims or none: answers the first that cannot be met, with the place of its event. A limit that cannot be read counts as used up.
    async fn unmet(&self, turn: &Turn<'_>, claims: &[(usize, Claim)]) -> Option<(usize, Key)> {
        let arrived = turn.events.first().map_or(Timestamp(0), |queued| queued.event.signal.arrived);
        let now = self.clock.now(arrived);
        for (taken, (place, claim)) in claims.iter().enumerate() {
            let met = self.leases.take(&self.store, &self.process, claim, now).await;
            if !met.unwrap_or(false) {
                self.put_back(claims.get(..taken).unwrap_or_default());
                return Some((*place, claim.limit.clone()));
            }
        }
        None
    }

    /// Puts back what a turn took that is certain not to be committed.
    pub(super) fn put_back(&self, claims: &[(usize, Claim)]) {
        for (_, claim) in claims {
            self.leases.put_back(claim);
        }
    }
}
