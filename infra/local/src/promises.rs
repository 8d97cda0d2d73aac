//! What was promised for consents and what became of it, in counts: by promise and by what the consent is to. Nobody is named.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use tact_decide::Catalogue;
use tact_domain::{
    ConsentRefusal, ConsentState, FacetKind, Fingerprint, Key, Profile, Promise, Purpose, Register, Scope, Standing,
    Timestamp,
};
use tact_wire::{KeptProofs, Texted, unpack_facet};

use crate::stack::Kept;

/// The promises that stand at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Promises {
    /// Each promise for each thing that is consented to, in the order of their names.
    pub promises: Vec<Row>,
}

/// One promise for one thing that is consented to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The promise.
    pub promise: Key,
    /// What the catalogue says of it; `None` for one that it does not know, which nothing keeps.
    pub text: Option<String>,
    /// What the consents are to: the channel for marketing, else the purpose.
    pub consent: String,
    /// What became of them.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What became of the promises made for consents that were not taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them: kept, open and broken.
    pub made: u32,
    /// Those that were kept in time.
    pub kept: u32,
    /// Those that may still be kept.
    pub open: u32,
    /// Those that were not kept in time: these consents rest.
    pub broken: u32,
    /// How many of the broken ones were asked for once more.
    pub asked_again: u32,
    /// How many of all were given by somebody who had given the same consent before.
    pub given_anew: u32,
}

/// The proofs of everybody, by customer, with the events that left them.
type Proofs<'a> = BTreeMap<&'a str, Vec<(Fingerprint, KeptProofs)>>;

impl Promises {
    /// The promises in a table, as they stand at `now`.
    pub fn of(kept: &Kept, catalogue: &Catalogue, now: Timestamp) -> Self {
        let mut counted: BTreeMap<(Key, String), Counts> = BTreeMap::new();
        let mut proofs = Proofs::new();
        for (customer, event, bytes) in &kept.proofs {
            proofs.entry(customer).or_default().extend(KeptProofs::read(bytes).map(|proofs| (*event, proofs)));
        }
        for (customer, kind, bytes) in kept.facets.iter().filter(|(_, kind, _)| *kind == FacetKind::Consent) {
            let mut profile = Profile::default();
            // What cannot be read stays empty.
            let _unread = unpack_facet(&mut profile, *kind, bytes);
            for (scope, register) in profile.consent.scopes() {
                let Some(benefit) = promised(&register.value) else { continue };
                let counts = counted.entry((benefit.clone(), consented_to(scope))).or_default();
                counts.enter(&register.value, now);
                counts.given_anew += u32::from(is_given_anew(&proofs, customer, scope, register));
            }
        }
        let row = |((promise, consent), counts)| Row { text: text(catalogue, &promise), promise, consent, counts };
        Self { promises: counted.into_iter().map(row).collect() }
    }

    /// The promises as a table, with a sentence on those that nothing keeps.
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["promise", "for", "made", "kept", "open", "broken", "asked again", "given anew"]);
        for Row { promise, consent, counts, .. } in &self.promises {
            let Counts { made, kept, open, broken, asked_again, given_anew } = *counts;
            let numbers = [made, kept, open, broken, asked_again, given_anew].map(|count| count.to_string());
            table.add_row([promise.to_string(), consent.clone()].into_iter().chain(numbers));
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut unknown: Vec<_> =
            self.promises.iter().filter(|row| row.text.is_none()).map(|row| &row.promise).collect();
        unknown.dedup();
        let names = unknown.iter().map(|promise| format!("`{promise}`")).collect::<Vec<_>>().join(", ");
        let nobody =
            if names.is_empty() { String::new() } else { format!("\nthe catalogue knows nothing of {names}\n") };
        format!("{table}\n{nobody}")
    }
}

impl Counts {
    fn enter(&mut self, standing: &Standing, now: Timestamp) {
        self.made += 1;
        match (standing.promise, standing.refusal(now)) {
            (Promise::Kept, _) => self.kept += 1,
            (promise, Some(ConsentRefusal::Dormant)) => {
                self.broken += 1;
                self.asked_again += u32::from(promise == Promise::AskedAgain);
            }
            _ => self.open += 1,
        }
    }
}

/// What was promised for a consent that was not taken back; `None` when nothing was.
fn promised(standing: &Standing) -> Option<&Key> {
    standing.benefit.as_ref().filter(|_| standing.state == ConsentState::Granted)
}

