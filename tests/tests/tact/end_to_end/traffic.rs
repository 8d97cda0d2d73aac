//! A crowd that buys, put on a stream while mappings run; and the account that is drawn up when all of it is done with: what must hold whatever happened
//! meanwhile. Read in this order: `Order` (what is put), `Live` (the mappings), `account`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use tact::cloud::{DECISION_LOG, Fleet, Pace, Poller, Polls, Source, mapping_settings};
use tact::pool::Function;
use tact_domain::{CustomerId, DecisionId, FacetKind, Timestamp};
use tact_mapping::{Checkpoints, From, Read, Settings};
use tact_pipeline::Store;
use tact_wire::Delivery;
use tempfile::TempDir;

use super::deployment::Deployment;
use super::story::{minutes, now};
use super::town::{Town, until, written};

/// Numbers that look random and are the same every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// The next number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Something bought, which leads to a receipt by e-mail.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) customer: String,
    pub(crate) id: String,
    pub(crate) bytes: Vec<u8>,
}

/// What some customers buy, each of them so many times, all mixed and every customer's in the order of time. It lies minutes ahead of the clock, as of a till
/// whose clock is fast, so that its moment has not passed however often it is delivered. Each event is made longer by so many bytes that nobody reads.
pub(crate) fn orders(dice: &mut Dice, customers: usize, each: usize, longer: usize) -> Vec<Order> {
    let begun = minutes(now(), 4);
    let mut left = vec![each; customers];
    let mut orders = Vec::new();
    while orders.len() < customers * each {
        let customer = usize::try_from(dice.below(customers as u64)).unwrap();
        if left[customer] > 0 {
            left[customer] -= 1;
            let at = Timestamp(begun.0 + i64::try_from(orders.len()).unwrap());
            orders.push(order(customer, each - left[customer], at, longer));
        }
    }
    orders
}

fn order(customer: usize, nth: usize, at: Timestamp, longer: usize) -> Order {
    let (customer, id) = (format!("shopper-{customer}"), format!("r-{customer}-{nth}"));
    let line = json!({ "product": "sku-1", "category": "gadgets", "quantity": nth, "unit_price": 8900 });
    let mut data =
        json!({ "receipt": id, "store": "market-street", "channel": "store", "currency": "USD", "lines": [line] });
    if longer > 0 {
        data["remark"] = "x".repeat(longer).into();
    }
    let bytes = event("purchase", &customer, &id, at, &data);
    Order { customer, id, bytes }
}

fn event(kind: &str, customer: &str, id: &str, at: Timestamp, data: &Value) -> Vec<u8> {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "till", "type": format!("tact.{kind}.v1"), "subject": customer,
        "time": written(at), "data": data,
    });
    event.to_string().into_bytes()
}

/// Has everybody who buys agree to e-mails.
pub(crate) async fn agree(town: &Town, orders: &[Order]) {
    let customers: BTreeSet<_> = orders.iter().map(|order| order.customer.clone()).collect();
    let long_ago = Timestamp(now().0 - 60 * 86_400_000);
    let consent = |customer: String| {
        let grants = json!([
            { "purpose": "marketing", "channel": "email", "state": "granted" },
            { "purpose": "profiling", "state": "granted" },
        ]);
        let points = json!({ "email": format!("{customer}@example.com") });
        let data = json!({ "grants": grants, "points": points, "zone": "America/New_York" });
        (customer.clone(), event("consent", &customer, "agreed", long_ago, &data))
    };
    town.events("outcome", customers.into_iter().map(consent)).await;
}

/// Puts orders on their stream.
pub(crate) fn put(town: &Town, orders: &[Order]) {
    for order in orders {
        let at_ms = u64::try_from(now().0).unwrap();
        town.cloud.kinesis.streams().put(PURCHASES, &order.customer, &order.bytes, at_ms).unwrap();
    }
}

/// The stream of what is bought.
pub(crate) const PURCHASES: &str = "tact-purchase";

/// Small batches, so that there are many.
pub(crate) fn settings() -> Settings {
    Settings { batch_size: 10, first_retry_delay_ms: 20, ..mapping_settings() }
}

