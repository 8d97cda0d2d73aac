//! From a decision to the words its recipient sees: the text of its treatment with the values of its variables, as the channel allows.
//! Read in this order: `render`, then `template`, `variable` and `price` (how a text is filled), `links`, `recipient`.

mod links;
mod price;
mod recipient;
mod template;
mod variable;

use jiff::civil::Date;
use tact_decide::{Action, Catalogue, Class, Treatment};
use tact_domain::{Channel, Coupon, CustomerId, DecisionId, Key, Product, Timestamp};

pub use links::{LinkError, check_links, is_shortener};
pub use price::{minor_digits, price};
pub use recipient::{is_e164, is_email, is_host};
pub use template::{TemplateError, fill, variables};
pub use variable::{LONGEST_CLAIM, Provenance, Variable};

use crate::{DecisionItem, Message, segments};

/// The longest link to unsubscribe, in bytes: with its header it fits on one line of an e-mail.
const LONGEST_LINK: usize = 900;

/// What a message is made from.
#[derive(Clone, Debug)]
pub struct Rendering<'a> {
    /// The catalogue: who speaks, and where.
    pub catalogue: &'a Catalogue,
    /// What is done.
    pub action: &'a Action,
    /// How.
    pub treatment: &'a Treatment,
    /// The decision; when it brings words of its own, those are said, by its channel.
    pub item: &'a DecisionItem,
    /// Whom it is for.
    pub customer: &'a CustomerId,
    /// The language they read, if they told.
    pub locale: Option<&'a str>,
    /// The address, for channels that need one.
    pub to: Option<&'a str>,
    /// The coupon it hands out, if any.
    pub coupon: Option<CouponText>,
    /// Where one click ends it, an https link; an e-mail that sells needs one.
    pub unsubscribe: Option<String>,
    /// When it leaves.
    pub now: Timestamp,
}

/// What a message says of a coupon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponText {
    /// Its code.
    pub code: String,
    /// The last day it may be used.
    pub last_day: Date,
}

impl CouponText {
    /// What a message says of a coupon whose code is `code`.
    pub fn of(coupon: &Coupon, code: String) -> Self {
        let days = jiff::Span::new().try_days(coupon.last_day.0).unwrap_or_default();
        let last_day = jiff::civil::date(1970, 1, 1).checked_add(days).unwrap_or(Date::MAX);
        Self { code, last_day }
    }
}

/// Why there is no message. It is final: trying again gives the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The text cannot be filled.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The text has a link that has no place in it.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// There is nothing to say.
    #[error("text is empty")]
    Empty,
    /// The address is missing or not one of the channel.
    #[error("there is no valid address for {}", .0.name())]
    Address(Channel),
    /// The text message is too long.
    #[error("text takes {count} segments, at most {most} are allowed")]
    TooLong {
        /// How many segments it takes.
        count: usize,
        /// How many are allowed.
        most: u8,
    },
    /// The e-mail has no subject, or one that does not fit into a header.
    #[error("e-mail has no subject of one line")]
    Subject,
    /// The sender is no address, or a name that does not fit into a header.
    #[error("sender of e-mails is not one address with a name of one line")]
    Sender,
    /// An e-mail that sells must say where to end it.
    #[error("e-mail that sells has no https link to unsubscribe")]
    Unsubscribe,
}

/// The message of a decision, as its recipient sees it.
///
/// # Errors
/// When anything in it would not be right: nothing is sent that was not rendered whole.
pub fn render(rendering: &Rendering<'_>) -> Result<Message, RenderError> {
    let Rendering { catalogue, action, treatment, item, customer, now, .. } = rendering;
    let (channel, treatment) = match item.words {
        Some(_) => (item.channel, &item.treatment),
        None => (treatment.channel, &treatment.name),
    };
    let marketing = item.words.is_none() && action.class == Class::Default;
    let words = words(rendering)?;
    check_links(&words, &catalogue.brand.links)?;
    let mut message = Message {
        decision: item.decision,
        customer: (*customer).clone(),
        channel,
        action: item.action.clone(),
        treatment: treatment.clone(),
        store: item.store.clone(),
        to: address(rendering, channel)?,
        subject: None,
        text: words,
        answers: item.answers.clone().filter(|_| rendering.treatment.public),
        task: None,
        marketing,
        unsubscribe: None,
        sent_at: *now,
        expires_at: item.expires_at,
    };
    match channel {
        Channel::Sms => as_sms(&mut message, catalogue.brand.sms_segments)?,
        Channel::Email => as_email(&mut message, rendering)?,
        Channel::Push | Channel::Inbox | Channel::Webhook | Channel::Associate => {}
    }
    Ok(message)
}

