//! The function of two streams: what became of decisions, and changes of consent. They are apart so that a revocation never queues
//! behind a flood of opens.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tact_aws::Function;
use tact_domain::EventKind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::wire("outcome", &[EventKind::Outcome, EventKind::Consent])?;
    function.warm().await;
    run(service_fn(|event: LambdaEvent<_>| function.handle(event))).await
}
