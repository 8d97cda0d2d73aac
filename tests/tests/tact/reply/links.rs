//! Links to unsubscribe: looking changes nothing, one click is enough, and no click is lost.

use tact_decide::Reason;
use tact_domain::{Channel, DecisionId, Outcome};
use tact_wire::{Request, Unsubscribe};

use super::setting::{Setting, request, seal, setting};
use crate::faults::{Fault, Script};
use crate::pipeline::world::{DAY, SATURDAY, consent, customer};

const ONE_CLICK: &[u8] = b"List-Unsubscribe=One-Click";

/// Ana was sent an e-mail, and this is the link in it.
fn with_a_link() -> (Setting, DecisionId, String) {
    let setting = setting(&[consent("c-1", "ana", SATURDAY - 40 * DAY, &["sms", "email"])]);
    let decision = setting.was_sent("ana", "replenish", Channel::Email, "c-1");
    let link = Unsubscribe { customer: customer("ana"), channel: Channel::Email, decision };
    (setting, decision, format!("/u/{}", seal().unsubscribe_token(&link)))
}

#[test]
fn looking_changes_nothing_and_shows_one_button() {
    let (setting, _, link) = with_a_link();
    let before = setting.table();
    let page = setting.ask(&request("GET", &link, b""));
    assert_eq!((page.status, page.content_type), (200, "text/html; charset=utf-8"));
    assert!(page.body.matches("<button").count() == 1 && page.body.contains("<form method=\"post\">"), "{}", page.body);
    assert!(!page.body.contains("<script") && !page.body.contains("ana") && !page.body.contains("http"));
    let headers: Vec<_> = page.headers().collect();
    assert!(headers.contains(&("cache-control", "no-store")) && headers.iter().all(|(name, _)| *name != "set-cookie"));
    let head = setting.ask(&request("HEAD", &link, b""));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(setting.table(), before);
    assert!(setting.put().is_empty() && setting.refusals("ana", Channel::Email).is_none());
}

#[test]
fn one_click_ends_the_channel_before_it_is_answered_and_a_second_changes_nothing() {
    let (setting, decision, link) = with_a_link();
    let answer = setting.ask(&request("POST", &link, ONE_CLICK));
    assert_eq!((answer.status, answer.what), (200, "unsubscribed"));
    let refused = setting.refusals("ana", Channel::Email).unwrap();
    assert!(refused.iter().all(|reason| *reason == Reason::ConsentRevoked), "{refused:?}");
    let sms = setting.profile("ana").consent;
    assert!(sms.relied_on(tact_domain::Purpose::Marketing, Channel::Sms, None, super::setting::NOW).is_ok());

    let (before, put) = (setting.table(), setting.put());
    assert_eq!(setting.ask_at(&request("POST", &link, b""), super::setting::NOW.plus_s(60)).status, 200);
    assert_eq!(setting.table(), before);
    assert_eq!(setting.put(), [put.clone(), put].concat(), "the same event: a duplicate");
    setting.deliver();
    let outcomes = &setting.desk.store.inner.decisions()[&decision].outcomes;
    assert_eq!(outcomes.first(Outcome::OptedOut), Some(super::setting::NOW));
    assert!(setting.refusals("ana", Channel::Email).is_some());
}

#[test]
fn a_click_is_heard_although_others_write_and_is_not_confirmed_while_it_is_not_kept() {
    let (mut setting, _, link) = with_a_link();
    let click = request("POST", &link, ONE_CLICK);
    for faults in [[Fault::Fail, Fault::None], [Fault::None, Fault::Throttle]] {
        setting.befalls(Script::of(&faults));
        assert_eq!(setting.ask(&click).status, 503);
        assert!(setting.refusals("ana", Channel::Email).is_none() && setting.put().is_empty());
    }
    let lost_races = [Fault::None, Fault::Conflict, Fault::None, Fault::Conflict];
    setting.befalls(Script::of(&lost_races));
    *setting.desk.events.failures.lock().unwrap() = 1;
    assert_eq!(setting.ask(&click).status, 503, "the stream did not take the outcome");
    assert!(setting.refusals("ana", Channel::Email).is_some(), "but nothing is sent any more");
    setting.befalls(Script::default());
    assert_eq!(setting.ask(&click).status, 200);
    assert_eq!(setting.put().len(), 1);
}

#[test]
fn an_old_link_ends_its_own_channel_only() {
    let (setting, _, _) = with_a_link();
    let gone = Unsubscribe { customer: customer("ana"), channel: Channel::Email, decision: DecisionId(1) };
    let answer = setting.ask(&request("POST", &format!("/u/{}", seal().unsubscribe_token(&gone)), ONE_CLICK));
    assert_eq!(answer.status, 200);
    setting.deliver();
    assert!(setting.refusals("ana", Channel::Email).is_some());
    let consent = setting.profile("ana").consent;
    assert!(consent.relied_on(tact_domain::Purpose::Marketing, Channel::Sms, None, super::setting::NOW).is_ok());
}

#[test]
fn what_is_no_link_of_ours_leads_where_nothing_is() {
    let (setting, _, link) = with_a_link();
    let nothing = setting.ask(&request("GET", "/nothing", b""));
    assert_eq!((nothing.status, nothing.body.as_str()), (404, "there is nothing here"));
    let before = setting.table();
    for place in [3, 40, link.len() - 1] {
        let mut forged = link.clone().into_bytes();
        forged[place] = if forged[place] == b'0' { b'1' } else { b'0' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(setting.ask(&request("POST", &forged, ONE_CLICK)), nothing, "no hint at what is wrong");
    }
    for path in ["/u/", "/u/x", "/u/..", "/U/x", "", "/sms/", &format!("/u/{}", "a".repeat(2_000))] {
        assert_eq!(setting.ask(&request("POST", path, ONE_CLICK)).status, 404, "{path}");
    }
    assert_eq!(setting.table(), before);
}

#[test]
fn every_route_knows_its_methods_and_its_measure() {
    let (setting, _, link) = with_a_link();
    let refused = setting.ask(&request("DELETE", &link, b""));
    assert_eq!((refused.status, refused.allow), (405, Some("GET, HEAD, POST")));
    for path in ["/sms", "/receipts", "/outcomes", "/coupons/redeem", "/coupons/return"] {
        for method in ["GET", "HEAD", "PUT", "post"] {
            assert_eq!(setting.ask(&request(method, path, b"")).status, 405, "{method} {path}");
        }
        let long = vec![b' '; Request::MAX_BODY + 1];
        assert_eq!(setting.ask(&request("POST", path, &long)).status, 413, "{path}");
    }
}
