//! `[[treatment]]`: one way to do an action.

use tact_decide::{Arm, Class, Mode, Provenance, Tactic, Translation, Treatment};
use tact_domain::{Channel, Key};
use tact_wire::render::{Variable, variables};
use toml::de::DeValue;

use crate::action::Context;
use crate::amount::{number, probability, whole};
use crate::coupon::{check_coupon, coupon};
use crate::measure::measure;
use crate::product::{check_product, product};
use crate::screen::{by_type, check_screen};
use crate::section::{Parsed, Section, wrong};
use crate::sensitive::{check_treatment, check_words};
use crate::suggest::did_you_mean;
use crate::text::{self, check_sms};
use crate::{time, word};

pub(crate) const MODES: [(&str, Mode); 3] = [("pull", Mode::Pull), ("prompt", Mode::Prompt), ("push", Mode::Push)];
/// Nothing is worth sending later than this, in milliseconds.
const LATEST: i64 = 31 * time::DAY;
/// What everybody can read may name: who speaks, and where to claim in private what is promised.
const IN_PUBLIC: [Variable; 2] = [Variable::Brand, Variable::Claim];
/// How long an answer counts when nothing is said about it, and at most, in milliseconds: decisions are kept for 60 days.
const WINDOW: i64 = 7 * time::DAY;
const LONGEST_WINDOW: i64 = 60 * time::DAY;

/// The treatment of a table, in an action of a class.
pub(crate) fn treatment(section: &mut Section<'_, '_>, class: Class, context: &Context) -> Treatment {
    let money = |value: &DeValue<'_>| context.currency.money(value);
    let valid = |value: &DeValue<'_>| time::duration(value, time::SECOND, LATEST);
    let window = |value: &DeValue<'_>| time::duration(value, time::SECOND, LONGEST_WINDOW);
    let channel = section.word("channel", &word::channels().map(|(name, channel)| (name, Some(channel))), None);
    let usual =
        channel.and_then(|channel| context.costs.iter().find(|(known, _)| *known == channel)).map(|(_, cost)| *cost);
    if usual.is_none() && !section.has("cost") {
        section.note(
            "cost",
            "is missing",
            "add for example `cost = \"0.01\"`, or `[cost]` of its channel in channels.toml",
        );
    }
    let harmed = harmed(section);
    let treatment = Treatment {
        name: section.required("name", "\"card\"", word::name),
        channel: channel.unwrap_or(Channel::Webhook),
        mode: section.word("mode", &MODES, Mode::Pull),
        incentive: section.optional("incentive", money).unwrap_or_default(),
        cost: section.optional("cost", money).or(usual).unwrap_or_default(),
        group_prior: section.required("group_prior", "0.05", probability),
        by_type: by_type(section, "by_type"),
        liked: section.optional("liked", probability).unwrap_or_default(),
        told: harmed.map_or(0, |harmed| harmed.of),
        harmed: harmed.map_or(0, |harmed| harmed.count),
        tactic: Tactic::default(),
        identifies: section.optional("identifies", word::flag).unwrap_or_default(),
        public: section.optional("public", word::flag).unwrap_or_default(),
        amends: section.optional("amends", word::flag).unwrap_or_default(),
        delivers: section.optional("delivers", |value| delivered(value, context)),
        valid_s: section.required("valid", "\"2h\"", valid) / time::SECOND,
        window_s: section.optional("window", window).unwrap_or(WINDOW) / time::SECOND,
        placement: section.optional("placement", word::name),
        arm: arm(section),
        promises: section.optional("promises", word::name),
        fulfils: false,
        measure: measure(section),
        discloses: section.optional("discloses", disclosed).unwrap_or_default(),
        product: section.optional("product", |value| product(value, context.goods.as_ref())),
        coupon: coupon(section, context.places.as_ref()),
        subject: subject(section, channel, context),
        text: section.required("text", "\"…\"", |value| text::template(value, context)),
        translations: section.tables("translation", |section| translation(section, channel, context)),
    };
    check_placement(section, &treatment);
    check_translations(section, &treatment);
    check_mode(section, &treatment);
    check_public(section, &treatment);
    check_claim(section, &treatment, context);
    check_screen(section, &treatment);
    check_coupon(section, &treatment);
    check_product(section, &treatment, context.goods.as_ref());
    check_sms(section, &treatment, class, context);
    check_treatment(section, &treatment, context.goods.as_ref(), &context.sensitive);
    treatment
}

