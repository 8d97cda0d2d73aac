//! The schema of the feature row: what each number is, what it is for, where it is from, and how sensitive that is.

use self::Quantity::{Amount, Count, Flag, Share};
use self::Sensitivity::{Behaviour, Impersonal, Whereabouts};

/// One feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The name that artefacts bind to.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Quantity,
    /// What it counts, and its bounds where it has any.
    pub unit: &'static str,
    /// What it is to tell a model; empty when nobody knows, which is reported.
    pub purpose: &'static str,
    /// What of a profile, a moment or a treatment it is made of.
    pub provenance: &'static str,
    /// What a customer must have agreed to for it to be looked at.
    pub sensitivity: Sensitivity,
}

/// What kind of number a feature is. All of them are `f32`, in training and in scoring alike, and none is ever missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A whole number of things, 0 or more.
    Count,
    /// Something measured that has no upper bound.
    Amount,
    /// A part of a whole, 0 to 1.
    Share,
    /// 1 when it is so and 0 when not.
    Flag,
}

/// What a customer must have agreed to. Without consent to profiling no model is asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// Nothing beyond being profiled: it is about the moment or the treatment, and the same for whoever is in that moment.
    Impersonal,
    /// To be profiled: it is what they did before.
    Behaviour,
    /// To be located as well: it tells where they were. Without that it is as if they never were anywhere.
    Whereabouts,
}

const fn feature(
    (name, kind, unit): (&'static str, Quantity, &'static str),
    purpose: &'static str,
    provenance: &'static str,
    sensitivity: Sensitivity,
) -> Feature {
    Feature { name, kind, unit, purpose, provenance, sensitivity }
}

const REGULAR: &str = "how regular a visitor they are now";
const LAPSED: &str = "how far they have drifted away";
const VALUE: &str = "how much they buy at present";
const WHY: &str = "what they came for or just did, and so what helps them";
const BY: &str = "how well this way of telling it is received";
const CHANNEL: &str = "the channel of the treatment";
const TRIGGER: &str = "the trigger of the moment; of what was put off, the one it was put off from";
const YES: &str = "flag, 1 or 0";

