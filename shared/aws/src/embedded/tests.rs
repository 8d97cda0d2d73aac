//! What is compiled in is refused when it is not sound; and what a decision is made with when a model is missing.

use super::*;

use tact_decide::{Basis, Decision, Rung, evaluate};
use tact_domain::{FacetKind, Profile, Timestamp};
use tact_model::{Card, Logistic, Scorer, Term};
use tact_pipeline::replay;
use tact_wire::{Facts, decode_record, encode_body, pack_facet, parse, record_line};

/// What is said of an artefact in the place of the full model, of the small one, and of the table.
fn refused(full: &[u8], small: &[u8], bids: &[u8]) -> String {
    models_of([full, small, bids, TYPES]).unwrap_err().to_string()
}

/// The bytes with another format version, which stands behind eight letters.
fn of_version(bytes: &[u8], version: u16) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[8..10].copy_from_slice(&version.to_le_bytes());
    bytes
}

fn changed(bytes: &[u8]) -> Vec<u8> {
    let (mut bytes, middle) = (bytes.to_vec(), bytes.len() / 2);
    bytes[middle] ^= 1;
    bytes
}

#[test]
fn what_is_compiled_in_is_sound() {
    let models = models().unwrap();
    assert!(models.full.is_some() && models.small.is_some() && models.bids.is_some() && models.types.is_some());
    assert_eq!(models.hash.len(), 64);
}

#[test]
fn a_model_that_is_empty_cut_changed_or_newer_is_refused_by_name() {
    let cut = |bytes: &[u8]| bytes[..bytes.len() - 1].to_vec();
    let whole = [FULL_MODEL, SMALL_MODEL];
    for (which, place) in [("full", 0), ("small", 1)] {
        let said = |bytes: &[u8]| {
            let mut artefacts = whole;
            artefacts[place] = bytes;
            refused(artefacts[0], artefacts[1], BIDS)
        };
        let model = |problem: &str| format!("the compiled-in {which} model: {problem}");
        assert_eq!(said(&[]), model("not a model artefact"));
        assert_eq!(said(b"TACTMDL"), model("not a model artefact"));
        assert_eq!(said(&whole[place][..20]), model("model is cut short in its checksum"));
        assert_eq!(
            said(&cut(whole[place])),
            model("model checksum does not match: the artefact was changed or cut short")
        );
        assert_eq!(
            said(&changed(whole[place])),
            model("model checksum does not match: the artefact was changed or cut short")
        );
        let newer = said(&of_version(whole[place], 3));
        assert!(
            newer.starts_with(&model("model format 3 is not supported, this build reads formats up to 2")),
            "{newer}"
        );
    }
}

#[test]
fn prices_and_types_that_are_empty_cut_changed_or_newer_are_refused() {
    let said = |bids: &[u8]| refused(FULL_MODEL, SMALL_MODEL, bids);
    for bytes in [&[][..], &BIDS[..BIDS.len() - 1], &changed(BIDS), &of_version(BIDS, u16::MAX)] {
        assert!(said(bytes).starts_with("the compiled-in table: "), "{}", said(bytes));
    }
    for bytes in [&[][..], &TYPES[..TYPES.len() - 1], &changed(TYPES), &of_version(TYPES, u16::MAX)] {
        let said = models_of([FULL_MODEL, SMALL_MODEL, BIDS, bytes]).unwrap_err().to_string();
        assert!(said.starts_with("the compiled-in types: "), "{said}");
    }
}

#[test]
fn a_model_of_features_that_are_not_built_is_refused_with_their_names() {
    let features = vec!["hour_of_day".to_owned(), "shoe_size".to_owned()];
    let card = Card { features, ..Model::decode(SMALL_MODEL).unwrap().card().clone() };
    let terms = vec![Term { mean: 0.0, scale: 1.0, coefficient: 1.0 }; 2];
    let foreign = Model::new(card, Scorer::Logistic(Logistic::new(terms, 0.0).unwrap())).unwrap().encode();
    assert_eq!(
        refused(&foreign, SMALL_MODEL, BIDS),
        "the compiled-in full model: model `accept` needs features that are not built: `shoe_size`"
    );
}

