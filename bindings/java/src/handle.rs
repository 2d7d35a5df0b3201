//! Handles are numbers of a table: one that was closed is not found, whatever Java does with it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use keymanager_facade::{DecryptStream, EncryptStream, FacadeError, KeyManagerHandle};

use crate::callback;

pub(crate) static MANAGERS: Table<KeyManagerHandle> = Table::new("this key manager was closed");
pub(crate) static ENCRYPTIONS: Table<EncryptStream> = Table::new("this stream was closed");
pub(crate) static DECRYPTIONS: Table<DecryptStream> = Table::new("this stream was closed");

/// No number is given out twice, in whichever table: one of another kind is not found either.
static NEXT: AtomicI64 = AtomicI64::new(1);

/// The handles of a kind that are open. A call keeps what it uses; closing takes it out of the table, and the last user
/// frees it (BND-61).
pub(crate) struct Table<T> {
    open: LazyLock<RwLock<HashMap<i64, Arc<T>>>>,
    closed: &'static str,
}

impl<T> Table<T> {
    const fn new(closed: &'static str) -> Self {
        Self { open: LazyLock::new(RwLock::default), closed }
    }

    pub(crate) fn put(&self, value: T) -> i64 {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.open.write().unwrap_or_else(PoisonError::into_inner).insert(number, Arc::new(value));
        number
    }

    /// What the number stands for; refused inside a callback (BND-20).
    pub(crate) fn get(&self, number: i64) -> Result<Arc<T>, FacadeError> {
        if callback::is_running() {
            return Err(FacadeError::invalid_argument("a host must not call the library from inside a callback"));
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.get(&number).cloned().ok_or_else(|| FacadeError::invalid_argument(self.closed))
    }

    /// Takes the number out. Again is fine.
    pub(crate) fn close(&self, number: i64) {
        let taken = self.open.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
        // Dropped when the table is free again: a host's `release` may run here.
        drop(taken);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_good_until_it_is_closed_and_in_its_own_table() {
        static NAMES: Table<String> = Table::new("closed");
        static OTHERS: Table<String> = Table::new("closed");
        let number = NAMES.put("a".to_owned());
        let used = NAMES.get(number).unwrap();
        assert_eq!(OTHERS.get(number).unwrap_err().detail, "closed");
        NAMES.close(number);
        NAMES.close(number);
        assert_eq!(used.as_str(), "a");
        assert_eq!(NAMES.get(number).unwrap_err().number, 1001);
        assert_ne!(NAMES.put("b".to_owned()), number);
    }
}