/// All features, in row order.
pub const SCHEMA: [Feature; 32] = [
    feature(("checkins_30d", Count, "check-ins in 30 days"), REGULAR, "check-in facet", Behaviour),
    feature(("checkins_90d", Count, "check-ins in 90 days"), REGULAR, "check-in facet", Behaviour),
    feature(
        ("visits_30d", Count, "visits to our stores in 30 days"),
        REGULAR,
        "check-in facet or geolocation facet, whichever saw more",
        Whereabouts,
    ),
    feature(
        ("days_since_visit", Count, "whole days, 365 at most and for never"),
        LAPSED,
        "check-in facet or geolocation facet, whichever is later",
        Whereabouts,
    ),
    feature(
        ("weekend_share", Share, "share of all orders, 0 to 1"),
        "when they have time",
        "purchase facet",
        Behaviour,
    ),
    feature(("orders_90d", Count, "orders in 90 days"), VALUE, "purchase facet", Behaviour),
    feature(("spend_90d", Amount, "units of currency in 90 days, returns netted"), VALUE, "purchase facet", Behaviour),
    feature(("days_since_order", Count, "whole days, 365 at most and for never"), LAPSED, "purchase facet", Behaviour),
    feature(
        ("average_order", Amount, "units of currency, returns netted, an order of all there were"),
        "how large an offer has to be to matter",
        "purchase facet",
        Behaviour,
    ),
    feature(
        ("return_share", Share, "share of all that was ever bought, by value, 0 to 1"),
        "how often what they buy does not suit them",
        "purchase facet",
        Behaviour,
    ),
    feature(
        ("category_affinity", Share, "share of decayed interest, 0 to 1"),
        "whether they care for what is offered",
        "purchase facet and the category of the action",
        Behaviour,
    ),
    feature(
        ("owned_in_category", Count, "products bought and not returned"),
        "whether they have it already",
        "purchase facet and the category of the action",
        Behaviour,
    ),
    feature(
        ("last_dwell_min", Amount, "minutes of the latest visit, 0 without one"),
        "how much time they take",
        "geolocation facet",
        Whereabouts,
    ),
    feature(
        ("mission_express", Flag, YES),
        WHY,
        "geolocation facet: what they usually come for to the store of the moment",
        Whereabouts,
    ),
    feature(
        ("mission_browse", Flag, YES),
        WHY,
        "geolocation facet: what they usually come for to the store of the moment",
        Whereabouts,
    ),
    feature(
        ("online_share", Share, "share of all orders, 0 to 1"),
        "where they like to buy",
        "purchase facet",
        Behaviour,
    ),
    feature(
        ("hour_of_day", Count, "hours since midnight, 0 to 23"),
        "when people listen",
        "local time of the moment",
        Impersonal,
    ),
    feature(("is_weekend", Flag, YES), "when people listen", "local day of the moment", Impersonal),
    feature(
        ("contacts_7d", Count, "contacts in 7 days"),
        "how much they have heard of us lately",
        "contact facet",
        Behaviour,
    ),
    feature(("trigger_check_in", Flag, YES), WHY, TRIGGER, Impersonal),
    feature(("trigger_purchase", Flag, YES), WHY, TRIGGER, Impersonal),
    feature(("trigger_entry", Flag, YES), WHY, TRIGGER, Impersonal),
    feature(("trigger_dwell", Flag, YES), WHY, TRIGGER, Impersonal),
    feature(("trigger_exit", Flag, YES), WHY, TRIGGER, Impersonal),
    feature(("channel_sms", Flag, YES), BY, CHANNEL, Impersonal),
    feature(("channel_email", Flag, YES), BY, CHANNEL, Impersonal),
    feature(("channel_push", Flag, YES), BY, CHANNEL, Impersonal),
    feature(("channel_inbox", Flag, YES), BY, CHANNEL, Impersonal),
    feature(("channel_webhook", Flag, YES), BY, CHANNEL, Impersonal),
    feature(("channel_associate", Flag, YES), BY, CHANNEL, Impersonal),
    feature(
        ("incentive_share", Amount, "share of the basket, 0 when that is not known"),
        "how generous the offer is",
        "the incentive of the treatment and the basket of the action",
        Impersonal,
    ),
    feature(
        ("tenure_days", Count, "whole days, 365 at most and for a stranger"),
        "how well we know each other",
        "check-in facet or purchase facet, whichever is earlier",
        Behaviour,
    ),
];

/// The names of the features, in row order; an artefact binds to them by name.
pub const FEATURES: [&str; SCHEMA.len()] = {
    let mut names = [""; SCHEMA.len()];
    let (mut places, mut features): (&mut [&str], &[Feature]) = (&mut names, &SCHEMA);
    while let ([place, other_places @ ..], [feature, others @ ..]) = (places, features) {
        *place = feature.name;
        (places, features) = (other_places, others);
    }
    names
};

#[cfg(test)]
mod tests {
    use super::*;
    use tact_domain::{Channel, Trigger};

    #[test]
    fn every_feature_is_named_once_and_says_what_it_is_what_for_and_where_from() {
        let mut names = FEATURES.to_vec();
        names.sort_unstable();
        assert!(names.is_sorted_by(|one, next| one < next), "a name twice");
        for Feature { name, unit, purpose, provenance, .. } in SCHEMA {
            assert!(![name, unit, purpose, provenance].contains(&""), "`{name}` does not say all");
        }
    }

    #[test]
    fn triggers_and_channels_stand_in_the_order_in_which_rows_are_built() {
        let at = |name: &str| FEATURES.iter().position(|known| *known == name).unwrap();
        for (place, trigger) in Trigger::CUSTOMER.iter().enumerate() {
            let name = serde_name(trigger.name());
            assert_eq!(at(&format!("trigger_{name}")), 19 + place);
        }
        for (place, channel) in Channel::ALL.iter().enumerate() {
            assert_eq!(at(&format!("channel_{}", serde_name(channel.name()))), 24 + place);
        }
        assert_eq!((at("category_affinity"), at("owned_in_category"), at("incentive_share")), (10, 11, 30));
    }

    fn serde_name(name: &str) -> String {
        name.replace('-', "_")
    }
}
