//! The whole funnel of a decision, for people: every candidate, how far it came, what stopped it in its author's words, and what it was worth.

use tact_decide::{Action, Candidate, Catalogue, Decision, Fate, Reason, Terms, Treatment};
use tact_domain::{Folded, Timestamp};
use tact_wire::render::minor_digits;

use super::play::Played;

/// What happened in a test.
pub(super) fn funnel(played: &Played, catalogue: &Catalogue) -> String {
    let at = clock(played.now, played.offset_s);
    if played.decision.is_none() {
        let why = match &played.folded {
            Some(Folded::Withheld) => "the event may not be remembered: a minor's, or without the consent it needs",
            Some(Folded::Duplicate | Folded::Stale) => "the event was known, or overtaken",
            _ => "the event is no reason to decide",
        };
        return format!("  happened {}, {at}: no decision, {why}\n", played.customer);
    }
    played.decisions().map(|decision| told(decision, played, catalogue)).collect()
}

/// One decision with its candidates.
fn told(decision: &Decision, played: &Played, catalogue: &Catalogue) -> String {
    let at = clock(played.now, played.offset_s);
    let store = decision.store.as_ref().map_or(String::new(), |store| format!(" at {store}"));
    let winner = who(decision.winner(), catalogue);
    let said = winner.map_or("silence".to_owned(), |(action, way)| format!("`{}`, by `{}`", action.name, way.name));
    let head = format!("  happened {}, {at}, {}{store}: {said}\n", played.customer, decision.trigger.name());
    let candidates = decision.candidates.iter().map(|candidate| line(candidate, catalogue));
    let silence = format!("    silence: worth 0.00{}\n", nobody(decision));
    std::iter::once(head).chain(candidates).chain([silence]).collect()
}

/// What is there to be said when nothing was a candidate.
fn nobody(decision: &Decision) -> String {
    let none = decision.candidates.is_empty();
    if none { format!("; no action is triggered by {}", decision.trigger.name()) } else { String::new() }
}

/// The action and the treatment of a candidate.
pub(super) fn who<'a>(candidate: Option<&Candidate>, catalogue: &'a Catalogue) -> Option<(&'a Action, &'a Treatment)> {
    let candidate = candidate?;
    let action = catalogue.actions.get(usize::from(candidate.action))?;
    Some((action, action.treatments.get(usize::from(candidate.treatment))?))
}

fn line(candidate: &Candidate, catalogue: &Catalogue) -> String {
    let Some((action, way)) = who(Some(candidate), catalogue) else { return String::new() };
    let fate = match candidate.fate {
        Fate::Chosen => "chosen".to_owned(),
        Fate::Lost(reason) => format!("lost at {}: {}", stage(reason), said(reason, action, catalogue)),
        Fate::Refused(reason) => format!("refused at {}: {}", stage(reason), said(reason, action, catalogue)),
    };
    let terms = candidate.terms.map_or(String::new(), |terms| format!("; {}", sum(&terms, &catalogue.policy.currency)));
    format!("    {} / {} ({}): {fate}{terms}\n", action.name, way.name, way.channel.name())
}

/// A reason, with the words of the rule or the name of the cap behind it.
fn said(reason: Reason, action: &Action, catalogue: &Catalogue) -> String {
    match reason.detail(action, &catalogue.policy) {
        Some(detail) => format!("{}, `{}`", reason.name(), on_one_line(detail)),
        None => reason.name().to_owned(),
    }
}

/// A rule as its author wrote it, but on one line.
pub(crate) fn on_one_line(rule: &str) -> String {
    rule.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The stage of the funnel at which a reason stops a candidate.
fn stage(reason: Reason) -> &'static str {
    match reason {
        Reason::MomentPassed
        | Reason::DenyZone
        | Reason::SensitiveMoment
        | Reason::AccidentalPlace
        | Reason::NotYet
        | Reason::Ended => "the moment",
        Reason::InTrouble => "trouble",
        Reason::NotEligible(_) | Reason::EligibilityUnknown(_) => "eligibility",
        Reason::NotApplicable(_) | Reason::ApplicabilityUnknown(_) => "applicability",
        Reason::NotSuitable(_) | Reason::SuitabilityUnknown(_) => "suitability",
        Reason::CoolDown | Reason::Suppressed | Reason::Excluded(_) | Reason::AlreadySaid => "rest",
        Reason::OtherArm | Reason::Control | Reason::HeldOut => "arms",
        Reason::Exhausted(_) => "limits",
        Reason::Minor
        | Reason::ConsentMissing
        | Reason::ConsentDenied
        | Reason::ConsentRevoked
        | Reason::ConsentExpired
        | Reason::ConsentDormant
        | Reason::NotToBeRecognised
        | Reason::LowConsent
        | Reason::Unreachable => "consent",
        Reason::InPerson
        | Reason::NotReady
        | Reason::AtTheDoor
        | Reason::OtherArena
        | Reason::Indiscreet
        | Reason::DiscretionSpent
        | Reason::AmendsSpent
        | Reason::Guardrail
        | Reason::NoCover => "discretion",
        Reason::Cap(_) | Reason::Terms | Reason::LedgerFull => "caps",
        Reason::QuietHours | Reason::ZoneUnknown => "hours",
        Reason::NotScored
        | Reason::Silence
        | Reason::Saved
        | Reason::PutOff
        | Reason::BetterLater
        | Reason::Explored
        | Reason::Outscored
        | Reason::StandBy => "arbitration",
    }
}

/// The money formula with its terms, in major units.
fn sum(terms: &Terms, currency: &str) -> String {
    let money = |minor: f64| major(minor, currency);
    format!(
        "worth {:.2} = {} * {} * ({:.3} - {:.3}) * {:.2} + {} * {:.3} * {:.2} - {:.3} * {:.2} - {:.3} * {:.2} - {:.4} - {:.2}",
        money(terms.score),
        terms.lever,
        terms.context,
        terms.positive,
        terms.positive_if_silent,
        money(terms.margin),
        terms.benefit_weight,
        terms.liked,
        money(terms.benefit),
        terms.redeem,
        money(terms.incentive),
        terms.harmful,
        money(terms.harm),
        money(terms.cost),
        money(terms.bid),
    )
}

/// Money in major units.
pub(super) fn major(minor: f64, currency: &str) -> f64 {
    (0..minor_digits(currency)).fold(minor, |amount, _| amount / 10.0)
}

/// An instant at a clock, as tests write it.
pub(super) fn clock(at: Timestamp, offset_s: i32) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).ok();
    let offset = jiff::tz::Offset::from_seconds(offset_s).ok();
    let written = at.zip(offset).map(|(at, offset)| at.display_with_offset(offset).to_string());
    written.unwrap_or_default()
}
