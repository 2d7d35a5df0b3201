//! Long work that moves keys, and the reports about it that an outsider can check (docs/migration.md).

use std::path::Path;
use std::sync::Arc;

use keymanager::certificate::Certificate;
use keymanager::crypto::native;
use keymanager::id::{Alias, AppId, hex_upper};
use keymanager::manager::{self, BackupRequest, CopyOptions, DamagedKey, RestorePlaces, RewrapOptions, VerifyOptions};
use keymanager::time::Timestamp;
use serde::{Serialize, Serializer};

use crate::choice::{Kept, MasterChoice, StoreChoice};
use crate::error::FacadeError;
use crate::host::progress::{HostProgress, ProgressAdapter};
use crate::manager::KeyManagerHandle;

/// A report, the signature over its bytes, and the certificate of the key that made it. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct SignedReport {
    /// What is signed: one JSON object, exactly these bytes.
    pub document: String,
    /// RSASSA-PKCS1-v1_5 with SHA-256; upper-case hexadecimal in JSON.
    #[serde(serialize_with = "hex")]
    pub signature: Vec<u8>,
    /// The certificate of the key that signed.
    pub certificate_pem: String,
}

fn hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex_upper(bytes))
}

impl From<&manager::SignedReport> for SignedReport {
    fn from(report: &manager::SignedReport) -> Self {
        Self {
            // The core writes reports in UTF-8; were one not, it would not verify.
            document: String::from_utf8_lossy(report.json()).into_owned(),
            signature: report.signature().to_vec(),
            certificate_pem: report.certificate().to_pem(),
        }
    }
}

/// Checks a report that was kept. Whether its certificate is to be trusted is for the caller to know.
///
/// # Errors
/// `verification_failed`; `certificate_unparsable`.
#[cfg_attr(feature = "uniffi", uniffi::export)]
pub fn verify_report(report: &SignedReport) -> Result<(), FacadeError> {
    let provider = native::provider();
    let certificate = Certificate::parse(&provider, report.certificate_pem.as_bytes())?;
    let (document, signature) = (report.document.as_bytes(), &report.signature);
    Ok(manager::SignedReport::verify(&provider, document, signature, &certificate)?)
}

/// A row that could not be worked on; it is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct DamagedRow {
    /// Its alias, or the text in the place of one.
    pub alias: String,
    /// The name of the error.
    pub error: String,
    /// What is wrong.
    pub text: String,
}

fn damaged(keys: &[DamagedKey]) -> Vec<DamagedRow> {
    let row = |key: &DamagedKey| DamagedRow {
        alias: key.id.clone(),
        error: key.code.name().to_owned(),
        text: key.why.clone(),
    };
    keys.iter().map(row).collect()
}

/// Whole seconds between two times; a clock that was set back gives none.
fn seconds(begun: Timestamp, ended: Timestamp) -> u64 {
    let micros = ended.unix_micros().saturating_sub(begun.unix_micros());
    u64::try_from(micros).unwrap_or_default().checked_div(1_000_000).unwrap_or_default()
}

/// Where keys are wrapped again to.
#[derive(Clone, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct RewrapRequest {
    /// The master backend of the new Module key, which must be there, when it is not that of the manager.
    pub to: Option<MasterChoice>,
    /// The alias of the new Module key; None for the current one of the application.
    pub module: Option<String>,
    /// End at the first key that cannot be wrapped again; otherwise it is left as it is, and reported.
    pub stop_at_damaged: bool,
}

/// What was wrapped again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct RewrapReport {
    /// The application.
    pub app_id: String,
    /// The alias of the Module key that everything hangs under now.
    pub module_alias: String,
    /// The other Module keys of the application. They stay.
    pub former_modules: Vec<String>,
    /// How many keys were wrapped again.
    pub rewrapped: u64,
    /// How many keys hung under it before, and open.
    pub kept: u64,
    /// How many certificates of other domains name one of the Module keys.
    pub other_domain: u64,
    /// How many ready keys of the pool were discarded.
    pub pool_keys_discarded: u64,
    /// What could not be wrapped again or does not open.
    pub damaged: Vec<DamagedRow>,
    /// When it began.
    pub begun: String,
    /// When it ended.
    pub ended: String,
    /// How long it took.
    pub seconds: u64,
    /// The report for outsiders, signed by the new Module key.
    pub signed: SignedReport,
}

/// The rows of a table that were copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct TableCopy {
    /// The table.
    pub table: String,
    /// How many rows were written.
    pub copied: u64,
    /// How many were there already, and say the same.
    pub present: u64,
    /// How many the other store has besides.
    pub others: u64,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct CopyReport {
    /// The tables, in the order in which they were copied.
    pub tables: Vec<TableCopy>,
    /// How many creations were under way in the source. They stay there.
    pub intents_left: u64,
    /// How many rows of the key pool the source has. They stay there.
    pub pool_keys_left: u64,
    /// The rows that cannot be understood.
    pub damaged: Vec<DamagedRow>,
    /// When it began.
    pub begun: String,
    /// When it ended.
    pub ended: String,
    /// How long it took.
    pub seconds: u64,
    /// The report for outsiders, signed by a key of the deployment.
    pub signed: SignedReport,
}

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct BackupReport {
    /// When the store was copied.
    pub made: String,
    /// Whether it has a key file.
    pub key_file: bool,
    /// How many keys the store has.
    pub keys: u64,
    /// How many of them have a certificate that leads to a key of the deployment.
    pub chained: u64,
    /// How many have a certificate by somebody else.
    pub foreign_issuers: u64,
    /// How many private keys were opened and compared with their certificates.
    pub opened: u64,
    /// What cannot be understood or does not open. It was so in the store.
    pub damaged: Vec<DamagedRow>,
    /// The thumbprint of the certificate of the key that signed.
    pub signed_by: String,
    /// The manifest with its signature.
    pub signed: SignedReport,
}

