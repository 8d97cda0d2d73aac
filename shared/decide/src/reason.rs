//! Reasons: why a candidate was refused or lost, in the order of the gates.

use crate::{Action, Policy, Stage};

/// Why a candidate was refused or lost. The order is the order of the gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The event is too old for a message about its moment.
    MomentPassed,
    /// The position may lie in a deny zone.
    DenyZone,
    /// What happened is a sensitive matter; whatever is said on its occasion would tell.
    SensitiveMoment,
    /// The place is known only from what was left on by accident, and counts for the store alone.
    AccidentalPlace,
    /// The action does not exist yet.
    NotYet,
    /// The action has ended.
    Ended,
    /// The customer has a trouble; only what serves them may be said.
    InTrouble,
    /// The rule of eligibility in this place does not hold.
    NotEligible(u16),
    /// The rule of eligibility in this place cannot be told.
    EligibilityUnknown(u16),
    /// The rule of applicability in this place does not hold.
    NotApplicable(u16),
    /// The rule of applicability in this place cannot be told.
    ApplicabilityUnknown(u16),
    /// The rule of suitability in this place does not hold.
    NotSuitable(u16),
    /// The rule of suitability in this place cannot be told.
    SuitabilityUnknown(u16),
    /// It was said too short a time ago.
    CoolDown,
    /// What became of it the last time holds it back.
    Suppressed,
    /// An action that stands in for it was chosen a short time ago: the exclusion in this place.
    Excluded(u16),
    /// The customer is in another arm of the trial.
    OtherArm,
    /// The limit in this place is used up.
    Exhausted(u16),
    /// It was said when the appointment was made that is kept now.
    AlreadySaid,
    /// The customer may not be of age.
    Minor,
    /// Nobody ever asked for the consent it needs.
    ConsentMissing,
    /// The customer refused.
    ConsentDenied,
    /// The customer took consent back.
    ConsentRevoked,
    /// The consent has lapsed.
    ConsentExpired,
    /// What was promised for the consent did not come in time, so that it rests until it is given again.
    ConsentDormant,
    /// It points the customer out, and staff may not recognise them.
    NotToBeRecognised,
    /// It tells, and the customer agreed to no more than being asked.
    LowConsent,
    /// It would have somebody walk up to a person who is known by what they wrote alone.
    InPerson,
    /// Nobody approaches a customer who gave no sign of being ready.
    NotReady,
    /// At the door of somebody on an errand nothing is said that was not asked for.
    AtTheDoor,
    /// What is known in one arena may not be used in that of its channel.
    OtherArena,
    /// It is creepier than its mode may be.
    Indiscreet,
    /// The customer's patience with messages of its kind is used up.
    DiscretionSpent,
    /// It makes up for more than the harm done, or has been given too often.
    AmendsSpent,
    /// Too many recipients wanted no more of it; it rests until a trial lets it back.
    Guardrail,
    /// Too few people without the secret get the same words, so that getting them would tell.
    NoCover,
    /// There is no address for its channel.
    Unreachable,
    /// The cap in this place is used up.
    Cap(u16),
    /// The promise made with the consent is used up.
    Terms,
    /// The contact ledger is full.
    LedgerFull,
    /// The channel rests at the recipient's hour.
    QuietHours,
    /// The recipient's zone is not known, so neither is their hour.
    ZoneUnknown,
    /// Nothing was scored on this rung, and the action does not come before scores.
    NotScored,
    /// It is worth no more than saying nothing.
    Silence,
    /// It is worth saying, and the contact it takes is saved for something better.
    Saved,
    /// It is to wait, and has an appointment.
    PutOff,
    /// It would leave now, and what is to be decided later is worth more.
    BetterLater,
    /// The customer is among those who never get this action, so that its effect is known.
    Control,
    /// It would have won, and the customer is held out.
    HeldOut,
    /// It was worth more, and something else was tried by chance.
    Explored,
    /// Something else was worth more, or comes first.
    Outscored,
    /// Another treatment of the same action won; this one may stand in for it.
    StandBy,
}

impl Reason {
    /// Every reason, in the order of the gates; those about one of several name the first.
    pub const ALL: [Self; 52] = [
        Self::MomentPassed,
        Self::DenyZone,
        Self::SensitiveMoment,
        Self::AccidentalPlace,
        Self::NotYet,
        Self::Ended,
        Self::InTrouble,
        Self::NotEligible(0),
        Self::EligibilityUnknown(0),
        Self::NotApplicable(0),
        Self::ApplicabilityUnknown(0),
        Self::NotSuitable(0),
        Self::SuitabilityUnknown(0),
        Self::CoolDown,
        Self::Suppressed,
        Self::Excluded(0),
        Self::OtherArm,
        Self::Exhausted(0),
        Self::AlreadySaid,
        Self::Minor,
        Self::ConsentMissing,
        Self::ConsentDenied,
        Self::ConsentRevoked,
        Self::ConsentExpired,
        Self::ConsentDormant,
        Self::NotToBeRecognised,
        Self::LowConsent,
        Self::InPerson,
        Self::NotReady,
        Self::AtTheDoor,
        Self::OtherArena,
        Self::Indiscreet,
        Self::DiscretionSpent,
        Self::AmendsSpent,
        Self::Guardrail,
        Self::NoCover,
        Self::Unreachable,
        Self::Cap(0),
        Self::Terms,
        Self::LedgerFull,
        Self::QuietHours,
        Self::ZoneUnknown,
        Self::NotScored,
        Self::Silence,
        Self::Saved,
        Self::PutOff,
        Self::BetterLater,
        Self::Control,
        Self::HeldOut,
        Self::Explored,
        Self::Outscored,
        Self::StandBy,
    ];

