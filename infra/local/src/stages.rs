//! The stages that candidates pass, each with the reasons for which they end there: how funnels are told.

/// The stages in the order in which candidates pass them.
pub(crate) const STAGES: [(&str, &[&str]); 11] = [
    ("time and place", &["moment_passed", "deny_zone", "sensitive_moment", "accidental_place", "not_yet", "ended"]),
    ("trouble", &["in_trouble"]),
    ("eligibility", &["not_eligible", "eligibility_unknown"]),
    ("applicability", &["not_applicable", "applicability_unknown"]),
    ("suitability", &["not_suitable", "suitability_unknown", "cool_down", "suppressed", "excluded"]),
    ("trials and limits", &["other_arm", "exhausted"]),
    (
        "consent",
        &[
            "already_said",
            "minor",
            "consent_missing",
            "consent_denied",
            "consent_revoked",
            "consent_expired",
            "consent_dormant",
            "consent_terms",
            "not_to_be_recognised",
            "low_consent",
            "unreachable",
        ],
    ),
    (
        "discretion",
        &[
            "in_person",
            "not_ready",
            "at_the_door",
            "other_arena",
            "indiscreet",
            "discretion_spent",
            "amends_spent",
            "guardrail",
            "no_cover",
        ],
    ),
    ("contact policy", &["contact_cap", "ledger_full", "quiet_hours", "zone_unknown"]),
    (
        "arbitration",
        &["not_scored", "silence", "saved", "put_off", "better_later", "explored", "outscored", "stand_by"],
    ),
    ("holdout", &["control", "held_out"]),
];

/// The place of the stage at which a reason ends a candidate; behind all of them for a reason that no stage knows.
pub(crate) fn stage_of(reason: &str) -> usize {
    let knows = |(_, reasons): &(&str, &[&str])| reasons.contains(&reason);
    STAGES.iter().position(knows).unwrap_or(STAGES.len())
}

#[cfg(test)]
mod tests {
    use tact_decide::Reason;

    use super::*;

    #[test]
    fn every_reason_ends_candidates_at_exactly_one_stage() {
        for reason in Reason::ALL {
            let known = STAGES.iter().filter(|(_, reasons)| reasons.contains(&reason.name())).count();
            assert_eq!(known, 1, "{}", reason.name());
        }
        let names: usize = STAGES.iter().map(|(_, reasons)| reasons.len()).sum();
        assert_eq!(names, Reason::ALL.len());
        assert_eq!(stage_of("no such reason"), STAGES.len());
    }
}
