//! All files of a catalogue together: read, checked against each other, compiled.

use jiff::tz::TimeZone;
use tact_decide::{Action, Catalogue, Policy};
use tact_domain::{DenyZone, Key, Places};
use tact_wire::{decode_catalogue, encode_catalogue};

use crate::action::{Context, Written, action};
use crate::amount::Currency;
use crate::check::FORBIDDEN;
use crate::engagement::Around;
use crate::goods::{self, store_of};
use crate::rule::Slots;
use crate::section::{Section, read_toml};
use crate::suggest::did_you_mean;
use crate::{
    CatalogueErrors, Mistake, SourceFile, brand, budgets, discretion, engagement, entitlements, places, promises,
    quiet_hours, sensitive, tactic,
};

/// At most this many actions in one catalogue.
const MOST: usize = 1_000;
/// The files beside the actions that every catalogue has, and those it may have.
const REQUIRED: [&str; 4] = ["policy.toml", "budgets.toml", "stores.toml", "channels.toml"];
const OPTIONAL: [&str; 8] = [
    "entitlements.toml",
    "quiet_hours.toml",
    "discretion.toml",
    promises::FILE,
    goods::PRODUCTS,
    goods::COMPLEMENTS,
    FORBIDDEN,
    sensitive::FILE,
];

/// Compiles the files of a catalogue; in which order they come does not matter.
///
/// # Errors
/// Every mistake in every file, at once.
pub fn compile(files: &[SourceFile]) -> Result<Catalogue, CatalogueErrors> {
    compile_with_drafts(files).map(|(catalogue, _)| catalogue)
}

/// The same, and the names of the actions that are still being written, which the catalogue leaves out.
///
/// # Errors
/// Every mistake in every file, at once; those of drafts too.
pub fn compile_with_drafts(files: &[SourceFile]) -> Result<(Catalogue, Vec<Key>), CatalogueErrors> {
    let mut mistakes = Vec::new();
    check_paths(files, &mut mistakes);
    let mut slots = Slots::default();
    let places = read_sound(files, "stores.toml", &mut mistakes, places::places);
    let law = read_one(files, "quiet_hours.toml", &mut mistakes, quiet_hours::law);
    let law = law.unwrap_or_else(quiet_hours::Law::without_table);
    let matters = sensitive::matters(files, &mut mistakes);
    let actions = files.iter().filter_map(|file| stem(&file.path)).collect();
    let around = Around { places: places.as_ref(), law, actions, sensitive: &matters };
    let engagement =
        read_one(files, "policy.toml", &mut mistakes, |section| engagement::engagement(section, &around, &mut slots));
    let budgets = read_one(files, "budgets.toml", &mut mistakes, budgets::budgets);
    let code = engagement.as_ref().map_or("", |read| read.policy.currency.as_str());
    let currency = Currency::of(code);
    let channels = read_sound(files, "channels.toml", &mut mistakes, |section| brand::channels(section, currency));
    let (brand, costs) = channels.map_or((None, Vec::new()), |(brand, costs)| (Some(brand), costs));
    let mut context = Context {
        currency,
        currency_code: code.into(),
        zone: engagement.as_ref().map_or(TimeZone::UTC, |read| read.zone.clone()),
        places: places.clone(),
        brand: brand.clone(),
        costs,
        goods: None,
        budgeted: budgets.as_ref().map(|read| read.by_trigger.iter().map(|(trigger, _)| *trigger).collect()),
        groups: engagement.as_ref().map_or_else(Vec::new, |read| read.groups.clone()),
        significant: engagement.as_ref().and_then(|read| read.significant.clone()),
        sensitive: matters.clone(),
        benefits: read_one(files, promises::FILE, &mut mistakes, promises::promises).unwrap_or_default(),
    };
    context.goods = goods::goods(files, &context, &mut mistakes);
    context.sensitive = sensitive::with_goods(matters, context.goods.as_ref());
    let (mut actions, drafts) = read_actions(files, &context, &mut slots, &mut mistakes);
    let entitlements = read_one(files, "entitlements.toml", &mut mistakes, |section| {
        entitlements::entitlements(section, context.currency)
    });
    let line = read_one(files, "discretion.toml", &mut mistakes, |section| discretion::line(section, currency));
    CatalogueErrors::check(mistakes)?;
    let slots = slots.sorted(&mut actions);
    for action in &mut actions {
        tactic::describe(action, &slots);
    }
    let policy = engagement.map(|read| read.policy).unwrap_or_default();
    let line = line.unwrap_or_default();
    let catalogue = bound(&Catalogue {
        hash: String::new(),
        slots,
        actions,
        policy: Policy { discretion: line.discretion, arenas: line.arenas, benefits: context.benefits, ..policy },
        budgets: budgets.unwrap_or_default(),
        places: places.unwrap_or_default(),
        brand: brand.unwrap_or_default(),
        entitlements: entitlements.unwrap_or_default(),
        goods: context.goods.unwrap_or_default(),
        sensitive: context.sensitive,
    })?;
    Ok((catalogue, drafts))
}

