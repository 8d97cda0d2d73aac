//! `tact evaluate`: what another policy would have brought, told from a log of what one did.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use comfy_table::{CellAlignment, Table as Text, presets};
use tact_learn::{Estimate, Evaluation, Impression, Policy};

use super::CommandError;
use crate::table::{Table, TableError};

/// There is no answer; why is what was printed.
const REFUSED: u8 = 3;

/// The arguments of `tact evaluate`.
#[derive(Args, Debug)]
#[command(after_help = FORMULAS)]
pub(super) struct Evaluate {
    /// The log: a CSV file with a row per impression, gzip too
    log: PathBuf,
    /// The column that holds what came of it: 1 for a click, or an amount
    #[arg(long, value_name = "COL")]
    reward: String,
    /// The column that holds the probability with which the logging policy showed it
    #[arg(long, value_name = "COL")]
    propensity: String,
    /// The column that holds what was shown
    #[arg(long, value_name = "COL")]
    action: String,
    /// The column that holds where it was shown [default: there is one place]
    #[arg(long, value_name = "COL")]
    position: Option<String>,
    /// The policy to evaluate: a CSV file of action, position and probability; without positions it is the same everywhere
    #[arg(long, value_name = "DIST.csv")]
    policy: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// What `--help` says below the arguments.
const FORMULAS: &str = "\
Per impression: w = policy(action | position) / propensity; r is its reward; q is the mean reward of an action at a position, smoothed by ten \
impressions of the overall mean: q = (sum of r + 10 * mean) / (impressions + 10).
  ipw    mean of w r
  snipw  sum of w r / sum of w
  dm     mean of the sum over actions of policy(action | position) q(action, position)
  dr     mean of that sum + w (r - q): the one to read
  ess    (sum of w)^2 / sum of w^2
  support  part of the policy's probability on actions at positions with 20 impressions, or a third of what the policy would make
Intervals hold the value in 95 of 100 logs. JSON: {\"ipw\": {\"value\", \"low\", \"high\"}, \"snipw\", \"dm\", \"dr\", \"ess\", \"support\", \"impressions\", \
\"rewarded\", \"logged\", \"gain\", \"smallest_gain\", \"ranks\"}.

Refused with exit code 3, and {\"refused\": reason}: tables that lack a column or hold what is no propensity, probability or number; support below 0.9 \
(what the log never shows may bring anything); an effective sample size below 30 (a mean of fewer is not normally distributed); rewards that count as \
fewer than 4 rewarded impressions (no value could be told from 0).";

/// Why there is no answer.
type Refused = Box<dyn std::error::Error>;

impl Evaluate {
    /// Prints the estimates, or why there are none.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let (log, policy) = (read(&self.log)?, read(&self.policy)?);
        let (text, code) = match self.evaluated(log, policy) {
            Ok(found) if self.json => (serde_json::to_string(&found)?, ExitCode::SUCCESS),
            Ok(found) => (told(&found), ExitCode::SUCCESS),
            Err(reason) if self.json => {
                (serde_json::json!({ "refused": reason.to_string() }).to_string(), ExitCode::from(REFUSED))
            }
            Err(reason) => (format!("refused: {reason}"), ExitCode::from(REFUSED)),
        };
        writeln!(io::stdout().lock(), "{text}")?;
        Ok(code)
    }

    fn evaluated(
        &self,
        log: Result<Table, TableError>,
        policy: Result<Table, TableError>,
    ) -> Result<Evaluation, Refused> {
        let (log, policy) = (log?, policy_of(&policy?, self.position.is_some())?);
        let (rewards, propensities) =
            (log.numbers(log.column(&self.reward)?)?, log.numbers(log.column(&self.propensity)?)?);
        let action = log.column(&self.action)?;
        let position = self.position.as_deref().map(|name| log.column(name)).transpose()?;
        let places: Vec<&str> = match position {
            Some(column) => log.cells(column).collect(),
            None => vec![""; log.rows.len()],
        };
        let numbers = propensities.into_iter().zip(rewards);
        let cells = log.cells(action).zip(places).zip(numbers).enumerate();
        let impressions: Vec<Impression<'_>> = cells
            .map(|(row, ((action, position), (propensity, reward)))| Impression {
                action,
                position,
                propensity,
                reward,
                line: log.line(row),
            })
            .collect();
        Ok(Evaluation::of(&impressions, &policy)?)
    }
}

/// A table, or what is wrong with its content; a file that cannot be read at all ends the command.
fn read(path: &Path) -> Result<Result<Table, TableError>, TableError> {
    match Table::read(path) {
        Err(error @ TableError::Unreadable { .. }) => Err(error),
        read => Ok(read),
    }
}

/// The policy in a table of action, position (or none) and probability.
fn policy_of(table: &Table, is_placed: bool) -> Result<Policy, Refused> {
    let probabilities = table.numbers(table.column("probability")?)?;
    let action = table.column("action")?;
    let places: Vec<&str> = match table.column("position") {
        Ok(column) => table.cells(column).collect(),
        Err(_) => vec![""; table.rows.len()],
    };
    if !is_placed && places.iter().any(|position| !position.is_empty()) {
        return Err(format!(
            "`{}` names positions: say with --position which column of the log holds them",
            table.file
        )
        .into());
    }
    let entries = table.cells(action).zip(places).zip(probabilities);
    Ok(Policy::new(entries.map(|((action, position), p)| (action.to_owned(), position.to_owned(), p)))?)
}

/// The estimates for a person to read, and what they are worth.
fn told(found: &Evaluation) -> String {
    let mut text = Text::new();
    text.load_style(presets::NOTHING);
    text.set_header(["estimate", "value", "low", "high"]);
    let rows = [
        ("ipw", found.ipw),
        ("snipw", found.snipw),
        ("dm", found.dm),
        ("dr", found.dr),
        ("the log's own", found.logged),
    ];
    for (name, Estimate { value, low, high }) in rows {
        text.add_row([name.to_owned(), format!("{value:.6}"), format!("{low:.6}"), format!("{high:.6}")]);
    }
    for column in text.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let Evaluation { impressions, rewarded, ess, support, gain, smallest_gain, .. } = *found;
    let Estimate { value, low, high } = gain;
    let verdict = if found.ranks {
        format!("the policy differs from the one that made the log by {value:+.6} ({low:+.6} to {high:+.6})")
    } else {
        format!(
            "too few to rank policies: {rewarded} rewarded impressions do not tell it from the policy that made the log (difference {low:+.6} to \
             {high:+.6}; one below {smallest_gain:.6} would hardly show)"
        )
    };
    format!(
        "{text}\n\n{impressions} impressions, {rewarded} rewarded; they count as {ess:.1} for this policy (effective sample size); support {support:.3}\n\
         {verdict}"
    )
}

#[cfg(test)]
mod tests;
