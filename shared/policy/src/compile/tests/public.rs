//! What everybody can read says nothing of the customer, and where it says to claim something, there is something and a page.

use super::*;

const ANSWER: &str = r#"name = "answer"
issue = "service"
group = "care"
class = "transactional"
triggers = ["check_in"]
margin = 0
basket = "60.00"
organic = 0
value_class = ["information"]
[[treatment]]
name = "reply"
channel = "webhook"
mode = "prompt"
public = true
promises = "amends"
cost = 0
group_prior = 0.3
valid = "1d"
text = "We are sorry, {{ brand }}. In private: {{ claim }}"
[[treatment]]
name = "amends"
channel = "inbox"
mode = "pull"
cost = 0
group_prior = 0.3
valid = "30d"
text = "With our apology."
"#;

/// What is said of the answer with something else in it, and of the brand; nothing when they compile.
fn with((right, wrong): (&str, &str), page: &str) -> String {
    assert_eq!(ANSWER.matches(right).count(), 1, "{right}");
    let mut files = files();
    files.retain(|file| file.path != "channels.toml");
    let channels = CHANNELS.replace("sms_segments", &format!("{page}\nsms_segments"));
    files.extend([file("channels.toml", &channels), file("actions/answer.toml", &ANSWER.replace(right, wrong))]);
    compile(&files).err().map_or(String::new(), |errors| errors.to_string())
}

const PAGE: &str = "claim = \"https://shop.example/claim\"";

#[test]
fn everybody_reads_who_speaks_and_where_to_claim_and_nothing_of_the_customer() {
    assert_eq!(with(("sorry", "very sorry"), PAGE), "");
    for variable in ["store", "code", "valid_until"] {
        let said = with(("{{ brand }}", &format!("{{{{ {variable} }}}}")), PAGE);
        assert!(said.contains("text: is public and holds a variable of the customer"), "{variable}: {said}");
    }
    let reply = "promises = \"amends\"\n";
    let cases = [
        (format!("{reply}incentive = \"5.00\"\n"), "public: hands something out before everybody"),
        (format!("{reply}discloses = [\"bought\"]\n"), "discloses: lets everybody know what we know of a customer"),
    ];
    for (wrong, expected) in cases {
        let said = with((reply, &wrong), PAGE);
        assert!(said.contains(expected), "`{expected}` is not said of `{wrong}`:\n{said}");
    }
}

#[test]
fn a_link_to_claim_something_needs_a_promise_and_a_page_of_ours() {
    let said = with(("promises = \"amends\"\n", ""), PAGE);
    assert!(said.contains("text: has a link by which to claim something, and promises nothing"), "{said}");
    let said = with(("sorry", "very sorry"), "");
    assert!(said.contains("and there is no page it leads to"), "{said}");
    for (page, expected) in [
        ("http://shop.example/claim", "is not a link to which `?d=` can be added"),
        ("https://shop.example/claim?a=b", "is not a link to which `?d=` can be added"),
        (&format!("https://shop.example/{}", "a".repeat(100)), "at most 100 characters"),
        ("https://elsewhere.example/claim", "claim: "),
    ] {
        let said = with(("sorry", "very sorry"), &format!("claim = \"{page}\""));
        assert!(said.contains(expected), "`{expected}` is not said of {page}: {said}");
    }
}

#[test]
fn what_a_comment_calls_for_by_webhook_is_public_unless_the_rules_say_that_nobody_else_reads_it() {
    let says = |rules: &str, public: &str| {
        let triggers = format!("triggers = [\"comment\"]\n{rules}\n[[treatment]]\nname = \"reply\"");
        let changed = ANSWER.replace("triggers = [\"check_in\"]\n", "").replace("public = true\n", public);
        let changed = changed.replacen("[[treatment]]\nname = \"reply\"", &triggers, 1);
        let mut files = files();
        files.push(file("actions/answer.toml", &changed));
        let said = compile(&files).err().map_or(String::new(), |errors| errors.to_string());
        said.contains("treatment: `reply` may be posted under a comment that everybody can read, and is not `public`")
    };
    assert!(says("", "") && !says("", "public = true\n"));
    for (rule, refused) in [
        ("!comment.public", false),
        ("!comment.public && comment.tone == 'complaint'", false),
        ("comment.public", true),
        ("comment.tone == 'complaint'", true),
        ("!comment.public || comment.arena == 'chat'", true),
    ] {
        assert_eq!(says(&format!("[rules]\napplicability = \"{rule}\""), ""), refused, "{rule}");
    }
}
