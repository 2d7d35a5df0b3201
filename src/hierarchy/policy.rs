//! Key policy (mosip-keys §2.5): read again for each operation, never cached (HIE-30 to HIE-36).

use super::Hierarchy;
use super::records::row_of_another_table;
use crate::error::{Code, Error, Result};
use crate::id::{AppId, KeyScope};
use crate::store::{Change, ChangeSet, PolicyRow, Record, Select, Version};
use crate::time::Timestamp;

/// The row whose pre-expiry holds for every key that is not a master.
pub(super) const BASE_POLICY: &str = "BASE";
/// Days before expiry at which a Base key is due when there is no row `BASE`.
const BASE_PRE_EXPIRE_DAYS: i64 = 30;
/// The access that everybody has.
const ACCESS_ALL: &str = "NA";
/// The longest `access_allowed`, in characters, as the column has it.
const ACCESS_MAX_CHARS: usize = 1024;
/// Who changes policies here (`cr_by`).
const CREATED_BY: &str = "SYSTEM";
/// Who wrote upstream's seed rows.
const SEEDED_BY: &str = "mosipadmin";
/// Attempts to write a policy that others write too.
const ATTEMPTS: usize = 8;

/// Upstream's seed rows: application, validity and pre-expiry in days.
const DEFAULTS: [(&str, i16, i16); 12] = [
    ("ROOT", 2920, 1125),
    ("PMS", 1460, 395),
    (BASE_POLICY, 730, 30),
    ("PRE_REGISTRATION", 1095, 60),
    ("REGISTRATION", 1095, 60),
    ("REGISTRATION_PROCESSOR", 1095, 60),
    ("ID_REPO", 1095, 60),
    ("KERNEL", 1095, 60),
    ("RESIDENT", 1095, 60),
    ("ADMIN_SERVICES", 1095, 60),
    ("DIGITAL_CARD", 1095, 60),
    ("COMPLIANCE_TOOLKIT", 1095, 60),
];

/// Upstream's seed rows of `key_policy_def` (v1.3.0), as created at `now`.
#[must_use]
pub fn default_policies(now: Timestamp) -> Vec<PolicyRow> {
    DEFAULTS
        .iter()
        .map(|(app, validity_days, pre_expire_days)| PolicyRow {
            app: AppId::constant(app),
            validity_days: Some(*validity_days),
            pre_expire_days: Some(*pre_expire_days),
            active: true,
            access_allowed: Some(ACCESS_ALL.to_owned()),
            created_by: SEEDED_BY.to_owned(),
            created: now,
        })
        .collect()
}

/// A change of one application's policy. What is none stays as it is; in a new row it is 1095 days of validity,
/// 60 days of pre-expiry, active, access for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// The application.
    pub app: AppId,
    /// How long a key is valid, in days: 1 to 32767.
    pub validity_days: Option<i16>,
    /// How many days before its expiry a key is due for renewal: 0 up to, not including, the validity.
    pub pre_expire_days: Option<i16>,
    /// Whether keys may be generated.
    pub active: Option<bool>,
    /// Who may decrypt: `NA` for all, else a comma list of users; at most 1024 characters.
    pub access_allowed: Option<String>,
}

impl PolicyChange {
    /// A change of nothing.
    #[must_use]
    pub const fn new(app: AppId) -> Self {
        Self { app, validity_days: None, pre_expire_days: None, active: None, access_allowed: None }
    }

    fn apply(&self, row: &mut PolicyRow) -> Result<()> {
        row.validity_days = self.validity_days.or(row.validity_days);
        row.pre_expire_days = self.pre_expire_days.or(row.pre_expire_days);
        row.active = self.active.unwrap_or(row.active);
        row.access_allowed = self.access_allowed.clone().or_else(|| row.access_allowed.take());
        check_values(row)
    }
}

