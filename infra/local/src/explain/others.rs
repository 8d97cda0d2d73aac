//! What else could have been done, and why it was not: the reason, the rule in its author's words, and what the rule found.

use tact_decide::{Action, Candidate, Fate, Reason, Treatment};

use super::moment::Case;
use super::{Other, slot, words};

/// Everything that was considered beside the winner, in catalogue order.
pub(super) fn of(case: &Case<'_>) -> Vec<Other> {
    let winner = case.winner();
    let others = case.decision.candidates.iter().filter(|one| winner.is_none_or(|winner| !std::ptr::eq(*one, winner)));
    others.filter_map(|candidate| other(case, candidate)).collect()
}

fn other(case: &Case<'_>, candidate: &Candidate) -> Option<Other> {
    let (action, treatment) = case.parts(candidate)?;
    let (fate, reason) = match candidate.fate {
        Fate::Chosen => return None,
        Fate::Lost(reason) => ("lost", reason),
        Fate::Refused(reason) => ("refused", reason),
    };
    let detail = reason.detail(action, &case.of.catalogue.policy);
    Some(Other {
        action: action.name.to_string(),
        treatment: treatment.name.to_string(),
        channel: treatment.channel,
        fate,
        reason: reason.name(),
        because: because(case, reason, action, treatment, detail),
        rule: detail.map(str::to_owned),
        looked_at: reason.condition().map_or_else(Vec::new, |place| found(case, action, place)),
        worth_minor: candidate.terms.map(|terms| terms.score),
    })
}

/// The sentence of a reason, with what it names.
pub(super) fn because(
    case: &Case<'_>,
    reason: Reason,
    action: &Action,
    treatment: &Treatment,
    detail: Option<&str>,
) -> String {
    let sentence = words::reason(reason.name());
    match (reason, detail) {
        (Reason::Cap(place), Some(name)) => {
            let cap = case.of.catalogue.policy.caps.get(usize::from(place));
            let most =
                cap.map_or(String::new(), |cap| format!(", at most {} in {}", cap.max, slot::duration(cap.window_s)));
            format!("{sentence}: `{name}`{most}")
        }
        (Reason::Excluded(_), Some(name)) => format!("{sentence}: `{name}`"),
        (Reason::Exhausted(_), Some(name)) => format!("{sentence}: its {name}"),
        (Reason::CoolDown, _) => format!("{sentence}: it rests for {}", slot::duration(action.cool_down_s)),
        (Reason::InTrouble, _) => {
            let trouble = case.moment.trouble.map_or("trouble", |trouble| trouble.name()).replace('_', " ");
            format!("{sentence}: a {trouble} is open")
        }
        (Reason::Guardrail, _) => {
            let way = format!("{}/{}", action.name, treatment.name);
            let watch = case.of.kept.watches.iter().find(|(known, _)| *known == way);
            let last = watch.and_then(|(_, watch)| watch.log.iter().rfind(|turned| turned.because.is_some()));
            last.map_or_else(|| sentence.to_owned(), |turned| format!("{sentence}: {}", crate::guard::told(turned)))
        }
        (Reason::NoCover, _) => {
            let asked = case.of.catalogue.policy.cover;
            format!("{sentence}: it takes {} others in {}", asked.k, slot::duration(asked.within_s))
        }
        (Reason::OtherArm, _) => match &treatment.arm {
            Some(arm) => format!("{sentence}, and this is the way `{}`", arm.name),
            None => sentence.to_owned(),
        },
        (_, Some(rule)) if reason.condition().is_some() => {
            let holds = if reason.name().ends_with("unknown") { "cannot be told" } else { "does not hold" };
            let rule: Vec<_> = rule.split_whitespace().collect();
            format!("{sentence}: `{}` {holds}", rule.join(" "))
        }
        _ => sentence.to_owned(),
    }
}

fn found(case: &Case<'_>, action: &Action, place: u16) -> Vec<String> {
    let condition = action.conditions.get(usize::from(place));
    condition.map_or_else(Vec::new, |condition| case.looked_at(condition, action.class))
}
