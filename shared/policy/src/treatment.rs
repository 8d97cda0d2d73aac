//! `[[treatment]]`: one way to do an action.

use tact_decide::{Class, Mode, Treatment};
use tact_domain::Channel;
use toml::de::DeValue;

use crate::action::Context;
use crate::amount::probability;
use crate::coupon::{check_coupon, coupon};
use crate::section::{Section, wrong};
use crate::text::{self, check_sms};
use crate::{time, word};

const MODES: [(&str, Mode); 3] = [("pull", Mode::Pull), ("prompt", Mode::Prompt), ("push", Mode::Push)];
/// Nothing is worth sending later than this, in milliseconds.
const LATEST: i64 = 31 * time::DAY;
/// How long an answer counts when nothing is said about it, and at most, in milliseconds: decisions are kept for 60 days.
const WINDOW: i64 = 7 * time::DAY;
const LONGEST_WINDOW: i64 = 60 * time::DAY;

/// The treatment of a table, in an action of a class.
pub(crate) fn treatment(section: &mut Section<'_, '_>, class: Class, context: &Context) -> Treatment {
    let money = |value: &DeValue<'_>| context.currency.money(value);
    let valid = |value: &DeValue<'_>| time::duration(value, time::SECOND, LATEST);
    let window = |value: &DeValue<'_>| time::duration(value, time::SECOND, LONGEST_WINDOW);
    let channel = section.word("channel", &word::channels().map(|(name, channel)| (name, Some(channel))), None);
    let treatment = Treatment {
        name: section.required("name", "\"card\"", word::name),
        channel: channel.unwrap_or(Channel::Webhook),
        mode: section.word("mode", &MODES, Mode::Pull),
        incentive: section.optional("incentive", money).unwrap_or_default(),
        cost: section.required("cost", "\"0.01\"", money),
        group_prior: section.required("group_prior", "0.05", probability),
        liked: section.optional("liked", probability).unwrap_or_default(),
        harmful: section.required("harmful", "0.01", probability),
        identifies: section.optional("identifies", word::flag).unwrap_or_default(),
        valid_s: section.required("valid", "\"2h\"", valid) / time::SECOND,
        window_s: section.optional("window", window).unwrap_or(WINDOW) / time::SECOND,
        coupon: coupon(section, context.places.as_ref()),
        subject: subject(section, channel, context),
        text: section.required("text", "\"…\"", |value| text::template(value, context)),
    };
    check_mode(section, &treatment);
    check_coupon(section, &treatment);
    check_sms(section, &treatment, class, context);
    treatment
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
