//! Ablation: the same arrivals, and what stands beside each other adds up.

use std::collections::BTreeSet;

use tact_decide::{Catalogue, Term};
use tact_domain::Timestamp;

use crate::arrival::{self, Arrival};
use crate::dry::{Consents, Dry, Script};
use crate::report::{Ablated, Ablation};
use crate::respond::Respondents;
use crate::stack::seal;

/// Those of the town who have a name.
fn cast() -> Vec<Arrival> {
    let mut events = Vec::new();
    crate::town::town(1, &mut events).unwrap();
    let all = arrival::read(&mut events.as_slice(), false).unwrap();
    all.into_iter().filter(|arrival| !arrival.customer.starts_with("p-")).collect()
}

#[test]
fn every_part_is_measured_by_the_same_stick_and_the_means_add_up() {
    let (arrivals, catalogue, models) = (cast(), tact_aws::catalogue().unwrap(), tact_aws::models().unwrap());
    let until = Timestamp(arrivals.iter().map(|arrival| arrival.at.0).max().unwrap() + 86_400_000);
    let fold_only_until = Some(crate::town::DAY_BEGINS.parse::<jiff::Timestamp>().unwrap());
    let fold_only_until = fold_only_until.map(|at| Timestamp(at.as_millisecond()));
    let ablation = Ablation {
        arrivals: &arrivals,
        catalogue: &catalogue,
        models: &models,
        fold_only_until,
        until,
        answered: true,
        seed: 1,
    };
    let all = ablation.play(&|| {}).unwrap();
    assert_eq!(all.len() as u64, ablation.plays());
    let named = |without: &str| all.iter().find(|ablated: &&Ablated| ablated.without == without).unwrap();
    let direct = |catalogue: &Catalogue| {
        let respond = Some(Respondents::of(&arrivals, catalogue, seal().unwrap()));
        let consents = Consents::Theirs;
        let dry = Dry { catalogue, models: &models, consents, fold_only_until, until: Some(until), respond };
        dry.play(&Script::of(&arrivals))
    };
    let (whole, mut harmless) = (direct(&catalogue), catalogue.clone());
    harmless.policy.levers.off.push(Term::Harm);
    let left = |played: &crate::dry::Rehearsed| {
        played.weighed.iter().filter(|weighed| weighed.said.as_ref().is_some_and(|said| said.left)).count() as u64
    };
    assert_eq!(named("nothing").messages, left(&whole));
    assert_eq!(named("harm").messages, left(&direct(&harmless)));
    assert!(named("nothing").messages > 0 && named("nothing").more_each_minor.is_none());
    let people: BTreeSet<_> = whole.weighed.iter().map(|weighed| &weighed.customer).collect();
    let many = f64::from(u32::try_from(people.len()).unwrap());
    for ablated in all.iter().skip(1) {
        let more = ablated.more_each_minor.unwrap();
        let apart = ablated.net_minor.unwrap() - named("nothing").net_minor.unwrap();
        assert!((more.value * many - apart).abs() < 1e-6, "{}", ablated.without);
        assert!(more.low <= more.value && more.value <= more.high);
        assert_eq!(ablated.expected_minor.is_none(), ablated.part == "model");
    }
    let parts: BTreeSet<_> = all.iter().map(|ablated| ablated.part).collect();
    assert_eq!(parts, BTreeSet::from(["lever", "model", "nothing", "policy"]));
}
