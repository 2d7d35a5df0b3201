//! `init`: an empty store with the key policy, and an empty key file.

use std::path::Path;

use keymanager::id::AppId;
use keymanager::manager::default_policies;
use keymanager::master::MasterKeys as _;
use keymanager::master::keyfile::KeyFile;
use keymanager::store::postgres::PostgresAddress;
use keymanager::store::sqlite::{SqliteOptions, SqliteStore};
use keymanager::store::{Change, ChangeSet, KeyStore as _, PolicyRow, Query, Record, Schema, Select, Versioned};
use keymanager::time::Timestamp;
use keymanager::{Code, Error};
use serde::Deserialize;

use crate::args;
use crate::context::Context;
use crate::input::{Input, SMALL};
use crate::lazy_master::unavailable;
use crate::output::{Failure, Table, json};
use crate::settings::StoreUrl;
use crate::signals::Hold;

pub(crate) fn run(context: &Context<'_>, arguments: &args::Init) -> Result<(), Failure> {
    let policies = match &arguments.policy {
        Some(path) => read_policies(path, context.now())?,
        None => Vec::new(),
    };
    let rows = initialise(context, &policies)?;
    let settings = &context.settings;
    let document = json::Initialised {
        store: settings.store.to_string(),
        master: settings.master.to_string(),
        policies: rows.iter().map(json::PolicyMembers::new).collect(),
    };
    context.output.report(&document, |style| {
        let mut table = Table::pairs(2);
        table.pair("store", document.store.as_str());
        table.pair("master keys", document.master.as_str());
        table.pair("key policy", format!("{} applications", rows.len()));
        format!("Made an empty key manager.\n{}Next: keymanager keys generate --all\n", table.render(style))
    })
}

/// Makes the key file, and then the store with its policy: both or none, and neither in place of what exists. The store
/// is what counts. A process that is killed leaves at most a key file without keys, and that is used the next time.
pub(crate) fn initialise(context: &Context<'_>, policies: &[PolicyRow]) -> Result<Vec<PolicyRow>, Failure> {
    let settings = &context.settings;
    let store_path = settings.store.path();
    if let Some(path) = store_path.filter(|path| path.symlink_metadata().is_ok()) {
        return Err(exists(path).into());
    }
    let mut rows = if policies.is_empty() { default_policies(context.now()) } else { policies.to_vec() };
    rows.sort_by(|one, other| one.app.cmp(&other.app));
    rows.dedup_by(|later, first| later.app == first.app);
    if let StoreUrl::Postgres(address) = &settings.store {
        return in_database(context, address, &rows);
    }
    let Some(key_file) = settings.master.file() else {
        // A token is there already, perhaps with keys of a Java service. It only has to work.
        context.token()?.health()?;
        let _hold = Hold::new();
        if let Some(path) = store_path {
            create_store(path, &rows)?;
        }
        return Ok(rows);
    };
    let left = key_file.symlink_metadata().is_ok();
    if left && store_path.is_none() {
        return Err(exists(key_file).into());
    }
    let passphrase = settings.passphrase.read_new(&settings.master.to_string())?;
    let _hold = Hold::new();
    if left {
        if !is_unused(KeyFile::open(key_file, passphrase, context.key_file_options())) {
            return Err(exists(key_file).into());
        }
    } else {
        KeyFile::create(key_file, passphrase, None, context.key_file_options()).map_err(unavailable)?;
    }
    if let Some(path) = store_path
        && let Err(error) = create_store(path, &rows)
    {
        // Another process may have made the store meanwhile, and then its keys go into this key file.
        if !left && error.code() != Code::AlreadyExists {
            let _ = std::fs::remove_file(key_file);
        }
        return Err(error.into());
    }
    Ok(rows)
}

/// A database is there already, perhaps with a Java service's keys, and so may the master keys be. What is missing is
/// made, and nothing that is there changes.
fn in_database(
    context: &Context<'_>,
    address: &PostgresAddress,
    rows: &[PolicyRow],
) -> Result<Vec<PolicyRow>, Failure> {
    let settings = &context.settings;
    let store = context.postgres(address)?;
    let _hold = Hold::new();
    match settings.master.file() {
        None => context.token()?.health()?,
        Some(path) if path.symlink_metadata().is_ok() => {}
        Some(path) => {
            let passphrase = settings.passphrase.read_new(&settings.master.to_string())?;
            KeyFile::create(path, passphrase, None, context.key_file_options()).map_err(unavailable)?;
        }
    }
    store.prepare(Schema::KeyManager)?;
    let policies = || Ok::<_, Error>(store.find(Query::new(Select::AllPolicies))?.records);
    if policies()?.is_empty() {
        let changes = rows.iter().cloned().map(|row| Change::Insert(Record::Policy(row))).collect();
        match store.apply(ChangeSet { expect_scopes: Vec::new(), changes }) {
            // Another process was faster.
            Err(error) if error.code() != Code::StoreDuplicate => return Err(error.into()),
            _ => {}
        }
    }
    let row = |found: Versioned| match found.record {
        Record::Policy(row) => Some(row),
        _ => None,
    };
    Ok(policies()?.into_iter().filter_map(row).collect())
}

fn create_store(path: &Path, rows: &[PolicyRow]) -> keymanager::Result<()> {
    let changes = rows.iter().cloned().map(|row| Change::Insert(Record::Policy(row))).collect();
    let first = ChangeSet { expect_scopes: Vec::new(), changes };
    SqliteStore::create_holding(path, SqliteOptions::default(), first).map(|_| ())
}

/// A key file that opens with the passphrase and has nothing in it.
fn is_unused(file: keymanager::Result<KeyFile>) -> bool {
    file.is_ok_and(|file| {
        matches!(file.read_only(), Ok(None)) && file.list(None).is_ok_and(|page| page.entries.is_empty())
    })
}

fn exists(path: &Path) -> Error {
    Error::new(Code::AlreadyExists, format!("{} exists already", path.display()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    policy: Vec<PolicyEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyEntry {
    app_id: String,
    validity_days: i16,
    pre_expire_days: i16,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default = "everybody")]
    access_allowed: String,
}

fn yes() -> bool {
    true
}

fn everybody() -> String {
    "NA".to_owned()
}

/// Reads a key policy in TOML.
pub(crate) fn read_policies(path: &Path, now: Timestamp) -> Result<Vec<PolicyRow>, Failure> {
    let invalid = |message: &str| Error::new(Code::InvalidConfig, format!("{}: {message}", path.display()));
    let bytes = Input::open(path)?.read_to_end(SMALL)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("is not UTF-8"))?;
    let file: PolicyFile = toml::from_str(text).map_err(|error| invalid(error.to_string().trim_end()))?;
    let row = |entry: PolicyEntry| {
        Ok(PolicyRow {
            app: AppId::new(entry.app_id)?,
            validity_days: Some(entry.validity_days),
            pre_expire_days: Some(entry.pre_expire_days),
            active: entry.active,
            access_allowed: Some(entry.access_allowed),
            created_by: "keymanager".to_owned(),
            created: now,
        })
    };
    file.policy.into_iter().map(row).collect::<keymanager::Result<_>>().map_err(Failure::from)
}
