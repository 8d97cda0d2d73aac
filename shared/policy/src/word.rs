//! Words: names, ids, texts, flags, and lists of them.

use tact_domain::{Channel, Key, Trigger};
use toml::de::DeValue;

use crate::section::{Parsed, wrong};
use crate::suggest::did_you_mean;

/// Every channel by its name.
pub(crate) fn channels() -> [(&'static str, Channel); 6] {
    Channel::ALL.map(|channel| (channel.name(), channel))
}

/// Every trigger by its name.
pub(crate) const TRIGGERS: [(&str, Trigger); 8] = [
    ("check_in", Trigger::CheckIn),
    ("purchase", Trigger::Purchase),
    ("entry", Trigger::Entry),
    ("dwell", Trigger::Dwell),
    ("exit", Trigger::Exit),
    ("comment", Trigger::Comment),
    ("due", Trigger::Due),
    ("open", Trigger::Open),
];

/// Whether a text is a name of ours.
pub fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with(['_', '-'])
}

/// A name of ours: 1 to 64 lower-case letters, digits, `_` and `-`, a letter or a digit first.
pub(crate) fn name(value: &DeValue<'_>) -> Parsed<Key> {
    let text = text(value)?;
    if is_name(&text) {
        Ok(text.into())
    } else {
        wrong(
            format!("`{text}` is not a name"),
            "write at most 64 lower-case letters, digits, `_` or `-`, for example `win_back`",
        )
    }
}

/// An id as events may use it: 1 to 128 characters, none of them white space at an end or a control character.
pub(crate) fn id(value: &DeValue<'_>) -> Parsed<Key> {
    let text = text(value)?;
    if text.len() > 128 || text.trim() != text || text.chars().any(char::is_control) {
        return wrong(format!("`{}` is not an id", text.escape_debug()), "write at most 128 printable characters");
    }
    Ok(text.into())
}

/// A text with something in it.
pub(crate) fn text(value: &DeValue<'_>) -> Parsed<String> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        Some(_) => wrong("is empty", "write a text between quotes"),
        None => wrong(format!("{} is not a text", shown(value)), "write a text between quotes"),
    }
}

/// Yes or no.
pub(crate) fn flag(value: &DeValue<'_>) -> Parsed<bool> {
    match value.as_bool() {
        Some(flag) => Ok(flag),
        None => wrong(format!("{} is neither true nor false", shown(value)), "write true or false, without quotes"),
    }
}

/// What one of some words stands for.
pub(crate) fn one_of<T: Copy>(value: &DeValue<'_>, words: &[(&str, T)]) -> Parsed<T> {
    let text = text(value)?;
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, meaning)) => Ok(*meaning),
        None => {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let fix = did_you_mean(&text, known.iter().copied());
            let fix = fix.unwrap_or_else(|| format!("write for example `{}`", known.first().unwrap_or(&"")));
            wrong(format!("`{text}` is not one of {}", known.join(", ")), fix)
        }
    }
}

/// A list with something in it, and nothing twice.
pub(crate) fn list<T: PartialEq>(
    value: &DeValue<'_>,
    example: &str,
    item: impl Fn(&DeValue<'_>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let Some(array) = value.as_array() else {
        return wrong(format!("{} is not a list", shown(value)), format!("write for example `[{example}]`"));
    };
    let mut items = Vec::new();
    for value in array {
        let item = item(value.get_ref())?;
        if items.contains(&item) {
            return wrong(format!("{} is listed twice", shown(value.get_ref())), "remove one of them");
        }
        items.push(item);
    }
    if items.is_empty() {
        return wrong("is empty", format!("write for example `[{example}]`"));
    }
    Ok(items)
}

/// A value as the file has it, for messages.
pub(crate) fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("`{text}`"),
        DeValue::Integer(number) => format!("`{number}`"),
        DeValue::Float(number) => format!("`{number}`"),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Datetime(moment) => format!("`{moment}`"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
