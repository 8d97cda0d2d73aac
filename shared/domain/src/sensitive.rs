//! Sensitive matters: which goods, partners and places give away what is nobody's business, the words that do, and who speaks to children.
//! What is listed here leaves no trace in a profile, unless the customer agreed to just that matter.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{ConsentFacet, Key, Line, PartnerSignal, Purpose, Timestamp};

/// A matter that is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitive {
    /// Illness, treatment, medicine.
    Health,
    /// Expecting, or trying for, a child.
    Pregnancy,
    /// Faith.
    Religion,
    /// Origin.
    Ethnicity,
    /// Whom and how somebody loves.
    SexualLife,
    /// Children in somebody's care.
    Children,
    /// Debt, credit, benefits.
    Finances,
    /// Belonging to a union.
    Union,
    /// Political opinion.
    Politics,
}

impl Sensitive {
    /// Every matter with the name used in catalogues and as the topic of consents.
    pub const ALL: [(&str, Self); 9] = [
        ("health", Self::Health),
        ("pregnancy", Self::Pregnancy),
        ("religion", Self::Religion),
        ("ethnicity", Self::Ethnicity),
        ("sexual_life", Self::SexualLife),
        ("children", Self::Children),
        ("finances", Self::Finances),
        ("union", Self::Union),
        ("politics", Self::Politics),
    ];

    /// The name used in catalogues and as the topic of consents.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// Whether the customer had agreed, by an instant, that this very matter is looked at. A yes names it; a no that names nothing is meant for
    /// all of them. It does not reach back.
    pub fn is_agreed(self, consent: &ConsentFacet, at: Timestamp) -> bool {
        consent.relied_on_for(Purpose::Sensitive, self.name(), at).is_ok_and(|given| given.at <= at)
    }
}

/// What a deployment calls sensitive. Lists are in spelling order and in lower case with `-` between words; capitals, blanks and `_` of what is
/// looked up make no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SensitiveMatters {
    /// Categories of goods.
    pub categories: Vec<(Key, Sensitive)>,
    /// Single products, whatever their category.
    pub products: Vec<(Key, Sensitive)>,
    /// What partners' signals are about, and kinds of partners.
    pub partners: Vec<(Key, Sensitive)>,
    /// Kinds of venues.
    pub venues: Vec<(Key, Sensitive)>,
    /// Kinds of venues where nobody is approached, whether or not they tell of a matter.
    pub deny: Vec<Key>,
    /// Words that no message may use: several in a row, the last letters of each left open by `*`.
    pub words: Vec<(Key, Sensitive)>,
    /// The beginnings of sources that speak to children.
    pub child_sources: Vec<Key>,
    /// Where the lists are from, and as of when.
    pub sources: Vec<String>,
}

impl SensitiveMatters {
    /// Nothing at all.
    pub const NONE: Self = Self {
        categories: Vec::new(),
        products: Vec::new(),
        partners: Vec::new(),
        venues: Vec::new(),
        deny: Vec::new(),
        words: Vec::new(),
        child_sources: Vec::new(),
        sources: Vec::new(),
    };

    /// The matter a category of goods tells of; `None` for most.
    pub fn of_category(&self, category: &str) -> Option<Sensitive> {
        find(&self.categories, category)
    }

    /// The matter a product tells of, by its own listing; `None` for most.
    pub fn of_product(&self, product: &str) -> Option<Sensitive> {
        find(&self.products, product)
    }

    /// The matter a line of a receipt tells of, by its product or else by its category; `None` for most.
    pub fn of_line(&self, line: &Line) -> Option<Sensitive> {
        self.of_product(&line.product).or_else(|| self.of_category(line.category.as_deref()?))
    }

    /// The matter that what partners speak of, or a kind of partner, tells of; `None` for most.
    pub fn of_partner(&self, about: &str) -> Option<Sensitive> {
        find(&self.partners, about)
    }

    /// The matter a partner's signal tells of, by what it is about or else by who tells; `None` for most.
    pub fn of_signal(&self, signal: &PartnerSignal) -> Option<Sensitive> {
        self.of_partner(&signal.category).or_else(|| self.of_partner(&signal.kind))
    }

    /// The matter that being at a kind of venue tells of; `None` for most.
    pub fn of_venue(&self, kind: &str) -> Option<Sensitive> {
        find(&self.venues, kind)
    }

    /// Whether a kind of venue is one where nobody is approached, and of which nothing is remembered.
    pub fn is_private(&self, kind: &str) -> bool {
        self.of_venue(kind).is_some() || self.deny.binary_search_by(|known| spelling(known, kind)).is_ok()
    }

