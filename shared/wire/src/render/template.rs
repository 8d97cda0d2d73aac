//! Templates without logic: text and `{{ variables }}`, nothing else. What a value says is never read as a template.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior};

use super::Variable;

/// Instructions a text may take; the longest a catalogue allows takes a tenth of them.
const FUEL: u64 = 20_000;

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It is more than text and closed variables.
    #[error("text has a variable that is not closed or not a name, or more than variables")]
    Form,
    /// It names a variable there is none of.
    #[error("text names `{0}`, which is no variable")]
    Unknown(String),
    /// It names a variable that has no value.
    #[error("text names `{}`, which has no value here", .0.name())]
    NoValue(Variable),
}

/// The variables a template names, each once, in the order of their kinds.
///
/// # Errors
/// When it is more than text and variables, or one of them is not known.
pub fn variables(template: &str) -> Result<Vec<Variable>, TemplateError> {
    if template.contains("{%") || template.contains("{#") {
        return Err(TemplateError::Form);
    }
    let mut parts = template.split("{{");
    if parts.next().is_some_and(|before| before.contains("}}")) {
        return Err(TemplateError::Form);
    }
    let mut named = parts.map(variable).collect::<Result<Vec<_>, _>>()?;
    named.sort_unstable();
    named.dedup();
    Ok(named)
}

/// The variable that what follows a `{{` begins with.
fn variable(part: &str) -> Result<Variable, TemplateError> {
    let (name, after) = part.split_once("}}").ok_or(TemplateError::Form)?;
    let name = name.trim();
    let is_name =
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b));
    if !is_name || after.contains("}}") {
        return Err(TemplateError::Form);
    }
    let known = Variable::ALL.into_iter().find(|variable| variable.name() == name);
    known.ok_or_else(|| TemplateError::Unknown(name.to_owned()))
}

/// The text of a template with the values of its variables, which are made plain and cut to their greatest length.
///
/// # Errors
/// When it is no template, or a variable it names has no value.
pub fn fill(template: &str, value: impl Fn(Variable) -> Option<String>) -> Result<String, TemplateError> {
    let mut values = BTreeMap::new();
    for variable in variables(template)? {
        let value = value(variable).ok_or(TemplateError::NoValue(variable))?;
        values.insert(variable.name(), line(&value).chars().take(variable.longest()).collect::<String>());
    }
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.render_str(template, values).map_err(|_| TemplateError::Form)
}

/// A text on one line: line ends and tabs become spaces, and nothing is left of characters that control how it is shown.
pub(super) fn line(text: &str) -> String {
    lines(text).replace('\n', " ")
}

/// A text without the characters that control how it is shown; line ends stay, as `\n`.
pub(super) fn lines(text: &str) -> String {
    let ends = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n").replace('\t', " ");
    ends.chars().filter(|letter| *letter == '\n' || !is_control(*letter)).collect()
}

/// Control characters, and those that turn the direction of what follows or are not seen at all.
fn is_control(letter: char) -> bool {
    let unseen = matches!(letter, '\u{200b}' | '\u{2060}' | '\u{feff}');
    let turning = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || unseen || turning
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, value: &str) -> Result<String, TemplateError> {
        fill(template, |_| Some(value.to_owned()))
    }

    #[test]
    fn what_a_value_says_stays_as_it_is() {
        for value in
            ["{{ code }}", "{% for x in y %}", "{# gone #}", "{{", "}}", "${7*7}", "#{7*7}", "<b>&amp;</b>", "\\u007b"]
        {
            assert_eq!(filled("At {{ store }}.", value).unwrap(), format!("At {value}."));
        }
    }

    #[test]
    fn a_value_is_one_short_line_without_control_characters() {
        assert_eq!(filled("{{store}}!", "a\r\nb\tc\0\u{1b}[31m\u{202e}d\u{2028}e").unwrap(), "a b c[31md e!");
        assert_eq!(filled("{{ code }}", &"x".repeat(99)).unwrap(), "x".repeat(10));
        assert_eq!(filled("{{ code }}", &"é".repeat(99)).unwrap(), "é".repeat(10));
    }

    #[test]
    fn a_template_is_text_and_known_variables_and_nothing_else() {
        for logic in [
            "{% if 1 %}a{% endif %}",
            "{# a #}",
            "{{ 7 * 7 }}",
            "{{ brand|safe }}",
            "{{ brand() }}",
            "{{ brand[0] }}",
            "{{ 'a' }}",
            "{{- brand -}}",
            "{{ brand",
            "brand }}",
            "{{ }}",
            "{{ {{ brand }} }}",
            "{{ brand }} }}",
        ] {
            assert_eq!(filled(logic, "x"), Err(TemplateError::Form), "{logic}");
        }
        for unknown in ["{{ first_name }}", "{{ brand.name }}", "{{ self }}", "{{ Brand }}", "{{ loop.index }}"] {
            assert!(matches!(filled(unknown, "x"), Err(TemplateError::Unknown(_))), "{unknown}");
        }
        assert_eq!(variables("{{code}} {{ brand }} {{ code }}"), Ok(vec![Variable::Brand, Variable::Code]));
        assert_eq!(filled("{ brand } % #", "x").unwrap(), "{ brand } % #");
    }

    #[test]
    fn a_variable_without_a_value_is_refused() {
        assert_eq!(fill("{{ store }}", |_| None), Err(TemplateError::NoValue(Variable::Store)));
        assert_eq!(fill("Hello", |_| None).unwrap(), "Hello");
    }

    #[test]
    fn the_longest_text_of_a_catalogue_has_fuel_enough() {
        let longest = "{{brand}}a".repeat(400);
        assert_eq!(filled(&longest, "x").unwrap(), "xa".repeat(400));
    }
}
