//! The report as one page: no script, nothing from elsewhere, a table under every plot.

mod brought;
mod foretold;
mod markup;
mod parts;

use self::markup::Markup;
use super::plot::Row;
use super::words::{number, percent};
use super::{Rate, Report};

/// How the page looks: one column that a phone can show, in the reader's own light or dark.
const STYLE: &str = "\
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem;\
background:Canvas;color:CanvasText}h1{line-height:1.2}h2{margin-top:2.5rem}figure{margin:1rem 0}svg{width:100%;height:auto}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;width:100%}caption{text-align:left;font-style:italic}\
th,td{border-bottom:1px solid GrayText;padding:.25rem .5rem;text-align:right;vertical-align:top}\
th:first-child,td:first-child{text-align:left}.flag{font-weight:bold}";

impl Report {
    /// The report as a page.
    pub fn html(&self) -> String {
        let mut page = Markup::default();
        page.tag("h1", "What it brought, and to whom");
        page.tag(
            "p",
            &format!(
                "{} decisions about {} customers from {} to {}; {} of customers are held out. Nobody is named here.",
                number(self.decisions as u64),
                number(self.customers as u64),
                self.from,
                self.until,
                percent(self.held_out)
            ),
        );
        self.tell_lifts(&mut page);
        self.tell_happy(&mut page);
        self.tell_funnel(&mut page);
        self.tell_calibration(&mut page);
        self.tell_gain(&mut page);
        self.tell_learning(&mut page);
        self.tell_groups(&mut page);
        self.tell_lost(&mut page);
        self.tell_silent(&mut page);
        self.tell_ablation(&mut page);
        page.whole("Tact: report", STYLE)
    }
}

fn share_row(label: &str, of: Rate, stands_out: bool) -> Row {
    let [low, value, high] = [of.rate.low, of.rate.value, of.rate.high].map(|share| share * 100.0);
    Row { label: format!("{label} (n = {})", number(of.n as u64)), low, value, high, stands_out }
}

/// A share with its interval and what it is of.
fn rate(of: Rate) -> String {
    if of.n == 0 {
        return "-".to_owned();
    }
    let (low, high) = (of.rate.low * 100.0, of.rate.high * 100.0);
    format!("{} of {} ({low:.1} to {high:.1} %)", number(of.k as u64), number(of.n as u64))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}
