//! What is no rule, and what is said of it.

use super::*;

const CONSTANT: &str = "compare one name with a constant, for example `hour >= 9`";
const COMPARISON: &str = "write comparisons like `hour >= 9`, joined by `&&` or `||`";

#[track_caller]
fn assert_refused(cases: &[(&str, &str, &str)]) {
    for (text, wrong, fix) in cases {
        let said = read(text).map(|_| ()).unwrap_err();
        assert_eq!((said.wrong.as_str(), said.fix.as_str()), (*wrong, *fix), "{text}");
    }
}

#[test]
fn what_is_not_known_is_answered_with_what_is_near() {
    assert_refused(&[
        (
            "hour > 1 && purchase.count(90d) > 1",
            "at column 13: `purchase.count` is not known",
            "did you mean `purchases.count(90d)`?",
        ),
        ("check_ins(30d) > 1", "at column 1: `check_ins` is not known", "did you mean `check_ins.count(30d)`?"),
        ("hour > 1 && visits > 2", "at column 13: `visits` is not known", "did you mean `visits.count(30d)`?"),
        ("weekdy == 1", "at column 1: `weekdy` is not known", "did you mean `weekday`?"),
        ("store == \"peer\"", "at column 10: `peer` is never seen there", "did you mean `pier`?"),
        ("area in [\"shoes\", \"hats\"]", "at column 9: `hats` is never seen there", "known are door, kitchen, shoes"),
        ("purchases.owns(\"kettle-3\")", "at column 1: `kettle-3` is not a product", "did you mean `kettle-1`?"),
        ("trigger == \"exits\"", "at column 12: `exits` is never seen there", "did you mean `exit`?"),
        ("hour > 1 and hour < 3", "at column 10: `and` is not written out here", "write `&&`"),
        ("purchases.count(d90) > 1", "at column 17: `d90` is not known", "did you mean `90d`?"),
        ("hour >= 9 &&\n  wekday == 1", "at line 2, column 3: `wekday` is not known", "did you mean `weekday`?"),
        ("hour > weekdy", "at column 8: `weekdy` is not known", "did you mean `weekday`?"),
    ]);
}

#[test]
fn windows_that_profiles_do_not_keep_are_refused_with_the_reason() {
    for (text, written) in [
        ("purchases.count(91d) > 1", "91d"),
        ("purchases.count(0d) > 1", "0d"),
        ("purchases.count(24h) > 1", "24h"),
        ("purchases.count(99999999999d) > 1", "99999999999d"),
    ] {
        let wrong = format!(
            "at column 1: a window of `{written}` cannot be asked: profiles keep no more than 90 days, whole ones"
        );
        assert_refused(&[(text, &wrong, "write `1d` to `90d`, for example `purchases.count(90d)`")]);
    }
    assert_refused(&[
        (
            "purchases.quarters(13) > 1",
            "at column 1: `13` quarters cannot be asked: profiles keep no more than 12",
            "write 1 to 12, for example `purchases.quarters(4)`",
        ),
        (
            "visits.followed_by(purchases, 31d, 30d) > 1",
            "at column 1: `31d` is not a time to wait for something",
            "write `1m` to `30d`",
        ),
        (
            "visits.followed_by(check_ins, 3d, 30d) > 1",
            "at column 1: `visits.followed_by` is not written like that",
            "write for example `visits.followed_by(purchases, 2h, 30d)`",
        ),
        (
            "purchases.count(90) > 1",
            "at column 1: `purchases.count` is not written like that",
            "write for example `purchases.count(90d)`",
        ),
        ("hour() > 1", "at column 1: `hour` is not written like that", "write for example `hour`"),
    ]);
}