/// Refuses values that cannot be (HIE-35).
fn check_values(row: &PolicyRow) -> Result<()> {
    let refuse = |what: &'static str| Err(Error::new(Code::InvalidArgument, what));
    let (Some(validity), Some(pre_expire)) = (row.validity_days, row.pre_expire_days) else {
        return refuse("the policy has no validity or no pre-expiry; give both");
    };
    if validity < 1 {
        return refuse("a key is valid for 1 to 32767 days");
    }
    // The pre-expiry of the row BASE is compared with other rows' validity when a key is generated.
    if !(0..validity).contains(&pre_expire) {
        return refuse("the pre-expiry is 0 days or more, and shorter than the validity");
    }
    if row.access_allowed.as_ref().is_some_and(|access| access.chars().count() > ACCESS_MAX_CHARS) {
        return refuse("the list of users has more than 1024 characters");
    }
    Ok(())
}

/// The policy table as one operation sees it.
#[derive(Debug, Clone)]
pub(super) struct Policies {
    rows: Vec<(PolicyRow, Version)>,
}

impl Policies {
    pub(super) fn of(rows: Vec<(PolicyRow, Version)>) -> Self {
        Self { rows }
    }

    pub(super) fn add(&mut self, row: PolicyRow, version: Version) {
        self.rows.push((row, version));
    }

    /// Rows that come from no store.
    pub(super) fn of_rows(rows: Vec<PolicyRow>) -> Self {
        Self { rows: rows.into_iter().map(|row| (row, Version(Vec::new()))).collect() }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &PolicyRow> {
        self.rows.iter().map(|(row, _)| row)
    }

    fn versioned(&self, app: &str) -> Option<&(PolicyRow, Version)> {
        self.rows.iter().find(|(row, _)| row.app.as_str() == app)
    }

    pub(super) fn get(&self, app: &str) -> Option<&PolicyRow> {
        self.versioned(app).map(|(row, _)| row)
    }

    /// The row of an application in which keys may be generated (HIE-31).
    pub(super) fn active(&self, app: &AppId) -> Result<&PolicyRow> {
        let row = self
            .get(app.as_str())
            .ok_or_else(|| Error::new(Code::ApplicationNotFound, format!("the application {app} has no key policy")))?;
        if row.active {
            return Ok(row);
        }
        Err(Error::new(Code::PolicyInactive, format!("the key policy of {app} is not active")))
    }

    /// How long a key of `app` is valid, active or not (mosip-keys §3.2).
    pub(super) fn validity_days(&self, app: &AppId) -> Result<i64> {
        let row = self
            .get(app.as_str())
            .ok_or_else(|| Error::new(Code::ApplicationNotFound, format!("the application {app} has no key policy")))?;
        match row.validity_days {
            Some(days) if days > 0 => Ok(i64::from(days)),
            _ => Err(damaged(row, "its key_validity_duration is not a number of days")),
        }
    }

    /// How many days before its expiry a key of `scope` is due (mosip-keys §3.1; HIE-12).
    pub(super) fn pre_expire_days(&self, scope: &KeyScope, own_row: bool) -> Result<i64> {
        let Some(own) = self.get(scope.app.as_str()) else { return Ok(0) };
        let row = if own_row { Some(own) } else { self.get(BASE_POLICY) };
        let Some(row) = row else { return Ok(BASE_PRE_EXPIRE_DAYS) };
        match row.pre_expire_days {
            Some(days) if days >= 0 => Ok(i64::from(days)),
            _ => Err(damaged(row, "its pre_expire_days is not a number of days")),
        }
    }

    /// Whether `caller` may decrypt under `app` (mosip-keys §2.5; mosip-observed A5): no row, or no access in it,
    /// refuses; `NA` allows all; else the comma list decides, ignoring case. An inactive policy still gives access.
    pub(super) fn check_access(&self, app: &AppId, caller: Option<&str>) -> Result<()> {
        let access = self.get(app.as_str()).and_then(|row| row.access_allowed.as_deref()).unwrap_or_default();
        let listed = |caller: &str| access.split(',').any(|user| same_user(user.trim(), caller.trim()));
        if access.trim() == ACCESS_ALL || caller.is_some_and(|caller| !caller.trim().is_empty() && listed(caller)) {
            return Ok(());
        }
        Err(Error::new(Code::DecryptNotAllowed, format!("decryption under {app} is not allowed for this caller")))
    }
}

/// User names are compared ignoring case, beyond ASCII too.
fn same_user(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn damaged(row: &PolicyRow, what: &str) -> Error {
    Error::new(Code::RecordDamaged, format!("the key policy of {}: {what}", row.app))
}

impl Hierarchy {
    /// Creates the store's tables and the policy rows that are absent (`rows` empty: upstream's), clears what a crash
    /// left, and fills in what rows of old releases lack (HIE-45). Idempotent; policy rows that are there are not
    /// changed.
    ///
    /// # Errors
    /// `invalid_argument` for values that cannot be; those of the store.
    pub fn initialise(&self, rows: &[PolicyRow]) -> Result<()> {
        rows.iter().try_for_each(check_values)?;
        self.store.prepare(crate::store::Schema::KeyManager)?;
        let defaults = if rows.is_empty() { default_policies(self.now()) } else { Vec::new() };
        for row in rows.iter().chain(&defaults) {
            if self.policies_now()?.get(row.app.as_str()).is_some() {
                continue;
            }
            let insert = Change::Insert(Record::Policy(row.clone()));
            match self.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![insert] }) {
                // Another process initialises the same store.
                Err(error) if error.code() == Code::StoreDuplicate => {}
                other => other?,
            }
        }
        self.recover()?;
        self.fill_old_rows()
    }

