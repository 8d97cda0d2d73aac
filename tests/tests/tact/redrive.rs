//! What a mapping gave up lies in a directory as in a bucket, and is put back onto the Kinesis of this machine: every record once, in the order of its key,
//! whatever the stream refuses meanwhile.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::{SystemTime, UNIX_EPOCH};

use tact::kinesis::{KinesisServer, Limits};
use tact::redrive::{Elsewhere, Endpoint, Plan, read};
use tact_mapping::failure::{Failure, invocation_record, object_key};
use tact_mapping::{Answer, Mapping, Settings, Shard, ShardId, Source, Step};

const NAME: &str = "tact-checkin";

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// What a mapping gives up of a stream whose function never succeeds, as the objects of a bucket.
fn given_up(records: Vec<tact_mapping::Record>) -> Vec<(String, String)> {
    let shard = ShardId::numbered(0);
    let settings =
        Settings { batch_size: 7, maximum_retry_attempts: Some(0), first_retry_delay_ms: 0, ..Settings::default() };
    let mut mapping = Mapping::new(settings);
    mapping.discover(&[Shard { id: shard.clone(), parents: Vec::new() }]);
    mapping.offer(&shard, records, 0);
    let source = Source {
        stream_arn: format!("arn:aws:kinesis:us-east-1:000000000000:stream/{NAME}"),
        region: "us-east-1".to_owned(),
        function_arn: "arn:aws:lambda:us-east-1:000000000000:function:checkin".to_owned(),
        role_arn: "arn:aws:iam::000000000000:role/checkin".to_owned(),
    };
    let mut objects = Vec::new();
    loop {
        match mapping.next(0) {
            Step::Invoke(batch) => mapping.invoked(&batch.lane, Answer::Failed, 0),
            Step::GiveUp(batch, condition) => {
                let at_ms = now_ms();
                let unique = objects.len().to_string();
                let failure = Failure { batch: &batch, condition, source: &source, request_id: "r", at_ms };
                objects.push((object_key("m", &shard, at_ms, &unique), invocation_record(&failure).to_string()));
                mapping.failure_stored(&batch.lane);
            }
            Step::WaitUntil(_) | Step::Idle => return objects,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_given_up_is_on_its_stream_again_once_and_in_order() {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = KinesisServer::start(free, now_ms).await.unwrap();
    let streams = server.streams();
    streams.create(NAME, NonZeroU32::MIN, Limits::None);
    let put: Vec<_> = (0..40).map(|n| (format!("c-{}", n % 3), format!("{{\"n\":{n}}}"))).collect();
    for (key, data) in &put {
        streams.put(NAME, key, data.as_bytes(), now_ms()).unwrap();
    }
    let objects = given_up(streams.records(NAME));
    assert_eq!(objects.len(), 6, "batches of seven");
    streams.delete(NAME);
    streams.create(NAME, NonZeroU32::MIN, Limits::None);
    streams.refuse(NAME, &[0, 2]);
    streams.refuse(NAME, &[1]);
    let bucket = tempfile::tempdir().unwrap();
    for (key, object) in &objects {
        let path = bucket.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, object).unwrap();
    }
    let plan = Plan::of(read(&[bucket.path().to_owned()]).unwrap(), &Elsewhere::default()).unwrap();
    let endpoint: Endpoint = server.endpoint().parse().unwrap();
    let redriven = plan.carry_out(endpoint, endpoint).await;
    assert_eq!((redriven.stopped, redriven.put), (None, 40));
    assert!(redriven.again >= 1, "some were refused and put again");
    let again = streams.records(NAME);
    assert_eq!(again.len(), 40);
    for customer in ["c-0", "c-1", "c-2"] {
        let of = |key: &str| key == customer;
        let expected: Vec<_> =
            put.iter().filter(|(key, _)| of(key)).map(|(_, data)| data.as_bytes().to_vec()).collect();
        let found: Vec<_> =
            again.iter().filter(|record| of(&record.partition_key)).map(|record| record.data.to_vec()).collect();
        assert_eq!(found, expected, "{customer}");
    }
}
