//! What a rule, a text or a name says of sensitive matters: a rule only with somebody's word for it, texts and names never.

use tact_decide::{Action, Slot, Treatment};
use tact_domain::{Goods, Sensitive, SensitiveMatters};

use super::LONGEST;
use crate::rule::Slots;
use crate::section::Section;
use crate::text;
use crate::written::written;

/// A slot, marked when what it asks for tells of a matter.
pub(crate) fn telling(slot: Slot, matters: &SensitiveMatters) -> Slot {
    let matter = match &slot {
        Slot::Orders(Some(category), _)
        | Slot::Affinity(category)
        | Slot::DueIn(category)
        | Slot::Basket(Some(category)) => matters.of_category(category),
        Slot::Owns(product) | Slot::Complement(product, _) => matters.of_product(product),
        Slot::Partner(about, _) | Slot::Destination(about) => matters.of_partner(about),
        _ => None,
    };
    match matter {
        Some(matter) => Slot::Sensitive(matter, Box::new(slot)),
        None => slot,
    }
}

/// An action may ask for what is sensitive when somebody answers for it; it is then known only of whoever agreed to just that matter. Its names
/// are read by people, so they tell of none.
pub(crate) fn check_action(section: &mut Section<'_, '_>, action: &Action, slots: &Slots, matters: &SensitiveMatters) {
    let allowed = section.optional("allow_sensitive", |value| text::line(value, LONGEST)).is_some();
    let places = action.conditions.iter().flat_map(|condition| condition.rule.slots());
    let asked = places.filter_map(|place| slots.at(place)).find_map(|slot| Some((slot, slot.matter()?)));
    let ways_out = "remove it, or write `allow_sensitive = \"who decided, and why\"`: it is then known only of whoever agreed to that";
    if let Some((slot, matter)) = asked.filter(|_| !allowed) {
        section.note("rules", format!("`{}` tells of {}", written(slot), matter.name()), ways_out);
    }
    let about = [("category", &action.category), ("topic", &action.topic)];
    let about = about.map(|(key, id)| Some((key, id.as_deref()?, matters.of_category(id.as_deref()?)?)));
    for (key, id, matter) in about.iter().flatten().filter(|_| !allowed) {
        section.note(key, format!("`{id}` tells of {}", matter.name()), ways_out);
    }
    if allowed && asked.is_none() && about.iter().flatten().next().is_none() {
        section.note("allow_sensitive", "allows nothing: no rule asks for what is sensitive", "remove it");
    }
    check_words(section, "name", &action.name, matters);
    check_words(section, "group", &action.group, matters);
}

/// A treatment tells of no matter: not by its words, nor by its name, nor by the product it is about.
pub(crate) fn check_treatment(
    section: &mut Section<'_, '_>,
    treatment: &Treatment,
    goods: Option<&Goods>,
    matters: &SensitiveMatters,
) {
    check_words(section, "name", &treatment.name, matters);
    check_words(section, "subject", treatment.subject.as_deref().unwrap_or_default(), matters);
    check_words(section, "text", &treatment.text, matters);
    let Some(id) = &treatment.product else { return };
    if let Some(matter) = matters.of_product(id) {
        let fix = "be about another product: nobody is told of this one";
        section.note("product", format!("`{id}` tells of {}", matter.name()), fix);
    }
    if let Some(product) = goods.and_then(|goods| goods.product(id)) {
        check_words(section, "product", &product.name, matters);
        check_words(section, "product", product.how_to.as_deref().unwrap_or_default(), matters);
    }
}

/// Notes the first words of a text that tell of a matter.
pub(crate) fn check_words(section: &mut Section<'_, '_>, key: &str, text: &str, matters: &SensitiveMatters) {
    if let Some((words, matter)) = said(text, matters) {
        section.note(key, format!("says `{words}`, which tells of {}", matter.name()), "say it without that");
    }
}

