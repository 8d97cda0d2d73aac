//! Microseconds a step of a decision takes: 20 candidates that all reach scoring, for a customer of whom as much is kept as ever is.
#![expect(clippy::print_stdout, reason = "a bench measures time and prints it")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use tact_decide::{
    Action, Basis, Catalogue, Condition, Criterion, Decision, Holdout, Issue, Mode, Models, Moment, Policy, Rule, Rung,
    Slot, Stage, Test, Treatment, Window, decide, evaluate,
};
use tact_domain::{
    Cause, Channel, CheckIn, Comment, ConsentChange, ConsentState, Contact, ContactState, CustomerId, DecisionId,
    Evidence, FacetKind, Fingerprint, Grant, Happened, Key, Line, LineKind, PartnerSignal, Profile, Purchase, Purpose,
    Reading, Scope, Sighting, Signal, Taken, Timestamp, Tone, Trigger, Venue,
};
use tact_wire::{Facts, encode_body, pack_facet, unpack_facet};

const ROUNDS: usize = 5_001;
const CANDIDATES: usize = 20;
const DAY_MS: i64 = 86_400_000;
/// Saturday 2026-10-31, 11:00 in New York.
const NOW: Timestamp = Timestamp(1_793_458_800_000);
/// The kinds of channels a customer is told something by, one after the other.
const CHANNELS: [Channel; 4] = [Channel::Sms, Channel::Email, Channel::Push, Channel::Inbox];

fn main() -> Result<(), Box<dyn Error>> {
    let default = tact_aws::catalogue()?;
    let store = default.places.stores.first().ok_or("the default catalogue has no store")?.id.clone();
    let actions = (0..CANDIDATES).map(action).collect();
    let policy = Policy { holdout: Holdout::default(), ..default.policy.clone() };
    let catalogue = Catalogue { actions, slots: slots(), policy, ..default.clone() };
    let models = tact_aws::models()?;
    let profile = profile(&catalogue, &store)?;
    println!("{:<44} {:>8} {:>8}   {ROUNDS} rounds", "microseconds", "p50", "p99");
    decisions(&catalogue, &models, &profile, &store)?;
    folds(&catalogue, &models, &profile, &store)?;
    formats(&catalogue, &models, &profile, &store);
    Ok(())
}

fn decisions(catalogue: &Catalogue, models: &Models, profile: &Profile, store: &Key) -> Result<(), Box<dyn Error>> {
    let mut decision = Decision::empty();
    let customer = CustomerId::new("cust-1").ok_or("no customer")?;
    for (name, rung) in [
        ("20 candidates, forest of 100 trees", Rung::FullModel),
        ("20 candidates, logistic", Rung::SmallModel),
        ("20 candidates, rates of the group", Rung::GroupPrior),
    ] {
        let moment = moment(&customer, profile, store, rung);
        report(name, || decide(&moment, catalogue, models, &mut decision));
        let scored = decision.candidates.iter().filter(|candidate| candidate.terms.is_some()).count();
        if scored != CANDIDATES {
            return Err(
                format!("{scored} of {CANDIDATES} candidates reached scoring: {:?}", decision.candidates).into()
            );
        }
    }
    Ok(())
}

fn folds(catalogue: &Catalogue, models: &Models, known: &Profile, store: &Key) -> Result<(), Box<dyn Error>> {
    let fold = |name: &str, step_ms: i64, happened: &dyn Fn(u64) -> Happened| -> Result<(), Box<dyn Error>> {
        let (mut profile, mut n) = (known.clone(), 0);
        let mut next = signal(NOW, 0, happened(0))?;
        report(name, || {
            profile.fold(&next, &catalogue.ground());
            n += 1;
            (next.event, next.at) = (Fingerprint(1 << 40 | n), Timestamp(next.at.0 + step_ms));
        });
        Ok(())
    };
    fold("fold a check-in", 60_000, &|n| check_in(n, store))?;
    fold("fold a purchase of 10 lines", 60_000, &|n| purchase(n, store))?;
    fold("fold a ping far from every store", 1_000, &|_| ping(0.0, 0.0))?;
    let mut profile = known.clone();
    let (mut decision, mut n) = (Decision::empty(), 0);
    let mut next = signal(NOW, 0, check_in(0, store))?;
    report("evaluate a check-in, contacts used up", || {
        let rung = |_| Some(Rung::FullModel);
        let basis = Basis { catalogue, models, exhausted: &[] };
        evaluate(&next, &mut profile, basis, next.at, rung, &mut decision);
        n += 1;
        (next.event, next.at) = (Fingerprint(1 << 41 | n), Timestamp(next.at.0 + 1_000));
    });
    Ok(())
}

