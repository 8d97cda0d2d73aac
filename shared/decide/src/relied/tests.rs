//! What was relied on is asked for again before a message leaves, each particular by itself and on both sides.

use tact_domain::{
    Channel, ConsentChange, ConsentState, CustomerId, DecisionId, Grant, PartnerSignal, Register, Scope, Sensitive,
    Trigger,
};

use super::*;
use crate::{
    Catalogue, Condition, Criterion, Decision, Issue, Message, Mode, Models, Reason, Rule, Stage, Test, Treatment,
    decide, recheck,
};

const NOW: Timestamp = Timestamp(1_793_458_800_000);
const LATER: Timestamp = Timestamp(NOW.0 + 3_600_000);

/// A customer who finds cards, and to whom amex and visa told of flights, one of them with ben.
struct Customer(Profile, u64);

impl Customer {
    fn new() -> Self {
        let mut new = Self(Profile::default(), 0);
        new.say((Purpose::Marketing, Some(Channel::Inbox), None), ConsentState::Granted, NOW.plus_s(-90_000));
        for (source, with) in [("amex", None), ("visa", None), ("visa", Some("ben")), ("visa", Some("ana"))] {
            let signal = PartnerSignal {
                source: source.into(),
                kind: "card".into(),
                category: "airline".into(),
                destination: None,
                with: with.map(Key::from),
                ends: None,
            };
            new.1 += 1;
            new.0.partner.fold(&signal, NOW.plus_s(-3_600), Fingerprint(new.1));
        }
        new
    }

    fn say(
        &mut self,
        (purpose, channel, topic): (Purpose, Option<Channel>, Option<&str>),
        state: ConsentState,
        at: Timestamp,
    ) {
        let scope = Scope { purpose, channel, topic: topic.map(Key::from) };
        let grant = Grant { scope, state, terms: None, review_after: None, benefit: None };
        self.1 += 1;
        let change = ConsentChange { grants: vec![grant], ..ConsentChange::default() };
        self.0.consent.fold(&change, at, Fingerprint(self.1));
    }

    fn allows(mut self, purpose: Purpose, topic: &str) -> Self {
        self.say((purpose, None, Some(topic)), ConsentState::Granted, NOW.plus_s(-7_200));
        self
    }

    /// What the other end says of being known together.
    fn other(mut self, other: &str, until: Option<Timestamp>, at: Timestamp) -> Self {
        self.1 += 1;
        self.0.consent.other_side(&other.into(), Register { value: until, at, event: Fingerprint(self.1) });
        self
    }

    fn revoke(&mut self, purpose: Purpose, topic: &str) {
        self.say((purpose, None, Some(topic)), ConsentState::Revoked, LATER.plus_s(-60));
    }
}

/// A card for whom every one of these slots holds, each asked by a condition of its own.
fn catalogue(slots: Vec<Slot>) -> Catalogue {
    let condition = |(place, slot): (u16, &Slot)| {
        let test = match slot.plain() {
            Slot::Trigger => Test::OneOf(vec!["open".into()]),
            _ => Test::Range { min: Some(1.0), max: None },
        };
        let rule = Rule::Is(Criterion { slot: place, test });
        Condition { stage: Stage::Eligibility, of_group: false, text: String::new(), rule }
    };
    let card = Treatment { group_prior: 0.9, ..Treatment::new("card", Channel::Inbox, Mode::Pull) };
    let action = Action {
        triggers: vec![Trigger::Open],
        margin: 1_000.0,
        conditions: (0..).zip(&slots).map(condition).collect(),
        treatments: vec![card],
        ..Action::new("offer", Issue::Grow, "offers")
    };
    Catalogue { slots, actions: vec![action], ..Catalogue::default() }
}

fn chosen(customer: &Customer, catalogue: &Catalogue) -> Decision {
    let (id, mut decision) = (CustomerId::new("tara").unwrap(), Decision::empty());
    decide(&Moment::asked(DecisionId(1), &id, &customer.0, NOW), catalogue, &Models::default(), &mut decision);
    assert!(decision.chosen.is_some(), "{decision:?}");
    decision
}

