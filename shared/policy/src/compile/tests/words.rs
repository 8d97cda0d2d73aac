//! What is wrong with words: who speaks, texts and subjects, coupons, appointments, entitlements.

use super::*;

#[test]
fn what_the_brand_gets_wrong_is_said_with_line_key_and_fix() {
    let long = "x".repeat(41);
    let help = "help = \"Harbor & Co.: help at https://harbor.example/help. Reply STOP to opt out.\"";
    let cases = [
        (
            "[brand]",
            "[brnd]",
            "1: brand: is missing; add `[brand]` with name, postal_address, email_from, help, links and sms_segments\nchannels.toml:1: brnd: is not a known key; did you mean `brand`?",
        ),
        ("Harbor & Co.\"", &format!("{long}\""), "2: brand.name: is longer than 40 characters; shorten it"),
        (
            "Harbor & Co.\"",
            "Harbor\\nBcc: x\"",
            "2: brand.name: has a line end or another control character; write it on one line",
        ),
        (
            "Harbor & Co.\"",
            "H\u{430}rbor & Co.\"",
            "2: brand.name: `H\u{430}rbor & Co.` mixes alphabets whose letters look alike; write it in one alphabet",
        ),
        (
            "hello@harbor.example",
            "hello@harbor.example, x@y.example",
            "4: brand.email_from: `hello@harbor.example, x@y.example` is not one plain e-mail address; write for example `hello@harbor.example`; the name beside it is that of the brand",
        ),
        (help, "", "1: brand.help: is missing; add for example `help = \"Harbor & Co.: … Reply STOP to opt out.\"`"),
        ("Reply STOP to opt out.", "", "5: brand.help: does not say how to stop; end it with `Reply STOP to opt out.`"),
        (
            "Harbor & Co.: help",
            "{{ brand }}: help",
            "5: brand.help: is said as it is written, variables and all; write the name itself",
        ),
        (
            "https://harbor.example",
            "https://evil.example",
            "5: brand.help: has a link to `evil.example`, where links may not lead; lead to one of harbor.example, shop.example, or add the host to `links` in channels.toml",
        ),
        (
            "Reply STOP",
            &format!("{} Reply STOP", "x".repeat(300)),
            "5: brand.help: takes 3 segments as a text message, at most 2 are allowed; shorten it, or allow more `sms_segments`",
        ),
        (
            "\"shop.example\"",
            "\"https://shop.example\"",
            "6: brand.links: `https://shop.example` is not a host; write its name alone, in lower case, for example `harbor.example`",
        ),
        (
            "\"shop.example\"",
            "\"bit.ly\"",
            "6: brand.links: `bit.ly` hides where a link leads; write a host of your own",
        ),
        (
            "sms_segments = 2",
            "sms_segments = 11",
            "7: brand.sms_segments: `11` does not fit; write a whole number from 1 to 10",
        ),
    ];
    assert_said("channels.toml", &cases);
}

#[test]
fn what_entitlements_get_wrong_is_said_with_line_key_and_fix() {
    let one_of = "is to be given, or `spend`: exactly one of them; write `check_ins = { every = 10, within = \"30d\" }` or `spend = { per = \"10.00\" }`";
    let cases = [
        (
            "\"spend\"",
            "\"tenth_check_in\"",
            "6: entitlement.tenth_check_in.name: `tenth_check_in` is used above; give each one its own",
        ),
        (
            "points = 100",
            "points = 0",
            "3: entitlement.tenth_check_in.points: `0` does not fit; write a whole number from 1 to 1000000",
        ),
        (
            "every = 10",
            "every = 1",
            "4: entitlement.tenth_check_in.check_ins.every: `1` does not fit; write a whole number from 2 to 1000",
        ),
        (
            "\"30d\"",
            "\"91d\"",
            "4: entitlement.tenth_check_in.check_ins.within: `91d` is out of bounds; write a duration from `1d` to `90d`",
        ),
        (
            "\"30d\"",
            "\"36h\"",
            "4: entitlement.tenth_check_in.check_ins.within: is not a number of whole days; write for example `\"30d\"`",
        ),
        (
            "check_ins = { every = 10, within = \"30d\" }",
            "",
            &format!("1: entitlement.tenth_check_in.check_ins: {one_of}"),
        ),
        (
            "points = 1\n",
            "points = 1\ncheck_ins = { every = 10, within = \"30d\" }\n",
            &format!("8: entitlement.spend.check_ins: {one_of}"),
        ),
        (
            "\"10.00\"",
            "\"0\"",
            "8: entitlement.spend.spend.per: `0` cannot be paid in coins; write an amount of whole minor units, for example `\"10.00\"`",
        ),
        (
            "\"10.00\"",
            "\"0.005\"",
            "8: entitlement.spend.spend.per: `0.005` cannot be paid in coins; write an amount of whole minor units, for example `\"10.00\"`",
        ),
    ];
    assert_said("entitlements.toml", &cases);
}

