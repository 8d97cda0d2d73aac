//! `discretion.toml`: what people find creepy, how much of it is borne, and what may cross from one arena to another. The score is fitted here, from
//! the attributes of the tactics that were surveyed; it knows no tactic by name.

use tact_decide::{Arena, Arenas, Crossing, Discretion, Mode, Most, Tactic};
use tact_domain::{Allowance, Key};
use toml::de::DeValue;

use crate::amount::{Currency, number, probability, whole};
use crate::section::{Section, read_toml};
use crate::treatment::MODES;
use crate::{CatalogueErrors, SourceFile, word};

/// Its file.
const FILE: &str = "discretion.toml";

/// A tactic that people were asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Surveyed {
    /// Its name.
    pub name: Key,
    /// What it is like.
    pub tactic: Tactic,
    /// The percentage that finds it cool.
    pub cool: f64,
    /// The percentage that finds it creepy; `None` when it was not reported.
    pub creepy: Option<f64>,
}

/// What `discretion.toml` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// How discretion is weighed.
    pub discretion: Discretion,
    /// What may cross.
    pub arenas: Arenas,
    /// Whom the survey asked, and when.
    pub source: String,
    /// The tactics surveyed.
    pub surveyed: Vec<Surveyed>,
}

impl Surveyed {
    /// The share of those with an opinion who find it creepy; `None` when that was not reported.
    pub fn share(&self) -> Option<f64> {
        self.creepy.map(|creepy| creepy / (self.cool + creepy))
    }
}

/// How creepy a tactic is as its steps add up: a straight line in the log-odds of finding it creepy, fitted by least squares to the tactics of which both
/// shares are known; rising, or flat if the data would have it fall. Every attribute counts alike (Dawes 1979, "The robust beauty of
/// improper linear models"): with a handful of tactics, weights of their own could not be told from noise. `None` with fewer than three.
pub fn fit(surveyed: &[Surveyed]) -> Option<[f64; 2]> {
    #[expect(clippy::cast_precision_loss, reason = "at most 16 steps, and few tactics")]
    let steps = |known: &Surveyed| known.tactic.steps() as f64;
    let known = surveyed.iter().filter_map(|known| known.share().map(|share| (steps(known), log_odds(share))));
    let known: Vec<(f64, f64)> = known.collect();
    if known.len() < 3 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "few tactics")]
    let count = known.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| known.iter().map(of).sum::<f64>() / count;
    let (at, level) = (mean(|(step, _)| *step), mean(|(_, odds)| *odds));
    let along: f64 = known.iter().map(|(step, odds)| (step - at) * (odds - level)).sum();
    let spread: f64 = known.iter().map(|(step, _)| (step - at) * (step - at)).sum();
    let slope = if spread > 0.0 { (along / spread).max(0.0) } else { 0.0 };
    Some([level - slope * at, slope])
}

/// How creepy so many steps are, 0 to 1.
pub fn creepy_at([base, slope]: [f64; 2], steps: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 16 steps")]
    let odds = base + slope * steps as f64;
    1.0 / (1.0 + libm::exp(-odds))
}

/// How creepy each tactic of which both shares are known is told to be by the others alone, beside what people said, 0 to 1; nothing where the others
/// draw no line.
pub fn left_out(surveyed: &[Surveyed]) -> Vec<(&Surveyed, f64)> {
    let known = surveyed.iter().filter(|known| known.share().is_some());
    let placed = known.filter_map(|one| {
        let others: Vec<_> = surveyed.iter().filter(|other| other.name != one.name).cloned().collect();
        Some((one, creepy_at(fit(&others)?, one.tactic.steps())))
    });
    placed.collect()
}

/// What the `discretion.toml` among the files of a catalogue says; nothing when there is none.
///
/// # Errors
/// Every mistake in it, at once.
pub fn survey(files: &[SourceFile], currency: &str) -> Result<Line, CatalogueErrors> {
    let Some(file) = files.iter().find(|file| file.path == FILE) else { return Ok(Line::default()) };
    let mut mistakes = Vec::new();
    let read = read_toml(file, &mut mistakes, |section| line(section, Currency::of(currency)));
    CatalogueErrors::check(mistakes)?;
    Ok(read.unwrap_or_default())
}

fn log_odds(share: f64) -> f64 {
    let share = share.clamp(0.001, 0.999);
    libm::log(share / (1.0 - share))
}

/// The line of a file.
pub(crate) fn line(section: &mut Section<'_, '_>, currency: Currency) -> Line {
    let source = section.required("source", "\"who asked whom, and when\"", word::text);
    let surveyed = section.tables("tactic", surveyed);
    let fitted = fit(&surveyed);
    if fitted.is_none() {
        let fix = "survey at least three, with `cool` and `creepy` in percent";
        section.note("tactic", "says too little to draw a line", fix);
    }
    let steps = 0..=Tactic::STEPS;
    let discretion = Discretion {
        by_steps: fitted.map_or_else(Vec::new, |line| steps.map(|steps| creepy_at(line, steps)).collect()),
        acts: section.required("acts", "0.1", probability),
        counts_as: f64::from(section.required::<u32>("counts_as", "200", |value| whole(value, 1..=1_000_000))),
        most: most(section),
        allowance: allowance(section),
        amends: section.optional("amends", |value| currency.money(value)).unwrap_or_default(),
    };
    Line { discretion, arenas: arenas(section), source, surveyed }
}

