//! Plausible cover: what somebody gets only for a secret waits until enough others got it without one.

use proptest::prelude::*;
use tact_decide::{
    Action, Catalogue, Condition, Cover, Criterion, Hold, Issue, Mode, Models, Policy, Rule, Slot, Stage, Test,
    Treatment, Window,
};
use tact_domain::{Channel, Timestamp, Trigger};
use tact_pipeline::{
    Appeared, Channels, DeliveryMode, Dispatch, DispatchReport, Handover, HoldReader, ItemKey, Leases, Nonce, Process,
    Store, Switch, SwitchReader, Versions, Write, replay,
};
use tact_wire::{Message, Seal, decode_record};

use super::limits::refusals;
use super::world::{
    CATALOGUE, DAY, Function, MINUTE, SATURDAY, block_on, check_in, coffee_drinker, consent, customer, decision_of,
    handle, partner, sound_function,
};
use crate::faults::Fault;

const K: u16 = 3;

/// At every check-in a card, for who bought something, and for who flies, as a partner told us.
fn covering() -> Catalogue {
    let at_least_one = |slot| Rule::Is(Criterion { slot, test: Test::Range { min: Some(1.0), max: None } });
    let rule = Rule::Any(vec![at_least_one(0), at_least_one(1)]);
    let card = Treatment {
        group_prior: 0.9,
        valid_s: 3_600,
        text: "Look what is new.".to_owned(),
        ..Treatment::new("card", Channel::Inbox, Mode::Pull)
    };
    let offer = Action {
        triggers: vec![Trigger::CheckIn],
        margin: 20_000.0,
        conditions: vec![Condition { stage: Stage::Eligibility, of_group: false, text: "either".to_owned(), rule }],
        treatments: vec![card],
        ..Action::new("offer", Issue::Grow, "care")
    };
    let window = Window { days: 90, earlier: false };
    Catalogue {
        hash: "of this test".to_owned(),
        slots: vec![Slot::Orders(None, window), Slot::Partner("airline".into(), 14)],
        actions: vec![offer],
        policy: Policy { cover: Cover { k: K, within_s: 30 * 86_400 }, currency: "USD".into(), ..Policy::default() },
        entitlements: Vec::new(),
        ..CATALOGUE.clone()
    }
}

fn function() -> Function {
    let mut function = sound_function();
    function.catalogues = Versions::of(covering());
    function
}

/// Somebody who bought coffee long ago checks in; the event has their name.
fn plain(function: &Function, name: &str, at: i64) {
    decided(function, name, at);
    delivered(function, (name, name), at, DeliveryMode::Live);
}

/// It was decided, and nothing more.
fn decided(function: &Function, name: &str, at: i64) {
    block_on(handle(function, &coffee_drinker(name, &["inbox"])));
    block_on(handle(function, &[check_in(name, name, at)]));
}

/// What was decided on an event is delivered at once, if anything was.
fn delivered(function: &Function, whose: (&str, &str), at: i64, mode: DeliveryMode) {
    let report = deliver(function, whose, at, mode);
    assert_eq!((report.first_undone, report.uncounted), (None, 0));
}

fn deliver(function: &Function, (event, name): (&str, &str), at: i64, mode: DeliveryMode) -> DispatchReport {
    let dispatch = Dispatch {
        store: function.store.clone(),
        channels: Nowhere,
        clock: function.clock.clone(),
        catalogues: Versions::of(covering()),
        seal: Seal::new(&[7; 32]).unwrap(),
        reply_url: String::new(),
        switch: SwitchReader::or(Switch::to(mode)),
        leases: Leases::default(),
        holds: HoldReader::default(),
        process: Process::named("dispatch"),
    };
    let key = Some(ItemKey::Decision(customer(name), decision_of(event)));
    let appeared = Appeared { sequence: event.to_owned(), key, arrived: Timestamp(at) };
    block_on(dispatch.handle(&[appeared], None))
}

/// A card needs no provider.
struct Nowhere;

impl Channels for Nowhere {
    async fn send(&self, _message: &Message) -> Handover {
        Handover::Unknown
    }
}

/// Somebody of whom a partner told us that they fly checks in.
fn flying(function: &Function, name: &str, at: i64) {
    let told = [
        consent(&format!("{name}-yes"), name, at - 2 * DAY, &["inbox"]),
        partner(&format!("{name}-flies"), name, at - DAY),
    ];
    block_on(handle(function, &told));
    block_on(handle(function, &[check_in(name, name, at)]));
    delivered(function, (name, name), at, DeliveryMode::Live);
}