    /// Every policy row, by application id.
    ///
    /// # Errors
    /// Those of the store.
    pub fn policies(&self) -> Result<Vec<PolicyRow>> {
        Ok(self.policies_now()?.rows.into_iter().map(|(row, _)| row).collect())
    }

    /// The policy of one application.
    ///
    /// # Errors
    /// `application_not_found`.
    pub fn policy(&self, app: &AppId) -> Result<PolicyRow> {
        let policies = self.policies_now()?;
        policies
            .get(app.as_str())
            .cloned()
            .ok_or_else(|| Error::new(Code::ApplicationNotFound, format!("the application {app} has no key policy")))
    }

    /// Changes the policy of one application, or makes it. It holds at once, in every process.
    ///
    /// # Errors
    /// `invalid_argument` for values that cannot be.
    pub fn set_policy(&self, change: &PolicyChange) -> Result<PolicyRow> {
        for _ in 0..ATTEMPTS {
            let policies = self.policies_now()?;
            let found = policies.versioned(change.app.as_str());
            let mut row = found.map_or_else(|| new_policy(change.app.clone(), self.now()), |(row, _)| row.clone());
            change.apply(&mut row)?;
            let record = Record::Policy(row.clone());
            let write = match found {
                Some((_, version)) => Change::Update(record, version.clone()),
                None => Change::Insert(record),
            };
            match self.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![write] }) {
                Ok(()) => {
                    tracing::info!(app = %row.app, active = row.active, "key policy changed");
                    return Ok(row);
                }
                Err(error) if matches!(error.code(), Code::StoreConflict | Code::StoreDuplicate) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(Code::StoreConflict, format!("the key policy of {} is being changed by others", change.app)))
    }

    /// Refuses unless `caller` may decrypt under `app`.
    ///
    /// # Errors
    /// `decrypt_not_allowed`.
    pub fn check_access(&self, app: &AppId, caller: Option<&str>) -> Result<()> {
        self.policies_now()?.check_access(app, caller)
    }

    pub(super) fn policies_now(&self) -> Result<Policies> {
        let rows = self
            .find_all(Select::AllPolicies)?
            .into_iter()
            .map(|found| match found.record {
                Record::Policy(row) => Ok((row, found.version)),
                _ => Err(row_of_another_table()),
            })
            .collect::<Result<_>>()?;
        Ok(Policies { rows })
    }
}

fn new_policy(app: AppId, now: Timestamp) -> PolicyRow {
    PolicyRow {
        app,
        validity_days: Some(1095),
        pre_expire_days: Some(60),
        active: true,
        access_allowed: Some(ACCESS_ALL.to_owned()),
        created_by: CREATED_BY.to_owned(),
        created: now,
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
