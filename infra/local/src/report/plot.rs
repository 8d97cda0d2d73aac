//! Plots as SVG, to stand in a page: narrow enough for a phone, in colours that show on light and dark alike. Text takes the colour of the page.

use plotters::coord::Shift;
use plotters::prelude::*;

/// A row of a plot of intervals, or a bar.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) low: f64,
    pub(super) value: f64,
    pub(super) high: f64,
    /// Whether it stands out.
    pub(super) stands_out: bool,
}

/// A plane with lines, and points with intervals.
pub(super) struct Plane<'a> {
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
    pub(super) x_name: &'a str,
    pub(super) y_name: &'a str,
    pub(super) lines: Vec<(Tone, Vec<(f64, f64)>)>,
    /// Where, and from where to where it may be.
    pub(super) points: Vec<(f64, f64, f64, f64)>,
}

/// What something is drawn in.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    Strong,
    Other,
    Faint,
}

type Failure = DrawingAreaErrorKind<std::io::Error>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The width of every plot in its own units.
const WIDTH: u32 = 440;
const ROW: u32 = 34;
const AXIS: u32 = 46;
const TEXT: (&str, u32) = ("sans-serif", 15);

impl Tone {
    fn color(self) -> RGBColor {
        match self {
            Self::Strong => RGBColor(59, 130, 246),
            Self::Other => RGBColor(217, 119, 6),
            Self::Faint => RGBColor(138, 138, 138),
        }
    }
}

/// Rows with intervals, each below its label, on one axis with a line at 0. `None` without rows.
pub(super) fn intervals(rows: &[Row], axis: &str) -> Option<String> {
    let low = rows.iter().map(|row| row.low).fold(0.0, f64::min);
    let high = rows.iter().map(|row| row.high).fold(0.0, f64::max);
    let (low, high) = roomy(low, high);
    drawn(height(rows), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(AXIS)
            .build_cartesian_2d(low..high, f64::from(count(rows))..0.0)?;
        let grey = Tone::Faint.color();
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_desc(axis)
            .x_labels(5)
            .label_style(TEXT)
            .axis_style(grey)
            .light_line_style(TRANSPARENT)
            .bold_line_style(grey.mix(0.3))
            .draw()?;
        chart.draw_series([PathElement::new(vec![(0.0, 0.0), (0.0, f64::from(count(rows)))], grey.stroke_width(1))])?;
        for (place, row) in (0_u32..).zip(rows) {
            let y = f64::from(place) + 0.72;
            let tone = if row.stands_out { Tone::Strong } else { Tone::Faint }.color();
            chart.draw_series([PathElement::new(vec![(row.low, y), (row.high, y)], tone.stroke_width(3))])?;
            chart.draw_series([Circle::new((row.value, y), 4, tone.filled())])?;
            chart.draw_series([Text::new(row.label.clone(), (low, f64::from(place) + 0.1), TEXT)])?;
        }
        Ok(())
    })
    .filter(|_| !rows.is_empty())
}

/// Bars from 0, each below its label, as long as the logarithm of one more than their value. `None` without rows.
pub(super) fn bars(rows: &[Row]) -> Option<String> {
    let long = |value: f64| (1.0 + value.max(0.0)).log10();
    let most = rows.iter().map(|row| long(row.value)).fold(0.0, f64::max).max(1.0);
    drawn(ROW * count(rows) + 16, |area| {
        let mut chart = ChartBuilder::on(area).margin(8).build_cartesian_2d(0.0..most, f64::from(count(rows))..0.0)?;
        for (place, row) in (0_u32..).zip(rows) {
            let (y, tone) = (f64::from(place), if row.stands_out { Tone::Strong } else { Tone::Faint }.color());
            let corners = [(0.0, y + 0.58), (long(row.value), y + 0.86)];
            chart.draw_series([Rectangle::new(corners, tone.filled())])?;
            chart.draw_series([Text::new(row.label.clone(), (0.0, y + 0.1), TEXT)])?;
        }
        Ok(())
    })
    .filter(|_| !rows.is_empty())
}

/// A plane. `None` without anything in it.
pub(super) fn plane(plane: &Plane<'_>) -> Option<String> {
    let ((x0, x1), (y0, y1)) = (roomy(plane.x.0, plane.x.1), roomy(plane.y.0, plane.y.1));
    let is_empty = plane.points.is_empty() && plane.lines.iter().all(|(_, points)| points.len() < 2);
    drawn(340, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .x_label_area_size(AXIS)
            .y_label_area_size(62)
            .build_cartesian_2d(x0..x1, y0..y1)?;
        let grey = Tone::Faint.color();
        chart
            .configure_mesh()
            .x_desc(plane.x_name)
            .y_desc(plane.y_name)
            .x_labels(5)
            .y_labels(5)
            .label_style(TEXT)
            .axis_style(grey)
            .light_line_style(TRANSPARENT)
            .bold_line_style(grey.mix(0.3))
            .draw()?;
        for (tone, points) in &plane.lines {
            chart.draw_series(LineSeries::new(points.iter().copied(), tone.color().stroke_width(2)))?;
        }
        for (x, low, y, high) in plane.points.iter().copied() {
            let tone = Tone::Strong.color();
            chart.draw_series([PathElement::new(vec![(x, low), (x, high)], tone.stroke_width(2))])?;
            chart.draw_series([Circle::new((x, y), 4, tone.filled())])?;
        }
        Ok(())
    })
    .filter(|_| !is_empty)
}

/// What is drawn, without a name space and a fixed size: it stands in a page. `None` when it cannot be drawn.
fn drawn(height: u32, draw: impl FnOnce(&Area<'_>) -> Result<(), Failure>) -> Option<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw(&area).ok()?;
        area.present().ok()?;
    }
    let fixed = format!("<svg width=\"{WIDTH}\" height=\"{height}\" ");
    let svg = svg.replacen(&fixed, "<svg ", 1).replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1);
    // Black is whatever the page writes in.
    Some(svg.replace("fill=\"#000000\"", "fill=\"currentColor\""))
}

fn count(rows: &[Row]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX).max(1)
}

fn height(rows: &[Row]) -> u32 {
    ROW * count(rows) + AXIS + 16
}

/// The same range, if it is one.
fn roomy(low: f64, high: f64) -> (f64, f64) {
    let is_range = low.is_finite() && high.is_finite() && high - low > 1e-9;
    if is_range { (low, high) } else { (0.0, 1.0) }
}
