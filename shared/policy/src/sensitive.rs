//! `sensitive.toml`: what is nobody's business, from where and as of when. What is shipped holds for every catalogue; its own file adds to it, and
//! takes away only what it says why.

mod named;

use tact_domain::{Goods, Key, Sensitive, SensitiveMatters};
use toml::de::DeValue;

pub(crate) use named::{check_action, check_treatment, check_words, telling};

use crate::quiet_hours::date;
use crate::section::{Parsed, Section, read_toml, wrong};
use crate::{Mistake, SourceFile, text, word};

/// The file.
pub(crate) const FILE: &str = "sensitive.toml";
/// What holds where a catalogue says nothing: forgetting the file makes nobody fair game.
const SHIPPED: &str = include_str!("../../catalogue/sensitive.toml");
/// The longest reason.
const LONGEST: usize = 300;

/// What is sensitive: what is shipped and what the catalogue's own file adds, without what that takes away.
pub(crate) fn matters(files: &[SourceFile], mistakes: &mut Vec<Mistake>) -> SensitiveMatters {
    let shipped = SourceFile { path: FILE.to_owned(), text: SHIPPED.to_owned() };
    let of_file = |file: &SourceFile, mistakes: &mut Vec<Mistake>| read_toml(file, mistakes, lists);
    let own = files.iter().find(|file| file.path == FILE && file.text != SHIPPED);
    let (mut all, mut released) = own.and_then(|own| of_file(own, mistakes)).unwrap_or_default();
    let (rest, released_there) = of_file(&shipped, mistakes).unwrap_or_default();
    released.extend(released_there);
    add(&mut all, rest);
    without(all, &released).sorted()
}

/// The same with every product that belongs to a sensitive category, so that it is known by its id alone.
pub(crate) fn with_goods(mut matters: SensitiveMatters, goods: Option<&Goods>) -> SensitiveMatters {
    let goods = goods.into_iter().flat_map(Goods::products);
    let of_category = goods.filter_map(|product| Some((product.id.clone(), matters.of_category(&product.category)?)));
    let of_category: Vec<_> = of_category.collect();
    matters.products.extend(of_category);
    matters.sorted()
}

/// The lists of a file, and what it takes away.
fn lists(section: &mut Section<'_, '_>) -> (SensitiveMatters, Vec<Key>) {
    let mut all = SensitiveMatters::default();
    for (key, read) in [("matter", matter as fn(&mut Section<'_, '_>) -> _), ("deny", deny), ("child", child)] {
        section.tables(key, read).into_iter().for_each(|part| add(&mut all, part));
    }
    let released = section.tables("released", |section| {
        section.required("why", "\"our vitamins are sweets, says …\"", |value| text::line(value, LONGEST));
        section.required("name", "\"vitamins\"", spelt)
    });
    (all, released)
}

fn matter(section: &mut Section<'_, '_>) -> SensitiveMatters {
    let words = Sensitive::ALL.map(|(name, matter)| (name, Some(matter)));
    let Some(matter) = section.word("class", &words, None) else {
        return sourced(section, SensitiveMatters::default());
    };
    let mut listed = |key, item: fn(&DeValue<'_>) -> Parsed<Key>| {
        let all = section.optional(key, |value| word::list(value, "\"maternity\"", item)).unwrap_or_default();
        all.into_iter().map(|id| (id, matter)).collect()
    };
    let read = SensitiveMatters {
        categories: listed("categories", spelt),
        products: listed("products", spelt),
        partners: listed("partners", spelt),
        venues: listed("venues", spelt),
        words: listed("words", phrase),
        ..SensitiveMatters::default()
    };
    sourced(section, read)
}

fn deny(section: &mut Section<'_, '_>) -> SensitiveMatters {
    let deny = section.required("venues", "[\"school\"]", |value| word::list(value, "\"school\"", spelt));
    sourced(section, SensitiveMatters { deny, ..SensitiveMatters::default() })
}

fn child(section: &mut Section<'_, '_>) -> SensitiveMatters {
    let sources = section.required("sources", "[\"kids/\"]", |value| word::list(value, "\"kids/\"", word::id));
    sourced(section, SensitiveMatters { child_sources: sources, ..SensitiveMatters::default() })
}

/// With where a list is from, which every list has to say.
fn sourced(section: &mut Section<'_, '_>, lists: SensitiveMatters) -> SensitiveMatters {
    let source = section.required("source", "\"GDPR Art. 9(1)\"", |value| text::line(value, LONGEST));
    let as_of = section.required("as_of", "2026-11-22", date);
    SensitiveMatters { sources: vec![format!("{source} (as of {as_of})")], ..lists }
}

/// An id in the one spelling of these lists.
fn spelt(value: &DeValue<'_>) -> Parsed<Key> {
    let id = word::id(value)?;
    if id.chars().any(|letter| letter.is_uppercase() || matches!(letter, ' ' | '_')) {
        return wrong(format!("`{id}` is not spelt like that"), "write lower case, with `-` between words");
    }
    Ok(id)
}

