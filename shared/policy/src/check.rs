//! Everything that can be found out about a catalogue before it decides: mistakes, findings about its rules (`lint`), what its messages give
//! away (`disclosure`), what must never happen (`forbid`), and whether its policy tests come true (`scenario`); and what each way may bring and
//! cost, in money and in law (`risk`).

mod disclosure;
mod forbid;
mod risk;
#[cfg(test)]
pub(crate) mod sample;
mod scenario;

use tact_decide::{Catalogue, Models};
use tact_domain::{Key, Timestamp};

pub use self::disclosure::{Leak, Telling, leaks};
pub(crate) use self::forbid::FILE as FORBIDDEN;
pub use self::forbid::{Danger, ForbiddenPath, Verdict, dangers, forbidden};
pub use self::risk::{Exposure, Way, ways};
pub use self::scenario::{Failure, Scenario, scenarios};
use crate::compile::compile_with_drafts;
use crate::lint::{Finding, Flaw, lint};
use crate::promises::unkept;
use crate::{Mistake, SourceFile};

/// What was found out about a catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many actions it has; 0 when it does not compile.
    pub actions: usize,
    /// The actions that are still being written, and left out.
    pub drafts: Vec<Key>,
    /// How many policy tests came true.
    pub passed: usize,
    /// How many were not run.
    pub pending: usize,
    /// Those that did not come true.
    pub failures: Vec<Failure>,
    /// What must not stay, in order of file and line.
    pub errors: Vec<Mistake>,
    /// What is probably not meant, in order of file and line.
    pub warnings: Vec<Mistake>,
    /// The answers to the forbidden paths.
    pub paths: Vec<ForbiddenPath>,
}

impl Checked {
    /// Whether the catalogue may decide: without an error, and every test that was run came true.
    pub fn is_sound(&self) -> bool {
        self.errors.is_empty() && self.failures.is_empty()
    }
}

/// Checks the files of a catalogue and its tests, scoring with some models, at an instant, which tells what is over. When the files do not
/// compile, nothing else is looked at.
pub fn check(files: &[SourceFile], tests: &[SourceFile], models: &Models, now: Timestamp) -> Checked {
    let mut checked = Checked::default();
    let (catalogue, drafts) = match compile_with_drafts(files) {
        Ok(compiled) => compiled,
        Err(errors) => {
            checked.errors.extend_from_slice(errors.mistakes());
            return checked;
        }
    };
    checked.actions = catalogue.actions.len();
    look(&mut checked, files, &catalogue, now);
    checked.errors.extend(unkept(&catalogue, now));
    checked.errors.extend(leaks(&catalogue).into_iter().map(|leak| of_leak(leak, files)));
    if let Some(file) = files.iter().find(|file| file.path == FORBIDDEN) {
        answer(&mut checked, file, &catalogue, models);
    }
    for file in tests {
        run(&mut checked, file, (&catalogue, &drafts), models);
    }
    checked.errors.sort();
    checked.warnings.sort();
    checked.drafts = drafts;
    checked
}

/// What rules say that cannot be meant. Only rules that never hold are errors: what time has overtaken, or another way outdoes, does no harm.
fn look(checked: &mut Checked, files: &[SourceFile], catalogue: &Catalogue, now: Timestamp) {
    for finding in lint(catalogue, now) {
        let of_kind = if finding.kind == Flaw::Contradictory { &mut checked.errors } else { &mut checked.warnings };
        of_kind.push(of_finding(finding, files));
    }
}

fn answer(checked: &mut Checked, file: &SourceFile, catalogue: &Catalogue, models: &Models) {
    match forbidden(file, catalogue, models) {
        Ok(paths) => checked.paths = paths,
        Err(errors) => checked.errors.extend_from_slice(errors.mistakes()),
    }
    for path in &checked.paths {
        let (wrong, shown) = match &path.verdict {
            Verdict::Proved(_) => continue,
            Verdict::CounterExample(test) => (format!("`{}` has a counter-example", path.name), test.as_str()),
            Verdict::Undecided(why) => (format!("`{}` is undecided: {why}", path.name), ""),
        };
        let found =
            |fix: String| Mistake { file: file.path.clone(), line: path.line, key: "path".to_owned(), wrong, fix };
        match &path.waived {
            Some(why) => checked.warnings.push(found(format!("waived: {why}"))),
            None => {
                let fix = format!("add the rule that refuses it, or answer for it by `waived = \"…\"`\n{shown}");
                checked.errors.push(found(fix.trim_end().to_owned()));
            }
        }
    }
}

fn run(checked: &mut Checked, file: &SourceFile, (catalogue, drafts): (&Catalogue, &[Key]), models: &Models) {
    let tests = match scenarios(file, catalogue, drafts) {
        Ok(tests) => tests,
        Err(errors) => return checked.errors.extend_from_slice(errors.mistakes()),
    };
    for test in tests {
        match test.pending {
            Some(_) => checked.pending += 1,
            None => match test.run(catalogue, models) {
                Ok(()) => checked.passed += 1,
                Err(failure) => checked.failures.push(failure),
            },
        }
    }
}

fn of_finding(finding: Finding, files: &[SourceFile]) -> Mistake {
    let Finding { action, kind, message, witness } = finding;
    let file = format!("actions/{action}.toml");
    let witness = witness.map_or(String::new(), |witness| format!(" ({witness})"));
    let fix = match kind {
        Flaw::Contradictory => "change one of them: together they refuse everybody",
        Flaw::Unreachable => "remove it, or what keeps it from being reached",
        Flaw::Shadowed => "remove it, or make it better at something; it only stands by",
        Flaw::AlwaysTrue => "remove the rule: it refuses nobody",
        Flaw::Undecided => "write the rules with fewer alternatives",
    };
    Mistake {
        line: line_of(files, &file, "[rules]"),
        file,
        key: "rules".to_owned(),
        wrong: format!("{}: {message}{witness}", kind.name()),
        fix: fix.to_owned(),
    }
}

fn of_leak(leak: Leak, files: &[SourceFile]) -> Mistake {
    let Leak { action, treatment, by, wrong, fix } = leak;
    let file = format!("actions/{action}.toml");
    let line = line_of(files, &file, &format!("name = \"{treatment}\""));
    let key = format!("treatment.{treatment}.discloses");
    Mistake { file, line, key, wrong: format!("{}: {wrong}", by.name()), fix }
}

/// The first line of a file that begins so; its first one when there is none.
fn line_of(files: &[SourceFile], path: &str, begins: &str) -> usize {
    let text = files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
    let found = (1..).zip(text.lines()).find(|(_, line)| line.trim_start().starts_with(begins));
    found.map_or(1, |(line, _)| line)
}

#[cfg(test)]
mod tests;
