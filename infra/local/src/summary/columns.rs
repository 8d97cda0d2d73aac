//! The three columns of the day in town: who only asks who may have it, who also keeps the law, and Tact; from the same events, models and random
//! numbers. The first two are played dry; the third is the run itself.

use std::collections::BTreeMap;

use serde::Serialize;
use tact_decide::{Catalogue, Models};
use tact_domain::Timestamp;

use super::column::Column;
use super::witness::Witness;
use crate::dry::{Consents, Dry, Script, eager, lawful};
use crate::respond::Respondents;
use crate::stack::Kept;

/// What a run is set beside.
pub struct Beside<'a> {
    /// The events that were played.
    pub script: &'a Script,
    /// The catalogue they were played with.
    pub catalogue: &'a Catalogue,
    /// What scored them.
    pub models: &'a Models,
    /// Events before this instant were folded without being decided on.
    pub fold_only_until: Option<Timestamp>,
    /// How long the clock went on; `None` for a day.
    pub until: Option<Timestamp>,
    /// How people answered; `None` when nobody did.
    pub respond: Option<Respondents<'a>>,
}

/// The columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// Eligibility only.
    pub eager: Column,
    /// With consent, caps, hours and places as well.
    pub lawful: Column,
    /// What this run did.
    pub tact: Column,
}

impl Columns {
    /// Sets what a run kept, and the reasons it counted, beside the others.
    pub(super) fn of(beside: &Beside<'_>, kept: &Kept, held_back: &BTreeMap<&'static str, u64>) -> Self {
        let (base, witness) = (beside.catalogue, Witness::of(beside.script));
        let dry = |own: &Catalogue, consents: Consents| {
            let Beside { models, fold_only_until, until, ref respond, .. } = *beside;
            let dry = Dry { catalogue: own, models, consents, fold_only_until, until, respond: respond.clone() };
            let rehearsed = dry.play(beside.script);
            Column::of(&rehearsed.decisions, &rehearsed.held_back, own, base, &witness)
        };
        Self {
            eager: dry(&eager(base), Consents::Assumed),
            lawful: dry(&lawful(base), Consents::Theirs),
            tact: Column::of(&kept.decisions, held_back, base, base, &witness),
        }
    }

    /// What Tact earned more than whoever keeps the law and nothing else, in minor units; negative when it earned less.
    pub fn gap_minor(&self) -> i64 {
        self.tact.margin_minor - self.lawful.margin_minor
    }

    /// The columns with their names.
    pub fn all(&self) -> [(&'static str, &Column); 3] {
        [("eager", &self.eager), ("lawful", &self.lawful), ("tact", &self.tact)]
    }
}
