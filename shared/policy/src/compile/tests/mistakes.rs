//! What every kind of file gets wrong, and that it is said with line, key and fix.

use super::*;

#[test]
fn what_an_action_gets_wrong_is_said_with_line_key_and_fix() {
    let cases = [
        (
            "name = \"win_back\"",
            "name = \"winback\"",
            "1: name: `winback` is not the name of the file; write `win_back`, or call the file `winback.toml`",
        ),
        (
            "issue = \"retain\"",
            "issue = \"retian\"",
            "2: issue: `retian` is not one of safety, service, entitlement, recognise, speed, choose, grow, retain; did you mean `retain`?",
        ),
        ("group = \"care\"\n", "", "1: group: is missing; add for example `group = \"offers\"`"),
        ("topic", "topc", "4: topc: is not a known key; did you mean `topic`?"),
        (
            "\"check_in\"]",
            "\"purchase\"]",
            "5: triggers: `purchase` has no budget, so it would always be silent; declare `[purchase]` in budgets.toml",
        ),
        ("\"check_in\"]", "\"exit\"]", "5: triggers: `exit` is listed twice; remove one of them"),
        (
            "2026-10-31",
            "\"31.10.2026\"",
            "6: from: `31.10.2026` is not a date; write a date, for example `2026-11-01`, or an instant, `2026-11-01T08:00:00-04:00`",
        ),
        ("2026-11-30", "2026-10-30", "7: until: is not later than `from`: the action never exists; exchange them"),
        (
            "\"25.00\"",
            "\"-25.00\"",
            "8: margin: `-25.00` is less than nothing; write major units with at most four digits after the point, for example `\"6.00\"`",
        ),
        (
            "basket = 70",
            "basket = 9.5",
            "9: basket: is less than the incentive of a treatment; write what is spent at once, for example `basket = \"60.00\"`",
        ),
        (
            "organic = 0.08",
            "organic = nan",
            "10: organic: `nan` is not a probability; write a number from 0 to 1, for example `0.05`",
        ),
        ("lever = 1.5", "lever = 11", "11: lever: `11` is out of bounds; write a number from 0.1 to 10"),
        (
            "[\"rewards\"]",
            "[\"coupon\"]",
            "12: value_class: `coupon` is not one of information, how_to, locate, recommendation, social, rewards; write for example `information`",
        ),
        ("[\"rewards\"]", "[]", "12: value_class: is empty; write for example `[\"information\"]`"),
        (
            "value_class = [\"rewards\"]\n",
            "",
            "1: value_class: is missing; add for example `value_class = [\"information\"]`",
        ),
    ];
    assert_said("actions/win_back.toml", &cases);
}

#[test]
fn what_rules_get_wrong_is_said_with_line_key_column_and_fix() {
    let cases = [
        (
            "purchases.count(90d) >= 1",
            "purchase.count(90d) >= 1",
            "15: rules.applicability: at column 1: `purchase.count` is not known; did you mean `purchases.count(90d)`?",
        ),
        (
            "purchases.count(90d) <= 3",
            "purchases.count(120d) <= 3",
            "15: rules.applicability: at column 30: a window of `120d` cannot be asked: profiles keep no more than 90 days, whole ones; write `1d` to `90d`, for example `purchases.count(90d)`",
        ),
        (
            "'market-street'",
            "'market-stret'",
            "14: rules.eligibility: at column 10: `market-stret` is never seen there; did you mean `market-street`?",
        ),
        (
            "60.00",
            "60.00001",
            "16: rules.suitability: at column 25: `60.00001` does not fit; write major units, with at most four digits after the point",
        ),
        (
            "area != 'door'",
            "area != 'dor'",
            "16: rules.suitability: at column 9: `dor` is never seen there; did you mean `door`?",
        ),
        ("\"store == 'market-street'\"", "[]", "14: rules.eligibility: is empty; write a rule, or remove the key"),
        ("\"store == 'market-street'\"", "1", "14: rules.eligibility: `1` is not a text; write a text between quotes"),
        ("eligibility", "eligibilty", "14: rules.eligibilty: is not a known key; did you mean `eligibility`?"),
    ];
    assert_said("actions/win_back.toml", &cases);
}

