//! A table as people have it: a CSV file with a header, plain or gzip, read whole; whatever is wrong with it is said in one line.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use csv::{ErrorKind, StringRecord};
use flate2::bufread::MultiGzDecoder;

use crate::nearest::nearest;

/// A table: named columns, and at least one row with a cell for each of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file, as messages name it.
    pub file: String,
    /// The names in the header without the spaces around them, each once.
    pub columns: Vec<String>,
    /// The rows in the order of the file, each as long as `columns`.
    pub rows: Vec<StringRecord>,
}

impl Table {
    /// Names what the table holds, whatever its file is called: the first 16 digits of the SHA-256 over its names and cells.
    pub fn digest(&self) -> String {
        let mut bytes = Vec::new();
        let rows = self.rows.iter().map(|row| row.iter().collect::<Vec<_>>());
        for row in std::iter::once(self.columns.iter().map(String::as_str).collect()).chain(rows) {
            for cell in row {
                bytes.extend((cell.len() as u64).to_le_bytes());
                bytes.extend(cell.as_bytes());
            }
        }
        tact_wire::sha256_hex(&bytes).chars().take(16).collect()
    }

    /// Reads a file with a header; gzip is known by its first bytes, whatever the file is called.
    ///
    /// # Errors
    /// When the file is missing or cannot be read or unpacked, is empty, is not UTF-8, names a column twice, has a row that is longer or shorter
    /// than its header, or no row at all.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let file = path.display().to_string();
        let unreadable = |problem: io::Error| TableError::unreadable(file.clone(), problem);
        let reader = plain(path).map_err(unreadable)?;
        Self::parse(file.clone(), reader)
    }

    /// The same from bytes that are open already; `file` is what messages call them.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn parse(file: String, reader: impl BufRead) -> Result<Self, TableError> {
        let mut reader = csv::Reader::from_reader(reader);
        let header = reader.headers().map_err(|error| TableError::malformed(&file, error))?;
        let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        if columns.iter().all(String::is_empty) {
            return Err(TableError::NoHeader { file });
        }
        if let Some((_, column)) =
            columns.iter().enumerate().find(|(at, name)| columns.iter().take(*at).any(|n| n == *name))
        {
            return Err(TableError::NamedTwice { file, column: column.clone() });
        }
        let rows =
            reader.records().collect::<Result<Vec<_>, _>>().map_err(|error| TableError::malformed(&file, error))?;
        if rows.is_empty() {
            return Err(TableError::NoRows { file });
        }
        Ok(Self { file, columns, rows })
    }

    /// Where the column of that name stands.
    ///
    /// # Errors
    /// When there is none: with the names nearest to it.
    pub fn column(&self, name: &str) -> Result<usize, TableError> {
        self.columns.iter().position(|known| known == name).ok_or_else(|| TableError::NoColumn {
            file: self.file.clone(),
            column: name.to_owned(),
            nearest: nearest(name, self.columns.iter().map(String::as_str), 3).join("`, `"),
        })
    }

    /// The cells of a column from the first row to the last, without the spaces around them; empty where a cell is empty or there is no such column.
    pub fn cells(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row.get(column).unwrap_or_default().trim())
    }

    /// The line of the file that a row begins in, counted from 1; the header is in the first. 0 when there is no such row.
    pub fn line(&self, row: usize) -> u64 {
        self.rows.get(row).and_then(StringRecord::position).map_or(0, csv::Position::line)
    }

    /// The numbers of a column from the first row to the last.
    ///
    /// # Errors
    /// When a cell is empty or no finite number: with its line.
    pub fn numbers(&self, column: usize) -> Result<Vec<f64>, TableError> {
        let number = |(row, cell): (usize, &str)| {
            cell.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| self.not_a_number(row, column))
        };
        self.cells(column).enumerate().map(number).collect()
    }

    /// That a cell should have been a number.
    pub fn not_a_number(&self, row: usize, column: usize) -> TableError {
        TableError::NotANumber {
            file: self.file.clone(),
            line: self.line(row),
            column: self.columns.get(column).cloned().unwrap_or_default(),
            found: shorten(self.rows.get(row).and_then(|row| row.get(column)).unwrap_or_default()),
        }
    }
}

/// What is wrong with a table, in one line.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file is not there, or may not be read, or its gzip is broken.
    #[error("cannot read `{file}`: {problem}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        problem: io::Error,
    },
    /// The file holds other bytes than text.
    #[error("`{file}` is not UTF-8 in line {line}: save the table as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
    },
    /// The file is empty, or its first line is.
    #[error("`{file}` has no header: its first line is to name the columns")]
    NoHeader {
        /// The file.
        file: String,
    },
    /// Two columns have the same name.
    #[error("`{file}` names the column `{column}` twice: give each column a name of its own")]
    NamedTwice {
        /// The file.
        file: String,
        /// The name.
        column: String,
    },
    /// There is nothing below the header.
    #[error("`{file}` has a header and no rows")]
    NoRows {
        /// The file.
        file: String,
    },
    /// A row is longer or shorter than the header.
    #[error("`{file}` has {found} cells in line {line}, and {expected} columns")]
    Ragged {
        /// The file.
        file: String,
        /// The line the row begins in, counted from 1.
        line: u64,
        /// Cells in the row.
        found: u64,
        /// Columns of the table.
        expected: u64,
    },
    /// A column was asked for that the table does not have.
    #[error("`{file}` has no column `{column}`; the nearest are `{nearest}`")]
    NoColumn {
        /// The file.
        file: String,
        /// What was asked for.
        column: String,
        /// The names nearest to it.
        nearest: String,
    },
    /// A cell is empty or text where a number is needed.
    #[error("`{file}` has `{found}` in column `{column}`, line {line}, where a number is needed")]
    NotANumber {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: String,
        /// What stands there, shortened.
        found: String,
    },
}

