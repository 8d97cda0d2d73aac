//! A customer's profile: one bounded facet per event kind, each written by one function only, and the fold of a signal into it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    Admission, CheckInFacet, Comment, CommentFacet, ConsentChange, ConsentFacet, ContactFacet, EventKind, Evidence,
    GeolocationFacet, Ground, Happened, Key, PartnerFacet, Places, PurchaseFacet, Purpose, Remark, Signal, Timestamp,
    Transition, store_link,
};

/// The facets a profile has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacetKind {
    /// Check-ins, written by `checkin`.
    CheckIn,
    /// Purchases, written by `purchase`.
    Purchase,
    /// Visits, written by `geolocation`.
    Geolocation,
    /// What partners tell, written by `partner`.
    Partner,
    /// What they said of us, written by `comment`; what they answered when asked, by `outcome`.
    Comment,
    /// Consent and preferences, written by `outcome`.
    Consent,
    /// The contact ledger, written by whoever decides.
    Contact,
}

impl FacetKind {
    /// Every facet, in the order used wherever facets are listed.
    pub const ALL: [Self; 7] =
        [Self::CheckIn, Self::Purchase, Self::Geolocation, Self::Partner, Self::Comment, Self::Consent, Self::Contact];

    /// The name in the facet's key, `f#<name>`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckIn => "checkin",
            Self::Purchase => "purchase",
            Self::Geolocation => "geolocation",
            Self::Partner => "partner",
            Self::Comment => "comment",
            Self::Consent => "consent",
            Self::Contact => "contact",
        }
    }

    /// The facet that events of a kind are folded into; `None` for outcomes, whose state belongs to their decision.
    pub fn of(kind: EventKind) -> Option<Self> {
        match kind {
            EventKind::CheckIn => Some(Self::CheckIn),
            EventKind::Purchase => Some(Self::Purchase),
            EventKind::Geolocation => Some(Self::Geolocation),
            EventKind::Partner => Some(Self::Partner),
            EventKind::Comment => Some(Self::Comment),
            EventKind::Consent => Some(Self::Consent),
            EventKind::Outcome => None,
            EventKind::Due => Some(Self::Contact),
        }
    }
}

/// Everything we remember of one customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Check-ins.
    pub checkin: CheckInFacet,
    /// Purchases.
    pub purchase: PurchaseFacet,
    /// Visits.
    pub geolocation: GeolocationFacet,
    /// What partners tell.
    pub partner: PartnerFacet,
    /// What they said of us.
    pub comment: CommentFacet,
    /// Consent and preferences.
    pub consent: ConsentFacet,
    /// The contact ledger.
    pub contact: ContactFacet,
}

/// What folding a signal did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folded {
    /// The facet changed; positions also say which fences were crossed.
    Changed(Vec<Transition>),
    /// Nothing that matters changed, and the facet is as it was.
    Unchanged,
    /// This event was folded before.
    Duplicate,
    /// It lies at or before the horizon, or was overtaken by a later one.
    Stale,
    /// We may not remember it: a minor's, what a source that speaks to children told, or a position or a partner's signal without consent.
    Withheld,
}

impl Profile {
    /// Folds a signal: pure, exactly once, in bounded space. Outcomes fold into their decision, not here. What is sensitive leaves no trace.
    pub fn fold(&mut self, signal: &Signal, ground: &Ground<'_>) -> Folded {
        let (at, event, offset_s) = (signal.at, signal.event, signal.offset_s);
        let seen = ground.seen(signal, &self.consent);
        if self.withholds(signal, &seen, ground) {
            return Folded::Withheld;
        }
        match seen.as_ref() {
            Happened::CheckIn(check_in) => admitted(self.checkin.horizon.admit(at, event), || {
                self.checkin.fold(check_in, at, event, offset_s, ground);
                Some(Vec::new())
            }),
            Happened::Purchase(purchase) => admitted(self.purchase.horizon.admit(at, event), || {
                self.purchase.fold(purchase, at, event, offset_s, ground);
                Some(Vec::new())
            }),
            Happened::Geolocation(sighting) => admitted(self.geolocation.admit(at, event), || {
                self.geolocation.fold(sighting, at, event, ground.places)
            }),
            Happened::Partner(told) => admitted(self.partner.horizon.admit(at, event), || {
                self.partner.fold(told, at, event);
                Some(Vec::new())
            }),
            Happened::Comment(comment) => {
                let remark = self.remark(comment, at, ground.places);
                admitted(self.comment.horizon.admit(at, event), || {
                    self.comment.fold(remark, event);
                    Some(Vec::new())
                })
            }
            Happened::Consent(change) => {
                let known = self.consent.knows(event);
                match self.consent.fold(change, at, event) {
                    true => Folded::Changed(Vec::new()),
                    false if known => Folded::Duplicate,
                    false => Folded::Stale,
                }
            }
            Happened::Outcome(_) => Folded::Unchanged,
            // The appointment itself is closed by the decision; one that is not there was kept, replaced or never made.
            Happened::Due(due) => match self.contact.appointment(&due.issue, due.made_by) {
                Some(_) => Folded::Changed(Vec::new()),
                None => Folded::Duplicate,
            },
        }
    }

