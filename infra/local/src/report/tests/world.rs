//! A made-up world: an offer by text to some and by e-mail to others, one customer in five held out, and purchases by chances that a test plants. Everything
//! is decided, recorded and read back as it is in a run.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tact_decide::{
    Action, Basis, Catalogue, Decision, Discretion, Holdout, Issue, Mode, Models, Rung, Treatment, evaluate,
};
use tact_domain::{
    Channel, ConsentChange, ConsentState, FacetKind, Fingerprint, Grant, Outcome, Profile, Purpose, Scope, Timestamp,
};
use tact_wire::{DecisionItem, Facts, canonical_event, encode_body, pack_facet, parse, record_line};

use crate::report::{Evidence, Measurable, Report};

/// Saturday, 31 October 2026, 12:00 in New York.
pub(super) const NOON: Timestamp = Timestamp(1_793_462_400_000);
const DAY_MS: i64 = 86_400_000;

/// How people behave.
#[derive(Clone, Copy)]
pub(super) struct Planted {
    pub(super) people: u64,
    pub(super) seed: u64,
    /// The chance to buy when nothing is said.
    pub(super) silent: f64,
    /// What a text adds to that.
    pub(super) by_sms: f64,
    /// What an e-mail adds to that.
    pub(super) by_email: f64,
    /// Whether those who read Spanish were never asked for consent.
    pub(super) unasked_in_spanish: bool,
}

/// What came of it.
pub(super) struct World {
    pub(super) catalogue: Catalogue,
    pub(super) lines: Vec<String>,
    pub(super) items: Vec<(String, DecisionItem)>,
}

impl Planted {
    pub(super) const NOTHING: Self =
        Self { people: 2_000, seed: 1, silent: 0.25, by_sms: 0.0, by_email: 0.0, unasked_in_spanish: false };

    /// Lets everybody check in once, and buy within the week or not.
    pub(super) fn world(self) -> World {
        let mut world = World { catalogue: catalogue(), lines: Vec::new(), items: Vec::new() };
        let mut dice = ChaCha8Rng::seed_from_u64(self.seed);
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
        let mut chance = move || (dice.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0;
        for person in 0..self.people {
            self.live(person, &mut world, &mut chance);
        }
        world
    }

    fn live(&self, person: u64, world: &mut World, chance: &mut dyn FnMut() -> f64) {
        let name = format!("cust-{person}");
        let by_sms = chance() < 0.5;
        let channel = if by_sms { Channel::Sms } else { Channel::Email };
        let language = if chance() < 0.2 { "es" } else { "en" };
        let mut profile = Profile::default();
        let asked = !(self.unasked_in_spanish && language == "es");
        agrees(&mut profile, channel, language, asked, person == 0);
        let buys = self.silent;
        if chance() < 0.5 {
            let before = Timestamp(NOON.0 - 50 * DAY_MS);
            world.happens(&purchase(&name, 1, before, 2_000), before, &mut profile, false);
        }
        let (decision, item) = world.happens(&check_in(&name), NOON, &mut profile, true);
        let added = match (decision.chosen.is_some(), by_sms) {
            (true, true) => self.by_sms,
            (true, false) => self.by_email,
            (false, _) => 0.0,
        };
        if let Some(mut item) = item {
            item.sent_at = Some(NOON);
            let at = NOON.plus_s(600);
            let outcomes = [(Outcome::Accepted, 0.3), (Outcome::Thanked, 0.1), (Outcome::Dismissed, 0.05)];
            for (outcome, of) in outcomes {
                if chance() < of {
                    item.outcomes.enter(outcome, at, Fingerprint(1));
                }
            }
            world.items.push((name.clone(), item));
        }
        if chance() < buys + added {
            #[expect(clippy::cast_possible_truncation, reason = "below 10,000")]
            let cents = 500 + (chance() * 10_000.0) as i64;
            let at = NOON.plus_s(86_400);
            world.happens(&purchase(&name, 2, at, cents), at, &mut profile, true);
        }
        // Long after the window, and so of no account.
        let later = NOON.plus_s(20 * 86_400);
        world.happens(&purchase(&name, 3, later, 9_999), later, &mut profile, true);
    }
}

impl World {
    /// The report on it, from its records and items alone.
    pub(super) fn report(&self) -> Report {
        let evidence = self.evidence();
        let ends = NOON.plus_s(30 * 86_400);
        let (items, catalogue) = (Some(self.items.as_slice()), &self.catalogue);
        Report::of(&Measurable { evidence: &evidence, items, catalogue, seen_until: ends, ends, seed: 1 })
    }

