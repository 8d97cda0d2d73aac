//! What is for a screen says and hands out nothing that is one person's, and types have chances of their own.

use tact_domain::ProfileType;

use super::*;

const SCREEN: &str = r#"name = "autumn"
issue = "choose"
group = "screens"
triggers = ["open"]
margin = "10.00"
basket = "60.00"
organic = 0.02
value_class = ["information"]
[[treatment]]
name = "shoes"
channel = "inbox"
mode = "pull"
placement = "screen"
incentive = 0
cost = 0
group_prior = 0.03
harmed = { count = 0, of = 500 }
valid = "1h"
text = "The autumn shoes are here at {{ store }}."
[treatment.by_type]
browser = 0.05
newcomer = 0.04
"#;

/// What is said of the screen's action with something else in it; nothing when it compiles.
fn with(right: &str, wrong: &str) -> String {
    assert_eq!(SCREEN.matches(right).count(), 1, "{right}");
    let mut files = files();
    let budgets = format!("{BUDGETS}[open]\ncommit = \"300ms\"\ndeliver = \"1s\"\n");
    files.retain(|file| file.path != "budgets.toml");
    files.extend([file("budgets.toml", &budgets), file("actions/autumn.toml", &SCREEN.replace(right, wrong))]);
    compile(&files).err().map_or(String::new(), |errors| errors.to_string())
}

#[test]
fn a_screen_speaks_to_everybody_who_passes() {
    assert_eq!(with("{{ store }}", "{{ brand }}"), "");
    let cases = [
        ("at {{ store }}", "for {{ code }}", "text: names `code`, which is not the same for everybody who passes"),
        ("at {{ store }}", "till {{ valid_until }}", "text: names `valid_until`"),
        (
            "harmed = { count = 0, of = 500 }\n",
            "harmed = { count = 0, of = 500 }\nidentifies = true\n",
            "identifies: points out one person to everybody",
        ),
        (
            "harmed = { count = 0, of = 500 }\n",
            "harmed = { count = 0, of = 500 }\ndiscloses = [\"bought\"]\n",
            "discloses: tells everybody what is known",
        ),
        ("channel = \"inbox\"", "channel = \"webhook\"", "channel: does not suit a screen"),
        ("[\"open\"]", "[\"exit\"]", "triggers: does not list `open`, so no screen would ever show it"),
        ("browser = 0.05", "browsers = 0.05", "by_type.browsers: is not a known key; did you mean `browser`?"),
        ("browser = 0.05", "browser = 5", "by_type.browser: `5` is not a probability"),
    ];
    for (right, wrong, expected) in cases {
        let said = with(right, wrong);
        assert!(said.contains(expected), "`{expected}` is not said of `{wrong}`:\n{said}");
    }
    let coupon = "[treatment.coupon]\ndays = 14\non_return = \"void\"\n[treatment.by_type]";
    let said = with("[treatment.by_type]", coupon);
    assert!(said.contains("coupon: gives a code of one person's to everybody"), "{said}");
}

#[test]
fn a_type_without_a_chance_of_its_own_has_that_of_its_group() {
    let mut files = files();
    let budgets = format!("{BUDGETS}[open]\ncommit = \"300ms\"\ndeliver = \"1s\"\n");
    files.retain(|file| file.path != "budgets.toml");
    files.extend([file("budgets.toml", &budgets), file("actions/autumn.toml", SCREEN)]);
    let catalogue = compile(&files).unwrap();
    let action = catalogue.actions.iter().find(|action| action.name == "autumn").unwrap();
    let priors =
        [Some(ProfileType::Browser), Some(ProfileType::Express), None].map(|kind| action.treatments[0].prior(kind));
    assert_eq!(priors.map(f64::to_bits), [0.05, 0.03, 0.03].map(f64::to_bits));
}

#[test]
fn a_crowd_is_at_least_five_people_and_ten_when_nothing_is_said() {
    assert_eq!(compile(&files()).unwrap().policy.crowd, 10);
    let with_k = |k: u32| {
        let mut files = files();
        files.retain(|file| file.path != "policy.toml");
        files.push(file("policy.toml", &format!("{POLICY}[crowd]\nk = {k}\n")));
        compile(&files).map(|catalogue| catalogue.policy.crowd)
    };
    assert_eq!(with_k(5).unwrap(), 5);
    assert!(with_k(4).unwrap_err().to_string().contains("crowd.k: `4` does not fit; write a whole number from 5"));
}

#[test]
fn types_have_their_own_chances_when_nothing_is_said() {
    let typed = "organic = 0.02\n[organic_by_type]\nbrowser = 0.01\nnewcomer = 0.3\n";
    let text = SCREEN.replace("organic = 0.02\n", "").replace("[[treatment]]", &format!("{typed}[[treatment]]"));
    let mut files = files();
    let budgets = format!("{BUDGETS}[open]\ncommit = \"300ms\"\ndeliver = \"1s\"\n");
    files.retain(|file| file.path != "budgets.toml");
    files.extend([file("budgets.toml", &budgets), file("actions/autumn.toml", &text)]);
    let catalogue = compile(&files).unwrap();
    let action = catalogue.actions.iter().find(|action| action.name == "autumn").unwrap();
    let said = [Some(ProfileType::Newcomer), Some(ProfileType::Browser), Some(ProfileType::Express), None];
    assert_eq!(said.map(|kind| action.if_silent(kind).to_bits()), [0.3, 0.01, 0.02, 0.02].map(f64::to_bits));
    assert_eq!(tact_wire::decode_catalogue(&tact_wire::encode_catalogue(&catalogue)).unwrap(), catalogue);
}
