//! The vocabulary of Tact and the folding of signals into profiles.
//! Pure and synchronous: no I/O, no clock, no randomness, no wire format (the serde derives only name the stored fields).
//! Read in this order: `signal` (what happened), `profile` (what we remember), then one file per event kind.

mod anyone;
mod bounded;
mod channel;
mod checkin;
mod comment;
mod consent;
mod contact;
mod coupon;
mod crowd;
mod due;
mod entitlement;
mod gaps;
mod geolocation;
mod ground;
mod horizon;
mod id;
mod outcome;
mod partner;
mod place;
mod profile;
mod profile_type;
mod purchase;
mod readiness;
mod register;
mod sensitive;
mod shopper;
mod signal;
mod task;
mod time;
mod visit;

pub use anyone::{Anyone, Span};
pub use bounded::{DayBuckets, Histogram, TopKeys};
pub use channel::Channel;
pub use checkin::{CheckIn, CheckInFacet, DayCheckIns, StoreCheckIns, Venue};
pub use comment::{
    Cause, Comment, CommentFacet, Evidence, Method, Post, Reading, Remark, StoreLink, Tag, Tone, store_link,
};
pub use consent::{ConsentChange, ConsentFacet, ConsentRefusal, ConsentState};
pub use consent::{Grant, Promise, Purpose, Scope, Standing, Terms};
pub use contact::{Allowance, Contact, ContactFacet, ContactState, Taken, Trouble, Troubles};
pub use coupon::{
    Coupon, CouponCounts, CouponRefusal, CouponState, CouponTerms, GivenBack, Handout, Liability, OnReturn, Presented,
    Redemption,
};
pub use crowd::{Counts, Crowd};
pub use due::{Appointment, Due, On};
pub use entitlement::{Earned, Entitlement, EntitlementLine};
pub use geolocation::{GeolocationFacet, Missions, Sighting, StoreHistory, Transition};
pub use ground::Ground;
pub use horizon::{Admission, Horizon};
pub use id::{CustomerId, DecisionId, Fingerprint, Key};
pub use outcome::{Attribution, Outcome, OutcomeLedger, OutcomeReport};
pub use partner::{PartnerFacet, PartnerSignal};
pub use place::{Complement, DenyZone, Goods, Places, Product, Shelf, Store, distance_m};
pub use profile::{Contrasts, FacetKind, Folded, Profile};
pub use profile_type::ProfileType;
pub use purchase::{
    Basket, Block, CategoryAffinity, Line, LineKind, Owned, Purchase, PurchaseFacet, SpendDay, SpendDrop,
};
pub use readiness::{Readiness, ReadinessKind};
pub use register::Register;
pub use sensitive::{Sensitive, SensitiveMatters};
pub use shopper::Shopper;
pub use signal::{EventKind, Happened, Signal, Trigger};
pub use task::{Role, Staff, TaskEnd, TaskKind, TaskLife, TaskState, TaskStep};
pub use time::{Day, Timestamp, offset_s};
pub use visit::{AreaStay, Mission, Presence, Visit};
