//! What `lock` and `unlock` promise.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use super::*;
use crate::store::LockId;

/// Long enough for any test; never reached by one that passes.
const LONG: Duration = Duration::from_secs(120);
const NOT_AT_ALL: Duration = Duration::ZERO;

pub(super) fn a_lock_excludes_and_times_out(store: &Arc<dyn KeyStore>) {
    let here = scope("REGISTRATION", "10001_110011");
    let held = store.lock(here.clone(), LONG).expect("a free lock");
    for wait in [NOT_AT_ALL, Duration::from_millis(3)] {
        let refused = store.lock(here.clone(), wait).map_err(|error| error.code());
        assert_eq!(refused, Err(Code::LockTimeout));
    }
    store.unlock(held).expect("unlock");
    let again = store.lock(here, NOT_AT_ALL).expect("free again");
    assert_ne!(again, held);
    store.unlock(again).expect("unlock");
}

pub(super) fn a_lock_goes_from_thread_to_thread(store: &Arc<dyn KeyStore>) {
    const THREADS: u32 = 8;
    const ROUNDS: u32 = 5;
    let here = scope("REGISTRATION", "10001_110011");
    let inside = AtomicU32::new(0);
    let entered = AtomicU32::new(0);
    thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                for _ in 0..ROUNDS {
                    let lock = store.lock(here.clone(), LONG).expect("the lock in the end");
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "alone inside");
                    thread::yield_now();
                    entered.fetch_add(1, Ordering::SeqCst);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    store.unlock(lock).expect("unlock");
                }
            });
        }
    });
    assert_eq!(entered.load(Ordering::SeqCst), THREADS * ROUNDS);
}

pub(super) fn levels_do_not_block_each_other(store: &Arc<dyn KeyStore>) {
    // Base, then Module, then Root, whatever they are called: no two of them share a lock.
    for number in 0..100 {
        let base = scope(&format!("APP{number}"), &format!("ref-{number}"));
        let module = KeyScope::master(base.app.clone());
        let root = scope(if number % 2 == 0 { "ROOT" } else { "OTHER_ROOT" }, "");
        let locks = [base, module, root].map(|scope| store.lock(scope, NOT_AT_ALL).expect("a free lock"));
        for lock in locks.into_iter().rev() {
            store.unlock(lock).expect("unlock");
        }
    }
}

pub(super) fn unlocking_what_is_not_locked_is_no_error(store: &Arc<dyn KeyStore>) {
    let here = scope("REGISTRATION", "");
    store.unlock(LockId(u64::MAX)).expect("unlock of nothing");
    let first = store.lock(here.clone(), LONG).expect("a free lock");
    store.unlock(first).expect("unlock");
    let second = store.lock(here.clone(), LONG).expect("a free lock");
    store.unlock(first).expect("unlock of what was given back");
    let refused = store.lock(here, NOT_AT_ALL).map_err(|error| error.code());
    assert_eq!(refused, Err(Code::LockTimeout), "the second is still held");
    store.unlock(second).expect("unlock");
}

pub(super) fn records_change_while_a_lock_is_held(store: &Arc<dyn KeyStore>) {
    let here = scope("REGISTRATION", "10001_110011");
    let lock = store.lock(here.clone(), LONG).expect("a free lock");
    insert(store, [key(base_key(1, here.clone(), Some(at(0))))]);
    assert_eq!(aliases(&find(store, Select::KeysByScope(here))), [alias(1)]);
    store.unlock(lock).expect("unlock");
}
