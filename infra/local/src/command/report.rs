//! `tact report`: what contacts brought, to whom, and what every part of deciding is worth.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tact_decide::Catalogue;
use tact_domain::{Happened, Timestamp};

use super::CommandError;
use super::chosen::Chosen;
use super::day::{Day, now};
use super::ground::read;
use super::run::progress_bar;
use crate::observer::Observer;
use crate::play::{Play, play};
use crate::report::{Ablation, Evidence, Listening, Measurable};
use crate::respond::Respondents;
use crate::stack::seal;

/// The arguments of `tact report`.
#[derive(Args, Debug)]
pub(super) struct Report {
    /// Events to play in memory; `-` reads standard input [default: a day in town]
    #[arg(conflicts_with_all = ["data", "log"])]
    file: Option<PathBuf>,
    /// Measure what a `tact run --data` kept in this directory, instead of playing a file
    #[arg(long, value_name = "DIR", conflicts_with = "log")]
    data: Option<PathBuf>,
    /// Measure the decision log in this directory alone: nothing is known of what became of messages, but what was bought
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
    /// Where to write the page [default: report.html; none with --json]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    /// What intervals and random rankings are drawn with
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print the figures as one JSON object
    #[arg(long)]
    json: bool,
}

impl Report {
    /// Measures, writes the page and tells the figures.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let given = self.chosen.read()?;
        let report = match (&self.data, &self.log) {
            (Some(directory), _) => self.kept(directory, given)?,
            (None, Some(directory)) => {
                let evidence = logged(directory, &given)?;
                let ends = evidence.latest().unwrap_or_else(now);
                self.measure(&evidence, None, &given, (ends, ends))
            }
            (None, None) => self.played(&given)?,
        };
        let page = self.out.clone().or_else(|| (!self.json).then(|| PathBuf::from("report.html")));
        if let Some(path) = &page {
            let failed = |error: io::Error| format!("cannot write `{}`: {error}", path.display());
            std::fs::write(path, report.html()).map_err(failed)?;
        }
        let told = match &page {
            _ if self.json => format!("{}\n", serde_json::to_string(&report)?),
            Some(path) => format!("{}written to {}\n", report.text(), path.display()),
            None => report.text(),
        };
        io::stdout().lock().write_all(told.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    fn measure(
        &self,
        evidence: &Evidence,
        items: Option<&[(String, tact_wire::DecisionItem)]>,
        catalogue: &Catalogue,
        (seen_until, ends): (Timestamp, Timestamp),
    ) -> crate::report::Report {
        crate::report::Report::of(&Measurable { evidence, items, catalogue, seen_until, ends, seed: self.seed })
    }

    /// What a directory keeps.
    fn kept(&self, directory: &Path, given: Catalogue) -> Result<crate::report::Report, CommandError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (kept, catalogue) = runtime.block_on(read(directory, given))?;
        let evidence = logged(directory, &catalogue)?;
        // What nobody dated is over when the last decision was made.
        let ends = evidence.latest().unwrap_or_else(now);
        Ok(self.measure(&evidence, Some(&kept.decisions), &catalogue, (ends, ends)))
    }

    /// A file, played in memory until the windows of all that was said are over, and then again without one part each.
    fn played(&self, catalogue: &Catalogue) -> Result<crate::report::Report, CommandError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let Day { arrivals, in_town } = Day::read(self.file.as_deref(), false)?;
        let fold_only_until = Day { arrivals: Vec::new(), in_town }.warm_up();
        let last = arrivals.iter().map(|arrival| arrival.at).max().unwrap_or(Timestamp(0));
        let windows = catalogue.actions.iter().flat_map(|action| &action.treatments);
        let until = last.plus_s(windows.map(|treatment| treatment.window_s + treatment.valid_s).max().unwrap_or(0));
        let respond = if in_town { Some(Respondents::of(&arrivals, catalogue, seal()?)) } else { None };
        let mut listening = Listening { evidence: Evidence::none(), catalogue };
        for arrival in &arrivals {
            if let Ok(event) = tact_wire::parse(&arrival.bytes, arrival.at)
                && matches!(event.signal.happened, Happened::Purchase(_) | Happened::Comment(_))
            {
                listening.evidence.heard(&event.signal);
            }
        }
        let models = tact_aws::models()?;
        let ablation = Ablation {
            arrivals: &arrivals,
            catalogue,
            models: &models,
            fold_only_until,
            until,
            answered: in_town,
            seed: self.seed,
        };
        let bar = progress_bar(arrivals.len() as u64 + ablation.plays());
        let playing =
            Play { arrivals: arrivals.clone(), catalogue, data: None, fold_only_until, until: Some(until), respond };
        let mut observers: Vec<&mut dyn Observer> = vec![&mut listening];
        let played = runtime.block_on(play(playing, &mut observers, &|done| bar.set_position(done)))?;
        let mut report = self.measure(&listening.evidence, Some(&played.kept.decisions), catalogue, (last, until));
        report.ablation = ablation.play(&|| bar.inc(1))?;
        bar.finish_and_clear();
        Ok(report)
    }
}

/// The decisions in the log of a directory.
fn logged(directory: &Path, catalogue: &Catalogue) -> Result<Evidence, CommandError> {
    let shown = directory.display();
    let evidence = Evidence::read(directory, catalogue).map_err(|error| {
        format!(
            "cannot read the decision log of `{shown}`: {error}; give the directory of a `tact run --data` or `--out`"
        )
    })?;
    if evidence.latest().is_none() {
        return Err(format!(
            "no decision is logged in `{shown}`; give the directory of a `tact run --data` or `--out`"
        )
        .into());
    }
    Ok(evidence)
}
