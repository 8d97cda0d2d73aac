//! The whole path of a decision: candidates, gates, scores, arbitration.

use std::cell::OnceCell;

use tact_domain::{Happened, Key, ProfileType};
use tact_model::{BidTable, Binding, Row, Types};

use crate::adaptive::{Teacher, Typed};
use crate::bid::Prices;
use crate::{
    Action, Candidate, Cap, Catalogue, Decision, Fate, Hours, Known, Moment, Reason, Rung, Treatment, arbitrate,
    discretion, gate, put_off, relied, row, score,
};

/// The models a deployment scores with; one that is absent is a rung that is skipped.
#[derive(Debug, Default)]
pub struct Models {
    /// The full model, bound to the feature row.
    pub full: Option<Binding>,
    /// The small model, bound to the feature row.
    pub small: Option<Binding>,
    /// What contacts cost; where it is absent they all cost the policy's lever.
    pub bids: Option<BidTable>,
    /// Which types of customers there are; where it is absent they are those that rules tell.
    pub types: Option<Types>,
    /// The SHA-256 over the artefacts, in lower-case hexadecimal; names them in every decision.
    pub hash: String,
}

impl Models {
    pub(crate) fn small(&self) -> Option<(&Binding, Rung)> {
        self.small.as_ref().map(|model| (model, Rung::SmallModel))
    }
}

/// Decides a moment into `decision`, whose buffers are used again.
pub fn decide(moment: &Moment<'_>, catalogue: &Catalogue, models: &Models, decision: &mut Decision) {
    begin(moment, catalogue, decision);
    let known = Known::within(moment, &catalogue.slots, std::mem::take(&mut decision.memo)).beside(catalogue);
    let hours = Hours::at(catalogue, moment.profile, moment.now);
    let teacher = Teacher::of(moment, catalogue);
    let prices = Prices::at(moment, &catalogue.policy, models.bids.as_ref());
    let may_profile = known.may_profile();
    let (row, kind, typed) = (None, OnceCell::new(), None);
    let mut scoring =
        Scoring { moment, catalogue, models, teacher, hours: &hours, may_profile, row, kind, typed, prices };
    for (place, action) in (0..).zip(&catalogue.actions) {
        if !action.is_called_by(moment) {
            continue;
        }
        let passed = gate::pass_action(moment, catalogue, &known, action);
        let position = passed.is_ok().then(|| action.arm_position(moment.customer, moment.now)).flatten();
        for (way, treatment) in (0..).zip(&action.treatments) {
            if is_meant(moment, action, treatment) {
                let creepy = discretion::creepy(moment, &catalogue.policy, action, treatment);
                let passed = passed.and_then(|()| {
                    let used = gate::Used { caps: &decision.caps, patience: decision.patience };
                    gate::pass(moment, catalogue, &known, used, &hours, (action, treatment, creepy), position)
                });
                let used = &decision.caps;
                decision.candidates.push(scoring.candidate((place, action), (way, treatment, creepy), passed, used));
            }
        }
    }
    decision.typed = scoring.typed.unwrap_or_default();
    // What a store is told is decided after what the customer is, which may have been decided with it.
    let with_it = moment.for_store || decision.candidates.iter().any(|candidate| candidate.terms.is_some());
    decision.learned = teacher.and_then(|teacher| teacher.hash()).filter(|_| with_it).map(Key::from);
    arbitrate::arbitrate(moment, catalogue, decision);
    rely(moment, catalogue, &known, decision);
    decision.memo = known.into_memo();
    put_off::appoint(moment, catalogue, decision);
}

fn begin(moment: &Moment<'_>, catalogue: &Catalogue, decision: &mut Decision) {
    decision.id = moment.decision;
    decision.trigger = moment.trigger;
    decision.store.clone_from(&moment.store);
    decision.now = moment.now;
    decision.rung = moment.rung;
    decision.chosen = None;
    decision.ghost = None;
    decision.probability = 1.0;
    decision.learned = None;
    decision.typed = Typed::default();
    decision.candidates.clear();
    decision.arms.clear();
    decision.claims.clear();
    decision.relies_on.clear();
    decision.quoted.clear();
    decision.ready = moment.sign();
    decision.answers = match moment.happened {
        Some(Happened::Comment(comment)) => Some(comment.post()),
        _ => None,
    };
    decision.appointments.clear();
    decision.caps.clear();
    decision.patience = 0;
    // What a store is told is no message to the customer, whom it leaves alone.
    if moment.for_store {
        return;
    }
    let used = |cap: &Cap| cap.used(&moment.profile.contact, moment.now, moment.decision);
    decision.caps.extend(catalogue.policy.caps.iter().map(used));
    let allowance = catalogue.policy.discretion.allowance;
    decision.patience = moment.profile.contact.shared_patience(moment.now, allowance, moment.decision);
}

