//! A message as a bystander sees it: the words on the screen, not the reasons.

use jiff::civil::{Date, date};
use tact_decide::{Action, Catalogue, Treatment};
use tact_domain::{Channel, CustomerId, DecisionId, Key, Timestamp};
use tact_wire::{CouponText, DecisionItem, Rendering, render};

/// A message somebody got.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    /// The decision; no bystander sees it.
    pub(super) decision: DecisionId,
    /// The action; no bystander sees it.
    pub(super) action: Key,
    /// The way to do it; no bystander sees it.
    pub(super) treatment: Key,
    /// How it came.
    pub(super) channel: Channel,
    /// When it came.
    pub(super) at: Timestamp,
    /// The subject and the text as rendered; every coupon has one code and one last day, as the terms are told apart by themselves.
    pub(super) words: String,
    /// The terms of the coupon: days and worth.
    pub(super) terms: Option<String>,
    /// The product it is about.
    pub(super) item: Option<Key>,
}

/// The last day of every coupon.
const LAST_DAY: Date = date(2026, 12, 31);

impl Seen {
    /// What was seen of a decision; `None` when no message left, or none can be rendered.
    pub(super) fn of(item: &DecisionItem, locale: Option<&str>, catalogue: &Catalogue) -> Option<Self> {
        let at = item.sent_at?;
        let action = catalogue.actions.iter().find(|action| action.name == item.action)?;
        let treatment = action.treatments.iter().find(|treatment| treatment.name == item.treatment)?;
        let terms = treatment.coupon.as_ref();
        Some(Self {
            decision: item.decision,
            action: item.action.clone(),
            treatment: item.treatment.clone(),
            channel: item.channel,
            at,
            words: words(item, action, treatment, locale, catalogue)?,
            terms: terms.map(|terms| format!("{} days, worth {:.0}", terms.days, treatment.incentive)),
            item: treatment.product.clone(),
        })
    }
}

fn words(
    item: &DecisionItem,
    action: &Action,
    treatment: &Treatment,
    locale: Option<&str>,
    catalogue: &Catalogue,
) -> Option<String> {
    let customer = CustomerId::new("b")?;
    let rendering = Rendering {
        catalogue,
        action,
        treatment,
        item,
        customer: &customer,
        locale,
        to: Some(address(item.channel)),
        coupon: treatment.coupon.as_ref().map(|_| CouponText { code: "CODE".to_owned(), last_day: LAST_DAY }),
        unsubscribe: Some("https://example.com/stop".to_owned()),
        now: item.sent_at?,
    };
    let message = render(&rendering).ok()?;
    let subject = message.subject.map(|subject| subject + ": ").unwrap_or_default();
    // The foot that every e-mail has that sells tells nobody anything.
    let foot = message.unsubscribe.as_ref().and_then(|_| message.text.rsplit_once("\n\n"));
    Some(subject + foot.map_or(message.text.as_str(), |(text, _)| text))
}

/// Some address of a channel: nothing of it is seen.
fn address(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "+12125550100",
        Channel::Email => "b@example.com",
        Channel::Push | Channel::Inbox | Channel::Webhook | Channel::Associate => "endpoint",
    }
}
