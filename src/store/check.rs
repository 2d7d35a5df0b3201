//! What every store refuses before it touches a row: values that the tables cannot hold.

use super::{Change, ChangeSet, Cursor, KeyRecord, PolicyRow, PoolKeyRow, Query, Record};
use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, Thumbprint};
use crate::time::Timestamp;

/// The longest `cr_by`, in characters.
const MAX_BY: usize = 256;
/// The longest `uni_ident`, in characters.
const MAX_UNI_IDENT: usize = 50;
/// The longest `private_key`, in characters.
const MAX_PRIVATE_KEY: usize = 2500;
/// The longest `access_allowed`, in characters.
const MAX_ACCESS: usize = 1024;

impl Query {
    /// Refuses a limit that is not 1 to [`Query::MAX_LIMIT`]. Every store calls it first.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`].
    pub fn check(&self) -> Result<()> {
        if (1..=Self::MAX_LIMIT).contains(&self.limit) {
            return Ok(());
        }
        Err(Error::new(
            Code::InvalidArgument,
            format!("a page has 1 to {} records, not {}", Self::MAX_LIMIT, self.limit),
        ))
    }
}

impl ChangeSet {
    /// Refuses records whose values the tables cannot hold (STO-14). Every store calls it first.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`], naming the column.
    pub fn check(&self) -> Result<()> {
        self.changes.iter().try_for_each(|change| match change {
            Change::Insert(record) | Change::Update(record, _) => record.check(),
            Change::Delete(record @ Record::Damaged(_), _) => record.check(),
            Change::Authenticate(record, mac, _) if record.authenticated_table().is_some() => mac.check(),
            Change::Authenticate(record, ..) => {
                let why = format!("{} is in a table without row authentication", record.name());
                Err(Error::new(Code::InvalidArgument, why))
            }
            // Only the id of a deleted record counts, and its type has checked that.
            Change::Delete(..) => Ok(()),
        })
    }
}

impl Record {
    /// What it is and its id, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Key(key) => format!("the key {}", key.alias.alias),
            Self::Policy(row) => format!("the policy of {}", row.app),
            Self::Intent(row) => format!("the intent {}", row.alias),
            Self::FormerThumbprint(row) => format!("the former thumbprint {} of {}", row.thumbprint, row.alias),
            Self::PoolKey(row) => format!("the pool key {}", row.alias),
            Self::Damaged(row) => format!("the damaged row {}", row.id),
        }
    }

    /// Refuses values that the tables cannot hold (STO-14).
    ///
    /// # Errors
    /// [`Code::InvalidArgument`], naming the column.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Key(key) => check_key(key),
            Self::Policy(policy) => check_policy(policy),
            Self::PoolKey(row) => check_pool_key(row),
            Self::Intent(_) | Self::FormerThumbprint(_) => Ok(()),
            Self::Damaged(_) => Err(Error::new(Code::InvalidArgument, format!("{} cannot be written", self.name()))),
        }
    }
}

fn check_key(key: &KeyRecord) -> Result<()> {
    text("key_alias.cr_by", &key.alias.created_by, 1, MAX_BY)?;
    if let Some(uni_ident) = &key.alias.uni_ident {
        text("key_alias.uni_ident", uni_ident, 1, MAX_UNI_IDENT)?;
    }
    let Some(stored) = &key.stored else { return Ok(()) };
    text("key_store.cr_by", &stored.created_by, 1, MAX_BY)?;
    text("key_store.private_key", &stored.private_key, 1, MAX_PRIVATE_KEY)?;
    text("key_store.certificate_data", &stored.certificate_pem, 1, usize::MAX)
}

fn check_policy(policy: &PolicyRow) -> Result<()> {
    text("key_policy_def.cr_by", &policy.created_by, 1, MAX_BY)?;
    match &policy.access_allowed {
        Some(access) => text("key_policy_def.access_allowed", access, 0, MAX_ACCESS),
        None => Ok(()),
    }
}

fn check_pool_key(row: &PoolKeyRow) -> Result<()> {
    // What was taken has nothing of the key left.
    let (least, most) = if row.used.is_some() { (0, 0) } else { (1, MAX_PRIVATE_KEY) };
    text("km_key_pool.public_key", &row.public_key, least, most)?;
    text("km_key_pool.private_key", &row.private_key, least, most)?;
    text("km_key_pool.signature", &row.signature, least, most)?;
    if row.created.is_none() {
        return Err(Error::new(Code::InvalidArgument, "km_key_pool.created has no value"));
    }
    Ok(())
}

fn text(column: &str, value: &str, min: usize, max: usize) -> Result<()> {
    let chars = value.chars().count();
    if chars < min || chars > max {
        return Err(Error::new(
            Code::InvalidArgument,
            format!("{column} has {chars} characters, and {min} to {max} are allowed"),
        ));
    }
    if value.contains('\0') {
        return Err(Error::new(Code::InvalidArgument, format!("{column} has a NUL character")));
    }
    Ok(())
}

impl Cursor {
    /// The cursor after a record that is ordered by time, then alias.
    pub(crate) fn after(time: Option<Timestamp>, alias: &Alias) -> Self {
        Self(format!("{}|{alias}", time.map(Timestamp::to_database).unwrap_or_default()))
    }

    /// Time and alias of the record that [`Cursor::after`] names.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for text that no store made.
    pub(crate) fn time_and_alias(&self) -> Result<(Option<Timestamp>, Alias)> {
        let (time, alias) = self.0.split_once('|').ok_or_else(foreign_cursor)?;
        let time = match time {
            "" => None,
            time => Some(Timestamp::from_database(time).map_err(|_| foreign_cursor())?),
        };
        Ok((time, Alias::new(alias).map_err(|_| foreign_cursor())?))
    }

    /// The cursor after a former thumbprint.
    pub(crate) fn after_former(thumbprint: Thumbprint, alias: &Alias) -> Self {
        Self(format!("{thumbprint}|{alias}"))
    }

    /// Thumbprint and alias of the record that [`Cursor::after_former`] names.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for text that no store made.
    pub(crate) fn thumbprint_and_alias(&self) -> Result<(Thumbprint, Alias)> {
        let (thumbprint, alias) = self.0.split_once('|').ok_or_else(foreign_cursor)?;
        let thumbprint = Thumbprint::from_hex(thumbprint).map_err(|_| foreign_cursor())?;
        Ok((thumbprint, Alias::new(alias).map_err(|_| foreign_cursor())?))
    }

    /// The alias of the record before, in a table that is ordered by it.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for text that no store made.
    pub(crate) fn alias(&self) -> Result<Alias> {
        Alias::new(self.0.as_str()).map_err(|_| foreign_cursor())
    }

    /// The application id of the policy before.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for text that no store made.
    pub(crate) fn app(&self) -> Result<AppId> {
        AppId::new(self.0.as_str()).map_err(|_| foreign_cursor())
    }
}

fn foreign_cursor() -> Error {
    Error::new(Code::InvalidArgument, "the cursor was not made by this store")
}
