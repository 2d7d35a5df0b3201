//! Rows as plain columns.

use keymanager::id::{Alias, AppId, KeyScope, Thumbprint};
use keymanager::store::{AliasRow, FormerThumbprintRow, IntentRow, KeyRecord, PolicyRow, PoolKeyRow, Record, StoreRow};
use keymanager::time::Timestamp;
use keymanager::{Code, Error, Result};

use super::numbered;

numbered! {
    /// The table a row belongs to.
    HostTable {
        /// `key_alias` with its `key_store` half: [`COLUMNS_OF_KEYS`].
        Keys = 1,
        /// `key_policy_def`: [`COLUMNS_OF_POLICIES`].
        Policies = 2,
        /// The side table of intents: [`COLUMNS_OF_INTENTS`].
        Intents = 3,
        /// The side table of former thumbprints: [`COLUMNS_OF_FORMER_THUMBPRINTS`]. The first two columns together are
        /// the id of a row; in the other tables it is the first.
        FormerThumbprints = 4,
        /// The side table of the key pool: [`COLUMNS_OF_POOL_KEYS`].
        PoolKeys = 5,
    }
}

/// The columns of a row of [`HostTable::Keys`]. The last five are its `key_store` half, and all empty where there is none.
pub const COLUMNS_OF_KEYS: [&str; 14] = [
    "id",
    "app_id",
    "ref_id",
    "key_gen_dtimes",
    "key_expire_dtimes",
    "cert_thumbprint",
    "uni_ident",
    "cr_by",
    "cr_dtimes",
    "master_key",
    "private_key",
    "certificate_data",
    "key_store_cr_by",
    "key_store_cr_dtimes",
];

/// The columns of a row of [`HostTable::Policies`].
pub const COLUMNS_OF_POLICIES: [&str; 7] =
    ["app_id", "key_validity_duration", "pre_expire_days", "is_active", "access_allowed", "cr_by", "cr_dtimes"];

/// The columns of a row of [`HostTable::Intents`].
pub const COLUMNS_OF_INTENTS: [&str; 4] = ["alias", "app_id", "ref_id", "begun"];

/// The columns of a row of [`HostTable::FormerThumbprints`].
pub const COLUMNS_OF_FORMER_THUMBPRINTS: [&str; 3] = ["thumbprint", "alias", "until"];

/// The columns of a row of [`HostTable::PoolKeys`]. `used` is NULL while the key is ready; in a row that was taken the
/// three columns before `created` are empty.
pub const COLUMNS_OF_POOL_KEYS: [&str; 7] =
    ["alias", "master_key", "public_key", "private_key", "signature", "created", "used"];

/// A row as a host has it: every column as text, none for NULL (BND-24).
///
/// Times are UTC as `YYYY-MM-DD HH:MM:SS.ffffff`, so that their order is that of the text; thumbprints are 64 upper-case
/// hexadecimal digits; numbers are decimal; `is_active` is `true` or `false`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostRow {
    /// Its table.
    pub table: HostTable,
    /// Its columns, in the order and number of the table's list.
    pub columns: Vec<Option<String>>,
    /// Its version as the host read it; opaque here. None for a row that is inserted.
    pub version: Option<Vec<u8>>,
}

impl HostRow {
    /// `record` as a row.
    pub(crate) fn write(record: Record, version: Option<Vec<u8>>) -> Result<Self> {
        let (table, columns) = match record {
            Record::Key(key) => (HostTable::Keys, key_columns(*key)),
            Record::Policy(row) => (
                HostTable::Policies,
                vec![
                    Some(row.app.to_string()),
                    row.validity_days.map(|days| days.to_string()),
                    row.pre_expire_days.map(|days| days.to_string()),
                    Some(row.active.to_string()),
                    row.access_allowed,
                    Some(row.created_by),
                    Some(row.created.to_database()),
                ],
            ),
            Record::Intent(row) => (
                HostTable::Intents,
                vec![
                    Some(row.alias.to_string()),
                    Some(row.scope.app.to_string()),
                    Some(row.scope.reference.to_string()),
                    Some(row.begun.to_database()),
                ],
            ),
            Record::FormerThumbprint(row) => (
                HostTable::FormerThumbprints,
                vec![Some(row.thumbprint.to_hex()), Some(row.alias.to_string()), Some(row.until.to_database())],
            ),
            Record::PoolKey(row) => (
                HostTable::PoolKeys,
                vec![
                    Some(row.alias.to_string()),
                    Some(row.master.to_string()),
                    Some(row.public_key),
                    Some(row.private_key),
                    Some(row.signature),
                    row.created.map(Timestamp::to_database),
                    row.used.map(Timestamp::to_database),
                ],
            ),
            _ => return Err(Error::new(Code::Unsupported, "a host's store has no table for this record")),
        };
        Ok(Self { table, columns, version })
    }

    /// The record that the row is. The version is the caller's.
    pub(crate) fn read(self) -> Result<Record> {
        let name = match self.columns.first() {
            Some(Some(id)) => format!("the host's row {id}"),
            _ => "a row of the host without id".to_owned(),
        };
        read(self.table, self.columns)
            .map_err(|error| Error::new(Code::RecordDamaged, format!("{name}: {}", error.detail())))
    }
}