/// 2026-09-01T15:00:00Z.
const NOW: Timestamp = Timestamp(1_788_274_800_000);
const CONSENT: &str = r#"{"specversion":"1.0","id":"c-1","source":"test","subject":"one","time":"2026-08-01T15:00:00Z",
    "type":"tact.consent.v1","data":{"grants":[{"purpose":"marketing","channel":"email","state":"granted"},
    {"purpose":"marketing","channel":"inbox","state":"granted"},{"purpose":"profiling","state":"granted"}],
    "points":{"email":"one@example.com"},"zone":"America/New_York"}}"#;
const PURCHASE: &str = r#"{"specversion":"1.0","id":"p-1","source":"test","subject":"one","time":"2026-09-01T15:00:00Z",
    "type":"tact.purchase.v1","data":{"receipt":"r-1","channel":"store","store":"market-street","currency":"USD",
    "lines":[{"product":"p-1","category":"shoes","quantity":1,"unit_price":7900}]}}"#;

#[test]
fn a_missing_model_is_a_rung_that_is_skipped_and_recorded_and_the_decision_replays() {
    let catalogue = catalogue().unwrap();
    let mut profile = Profile::default();
    profile.fold(&parse(CONSENT.as_bytes(), NOW).unwrap().signal, &catalogue.ground());
    let signal = parse(PURCHASE.as_bytes(), NOW).unwrap().signal;
    let facts = Facts {
        event: PURCHASE.to_owned(),
        arrived: NOW,
        now: NOW,
        facets: FacetKind::ALL.map(|kind| pack_facet(&profile, kind)),
        snapshot: None,
        versions: [1; 7],
        exhausted: Vec::new(),
    };
    for (full, small, reached, scored) in [
        (true, true, Rung::FullModel, Rung::FullModel),
        (false, true, Rung::FullModel, Rung::SmallModel),
        (true, false, Rung::FullModel, Rung::FullModel),
        (true, false, Rung::SmallModel, Rung::GroupPrior),
        (false, false, Rung::FullModel, Rung::GroupPrior),
        (false, false, Rung::SmallModel, Rung::GroupPrior),
    ] {
        let mut models = models().unwrap();
        models.full = models.full.filter(|_| full);
        models.small = models.small.filter(|_| small);
        let mut decision = Decision::empty();
        let basis = Basis { catalogue: &catalogue, models: &models, exhausted: &[], learned: None };
        assert!(evaluate(&signal, &mut profile.clone(), basis, NOW, |_| Some(reached), &mut decision).decided);
        let terms: Vec<_> = decision.candidates.iter().filter_map(|one| Some((one, one.terms?))).collect();
        assert!(!terms.is_empty());
        for (candidate, terms) in terms {
            assert_eq!(terms.rung, scored, "full {full}, small {small}, reached {reached:?}");
            let treatment =
                &catalogue.actions[usize::from(candidate.action)].treatments[usize::from(candidate.treatment)];
            let is_prior = terms.positive.to_bits() == treatment.group_prior.to_bits();
            assert_eq!(is_prior, scored == Rung::GroupPrior);
        }
        let body = encode_body(&facts, &decision, &catalogue, &models);
        assert!(body.contains(&format!("\"{}\"", name(scored))), "{body}");
        let recorded = decode_record(&record_line(&body, None)).unwrap();
        assert_eq!(recorded.rung, reached);
        assert_eq!(replay(&recorded, &catalogue, &models, None).as_deref(), Ok(body.as_str()));
    }
}

fn name(rung: Rung) -> &'static str {
    match rung {
        Rung::FullModel => "full_model",
        Rung::SmallModel => "small_model",
        _ => "group_prior",
    }
}
