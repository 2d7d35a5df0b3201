//! An archive is looked at: its form, its signature, its digests, and then every row in it (MIG-45 to MIG-48).

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use super::archive::{self, Entry, damaged};
use super::manifest::{CERTIFICATE, FORMAT, KEY_FILE, MANIFEST, Manifest, SIGNATURE, STORE, VERSION};
use super::{BackupReport, VerifyOptions};
use crate::certificate::Certificate;
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::error::{Code, Error, Result};
use crate::file::{AtomicFile, file_failed};
use crate::hierarchy::{DamagedKey, Hierarchy, SignedReport, pages_of, row_of_another_table};
use crate::id::hex_upper;
use crate::progress::{Progress, check};
use crate::store::sqlite::SqliteStore;
use crate::store::{KeyRecord, KeyStore, Record, Select, StoreRow, Versioned};
use crate::time::Timestamp;

/// The most bytes of a manifest, its signature or its certificate.
const MAX_SMALL: u64 = 64 * 1024 * 1024;
/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// An archive whose signature and digests are right.
#[derive(Debug)]
pub(super) struct Opened {
    file: File,
    entries: Vec<Entry>,
    pub(super) manifest: Manifest,
    pub(super) signed: SignedReport,
}

/// Looks at the archive at `path`; with `open` every key in it is opened with the master keys of `hierarchy`.
///
/// # Errors
/// `backup_damaged` when it is not as it was written, or no backup; `verification_failed` for its signature;
/// `unsupported` for one of a later release; `cancelled`; those of files and master backend.
pub(crate) fn verify(
    hierarchy: &Hierarchy,
    path: &Path,
    options: VerifyOptions,
    progress: &dyn Progress,
) -> Result<BackupReport> {
    verify_file(hierarchy, path, options, progress)
}

pub(super) fn verify_file(
    hierarchy: &Hierarchy,
    path: &Path,
    options: VerifyOptions,
    progress: &dyn Progress,
) -> Result<BackupReport> {
    let mut opened = Opened::open(hierarchy.provider(), path)?;
    let mut copy = AtomicFile::create(path, hierarchy.random())?;
    opened.extract(hierarchy.provider(), path, STORE, &mut copy)?;
    let report = look(hierarchy, &opened, copy.temporary_path(), options, progress);
    // After the store is closed.
    drop(copy);
    report
}

/// Goes over the rows of the store at `copy`.
pub(super) fn look(
    hierarchy: &Hierarchy,
    opened: &Opened,
    copy: &Path,
    options: VerifyOptions,
    progress: &dyn Progress,
) -> Result<BackupReport> {
    let store: Arc<dyn KeyStore> = Arc::new(SqliteStore::open(copy)?);
    let over = hierarchy.over(Arc::clone(&store));
    let mut report = BackupReport {
        made: Timestamp::from_rfc3339(&opened.manifest.made)?,
        has_key_file: opened.manifest.part(KEY_FILE).is_some(),
        keys: 0,
        chained: 0,
        foreign_issuers: 0,
        opened: 0,
        damaged: Vec::new(),
        signed: opened.signed.clone(),
    };
    for select in [Select::AllPolicies, Select::AllFormerThumbprints, Select::AllPoolKeys, Select::AllIntents] {
        for page in pages_of(store.as_ref(), select.clone(), select) {
            page?;
        }
    }
    let issuers = opened.manifest.issuers(hierarchy.provider())?;
    let visit = Visit { over: &over, issuers: &issuers, open: options.open };
    for page in pages_of(store.as_ref(), Select::KeysAsTheyAre, Select::AllKeys) {
        for found in page? {
            check(progress)?;
            report.keys = report.keys.saturating_add(1);
            progress.advance(report.keys, None, "keys of the backup");
            visit.row(found, &mut report)?;
        }
    }
    Ok(report)
}

struct Visit<'a> {
    over: &'a Hierarchy,
    issuers: &'a [Certificate],
    open: bool,
}

impl Visit<'_> {
    fn row(&self, found: Versioned, report: &mut BackupReport) -> Result<()> {
        let key = match &found.record {
            Record::Key(key) => key,
            Record::Damaged(row) => {
                report.damaged.push(DamagedKey::new(&row.id, row.code, &row.why));
                return Ok(());
            }
            _ => return Err(row_of_another_table()),
        };
        let judged = match &key.stored {
            Some(stored) => self.stored(key, stored, report),
            None => self.in_master(key, report),
        };
        if let Err(error) = judged {
            report.damaged.push(DamagedKey::new(key.alias.alias.as_str(), error.code(), error.detail()));
            return Ok(());
        }
        if !self.open || key.stored.as_ref().is_none_or(|stored| stored.private_key == StoreRow::NO_PRIVATE_KEY) {
            return Ok(());
        }
        let alias = key.alias.alias.clone();
        match self.over.opens(found)? {
            Ok(()) => report.opened = report.opened.saturating_add(1),
            Err(error) => report.damaged.push(DamagedKey::new(alias.as_str(), error.code(), error.detail())),
        }
        Ok(())
    }

    fn stored(&self, key: &KeyRecord, stored: &StoreRow, report: &mut BackupReport) -> Result<()> {
        let provider = self.over.provider();
        let certificate = Certificate::parse(provider, stored.certificate_pem.as_bytes())?;
        if key.alias.thumbprint.is_some_and(|thumbprint| thumbprint != certificate.thumbprint()) {
            return Err(Error::new(Code::RecordDamaged, "cert_thumbprint is not that of the certificate"));
        }
        if stored.private_key == StoreRow::NO_PRIVATE_KEY || stored.master == key.alias.alias {
            return Ok(());
        }
        let signed = |issuer: &&Certificate| {
            certificate.issuer_der() == issuer.subject_der() && certificate.verify_signed_by(provider, issuer).is_ok()
        };
        let count = match self.issuers.iter().find(signed) {
            Some(_) => &mut report.chained,
            None => &mut report.foreign_issuers,
        };
        *count = count.saturating_add(1);
        Ok(())
    }

    /// A key of the master backend must have had its certificate there; a symmetric key has none.
    fn in_master(&self, key: &KeyRecord, report: &mut BackupReport) -> Result<()> {
        let Some(thumbprint) = key.alias.thumbprint else { return Ok(()) };
        if !self.issuers.iter().any(|issuer| issuer.thumbprint() == thumbprint) {
            let why = "the master backend did not have the certificate of this key when the backup was made";
            return Err(Error::new(Code::CertificateNotFound, why));
        }
        report.chained = report.chained.saturating_add(1);
        Ok(())
    }
}

