//! The arms of a trial: the values of a column, one of which is the control.

use std::collections::BTreeSet;

use tact_learn::Arm;

use super::CommandError;
use crate::table::Table;

/// More values than this are no treatments.
const MOST: usize = 20;
/// What a control is called, in any capitals; and whatever begins with `no `, such as `No E-Mail`.
const CONTROLS: [&str; 14] = [
    "control",
    "control group",
    "ctrl",
    "none",
    "no",
    "0",
    "0.0",
    "false",
    "holdout",
    "ghost",
    "placebo",
    "untreated",
    "not treated",
    "baseline",
];

/// The arms, the control first.
pub(super) struct Arms {
    pub(super) arms: Vec<Arm>,
}

impl Arms {
    /// The arms that a column names; the shares they were meant to have are the same, unless they are said.
    pub(super) fn read(
        table: &Table,
        column: &str,
        control: Option<&str>,
        shares: &[String],
    ) -> Result<Self, CommandError> {
        let values: BTreeSet<&str> = table.cells(table.column(column)?).filter(|value| !value.is_empty()).collect();
        if values.len() > MOST {
            let (file, found) = (&table.file, values.len());
            return Err(format!(
                "the column `{column}` of `{file}` has {found} values, and a trial at most {MOST} treatments"
            )
            .into());
        }
        let control = match control {
            Some(control) => named(table, column, control, &values)?,
            None => guessed(table, column, &values)?,
        };
        let names = [control].into_iter().chain(values.into_iter().filter(|value| *value != control));
        let mut arms: Vec<Arm> = names.map(|name| Arm { name: name.to_owned(), share: 1.0 }).collect();
        if arms.len() < 2 {
            return Err(format!(
                "the column `{column}` of `{}` is `{control}` in every row: nobody was treated",
                table.file
            )
            .into());
        }
        if !shares.is_empty() {
            declare(&mut arms, shares)?;
        }
        Ok(Self { arms })
    }

    /// The arm of every row, by its place.
    pub(super) fn of(&self, table: &Table, column: &str) -> Result<Vec<usize>, CommandError> {
        let place = |(row, value): (usize, &str)| {
            self.arms.iter().position(|arm| arm.name == value).ok_or_else(|| {
                let (file, line) = (&table.file, table.line(row));
                let said = if value.is_empty() { "nothing".to_owned() } else { format!("`{value}`") };
                format!("`{file}` has {said} in the treatment column `{column}`, line {line}; there {}", self.listed())
                    .into()
            })
        };
        table.cells(table.column(column)?).enumerate().map(place).collect()
    }

    fn listed(&self) -> String {
        let names: Vec<&str> = self.arms.iter().map(|arm| arm.name.as_str()).collect();
        format!("are `{}`", names.join("`, `"))
    }
}

fn named<'a>(table: &Table, column: &str, control: &str, values: &BTreeSet<&'a str>) -> Result<&'a str, CommandError> {
    values.get(control).copied().ok_or_else(|| {
        let file = &table.file;
        format!("the column `{column}` of `{file}` is never `{control}`; it is {}", listed(values)).into()
    })
}

/// The one value that sounds like a control.
fn guessed<'a>(table: &Table, column: &str, values: &BTreeSet<&'a str>) -> Result<&'a str, CommandError> {
    let is_control = |value: &&&str| {
        let lower = value.to_lowercase();
        CONTROLS.contains(&lower.as_str()) || lower.starts_with("no ") || lower.starts_with("no_")
    };
    let sounding: Vec<&&str> = values.iter().filter(is_control).collect();
    match sounding.as_slice() {
        [only] => Ok(**only),
        _ => {
            let (file, listed) = (&table.file, listed(values));
            Err(format!(
                "say by `--control` which value of the column `{column}` of `{file}` means no treatment: {listed}"
            )
            .into())
        }
    }
}

fn listed(values: &BTreeSet<&str>) -> String {
    let names: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    names.join(", ")
}

/// Sets the shares that were said: for every arm, each above 0.
fn declare(arms: &mut [Arm], shares: &[String]) -> Result<(), CommandError> {
    let mut declared = BTreeSet::new();
    for share in shares {
        let parsed = share.rsplit_once('=').and_then(|(name, share)| Some((name.trim(), share.trim().parse().ok()?)));
        let Some((name, size)) = parsed.filter(|(_, size): &(&str, f64)| size.is_finite() && *size > 0.0) else {
            return Err(format!(
                "`{share}` is no share; write a value of the treatment column, `=` and a number above 0"
            )
            .into());
        };
        let Some(arm) = arms.iter_mut().find(|arm| arm.name == name) else {
            return Err(format!("there is no treatment `{name}` to declare a share of").into());
        };
        arm.share = size;
        declared.insert(name);
    }
    match arms.iter().find(|arm| !declared.contains(arm.name.as_str())) {
        Some(arm) => Err(format!("declare a share of `{}` too", arm.name).into()),
        None => Ok(()),
    }
}
