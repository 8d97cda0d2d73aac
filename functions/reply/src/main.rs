//! The function behind HTTP: what customers, providers and tills have to say.

use lambda_http::{Error, run, service_fn};
use tact_aws::ReplyFunction;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = ReplyFunction::wire().await?;
    function.warm().await;
    run(service_fn(|request| function.handle(request))).await
}
