//! Who is served less, what was lost, and what every part is worth.

use super::markup::Markup;
use super::{rate, share_row};
use crate::report::plot::{self, Row};
use crate::report::words::{amount, chance, number, percent, readable};
use crate::report::{Ablated, Group, Report};

/// How many parts of what was lost are drawn; the table has all of them.
const MOST_BARS: usize = 12;

impl Report {
    pub(super) fn tell_groups(&self, page: &mut Markup) {
        page.tag("h2", "Who is served less");
        let rows: Vec<Row> = self.groups.iter().map(served).collect();
        let says = "How many of 100 people of a group are contacted, or would be were they not held out. A group stands out that gets less than four \
                    fifths of what everybody gets; smaller groups than are ever counted stand together as others.";
        page.figure(plot::intervals(&rows, "contacted, of 100 people").as_deref(), says);
        let table = self.groups.iter().map(|group| {
            let flag = if group.under_served.is_empty() { "-".to_owned() } else { group.under_served.join(", ") };
            vec![
                group_name(group),
                number(group.people as u64),
                number(group.candidates),
                rate(group.contacted),
                group.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
                chance(group.beside_others.p),
                flag,
            ]
        });
        let heads = ["group", "people", "considered", "contacted", "ratio", "beside others", "under four fifths after"];
        page.table("People contacted at least once", &heads, table);
        let stages = self.groups.iter().flat_map(|group| {
            group.stages.iter().map(move |left| {
                let ratio = left.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
                vec![group_name(group), left.stage.to_owned(), number(left.left), percent(left.refused), ratio]
            })
        });
        page.table(
            "What is left after each stage, beside what is left of what was considered for everybody",
            &["group", "stage", "left", "ended here", "ratio"],
            stages,
        );
    }

    pub(super) fn tell_lost(&self, page: &mut Markup) {
        let lost = &self.lost;
        page.tag("h2", "Lost spending");
        let says = if lost.spend_less == 0 {
            let n = number(lost.customers as u64);
            format!(
                "n = {n} who have bought for at least 270 days: none of them spent less, or so few that it would tell of somebody."
            )
        } else {
            format!(
                "n = {}: {} of them spent less in the last 90 days than in the median of the windows of 90 days before, {} in all; {} lost four fifths or more.",
                number(lost.customers as u64),
                number(lost.spend_less as u64),
                amount(lost.total_minor),
                number(lost.fell_by_four_fifths as u64)
            )
        };
        let bars = lost.parts.iter().map(|part| {
            let label = format!("{}, {}: {}", readable(part.cause), readable(&part.category), amount(part.minor));
            Row { label, low: 0.0, value: part.minor / 100.0, high: 0.0, stands_out: true }
        });
        let bars: Vec<Row> = bars.take(MOST_BARS).collect();
        page.figure(plot::bars(&bars).as_deref(), &says);
        let rows =
            lost.parts.iter().map(|part| vec![readable(part.cause), readable(&part.category), amount(part.minor)]);
        let all = [vec!["all".to_owned(), String::new(), amount(lost.total_minor)]];
        page.table("By cause and category", &["cause", "category", "lost"], rows.chain(all));
    }

    pub(super) fn tell_silent(&self, page: &mut Markup) {
        page.tag("h2", "When nothing is said");
        let says = if self.silent.is_empty() {
            "Of no action were enough customers held out until its window closed: what the catalogue says (organic) is all there is."
        } else {
            "How many of those from whom an action was withheld did by themselves what it asks for. What is expected is drawn towards what the catalogue says, \
             as few ghosts tell little. The last column goes into the action's file."
        };
        page.tag("p", says);
        let rows = self.silent.iter().flat_map(|silent| {
            silent.rates.iter().map(|of_type| {
                let toml = if of_type.profile_type.is_none() { silent.toml.clone() } else { String::new() };
                vec![
                    readable(&silent.action),
                    readable(of_type.profile_type.unwrap_or("everybody")),
                    rate(of_type.seen),
                    percent(silent.expected),
                    percent(of_type.rate),
                    toml,
                ]
            })
        });
        let heads = ["action", "type", "did it by themselves", "catalogue", "to be expected", "in the catalogue"];
        page.table("What is done when nothing is said", &heads, rows);
    }

    pub(super) fn tell_ablation(&self, page: &mut Markup) {
        page.tag("h2", "What every part is worth");
        let says = if self.ablation.is_empty() {
            "Nothing was played again: give events instead of a log."
        } else {
            "The same arrivals, decided dry with one part switched off: what a customer brings more without it, in hundredths of the currency. A part left of 0 \
             earns what it costs; a grey interval holds 0, so that this day cannot tell. Where people answer, how they do is planted."
        };
        let rows: Vec<Row> = self.ablation.iter().filter_map(without).collect();
        page.figure(plot::intervals(&rows, "more a customer").as_deref(), says);
        let count = |n: Option<u64>| n.map_or_else(|| "-".to_owned(), number);
        let money = |minor: Option<f64>| minor.map_or_else(|| "-".to_owned(), amount);
        let table = self.ablation.iter().map(|ablated| {
            let more = ablated.more_each_minor.map_or_else(
                || "-".to_owned(),
                |more| format!("{:.2} ({:.2} to {:.2})", more.value, more.low, more.high),
            );
            vec![
                part(ablated),
                number(ablated.messages),
                money(ablated.expected_minor),
                money(ablated.expected_for_customers_minor),
                money(ablated.net_minor),
                count(ablated.thanked),
                count(ablated.unhappy),
                more,
            ]
        });
        let heads = [
            "without",
            "messages",
            "expected",
            "expected for customers",
            "net",
            "thanked",
            "unhappy",
            "more a customer",
        ];
        page.table("Happy and profitable, with one part switched off", &heads, table);
    }
}

fn served(group: &Group) -> Row {
    share_row(&group_name(group), group.contacted, group.under_served.contains(&"contacted"))
}

fn without(ablated: &Ablated) -> Option<Row> {
    let more = ablated.more_each_minor?;
    let stands_out = more.low > 0.0 || more.high < 0.0;
    Some(Row { label: part(ablated), low: more.low, value: more.value, high: more.high, stands_out })
}

fn part(ablated: &Ablated) -> String {
    let name = readable(ablated.without);
    if ablated.part == "nothing" { "nothing: all of it".to_owned() } else { format!("{}: {name}", ablated.part) }
}

fn group_name(group: &Group) -> String {
    format!("{}: {}", readable(group.by), readable(&group.name))
}
