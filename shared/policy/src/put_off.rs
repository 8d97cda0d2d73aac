//! `[put_off]`: an action that waits for a better moment.

use tact_decide::PutOff;
use tact_domain::On;
use toml::de::DeValue;

use crate::section::{Section, wrong};
use crate::time;

/// The contact ledger, in which appointments stand, looks back this far; nothing waits longer, in milliseconds.
const LONGEST: i64 = 31 * time::DAY;

/// What an action waits for; `None` for one that does not wait.
pub(crate) fn put_off(section: &mut Section<'_, '_>) -> Option<PutOff> {
    let mut inner = section.table("put_off")?;
    let on = inner.word("on", &On::ALL.map(|on| (on.name(), Some(on))), None);
    let at_s = match on {
        Some(On::Time) => inner.required("at", "\"09:30\"", time::time_of_day),
        Some(on) => {
            let misplaced = format!("has no place here: it waits for `{}`, not for a time", on.name());
            inner.optional("at", |_| wrong(misplaced, "remove it, or write `on = \"time\"`")).unwrap_or_default()
        }
        None => inner.optional("at", time::time_of_day).unwrap_or_default(),
    };
    let within = |value: &DeValue<'_>| time::duration(value, time::SECOND, LONGEST);
    let within_s = inner.required("within", "\"2d\"", within) / time::SECOND;
    inner.finish();
    Some(PutOff { on: on.unwrap_or(On::Time), at_s, within_s })
}
