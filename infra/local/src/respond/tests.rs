use std::collections::{BTreeMap, BTreeSet};

use tact_decide::{Class, Mode};
use tact_domain::{Coupon, CustomerId, Handout, Timestamp};

use super::*;
use crate::stack::seal;
use crate::zones::local;

/// 2026-10-31T14:26:00-04:00, when Ben leaves.
const AFTERNOON: Timestamp = Timestamp(1_793_471_160_000);
const NEW_YORK: &str = "America/New_York";

fn catalogue() -> Catalogue {
    tact_aws::catalogue().unwrap()
}

/// The message of a treatment to somebody, number `n` of many.
fn message(
    catalogue: &Catalogue,
    (action, treatment): (&str, &str),
    customer: &str,
    n: u128,
    sent_at: Timestamp,
) -> Message {
    let action = catalogue.actions.iter().find(|known| known.name == action).unwrap();
    let treatment = action.treatments.iter().find(|known| known.name == treatment).unwrap();
    Message {
        decision: DecisionId(n),
        customer: CustomerId::new(customer).unwrap(),
        channel: treatment.channel,
        action: action.name.clone(),
        treatment: treatment.name.clone(),
        store: Some("market-street".into()),
        to: None,
        subject: None,
        text: treatment.text.clone(),
        answers: None,
        task: None,
        marketing: action.class == Class::Default,
        unsubscribe: None,
        sent_at,
        expires_at: sent_at.plus_s(treatment.valid_s),
    }
}

/// What comes back to many messages of a treatment, by message.
fn many(of: (&str, &str), customer: &str) -> Vec<Vec<(Timestamp, Back)>> {
    let catalogue = catalogue();
    let people = Respondents::of(&[], &catalogue, seal().unwrap());
    (0..3_000).map(|n| people.answers(&message(&catalogue, of, customer, n, AFTERNOON))).collect()
}

fn outcomes(answers: &[(Timestamp, Back)]) -> Vec<Outcome> {
    let outcome = |(_, back): &(Timestamp, Back)| match back {
        Back::Outcome(outcome, _) => Some(*outcome),
        Back::Coupon(_) | Back::Task(_) => None,
    };
    answers.iter().filter_map(outcome).collect()
}

/// How often an outcome comes back to 1,000 messages.
fn share(of: (&str, &str), customer: &str, outcome: Outcome) -> usize {
    many(of, customer).iter().filter(|answers| outcomes(answers).contains(&outcome)).count() / 3
}

#[test]
fn the_same_message_is_answered_the_same_and_another_one_in_its_own_way() {
    let catalogue = catalogue();
    let people = Respondents::of(&[], &catalogue, seal().unwrap());
    let of = ("come_back_for_it", "ten_percent");
    let all = |customer: &str| -> Vec<_> {
        (0..200).map(|n| people.answers(&message(&catalogue, of, customer, n, AFTERNOON))).collect()
    };
    assert_eq!(all("p-007"), all("p-007"));
    assert_ne!(
        all("p-001").iter().map(|answers| outcomes(answers)).collect::<Vec<_>>(),
        all("p-006").iter().map(|answers| outcomes(answers)).collect::<Vec<_>>()
    );
}

#[test]
fn an_outcome_is_an_event_about_its_decision_whose_id_is_always_the_same() {
    let mut ids = BTreeSet::new();
    for (n, answers) in many(("express_pickup", "push"), "ana").iter().enumerate() {
        for (at, back) in answers {
            let Back::Outcome(outcome, event) = back else { continue };
            let parsed = parse(event.line.as_bytes(), *at).unwrap();
            let kind = serde_json::to_value(outcome).unwrap();
            assert_eq!(
                format!("{}/{}", parsed.source, parsed.id),
                format!("town/{}/{}", DecisionId(n as u128), kind.as_str().unwrap())
            );
            assert_eq!((parsed.signal.at, event.kind), (*at, EventKind::Outcome));
            let Happened::Outcome(report) = parsed.signal.happened else { panic!("{}", event.line) };
            assert_eq!((report.about.decision(), report.outcome), (DecisionId(n as u128), *outcome));
            assert!(ids.insert(parsed.id), "{}", event.line);
        }
    }
    assert!(ids.len() > 3_000);
}

