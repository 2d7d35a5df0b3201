//! The columns that a record has in its tables, with their values.

use super::{AliasRow, FormerThumbprintRow, IntentRow, PolicyRow, PoolKeyRow, StoreRow};
use crate::time::Timestamp;

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    /// A text that is made for the database.
    Made(String),
    Time(Timestamp),
    Small(i16),
    /// A count, not a column.
    #[cfg(feature = "postgres")]
    Whole(i64),
    Truth(bool),
    Null,
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Made(text)
    }
}

impl From<Timestamp> for Cell<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl From<i16> for Cell<'_> {
    fn from(number: i16) -> Self {
        Self::Small(number)
    }
}

impl From<bool> for Cell<'_> {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, T::into)
    }
}

/// Columns with their values; the first is the id.
pub(super) type Columns<'a> = Vec<(&'static str, Cell<'a>)>;

pub(super) fn alias(row: &AliasRow) -> Columns<'_> {
    vec![
        ("id", row.alias.as_str().into()),
        ("app_id", row.scope.app.as_str().into()),
        ("ref_id", row.scope.reference.as_str().into()),
        ("key_gen_dtimes", row.generated.into()),
        ("key_expire_dtimes", row.expires.into()),
        ("cert_thumbprint", row.thumbprint.map(|thumbprint| thumbprint.to_hex()).into()),
        ("uni_ident", row.uni_ident.as_deref().into()),
        ("cr_by", row.created_by.as_str().into()),
        ("cr_dtimes", row.created.into()),
    ]
}

pub(super) fn stored<'a>(id: &'a str, row: &'a StoreRow) -> Columns<'a> {
    vec![
        ("id", id.into()),
        ("master_key", row.master.as_str().into()),
        ("private_key", row.private_key.as_str().into()),
        ("certificate_data", row.certificate_pem.as_str().into()),
        ("cr_by", row.created_by.as_str().into()),
        ("cr_dtimes", row.created.into()),
    ]
}

pub(super) fn policy(row: &PolicyRow) -> Columns<'_> {
    vec![
        ("app_id", row.app.as_str().into()),
        ("key_validity_duration", row.validity_days.into()),
        ("pre_expire_days", row.pre_expire_days.into()),
        ("is_active", row.active.into()),
        ("access_allowed", row.access_allowed.as_deref().into()),
        ("cr_by", row.created_by.as_str().into()),
        ("cr_dtimes", row.created.into()),
    ]
}

pub(super) fn intent(row: &IntentRow) -> Columns<'_> {
    vec![
        ("alias", row.alias.as_str().into()),
        ("app_id", row.scope.app.as_str().into()),
        ("ref_id", row.scope.reference.as_str().into()),
        ("begun", row.begun.into()),
    ]
}

pub(super) fn former(row: &FormerThumbprintRow) -> Columns<'_> {
    vec![
        ("thumbprint", row.thumbprint.to_hex().into()),
        ("alias", row.alias.as_str().into()),
        ("until", row.until.into()),
    ]
}

pub(super) fn pool(row: &PoolKeyRow) -> Columns<'_> {
    vec![
        ("alias", row.alias.as_str().into()),
        ("master_key", row.master.as_str().into()),
        ("public_key", row.public_key.as_str().into()),
        ("private_key", row.private_key.as_str().into()),
        ("signature", row.signature.as_str().into()),
        ("created", row.created.into()),
        ("used", row.used.into()),
    ]
}
