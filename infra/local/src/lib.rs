//! The deployment whose cloud is this machine: an embedded DynamoDB, streams, event source mappings, and the functions' own code on them.
//! Read in this order: `command` (what a person can ask for), `play` (a file through the stack), `stack` (what it runs on).

pub mod arrival;
pub mod bystander;
pub mod check;
pub mod command;
pub mod compare;
pub mod crowd;
pub mod database;
pub mod decision_stream;
pub mod delivered;
pub mod dry;
pub mod explain;
pub mod guard;
pub mod import;
pub mod inbox;
pub mod local_log;
pub mod local_streams;
pub mod mapping;
pub mod observer;
pub mod outbox;
pub mod output;
pub mod paragraphs;
pub mod play;
pub mod processes;
pub mod promises;
pub mod publish;
pub mod respond;
pub mod runtime_api;
pub mod sinks;
pub mod stack;
pub mod stream;
pub mod summary;
pub mod table_stream;
pub mod tasks;
pub mod town;
pub mod zones;