#[test]
fn an_action_has_at_most_64_conditions_and_those_of_its_group_beside_them() {
    let many = |parts: usize| vec!["in_trouble"; parts].join(" && ");
    let mut files = files();
    files[0].text = format!("{POLICY}[group.care]\neligibility = \"{}\"\n", many(64));
    files[3].text = ACTION.replace("store == 'market-street'", &many(60));
    let catalogue = compile(&files).unwrap();
    let conditions = &catalogue.actions[0].conditions;
    assert_eq!(conditions.len(), 60 + 4 + 64);
    assert!(conditions[0].of_group && !conditions[64].of_group, "those of the group come first in their stage");
    files[3].text = ACTION.replace("store == 'market-street'", &many(61));
    let error = compile(&files).unwrap_err().to_string();
    assert_eq!(
        error,
        "actions/win_back.toml:14: rules.eligibility: and the other rules are more than 64 conditions; split the action"
    );
}

#[test]
fn what_a_treatment_gets_wrong_is_said_with_line_key_and_fix() {
    let cases = [
        ("\"2d\"", "\"3 weeks\"", "26: treatment.sms.valid: `3 weeks` is not a duration; write for example `21d`"),
        ("\"2d\"", "\"32d\"", "26: treatment.sms.valid: `32d` is out of bounds; write a duration from `1s` to `31d`"),
        ("\"2d\"", "2", "26: treatment.sms.valid: `2` is not a duration; write for example `\"2h\"` or `\"21d\"`"),
        (
            "channel = \"sms\"",
            "channel = \"text\"",
            "20: treatment.sms.channel: `text` is not one of sms, email, push, inbox, webhook, associate; write for example `sms`",
        ),
        (
            "mode = \"push\"",
            "mode = \"pull\"",
            "21: treatment.sms.mode: `pull` does not suit sms, which interrupts; write `prompt` or `push`, or change the channel to `inbox`",
        ),
        (
            "mode = \"pull\"",
            "mode = \"push\"",
            "31: treatment.card.mode: does not suit a card in the inbox; write `pull`",
        ),
        (
            "group_prior = 0.14",
            "group_prior = 1.4",
            "24: treatment.sms.group_prior: `1.4` is not a probability; write a number from 0 to 1, for example `0.05`",
        ),
        ("group_prior = 0.14\n", "", "18: treatment.sms.group_prior: is missing; add for example `group_prior = 0.05`"),
        ("incentive", "incentve", "22: treatment.sms.incentve: is not a known key; did you mean `incentive`?"),
        (
            "{{ brand }}",
            "{{ brand",
            "27: treatment.sms.text: has a variable that is not closed or not a name; write `{{ brand }}`, and no other braces",
        ),
        ("name = \"card\"", "name = \"sms\"", "29: treatment.sms.name: `sms` is used above; give each one its own"),
        ("name = \"card\"\n", "", "28: treatment.2.name: is missing; add for example `name = \"card\"`"),
        (
            "liked = 0.2",
            "identifies = \"no\"",
            "34: treatment.card.identifies: `no` is neither true nor false; write true or false, without quotes",
        ),
    ];
    assert_said("actions/win_back.toml", &cases);
}

