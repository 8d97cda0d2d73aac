//! The command over small tables: what it answers, what it refuses, and that it never falls over.

use super::*;

const LOG_HEADER: &str = "shown,place,p,clicked\n";

/// Impressions of `a` and `b` by turns at two places, every fifth clicked.
fn log() -> String {
    let row = |nth: usize| {
        let action = if nth.is_multiple_of(2) { "a" } else { "b" };
        format!("{action},{},0.5,{}\n", nth % 3 % 2, u8::from(nth.is_multiple_of(5)))
    };
    LOG_HEADER.to_owned() + &(0..200).map(row).collect::<String>()
}

fn evaluated(log: &str, policy: &str, position: Option<&str>) -> Result<Evaluation, String> {
    let table = |name: &str, text: &str| Table::parse(name.to_owned(), text.as_bytes());
    let asked = Evaluate {
        log: PathBuf::new(),
        reward: "clicked".to_owned(),
        propensity: "p".to_owned(),
        action: "shown".to_owned(),
        position: position.map(str::to_owned),
        policy: PathBuf::new(),
        json: true,
    };
    asked.evaluated(table("log.csv", log), table("dist.csv", policy)).map_err(|reason| reason.to_string())
}

#[test]
fn a_log_answers_in_the_documented_shape() {
    let found =
        evaluated(&log(), "action,position,probability\na,0,0.5\nb,0,0.5\na,1,0.5\nb,1,0.5\n", Some("place")).unwrap();
    assert!((found.ipw.value - 0.2).abs() < 1e-12 && (found.ess - 200.0).abs() < 1e-9);
    let json = serde_json::to_value(found).unwrap();
    for estimate in ["ipw", "snipw", "dm", "dr"] {
        assert!(["value", "low", "high"].iter().all(|end| json[estimate][end].is_f64()), "{json}");
    }
    assert!(json["ess"].is_f64() && json["support"].is_f64(), "{json}");
    assert!(told(&found).contains("too few to rank policies"), "{}", told(&found));
}

#[test]
fn a_policy_without_positions_holds_everywhere() {
    let with_empty = evaluated(&log(), "action,position,probability\na,,0.25\nb,,0.75\n", Some("place")).unwrap();
    let without = evaluated(&log(), "action,probability\na,0.25\nb,0.75\n", Some("place")).unwrap();
    assert_eq!(with_empty, without);
    assert!(evaluated(&log(), "action,probability\na,0.25\nb,0.75\n", None).is_ok());
}

#[test]
fn what_cannot_be_answered_is_refused_in_one_line() {
    let even = "action,probability\na,0.5\nb,0.5\n";
    for (log, policy, position, said) in [
        (log(), even, Some("plase"), "`log.csv` has no column `plase`; the nearest are `place`"),
        (LOG_HEADER.to_owned(), even, None, "`log.csv` has a header and no rows"),
        (log(), "action,chance\na,1\n", None, "`dist.csv` has no column `probability`"),
        (log(), "action,probability\na,0.5\nb,much\n", None, "`dist.csv` has `much` in column `probability`, line 3"),
        (log(), "action,position,probability\na,1,1\n", None, "`dist.csv` names positions: say with --position"),
        (log(), "action,position,probability\na,1,1\n", Some("place"), "the policy says nothing of position `0`"),
        (log(), "action,probability\na,0.5\nb,0.7\n", None, "the probabilities of the policy add up to 1.2, not to 1"),
        (log(), "action,probability\na,0.5\nc,0.5\n", None, "no common support: 50.0 % of what the policy would show"),
        (log() + "a,0,0,1\n", even, None, "the propensity 0 in line 202 of the log is not above 0 and at most 1"),
        (log() + "a,0,1.5,1\n", even, None, "the propensity 1.5 in line 202 of the log"),
        (log() + "a,0,NaN,1\n", even, None, "`log.csv` has `NaN` in column `p`, line 202, where a number is needed"),
        (log() + "a,0,0.5,yes\n", even, None, "`log.csv` has `yes` in column `clicked`, line 202"),
        (log() + "a,0,0.5,\n", even, None, "`log.csv` has `` in column `clicked`, line 202"),
    ] {
        let refused = evaluated(&log, policy, position).unwrap_err();
        assert!(refused.starts_with(said) && !refused.contains('\n'), "{refused}");
    }
}
