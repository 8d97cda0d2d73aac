//! The tests that need more than one crate, in one binary.

mod allocations;
mod architecture;
mod audit;
mod channels;
mod command_line;
mod coupons;
mod decisions;
mod delivery;
mod dependencies;
mod end_to_end;
mod entitlements;
mod events;
mod faults;
mod fold_laws;
mod inbox;
mod ladder;
mod memory_store;
mod pipeline;
mod real_sets;
mod recomputation;
mod reply;
mod run;
mod store_contract;
mod town_answers;
mod visits;
