//! What the reasons of decisions mean, for people.

/// What a reason means; empty for one that has no words of its own.
pub(crate) fn meaning(reason: &str) -> &'static str {
    match reason {
        "moment_passed" => "the event came too late for its moment",
        "deny_zone" => "near a clinic or another place where nobody is approached",
        "in_trouble" => "something is wrong for the customer, and offers are unwelcome",
        "not_eligible" => "it is not for this customer",
        "eligibility_unknown" | "applicability_unknown" | "suitability_unknown" => {
            "what it asks for is not known of this customer"
        }
        "not_applicable" => "it makes no sense at this moment",
        "not_suitable" => "it would not be good for this customer",
        "cool_down" => "it was said a short time ago",
        "suppressed" => "what came of it the last time holds it back",
        "excluded" => "something that stands in for it was said a short time ago",
        "other_arm" => "the customer gets another way of it, for comparison",
        "control" => "the customer never gets it, so that its effect is known",
        "held_out" => "the customer is left alone, so that the effect of all is known",
        "exhausted" => "there is none left",
        "already_said" => "it was said when the appointment was made",
        "minor" => "the customer may not be of age",
        "consent_missing" => "the customer was never asked, or never answered",
        "consent_denied" => "the customer said no",
        "consent_revoked" => "the customer took consent back",
        "consent_expired" => "the consent was for a time that is over",
        "consent_terms" => "the promise made with the consent is used up",
        "not_to_be_recognised" => "staff may not point this customer out",
        "low_consent" => "the customer agreed to be asked, not to be told",
        "unreachable" => "no address for the channel",
        "contact_cap" => "enough messages for now",
        "ledger_full" => "no more contacts can be counted",
        "quiet_hours" => "it is night where the customer lives",
        "zone_unknown" => "nobody knows what time it is for the customer",
        "not_yet" => "the action has not begun",
        "ended" => "the action is over",
        "not_scored" => "too late to weigh it",
        "silence" => "worth less than saying nothing",
        "put_off" => "it is to wait, and is decided again then",
        "better_later" => "what is to be said later is worth more",
        "outscored" => "something else was worth more",
        "stand_by" => "another way of the same action was better",
        _ => "",
    }
}