fn formats(catalogue: &Catalogue, models: &Models, profile: &Profile, store: &Key) {
    let mut decision = Decision::empty();
    let Some(customer) = CustomerId::new("cust-1") else { return };
    decide(&moment(&customer, profile, store, Rung::FullModel), catalogue, models, &mut decision);
    let facets = FacetKind::ALL.map(|kind| pack_facet(profile, kind));
    let made_from = Facts {
        event: r#"{"id":"c-1","source":"app","subject":"cust-1"}"#.to_owned(),
        arrived: NOW,
        now: NOW,
        facets: facets.clone(),
        snapshot: None,
        versions: [1; 7],
        exhausted: Vec::new(),
    };
    report("encode the record of 20 candidates", || encode_body(&made_from, &decision, catalogue, models));
    for (kind, bytes) in FacetKind::ALL.into_iter().zip(&facets) {
        report(&format!("pack {}, {} bytes", kind.name(), bytes.len()), || pack_facet(profile, kind));
    }
    report("unpack all facets", || {
        let mut read = Profile::default();
        let facets = FacetKind::ALL.into_iter().zip(&facets);
        facets.map(|(kind, bytes)| unpack_facet(&mut read, kind, bytes).is_ok()).filter(|read| *read).count()
    });
}

/// Prints the middle and the far end of what a call takes.
fn report<T>(name: &str, mut call: impl FnMut() -> T) {
    let mut timed = || {
        let start = Instant::now();
        black_box(call());
        start.elapsed().as_secs_f64() * 1e6
    };
    (0..200).for_each(|_| {
        black_box(timed());
    });
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| timed()).collect();
    rounds.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| rounds.get(ROUNDS * percent / 100).copied().unwrap_or(f64::NAN);
    println!("{name:<44} {:>8.2} {:>8.2}", at(50), at(99));
}

fn moment<'a>(customer: &'a CustomerId, profile: &'a Profile, store: &Key, rung: Rung) -> Moment<'a> {
    Moment {
        trigger: Trigger::CheckIn,
        store: Some(store.clone()),
        offset_s: -4 * 3600,
        rung,
        ..Moment::asked(DecisionId(7), customer, profile, NOW)
    }
}

/// An action that this customer is eligible for, about one of five categories, by one of four channels.
fn action(n: usize) -> Action {
    let channel = CHANNELS.get(n % CHANNELS.len()).copied().unwrap_or(Channel::Inbox);
    let treatment = Treatment {
        incentive: 500.0,
        cost: 1.0,
        group_prior: 0.1,
        liked: 0.2,
        valid_s: 3600,
        ..Treatment::new(channel.name(), channel, Mode::Prompt)
    };
    let about = u16::try_from(n % 5).unwrap_or(0);
    Action {
        category: Some(category(n as u64 % 5)),
        triggers: vec![Trigger::CheckIn],
        conditions: vec![
            condition(0, Some(1.0), None),
            condition(2 + about, Some(0.001), None),
            condition(1, None, Some(400.0)),
        ],
        margin: 4_000.0,
        basket: 12_000.0,
        benefit: 100.0,
        organic: 0.01,
        treatments: vec![treatment],
        ..Action::new(format!("action_{n:02}"), Issue::Grow, "offers")
    }
}

/// What these actions look at: orders, the days since the latest, and the interest in each of five categories.
fn slots() -> Vec<Slot> {
    let orders = Slot::Orders(None, Window { days: 90, earlier: false });
    let interests = (0..5).map(|n| Slot::Affinity(category(n)));
    [orders, Slot::DaysSinceOrder].into_iter().chain(interests).collect()
}

fn condition(slot: u16, min: Option<f64>, max: Option<f64>) -> Condition {
    let rule = Rule::Is(Criterion { slot, test: Test::Range { min, max } });
    Condition { stage: Stage::Eligibility, of_group: false, text: String::new(), rule }
}

