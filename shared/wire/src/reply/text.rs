//! What a free text asks for. A stop is heard in whatever words it comes; what holds a word for stopping and is not plainly about something
//! else is a stop.
//! Read in this order: `asking`, `wants_to_stop` (words with what they look like), then how a text becomes plain words.

/// What somebody who sent a text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asking {
    /// No more of it, ever.
    Stop,
    /// Who we are and what can be done.
    Help,
    /// Why they get it.
    Why,
    /// Fewer of them.
    Less,
    /// Another time.
    Later,
    /// Anything else.
    Other,
}

impl Asking {
    /// The name used in answers, counts and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Help => "help",
            Self::Why => "why",
            Self::Less => "less",
            Self::Later => "later",
            Self::Other => "other",
        }
    }
}

/// Whether words ask for something.
type Asks = fn(&[&str]) -> bool;

/// What a text asks for. A stop may be one sentence among others.
pub fn asking(text: &str) -> Asking {
    let text: String = text.chars().take(MAX_CHARS).collect();
    let mut sentences = text.split(['.', '!', '?', ';', '\n']);
    let words = words(&text);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let asks: [(Asking, Asks); 4] = [
        (Asking::Help, wants_help),
        (Asking::Why, wants_to_know_why),
        (Asking::Less, wants_less),
        (Asking::Later, wants_it_later),
    ];
    if wants_to_stop(&words) || sentences.any(is_stop) {
        return Asking::Stop;
    }
    asks.iter().find(|(_, asks)| asks(&words)).map_or(Asking::Other, |(asking, _)| *asking)
}

