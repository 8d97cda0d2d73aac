//! `policy.toml`: what holds for every action: currency, contact caps, quiet hours, and the weights of the money formula.

use jiff::tz::TimeZone;
use tact_decide::{Cap, Levers, Policy, QuietHours};
use tact_domain::{Channel, ContactFacet, Key};
use toml::de::DeValue;

use crate::amount::{Currency, number, whole};
use crate::section::{Parsed, Section, wrong};
use crate::{time, word};

/// The contact ledger keeps this much, in milliseconds.
const KEPT: i64 = 31 * time::DAY;

/// What `policy.toml` says.
pub(crate) struct Engagement {
    /// The policy.
    pub(crate) policy: Policy,
    /// The zone in which dates of the catalogue are meant.
    pub(crate) zone: TimeZone,
}

/// The policy of a file.
pub(crate) fn engagement(section: &mut Section<'_, '_>) -> Engagement {
    let currency = section.required("currency", "\"USD\"", currency);
    let zone = section.required("zone", "\"America/New_York\"", |value| time::zone(value).map(Some));
    let of_money = Currency::of(&currency);
    let caps = section.tables("cap", cap);
    let names: Vec<_> = caps.iter().map(|cap| &cap.name).collect();
    section.refuse_repeats("cap", &names);
    let policy = Policy { currency, caps, quiet: quiet(section), levers: levers(section, of_money) };
    Engagement { policy, zone: zone.unwrap_or(TimeZone::UTC) }
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

/// The quiet hours by channel: `[quiet.sms]`.
fn quiet(section: &mut Section<'_, '_>) -> Vec<QuietHours> {
    let mut hours = Vec::new();
    let Some(mut quiet) = section.table("quiet") else {
        return hours;
    };
    for (name, channel) in word::channels() {
        let Some(mut inner) = quiet.table(name) else { continue };
        hours.push(hours_of(&mut inner, channel));
        inner.finish();
    }
    quiet.finish();
    hours
}

fn hours_of(section: &mut Section<'_, '_>, channel: Channel) -> QuietHours {
    let hours = QuietHours {
        channel,
        open_s: section.required("open", "\"09:00\"", time::time_of_day),
        close_s: section.required("close", "\"20:00\"", time::time_of_day),
    };
    if hours.open_s >= hours.close_s {
        section.note("close", "is not later than `open`", "write the hours of one day, for example 09:00 to 20:00");
    }
    hours
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
    };
    inner.finish();
    levers
}