/// The first listed words that a text says, and what they tell of.
fn said<'m>(text: &str, matters: &'m SensitiveMatters) -> Option<(&'m str, Sensitive)> {
    let lower = text.to_lowercase();
    let spoken: Vec<&str> =
        lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is = |spoken: &&str, listed: &&str| match listed.strip_suffix('*') {
        Some(beginning) => spoken.starts_with(beginning),
        None => spoken == listed,
    };
    let is_said = |phrase: &str| {
        let listed: Vec<&str> = phrase.split(' ').collect();
        spoken.windows(listed.len()).any(|window| window.iter().zip(&listed).all(|(spoken, listed)| is(spoken, listed)))
    };
    matters.words.iter().find(|(phrase, _)| is_said(phrase)).map(|(phrase, matter)| (phrase.as_str(), *matter))
}

#[cfg(test)]
mod tests {
    use crate::check::sample::{changed, files};
    use crate::compile;

    /// What is said of the sample catalogue with one piece of the welcome written differently.
    fn mistakes(right: &str, other: &str) -> String {
        compile(&changed("actions/welcome.toml", right, other))
            .map_or_else(|errors| errors.to_string(), |_| String::new())
    }

    #[test]
    fn no_text_tells_of_a_matter_however_it_is_written() {
        for (text, matter) in [
            ("Expecting? Here you go.", "pregnancy"),
            ("All for YOUR BABY", "pregnancy"),
            ("Pregnancy essentials", "pregnancy"),
            ("After your\\ndiagnosis", "health"),
            ("Your daughter's party", "children"),
            ("Settle your debts", "finances"),
            ("For your congregation", "religion"),
            ("Your trade-union rate", "union"),
        ] {
            let said = mistakes("text = \"Welcome back.\"", &format!("text = \"{text}\""));
            assert!(said.starts_with("actions/welcome.toml:18: treatment.card.text: says `"), "{text}: {said}");
            assert!(said.contains(&format!("which tells of {matter}; say it without that")), "{text}: {said}");
        }
        for text in ["We are expected at noon.", "Baby blue is back.", "A debt of thanks.", "Treat yourself."] {
            assert_eq!(mistakes("text = \"Welcome back.\"", &format!("text = \"{text}\"")), "", "{text}");
        }
    }

    #[test]
    fn nor_do_translations_and_names() {
        let german = "text = \"Welcome back.\"\n[[treatment.translation]]\nlocale = \"de\"\ntext = \"Alles für die Schwangerschaft\"";
        let said = mistakes("text = \"Welcome back.\"", german);
        assert!(said.contains("treatment.card.translation.1.text: says `schwanger*`"), "{said}");
        let said = mistakes("name = \"card\"", "name = \"maternity_card\"");
        assert!(said.contains("name: says `maternity`"), "{said}");
        let said = mistakes("group = \"loyalty\"", "group = \"newborns\"");
        assert!(said.contains("actions/welcome.toml:3: group: says `newborn*`"), "{said}");
    }

    #[test]
    fn a_rule_asks_for_what_is_sensitive_only_with_a_reason() {
        let rule = |rule: &str| format!("value_class = [\"rewards\"]\n[rules]\neligibility = {rule:?}");
        for (asked, matter) in [
            ("affinity('maternity') >= 0.1", "pregnancy"),
            ("purchases.count('Pharmacy', 90d) >= 1", "health"),
            ("basket.count('condoms') == 0", "sexual_life"),
            ("!purchases.owns('prenatal-vitamins')", "pregnancy"),
            ("partner.count('loan', 30d) >= 1", "finances"),
            ("partner.destination('clinic') == 'Tampa'", "health"),
        ] {
            let said = mistakes("value_class = [\"rewards\"]", &rule(asked));
            let tells = "actions/welcome.toml:9: rules: `";
            assert!(
                said.starts_with(tells) && said.contains(&format!("tells of {matter}; remove it, or write")),
                "{asked}: {said}"
            );
            let allowed = format!("allow_sensitive = \"the board, for a recall\"\n{}", rule(asked));
            assert_eq!(mistakes("value_class = [\"rewards\"]", &allowed), "", "{asked}");
        }
        let needless = "allow_sensitive = \"just in case\"\nvalue_class = [\"rewards\"]";
        assert!(mistakes("value_class = [\"rewards\"]", needless).contains("allow_sensitive: allows nothing"));
        let said = mistakes("value_class = [\"rewards\"]", &rule("venue == 'clinic'"));
        assert!(said.contains("`clinic` is a kind of place where nobody is approached"), "{said}");
        assert!(compile(&files()).is_ok());
    }
}
