//! Why a log cannot tell what a policy would have brought.

/// Why there is no answer, in one line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Nothing was logged.
    #[error("the log has no impression")]
    Empty,
    /// A propensity is no probability of something that happened.
    #[error("the propensity {propensity} in line {line} of the log is not above 0 and at most 1")]
    Propensity {
        /// The line of the log.
        line: u64,
        /// What stands there.
        propensity: f64,
    },
    /// A reward is not a number.
    #[error("the reward in line {line} of the log is no finite number")]
    Reward {
        /// The line of the log.
        line: u64,
    },
    /// The policy has no entry.
    #[error("the policy has no action")]
    NoPolicy,
    /// A probability of the policy is none.
    #[error("the policy gives `{action}`{} the probability {probability}, which is not from 0 to 1", placed(.position))]
    Probability {
        /// The action.
        action: String,
        /// The position, empty where there is none.
        position: String,
        /// What stands there.
        probability: f64,
    },
    /// An action stands at a position twice.
    #[error("the policy names `{action}`{} twice", placed(.position))]
    NamedTwice {
        /// The action.
        action: String,
        /// The position, empty where there is none.
        position: String,
    },
    /// Some entries have a position.
    #[error("the policy names a position for some actions and none for others")]
    SomePositions,
    /// The probabilities of a position are not those of one choice.
    #[error("the probabilities of the policy{} add up to {}, not to 1", placed(.position), rounded(*.sum))]
    Sum {
        /// The position, empty where there is none.
        position: String,
        /// What they add up to.
        sum: f64,
    },
    /// The policy does not say what it would have done somewhere.
    #[error("{}", unspoken(.position))]
    NoPosition {
        /// The position.
        position: String,
    },
    /// The policy does what the log never or hardly ever shows.
    #[error(
        "no common support: {:.1} % of what the policy would show the log never or hardly ever shows, such as `{}`{} ({} of the {} impressions \
         there, where the policy would make {:.0}); what that brings this log cannot tell",
        100.0 * .share, .lacking.action, placed(&.lacking.position), .lacking.impressions, .lacking.of, .lacking.expected
    )]
    NoSupport {
        /// The part of the policy's probability on what the log does not tell of, 0..1.
        share: f64,
        /// The most probable of it.
        lacking: Lacking,
    },
    /// The weights leave too little.
    #[error(
        "effective sample size too small: the {impressions} impressions of the log count as {ess:.1} for this policy, and at least 30 are needed"
    )]
    FewEffective {
        /// The effective sample size.
        ess: f64,
        /// Impressions in the log.
        impressions: usize,
    },
    /// Hardly any reward counts for the policy.
    #[error(
        "too few rewards: those of the log count as {rewarded:.1} rewarded impressions for this policy, and with fewer than 4 no value can be told from 0"
    )]
    FewRewarded {
        /// The effective number of rewarded impressions.
        rewarded: f64,
    },
}

/// Something that a policy does, and of which the log holds too little.
#[derive(Clone, Debug, PartialEq)]
pub struct Lacking {
    /// The action.
    pub action: String,
    /// The position, empty where there is none.
    pub position: String,
    /// Impressions of it in the log.
    pub impressions: u32,
    /// Impressions in the log at that position.
    pub of: u32,
    /// Impressions of it that the policy would have made.
    pub expected: f64,
}

fn placed(position: &str) -> String {
    if position.is_empty() { String::new() } else { format!(" at position `{position}`") }
}

fn unspoken(position: &str) -> String {
    if position.is_empty() {
        return "the policy names positions, and the log has none".to_owned();
    }
    format!("the policy says nothing of position `{position}` of the log")
}

/// A number without the noise of its last digits.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}
