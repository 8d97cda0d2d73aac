//! Starbucks rewards: every `transaction` is a purchase of one line (the set names no goods) at a store; offers received, viewed and
//! completed belong to no decision of ours and are counted, not converted. Time is given in hours since the study began, which the
//! set does not date: the day after the last member joined, midnight in New York. Customers whose profile is withheld (age 118, no
//! gender, no income), or is not in the files given, are never granted `profiling`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::event::{Data, Event, Line};
use super::row::Row;
use super::table::{Shape, open};
use super::{Converted, ImportError};

const EVENTS: Shape = Shape { kind: "events", columns: &["person", "event", "value", "time"] };
const PROFILES: Shape = Shape { kind: "profiles", columns: &["id", "gender", "age", "income"] };
/// Known files that say nothing an event could.
const NOT_NEEDED: [Shape; 2] = [
    Shape { kind: "portfolio, not needed", columns: &["id", "offer_type", "difficulty", "reward"] },
    Shape { kind: "offers, not needed", columns: &["customer_id", "offer_received_time", "offer_id"] },
];
const SHAPES: [&Shape; 4] = {
    let [portfolio, offers] = &NOT_NEEDED;
    [&EVENTS, &PROFILES, portfolio, offers]
};

/// 2018-07-27T00:00:00-04:00, in seconds since 1970 UTC.
const BEGINNING_S: i64 = 1_532_664_000;
const BEGINNING_YEAR: i64 = 2018;
/// The age that stands for a profile that was withheld.
const AGE_WITHHELD: i64 = 118;

/// The purchases as events.
pub(super) fn convert(files: &[PathBuf], progress: &mut dyn FnMut(u64)) -> Result<Converted, ImportError> {
    let mut tables = open(files, &SHAPES)?;
    EVENTS.required(&tables)?;
    let mut converted = Converted::default();
    for table in tables.iter_mut().filter(|table| table.is(&EVENTS)) {
        table.read(&mut converted, progress, &mut add_event)?;
    }
    let mut told = BTreeSet::new();
    for table in tables.iter_mut().filter(|table| table.is(&PROFILES)) {
        table.read(&mut converted, progress, &mut |converted, row| add_profile(row, converted, &mut told))?;
    }
    let buyers = converted.events.iter().map(|event| event.subject.clone());
    converted.withheld = buyers.filter(|subject| !told.contains(subject)).collect();
    for table in tables.iter().filter(|table| NOT_NEEDED.iter().any(|shape| table.is(shape))) {
        converted.read.push(table.unread());
    }
    converted.read.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(converted)
}

fn add_event(converted: &mut Converted, row: &Row<'_>) -> Result<(), ImportError> {
    match &*row.text("event") {
        "transaction" => add_purchase(converted, row)?,
        "offer received" => converted.note("offers received, not converted"),
        "offer viewed" => converted.note("offers viewed, not converted"),
        "offer completed" => converted.note("offers completed, not converted"),
        _ => return Err(row.bad("event", "`transaction` or `offer received`, `viewed` or `completed`")),
    }
    Ok(())
}

fn add_purchase(converted: &mut Converted, row: &Row<'_>) -> Result<(), ImportError> {
    let expected = "an amount above zero";
    let amount = u64::try_from(row.minor_units("value/amount")?).ok().filter(|amount| *amount > 0);
    let unit_price = amount.ok_or_else(|| row.bad("value/amount", expected))?;
    let (product, category) = ("purchase".to_owned(), Some("coffee".to_owned()));
    let lines = vec![Line { kind: None, product, category, quantity: 1, unit_price }];
    let (receipt, store) = (row.origin(), "starbucks".to_owned());
    let data = Data::Purchase { receipt, store, channel: "store", currency: "USD", lines };
    let subject = format!("starbucks-{}", row.id("person")?);
    converted.events.push(Event::of(row, instant(row)?, subject, data));
    Ok(())
}

/// The instant of a time in hours since the beginning.
fn instant(row: &Row<'_>) -> Result<Timestamp, ImportError> {
    let expected = "hours since the study began";
    let hours = row.parsed::<u16>("time", expected)?;
    let beginning = Timestamp::from_second(BEGINNING_S).map_err(|_| row.bad("time", expected))?;
    beginning.checked_add(SignedDuration::from_hours(hours.into())).map_err(|_| row.bad("time", expected))
}

/// Notes the year of birth of a customer who told it.
fn add_profile(row: &Row<'_>, converted: &mut Converted, told: &mut BTreeSet<String>) -> Result<(), ImportError> {
    let subject = format!("starbucks-{}", row.id("id")?);
    let age: i64 = row.parsed("age", "an age in years")?;
    if age == AGE_WITHHELD && row.text("gender").is_empty() && row.text("income").is_empty() {
        converted.note("profiles withheld: never granted `profiling`");
        return Ok(());
    }
    converted.birth_years.insert(subject.clone(), BEGINNING_YEAR - age);
    told.insert(subject);
    Ok(())
}
