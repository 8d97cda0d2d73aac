//! Where what rules ask about comes from, and the words by which a text would give it away.

use tact_decide::{Aspect, Catalogue, Criterion, Provenance, Ring, Rule, Slot, Test};
use tact_domain::{Key, Trigger};

/// Who says in which store it happened.
pub(super) fn of_store(trigger: Trigger) -> Provenance {
    match trigger {
        Trigger::CheckIn => Provenance::Told,
        Trigger::Purchase => Provenance::Bought,
        // A comment may have been found to belong there.
        Trigger::Entry | Trigger::Dwell | Trigger::Exit | Trigger::Comment => Provenance::Observed,
        // What is due is about what put it off; what is looked at is ours.
        Trigger::Due | Trigger::Open => Provenance::Ours,
    }
}

/// Where what a slot holds comes from, for an action with some triggers: of several the most delicate one.
pub(super) fn of_slot(slot: &Slot, triggers: &[Trigger]) -> Provenance {
    match slot {
        Slot::Trigger | Slot::Hour | Slot::Weekday | Slot::MayAskAgain => Provenance::Ours,
        Slot::Store => triggers.iter().map(|trigger| of_store(*trigger)).max().unwrap_or(Provenance::Ours),
        Slot::Area | Slot::Mission | Slot::MinutesInside | Slot::Shopper(_) | Slot::Comment(Aspect::AtStore) => {
            Provenance::Observed
        }
        // Of several signs the most delicate one: only a stay is seen.
        Slot::Ready if triggers.contains(&Trigger::Dwell) => Provenance::Observed,
        Slot::Locale
        | Slot::Venue
        | Slot::InTrouble
        | Slot::Cause
        | Slot::Comment(_)
        | Slot::Ready
        | Slot::CheckIns(_)
        | Slot::Visits(_)
        | Slot::VisitsHere(_) => Provenance::Told,
        Slot::Orders(..)
        | Slot::Spend(_)
        | Slot::Quarters(_)
        | Slot::Drop
        | Slot::HasDropped
        | Slot::DaysSinceOrder
        | Slot::DueIn(_)
        | Slot::Affinity(_)
        | Slot::Owns(_)
        | Slot::Complement(..)
        | Slot::Basket(_)
        | Slot::BasketValue => Provenance::Bought,
        Slot::Sequence(sequence) => match (sequence.first, sequence.then) {
            (Ring::Purchases, Ring::Purchases) => Provenance::Bought,
            _ => Provenance::Observed,
        },
        Slot::Partner(..) | Slot::Destination(_) => Provenance::ThirdParty,
        Slot::Friends(..) => Provenance::OtherPerson,
        Slot::Sensitive(_, slot) => of_slot(slot, triggers),
    }
}

/// The words a rule decides by, each with where what it is about comes from. What a mission is called is our own word, which nobody would recognise.
pub(super) fn words(rule: &Rule, catalogue: &Catalogue, triggers: &[Trigger]) -> Vec<(Provenance, String)> {
    match rule {
        Rule::Is(criterion) => of_criterion(criterion, catalogue, triggers),
        Rule::All(rules) | Rule::Any(rules) => rules.iter().flat_map(|rule| words(rule, catalogue, triggers)).collect(),
        Rule::Not(rule) => words(rule, catalogue, triggers),
    }
}

fn of_criterion(criterion: &Criterion, catalogue: &Catalogue, triggers: &[Trigger]) -> Vec<(Provenance, String)> {
    let Some(slot) = catalogue.slots.get(usize::from(criterion.slot)) else { return Vec::new() };
    let (known, slot) = (of_slot(slot, triggers), slot.plain());
    let mut words: Vec<String> = match (&criterion.test, slot) {
        (Test::OneOf(texts), Slot::Area | Slot::Venue | Slot::Destination(_) | Slot::Store) => {
            texts.iter().flat_map(spellings).collect()
        }
        _ => Vec::new(),
    };
    match slot {
        Slot::Partner(about, _) | Slot::Friends(about, _) | Slot::Destination(about) => {
            words.extend(spellings(about));
            words.extend(said_of(about).iter().map(|word| (*word).to_owned()));
        }
        Slot::Affinity(about)
        | Slot::DueIn(about)
        | Slot::Owns(about)
        | Slot::Orders(Some(about), _)
        | Slot::Basket(Some(about)) => words.extend(spellings(about)),
        Slot::Store => words.extend(names(criterion, catalogue)),
        _ => {}
    }
    words.into_iter().map(|word| (known, word)).collect()
}

/// Words by which people recognise what a partner told, though they do not name its category.
fn said_of(category: &str) -> &'static [&'static str] {
    match category {
        "airline" | "airport" | "hotel" | "cruise" | "railway" | "travel" => &[
            "flight", "flights", "fly", "flying", "plane", "airport", "trip", "travel", "travels", "journey",
            "holiday", "vacation",
        ],
        "hospital" | "clinic" | "pharmacy" | "health" => &["health", "doctor", "illness", "treatment", "recovery"],
        "bank" | "credit" | "loan" | "insurance" => &["loan", "credit", "debt", "mortgage", "insurance", "savings"],
        _ => &[],
    }
}

/// What people call the stores that a criterion names.
fn names(criterion: &Criterion, catalogue: &Catalogue) -> Vec<String> {
    let Test::OneOf(ids) = &criterion.test else { return Vec::new() };
    let stores = ids.iter().filter_map(|id| catalogue.places.store(id));
    stores.map(|store| store.name.clone()).collect()
}

/// An id as texts may say it: as it is, and with spaces.
fn spellings(id: &Key) -> Vec<String> {
    let spaced = id.replace(['-', '_'], " ");
    let same = spaced == id.as_str();
    std::iter::once(id.to_string()).chain((!same).then_some(spaced)).collect()
}
