//! One forbidden path as its file has it.

use tact_decide::{Action, Catalogue, Class, Issue, Mode, Provenance, Rule, Slot, Stage, Treatment};
use tact_domain::{Channel, Key, Purpose, Trigger};
use toml::de::DeValue;

use super::about::About;
use super::built_in;
use crate::action::CLASSES;
use crate::amount::Currency;
use crate::check::scenario::PURPOSES;
use crate::rule::{Known, Slots, conditions};
use crate::section::{Parsed, Section, wrong};
use crate::suggest::did_you_mean;
use crate::treatment::MODES;
use crate::word;

/// Something that must never happen. The default is about everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) action: Option<Key>,
    pub(super) channel: Option<Channel>,
    pub(super) mode: Option<Mode>,
    pub(super) identifies: Option<bool>,
    pub(super) promised: Option<bool>,
    pub(super) discloses: Option<Provenance>,
    pub(super) trigger: Option<Trigger>,
    pub(super) issue: Option<Issue>,
    pub(super) class: Option<Class>,
    /// What a built-in path is about.
    pub(super) about: About,
    /// What the customer did not consent to.
    pub(super) without: Vec<Purpose>,
    /// What holds then, over slots of its own.
    pub(super) when: Vec<Rule>,
    pub(super) slots: Vec<Slot>,
    pub(super) waived: Option<String>,
}

/// The name of a purpose.
pub(super) fn name(purpose: Purpose) -> &'static str {
    PURPOSES.iter().find(|(_, known)| *known == purpose).map_or("", |(name, _)| name)
}

/// The paths of a file.
pub(super) fn paths(section: &mut Section<'_, '_>, catalogue: &Catalogue) -> Vec<Path> {
    if !section.has("path") {
        section.note("path", "is missing", "write a `[[path]]`, or remove the file");
    }
    section.tables("path", |section| path(section, catalogue))
}

/// Why a built-in path that is open for an action is borne.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiver {
    pub(super) path: String,
    pub(super) action: Key,
    pub(super) why: String,
}

/// The waivers of a file.
pub(super) fn waivers(section: &mut Section<'_, '_>, catalogue: &Catalogue) -> Vec<Waiver> {
    let names = built_in::names(catalogue);
    let known = |value: &DeValue<'_>| {
        let path = word::text(value)?;
        if names.contains(&path) {
            return Ok(path);
        }
        let fix = did_you_mean(&path, names.iter().map(String::as_str));
        wrong(format!("`{path}` is not a built-in path"), fix.unwrap_or_else(|| "see `tact check --risk`".to_owned()))
    };
    section.tables("waived", |section| Waiver {
        path: section.required("path", "\"consent/profiling\"", known),
        action: section.required("action", "\"safety_recall\"", |value| {
            let all = "name one action: what is borne for one is not borne for all";
            action(value, catalogue)?.map_or_else(|| wrong("`*` is no action", all), Ok)
        }),
        why: section.required("why", "\"the law wants it\"", word::text),
    })
}

fn path(section: &mut Section<'_, '_>, catalogue: &Catalogue) -> Path {
    let purpose = |value: &DeValue<'_>| word::one_of(value, &PURPOSES);
    let issues = Issue::ALL.map(|issue| (issue.name(), issue));
    let (when, slots) = section.optional("when", |value| when(value, catalogue)).unwrap_or_default();
    let path = Path {
        name: section.required("name", "\"no offer to a customer in trouble\"", word::text),
        line: section.line(),
        action: section.optional("action", |value| action(value, catalogue)).flatten(),
        channel: section.optional("channel", |value| word::one_of(value, &word::channels())),
        mode: section.optional("mode", |value| word::one_of(value, &MODES)),
        identifies: section.optional("identifies", word::flag),
        promised: section.optional("promised", word::flag),
        discloses: section.optional("discloses", |value| word::one_of(value, &Provenance::ALL)),
        trigger: section.optional("trigger", |value| word::one_of(value, &word::TRIGGERS)),
        issue: section.optional("issue", |value| word::one_of(value, &issues)),
        class: section.optional("class", |value| word::one_of(value, &CLASSES)),
        about: About::Whatever,
        without: section.optional("without", |value| word::list(value, "\"profiling\"", purpose)).unwrap_or_default(),
        when,
        slots,
        waived: section.optional("waived", word::text),
    };
    if !section.has("without") && !section.has("when") {
        let wrong = "or `when` is missing, so everything it means would be forbidden";
        section.note("without", wrong, "write for example `without = [\"profiling\"]` or `when = \"in_trouble\"`");
    }
    path
}

/// An action of the catalogue; nothing for all of them.
fn action(value: &DeValue<'_>, catalogue: &Catalogue) -> Parsed<Option<Key>> {
    if value.as_str() == Some("*") {
        return Ok(None);
    }
    let name = word::name(value)?;
    let known = || catalogue.actions.iter().map(|action| action.name.as_str());
    if known().any(|known| known == name) {
        return Ok(Some(name));
    }
    let fix = did_you_mean(&name, known());
    wrong(format!("`{name}` is not an action"), fix.unwrap_or_else(|| "write `*` for all of them".to_owned()))
}

/// A rule, and the slots it looks at.
fn when(value: &DeValue<'_>, catalogue: &Catalogue) -> Parsed<(Vec<Rule>, Vec<Slot>)> {
    let currency = Currency::of(&catalogue.policy.currency);
    let known = Known {
        currency,
        places: Some(&catalogue.places),
        goods: Some(&catalogue.goods),
        sensitive: &catalogue.sensitive,
    };
    let mut slots = Slots::default();
    // Slots get their places by the rules of actions, so the rule is given to one.
    let mut bearer = [Action::new("forbidden", Issue::Safety, "forbidden")];
    for action in &mut bearer {
        action.conditions = conditions(&word::text(value)?, Stage::Eligibility, false, &known, &mut slots)?;
    }
    let slots = slots.sorted(&mut bearer);
    let [bearer] = bearer;
    Ok((bearer.conditions.into_iter().map(|condition| condition.rule).collect(), slots))
}

impl Path {
    /// Whether a treatment of an action is meant: everything that is given matches.
    pub(super) fn means(&self, catalogue: &Catalogue, action: &Action, treatment: &Treatment) -> bool {
        self.action.as_ref().is_none_or(|name| *name == action.name)
            && self.channel.is_none_or(|channel| channel == treatment.channel)
            && self.mode.is_none_or(|mode| mode == treatment.mode)
            && self.identifies.is_none_or(|identifies| identifies == treatment.identifies)
            && self.promised.is_none_or(|promised| promised == treatment.fulfils)
            && self.discloses.is_none_or(|known| treatment.discloses.contains(&known))
            && self.trigger.is_none_or(|trigger| catalogue.callers(action).contains(&trigger))
            && self.issue.is_none_or(|issue| issue == action.issue)
            && self.class.is_none_or(|class| class == action.class)
            // What a screen shows is said to nobody.
            && !treatment.is_for_screen()
            && self.about.means(catalogue, action, treatment)
    }
}
