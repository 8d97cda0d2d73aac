//! Whether what was foretold came true.

use super::markup::Markup;
use super::{float, rate};
use crate::report::plot::{self, Plane, Tone};
use crate::report::words::{number, percent, points};
use crate::report::{Gain, Learning, Report};

impl Report {
    pub(super) fn tell_calibration(&self, page: &mut Markup) {
        let foresight = &self.foresight;
        page.tag("h2", "Calibration");
        let n = number(foresight.n as u64);
        let open = number(foresight.open as u64);
        let says = match &foresight.quality {
            None => {
                format!("n = {n}, {open} whose window is open: nothing can be told, as all or none of them came true.")
            }
            Some(quality) => format!(
                "n = {n}, {open} whose window is open: {} foretold, {} came true. Mean distance {} (interval {} to {}): points on the line are foretold rightly.",
                percent(foresight.foretold),
                rate(foresight.came_true),
                points(quality.calibration_error.value),
                points(quality.calibration_error.low),
                points(quality.calibration_error.high)
            ),
        };
        let bins = &foresight.calibration;
        let most = bins.iter().map(|bin| bin.foretold.max(bin.came_true.rate.high)).fold(0.0, f64::max);
        let spots = bins.iter().map(|bin| {
            let rate = bin.came_true.rate;
            (bin.foretold, rate.low, rate.value, rate.high)
        });
        let plane = Plane {
            x: (0.0, most),
            y: (0.0, most),
            x_name: "foretold",
            y_name: "came true",
            lines: vec![(Tone::Faint, vec![(0.0, 0.0), (most, most)])],
            points: spots.collect(),
        };
        page.figure(plot::plane(&plane).filter(|_| !bins.is_empty()).as_deref(), &says);
        let rows =
            bins.iter().map(|bin| vec![percent(bin.foretold), number(bin.came_true.n as u64), rate(bin.came_true)]);
        page.table("Messages by what was foretold", &["foretold", "messages", "came true"], rows);
    }

    pub(super) fn tell_gain(&self, page: &mut Markup) {
        let gain = &self.foresight.gain;
        page.tag("h2", "Gain");
        let n = number(self.foresight.n as u64);
        let says = match &self.foresight.quality {
            None => format!("n = {n}: nothing can be told, as all or none of them came true."),
            Some(quality) => format!(
                "What share of all that came true lies in the messages ranked highest; n = {n}, area {:.3} ({:.3} to {:.3}). Between the orange lines lie 95 of \
                 100 random rankings: a curve among them ranks no better than chance, as far as so many messages can tell.",
                quality.auc.value, quality.auc.low, quality.auc.high
            ),
        };
        let line = |of: fn(&Gain) -> f64| {
            [(0.0, 0.0)].into_iter().chain(gain.iter().map(|point| (point.of_messages, of(point)))).collect()
        };
        let lines = vec![
            (Tone::Other, line(|point| point.random_low)),
            (Tone::Other, line(|point| point.random_high)),
            (Tone::Strong, line(|point| point.found)),
        ];
        let (x_name, y_name) = ("share of the messages", "share found");
        let plane = Plane { x: (0.0, 1.0), y: (0.0, 1.0), x_name, y_name, lines, points: Vec::new() };
        page.figure(plot::plane(&plane).as_deref(), &says);
        let rows = gain.iter().map(|point| {
            let random = format!("{} to {}", percent(point.random_low), percent(point.random_high));
            vec![percent(point.of_messages), percent(point.found), random]
        });
        page.table("Gain", &["messages", "found", "by chance"], rows);
    }

    pub(super) fn tell_learning(&self, page: &mut Markup) {
        let learning = &self.foresight.learning;
        page.tag("h2", "Learning curve");
        let says = format!(
            "The mean squared distance of what was foretold from what became true, in ten stretches of time; n = {}. Blue with what was learnt, orange without, \
             grey by the rate of the group alone. {}",
            number(self.foresight.n as u64),
            if self.foresight.n < 1_000 {
                "A stretch is of fewer than 100 messages: what goes up and down here may be chance."
            } else {
                "Learning shows where blue lies below orange."
            }
        );
        let line = |of: fn(&Learning) -> f64| learning.iter().map(|at| (float(at.after as u64), of(at))).collect();
        let lines: Vec<(Tone, Vec<(f64, f64)>)> = vec![
            (Tone::Faint, line(|at| at.group_rate)),
            (Tone::Other, line(|at| at.without_learnt)),
            (Tone::Strong, line(|at| at.brier)),
        ];
        let most = lines.iter().flat_map(|(_, points)| points.iter().map(|(_, y)| *y)).fold(0.0, f64::max);
        let last = float(self.foresight.n as u64);
        let (x_name, y_name) = ("messages so far", "squared distance");
        let plane = Plane { x: (0.0, last), y: (0.0, most * 1.1), x_name, y_name, lines, points: Vec::new() };
        page.figure(plot::plane(&plane).as_deref(), &says);
        let rows = learning.iter().map(|at| {
            let figures = [at.brier, at.without_learnt, at.group_rate].map(|figure| format!("{figure:.4}"));
            [number(at.after as u64)].into_iter().chain(figures).collect()
        });
        page.table(
            "Squared distance",
            &["after messages", "foretold", "without what was learnt", "group's rate"],
            rows,
        );
    }
}
