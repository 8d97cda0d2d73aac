//! `tact publish`: a catalogue is checked, uploaded and put in force; or one that was, again.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgGroup, Args};
use tact_decide::Catalogue;

use super::CommandError;
use super::chosen::catalogue;
use super::day::now;
use crate::check::{Sources, text};
use crate::publish::{Place, Published, Wanted};

/// The arguments of `tact publish`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("place").required(true).args(["data", "table"]))]
pub(super) struct Publish {
    /// The catalogue to publish [default: the one compiled in]
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Put the catalogue of this hash in force, which the table holds already: the way back
    #[arg(long, value_name = "HASH", conflicts_with = "directory", value_parser = hash)]
    hash: Option<String>,
    /// In the table that `tact run --data` keeps in this directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// In this table of a deployment; region and keys are taken from the environment: `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Where the table is reached [default: the region's own address]
    #[arg(long, value_name = "URL", requires = "table")]
    endpoint: Option<String>,
}

impl Publish {
    /// Publishes, and says how to go back.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let wanted = match self.hash {
            Some(hash) => Wanted::Hash(hash),
            None => Wanted::Catalogue(Box::new(checked(self.directory.as_deref())?)),
        };
        let place = match (self.data, self.table) {
            (None, Some(name)) => Place::Table { name, endpoint: self.endpoint },
            (data, _) => Place::Directory(data.unwrap_or_default()),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let published = runtime.block_on(place.publish(&wanted))?;
        io::stdout().lock().write_all(told(&published, &place).as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A catalogue that may be put in force: one in which `tact check` finds nothing wrong.
fn checked(directory: Option<&Path>) -> Result<Catalogue, CommandError> {
    let sources = directory.map_or_else(|| Ok(Sources::compiled_in()), Sources::read)?;
    let checked = tact_policy::check(&sources.files, &sources.tests, &tact_aws::models()?, now());
    if !checked.is_sound() {
        return Err(format!("nothing is published: {}", text(&checked, &sources.place)).into());
    }
    catalogue(directory, None)
}

fn told(published: &Published, place: &Place) -> String {
    let Published { hash, former } = published;
    let before = match former {
        None => "before it, every function decided with the catalogue of its build".to_owned(),
        Some(former) if former == hash => "it was in force already".to_owned(),
        Some(former) => format!("before it: {former}; to go back: tact publish --hash {former} {place}"),
    };
    format!("in force from the next batch on: {hash}\n{before}\n")
}

/// The hash of a catalogue: 64 hexadecimal digits in lower case.
fn hash(text: &str) -> Result<String, String> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == 64 && text.bytes().all(is_digit) {
        Ok(text.to_owned())
    } else {
        Err("a hash has 64 hexadecimal digits in lower case, as `tact publish` printed it".to_owned())
    }
}