impl Opened {
    /// Opens an archive and checks all that can be checked without its rows.
    pub(super) fn open(provider: &CryptoProvider, path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|error| file_failed("read", path, &error))?;
        let entries = archive::entries(&mut file, path)?;
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let expected = [MANIFEST, SIGNATURE, CERTIFICATE, STORE, KEY_FILE];
        if names.len() < 4 || !expected.starts_with(&names) {
            return Err(damaged(path, "it does not have the files of a backup"));
        }
        let mut small = |name: &str| -> Result<Vec<u8>> {
            let entry = entries.iter().find(|entry| entry.name == name).filter(|entry| entry.len <= MAX_SMALL);
            let entry = entry.ok_or_else(|| damaged(path, "its manifest is too large"))?;
            let mut bytes = Vec::new();
            let failed = |error: std::io::Error| file_failed("read", path, &error);
            file.seek(SeekFrom::Start(entry.offset)).map_err(failed)?;
            (&mut file).take(entry.len).read_to_end(&mut bytes).map_err(failed)?;
            Ok(bytes)
        };
        let (json, signature, certificate) = (small(MANIFEST)?, small(SIGNATURE)?, small(CERTIFICATE)?);
        let pem = certificate;
        let certificate = Certificate::parse(provider, &pem)?;
        let signed = SignedReport::checked(provider, json, signature, certificate)?;
        let no_manifest = |_| damaged(path, "its manifest is not one of a backup");
        let manifest: Manifest = serde_json::from_slice(signed.json()).map_err(no_manifest)?;
        if manifest.format != FORMAT {
            return Err(damaged(path, "its manifest is not one of a backup"));
        }
        if manifest.version > VERSION {
            let why = format!("a later release made this backup (version {})", manifest.version);
            return Err(Error::new(Code::Unsupported, why));
        }
        // The signature needs the public key alone; the rest of the certificate is held to the manifest.
        let signer = signed.certificate();
        if signer.to_pem().as_bytes() != pem || signer.thumbprint().to_hex() != manifest.signer_certificate_sha256 {
            return Err(damaged(path, "its certificate is not that of the key that signed"));
        }
        let listed: Vec<(&str, u64)> = manifest.files.iter().map(|part| (part.name.as_str(), part.size)).collect();
        let there: Vec<(&str, u64)> = entries.iter().skip(3).map(|entry| (entry.name.as_str(), entry.len)).collect();
        if listed != there {
            return Err(damaged(path, "its files are not those of its manifest"));
        }
        let mut opened = Self { file, entries, manifest, signed };
        for name in [STORE, KEY_FILE] {
            if opened.manifest.part(name).is_some() {
                opened.extract(provider, path, name, &mut std::io::sink())?;
            }
        }
        Ok(opened)
    }

    /// Writes a file of the archive to `out`, and checks its digest.
    pub(super) fn extract(
        &mut self,
        provider: &CryptoProvider,
        path: &Path,
        name: &str,
        out: &mut dyn Write,
    ) -> Result<()> {
        let missing = || damaged(path, "a file is missing");
        let entry = self.entries.iter().find(|entry| entry.name == name).ok_or_else(missing)?;
        let part = self.manifest.part(name).ok_or_else(missing)?;
        self.file.seek(SeekFrom::Start(entry.offset)).map_err(|error| file_failed("read", path, &error))?;
        let mut content = Tee { from: (&mut self.file).take(entry.len), to: out };
        let (sha256, size) = digest_of(provider, &mut content, path)?;
        if sha256 != part.sha256 || size != part.size {
            return Err(damaged(path, &format!("{name} is not as it was written")));
        }
        Ok(())
    }
}

/// What is read is written on the way.
struct Tee<'a, R> {
    from: R,
    to: &'a mut dyn Write,
}

impl<R: Read> Read for Tee<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.to.write_all(buffer.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}

/// SHA-256 in upper-case hexadecimal, and the size.
pub(super) fn digest_of(provider: &CryptoProvider, content: &mut dyn Read, path: &Path) -> Result<(String, u64)> {
    let mut digest = provider.hash.start(HashAlgorithm::Sha256);
    let mut buffer = vec![0; CHUNK];
    let mut size = 0u64;
    loop {
        let read = content.read(&mut buffer).map_err(|error| file_failed("read", path, &error))?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        digest.update(bytes);
        size = size.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    Ok((hex_upper(&digest.finish()), size))
}
