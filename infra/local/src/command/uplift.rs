//! `tact uplift`: what treatments bring, told from a table of a trial in which chance decided who got which.

mod arms;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tact_learn::{Arm, Column, Kind, Label, LabelError, Measure, Sample, Trial};

use self::arms::Arms;
use super::CommandError;
use super::run::progress_bar;
use crate::table::Table;

/// The arguments of `tact uplift`.
#[derive(Args, Debug)]
#[command(after_help = FORMULAS)]
pub(super) struct Uplift {
    /// A table with a row per customer: CSV with a header, gzip too
    table: PathBuf,
    /// The column that says which treatment chance gave: the control and one treatment or more
    #[arg(long, value_name = "COL")]
    treatment: String,
    /// The column that says whether the outcome came: two values, such as 1 and 0
    #[arg(long, value_name = "COL")]
    outcome: String,
    /// The value of the treatment column that means none [default: one such as `control`, `none`, `No E-Mail` or `0`]
    #[arg(long, value_name = "VALUE")]
    control: Option<String>,
    /// The shares that the arms were meant to have, if not the same for all
    #[arg(long, value_name = "VALUE=SHARE,...", value_delimiter = ',')]
    shares: Vec<String>,
    /// A table with the same columns that is measured, and that nothing is learnt from
    #[arg(long, value_name = "TABLE2")]
    test: Option<PathBuf>,
    /// Columns to leave out: whatever was only known after the treatment
    #[arg(long, value_name = "COL,...", value_delimiter = ',')]
    drop: Vec<String>,
    /// The same seed and the same table give the same figures
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// What `--help` says below the arguments.
const FORMULAS: &str = "\
The effect is the rate of the outcome with the treatment less that of the control (interval: Newcombe; p: z test). Customers are ranked by two forests, \
one of the treated and one of the control, that never saw their outcome.
The adjusted Qini is the area between the curve Y_T / N_T - Y_C * T / (C * N_T) and the straight line to its end, over the part of the customers from 0 \
to 1: among the first of the ranking T were treated and C were not, with Y_T and Y_C outcomes; N_T were treated in all. It is compared with those of 1000 \
random orders: above their 95th percentile (p95) it is known on whom the treatment works.
Columns from after the treatment must be left out. Those that explain the outcome nearly alone, make it certain, or differ between treatments are \
left out by themselves, and named.

JSON: {\"control\", \"outcome\", \"srm_p\", \"leaks\": [columns], \"left_out\": [{\"column\", \"why\"}], \"treatments\": {VALUE: {\"n\": {\"treated\", \"control\"}, \
\"rates\": {\"treated\": {\"value\", \"low\", \"high\"}, \"control\"}, \"ate\": {\"value\", \"low\", \"high\", \"p\"}, \"mde\", \"srm_p\", \"qini\", \"qini_random\": {\"mean\", \
\"sd\", \"p95\"}, \"qini_mde\", \"detectable\", \"uplift_at\": {\"10\": {\"value\", \"low\", \"high\", \"p\"}, \"30\", \"50\"} or null when not detectable, \
\"balance\": [{\"column\", \"difference\", \"p\"}]}}}";

impl Uplift {
    /// Measures the trial and prints what it tells.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let table = Table::read(&self.table)?;
        let test = self.test.as_deref().map(Table::read).transpose()?;
        let (measure, control, outcome) = self.measured(&table, test.as_ref())?;
        let said =
            if self.json { text::json(&measure, &control, &outcome) } else { text::told(&measure, &control, &outcome) };
        writeln!(io::stdout().lock(), "{said}")?;
        Ok(ExitCode::SUCCESS)
    }

    /// What the trial tells, the name of its control, and what the outcome is.
    fn measured(&self, table: &Table, test: Option<&Table>) -> Result<(Measure, String, String), CommandError> {
        for column in [&self.treatment, &self.outcome].into_iter().chain(&self.drop) {
            table.column(column)?;
        }
        if self.treatment == self.outcome {
            return Err(format!("the column `{}` is named for two things; name it for one", self.treatment).into());
        }
        let arms = Arms::read(table, &self.treatment, self.control.as_deref(), &self.shares)?;
        let label = Label::read(table.cells(table.column(&self.outcome)?), None);
        let label = label.map_err(|error| self.in_outcome(table, &error))?;
        let columns: Vec<(&str, Option<Kind>)> = table.columns.iter().map(|name| (name.as_str(), None)).collect();
        let trial = self.trial(table, &arms, &label, &columns)?;
        let known: Vec<(&str, Option<Kind>)> =
            trial.sample.columns.iter().map(|column| (column.name.as_str(), Some(column.kind))).collect();
        let tested = test.map(|test| self.trial(test, &arms, &label, &known)).transpose()?;
        let bar = progress_bar(0);
        let measure = trial.measure(tested.as_ref(), self.seed, &|done, of| {
            bar.set_length(of);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        let measure = measure.map_err(|error| format!("cannot measure `{}`: {error}", table.file))?;
        let control = arms.arms.first().map(|arm| arm.name.clone()).unwrap_or_default();
        Ok((measure, control, format!("`{}` is `{}`", self.outcome, label.positive)))
    }

    /// The rows of a table, with these columns as far as they are not something else.
    fn trial<'a>(
        &self,
        table: &'a Table,
        arms: &Arms,
        label: &Label,
        columns: &[(&str, Option<Kind>)],
    ) -> Result<Trial<'a>, CommandError> {
        let labels = label.apply(table.cells(table.column(&self.outcome)?));
        let labels = labels.map_err(|error| self.in_outcome(table, &error))?;
        let is_known =
            |name: &str| name != self.treatment && name != self.outcome && self.drop.iter().all(|drop| drop != name);
        let columns = columns.iter().filter(|(name, _)| is_known(name)).map(|(name, kind)| read(table, name, *kind));
        let sample = Sample { columns: columns.collect::<Result<_, _>>()?, weights: vec![1.0; labels.len()], labels };
        let (arm_of, arms): (_, Vec<Arm>) = (arms.of(table, &self.treatment)?, arms.arms.clone());
        Ok(Trial { sample, arm_of, arms })
    }

    fn in_outcome(&self, table: &Table, error: &LabelError) -> CommandError {
        let said = match error {
            LabelError::Missing { row } | LabelError::Unknown { row, .. } => {
                format!(", line {}: {error}", table.line(*row))
            }
            LabelError::Many(values) => format!(": it has more than two values, `{values}` among them"),
            LabelError::Constant(_) | LabelError::Never(_) => format!(": {error}"),
        };
        format!("`{}` cannot be measured by the outcome `{}`{said}", table.file, self.outcome).into()
    }
}

fn read<'a>(table: &'a Table, name: &str, kind: Option<Kind>) -> Result<Column<'a>, CommandError> {
    Column::read(name, table.cells(table.column(name)?), kind).map_err(|wrong| {
        let (file, line, found) = (&table.file, table.line(wrong.row), wrong.found);
        let advice = "mend it, leave it empty, or leave the column out by `--drop`";
        format!("`{file}` has `{found}` in column `{name}`, line {line}, where other rows have numbers; {advice}")
            .into()
    })
}

#[cfg(test)]
mod tests;
