//! What we know of somebody, and who told us: themselves, our tills, their phone, our partners, or our own
//! reckoning.

use serde::Serialize;
use serde_json::Value;
use tact_domain::{Channel, ConsentState, Coupon, CouponState, Promise, Register, Scope, Standing, Timestamp};

use super::received::Agreed;
use super::{Case, words};

/// One thing we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Who told us.
    pub told_by: ToldBy,
    /// What, in words.
    pub what: String,
}

/// Who told us something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldBy {
    /// The customer, in so many words.
    You,
    /// Our tills and our web shop.
    Bought,
    /// The app on their phone, with their consent to location.
    Seen,
    /// Companies that work with us, with their consent to that.
    Partners,
    /// Nobody: it follows from the rest.
    WorkedOut,
}

impl ToldBy {
    /// All of them, in the order in which they are told.
    pub(super) const ALL: [Self; 5] = [Self::You, Self::Bought, Self::Seen, Self::Partners, Self::WorkedOut];

    /// What stands above everything they told.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::You => "you told us",
            Self::Bought => "you bought",
            Self::Seen => "your phone told us, as you allowed",
            Self::Partners => "partners told us, as you allowed",
            Self::WorkedOut => "we worked out",
        }
    }
}

/// Everything we know of somebody, by who told us.
pub(super) fn of(case: &Case<'_>) -> Vec<Known> {
    let by = |told_by: ToldBy, what: Vec<String>| what.into_iter().map(move |what| Known { told_by, what });
    let you = preferences(case)
        .into_iter()
        .chain(consents(case))
        .chain(check_ins(case))
        .chain(comments(case))
        .chain(answered(case));
    let worked_out = reckoned(case).into_iter().chain(points(case)).chain(coupons(case)).chain(appointments(case));
    by(ToldBy::You, you.collect())
        .chain(by(ToldBy::Bought, bought(case)))
        .chain(by(ToldBy::Seen, visits(case)))
        .chain(by(ToldBy::Partners, partners(case)))
        .chain(by(ToldBy::WorkedOut, worked_out.collect()))
        .collect()
}

fn preferences(case: &Case<'_>) -> Vec<String> {
    let consent = &case.profile.consent;
    let points = [
        (Channel::Sms, "a telephone number"),
        (Channel::Email, "an e-mail address"),
        (Channel::Push, "a phone for notifications"),
    ];
    let given: Vec<_> =
        points.iter().filter(|(channel, _)| consent.is_reachable(*channel)).map(|(_, name)| *name).collect();
    let lives = consent.zone().map(|zone| format!("where you live: the zone {zone}"));
    let reads = consent.locale().map(|locale| format!("which language you read: {locale}"));
    let addresses = (!given.is_empty()).then(|| format!("how to reach you: {}", given.join(", ")));
    [lives, reads, addresses].into_iter().flatten().collect()
}

/// What they allow and what not, with the text they were shown, where and when.
fn consents(case: &Case<'_>) -> Vec<String> {
    let mut scopes: Vec<_> = case.profile.consent.scopes().collect();
    scopes.sort_by_key(|(_, register)| register.at);
    scopes.into_iter().map(|(scope, register)| consent(case, scope, register)).collect()
}

fn consent(case: &Case<'_>, scope: &Scope, register: &Register<Standing>) -> String {
    let answer = match register.value.state {
        ConsentState::Granted => "yes",
        ConsentState::Denied => "no",
        ConsentState::Revoked => "no longer",
    };
    let about = words::scope(scope.purpose, scope.channel) + &words::particular(scope, "you");
    let proof = case.kept.proofs.iter().find(|(who, event, _)| who == case.customer && *event == register.event);
    let proof = proof.map(|(.., bytes)| bytes.as_slice());
    let shown = proof.and_then(|bytes| Agreed::find(bytes, register.value.state, |known| known == scope));
    let shown = shown.map_or(String::new(), |agreed| format!(": \"{}\"", agreed.shown));
    let source = proof.and_then(source).map_or(String::new(), |source| format!(", by {source}"));
    let promised = register.value.terms.map(|terms| format!(", at most {} in {} days", terms.max, terms.per_days));
    let promised = promised.unwrap_or_default();
    format!(
        "{answer} to {about}{shown}{promised}, on {}{source}{}",
        case.day(register.at),
        promise(case, &register.value)
    )
}

