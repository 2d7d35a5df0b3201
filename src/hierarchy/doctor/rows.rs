//! The rows of keys, page after page.

use super::{FindingCode, Visit};
use crate::certificate::Certificate;
use crate::error::Result;
use crate::hierarchy::info::KeyLevel;
use crate::hierarchy::records::{Row, pages_of};
use crate::store::{Record, Select};

/// How much longer than its certificate a row may be valid, in seconds: the database has microseconds.
const SLACK_SECONDS: i64 = 2;

impl Visit<'_> {
    pub(super) fn read_rows(&mut self) -> Result<()> {
        let hierarchy = self.hierarchy;
        // Where a store has no such query a damaged row ends the pass.
        for page in pages_of(hierarchy.store.as_ref(), Select::KeysAsTheyAre, Select::AllKeys) {
            let Some(page) = self.unless_damaged(page)? else { return Ok(()) };
            for found in page {
                self.report.checked.records = self.report.checked.records.saturating_add(1);
                self.advance("records")?;
                if found.mac.is_none() && matches!(found.record, Record::Key(_)) {
                    self.unsigned = self.unsigned.saturating_add(1);
                }
                match found.record {
                    Record::Key(key) => self.judge_row(&Row { key: *key, version: found.version })?,
                    Record::Damaged(row) => {
                        // It names its key all the same.
                        if let Some(alias) = self.damaged_row(&row)
                            && let Some(held) = self.master(&alias)?
                        {
                            held.recorded = true;
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn judge_row(&mut self, row: &Row) -> Result<()> {
        let level = self.hierarchy.level(&row.key);
        self.tally(row, level)?;
        let (certificate, proven) = match (&row.key.stored, level) {
            (None, _) => self.judge_master_record(row, level)?,
            (Some(stored), _) => self.judge_stored(row, stored, level)?,
        };
        if level == KeyLevel::Symmetric {
            return Ok(());
        }
        let Some(certificate) = certificate else { return Ok(()) };
        // The finding about its intent says what is to be done: until then row and backend differ (HIE-71), and a
        // thumbprint that is overwritten here would be nowhere.
        let begun = self.intents.as_ref().is_some_and(|intents| intents.contains(&row.key.alias.alias));
        if !begun {
            self.judge_thumbprint(row, &certificate, proven)?;
            self.judge_validity(row, &certificate);
        }
        self.judge_uni_ident(row, level, &certificate)?;
        self.judge_chain(row, level, &certificate)
    }

    /// `proven`: the certificate is known to be that of the key.
    fn judge_thumbprint(&mut self, row: &Row, certificate: &Certificate, proven: bool) -> Result<()> {
        let alias = &row.key.alias.alias;
        let own = certificate.thumbprint();
        let repair = format!("Writes {own}, the thumbprint of the certificate.");
        match row.key.alias.thumbprint {
            Some(thumbprint) if thumbprint == own => {}
            // It was replaced since the master backend was listed.
            Some(thumbprint) if self.hierarchy.certifies_as(row, thumbprint)? => {}
            Some(thumbprint) if proven => {
                let text = format!(
                    "cert_thumbprint is {thumbprint}, and the certificate's is {own}: envelopes for it are not found."
                );
                self.mend(FindingCode::ThumbprintWrong, Some(alias), text, &repair, |hierarchy| {
                    hierarchy.write_thumbprint(row, own)
                })?;
            }
            Some(thumbprint) => {
                let text = format!(
                    "cert_thumbprint is {thumbprint}, and the certificate's is {own}; which of the two belongs here \
                     cannot be told. Restore the row from a backup."
                );
                self.found(FindingCode::ThumbprintWrong, Some(alias), text);
            }
            None => {
                let text = "cert_thumbprint is missing, as in rows of old releases: envelopes for it are found after \
                            a search over all rows only.";
                self.mend(FindingCode::ThumbprintMissing, Some(alias), text.to_owned(), &repair, |hierarchy| {
                    hierarchy.write_thumbprint(row, own)
                })?;
            }
        }
        if self.hierarchy.level(&row.key) == KeyLevel::OtherDomain {
            // Its private key is not here: it stands in nobody's way (HIE-42, HIE-77).
            return Ok(());
        }
        let thumbprint = row.key.alias.thumbprint.unwrap_or(own);
        if let Some(first) = self.thumbprints.insert(thumbprint, alias.clone()) {
            let text = format!(
                "The thumbprint {thumbprint} is that of {first} too: an envelope for it needs its reference id to be \
                 named."
            );
            self.found(FindingCode::ThumbprintShared, Some(alias), text);
        }
        Ok(())
    }

    fn judge_validity(&mut self, row: &Row, certificate: &Certificate) {
        let alias = &row.key.alias.alias;
        let (Some(generated), Some(expires)) = (row.key.alias.generated, row.key.alias.expires) else {
            let text = "key_gen_dtimes or key_expire_dtimes is missing: the key never is current.";
            return self.found(FindingCode::ValidityMissing, Some(alias), text.to_owned());
        };
        let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
        if generated.plus_seconds(SLACK_SECONDS) < not_before || expires > not_after.plus_seconds(SLACK_SECONDS) {
            let text = format!(
                "The row is valid from {generated} until {expires}, and its certificate only from {not_before} until \
                 {not_after}. Make a new key with `keys rotate`."
            );
            self.found(FindingCode::ValidityMismatch, Some(alias), text);
        }
    }
}
