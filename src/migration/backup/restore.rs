//! An archive is put back where nothing is (MIG-49 to MIG-52).

use std::io::Write;
use std::path::{Path, PathBuf};

use super::manifest::{KEY_FILE, STORE};
use super::verify::{Opened, digest_of, look};
use super::{BackupReport, RestorePlaces, VerifyOptions};
use crate::error::{Code, Error, Result};
use crate::file::{AtomicFile, Existing, file_failed};
use crate::hierarchy::{Hierarchy, pages_of, row_of_another_table};
use crate::progress::Progress;
use crate::store::sqlite::SqliteStore;
use crate::store::{Change, ChangeSet, KeyStore, Query, Record, Select};

/// Endings of what SQLite keeps beside a store.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Puts the archive at `archive` back. The key file comes first, then the store: what counts is the store, and it appears
/// whole or not at all.
///
/// # Errors
/// `already_exists` when something is there; `invalid_argument` without a place for a key file that is in the archive;
/// those of [`verify`](super::verify).
pub(crate) fn restore(
    hierarchy: &Hierarchy,
    archive: &Path,
    places: &RestorePlaces,
    progress: &dyn Progress,
) -> Result<BackupReport> {
    let provider = hierarchy.provider();
    refuse_existing(&places.store)?;
    for ending in BESIDE {
        refuse_existing(&with_ending(&places.store, ending))?;
    }
    let mut opened = Opened::open(provider, archive)?;
    let key_file = match (opened.manifest.part(KEY_FILE), &places.key_file) {
        (None, _) => None,
        (Some(_), None) => {
            return Err(Error::new(Code::InvalidArgument, "the backup has a key file, and no place for it is named"));
        }
        // That of an attempt that did not come to its end.
        (Some(part), Some(path)) if is_there(hierarchy, path, &part.sha256)? => None,
        (Some(_), Some(path)) => {
            refuse_existing(path)?;
            Some(path)
        }
    };
    let mut store = AtomicFile::create(&places.store, hierarchy.random())?;
    opened.extract(provider, archive, STORE, &mut store)?;
    let report = look(hierarchy, &opened, store.temporary_path(), VerifyOptions::default(), progress)?;
    leave_behind(store.temporary_path())?;
    let keys = key_file.map(|path| AtomicFile::create(path, hierarchy.random())).transpose()?;
    if let Some(mut file) = keys {
        opened.extract(provider, archive, KEY_FILE, &mut file)?;
        file.flush().map_err(|error| file_failed("write", archive, &error))?;
        file.commit(Existing::Refuse).map_err(exists)?;
    }
    store.commit(Existing::Refuse).map_err(exists).inspect_err(|_| {
        if let Some(path) = key_file {
            let _ = std::fs::remove_file(path);
        }
    })?;
    Ok(report)
}

/// What belongs to the store as it was alone: ready keys, one of which may have become a Base key since, and creations
/// that were under way, whose keys may have been recorded since.
fn leave_behind(path: &Path) -> Result<()> {
    let store = SqliteStore::open(path)?;
    let mut changes = Vec::new();
    for page in pages_of(&store, Select::AllPoolKeys, Select::AllPoolKeys) {
        for found in page? {
            let Record::PoolKey(row) = &found.record else { return Err(row_of_another_table()) };
            if row.used.is_none() {
                changes.push(Change::Delete(found.record, found.version));
            }
        }
    }
    for page in pages_of(&store, Select::IntentsAsTheyAre, Select::AllIntents) {
        for found in page? {
            let Record::Intent(row) = &found.record else { continue };
            let record = store.find(Query::new(Select::KeyByAlias(row.alias.clone())))?;
            if record.records.is_empty() {
                changes.push(Change::Delete(found.record, found.version));
            }
        }
    }
    store.apply(ChangeSet { expect_scopes: Vec::new(), changes })
}

fn is_there(hierarchy: &Hierarchy, path: &Path, sha256: &str) -> Result<bool> {
    match std::fs::File::open(path) {
        Ok(mut file) => Ok(digest_of(hierarchy.provider(), &mut file, path)?.0 == sha256),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(file_failed("read", path, &error)),
    }
}

fn refuse_existing(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Error::new(Code::AlreadyExists, format!("{} exists already", path.display())))
}

fn exists(error: Error) -> Error {
    if error.code() == Code::OutputExists { Error::new(Code::AlreadyExists, error.detail().to_owned()) } else { error }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