/// What was promised for a consent that stands or rests, and whether it came; nothing for a promise of which nobody knows anything.
fn promise(case: &Case<'_>, standing: &Standing) -> String {
    let Some(benefit) = standing.benefit.as_ref().filter(|_| standing.state == ConsentState::Granted) else {
        return String::new();
    };
    let worded = case.catalogue.policy.benefits.iter().find(|known| known.id == *benefit);
    if worded.is_none() && standing.review_after.is_none() && standing.promise == Promise::Made {
        return String::new();
    }
    let what = worded.map_or(benefit.as_str(), |known| known.text.as_str());
    let by = standing.review_after.map(|review| case.day(review));
    words::promise(what, standing.promise, standing.refusal(case.now).is_some(), by.as_deref())
}

fn source(proof: &[u8]) -> Option<String> {
    let proof: Value = serde_json::from_slice(proof).ok()?;
    Some(proof.get("source")?.as_str()?.to_owned())
}

fn check_ins(case: &Case<'_>) -> Vec<String> {
    let facet = &case.profile.checkin;
    let stores = facet.stores.iter().map(|(store, last, visits)| {
        format!("you were at {}: {}, last on {}", case.store(store), times(visits.visits.into()), case.moment(last))
    });
    let elsewhere = u64::from(facet.check_ins.saturating_sub(facet.visits));
    let elsewhere = (elsewhere > 0).then(|| format!("you were at places of others: {}", times(elsewhere)));
    stores.chain(elsewhere).collect()
}

/// What they said of us: what was read in it, as the words are not kept.
fn comments(case: &Case<'_>) -> Vec<String> {
    let latest = case.profile.comment.remarks.iter().rev().take(LATEST);
    latest
        .map(|remark| {
            let (tone, about) = (remark.tone.name(), remark.cause.name().replace('_', " "));
            let heard = if remark.public { "in public" } else { "to us" };
            let store = remark.store.as_ref().map_or(String::new(), |store| format!(", about {}", case.store(store)));
            format!("{}, {} ({heard}): {tone}, {about}{store}", case.moment(remark.at), remark.arena)
        })
        .collect()
}

/// What they answered when asked why they are not happy with us.
fn answered(case: &Case<'_>) -> Option<String> {
    let told = case.profile.comment.told.as_ref()?;
    Some(format!("what we could do better: {}, on {}", told.value.name().replace('_', " "), case.day(told.at)))
}

/// What was bought, with the till or the web shop that told it.
fn bought(case: &Case<'_>) -> Vec<String> {
    let facet = &case.profile.purchase;
    let Some(first) = facet.first else { return Vec::new() };
    let orders = format!(
        "{} since {}, {} in all after returns",
        counted(facet.orders.into(), "order", "orders"),
        case.day(first),
        case.money(facet.net)
    );
    let baskets = facet.baskets.iter().rev().take(LATEST).map(|basket| {
        let place = basket
            .store
            .as_ref()
            .map_or("on the web".to_owned(), |store| format!("at the till of {}", case.store(store)));
        format!("{}, {place}: {}", case.moment(basket.at), case.money(basket.net))
    });
    let mut owned: Vec<_> = facet.owned.iter().filter(|(.., owned)| owned.quantity > 0).collect();
    owned.sort_by_key(|(_, last, _)| std::cmp::Reverse(*last));
    let names: Vec<_> = owned.iter().map(|(product, _, owned)| format!("{} x {product}", owned.quantity)).collect();
    let owned = (!names.is_empty()).then(|| format!("what you have from us: {}", names.join(", ")));
    [orders].into_iter().chain(baskets).chain(owned).collect()
}

fn visits(case: &Case<'_>) -> Vec<String> {
    let latest = case.profile.geolocation.visits.iter().rev().take(LATEST);
    latest
        .map(|visit| {
            let minutes = u64::from(visit.left.seconds_since(visit.entered) / 60);
            let areas: Vec<_> = visit.areas.iter().map(|stay| stay.area.as_str()).collect();
            let areas = if areas.is_empty() { String::new() } else { format!(" ({})", areas.join(", ")) };
            let stay = counted(minutes, "minute", "minutes");
            format!("{}, {}: {stay}{areas}", case.moment(visit.entered), case.store(&visit.store))
        })
        .collect()
}

