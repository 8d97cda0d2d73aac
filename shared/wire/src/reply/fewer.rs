//! Fewer texts: every consent to marketing by text that stands is given again on half the cadence, and denied where that is none. Nothing is consented to that was not before.

use serde_json::{Map, Value, json};
use tact_decide::Policy;
use tact_domain::{
    Channel, ConsentFacet, ConsentState, CustomerId, Fingerprint, Key, Purpose, Register, Standing, Terms, Timestamp,
};

use super::{Agreed, Texted};
use crate::{OwnEvent, sha256_hex};

/// One consent as it is to be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fewer {
    /// The event that gave it; its proof is the proof of this one too.
    pub given_by: Fingerprint,
    /// What holds from now on; `None` when there are no texts any more.
    pub terms: Option<Terms>,
    /// What the event of the change is called.
    id: String,
    /// Whether this very change stands already.
    stands: bool,
    given_at: Timestamp,
    topic: Option<Key>,
    review_after: Option<Timestamp>,
    benefit: Option<Key>,
}

impl Fewer {
    /// The consents to marketing by text that stand at `now`, each on half its cadence; `text` is the id of the text that asks for it. Empty when
    /// there is no such consent.
    pub fn of(consent: &ConsentFacet, policy: &Policy, text: &str, now: Timestamp) -> Vec<Self> {
        let scopes = consent.scopes().filter(|(scope, register)| {
            scope.purpose == Purpose::Marketing
                && scope.channel == Some(Channel::Sms)
                && register.value.state == ConsentState::Granted
                && consent.relied_on(Purpose::Marketing, Channel::Sms, scope.topic.as_deref(), now).is_ok()
        });
        scopes.map(|(scope, register)| Self::one(scope.topic.as_ref(), register, policy, text)).collect()
    }

    fn one(topic: Option<&Key>, register: &Register<Standing>, policy: &Policy, text: &str) -> Self {
        let id = sha256_hex(format!("{text}/{}", topic.map_or("", Key::as_str)).as_bytes());
        let stands = register.event == Fingerprint::of(Texted::SOURCE, &id);
        let terms = register.value.terms.unwrap_or_else(|| terms_of(policy));
        Self {
            given_by: register.event,
            terms: if stands { Some(terms) } else { half(terms) },
            id,
            stands,
            given_at: register.at,
            topic: topic.cloned(),
            review_after: register.value.review_after,
            benefit: register.value.benefit.clone(),
        }
    }

    /// The event of the change; `None` when it stands already. Its time is right after that of the consent it follows, so that whatever was taken
    /// back since stays taken back.
    pub fn event(&self, customer: &CustomerId, agreed: Option<&Agreed>) -> Option<OwnEvent> {
        if self.stands {
            return None;
        }
        let mut grant = Map::from_iter([
            ("channel".to_owned(), json!(Channel::Sms)),
            ("purpose".to_owned(), json!(Purpose::Marketing)),
        ]);
        let mut also = |name: &str, value: Value| grant.insert(name.to_owned(), value);
        if let Some(topic) = &self.topic {
            also("topics", json!([topic]));
        }
        let at = Timestamp(self.given_at.0.saturating_add(1));
        let Some(Terms { max, per_days }) = self.terms else {
            also("state", json!(ConsentState::Denied));
            return Some(OwnEvent::consent(customer, Texted::SOURCE, &self.id, at, &json!({ "grants": [grant] })));
        };
        also("state", json!(ConsentState::Granted));
        also("terms", json!({ "max": max, "per_days": per_days }));
        // The same promise by the same day stays as far as it has come.
        if let Some(benefit) = &self.benefit {
            also("benefit", json!(benefit));
        }
        if let Some(at) = self.review_after {
            let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
            also("review_after", json!(at.strftime("%Y-%m-%d").to_string()));
        }
        if let Some(Agreed { text_id, shown, seller, .. }) = agreed {
            also("proof", json!({ "text_id": text_id, "shown": shown, "seller": seller }));
        }
        let at = Timestamp(self.given_at.0.saturating_add(1));
        Some(OwnEvent::consent(customer, Texted::SOURCE, &self.id, at, &json!({ "grants": [grant] })))
    }
}

/// Half as many: in twice the time, or half the number where messages are not counted for so long; `None` when that is none.
fn half(Terms { max, per_days }: Terms) -> Option<Terms> {
    let longer = per_days.saturating_mul(2);
    if longer <= Terms::MOST_DAYS {
        return Some(Terms { max, per_days: longer });
    }
    (max > 1).then_some(Terms { max: max / 2, per_days: per_days.min(Terms::MOST_DAYS) })
}

/// The strictest of the caps that hold for every text.
fn terms_of(policy: &Policy) -> Terms {
    let limits = policy.caps.iter().filter(|cap| {
        !cap.impressions && cap.group.is_none() && cap.channel.is_none_or(|channel| channel == Channel::Sms)
    });
    // One in seven days is fewer than three in fourteen.
    let strictest = limits.min_by(|a, b| (i64::from(a.max) * b.window_s).cmp(&(i64::from(b.max) * a.window_s)));
    let Some(cap) = strictest else { return Terms { max: 1, per_days: 7 } };
    let per_days = u16::try_from((cap.window_s + 86_399) / 86_400).unwrap_or(Terms::MOST_DAYS);
    Terms { max: cap.max.max(1), per_days: per_days.clamp(1, Terms::MOST_DAYS) }
}

#[cfg(test)]
mod tests {
    use tact_decide::Cap;
    use tact_domain::{ConsentChange, ConsentRefusal, Grant, Happened, Scope};

    use super::*;
    use crate::parse;

