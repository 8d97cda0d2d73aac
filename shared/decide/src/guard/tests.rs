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
    vec![Met { planned_at, decided: true, answered: true, harm }; count]
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
        let (mut ledger, mut met) = (OutcomeLedger::default(), vec![Met::decided(NOW)]);
        for (place, outcome) in (1..).zip(outcomes) {
            met.extend(Met::of(&ledger, *outcome, NOW));
            ledger.enter(*outcome, NOW, Fingerprint(place));
        }
        let mut watch = Watch::default();
        watch.meet(&rail(), &met, NOW);
        (watch.counts[0].n, watch.counts[0].k, watch.counts[2].k)
    };
    assert_eq!(told(&[Outcome::Delivered, Outcome::Opened, Outcome::Clicked]), (1, 0, 0));
    assert_eq!(told(&[Outcome::Opened, Outcome::Accepted, Outcome::Redeemed, Outcome::Thanked]), (1, 0, 0));
    assert_eq!(told(&[Outcome::OptedOut, Outcome::Expired]), (1, 1, 0));
    assert_eq!(told(&[Outcome::Dismissed, Outcome::OptedOut]), (1, 1, 1));
    assert_eq!(told(&[Outcome::Bounced, Outcome::OptedOut]), (1, 1, 0));
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

#[test]
fn a_trial_passes_when_it_is_known_what_became_of_its_messages_and_not_when_they_were_decided() {
    let (mut watch, tried) = (suspended(), NOW.plus_s(8 * DAY));
    watch.meet(&rail(), &[Met::decided(tried); 200], tried);
    assert_eq!((watch.phase, watch.counts[0].n), (Phase::Trial, 200));
    let expired = Met::of(&OutcomeLedger::default(), Outcome::Expired, tried).unwrap();
    watch.meet(&rail(), &[expired; 49], tried.plus_s(DAY));
    assert_eq!(watch.phase, Phase::Trial);
    watch.meet(&rail(), &[expired], tried.plus_s(DAY));
    assert_eq!(watch.phase, Phase::Running);
}

/// Draws numbers from 0 to 1 (`SplitMix64`).
fn draw(stream: u64, nth: u64) -> f64 {
    let mut bits = (stream << 32 | nth).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap()) / 4_294_967_296.0
}

/// On which day a treatment is suspended that 300 a day are told by, when opt-outs come within a day and nothing else is known for a fortnight; `None`
/// when it is not within so many days.
fn suspended_on(stream: u64, rate: f64, days: i64) -> Option<i64> {
    let mut news = Vec::new();
    for n in 0..300 * days {
        let (at, nth) = (NOW.plus_s(n * 288), n.unsigned_abs() * 2);
        let decided = (at, Outcome::Delivered, at);
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a day")]
        let outcome = if draw(stream, nth) < rate {
            (at.plus_s((draw(stream, nth + 1) * 86_400.0) as i64), Outcome::OptedOut, at)
        } else {
            (at.plus_s(14 * DAY), Outcome::Expired, at)
        };
        news.extend([decided, outcome]);
    }
    news.sort_by_key(|(heard, ..)| *heard);
    let mut watch = Watch::default();
    news.into_iter().take_while(|(heard, ..)| *heard < NOW.plus_s(days * DAY)).find_map(
        |(heard, outcome, planned_at)| {
            let met = match outcome {
                Outcome::Delivered => Met::decided(planned_at),
                outcome => Met::of(&OutcomeLedger::default(), outcome, planned_at).unwrap(),
            };
            let guard = Guardrail { guards: vec![Guard { harm: Harm::OptOut, limit: 0.02, alpha: 0.01 }], ..rail() };
            let turned = watch.meet(&guard, &[met], heard);
            (!turned.is_empty()).then(|| heard.since_ms(NOW) / 86_400_000)
        },
    )
}

#[test]
fn harm_that_is_heard_of_days_before_harmlessness_suspends_nothing_below_its_limit() {
    for rate in [0.01, 0.02] {
        let wrong = (0..100).filter_map(|stream| suspended_on(stream, rate, 30)).count();
        assert!(wrong <= 4, "{wrong} of 100 at {rate}");
    }
}

#[test]
fn three_times_the_limit_is_found_within_days_although_silence_takes_a_fortnight() {
    let found: Vec<_> = (0..100).filter_map(|stream| suspended_on(stream, 0.06, 5)).collect();
    assert!(found.len() >= 95, "{found:?}");
}