    /// Online against store and weekend against weekday, from orders; `None` before the first order.
    pub fn contrasts(&self) -> Option<Contrasts> {
        let [store_weekday, store_weekend, online_weekday, online_weekend] =
            self.purchase.blocks.map(|b| f64::from(b.orders));
        let total = store_weekday + store_weekend + online_weekday + online_weekend;
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        (total > 0.0).then(|| Contrasts {
            online_share: share(online_weekday + online_weekend, total),
            weekend_share: share(store_weekend + online_weekend, total),
            interaction: share(online_weekend, online_weekday + online_weekend)
                - share(store_weekend, store_weekday + store_weekend),
        })
    }

    /// What was spent during a visit, in minor units: the baskets paid in that store from entry until ten minutes after leaving.
    pub fn spent_during(&self, visit: &crate::Visit) -> i64 {
        let until = visit.left.plus_s(600);
        let joined = self.purchase.baskets.iter().filter(|basket| {
            basket.store.as_ref() == Some(&visit.store) && basket.at >= visit.entered && basket.at <= until
        });
        joined.map(|basket| basket.net).sum()
    }

    /// Whether nothing but a tag left on by accident tells where a comment was made: the customer had not agreed to be located.
    pub fn is_accidental(&self, comment: &Comment, at: Timestamp) -> bool {
        matches!(comment.evidence, Evidence::GeoTag(_)) && !self.had_consent(Purpose::Location, at)
    }

    /// The store that a comment of an instant may be tied to as this customer's; `None` when none is known, or only by accident.
    pub fn store_of(&self, comment: &Comment, at: Timestamp, places: &Places) -> Option<Key> {
        let link = store_link(comment, at, places).filter(|_| !self.is_accidental(comment, at));
        link.map(|link| link.store)
    }

    /// What happened as it may be written down for this customer: a position that only accident tells is left out.
    pub fn keepable<'a>(&self, signal: &'a Signal) -> Cow<'a, Happened> {
        match &signal.happened {
            Happened::Comment(comment) if self.is_accidental(comment, signal.at) => {
                Cow::Owned(Happened::Comment(Comment { evidence: Evidence::GeoTag(None), ..comment.clone() }))
            }
            happened => Cow::Borrowed(happened),
        }
    }

    fn remark(&self, comment: &Comment, at: Timestamp, places: &Places) -> Remark {
        Remark {
            at,
            cause: comment.read.cause,
            tone: comment.read.tone,
            arena: comment.arena.clone(),
            public: comment.public,
            store: self.store_of(comment, at, places),
            method: comment.evidence.method(),
        }
    }

    fn withholds(&self, signal: &Signal, seen: &Happened, ground: &Ground<'_>) -> bool {
        let minor = || self.consent.is_minor(signal.at);
        let unasked =
            |told| ground.sensitive.of_signal(told).is_some_and(|matter| !matter.is_agreed(&self.consent, signal.at));
        match seen {
            Happened::Consent(change) if ground.sensitive.is_for_children(&signal.source) => {
                *change == ConsentChange::default()
            }
            _ if ground.sensitive.is_for_children(&signal.source) => true,
            Happened::Consent(_) | Happened::Outcome(_) | Happened::Due(_) => false,
            Happened::CheckIn(_) | Happened::Purchase(_) | Happened::Comment(_) => minor(),
            Happened::Geolocation(_) => minor() || !self.had_consent(Purpose::Location, signal.at),
            Happened::Partner(told) => minor() || !self.let_tell(&told.source, signal.at) || unasked(told),
        }
    }

    /// A consent does not reach back: what happened before it was given stays forgotten, however late it arrives.
    fn had_consent(&self, purpose: Purpose, at: Timestamp) -> bool {
        self.consent.relied_on_anywhere(purpose, at).is_ok_and(|consent| consent.at <= at)
    }

    fn let_tell(&self, source: &str, at: Timestamp) -> bool {
        self.consent.relied_on_for(Purpose::ThirdParty, source, at).is_ok_and(|consent| consent.at <= at)
    }
}

/// The contrasts of the 2 x 2 of channel and part of the week.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrasts {
    /// Orders online, of all orders.
    pub online_share: f64,
    /// Orders on weekends, of all orders.
    pub weekend_share: f64,
    /// The weekend share online less the weekend share in stores: above 0 for a weekday visitor who orders at the weekend.
    pub interaction: f64,
}

/// Folds when admitted; a fold that answers `None` changed nothing.
fn admitted(admission: Admission, fold: impl FnOnce() -> Option<Vec<Transition>>) -> Folded {
    match admission {
        Admission::Duplicate => Folded::Duplicate,
        Admission::Stale => Folded::Stale,
        Admission::New => fold().map_or(Folded::Unchanged, Folded::Changed),
    }
}
