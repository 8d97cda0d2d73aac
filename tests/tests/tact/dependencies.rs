//! What is in the dependency tree and what must not be: `Cargo.lock` is checked here, and by `cargo deny check` for those who have it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::Table;

/// Crates that must be absent below a version, as in `deny.toml`: the second TLS and HTTP stack, which the default features of the AWS
/// SDKs drag in.
const ABSENT_BELOW: [(&str, [u64; 2]); 6] = [
    ("rustls", [0, 23]),
    ("hyper", [1, 0]),
    ("hyper-rustls", [0, 27]),
    ("tokio-rustls", [0, 26]),
    ("h2", [0, 4]),
    ("http", [1, 0]),
];

/// Crates that must be absent, as in `deny.toml`.
const ABSENT: [&str; 8] =
    ["native-tls", "openssl", "openssl-sys", "bincode", "serde_yaml", "anyhow", "async-std", "opentelemetry"];

/// Crates that would be built twice at a price, or whose types would not fit each other.
const ONCE: [&str; 14] = [
    "aws-lc-sys",
    "aws_lambda_events",
    "dynoxide-rs",
    "hyper",
    "jiff",
    "lambda_runtime",
    "libsqlite3-sys",
    "postcard",
    "rand",
    "rustls",
    "serde",
    "serde_json",
    "smartcore",
    "tokio",
];

fn table(file: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    fs::read_to_string(path).unwrap().parse().unwrap()
}

/// Every locked crate with its versions; a version as major and minor.
fn locked() -> BTreeMap<String, Vec<[u64; 2]>> {
    let mut locked = BTreeMap::<_, Vec<_>>::new();
    for package in table("Cargo.lock")["package"].as_array().unwrap() {
        let mut numbers = package["version"].as_str().unwrap().split('.').map(|number| number.parse().unwrap_or(0));
        let version = [numbers.next().unwrap(), numbers.next().unwrap()];
        locked.entry(package["name"].as_str().unwrap().to_owned()).or_default().push(version);
    }
    locked
}

#[test]
fn there_is_one_tls_and_one_http_stack() {
    let locked = locked();
    for (name, first) in ABSENT_BELOW {
        let versions = locked.get(name).map_or(&[][..], Vec::as_slice);
        assert!(
            versions.iter().all(|version| *version >= first),
            "`{name}` is locked as {versions:?}: see `cargo tree -d`"
        );
    }
}

#[test]
fn what_must_not_be_there_is_not_there() {
    let locked = locked();
    let there: Vec<_> = ABSENT.iter().filter(|name| locked.contains_key(**name)).collect();
    assert!(there.is_empty(), "see `cargo tree -i` for {there:?}");
}

#[test]
fn every_sdk_and_every_large_crate_is_built_once() {
    let of_aws = |name: &str| name.starts_with("aws-") && !name.starts_with("aws-lc");
    let locked = locked();
    let twice: Vec<_> = locked
        .iter()
        .filter(|(name, versions)| versions.len() > 1 && (of_aws(name) || ONCE.contains(&name.as_str())))
        .collect();
    assert!(twice.is_empty(), "locked twice: {twice:?}");
}

#[test]
fn the_civil_time_of_our_own_crates_is_jiff() {
    let lock = table("Cargo.lock");
    let packages = lock["package"].as_array().unwrap().iter();
    // A crate without a source is one of ours.
    let ours = packages.filter(|package| package.get("source").is_none());
    for package in ours {
        let dependencies = package.get("dependencies").and_then(|list| list.as_array()).into_iter().flatten();
        let other = dependencies.filter_map(|name| name.as_str()).find(|name| ["chrono", "time"].contains(name));
        assert_eq!(other, None, "named by {}", package["name"]);
    }
}

#[test]
fn everything_comes_from_crates_io() {
    let lock = table("Cargo.lock");
    let sources = lock["package"].as_array().unwrap().iter().filter_map(|package| package.get("source"));
    for source in sources {
        assert_eq!(source.as_str(), Some("registry+https://github.com/rust-lang/crates.io-index"));
    }
}

#[test]
fn cargo_deny_bans_the_same() {
    let deny = table("deny.toml");
    let bans = deny["bans"]["deny"].as_array().unwrap();
    let banned: Vec<_> = bans.iter().map(|ban| ban["crate"].as_str().unwrap().to_owned()).collect();
    let below = ABSENT_BELOW.iter().map(|(name, [major, minor])| format!("{name}:<{major}.{minor}"));
    let expected: Vec<_> = below.chain(ABSENT.iter().map(|name| (*name).to_owned())).collect();
    assert_eq!(banned, expected);
}
