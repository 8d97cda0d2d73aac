//! The planted behaviour, in chances of 1,000. This is the truth that anything learnt from a run has to find.

use tact_decide::{Action, Class, Issue, Mode, Treatment};
use tact_domain::{Channel, Outcome};

use super::person::{Chance, Kind};

/// Somebody who has just seen a message.
pub(super) struct Moment<'a> {
    /// Who.
    pub(super) kind: Kind,
    /// What it is about,
    pub(super) action: &'a Action,
    /// and how it is said.
    pub(super) treatment: &'a Treatment,
    /// The hour of their day.
    pub(super) hour: i8,
}

/// A provider reports that a message arrived.
pub(super) const REPORTED: u64 = 985;
/// Whoever does nothing about a message with a link has looked behind it all the same.
pub(super) const LOOKS: u64 = 70;

/// A message is seen. Receipts and notices are looked for.
pub(super) fn seen(kind: Kind, channel: Channel, class: Class) -> u64 {
    let [express, browser, big_buyer] = match channel {
        Channel::Sms => [980, 980, 980],
        Channel::Push => [720, 820, 660],
        Channel::Email => [400, 520, 640],
        Channel::Inbox => [450, 760, 600],
        Channel::Associate => [1_000, 1_000, 1_000],
        Channel::Webhook => [0, 0, 0],
    };
    let seen = match kind {
        Kind::Express => express,
        Kind::Browser => browser,
        Kind::BigBuyer => big_buyer,
    };
    if class == Class::Default { seen } else { (seen + 150).min(1_000) }
}

/// What somebody does who has seen a message; `None` is nothing.
pub(super) fn reaction(moment: &Moment<'_>, chance: &Chance) -> Option<Outcome> {
    let mut thrown = chance.below("reaction", 1_000);
    reactions(moment).into_iter().find_map(|(outcome, per_mille)| {
        let happens = thrown < per_mille;
        thrown = thrown.saturating_sub(per_mille);
        happens.then_some(outcome)
    })
}

/// What may come of having seen a message; the rest of 1,000 do nothing.
pub(super) fn reactions(moment: &Moment<'_>) -> [(Outcome, u64); 5] {
    [
        (Outcome::Accepted, accepts(moment)),
        (Outcome::Thanked, thanks(moment)),
        (Outcome::Declined, declines(moment)),
        (Outcome::Dismissed, dismisses(moment)),
        (Outcome::Complained, complains(moment)),
    ]
}

/// Yes: most to what one came for oneself, less to a question, least to what is told. Everybody has something they like, money helps by
/// its share of the basket, and the evening is a better time than an early morning.
fn accepts(moment: &Moment<'_>) -> u64 {
    let Moment { kind, action, treatment, hour } = moment;
    if action.class == Class::Transactional {
        return 0;
    }
    let willing = match treatment.mode {
        Mode::Pull => 280,
        Mode::Prompt => 210,
        Mode::Push => 130,
    };
    let liking = match (kind, action.issue) {
        (_, Issue::Safety) => 15,
        (Kind::Express, Issue::Speed) => 20,
        (Kind::Express, _) => 5,
        (Kind::Browser, Issue::Choose) | (Kind::BigBuyer, Issue::Recognise) => 16,
        (Kind::Browser, Issue::Grow) => 12,
        (Kind::BigBuyer, Issue::Grow | Issue::Retain) => 13,
        (Kind::Browser | Kind::BigBuyer, _) => 9,
    };
    let time = match hour {
        0..9 | 21.. => 6,
        18..21 => 12,
        _ => 10,
    };
    ((willing + incentive(action, treatment)) * liking * time / 100).min(500)
}

/// Up to 300 more for money: 20 for each hundredth of the basket.
fn incentive(action: &Action, treatment: &Treatment) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share from 0 to 100")]
    let hundredths = (treatment.incentive / action.basket.max(1.0) * 100.0).clamp(0.0, 100.0) as u64;
    (20 * hundredths).min(300)
}

/// A word of thanks: for being recognised, for help, for a warning.
fn thanks(moment: &Moment<'_>) -> u64 {
    match (moment.action.issue, moment.kind) {
        (Issue::Recognise, Kind::BigBuyer) => 180,
        (Issue::Recognise | Issue::Safety, _) => 90,
        (Issue::Service | Issue::Choose, _) => 50,
        _ => 10,
    }
}

/// A question can be answered with no.
fn declines(moment: &Moment<'_>) -> u64 {
    if moment.treatment.mode == Mode::Prompt { 80 } else { 0 }
}

/// Put away: the more it pushes, the more often; more by those in a hurry, and outside the day.
fn dismisses(moment: &Moment<'_>) -> u64 {
    if moment.action.class != Class::Default {
        return 15;
    }
    let pushiness = match moment.treatment.mode {
        Mode::Pull => 40,
        Mode::Prompt => 130,
        Mode::Push => 240,
    };
    let hurry = if moment.kind == Kind::Express { 15 } else { 10 };
    let time = if (9..21).contains(&moment.hour) { 10 } else { 15 };
    (pushiness * hurry * time / 100).min(350)
}

/// A complaint: rare, and about what sells only.
fn complains(moment: &Moment<'_>) -> u64 {
    match moment.treatment.mode {
        Mode::Prompt | Mode::Push if moment.action.class != Class::Default => 0,
        Mode::Pull => 0,
        Mode::Prompt => 6,
        Mode::Push => 20,
    }
}

/// Whoever put it away or complained wants no more of it: only of what sells.
pub(super) fn opts_out(moment: &Moment<'_>, reaction: Outcome) -> u64 {
    match moment.treatment.mode {
        _ if moment.action.class != Class::Default => 0,
        _ if reaction == Outcome::Complained => 500,
        Mode::Pull => 20,
        Mode::Prompt => 120,
        Mode::Push => 250,
    }
}

/// A coupon that was accepted is used.
pub(super) fn redeems(kind: Kind) -> u64 {
    match kind {
        Kind::Express => 500,
        Kind::Browser => 650,
        Kind::BigBuyer => 800,
    }
}
