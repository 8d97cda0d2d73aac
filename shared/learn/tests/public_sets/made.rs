//! A table made of a public set, and the files it is made of.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tact_learn::{Column, Kind, Sample};

/// A table column by column, its rows in the order of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    pub(crate) columns: Vec<(String, Option<Kind>, Vec<String>)>,
    pub(crate) labels: Vec<bool>,
}

impl Made {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|name| ((*name).to_owned(), None, Vec::new())).collect(),
            labels: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, cells: &[String], label: bool) {
        assert_eq!(cells.len(), self.columns.len());
        for ((_, _, column), cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell.clone());
        }
        self.labels.push(label);
    }

    /// The rows that are chosen, by their places.
    pub(crate) fn sample(&self, chosen: impl Fn(usize) -> bool) -> Sample<'_> {
        let chosen: Vec<usize> = (0..self.labels.len()).filter(|row| chosen(*row)).collect();
        let columns = self.columns.iter().map(|(name, kind, cells)| {
            Column::read(name, chosen.iter().map(|row| cells[*row].as_str()), *kind).unwrap()
        });
        Sample {
            columns: columns.collect(),
            labels: chosen.iter().map(|row| self.labels[*row]).collect(),
            weights: vec![1.0; chosen.len()],
        }
    }

    pub(crate) fn without(mut self, column: &str) -> Self {
        self.columns.retain(|(name, ..)| name != column);
        self
    }
}

/// A file of the public data, unpacked; `None`, said aloud, where it is not.
pub(crate) fn unpacked(name: &str) -> Option<String> {
    let path = folder().join(name);
    let Ok(file) = File::open(&path) else {
        std::io::Write::write_all(&mut std::io::stderr(), b"skipped: the public data is not beside the workspace\n")
            .unwrap();
        return None;
    };
    let mut text = String::new();
    MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    Some(text)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")
}

/// The rows of CSV text, each with the cells of these columns.
pub(crate) fn cells<const N: usize>(text: &str, columns: [&str; N]) -> Vec<[String; N]> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let places = columns.map(|column| header.iter().position(|name| name == column).unwrap());
    reader.records().map(|record| record.unwrap()).map(|record| places.map(|place| record[place].to_owned())).collect()
}

/// The day of a date `2017-03-08`, counted from any day on: the algorithm of Hinnant (2013).
pub(crate) fn day(date: &str) -> i64 {
    let part = |from: usize, to: usize| date[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
}
