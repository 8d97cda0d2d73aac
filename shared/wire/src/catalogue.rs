//! The compiled catalogue: canonical JSON in which slots, channels and zones go by name, and whose SHA-256 names it.

mod goods;

use jiff::tz::TimeZoneDatabase;
use serde::{Deserialize, Serialize};
use tact_decide::{Action, Brand, Budgets, Catalogue, Policy, Slot};
use tact_domain::{DenyZone, Entitlement, Key, Places, SensitiveMatters, Store};

use crate::sha256_hex;
use goods::GoodsForm;

/// The format written today.
const FORMAT: u32 = 1;

/// A compiled catalogue that cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// It is of another format than this version reads.
    #[error(
        "compiled catalogue has format {0}, this version reads format {FORMAT}: publish it again with this version"
    )]
    Format(u32),
    /// It is no compiled catalogue, or names something this version does not know.
    #[error("compiled catalogue cannot be read: {0}")]
    Corrupt(String),
    /// A store's zone is not in the calendar.
    #[error("store `{store}` is in zone `{zone}`, which the calendar does not know")]
    Zone {
        /// The store.
        store: Key,
        /// The zone it names.
        zone: String,
    },
}

/// The canonical bytes of a catalogue; its `hash` is not part of them.
pub fn encode_catalogue(catalogue: &Catalogue) -> Vec<u8> {
    let compiled = Compiled {
        format: FORMAT,
        policy: catalogue.policy.clone(),
        budgets: catalogue.budgets.clone(),
        stores: catalogue.places.stores.iter().map(StoreForm::from).collect(),
        deny: catalogue.places.deny.iter().map(DenyForm::from).collect(),
        slots: catalogue.slots.clone(),
        actions: catalogue.actions.clone(),
        brand: catalogue.brand.clone(),
        entitlements: catalogue.entitlements.clone(),
        goods: GoodsForm::from(&catalogue.goods),
        sensitive: catalogue.sensitive.clone(),
    };
    serde_json::to_vec(&compiled).unwrap_or_default()
}

/// Reads compiled bytes and binds what they name.
///
/// # Errors
/// When the format is another one, the bytes are broken, or a name is not known to this version.
pub fn decode_catalogue(bytes: &[u8]) -> Result<Catalogue, CatalogueError> {
    let corrupt = |error: serde_json::Error| CatalogueError::Corrupt(error.to_string());
    let Format { format } = serde_json::from_slice(bytes).map_err(corrupt)?;
    if format != FORMAT {
        return Err(CatalogueError::Format(format));
    }
    let compiled: Compiled = serde_json::from_slice(bytes).map_err(corrupt)?;
    let stores = compiled.stores.into_iter().map(StoreForm::bind).collect::<Result<_, _>>()?;
    Ok(Catalogue {
        hash: sha256_hex(bytes),
        actions: bound(compiled.actions, compiled.slots.len())?,
        slots: compiled.slots,
        policy: compiled.policy,
        brand: compiled.brand,
        entitlements: compiled.entitlements,
        goods: compiled.goods.bind(),
        sensitive: compiled.sensitive,
        budgets: compiled.budgets,
        places: Places { stores, deny: compiled.deny.into_iter().map(DenyForm::bind).collect() },
    })
}

/// The actions, when every rule looks at slots that are there: a rule bound to nothing would never hold, and nobody would know why.
fn bound(actions: Vec<Action>, slots: usize) -> Result<Vec<Action>, CatalogueError> {
    let unbound = |action: &&Action| {
        let mut looked_at = action.conditions.iter().flat_map(|condition| condition.rule.slots());
        looked_at.any(|slot| usize::from(slot) >= slots)
    };
    match actions.iter().find(unbound) {
        Some(action) => Err(CatalogueError::Corrupt(format!("a rule of `{}` looks at no slot", action.name))),
        None => Ok(actions),
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Serialize, Deserialize)]
struct Compiled {
    format: u32,
    policy: Policy,
    budgets: Budgets,
    stores: Vec<StoreForm>,
    deny: Vec<DenyForm>,
    slots: Vec<Slot>,
    actions: Vec<Action>,
    brand: Brand,
    entitlements: Vec<Entitlement>,
    goods: GoodsForm,
    sensitive: SensitiveMatters,
}

#[derive(Serialize, Deserialize)]
struct StoreForm {
    id: Key,
    name: String,
    lat: f64,
    lon: f64,
    zone: String,
    enter_m: f64,
    exit_m: f64,
    dwell_s: u32,
    areas: Vec<Key>,
    service_areas: Vec<Key>,
}

impl From<&Store> for StoreForm {
    fn from(store: &Store) -> Self {
        Self {
            id: store.id.clone(),
            name: store.name.clone(),
            lat: store.lat,
            lon: store.lon,
            zone: store.zone.iana_name().unwrap_or("UTC").to_owned(),
            enter_m: store.enter_m,
            exit_m: store.exit_m,
            dwell_s: store.dwell_s,
            areas: store.areas.clone(),
            service_areas: store.service_areas.clone(),
        }
    }
}

impl StoreForm {
    fn bind(self) -> Result<Store, CatalogueError> {
        let zone = TimeZoneDatabase::bundled().get(&self.zone);
        let zone = zone.map_err(|_| CatalogueError::Zone { store: self.id.clone(), zone: self.zone })?;
        Ok(Store {
            id: self.id,
            name: self.name,
            lat: self.lat,
            lon: self.lon,
            zone,
            enter_m: self.enter_m,
            exit_m: self.exit_m,
            dwell_s: self.dwell_s,
            areas: self.areas,
            service_areas: self.service_areas,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct DenyForm {
    id: Key,
    category: Key,
    lat: f64,
    lon: f64,
    radius_m: f64,
}

impl From<&DenyZone> for DenyForm {
    fn from(zone: &DenyZone) -> Self {
        let DenyZone { id, category, lat, lon, radius_m } = zone.clone();
        Self { id, category, lat, lon, radius_m }
    }
}

impl DenyForm {
    fn bind(self) -> DenyZone {
        let Self { id, category, lat, lon, radius_m } = self;
        DenyZone { id, category, lat, lon, radius_m }
    }
}
