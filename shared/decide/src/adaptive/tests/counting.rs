//! Generations, types that change, and what is kept of what was counted.

use super::*;

#[test]
fn what_lies_two_generations_back_counts_no_more_and_one_back_half() {
    let (halves_after, mut counts) = (10, Counts::default());
    let one = |positive| Matured { n: 1, positive, harm: 0 };
    let expected = Expected { typed: Typed::default(), positive: 500_000 };
    let mut enter = |times: usize, positive: i8| {
        for _ in 0..times {
            counts.enter(&saying("offer"), expected, one(positive), Day(1));
            counts.ripen(Day(1), &Counts::default(), halves_after);
        }
        let sums = Learned::cells(&counts)[0].2[0].1;
        (sums.n, sums.positive)
    };
    assert_eq!(enter(10, 1), (20, 20));
    assert_eq!(enter(1, 0), (12, 10), "the first ten count half");
    assert_eq!(enter(9, 0), (30, 10));
    assert_eq!(enter(1, 0), (12, 0), "and now no more");
}

#[test]
fn generations_turn_by_what_all_shards_counted_together() {
    let mut shards = [Counts::default(), Counts::default()];
    let expected = Expected { typed: Typed::default(), positive: 500_000 };
    for nth in 0..21 {
        let [one, other] = &mut shards;
        let (own, beside) = if nth % 3 == 0 { (one, other) } else { (other, one) };
        own.enter(&saying("offer"), expected, Matured { n: 1, positive: 1, harm: 0 }, Day(3));
        own.ripen(Day(4), beside, 10);
    }
    let mut all = Counts::default();
    for shard in &shards {
        all.merge(shard);
    }
    let cell = all.cell(&saying("offer"), None);
    assert_eq!((cell.generation, cell.current.n, cell.older.n), (2, 1, 10));
}

/// Types of a version after those before, of whose first type two thirds are of the second of these; or after none.
fn types(version: u16, before: Option<u16>) -> Types {
    let scale = Scale { features: vec!["orders_90d".to_owned()], means: vec![0.0], deviations: vec![1.0] };
    let before = before.map(|version| Before { version, overlap: vec![vec![1, 2], vec![3, 0]] });
    Types::new(version, scale, vec![vec![0.0], vec![2.0]], before).unwrap()
}

#[test]
fn counts_by_the_types_before_are_carried_over_and_others_are_nobodys() {
    let mut old = Counts::default();
    told(&mut old, "offer", Some(0), (9, 6, 3), 100_000);
    told(&mut old, "offer", Some(1), (4, 0, 0), 100_000);
    let of = |counts: &Counts| -> Vec<_> {
        let cells = Learned::cells(counts);
        cells[0].2.iter().map(|(kind, sums)| (*kind, sums.n / 2, sums.positive / 2)).collect()
    };
    let now = types(2, Some(1));
    let by = |counts: &Counts, types: Option<&Types>| counts.clone().by(types);
    let carried = by(&old, Some(&now));
    assert_eq!((of(&carried), carried.types()), (vec![(Some(0), 7, 2), (Some(1), 6, 4)], 2));
    assert_eq!(by(&old, None), old, "they are by rule already");
    assert_eq!(of(&by(&old, Some(&types(3, Some(2))))), [(None, 13, 6)], "two versions at once");
    assert_eq!(of(&by(&old, Some(&types(2, None)))), [(None, 13, 6)], "nobody knows who is of which");
    assert_eq!(by(&carried, None), carried, "counted by types that are newer than ours");
    let mut mixed = old.clone();
    mixed.merge(&carried);
    assert_eq!(of(&mixed), [(None, 13, 6), (Some(0), 9, 6), (Some(1), 4, 0)], "nothing is lost meanwhile");
}

#[test]
fn what_was_expected_of_a_type_before_counts_for_the_one_that_most_of_it_are_of() {
    let of = |kind| Typed { types: 1, kind };
    let by = |types: &Types, kind| of(kind).by(Some(types)).kind;
    let now = types(2, Some(1));
    assert_eq!([Some(0), Some(1), Some(2), None].map(|kind| by(&now, kind)), [Some(1), Some(0), None, None]);
    assert_eq!(of(Some(1)).by(None), of(Some(1)));
    assert_eq!(by(&types(3, Some(2)), Some(0)), None);
    let mut counts = Counts::default().by(Some(&now));
    let message = Matured { n: 1, positive: 0, harm: 0 };
    counts.enter(&saying("offer"), Expected { typed: of(Some(0)), positive: 0 }, message, Day(0));
    counts.enter(&saying("offer"), Expected { typed: of(Some(0)).by(Some(&now)), positive: 0 }, message, Day(0));
    counts.ripen(Day(0), &Counts::default(), NO_TURN);
    assert_eq!([None, Some(0), Some(1)].map(|kind| counts.cell(&saying("offer"), kind).current.n), [1, 0, 1]);
}

/// Messages of a type one after the other, each of which came to this, with generations that turn after a hundred.
fn one_by_one(counts: &mut Counts, kind: u8, times: usize, matured: Matured) {
    let expected = Expected { typed: Typed { kind: Some(kind), ..Typed::default() }, positive: 100_000 };
    for _ in 0..times {
        counts.enter(&saying("offer"), expected, matured, Day(1));
        counts.ripen(Day(1), &Counts::default(), 100);
    }
}