fn partners(case: &Case<'_>) -> Vec<String> {
    let latest = case.profile.partner.signals.iter().rev().take(LATEST);
    latest
        .map(|(at, signal)| {
            let destination = signal.destination.as_ref().map_or(String::new(), |place| format!(", to {place}"));
            format!("{}, {}: {}{destination}", case.moment(*at), signal.kind, signal.category)
        })
        .collect()
}

/// How many of the latest comments, purchases, visits and signals of partners are told one by one.
const LATEST: usize = 4;

/// What follows from purchases and visits.
fn reckoned(case: &Case<'_>) -> Vec<String> {
    let affinity = &case.profile.purchase.affinity;
    let mut weights: Vec<_> =
        affinity.iter().map(|(category, _, value)| (category, value.at(case.now).max(0.0))).collect();
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    weights.sort_by(|a, b| b.1.total_cmp(&a.1));
    let share = |(category, weight): &(_, f64)| format!("{category} {:.0} %", weight / total * 100.0);
    let interests: Vec<_> = weights.iter().take(5).filter(|(_, weight)| *weight > 0.0).map(share).collect();
    let interests =
        (!interests.is_empty()).then(|| format!("what you like, from what you bought: {}", interests.join(", ")));
    let day = case.now.day(tact_domain::offset_s(&case.zone, case.now));
    let stores = case.profile.geolocation.stores.iter();
    let missions = stores.filter_map(|(store, ..)| {
        let usual = words::mission(case.profile.geolocation.usual_mission(store, day))?;
        Some(format!("{usual}, from your visits to {}", case.store(store)))
    });
    interests.into_iter().chain(missions).collect()
}

/// What they earned: each line that came by a visit, and what came by spending in one sum.
fn points(case: &Case<'_>) -> Vec<String> {
    let theirs = case.kept.earned.iter().filter(|(customer, _)| customer == case.customer);
    let lines: Vec<Value> = theirs.filter_map(|(_, line)| serde_json::from_slice(line).ok()).collect();
    let points = |line: &Value| line.get("points").and_then(Value::as_i64).unwrap_or(0);
    let mut rules: Vec<&str> = lines.iter().filter_map(|line| line.get("rule")?.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let told = rules.into_iter().filter_map(|rule| {
        let of_rule = || lines.iter().filter(|line| line.get("rule").is_some_and(|known| known == rule));
        let last = of_rule().max_by_key(|line| line.get("at_ms").and_then(Value::as_i64))?;
        let text = |key: &str| last.get(key).and_then(Value::as_str).unwrap_or_default();
        let sum: i64 = of_rule().map(points).sum();
        let at = case.moment(Timestamp(last.get("at_ms")?.as_i64()?));
        let events = counted(of_rule().count() as u64, "event", "events");
        Some(format!(
            "{sum} points by the rule {rule}, from {events}, last {at} for {} of {}",
            text("id"),
            text("source")
        ))
    });
    told.collect()
}

fn coupons(case: &Case<'_>) -> Vec<String> {
    let theirs = case.kept.coupons.iter().filter(|coupon| coupon.customer.as_str() == case.customer);
    theirs.map(|coupon| told(case, coupon)).collect()
}

fn told(case: &Case<'_>, coupon: &Coupon) -> String {
    let code = case.seal.coupon_code(coupon.decision);
    let midnight = Timestamp(i64::from(coupon.last_day.0) * 86_400_000);
    let until = crate::zones::local(midnight, &jiff::tz::TimeZone::UTC).strftime("%-d %B %Y").to_string();
    let state = match &coupon.state {
        CouponState::Issued if coupon.is_liability(case.now) => "not used yet".to_owned(),
        CouponState::Issued => "not used, and over".to_owned(),
        CouponState::Redeemed { store, at, .. } => format!("used {} at {}", case.moment(*at), case.store(store)),
        CouponState::Void => "void".to_owned(),
    };
    format!("your coupon {code} for {}, worth {} until {until}: {state}", coupon.action, case.money(coupon.worth))
}

/// What is still to be decided again.
fn appointments(case: &Case<'_>) -> Vec<String> {
    let open = case.profile.contact.appointments().iter().filter(|open| case.now < open.until);
    open.map(|open| words::put_off(&open.issue, open.on.name(), &case.clock(open.not_before))).collect()
}

fn times(n: u64) -> String {
    counted(n, "time", "times")
}

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
