//! Whether prices are worth it: towns are played dry from the first day of their warm-up on, once greedily, once with prices. Prices are learnt in some
//! towns and measured in others.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use tact_decide::{Action, Cap, Catalogue, Explore, Issue, Mode, Models, Term, Treatment};
use tact_domain::{Channel, CustomerId, Timestamp, Trigger};
use tact_learn::{Estimate, Opportunity, learn_bids, paired};
use tact_model::{BidError, BidTable};

use super::uncapped;
use crate::arrival::{self, Arrival};
use crate::dry::{Consents, Dry, Rehearsed, Script};
use crate::respond::Respondents;
use crate::stack::{StackError, seal};
use crate::town::town;

/// Towns to learn in and to measure in.
#[derive(Clone, Copy, Debug)]
pub struct Towns<'a> {
    /// What could be done.
    pub catalogue: &'a Catalogue,
    /// What scores it; its prices do not count.
    pub models: &'a Models,
    /// How many towns are learnt from, and as many others measured in.
    pub towns: u64,
    /// How scarce attention is; `None` leaves the catalogue's caps.
    pub scarce: Option<Scarce>,
    /// Whether something of little worth can be said whenever somebody buys or comes in, on which greed spends its contacts: planted, so that there is something to save.
    pub chatty: bool,
}

/// At most so many contacts in so many days, instead of the caps of a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Scarce {
    /// How many.
    pub most: u16,
    /// In how many days, up to the 31 that a ledger keeps.
    pub days: u16,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// How many towns were learnt from, and as many measured in.
    pub towns: u64,
    /// How scarce attention was; absent when it was as scarce as the catalogue says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scarce: Option<Scarce>,
    /// Whether there was something of little worth to be said all the time.
    pub chatty: bool,
    /// How many opportunities were learnt from.
    pub opportunities: usize,
    /// How many people were measured.
    pub people: usize,
    /// Greed, one price for all contacts, and the prices that were learnt; in this order.
    pub arms: Vec<Arm>,
}

/// One way to price contacts, in all the towns that are measured in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arm {
    /// Its name.
    pub name: &'static str,
    /// How many contacts it used.
    pub contacts: u64,
    /// Candidates that a cap held back.
    pub capped: u64,
    /// What left is worth beside silence, contacts for nothing, in minor units.
    pub worth_minor: f64,
    /// What a person is worth more than by greed, in minor units, with the ends of the interval of 95 %.
    pub more_each_minor: Estimate,
    /// The same with equal contacts: whichever of the two uses more leaves as many of them to chance as makes them even, and with each what it is worth.
    pub more_each_at_equal_contacts_minor: Estimate,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TownsError {
    /// A town cannot be written.
    #[error("cannot write a town: {0}")]
    Town(#[from] io::Error),
    /// A play cannot begin.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// What was learnt is no table.
    #[error("nothing can be learnt from these towns: {0}")]
    Table(#[from] BidError),
}

/// The people of towns, by town and name, with what they were told is worth.
type People = BTreeMap<(u64, String), Worth>;

/// What somebody was told is worth, in minor units: what took a contact, and what took none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Worth {
    contacts: f64,
    rest: f64,
}

/// A play of one town after the other.
#[derive(Default)]
struct Played {
    people: People,
    contacts: u64,
    capped: u64,
}

/// What a yes to something of little worth earns, in minor units.
const CHATTER_MINOR: f64 = 200.0;
/// What the bootstrap begins with.
const SEED: u64 = 1;

impl Towns<'_> {
    /// Learns a table in the first towns, by seed from 1, where no cap holds anything back, so that all opportunities are seen. `done` is told of
    /// every play.
    ///
    /// # Errors
    /// When a town cannot be played.
    pub fn learn(&self, done: &dyn Fn()) -> Result<(BidTable, usize), TownsError> {
        let greedy = uncapped(&self.greedy());
        let (mut all, mut until) = (Vec::new(), Timestamp(0));
        for seed in 1..=self.towns {
            let arrivals = arrivals(seed)?;
            let played = play(&arrivals, &greedy, &self.with(None))?;
            until = until.max(arrivals.iter().map(|arrival| arrival.at).max().unwrap_or(until));
            all.extend(played.opportunities.into_iter().map(|one| of_town(seed, one)));
            done();
        }
        Ok((learn_bids(&all, until)?, all.len()))
    }

    /// Measures a table in the towns after those that are learnt in.
    ///
    /// # Errors
    /// When a town cannot be played.
    pub fn measure(&self, table: &BidTable, opportunities: usize, done: &dyn Fn()) -> Result<Measured, TownsError> {
        let priced = self.catalogue();
        let arms = [
            ("greedy", self.greedy(), self.with(None)),
            ("one price", priced.clone(), self.with(None)),
            ("learnt prices", priced, self.with(Some(table.clone()))),
        ];
        let mut played = arms.each_ref().map(|_| Played::default());
        for seed in self.towns + 1..=2 * self.towns {
            let arrivals = arrivals(seed)?;
            for (of_arm, (_, catalogue, models)) in played.iter_mut().zip(&arms) {
                of_arm.enter(seed, &play(&arrivals, catalogue, models)?, &arrivals);
                done();
            }
        }
        let [greedy, ..] = &played;
        let told = arms.iter().zip(&played).map(|((name, ..), played)| played.arm(name, greedy));
        let Self { towns, scarce, chatty, .. } = *self;
        Ok(Measured { towns, scarce, chatty, opportunities, people: greedy.people.len(), arms: told.collect() })
    }

    /// How many plays learning and measuring take.
    pub fn plays(&self) -> u64 {
        4 * self.towns
    }

    /// The catalogue, with attention as scarce as it is to be.
    fn catalogue(&self) -> Catalogue {
        let mut catalogue = self.catalogue.clone();
        // What is tried by chance would hide what prices do.
        catalogue.policy.explore = Explore::default();
        if self.chatty {
            catalogue.actions.push(chatter());
            catalogue.actions.sort_by(|a, b| a.name.cmp(&b.name));
        }
        if let Some(Scarce { most, days }) = self.scarce {
            let caps = &mut catalogue.policy.caps;
            caps.retain(|cap| cap.impressions);
            let window_s = i64::from(days) * 86_400;
            caps.push(Cap {
                name: "scarce".into(),
                max: most,
                window_s,
                impressions: false,
                channel: None,
                group: None,
            });
        }
        catalogue
    }

    /// The same, with contacts for nothing.
    fn greedy(&self) -> Catalogue {
        let mut greedy = self.catalogue();
        greedy.policy.levers.off.push(Term::Bid);
        greedy
    }

    fn with(&self, bids: Option<BidTable>) -> Models {
        let Models { full, small, types, hash, .. } = self.models;
        Models { full: full.clone(), small: small.clone(), bids, types: types.clone(), hash: hash.clone() }
    }
}

