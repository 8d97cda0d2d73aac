//! `policy.toml`: what holds for every action: currency, contact caps, quiet hours, and the weights of the money formula.

use jiff::tz::TimeZone;
use tact_decide::{
    Arenas, Cap, Condition, DayHours, Discretion, Exclusion, Holdout, Levers, Policy, Provenance, Quiet, QuietHours,
    Term,
};
use tact_domain::{Channel, ContactFacet, Crowd, Key, Places, Purpose, SensitiveMatters, Trouble};
use toml::de::DeValue;

use crate::adaptive::{adaptive, explore};
use crate::amount::{Currency, number, whole};
use crate::guardrail::{cover, guardrail};
use crate::quiet_hours::{Law, hours_of};
use crate::rule::{Known, Slots};
use crate::section::{Parsed, Section, wrong};
use crate::stages::{Owner, stages};
use crate::suggest::did_you_mean;
use crate::{text, time, word};

/// The contact ledger keeps this much, in milliseconds.
const KEPT: i64 = 31 * time::DAY;
/// For how long a count of stock is believed when nothing is said about it, and at most, in milliseconds.
const STOCK_FRESH: i64 = time::DAY;
const STOCK_FRESH_MOST: i64 = 31 * time::DAY;
/// The longest a trouble counts as open, in milliseconds.
const LONGEST_TROUBLE: i64 = 366 * time::DAY;

/// What `policy.toml` says.
pub(crate) struct Engagement {
    /// The policy.
    pub(crate) policy: Policy,
    /// The zone in which dates of the catalogue are meant.
    pub(crate) zone: TimeZone,
    /// Why decisions of great consequence are allowed; `None` when they are not.
    pub(crate) significant: Option<String>,
    /// The rules of groups.
    pub(crate) groups: Vec<(Key, Vec<Condition>)>,
}

/// What the rest of the catalogue says that the policy needs.
pub(crate) struct Around<'a> {
    /// The places; `None` when their file has mistakes.
    pub(crate) places: Option<&'a Places>,
    /// What the law asks for.
    pub(crate) law: Law,
    /// The names of the actions' files.
    pub(crate) actions: Vec<&'a str>,
    /// What is nobody's business.
    pub(crate) sensitive: &'a SensitiveMatters,
}

/// The policy of a file.
pub(crate) fn engagement(section: &mut Section<'_, '_>, around: &Around<'_>, slots: &mut Slots) -> Engagement {
    let currency = section.required("currency", "\"USD\"", currency);
    let zone = section.required("zone", "\"America/New_York\"", |value| time::zone(value).map(Some));
    let of_money = Currency::of(&currency);
    let caps = section.tables("cap", cap);
    let names: Vec<_> = caps.iter().map(|cap| &cap.name).collect();
    section.refuse_repeats("cap", &names);
    let fresh = |value: &DeValue<'_>| time::duration(value, time::SECOND, STOCK_FRESH_MOST);
    let policy = Policy {
        currency,
        caps,
        quiet: quiet(section, around.law.clone()),
        levers: levers(section, of_money),
        exclusions: section.tables("exclusion", |section| exclusion(section, &around.actions)),
        troubles: troubles(section),
        push_needs: section.optional("push_needs", purposes).unwrap_or_default(),
        may_disclose: section.optional("may_disclose", disclosed).unwrap_or_else(|| OPEN.to_vec()),
        discretion: Discretion::default(),
        arenas: Arenas::default(),
        benefits: Vec::new(),
        holdout: holdout(section),
        crowd: crowd(section),
        guardrail: guardrail(section),
        cover: cover(section),
        adaptive: adaptive(section),
        explore: explore(section, of_money),
        stock_fresh_s: section.optional("stock_fresh", fresh).unwrap_or(STOCK_FRESH) / time::SECOND,
    };
    let significant = section.optional("allow_significant", |value| text::line(value, 300));
    let known = Known { currency: of_money, places: around.places, goods: None, sensitive: around.sensitive };
    let groups = groups(section, &known, slots);
    Engagement { policy, zone: zone.unwrap_or(TimeZone::UTC), significant, groups }
}

/// What may be let known when the policy does not say: what is ours, and what the customer told us or bought.
const OPEN: [Provenance; 3] = [Provenance::Ours, Provenance::Told, Provenance::Bought];

fn exclusion(section: &mut Section<'_, '_>, actions: &[&str]) -> Exclusion {
    let window = |value: &DeValue<'_>| time::duration(value, time::SECOND, KEPT);
    let exclusion = Exclusion {
        name: section.required("name", "\"one_offer\"", word::name),
        actions: section.required("actions", "[\"win_back\"]", |value| {
            word::list(value, "\"win_back\"", |one| action_named(one, actions))
        }),
        within_s: section.required("within", "\"7d\"", window) / time::SECOND,
    };
    if exclusion.actions.len() == 1 {
        section.note("actions", "names one action, which excludes nothing", "name at least two");
    }
    exclusion
}

fn action_named(value: &DeValue<'_>, actions: &[&str]) -> Parsed<Key> {
    let name = word::name(value)?;
    if actions.contains(&name.as_str()) {
        return Ok(name);
    }
    let fix = did_you_mean(&name, actions.iter().copied());
    wrong(format!("`{name}` is not an action"), fix.unwrap_or_else(|| "name actions of this catalogue".to_owned()))
}

/// How long each trouble counts as open: `[trouble]`.
fn troubles(section: &mut Section<'_, '_>) -> Vec<(Trouble, i64)> {
    let Some(mut inner) = section.table("trouble") else { return Vec::new() };
    let lasts = |value: &DeValue<'_>| time::duration(value, time::SECOND, LONGEST_TROUBLE);
    let read = |trouble: Trouble| inner.optional(trouble.name(), lasts).map(|ms| (trouble, ms / time::SECOND));
    let troubles = Trouble::ALL.into_iter().filter_map(read).collect();
    inner.finish();
    troubles
}