impl From<&manager::BackupReport> for BackupReport {
    fn from(report: &manager::BackupReport) -> Self {
        Self {
            made: report.made.to_rfc3339(),
            key_file: report.has_key_file,
            keys: report.keys,
            chained: report.chained,
            foreign_issuers: report.foreign_issuers,
            opened: report.opened,
            damaged: damaged(&report.damaged),
            signed_by: report.signed.certificate().thumbprint().to_hex(),
            signed: (&report.signed).into(),
        }
    }
}

type Answer<T> = Result<T, FacadeError>;

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl KeyManagerHandle {
    /// Wraps again all that the Module keys of an application wrap, so that it hangs under one of them. Can be repeated,
    /// and goes on where it was interrupted.
    ///
    /// # Errors
    /// Those of `KeyManager::rewrap`; those of opening the other master backend; `cancelled`.
    pub fn rewrap(
        &self,
        app: &str,
        request: RewrapRequest,
        progress: Option<Arc<dyn HostProgress>>,
    ) -> Answer<RewrapReport> {
        let to = request.to.map(Kept::from);
        let options = RewrapOptions {
            to: to.map(|to| to.open(false, &self.config)).transpose()?,
            module: request.module.as_deref().map(Alias::new).transpose()?,
            stop_at_damaged: request.stop_at_damaged,
        };
        let report = self.manager.rewrap(&AppId::new(app)?, &options, &ProgressAdapter(progress))?;
        Ok(RewrapReport {
            app_id: report.app.to_string(),
            module_alias: report.module.to_string(),
            former_modules: report.former.iter().map(ToString::to_string).collect(),
            rewrapped: report.rewrapped,
            kept: report.kept,
            other_domain: report.other_domain,
            pool_keys_discarded: report.pool_keys_discarded,
            damaged: damaged(&report.damaged),
            begun: report.begun.to_rfc3339(),
            ended: report.ended.to_rfc3339(),
            seconds: seconds(report.begun, report.ended),
            signed: (&report.signed).into(),
        })
    }

    /// Copies every row of the store into `to`, and compares both in the end. `create` makes an embedded store new. Can be
    /// repeated, and goes on where it was interrupted. Nobody may write to the store meanwhile.
    ///
    /// # Errors
    /// Those of `KeyManager::copy_store`; those of opening the other store; `cancelled`.
    pub fn copy_store(
        &self,
        to: StoreChoice,
        create: bool,
        stop_at_damaged: bool,
        progress: Option<Arc<dyn HostProgress>>,
    ) -> Answer<CopyReport> {
        let to = to.open(create)?.store;
        let report = self.manager.copy_store(&to, &CopyOptions { stop_at_damaged }, &ProgressAdapter(progress))?;
        let table = |table: &manager::TableCopy| TableCopy {
            table: table.table.to_owned(),
            copied: table.copied,
            present: table.present,
            others: table.others,
        };
        Ok(CopyReport {
            tables: report.tables.iter().map(table).collect(),
            intents_left: report.intents,
            pool_keys_left: report.pool_keys,
            damaged: damaged(&report.damaged),
            begun: report.begun.to_rfc3339(),
            ended: report.ended.to_rfc3339(),
            seconds: seconds(report.begun, report.ended),
            signed: (&report.signed).into(),
        })
    }

    /// Copies the store, and the key file if there is one, into the archive `path`, which must not exist; `open` opens
    /// every key of it. A token is not copied.
    ///
    /// # Errors
    /// Those of `KeyManager::backup`; `cancelled`. There is no archive then.
    pub fn backup(&self, path: &str, open: bool, progress: Option<Arc<dyn HostProgress>>) -> Answer<BackupReport> {
        let request =
            BackupRequest { archive: path.into(), sqlite: self.sqlite.clone(), key_file: self.key_file.clone(), open };
        Ok((&self.manager.backup(&request, &ProgressAdapter(progress))?).into())
    }

    /// Looks at an archive; with `open`, whether every key opens with the master keys of this manager. Its store is not
    /// looked at.
    ///
    /// # Errors
    /// Those of `KeyManager::verify_backup`; `cancelled`.
    pub fn verify_backup(
        &self,
        path: &str,
        open: bool,
        progress: Option<Arc<dyn HostProgress>>,
    ) -> Answer<BackupReport> {
        let progress = ProgressAdapter(progress);
        Ok((&self.manager.verify_backup(Path::new(path), VerifyOptions { open }, &progress)?).into())
    }

    /// Puts an archive back: its store as the SQLite file `store`, its key file as `key_file`. Nothing may be there. The
    /// store of this manager is not touched.
    ///
    /// # Errors
    /// Those of `KeyManager::restore_backup`; `cancelled`.
    pub fn restore_backup(
        &self,
        path: &str,
        store: &str,
        key_file: Option<String>,
        progress: Option<Arc<dyn HostProgress>>,
    ) -> Answer<BackupReport> {
        let places = RestorePlaces { store: store.into(), key_file: key_file.map(Into::into) };
        Ok((&self.manager.restore_backup(Path::new(path), &places, &ProgressAdapter(progress))?).into())
    }
}
