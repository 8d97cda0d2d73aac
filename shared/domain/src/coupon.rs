//! Coupons: what one is worth, where and until when, and every reason why it is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{CustomerId, Day, DecisionId, Key, Places, Store, Timestamp, offset_s};

/// A coupon that was handed out: one decision, one person, one use at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// The decision that handed it out; the code is made of it.
    pub decision: DecisionId,
    /// Whose it is.
    pub customer: CustomerId,
    /// The action it was handed out with,
    pub action: Key,
    /// and the treatment.
    pub treatment: Key,
    /// What it is worth, in minor units of the deployment's currency.
    pub worth: i64,
    /// The stores that take it; all of ours when empty.
    pub stores: Vec<Key>,
    /// When it was handed out.
    pub issued_at: Timestamp,
    /// The last day it is taken, all of it, at the clock of the store where it is presented.
    pub last_day: Day,
    /// What becomes of it when the purchase it was used for comes back.
    pub on_return: OnReturn,
    /// How far it has come.
    pub state: CouponState,
    /// Store and number of the receipts it was used for and that came back: the latest eight.
    pub given_back: Vec<(Key, Key)>,
}

/// How far a coupon has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponState {
    /// It may be used, within its time.
    Issued,
    /// It was used.
    Redeemed {
        /// For this receipt,
        receipt: Key,
        /// at this store,
        store: Key,
        /// at this instant.
        at: Timestamp,
    },
    /// It is gone.
    Void,
}

/// The terms under which a treatment hands out coupons; what one is worth is the treatment's incentive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponTerms {
    /// For how many days after the day it is issued it may be used, counted in the store's zone.
    pub days: u16,
    /// The stores that take it; all of them when empty.
    pub stores: Vec<Key>,
    /// What becomes of it when the purchase it was used for comes back.
    pub on_return: OnReturn,
}

/// What becomes of a used coupon when the purchase comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnReturn {
    /// It may be used again, within its time.
    Reopen,
    /// It is gone.
    Void,
}

/// What a coupon is handed out for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handout {
    /// The decision.
    pub decision: DecisionId,
    /// Whom to.
    pub customer: CustomerId,
    /// The action,
    pub action: Key,
    /// and its treatment.
    pub treatment: Key,
    /// The store the decision was about, if any.
    pub store: Option<Key>,
    /// What it is worth, in minor units.
    pub worth: i64,
    /// When.
    pub at: Timestamp,
}

/// A coupon as it is presented at a till. Receipt numbers are unique in a store, not beyond it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The code, however it was typed.
    pub code: String,
    /// The number of the receipt it is to count on.
    pub receipt: Key,
    /// Who presents it, where the till knows.
    pub customer: Option<CustomerId>,
    /// The store.
    pub store: Key,
    /// When.
    pub at: Timestamp,
}

/// A coupon that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// The decision that had handed it out.
    pub decision: DecisionId,
    /// Whose it was.
    pub customer: CustomerId,
    /// What it is worth, in minor units.
    pub worth: i64,
    /// When it was taken: the first time, for one presented again.
    pub at: Timestamp,
    /// Whether it had been taken for this very receipt before, so that nothing changed.
    pub again: bool,
}

/// What giving back a purchase did to the coupon used for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// What became of the coupon then.
    pub became: OnReturn,
    /// Whether that was known before, so that nothing changed.
    pub again: bool,
}

/// Why a coupon is refused. The first of them that holds, in this order, is the one that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CouponRefusal {
    /// There is no such code.
    Unknown,
    /// It is gone.
    Void,
    /// It belongs to somebody else.
    AnotherPerson,
    /// It was used, or this receipt came back.
    AlreadyRedeemed,
    /// This store does not take it.
    NotAtThisStore,
    /// Its last day is over at this store.
    Expired,
    /// The till's clock says a time before it was handed out.
    NotYet,
    /// What comes back is not the purchase it was used for.
    AnotherReceipt,
}

