//! The tests that need more than one crate, in one binary.

mod allocations;
mod architecture;
mod command_line;
mod decisions;
mod dependencies;
mod end_to_end;
mod events;
mod faults;
mod fold_laws;
mod ladder;
mod memory_store;
mod pipeline;
mod real_sets;
mod recomputation;
mod run;
mod store_contract;
mod visits;