/// The catalogue with the stores of another file in place of its own. Its deny zones stay, and those of the file are added: another
/// set of stores must not make a sensitive place approachable. A zone that both list alike counts once.
/// A rule that asks for a store or an area that is gone never holds, and the stock of a store that is gone goes with it.
///
/// # Errors
/// Every mistake in the file; among them a deny zone whose id the catalogue uses for another one.
pub fn with_stores(catalogue: &Catalogue, file: &SourceFile) -> Result<Catalogue, CatalogueErrors> {
    let mut mistakes = Vec::new();
    let places = read_toml(file, &mut mistakes, |section| {
        let read = places::places(section);
        let deny = all_zones(section, &catalogue.places.deny, &read.deny);
        Places { deny, ..read }
    });
    CatalogueErrors::check(mistakes)?;
    let places = places.unwrap_or_default();
    let goods = catalogue.goods.standing_in(&places);
    bound(&Catalogue { places, goods, ..catalogue.clone() })
}

/// The catalogue as a function reads it from its compiled bytes, whose hash it bears.
fn bound(catalogue: &Catalogue) -> Result<Catalogue, CatalogueErrors> {
    decode_catalogue(&encode_catalogue(catalogue)).or_else(|error| {
        let unreadable = mistake("catalogue", error.to_string(), "report this as a defect of the compiler");
        CatalogueErrors::check(vec![unreadable])?;
        Ok(Catalogue::default())
    })
}

fn mistake(file: &str, wrong: impl Into<String>, fix: impl Into<String>) -> Mistake {
    Mistake { file: file.to_owned(), line: 1, key: "file".to_owned(), wrong: wrong.into(), fix: fix.into() }
}

/// The name of the action a path is for, if it is for one.
fn stem(path: &str) -> Option<&str> {
    path.strip_prefix("actions/")?.strip_suffix(".toml").filter(|stem| !stem.contains('/'))
}

fn check_paths(files: &[SourceFile], mistakes: &mut Vec<Mistake>) {
    let known = || REQUIRED.into_iter().chain(OPTIONAL);
    let mut paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    for pair in paths.windows(2) {
        if let &[path, next] = pair
            && path == next
        {
            mistakes.push(mistake(path, "is given twice", "give it once"));
        }
    }
    let is_known = |path: &str| stem(path).is_some() || store_of(path).is_some() || known().any(|known| known == path);
    for path in paths.iter().filter(|path| !is_known(path)) {
        let fix = did_you_mean(path, known())
            .unwrap_or_else(|| "put actions into `actions/NAME.toml`, stock into `stock/STORE.csv`".to_owned());
        mistakes.push(mistake(path, "is not a file of a catalogue", fix));
    }
    for name in REQUIRED.iter().filter(|name| !paths.contains(*name)) {
        mistakes.push(mistake(name, "is missing", format!("add `{name}` beside the folder `actions`")));
    }
}

fn read_one<T>(
    files: &[SourceFile],
    path: &str,
    mistakes: &mut Vec<Mistake>,
    read: impl FnOnce(&mut Section<'_, '_>) -> T,
) -> Option<T> {
    let file = files.iter().find(|file| file.path == path)?;
    read_toml(file, mistakes, read)
}

/// What a file says; `None` when anything in it is wrong.
fn read_sound<T>(
    files: &[SourceFile],
    path: &str,
    mistakes: &mut Vec<Mistake>,
    read: impl FnOnce(&mut Section<'_, '_>) -> T,
) -> Option<T> {
    let before = mistakes.len();
    let read = read_one(files, path, mistakes, read);
    read.filter(|_| mistakes.len() == before)
}

/// The actions in name order, and the names of those that are still being written.
fn read_actions(
    files: &[SourceFile],
    context: &Context,
    slots: &mut Slots,
    mistakes: &mut Vec<Mistake>,
) -> (Vec<Action>, Vec<Key>) {
    let (mut actions, mut drafts) = (Vec::new(), Vec::new());
    for file in files {
        let Some(stem) = stem(&file.path) else { continue };
        match read_toml(file, mistakes, |section| action(section, stem, context, slots)) {
            Some(Written { action, draft: false }) => actions.push(action),
            Some(Written { action, draft: true }) => drafts.push(action.name),
            None => {}
        }
    }
    if actions.len() > MOST {
        let wrong = format!("holds {} actions, at most {MOST} are allowed", actions.len());
        mistakes.push(mistake("actions", wrong, "remove those that no longer run"));
    }
    actions.sort_by(|a, b| a.name.cmp(&b.name));
    drafts.sort();
    (actions, drafts)
}

/// The zones of the catalogue and those of a stores file, in id order.
fn all_zones(section: &mut Section<'_, '_>, kept: &[DenyZone], added: &[DenyZone]) -> Vec<DenyZone> {
    let mut zones = kept.to_vec();
    for zone in added.iter().filter(|zone| !kept.contains(zone)) {
        if kept.iter().any(|known| known.id == zone.id) {
            let wrong = format!("`{}` is the id of another deny zone of the catalogue, which stays", zone.id);
            section.note("deny", wrong, "give it an id of its own");
        }
        zones.push(zone.clone());
    }
    zones.sort_by(|a, b| a.id.cmp(&b.id));
    zones
}

#[cfg(test)]
mod tests;
