//! The command over small tables: what it answers, and what is wrong with a table in one line.

use super::*;

/// Letters work on the young alone.
fn table(treatments: [&str; 2]) -> String {
    let row = |nth: usize| {
        let young = nth % 4 < 2;
        let treated = nth % 2;
        let came = nth * 7_919 % 100 < if young && treated == 1 { 60 } else { 20 };
        format!("{},{},{},{}\n", if young { "young" } else { "old" }, nth % 13, treatments[treated], u8::from(came))
    };
    "age,visits,mail,came\n".to_owned() + &(0..2_000).map(row).collect::<String>()
}

fn asked() -> Uplift {
    Uplift {
        table: PathBuf::new(),
        treatment: "mail".to_owned(),
        outcome: "came".to_owned(),
        control: None,
        shares: Vec::new(),
        test: None,
        drop: Vec::new(),
        seed: 1,
        json: true,
    }
}

fn measured(text: &str, asked: &Uplift) -> Result<(Measure, String, String), String> {
    let table = Table::parse("t.csv".to_owned(), text.as_bytes()).map_err(|error| error.to_string())?;
    asked.measured(&table, None).map_err(|error| error.to_string())
}

#[test]
fn a_trial_answers_in_the_documented_shape() {
    let (measure, control, outcome) = measured(&table(["No Letter", "Letter"]), &asked()).unwrap();
    assert_eq!([control.as_str(), outcome.as_str()], ["No Letter", "`came` is `1`"]);
    let json: serde_json::Value = serde_json::from_str(&text::json(&measure, &control, &outcome)).unwrap();
    let letter = &json["treatments"]["Letter"];
    assert_eq!(letter["n"], serde_json::json!({ "treated": 1_000, "control": 1_000 }));
    for path in [
        "/rates/treated/low",
        "/ate/value",
        "/ate/p",
        "/mde",
        "/srm_p",
        "/qini",
        "/qini_random/p95",
        "/uplift_at/10/high",
        "/balance/0/p",
    ] {
        assert!(letter.pointer(path).is_some_and(serde_json::Value::is_f64), "{path} of {letter}");
    }
    assert!(letter["detectable"] == true && json["leaks"] == serde_json::json!([]), "{json}");
    let told = text::told(&measure, &control, &outcome);
    assert!(
        told.contains("it is known on whom it works") && told.contains("the arms are as large as chance makes them"),
        "{told}"
    );
}

#[test]
fn another_table_is_measured_when_it_is_given() {
    let table = Table::parse("t.csv".to_owned(), table(["none", "letter"]).as_bytes()).unwrap();
    let mut test = table.clone();
    test.rows.truncate(1_000);
    let (measure, ..) = asked().measured(&table, Some(&test)).unwrap();
    assert_eq!(measure.treatments[0].1.n.treated, 500);
    test.file = "test.csv".to_owned();
    test.columns[0] = "years".to_owned();
    let said = asked().measured(&table, Some(&test)).unwrap_err().to_string();
    assert!(said.starts_with("`test.csv` has no column `age`"), "{said}");
}

#[test]
fn what_is_wrong_with_a_table_is_said_in_one_line() {
    let good = || table(["none", "letter"]);
    let share = |shares: &[&str]| Uplift { shares: shares.iter().map(|&share| share.to_owned()).collect(), ..asked() };
    for (text, asked, said) in [
        (good(), Uplift { treatment: "male".to_owned(), ..asked() }, "`t.csv` has no column `male`; the nearest are"),
        (good(), Uplift { drop: vec!["agge".to_owned()], ..asked() }, "`t.csv` has no column `agge`"),
        (good(), Uplift { outcome: "mail".to_owned(), ..asked() }, "the column `mail` is named for two things"),
        (
            good(),
            Uplift { control: Some("nobody".to_owned()), ..asked() },
            "the column `mail` of `t.csv` is never `nobody`; it is `letter`, `none`",
        ),
        (
            table(["a", "b"]),
            asked(),
            "say by `--control` which value of the column `mail` of `t.csv` means no treatment: `a`, `b`",
        ),
        (table(["none", "none"]), asked(), "the column `mail` of `t.csv` is `none` in every row: nobody was treated"),
        (
            good() + "old,3,,1\n",
            asked(),
            "`t.csv` has nothing in the treatment column `mail`, line 2002; there are `none`, `letter`",
        ),
        (good() + "old,3,none,\n", asked(), "`t.csv` cannot be measured by the outcome `came`, line 2002: it is empty"),
        (
            good() + "old,3,none,2\n",
            asked(),
            "`t.csv` cannot be measured by the outcome `came`: it has more than two values",
        ),
        (
            good() + "old,many,none,1\n",
            asked(),
            "`t.csv` has `many` in column `visits`, line 2002, where other rows have numbers",
        ),
        (
            good(),
            Uplift { outcome: "visits".to_owned(), ..asked() },
            "`t.csv` cannot be measured by the outcome `visits`: it has more than two values",
        ),
        (good(), share(&["letter=2"]), "declare a share of `none` too"),
        (good(), share(&["letter=two", "none=1"]), "`letter=two` is no share"),
        (good(), share(&["call=1"]), "there is no treatment `call` to declare a share of"),
        (
            "age,mail,came\nold,none,1\nold,letter,0\n".to_owned(),
            asked(),
            "cannot measure `t.csv`: the arm `none` has 1 rows, and at least 50 are needed",
        ),
        ("age,mail,came\n".to_owned(), asked(), "`t.csv` has a header and no rows"),
    ] {
        let refused = measured(&text, &asked).unwrap_err();
        assert!(refused.starts_with(said) && !refused.contains('\n'), "{refused}");
    }
}

#[test]
fn columns_that_were_only_known_afterwards_are_named() {
    let text: String = table(["none", "letter"])
        .lines()
        .map(|line| {
            if line.ends_with("came") {
                format!("{line},bought\n")
            } else {
                format!("{line},{}\n", if line.ends_with('1') { "yes" } else { "no" })
            }
        })
        .collect();
    let (measure, control, outcome) = measured(&text, &asked()).unwrap();
    assert_eq!(measure.suspects[0].column, "bought");
    assert!(text::told(&measure, &control, &outcome).contains("LEAK: left out `bought`"));
    let (dropped, ..) = measured(&text, &Uplift { drop: vec!["bought".to_owned()], ..asked() }).unwrap();
    assert!(dropped.suspects.is_empty());
}
