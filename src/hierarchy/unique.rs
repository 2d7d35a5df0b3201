//! `uni_ident`: the one uniqueness guard of the database, and the source of the `kid` (mosip-keys §2.3, §3.5).

use super::records::Row;
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::id::{Alias, KeyScope, Thumbprint, hex_upper};
use crate::time::Timestamp;

/// The identifier of a key generated in `scope` at `generated`: upper-case hexadecimal SHA-1 of
/// `app_ref_MM-dd-yyyy`.
///
/// When one of the scope's `rows` has that already (a second key on one UTC day), or when `elsewhere` says that
/// another scope has it, the alias is added to the text, so that the identifier is unique (HIE-25). Java never
/// computes an identifier again that is there.
pub(super) fn uni_ident(
    provider: &CryptoProvider,
    scope: &KeyScope,
    generated: Timestamp,
    alias: &Alias,
    rows: &[Row],
    elsewhere: bool,
) -> String {
    let text = format!("{}_{}_{}", scope.app, scope.reference, generated.month_day_year());
    made_unique(provider, &text, alias, rows, elsewhere)
}

/// The identifier of a key whose scope has no policy, or of another domain's certificate: over `app_ref_THUMBPRINT`.
pub(super) fn of_thumbprint(
    provider: &CryptoProvider,
    scope: &KeyScope,
    thumbprint: &Thumbprint,
    alias: &Alias,
    rows: &[Row],
    elsewhere: bool,
) -> String {
    let text = format!("{}_{}_{}", scope.app, scope.reference, thumbprint.to_hex());
    made_unique(provider, &text, alias, rows, elsewhere)
}

fn made_unique(provider: &CryptoProvider, text: &str, alias: &Alias, rows: &[Row], elsewhere: bool) -> String {
    let plain = digest(provider, text);
    let taken = rows.iter().any(|row| row.key.alias.uni_ident.as_ref() == Some(&plain));
    if taken || elsewhere { digest(provider, &format!("{text}_{alias}")) } else { plain }
}

fn digest(provider: &CryptoProvider, text: &str) -> String {
    hex_upper(&provider.hash.digest(HashAlgorithm::Sha1, text.as_bytes()))
}