fn got(function: &Function, event: &str) -> bool {
    function.store.inner.decisions().contains_key(&decision_of(event))
}

fn crowd() -> ItemKey {
    ItemKey::Crowd("offer".into(), "card".into(), "-".into())
}

/// A function at which so many got it plainly, a minute apart.
fn after(count: i64) -> Function {
    let function = function();
    (0..count).for_each(|n| plain(&function, &format!("p{n}"), SATURDAY + n * MINUTE));
    function
}

#[test]
fn with_one_too_few_it_does_not_go_out_and_with_one_more_it_does() {
    let function = after(i64::from(K) - 1);
    assert!(got(&function, "p0"), "who needs no secret needs no cover");
    flying(&function, "flo", SATURDAY + 10 * MINUTE);
    assert!(!got(&function, "flo"));
    assert_eq!(refusals(&function, "flo"), [("card".to_owned(), "no_cover".to_owned())]);
    plain(&function, "last", SATURDAY + 20 * MINUTE);
    flying(&function, "fay", SATURDAY + 30 * MINUTE);
    assert!(got(&function, "fay"));
}

#[test]
fn who_did_not_get_it_covers_nobody() {
    let function = after(i64::from(K) - 1);
    decided(&function, "waiting", SATURDAY + 5 * MINUTE);
    decided(&function, "shadowed", SATURDAY + 6 * MINUTE);
    delivered(&function, ("shadowed", "shadowed"), SATURDAY + 6 * MINUTE, DeliveryMode::Shadow);
    decided(&function, "late", SATURDAY + 7 * MINUTE);
    delivered(&function, ("late", "late"), SATURDAY + 2 * DAY, DeliveryMode::Live);
    flying(&function, "flo", SATURDAY + 10 * MINUTE);
    assert!(["waiting", "shadowed", "late"].iter().all(|name| got(&function, name)), "all of them were decided for");
    assert!(!got(&function, "flo"));
    delivered(&function, ("waiting", "waiting"), SATURDAY + 11 * MINUTE, DeliveryMode::Live);
    flying(&function, "fay", SATURDAY + 20 * MINUTE);
    assert!(got(&function, "fay"));
}

#[test]
fn who_gets_it_for_a_secret_covers_nobody() {
    let function = after(i64::from(K));
    (0..5).for_each(|n| flying(&function, &format!("f{n}"), SATURDAY + (10 + n) * MINUTE));
    let item = block_on(function.store.inner.get(&crowd())).unwrap().unwrap();
    assert_eq!(item.version, u64::from(K), "one write for each of those who count");
}

#[test]
fn the_same_customer_twice_counts_once() {
    let function = after(i64::from(K) - 1);
    block_on(handle(&function, &[check_in("again", "p0", SATURDAY + 5 * MINUTE)]));
    delivered(&function, ("again", "p0"), SATURDAY + 5 * MINUTE, DeliveryMode::Live);
    assert!(got(&function, "again"));
    flying(&function, "flo", SATURDAY + 10 * MINUTE);
    assert!(!got(&function, "flo"));
}

#[test]
fn those_of_long_ago_do_not_count_any_more() {
    let function = after(i64::from(K));
    flying(&function, "flo", SATURDAY + 29 * DAY);
    flying(&function, "fay", SATURDAY + 31 * DAY);
    assert_eq!((got(&function, "flo"), got(&function, "fay")), (true, false));
}

#[test]
fn a_crowd_is_the_same_for_every_process() {
    let one = after(i64::from(K) - 1);
    let mut other = function();
    (other.store, other.log, other.process) = (one.store.clone(), one.log.clone(), Process::named("other"));
    flying(&other, "flo", SATURDAY + 10 * MINUTE);
    plain(&other, "last", SATURDAY + 20 * MINUTE);
    flying(&one, "fay", SATURDAY + 30 * MINUTE);
    assert_eq!((got(&one, "flo"), got(&one, "fay")), (false, true));
}

#[test]
fn a_full_crowd_is_written_no_more() {
    let function = after(12);
    let item = block_on(function.store.inner.get(&crowd())).unwrap().unwrap();
    assert_eq!(item.version, u64::from(K));
    let text = String::from_utf8(item.bytes).unwrap();
    assert!((0..12).all(|n| !text.contains(&format!("p{n}"))), "nobody is named: {text}");
}