/// The promise it keeps, one of those customers are made.
fn delivered(value: &DeValue<'_>, context: &Context) -> Parsed<Key> {
    let id = word::id(value)?;
    if context.benefits.iter().any(|known| known.id == id) {
        return Ok(id);
    }
    let fix = did_you_mean(&id, context.benefits.iter().map(|known| known.id.as_str()));
    let fix = fix.unwrap_or_else(|| format!("add a `[[promise]]` with `id = \"{id}\"` to promises.toml"));
    wrong(format!("`{id}` is promised to nobody"), fix)
}

/// What was counted of it.
#[derive(Clone, Copy)]
struct Harmed {
    count: u32,
    of: u32,
}

/// How many of its messages did harm, if that was counted: `harmed = { count = 8, of = 400 }`.
fn harmed(section: &mut Section<'_, '_>) -> Option<Harmed> {
    let mut inner = section.table("harmed")?;
    let mut counted = |key| inner.required(key, "400", |value| whole(value, 0..=1_000_000_000));
    let harmed = Harmed { count: counted("count"), of: counted("of") };
    if harmed.count > harmed.of {
        inner.note("count", "is more than `of`", "count those that did harm among all that left");
    }
    inner.finish();
    Some(harmed)
}

/// A link by which to claim something leads to a page of ours, and there is something to claim.
fn check_claim(section: &mut Section<'_, '_>, treatment: &Treatment, context: &Context) {
    let words = [&treatment.text].into_iter().chain(treatment.translations.iter().map(|words| &words.text));
    if !words.flat_map(|text| variables(text).unwrap_or_default()).any(|variable| variable == Variable::Claim) {
        return;
    }
    if treatment.promises.is_none() {
        let fix = "name the treatment that keeps it: `promises = \"…\"`";
        section.note("text", "has a link by which to claim something, and promises nothing", fix);
    }
    if context.brand.as_ref().is_some_and(|brand| brand.claim.is_none()) {
        let fix = "add `claim = \"https://harbor.example/claim\"` to `[brand]` of channels.toml";
        section.note("text", "has a link by which to claim something, and there is no page it leads to", fix);
    }
}

/// What everybody can read says nothing of the customer: no variable of theirs, no coupon, nothing they did.
fn check_public(section: &mut Section<'_, '_>, treatment: &Treatment) {
    if !treatment.public {
        return;
    }
    let words = [&treatment.text].into_iter().chain(treatment.subject.as_ref());
    let words = words.chain(treatment.translations.iter().map(|words| &words.text));
    let fix = "say it privately: in a treatment of its own that this one promises";
    let named = words.flat_map(|text| variables(text).unwrap_or_default());
    if named.into_iter().any(|variable| !IN_PUBLIC.contains(&variable)) {
        section.note("text", "is public and holds a variable of the customer", fix);
    }
    if treatment.coupon.is_some() || treatment.incentive > 0.0 {
        section.note("public", "hands something out before everybody", fix);
    }
    if treatment.discloses.iter().any(|known| *known != Provenance::Ours) {
        section.note("discloses", "lets everybody know what we know of a customer", fix);
    }
}

/// The subject, which e-mails have and nothing else has.
fn subject(section: &mut Section<'_, '_>, channel: Option<Channel>, context: &Context) -> Option<String> {
    let read = |value: &DeValue<'_>| text::subject(value, context);
    match channel {
        Some(Channel::Email) => Some(section.required("subject", "\"News from {{ brand }}\"", read)),
        Some(_) => section.optional("subject", |_| wrong("has no place here: only e-mails have one", "remove it")),
        None => section.optional("subject", read),
    }
}

/// The words in another language.
fn translation(section: &mut Section<'_, '_>, channel: Option<Channel>, context: &Context) -> Translation {
    let translation = Translation {
        locale: section.required("locale", "\"de\"", locale),
        subject: subject(section, channel, context),
        text: section.required("text", "\"…\"", |value| text::template(value, context)),
    };
    check_words(section, "subject", translation.subject.as_deref().unwrap_or_default(), &context.sensitive);
    check_words(section, "text", &translation.text, &context.sensitive);
    translation
}

