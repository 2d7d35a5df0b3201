//! Rows as digests: what tells whether two rows say the same.

use crate::crypto::{CryptoProvider, sha256};
use crate::error::Result;
use crate::hierarchy::row_of_another_table;
use crate::store::Record;
use crate::store::version::VersionBuilder;
use crate::time::Timestamp;

/// SHA-256 over the columns of a row.
pub(super) type Digest = [u8; 32];

/// The digest of a row. Who wrote a policy, and when, is no part of what it says.
pub(super) fn digest_of(provider: &CryptoProvider, record: &Record) -> Result<Digest> {
    let mut columns = Columns(VersionBuilder::default());
    match record {
        Record::Key(key) => {
            let row = &key.alias;
            columns.text(row.alias.as_str());
            columns.text(row.scope.app.as_str());
            columns.text(row.scope.reference.as_str());
            columns.time(row.generated);
            columns.time(row.expires);
            columns.maybe(row.thumbprint.map(|thumbprint| thumbprint.to_hex()).as_deref());
            columns.maybe(row.uni_ident.as_deref());
            columns.text(&row.created_by);
            columns.time(Some(row.created));
            if let Some(stored) = &key.stored {
                columns.text(stored.master.as_str());
                columns.text(&stored.private_key);
                columns.text(&stored.certificate_pem);
                columns.text(&stored.created_by);
                columns.time(Some(stored.created));
            }
        }
        Record::Policy(row) => {
            columns.text(row.app.as_str());
            columns.number(row.validity_days.map(i64::from));
            columns.number(row.pre_expire_days.map(i64::from));
            columns.number(Some(i64::from(row.active)));
            columns.maybe(row.access_allowed.as_deref());
        }
        Record::FormerThumbprint(row) => {
            columns.text(&row.thumbprint.to_hex());
            columns.text(row.alias.as_str());
            columns.time(Some(row.until));
        }
        Record::PoolKey(_) | Record::Intent(_) | Record::Damaged(_) => return Err(row_of_another_table()),
    }
    sha256(provider, &columns.0.finish().0)
}

/// The id of a row within its table.
pub(super) fn id_of(record: &Record) -> String {
    match record {
        Record::Key(key) => key.alias.alias.to_string(),
        Record::Policy(row) => row.app.to_string(),
        Record::Intent(row) => row.alias.to_string(),
        Record::FormerThumbprint(row) => format!("{} {}", row.thumbprint, row.alias),
        Record::PoolKey(row) => row.alias.to_string(),
        Record::Damaged(row) => row.id.clone(),
    }
}

struct Columns(VersionBuilder);

impl Columns {
    fn text(&mut self, text: &str) {
        self.0.text(text.as_bytes());
    }

    fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.null(),
        }
    }

    fn number(&mut self, number: Option<i64>) {
        match number {
            Some(number) => self.0.integer(number),
            None => self.0.null(),
        }
    }

    fn time(&mut self, time: Option<Timestamp>) {
        self.number(time.map(Timestamp::unix_micros));
    }
}
