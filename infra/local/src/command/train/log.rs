//! `tact train --log`: a model of what one's own messages bring, from the decision log and what the table beside it keeps of them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use tact_decide::Catalogue;
use tact_domain::{CustomerId, Purpose, Timestamp};
use tact_learn::{Learnt, Plan};
use tact_model::FEATURES;
use tact_wire::decode_record;

use super::{CommandError, Train, learnt, text, write};
use crate::command::ground;
use crate::local_log;
use crate::stack::Kept;
use crate::training::{Gathering, Training};

/// What every model of a log is called, as decisions quote it.
const NAME: &str = "accept";

impl Train {
    /// Learns from the messages of a log, measures on the last of them, and writes the artefact under the name by which it is compiled in.
    pub(super) fn model_of_log(&self, directory: &Path) -> Result<String, CommandError> {
        let given = self.chosen.read()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (kept, catalogue) = runtime.block_on(ground::read(directory, given))?;
        let training = training(directory, &catalogue, &kept)?;
        let shown = directory.display();
        let too_few = |problem: &str| {
            let left_out = training.left_out().join("; ");
            let found = training.examples.len();
            format!(
                "cannot learn from the log in `{shown}`: {problem}; {found} messages can be learnt from, left out: {left_out}"
            )
        };
        let (earlier, later) = training.parted().ok_or_else(|| too_few("it holds too few messages"))?;
        if later.labels.iter().all(|label| Some(label) == later.labels.first()) {
            return Err(too_few("all of its last messages, to be measured on, came to the same").into());
        }
        let plan = Plan {
            choice: self.model.choice(),
            seed: self.seed,
            name: NAME.to_owned(),
            label: "what it was sent for came of the message within its window".to_owned(),
            trained_on: format!("the decision log of catalogue {}", catalogue.hash),
        };
        let learnt = learnt(&earlier, Some(&later), &plan).map_err(|error| too_few(&error.to_string()))?;
        learnt.model.bind(&FEATURES)?;
        let written = self.out.as_deref().map(|out| written(&learnt, out)).transpose()?;
        if self.json {
            return Ok(format!("{}\n", json(&learnt, &training)));
        }
        let mut said = text::card(&learnt);
        for line in training.left_out() {
            said.extend(["left out: ", &line, "\n"]);
        }
        Ok(said + &written.unwrap_or_default())
    }
}

/// The examples of the log beside a table.
fn training(directory: &Path, catalogue: &Catalogue, kept: &Kept) -> Result<Training, CommandError> {
    let mut gathering = Gathering::of(catalogue);
    read(directory, &mut gathering)
        .map_err(|error| format!("cannot read the decision log in `{}`: {error}", directory.display()))?;
    let items: BTreeMap<_, _> = kept.decisions.iter().map(|(_, item)| (item.decision.to_string(), item)).collect();
    let consents = kept.consents();
    let may_profile = |customer: &CustomerId, at: Timestamp| {
        let known = consents.get(customer.as_str());
        known.is_some_and(|known| known.relied_on_anywhere(Purpose::Profiling, at).is_ok())
    };
    Ok(gathering.finish(&items, &may_profile))
}

/// Takes in the log; a line that cannot be read, as the last one when the machine stopped, is passed over.
fn read(directory: &Path, gathering: &mut Gathering<'_>) -> io::Result<()> {
    for line in local_log::lines(&directory.join(local_log::FILE))? {
        if let Ok(recorded) = decode_record(&line?) {
            gathering.note(&recorded);
        }
    }
    Ok(())
}

/// Writes the artefact into a folder as `accept.forest` or `accept.logistic`.
fn written(learnt: &Learnt, folder: &Path) -> Result<String, CommandError> {
    let failed = |error: io::Error| format!("cannot make the folder `{}`: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    write(learnt, &folder.join(format!("{NAME}.{}", learnt.chosen.kind())))
}

/// The card as JSON, with how many decisions were left out.
fn json(learnt: &Learnt, training: &Training) -> serde_json::Value {
    let mut said = text::json(learnt);
    if let Some(fields) = said.as_object_mut() {
        fields.insert("messages".to_owned(), training.examples.len().into());
        fields.insert("left_out".to_owned(), serde_json::json!(training.left_out));
    }
    said
}
