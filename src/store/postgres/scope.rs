//! The numbers that stand for scopes in advisory locks (STO-68, STO-69).

use sha2::{Digest as _, Sha256};

use crate::id::KeyScope;

/// What a lock is for: the two never meet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Use {
    /// A scope lock, held for as long as a key is made.
    Scope,
    /// A change set about the scope, until it is committed.
    ChangeSet,
}

/// The number of a scope in this schema. Blank reference ids of an application are one scope.
pub(super) fn number(purpose: Use, schema: &str, scope: &KeyScope) -> i64 {
    let reference = if scope.reference.is_blank() { "" } else { scope.reference.as_str() };
    let purpose = match purpose {
        Use::Scope => "scope",
        Use::ChangeSet => "change set",
    };
    let mut hash = Sha256::new();
    for part in ["keymanager", purpose, schema, scope.app.as_str(), reference] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().first_chunk().map_or(0, |first: &[u8; 8]| i64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stable_and_scopes_apart() {
        let of = |app: &str, reference: &str| number(Use::Scope, "keymgr", &KeyScope::new(app, reference).unwrap());
        // The first eight bytes of SHA-256 over keymanager, scope, keymgr and both ids, each followed by a zero byte.
        assert_eq!(of("REGISTRATION", "10001_110011"), 1_000_980_789_830_331_866);
        assert_eq!(of("ROOT", "  "), of("ROOT", ""));
        assert_ne!(of("ROOT", ""), of("ROOT", "SIGN"));
        assert_ne!(of("AB", "C"), of("A", "BC"));
        let scope = KeyScope::new("ROOT", "").unwrap();
        assert_ne!(number(Use::ChangeSet, "keymgr", &scope), of("ROOT", ""));
        assert_ne!(number(Use::Scope, "ida", &scope), of("ROOT", ""));
    }
}