fn is_stop(sentence: &str) -> bool {
    let words = words(sentence);
    wants_to_stop(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A word for stopping, and what makes it mean something else.
struct Stopper {
    words: &'static str,
    /// One of these right before it,
    unless_after: &'static str,
    /// right after it,
    unless_before: &'static str,
    /// or anywhere in the text.
    unless_with: &'static str,
}

/// Words that hardly mean anything else.
const STRONG: &str = "stopp stpo sotp stp stop2end stop2quit unsubscribe unsubscribed unsubscribing unsubcribe unsuscribe unsubscibe unsub \
    optout optedout revoke revoked revoking cease desist discontinue parar pare detener detengan basta desuscribir arret abmelden abbestellen";

const STOPPERS: [Stopper; 6] = [
    Stopper { words: STRONG, unless_after: "", unless_before: "", unless_with: "" },
    Stopper {
        words: "stop",
        unless_after: "bus train tram metro subway ferry truck pit rest tour whistle one non first last next cant never wont couldnt didnt",
        unless_before: "by in into at over off for selling serving carrying making accepting taking sign light watch shop",
        unless_with: "",
    },
    Stopper { words: "alto", unless_after: "palo", unless_before: "", unless_with: "" },
    Stopper {
        words: "end",
        unless_after: "",
        unless_before: "of",
        unless_with: "sale sales offer offers deal deals promo promotion discount event week weekend month year season day tomorrow tonight \
            coupon code store shop shops hours aisle street st road line book movie game summer when",
    },
    Stopper {
        words: "quit",
        unless_after: "",
        unless_before: "smoking drinking vaping playing",
        unless_with: "job gym school work",
    },
    Stopper {
        words: "cancel cancelar",
        unless_after: "",
        unless_before: "",
        unless_with: "order orders appointment reservation booking delivery item items purchase card pickup refund return shipment \
            payment preorder table pedido orden cita reserva",
    },
];

/// Whole sentences that ask for an end without any of the words above.
const STOPS: &str = "opt out|opt me out|opting out|opted out|take me off|get me off|leave me alone|leave me be|go away|lose my number|\
    delete my number|delete me|delete me from|remove me|remove my|remove this number|remove from list|\
    remove from your list|take my number|my number off|off your list|off this list|off the list|off of your list|wrong number|wrong person|dont text|dont message|dont contact|dont call|dont email|\
    dont bother me|dont spam|dont disturb|dont ever text|dont ever contact|quit it|fuck off|piss off|buzz off|no mas|no me manden|\
    no me envien|no enviar|no quiero mas|dar de baja|darme de baja|not to be contacted|no longer want|no longer wish";

/// What a text about messages speaks of, however far away: messages,
const NOUNS: &str = "texts messages msgs sms subscription subscriptions notifications alerts mensajes";

/// and close by: them, and sending them.
const MESSAGES: &str = "text texts texting texted message messages messaging msg msgs sms send sending sends contact contacting call calling \
    calls email emails emailing spam spamming bother bothering harassing pestering annoying subscription subscriptions notification \
    notifications alert alerts list marketing promos ads advertising receiving mensajes";

/// Words that ask for nothing by themselves.
const FILLERS: &str = "please pls plz thanks thank you thx ty now just ok okay hi hello hey i id im like want to would me my us this it \
    these them that all everything the at once already again and so u ur your for good ever forever yes sir por favor gracias a is of";

fn is_one_of(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

fn wants_to_stop(words: &[&str]) -> bool {
    let meant = |place: usize, word: &str| {
        STOPPERS.iter().any(|stopper| is_one_of(stopper.words, word) && is_meant(stopper, words, place))
    };
    let mut placed = words.iter().enumerate();
    // These mean something else in most of the sentences they stand in.
    let is_alone = |word: &&str| matches!(*word, "para" | "baja");
    let alone = words.iter().any(is_alone) && are_fillers(words.iter().filter(|word| !is_alone(word)));
    placed.any(|(place, word)| meant(place, word) || runs_on(word))
        || holds_one_of(words, STOPS)
        || wants_no_more(words)
        || alone
}

/// Whether a word for stopping at a place in a text means that.
fn is_meant(stopper: &Stopper, words: &[&str], place: usize) -> bool {
    let so_far = words.get(..place).unwrap_or_default();
    let before = so_far.last().copied().unwrap_or_default();
    let rest = words.get(place + 1..).unwrap_or_default();
    let after = rest.first().copied().unwrap_or_default();
    if matches!(
        so_far,
        [.., "dont"] | [.., "dont", "ever"] | [.., "dont", "want", "to"] | [.., "dont", "want", _, "to"]
    ) {
        return false;
    }
    let for_ever = matches!(rest, ["at", "once", ..] | ["for", "good" | "now" | "ever", ..]);
    let something_else = is_one_of(stopper.unless_after, before)
        || is_one_of(stopper.unless_before, after)
        || words.iter().any(|word| is_one_of(stopper.unless_with, word));
    are_of_messages(rest) || for_ever || !something_else
}

/// Whether what follows a word speaks of messages.
fn are_of_messages(rest: &[&str]) -> bool {
    rest.iter().take(4).any(|word| is_one_of(MESSAGES, word)) || rest.iter().any(|word| is_one_of(NOUNS, word))
}

/// Whether a word is `stop` and what belongs to it, typed without a space.
fn runs_on(word: &str) -> bool {
    word.strip_prefix("stop").is_some_and(|rest| is_one_of(MESSAGES, rest) || is_one_of(FILLERS, rest))
}

/// `no more`, of messages or of everything.
fn wants_no_more(words: &[&str]) -> bool {
    let after = |phrase: [&str; 2]| {
        let place = words.windows(2).position(|pair| *pair == phrase)?;
        words.get(place + 2..)
    };
    let alone = || are_fillers(words.iter().filter(|word| !matches!(**word, "no" | "more")));
    let unwanted =
        [["dont", "want"], ["dont", "wish"], ["dont", "send"], ["not", "send"], ["not", "text"], ["not", "contact"]];
    after(["no", "more"]).is_some_and(|rest| are_of_messages(rest) || alone())
        || unwanted
            .into_iter()
            .filter_map(after)
            .any(|rest| are_of_messages(rest) || matches!(rest, ["me", "anything" | "more", ..]))
}

fn wants_help(words: &[&str]) -> bool {
    let first = words.first().is_some_and(|first| is_one_of("help info ayuda information", first));
    let alone =
        || words.contains(&"help") && are_fillers(words.iter().filter(|word| **word != "help" && **word != "need"));
    first || alone() || holds_one_of(words, "who is this|whos this|who are you|who dis")
}

fn wants_to_know_why(words: &[&str]) -> bool {
    let why = words.iter().position(|word| *word == "why");
    let about_this = |rest: &[&str]| rest.iter().any(|word| is_one_of(MESSAGES, word) || is_one_of("getting me", word));
    let asks =
        why.and_then(|place| words.get(place + 1..)).is_some_and(|rest| about_this(rest) || are_fillers(rest.iter()));
    asks || holds_one_of(words, "get my number|got my number|have my number|did i sign up|i sign up for")
}

fn wants_less(words: &[&str]) -> bool {
    let rest = || words.iter().filter(|word| !is_one_of("less fewer often frequently frequent", word));
    let fewer = words.iter().any(|word| is_one_of("less fewer", word));
    let quantity = holds_one_of(words, "too many|so many|too much|too often|so often|so frequently|too frequently");
    let of_messages = words.iter().any(|word| is_one_of(MESSAGES, word));
    (fewer && (of_messages || are_fillers(rest())))
        || (quantity && (of_messages || words.len() <= 4 && words.contains(&"often")))
}

fn wants_it_later(words: &[&str]) -> bool {
    const LATER: &str = "later tomorrow maybe perhaps remind ask try again not right now today another time busy";
    let later = words.iter().any(|word| is_one_of("later tomorrow", word))
        || holds_one_of(words, "not now|not right now|not today|another time");
    later && words.iter().all(|word| is_one_of(LATER, word) || is_one_of(FILLERS, word))
}

fn are_fillers<'a>(mut words: impl Iterator<Item = &'a &'a str>) -> bool {
    words.all(|word| is_one_of(FILLERS, word))
}

/// Whether one of the phrases, set apart by `|`, stands in the text.
fn holds_one_of(words: &[&str], phrases: &str) -> bool {
    phrases.split('|').any(|phrase| {
        let phrase: Vec<_> = phrase.split_whitespace().collect();
        words.windows(phrase.len()).any(|window| *window == *phrase)
    })
}

/// The longest part of a text that is looked at, in characters: ten segments.
const MAX_CHARS: usize = 1_600;

/// The words of a text: small letters without marks, nothing else; letters set apart (`S T O P`) are put together again.
fn words(text: &str) -> Vec<String> {
    let plain: String = text.chars().map(plain).collect();
    let words: Vec<_> = plain.split_whitespace().map(shortened).collect();
    let is_letter = |word: &String| word.chars().count() == 1;
    let runs = words.chunk_by(|a, b| is_letter(a) && is_letter(b));
    negated(runs.flat_map(|run| if run.len() > 2 { vec![run.concat()] } else { run.to_vec() }).collect())
}

/// Apostrophes in all their forms, and some of what cannot be seen.
const SILENT: &str = "'`\u{b4}\u{2018}\u{2019}\u{2bc}\u{ad}\u{feff}\u{fe0f}";

/// A letter without case and marks; an apostrophe and what cannot be seen as nothing, the stop sign as what it says, and anything else as a
/// space.
fn plain(char: char) -> String {
    if SILENT.contains(char) {
        return String::new();
    }
    let lower = match char {
        // The full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0).unwrap_or(' ').to_ascii_lowercase(),
        other => other.to_lowercase().next().unwrap_or(' '),
    };
    match lower {
        '\u{200b}'..='\u{200f}' | '\u{300}'..='\u{36f}' => String::new(),
        '\u{1f6d1}' => " stop ".to_owned(),
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a'.to_string(),
        'ç' | 'ć' | 'č' => 'c'.to_string(),
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e'.to_string(),
        'ì'..='ï' | 'ī' | 'ı' => 'i'.to_string(),
        'ñ' | 'ń' | 'ň' => 'n'.to_string(),
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o'.to_string(),
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u'.to_string(),
        'ý' | 'ÿ' => 'y'.to_string(),
        'ś' | 'š' | 'ş' | 'ș' => 's'.to_string(),
        'ţ' | 'ț' | 'ť' => 't'.to_string(),
        letter if letter.is_alphanumeric() => letter.to_string(),
        _ => ' '.to_string(),
    }
}

/// A word without emphasis: of three and more equal letters in a row one is left.
fn shortened(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let runs = letters.chunk_by(|a, b| a == b);
    runs.flat_map(|run| run.iter().take(if run.len() > 2 { 1 } else { 2 })).collect()
}

/// Words with their negations in one: `do not` is `dont`.
fn negated(words: Vec<String>) -> Vec<String> {
    let mut joined = Vec::<String>::with_capacity(words.len());
    for word in words {
        match joined.last_mut() {
            Some(last) if word == "not" && is_one_of("do did does could would can will", last) => {
                *last = match last.as_str() {
                    "can" => "cant".to_owned(),
                    "will" => "wont".to_owned(),
                    other => format!("{other}nt"),
                };
            }
            _ if word == "cannot" => joined.push("cant".to_owned()),
            _ => joined.push(word),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corpus: what each text asks for, and the text.
    fn corpus() -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = include_str!("text/corpus.txt").lines();
        lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "))
    }

    #[test]
    fn every_text_of_the_corpus_is_understood() {
        let asked = corpus().map(|(asks, text)| (asks, asking(text).name(), text));
        let wrong: Vec<_> = asked.filter(|(asks, heard, _)| asks != heard).collect();
        assert!(wrong.is_empty(), "what it asks for, what was heard, the text: {wrong:#?}");
    }

    #[test]
    fn the_corpus_holds_enough_of_everything() {
        let count = |asks: &str| corpus().filter(|(known, _)| *known == asks).count();
        assert!(count("stop") >= 80 && count("other") >= 40, "{} {}", count("stop"), count("other"));
        assert!(["help", "why", "less", "later"].iter().all(|asks| count(asks) >= 9));
    }

    #[test]
    fn politeness_and_dress_change_no_stop() {
        let bare = corpus().filter(|(asks, text)| *asks == "stop" && text.chars().count() > 1);
        for (_, text) in bare {
            for dressed in
                [text.to_uppercase(), format!("{text} please"), format!("  {text}!!! \u{1f620}"), format!("Hi, {text}")]
            {
                assert_eq!(asking(&dressed), Asking::Stop, "{dressed}");
            }
        }
    }

    #[test]
    fn nothing_is_nothing() {
        for text in ["", " ", "\u{200b}", "...", "\u{0}\u{1}"] {
            assert_eq!(asking(text), Asking::Other);
        }
    }
}