/// The words: those of the decision itself, otherwise the text of its treatment.
fn words(rendering: &Rendering<'_>) -> Result<String, RenderError> {
    let words = match &rendering.item.words {
        Some(words) => words.clone(),
        None => filled(rendering, rendering.treatment.words(rendering.locale).1)?,
    };
    let words = template::lines(&words).trim().to_owned();
    if words.is_empty() { Err(RenderError::Empty) } else { Ok(words) }
}

fn filled(rendering: &Rendering<'_>, template: &str) -> Result<String, TemplateError> {
    let Rendering { catalogue, treatment, item, coupon, .. } = rendering;
    let product = treatment.product.as_deref().and_then(|id| catalogue.goods.product(id));
    let value = |variable: Variable| {
        Some(match variable {
            Variable::Brand => catalogue.brand.name.clone(),
            Variable::Store => catalogue.places.store(item.store.as_deref()?)?.name.clone(),
            Variable::Code => coupon.as_ref()?.code.clone(),
            Variable::ValidUntil => coupon.as_ref()?.last_day.strftime("%-d %B %Y").to_string(),
            Variable::Claim => claim_link(catalogue.brand.claim.as_ref()?, item.decision),
            Variable::Product => product?.name.clone(),
            Variable::Size => product?.size.as_ref()?.to_string(),
            Variable::Price => price(product?.price, &catalogue.policy.currency),
            Variable::Area => area(rendering, product?)?.to_string(),
            Variable::HowTo => product?.how_to.clone()?,
        })
    };
    fill(template, value)
}

/// The link behind which the promise of a decision is claimed. It names the decision, which tells nobody whose it is; what is behind it knows.
pub fn claim_link(claim: &str, decision: DecisionId) -> String {
    format!("{claim}?d={decision}")
}

/// Where the product stands in the store of the decision, as far as that is known when the message leaves.
fn area<'a>(rendering: &Rendering<'a>, product: &Product) -> Option<&'a Key> {
    let Rendering { catalogue, item, now, .. } = rendering;
    catalogue.goods.area(item.store.as_deref()?, &product.id, *now, catalogue.policy.stock_fresh_s)
}

/// The address, which must be one of the channel; `None` for a channel that needs none.
fn address(rendering: &Rendering<'_>, channel: Channel) -> Result<Option<String>, RenderError> {
    let is_valid = |to: &&str| match channel {
        Channel::Sms => is_e164(to),
        Channel::Email => is_email(to),
        _ => to.len() <= 512 && to.bytes().all(|byte| byte.is_ascii_graphic()) && !to.is_empty(),
    };
    match rendering.to.filter(is_valid) {
        _ if !channel.needs_point() => Ok(None),
        Some(to) => Ok(Some(to.to_owned())),
        None => Err(RenderError::Address(channel)),
    }
}

fn as_sms(message: &mut Message, most: u8) -> Result<(), RenderError> {
    message.text = template::line(&message.text);
    let count = segments(&message.text).count;
    if count > usize::from(most) { Err(RenderError::TooLong { count, most }) } else { Ok(()) }
}

/// Gives it a subject and, when it sells, the foot that the law asks for.
fn as_email(message: &mut Message, rendering: &Rendering<'_>) -> Result<(), RenderError> {
    let Rendering { catalogue, treatment, item, unsubscribe, .. } = rendering;
    let brand = &catalogue.brand;
    if !is_email(&brand.email_from) || !is_header(&brand.name) {
        return Err(RenderError::Sender);
    }
    let subject = match (&item.words, treatment.words(rendering.locale).0) {
        (Some(_), _) => brand.name.clone(),
        // What is written must be one line; a value is made one.
        (None, Some(subject)) if is_header(subject) => filled(rendering, subject)?,
        (None, _) => return Err(RenderError::Subject),
    };
    check_links(&subject, &brand.links)?;
    message.subject = Some(subject);
    if message.marketing {
        let link = unsubscribe.as_ref().filter(|link| is_link(link)).ok_or(RenderError::Unsubscribe)?;
        let foot = format!("\n\n{}\n{}\nUnsubscribe: {link}", brand.name, brand.postal_address);
        message.text.push_str(&foot);
        message.unsubscribe = Some(link.clone());
    }
    Ok(())
}

/// Whether a text can stand in a header: something on one line, and nothing that could end it.
pub(crate) fn is_header(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// Whether a text is an encrypted link that can stand between `<` and `>` in a header.
pub(crate) fn is_link(text: &str) -> bool {
    let host = text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"".contains(&byte);
    host && text.len() <= LONGEST_LINK && text.bytes().all(plain)
}

#[cfg(test)]
mod tests;