#[test]
fn a_crowd_that_cannot_be_read_covers_nobody() {
    let mut function = after(i64::from(K));
    let write = [Write { key: crowd(), expected: None, bytes: b"?".to_vec(), forget_at: None, due_at: None }];
    block_on(function.store.inner.commit(&write, Nonce::of(&write))).unwrap();
    function.holds = HoldReader::default();
    flying(&function, "flo", SATURDAY + 10 * MINUTE);
    assert!(!got(&function, "flo"));
}

#[test]
fn a_refusal_for_want_of_cover_replays_from_its_record_alone_and_only_there_it_is_named() {
    let function = after(i64::from(K) - 1);
    flying(&function, "flo", SATURDAY + 10 * MINUTE);
    let records = function.log.records();
    for (_, line) in &records {
        let recorded = decode_record(line).unwrap();
        assert_eq!(replay(&recorded, &covering(), &Models::default(), None).unwrap(), recorded.body);
    }
    let named = |event: &str| {
        let (_, line) = records.iter().rfind(|(id, _)| *id == decision_of(event)).unwrap();
        decode_record(line).unwrap().facts.exhausted
    };
    assert_eq!((named("p0"), named("flo")), (Vec::new(), vec![Hold::Uncovered.of("offer", "card")]));
}

#[test]
fn who_cannot_be_shown_to_be_covered_is_not() {
    let function = after(i64::from(K));
    function.store.about_everybody.always(Fault::Fail);
    flying(&function, "flo", SATURDAY + 10 * MINUTE);
    assert!(!got(&function, "flo"));
    assert_eq!(refusals(&function, "flo"), [("card".to_owned(), "no_cover".to_owned())]);
    decided(&function, "pia", SATURDAY + 20 * MINUTE);
    assert!(got(&function, "pia"), "who needs no cover waits for none");
    function.store.about_everybody.always(Fault::None);
    flying(&function, "fay", SATURDAY + 30 * MINUTE);
    assert!(got(&function, "fay"));
}

#[test]
fn whoever_joins_a_crowd_joins_it_once_whatever_befalls_the_write() {
    for befalls in [Fault::Conflict, Fault::LoseAnswer] {
        let function = after(i64::from(K) - 1);
        decided(&function, "last", SATURDAY + 20 * MINUTE);
        // Whoever delivers reads the crowd, which is then written.
        function.store.about_everybody.begin(&[Fault::None, befalls]);
        let lost = u64::from(befalls == Fault::LoseAnswer);
        let report = deliver(&function, ("last", "last"), SATURDAY + 20 * MINUTE, DeliveryMode::Live);
        assert_eq!((report.first_undone, report.uncounted), (None, lost), "{befalls:?}");
        assert!(function.store.about_everybody.is_over(), "{befalls:?} befell");
        delivered(&function, ("last", "last"), SATURDAY + 20 * MINUTE, DeliveryMode::Live);
        let item = block_on(function.store.inner.get(&crowd())).unwrap().unwrap();
        assert_eq!(item.version, u64::from(K), "{befalls:?}");
        flying(&function, "fay", SATURDAY + 30 * MINUTE);
        assert!(got(&function, "fay"), "{befalls:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn without_the_secrets_of_some_everybody_else_gets_the_same(fly in proptest::collection::vec(any::<bool>(), 1..12)) {
        let play = |secrets: bool| {
            let function = function();
            for (n, flies) in (0..).zip(&fly) {
                let (name, at) = (format!("c{n}"), SATURDAY + n * MINUTE);
                match (flies, secrets) {
                    (false, _) => plain(&function, &name, at),
                    (true, true) => flying(&function, &name, at),
                    (true, false) => {
                        block_on(handle(&function, &[consent(&format!("{name}-yes"), &name, at - 2 * DAY, &["inbox"])]));
                        block_on(handle(&function, &[check_in(&name, &name, at)]));
                    }
                }
            }
            function
        };
        let (with, without) = (play(true), play(false));
        for (n, flies) in fly.iter().enumerate() {
            let name = format!("c{n}");
            if *flies {
                let before = fly[..n].iter().filter(|flies| !**flies).count();
                prop_assert_eq!(got(&with, &name), before >= usize::from(K));
                prop_assert!(!got(&without, &name));
            } else {
                prop_assert!(got(&with, &name) && got(&without, &name));
            }
        }
    }
}