    const NOW: Timestamp = Timestamp(1_793_458_800_000);

    fn grant(channel: Channel, topic: Option<&str>, terms: Option<Terms>) -> ConsentChange {
        let scope = Scope { purpose: Purpose::Marketing, channel: Some(channel), topic: topic.map(Key::from) };
        let review_after = topic.map(|_| Timestamp(1_806_537_600_000)); // 2027-04-01
        let benefit = topic.filter(|topic| *topic == "shoes").map(|_| "early-sale".into());
        let grants = vec![Grant { scope, state: ConsentState::Granted, terms, review_after, benefit }];
        ConsentChange { grants, ..ConsentChange::default() }
    }

    fn policy() -> Policy {
        let cap = |max, days: i64, channel| Cap {
            name: "c".into(),
            max,
            window_s: days * 86_400,
            impressions: false,
            channel,
            group: None,
        };
        Policy {
            caps: vec![cap(3, 7, None), cap(1, 7, Some(Channel::Sms)), cap(1, 90, Some(Channel::Push))],
            ..Policy::default()
        }
    }

    /// Folds the events of a change as the function of consents does.
    fn change(consent: &mut ConsentFacet, text: &str) -> usize {
        let customer = CustomerId::new("ana").unwrap();
        let fewer = Fewer::of(consent, &policy(), text, NOW);
        let events: Vec<_> = fewer.iter().filter_map(|one| one.event(&customer, None)).collect();
        for event in &events {
            let read = parse(event.line.as_bytes(), NOW).unwrap();
            let Happened::Consent(change) = &read.signal.happened else { panic!("{}", event.line) };
            assert!(consent.fold(change, read.signal.at, read.signal.event));
        }
        events.len()
    }

    fn terms(consent: &ConsentFacet) -> Vec<Option<(u16, u16)>> {
        consent.scopes().map(|(_, known)| known.value.terms.map(|terms| (terms.max, terms.per_days))).collect()
    }

    #[test]
    fn each_consent_to_texts_is_halved_once_for_each_text_that_asks() {
        let mut consent = ConsentFacet::default();
        let yesterday = NOW.plus_s(-86_400);
        let shoes = grant(Channel::Sms, Some("shoes"), Some(Terms { max: 2, per_days: 30 }));
        for given in [shoes, grant(Channel::Sms, Some("bags"), None), grant(Channel::Email, None, None)] {
            consent.fold(&given, yesterday, Fingerprint(1));
        }
        assert_eq!(change(&mut consent, "m-1"), 2);
        assert_eq!(terms(&consent), [Some((1, 14)), Some((1, 30)), None]);
        assert_eq!(change(&mut consent, "m-1"), 0, "the same text again");
        assert_eq!(change(&mut consent, "m-2"), 2);
        assert_eq!(terms(&consent), [Some((1, 28)), None, None], "half of one in 30 days is none");
        let shoes = || consent.relied_on(Purpose::Marketing, Channel::Sms, Some("shoes"), NOW);
        assert_eq!(shoes().map(|_| ()), Err(ConsentRefusal::Denied));
        assert!(consent.relied_on(Purpose::Marketing, Channel::Sms, None, NOW).is_err(), "no wider than it was");
        assert_eq!(change(&mut consent, "m-3"), 1);
        assert!(Fewer::of(&consent, &policy(), "m-4", NOW).is_empty(), "there are none left");
    }

    #[test]
    fn a_promise_stays_as_it_was_made_and_as_far_as_it_has_come() {
        for keeps in [false, true] {
            let mut consent = ConsentFacet::default();
            consent.fold(&grant(Channel::Sms, Some("shoes"), None), NOW.plus_s(-86_400), Fingerprint(1));
            assert_eq!(keeps && consent.keep("early-sale", NOW.plus_s(-10)), keeps);
            let before: Vec<Standing> = consent.scopes().map(|(_, register)| register.value.clone()).collect();
            assert_eq!(change(&mut consent, "m-1"), 1);
            let after: Vec<Standing> = consent.scopes().map(|(_, register)| register.value.clone()).collect();
            let terms = Some(Terms { max: 1, per_days: 14 });
            assert_eq!(after, [Standing { terms, ..before[0].clone() }]);
        }
    }

    #[test]
    fn a_consent_that_rests_is_not_renewed_by_asking_for_fewer() {
        let mut consent = ConsentFacet::default();
        consent.fold(&grant(Channel::Sms, Some("shoes"), None), NOW.plus_s(-86_400), Fingerprint(1));
        let after_review = Timestamp(1_806_537_600_000);
        assert!(Fewer::of(&consent, &policy(), "m-1", after_review).is_empty());
    }

    #[test]
    fn whoever_took_it_back_meanwhile_gets_nothing_again() {
        let mut consent = ConsentFacet::default();
        consent.fold(&grant(Channel::Sms, None, None), NOW.plus_s(-100), Fingerprint(1));
        let fewer = Fewer::of(&consent, &policy(), "m-1", NOW);
        let mut revoked = grant(Channel::Sms, None, None);
        revoked.grants.iter_mut().for_each(|grant| grant.state = ConsentState::Revoked);
        consent.fold(&revoked, NOW.plus_s(-50), Fingerprint(2));
        let late = fewer.first().unwrap().event(&CustomerId::new("ana").unwrap(), None).unwrap();
        let late = parse(late.line.as_bytes(), NOW).unwrap().signal;
        let Happened::Consent(change) = &late.happened else { panic!() };
        assert!(!consent.fold(change, late.at, late.event));
        assert!(Fewer::of(&consent, &policy(), "m-2", NOW).is_empty());
    }
}
