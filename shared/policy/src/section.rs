//! A table of a file while it is read: hands out typed values by key, notes every mistake with its line, and in the end refuses the
//! keys that nobody asked for. After a mistake reading goes on with any value: nothing is compiled from a catalogue with mistakes.

use tact_domain::Key;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::suggest::did_you_mean;
use crate::{Mistake, SourceFile, word};

/// What is wrong with a value, and what to write instead.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wrong {
    pub(crate) wrong: String,
    pub(crate) fix: String,
}

/// A value, or what is wrong with it.
pub(crate) type Parsed<T> = Result<T, Wrong>;

/// What is wrong, in words.
pub(crate) fn wrong<T>(wrong: impl Into<String>, fix: impl Into<String>) -> Parsed<T> {
    Err(Wrong { wrong: wrong.into(), fix: fix.into() })
}

/// One key and its value, in the order written.
pub(crate) struct Entry<'t> {
    pub(crate) key: &'t str,
    pub(crate) value: &'t Spanned<DeValue<'t>>,
    at: usize,
}

/// A table being read.
pub(crate) struct Section<'t, 'm> {
    file: &'t SourceFile,
    name: String,
    table: &'t DeTable<'t>,
    at: usize,
    asked: Vec<&'static str>,
    mistakes: &'m mut Vec<Mistake>,
}

/// Reads a whole file; `None` when it is no TOML.
pub(crate) fn read_toml<T>(
    file: &SourceFile,
    mistakes: &mut Vec<Mistake>,
    read: impl FnOnce(&mut Section<'_, '_>) -> T,
) -> Option<T> {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    for error in &errors {
        let again = error.message().contains("duplicate key");
        mistakes.push(Mistake {
            file: file.path.clone(),
            line: line_of(&file.text, error.span().map_or(0, |span| span.start)),
            key: "syntax".to_owned(),
            wrong: error.message().lines().collect::<Vec<_>>().join(", "),
            fix: if again { "keep one of them" } else { "write it as TOML: `key = value`" }.to_owned(),
        });
    }
    if !errors.is_empty() {
        return None;
    }
    let mut section = Section { file, name: String::new(), table: table.get_ref(), at: 0, asked: Vec::new(), mistakes };
    let read = read(&mut section);
    section.finish();
    Some(read)
}