fn key_columns(key: KeyRecord) -> Vec<Option<String>> {
    let row = key.alias;
    let mut columns = vec![
        Some(row.alias.to_string()),
        Some(row.scope.app.to_string()),
        Some(row.scope.reference.to_string()),
        row.generated.map(Timestamp::to_database),
        row.expires.map(Timestamp::to_database),
        row.thumbprint.map(|thumbprint| thumbprint.to_hex()),
        row.uni_ident,
        Some(row.created_by),
        Some(row.created.to_database()),
    ];
    match key.stored {
        Some(row) => columns.extend([
            Some(row.master.to_string()),
            Some(row.private_key),
            Some(row.certificate_pem),
            Some(row.created_by),
            Some(row.created.to_database()),
        ]),
        None => columns.resize(COLUMNS_OF_KEYS.len(), None),
    }
    columns
}

fn read(table: HostTable, columns: Vec<Option<String>>) -> Result<Record> {
    let wanted = match table {
        HostTable::Keys => COLUMNS_OF_KEYS.len(),
        HostTable::Policies => COLUMNS_OF_POLICIES.len(),
        HostTable::Intents => COLUMNS_OF_INTENTS.len(),
        HostTable::FormerThumbprints => COLUMNS_OF_FORMER_THUMBPRINTS.len(),
        HostTable::PoolKeys => COLUMNS_OF_POOL_KEYS.len(),
    };
    if columns.len() != wanted {
        return Err(damaged(format!("{} columns, and the table has {wanted}", columns.len())));
    }
    let mut columns = Columns(columns.into_iter());
    Ok(match table {
        HostTable::Keys => Record::Key(Box::new(KeyRecord {
            alias: AliasRow {
                alias: Alias::new(columns.text()?)?,
                scope: KeyScope::new(columns.text()?, columns.text()?)?,
                generated: columns.maybe_time()?,
                expires: columns.maybe_time()?,
                thumbprint: columns.maybe().map(|text| Thumbprint::from_hex(&text)).transpose()?,
                uni_ident: columns.maybe(),
                created_by: columns.text()?,
                created: columns.time()?,
            },
            stored: match columns.maybe() {
                None => None,
                Some(master) => Some(StoreRow {
                    master: Alias::new(master)?,
                    private_key: columns.text()?,
                    certificate_pem: columns.text()?,
                    created_by: columns.text()?,
                    created: columns.time()?,
                }),
            },
        })),
        HostTable::Policies => Record::Policy(PolicyRow {
            app: AppId::new(columns.text()?)?,
            validity_days: columns.maybe_number()?,
            pre_expire_days: columns.maybe_number()?,
            active: match columns.text()?.as_str() {
                "true" => true,
                "false" => false,
                _ => return Err(damaged("`is_active` is `true` or `false`".to_owned())),
            },
            access_allowed: columns.maybe(),
            created_by: columns.text()?,
            created: columns.time()?,
        }),
        HostTable::Intents => Record::Intent(IntentRow {
            alias: Alias::new(columns.text()?)?,
            scope: KeyScope::new(columns.text()?, columns.text()?)?,
            begun: columns.time()?,
        }),
        HostTable::FormerThumbprints => Record::FormerThumbprint(FormerThumbprintRow {
            thumbprint: Thumbprint::from_hex(&columns.text()?)?,
            alias: Alias::new(columns.text()?)?,
            until: columns.time()?,
        }),
        // What cannot be understood here is told by the signature over the row, and such a row can be removed.
        HostTable::PoolKeys => Record::PoolKey(PoolKeyRow {
            alias: Alias::new(columns.text()?)?,
            master: Alias::new(columns.text()?)?,
            public_key: columns.maybe().unwrap_or_default(),
            private_key: columns.maybe().unwrap_or_default(),
            signature: columns.maybe().unwrap_or_default(),
            created: columns.maybe_time().ok().flatten(),
            used: columns.maybe().map(|text| Timestamp::from_database(&text).unwrap_or(Timestamp::UNIX_EPOCH)),
        }),
    })
}

/// Columns, one after the other.
struct Columns(std::vec::IntoIter<Option<String>>);

impl Columns {
    fn maybe(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    fn text(&mut self) -> Result<String> {
        self.maybe().ok_or_else(|| damaged("a column that must have a value has none".to_owned()))
    }

    fn time(&mut self) -> Result<Timestamp> {
        Timestamp::from_database(&self.text()?)
    }

    fn maybe_time(&mut self) -> Result<Option<Timestamp>> {
        self.maybe().map(|text| Timestamp::from_database(&text)).transpose()
    }

    fn maybe_number(&mut self) -> Result<Option<i16>> {
        self.maybe()
            .map(|text| text.parse().map_err(|_| damaged("a number is out of range, or none".to_owned())))
            .transpose()
    }
}

fn damaged(detail: String) -> Error {
    Error::new(Code::RecordDamaged, detail)
}
