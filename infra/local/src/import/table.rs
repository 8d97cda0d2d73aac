//! The files of a set as rows: gzip or plain (by the first bytes), CSV or JSON lines, recognised by their header.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use csv::StringRecord;
use flate2::bufread::MultiGzDecoder;
use serde_json::Value;

use super::row::{Record, Row, shorten};
use super::{Converted, FileRead, ImportError};

/// A kind of file: its name for people and the columns by which it is recognised (others may stand beside them).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) kind: &'static str,
    pub(super) columns: &'static [&'static str],
}

/// Opens the files of a set, in the order of their names, whatever the order they were given in.
pub(super) fn open(files: &[PathBuf], shapes: &[&'static Shape]) -> Result<Vec<Table>, ImportError> {
    let bytes_read = Rc::new(Cell::new(0));
    let mut tables = files.iter().map(|path| Table::open(path, shapes, &bytes_read)).collect::<Result<Vec<_>, _>>()?;
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    for (index, table) in tables.iter_mut().enumerate() {
        table.index = index;
    }
    let twins = tables.windows(2).find_map(|pair| match pair {
        [a, b] if a.name == b.name => Some(a.name.clone()),
        _ => None,
    });
    twins.map_or(Ok(tables), |name| Err(ImportError::SameName { name }))
}

/// One file, opened and recognised.
pub(super) struct Table {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) index: usize,
    shape: &'static Shape,
    pub(super) columns: Vec<String>,
    rows: Rows,
    bytes_read: Rc<Cell<u64>>,
}

enum Rows {
    Csv(Box<csv::Reader<Box<dyn BufRead>>>),
    /// The first line, which told the columns, and the lines after it.
    Json(String, Box<dyn BufRead>),
}

impl Table {
    fn open(path: &Path, shapes: &[&'static Shape], bytes_read: &Rc<Cell<u64>>) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let unreadable = |problem| ImportError::Unreadable { file: file.clone(), problem };
        let mut reader = plain(path, bytes_read).map_err(unreadable)?;
        let is_json = reader.fill_buf().map_err(unreadable)?.first() == Some(&b'{');
        let (columns, rows) =
            if is_json { json_rows(reader).map_err(unreadable)? } else { csv_rows(reader).map_err(unreadable)? };
        let has = |wanted: &str| columns.iter().any(|column| column == wanted);
        let Some(shape) = shapes.iter().copied().find(|shape| shape.columns.iter().all(|column| has(column))) else {
            let expected: Vec<_> = shapes.iter().map(|shape| format!("{} `{}`", shape.kind, shape.header())).collect();
            let found = shorten(&columns.join(","), 200);
            return Err(ImportError::UnknownHeader { file, found, expected: expected.join("; ") });
        };
        let bytes_read = Rc::clone(bytes_read);
        Ok(Self { path: file, name: stem(path), index: 0, shape, columns, rows, bytes_read })
    }

    pub(super) fn is(&self, shape: &Shape) -> bool {
        self.shape == shape
    }

    /// The file as one that was recognised and not read.
    pub(super) fn unread(&self) -> FileRead {
        FileRead { name: self.name.clone(), kind: self.shape.kind, rows: 0 }
    }

    /// Hands every row to `each` in turn, and enters the file into what was read.
    pub(super) fn read(
        &mut self,
        into: &mut Converted,
        progress: &mut dyn FnMut(u64),
        each: &mut dyn FnMut(&mut Converted, &Row<'_>) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        const ROWS_PER_REPORT: u64 = 4096;
        let mut rows = 0;
        while let Some(record) = self.rows.next().map_err(|problem| self.malformed(rows + 1, problem))? {
            rows += 1;
            each(into, &Row { table: self, number: rows, record })?;
            if rows % ROWS_PER_REPORT == 0 {
                progress(self.bytes_read.get());
            }
        }
        progress(self.bytes_read.get());
        into.read.push(FileRead { name: self.name.clone(), kind: self.shape.kind, rows });
        Ok(())
    }

    fn malformed(&self, row: u64, problem: String) -> ImportError {
        ImportError::Malformed { file: self.path.clone(), row, problem }
    }
}

impl Shape {
    fn header(&self) -> String {
        self.columns.join(",")
    }

    /// That no file of this shape was given, if so.
    pub(super) fn required(&'static self, tables: &[Table]) -> Result<(), ImportError> {
        let given = tables.iter().any(|table| table.is(self));
        if given { Ok(()) } else { Err(ImportError::Missing { kind: self.kind, expected: self.header() }) }
    }
}

impl Rows {
    fn next(&mut self) -> Result<Option<Record>, String> {
        match self {
            Self::Csv(reader) => {
                let mut record = StringRecord::new();
                let more = reader.read_record(&mut record).map_err(|error| error.to_string())?;
                Ok(more.then_some(Record::Csv(record)))
            }
            Self::Json(line, reader) => {
                if line.is_empty() {
                    return Ok(None);
                }
                let value = serde_json::from_str(line).map_err(|error| error.to_string())?;
                next_line(line, reader).map_err(|error| error.to_string())?;
                Ok(Some(Record::Json(value)))
            }
        }
    }
}

/// The bytes of a file, unpacked if it begins as gzip does.
fn plain(path: &Path, bytes_read: &Rc<Cell<u64>>) -> io::Result<Box<dyn BufRead>> {
    let file = Counted { file: File::open(path)?, bytes_read: Rc::clone(bytes_read) };
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let is_gzip = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(reader))) } else { Box::new(reader) })
}

/// A file that counts what is read of it.
struct Counted {
    file: File,
    bytes_read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.bytes_read.set(self.bytes_read.get() + count as u64);
        Ok(count)
    }
}

fn csv_rows(reader: Box<dyn BufRead>) -> io::Result<(Vec<String>, Rows)> {
    let mut reader = csv::Reader::from_reader(reader);
    let columns = reader.headers().map_err(io::Error::other)?.iter().map(|name| name.trim().to_owned()).collect();
    Ok((columns, Rows::Csv(Box::new(reader))))
}

fn json_rows(mut reader: Box<dyn BufRead>) -> io::Result<(Vec<String>, Rows)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let first: serde_json::Map<String, Value> = serde_json::from_str(&line)?;
    Ok((first.keys().cloned().collect(), Rows::Json(line, reader)))
}

/// Reads the next line that is not blank; empty at the end.
fn next_line(line: &mut String, reader: &mut dyn BufRead) -> io::Result<()> {
    line.clear();
    while reader.read_line(line)? > 0 && line.trim().is_empty() {
        line.clear();
    }
    Ok(())
}

/// The name without folder and endings, in the letters that ids may have.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let base = [".gz", ".csv", ".jsonl", ".ndjson", ".json"]
        .iter()
        .fold(&*name, |name, end| name.strip_suffix(end).unwrap_or(name));
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' }
    };
    base.chars().take(64).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::stem;
    use std::path::Path;

    #[test]
    fn names_lose_folder_endings_and_strange_letters() {
        assert_eq!(stem(Path::new("a/b/checkins_val.csv.gz")), "checkins_val");
        assert_eq!(stem(Path::new("my file.jsonl")), "my-file");
    }
}
