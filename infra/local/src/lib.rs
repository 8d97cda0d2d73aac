//! The deployment whose cloud is this machine: an embedded DynamoDB, streams, event source mappings, and the functions' own code on them.
//! Read in this order: `command` (what a person can ask for), `play` (a file through the stack), `stack` (what it runs on).

pub mod arrival;
pub mod command;
pub mod database;
pub mod decision_stream;
pub mod import;
pub mod local_log;
pub mod mapping;
pub mod output;
pub mod play;
pub mod processes;
pub mod runtime_api;
pub mod stack;
pub mod stream;
pub mod summary;
pub mod town;