impl Played {
    /// Enters the play of a town. People with a name are the same in every town and would count many times; they are left out.
    fn enter(&mut self, seed: u64, played: &Rehearsed, arrivals: &[Arrival]) {
        let counts = |name: &str| name.starts_with("p-");
        for arrival in arrivals.iter().filter(|arrival| counts(&arrival.customer)) {
            self.people.entry((seed, arrival.customer.clone())).or_default();
        }
        for weighed in &played.weighed {
            let Some(said) = weighed.said.as_ref().filter(|said| said.left) else { continue };
            let Some(worth) = self.people.get_mut(&(seed, weighed.customer.as_str().to_owned())) else { continue };
            let brings = said.terms.map_or(0.0, |terms| terms.score + terms.bid);
            *(if said.takes_contact { &mut worth.contacts } else { &mut worth.rest }) += brings;
            self.contacts += u64::from(said.takes_contact);
        }
        self.capped += played.held_back.get("contact_cap").copied().unwrap_or(0);
    }

    fn arm(&self, name: &'static str, greedy: &Self) -> Arm {
        let equal = self.contacts.min(greedy.contacts);
        let (own, of_greedy) = (share(equal, self.contacts), share(equal, greedy.contacts));
        let Self { contacts, capped, .. } = *self;
        Arm {
            name,
            contacts,
            capped,
            worth_minor: self.people.values().map(|worth| worth.with(1.0)).sum(),
            more_each_minor: self.more(greedy, (1.0, 1.0)),
            more_each_at_equal_contacts_minor: self.more(greedy, (own, of_greedy)),
        }
    }

    /// What a person is worth more than by greed when such shares of the contacts of both are made, with the ends of the interval of 95 %.
    fn more(&self, greedy: &Self, (own, of_greedy): (f64, f64)) -> Estimate {
        let by_greed = |who| greedy.people.get(who).copied().unwrap_or_default().with(of_greedy);
        let more = self.people.iter().map(|(who, worth)| worth.with(own) - by_greed(who));
        paired(&more.collect::<Vec<_>>(), SEED)
    }
}

impl Worth {
    /// What is expected of it when only such a share of the contacts is made, whichever.
    fn with(self, share: f64) -> f64 {
        self.rest + share * self.contacts
    }
}

/// The share of contacts that so many are; all of none.
fn share(some: u64, of: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "contacts of made-up towns are far below 2^53")]
    let share = if of == 0 { 1.0 } else { some as f64 / of as f64 };
    share
}

/// Something to say of little worth, to whoever agreed to notifications that sell: on every purchase and every entry.
fn chatter() -> Action {
    let text = "New in our stores today.".to_owned();
    let treatment =
        Treatment { valid_s: 3_600, window_s: 86_400, text, ..Treatment::new("push", Channel::Push, Mode::Push) };
    let triggers = vec![Trigger::CheckIn, Trigger::Purchase, Trigger::Entry];
    Action {
        triggers,
        treatments: vec![treatment],
        margin: CHATTER_MINOR,
        ..Action::new("chatter", Issue::Grow, "offers")
    }
}

/// The events of a town, in the order in which they arrive.
fn arrivals(seed: u64) -> io::Result<Vec<Arrival>> {
    let mut events = Vec::new();
    town(seed, &mut events)?;
    arrival::read(&mut events.as_slice(), false)
}

fn play(arrivals: &[Arrival], catalogue: &Catalogue, models: &Models) -> Result<Rehearsed, StackError> {
    let respond = Some(Respondents::of(arrivals, catalogue, seal()?));
    let dry = Dry { catalogue, models, consents: Consents::Theirs, fold_only_until: None, until: None, respond };
    Ok(dry.play(&Script::of(arrivals)))
}

/// Nobody of one town is somebody of another.
fn of_town(seed: u64, one: Opportunity) -> Opportunity {
    let customer = CustomerId::new(&format!("{seed}:{}", one.customer.as_str()));
    Opportunity { customer: customer.unwrap_or(one.customer), ..one }
}
