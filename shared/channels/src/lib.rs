//! The ways out: text messages, e-mails and notifications by the providers of AWS, and a signed webhook to everything else.
//! Linked by `dispatch` alone. Read in this order: `providers`, one of `sms`, `email`, `push` and `webhook`, then `answer`, which says
//! what a failure means, and `circuit`, which leaves a provider alone that is down.

mod answer;
mod circuit;
mod connection;
mod email;
mod providers;
mod push;
mod settings;
mod sms;
mod webhook;

pub use providers::Providers;
pub use settings::{Endpoints, Patience, Settings, SettingsError};
