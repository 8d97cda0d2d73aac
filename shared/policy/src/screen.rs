//! What is shown on a screen in a store, `placement = "screen"`, and how likely types of customers are to take something up.

use tact_decide::{Action, Treatment};
use tact_domain::{Channel, ProfileType, Trigger};
use tact_wire::render::{Variable, variables};

use crate::amount::probability;
use crate::section::Section;

/// What a text on a screen may name: what is the same for everybody who passes, and true however long it stands there.
const ON_SCREEN: [Variable; 6] =
    [Variable::Brand, Variable::Store, Variable::Product, Variable::Size, Variable::Price, Variable::HowTo];

/// The probabilities in a table by type of customer, `[treatment.by_type]` or `[organic_by_type]`, in the order of types; empty without it.
pub(crate) fn by_type(section: &mut Section<'_, '_>, key: &'static str) -> Vec<(ProfileType, f64)> {
    let Some(mut inner) = section.table(key) else { return Vec::new() };
    let read = |kind: ProfileType| inner.optional(kind.name(), probability).map(|prior| (kind, prior));
    let priors = ProfileType::ALL.into_iter().filter_map(read).collect();
    inner.finish();
    priors
}

/// A screen speaks to everybody who passes: it says and hands out nothing that is one person's.
pub(crate) fn check_screen(section: &mut Section<'_, '_>, treatment: &Treatment) {
    if !treatment.is_for_screen() {
        return;
    }
    let nobodys = "remove it: a screen speaks to everybody who passes";
    if treatment.channel != Channel::Inbox {
        section.note("channel", "does not suit a screen, which waits to be looked at", "write `inbox`");
    }
    let personal = [
        ("coupon", treatment.coupon.is_some(), "gives a code of one person's to everybody"),
        ("identifies", treatment.identifies, "points out one person to everybody"),
        ("promises", treatment.promises.is_some(), "promises something to nobody"),
        ("arm", treatment.arm.is_some(), "tries a way on some people, and everybody sees it"),
        ("discloses", !treatment.discloses.is_empty(), "tells everybody what is known of one person"),
    ];
    for (key, _, wrong) in personal.into_iter().filter(|(_, is_there, _)| *is_there) {
        section.note(key, wrong, nobodys);
    }
    let texts = treatment.translations.iter().map(|words| &words.text).chain([&treatment.text]);
    let named = texts.flat_map(|text| variables(text).unwrap_or_default());
    if let Some(other) = named.into_iter().find(|variable| !ON_SCREEN.contains(variable)) {
        let known = ON_SCREEN.map(Variable::name).join(", ");
        let wrong = format!("names `{}`, which is not the same for everybody who passes", other.name());
        section.note("text", wrong, format!("a screen may name {known}"));
    }
}

/// A screen shows what is asked for when somebody looks.
pub(crate) fn check_opened(section: &mut Section<'_, '_>, action: &Action) {
    let has_screen = action.treatments.iter().any(Treatment::is_for_screen);
    if has_screen && !action.triggers.contains(&Trigger::Open) {
        let wrong = "does not list `open`, so no screen would ever show it";
        section.note("triggers", wrong, "add `\"open\"`");
    }
}
