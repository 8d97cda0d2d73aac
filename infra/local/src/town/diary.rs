//! One person's events, written down as they live them. Ids are the person's name, the kind's letter and a number.

use super::calendar::{Moment, Zone};
use super::goods::Product;
use super::places::{Spot, Store};
use super::record::{Article, Consent, Data, EventName, Points, Purchase, Ready, Remark, Venue};

/// Who somebody is, as far as the brand's systems know.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The customer id.
    pub(super) name: String,
    /// Where they live.
    pub(super) zone: Zone,
    /// What their phone signs its events with.
    pub(super) phone: &'static str,
    /// A fictional number.
    pub(super) number: String,
    /// The year they were born, when they told us.
    pub(super) birth_year: Option<i32>,
    /// The language of their phone.
    pub(super) locale: &'static str,
}

/// One event of a diary.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// When it happened.
    pub(super) at: Moment,
    /// Its source and id.
    pub(super) event: EventName,
    /// What happened.
    pub(super) data: Data,
}

/// A person and everything they did, in the order it was written down.
#[derive(Clone, Debug)]
pub(super) struct Diary {
    /// Whose diary it is.
    pub(super) person: Person,
    /// What is written in it.
    pub(super) entries: Vec<Entry>,
}

impl Diary {
    /// An empty diary.
    pub(super) fn of(person: Person) -> Self {
        Self { person, entries: Vec::new() }
    }

    /// Checks in at a store with the app.
    pub(super) fn check_in(&mut self, at: Moment, store: Store) -> EventName {
        self.write(at, self.person.phone, Data::CheckIn { store: store.id(), ready: None })
    }

    /// Asks for help with the app, in an area of a store.
    pub(super) fn ask_for_help(
        &mut self,
        at: Moment,
        store: Store,
        (product, size, area): (Product, &'static str, &'static str),
    ) -> EventName {
        let ready = Some(Ready { kind: "help", product: product.id, size, area });
        self.write(at, self.person.phone, Data::CheckIn { store: store.id(), ready })
    }

    /// Says something of us, to everybody or to us alone.
    pub(super) fn say(&mut self, at: Moment, source: &'static str, remark: Remark) -> EventName {
        self.write(at, source, Data::Comment(remark))
    }

    /// Checks in at the harbour café, through somebody else's app.
    pub(super) fn coffee_break(&mut self, at: Moment) -> EventName {
        self.check_in_elsewhere(at, Spot::CAFE, ("harbor-cafe", "Harbor Cafe", "coffee"))
    }

    /// Checks in at the clinic near Riverside, through somebody else's app.
    pub(super) fn see_a_doctor(&mut self, at: Moment) -> EventName {
        self.check_in_elsewhere(at, Spot::CLINIC, ("family-clinic", "Riverside Family Clinic", "clinic"))
    }

    /// The phone tells its position, with the radius it may be off by.
    pub(super) fn fix(&mut self, at: Moment, spot: Spot, accuracy_m: i32, decimetres_per_second: i32) -> EventName {
        let speed_mps = f64::from(decimetres_per_second) / 10.0;
        let accuracy_m = f64::from(accuracy_m);
        let fix = Data::Fix { lat: spot.lat(), lon: spot.lon(), accuracy_m, speed_mps, foreground: true };
        self.write(at, self.person.phone, fix)
    }

    /// A beacon of the store sees the phone in an area.
    pub(super) fn beacon(&mut self, at: Moment, store: Store, zone: &'static str) -> EventName {
        self.write(at, "beacon", Data::Beacon { store: store.id(), zone })
    }

    /// Pays at a till, or online when there is no store.
    pub(super) fn pay(&mut self, at: Moment, store: Option<Store>, lines: Vec<Article>) -> EventName {
        let purchase = Purchase {
            receipt: format!("r-{}-{}", self.person.name, self.entries.len() + 1),
            store: store.map(Store::id),
            channel: if store.is_some() { "store" } else { "web" },
            currency: "USD",
            lines,
        };
        self.write(at, store.map_or("web", Store::till), Data::Purchase(purchase))
    }

    /// Joins: the form with the personal part filled in.
    pub(super) fn join(&mut self, at: Moment, form: Consent, leaves_number: bool) -> EventName {
        let person = &self.person;
        let email = format!("{}@example.com", person.name);
        let notified = form.grants.iter().any(|grant| grant.channel == "push" && grant.purpose == "marketing");
        let push = notified.then(|| format!("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/harbor/{}", person.name));
        let points = Some(Points { sms: leaves_number.then(|| person.number.clone()), email, push });
        let (zone, locale) = (Some(person.zone.name()), Some(person.locale));
        let form = Consent { points, zone, locale, birth_year: person.birth_year, ..form };
        self.write(at, person.phone, Data::Consent(Box::new(form)))
    }

    /// Changes their mind, over the channel `source`.
    pub(super) fn change_mind(&mut self, at: Moment, source: &'static str, form: Consent) -> EventName {
        self.write(at, source, Data::Consent(Box::new(form)))
    }

    /// A partner tells that a flight was paid with its card; nothing may be remembered of it without the customer's consent to third parties.
    pub(super) fn flies(&mut self, at: Moment, destination: &'static str) -> EventName {
        let destination = Some(destination);
        self.write(at, "partner/card", Data::Partner { kind: "card", category: "airline", destination })
    }

    /// A partner tells that a loan was taken out at its bank.
    pub(super) fn borrows(&mut self, at: Moment) -> EventName {
        self.write(at, "partner/bank", Data::Partner { kind: "bank", category: "loan", destination: None })
    }

    /// Does something with what was sent after `event`; nothing, should nothing have been sent.
    pub(super) fn answer(&mut self, at: Moment, source: &'static str, event: EventName, outcome: &'static str) {
        self.write(at, source, Data::Outcome { event, outcome });
    }

    /// Checks in at a spot that has this id, name and category.
    fn check_in_elsewhere(
        &mut self,
        at: Moment,
        spot: Spot,
        (id, name, category): (&'static str, &'static str, &'static str),
    ) -> EventName {
        let venue = Venue { id, name, category, lat: spot.lat(), lon: spot.lon() };
        self.write(at, "foursquare", Data::Venue { venue })
    }

    fn write(&mut self, at: Moment, source: &'static str, data: Data) -> EventName {
        let letter = data.letter();
        let number = 1 + self.entries.iter().filter(|entry| entry.data.letter() == letter).count();
        let event = EventName { source, id: format!("{}-{letter}{number}", self.person.name) };
        self.entries.push(Entry { at, event: event.clone(), data });
        event
    }
}

/// So many of a product.
pub(super) fn some(quantity: u32, product: Product) -> Article {
    let Product { id, category, price } = product;
    Article { kind: None, product: id, category, quantity, unit_price: price }
}

/// One of a product, brought back.
pub(super) fn returned(product: Product) -> Article {
    Article { kind: Some("return"), ..some(1, product) }
}
