//! One store into another, row by row (docs/migration.md, MIG-30 to MIG-38).

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::digest::{Digest, digest_of, id_of};
use crate::crypto::{CryptoProvider, sha256};
use crate::error::{Code, Error, Result};
use crate::hierarchy::{DamagedKey, DamagedMembers, Hierarchy, SignedReport, pages_of};
use crate::id::hex_upper;
use crate::progress::{Progress, check};
use crate::store::{Change, ChangeSet, DamagedRow, KeyRecord, KeyStore, Record, Select};
use crate::time::Timestamp;

/// What the report is, for whoever finds it.
const FORMAT: &str = "keymanager store copy report";
/// How many rows one change set writes.
const BATCH: usize = 50;
/// How many rows a message names.
const NAMED: usize = 5;
/// How often the rows of the source are read.
const PASSES: u64 = 3;

/// What a damaged row means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CopyOptions {
    /// End at the first row that cannot be understood. Otherwise it stays behind, and is reported.
    pub stop_at_damaged: bool,
}

/// What became of the rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableCopy {
    /// The table.
    pub table: &'static str,
    /// How many rows were written.
    pub copied: u64,
    /// How many were there already, and say the same.
    pub present: u64,
    /// How many the other store has besides. They are not touched.
    pub others: u64,
}

/// What was done.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CopyReport {
    /// The tables, in the order in which they were copied.
    pub tables: Vec<TableCopy>,
    /// How many creations were under way in the source. They stay there.
    pub intents: u64,
    /// How many rows of the key pool the source has. They stay there.
    pub pool_keys: u64,
    /// The rows that cannot be understood.
    pub damaged: Vec<DamagedKey>,
    /// When it began.
    pub begun: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The report for outsiders, signed by a key of the deployment.
    pub signed: SignedReport,
}

/// A table, what selects its rows (those that cannot be understood too, where a store can say so), and whether it is one
/// of ours.
struct Table {
    name: &'static str,
    as_they_are: Select,
    otherwise: Select,
    side: bool,
}

fn tables() -> [Table; 3] {
    let table = |name, as_they_are: Select, otherwise: Select, side| Table { name, as_they_are, otherwise, side };
    [
        table("key_policy_def", Select::AllPolicies, Select::AllPolicies, false),
        table("key_alias", Select::KeysAsTheyAre, Select::AllKeys, false),
        table("km_former_thumbprint", Select::FormerThumbprintsAsTheyAre, Select::AllFormerThumbprints, true),
    ]
}

/// Copies every row of the hierarchy's store into `to`, in three passes: nothing is written before all is compared, and
/// all is compared again at the end.
///
/// # Errors
/// `already_exists` when `to` has another row in the place of one; `unsupported` when it has no table for one;
/// `store_conflict` when the source was changed meanwhile; `record_damaged` with `stop_at_damaged`; `root_not_found`
/// without a key to sign with; `cancelled`; those of the stores.
pub(crate) fn copy_store(
    hierarchy: &Hierarchy,
    to: &Arc<dyn KeyStore>,
    options: &CopyOptions,
    progress: &dyn Progress,
) -> Result<CopyReport> {
    let begun = hierarchy.now();
    let signer = hierarchy.deployment_signer()?;
    let mut copy =
        Copy { hierarchy, to, options, progress, done: 0, total: None, damaged: Vec::new(), keys: Vec::new() };
    let mut done = Vec::new();
    let mut all_there = Vec::new();
    for table in tables() {
        let there = copy.rows_there(&table)?;
        done.push(copy.compare(&table, &there)?);
        all_there.push(there);
    }
    // Each pass is about the same rows.
    copy.total = Some(copy.done.saturating_mul(PASSES));
    for ((table, counts), there) in tables().iter().zip(&mut done).zip(all_there) {
        counts.copied = copy.write(table, &there)?;
    }
    for table in tables() {
        copy.verify(&table)?;
    }
    let intents = copy.left(Select::IntentsAsTheyAre, Select::AllIntents)?;
    let pool_keys = copy.left(Select::AllPoolKeys, Select::AllPoolKeys)?;
    // When it is told, not the one time of the operation (HIE-16).
    let ended = hierarchy.operation().now();
    let mut damaged = copy.damaged;
    damaged.sort_by(|one, other| one.id.cmp(&other.id));
    damaged.dedup_by(|one, other| one.id == other.id);
    let mut keys = copy.keys;
    keys.sort_by(|one, other| one.alias.cmp(&other.alias));
    let body = Body {
        begun: begun.to_rfc3339(),
        damaged: damaged.iter().map(DamagedMembers::new).collect(),
        ended: ended.to_rfc3339(),
        format: FORMAT,
        intents_left: intents,
        keys,
        pool_keys_left: pool_keys,
        tables: done.iter().map(TableMembers::new).collect(),
        version: 1,
    };
    let signed = hierarchy.sign_for_deployment(&signer, &body)?;
    Ok(CopyReport { tables: done, intents, pool_keys, damaged, begun, ended, signed })
}

