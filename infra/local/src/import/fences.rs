//! The recipe that derives ten fences from GPS fixes, where people stay most, as a stores file for `tact run --stores`.
//!
//! Per user in time order: a *stay* begins at an anchor fix and goes on while fixes lie within 200 m of the anchor (not of each other);
//! it counts when its last fix is at least 20 minutes after the anchor, and the next anchor is the first fix after it, else the fix
//! after the anchor. A *stay point* is the mean position of the stay's fixes; its *cell* is latitude and longitude divided by 0.005
//! and rounded to the nearest integer. The ten cells with most stay points (ties: the smaller cell, latitude first) become circles
//! around the mean of their stay points, each point counting once.
//!
//! What the fences are for: on the 64,990 fixes of users 000 to 004 (136 stay points) there are 277 enters at 200 m, the first fix
//! included; 192 with exit only beyond 300 m; and 121 of those dwell: at the first fix 300 s or more after entry that is not beyond
//! 300 m. So a fix is tested for exit before dwell, and a fix between 200 and 300 m still dwells; every store stands alone.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use tact_domain::distance_m;

use super::ImportError;
use super::event::Data;

/// Within this distance of the anchor one stays, in metres.
const STAY_M: f64 = 200.0;
const STAY_S: i64 = 20 * 60;
const CELL_DEGREES: f64 = 0.005;
const FENCES: usize = 10;

/// The stores file with the ten busiest places of the fixes in `GeoLife` files.
///
/// # Errors
/// As [`import`](super::import).
pub fn fences(files: &[PathBuf], progress: &mut dyn FnMut(u64)) -> Result<String, ImportError> {
    let mut users: BTreeMap<String, Vec<Fix>> = BTreeMap::new();
    for event in super::geolife::convert(files, progress)?.events {
        if let Data::Fix { lat, lon } = event.data {
            users.entry(event.subject).or_default().push(Fix { at: event.at, point: Point { lat, lon } });
        }
    }
    let mut points = Vec::new();
    for fixes in users.values_mut() {
        fixes.sort_by_key(|fix| fix.at);
        points.extend(stay_points(fixes));
    }
    let about = "The ten places where the users of a GPS trace stay most, written by `tact import geolife --fences`.";
    Ok(stores_toml(about, "Asia/Shanghai", busiest_cells(&points)))
}

/// A position at an instant.
#[derive(Clone, Copy)]
pub(super) struct Fix {
    pub(super) at: Timestamp,
    pub(super) point: Point,
}

/// A position in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// A store to write: a circle with a name.
pub(super) struct Fence {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// Where one user stayed, in time order; the fixes are in time order.
pub(super) fn stay_points(fixes: &[Fix]) -> Vec<Point> {
    let mut points = Vec::new();
    let mut rest = fixes;
    while let Some((anchor, after)) = rest.split_first() {
        let near = after.iter().take_while(|fix| metres(anchor.point, fix.point) <= STAY_M).count();
        let (stay, beyond) = rest.split_at(near + 1);
        let stayed = stay.last().is_some_and(|last| last.at.as_second() - anchor.at.as_second() >= STAY_S);
        if stayed {
            points.push(mean(stay.iter().map(|fix| fix.point)));
        }
        rest = if stayed { beyond } else { after };
    }
    points
}

/// The ten busiest cells, busiest first.
fn busiest_cells(points: &[Point]) -> impl Iterator<Item = Fence> {
    let mut cells: BTreeMap<(i64, i64), Vec<Point>> = BTreeMap::new();
    for point in points {
        cells.entry((cell(point.lat), cell(point.lon))).or_default().push(*point);
    }
    let mut cells: Vec<_> = cells.into_values().collect();
    cells.sort_by_key(|points| std::cmp::Reverse(points.len()));
    cells.into_iter().take(FENCES).zip(1..).map(|(points, rank)| {
        let Point { lat, lon } = mean(points.into_iter());
        Fence { id: format!("stay-{rank:02}"), name: format!("Stay {rank}"), lat, lon }
    })
}

#[expect(clippy::cast_possible_truncation, reason = "degrees are within 180, so a cell is within 36,000")]
fn cell(degrees: f64) -> i64 {
    (degrees / CELL_DEGREES).round_ties_even() as i64
}

/// The mean of positions, each counting once; not a number when there are none.
fn mean(points: impl Iterator<Item = Point>) -> Point {
    let (count, lat, lon) = points.fold((0.0, 0.0, 0.0), |(n, lat, lon), p| (n + 1.0, lat + p.lat, lon + p.lon));
    Point { lat: lat / count, lon: lon / count }
}

fn metres(a: Point, b: Point) -> f64 {
    distance_m(a.lat, a.lon, b.lat, b.lon)
}

/// A stores file, every fence with enter at 200 m, exit beyond 300 m and dwell after 300 s.
pub(super) fn stores_toml(about: &str, zone: &str, fences: impl IntoIterator<Item = Fence>) -> String {
    let mut toml = format!("# {about}\n");
    for Fence { id, name, lat, lon } in fences {
        let (id, name) = (quoted(&id), quoted(&name));
        let _ = write!(
            toml,
            "\n[[store]]\nid = {id}\nname = {name}\nlat = {lat:?}\nlon = {lon:?}\nzone = \"{zone}\"\n\
             enter_m = 200\nexit_m = 300\ndwell_s = 300\nareas = []\n"
        );
    }
    toml
}

/// Places where nobody is approached, as the end of a stores file.
pub(super) fn deny_toml(zones: impl IntoIterator<Item = (Fence, String)>) -> String {
    let mut toml = String::new();
    for (Fence { id, name, lat, lon }, category) in zones {
        let (id, name, category) = (quoted(&id), quoted(&name), quoted(&category));
        let _ =
            write!(toml, "\n[[deny]]\nid = {id}\nname = {name}\ncategory = {category}\nlat = {lat:?}\nlon = {lon:?}\n");
    }
    toml
}

/// A TOML basic string; control characters become blanks.
fn quoted(text: &str) -> String {
    let blank = |letter: char| if letter.is_control() { ' ' } else { letter };
    let text: String = text.chars().map(blank).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
