//! `channels.toml`: who speaks, where links may lead to, and how long a text message may be.

use tact_decide::Brand;
use tact_domain::Channel;
use tact_wire::render::{LONGEST_CLAIM, Variable, is_email, is_host, is_shortener};
use tact_wire::segments;
use toml::de::DeValue;

use crate::amount::{Currency, whole};
use crate::section::{Parsed, Section, wrong};
use crate::{text, word};

/// The longest postal address, in characters.
const LONGEST_ADDRESS: usize = 200;

/// What a message costs by each channel that says so, in minor units.
pub(crate) type Costs = Vec<(Channel, f64)>;

/// The brand of a file, and what its channels cost.
pub(crate) fn channels(section: &mut Section<'_, '_>, currency: Currency) -> (Brand, Costs) {
    (brand(section), costs(section, currency))
}

/// What messages cost where their treatments do not say: `[cost]`.
fn costs(section: &mut Section<'_, '_>, currency: Currency) -> Costs {
    let Some(mut inner) = section.table("cost") else { return Vec::new() };
    let read = |(name, channel): (&'static str, Channel)| {
        inner.optional(name, |value| currency.money(value)).map(|cost| (channel, cost))
    };
    let costs = word::channels().into_iter().filter_map(read).collect();
    inner.finish();
    costs
}

fn brand(section: &mut Section<'_, '_>) -> Brand {
    let Some(mut inner) = section.table("brand") else {
        let fix = "add `[brand]` with name, postal_address, email_from, help, links and sms_segments";
        section.note("brand", "is missing", fix);
        return Brand::default();
    };
    let brand = Brand {
        name: inner.required("name", "\"Harbor & Co.\"", name),
        postal_address: inner.required("postal_address", "\"1 Market Street, New York, NY 10004\"", |value| {
            text::line(value, LONGEST_ADDRESS)
        }),
        email_from: inner.required("email_from", "\"hello@harbor.example\"", email),
        help: inner.required("help", "\"Harbor & Co.: … Reply STOP to opt out.\"", word::text),
        links: inner.required("links", "[\"harbor.example\"]", |value| word::list(value, "\"harbor.example\"", host)),
        claim: inner.optional("claim", claim),
        sms_segments: inner.required("sms_segments", "2", |value| whole(value, 1..=10)),
    };
    check_help(&mut inner, &brand);
    check_claim(&mut inner, &brand);
    inner.finish();
    brand
}

/// The name, in letters of one alphabet: those of another that look alike are how impostors write it.
fn name(value: &DeValue<'_>) -> Parsed<String> {
    let name = text::line(value, Variable::Brand.longest())?;
    let latin = name.chars().any(|letter| letter.is_ascii_alphabetic());
    let greek_or_cyrillic = name.chars().any(|letter| ('\u{370}'..='\u{52f}').contains(&letter));
    if latin && greek_or_cyrillic {
        return wrong(format!("`{name}` mixes alphabets whose letters look alike"), "write it in one alphabet");
    }
    Ok(name)
}

fn email(value: &DeValue<'_>) -> Parsed<String> {
    let address = word::text(value)?;
    if is_email(&address) {
        return Ok(address);
    }
    wrong(
        format!("`{}` is not one plain e-mail address", address.escape_debug()),
        "write for example `hello@harbor.example`; the name beside it is that of the brand",
    )
}

fn host(value: &DeValue<'_>) -> Parsed<String> {
    let host = word::text(value)?;
    if is_shortener(&host) {
        return wrong(format!("`{host}` hides where a link leads"), "write a host of your own");
    }
    if is_host(&host) && !host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(host);
    }
    let fix = "write its name alone, in lower case, for example `harbor.example`";
    wrong(format!("`{}` is not a host", host.escape_debug()), fix)
}

/// The page on which promises are claimed: a link to which the decision is added.
fn claim(value: &DeValue<'_>) -> Parsed<String> {
    let link = word::text(value)?;
    let plain = link.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#<>\"".contains(&byte));
    if plain && link.starts_with("https://") && link.len() <= LONGEST_CLAIM {
        return Ok(link);
    }
    let wrong = format!("`{}` is not a link to which `?d=` can be added", link.escape_debug());
    self::wrong(wrong, format!("write for example `https://harbor.example/claim`, at most {LONGEST_CLAIM} characters"))
}

fn check_claim(section: &mut Section<'_, '_>, brand: &Brand) {
    let Some(link) = &brand.claim else { return };
    let links = if brand.links.is_empty() { Ok(()) } else { text::links(link, &brand.links) };
    if let Err(mistake) = links {
        section.note("claim", mistake.wrong, mistake.fix);
    }
}

/// The answer to HELP is a text message that is said as it is written.
fn check_help(section: &mut Section<'_, '_>, brand: &Brand) {
    let (count, most) = (segments(&brand.help).count, brand.sms_segments);
    // After a mistake in another key it is not judged by it.
    let links = if brand.links.is_empty() { Ok(()) } else { text::links(&brand.help, &brand.links) };
    if brand.help.contains("{{") {
        section.note("help", "is said as it is written, variables and all", "write the name itself");
    } else if let Err(mistake) = links {
        section.note("help", mistake.wrong, mistake.fix);
    } else if !brand.help.contains("STOP") {
        section.note("help", "does not say how to stop", "end it with `Reply STOP to opt out.`");
    } else if most > 0 && count > usize::from(most) {
        let wrong = format!("takes {count} segments as a text message, at most {most} are allowed");
        section.note("help", wrong, "shorten it, or allow more `sms_segments`");
    }
}
