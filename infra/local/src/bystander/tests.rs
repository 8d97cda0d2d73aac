//! The default catalogue gives nothing away, and catalogues that do are caught: by words, by timing, by terms, by silence.

use tact_policy::SourceFile;

use super::*;
use crate::check::Sources;

/// A card that everybody may get who is asked for, worth more than anything else.
const CARD: &str = r#"
issue = "grow"
group = "planted"
margin = "90.00"
basket = "90.00"
organic = 0.05
benefit = "3.00"
value_class = ["information"]
cool_down = "3d"

[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
group_prior = 0.5
liked = 0.4
valid = "3d"
"#;

/// An action that is planted: the keys before those of the card, and those of its treatment after them.
fn planted(name: &str, before: &str, after: &str) -> SourceFile {
    let (keys, treatment) = CARD.split_once("\n\n").unwrap();
    let text = format!("name = \"{name}\"\n{keys}\n{before}\n\n{treatment}{after}\n");
    SourceFile { path: format!("actions/{name}.toml"), text }
}

fn rule(rule: &str) -> String {
    format!("[rules]\neligibility = \"{rule}\"")
}

/// What those who are pregnant buy, and those who are ill: by category, and by the products that are listed beside.
const MATERNITY: [&str; 4] = ["maternity", "maternity-jeans", "prenatal-vitamins", "vitamins"];
const VITAMINS: [&str; 4] = ["vitamins", "prenatal-vitamins", "multivitamin", "vitamin-d"];

/// Goods that the default catalogue calls sensitive, as a careless brand would treat them.
fn released(names: &[&str]) -> SourceFile {
    let one = |name: &&str| format!("[[released]]\nname = \"{name}\"\nwhy = \"planted\"\n");
    SourceFile { path: "sensitive.toml".to_owned(), text: names.iter().map(one).collect::<Vec<_>>().concat() }
}

/// The file of an action of the default catalogue.
fn default(name: &str) -> SourceFile {
    let path = format!("actions/{name}.toml");
    Sources::compiled_in().files.into_iter().find(|file| file.path == path).unwrap()
}

fn find(planted: Vec<SourceFile>, secrets: &[Secret], pairs: u32) -> Findings {
    let mut files = Sources::compiled_in().files;
    files.retain(|file| planted.iter().all(|planted| planted.path != file.path));
    files.extend(planted);
    let catalogue = tact_policy::compile(&files).unwrap();
    let models = tact_aws::models().unwrap();
    Bystander { catalogue: &catalogue, models: &models, seed: 1, pairs }.test(secrets, &|_| {}).unwrap()
}

fn caught(found: &Findings) -> &Giveaway {
    let text = found.text();
    assert!(!found.passed && text.contains("GIVEN AWAY") && text.contains("failed"), "{text}");
    found.secrets.first().unwrap().gave_away.first().unwrap()
}

#[test]
fn the_default_catalogue_gives_away_nobody_who_is_pregnant_ill_or_in_debt() {
    let found = find(Vec::new(), &[Secret::Pregnancy, Secret::Illness, Secret::Debt], PAIRS);
    let text = found.text();
    assert!(found.passed && text.ends_with("passed: nothing tells a secret\n"), "{text}");
    for verdict in &found.secrets {
        assert!(verdict.to_holders > 5 * verdict.pairs && verdict.signs > 50, "{verdict:?}");
    }
}

#[test]
fn an_offer_that_a_partner_lets_through_has_cover_or_does_not_go_out() {
    let found = find(Vec::new(), &[Secret::Trip], PAIRS);
    assert!(found.passed, "{}", found.text());
    let verdict = &found.secrets[0];
    assert!(verdict.to_holders > 0 && verdict.to_twins > 0, "messages came at all: {verdict:?}");
}

#[test]
fn minors_get_what_adults_get_whom_nobody_asked_and_nobody_can_reach() {
    let found = find(Vec::new(), &[Secret::Under18], 40);
    assert!(found.passed, "{}", found.text());
    assert!(found.text().contains("minors are owed silence by law"));
}

#[test]
fn the_same_seed_gives_the_same_findings() {
    let once = |seed| {
        let (catalogue, models) = (tact_aws::catalogue().unwrap(), tact_aws::models().unwrap());
        let test = Bystander { catalogue: &catalogue, models: &models, seed, pairs: 10 };
        serde_json::to_string(&test.test(&[Secret::Trip], &|_| {}).unwrap()).unwrap()
    };
    assert_eq!(once(3), once(3));
    assert_ne!(once(3), once(4));
}

#[test]
fn words_that_only_they_get_are_caught_with_the_rule_that_sent_them() {
    // No word of it is listed, and whoever reads over a shoulder understands all the same.
    let text = "text = \"Everything for the small room, in the app.\"";
    let before =
        format!("triggers = [\"exit\", \"dwell\", \"check_in\"]\n{}", rule("purchases.count('maternity', 90d) >= 1"));
    let planted = vec![planted("small_room", &before, text), released(&MATERNITY)];
    let found = find(planted, &[Secret::Pregnancy], 40);
    let giveaway = caught(&found);
    assert_eq!((giveaway.action.as_str(), giveaway.to_twins), ("small_room", 0));
    let example = giveaway.example.as_ref().unwrap();
    assert!(example.has_secret && example.twin.contains("not_eligible: purchases.count('maternity', 90d) >= 1"));
}

#[test]
fn the_same_words_at_another_time_are_caught() {
    let text = "text = \"How to care for what you have.\"";
    let now =
        format!("triggers = [\"exit\", \"dwell\", \"check_in\"]\n{}", rule("purchases.count('maternity', 30d) >= 1"));
    let later = "[put_off]\non = \"time\"\nat = \"09:30\"\nwithin = \"2d\"";
    let later = format!(
        "triggers = [\"exit\", \"dwell\", \"check_in\", \"due\"]\n{}\n\n{later}",
        rule("purchases.count('maternity', 30d) == 0")
    );
    let released = released(&MATERNITY);
    let planted = vec![planted("now", &now, text), planted("later", &later, text), released];
    let found = find(planted, &[Secret::Pregnancy], 40);
    assert_eq!(caught(&found).text, "How to care for what you have.");
}

#[test]
fn the_same_words_with_other_terms_are_caught() {
    let coupon = |days: u32| {
        format!(
            "incentive = \"6.00\"\ntext = \"A coupon: {{{{ code }}}}, until {{{{ valid_until }}}}.\"\n\n\
             [treatment.coupon]\ndays = {days}\non_return = \"void\""
        )
    };
    let when = |told: &str| {
        format!(
            "triggers = [\"exit\", \"dwell\", \"check_in\"]\n{}",
            rule(&format!("purchases.count('maternity', 30d) {told}"))
        )
    };
    let (short, long) = (planted("short", &when(">= 1"), &coupon(7)), planted("long", &when("== 0"), &coupon(30)));
    let found = find(vec![short, long, released(&MATERNITY)], &[Secret::Pregnancy], 40);
    let giveaway = caught(&found);
    assert!(["short", "long"].contains(&giveaway.action.as_str()) && giveaway.sign.name.contains("coupon of"));
}

#[test]
fn what_does_not_come_is_caught() {
    let mut receipt = default("order_update");
    let rules = "[rules]\neligibility = \"purchases.count('vitamins', 90d) == 0\"";
    receipt.text = receipt.text.replace("[rules]", rules);
    let found = find(vec![receipt, released(&VITAMINS)], &[Secret::Illness], 40);
    let giveaway = caught(&found);
    assert_eq!(giveaway.action, "order_update");
    assert!(giveaway.to_holders < giveaway.to_twins && !giveaway.example.as_ref().unwrap().has_secret);
}