    /// Whether a source speaks to children.
    pub fn is_for_children(&self, source: &str) -> bool {
        let begins = |with: &Key| source.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
        self.child_sources.iter().any(begins)
    }

    /// Brings the lists into the order in which they are searched; of what is listed twice the first counts.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        for list in [&mut self.categories, &mut self.products, &mut self.partners, &mut self.venues, &mut self.words] {
            list.sort_by(|(a, _), (b, _)| spelling(a, b));
            list.dedup_by(|(later, _), (first, _)| spelling(later, first).is_eq());
        }
        for list in [&mut self.deny, &mut self.child_sources] {
            list.sort_by(|a, b| spelling(a, b));
            list.dedup();
        }
        self
    }
}

fn find(list: &[(Key, Sensitive)], wanted: &str) -> Option<Sensitive> {
    let place = list.binary_search_by(|(known, _)| spelling(known, wanted)).ok()?;
    list.get(place).map(|(_, matter)| *matter)
}

/// The order of spellings, in which capitals, blanks and `_` make no difference.
fn spelling(a: &str, b: &str) -> Ordering {
    let plain = |byte: u8| if matches!(byte, b' ' | b'_') { b'-' } else { byte.to_ascii_lowercase() };
    a.bytes().map(plain).cmp(b.bytes().map(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConsentChange, ConsentState, Fingerprint, Grant, Scope};

    fn matters() -> SensitiveMatters {
        let listed = |words: &[&str]| words.iter().map(|word| (Key::new(word), Sensitive::Health)).collect();
        SensitiveMatters {
            categories: listed(&["pharmacy", "maternity", "over-the-counter"]),
            products: listed(&["test-strips"]),
            deny: vec!["school".into(), "clinic".into()],
            child_sources: vec!["kids/".into()],
            ..SensitiveMatters::NONE
        }
        .sorted()
    }

    #[test]
    fn what_is_listed_is_found_however_it_is_spelt() {
        let matters = matters();
        for spelt in ["pharmacy", "Pharmacy", "over the counter", "Over_The_Counter"] {
            assert_eq!(matters.of_category(spelt), Some(Sensitive::Health), "{spelt}");
        }
        assert_eq!(matters.of_category("pharmac"), None);
        assert!(matters.is_private("School") && !matters.is_private("cafe"));
    }

    #[test]
    fn a_source_is_known_by_how_it_begins() {
        let matters = matters();
        assert!(matters.is_for_children("kids/club") && matters.is_for_children("Kids/Club"));
        assert!(!matters.is_for_children("kids") && !matters.is_for_children("app/kids/"));
    }

    /// Whether health is agreed to at an instant, after some changes: topic, state, and when.
    fn agreed(changes: &[(Option<&str>, ConsentState, i64)], at: i64) -> bool {
        let mut consent = ConsentFacet::default();
        for (n, (topic, state, when)) in (0..).zip(changes) {
            let scope = Scope { purpose: Purpose::Sensitive, channel: None, topic: topic.map(Key::new) };
            let review_after = Some(Timestamp(100));
            let grant = Grant { scope, state: *state, terms: None, review_after, benefit: None };
            let change = ConsentChange { grants: vec![grant], ..ConsentChange::default() };
            consent.fold(&change, Timestamp(*when), Fingerprint(n));
        }
        Sensitive::Health.is_agreed(&consent, Timestamp(at))
    }

    #[test]
    fn only_a_yes_to_just_that_matter_counts_from_then_on_until_it_is_over_or_taken_back() {
        use ConsentState::{Granted, Revoked};
        let health = (Some("health"), Granted, 10);
        assert!(agreed(&[health], 10) && agreed(&[health], 99));
        assert!(!agreed(&[health], 9), "it does not reach back");
        assert!(!agreed(&[health], 100), "it is over");
        assert!(!agreed(&[(None, Granted, 10)], 20), "a yes to everything is a yes to nothing");
        assert!(!agreed(&[(Some("religion"), Granted, 10)], 20));
        assert!(!agreed(&[health, (None, Revoked, 15)], 20), "a no to everything is a no to this");
        assert!(!agreed(&[health, (Some("health"), Revoked, 15)], 20));
        assert!(agreed(&[health, (Some("religion"), Revoked, 15)], 20));
    }

    #[test]
    fn every_matter_has_a_name_of_its_own() {
        for (name, matter) in Sensitive::ALL {
            assert_eq!(matter.name(), name);
        }
    }
}
