//! A counter-example: a policy test made of what the solver found, which is kept only when it comes true.

mod history;
mod moment;

use tact_decide::{Catalogue, Fate, Models, Reason};
use tact_domain::{Channel, Purpose};

use super::path::{Path, name};
use super::prove::Opening;
use crate::SourceFile;
use crate::check::scenario::{PURPOSES, Scenario, scenarios};

/// A test in which a treatment is said, or held back by its score alone, where a path forbids it; `None` when none was found.
pub(super) fn example(path: &Path, opening: &Opening<'_>, catalogue: &Catalogue, models: &Models) -> Option<String> {
    let (action, treatment) = (&opening.action.name, &opening.treatment.name);
    let draft = |rung: &str, expect: &str| {
        let consents = quoted_list(&consents(path));
        let (now, store) = moment::moment(opening, catalogue)?;
        let mut lines = vec![
            "[[test]]".to_owned(),
            format!("name = {}", quoted(&format!("never: {}", path.name))),
            format!("now = {}", quoted(&now)),
            format!("consents = [{consents}]"),
            format!("rung = {}", quoted(rung)),
        ];
        lines.extend(history::locale(opening));
        let history = history::history(opening, catalogue, store);
        if !history.is_empty() {
            lines.push(format!("history = [\n  {},\n]", history.join(",\n  ")));
        }
        lines.push(format!("event = {{ {} }}", moment::event(opening, catalogue, store)));
        lines.push(format!("expect = {{ {expect} }}"));
        Some(lines.join("\n") + "\n")
    };
    ["full_model", "group_prior"].into_iter().find_map(|rung| {
        let first = test(&draft(rung, "silence = true")?, catalogue)?;
        let meant = (opening.action, opening.treatment);
        let expect = match first.fate(catalogue, models, meant, (&path.when, &path.slots))? {
            Fate::Chosen => format!("winner = {}, treatment = {}", quoted(action), quoted(treatment)),
            Fate::Lost(reason) if is_of_score(reason) => {
                let (action, treatment, is) = (quoted(action), quoted(treatment), quoted(reason.name()));
                format!("reason = {{ action = {action}, treatment = {treatment}, is = {is} }}")
            }
            Fate::Lost(_) | Fate::Refused(_) => return None,
        };
        let text = draft(rung, &expect)?;
        test(&text, catalogue)?.run(catalogue, models).is_ok().then_some(text)
    })
}

/// Whether something that passed every gate was held back by what it is worth now.
fn is_of_score(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Silence
            | Reason::Saved
            | Reason::NotScored
            | Reason::Explored
            | Reason::Outscored
            | Reason::StandBy
            | Reason::BetterLater
            | Reason::PutOff
    )
}

/// The one test of a text; `None` when it has a mistake.
fn test(text: &str, catalogue: &Catalogue) -> Option<Scenario> {
    let file = SourceFile { path: "counter-example.test.toml".to_owned(), text: text.to_owned() };
    scenarios(&file, catalogue, &[]).ok()?.into_iter().next()
}

/// Everything that may be consented to, without what the path forbids to rely on.
fn consents(path: &Path) -> Vec<String> {
    let mut consents = Vec::new();
    for (_, purpose) in PURPOSES.iter().filter(|(_, purpose)| !path.without.contains(purpose)) {
        match purpose {
            Purpose::Marketing => {
                consents.extend(Channel::ALL.map(|channel| format!("{}:{}", name(*purpose), channel.name())));
            }
            _ => consents.push(name(*purpose).to_owned()),
        }
    }
    consents
}

fn quoted_list(texts: &[String]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

/// A text as TOML writes it between quotes.
pub(super) fn quoted(text: &str) -> String {
    let escape = |letter: char| match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        control if control.is_control() => format!("\\u{:04X}", u32::from(control)),
        other => other.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}
