//! The paths nobody has to write down: for every purpose, every crossing that is denied, places known by accident, authors of comments and every
//! sensitive matter. They are made from the catalogue, asked of each action alone, and answered for in `forbidden.toml` where one is borne.

use tact_decide::{Arena, Catalogue, Class, Crossing, Mode, Models};
use tact_domain::{Channel, Key, Purpose, Sensitive};

use super::about::About;
use super::path::{Path, Waiver, name, waivers};
use super::{FILE, Verdict, verdict};
use crate::section::read_toml;
use crate::{CatalogueErrors, SourceFile};

/// The answer to one built-in path about one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// The path, by the name under which it is waived: `consent/profiling`.
    pub path: String,
    /// What must never happen.
    pub never: String,
    /// The action asked about.
    pub action: Key,
    /// Whether it can; the proof has no sentence when nothing in the action is meant.
    pub verdict: Verdict,
    /// Why an answer other than a proof is borne; `None` when it is not.
    pub waived: Option<String>,
}

impl Danger {
    /// Whether it is neither proved nor answered for.
    pub fn is_open(&self) -> bool {
        self.waived.is_none() && !matches!(self.verdict, Verdict::Proved(_))
    }
}

/// Every built-in path about every action of a catalogue, by path and then by action; waived as its `forbidden.toml` says.
///
/// # Errors
/// Every mistake in that file, at once.
pub fn dangers(files: &[SourceFile], catalogue: &Catalogue, models: &Models) -> Result<Vec<Danger>, CatalogueErrors> {
    let waived = waived(files, catalogue)?;
    let mut dangers = Vec::new();
    for (key, path) in paths(catalogue) {
        for action in &catalogue.actions {
            let of_action = Path { action: Some(action.name.clone()), ..path.clone() };
            let verdict = match verdict(&of_action, catalogue, models) {
                Verdict::Proved(why) if why == [super::NOTHING_MEANT] => Verdict::Proved(Vec::new()),
                verdict => verdict,
            };
            let why = waived.iter().find(|waiver| waiver.path == key && waiver.action == action.name);
            let proved = matches!(verdict, Verdict::Proved(_));
            dangers.push(Danger {
                path: key.clone(),
                never: path.name.clone(),
                action: action.name.clone(),
                verdict,
                waived: why.filter(|_| !proved).map(|waiver| waiver.why.clone()),
            });
        }
    }
    Ok(dangers)
}

fn waived(files: &[SourceFile], catalogue: &Catalogue) -> Result<Vec<Waiver>, CatalogueErrors> {
    let Some(file) = files.iter().find(|file| file.path == FILE) else { return Ok(Vec::new()) };
    let mut mistakes = Vec::new();
    let waived = read_toml(file, &mut mistakes, |section| {
        let (waived, _) = (waivers(section, catalogue), super::path::paths(section, catalogue));
        waived
    });
    CatalogueErrors::check(mistakes)?;
    Ok(waived.unwrap_or_default())
}

/// The names under which paths are waived.
pub(super) fn names(catalogue: &Catalogue) -> Vec<String> {
    paths(catalogue).into_iter().map(|(key, _)| key).collect()
}

/// Every path with its name; asked of all actions.
fn paths(catalogue: &Catalogue) -> Vec<(String, Path)> {
    let mut paths = marketing();
    paths.extend(consents());
    paths.extend(crossings(catalogue));
    paths.extend(comments());
    let sensitive = Sensitive::ALL.map(|(class, matter)| {
        let never = format!("nothing is decided by what tells of {}", class.replace('_', " "));
        (format!("sensitive/{class}"), about(never, About::Sensitive(matter)))
    });
    paths.extend(sensitive);
    paths
}

/// No channel sells without consent to it; a person may who may recognise the customer.
fn marketing() -> Vec<(String, Path)> {
    let path = |channel: Channel| {
        let never = format!("nothing is sold by {} without consent to it", channel.name());
        let mut without = vec![Purpose::Marketing];
        without.extend((channel == Channel::Associate).then_some(Purpose::StaffRecognition));
        (
            format!("marketing/{}", channel.name()),
            Path { channel: Some(channel), without, ..about(never, About::Selling) },
        )
    };
    Channel::ALL.map(path).to_vec()
}

/// Nothing that needs a consent is looked at without it, nobody is recognised without it, and nobody is told instead of asked.
fn consents() -> Vec<(String, Path)> {
    let looked = [Purpose::Profiling, Purpose::Location, Purpose::ThirdParty, Purpose::Social].map(|purpose| {
        let never = format!("nothing is decided by what needs consent to `{}` without it", name(purpose));
        (purpose, Path { without: vec![purpose], ..about(never, About::Looking(purpose)) })
    });
    let mut paths: Vec<_> =
        looked.into_iter().map(|(purpose, path)| (format!("consent/{}", name(purpose)), path)).collect();
    let never = "no person is told who somebody is without consent to be recognised".to_owned();
    let recognised =
        Path { identifies: Some(true), without: vec![Purpose::StaffRecognition], ..about(never, About::Whatever) };
    paths.push(("consent/staff_recognition".to_owned(), recognised));
    let never = "nobody who agreed to a channel alone is told instead of asked".to_owned();
    let pushed = Path {
        mode: Some(Mode::Push),
        class: Some(Class::Default),
        promised: Some(false),
        without: vec![Purpose::Profiling],
        ..about(never, About::Whatever)
    };
    paths.push(("consent/push".to_owned(), pushed));
    paths
}

/// Nothing crosses from one arena to another where that is denied.
fn crossings(catalogue: &Catalogue) -> Vec<(String, Path)> {
    let cells = Arena::ALL.into_iter().flat_map(|from| Arena::ALL.into_iter().map(move |to| (from, to)));
    let denied = cells.filter(|((_, from), (_, to))| catalogue.policy.arenas.crossing(*from, *to) == Crossing::Denied);
    let path = |((of, from), (at, to)): ((&str, Arena), (&str, Arena))| {
        let never = format!("nothing known in the arena {of} is said in the arena {at}");
        (format!("arena/{of}-{at}"), about(never, About::Crossing(from, to)))
    };
    denied.map(path).collect()
}

/// What is known of a comment alone leads nobody to its author, and where it was written by accident leads to nobody.
fn comments() -> Vec<(String, Path)> {
    let never = "nobody walks up to the author of a comment".to_owned();
    let author = about(never, About::Crossing(Arena::Forum, Arena::Store));
    let never = "a place known by accident leads to nothing that is said to a person".to_owned();
    let accident = Path { without: vec![Purpose::Location], ..about(never, About::Looking(Purpose::Location)) };
    vec![("person/author".to_owned(), author), ("place/accidental".to_owned(), accident)]
}

fn about(never: String, about: About) -> Path {
    Path { name: never, about, ..Path::default() }
}
