//! The function of the clock, invoked once a minute, and of the stream of appointments that are due.

use lambda_runtime::{Error, run, service_fn};
use tact_aws::WakeFunction;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = WakeFunction::wire()?;
    function.warm().await;
    run(service_fn(|event| function.handle(event))).await
}
