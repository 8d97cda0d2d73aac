//! `tact train`: a model from a table of one's own, or from what became of one's own messages; without either the first propensity models, fitted on
//! generated data; or one brought along.

mod import;
mod log;
mod rows;
mod text;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use tact_learn::{Choice, LearnError, Learnt, Plan, Sample, learn};

use self::import::On;
use self::rows::{Asked, Rows};
use super::CommandError;
use super::chosen::Chosen;
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
    /// Learn instead from the messages that a `tact run --data` kept in this directory, and what became of them within their
    /// windows: whether what each was sent for came of it
    #[arg(long, value_name = "DIR", conflicts_with_all = ["table", "label", "positive", "weight", "drop", "text", "category", "test"])]
    log: Option<PathBuf>,
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
    /// Where to write the artefact and, beside it, its card as text; without a table the folder of the artefacts
    /// [default: shared/catalogue/models without a table or a log, nowhere with one]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Import a model that LightGBM saved as text, instead of fitting one; `--out` is then the artefact to write. With a TABLE it
    /// is measured on that, and on `--test`; `--out` may then be left out
    #[arg(long, value_name = "FILE", conflicts_with_all = ["log", "seed", "model", "drop", "text", "category"])]
    import_lightgbm: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of text
    #[arg(long)]
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
        if self.chosen.is_named() && self.log.is_none() {
            return Err("a catalogue tells what was offered in a log: give one with --log, or leave out --catalogue and --stores".into());
        }
        let said = match (&self.table, &self.label, &self.import_lightgbm, &self.log) {
            (Some(table), Some(label), Some(from), _) => self.measured(from, table, label)?,
            (Some(table), Some(label), None, _) => self.model_of(table, label)?,
            (.., Some(directory)) => self.model_of_log(directory)?,
            _ if self.json => return Err("there is JSON of a model of a TABLE or of a --log; give one".into()),
            (.., Some(_), None) if self.out.is_none() => {
                return Err("give --out to write the imported model, or a TABLE to measure it on".into());
            }
            (.., Some(from), None) => import::import(from, self.out.as_deref(), None)?,
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

    /// What the columns of a table are said to be.
    fn asked<'a>(&'a self, label: &'a str) -> Asked<'a> {
        Asked {
            label,
            positive: self.positive.as_deref(),
            weight: self.weight.as_deref(),
            drop: &self.drop,
            text: &self.text,
            category: &self.category,
        }
    }

    /// Imports a model and measures it on a table.
    fn measured(&self, from: &Path, path: &Path, label: &str) -> Result<String, CommandError> {
        let table = Table::read(path)?;
        let test = self.test.as_deref().map(Table::read).transpose()?;
        let (asked, seed, json) = (self.asked(label), self.seed, self.json);
        import::import(from, self.out.as_deref(), Some(&On { table: &table, test: test.as_ref(), asked, seed, json }))
    }

    fn model_of(&self, path: &Path, label: &str) -> Result<String, CommandError> {
        if let Some(folder) = self.out.as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
        }
        let table = Table::read(path)?;
        let test = self.test.as_deref().map(Table::read).transpose()?;
        let asked = self.asked(label);
        let rows = Rows::read(&table, &asked)?;
        let tested = test.as_ref().map(|test| rows.same_of(test, &asked)).transpose()?;
        let plan = Plan {
            choice: self.model.choice(),
            seed: self.seed,
            name: label.to_owned(),
            label: format!("`{label}` is `{}`", rows.label.positive),
            // What the table holds, and not what its file is called: the same rows give the same artefact.
            trained_on: format!("a table of SHA-256 {}", table.digest()),
        };
        let learnt = learnt(&rows.sample, tested.as_ref(), &plan)
            .map_err(|error| format!("cannot learn from `{}`: {error}", table.file))?;
        let written = self.out.as_deref().map(|out| write(&learnt, out)).transpose()?;
        if self.json {
            return Ok(format!("{}\n", text::json(&learnt)));
        }
        Ok(format!("{}{}", text::card(&learnt), written.unwrap_or_default()))
    }
}

impl Kind {
    fn choice(self) -> Choice {
        match self {
            Self::Logistic => Choice::Logistic,
            Self::Forest => Choice::Forest,
            Self::Auto => Choice::Auto,
        }
    }
}

/// Learns with a bar that shows how far it has come.
fn learnt(sample: &Sample<'_>, test: Option<&Sample<'_>>, plan: &Plan) -> Result<Learnt, LearnError> {
    let bar = progress_bar(0);
    let progress = |done: u64, of: u64| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let learnt = learn(sample, test, plan, &progress);
    bar.finish_and_clear();
    learnt
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
