//! `[[limit]]`: how much of an action there is.

use tact_decide::{Limit, Resource};
use toml::de::DeValue;

use crate::amount::{Currency, whole};
use crate::section::Section;
use crate::{time, word};

const RESOURCES: [(&str, Resource); 3] =
    [("budget", Resource::Budget), ("stock", Resource::Stock), ("capacity", Resource::Capacity)];
/// The most pieces or tasks.
const MOST: i64 = 1_000_000_000;
/// The longest period, in milliseconds.
const LONGEST: i64 = 366 * time::DAY;

/// The limits of an action.
pub(crate) fn limits(section: &mut Section<'_, '_>, currency: Currency) -> Vec<Limit> {
    section.tables("limit", |section| limit(section, currency))
}

fn limit(section: &mut Section<'_, '_>, currency: Currency) -> Limit {
    let of = section.word("of", &RESOURCES, Resource::Stock);
    let most = match of {
        Resource::Budget => section.required("most", "\"500.00\"", |value: &DeValue<'_>| currency.coins(value)),
        Resource::Stock | Resource::Capacity => section.required("most", "8", |value| whole(value, 1..=MOST)),
    };
    let every = |value: &DeValue<'_>| time::duration(value, time::SECOND, LONGEST);
    let limit = Limit {
        of,
        most: u64::try_from(most).unwrap_or_default(),
        every_s: section.optional("every", every).unwrap_or_default() / time::SECOND,
        per_store: section.optional("per_store", word::flag).unwrap_or_default(),
    };
    if of == Resource::Capacity && limit.every_s == 0 {
        section.note("every", "is missing: the time of people comes again", "add for example `every = \"1h\"`");
    }
    limit
}
