//! No path of any catalogue leads a person to the author of a comment, neither when it is made nor when what came of it is decided again.

use proptest::prelude::*;
use proptest::sample::select;
use tact_decide::{Basis, Catalogue, Decision, Fate, Models, Reason, Rung, evaluate, evaluate_for_store};
use tact_domain::{
    Appointment, Cause, Channel, Comment, ConsentChange, ConsentState, DecisionId, Due, Evidence, Fingerprint, Folded,
    Grant, Happened, Key, On, Profile, Purpose, Reading, Scope, Tag, Timestamp, Tone, Trigger,
};

use crate::pipeline::world::{CATALOGUE, SATURDAY, signal};

/// The catalogue at its worst: everything in it may follow a comment, whoever made it, and every person who is sent knows whom they approach.
fn careless() -> Catalogue {
    let mut catalogue = CATALOGUE.clone();
    for action in &mut catalogue.actions {
        action.triggers = vec![Trigger::Comment, Trigger::Due];
        (action.from, action.until, action.put_off, action.cool_down_s) = (None, None, None, 0);
        action.asks_again = false;
        action.conditions.clear();
        action.limits.clear();
        let mut person = action.treatments[0].clone();
        (person.name, person.channel, person.liked, person.cost) = ("person".into(), Channel::Associate, 1.0, 0.0);
        (person.placement, person.fulfils) = (None, false);
        action.benefit = 10_000.0;
        action.treatments.push(person);
        for treatment in &mut action.treatments {
            treatment.identifies |= treatment.channel == Channel::Associate;
        }
    }
    catalogue
}

fn agreed(purposes: &[Purpose]) -> Profile {
    let marketing = Channel::ALL.map(|channel| (Purpose::Marketing, Some(channel)));
    let scopes = purposes.iter().map(|purpose| (*purpose, None)).chain(marketing);
    let grant = |(purpose, channel)| Grant {
        scope: Scope { purpose, channel, topic: None },
        state: ConsentState::Granted,
        terms: None,
        review_after: None,
        benefit: None,
    };
    let points = Channel::ALL.map(|channel| (channel, true)).to_vec();
    let change = ConsentChange {
        grants: scopes.map(grant).collect(),
        points,
        zone: Some("America/New_York".into()),
        ..ConsentChange::default()
    };
    let mut profile = Profile::default();
    profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
    profile
}

/// What is decided for the customer, and for the store if anything is.
fn decided(happened: Happened, profile: &mut Profile, catalogue: &Catalogue) -> Vec<Decision> {
    let (mut decision, mut beside) = (Decision::empty(), Decision::empty());
    let basis = Basis { catalogue, models: &Models::default(), exhausted: &[] };
    let (now, rung) = (Timestamp(SATURDAY), Rung::GroupPrior);
    let signal = signal("ana", 7, now, happened);
    let done = evaluate(&signal, profile, basis, now, |_| Some(rung), &mut decision);
    assert!(done.decided && matches!(done.folded, Folded::Changed(_)));
    let for_store = evaluate_for_store(&signal, profile, basis, now, rung, &mut beside);
    [decision].into_iter().chain(for_store.then_some(beside)).collect()
}

/// The channel of every candidate, whether it makes somebody known to staff, and what became of it.
fn ways(decisions: &[Decision], catalogue: &Catalogue) -> Vec<(Channel, bool, Fate)> {
    let way = |candidate: &tact_decide::Candidate| {
        let action = &catalogue.actions[usize::from(candidate.action)];
        let treatment = &action.treatments[usize::from(candidate.treatment)];
        (treatment.channel, treatment.identifies, candidate.fate)
    };
    decisions.iter().flat_map(|decision| &decision.candidates).map(way).collect()
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let at = Timestamp(SATURDAY);
    let tag = Tag { lat: 40.7127, lon: -74.006, accuracy_m: 10.0, taken_at: at };
    select(vec![
        Evidence::Nothing,
        Evidence::Told { store: "market-street".into() },
        Evidence::Wifi { store: "market-street".into(), at },
        Evidence::GeoTag(Some(tag)),
    ])
}

fn spoken() -> impl Strategy<Value = Comment> {
    let tone = select(vec![Tone::Complaint, Tone::Question]);
    let (arena, cause) = (select(Comment::ARENAS.to_vec()), select(Cause::ALL.to_vec()));
    (arena, any::<bool>(), evidence(), cause, tone).prop_map(|(arena, public, evidence, cause, tone)| Comment {
        arena: arena.into(),
        public,
        about: None,
        reply_to: None,
        evidence,
        read: Reading { cause, confidence: 0.5, tone },
    })
}

fn purposes() -> impl Strategy<Value = Vec<Purpose>> {
    let all =
        vec![Purpose::Profiling, Purpose::Location, Purpose::StaffRecognition, Purpose::ThirdParty, Purpose::Social];
    proptest::sample::subsequence(all, 0..=5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_path_of_the_catalogue_walks_up_to_the_author_of_a_comment(comment in spoken(), purposes in purposes()) {
        let catalogue = careless();
        let mut profile = agreed(&purposes);
        let accidental = matches!(comment.evidence, Evidence::GeoTag(_)) && !purposes.contains(&Purpose::Location);
        let decisions = decided(Happened::Comment(comment), &mut profile, &catalogue);
        prop_assert_eq!(decisions.len(), 2, "what the store is told is decided as well");
        let ways = ways(&decisions, &catalogue);
        prop_assert!(ways.iter().filter(|(_, identifies, _)| *identifies).count() >= catalogue.actions.len());
        for (channel, identifies, fate) in ways {
            if identifies {
                let refused = matches!(fate, Fate::Refused(Reason::InPerson | Reason::AccidentalPlace | Reason::InTrouble));
                prop_assert!(refused, "{:?}", fate);
            }
            if accidental && channel == Channel::Associate {
                let of_moment = matches!(fate, Fate::Refused(Reason::AccidentalPlace | Reason::InTrouble));
                prop_assert!(of_moment, "{:?}", fate);
            }
        }
        if accidental {
            prop_assert!(decisions.iter().all(|decision| decision.store.is_none()));
            prop_assert_eq!(&profile.comment.remarks[0].store, &None);
        }
    }

    #[test]
    fn nor_does_it_when_what_a_comment_led_to_is_decided_again(purposes in purposes(), issue in 0..8_usize) {
        let catalogue = careless();
        let mut profile = agreed(&purposes);
        let asked = tact_decide::Issue::ALL[issue];
        let issue = Key::new(asked.name());
        let appointment = Appointment {
            issue: issue.clone(),
            on: On::Time,
            not_before: Timestamp(1),
            until: Timestamp(i64::MAX),
            made_by: DecisionId(1),
            trigger: Trigger::Comment,
            store: Some("market-street".into()),
            said: None,
            promised: None,
        };
        profile.contact.appoint(appointment, Timestamp(1));
        let decisions = decided(Happened::Due(Due { issue, made_by: DecisionId(1) }), &mut profile, &catalogue);
        let in_person = ways(&decisions, &catalogue).into_iter().filter(|(_, identifies, _)| *identifies);
        let in_person: Vec<_> = in_person.map(|(.., fate)| fate).collect();
        let of_issue = catalogue.actions.iter().filter(|action| action.issue == asked && !action.for_store).count();
        prop_assert!(in_person.len() >= of_issue, "every action of the issue would send somebody");
        for fate in in_person {
            prop_assert_eq!(fate, Fate::Refused(Reason::InPerson));
        }
    }
}
