//! The laws under which a way to do something stands: engineering's list of what a lawyer is to look at, not advice.

use tact_decide::{Action, Catalogue, Class, Needs, Slot, Treatment};
use tact_domain::{Channel, Trigger};

/// What a way exposes whoever uses it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    /// Nothing: who comes finds it, and it goes by nothing they did.
    None,
    /// It belongs to an order.
    Contract,
    /// A duty to warn.
    LegalDuty,
    /// Selling by text.
    MarketingText,
    /// Selling by e-mail.
    MarketingMail,
    /// Selling by notification.
    MarketingPush,
    /// Deciding by what customers did.
    Profiling,
    /// Deciding by where they are.
    Location,
    /// Deciding by what others tell.
    ThirdParty,
    /// Deciding by whom they know.
    Social,
    /// Deciding by what is nobody's business.
    Sensitive,
    /// A person walks up to them, or is told of them.
    StaffContact,
    /// An answer that everybody can read.
    PublicAnswer,
}

impl Exposure {
    /// Every class with its name, the law, and where it stands.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 13] = [
        (Self::None, "none", "none known", ""),
        (Self::Contract, "contract", "CAN-SPAM: transactional or relationship message", "15 U.S.C. 7702(17)"),
        (Self::LegalDuty, "legal duty", "Consumer Product Safety Act: notice of a defect", "15 U.S.C. 2064"),
        (Self::MarketingText, "text marketing", "TCPA: 500 to 1,500 USD a text", "47 U.S.C. 227(b)(3), 47 CFR 64.1200"),
        (Self::MarketingMail, "mail marketing", "CAN-SPAM: up to 53,088 USD an e-mail", "15 U.S.C. 7704, 16 CFR 1.98"),
        (Self::MarketingPush, "push marketing", "FTC Act section 5; App Review Guideline 4.5.4", "15 U.S.C. 45"),
        (
            Self::Profiling,
            "profiling",
            "CCPA: purpose limits; GDPR: objection to profiling",
            "Cal. Civ. Code 1798.100(c), GDPR art. 21(2)",
        ),
        (
            Self::Location,
            "location privacy",
            "CPRA: precise geolocation; My Health My Data Act",
            "Cal. Civ. Code 1798.121, RCW 19.373.080",
        ),
        (
            Self::ThirdParty,
            "third-party data",
            "Gramm-Leach-Bliley: reuse of financial data; GDPR",
            "15 U.S.C. 6802(c), GDPR art. 14",
        ),
        (Self::Social, "data of friends", "GDPR: data not obtained from the person", "GDPR art. 14"),
        (
            Self::Sensitive,
            "sensitive data",
            "GDPR: special categories; My Health My Data Act",
            "GDPR art. 9, RCW 19.373.030",
        ),
        (Self::StaffContact, "staff contact", "intrusion upon seclusion", "Restatement (Second) of Torts 652B"),
        (
            Self::PublicAnswer,
            "public answer",
            "Consumer Review Fairness Act; public disclosure of private facts",
            "15 U.S.C. 45b, Restatement (Second) of Torts 652D",
        ),
    ];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, ..)| name)
    }

    /// Under which laws a way stands, each once in the order of `ALL`; `None` alone when there is no other.
    pub(super) fn of(catalogue: &Catalogue, action: &Action, treatment: &Treatment) -> Vec<Self> {
        let mut found: Vec<Self> = by_class(action).into_iter().chain(by_channel(action, treatment)).collect();
        let places = action.conditions.iter().flat_map(|condition| condition.rule.slots());
        found.extend(places.filter_map(|place| by_needs(catalogue.slots.get(usize::from(place))?)));
        let positions = [Trigger::Entry, Trigger::Dwell, Trigger::Exit];
        if catalogue.callers(action).iter().any(|trigger| positions.contains(trigger)) {
            found.push(Self::Location);
        }
        if found.is_empty() {
            found.push(Self::None);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn by_class(action: &Action) -> Option<Exposure> {
    match action.class {
        Class::Default => None,
        Class::Transactional => Some(Exposure::Contract),
        Class::Mandatory => Some(Exposure::LegalDuty),
    }
}

fn by_channel(action: &Action, treatment: &Treatment) -> Option<Exposure> {
    let sells = action.class == Class::Default;
    match treatment.channel {
        Channel::Sms if sells => Some(Exposure::MarketingText),
        Channel::Email if sells => Some(Exposure::MarketingMail),
        Channel::Push if sells => Some(Exposure::MarketingPush),
        Channel::Associate if !action.for_store => Some(Exposure::StaffContact),
        Channel::Webhook => Some(Exposure::PublicAnswer),
        _ if treatment.public => Some(Exposure::PublicAnswer),
        _ => None,
    }
}

fn by_needs(slot: &Slot) -> Option<Exposure> {
    match slot.needs() {
        Needs::Nothing => None,
        Needs::Profiling => Some(Exposure::Profiling),
        Needs::Location => Some(Exposure::Location),
        Needs::ThirdParty => Some(Exposure::ThirdParty),
        Needs::Social => Some(Exposure::Social),
        Needs::Sensitive(_) => Some(Exposure::Sensitive),
    }
}