/// Mappings that run: from the stream of what is bought, and from that of the table.
pub(crate) struct Live {
    running: Vec<(Source, Poller)>,
    failures: TempDir,
}

impl Live {
    /// Mappings that begin.
    pub(crate) fn start(town: &Town, settings: &Settings) -> Self {
        Self::resume(town, settings, &[])
    }

    /// Mappings that begin, the first to another process of the function.
    pub(crate) fn with(town: &Town, settings: &Settings, purchase: &Arc<Function>) -> Self {
        let mut mappings = mappings(town, settings);
        for polls in mappings.iter_mut().filter(|polls| !polls.source.is_table()) {
            polls.function = Arc::clone(purchase);
        }
        Self::run(mappings)
    }

    /// Mappings that go on where earlier ones ended, in the order in which those said where; without that, they begin.
    pub(crate) fn resume(town: &Town, settings: &Settings, from: &[Checkpoints]) -> Self {
        let mut from = from.iter().cloned();
        Self::run(mappings(town, settings).into_iter().map(|polls| Polls { from: from.next(), ..polls }))
    }

    fn run(mappings: impl IntoIterator<Item = Polls>) -> Self {
        let failures = tempfile::tempdir().unwrap();
        let (sources, polls): (Vec<_>, Vec<_>) =
            mappings.into_iter().map(|polls| (polls.source.clone(), polls)).unzip();
        let running = sources
            .into_iter()
            .zip(Fleet::poll(polls, Some(failures.path()), &(std::sync::Arc::new(|_| ()) as tact::cloud::Trouble)))
            .collect();
        Self { running, failures }
    }

    /// Up to where everything is done with.
    pub(crate) fn checkpoints(&self) -> Vec<Checkpoints> {
        self.running.iter().map(|(_, poller)| poller.checkpoints()).collect()
    }

    /// Stops at once, and answers where others have to go on.
    pub(crate) async fn stop(self) -> Vec<Checkpoints> {
        let mut ended = Vec::new();
        for (_, poller) in self.running {
            ended.push(poller.stop().await);
        }
        ended
    }

    /// Answers when everything that was put, and all that it led to, is done with.
    pub(crate) async fn drained(&self) {
        until("everything is done with", || std::future::ready(self.is_drained())).await;
    }

    /// Whether nothing is left to be done.
    pub(crate) fn is_drained(&self) -> bool {
        self.running.iter().all(|(source, poller)| is_done(source, &poller.checkpoints()))
    }

    /// The objects that were stored of what was given up.
    pub(crate) fn given_up(&self) -> Vec<Value> {
        let (mut found, mut folders) = (Vec::new(), vec![self.failures.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap());
                }
            }
        }
        found
    }
}

/// The mappings that orders go through.
fn mappings(town: &Town, settings: &Settings) -> Vec<Polls> {
    let all = town.fleet.mappings(&town.cloud, settings, Pace::AtOnce).unwrap().into_iter();
    all.filter(|polls| polls.source.is_table() || polls.function.name() == "purchase").collect()
}

/// Whether a stream has nothing that is not done with.
fn is_done(source: &Source, checkpoints: &Checkpoints) -> bool {
    source.shards().unwrap().into_iter().all(|shard| {
        let known = checkpoints.shards.get(&shard.id);
        let from = known.and_then(|known| known.done_through.clone()).map_or(From::TrimHorizon, From::After);
        let read = Read { shard: shard.id, from };
        known.is_some_and(|known| known.is_drained) || source.read(&read).unwrap().records.is_empty()
    })
}

/// What became of orders, when everything held that must.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Messages that are known to have left.
    pub(crate) sent: usize,
    /// Messages of which nobody knows whether they left.
    pub(crate) unknown: usize,
}

