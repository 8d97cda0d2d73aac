//! The events a command plays: a file, standard input, or the day in town, and what holds for the day in town alone.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use flate2::bufread::MultiGzDecoder;
use tact_domain::Timestamp;

use super::CommandError;
use crate::arrival::{self, Arrival};
use crate::town::DAY_BEGINS;

/// The day in town, compiled in, so that the first run needs no file.
const DAY_IN_TOWN: &[u8] = include_bytes!("../../../../events/a-day-in-town.ndjson");

/// Events to be played.
pub(super) struct Day {
    /// The events, in the order in which they arrive.
    pub(super) arrivals: Vec<Arrival>,
    /// Whether these are the events that are compiled in, wherever they were read from.
    pub(super) in_town: bool,
}

impl Day {
    /// Reads the events of a file; `-` is standard input, and no file the day in town.
    ///
    /// # Errors
    /// When it cannot be read; the message names it.
    pub(super) fn read(file: Option<&Path>, as_arrived: bool) -> Result<Self, CommandError> {
        let (name, source): (String, Box<dyn Read>) = match file {
            None => ("the day in town".to_owned(), Box::new(DAY_IN_TOWN)),
            Some(path) if path == Path::new("-") => ("standard input".to_owned(), Box::new(io::stdin().lock())),
            Some(path) => (path.display().to_string(), Box::new(open(path)?)),
        };
        let failed = |error: io::Error| format!("cannot read {name}: {error}");
        let mut plain = BufReader::new(source);
        let packed = plain.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let mut lines: Box<dyn BufRead> =
            if packed { Box::new(BufReader::new(MultiGzDecoder::new(plain))) } else { Box::new(plain) };
        let arrivals = arrival::read(&mut lines, as_arrived).map_err(failed)?;
        let in_town = file.is_none() || is_the_day_in_town(&arrivals);
        Ok(Self { arrivals, in_town })
    }

    /// Until when events are folded without being decided on: the morning of the day in town; `None` for any other day.
    pub(super) fn warm_up(&self) -> Option<Timestamp> {
        self.in_town.then(|| instant(DAY_BEGINS).ok()).flatten()
    }
}

/// An instant as it is written on a command line.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let at = parsed.map_err(|_| "write a time such as 2026-10-31T08:00:00-04:00".to_owned())?;
    Ok(Timestamp(at.as_millisecond()))
}

/// The instant it is, for what nobody dated.
pub(super) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

fn open(path: &Path) -> Result<File, CommandError> {
    let opened = File::open(path)
        .and_then(|file| if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(file) });
    let failed =
        |error| format!("cannot read `{}`: {error}; give a file of events, one JSON object a line", path.display());
    Ok(opened.map_err(failed)?)
}

fn is_the_day_in_town(arrivals: &[Arrival]) -> bool {
    let town = arrival::read(&mut BufReader::new(DAY_IN_TOWN), false).unwrap_or_default();
    arrivals.len() == town.len() && arrivals.iter().zip(&town).all(|(a, b)| a.bytes == b.bytes)
}
