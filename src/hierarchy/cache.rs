//! Unwrapped Base keys, kept parsed for a while (HIE-49). Off unless the configuration gives it room.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::records::Row;
use crate::crypto::SoftwareKey;
use crate::id::Alias;
use crate::store::Version;
use crate::time::Timestamp;

/// A bounded cache. A key is found only by the row it was unwrapped from, at that row's version, so a changed row is
/// unwrapped anew. Keys whose time is over go with the next use of the cache, whichever key that is about. What is dropped
/// is wiped by the provider that holds the key.
pub(super) struct KeyCache {
    capacity: usize,
    life: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<Alias, Entry>,
    /// Counts the uses, to tell which entry was used least recently.
    uses: u64,
}

struct Entry {
    version: Version,
    key: SoftwareKey,
    since: Timestamp,
    used: u64,
}

impl KeyCache {
    /// Room for `capacity` keys (0: none are kept), each for `life` at most.
    pub(super) fn new(capacity: usize, life: Duration) -> Self {
        Self { capacity, life, state: Mutex::default() }
    }

    pub(super) fn get(&self, row: &Row, now: Timestamp) -> Option<SoftwareKey> {
        if self.capacity == 0 {
            return None;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.drop_expired(&mut state, now);
        let alias = &row.key.alias.alias;
        let State { entries, uses } = &mut *state;
        let entry = entries.get_mut(alias)?;
        if entry.version != row.version {
            entries.remove(alias);
            return None;
        }
        *uses = uses.wrapping_add(1);
        entry.used = *uses;
        Some(entry.key.clone())
    }

    pub(super) fn put(&self, row: &Row, key: &SoftwareKey, now: Timestamp) {
        if self.capacity == 0 {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.drop_expired(&mut state, now);
        let alias = &row.key.alias.alias;
        if state.entries.len() >= self.capacity && !state.entries.contains_key(alias) {
            let oldest = state.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(alias, _)| alias.clone());
            if let Some(oldest) = oldest {
                state.entries.remove(&oldest);
            }
        }
        state.uses = state.uses.wrapping_add(1);
        let entry = Entry { version: row.version.clone(), key: key.clone(), since: now, used: state.uses };
        state.entries.insert(alias.clone(), entry);
    }

    /// A clock that was set back must not keep a key for longer.
    fn drop_expired(&self, state: &mut State, now: Timestamp) {
        let life = i64::try_from(self.life.as_secs()).unwrap_or(i64::MAX);
        state.entries.retain(|_, entry| now >= entry.since && now < entry.since.plus_seconds(life));
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.state.lock().unwrap_or_else(PoisonError::into_inner).entries.len();
        write!(f, "KeyCache({held} of {} keys)", self.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto;
    use crate::id::KeyScope;
    use crate::secret::SecretBytes;
    use crate::store::{AliasRow, KeyRecord};
    use der::pem::PemLabel as _;

    fn key() -> SoftwareKey {
        let pem = include_str!("../../tests/vectors/hierarchy/key-01.pem");
        let (label, document) = der::SecretDocument::from_pem(pem).unwrap();
        assert_eq!(label, pkcs8::PrivateKeyInfoRef::PEM_LABEL);
        let pkcs8 = SecretBytes::copy_from(document.as_bytes());
        SoftwareKey::from_pkcs8(&rustcrypto::provider(), &pkcs8).unwrap()
    }

    fn row(alias: &str, version: u8) -> Row {
        let alias = AliasRow {
            alias: Alias::new(alias).unwrap(),
            scope: KeyScope::new("A", "b").unwrap(),
            generated: None,
            expires: None,
            thumbprint: None,
            uni_ident: None,
            created_by: String::new(),
            created: Timestamp::UNIX_EPOCH,
        };
        Row { key: KeyRecord { alias, stored: None }, version: Version(vec![version]) }
    }

    #[test]
    fn off_bounded_expiring_and_bound_to_the_row() {
        let (key, at) = (key(), Timestamp::from_unix_seconds);
        let off = KeyCache::new(0, Duration::from_secs(10));
        off.put(&row("a", 1), &key, at(0));
        assert!(off.get(&row("a", 1), at(0)).is_none());

        let cache = KeyCache::new(2, Duration::from_secs(10));
        cache.put(&row("a", 1), &key, at(100));
        assert!(cache.get(&row("a", 1), at(100)).is_some());
        assert!(cache.get(&row("a", 1), at(109)).is_some());
        assert!(cache.get(&row("b", 1), at(109)).is_none());
        assert!(cache.get(&row("a", 1), at(110)).is_none(), "its time is over");
        cache.put(&row("a", 1), &key, at(100));
        assert!(cache.get(&row("a", 1), at(99)).is_none(), "the clock was set back");
        cache.put(&row("a", 1), &key, at(100));
        assert!(cache.get(&row("a", 2), at(101)).is_none(), "the row changed");
        assert!(cache.get(&row("a", 1), at(101)).is_none(), "and the key was dropped");

        cache.put(&row("a", 1), &key, at(100));
        cache.put(&row("b", 1), &key, at(105));
        assert!(cache.get(&row("b", 1), at(110)).is_some());
        assert_eq!(
            format!("{cache:?}"),
            "KeyCache(1 of 2 keys)",
            "the time of the other one is over, asked for or not"
        );

        cache.put(&row("a", 1), &key, at(100));
        cache.put(&row("b", 1), &key, at(100));
        assert!(cache.get(&row("a", 1), at(101)).is_some());
        cache.put(&row("c", 1), &key, at(100));
        assert!(cache.get(&row("b", 1), at(101)).is_none(), "the least recently used goes");
        assert!(cache.get(&row("a", 1), at(101)).is_some() && cache.get(&row("c", 1), at(101)).is_some());
        assert_eq!(format!("{cache:?}"), "KeyCache(2 of 2 keys)");
    }
}
