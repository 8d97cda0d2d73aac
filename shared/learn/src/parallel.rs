//! The same work on many parts, on as many processors as there are; the results are in the order of the parts, whoever finished first.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each part from 0 to `parts - 1`, in their order; `done` is told after each.
pub(crate) fn in_parallel<T: Send>(parts: usize, work: impl Fn(usize) -> T + Sync, done: &(dyn Fn() + Sync)) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(parts));
    let keep = |part: usize, result: T| {
        if let Ok(mut results) = results.lock() {
            results.push((part, result));
        }
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(parts);
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let part = next.fetch_add(1, Ordering::Relaxed);
                    if part >= parts {
                        break;
                    }
                    keep(part, work(part));
                    done();
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(part, _)| *part);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_their_parts() {
        let told = AtomicUsize::new(0);
        let squares = in_parallel(40, |part| part * part, &|| {
            told.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(squares, (0..40).map(|part| part * part).collect::<Vec<_>>());
        assert_eq!(told.into_inner(), 40);
        assert!(in_parallel(0, |part| part, &|| ()).is_empty());
    }
}
