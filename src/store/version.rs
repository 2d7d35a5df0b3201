//! Record versions: every column of a row as read, one after the other.

use super::{Record, Version};
use crate::time::Timestamp;

/// Builds a [`Version`] from the columns of a row.
///
/// The token is the row itself in an unambiguous encoding, not a digest of it: comparing two tokens is then the exact,
/// column by column comparison that the contract asks for, and making one costs a copy.
#[derive(Debug, Default)]
pub struct VersionBuilder(Vec<u8>);

impl VersionBuilder {
    /// An empty token with room for `bytes`.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Appends a column that has no value.
    pub fn null(&mut self) {
        self.0.push(0);
    }

    /// Appends a whole number.
    pub fn integer(&mut self, value: i64) {
        self.0.extend_from_slice(&tagged(1, value.to_be_bytes()));
    }

    /// Appends a floating-point number, bit by bit.
    pub fn real(&mut self, value: f64) {
        self.0.extend_from_slice(&tagged(2, value.to_bits().to_be_bytes()));
    }

    /// Appends text, or what stands where text should be.
    pub fn text(&mut self, value: &[u8]) {
        self.bytes(3, value);
    }

    /// Appends a byte string.
    pub fn blob(&mut self, value: &[u8]) {
        self.bytes(4, value);
    }

    /// Appends the columns that the library knows of a record's rows, in the order of docs/storage.md section 2 (STO-84).
    pub fn record(&mut self, record: &Record) {
        match record {
            Record::Key(key) => {
                let row = &key.alias;
                self.text_or_null(Some(row.alias.as_str()));
                self.text_or_null(Some(row.scope.app.as_str()));
                self.text_or_null(Some(row.scope.reference.as_str()));
                self.time(row.generated);
                self.time(row.expires);
                self.text_or_null(row.thumbprint.map(|thumbprint| thumbprint.to_hex()).as_deref());
                self.text_or_null(row.uni_ident.as_deref());
                self.text_or_null(Some(&row.created_by));
                self.time(Some(row.created));
                if let Some(row) = &key.stored {
                    self.text_or_null(Some(row.master.as_str()));
                    self.text_or_null(Some(&row.private_key));
                    self.text_or_null(Some(&row.certificate_pem));
                    self.text_or_null(Some(&row.created_by));
                    self.time(Some(row.created));
                }
            }
            Record::Policy(row) => {
                self.text_or_null(Some(row.app.as_str()));
                self.integer_or_null(row.validity_days.map(i64::from));
                self.integer_or_null(row.pre_expire_days.map(i64::from));
                self.integer_or_null(Some(i64::from(row.active)));
                self.text_or_null(row.access_allowed.as_deref());
                self.text_or_null(Some(&row.created_by));
                self.time(Some(row.created));
            }
            Record::Damaged(row) => self.text_or_null(Some(&row.id)),
            Record::Intent(row) => {
                self.text_or_null(Some(row.alias.as_str()));
                self.text_or_null(Some(row.scope.app.as_str()));
                self.text_or_null(Some(row.scope.reference.as_str()));
                self.time(Some(row.begun));
            }
            Record::FormerThumbprint(row) => {
                self.text_or_null(Some(&row.thumbprint.to_hex()));
                self.text_or_null(Some(row.alias.as_str()));
                self.time(Some(row.until));
            }
            Record::PoolKey(row) => {
                self.text_or_null(Some(row.alias.as_str()));
                self.text_or_null(Some(row.master.as_str()));
                self.text_or_null(Some(&row.public_key));
                self.text_or_null(Some(&row.private_key));
                self.text_or_null(Some(&row.signature));
                self.time(row.created);
                self.time(row.used);
            }
        }
    }

    /// The token.
    #[must_use]
    pub fn finish(self) -> Version {
        Version(self.0)
    }

    fn text_or_null(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.text(value.as_bytes()),
            None => self.null(),
        }
    }

    fn integer_or_null(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.integer(value),
            None => self.null(),
        }
    }

    fn time(&mut self, value: Option<Timestamp>) {
        self.integer_or_null(value.map(Timestamp::unix_micros));
    }

    fn bytes(&mut self, tag: u8, value: &[u8]) {
        // usize has at most 64 bits on every target there is.
        let len = u64::try_from(value.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&tagged(tag, len.to_be_bytes()));
        self.0.extend_from_slice(value);
    }
}

fn tagged(tag: u8, [a, b, c, d, e, f, g, h]: [u8; 8]) -> [u8; 9] {
    [tag, a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(build: impl FnOnce(&mut VersionBuilder)) -> Version {
        let mut builder = VersionBuilder::default();
        build(&mut builder);
        builder.finish()
    }

    #[test]
    fn columns_do_not_run_into_each_other() {
        let tokens = [
            token(|b| b.text(b"ab")),
            token(|b| b.blob(b"ab")),
            token(|b| {
                b.text(b"a");
                b.text(b"b");
            }),
            token(|b| {
                b.text(b"ab");
                b.text(b"");
            }),
            token(|b| {
                b.text(b"ab");
                b.null();
            }),
            token(|b| b.integer(0)),
            token(|b| b.real(0.0)),
            token(VersionBuilder::null),
        ];
        for (at, one) in tokens.iter().enumerate() {
            assert!(!tokens[at + 1..].contains(one), "{at}");
        }
    }
}