#[test]
fn nobody_gives_two_final_answers_and_everything_comes_after_what_it_follows_from() {
    let finals = [Outcome::Accepted, Outcome::Thanked, Outcome::Declined, Outcome::Dismissed, Outcome::Complained];
    for (of, who) in [
        (("express_pickup", "push"), "ana"),
        (("come_back_for_it", "twenty_percent"), "p-004"),
        (("win_back", "coupon"), "kit"),
    ] {
        for answers in many(of, who) {
            let known = outcomes(&answers);
            assert!(known.iter().filter(|outcome| finals.contains(outcome)).count() <= 1, "{known:?}");
            assert!(answers.iter().all(|(at, _)| *at > AFTERNOON));
            assert!(answers.is_sorted_by_key(|(at, _)| *at));
            let place = |outcome: Outcome| known.iter().position(|known| *known == outcome);
            for (later, earlier) in [
                (Outcome::Clicked, [Outcome::Opened, Outcome::Shown].as_slice()),
                (Outcome::OptedOut, &[Outcome::Dismissed, Outcome::Complained]),
            ] {
                let sms = of.0 == "win_back";
                if let Some(place_of_later) = place(later).filter(|_| !sms) {
                    assert!(
                        earlier.iter().filter_map(|known| place(*known)).any(|first| first < place_of_later),
                        "{known:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_the_file_tells_of_a_decision_is_not_told_again() {
    let catalogue = catalogue();
    let told =
        OwnEvent::outcome(&CustomerId::new("kit").unwrap(), DecisionId(4), Outcome::Opened, "email", "e-1", AFTERNOON);
    let customer = "kit".to_owned();
    let arrival = Arrival { bytes: told.line.into_bytes(), kind: told.kind, customer, at: AFTERNOON, line: 1 };
    let people = Respondents::of(&[arrival], &catalogue, seal().unwrap());
    for n in 0..200 {
        let answers = people.answers(&message(&catalogue, ("order_update", "receipt"), "kit", n, AFTERNOON));
        let quiet = outcomes(&answers).iter().all(|outcome| *outcome == Outcome::Delivered);
        assert!(n != 4 || quiet, "{answers:?}");
    }
}

#[test]
fn whoever_sleeps_answers_in_the_morning() {
    let catalogue = catalogue();
    // Ivo's zone is not in the file here: the store's is New York, where it is 22:50.
    let late = AFTERNOON.plus_s(8 * 3_600 + 24 * 60);
    let people = Respondents::of(&[], &catalogue, seal().unwrap());
    let zone = crate::zones::named(NEW_YORK).unwrap();
    let mut seen = 0;
    for n in 0..500 {
        for (at, back) in people.answers(&message(&catalogue, ("replenish", "email"), "ivo", n, late)) {
            if matches!(back, Back::Outcome(Outcome::Delivered, _)) {
                assert!(at.since_ms(late) < 60_000);
            } else {
                let clock = local(at, &zone);
                assert!(clock.hour() >= 7 && clock.day() == 1, "{clock}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100);
}

#[test]
fn a_coupon_is_presented_by_its_owner_in_its_days_and_in_opening_hours() {
    let catalogue = catalogue();
    let action = catalogue.actions.iter().find(|action| action.name == "come_back_for_it").unwrap();
    let treatment = action.treatments.iter().find(|treatment| treatment.name == "ten_percent").unwrap();
    let mut days = BTreeMap::new();
    for (n, answers) in many(("come_back_for_it", "ten_percent"), "p-004").iter().enumerate() {
        let accepted = outcomes(answers).contains(&Outcome::Accepted);
        for (at, back) in answers {
            let Back::Coupon(presented) = back else { continue };
            let (decision, customer) = (DecisionId(n as u128), CustomerId::new("p-004").unwrap());
            let store = presented.store.clone();
            let handout = Handout {
                decision,
                customer,
                action: action.name.clone(),
                treatment: treatment.name.clone(),
                store: Some(store),
                worth: 600,
                at: AFTERNOON,
            };
            let mut coupon = Coupon::issue(handout, treatment.coupon.as_ref().unwrap(), &catalogue.places);
            assert!(coupon.redeem(presented, &catalogue.places).is_ok(), "{presented:?}");
            let clock = local(*at, &catalogue.places.store(&presented.store).unwrap().zone);
            assert!(accepted && presented.at == *at && (10..22).contains(&clock.hour()), "{clock}");
            assert_eq!(presented.code, seal().unwrap().coupon_code(decision));
            *days.entry(clock.date()).or_insert(0) += 1;
        }
    }
    assert!(days.len() > 20, "{days:?}");
}

#[test]
fn the_chances_of_all_that_may_come_of_a_message_are_never_more_than_one() {
    let catalogue = catalogue();
    for action in &catalogue.actions {
        for treatment in &action.treatments {
            for mode in [Mode::Pull, Mode::Prompt, Mode::Push] {
                for (kind, hour) in Kind::ALL.into_iter().flat_map(|kind| (0..24).map(move |hour| (kind, hour))) {
                    let treatment = Treatment { mode, ..treatment.clone() };
                    let moment = Moment { kind, action, treatment: &treatment, hour };
                    let sum: u64 = behaviour::reactions(&moment).iter().map(|(_, chance)| chance).sum();
                    assert!(sum <= 1_000, "{} {} {kind:?} {hour}: {sum}", action.name, treatment.name);
                }
            }
        }
    }
}

#[test]
fn the_planted_behaviour_shows_in_what_comes_back() {
    let (pickup, guide) = (("express_pickup", "push"), ("selection_guide", "card"));
    assert!(
        2 * share(pickup, "ana", Outcome::Accepted) > 3 * share(pickup, "ben", Outcome::Accepted),
        "who is in a hurry likes what saves time"
    );
    assert!(
        share(guide, "ben", Outcome::Accepted) > 2 * share(guide, "ana", Outcome::Accepted),
        "who looks around likes advice"
    );
    let (reminder, ten) = (("come_back_for_it", "reminder"), ("come_back_for_it", "ten_percent"));
    assert!(share(ten, "ben", Outcome::Accepted) > share(reminder, "ben", Outcome::Accepted), "money helps");
    assert!(share(ten, "ben", Outcome::Dismissed) > share(reminder, "ben", Outcome::Dismissed), "pushing is put away");
    assert!(share(ten, "ben", Outcome::OptedOut) > 2 * share(reminder, "ben", Outcome::OptedOut).max(1), "and ends it");
    assert_eq!(share(guide, "ben", Outcome::Complained), 0, "nobody complains of what they came for");
    let receipt = ("order_update", "receipt");
    assert_eq!((share(receipt, "kit", Outcome::OptedOut), share(receipt, "kit", Outcome::Accepted)), (0, 0));
    assert!(
        share(receipt, "kit", Outcome::Opened) > share(("replenish", "email"), "kit", Outcome::Opened),
        "receipts are looked for"
    );
}
