//! What `[adaptive]` and `[explore]` mean, and what is said when they go wrong.

use tact_decide::{Adaptive, Explore, Policy, Term};

use super::*;

fn with(more: &str) -> Result<Policy, String> {
    let mut files = files();
    files[0].text = format!("{POLICY}{more}");
    compile(&files).map(|catalogue| catalogue.policy).map_err(|error| error.to_string())
}

#[test]
fn without_a_word_nothing_is_learnt_or_tried_and_the_compiled_bytes_say_nothing_of_either() {
    let policy = with("").unwrap();
    assert_eq!((policy.adaptive, policy.explore.is_off()), (None, true));
    let bytes = encode_catalogue(&compile(&files()).unwrap());
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.contains("adaptive") && !text.contains("explore"));
}

#[test]
fn what_is_said_is_meant_and_the_rest_is_usual() {
    assert_eq!(with("[adaptive]\n").unwrap().adaptive, Some(Adaptive::default()));
    let all = "[adaptive]\nall_counts_as = 10\naction_counts_as = 20.5\ntype_counts_as = 30\nhalves_after = 900\nnew_until = 0\nevery = \"10m\"\n";
    let expected = Adaptive {
        all_counts_as: 10.0,
        action_counts_as: 20.5,
        type_counts_as: 30.0,
        halves_after: 900,
        new_until: 0,
        every_s: 600,
    };
    assert_eq!(with(all).unwrap().adaptive, Some(expected));
    let tried = with("[explore]\nshare = 0.05\nwithin = \"0.10\"\nsalt = \"a\"\n").unwrap();
    assert_eq!(tried.explore, Explore { share: 0.05, within: 10.0, salt: "a".into() });
    let mut files = files();
    files[0].text = POLICY.replace("at_entry = 0.25", "at_entry = 0.25\noff = [\"explore\", \"learned\"]");
    assert_eq!(compile(&files).unwrap().policy.levers.off, [Term::Explore, Term::Learned]);
}

#[test]
fn what_makes_no_sense_is_said() {
    let cases = [
        (
            "[adaptive]\nhalves_after = 399\n",
            "adaptive.halves_after: would make new again what is new no more; write at least 400",
        ),
        ("[adaptive]\ntype_counts_as = 0\n", "adaptive.type_counts_as: `0` is out of bounds"),
        ("[adaptive]\nevery = \"1s\"\n", "adaptive.every:"),
        ("[adaptive]\nseed = 1\n", "adaptive.seed: is not a known key"),
        (
            "[explore]\nshare = 0.3\nwithin = 1\nsalt = \"a\"\n",
            "explore.share: `0.3` is out of bounds; write a number from 0 to 0.2",
        ),
        ("[explore]\nshare = 0.1\n", "explore.within: is missing; add for example `within = \"0.10\"`"),
    ];
    for (written, expected) in cases {
        let said = with(written).unwrap_err();
        assert!(said.contains(expected), "`{expected}` is not said of `{written}`:\n{said}");
    }
}