/// Whether what was decided may leave an hour later.
fn leaves(customer: &Customer, catalogue: &Catalogue, decision: &Decision) -> Result<(), Reason> {
    let action = &catalogue.actions[0];
    let message = Message {
        profile: &customer.0,
        now: LATER,
        decision: decision.id,
        action,
        treatment: &action.treatments[0],
        relies_on: &decision.relies_on,
    };
    recheck(&message, catalogue).map(|_| ())
}

fn flights() -> Slot {
    Slot::Partner("airline".into(), 30)
}

#[test]
fn a_source_that_was_taken_back_is_missed_whichever_other_was_agreed_to_since() {
    let catalogue = catalogue(vec![flights()]);
    let mut customer = Customer::new().allows(Purpose::ThirdParty, "amex");
    let decision = chosen(&customer, &catalogue);
    assert_eq!(leaves(&customer, &catalogue, &decision), Ok(()));
    customer.revoke(Purpose::ThirdParty, "amex");
    customer.say((Purpose::ThirdParty, None, Some("visa")), ConsentState::Granted, LATER.plus_s(-30));
    customer.say((Purpose::ThirdParty, None, None), ConsentState::Granted, LATER.plus_s(-20));
    assert!(leaves(&customer, &catalogue, &decision).is_err());
}

#[test]
fn a_source_that_was_refused_all_along_stands_in_no_way() {
    let catalogue = catalogue(vec![flights()]);
    let mut customer = Customer::new().allows(Purpose::ThirdParty, "visa");
    customer.say((Purpose::ThirdParty, None, Some("amex")), ConsentState::Denied, NOW.plus_s(-60));
    let decision = chosen(&customer, &catalogue);
    assert_eq!(leaves(&customer, &catalogue, &decision), Ok(()));
}

#[test]
fn either_end_of_an_edge_can_take_it_back_before_the_message_leaves_and_third_persons_do_not_matter() {
    let catalogue = catalogue(vec![Slot::Friends("airline".into(), 30)]);
    let known = || {
        let told = Customer::new().allows(Purpose::ThirdParty, "visa").allows(Purpose::Social, "ben");
        told.other("ben", Some(Timestamp(i64::MAX)), NOW.plus_s(-7_200)).other("ana", None, NOW.plus_s(-7_200))
    };
    let decision = chosen(&known(), &catalogue);
    assert_eq!(leaves(&known(), &catalogue, &decision), Ok(()));
    let taken_back = known().other("ben", None, LATER.plus_s(-60));
    let lapsed = known().other("ben", Some(LATER), LATER.plus_s(-60));
    // Said before the decision, and heard of after it.
    let late = known().other("ben", None, NOW.plus_s(-1));
    let mut own = known();
    own.revoke(Purpose::Social, "ben");
    for customer in [taken_back, lapsed, late, own] {
        assert!(leaves(&customer, &catalogue, &decision).is_err());
    }
}

#[test]
fn every_sensitive_matter_of_every_condition_is_relied_on_and_quoted_by_its_own_consent() {
    let about = |matter| Slot::Sensitive(matter, Box::new(Slot::Trigger));
    let catalogue = catalogue(vec![about(Sensitive::Health), about(Sensitive::Religion)]);
    let known = || {
        let union = Customer::new().allows(Purpose::Sensitive, "union");
        union.allows(Purpose::Sensitive, "health").allows(Purpose::Sensitive, "religion")
    };
    let decision = chosen(&known(), &catalogue);
    let event = |matter| known().0.consent.relied_on_for(Purpose::Sensitive, matter, NOW).unwrap().event;
    let quoted = ["health", "religion"].map(|matter| (Purpose::Sensitive, event(matter)));
    assert_eq!(decision.quoted, quoted);
    assert_eq!(leaves(&known(), &catalogue, &decision), Ok(()));
    for (matter, leaves_all_the_same) in [("health", false), ("religion", false), ("union", true)] {
        let mut customer = known();
        customer.revoke(Purpose::Sensitive, matter);
        assert_eq!(leaves(&customer, &catalogue, &decision).is_ok(), leaves_all_the_same, "{matter}");
    }
}
