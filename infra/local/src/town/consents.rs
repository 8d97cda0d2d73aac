//! What the people of the town allow: six kinds of answer, each with the proof of what was shown.

use super::record::{Consent, Grant, Proof, Terms};

/// How somebody answered when they joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Marketing on every channel, profiling and precise location.
    Everything,
    /// As `Everything`, without precise location: their fixes must be withheld.
    NotMyLocation,
    /// Marketing by e-mail, and profiling.
    EmailOnly,
    /// Marketing in the app, profiling and precise location.
    AppOnly,
    /// No to marketing and to location, in so many words.
    Nothing,
    /// Nobody asked them: there is no consent event at all.
    NeverAsked,
}

impl Answer {
    /// Whether text messages are among what was allowed, so that a number was left.
    pub(super) fn leaves_number(self) -> bool {
        matches!(self, Self::Everything | Self::NotMyLocation)
    }

    /// The form as it was filled in, without the personal part; `None` when nobody asked.
    pub(super) fn form(self) -> Option<Consent> {
        let grants = match self {
            Self::Everything => vec![sms(), email(), push(), inbox(), profiling(), location("granted")],
            Self::NotMyLocation => vec![sms(), email(), push(), inbox(), profiling()],
            Self::EmailOnly => vec![email(), profiling()],
            Self::AppOnly => vec![push(), inbox(), profiling(), location("granted")],
            Self::Nothing => {
                vec![denied(sms()), denied(email()), denied(push()), denied(inbox()), location("denied")]
            }
            Self::NeverAsked => return None,
        };
        Some(Consent { grants, ..Consent::default() })
    }
}

/// Marketing by text message.
pub(super) fn sms() -> Grant {
    let proof = proof("sms-3", "About two texts a month. Stop at any time.", Some("early-sale"));
    Grant { terms: Some(Terms { max: 2, per_days: 30 }), ..granted("sms", "marketing", proof) }
}

/// Being greeted by name: the one thing that lets a member of staff know who somebody is.
pub(super) fn staff_recognition() -> Grant {
    let proof = proof("staff-1", "Our staff may greet you by name when you come in.", Some("by-name"));
    granted("associate", "staff_recognition", proof)
}

/// Partners may tell us about them.
pub(super) fn third_party() -> Grant {
    let proof = proof("partners-1", "Our partners may tell us what you do with them.", Some("partner-offers"));
    granted("inbox", "third_party", proof)
}

/// A text message that came back: marketing by text ends there.
pub(super) fn stop_texting(words: &'static str) -> Consent {
    let proof = proof("sms-reply", words, None);
    let revoked = Grant { state: "revoked", ..granted("sms", "marketing", proof) };
    Consent { grants: vec![revoked], ..Consent::default() }
}

/// Every kind of marketing taken back in the preference centre.
pub(super) fn no_more_marketing() -> Consent {
    let revoked = |grant: Grant| Grant { state: "revoked", proof: proof("centre-1", "No more offers.", None), ..grant };
    let grants = [sms(), email(), push(), inbox()].map(|grant| Grant { terms: None, ..revoked(grant) });
    Consent { grants: grants.into(), ..Consent::default() }
}

fn email() -> Grant {
    granted("email", "marketing", proof("email-2", "News and offers by e-mail.", Some("early-sale")))
}

fn push() -> Grant {
    granted("push", "marketing", proof("push-1", "Offers as notifications.", Some("points")))
}

fn inbox() -> Grant {
    granted("inbox", "marketing", proof("inbox-1", "Cards in the app.", Some("points")))
}

fn profiling() -> Grant {
    let proof = proof("profile-2", "Suggestions from what you bought.", Some("suggestions"));
    granted("inbox", "profiling", proof)
}

fn location(state: &'static str) -> Grant {
    let proof = proof("place-4", "Where you are, while the app is open.", Some("faster-pickup"));
    Grant { state, review_after: Some("2027-04-01"), ..granted("push", "location", proof) }
}

/// Precise positions for a benefit that is due by a day.
pub(super) fn positions_until(review_after: &'static str) -> Grant {
    Grant { review_after: Some(review_after), ..location("granted") }
}

fn denied(grant: Grant) -> Grant {
    Grant { state: "denied", terms: None, ..grant }
}

fn granted(channel: &'static str, purpose: &'static str, proof: Proof) -> Grant {
    Grant { channel, purpose, state: "granted", proof, terms: None, review_after: None }
}

fn proof(text_id: &'static str, shown: &'static str, benefit: Option<&'static str>) -> Proof {
    Proof { text_id, shown, benefit, seller: "Harbor & Co" }
}