#[test]
fn what_an_appointment_gets_wrong_is_said_with_line_key_and_fix() {
    let put_off = |lines: &str| format!("[put_off]\n{lines}\n[rules]");
    let with_due = |lines: &str| {
        let mut files = files();
        files[1].text.push_str("[due]\ncommit = \"5m\"\ndeliver = \"10m\"\n");
        files[3].text = files[3].text.replace("\"check_in\"]", "\"due\"]").replace("[rules]", &put_off(lines));
        compile(&files).err().map(|errors| errors.to_string()).unwrap_or_default()
    };
    let cases = [
        ("on = \"time\"\nat = \"09:30\"\nwithin = \"2d\"", ""),
        ("on = \"next_visit\"\nwithin = \"31d\"", ""),
        ("on = \"time\"\nwithin = \"2d\"", "13: put_off.at: is missing; add for example `at = \"09:30\"`"),
        (
            "on = \"purchase\"\nat = \"09:30\"\nwithin = \"2d\"",
            "15: put_off.at: has no place here: it waits for `purchase`, not for a time; remove it, or write `on = \"time\"`",
        ),
        (
            "on = \"exit\"\nwithin = \"2d\"",
            "14: put_off.on: `exit` is not one of time, next_visit, store_exit, purchase; write for example `time`",
        ),
        ("within = \"2d\"", "13: put_off.on: is missing; write one of time, next_visit, store_exit, purchase"),
        ("on = \"store_exit\"", "13: put_off.within: is missing; add for example `within = \"2d\"`"),
        (
            "on = \"store_exit\"\nwithin = \"32d\"",
            "15: put_off.within: `32d` is out of bounds; write a duration from `1s` to `31d`",
        ),
    ];
    for (lines, expected) in cases {
        let expected = if expected.is_empty() { String::new() } else { format!("actions/win_back.toml:{expected}") };
        assert_eq!(with_due(lines), expected, "{lines}");
    }
    let never = put_off("on = \"next_visit\"\nwithin = \"2d\"");
    let cases = [
        (
            "[rules]",
            never.as_str(),
            "5: triggers: does not list `due`, so what is put off would never be decided; add `\"due\"`, or remove `[put_off]`",
        ),
        (
            "\"check_in\"]",
            "\"due\"]",
            "5: triggers: `due` has no budget, so it would always be silent; declare `[due]` in budgets.toml",
        ),
    ];
    assert_said("actions/win_back.toml", &cases);
}

#[test]
fn what_a_text_gets_wrong_is_said_with_line_key_and_fix() {
    let text = "{{ brand }}: ten dollars off. Reply STOP to opt out.";
    let ours = "lead to one of harbor.example, shop.example, or add the host to `links` in channels.toml";
    // 12 letters of the brand, 10 of the code, 17 of the date, and none to spare in two segments of 153.
    let full = format!("{}{{{{ brand }}}}STOP", "x".repeat(290));
    assert!(said("actions/win_back.toml", text, &full).contains("nothing is wrong"));
    let cases = [
        ("{{ brand }}", "{{ first_name }}", "27: treatment.sms.text: `first_name` is not a variable; known are brand, store, code, valid_until, claim, product, size, price, area, how_to".to_owned()),
        ("{{ brand }}", "{% if 1 %}", "27: treatment.sms.text: has a variable that is not closed or not a name; write `{{ brand }}`, and no other braces".to_owned()),
        ("{{ brand }}", "{{ brand|upper }}", "27: treatment.sms.text: has a variable that is not closed or not a name; write `{{ brand }}`, and no other braces".to_owned()),
        ("Reply STOP", "Reply halt", "27: treatment.sms.text: does not say how to stop, as a text message that sells must; end it with `Reply STOP to opt out.`".to_owned()),
        ("{{ brand }}", "http://harbor.example", "27: treatment.sms.text: has a link that others can read and change; write `https://`".to_owned()),
        ("{{ brand }}", "https://harbor.example.evil.example", format!("27: treatment.sms.text: has a link to `harbor.example.evil.example`, where links may not lead; {ours}")),
        ("{{ brand }}", "bit.ly/1", "27: treatment.sms.text: has a link by `bit.ly`, which hides where it leads; write it whole: harbor.example, shop.example".to_owned()),
        (text, &format!("x{full}"), "27: treatment.sms.text: takes up to 3 segments, at most 2 are allowed; shorten it, or allow more `sms_segments` in channels.toml".to_owned()),
        (text, &format!("{{{{ store }}}}{full}"), "27: treatment.sms.text: takes up to 3 segments, at most 2 are allowed; shorten it, or allow more `sms_segments` in channels.toml".to_owned()),
        ("\"2d\"", "\"2d\"\nwindow = \"61d\"", "27: treatment.sms.window: `61d` is out of bounds; write a duration from `1s` to `60d`".to_owned()),
        ("\"2d\"", "\"2d\"\nsubject = \"Hello\"", "27: treatment.sms.subject: has no place here: only e-mails have one; remove it".to_owned()),
    ];
    let cases: Vec<_> = cases.iter().map(|(right, wrong, expected)| (*right, *wrong, expected.as_str())).collect();
    assert_said("actions/win_back.toml", &cases);
}