/// Words in a row, in lower case, each open at its end if a `*` stands there.
fn phrase(value: &DeValue<'_>) -> Parsed<Key> {
    let text = word::id(value)?;
    let plain = |word: &str| {
        let letters = word.strip_suffix('*').unwrap_or(word);
        !letters.is_empty() && letters.chars().all(|letter| letter.is_alphanumeric() && !letter.is_uppercase())
    };
    if text.split(' ').all(plain) {
        return Ok(text);
    }
    wrong(
        format!("`{text}` is no word, nor several"),
        "write lower case with one blank between words: `your baby`, `pregnan*`",
    )
}

fn add(all: &mut SensitiveMatters, more: SensitiveMatters) {
    all.categories.extend(more.categories);
    all.products.extend(more.products);
    all.partners.extend(more.partners);
    all.venues.extend(more.venues);
    all.deny.extend(more.deny);
    all.words.extend(more.words);
    all.child_sources.extend(more.child_sources);
    all.sources.extend(more.sources);
}

fn without(mut all: SensitiveMatters, released: &[Key]) -> SensitiveMatters {
    let lists = [&mut all.categories, &mut all.products, &mut all.partners, &mut all.venues, &mut all.words];
    for list in lists {
        list.retain(|(known, _)| !released.contains(known));
    }
    all.deny.retain(|known| !released.contains(known));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (SensitiveMatters, String) {
        let mut mistakes = Vec::new();
        let own = SourceFile { path: FILE.to_owned(), text: text.to_owned() };
        let matters = matters(&[own], &mut mistakes);
        (matters, mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn what_is_shipped_has_no_mistakes_and_holds_without_a_file() {
        let mut mistakes = Vec::new();
        let shipped = matters(&[], &mut mistakes);
        assert_eq!(mistakes, Vec::new());
        assert_eq!(shipped.of_category("Maternity"), Some(Sensitive::Pregnancy));
        assert_eq!(shipped.of_product("prenatal-vitamins"), Some(Sensitive::Pregnancy));
        assert!(shipped.is_private("medical-center") && shipped.is_for_children("kids/club"));
        for (name, matter) in Sensitive::ALL {
            assert!(shipped.words.iter().any(|(_, known)| *known == matter), "{name} has words");
            assert!(shipped.partners.iter().any(|(_, known)| *known == matter), "{name} has partners");
        }
        let deny = [
            "clinic",
            "hospital",
            "drugstore-pharmacy",
            "mental-health",
            "reproductive",
            "addiction",
            "school",
            "church",
            "shelter",
            "union",
            "courthouse",
        ];
        assert_eq!(deny.into_iter().find(|kind| !shipped.is_private(kind)), None);
    }

    #[test]
    fn a_file_adds_to_what_is_shipped_and_takes_away_only_with_a_reason() {
        let dated = "source = \"our own\"\nas_of = 2026-11-22";
        let (matters, mistakes) = read(&format!(
            "[[matter]]\nclass = \"religion\"\n{dated}\ncategories = [\"candles\"]\n[[deny]]\n{dated}\nvenues = [\"spa\"]\n\
             [[child]]\n{dated}\nsources = [\"toys.example\"]\n[[released]]\nname = \"vitamins\"\nwhy = \"ours are sweets, says legal\"\n"
        ));
        assert_eq!(mistakes, "");
        assert_eq!(matters.of_category("candles"), Some(Sensitive::Religion));
        assert_eq!(
            (matters.of_category("vitamins"), matters.of_category("maternity")),
            (None, Some(Sensitive::Pregnancy))
        );
        assert!(matters.is_private("spa") && matters.is_for_children("toys.example/club"));
        assert!(matters.sources.contains(&"our own (as of 2026-11-22)".to_owned()));
        let (_, mistakes) = read("[[released]]\nname = \"vitamins\"\n");
        assert_eq!(
            mistakes,
            "sensitive.toml:1: released.vitamins.why: is missing; add for example `why = \"our vitamins are sweets, says …\"`"
        );
    }

    #[test]
    fn a_list_says_what_it_is_about_where_it_is_from_and_keeps_to_one_spelling() {
        let (_, mistakes) = read("[[matter]]\nclass = \"helth\"\nsource = \"x\"\nas_of = 2026-11-22\n");
        assert!(mistakes.contains("sensitive.toml:2: matter.1.class: `helth` is not one of health"), "{mistakes}");
        let (_, mistakes) = read("[[matter]]\nclass = \"health\"\ncategories = [\"Cold Flu\"]\nwords = [\"a  b\"]\n");
        for said in [
            "1.source: is missing",
            "1.as_of: is missing",
            "categories: `Cold Flu` is not spelt like that",
            "words: `a  b` is no word",
        ] {
            assert!(mistakes.contains(said), "{said} is not in {mistakes}");
        }
    }
}