    pub(super) fn evidence(&self) -> Evidence {
        let mut evidence = Evidence::none();
        self.lines.iter().for_each(|line| evidence.enter(line, &self.catalogue));
        evidence
    }

    fn happens(
        &mut self,
        line: &str,
        at: Timestamp,
        profile: &mut Profile,
        decides: bool,
    ) -> (Decision, Option<DecisionItem>) {
        let signal = parse(line.as_bytes(), at).unwrap().signal;
        let facets = FacetKind::ALL.map(|kind| pack_facet(profile, kind));
        let event = canonical_event(line.as_bytes(), &signal.happened);
        let from =
            Facts { event, arrived: at, now: at, facets, snapshot: None, versions: [0; 7], exhausted: Vec::new() };
        let (catalogue, models) = (&self.catalogue, &Models::default());
        let (mut decision, basis) = (Decision::empty(), Basis { catalogue, models, exhausted: &[], learned: None });
        let rung = |_| decides.then_some(Rung::GroupPrior);
        let done = evaluate(&signal, profile, basis, at, rung, &mut decision);
        if done.decided {
            self.lines.push(record_line(&encode_body(&from, &decision, catalogue, models), None));
        }
        let item = DecisionItem::of(&decision, catalogue, profile).filter(|_| done.decided);
        (decision, item)
    }
}

/// The offer: a text or an e-mail, a week to act on it.
fn catalogue() -> Catalogue {
    let mut catalogue = tact_aws::catalogue().unwrap();
    let way = |name: &str, channel| Treatment {
        group_prior: 0.3,
        valid_s: 3_600,
        window_s: 7 * 86_400,
        measure: tact_decide::Measure { positive: vec![Outcome::Accepted], ..Default::default() },
        ..Treatment::new(name, channel, Mode::Push)
    };
    let offer = Action {
        triggers: vec![tact_domain::Trigger::CheckIn],
        treatments: vec![way("email", Channel::Email), way("text", Channel::Sms)],
        margin: 10_000.0,
        ..Action::new("offer", Issue::Grow, "offers")
    };
    catalogue.actions = vec![offer];
    let policy = &mut catalogue.policy;
    policy.holdout = Holdout { share: 0.2, salt: "test".into() };
    policy.discretion = Discretion::default();
    policy.push_needs.clear();
    policy.caps.clear();
    policy.quiet = tact_decide::Quiet::default();
    catalogue
}

/// What somebody agrees to; one of them lives where nobody else does.
fn agrees(profile: &mut Profile, channel: Channel, language: &str, asked: bool, alone: bool) {
    let grant = |purpose, channel| Grant {
        scope: Scope { purpose, channel, topic: None },
        state: ConsentState::Granted,
        terms: None,
        review_after: None,
        benefit: None,
    };
    let selling = asked.then(|| grant(Purpose::Marketing, Some(channel)));
    let change = ConsentChange {
        grants: selling.into_iter().chain([grant(Purpose::Profiling, None)]).collect(),
        points: vec![(channel, true)],
        zone: Some(if alone { "Pacific/Honolulu" } else { "America/New_York" }.into()),
        locale: Some(language.into()),
        ..ConsentChange::default()
    };
    profile.consent.fold(&change, Timestamp(NOON.0 - 60 * DAY_MS), Fingerprint(1));
}

fn check_in(name: &str) -> String {
    let data = r#"{"store":"market-street"}"#;
    event(name, "check-in", 0, NOON, data)
}

pub(super) fn purchase(name: &str, nth: u32, at: Timestamp, cents: i64) -> String {
    bought(name, nth, at, &[("women", cents)])
}

pub(super) fn bought(name: &str, nth: u32, at: Timestamp, lines: &[(&str, i64)]) -> String {
    let lines: Vec<_> = lines
        .iter()
        .map(|(category, cents)| {
            serde_json::json!({ "product": "thing", "category": category, "quantity": 1, "unit_price": cents })
        })
        .collect();
    let receipt = format!("r-{name}-{nth}");
    let data = serde_json::json!({
        "receipt": receipt, "store": "market-street", "channel": "store", "currency": "USD", "lines": lines
    });
    event(name, "purchase", nth, at, &data.to_string())
}

pub(super) fn event(name: &str, kind: &str, nth: u32, at: Timestamp, data: &str) -> String {
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap();
    format!(
        r#"{{"specversion":"1.0","id":"{name}-{kind}-{nth}","source":"test","type":"tact.{kind}.v1","subject":"{name}","time":"{time}","data":{data}}}"#
    )
}