/// Enters which consents to be known the winner was chosen by, and quotes the events that gave them: they are asked for again before it leaves. A
/// promise asks for none.
fn rely(moment: &Moment<'_>, catalogue: &Catalogue, known: &Known<'_>, decision: &mut Decision) {
    let winner = decision.winner().and_then(|winner| catalogue.actions.get(usize::from(winner.action)));
    let Some(action) = winner.filter(|action| moment.promised(action).is_none()) else { return };
    (decision.relies_on, decision.quoted) = relied::relied_on(moment, &catalogue.slots, known, action);
}

/// Whether a treatment is a candidate: only what fulfils a promise when one is to be kept, and never otherwise; only what has its place there when
/// somebody looks at a place; and what is for a screen to nobody.
fn is_meant(moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> bool {
    let placed = moment.placement.is_none_or(|looked_at| treatment.placement.as_deref() == Some(looked_at));
    match moment.promised(action) {
        Some(way) => *way == treatment.name,
        None => placed && !treatment.fulfils && !treatment.is_for_screen(),
    }
}

/// What scoring needs, and the row of the moment once it is known.
struct Scoring<'a> {
    moment: &'a Moment<'a>,
    catalogue: &'a Catalogue,
    models: &'a Models,
    teacher: Option<Teacher<'a>>,
    hours: &'a Hours<'a>,
    may_profile: bool,
    row: Option<Row>,
    /// The customer's type by rule, once it was asked for; none for who may not be typed.
    kind: OnceCell<Option<ProfileType>>,
    typed: Option<Typed>,
    prices: Prices<'a>,
}

impl Scoring<'_> {
    /// The candidate of a treatment, scored when it passed or could be decided later; `used` is what each cap counts.
    fn candidate(
        &mut self,
        (place, action): (u16, &Action),
        (way, treatment, creepy): (u16, &Treatment, f64),
        passed: Result<gate::Passed, Reason>,
        used: &[u16],
    ) -> Candidate {
        let Self { moment, catalogue, models, teacher, hours, may_profile, .. } = *self;
        let later = put_off::to(moment, hours, action, treatment, passed.err());
        let fate = passed.err().map_or(arbitrate::RUNNING, Fate::Refused);
        let scored = (passed.is_ok() || later.is_some()).then(|| {
            let row = self.row.get_or_insert_with(|| row::row_at(moment));
            let by_rule = &self.kind;
            let kind = || *by_rule.get_or_init(|| moment.profile.profile_type(moment.now));
            let of = |row: &Row| Typed::of(kind(), models.types.as_ref(), row);
            let typed = &mut self.typed;
            let correction = teacher
                .and_then(|teacher| teacher.correction(action, treatment, *typed.get_or_insert_with(|| of(row))));
            let harmful = catalogue.policy.discretion.harmful_since(creepy, treatment, correction.as_ref());
            let bid = self.prices.of(action, treatment, used, kind);
            // Who did not agree to be profiled is of no type, and their rate is everybody's.
            let of_type = if action.organic_by_type.is_empty() { None } else { kind() };
            let weighed = score::Weighed { action, treatment, if_silent: action.if_silent(of_type), harmful, bid };
            score::score(moment, may_profile, &catalogue.policy.levers, models, row, &weighed, correction)
        });
        let (creepy, consent) = (thousandths(creepy), passed.ok().flatten());
        let (terms, foretold) = scored.map_or((None, 0.0), |(terms, foretold)| (Some(terms), foretold));
        Candidate { action: place, treatment: way, fate, terms, foretold, consent, creepy, later }
    }
}

/// A share in thousandths.
pub(crate) fn thousandths(share: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1,000")]
    let thousandths = (share.clamp(0.0, 1.0) * 1_000.0 + 0.5) as u16;
    thousandths
}
