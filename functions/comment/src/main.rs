//! The function of the stream of what customers say of us.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tact_aws::Function;
use tact_domain::EventKind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::wire("comment", &[EventKind::Comment])?;
    function.warm().await;
    run(service_fn(|event: LambdaEvent<_>| function.handle(event))).await
}
