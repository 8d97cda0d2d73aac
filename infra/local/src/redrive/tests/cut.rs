//! How records are cut into calls.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{StreamRecord, calls};
use super::*;

/// Records with these keys and sizes, numbered.
fn records(of: &[(u8, usize)]) -> Vec<StreamRecord> {
    let made = plan(vec![of_stream(&[("k", "1", "")])]).streams.remove(0).records.remove(0);
    let one = |(place, (key, bytes)): (usize, &(u8, usize))| StreamRecord {
        key: format!("k{key}"),
        data: place.to_string(),
        bytes: *bytes,
        ..made.clone()
    };
    of.iter().enumerate().map(one).collect()
}

fn check(records: &[StreamRecord]) -> Vec<usize> {
    let calls = calls(records);
    let (mut last, mut places) = (BTreeMap::new(), Vec::new());
    for call in &calls {
        assert!((1..=500).contains(&call.len()));
        let bytes: usize = call.iter().map(|record| record.bytes).sum();
        assert!(bytes <= 5_000_000 || call.len() == 1, "{bytes} bytes in one call");
        let mut keys: Vec<_> = call.iter().map(|record| &record.key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), call.len(), "no call has a key twice");
        for record in call {
            let place: usize = record.data.parse().unwrap();
            assert!(last.insert(&record.key, place).is_none_or(|before| before < place), "order is kept per key");
            places.push(place);
        }
    }
    places.sort_unstable();
    assert_eq!(places, (0..records.len()).collect::<Vec<_>>(), "every record is in one call");
    calls.iter().map(Vec::len).collect()
}

#[test]
fn a_call_takes_five_hundred_records_or_five_megabytes() {
    let many: Vec<_> = (0..1_100).map(|n| (u8::try_from(n % 250).unwrap(), 10)).collect();
    assert_eq!(check(&records(&many)), [250, 250, 250, 250, 100]);
    let mut distinct = records(&vec![(0, 10); 1_100]);
    for (n, record) in distinct.iter_mut().enumerate() {
        record.key = n.to_string();
    }
    assert_eq!(check(&distinct), [500, 500, 100]);
    assert_eq!(check(&records(&[(1, 2_500_000), (2, 2_500_000), (3, 1), (4, 6_000_000)])), [2, 1, 1]);
    assert!(calls(&[]).is_empty());
}

proptest! {
    #[test]
    fn nothing_is_lost_nothing_overtakes_and_every_call_is_within_the_limits(
        of in prop::collection::vec((0..12_u8, 1..1_500_000_usize), 1..80)
    ) {
        check(&records(&of));
    }
}