/// Draws up the account. Nothing is lost: every order is in its customer's profile as if it had been folded here, once, and has been decided. Nothing is sent
/// twice, or without a decision that was committed; what was decided is sent, or of unknown fate; and every customer's orders were folded in order.
pub(crate) async fn account(town: &Town, orders: &[Order]) -> Account {
    let decided = decided(town);
    let bought: BTreeSet<_> = orders.iter().map(|order| (order.customer.clone(), order.id.clone())).collect();
    let lost: Vec<_> = bought.iter().filter(|order| !decided.contains_key(order)).collect();
    assert!(lost.is_empty(), "nothing was decided of {lost:?}");
    assert_eq!(decided.len(), bought.len(), "nothing was decided of what nobody bought");
    let mut turns = BTreeMap::new();
    for order in orders {
        let turn = decided[&(order.customer.clone(), order.id.clone())].turn;
        let before = turns.insert(&order.customer, turn);
        assert!(before < Some(turn), "`{}` of `{}` was folded in its turn", order.id, order.customer);
    }
    profiles_are_right(town, orders).await;
    deliveries(town, &decided).await
}

/// A decision as the log has it last.
struct Decided {
    id: DecisionId,
    acts: bool,
    /// The version of the facet that was folded into, and the place in the log.
    turn: (u64, usize),
}

/// What was decided, by customer and event: of an event that was decided several times, as it was committed.
fn decided(town: &Town) -> BTreeMap<(String, String), Decided> {
    let mut decided: BTreeMap<_, Decided> = BTreeMap::new();
    for (place, record) in town.cloud.kinesis.streams().records(DECISION_LOG).iter().enumerate() {
        let line: Value = serde_json::from_slice(&record.data).unwrap();
        let body = &line["body"];
        let text = |key: &str| body["customer"]["event"][key].as_str().map(str::to_owned);
        let (Some(customer), Some(event)) = (text("subject"), text("id")) else { continue };
        let purchase = FacetKind::ALL.iter().position(|kind| *kind == FacetKind::Purchase).unwrap();
        let turn = (body["versions"][purchase].as_u64().unwrap(), place);
        let id = DecisionId::parse(body["decision"].as_str().unwrap()).unwrap();
        let known = decided.entry((customer, event)).or_insert(Decided { id, acts: false, turn });
        if known.turn <= turn {
            *known = Decided { id, acts: !body["chosen"].is_null(), turn };
        }
    }
    decided
}

/// Every customer's facet is, to the byte, what the same code makes of the same orders in this process, where nothing goes wrong.
async fn profiles_are_right(town: &Town, orders: &[Order]) {
    let mut here = Deployment::in_process(now()).await;
    let bytes: Vec<_> = orders.iter().map(|order| order.bytes.clone()).collect();
    assert_eq!(here.deliver("purchase", now(), &bytes).await, super::NOTHING_UNDONE);
    for customer in orders.iter().map(|order| &order.customer).collect::<BTreeSet<_>>() {
        let customer = CustomerId::new(customer).unwrap();
        let [found, expected] = [town.store(), here.store()].map(|store| {
            let customer = customer.clone();
            async move {
                let facets = store.load(&customer).await.unwrap();
                facets.into_iter().find(|(kind, _)| *kind == FacetKind::Purchase).map(|(_, item)| item.bytes)
            }
        });
        assert_eq!(found.await, expected.await, "{customer:?}");
    }
}

/// Every decision that was committed has left once, or nobody knows; nothing else has left.
async fn deliveries(town: &Town, decided: &BTreeMap<(String, String), Decided>) -> Account {
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for message in town.cloud.sinks.taken() {
        *left.entry(message.decision).or_default() += 1;
    }
    let mut account = Account::default();
    for ((customer, event), Decided { id, acts, .. }) in decided {
        let times = left.remove(&id.to_string()).unwrap_or(0);
        if !acts {
            assert_eq!(times, 0, "`{event}` was answered with silence");
            continue;
        }
        match town.decision(customer, *id).await.0.state {
            Delivery::Sent => {
                assert_eq!(times, 1, "`{event}` was sent");
                account.sent += 1;
            }
            Delivery::Unknown => {
                assert!(times <= 1, "`{event}` may have been sent");
                account.unknown += 1;
            }
            state => panic!("`{event}` is {state:?}"),
        }
    }
    assert!(left.is_empty(), "sent without a decision: {left:?}");
    account
}
