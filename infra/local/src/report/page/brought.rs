//! What contacts brought, and how far candidates came.

use tact_learn::Verdict;

use super::markup::Markup;
use super::{float, rate, share_row};
use crate::report::plot::{self, Row};
use crate::report::words::{amount, lift, name, number, p_value, percent, points};
use crate::report::{Cell, Compared, Report};

/// From so many messages on a share is drawn to stand out.
const TELLING: usize = 30;

impl Report {
    pub(super) fn tell_lifts(&self, page: &mut Markup) {
        page.tag("h2", "Lift against ghosts");
        page.tag("p", &format!("What counts: {}. Every interval holds the truth in 95 of 100 cases.", self.measured));
        let compared: Vec<(&Cell, &Compared)> =
            self.lifts.iter().filter_map(|cell| Some((cell, cell.compared.as_ref()?))).collect();
        let many = compared.len() as u64;
        page.tag(
            "p",
            &format!(
                "Of {} comparisons about {} would be found by chance alone; the last p is that of a comparison among all of its kind.",
                number(many),
                number(many.div_ceil(20))
            ),
        );
        let both = compared.iter().filter(|(_, told)| told.lift.treated > 0 && told.lift.withheld > 0);
        let (whole, typed): (Vec<_>, Vec<_>) = both.partition(|(cell, _)| cell.profile_type.is_none());
        for (rows, of) in
            [(whole, "How many points more of the contacted bought."), (typed, "The same by type of customer.")]
        {
            let rows: Vec<Row> = rows.into_iter().map(|(cell, compared)| difference(cell, compared)).collect();
            let says = if rows.is_empty() {
                format!("{of} Nothing can be compared: that needs contacted customers and ghosts of the same.")
            } else {
                format!(
                    "{of} A grey interval holds 0, or is of groups that are not to be believed: no difference was found."
                )
            };
            page.figure(plot::intervals(&rows, "points").as_deref(), &says);
        }
        page.table(
            "Every comparison; - where nothing can be told. Sizes as drawn: a p below 0.001 means that something is wrong with who was counted",
            &HEADS,
            compared.iter().map(|(cell, compared)| row(cell, compared)),
        );
        page.list(compared.iter().map(|(cell, compared)| format!("{}: {}.", name(cell), lift(compared))));
    }

    pub(super) fn tell_happy(&self, page: &mut Markup) {
        page.tag("h2", "Happy, and profitable");
        page.tag(
            "p",
            &format!(
                "Two things, told apart: what people said of messages, and what these earned ({}). Positive is what a treatment is for.",
                self.currency
            ),
        );
        let thanked: Vec<Row> = self.lifts.iter().filter(|cell| is_of_action(cell)).filter_map(thanks).collect();
        let says = if thanked.is_empty() {
            "No message left, or nobody kept what became of it: nothing can be told."
        } else {
            "How many of 100 messages were thanked for. A grey interval is of fewer than 30 messages: little can be told."
        };
        page.figure(plot::intervals(&thanked, "thanked, of 100 messages").as_deref(), says);
        let rows = self.lifts.iter().filter_map(|cell| {
            let (happy, profitable) = (cell.happy.as_ref()?, cell.profitable.as_ref()?);
            Some(vec![
                name(cell),
                number(happy.messages as u64),
                rate(happy.thanked),
                rate(happy.unhappy),
                rate(happy.opted_out),
                rate(profitable.positive),
                amount(profitable.margin_minor),
                amount(profitable.given_minor),
                amount(profitable.cost_minor),
                amount(profitable.net_minor),
            ])
        });
        page.table(
            "Messages that left",
            &["what", "messages", "thanked", "unhappy", "opted out", "positive", "margin", "given", "sending", "net"],
            rows,
        );
    }

    pub(super) fn tell_funnel(&self, page: &mut Markup) {
        page.tag("h2", "Funnel");
        let bars = self.funnel.iter().map(|step| {
            let label = format!("{}: {}", step.step, number(step.left));
            Row { label, low: 0.0, value: float(step.left), high: 0.0, stands_out: step.left > 0 }
        });
        let bars: Vec<Row> = bars.collect();
        let says = "What is left after each stage, from what was considered to what came of it. Bars grow with the logarithm: a tenth is a step, not a tenth \
                    of the length.";
        let is_any = self.funnel.iter().any(|step| step.left > 0);
        page.figure(
            plot::bars(&bars).filter(|_| is_any).as_deref(),
            if is_any { says } else { "Nothing was considered: nothing can be told." },
        );
        let rows = self.funnel.iter().map(|step| vec![step.step.to_owned(), number(step.left)]);
        page.table("What is left", &["after", "left"], rows);
    }
}

/// What the table of comparisons tells.
const HEADS: [&str; 12] = [
    "what",
    "contacted",
    "ghosts",
    "bought",
    "ghosts bought",
    "lift",
    "p",
    "p of all",
    "least shown",
    "sizes as drawn",
    "spent more",
    "interval",
];

fn difference(cell: &Cell, compared: &Compared) -> Row {
    let of = compared.lift.lift.estimate;
    let [low, value, high] = [of.low, of.value, of.high].map(|share| share * 100.0);
    let n = number((compared.lift.treated + compared.lift.withheld) as u64);
    let stands_out = matches!(compared.lift.verdict, Verdict::More | Verdict::Less);
    Row { label: format!("{} (n = {n})", name(cell)), low, value, high, stands_out }
}

fn row(cell: &Cell, Compared { lift, p_adjusted, .. }: &Compared) -> Vec<String> {
    let none = || "-".to_owned();
    let of = lift.lift.estimate;
    let (has_treated, has_withheld) = (lift.treated > 0, lift.withheld > 0);
    let both = |told: String| if has_treated && has_withheld { told } else { none() };
    let spent = lift.spend.low.zip(lift.spend.high);
    vec![
        name(cell),
        number(lift.treated as u64),
        number(lift.withheld as u64),
        if has_treated { percent(lift.rate.value) } else { none() },
        if has_withheld { percent(lift.rate_withheld.value) } else { none() },
        both(format!("{} ({:.1} to {:.1})", points(of.value), of.low * 100.0, of.high * 100.0)),
        both(p_value(lift.lift.p)),
        both(p_value(*p_adjusted)),
        lift.minimum_detectable.map_or_else(none, points),
        lift.sample_ratio.map_or_else(none, |ratio| p_value(ratio.p)),
        both(amount(lift.spend.value)),
        spent.map_or_else(none, |(low, high)| format!("{} to {}", amount(low), amount(high))),
    ]
}

fn is_of_action(cell: &Cell) -> bool {
    cell.profile_type.is_none() && cell.happy.as_ref().is_some_and(|happy| happy.messages > 0)
}

fn thanks(cell: &Cell) -> Option<Row> {
    let thanked = cell.happy.as_ref()?.thanked;
    Some(share_row(&name(cell), thanked, thanked.n >= TELLING))
}
