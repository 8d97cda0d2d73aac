//! The one path of a signal: a batch is decoded, grouped by customer, folded, decided, logged and committed.
//! Async, but without AWS: the store, the decision log and the clock are ports.
//! Read in this order: `batch` (the path), `turn` (one customer's part of it), `ports` (what it stands on), `replay` (the way back).

mod batch;
mod coupon;
mod crowd;
mod dispatch;
mod ending;
mod entitlement;
mod held_back;
mod item;
mod learning;
mod lease;
mod ports;
mod process;
mod replay;
mod reply;
mod spend;
mod switch;
mod turn;
mod versions;
mod wake;

pub use batch::{BatchReport, Pipeline, Quarantined, Record, Timings};
pub use coupon::{CouponError, coupon_of, give_back, issue_write, redeem};
pub use dispatch::{Appeared, Dispatch, DispatchReport, Settled};
pub use ending::{Ending, Tally};
pub use held_back::{HeldBack, HoldReader, Holds};
pub use item::{Item, ItemKey, Nonce, Write};
pub use learning::Learning;
pub use lease::Leases;
pub use ports::{Channels, Clock, DecisionLog, Events, Handover, LogEntry, LogError, Refusal, Store, StoreError};
pub use process::Process;
pub use replay::{Redecided, ReplayError, before, offered_in, redecide, replay};
pub use reply::{Answer, Notary, NotaryError, Reply, ReplyError};
pub use spend::spending;
pub use switch::{DeliveryMode, Switch, SwitchReader};
pub use turn::revocation;
pub use versions::{InForce, PublishError, Versions};
pub use wake::{Wake, WakeError, WakeReport};
