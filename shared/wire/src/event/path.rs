//! Where in an event something stands, as a chain of steps on the stack: it costs nothing until an error has to name it.

use std::fmt;

/// One step into a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Into a member of an object. The name is always a word of our contracts: names that senders choose may be personal.
    Member(&'static str),
    /// Into an element of a list, counted from 0.
    Element(usize),
}

/// The steps from the event to a value, innermost first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path<'t>(Option<(&'t Path<'t>, Step)>);

impl Path<'_> {
    /// The path one step further in.
    pub(super) fn then(&self, step: Step) -> Path<'_> {
        Path(Some((self, step)))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((parent, step)) = self.0 else { return Ok(()) };
        parent.fmt(f)?;
        match step {
            Step::Member(name) if parent.0.is_none() => f.write_str(name),
            Step::Member(name) => write!(f, ".{name}"),
            Step::Element(index) => write!(f, "[{index}]"),
        }
    }
}