fn purposes(value: &DeValue<'_>) -> Parsed<Vec<Purpose>> {
    const PURPOSES: [(&str, Purpose); 3] =
        [("profiling", Purpose::Profiling), ("location", Purpose::Location), ("third_party", Purpose::ThirdParty)];
    word::list(value, "\"profiling\"", |one| word::one_of(one, &PURPOSES))
}

fn disclosed(value: &DeValue<'_>) -> Parsed<Vec<Provenance>> {
    word::list(value, "\"told\"", |one| word::one_of(one, &Provenance::ALL))
}

/// Who is held out; nobody without `[holdout]`.
fn holdout(section: &mut Section<'_, '_>) -> Holdout {
    let Some(mut inner) = section.table("holdout") else { return Holdout::default() };
    let holdout = Holdout {
        share: inner.required("share", "0.05", |value| number(value, 0.0..=0.5)),
        salt: inner.required("salt", "\"2026\"", word::name),
    };
    inner.finish();
    holdout
}

/// How many people are a crowd when the policy does not say, and at most.
const CROWD: u32 = 10;
const MOST_CROWD: i64 = 1_000;

/// The fewest people that are counted together.
fn crowd(section: &mut Section<'_, '_>) -> u32 {
    let Some(mut inner) = section.table("crowd") else { return CROWD };
    let k = inner.required("k", "10", |value| whole(value, i64::from(Crowd::LEAST)..=MOST_CROWD));
    inner.finish();
    k
}

/// The rules of whole groups: `[group.offers]`.
fn groups(section: &mut Section<'_, '_>, known: &Known<'_>, slots: &mut Slots) -> Vec<(Key, Vec<Condition>)> {
    let Some(groups) = section.table("group") else { return Vec::new() };
    let mut all = Vec::new();
    let mut groups = groups;
    for entry in groups.entries() {
        let Some(mut inner) = groups.inner(&entry) else { continue };
        all.push((Key::new(entry.key), stages(&mut inner, Owner::Group, known, slots)));
        inner.finish();
    }
    all
}

fn currency(value: &DeValue<'_>) -> Parsed<Key> {
    let code = word::text(value)?;
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(code.into())
    } else {
        wrong(format!("`{code}` is not a currency"), "write its ISO 4217 code, for example `USD`")
    }
}

fn cap(section: &mut Section<'_, '_>) -> Cap {
    let most = i64::try_from(ContactFacet::ENTRIES).unwrap_or_default();
    let window = |value: &DeValue<'_>| time::duration(value, time::SECOND, KEPT);
    let cap = Cap {
        name: section.required("name", "\"one_a_day\"", word::name),
        max: section.required("max", "1", |value| whole(value, 0..=most)),
        window_s: section.required("per", "\"24h\"", window) / time::SECOND,
        impressions: section.optional("impressions", word::flag).unwrap_or_default(),
        channel: section.optional("channel", |value| word::one_of(value, &word::channels())),
        group: section.optional("group", word::name),
    };
    let counts_nothing = cap.channel.is_some_and(|channel| channel.interrupts() == cap.impressions);
    if counts_nothing {
        let fix =
            "a card in the inbox is an impression, every other channel makes a contact: set `impressions` accordingly";
        section.note("channel", "makes this cap count nothing", fix);
    }
    cap
}

/// The quiet hours by channel, `[quiet.sms]`, in the order of channels; one that the law speaks of and the policy does not has the federal hours.
fn quiet(section: &mut Section<'_, '_>, law: Law) -> Quiet {
    let mut channels = Vec::new();
    let mut quiet = section.table("quiet");
    for (name, channel) in word::channels() {
        let own = quiet.as_mut().and_then(|quiet| quiet.table(name)).map(|mut inner| {
            let hours = hours_of(&mut inner, channel, &law);
            inner.finish();
            hours
        });
        channels.extend(own.or_else(|| federal(channel, &law)));
    }
    if let Some(quiet) = quiet {
        quiet.finish();
    }
    Quiet { channels, ..law.table }
}

/// The hours of a channel for which the policy has none.
fn federal(channel: Channel, law: &Law) -> Option<QuietHours> {
    let DayHours { open_s, close_s } = law.federal;
    let by_law = law.has_table() && law.channels.contains(&channel);
    by_law.then_some(QuietHours { channel, open_s, close_s, by_state: true, wider_because: None })
}

/// What waiting leaves of a score when the policy does not say.
const LATER: f64 = 0.9;

fn off(value: &DeValue<'_>) -> Parsed<Vec<Term>> {
    word::list(value, "\"bid\"", |one| word::one_of(one, &Term::ALL))
}

fn levers(section: &mut Section<'_, '_>, currency: Currency) -> Levers {
    let money = |value: &DeValue<'_>| currency.money(value);
    let Some(mut inner) = section.table("levers") else {
        section.note("levers", "is missing", "add `[levers]` with benefit, harm, bid and at_entry");
        return Levers::default();
    };
    let levers = Levers {
        benefit: inner.required("benefit", "0.5", |value| number(value, 0.0..=10.0)),
        harm: inner.required("harm", "\"20.00\"", money),
        bid: inner.required("bid", "\"0.10\"", money),
        at_entry: inner.required("at_entry", "0.5", |value| number(value, 0.1..=10.0)),
        later: inner.optional("later", |value| number(value, 0.0..=1.0)).unwrap_or(LATER),
        off: inner.optional("off", off).unwrap_or_default(),
    };
    inner.finish();
    levers
}