    /// The name used in records, counts and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::MomentPassed => "moment_passed",
            Self::DenyZone => "deny_zone",
            Self::InTrouble => "in_trouble",
            Self::NotEligible(_) => "not_eligible",
            Self::EligibilityUnknown(_) => "eligibility_unknown",
            Self::NotApplicable(_) => "not_applicable",
            Self::ApplicabilityUnknown(_) => "applicability_unknown",
            Self::NotSuitable(_) => "not_suitable",
            Self::SuitabilityUnknown(_) => "suitability_unknown",
            Self::CoolDown => "cool_down",
            Self::Suppressed => "suppressed",
            Self::Excluded(_) => "excluded",
            Self::Control => "control",
            Self::OtherArm => "other_arm",
            Self::Exhausted(_) => "exhausted",
            Self::LowConsent => "low_consent",
            Self::BetterLater => "better_later",
            Self::HeldOut => "held_out",
            Self::AlreadySaid => "already_said",
            Self::Minor => "minor",
            Self::ConsentMissing => "consent_missing",
            Self::ConsentDenied => "consent_denied",
            Self::ConsentRevoked => "consent_revoked",
            Self::ConsentExpired => "consent_expired",
            Self::NotToBeRecognised => "not_to_be_recognised",
            Self::SensitiveMoment => "sensitive_moment",
            Self::AccidentalPlace => "accidental_place",
            Self::ConsentDormant => "consent_dormant",
            Self::InPerson => "in_person",
            Self::NotReady => "not_ready",
            Self::AtTheDoor => "at_the_door",
            Self::OtherArena => "other_arena",
            Self::Indiscreet => "indiscreet",
            Self::DiscretionSpent => "discretion_spent",
            Self::AmendsSpent => "amends_spent",
            Self::Guardrail => "guardrail",
            Self::NoCover => "no_cover",
            Self::Unreachable => "unreachable",
            Self::Cap(_) => "contact_cap",
            Self::Terms => "consent_terms",
            Self::LedgerFull => "ledger_full",
            Self::QuietHours => "quiet_hours",
            Self::ZoneUnknown => "zone_unknown",
            Self::NotYet => "not_yet",
            Self::Ended => "ended",
            Self::NotScored => "not_scored",
            Self::Silence => "silence",
            Self::Saved => "saved",
            Self::PutOff => "put_off",
            Self::Explored => "explored",
            Self::Outscored => "outscored",
            Self::StandBy => "stand_by",
        }
    }

    /// What stands in its place when a rule of a stage does not hold, or cannot be told.
    pub(crate) fn of_rule(stage: Stage, holds: Option<bool>, place: u16) -> Self {
        match (stage, holds) {
            (Stage::Eligibility, Some(_)) => Self::NotEligible(place),
            (Stage::Eligibility, None) => Self::EligibilityUnknown(place),
            (Stage::Applicability, Some(_)) => Self::NotApplicable(place),
            (Stage::Applicability, None) => Self::ApplicabilityUnknown(place),
            (Stage::Suitability, Some(_)) => Self::NotSuitable(place),
            (Stage::Suitability, None) => Self::SuitabilityUnknown(place),
        }
    }

    /// The place of the rule, among the conditions of the action, that it is about; `None` for a reason about no rule.
    pub fn condition(self) -> Option<u16> {
        match self {
            Self::NotEligible(place)
            | Self::EligibilityUnknown(place)
            | Self::NotApplicable(place)
            | Self::ApplicabilityUnknown(place)
            | Self::NotSuitable(place)
            | Self::SuitabilityUnknown(place) => Some(place),
            _ => None,
        }
    }

    /// What it says of, by name: the rule of its action as its author wrote it, the cap, the exclusion, the limit; `None` for a reason that names
    /// nothing.
    pub fn detail<'a>(self, action: &'a Action, policy: &'a Policy) -> Option<&'a str> {
        let rule = |place: u16| action.conditions.get(usize::from(place)).map(|condition| condition.text.as_str());
        match self {
            Self::Cap(place) => policy.caps.get(usize::from(place)).map(|cap| cap.name.as_str()),
            Self::Excluded(place) => policy.exclusions.get(usize::from(place)).map(|known| known.name.as_str()),
            Self::Exhausted(place) => action.limits.get(usize::from(place)).map(|limit| limit.of.name()),
            _ => self.condition().and_then(rule),
        }
    }
}
