//! A small log: people who check in and buy, decided on by the path that decides on anybody.

use super::*;

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 24 * HOUR;
/// 2026-09-01T15:00:00Z.
pub(super) const BEGINS: Timestamp = Timestamp(1_788_274_800_000);
pub(super) const CHECK_IN: &str = r#""type":"tact.check-in.v1","data":{"store":"market-street"}"#;

/// The default catalogue with two offers at check-in and nothing else: an e-mail, and something told to the store.
pub(super) fn catalogue() -> Catalogue {
    let treatment = Treatment {
        group_prior: 0.3,
        valid_s: DAY,
        window_s: 7 * DAY,
        incentive: 150.0,
        measure: Measure { positive: vec![Outcome::Accepted], ..Measure::default() },
        text: "Hello".to_owned(),
        ..Treatment::new("mail", Channel::Email, Mode::Push)
    };
    let offer = |name: &str, treatment: Treatment, for_store: bool| Action {
        triggers: vec![Trigger::CheckIn],
        category: Some("shoes".into()),
        margin: 3_000.0,
        basket: 8_000.0,
        for_store,
        treatments: vec![treatment],
        ..Action::new(name, Issue::Grow, "offers")
    };
    let told = Treatment { group_prior: 0.5, ..Treatment::new("told", Channel::Associate, Mode::Push) };
    let default = decode_catalogue(tact_catalogue::CATALOGUE).unwrap();
    Catalogue {
        hash: "c".to_owned(),
        policy: Policy { currency: default.policy.currency, ..Policy::default() },
        actions: vec![offer("offer", treatment, false), offer("greet", told, true)],
        places: default.places,
        ..Catalogue::default()
    }
}

pub(super) fn models() -> Models {
    let bound = |bytes: &[u8]| Some(Model::decode(bytes).unwrap().bind(&FEATURES).unwrap());
    let (full, small) = (bound(tact_catalogue::FULL_MODEL), bound(tact_catalogue::SMALL_MODEL));
    Models { full, small, bids: None, types: None, hash: "m".to_owned() }
}

/// A customer, and the records of what was decided about them.
pub(super) struct Customer {
    pub(super) name: String,
    pub(super) profile: Profile,
    pub(super) log: Vec<Recorded>,
    pub(super) items: Vec<DecisionItem>,
}

impl Customer {
    /// Somebody who agrees to e-mails, and to be profiled if that is said.
    pub(super) fn new(name: &str, may_profile: bool) -> Self {
        let mut customer =
            Self { name: name.to_owned(), profile: Profile::default(), log: Vec::new(), items: Vec::new() };
        let state = if may_profile { "granted" } else { "denied" };
        let consent = format!(
            r#""type":"tact.consent.v1","data":{{"grants":[{{"purpose":"marketing","channel":"email","state":"granted"}},
            {{"purpose":"profiling","state":"{state}"}},{{"purpose":"staff_recognition","state":"granted"}}],
            "points":{{"email":"one@example.com"}},"zone":"America/New_York"}}"#
        );
        customer.happen(BEGINS.plus_s(-200 * DAY), &consent);
        customer
    }

    pub(super) fn signal(&self, at: Timestamp, what: &str) -> (String, Signal) {
        let time = jiff::Timestamp::from_millisecond(at.0).unwrap();
        let event = format!(
            r#"{{"specversion":"1.0","id":"e-{0}-{1}","source":"test","subject":"{0}","time":"{time}",{what}}}"#,
            self.name, at.0
        );
        let signal = parse(event.as_bytes(), at).unwrap_or_else(|error| panic!("{event}: {error}")).signal;
        (event, signal)
    }

    /// What a function does on an event: fold, decide, log; with what is to be delivered left as it was decided.
    pub(super) fn happen(&mut self, at: Timestamp, what: &str) {
        self.happen_with(&models(), 1.0, at, what);
    }

    pub(super) fn happen_with(&mut self, models: &Models, probability: f64, at: Timestamp, what: &str) {
        let (catalogue, (event, signal)) = (catalogue(), self.signal(at, what));
        let facts = Facts {
            event,
            arrived: at,
            now: at,
            facets: FacetKind::ALL.map(|kind| pack_facet(&self.profile, kind)),
            snapshot: None,
            versions: [1; 7],
            exhausted: Vec::new(),
        };
        let mut decision = Decision::empty();
        let basis = Basis { catalogue: &catalogue, models, exhausted: &[], learned: None };
        let done = evaluate(&signal, &mut self.profile, basis, at, |_| Some(Rung::FullModel), &mut decision);
        if !done.decided {
            return;
        }
        decision.probability = probability;
        self.items.extend(DecisionItem::of(&decision, &catalogue, &self.profile));
        let line = record_line(&encode_body(&facts, &decision, &catalogue, models), None);
        self.log.push(decode_record(&line).unwrap());
        if evaluate_for_store(&signal, &self.profile, basis, at, Rung::FullModel, &mut decision) {
            let line = record_line(&encode_body(&facts, &decision, &catalogue, models), None);
            self.log.push(decode_record(&line).unwrap());
        }
    }

    pub(super) fn buy(&mut self, at: Timestamp) {
        let what = format!(
            r#""type":"tact.purchase.v1","data":{{"receipt":"r-{}","channel":"store","store":"market-street","currency":"USD",
            "lines":[{{"product":"p-1","category":"shoes","quantity":1,"unit_price":7900}}]}}"#,
            at.0
        );
        self.happen(at, &what);
    }

    /// The e-mails left an hour after they were decided; what became of each so many seconds after its decision.
    pub(super) fn answered(mut self, outcomes: &[(Outcome, i64)]) -> Self {
        for item in &mut self.items {
            (item.state, item.sent_at) = (Delivery::Sent, Some(item.planned_at.plus_s(HOUR)));
            for (outcome, after_s) in outcomes {
                item.outcomes.enter(*outcome, item.planned_at.plus_s(*after_s), Fingerprint(1));
            }
        }
        self
    }
}

/// Somebody who checked in once, and what became of the e-mail.
pub(super) fn visitor(name: &str, outcomes: &[(Outcome, i64)]) -> Customer {
    let mut customer = Customer::new(name, true);
    customer.happen(BEGINS, CHECK_IN);
    customer.answered(outcomes)
}

pub(super) fn trained(customers: &[Customer], others: &[Recorded]) -> Training {
    let catalogue = catalogue();
    let mut gathering = Gathering::of(&catalogue);
    let records = customers.iter().flat_map(|customer| &customer.log).chain(others);
    records.for_each(|record| gathering.note(record));
    let items = customers.iter().flat_map(|customer| &customer.items);
    let kept = items.map(|item| (item.decision.to_string(), item)).collect();
    gathering.finish(&kept, &|_, _| true)
}

/// A log that goes on until a time, by somebody who says nothing of interest.
pub(super) fn goes_on_until(end: Timestamp) -> Vec<Recorded> {
    let mut other = Customer::new("other", true);
    other.buy(end);
    other.log
}

/// All that is learnt from, as bytes.
pub(super) fn bytes(training: &Training) -> Vec<u8> {
    let of = |example: &Example| {
        let numbers = example.row.iter().flat_map(|value| value.to_bits().to_le_bytes());
        let rest = [u8::from(example.positive)].into_iter().chain(example.weight.to_bits().to_le_bytes());
        numbers.chain(rest).chain(example.decision.bytes()).collect::<Vec<_>>()
    };
    training.examples.iter().flat_map(of).collect()
}

pub(super) fn place(name: &str) -> usize {
    FEATURES.iter().position(|known| *known == name).unwrap()
}
