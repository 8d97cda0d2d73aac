//! The life of a process, which may end at any await: every call it makes begins and ends with a beat, and at a chosen one it dies.

use std::collections::BTreeSet;
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tact_domain::{CustomerId, FacetKind, Timestamp};
use tact_pipeline::{
    Channels, DecisionLog, Events, Handover, Item, ItemKey, LogEntry, LogError, Nonce, Store, StoreError, Write,
};
use tact_wire::{Message, OwnEvent};

/// How often the heart beat so far, and when it stops. Its clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Life(Arc<Mutex<Heart>>);

#[derive(Debug, Default)]
struct Heart {
    beats: u64,
    stops_at: BTreeSet<u64>,
    stopped: bool,
}

impl Life {
    /// Lets the process die at its beat of this number, counted from 1; said again, another one dies later.
    pub(crate) fn ends_at(&self, beat: u64) {
        self.0.lock().unwrap().stops_at.insert(beat);
    }

    /// How often the heart beat so far.
    pub(crate) fn beats(&self) -> u64 {
        self.0.lock().unwrap().beats
    }

    /// Never comes back: the process is killed, as by the time-out of its invocation.
    pub(crate) async fn end(&self) {
        self.0.lock().unwrap().stopped = true;
        pending::<()>().await;
    }

    /// Lets the process do something; `None` when it died of it, and another one has begun since.
    pub(crate) async fn live<T>(&self, doing: impl Future<Output = T>) -> Option<T> {
        let mut doing = Box::pin(doing);
        let done = poll_fn(|context| match doing.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.0.lock().unwrap().stopped => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let done = done.await;
        self.0.lock().unwrap().stopped = false;
        done
    }

    async fn beat(&self) {
        let stops = {
            let mut heart = self.0.lock().unwrap();
            heart.beats += 1;
            heart.stopped |= heart.stops_at.contains(&heart.beats);
            heart.stopped
        };
        if stops {
            pending::<()>().await;
        }
    }
}

/// Something that is called by a process that may die before the call and after it.
#[derive(Clone, Debug)]
pub(crate) struct Mortal<T> {
    pub(crate) inner: T,
    pub(crate) life: Life,
}

impl<T> Mortal<T> {
    async fn call<R>(&self, call: impl Future<Output = R>) -> R {
        self.life.beat().await;
        let done = call.await;
        self.life.beat().await;
        done
    }
}

impl<S: Store> Store for Mortal<S> {
    async fn load(&self, customer: &CustomerId) -> Result<Vec<(FacetKind, Item)>, StoreError> {
        self.call(Box::pin(self.inner.load(customer))).await
    }

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        self.call(Box::pin(self.inner.get(key))).await
    }

    async fn queue(&self, store: &str) -> Result<Vec<Item>, StoreError> {
        self.call(Box::pin(self.inner.queue(store))).await
    }

    async fn commit(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        self.call(Box::pin(self.inner.commit(writes, nonce))).await
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<ItemKey>, StoreError> {
        self.call(Box::pin(self.inner.due(until, limit))).await
    }
}

impl<L: DecisionLog> DecisionLog for Mortal<L> {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        self.call(Box::pin(self.inner.append(entries))).await
    }
}

impl<H: Channels> Channels for Mortal<H> {
    async fn send(&self, message: &Message) -> Handover {
        self.call(Box::pin(self.inner.send(message))).await
    }
}

impl<E: Events> Events for Mortal<E> {
    async fn put(&self, events: &[OwnEvent]) -> Result<(), LogError> {
        self.call(Box::pin(self.inner.put(events))).await
    }
}
