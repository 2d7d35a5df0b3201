//! `uni_ident`: the one uniqueness guard of the database, and the source of the `kid` (mosip-keys §2.3, §3.5).

use super::records::Row;
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::id::{Alias, KeyScope, Thumbprint, hex_upper};
use crate::time::Timestamp;

/// What an identifier is made from; it is the upper-case hexadecimal SHA-1 of this text.
#[derive(Debug)]
pub(super) struct Identity(String);

impl Identity {
    /// Of a key that was generated, or got its certificate, at `time`: `app_ref_MM-dd-yyyy`.
    pub(super) fn dated(scope: &KeyScope, time: Timestamp) -> Self {
        Self(format!("{}_{}_{}", scope.app, scope.reference, time.month_day_year()))
    }

    /// Of a certificate of another domain: `app_ref_THUMBPRINT`.
    pub(super) fn of_certificate(scope: &KeyScope, thumbprint: Thumbprint) -> Self {
        Self(format!("{}_{}_{thumbprint}", scope.app, scope.reference))
    }

    /// The identifier of the key `alias`.
    ///
    /// When another of the scope's `rows` has it already (a second key on one UTC day, a certificate that comes back),
    /// or when `elsewhere` says that another scope has it, the alias is added to the text, so that the identifier is
    /// unique (HIE-25). Java never computes an identifier again that is there.
    pub(super) fn uni_ident(&self, provider: &CryptoProvider, alias: &Alias, rows: &[Row], elsewhere: bool) -> String {
        let plain = digest(provider, &self.0);
        let taken =
            rows.iter().any(|row| row.key.alias.uni_ident.as_ref() == Some(&plain) && row.key.alias.alias != *alias);
        if taken || elsewhere { digest(provider, &format!("{}_{alias}", self.0)) } else { plain }
    }
}

fn digest(provider: &CryptoProvider, text: &str) -> String {
    hex_upper(&provider.hash.digest(HashAlgorithm::Sha1, text.as_bytes()))
}
