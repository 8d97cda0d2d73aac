//! The life of a treatment that too many want no more of: it rests, is tried by a few, and comes back, or rests for longer.

use tact_domain::{Fingerprint, OutcomeLedger};

use super::*;

const DAY: i64 = 86_400;
const NOW: Timestamp = Timestamp(1_793_458_800_000);

fn rail() -> Guardrail {
    let guard = |harm, limit| Guard { harm, limit, alpha: 0.01 };
    let guards = vec![guard(Harm::OptOut, 0.02), guard(Harm::Dismissal, 0.3)];
    Guardrail { guards, rest_s: 7 * DAY, trial: 0.05, trial_of: 50 }
}

/// So many messages decided at an instant, all of which did this, or no harm.
fn messages(count: usize, planned_at: Timestamp, harm: Option<Harm>) -> Vec<Met> {
    vec![Met { planned_at, harm, counted: false }; count]
}

/// A treatment that everybody opts out of.
fn suspended() -> Watch {
    let mut watch = Watch::default();
    watch.meet(&rail(), &messages(20, NOW.plus_s(-DAY), Some(Harm::OptOut)), NOW);
    watch
}

#[test]
fn when_too_many_opt_out_a_treatment_rests_and_is_then_tried_by_a_few() {
    let watch = suspended();
    let until = NOW.plus_s(7 * DAY);
    assert_eq!((watch.phase, watch.phase_at(until.plus_s(-1))), (Phase::Suspended(until), Phase::Suspended(until)));
    assert_eq!(watch.phase_at(until), Phase::Trial);
    let [turned] = watch.log.as_slice() else { panic!("{:?}", watch.log) };
    assert_eq!((turned.to, turned.because), (Phase::Suspended(until), Some(Harm::OptOut)));
    assert!(turned.of.0 <= 6 && turned.of.0 == turned.of.1, "{turned:?}");
}

#[test]
fn messages_of_before_the_trial_do_not_count_in_it() {
    let (mut watch, later) = (suspended(), NOW.plus_s(8 * DAY));
    let turned = watch.meet(&rail(), &messages(100, NOW, Some(Harm::OptOut)), later);
    assert_eq!(turned.len(), 1, "the trial has begun: {turned:?}");
    assert_eq!((watch.phase, watch.since, watch.counts[0].n), (Phase::Trial, NOW.plus_s(7 * DAY), 0));
}

#[test]
fn after_a_trial_without_harm_everybody_gets_it_again_and_the_next_rest_is_short() {
    let (mut watch, tried) = (suspended(), NOW.plus_s(8 * DAY));
    let turned = watch.meet(&rail(), &messages(49, tried, None), tried.plus_s(DAY));
    assert_eq!(turned.iter().map(|turned| turned.to).collect::<Vec<_>>(), [Phase::Trial]);
    let turned = watch.meet(&rail(), &messages(1, tried, None), tried.plus_s(2 * DAY));
    assert_eq!(turned.iter().map(|turned| (turned.to, turned.of)).collect::<Vec<_>>(), [(Phase::Running, (50, 0))]);
    let again = tried.plus_s(3 * DAY);
    watch.meet(&rail(), &messages(20, again, Some(Harm::OptOut)), again);
    assert_eq!(watch.phase, Phase::Suspended(again.plus_s(7 * DAY)));
}

#[test]
fn a_trial_that_goes_wrong_doubles_the_rest() {
    let (mut watch, mut now) = (suspended(), NOW.plus_s(8 * DAY));
    for days in [14, 28, 56, 112, 224, 366, 366] {
        watch.meet(&rail(), &messages(20, now, Some(Harm::OptOut)), now);
        assert_eq!(watch.phase, Phase::Suspended(now.plus_s(days * DAY)));
        now = now.plus_s(days * DAY);
    }
    assert_eq!(watch.log.len(), 15);
    let at: Vec<_> = watch.log.iter().map(|turned| turned.at).collect();
    assert!(at.is_sorted());
}

#[test]
fn a_trial_too_short_to_show_anything_goes_on_while_it_does_harm() {
    let rail = Guardrail { trial_of: 3, ..rail() };
    let (mut watch, tried) = (suspended(), NOW.plus_s(8 * DAY));
    watch.meet(&rail, &messages(4, tried, Some(Harm::OptOut)), tried);
    assert_eq!((watch.phase, watch.counts[0].k), (Phase::Trial, 4));
    let (mut mended, mut worse) = (watch.clone(), watch);
    mended.meet(&rail, &messages(200, tried, None), tried);
    worse.meet(&rail, &messages(20, tried, Some(Harm::OptOut)), tried);
    assert_eq!((mended.phase, worse.phase), (Phase::Running, Phase::Suspended(tried.plus_s(14 * DAY))));
}

#[test]
fn each_harm_has_its_own_limit() {
    let mut watch = Watch::default();
    let some = [messages(25, NOW, Some(Harm::Dismissal)), messages(75, NOW, None)].concat();
    let mixed: Vec<_> = (0..100).map(|place| some[place * 37 % 100]).collect();
    assert_eq!(watch.meet(&rail(), &mixed, NOW), [], "a quarter may put it away");
    assert_eq!((watch.counts[2].n, watch.counts[2].k, watch.counts[0].k), (100, 25, 0));
    assert_eq!(watch.counts[1], Count::default(), "complaints are not watched here");
}

#[test]
fn a_message_is_counted_once_and_harm_that_comes_later_is_added_to_it() {
    let told = |outcomes: &[Outcome]| {
        let (mut ledger, mut met) = (OutcomeLedger::default(), Vec::new());
        for (place, outcome) in (1..).zip(outcomes) {
            met.extend(Met::of(&ledger, *outcome, NOW));
            ledger.enter(*outcome, NOW, Fingerprint(place));
        }
        let mut watch = Watch::default();
        watch.meet(&rail(), &met, NOW);
        (watch.counts[0].n, watch.counts[0].k, watch.counts[2].k)
    };
    assert_eq!(told(&[Outcome::Delivered, Outcome::Opened, Outcome::Clicked]), (0, 0, 0));
    assert_eq!(told(&[Outcome::Opened, Outcome::Accepted, Outcome::Redeemed, Outcome::Thanked]), (1, 0, 0));
    assert_eq!(told(&[Outcome::OptedOut, Outcome::Expired]), (1, 1, 0));
    assert_eq!(told(&[Outcome::Dismissed, Outcome::OptedOut]), (1, 1, 1));
    assert_eq!(told(&[Outcome::Bounced]), (0, 0, 0), "it never arrived");
}

#[test]
fn against_another_limit_counting_begins_anew() {
    let mut watch = Watch::default();
    watch.meet(&rail(), &messages(30, NOW, None), NOW);
    let mut stricter = rail();
    stricter.guards[0].limit = 0.01;
    watch.meet(&stricter, &messages(1, NOW, None), NOW);
    assert_eq!((watch.counts[0].n, watch.counts[2].n), (1, 31));
}