#[test]
fn what_the_subject_of_an_email_gets_wrong_is_said_with_line_key_and_fix() {
    let sms = "channel = \"sms\"\n";
    let email = |subject: &str| format!("channel = \"email\"\nsubject = \"{subject}\"\n");
    assert!(said("actions/win_back.toml", sms, &email(&"x".repeat(150))).contains("nothing is wrong"));
    let cases = [
        (
            "channel = \"email\"\n".to_owned(),
            "18: treatment.sms.subject: is missing; add for example `subject = \"News from {{ brand }}\"`",
        ),
        (email(&"x".repeat(151)), "21: treatment.sms.subject: is longer than 150 characters; shorten it"),
        (
            email("a\\r\\nBcc: b@example.com"),
            "21: treatment.sms.subject: has a line end or another control character; write it on one line",
        ),
        (
            email("a\\u0000"),
            "21: treatment.sms.subject: has a line end or another control character; write it on one line",
        ),
        (
            email("{{ name }}"),
            "21: treatment.sms.subject: `name` is not a variable; known are brand, store, code, valid_until, claim, product, size, price, area, how_to",
        ),
        (
            email("{{ code }}"),
            "21: treatment.sms.subject: names `code`, and the treatment hands out no coupon; add `[treatment.coupon]`, or remove the variable",
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(wrong, expected)| (sms, wrong.as_str(), *expected)).collect();
    assert_said("actions/win_back.toml", &cases);
}

#[test]
fn what_a_coupon_gets_wrong_is_said_with_line_key_and_fix() {
    let text = "text = \"{{ brand }}: ten dollars off. Reply STOP to opt out.\"";
    let coupon = |words: &str, terms: &str| format!("text = \"{words} STOP\"\n[treatment.coupon]\n{terms}");
    let terms = "days = 30\non_return = \"void\"";
    assert!(said("actions/win_back.toml", text, &coupon("{{ code }}", terms)).contains("nothing is wrong"));
    let cases = [
        (
            coupon("ten dollars off", terms),
            "27: treatment.sms.text: does not name the code of the coupon; write `{{ code }}` into it",
        ),
        (
            coupon("{{ code }}", "days = 366\non_return = \"void\""),
            "29: treatment.sms.coupon.days: `366` does not fit; write a whole number from 1 to 365",
        ),
        (
            coupon("{{ code }}", "days = 30\non_return = \"keep\""),
            "30: treatment.sms.coupon.on_return: `keep` is not one of reopen, void; write for example `reopen`",
        ),
        (
            coupon("{{ code }}", "days = 30"),
            "28: treatment.sms.coupon.on_return: is missing; write one of reopen, void",
        ),
        (
            coupon("{{ code }}", &format!("{terms}\nstores = [\"market-stret\"]")),
            "31: treatment.sms.coupon.stores: `market-stret` is not a store; did you mean `market-street`?",
        ),
        (
            "text = \"{{ code }} STOP\"".to_owned(),
            "27: treatment.sms.text: names `code`, and the treatment hands out no coupon; add `[treatment.coupon]`, or remove the variable",
        ),
        (
            "text = \"{{ valid_until }} STOP\"".to_owned(),
            "27: treatment.sms.text: names `valid_until`, and the treatment hands out no coupon; add `[treatment.coupon]`, or remove the variable",
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(wrong, expected)| (text, wrong.as_str(), *expected)).collect();
    assert_said("actions/win_back.toml", &cases);

    let mut files = files();
    files[3].text = files[3].text.replace(text, &coupon("{{ code }}", terms)).replace("incentive = \"10.00\"\n", "");
    let error = compile(&files).unwrap_err().to_string();
    assert_eq!(
        error,
        "actions/win_back.toml:27: treatment.sms.coupon: is worth nothing; write what it is worth, for example `incentive = \"5.00\"`, or remove the coupon"
    );
}
