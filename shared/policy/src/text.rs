//! What is said: texts and subjects with typed variables, links that lead to us, and text messages that are short and say how to stop.

use tact_decide::{Brand, Class, Treatment};
use tact_domain::{Channel, Places};
use tact_wire::render::{LinkError, TemplateError, Variable, check_links, fill, variables};
use tact_wire::segments;
use toml::de::DeValue;

use crate::action::Context;
use crate::section::{Parsed, Section, wrong};
use crate::word;

/// The longest text, in bytes, and the longest subject, in characters.
const LONGEST: usize = 4_000;
const LONGEST_SUBJECT: usize = 150;

/// A text with variables.
pub(crate) fn template(value: &DeValue<'_>, context: &Context) -> Parsed<String> {
    let text = word::text(value)?;
    if text.len() > LONGEST {
        return wrong(format!("is longer than {LONGEST} bytes"), "shorten it");
    }
    known(&text)?;
    context.brand.as_ref().map_or(Ok(()), |brand| links(&text, &brand.links))?;
    Ok(text)
}

/// The subject of an e-mail: a text with variables on one line.
pub(crate) fn subject(value: &DeValue<'_>, context: &Context) -> Parsed<String> {
    line(value, LONGEST_SUBJECT)?;
    template(value, context)
}

/// A text on one line, of at most so many characters.
pub(crate) fn line(value: &DeValue<'_>, most: usize) -> Parsed<String> {
    let text = word::text(value)?;
    if text.chars().any(char::is_control) {
        return wrong("has a line end or another control character", "write it on one line");
    }
    if text.chars().count() > most {
        return wrong(format!("is longer than {most} characters"), "shorten it");
    }
    Ok(text)
}

fn known(text: &str) -> Parsed<()> {
    match variables(text) {
        Ok(_) => Ok(()),
        Err(TemplateError::Unknown(name)) => {
            let known = Variable::ALL.map(Variable::name).join(", ");
            wrong(format!("`{name}` is not a variable"), format!("known are {known}"))
        }
        Err(_) => wrong("has a variable that is not closed or not a name", "write `{{ brand }}`, and no other braces"),
    }
}

/// Refuses a link that leads anywhere but to `hosts`, could be read on its way, or hides where it leads.
pub(crate) fn links(text: &str, hosts: &[String]) -> Parsed<()> {
    let ours = hosts.join(", ");
    check_links(text, hosts).or_else(|error| match error {
        LinkError::Plain => wrong("has a link that others can read and change", "write `https://`"),
        LinkError::Shortener(host) => {
            wrong(format!("has a link by `{host}`, which hides where it leads"), format!("write it whole: {ours}"))
        }
        LinkError::Foreign(host) => wrong(
            format!("has a link to `{host}`, where links may not lead"),
            format!("lead to one of {ours}, or add the host to `links` in channels.toml"),
        ),
    })
}

/// A text message fits into its segments whatever its variables say, and one that sells says how to stop.
pub(crate) fn check_sms(section: &mut Section<'_, '_>, treatment: &Treatment, class: Class, context: &Context) {
    if treatment.channel != Channel::Sms {
        return;
    }
    if class == Class::Default && !treatment.text.contains("STOP") {
        let wrong = "does not say how to stop, as a text message that sells must";
        section.note("text", wrong, "end it with `Reply STOP to opt out.`");
    }
    let (Some(brand), Some(places)) = (&context.brand, &context.places) else { return };
    let (count, most) = (longest(&treatment.text, brand, places), brand.sms_segments);
    if count > usize::from(most) {
        let wrong = format!("takes up to {count} segments, at most {most} are allowed");
        section.note("text", wrong, "shorten it, or allow more `sms_segments` in channels.toml");
    }
}

/// How many segments a text takes at most, in whichever store.
fn longest(text: &str, brand: &Brand, places: &Places) -> usize {
    let value = |variable: Variable, store: &str| match variable {
        Variable::Brand => brand.name.clone(),
        Variable::Store => store.to_owned(),
        Variable::Code | Variable::ValidUntil => "W".repeat(variable.longest()),
    };
    let stores = places.stores.iter().map(|store| store.name.as_str()).chain([""]);
    let filled = stores.filter_map(|store| fill(text, |variable| Some(value(variable, store))).ok());
    filled.map(|text| segments(&text).count).max().unwrap_or_default()
}