fn consented_to(scope: &Scope) -> String {
    match (scope.purpose, scope.channel) {
        (Purpose::Marketing, Some(channel)) => channel.name().to_owned(),
        (purpose, _) => {
            serde_json::to_value(purpose).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
        }
    }
}

fn text(catalogue: &Catalogue, promise: &Key) -> Option<String> {
    catalogue.policy.benefits.iter().find(|known| known.id == *promise).map(|known| known.text.clone())
}

/// Whether the customer had given this consent before; one that only comes on a lower cadence was not given anew.
fn is_given_anew(proofs: &Proofs<'_>, customer: &str, scope: &Scope, register: &Register<Standing>) -> bool {
    let theirs = proofs.get(customer).map_or(&[][..], Vec::as_slice);
    let (own, others): (Vec<_>, Vec<_>) = theirs.iter().partition(|(event, _)| *event == register.event);
    let by_them = own.iter().any(|(_, own)| own.source != Texted::SOURCE);
    let gave = |proofs: &KeptProofs| {
        proofs.at_ms < register.at.0 && proofs.find(ConsentState::Granted, |known| known == scope).is_some()
    };
    by_them && others.iter().any(|(_, other)| gave(other))
}

#[cfg(test)]
mod tests {
    use tact_domain::{Channel, ConsentChange, Grant};
    use tact_wire::pack_facet;

    use super::*;

    fn grant(channel: Channel, review: i64) -> Grant {
        let scope = Scope { purpose: Purpose::Marketing, channel: Some(channel), topic: None };
        let review_after = Some(Timestamp(review));
        Grant { scope, state: ConsentState::Granted, terms: None, review_after, benefit: Some("suggestions".into()) }
    }

    fn facet(grants: Vec<Grant>, at: i64, change: impl Fn(&mut Profile)) -> Vec<u8> {
        let mut profile = Profile::default();
        let event = ConsentChange { grants, ..ConsentChange::default() };
        profile.consent.fold(&event, Timestamp(at), Fingerprint(7));
        change(&mut profile);
        pack_facet(&profile, FacetKind::Consent)
    }

    #[test]
    fn promises_are_counted_by_what_became_of_them_and_nobody_is_named() {
        let email = || vec![grant(Channel::Email, 100)];
        let taken_back = || vec![Grant { state: ConsentState::Revoked, ..grant(Channel::Email, 100) }];
        let people = [
            ("open", facet(vec![grant(Channel::Email, 900)], 1, |_| ())),
            ("kept", facet(email(), 1, |profile| assert!(profile.consent.keep("suggestions", Timestamp(5))))),
            ("broken", facet(email(), 1, |_| ())),
            ("asked", facet(email(), 1, |profile| assert!(profile.consent.ask_again(Timestamp(200))))),
            ("gone", facet(taken_back(), 1, |_| ())),
            ("texts", facet(vec![grant(Channel::Sms, 900)], 50, |_| ())),
        ];
        let proof = |at: i64| {
            let scope = grant(Channel::Sms, 0).scope;
            let proof = serde_json::json!({
                "scopes": [scope], "state": "granted", "text_id": "t-1", "shown": "texts", "seller": "Harbor & Co"
            });
            serde_json::json!({ "at_ms": at, "source": "app", "proofs": [proof] }).to_string().into_bytes()
        };
        let kept = Kept {
            facets: people.map(|(name, bytes)| (name.to_owned(), FacetKind::Consent, bytes)).to_vec(),
            proofs: vec![
                ("texts".to_owned(), Fingerprint(1), proof(3)),
                ("texts".to_owned(), Fingerprint(7), proof(50)),
            ],
            ..Kept::default()
        };
        let promises = Promises::of(&kept, &Catalogue::default(), Timestamp(300));
        let counts: Vec<_> = promises.promises.iter().map(|row| (row.consent.as_str(), row.counts)).collect();
        let email = Counts { made: 4, kept: 1, open: 1, broken: 2, asked_again: 1, given_anew: 0 };
        let sms = Counts { made: 1, open: 1, given_anew: 1, ..Counts::default() };
        assert_eq!(counts, [("email", email), ("sms", sms)]);
        let text = promises.text();
        assert!(people_are_absent(&text) && text.contains("knows nothing of `suggestions`"), "{text}");
    }

    fn people_are_absent(text: &str) -> bool {
        !["gone", "texts"].iter().any(|name| text.contains(name))
    }
}
