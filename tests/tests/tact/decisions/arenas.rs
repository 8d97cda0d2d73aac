//! What is known in one arena and used in another: every cell of the matrix, as each of the three things it can say, by the situation itself.

use tact_decide::{Arena, Arenas, Crossing, tactic};

use super::*;

/// By which channel an arena is spoken in; nobody is spoken to by a till or a partner.
fn channel_of(arena: Arena) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| Arena::of_channel(*channel) == arena)
}

/// A matrix of one cell; everything else is free.
fn only(from: Arena, to: Arena, crossing: Crossing) -> Arenas {
    let mut arenas = Arenas::default();
    arenas.0[from as usize][to as usize] = crossing;
    arenas
}

/// An action that sells, by a channel.
fn by(channel: Channel) -> Action {
    let mut action = worth("offer", Issue::Grow, 500.0);
    action.triggers = Trigger::ALL.to_vec();
    action.treatments[0].channel = channel;
    action
}

/// The fate of the one way there is, and whether it is a step creepier, when a trigger calls for it in a store where the customer asks for help.
fn at(trigger: Trigger, action: Action, arenas: Arenas) -> (Fate, u8) {
    let mut catalogue = catalogue(vec![action]);
    catalogue.policy.arenas = arenas;
    let (customer, profile) = (CustomerId::new("cust-1").unwrap(), willing());
    let (store, ready) = (Some("market-street".into()), Some(Readiness::of(ReadinessKind::Help)));
    let (for_store, rung) = (catalogue.actions[0].for_store, Rung::GroupPrior);
    let asked = Moment::asked(DecisionId(1), &customer, &profile, NOW);
    let moment = Moment { trigger, rung, store, ready, for_store, ..asked };
    let mut decision = Decision::empty();
    decide(&moment, &catalogue, &Models::default(), &mut decision);
    let action = &catalogue.actions[0];
    (decision.candidates[0].fate, tactic(&moment, &catalogue.policy, action, &action.treatments[0]).arena)
}

fn said(crossing: Crossing) -> (Fate, u8) {
    match crossing {
        Crossing::Free => (Fate::Chosen, 0),
        Crossing::Costs => (Fate::Chosen, 1),
        Crossing::Denied => (Fate::Refused(Reason::OtherArena), 1),
    }
}

#[test]
fn every_cell_is_obeyed_for_what_is_known_by_what_happened_and_for_what_rules_look_at() {
    let (mut by_trigger, mut by_rule) = (0, 0);
    for ((_, from), (_, to)) in Arena::ALL.into_iter().flat_map(|from| Arena::ALL.map(|to| (from, to))) {
        for (_, crossing) in Crossing::ALL {
            let arenas = only(from, to, crossing);
            assert_eq!(arenas.crossing(from, to), crossing);
            let Some(channel) = channel_of(to) else {
                assert!(matches!(to, Arena::Till | Arena::Partner), "nobody is spoken to there: the cell is only data");
                continue;
            };
            for trigger in Trigger::ALL.into_iter().filter(|trigger| Arena::of_trigger(*trigger) == Some(from)) {
                assert_eq!(at(trigger, by(channel), arenas.clone()), said(crossing), "{from:?} to {to:?}");
                by_trigger += 1;
            }
            // Known there by its rules, whatever calls for it elsewhere.
            let trigger = if from == Arena::App { Trigger::Purchase } else { Trigger::Open };
            let looking = Action { arenas: vec![from], ..by(channel) };
            assert_eq!(at(trigger, looking, arenas), said(crossing), "{from:?} to {to:?} by its rules");
            by_rule += 1;
        }
    }
    assert_eq!((by_trigger, by_rule), (7 * 5 * 3, 7 * 5 * 3));
}

#[test]
fn the_worst_crossing_counts_and_what_is_free_elsewhere_does_not_help() {
    let mut arenas = only(Arena::Partner, Arena::Phone, Crossing::Denied);
    arenas.0[Arena::App as usize][Arena::Phone as usize] = Crossing::Costs;
    let looking = Action { arenas: vec![Arena::Till, Arena::Partner], ..by(Channel::Sms) };
    assert_eq!(at(Trigger::CheckIn, looking, arenas.clone()).0, Fate::Refused(Reason::OtherArena));
    assert_eq!(at(Trigger::CheckIn, by(Channel::Sms), arenas), (Fate::Chosen, 1));
}

#[test]
fn what_was_put_off_keeps_the_arena_it_became_known_in() {
    let mut catalogue = catalogue(vec![by(Channel::Sms)]);
    catalogue.policy.arenas = only(Arena::App, Arena::Phone, Crossing::Denied);
    let (customer, profile) = (CustomerId::new("cust-1").unwrap(), willing());
    let fate = |trigger| {
        let kept = moments::appointment(Issue::Grow, tact_domain::On::Time, trigger);
        let asked = Moment::asked(DecisionId(1), &customer, &profile, NOW);
        let moment = Moment { trigger: Trigger::Due, rung: Rung::GroupPrior, kept: vec![kept], ..asked };
        let mut decision = Decision::empty();
        decide(&moment, &catalogue, &Models::default(), &mut decision);
        decision.candidates[0].fate
    };
    assert_eq!(fate(Trigger::CheckIn), Fate::Refused(Reason::OtherArena));
    assert_eq!(fate(Trigger::Purchase), Fate::Chosen);
}

#[test]
fn what_is_owed_crosses_and_what_says_nothing_of_the_customer_carries_nothing() {
    let denied = || only(Arena::App, Arena::Store, Crossing::Denied);
    let owed = Action { class: Class::Transactional, ..by(Channel::Associate) };
    assert_eq!(at(Trigger::CheckIn, owed, denied()), (Fate::Chosen, 1));
    let for_store = Action { for_store: true, ..by(Channel::Associate) };
    assert_eq!(at(Trigger::CheckIn, for_store, denied()), (Fate::Chosen, 0));
}

/// The matrix as it ships: what is known in the arena of the row, said in that of the column.
const SHIPPED: &str = "\
| | app | store | till | phone | mail | forum | partner |
|---|---|---|---|---|---|---|---|
| app | free | costs | free | costs | costs | denied | free |
| store | free | free | free | costs | costs | denied | free |
| till | free | costs | free | free | free | denied | free |
| phone | free | denied | free | free | free | denied | free |
| mail | free | denied | free | free | free | denied | free |
| forum | costs | denied | denied | denied | denied | free | free |
| partner | costs | denied | costs | costs | costs | denied | free |
";

#[test]
fn the_shipped_matrix_is_the_one_in_the_documents() {
    let arenas = tact_aws::catalogue().unwrap().policy.arenas;
    let row = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let heads: String = Arena::ALL.iter().flat_map(|(name, _)| [" ", name, " |"]).collect();
    let mut table = format!("| |{heads}\n|{}\n", "---|".repeat(8));
    for (name, from) in Arena::ALL {
        let cell = |(_, to): (&str, Arena)| {
            let crossing = arenas.crossing(from, to);
            Crossing::ALL.iter().find(|(_, known)| *known == crossing).unwrap().0
        };
        table.push_str(&row(std::iter::once(name).chain(Arena::ALL.map(cell)).collect()));
    }
    assert_eq!(table, SHIPPED);
    let folder: std::path::PathBuf = [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect();
    for document in ["README.md", "shared/catalogue/README.md"] {
        let text = std::fs::read_to_string(folder.join(document)).unwrap();
        let heading = SHIPPED.lines().next().unwrap();
        assert!(!text.contains(heading) || text.contains(SHIPPED), "{document} shows another matrix");
    }
}
