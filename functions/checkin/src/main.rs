//! The function of the stream of check-ins.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tact_aws::Function;
use tact_domain::EventKind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Function::wire("checkin", &[EventKind::CheckIn])?;
    function.warm().await;
    run(service_fn(|event: LambdaEvent<_>| function.handle(event))).await
}