#[test]
fn what_the_policy_gets_wrong_is_said_with_line_key_and_fix() {
    let cases = [
        ("\"USD\"", "\"usd\"", "1: currency: `usd` is not a currency; write its ISO 4217 code, for example `USD`"),
        ("New_York", "New_Yrok", "2: zone: `America/New_Yrok` is not a zone; did you mean `America/New_York`?"),
        ("max = 1", "max = 65", "5: cap.one_a_day.max: `65` does not fit; write a whole number from 0 to 64"),
        (
            "per = \"24h\"",
            "per = \"40d\"",
            "6: cap.one_a_day.per: `40d` is out of bounds; write a duration from `1s` to `31d`",
        ),
        (
            "name = \"cards\"",
            "name = \"one_a_day\"",
            "8: cap.one_a_day.name: `one_a_day` is used above; give each one its own",
        ),
        (
            "impressions = true",
            "channel = \"inbox\"",
            "11: cap.cards.channel: makes this cap count nothing; a card in the inbox is an impression, every other channel makes a contact: set `impressions` accordingly",
        ),
        ("[quiet.sms]", "[quiet.smss]", "12: quiet.smss: is not a known key; did you mean `sms`?"),
        ("\"20:00\"", "\"8pm\"", "14: quiet.sms.close: `8pm` is not a time of day; write for example `\"09:00\"`"),
        (
            "\"20:00\"",
            "\"08:00\"",
            "14: quiet.sms.close: is not later than `open`; write the hours of one day, for example 09:00 to 20:00",
        ),
        (
            "[levers]",
            "[lever]",
            "1: levers: is missing; add `[levers]` with benefit, harm, bid and at_entry\npolicy.toml:15: lever: is not a known key; did you mean `levers`?",
        ),
        ("bid = \"0.15\"\n", "", "15: levers.bid: is missing; add for example `bid = \"0.10\"`"),
        ("zone = \"America", "zone = \"UTC\"\nzone = \"America", "3: syntax: duplicate key; keep one of them"),
    ];
    assert_said("policy.toml", &cases);
}

#[test]
fn what_budgets_and_stores_get_wrong_is_said_with_line_key_and_fix() {
    let cases = [
        ("\"2s\"", "\"2 s\"", "2: check_in.commit: `2 s` is not a duration; write for example `2s`"),
        ("\"2s\"", "\"0s\"", "2: check_in.commit: `0s` is out of bounds; write a duration from `1ms` to `1h`"),
        ("deliver = \"5s\"\n", "", "1: check_in.deliver: is missing; add for example `deliver = \"5s\"`"),
    ];
    assert_said("budgets.toml", &cases);
    let again = "dwell_s = 300\n[[store]]\nid = \"market-street\"\nname = \"M\"\nlat = 1\nlon = 1\nzone = \"UTC\"\nenter_m = 1\nexit_m = 1\ndwell_s = 1\n";
    let cases = [
        (
            "40.7127",
            "140.7127",
            "4: store.market-street.lat: `140.7127` is out of bounds; write a number from -90 to 90",
        ),
        (
            "exit_m = 300",
            "exit_m = 100",
            "8: store.market-street.exit_m: is less than `enter_m`; leave only farther out than one enters",
        ),
        (
            "\"clinic\"\nlat",
            "\"clinic\"\nradius_m = 100\nlat",
            "15: deny.clinic.radius_m: `100` is out of bounds; write a number from 609.6 to 50000",
        ),
        ("dwell_s = 300\n", again, "11: store.market-street.id: `market-street` is used above; give each one its own"),
    ];
    assert_said("stores.toml", &cases);
}

#[test]
fn what_a_treatment_delivers_was_promised_and_a_promise_is_kept_by_something() {
    const PROMISES: &str = "[[promise]]\nid = \"early-sale\"\ntext = \"Into the sale early.\"\n";
    let with = |delivers: &str, promises: &str| {
        let mut files = files();
        let action = files.iter_mut().find(|file| file.path == "actions/win_back.toml").unwrap();
        action.text = action.text.replacen("channel = \"inbox\"", &format!("channel = \"inbox\"\n{delivers}"), 1);
        files.push(file("promises.toml", promises));
        files
    };
    let delivers = "delivers = \"early-sale\"";
    let kept = compile(&with(delivers, PROMISES)).unwrap();
    assert_eq!(kept.actions[0].treatments[1].delivers.as_deref(), Some("early-sale"));
    assert_eq!(kept.policy.benefits[0].text, "Into the sale early.");
    let now = tact_domain::Timestamp(1_793_470_800_000);
    assert_eq!(promises::unkept(&kept, now), []);
    let over = promises::unkept(&kept, now.plus_s(366 * 86_400));
    assert_eq!(over.len(), 1, "the action is over by then");
    let unkept = promises::unkept(&compile(&with("", PROMISES)).unwrap(), now);
    assert_eq!(unkept[0].wrong, "`early-sale` is a promise nobody keeps");
    let misspelt = compile(&with("delivers = \"early-sail\"", PROMISES)).unwrap_err().to_string();
    assert!(misspelt.contains("`early-sail` is promised to nobody; did you mean `early-sale`?"), "{misspelt}");
}