impl<'t> Section<'t, '_> {
    /// The value of a key, when it is there and right.
    pub(crate) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&DeValue<'_>) -> Parsed<T>,
    ) -> Option<T> {
        let value = self.ask(key)?;
        match parse(value.get_ref()) {
            Ok(value) => Some(value),
            Err(Wrong { wrong, fix }) => {
                self.note(key, wrong, fix);
                None
            }
        }
    }

    /// The value of a key that must be there; `example` is how it could look.
    pub(crate) fn required<T: Default>(
        &mut self,
        key: &'static str,
        example: &str,
        parse: impl FnOnce(&DeValue<'_>) -> Parsed<T>,
    ) -> T {
        if !self.has(key) {
            self.note(key, "is missing", format!("add for example `{key} = {example}`"));
        }
        self.optional(key, parse).unwrap_or_default()
    }

    /// The meaning of the one of some words that must be there; `otherwise` after a mistake.
    pub(crate) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], otherwise: T) -> T {
        if !self.has(key) {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.note(key, "is missing", format!("write one of {}", known.join(", ")));
        }
        self.optional(key, |value| word::one_of(value, words)).unwrap_or(otherwise)
    }

    /// The line it begins at.
    pub(crate) fn line(&self) -> usize {
        line_of(&self.file.text, self.at)
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(known, _)| known.get_ref() == key)
    }

    /// The table of a key; `None` when it is absent or no table.
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Section<'t, '_>> {
        let value = self.ask(key)?;
        let entry = Entry { key, value, at: value.span().start };
        self.inner(&entry)
    }

    /// The table that an entry of this one holds; anything else is a mistake.
    pub(crate) fn inner(&mut self, entry: &Entry<'t>) -> Option<Section<'t, '_>> {
        match entry.value.get_ref() {
            DeValue::Table(table) => Some(self.within(entry.key, table, entry.at)),
            other => {
                let wrong = format!("is {}, not a table", word::shown(other));
                self.note_at(entry.at, entry.key, wrong, "write its keys in braces, `{ key = value }`");
                None
            }
        }
    }

    /// Reads each table of an array of tables `[[key]]`; nothing when it is absent.
    pub(crate) fn tables<T>(&mut self, key: &'static str, mut read: impl FnMut(&mut Section<'t, '_>) -> T) -> Vec<T> {
        let Some(value) = self.ask(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            self.note(key, "is not a list of tables", format!("head each one with `[[{key}]]`"));
            return Vec::new();
        };
        let mut all = Vec::new();
        for (nth, value) in array.iter().enumerate() {
            let DeValue::Table(table) = value.get_ref() else {
                self.note_at(value.span().start, key, "is not a table", format!("head it with `[[{key}]]`"));
                continue;
            };
            let mut section = self.within(&label(key, nth, table), table, value.span().start);
            all.push(read(&mut section));
            section.finish();
        }
        all
    }

    /// The entries of a table whose keys are not known beforehand, in the order written.
    pub(crate) fn entries(&self) -> Vec<Entry<'t>> {
        let entry = |(key, value): (&'t Spanned<_>, _)| Entry {
            key: AsRef::<str>::as_ref(key.get_ref()),
            value,
            at: key.span().start,
        };
        let mut entries: Vec<Entry<'t>> = self.table.iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.at);
        entries
    }

    /// Notes a mistake at a key of this table, or at its head when the key is absent.
    pub(crate) fn note(&mut self, key: &str, wrong: impl Into<String>, fix: impl Into<String>) {
        let of_key = self.table.iter().find(|(known, _)| known.get_ref() == key);
        let at = of_key.map_or(self.at, |(known, _)| known.span().start);
        self.note_at(at, key, wrong, fix);
    }

    /// Refuses each element of `[[key]]` that has the name or id of an earlier one; `names` are theirs, in order.
    pub(crate) fn refuse_repeats(&mut self, key: &str, names: &[&Key]) {
        let of_key = self.table.iter().find(|(known, _)| known.get_ref() == key);
        let array = of_key.and_then(|(_, value)| value.get_ref().as_array());
        for (nth, (value, name)) in array.into_iter().flat_map(|array| array.iter()).zip(names).enumerate() {
            let DeValue::Table(table) = value.get_ref() else { continue };
            if names.iter().take(nth).any(|earlier| earlier == name) {
                let mut section = self.within(&label(key, nth, table), table, value.span().start);
                let key = if section.has("id") { "id" } else { "name" };
                section.note(key, format!("`{name}` is used above"), "give each one its own");
            }
        }
    }

    /// Refuses every key that nobody asked for.
    pub(crate) fn finish(mut self) {
        for entry in self.entries() {
            if !self.asked.contains(&entry.key) {
                let fix = did_you_mean(entry.key, self.asked.iter().copied());
                let fix = fix.unwrap_or_else(|| format!("remove it; known here are {}", self.asked.join(", ")));
                self.note_at(entry.at, entry.key, "is not a known key", fix);
            }
        }
    }

    fn ask(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.push(key);
        let entry = self.table.iter().find(|(known, _)| known.get_ref() == key);
        entry.map(|(_, value)| value)
    }

    fn within(&mut self, name: &str, table: &'t DeTable<'t>, at: usize) -> Section<'t, '_> {
        Section { file: self.file, name: self.path(name), table, at, asked: Vec::new(), mistakes: self.mistakes }
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// One mistake a key is enough: what follows from it is not told as well.
    fn note_at(&mut self, at: usize, key: &str, wrong: impl Into<String>, fix: impl Into<String>) {
        let (line, key) = (line_of(&self.file.text, at), self.path(key));
        let same = |known: &Mistake| known.line == line && known.key == key && known.file == self.file.path;
        if self.mistakes.iter().any(same) {
            return;
        }
        self.mistakes.push(Mistake { file: self.file.path.clone(), line, key, wrong: wrong.into(), fix: fix.into() });
    }
}

/// What an element of an array of tables is called: by its name or id, else by its number from 1.
fn label(key: &str, nth: usize, table: &DeTable<'_>) -> String {
    let text = |wanted: &str| {
        let found = table.iter().find(|(known, _)| known.get_ref() == wanted);
        found.and_then(|(_, value)| value.get_ref().as_str())
    };
    match text("id").or_else(|| text("name")) {
        Some(name) => format!("{key}.{name}"),
        None => format!("{key}.{}", nth + 1),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
