//! The AWS CLI and boto3, as they are installed, against the Kinesis and the DynamoDB on loopback: `tests/clients.sh` compares every step. What
//! is not installed is skipped with a word.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};

use tact::database::Embedded;
use tact::kinesis::KinesisServer;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unmodified_clients_put_and_read_records_and_items() {
    let now = || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let kinesis = KinesisServer::start((Ipv4Addr::LOCALHOST, 0).into(), now).await.unwrap();
    let database = Embedded::start(None).await.unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/clients.sh");
    let run = Command::new("bash").arg(script).arg(kinesis.endpoint()).arg(database.endpoint()).output().await.unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}{wrong}");
    // What was compared, and what was skipped and why.
    let _unheard = io::stderr().write_all(&run.stdout);
    assert_eq!(said.matches(" on Kinesis: ").count() + said.matches("skipped: ").count(), 2, "{said}");
    assert!(kinesis.streams().names().is_empty(), "every stream that was made is gone again");
}
