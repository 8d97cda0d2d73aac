//! What a visitor would find of whom no more than a type is known: asked of the catalogue alone, and of no table.

use std::io::{self, Write};
use std::process::ExitCode;

use tact_decide::{Catalogue, Scene};
use tact_domain::{ProfileType, Timestamp, Trigger};

use super::Explain;
use crate::command::CommandError;
use crate::command::day::Day;
use crate::command::ground::store_named;
use crate::explain::OnScreen;

/// Prints what a visitor of a type would find.
///
/// # Errors
/// When there is no such store, or the events cannot be read.
pub(super) fn run(asked: &Explain, kind: ProfileType, catalogue: &Catalogue) -> Result<ExitCode, CommandError> {
    let store = store_named(asked.store.as_deref().unwrap_or_default(), &catalogue.places)?;
    let now = match asked.at {
        Some(at) => at,
        None => ends(asked)?,
    };
    let scene = Scene { store, trigger: asked.trigger.unwrap_or(Trigger::Open), now };
    let told = OnScreen::visitor(kind, catalogue, &scene);
    let text = if asked.json { format!("{}\n", serde_json::to_string(&told)?) } else { told.text() };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// When the events end.
fn ends(asked: &Explain) -> Result<Timestamp, CommandError> {
    let day = Day::read(asked.file.as_deref(), false)?;
    Ok(day.arrivals.iter().map(|arrival| arrival.at).max().unwrap_or(Timestamp(0)))
}

/// A type as it is written on a command line.
///
/// # Errors
/// When there is no such type; the message tells all of them.
pub(super) fn type_named(text: &str) -> Result<ProfileType, String> {
    let found = ProfileType::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| format!("write one of {}", ProfileType::ALL.map(ProfileType::name).join(", ")))
}

/// What a visitor does, as it is written on a command line.
///
/// # Errors
/// When nobody does that; the message tells what they do.
pub(super) fn trigger_named(text: &str) -> Result<Trigger, String> {
    let done = || Trigger::ALL.into_iter().filter(|trigger| *trigger != Trigger::Due);
    let names: Vec<_> = done().map(Trigger::name).collect();
    done().find(|trigger| trigger.name() == text).ok_or_else(|| format!("write one of {}", names.join(", ")))
}