/// A customer of whom as much is kept as ever is: every day, category, product, contact and consent there is room for or use of.
fn profile(catalogue: &Catalogue, store: &Key) -> Result<Profile, Box<dyn Error>> {
    let mut profile = Profile::default();
    let mut fold = |at: Timestamp, n: u64, happened: Happened| -> Result<(), Box<dyn Error>> {
        profile.fold(&signal(at, n, happened)?, &catalogue.ground());
        Ok(())
    };
    fold(Timestamp(NOW.0 - 200 * DAY_MS), 1, Happened::Consent(consent()))?;
    let mut at = Timestamp(NOW.0 - 100 * DAY_MS);
    for n in (1_u64..).take(400) {
        at = Timestamp(at.0 + DAY_MS / 4);
        fold(at, n << 8, check_in(n, store))?;
        fold(at, n << 9, purchase(n, store))?;
        let home = catalogue.places.store(store).map_or((0.0, 0.0), |store| (store.lat, store.lon));
        let (lat, lon) = if n % 2 == 0 { home } else { (0.0, 0.0) };
        fold(at, n << 10, ping(lat, lon))?;
        fold(at, n << 11, partner(n))?;
        fold(at, n << 12, comment(store))?;
    }
    for n in 0..40 {
        profile.contact.plan(contact(n, Timestamp(NOW.0 - 30 * DAY_MS + i64::from(n) * DAY_MS / 2)));
    }
    Ok(profile)
}

fn signal(at: Timestamp, n: u64, happened: Happened) -> Result<Signal, Box<dyn Error>> {
    Ok(Signal {
        customer: CustomerId::new("cust-1").ok_or("not a customer")?,
        source: "bench".into(),
        event: Fingerprint(n),
        decision: DecisionId(u128::from(n)),
        at,
        offset_s: -4 * 3600,
        arrived: at,
        happened,
    })
}

fn consent() -> ConsentChange {
    let by_channel = CHANNELS.map(|channel| (Purpose::Marketing, Some(channel)));
    let others = [Purpose::Profiling, Purpose::Location, Purpose::StaffRecognition, Purpose::ThirdParty];
    let others = others.map(|purpose| (purpose, None));
    let scopes = by_channel.into_iter().chain(others);
    let grants = scopes.map(|(purpose, channel)| Grant {
        scope: Scope { purpose, channel, topic: None },
        state: ConsentState::Granted,
        terms: None,
        review_after: None,
        benefit: None,
    });
    ConsentChange {
        grants: grants.collect(),
        points: CHANNELS.iter().map(|channel| (*channel, true)).collect(),
        area_code: Some(212),
        zone: Some("America/New_York".into()),
        locale: Some("en-US".into()),
        birth_year: Some(1980),
    }
}

fn check_in(n: u64, store: &Key) -> Happened {
    let venue = (n % 3 == 1).then(|| Venue { id: "v-1".into(), category: Some(category(n % 16)), position: None });
    Happened::CheckIn(CheckIn { store: venue.is_none().then(|| store.clone()), venue, ready: None })
}

fn purchase(n: u64, store: &Key) -> Happened {
    let line = |i: u64| Line {
        kind: LineKind::Sale,
        product: Key::new(format!("p-{}", (n * 10 + i) % 48)),
        category: Some(category((n * 10 + i) % 16)),
        quantity: 1,
        unit_price: 1_999,
    };
    Happened::Purchase(Purchase {
        receipt: "r-1".into(),
        store: Some(store.clone()),
        online: false,
        currency: "USD".into(),
        lines: (0..10).map(line).collect(),
        coupons: Vec::new(),
    })
}

fn partner(n: u64) -> Happened {
    let (kind, destination) = ("card".into(), Some("Tampa".into()));
    Happened::Partner(PartnerSignal {
        source: "bank".into(),
        with: None,
        kind,
        category: category(n % 16),
        destination,
        ends: Some(NOW),
    })
}

fn comment(store: &Key) -> Happened {
    Happened::Comment(Comment {
        arena: "social".into(),
        public: true,
        about: None,
        reply_to: None,
        evidence: Evidence::Told { store: store.clone() },
        read: Reading { cause: Cause::Display, confidence: 0.5, tone: Tone::Praise },
    })
}

fn ping(lat: f64, lon: f64) -> Happened {
    Happened::Geolocation(Sighting::Fix { lat, lon, accuracy_m: Some(10.0) })
}

/// A message of long ago: it is weighed against every cap, and uses none of them up.
fn contact(n: u16, planned_at: Timestamp) -> Contact {
    Contact {
        topic: None,
        patience: Taken::default(),
        decision: DecisionId(u128::from(n)),
        channel: Channel::Email,
        action: "order_update".into(),
        group: "service".into(),
        capped: false,
        planned_at,
        expires_at: planned_at.plus_s(3600),
        state: ContactState::Sent,
    }
}

fn category(n: u64) -> Key {
    Key::new(format!("category-{n:02}"))
}
