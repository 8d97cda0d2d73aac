//! The order in which the lines of a file arrive on the simulated clock.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};

use serde::Deserialize;
use tact_domain::{EventKind, Timestamp};

/// One line of the file, with what is needed to put it on a stream. It is checked by the function, not here.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The line.
    pub bytes: Vec<u8>,
    /// The stream it belongs on; a line that does not say goes to the first stream, whose function will quarantine it.
    pub kind: EventKind,
    /// The customer it says it is about.
    pub customer: String,
    /// When it arrives.
    pub at: Timestamp,
    /// Its line in the file, from 1.
    pub line: u64,
}

/// How much of a line is kept: more than any record may hold, so that a longer one is refused for its size without being held in memory.
const LONGEST: u64 = 300_000;

/// Reads the lines of a file in the order in which they arrive; blank lines are none.
///
/// By event time: arrival is the event's own time, and events of one instant come consents first, then in the order of their
/// source and id, so that the order of lines in the file never matters; what has no readable time comes first. As arrived: the file's order, each at its `arrivedat`,
/// or else no earlier than the line before it.
///
/// # Errors
/// When the input cannot be read; a line that makes no sense is an arrival like any other.
pub fn read(input: &mut dyn BufRead, as_arrived: bool) -> io::Result<Vec<Arrival>> {
    let mut arrivals = Vec::new();
    let mut latest = Timestamp(0);
    let mut line = 0;
    while let Some(bytes) = next_line(input)? {
        line += 1;
        if bytes.is_empty() {
            continue;
        }
        let glance = serde_json::from_slice::<Glance<'_>>(&bytes).unwrap_or_default();
        let told = if as_arrived {
            instant(glance.arrivedat.as_ref()).or_else(|| instant(glance.time.as_ref()).max(Some(latest)))
        } else {
            instant(glance.time.as_ref())
        };
        let at = told.unwrap_or(if as_arrived { latest } else { Timestamp(0) });
        latest = at;
        let kind = kind(glance.kind.as_ref());
        let customer = glance.subject.as_ref().map_or("", text).to_owned();
        let identity =
            (glance.source.as_ref().map_or("", text).to_owned(), glance.id.as_ref().map_or("", text).to_owned());
        arrivals.push((
            at,
            rank(kind),
            identity,
            Arrival { bytes, kind: kind.unwrap_or(EventKind::CheckIn), customer, at, line },
        ));
    }
    if !as_arrived {
        arrivals.sort_by(|a, b| (a.0, a.1, &a.2, &a.3.bytes).cmp(&(b.0, b.1, &b.2, &b.3.bytes)));
    }
    Ok(arrivals.into_iter().map(|(.., arrival)| arrival).collect())
}

/// The next line, without the white space around it; of one that is too long only the beginning. `None` at the end.
fn next_line(input: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if (&mut *input).take(LONGEST).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
        input.skip_until(b'\n')?;
    }
    Ok(Some(line.trim_ascii().to_vec()))
}

/// How many distinct customers the lines name.
pub fn customers(arrivals: &[Arrival]) -> usize {
    let named = arrivals.iter().map(|arrival| arrival.customer.as_str()).filter(|customer| !customer.is_empty());
    named.collect::<BTreeSet<_>>().len()
}

/// What can be seen of an event without checking it.
#[derive(Default, Deserialize)]
struct Glance<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Option<Loose<'a>>,
    #[serde(borrow, default)]
    subject: Option<Loose<'a>>,
    #[serde(borrow, default)]
    source: Option<Loose<'a>>,
    #[serde(borrow, default)]
    id: Option<Loose<'a>>,
    #[serde(borrow, default)]
    time: Option<Loose<'a>>,
    #[serde(borrow, default)]
    arrivedat: Option<Loose<'a>>,
}

/// A text, or whatever else stands in its place.
#[derive(Deserialize)]
#[serde(untagged)]
enum Loose<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(serde::de::IgnoredAny),
}

fn text<'a>(value: &'a Loose<'_>) -> &'a str {
    match value {
        Loose::Text(text) => text,
        Loose::Other(_) => "",
    }
}

fn instant(value: Option<&Loose<'_>>) -> Option<Timestamp> {
    let parsed: Result<jiff::Timestamp, _> = text(value?).parse();
    parsed.ok().map(|at| Timestamp(at.as_millisecond()))
}

fn kind(value: Option<&Loose<'_>>) -> Option<EventKind> {
    let name = text(value?);
    let known = [
        ("tact.check-in.", EventKind::CheckIn),
        ("tact.purchase.", EventKind::Purchase),
        ("tact.geolocation.", EventKind::Geolocation),
        ("tact.partner.", EventKind::Partner),
        ("tact.comment.", EventKind::Comment),
        ("tact.consent.", EventKind::Consent),
        ("tact.outcome.", EventKind::Outcome),
        ("tact.due.", EventKind::Due),
    ];
    known.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, kind)| kind)
}

/// The order of events of one instant.
fn rank(kind: Option<EventKind>) -> u8 {
    match kind {
        Some(EventKind::Consent) => 0,
        Some(EventKind::Partner) => 1,
        Some(EventKind::CheckIn) => 2,
        Some(EventKind::Geolocation) => 3,
        Some(EventKind::Purchase) => 4,
        Some(EventKind::Comment) => 5,
        Some(EventKind::Outcome) => 6,
        Some(EventKind::Due) => 7,
        None => 8,
    }
}
