//! An archive is made: snapshot, manifest, archive, and then it is read back (MIG-43 to MIG-46).

use std::fs::File;
use std::io::{BufWriter, Cursor, Read as _, Seek as _};
use std::path::Path;
use std::sync::Arc;

use super::manifest::{
    CERTIFICATE, FORMAT, KEY_FILE, MANIFEST, Manifest, Part, SIGNATURE, STORE, VERSION, certificates,
};
use super::verify::{digest_of, verify_file};
use super::{BackupReport, BackupRequest, VerifyOptions, archive};
use crate::error::{Code, Error, Result};
use crate::file::{AtomicFile, Existing, check_private, file_failed};
use crate::hierarchy::Hierarchy;
use crate::migration::CopyOptions;
use crate::migration::copy::copy_store;
use crate::progress::{Progress, check};
use crate::store::KeyStore;
use crate::store::sqlite::SqliteStore;

/// The largest key file, in bytes (docs/key-file.md, KEY-2).
const MAX_KEY_FILE: u64 = 64 * 1024 * 1024;

/// Makes an archive.
///
/// # Errors
/// `output_exists`; `root_not_found` without a key to sign with; `backup_damaged` when what was written is not what is
/// read back; `cancelled`; those of store, master backend and files. No archive is there then.
pub(crate) fn backup(hierarchy: &Hierarchy, request: &BackupRequest, progress: &dyn Progress) -> Result<BackupReport> {
    let path = &request.archive;
    if path.symlink_metadata().is_ok() {
        return Err(Error::new(Code::OutputExists, format!("{} exists already", path.display())));
    }
    let signer = hierarchy.deployment_signer()?;
    // The store first: a key is in the backend before its record is in the store, and stays as long.
    let snapshot = AtomicFile::create(path, hierarchy.random())?;
    let made = hierarchy.now();
    match &request.sqlite {
        Some(store) => store.snapshot(snapshot.temporary_path())?,
        None => copy_records(hierarchy, snapshot.temporary_path(), progress)?,
    }
    check(progress)?;
    let key_file = request.key_file.as_deref().map(read_key_file).transpose()?;
    let mut store = File::open(snapshot.temporary_path())
        .map_err(|error| file_failed("read", snapshot.temporary_path(), &error))?;
    let mut files = vec![part(hierarchy, STORE, &mut store, snapshot.temporary_path())?];
    if let (Some(bytes), Some(from)) = (&key_file, &request.key_file) {
        files.push(part(hierarchy, KEY_FILE, &mut Cursor::new(bytes), from)?);
    }
    let manifest = Manifest {
        certificates: certificates(hierarchy)?,
        files,
        format: FORMAT.to_owned(),
        made: made.to_rfc3339(),
        signer_certificate_sha256: signer.certificate().thumbprint().to_hex(),
        version: VERSION,
    };
    let signed = hierarchy.sign_for_deployment(&signer, &manifest)?;
    let whole = AtomicFile::create(path, hierarchy.random())?;
    let mut out = BufWriter::new(whole);
    let pem = signed.certificate().to_pem();
    for (name, bytes) in [(MANIFEST, signed.json()), (SIGNATURE, signed.signature()), (CERTIFICATE, pem.as_bytes())] {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        archive::append(&mut out, path, name, len, &mut &*bytes)?;
    }
    store.rewind().map_err(|error| file_failed("read", snapshot.temporary_path(), &error))?;
    let store_len = manifest.part(STORE).map(|part| part.size).unwrap_or_default();
    archive::append(&mut out, path, STORE, store_len, &mut store)?;
    if let Some(bytes) = &key_file {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        archive::append(&mut out, path, KEY_FILE, len, &mut bytes.as_slice())?;
    }
    archive::finish(&mut out, path)?;
    let whole = out.into_inner().map_err(|error| file_failed("write", path, &error.into_error()))?;
    let report = verify_file(hierarchy, whole.temporary_path(), VerifyOptions { open: request.open }, progress)?;
    whole.commit(Existing::Refuse)?;
    Ok(report)
}

/// A store that is no SQLite file, into one. What others change meanwhile is found by the copy, and fails it.
fn copy_records(hierarchy: &Hierarchy, path: &Path, progress: &dyn Progress) -> Result<()> {
    std::fs::remove_file(path).map_err(|error| file_failed("write", path, &error))?;
    let store: Arc<dyn KeyStore> = Arc::new(SqliteStore::create(path)?);
    copy_store(hierarchy, &store, &CopyOptions::default(), progress).map(drop)
}

fn read_key_file(path: &Path) -> Result<Vec<u8>> {
    check_private(path)?;
    let failed = |error: std::io::Error| file_failed("read", path, &error);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(MAX_KEY_FILE.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_KEY_FILE {
        return Err(Error::new(Code::TooLarge, format!("{} has more than {MAX_KEY_FILE} bytes", path.display())));
    }
    Ok(bytes)
}

fn part(hierarchy: &Hierarchy, name: &str, content: &mut dyn std::io::Read, from: &Path) -> Result<Part> {
    let (sha256, size) = digest_of(hierarchy.provider(), content, from)?;
    Ok(Part { name: name.to_owned(), sha256, size })
}
