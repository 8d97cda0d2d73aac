//! Whom a policy test is about: somebody by name, or the first who stands where the test needs them.

use tact_decide::Catalogue;
use tact_domain::{CustomerId, Key, Timestamp};

/// How many customers are tried.
const TRIED: u32 = 100_000;

/// Where somebody stands in the holdout, in control groups and in the arms of trials.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// Who it is; whoever fits when nobody is named.
    pub(super) name: Option<CustomerId>,
    /// Whether they are held out.
    pub(super) held_out: bool,
    /// The action whose control group they belong to.
    pub(super) control: Option<Key>,
    /// An action and the arm of its trial that they are in.
    pub(super) arm: Option<(Key, Key)>,
}

impl Standing {
    /// The one who is named, else the first who stands so in the year of an instant; `None` when nobody does.
    pub(super) fn customer(&self, catalogue: &Catalogue, now: Timestamp) -> Option<CustomerId> {
        if let Some(name) = &self.name {
            return Some(name.clone());
        }
        let mut all = (1..=TRIED).filter_map(|n| CustomerId::new(&format!("customer-{n}")));
        all.find(|customer| self.fits(customer, catalogue, now))
    }

    fn fits(&self, customer: &CustomerId, catalogue: &Catalogue, now: Timestamp) -> bool {
        let holdout = catalogue.policy.holdout.holds(customer, now) == self.held_out;
        let mut actions = catalogue.actions.iter();
        let controls = actions.all(|action| {
            action.is_control(customer, now) == (self.control.as_ref() == Some(&action.name) && !action.is_owed())
        });
        holdout && controls && self.is_in_arm(customer, catalogue, now)
    }

    fn is_in_arm(&self, customer: &CustomerId, catalogue: &Catalogue, now: Timestamp) -> bool {
        let Some((action, arm)) = &self.arm else { return true };
        let Some(action) = catalogue.actions.iter().find(|known| known.name == *action) else { return false };
        let position = action.arm_position(customer, now);
        let in_arm = |known: &&tact_decide::Arm| known.name == *arm;
        let arms = action.treatments.iter().filter_map(|treatment| treatment.arm.as_ref());
        position.is_some_and(|at| arms.filter(in_arm).any(|arm| arm.from <= at && at < arm.to))
    }
}