impl TableError {
    fn unreadable(file: String, problem: io::Error) -> Self {
        Self::Unreadable { file, problem }
    }

    fn malformed(file: &str, error: csv::Error) -> Self {
        let file = file.to_owned();
        let at = |position: Option<&csv::Position>| position.map_or(1, csv::Position::line);
        match error.into_kind() {
            ErrorKind::Io(problem) => Self::Unreadable { file, problem },
            ErrorKind::Utf8 { pos, .. } => Self::NotUtf8 { file, line: at(pos.as_ref()) },
            ErrorKind::UnequalLengths { pos, expected_len: expected, len: found } => {
                Self::Ragged { file, line: at(pos.as_ref()), found, expected }
            }
            other => Self::Unreadable { file, problem: io::Error::other(format!("{other:?}")) },
        }
    }
}

/// The bytes of a file, unpacked if it begins as gzip does.
fn plain(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let is_gzip = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(reader))) } else { Box::new(reader) })
}

/// A cell as a message quotes it: in one line, its first forty letters.
fn shorten(cell: &str) -> String {
    let mut short: String = cell.trim().chars().filter(|letter| !letter.is_control()).take(40).collect();
    if cell.trim().chars().count() > 40 {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn parse(text: &[u8]) -> Result<Table, String> {
        Table::parse("t.csv".to_owned(), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_table_is_its_header_and_its_rows() {
        let table = parse(b"a, b \n1, x \n2,\"two\nlines\"\n3,\n").unwrap();
        assert_eq!(table.columns, ["a", "b"]);
        assert_eq!(table.cells(1).collect::<Vec<_>>(), ["x", "two\nlines", ""]);
        assert_eq!(table.numbers(0).unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!([table.line(0), table.line(1), table.line(2), table.line(3)], [2, 3, 5, 0]);
        assert_eq!(
            parse("\u{feff}a\n1\n".as_bytes()).unwrap().columns,
            ["a"],
            "a byte order mark is no part of a name"
        );
    }

    #[test]
    fn gzip_is_known_by_its_bytes_and_a_broken_one_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"a,b\n1,2\n").unwrap();
        let packed = packed.finish().unwrap();
        let path = folder.path().join("named.csv");
        std::fs::write(&path, &packed).unwrap();
        assert_eq!(Table::read(&path).unwrap().columns, ["a", "b"]);
        std::fs::write(&path, &packed[..packed.len() - 9]).unwrap();
        let said = Table::read(&path).unwrap_err().to_string();
        assert!(said.starts_with("cannot read `") && !said.contains('\n'), "{said}");
        let said = Table::read(&folder.path().join("absent.csv")).unwrap_err().to_string();
        assert!(said.starts_with("cannot read `") && said.contains("absent.csv") && !said.contains('\n'), "{said}");
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        let wrong: [(&[u8], &str); 6] = [
            (b"a,b\n1,\xff\n", "`t.csv` is not UTF-8 in line 2: save the table as UTF-8"),
            (b"a,b,a\n1,2,3\n", "`t.csv` names the column `a` twice: give each column a name of its own"),
            (b"a,b\n", "`t.csv` has a header and no rows"),
            (b"", "`t.csv` has no header: its first line is to name the columns"),
            (b"a,b\n1,2\n3\n", "`t.csv` has 1 cells in line 3, and 2 columns"),
            (b"a,b\n1,2\n3,4,5\n", "`t.csv` has 3 cells in line 3, and 2 columns"),
        ];
        for (text, said) in wrong {
            assert_eq!(parse(text).unwrap_err(), said);
        }
    }

    #[test]
    fn a_column_that_is_not_there_is_answered_with_the_nearest() {
        let table = parse(b"reward,income,age\n1,2,3\n").unwrap();
        assert_eq!(table.column("age").unwrap(), 2);
        let said = table.column("Rewards").unwrap_err().to_string();
        assert!(said.starts_with("`t.csv` has no column `Rewards`; the nearest are `reward`"), "{said}");
    }

    #[test]
    fn a_cell_that_is_no_number_is_named_with_its_line() {
        let table = parse(b"a\n1\nx\n").unwrap();
        let said = table.numbers(0).unwrap_err().to_string();
        assert_eq!(said, "`t.csv` has `x` in column `a`, line 3, where a number is needed");
        assert!(parse(b"a\nNaN\n").unwrap().numbers(0).is_err());
    }
}
