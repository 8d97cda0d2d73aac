//! Dependencies point one way: functions -> aws -> pipeline -> wire -> decide -> model -> domain.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::source::{self, Source};
use super::{none, root};

/// What the code of each crate may name of the other crates.
const CODE: [(&str, &[&str]); 20] = [
    ("tact-domain", &[]),
    ("tact-model", &["tact-domain"]),
    ("tact-decide", &["tact-domain", "tact-model"]),
    // Records and catalogues are written from the types of decide; what a comment is about, a model tells.
    ("tact-wire", &["tact-domain", "tact-model", "tact-decide"]),
    ("tact-pipeline", &["tact-domain", "tact-model", "tact-decide", "tact-wire"]),
    ("tact-aws", &["tact-domain", "tact-model", "tact-decide", "tact-wire", "tact-pipeline", "tact-catalogue"]),
    // An e-mail is sent by a brand, which decide knows.
    ("tact-channels", &["tact-domain", "tact-decide", "tact-wire", "tact-pipeline"]),
    ("tact-policy", &["tact-domain", "tact-decide", "tact-wire"]),
    ("tact-catalogue", &[]),
    ("tact-learn", &["tact-domain", "tact-model"]),
    // Of use without the rest of it.
    ("tact-mapping", &[]),
    ("checkin", FUNCTION),
    ("purchase", FUNCTION),
    ("geolocation", FUNCTION),
    ("partner", FUNCTION),
    ("comment", FUNCTION),
    ("outcome", FUNCTION),
    ("reply", FUNCTION),
    ("wake", FUNCTION),
    // Alone knows providers.
    ("dispatch", &["tact-aws", "tact-channels"]),
];

/// What a function is wired from.
const FUNCTION: &[&str] = &["tact-domain", "tact-aws"];

/// What build scripts may name.
const BUILD: [(&str, &[&str]); 1] = [("tact-catalogue", &["tact-policy", "tact-wire"])];

/// Who may name anything, and by whom alone they may be named.
const FREE: [(&str, &[&str]); 2] = [("tact", &["tact-tests"]), ("tact-tests", &[])];

/// The crates without clock, environment, input, output or chance.
pub(super) const PURE: [&str; 4] = ["tact-domain", "tact-model", "tact-decide", "tact-wire"];

/// One dependency of a package of the workspace.
struct Dependency {
    name: String,
    /// `normal`, `build` or `dev`.
    kind: String,
    features: Vec<String>,
}

/// The packages of the workspace with their dependencies, as cargo understands the manifests.
fn packages() -> BTreeMap<String, Vec<Dependency>> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(&package["name"]), dependencies(package))).collect()
}

fn dependencies(package: &Value) -> Vec<Dependency> {
    let listed = package["dependencies"].as_array().unwrap().iter();
    let read = |dependency: &Value| Dependency {
        name: text(&dependency["name"]),
        kind: dependency["kind"].as_str().unwrap_or("normal").to_owned(),
        features: dependency["features"].as_array().unwrap().iter().map(text).collect(),
    };
    listed.map(read).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    let mut offenders = Vec::new();
    for (package, dependencies) in &packages {
        for Dependency { name, kind, .. } in dependencies.iter().filter(|named| packages.contains_key(&named.name)) {
            if !may_name(package, name, kind) {
                offenders.push(format!("{package} names {name} ({kind})"));
            }
        }
    }
    none(&offenders, "a crate names what the tables allow");
}

/// Whether the tables let a package name another in a kind of dependency.
fn may_name(package: &str, name: &str, kind: &str) -> bool {
    let allows = |table: &[(&str, &[&str])]| table.iter().any(|(who, whom)| *who == package && whom.contains(&name));
    if let Some((_, by)) = FREE.iter().find(|(free, _)| *free == name) {
        return by.contains(&package);
    }
    let free = FREE.iter().any(|(free, _)| *free == package);
    free || match kind {
        "build" => allows(&BUILD),
        _ => allows(&CODE),
    }
}

#[test]
fn every_crate_is_in_the_tables_and_the_tables_name_no_crate_that_is_gone() {
    let packages: BTreeSet<_> = packages().into_keys().collect();
    let listed = CODE.iter().chain(&FREE).map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(packages, listed);
}