impl CouponRefusal {
    /// The name used in answers, counts and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Void => "void",
            Self::AnotherPerson => "another_person",
            Self::AlreadyRedeemed => "already_redeemed",
            Self::NotAtThisStore => "not_at_this_store",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
            Self::AnotherReceipt => "another_receipt",
        }
    }
}

impl Coupon {
    /// How many receipts that came back are remembered.
    const GIVEN_BACK: usize = 8;
    /// How far behind a till's clock may be, in seconds.
    const CLOCK_S: i64 = 86_400;
    /// For how long after its last day a purchase may still come back, in seconds: 60 days, and two for the clocks of the world.
    const KEPT_S: i64 = 62 * 86_400;
    /// The offset from UTC, in seconds, of the zone where a day ends last.
    const LAST_ZONE_S: i32 = -12 * 3600;

    /// Hands out a coupon. Its days are counted from the date at the stores that take it; when those lie in different zones, from the date at the
    /// store the decision was about, or else at the first of them.
    pub fn issue(handout: Handout, terms: &CouponTerms, places: &Places) -> Self {
        let Handout { decision, customer, action, treatment, store, worth, at } = handout;
        let counting = terms.counting_store(store.as_deref(), places);
        let issued_on = at.day(counting.map_or(0, |store| offset_s(&store.zone, at)));
        Self {
            decision,
            customer,
            action,
            treatment,
            worth,
            stores: terms.stores.clone(),
            issued_at: at,
            last_day: Day(issued_on.0.saturating_add(i32::from(terms.days))),
            on_return: terms.on_return,
            state: CouponState::Issued,
            given_back: Vec::new(),
        }
    }

    /// Takes the coupon for a receipt; for the receipt it was taken for already it answers the same again and changes nothing.
    ///
    /// # Errors
    /// Why it is refused; the coupon is then as it was.
    pub fn redeem(&mut self, presented: &Presented, places: &Places) -> Result<Redemption, CouponRefusal> {
        if self.state == CouponState::Void {
            return Err(CouponRefusal::Void);
        }
        if presented.customer.as_ref().is_some_and(|customer| *customer != self.customer) {
            return Err(CouponRefusal::AnotherPerson);
        }
        if let CouponState::Redeemed { receipt, store, at } = &self.state {
            let again = *receipt == presented.receipt && *store == presented.store;
            return if again { Ok(self.redemption(*at, again)) } else { Err(CouponRefusal::AlreadyRedeemed) };
        }
        // A till that repeats itself after the purchase came back does not take the reopened coupon once more.
        if self.given_back.iter().any(|(store, receipt)| *receipt == presented.receipt && *store == presented.store) {
            return Err(CouponRefusal::AlreadyRedeemed);
        }
        self.in_place_and_time(presented, places)?;
        let Presented { receipt, store, at, .. } = presented.clone();
        self.state = CouponState::Redeemed { receipt, store, at };
        Ok(self.redemption(at, false))
    }

    /// Enters that the purchase on a receipt came back, wherever it was brought to. A reopened coupon keeps its last day.
    ///
    /// # Errors
    /// When the coupon was never used for this receipt; it is then as it was.
    pub fn give_back(&mut self, receipt: &str) -> Result<GivenBack, CouponRefusal> {
        let became = self.on_return;
        match &self.state {
            CouponState::Redeemed { receipt: used_for, store, .. } if used_for == receipt => {
                self.given_back.push((store.clone(), used_for.clone()));
                let surplus = self.given_back.len().saturating_sub(Self::GIVEN_BACK);
                self.given_back.drain(..surplus);
                self.state = match became {
                    OnReturn::Reopen => CouponState::Issued,
                    OnReturn::Void => CouponState::Void,
                };
                Ok(GivenBack { became, again: false })
            }
            _ if self.given_back.iter().any(|(_, known)| known == receipt) => Ok(GivenBack { became, again: true }),
            _ => Err(CouponRefusal::AnotherReceipt),
        }
    }