#[test]
fn cells_of_different_generations_keep_their_weight_when_they_become_one() {
    let mut counts = Counts::default();
    one_by_one(&mut counts, 0, 250, Matured { n: 1, positive: 0, harm: 0 });
    one_by_one(&mut counts, 1, 90, Matured { n: 1, positive: 0, harm: 1 });
    let sums = |counts: &Counts| -> Vec<_> {
        Learned::cells(counts)[0].2.iter().map(|(kind, sums)| (*kind, sums.n, sums.harm)).collect()
    };
    assert_eq!(sums(&counts), [(Some(0), 200, 0), (Some(1), 180, 180)]);
    assert_eq!(sums(&counts.carried(2, &[vec![10], vec![10]])), [(Some(0), 380, 180)]);
    let mut later = Counts { types: 2, ..Counts::default() };
    later.merge(&counts);
    assert_eq!(sums(&later), [(None, 380, 180)]);
}

#[test]
fn corrections_that_outlive_their_messages_leave_probabilities_what_they_can_be() {
    let kept = |counts: &Counts| learned(counts).harmful(&weighed(0), ("offer", Channel::Email, Some(1)), 0.04, 200.0);
    let mut counts = Counts::default();
    one_by_one(&mut counts, 1, 420, Matured { n: 0, positive: 0, harm: 1 });
    assert!((0.0..=0.04).contains(&kept(&counts)), "harm without messages: {}", kept(&counts));
    let mut counts = Counts::default();
    one_by_one(&mut counts, 1, 100, Matured { n: 1, positive: 1, harm: 0 });
    one_by_one(&mut counts, 1, 106, Matured { n: 1, positive: 0, harm: 0 });
    one_by_one(&mut counts, 1, 60, Matured { n: -1, positive: -1, harm: 0 });
    one_by_one(&mut counts, 1, 300, Matured { n: 0, positive: 0, harm: 1 });
    assert!((0.0..=1.0).contains(&kept(&counts)), "{}", kept(&counts));
    let ratio = learned(&counts).ratio(&weighed(0), "offer", Channel::Email, Some(1));
    assert!(ratio.is_finite() && ratio >= 0.0, "{ratio}");
}

#[test]
fn by_a_channel_on_which_nobody_ever_answered_nothing_but_harm_is_learnt() {
    let (adaptive, mut counts) = (weighed(0), Counts::default());
    told(&mut counts, "offer", Some(1), (900, 0, 300), 200_000);
    let ratio = |counts: &Counts| learned(counts).ratio(&adaptive, "offer", Channel::Email, Some(1));
    assert!((ratio(&counts) - 1.0).abs() < 1e-12, "it may be that answers are not heard: {}", ratio(&counts));
    let harmful = learned(&counts).harmful(&adaptive, ("offer", Channel::Email, Some(1)), 0.04, 200.0);
    assert!(harmful > 0.2, "{harmful}");
    told(&mut counts, "other", Some(1), (10, 1, 0), 200_000);
    assert!(ratio(&counts) < 0.5, "somebody answered to something else by it: {}", ratio(&counts));
}

#[test]
fn a_shard_stays_within_an_item_whatever_is_said_to_whomever() {
    let mut counts = Counts::default();
    for action in 0..40_u8 {
        for kind in 0..33_u8 {
            for day in 1..=31 {
                let expected = Expected { typed: Typed { kind: Some(kind), ..Typed::default() }, positive: 100_000 };
                let matured = Matured { n: 1, positive: i8::from(action == 7), harm: 0 };
                counts.enter(&saying(&format!("action_number_{action}")), expected, matured, Day(day));
            }
        }
    }
    counts.enter(
        &saying("often"),
        Expected::of(Typed::default(), 0.1),
        Matured { n: 9, positive: 0, harm: 0 },
        Day(31),
    );
    counts.ripen(Day(0), &Counts::default(), NO_TURN);
    assert_eq!(counts.early.values().map(BTreeMap::len).sum::<usize>(), Counts::MOST_EARLY);
    assert!(counts.early.contains_key(&saying("often")), "what most is known of is kept");
}

#[test]
fn too_many_cells_lose_the_least() {
    let mut counts = Counts::default();
    told(&mut counts, "kept", None, (3, 0, 0), 0);
    for nth in 0..Counts::MOST {
        told(&mut counts, &format!("a{nth}"), None, (1 + u32::from(nth == 7), 0, 0), 0);
    }
    let (kept, twice, gone) = (&saying("kept"), &saying("a7"), &saying("a0"));
    assert_eq!(counts.cells.len(), Counts::MOST);
    assert!(counts.cells.contains_key(kept) && counts.cells.contains_key(twice) && !counts.cells.contains_key(gone));
}

#[test]
fn what_is_answered_early_counts_with_what_is_never_answered_so_that_no_rate_is_too_high_for_a_while() {
    // Ten messages leave on each of 30 days; four are answered on the next day, one of them by a yes, and six by silence a week later.
    let mut counts = Counts::default();
    let expected = Expected { typed: Typed::default(), positive: 100_000 };
    let known = |n: i32, yes| (0..n).map(move |nth| Matured { n: 1, positive: i8::from(nth < yes), harm: 0 });
    for day in 0..30 {
        for answered in known(4, 1) {
            counts.enter(&saying("offer"), expected, answered, Day(day + 7));
        }
        for silent in known(6, 0).filter(|_| day >= 7) {
            counts.enter(&saying("offer"), expected, silent, Day(day));
        }
        counts.ripen(Day(day), &Counts::default(), NO_TURN);
        let found = Learned::cells(&counts).first().map_or((0, 0), |(.., cells)| (cells[0].1.n, cells[0].1.positive));
        let whole_days = u64::try_from(day - 6).unwrap_or(0);
        assert_eq!(found, (20 * whole_days, 2 * whole_days), "on day {day}, one in ten as ever");
    }
}