#[test]
fn every_dependency_is_used() {
    let mut offenders = Vec::new();
    for (package, dependencies) in packages() {
        let sources: Vec<Source> = source::of_package(&package);
        for Dependency { name, .. } in dependencies {
            // Those whose library has another name than its package.
            let word = match name.as_str() {
                "dynoxide-rs" => "dynoxide".to_owned(),
                "rustls-webpki" => "webpki".to_owned(),
                other => other.replace('-', "_"),
            };
            if !sources.iter().any(|source| source.names(&word)) {
                offenders.push(format!("{package}: {name}"));
            }
        }
    }
    none(&offenders, "what a manifest names, the code names");
}

#[test]
fn smartcore_stays_in_learn_kinesis_in_the_functions_and_providers_in_channels() {
    let mut offenders = Vec::new();
    for (package, dependencies) in packages() {
        let function = root().join("functions").join(&package).exists();
        for Dependency { name, features, .. } in dependencies {
            let wrong = match name.as_str() {
                "smartcore" => package != "tact-learn",
                "aws-sdk-kinesis" | "aws-config" => package != "tact-aws",
                "aws-sdk-pinpointsmsvoicev2" | "aws-sdk-sesv2" | "aws-sdk-sns" => package != "tact-channels",
                "tact-aws" => features.iter().any(|feature| feature == "cloud") != function,
                _ => false,
            };
            if wrong {
                offenders.push(format!("{package} names {name} {features:?}"));
            }
        }
    }
    none(&offenders, "smartcore, Kinesis and the providers are named where they belong");
}

#[test]
fn no_function_links_the_compiler_of_catalogues_or_the_fitting_of_models() {
    let packages = packages();
    let mut offenders = Vec::new();
    for function in source::folders("functions") {
        let mut linked = BTreeSet::new();
        let mut open = vec![function.clone()];
        while let Some(package) = open.pop() {
            let normal = packages.get(&package).into_iter().flatten().filter(|dependency| dependency.kind == "normal");
            open.extend(normal.map(|dependency| dependency.name.clone()).filter(|name| linked.insert(name.clone())));
        }
        let never = ["tact-policy", "tact-learn", "smartcore", "toml", "tact"];
        offenders.extend(never.iter().filter(|name| linked.contains(**name)).map(|name| format!("{function}: {name}")));
    }
    none(&offenders, "a function does not link");
}

#[test]
fn pure_crates_name_nothing_of_the_world() {
    const WORLD: [&str; 14] = [
        "std::time",
        "std::env",
        "std::fs",
        "std::net",
        "std::io",
        "std::process",
        "std::thread",
        "tokio",
        "lambda_runtime",
        "aws_lambda_events",
        "aws_sdk_dynamodb",
        "rand",
        "rand_chacha",
        "chrono",
    ];
    let mut offenders = Vec::new();
    for source in PURE.iter().flat_map(|package| source::of_package(package)) {
        // A benchmark takes the time.
        if source.is_test || source.path.contains("/benches/") {
            continue;
        }
        let code = source.production_code();
        let named = WORLD.iter().filter(|word| source::names(&code, word));
        offenders.extend(named.map(|word| format!("{} names {word}", source.path)));
        let grouped = code.contains("use std::{");
        offenders.extend(grouped.then(|| format!("{} groups imports of std: one `use` a module here", source.path)));
    }
    none(&offenders, "a pure crate is told the time, the configuration and the chance");
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace_and_every_pure_one_bans_the_world_for_clippy() {
    let mut offenders = Vec::new();
    for (package, folder) in source::packages() {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        if !manifest.contains("[lints]\nworkspace = true") {
            offenders.push(format!("{package} has lints of its own"));
        }
    }
    let bans = fs::read_to_string(root().join("shared/domain/clippy.toml")).unwrap();
    for folder in ["model", "decide", "wire"] {
        let own = fs::read_to_string(root().join("shared").join(folder).join("clippy.toml")).unwrap_or_default();
        if own != bans {
            offenders.push(format!("shared/{folder}/clippy.toml differs from the one of shared/domain"));
        }
    }
    let common = fs::read_to_string(root().join("clippy.toml")).unwrap();
    let missing = common.lines().filter(|line| !bans.contains(line));
    offenders.extend(missing.map(|line| format!("shared/domain/clippy.toml lacks `{line}`")));
    none(&offenders, "the same lints hold everywhere");
}
