//! What the cloud of this machine sustains, and how long it takes from a customer's entering a store to the sink's acceptance of the message, through the
//! functions' real binaries and the mappings: `cargo bench -p tact --bench cloud -- --functions target/release`.
//! Read in this order: this file, `flow` (records a second), `entry` (the way of one message), `tap` (where its time goes), `http`.
#![expect(clippy::print_stdout, reason = "a bench measures time and prints it")]

mod entry;
mod flow;
mod http;
mod tap;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use tact::cloud::Pace;
use tokio::runtime::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    if let Some(api) = flow::asked_to_be_a_function() {
        return runtime.block_on(flow::be_a_function(&api));
    }
    runtime.block_on(flow::measure(Duration::from_secs(10)))?;
    let mut arguments = std::env::args().skip_while(|argument| argument != "--functions").skip(1);
    let Some(functions) = arguments.next().map(PathBuf::from) else {
        println!("no `--functions DIR`: nothing is measured through the functions' binaries");
        return Ok(());
    };
    runtime.block_on(entry::start_ups(&functions))?;
    for (name, pace, customers) in [("woken at once", Pace::AtOnce, 200), ("polled as by Lambda", Pace::AsLambda, 60)] {
        runtime.block_on(entry::measure(&functions, name, pace, customers))?;
    }
    Ok(())
}
