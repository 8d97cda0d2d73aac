//! The way back over HTTP: links, texts, receipts, webhooks and coupons, from the request to what stands in the table. What is forged, old or
//! repeated changes nothing, and whoever wants no more is heard before the answer leaves.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod canary;
mod forgeries;
mod links;
mod receipts;
mod setting;
mod signatures;
mod texts;
mod tills;
