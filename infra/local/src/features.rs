//! Which features nobody can account for: without a purpose, or looked at by no model and no rule. What is not needed is not to be collected.

use tact_decide::{Catalogue, Slot};
use tact_model::{Feature, Model, SCHEMA};
use tact_policy::Mistake;

/// Where features are declared.
const SCHEMA_FILE: &str = "shared/model/src/schema.rs";

/// The features of the row that nobody can account for, given what rules look at and what models read.
pub fn unaccounted(catalogue: &Catalogue, models: &[Model]) -> Vec<Mistake> {
    let read: Vec<&str> = models.iter().flat_map(Model::reads).collect();
    unaccounted_of(&SCHEMA, catalogue, &read)
}

/// The same of a schema, by the names of what models read.
fn unaccounted_of(schema: &[Feature], catalogue: &Catalogue, read: &[&str]) -> Vec<Mistake> {
    let is_looked_at = |name: &str| catalogue.slots.iter().any(|slot| looks_at(slot).contains(&name));
    let mistake = |name: &str, wrong: &str, fix: &str| Mistake {
        file: SCHEMA_FILE.to_owned(),
        line: 1,
        key: name.to_owned(),
        wrong: wrong.to_owned(),
        fix: fix.to_owned(),
    };
    let found = schema.iter().filter_map(|Feature { name, purpose, .. }| {
        if purpose.trim().is_empty() {
            Some(mistake(name, "is a feature without a purpose", "say what it is to tell, or leave it out of the row"))
        } else if !read.contains(name) && !is_looked_at(name) {
            let wrong = "is a feature that no model reads and no rule looks at";
            Some(mistake(name, wrong, "train a model that needs it, or leave it out of the row"))
        } else {
            None
        }
    });
    found.collect()
}

/// The features that hold what a slot holds, over whatever time.
fn looks_at(slot: &Slot) -> &'static [&'static str] {
    match slot {
        Slot::Sensitive(_, slot) => looks_at(slot),
        Slot::Trigger => &["trigger_check_in", "trigger_purchase", "trigger_entry", "trigger_dwell", "trigger_exit"],
        Slot::Mission => &["mission_express", "mission_browse"],
        Slot::Hour => &["hour_of_day"],
        Slot::Weekday => &["is_weekend"],
        Slot::CheckIns(_) => &["checkins_30d", "checkins_90d"],
        Slot::Visits(_) => &["visits_30d"],
        Slot::Orders(..) => &["orders_90d"],
        Slot::Spend(_) => &["spend_90d"],
        Slot::DaysSinceOrder => &["days_since_order"],
        Slot::Affinity(_) => &["category_affinity"],
        Slot::Owns(_) => &["owned_in_category"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tact_wire::decode_catalogue;

    fn keys(found: &[Mistake]) -> Vec<&str> {
        found.iter().map(|mistake| mistake.key.as_str()).collect()
    }

    #[test]
    fn every_feature_that_is_built_is_accounted_for() {
        let catalogue = decode_catalogue(tact_catalogue::CATALOGUE).unwrap();
        let models =
            [tact_catalogue::FULL_MODEL, tact_catalogue::SMALL_MODEL].map(|bytes| Model::decode(bytes).unwrap());
        assert_eq!(unaccounted(&catalogue, &models), []);
    }

    #[test]
    fn what_has_no_purpose_or_is_not_used_is_found() {
        let mut schema = SCHEMA[..4].to_vec();
        schema[0].purpose = " ";
        let found = unaccounted_of(&schema, &Catalogue::default(), &["checkins_30d", "visits_30d"]);
        assert_eq!(keys(&found), ["checkins_30d", "checkins_90d", "days_since_visit"]);
        assert_eq!(
            found[0].to_string(),
            "shared/model/src/schema.rs:1: checkins_30d: is a feature without a purpose; say what it is to tell, or leave it out of the row"
        );
        let window = tact_decide::Window { days: 7, earlier: false };
        let catalogue = Catalogue { slots: vec![Slot::CheckIns(window), Slot::Hour], ..Catalogue::default() };
        assert_eq!(keys(&unaccounted_of(&SCHEMA[..4], &catalogue, &["visits_30d"])), ["days_since_visit"]);
    }
}