    /// Whether somebody may still come and use it: it is unused, and its last day is not over everywhere.
    pub fn is_liability(&self, now: Timestamp) -> bool {
        self.state == CouponState::Issued && now.day(Self::LAST_ZONE_S) <= self.last_day
    }

    /// When it may be forgotten: what it was used for may come back for 60 days after its last one.
    pub fn forget_at(&self) -> Timestamp {
        Timestamp(i64::from(self.last_day.0) * 86_400_000).plus_s(Self::KEPT_S)
    }

    fn in_place_and_time(&self, presented: &Presented, places: &Places) -> Result<(), CouponRefusal> {
        let store = places.store(&presented.store).filter(|store| takes(&self.stores, store));
        let store = store.ok_or(CouponRefusal::NotAtThisStore)?;
        if presented.at.day(offset_s(&store.zone, presented.at)) > self.last_day {
            return Err(CouponRefusal::Expired);
        }
        let too_early = presented.at.plus_s(Self::CLOCK_S) < self.issued_at;
        if too_early { Err(CouponRefusal::NotYet) } else { Ok(()) }
    }

    fn redemption(&self, at: Timestamp, again: bool) -> Redemption {
        Redemption { decision: self.decision, customer: self.customer.clone(), worth: self.worth, at, again }
    }
}

impl CouponTerms {
    /// The store whose clock says on which day a coupon is handed out; `None` when none of the stores is known.
    fn counting_store<'a>(&self, decided_at: Option<&str>, places: &'a Places) -> Option<&'a Store> {
        let mut takers = places.stores.iter().filter(|store| takes(&self.stores, store));
        let first = takers.next();
        let shared = first.filter(|first| takers.all(|store| store.zone == first.zone));
        shared.or_else(|| places.store(decided_at?)).or(first)
    }
}

fn takes(stores: &[Key], store: &Store) -> bool {
    stores.is_empty() || stores.contains(&store.id)
}

/// What the coupons handed out come to at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Liability {
    /// All of them.
    #[serde(flatten)]
    pub all: CouponCounts,
    /// Those of each action.
    pub by_action: BTreeMap<Key, CouponCounts>,
}

/// How many coupons there are of each kind, and what they are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CouponCounts {
    /// Handed out; each of them is one of the next four.
    pub issued: u64,
    /// Used, and the purchase has not come back.
    pub redeemed: u64,
    /// Gone.
    pub void: u64,
    /// Unused, and their last day is over.
    pub expired: u64,
    /// Unused, and may still be used: what we owe.
    pub open: u64,
    /// What the open ones are worth, in minor units.
    pub open_worth_minor: i64,
    /// What the used ones are worth, in minor units.
    pub redeemed_worth_minor: i64,
}

impl Liability {
    /// Counts coupons as they stand at an instant.
    pub fn of<'a>(coupons: impl IntoIterator<Item = &'a Coupon>, now: Timestamp) -> Self {
        let mut liability = Self::default();
        for coupon in coupons {
            liability.all.add(coupon, now);
            liability.by_action.entry(coupon.action.clone()).or_default().add(coupon, now);
        }
        liability
    }
}

impl CouponCounts {
    fn add(&mut self, coupon: &Coupon, now: Timestamp) {
        self.issued += 1;
        match coupon.state {
            CouponState::Redeemed { .. } => {
                self.redeemed += 1;
                self.redeemed_worth_minor = self.redeemed_worth_minor.saturating_add(coupon.worth);
            }
            CouponState::Void => self.void += 1,
            CouponState::Issued if coupon.is_liability(now) => {
                self.open += 1;
                self.open_worth_minor = self.open_worth_minor.saturating_add(coupon.worth);
            }
            CouponState::Issued => self.expired += 1,
        }
    }
}
