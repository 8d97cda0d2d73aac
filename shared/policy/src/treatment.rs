//! `[[treatment]]`: one way to do an action.

use tact_decide::{Mode, Treatment};
use tact_domain::Channel;
use toml::de::DeValue;

use crate::amount::{Currency, probability};
use crate::section::{Parsed, Section, wrong};
use crate::{time, word};

const MODES: [(&str, Mode); 3] = [("pull", Mode::Pull), ("prompt", Mode::Prompt), ("push", Mode::Push)];
/// Nothing is worth sending later than this, in milliseconds.
const LATEST: i64 = 31 * time::DAY;

/// The treatment of a table.
pub(crate) fn treatment(section: &mut Section<'_, '_>, currency: Currency) -> Treatment {
    let money = |value: &DeValue<'_>| currency.money(value);
    let valid = |value: &DeValue<'_>| time::duration(value, time::SECOND, LATEST);
    let treatment = Treatment {
        name: section.required("name", "\"card\"", word::name),
        channel: section.word("channel", &word::channels(), Channel::Webhook),
        mode: section.word("mode", &MODES, Mode::Pull),
        incentive: section.optional("incentive", money).unwrap_or_default(),
        cost: section.required("cost", "\"0.01\"", money),
        group_prior: section.required("group_prior", "0.05", probability),
        liked: section.optional("liked", probability).unwrap_or_default(),
        harmful: section.required("harmful", "0.01", probability),
        identifies: section.optional("identifies", word::flag).unwrap_or_default(),
        valid_s: section.required("valid", "\"2h\"", valid) / time::SECOND,
        text: section.required("text", "\"…\"", template),
    };
    check_mode(section, &treatment);
    treatment
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

/// A text whose `{{ variables }}` are closed and named in lower-case letters, digits, `_` and `.`.
fn template(value: &DeValue<'_>) -> Parsed<String> {
    const MOST: usize = 4_000;
    let text = word::text(value)?;
    if text.len() > MOST {
        return wrong(format!("is longer than {MOST} bytes"), "shorten it");
    }
    let is_name = |name: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(&byte);
        !name.is_empty() && name.bytes().all(inner)
    };
    let mut parts = text.split("{{");
    let closed = |part: &str| {
        let name = part.split_once("}}").map(|(name, rest)| (name.trim(), rest));
        name.is_some_and(|(name, rest)| is_name(name) && !rest.contains("}}"))
    };
    if parts.next().is_some_and(|first| !first.contains("}}")) && parts.all(closed) {
        Ok(text)
    } else {
        wrong("has a variable that is not closed or not a name", "write `{{ first_name }}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_closed_names() {
        let text = |text: &str| template(&DeValue::String(text.into())).is_ok();
        assert!(text("Hello") && text("{{ store.name }}: hello, {{name}}!"));
        assert!(
            !text("{{ name") && !text("name }}") && !text("{{ }}") && !text("{{ a b }}") && !text("{{ a {{ b }} }}")
        );
    }
}
