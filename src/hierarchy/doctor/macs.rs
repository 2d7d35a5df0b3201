//! The keys of the row authentication, and rows without a MAC (DOC-12).

use super::{FindingCode, Visit};
use crate::error::Result;
use crate::master::KeyKind;

impl Visit<'_> {
    /// Whether rows can be judged: without its key no MAC can, and every row would look changed.
    pub(super) fn judge_row_keys(&mut self) -> Result<bool> {
        let Some(rows) = self.hierarchy.rows.clone() else { return Ok(true) };
        let keeps_macs = self.hierarchy.store.capabilities().row_authentication;
        let mut all_here = true;
        for alias in rows.aliases() {
            let text = match self.master(alias)?.map(|held| held.kind) {
                Some(Some(KeyKind::Aes256) | None) => continue,
                Some(Some(_)) => {
                    "The configuration names this key for the authentication of rows, and it is no AES key."
                }
                None if !keeps_macs => continue,
                None => {
                    "The configuration names this key for the authentication of rows, and the master backend does not \
                     have it: no row can be examined. Restore it, or name the keys that are there."
                }
            };
            self.found(FindingCode::RowKeyMissing, Some(alias), text.to_owned());
            all_here = false;
        }
        Ok(all_here)
    }

    pub(super) fn count_unsigned(&mut self) {
        if self.hierarchy.rows.is_none() || self.unsigned == 0 {
            return;
        }
        let text = format!(
            "{} key(s) have no MAC beside their row: the Java service wrote them, or they are older than the \
             configuration. `keymanager migrate` signs them.",
            self.unsigned
        );
        self.found(FindingCode::RowsUnsigned, None, text);
    }
}