#[test]
fn what_the_language_has_no_use_for_is_refused_where_it_stands() {
    let chained = "join comparisons, for example `9 <= hour && hour <= 17`";
    let alone = "write the name alone, or `!` before it";
    assert_refused(&[
        ("hour + 1 > 2", "at column 6: `+` computes; rules only compare", CONSTANT),
        ("hour - 1 > 2", "at column 1: `-` computes; rules only compare", CONSTANT),
        ("-hour > 2", "at column 1: `-` computes; rules only compare", CONSTANT),
        ("hour > weekday", "at column 1: compares two names", CONSTANT),
        ("1 == 1", "at column 1: compares two constants", CONSTANT),
        ("hour > 1 && true", "at column 13: is a constant, which asks nothing", CONSTANT),
        ("hour", "at column 1: `hour` is neither true nor false", CONSTANT),
        ("in_trouble ? hour > 1 : hour > 2", "at column 12: `?` chooses between values", "join two rules by `||`"),
        ("9 <= hour <= 17", "at column 1: compares what already is true or false", chained),
        ("(hour > 1) == in_trouble", "at column 2: compares what already is true or false", chained),
        ("store < \"pier\"", "at column 9: orders texts", "compare texts with `==`, `!=` or `in [\"…\"]`"),
        ("in_trouble < true", "at column 14: orders yes and no", alone),
        ("store in \"pier\"", "at column 10: is no list", "list constants in brackets, `[…]`"),
        ("\"pier\" in store", "at column 11: is no list", "list constants in brackets, `store in [\"…\", \"…\"]`"),
        ("store in []", "at column 10: is an empty list, which nothing is in", "list at least one constant"),
        ("hour in [1, 1]", "at column 9: lists something twice", "remove one of them"),
        ("hour == null", "at column 9: is no number", "write a number, without quotes"),
        ("hour[1] > 1", "at column 1: takes a piece out of something", CONSTANT),
        (
            "90d > 1",
            "at column 1: `90d` is a duration, which stands only in parentheses",
            "write for example `purchases.count(90d) >= 1`",
        ),
    ]);
    let macros = read("visits.exists(visit, visit > 1)").unwrap_err();
    assert!(macros.fix.starts_with("rules have no `map`, `exists`"), "{macros:?}");
}

#[test]
fn what_cannot_be_read_is_refused_where_that_shows() {
    assert_refused(&[
        ("hour = 1", "at column 6: `=` does not compare", "write `==`"),
        ("hour > 1 & hour < 3", "at column 10: `&` stands alone", "write `&&`"),
        ("hour >", "at column 7: ends too early", COMPARISON),
        ("hour > 1 && ", "at column 13: has nothing between its `&&`", "write a comparison, for example `hour >= 9`"),
        ("hour > 1)", "at column 9: `)` is not expected here", COMPARISON),
        ("hour > 9days", "at column 8: `9days` is not expected here", COMPARISON),
        (
            "store == \"a\\\"b\"",
            "at column 10: begins a text with a backslash or a line end",
            "write the text without it",
        ),
        ("store == \"pier", "at column 10: begins a text that does not end", "close it with `\"`"),
        ("store == r\"pier\"", "at column 10: `r` stands right before a text", "write the text alone, in quotes"),
    ]);
}

#[test]
fn constants_must_fit() {
    let major = "write major units, with at most four digits after the point";
    let hours = "write a whole number from 0 to 23";
    assert_refused(&[
        ("hour > 24", "at column 8: `24` does not fit", hours),
        ("hour > 1.5", "at column 8: `1.5` does not fit", hours),
        ("hour > \"1\"", "at column 8: is no number", "write a number, without quotes"),
        ("affinity(\"a\") > 1.01", "at column 17: `1.01` does not fit", "write a number from 0 to 1"),
        ("basket.total > 1.00001", "at column 16: `1.00001` does not fit", major),
        ("basket.total > -1", "at column 16: `-1` does not fit", major),
        (
            "purchases.count(9d) > 1000001",
            "at column 23: `1000001` does not fit",
            "write a whole number from 0 to 1000000",
        ),
        ("in_trouble == 1", "at column 15: is neither true nor false", "write the name alone, or `!` before it"),
    ]);
}

#[test]
fn what_is_too_long_or_too_deep_never_reaches_the_parser() {
    let long = format!("hour > 1{}", " ".repeat(2_000));
    assert_eq!(read(&long).unwrap_err().wrong, "at column 1: is longer than 2000 characters");
    let nested = |n: usize| format!("{}hour > 1{}", "(".repeat(n), ")".repeat(n));
    assert!(read(&nested(32)).is_ok());
    assert_eq!(read(&nested(33)).unwrap_err().wrong, "at column 33: is nested deeper than 32");
    assert!(read(&format!("{}in_trouble", "!".repeat(1_900))).is_ok());
    assert!(read(&format!("{}in_trouble", "!-".repeat(900))).is_err());
    assert!(read(&format!("a{}", ".a".repeat(900))).is_err());
    assert!(read(&format!("hour{} > 1", " - 1".repeat(400))).is_err());
    assert!(read(&format!("in_trouble{}", " || in_trouble".repeat(130))).is_ok());
}