/// The digests of the rows of a table in the other store, by their ids.
type RowsThere = HashMap<String, Digest>;

struct Copy<'a> {
    hierarchy: &'a Hierarchy,
    to: &'a Arc<dyn KeyStore>,
    options: &'a CopyOptions,
    progress: &'a dyn Progress,
    done: u64,
    /// Known after the first pass.
    total: Option<u64>,
    damaged: Vec<DamagedKey>,
    keys: Vec<KeyMembers>,
}

impl Copy<'_> {
    fn provider(&self) -> &CryptoProvider {
        self.hierarchy.provider()
    }

    /// The first pass: what would have to be written over is refused before anything is written.
    fn compare(&mut self, table: &Table, there: &RowsThere) -> Result<TableCopy> {
        let mut counts = TableCopy { table: table.name, copied: 0, present: 0, others: 0 };
        let mut missing = 0u64;
        let mut other = Vec::new();
        self.each_here(table, |_, id, digest, _| {
            match there.get(&id) {
                Some(known) if *known == digest => counts.present = counts.present.saturating_add(1),
                Some(_) => other.push(id),
                None => missing = missing.saturating_add(1),
            }
            Ok(())
        })?;
        if !other.is_empty() {
            let why = format!("the other store has other rows of {} under the same ids: {}", table.name, named(&other));
            return Err(Error::new(Code::AlreadyExists, why));
        }
        if table.side && missing > 0 && !self.to.capabilities().side_tables {
            let why = format!("the other store has no table {}, and {missing} rows belong there", table.name);
            return Err(Error::new(Code::Unsupported, why));
        }
        let there = u64::try_from(there.len()).unwrap_or(u64::MAX);
        counts.others = there.saturating_sub(counts.present);
        Ok(counts)
    }

    /// The second pass: what was missing in the first one is written. A row that somebody else wrote since then is
    /// refused by the other store itself.
    fn write(&mut self, table: &Table, there: &RowsThere) -> Result<u64> {
        let mut pending: Vec<Change> = Vec::new();
        let mut written = 0u64;
        self.each_here(table, |copy, id, _, record| {
            if !there.contains_key(&id) {
                pending.push(Change::Insert(record));
                written = written.saturating_add(1);
            }
            if pending.len() >= BATCH { copy.apply(&mut pending) } else { Ok(()) }
        })?;
        self.apply(&mut pending)?;
        Ok(written)
    }

    fn apply(&self, pending: &mut Vec<Change>) -> Result<()> {
        if pending.is_empty() {
            return Ok(());
        }
        let changes = std::mem::take(pending);
        self.to.apply(ChangeSet { expect_scopes: Vec::new(), changes })
    }

    /// The third pass: every row is read again, on both sides.
    fn verify(&mut self, table: &Table) -> Result<()> {
        let there = self.rows_there(table)?;
        let mut changed = Vec::new();
        self.each_here(table, |copy, id, digest, record| {
            if there.get(&id) != Some(&digest) {
                changed.push(id);
            }
            if let Record::Key(key) = &record {
                let members = KeyMembers::new(copy.provider(), key)?;
                copy.keys.push(members);
            }
            Ok(())
        })?;
        if changed.is_empty() {
            return Ok(());
        }
        let why = format!("rows of {} were changed while they were copied: {}", table.name, named(&changed));
        Err(Error::new(Code::StoreConflict, why))
    }

    /// Goes over the rows of the source.
    fn each_here(
        &mut self,
        table: &Table,
        mut look: impl FnMut(&mut Self, String, Digest, Record) -> Result<()>,
    ) -> Result<()> {
        let store = Arc::clone(self.hierarchy.store());
        if table.side && !store.capabilities().side_tables {
            return Ok(());
        }
        for page in pages_of(store.as_ref(), table.as_they_are.clone(), table.otherwise.clone()) {
            for found in page? {
                check(self.progress)?;
                self.done = self.done.saturating_add(1);
                self.progress.advance(self.done, self.total, "rows");
                let id = id_of(&found.record);
                if let Record::Damaged(row) = &found.record {
                    self.damaged(&id, row)?;
                    continue;
                }
                let digest = digest_of(self.provider(), &found.record)?;
                look(self, id, digest, found.record)?;
            }
        }
        Ok(())
    }

    fn damaged(&mut self, id: &str, row: &DamagedRow) -> Result<()> {
        if self.options.stop_at_damaged {
            return Err(Error::new(row.code, row.why.clone()));
        }
        self.damaged.push(DamagedKey::new(id, row.code, &row.why));
        Ok(())
    }

    /// The digests of the rows of the other store. A row there that cannot be understood is another row.
    fn rows_there(&self, table: &Table) -> Result<RowsThere> {
        let mut rows = RowsThere::new();
        if table.side && !self.to.capabilities().side_tables {
            return Ok(rows);
        }
        for page in pages_of(self.to.as_ref(), table.as_they_are.clone(), table.otherwise.clone()) {
            for found in page? {
                check(self.progress)?;
                let digest = match &found.record {
                    Record::Damaged(_) => Digest::default(),
                    record => digest_of(self.provider(), record)?,
                };
                rows.insert(id_of(&found.record), digest);
            }
        }
        Ok(rows)
    }

    /// How many rows stay behind. A creation that is under way belongs to the store it was begun in: whoever clears its
    /// intent removes the key, and the record may still come about there (HIE-28). A ready key in two stores could become
    /// two Base keys.
    fn left(&self, select: Select, otherwise: Select) -> Result<u64> {
        let store = self.hierarchy.store();
        if !store.capabilities().side_tables {
            return Ok(0);
        }
        let mut rows = 0u64;
        for page in pages_of(store.as_ref(), select, otherwise) {
            match page {
                Ok(page) => rows = rows.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX)),
                // A store of a host that knows no pools.
                Err(error) if error.code() == Code::Unsupported => return Ok(0),
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }
}

