//! `tact publish`: a catalogue is put in force in a table that is kept, a run there decides with it, and a former hash is the way back.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use clap::Parser;
use serde_json::Value;
use tact::command::Tact;
use tact::publish::{Place, Wanted, in_force};
use tact_decide::Catalogue;
use tact_wire::{decode_catalogue, encode_catalogue};

use crate::pipeline::world::{CATALOGUE, SATURDAY, check_in};

fn renamed(name: &str) -> Catalogue {
    let mut catalogue = CATALOGUE.clone();
    name.clone_into(&mut catalogue.brand.name);
    decode_catalogue(&encode_catalogue(&catalogue)).unwrap()
}

fn command(arguments: &[&str]) -> Result<(), String> {
    let command = Tact::try_parse_from([&["tact"], arguments].concat()).map_err(|error| error.to_string())?;
    command.run().map(|_| ()).map_err(|error| error.to_string())
}

/// The hashes of the catalogues that a run in a table that is kept decides with.
fn decided_with(data: &Path) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (events, out) = (folder.path().join("events.ndjson"), folder.path().join("out"));
    fs::write(&events, check_in("visit", "ana", SATURDAY).bytes).unwrap();
    let text = |path: &Path| path.display().to_string();
    let (events, data, out_dir) = (text(&events), text(data), text(&out));
    let arguments = ["run", &events, "--json", "--data", &data, "--out", &out_dir];
    command(&arguments).unwrap();
    let decisions = fs::read_to_string(out.join("decisions.ndjson")).unwrap();
    let hash = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        record["body"]["catalogue"].as_str().unwrap().to_owned()
    };
    decisions.lines().map(hash).collect()
}

fn publish(data: &Path, catalogue: &Catalogue) -> Option<String> {
    let wanted = Wanted::Catalogue(Box::new(catalogue.clone()));
    let place = Place::Directory(data.to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(place.publish(&wanted)).unwrap().former
}

#[test]
fn a_run_decides_with_what_was_published_into_its_table_and_goes_back_by_hash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (spring, summer) = (renamed("Spring"), renamed("Summer"));
    assert_eq!(publish(&data, &spring), None);
    assert_eq!(decided_with(&data), std::slice::from_ref(&spring.hash));
    assert_eq!(publish(&data, &summer), Some(spring.hash.clone()));
    let shown = data.display().to_string();
    command(&["publish", "--hash", &spring.hash, "--data", &shown]).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let found = runtime.block_on(in_force(&data, CATALOGUE.clone())).unwrap();
    assert_eq!(found.hash, spring.hash);
}

#[test]
fn what_is_not_there_is_not_put_in_force_and_a_place_must_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    let gone = "0".repeat(64);
    let refused = command(&["publish", "--hash", &gone, "--data", &data]).unwrap_err();
    assert!(refused.contains(&gone) && refused.contains("publish its folder"), "{refused}");
    let short = command(&["publish", "--hash", "abc", "--data", &data]).unwrap_err();
    assert!(short.contains("64 hexadecimal digits"), "{short}");
    assert!(command(&["publish"]).unwrap_err().contains("--data"));
    assert!(command(&["publish", "--data", &data, "--table", "tact"]).is_err(), "one place");
    let nowhere = folder.path().join("no-catalogue").display().to_string();
    assert!(command(&["publish", &nowhere, "--data", &data]).is_err(), "what has mistakes is not published");
}

#[test]
fn a_run_that_asks_for_another_catalogue_than_the_one_in_force_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let spring = renamed("Spring");
    publish(&data, &spring);
    let events = folder.path().join("events.ndjson");
    fs::write(&events, check_in("visit", "ana", SATURDAY).bytes).unwrap();
    let sources = [env!("CARGO_MANIFEST_DIR"), "..", "shared", "catalogue"].iter().collect::<std::path::PathBuf>();
    let text = |path: &Path| path.display().to_string();
    let (events, data, sources) = (text(&events), text(&data), text(&sources));
    let refused = command(&["run", &events, "--data", &data, "--catalogue", &sources]).unwrap_err();
    assert!(refused.contains(&spring.hash) && refused.contains("tact publish"), "{refused}");
}
