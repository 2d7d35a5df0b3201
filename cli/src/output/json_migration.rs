//! The JSON documents of long work that moves keys.

use keymanager::manager::{BackupReport, CopyReport, DamagedKey, MigrateReport, RewrapReport, TableCopy};
use keymanager::time::Timestamp;
use serde::Serialize;

/// `keys rewrap`
#[derive(Serialize)]
pub(crate) struct Rewrapped {
    app_id: String,
    module_alias: String,
    former_modules: Vec<String>,
    rewrapped: u64,
    kept: u64,
    other_domain: u64,
    pool_keys_discarded: u64,
    damaged: Vec<Damaged>,
    begun: String,
    ended: String,
    seconds: u64,
    report: Option<String>,
}

/// A row that could not be worked on.
#[derive(Serialize)]
pub(crate) struct Damaged {
    alias: String,
    error: &'static str,
    text: String,
}

impl Rewrapped {
    pub(crate) fn new(report: &RewrapReport, file: Option<String>) -> Self {
        Self {
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
            report: file,
        }
    }
}

/// `migrate`
#[derive(Serialize)]
pub(crate) struct Migrated {
    made_key: Option<String>,
    signed: u64,
    renewed: u64,
    kept: u64,
    refused: Vec<Refused>,
}

/// A row that was not signed.
#[derive(Serialize)]
struct Refused {
    id: String,
    error: &'static str,
    text: String,
}

impl Migrated {
    pub(crate) fn new(report: &MigrateReport) -> Self {
        let refused = report.refused.iter().map(|row| Refused {
            id: row.id.clone(),
            error: row.code.name(),
            text: row.why.clone(),
        });
        Self {
            made_key: report.made_key.as_ref().map(ToString::to_string),
            signed: report.signed,
            renewed: report.renewed,
            kept: report.kept,
            refused: refused.collect(),
        }
    }
}

/// `store copy`
#[derive(Serialize)]
pub(crate) struct StoreCopied {
    from: String,
    to: String,
    tables: Vec<TableCopied>,
    intents_left: u64,
    pool_keys_left: u64,
    damaged: Vec<Damaged>,
    begun: String,
    ended: String,
    seconds: u64,
    report: Option<String>,
}

/// The rows of a table.
#[derive(Serialize)]
pub(crate) struct TableCopied {
    table: &'static str,
    copied: u64,
    present: u64,
    others: u64,
}

impl StoreCopied {
    pub(crate) fn new(from: &str, to: &str, report: &CopyReport, file: Option<String>) -> Self {
        let table = |counts: &TableCopy| TableCopied {
            table: counts.table,
            copied: counts.copied,
            present: counts.present,
            others: counts.others,
        };
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            tables: report.tables.iter().map(table).collect(),
            intents_left: report.intents,
            pool_keys_left: report.pool_keys,
            damaged: damaged(&report.damaged),
            begun: report.begun.to_rfc3339(),
            ended: report.ended.to_rfc3339(),
            seconds: seconds(report.begun, report.ended),
            report: file,
        }
    }
}

/// `backup create`, `backup verify` and `backup restore`
#[derive(Serialize)]
pub(crate) struct Archived {
    archive: String,
    made: String,
    key_file: bool,
    keys: u64,
    chained: u64,
    foreign_issuers: u64,
    opened: u64,
    damaged: Vec<Damaged>,
    signed_by: String,
}

impl Archived {
    pub(crate) fn new(archive: &str, report: &BackupReport) -> Self {
        Self {
            archive: archive.to_owned(),
            made: report.made.to_rfc3339(),
            key_file: report.has_key_file,
            keys: report.keys,
            chained: report.chained,
            foreign_issuers: report.foreign_issuers,
            opened: report.opened,
            damaged: damaged(&report.damaged),
            signed_by: report.signed.certificate().thumbprint().to_hex(),
        }
    }
}

fn damaged(keys: &[DamagedKey]) -> Vec<Damaged> {
    let one = |key: &DamagedKey| Damaged { alias: key.id.clone(), error: key.code.name(), text: key.why.clone() };
    keys.iter().map(one).collect()
}

/// Whole seconds between two times; a clock that was set back gives none.
fn seconds(begun: Timestamp, ended: Timestamp) -> u64 {
    let micros = ended.unix_micros().saturating_sub(begun.unix_micros());
    u64::try_from(micros).unwrap_or_default().checked_div(1_000_000).unwrap_or_default()
}
