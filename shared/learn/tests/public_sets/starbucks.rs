//! Offers of a coffee chain: whether one is completed, told from the offer, the profile and what became of earlier offers by then.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::made::{Made, cells, day, unpacked};

/// An earlier offer of a customer: its type, and the hour it was completed in.
type Earlier = (String, Option<i64>);

pub(crate) fn made() -> Option<Made> {
    let offers = unpacked("starbucks_offers_waves_0_408.csv.gz")?;
    let profiles = by_id(&unpacked("starbucks_profile.jsonl.gz")?);
    let portfolio = by_id(&unpacked("starbucks_portfolio.jsonl.gz")?);
    let columns = ["customer_id", "offer_received_time", "offer_id", "offer_completed", "offer_completed_time"];
    let mut offers = cells(&offers, columns);
    offers.sort_by_key(|[_, received, ..]| received.parse::<i64>().unwrap());
    let mut made = Made::new(&[
        "wave",
        "offer",
        "type",
        "reward",
        "difficulty",
        "duration",
        "web",
        "mobile",
        "social",
        "gender",
        "age",
        "income",
        "member_days",
        "earlier",
        "earlier_completed",
        "earlier_of_type",
        "earlier_of_type_completed",
        "rate",
    ]);
    let mut history: BTreeMap<String, Vec<Earlier>> = BTreeMap::new();
    for [customer, received, offer, completed, completed_at] in offers {
        let (hour, profile, terms) = (received.parse::<i64>().unwrap(), &profiles[&customer], &portfolio[&offer]);
        let earlier = history.entry(customer).or_default();
        let kind = text(&terms["offer_type"]);
        made.push(
            &[vec![received, offer], of_terms(terms), of_profile(profile), of_history(earlier, &kind, hour)].concat(),
            completed == "1",
        );
        earlier.push((kind, completed_at.parse::<i64>().ok().filter(|hour| *hour >= 0)));
    }
    Some(made)
}

/// Whether a row of the table is of the last wave.
pub(crate) fn is_last(made: &Made, row: usize) -> bool {
    made.columns[0].2[row] == "408"
}

fn of_terms(terms: &Value) -> Vec<String> {
    let sent = |channel: &str| terms["channels"].as_array().unwrap().iter().any(|own| own == channel);
    let numbers = ["reward", "difficulty", "duration"].map(|name| text(&terms[name]));
    let channels = ["web", "mobile", "social"].map(|channel| u8::from(sent(channel)).to_string());
    [vec![text(&terms["offer_type"])], numbers.to_vec(), channels.to_vec()].concat()
}

fn of_profile(profile: &Value) -> Vec<String> {
    let since = text(&profile["became_member_on"]);
    let since = format!("{}-{}-{}", &since[..4], &since[4..6], &since[6..]);
    let age = text(&profile["age"]);
    let days = (day("2018-07-26") - day(&since)).to_string();
    // An age of 118 says that the profile was withheld.
    vec![text(&profile["gender"]), if age == "118" { String::new() } else { age }, text(&profile["income"]), days]
}

/// What was known of earlier offers at this hour.
fn of_history(earlier: &[Earlier], kind: &str, hour: i64) -> Vec<String> {
    let of = |wanted: &dyn Fn(&Earlier) -> bool| earlier.iter().filter(|earlier| wanted(earlier)).count();
    let done = |earlier: &Earlier| earlier.1.is_some_and(|completed| completed < hour);
    let (all, completed) = (earlier.len(), of(&done));
    let of_kind = [of(&|earlier| earlier.0 == kind), of(&|earlier| earlier.0 == kind && done(earlier))];
    let rate = (f64::from(u32::try_from(completed).unwrap()) + 0.5) / (f64::from(u32::try_from(all).unwrap()) + 1.0);
    let counts = [all, completed, of_kind[0], of_kind[1]].map(|count| count.to_string());
    [counts.to_vec(), vec![rate.to_string()]].concat()
}

fn by_id(lines: &str) -> BTreeMap<String, Value> {
    let values = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    values.map(|value| (text(&value["id"]), value)).collect()
}

/// A value as a cell; empty for null.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
