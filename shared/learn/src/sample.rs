//! Labelled raw rows, column by column: what a table of one's own is to training.

use tact_model::Cell;

use crate::examples::count;

/// A column is one of categories mixed with a few numbers only up to this share; above it, it is one of numbers with a mistake in it.
const MOSTLY: f64 = 0.5;

/// Raw rows with what became of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The columns that may tell something, each with one cell per row.
    pub columns: Vec<Column<'a>>,
    /// One label per row.
    pub labels: Vec<bool>,
    /// What each row counts for, at least 0 and not all of them 0; 1 where nothing else is known.
    pub weights: Vec<f64>,
}

/// One column of raw rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Column<'a> {
    /// Its name.
    pub name: String,
    /// What its cells say.
    pub kind: Kind,
    /// One cell per row.
    pub cells: Vec<Cell<'a>>,
}

/// What the cells of a column say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How much: every cell that is not missing is a finite number.
    Number,
    /// Which one of several.
    Category,
    /// What somebody wrote.
    Text,
}

/// A cell of a column of numbers that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` where the column `{column}` has numbers")]
pub struct NotANumber {
    /// The column.
    pub column: String,
    /// The row, counted from 0.
    pub row: usize,
    /// What stands there.
    pub found: String,
}

impl<'a> Column<'a> {
    /// Reads the cells of a column. Without a kind it is one of numbers when more than half of its cells that are not missing are numbers, and one of
    /// categories otherwise.
    ///
    /// # Errors
    /// When it is one of numbers and a cell is neither missing nor a finite number: the first of them.
    pub fn read(name: &str, written: impl Iterator<Item = &'a str>, kind: Option<Kind>) -> Result<Self, NotANumber> {
        let cells: Vec<Cell<'a>> = written.map(Cell::of).collect();
        let column = Self { name: name.to_owned(), kind: kind.unwrap_or_else(|| kind_of(&cells)), cells };
        let wrong = column.cells.iter().position(|cell| cell.text().is_some() && cell.number().is_none());
        match wrong.filter(|_| column.kind == Kind::Number) {
            Some(row) => Err(NotANumber { column: column.name.clone(), row, found: column.quoted(row) }),
            None => Ok(column),
        }
    }

    /// A cell by its row; missing where there is none.
    pub(crate) fn cell(&self, row: usize) -> Cell<'a> {
        self.cells.get(row).copied().unwrap_or(Cell::Missing)
    }

    /// Why nothing can be learnt from it, if so.
    pub(crate) fn useless(&self, rare: u32) -> Option<&'static str> {
        let present = || self.cells.iter().filter(|cell| **cell != Cell::Missing);
        let Some(first) = present().next() else { return Some("it is empty") };
        let varies = present().count() < self.cells.len() || present().any(|cell| !alike(*cell, *first, self.kind));
        match self.kind {
            _ if !varies => Some("it never varies"),
            Kind::Category if crate::encode::frequent(self.cells.iter().copied(), rare).is_empty() => {
                Some("hardly any of its values comes again: an identifier, a date or a text (`--text` reads that)")
            }
            _ => None,
        }
    }

    fn quoted(&self, row: usize) -> String {
        let text = self.cell(row).text().unwrap_or_default();
        text.chars().filter(|letter| !letter.is_control()).take(40).collect()
    }
}

impl<'a> Sample<'a> {
    /// The cells of a row, in the order of the columns.
    pub fn row(&self, row: usize) -> Vec<Cell<'a>> {
        self.columns.iter().map(|column| column.cell(row)).collect()
    }

    /// What a row counts for.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }

    /// The label of a row as a number; 0 where there is none.
    pub(crate) fn target(&self, row: usize) -> f64 {
        f64::from(u8::from(self.labels.get(row).copied().unwrap_or(false)))
    }

    /// The share of positive rows by weight, 0..1; 0 without rows.
    pub fn positive_share(&self) -> f64 {
        let total: f64 = (0..self.labels.len()).map(|row| self.weight(row)).sum();
        let positive: f64 = (0..self.labels.len()).map(|row| self.weight(row) * self.target(row)).sum();
        if total > 0.0 { positive / total } else { 0.0 }
    }

    /// One of the columns alone.
    pub(crate) fn only(&self, column: usize) -> Self {
        let columns = self.columns.get(column).cloned().into_iter().collect();
        Self { columns, labels: self.labels.clone(), weights: self.weights.clone() }
    }

    /// The same without one of the columns.
    pub(crate) fn without(&self, column: usize) -> Self {
        let mut rest = self.clone();
        if column < rest.columns.len() {
            rest.columns.remove(column);
        }
        rest
    }
}

fn kind_of(cells: &[Cell<'_>]) -> Kind {
    let present = cells.iter().filter(|cell| **cell != Cell::Missing).count();
    let numbers = cells.iter().filter(|cell| cell.number().is_some()).count();
    if present > 0 && count(numbers) > MOSTLY * count(present) { Kind::Number } else { Kind::Category }
}

fn alike(one: Cell<'_>, other: Cell<'_>, kind: Kind) -> bool {
    match kind {
        Kind::Number => one.number() == other.number(),
        Kind::Category | Kind::Text => one.text() == other.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(cells: &[&'a str], kind: Option<Kind>) -> Result<Column<'a>, NotANumber> {
        Column::read("c", cells.iter().copied(), kind)
    }

    #[test]
    fn a_column_is_of_numbers_when_most_of_what_is_there_is() {
        assert_eq!(read(&["1", "", "2.5", "NA"], None).unwrap().kind, Kind::Number);
        assert_eq!(read(&["a", "b", "1"], None).unwrap().kind, Kind::Category);
        assert_eq!(read(&["", "NA"], None).unwrap().kind, Kind::Category);
        assert_eq!(read(&["1", "2"], Some(Kind::Category)).unwrap().kind, Kind::Category);
    }

    #[test]
    fn a_text_among_numbers_is_said_with_its_row() {
        let wrong = read(&["1", "", "many", "3", "few", "6"], None).unwrap_err();
        assert_eq!(wrong, NotANumber { column: "c".to_owned(), row: 2, found: "many".to_owned() });
        assert!(read(&["1", "inf", "3"], None).is_err(), "infinity is no number of anything");
    }

    #[test]
    fn a_column_that_tells_nothing_is_useless() {
        let useless = |cells: &[&str]| read(cells, None).unwrap().useless(2);
        assert_eq!(useless(&["", "NA"]), Some("it is empty"));
        assert_eq!(useless(&["1", "1.0"]), Some("it never varies"));
        assert!(useless(&["a", "b", "c"]).unwrap().contains("identifier"));
        assert_eq!(useless(&["1", ""]), None, "that it is missing may tell something");
        assert_eq!(useless(&["a", "a", "b"]), None);
    }
}
