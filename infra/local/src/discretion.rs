//! `tact check --discretion`: where the line between cool and creepy runs, what it was drawn by, and where every way of a catalogue stands.

use serde::Serialize;
use tact_decide::{Catalogue, Tactic};
use tact_domain::Channel;
use tact_policy::{CatalogueErrors, SourceFile, Way, creepy_at, fit, left_out, survey, ways};

use crate::paragraphs::Paragraphs;
use crate::risk::table;

/// The line, what it was drawn by, and where everything stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drawn {
    /// Whom the survey asked, and when.
    pub source: String,
    /// The tactics people were asked about.
    pub surveyed: Vec<Told>,
    /// How many of them stand behind the line: those of which both shares are known.
    pub behind: usize,
    /// The log-odds of finding no step at all creepy, and how much each step adds; `None` when nothing is weighed.
    pub line: Option<[f64; 2]>,
    /// Every way of the catalogue, the creepiest first.
    pub ways: Vec<Placed>,
}

/// A tactic people were asked about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// What it is like,
    pub tactic: Tactic,
    /// and how many steps that is.
    pub steps: usize,
    /// The share of those with an opinion who find it creepy; `None` when that was not reported.
    pub said: Option<f64>,
    /// Where the line puts it.
    pub line: Option<f64>,
    /// Where a line drawn by the others alone puts it; `None` for what no line is drawn by.
    pub by_the_others: Option<f64>,
}

/// Where a way stands, at the most delicate moment that calls for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placed {
    /// The action,
    pub action: String,
    /// the way,
    pub treatment: String,
    /// and its channel.
    pub channel: Channel,
    /// What calls for it then.
    pub trigger: &'static str,
    /// What it is like,
    pub tactic: Tactic,
    /// how many steps that is,
    pub steps: usize,
    /// and how creepy, 0 to 1.
    pub creepy: f64,
    /// How likely it does harm.
    pub harmful: f64,
    /// The points of patience it takes.
    pub points: f64,
}

impl Drawn {
    /// The line of a catalogue and its files.
    ///
    /// # Errors
    /// Every mistake in its `discretion.toml`.
    pub fn of(files: &[SourceFile], catalogue: &Catalogue) -> Result<Self, CatalogueErrors> {
        let read = survey(files, &catalogue.policy.currency)?;
        let (line, others) = (fit(&read.surveyed), left_out(&read.surveyed));
        let told = read.surveyed.iter().map(|one| Told {
            name: one.name.to_string(),
            tactic: one.tactic,
            steps: one.tactic.steps(),
            said: one.share(),
            line: line.map(|line| creepy_at(line, one.tactic.steps())),
            by_the_others: others.iter().find(|(other, _)| other.name == one.name).map(|(_, share)| *share),
        });
        let mut ways: Vec<Placed> = ways(catalogue).iter().map(Placed::from).collect();
        ways.sort_by(|a, b| {
            b.creepy.total_cmp(&a.creepy).then_with(|| (&a.action, &a.treatment).cmp(&(&b.action, &b.treatment)))
        });
        let behind = read.surveyed.iter().filter(|one| one.share().is_some()).count();
        Ok(Self { surveyed: told.collect(), source: read.source, behind, line, ways })
    }

    /// The same as people read it.
    pub fn text(&self) -> String {
        let mut text = Paragraphs::default();
        if self.line.is_none() {
            text.line(0, "", "nothing is weighed: the catalogue has no discretion.toml, or too few tactics in it");
            return text.text();
        }
        text.line(0, "", &format!("what people said: {}", self.source));
        let mut all = text.text() + &table(&self.told(), 1..12);
        let mut text = Paragraphs::default();
        text.gap();
        if let Some([base, slope]) = self.line {
            text.line(
                0,
                "",
                &format!("the line: log-odds of creepy = {base:.3} + {slope:.3} x steps, every attribute alike"),
            );
        }
        let honest = format!(
            "only {} tactics stand behind it, those with both shares: take the order for more than the numbers",
            self.behind
        );
        text.line(0, "", &honest);
        text.gap();
        text.line(0, "", "every way of the catalogue, at the most delicate moment that calls for it");
        all.push_str(&text.text());
        all + &table(&self.placed(), 2..12)
    }

    fn told(&self) -> Vec<Vec<String>> {
        let head = [&["tactic"][..], &ATTRIBUTES, &["steps", "said", "line", "by the others"]].concat();
        let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.2}"));
        let row = |one: &Told| {
            let cells = [one.steps.to_string(), share(one.said), share(one.line), share(one.by_the_others)];
            std::iter::once(one.name.clone()).chain(levels(one.tactic)).chain(cells).collect()
        };
        std::iter::once(head.into_iter().map(str::to_owned).collect()).chain(self.surveyed.iter().map(row)).collect()
    }

    fn placed(&self) -> Vec<Vec<String>> {
        let head = [&["way", "at"][..], &ATTRIBUTES, &["steps", "creepy", "points"]].concat();
        let row = |one: &Placed| {
            let cells = [one.steps.to_string(), format!("{:.2}", one.creepy), format!("{:.2}", one.points)];
            let name = [format!("{} / {}", one.action, one.treatment), one.trigger.to_owned()];
            name.into_iter().chain(levels(one.tactic)).chain(cells).collect()
        };
        std::iter::once(head.into_iter().map(str::to_owned).collect()).chain(self.ways.iter().map(row)).collect()
    }
}

/// The attributes as the tables head them.
const ATTRIBUTES: [&str; 7] = ["who", "knows", "seen", "when", "arena", "control", "value"];

fn levels(tactic: Tactic) -> impl Iterator<Item = String> {
    let Tactic { identification, evidence, audience, moment, arena, control, value } = tactic;
    [identification, evidence, audience, moment, arena, control, value].into_iter().map(|level| level.to_string())
}

impl From<&Way> for Placed {
    fn from(way: &Way) -> Self {
        Self {
            action: way.action.to_string(),
            treatment: way.treatment.to_string(),
            channel: way.channel,
            trigger: way.trigger.name(),
            tactic: way.tactic,
            steps: way.tactic.steps(),
            creepy: way.creepy,
            harmful: way.harmful,
            points: f64::from(way.points) / 1_000.0,
        }
    }
}
