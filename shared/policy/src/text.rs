//! What is said: texts and subjects with typed variables, links that lead to us, and text messages that are short and say how to stop.

use tact_decide::{Brand, Class, Treatment};
use tact_domain::{Channel, Key, Places, Product};
use tact_wire::render::{LinkError, TemplateError, Variable, check_links, fill, price, variables};
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
    let product = context.goods.as_ref().zip(treatment.product.as_deref()).and_then(|(goods, id)| goods.product(id));
    let said = Said { brand, product, currency: &context.currency_code };
    let (count, most) = (said.longest(&treatment.text, places), brand.sms_segments);
    if count > usize::from(most) {
        let wrong = format!("takes up to {count} segments, at most {most} are allowed");
        section.note("text", wrong, "shorten it, or allow more `sms_segments` in channels.toml");
    }
}

/// What the variables of a text say in whichever store.
struct Said<'a> {
    brand: &'a Brand,
    /// The product it is about; `None` when there is none, or it has a mistake.
    product: Option<&'a Product>,
    currency: &'a str,
}

impl Said<'_> {
    /// How many segments a text takes at most, in whichever store, wherever in it the product stands.
    fn longest(&self, text: &str, places: &Places) -> usize {
        let of_store = places.stores.iter().flat_map(|store| {
            let areas = store.areas.iter().map(Key::as_str).chain([""]);
            areas.map(|area| (store.name.as_str(), area))
        });
        let filled = of_store
            .chain([("", "")])
            .filter_map(|(store, area)| fill(text, |variable| Some(self.value(variable, store, area))).ok());
        filled.map(|text| segments(&text).count).max().unwrap_or_default()
    }

    /// What one of them says; nothing for what the product lacks, which is a mistake of its own.
    fn value(&self, variable: Variable, store: &str, area: &str) -> String {
        let product = self.product;
        let said = match variable {
            Variable::Brand => Some(self.brand.name.clone()),
            Variable::Store => Some(store.to_owned()),
            Variable::Code | Variable::ValidUntil | Variable::Claim => Some("W".repeat(variable.longest())),
            Variable::Product => product.map(|product| product.name.clone()),
            Variable::Size => product.and_then(|product| product.size.as_ref()).map(Key::to_string),
            Variable::Price => product.map(|product| price(product.price, self.currency)),
            Variable::Area => Some(area.to_owned()),
            Variable::HowTo => product.and_then(|product| product.how_to.clone()),
        };
        said.unwrap_or_default()
    }
}
