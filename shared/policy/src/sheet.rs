//! A CSV file while it is read: hands out typed values by column, row by row, and notes every mistake with its line. After a mistake reading
//! goes on with any value, as in `section`; a file whose first line is wrong is not read further.

use csv::StringRecord;
use toml::de::DeValue;

use crate::section::{Parsed, Wrong};
use crate::suggest::did_you_mean;
use crate::{Mistake, SourceFile};

/// At most this many rows in one file.
const MOST: usize = 20_000;
/// Of a column that is not known, at most this many characters are shown.
const LONGEST_SHOWN: usize = 64;

/// The columns of a file; those that are not needed may be absent.
pub(crate) struct Columns {
    pub(crate) needed: &'static [&'static str],
    pub(crate) others: &'static [&'static str],
}

/// One row being read.
pub(crate) struct Row<'s, 'm> {
    head: &'s StringRecord,
    cells: &'s StringRecord,
    file: &'s str,
    line: usize,
    mistakes: &'m mut Vec<Mistake>,
}

/// Reads every row of a file, in the order written.
pub(crate) fn read_csv<T>(
    file: &SourceFile,
    columns: &Columns,
    mistakes: &mut Vec<Mistake>,
    mut read: impl FnMut(&mut Row<'_, '_>) -> T,
) -> Vec<T> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.text.as_bytes());
    // Text in memory is always read; what it says is judged cell by cell.
    let mut records = reader.records().filter_map(Result::ok);
    let head = records.next().unwrap_or_default();
    let before = mistakes.len();
    check_head(file, columns, &head, mistakes);
    let mut rows = Vec::new();
    if mistakes.len() > before {
        return rows;
    }
    for (nth, cells) in records.enumerate() {
        let mut row = Row { head: &head, cells: &cells, file: &file.path, line: line_of(file, &cells), mistakes };
        if nth == MOST {
            row.note("file", format!("has more than {MOST} rows"), "remove what is no longer sold");
            break;
        }
        if cells.len() == head.len() {
            rows.push(read(&mut row));
        } else {
            let wrong = format!("has {} cells, the first line has {}", cells.len(), head.len());
            row.note("row", wrong, "put cells that hold a comma between quotes, and leave none out");
        }
    }
    rows
}

/// Every column that is there is known and there once, and none that is needed is missing.
fn check_head(file: &SourceFile, columns: &Columns, head: &StringRecord, mistakes: &mut Vec<Mistake>) {
    let known = || columns.needed.iter().chain(columns.others).copied();
    let mut row = Row { head, cells: head, file: &file.path, line: line_of(file, head), mistakes };
    for (nth, column) in head.iter().enumerate() {
        if !known().any(|known| known == column) {
            let shown: String = column.escape_debug().take(LONGEST_SHOWN).collect();
            let all = known().collect::<Vec<_>>().join(", ");
            let fix = did_you_mean(&shown, known()).unwrap_or_else(|| format!("remove it; known here are {all}"));
            row.note(&shown, "is not a known column", fix);
        } else if head.iter().take(nth).any(|earlier| earlier == column) {
            row.note(column, "is a column twice", "keep one of them");
        }
    }
    for column in columns.needed.iter().filter(|column| !head.iter().any(|there| there == **column)) {
        row.note(column, "is missing", format!("add the column `{column}` to the first line"));
    }
}

impl Row<'_, '_> {
    /// The value of a cell that must be filled.
    pub(crate) fn required<T: Default>(
        &mut self,
        column: &str,
        example: &str,
        parse: impl FnOnce(&DeValue<'_>) -> Parsed<T>,
    ) -> T {
        if self.cell(column).is_none() {
            self.note(column, "is empty", format!("write for example `{example}`"));
        }
        self.optional(column, parse).unwrap_or_default()
    }

    /// The value of a cell, when it is filled and right.
    pub(crate) fn optional<T>(&mut self, column: &str, parse: impl FnOnce(&DeValue<'_>) -> Parsed<T>) -> Option<T> {
        match parse(&DeValue::String(self.cell(column)?.into())) {
            Ok(value) => Some(value),
            Err(Wrong { wrong, fix }) => {
                self.note(column, wrong, fix);
                None
            }
        }
    }

    /// What is written in a cell; `None` when it is empty, or its column absent.
    fn cell(&self, column: &str) -> Option<&str> {
        let at = self.head.iter().position(|known| known == column)?;
        self.cells.get(at).filter(|cell| !cell.is_empty())
    }

    fn note(&mut self, column: &str, wrong: impl Into<String>, fix: impl Into<String>) {
        self.mistakes.push(Mistake {
            file: self.file.to_owned(),
            line: self.line,
            key: column.to_owned(),
            wrong: wrong.into(),
            fix: fix.into(),
        });
    }
}

/// The line a record begins in, from 1. Its position is the end of the record before it, with the line ends in between still to come.
fn line_of(file: &SourceFile, record: &StringRecord) -> usize {
    let Some(position) = record.position() else { return 1 };
    let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = file.text.as_bytes().get(at..).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    usize::try_from(position.line()).unwrap_or(usize::MAX).saturating_add(ends)
}
