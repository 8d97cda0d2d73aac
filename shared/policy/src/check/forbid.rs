//! Forbidden paths, `forbidden.toml`: what must never happen whatever the rules say, and for each of them a proof that it cannot, a test that
//! shows that it can, or the confession that neither was found. Read in this order: `path` and `about` (what is asked), `gates` (what always refuses),
//! `prove`, `example` (a test that shows the contrary), `built_in` (the paths nobody has to write down) with `sensitive`.

mod about;
mod built_in;
mod example;
mod gates;
mod path;
mod prove;

use tact_decide::{Catalogue, Models};

pub use self::built_in::{Danger, dangers};
use self::path::Path;
use self::prove::{Found, Opening, Proof};
use crate::section::read_toml;
use crate::{CatalogueErrors, SourceFile};

/// The file of the forbidden paths.
pub(crate) const FILE: &str = "forbidden.toml";
/// The proof of a path by which nothing is meant.
const NOTHING_MEANT: &str = "no treatment is meant by it";

/// The answer to one forbidden path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForbiddenPath {
    /// What must never happen.
    pub name: String,
    /// The line it begins at.
    pub line: usize,
    /// Whether it can.
    pub verdict: Verdict,
    /// Why an answer other than a proof is borne; `None` when it is not.
    pub waived: Option<String>,
}

/// Whether something forbidden can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It cannot, and why: one sentence each.
    Proved(Vec<String>),
    /// It can: a `[[test]]` that runs and shows it.
    CounterExample(String),
    /// Neither was found, and why.
    Undecided(String),
}

impl Verdict {
    /// The name used in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proved(_) => "proved",
            Self::CounterExample(_) => "counter-example",
            Self::Undecided(_) => "undecided",
        }
    }
}

/// The answers to the paths of a file, in its order.
///
/// # Errors
/// Every mistake in the file, at once.
pub fn forbidden(
    file: &SourceFile,
    catalogue: &Catalogue,
    models: &Models,
) -> Result<Vec<ForbiddenPath>, CatalogueErrors> {
    let mut mistakes = Vec::new();
    let paths = read_toml(file, &mut mistakes, |section| {
        path::waivers(section, catalogue);
        path::paths(section, catalogue)
    });
    let paths = paths.unwrap_or_default();
    CatalogueErrors::check(mistakes)?;
    let answer = |path: Path| {
        let verdict = verdict(&path, catalogue, models);
        ForbiddenPath { name: path.name, line: path.line, verdict, waived: path.waived }
    };
    Ok(paths.into_iter().map(answer).collect())
}

/// A path is closed when every treatment it means is refused; one that is not is shown by the first example that comes true.
fn verdict(path: &Path, catalogue: &Catalogue, models: &Models) -> Verdict {
    let proof = Proof::new(path, catalogue);
    let (mut reasons, mut open, mut unclear) = (Vec::new(), Vec::new(), None);
    for action in &catalogue.actions {
        for treatment in action.treatments.iter().filter(|treatment| path.means(catalogue, action, treatment)) {
            match proof.of(action, treatment) {
                Found::Refused(why) => reasons.push(format!("{} / {}: {why}", action.name, treatment.name)),
                Found::Open(openings) => open.extend(openings),
                Found::Unclear => unclear = Some(format!("{} / {}", action.name, treatment.name)),
            }
        }
    }
    let shown = open.iter().find_map(|opening: &Opening<'_>| example::example(path, opening, catalogue, models));
    match (shown, open.first(), unclear) {
        (Some(test), ..) => Verdict::CounterExample(test),
        (None, Some(Opening { action, treatment, .. }), _) => Verdict::Undecided(format!(
            "nothing refuses {} / {} for certain, and no example was found in which it is said",
            action.name, treatment.name
        )),
        (None, None, Some(who)) => Verdict::Undecided(format!("the rules of {who} have too many alternatives")),
        (None, None, None) if reasons.is_empty() => Verdict::Proved(vec![NOTHING_MEANT.to_owned()]),
        (None, None, None) => Verdict::Proved(reasons),
    }
}

#[cfg(test)]
mod tests;