fn named(ids: &[String]) -> String {
    let mut text = ids.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if let Some(more) = ids.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// The signed report. The order of the members is that of their names (MIG-2).
#[derive(Serialize)]
struct Body<'a> {
    begun: String,
    damaged: Vec<DamagedMembers<'a>>,
    ended: String,
    format: &'static str,
    intents_left: u64,
    keys: Vec<KeyMembers>,
    pool_keys_left: u64,
    tables: Vec<TableMembers>,
    version: u8,
}

#[derive(Serialize)]
struct TableMembers {
    copied: u64,
    others: u64,
    present: u64,
    table: &'static str,
}

impl TableMembers {
    fn new(counts: &TableCopy) -> Self {
        Self { copied: counts.copied, others: counts.others, present: counts.present, table: counts.table }
    }
}

/// A key as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct KeyMembers {
    alias: String,
    app_id: String,
    certificate_sha256: Option<String>,
    private_key_sha256: Option<String>,
    ref_id: String,
}

impl KeyMembers {
    pub(super) fn new(provider: &CryptoProvider, key: &KeyRecord) -> Result<Self> {
        let digest = |text: &String| Ok::<_, Error>(hex_upper(&sha256(provider, text.as_bytes())?));
        Ok(Self {
            alias: key.alias.alias.to_string(),
            app_id: key.alias.scope.app.to_string(),
            certificate_sha256: key.alias.thumbprint.map(|thumbprint| thumbprint.to_hex()),
            private_key_sha256: key.stored.as_ref().map(|stored| digest(&stored.private_key)).transpose()?,
            ref_id: key.alias.scope.reference.to_string(),
        })
    }
}
