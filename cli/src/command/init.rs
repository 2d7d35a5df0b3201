//! `init`: an empty store with the key policy, and an empty key file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keymanager::id::AppId;
use keymanager::master::MasterKeys;
use keymanager::master::keyfile::KeyFile;
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, PolicyRow};
use keymanager::time::Timestamp;
use keymanager::{Code, Error};
use serde::Deserialize;

use crate::args;
use crate::context::Context;
use crate::input::{Input, SMALL};
use crate::output::{Failure, Table, json};
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

/// Makes the store and the key file, both or none, and refuses to touch what exists.
pub(crate) fn initialise(context: &Context<'_>, policies: &[PolicyRow]) -> Result<Vec<PolicyRow>, Failure> {
    let settings = &context.settings;
    let store_path = settings.store.path();
    let key_file = settings.master.0.as_path();
    for path in store_path.into_iter().chain([key_file]) {
        if path.symlink_metadata().is_ok() {
            return Err(Failure::new(Code::AlreadyExists, format!("{} exists already", path.display())));
        }
    }
    let passphrase = settings.passphrase.read_new(&settings.master.to_string())?;
    let _hold = Hold::new();
    let mut made = Made::default();
    let store: Arc<dyn KeyStore> = match store_path {
        Some(path) => {
            let store = SqliteStore::create(path)?;
            made.0.push(path.to_path_buf());
            Arc::new(store)
        }
        None => Arc::new(MemoryStore::new()),
    };
    let master: Arc<dyn MasterKeys> =
        Arc::new(KeyFile::create(key_file, passphrase, None, context.key_file_options())?);
    made.0.push(key_file.to_path_buf());
    let manager = context.manager_over(store, master)?;
    manager.initialise(policies)?;
    let rows = manager.policies()?;
    made.0.clear();
    Ok(rows)
}

/// Files that were made; removed again unless everything went well.
#[derive(Debug, Default)]
struct Made(Vec<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
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

fn read_policies(path: &Path, now: Timestamp) -> Result<Vec<PolicyRow>, Failure> {
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