/// A language, or a language and a region, as BCP 47 writes them.
fn locale(value: &DeValue<'_>) -> Parsed<Key> {
    let text = word::text(value)?;
    let letters = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let valid = match text.split_once('-') {
        None => letters(&text, &[2, 3]) && text == text.to_ascii_lowercase(),
        Some((language, region)) => letters(language, &[2, 3]) && letters(region, &[2]),
    };
    if valid {
        Ok(text.into())
    } else {
        wrong(format!("`{text}` is not a locale"), "write for example `de` or `de-AT`")
    }
}

fn check_translations(section: &mut Section<'_, '_>, treatment: &Treatment) {
    let locales: Vec<_> = treatment.translations.iter().map(|words| &words.locale).collect();
    if let Some((_, twice)) =
        (0..).zip(&locales).find(|(n, locale)| locales.iter().take(*n).any(|known| known == *locale))
    {
        section.note("translation", format!("has `{twice}` twice"), "keep one of them");
    }
}

/// The share of customers who get this way; which part of the circle that is follows from the ways before it.
fn arm(section: &mut Section<'_, '_>) -> Option<Arm> {
    let mut inner = section.table("arm")?;
    let name = inner.required("name", "\"a\"", word::name);
    let share = inner.required("share", "0.5", |value| number(value, 0.01..=1.0));
    inner.finish();
    Some(Arm { name, from: 0.0, to: share })
}

/// Lays the arms of a trial side by side on the circle; ways of the same arm share its place.
pub(crate) fn check_arms(section: &mut Section<'_, '_>, treatments: &mut [Treatment]) {
    let mut laid: Vec<Arm> = Vec::new();
    let mut end = 0.0;
    for treatment in treatments.iter_mut() {
        let Some(arm) = &mut treatment.arm else { continue };
        if let Some(known) = laid.iter().find(|known| known.name == arm.name) {
            *arm = known.clone();
            continue;
        }
        (arm.from, arm.to) = (end, end + arm.to);
        end = arm.to;
        laid.push(arm.clone());
    }
    if laid.len() == 1 {
        section.note("treatment", "has one arm, which is no trial", "give another treatment an arm of its own");
    }
    if end > 1.0 + 1e-9 {
        section.note("treatment", "has arms whose shares are more than 1 together", "lower a `share`");
    }
}

/// What keeps a promise is a treatment of the same action, and is said only then.
pub(crate) fn check_promises(section: &mut Section<'_, '_>, treatments: &[Treatment]) {
    for treatment in treatments {
        let Some(promised) = &treatment.promises else { continue };
        let wrong = match treatments.iter().find(|other| other.name == *promised) {
            None => format!("`{}` promises `{promised}`, which is no treatment of this action", treatment.name),
            Some(_) if treatment.mode != Mode::Prompt => {
                format!("`{}` promises something and is no prompt", treatment.name)
            }
            Some(other) if other.promises.is_some() => format!("`{promised}` is promised and promises again"),
            Some(_) => continue,
        };
        section.note("treatment", wrong, "a prompt may promise another treatment of its action, which then keeps it");
    }
}

fn disclosed(value: &DeValue<'_>) -> Parsed<Vec<Provenance>> {
    word::list(value, "\"bought\"", |one| word::one_of(one, &Provenance::ALL))
}

fn check_placement(section: &mut Section<'_, '_>, treatment: &Treatment) {
    if treatment.placement.is_some() && treatment.mode != Mode::Pull {
        let wrong = "has no place here: only what waits to be found has a place";
        section.note("placement", wrong, "remove it, or write `mode = \"pull\"`");
    }
}

/// A card waits to be found; a message that interrupts cannot.
fn check_mode(section: &mut Section<'_, '_>, treatment: &Treatment) {
    let pull = treatment.mode == Mode::Pull;
    match treatment.channel {
        Channel::Inbox if !pull => section.note("mode", "does not suit a card in the inbox", "write `pull`"),
        Channel::Sms | Channel::Email | Channel::Push if pull => {
            let wrong = format!("`pull` does not suit {}, which interrupts", treatment.channel.name());
            section.note("mode", wrong, "write `prompt` or `push`, or change the channel to `inbox`");
        }
        _ => {}
    }
}
