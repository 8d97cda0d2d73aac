//! `tact train`: a model from a table of one's own; without a table the first propensity models, fitted on generated data; or one brought along.

mod import;
mod rows;
mod text;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use tact_learn::{Choice, Learnt, Plan, learn};

use self::rows::{Asked, Rows};
use super::CommandError;
use super::run::progress_bar;
use crate::table::Table;

/// Where the first models are written.
const FIRST_MODELS: &str = "shared/catalogue/models";

/// The arguments of `tact train`.
#[derive(Args, Debug)]
pub(super) struct Train {
    /// A table with a header: CSV, `.gz` too [default: generated data, for the first models of the catalogue]
    #[arg(value_name = "TABLE", requires = "label")]
    table: Option<PathBuf>,
    /// The column to predict: two values, such as `yes` and `no`
    #[arg(long, value_name = "COL", requires = "table")]
    label: Option<String>,
    /// The value of the label to predict; every other is its opposite [default: `yes` of `yes` and `no`, `1` of `1` and
    /// `0`, `true` of `true` and `false` and their like; the greater number or the later word of any two others]
    #[arg(long, value_name = "VALUE", requires = "table", allow_hyphen_values = true)]
    positive: Option<String>,
    /// A column that says what each row counts for
    #[arg(long, value_name = "COL", requires = "table")]
    weight: Option<String>,
    /// Columns to leave out
    #[arg(long, value_name = "COL,...", value_delimiter = ',', requires = "table")]
    drop: Vec<String>,
    /// Columns to read as text, word by word
    #[arg(long, value_name = "COL,...", value_delimiter = ',', requires = "table")]
    text: Vec<String>,
    /// Columns to read as categories although they hold numbers
    #[arg(long, value_name = "COL,...", value_delimiter = ',', requires = "table")]
    category: Vec<String>,
    /// A table with the same columns that the model is tested on, and not fitted to
    #[arg(long, value_name = "TABLE", requires = "table")]
    test: Option<PathBuf>,
    /// What to fit; auto takes what does best in cross-validation
    #[arg(long, value_enum, default_value_t = Kind::Auto)]
    model: Kind,
    /// The same seed and the same table give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write the artefact and, beside it, its card as text; without a table the folder of both artefacts
    /// [default: shared/catalogue/models without a table, nowhere with one]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Import a model that LightGBM saved as text, instead of fitting one; `--out` is then the artefact to write
    #[arg(long, value_name = "FILE", requires = "out", conflicts_with_all = ["table", "seed", "model"])]
    import_lightgbm: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, requires = "table")]
    json: bool,
}

/// What may be fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A logistic regression
    Logistic,
    /// A forest
    Forest,
    /// Whichever does best
    Auto,
}

impl Train {
    /// Fits what was asked for, writes it and prints how good it is.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let said = match (&self.table, &self.label, &self.import_lightgbm, &self.out) {
            (Some(table), Some(label), ..) => self.model_of(table, label)?,
            (.., Some(from), Some(out)) => import::import(from, out)?,
            _ => self.first_models()?,
        };
        io::stdout().lock().write_all(said.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    fn first_models(&self) -> Result<String, CommandError> {
        let first = tact_learn::train_first(self.seed)?;
        let out = self.out.as_deref().unwrap_or(Path::new(FIRST_MODELS));
        std::fs::create_dir_all(out).map_err(|error| unwritten(out, &error))?;
        let mut said = format!("{}\n", first.report);
        let causes = ("causes.model", tact_learn::first_causes(self.seed)?.encode());
        for (name, bytes) in first.files().into_iter().chain([causes]) {
            let path = out.join(name);
            std::fs::write(&path, &bytes).map_err(|error| unwritten(&path, &error))?;
            said.push_str(&format_written(&path, bytes.len()));
        }
        Ok(said)
    }

    fn model_of(&self, path: &Path, label: &str) -> Result<String, CommandError> {
        let table = Table::read(path)?;
        let test = self.test.as_deref().map(Table::read).transpose()?;
        let asked = Asked {
            label,
            positive: self.positive.as_deref(),
            weight: self.weight.as_deref(),
            drop: &self.drop,
            text: &self.text,
            category: &self.category,
        };
        let rows = Rows::read(&table, &asked)?;
        let tested = test.as_ref().map(|test| rows.same_of(test, &asked)).transpose()?;
        let plan = Plan {
            choice: match self.model {
                Kind::Logistic => Choice::Logistic,
                Kind::Forest => Choice::Forest,
                Kind::Auto => Choice::Auto,
            },
            seed: self.seed,
            name: self
                .out
                .as_deref()
                .and_then(Path::file_stem)
                .unwrap_or(label.as_ref())
                .to_string_lossy()
                .into_owned(),
            label: format!("`{label}` is `{}`", rows.label.positive),
            trained_on: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let bar = progress_bar(0);
        let progress = |done: u64, of: u64| {
            bar.set_length(of);
            bar.set_position(done);
        };
        let learnt = learn(&rows.sample, tested.as_ref(), &plan, &progress);
        bar.finish_and_clear();
        let learnt = learnt.map_err(|error| format!("cannot learn from `{}`: {error}", table.file))?;
        let written = self.out.as_deref().map(|out| write(&learnt, out)).transpose()?;
        if self.json {
            return Ok(format!("{}\n", text::json(&learnt)));
        }
        Ok(format!("{}{}", text::card(&learnt), written.unwrap_or_default()))
    }
}

/// Writes the artefact, and its card as text beside it.
fn write(learnt: &Learnt, out: &Path) -> Result<String, CommandError> {
    let bytes = learnt.model.encode();
    let mut beside = out.as_os_str().to_owned();
    beside.push(".card.txt");
    let (beside, card) = (PathBuf::from(beside), text::card(learnt));
    std::fs::write(out, &bytes).map_err(|error| unwritten(out, &error))?;
    std::fs::write(&beside, &card).map_err(|error| unwritten(&beside, &error))?;
    Ok(format!("\n{}{}", format_written(out, bytes.len()), format_written(&beside, card.len())))
}

fn format_written(path: &Path, bytes: usize) -> String {
    format!("wrote {} ({bytes} bytes)\n", path.display())
}

fn unwritten(path: &Path, error: &io::Error) -> CommandError {
    format!("cannot write `{}`: {error}", path.display()).into()
}