fn surveyed(section: &mut Section<'_, '_>) -> Surveyed {
    let percent = |value: &DeValue<'_>| number(value, 0.1..=99.9);
    let [identification, evidence, audience, moment, arena, control, value] = Tactic::MOST;
    let mut level = |key, most: u8| section.required(key, "1", |value| whole(value, 0..=i64::from(most)));
    let tactic = Tactic {
        identification: level("identification", identification),
        evidence: level("evidence", evidence),
        audience: level("audience", audience),
        moment: level("moment", moment),
        arena: level("arena", arena),
        control: level("control", control),
        value: level("value", value),
    };
    Surveyed {
        name: section.required("name", "\"receipt_with_suggestions\"", word::name),
        tactic,
        cool: section.required("cool", "49.8", percent),
        creepy: section.optional("creepy", percent),
    }
}

/// How creepy each mode may be at most: `[most.push]`.
fn most(section: &mut Section<'_, '_>) -> Vec<(Mode, Most)> {
    let Some(mut inner) = section.table("most") else { return Vec::new() };
    let mut most = Vec::new();
    for (name, mode) in MODES {
        let Some(mut of_mode) = inner.table(name) else { continue };
        let asked = of_mode.required("asked", "0.4", probability);
        let profiled = of_mode.required("profiled", "0.5", probability);
        if profiled < asked {
            of_mode.note("profiled", "is less than `asked`", "who agreed to more may be told more");
        }
        of_mode.finish();
        most.push((mode, Most { asked, profiled }));
    }
    inner.finish();
    most
}

/// The patience customers have: `[patience]`, in points.
fn allowance(section: &mut Section<'_, '_>) -> Allowance {
    let Some(mut inner) = section.table("patience") else { return Allowance::default() };
    let mut points = |key, example: &str| {
        let points = inner.required(key, example, |value| number(value, 0.0..=50.0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 50,000")]
        let thousandths = (points * 1_000.0 + 0.5) as u16;
        thousandths
    };
    let allowance = Allowance {
        most: points("points", "2.0"),
        per_day: points("per_day", "0.2"),
        thanked: points("thanked", "0.5"),
        found: points("found", "0.1"),
    };
    inner.finish();
    allowance
}

/// What may cross: `[arenas.forum]`, each with the arenas that what is known there may not reach freely.
fn arenas(section: &mut Section<'_, '_>) -> Arenas {
    let mut arenas = Arenas::default();
    let Some(mut table) = section.table("arenas") else { return arenas };
    for ((from, _), row) in Arena::ALL.into_iter().zip(&mut arenas.0) {
        let Some(mut inner) = table.table(from) else { continue };
        for ((to, _), cell) in Arena::ALL.into_iter().zip(row.iter_mut()) {
            *cell = inner.optional(to, |value| word::one_of(value, &Crossing::ALL)).unwrap_or_default();
        }
        inner.finish();
    }
    table.finish();
    arenas
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The survey of the shipped catalogue.
    fn survey() -> Vec<Surveyed> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue/discretion.toml");
        let file = crate::read_file(&path).unwrap();
        let mut mistakes = Vec::new();
        let read = crate::section::read_toml(&file, &mut mistakes, |section| line(section, Currency::of("USD")));
        assert_eq!(mistakes, []);
        read.unwrap().surveyed
    }

    /// Spearman's rank correlation; without ties.
    fn rank_correlation(pairs: &[(f64, f64)]) -> f64 {
        let rank = |of: fn(&(f64, f64)) -> f64, one: &(f64, f64)| {
            pairs.iter().filter(|other| of(other) < of(one)).map(|_| 1.0).sum::<f64>()
        };
        let squares: f64 = pairs.iter().map(|pair| (rank(|p| p.0, pair) - rank(|p| p.1, pair)).powi(2)).sum();
        let n: f64 = pairs.iter().map(|_| 1.0).sum();
        1.0 - 6.0 * squares / (n * (n * n - 1.0))
    }

    #[test]
    fn each_tactic_is_placed_from_its_attributes_and_the_other_tactics_alone() {
        let all = survey();
        let known: Vec<&Surveyed> = all.iter().filter(|known| known.share().is_some()).collect();
        assert_eq!(known.len(), 5);
        let placed: Vec<(f64, f64)> =
            left_out(&all).into_iter().map(|(one, creepy)| (creepy, one.share().unwrap())).collect();
        assert_eq!(placed.len(), 5);
        assert!(rank_correlation(&placed) >= 0.8, "{placed:?}");
        for (found, told) in &placed {
            assert_eq!(*found > 0.5, *told > 0.5, "the right side of even: {placed:?}");
        }
        // By name alone nothing could be said of a tactic that was left out; and shuffled attributes do not do.
        let reversed: Vec<Surveyed> =
            known.iter().zip(known.iter().rev()).map(|(a, b)| Surveyed { tactic: b.tactic, ..(*a).clone() }).collect();
        assert!(fit(&reversed).unwrap()[1] <= 0.0);
    }

    #[test]
    fn what_was_surveyed_in_part_lies_where_its_known_part_allows() {
        let all = survey();
        let line = fit(&all).unwrap();
        for known in all.iter().filter(|known| known.creepy.is_none()) {
            let most = (100.0 - known.cool) / 100.0;
            assert!(creepy_at(line, known.tactic.steps()) <= most + 0.03, "{}: at most {most:.3}", known.name);
        }
    }

    #[test]
    fn too_few_tactics_draw_no_line() {
        assert_eq!(fit(&survey()[..2]), None);
    }
}
