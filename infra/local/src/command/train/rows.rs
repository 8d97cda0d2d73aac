//! A table as labelled rows: which column is what, and what is wrong with them in one line.

use std::collections::BTreeSet;

use tact_learn::{Column, Kind, Label, LabelError, Sample};

use super::CommandError;
use crate::table::Table;

/// What the columns of a table are said to be.
pub(super) struct Asked<'a> {
    /// The column to predict.
    pub label: &'a str,
    /// The value of it to predict, if named.
    pub positive: Option<&'a str>,
    /// The column of weights, if any.
    pub weight: Option<&'a str>,
    /// Columns to leave out.
    pub drop: &'a [String],
    /// Columns of text.
    pub text: &'a [String],
    /// Columns of categories, whatever they look like.
    pub category: &'a [String],
}

/// The rows of a table that is learnt from.
pub(super) struct Rows<'a> {
    /// What the label means.
    pub label: Label,
    /// The rows.
    pub sample: Sample<'a>,
}

impl<'a> Rows<'a> {
    /// Reads the columns as they are said to be, and the rest of them as they look.
    pub(super) fn read(table: &'a Table, asked: &Asked<'_>) -> Result<Self, CommandError> {
        let taken = asked.taken(table)?;
        let (label, labels) = labels(table, asked)?;
        let is = |names: &[String], column: &String| names.contains(column);
        let mut columns = Vec::new();
        for column in table.columns.iter().filter(|column| !taken.contains(column.as_str())) {
            let kind = match column {
                column if is(asked.text, column) => Some(Kind::Text),
                column if is(asked.category, column) => Some(Kind::Category),
                _ => None,
            };
            columns.push(read(table, column, kind)?);
        }
        if columns.is_empty() {
            return Err(format!("`{}` has no column left to learn from", table.file).into());
        }
        Ok(Self { label, sample: Sample { columns, labels, weights: asked.weights(table)? } })
    }

    /// The columns of these names alone, as numbers.
    pub(super) fn of(table: &'a Table, asked: &Asked<'_>, names: &[String]) -> Result<Self, CommandError> {
        let (label, labels) = labels(table, asked)?;
        let columns = names.iter().map(|name| read(table, name, Some(Kind::Number))).collect::<Result<_, _>>()?;
        Ok(Self { label, sample: Sample { columns, labels, weights: asked.weights(table)? } })
    }

    /// The same columns of another table.
    pub(super) fn same_of<'b>(&self, test: &'b Table, asked: &Asked<'_>) -> Result<Sample<'b>, CommandError> {
        let at = test.column(asked.label)?;
        let labels = self.label.apply(test.cells(at)).map_err(|error| in_label(test, asked, &error))?;
        let columns = self.sample.columns.iter().map(|column| read(test, &column.name, Some(column.kind)));
        Ok(Sample { columns: columns.collect::<Result<_, _>>()?, labels, weights: asked.weights(test)? })
    }
}

impl Asked<'_> {
    /// The columns that nothing is learnt from, once it is clear that all that were named are there and are one thing each.
    fn taken(&self, table: &Table) -> Result<BTreeSet<&str>, CommandError> {
        let single = [Some(self.label), self.weight].into_iter().flatten();
        let lists = [self.drop, self.text, self.category].into_iter().flatten().map(String::as_str);
        let mut named = BTreeSet::new();
        for column in single.clone().chain(lists) {
            table.column(column)?;
            if !named.insert(column) {
                return Err(format!("the column `{column}` is named for two things; name it for one").into());
            }
        }
        Ok(single.chain(self.drop.iter().map(String::as_str)).collect())
    }

    /// What each row counts for, around 1 on average.
    fn weights(&self, table: &Table) -> Result<Vec<f64>, CommandError> {
        let Some(weight) = self.weight else { return Ok(vec![1.0; table.rows.len()]) };
        let weights = table.numbers(table.column(weight)?)?;
        if let Some(row) = weights.iter().position(|weight| *weight < 0.0) {
            let (file, line) = (&table.file, table.line(row));
            return Err(format!("`{file}` has a negative weight in column `{weight}`, line {line}").into());
        }
        let rows: f64 = weights.iter().map(|_| 1.0).sum();
        let mean = weights.iter().sum::<f64>() / rows;
        if mean <= 0.0 {
            return Err(format!("`{}` has no weight above 0 in column `{weight}`", table.file).into());
        }
        Ok(weights.iter().map(|weight| weight / mean).collect())
    }
}

/// What the label means, and which rows are positive.
fn labels(table: &Table, asked: &Asked<'_>) -> Result<(Label, Vec<bool>), CommandError> {
    let at = table.column(asked.label)?;
    let label = Label::read(table.cells(at), asked.positive).map_err(|error| in_label(table, asked, &error))?;
    let labels = label.apply(table.cells(at)).map_err(|error| in_label(table, asked, &error))?;
    Ok((label, labels))
}

fn read<'a>(table: &'a Table, name: &str, kind: Option<Kind>) -> Result<Column<'a>, CommandError> {
    let at = table.column(name)?;
    Column::read(name, table.cells(at), kind).map_err(|wrong| {
        let (file, line, found) = (&table.file, table.line(wrong.row), wrong.found);
        let advice = "mend it, leave it empty, or read the column by `--category`";
        format!("`{file}` has `{found}` in column `{name}`, line {line}, where other rows have numbers; {advice}")
            .into()
    })
}

fn in_label(table: &Table, asked: &Asked<'_>, error: &LabelError) -> CommandError {
    let line = match error {
        LabelError::Missing { row } | LabelError::Unknown { row, .. } => format!(", line {}", table.line(*row)),
        _ => String::new(),
    };
    format!("`{}` cannot be learnt or tested by the label `{}`{line}: {error}", table.file, asked.label).into()
}
