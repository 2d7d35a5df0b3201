//! Change sets in one transaction.

use super::scope::{Use, number};
use super::session::Session;
use super::{find, schema};
use crate::error::Result;
use crate::id::KeyScope;
use crate::store::columns::Cell;
use crate::store::writer::{self, Writer};
use crate::store::{Change, ChangeSet, Record, Version};

const DOING: &str = "change the store";

/// Applies `changes` in one transaction, or nothing of them (STO-69).
pub(super) fn apply(session: &mut Session, changes: &ChangeSet) -> Result<()> {
    session.transaction(DOING, |session| {
        schema::check(session)?;
        lock_scopes(session, changes)?;
        writer::apply(&mut InTransaction(session), changes)
    })
}

/// Change sets about the keys of one scope come one after the other, so that no key appears between the look at a scope
/// and the commit. In one order, so that two never wait for each other.
fn lock_scopes(session: &mut Session, changes: &ChangeSet) -> Result<()> {
    let schema = session.schema();
    let expected = changes.expect_scopes.iter().map(|(scope, _)| scope);
    let changed = changes.changes.iter().filter_map(|change| match change {
        Change::Insert(Record::Key(key))
        | Change::Update(Record::Key(key), _)
        | Change::Delete(Record::Key(key), _) => Some(&key.alias.scope),
        _ => None,
    });
    let mut numbers: Vec<i64> = expected.chain(changed).map(|scope| number(Use::ChangeSet, &schema, scope)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    for number in numbers {
        session.query(DOING, "SELECT pg_catalog.pg_advisory_xact_lock($1)", &[Cell::Whole(number)])?;
    }
    Ok(())
}

struct InTransaction<'a>(&'a mut Session);

impl InTransaction<'_> {
    /// Keeps rows as they are until the end of the transaction, from the service too.
    fn keep(&mut self, table: &'static str, condition: &str, values: &[Cell<'_>]) -> Result<()> {
        let sql = format!("SELECT 1 FROM {} WHERE {condition} FOR UPDATE", self.table(table));
        self.0.query(DOING, &sql, values).map(drop)
    }
}

impl Writer for InTransaction<'_> {
    fn table(&self, name: &'static str) -> String {
        self.0.table(name)
    }

    fn mark(&self, number: usize) -> String {
        format!("${number}")
    }

    fn run(&mut self, sql: &str, values: &[Cell<'_>]) -> Result<()> {
        self.0.query(DOING, sql, values).map(drop)
    }

    fn exists(&mut self, sql: &str, id: &str) -> Result<bool> {
        self.0.query(DOING, sql, &[id.into()]).map(|rows| !rows.is_empty())
    }

    fn keeps_macs(&mut self) -> Result<bool> {
        Ok(self.0.keeps_macs())
    }

    fn scope_versions(&mut self, scope: &KeyScope) -> Result<Vec<Version>> {
        const OF_SCOPE: &str = "app_id = $1 AND coalesce(ref_id, '') = $2";
        let values = [scope.app.as_str().into(), scope.reference.as_str().into()];
        self.keep("key_alias", OF_SCOPE, &values)?;
        let halves = format!("id IN (SELECT id FROM {} WHERE {OF_SCOPE})", self.table("key_alias"));
        self.keep("key_store", &halves, &values)?;
        find::scope_versions(self.0, scope)
    }

    fn current_version(&mut self, record: &Record) -> Result<Option<Version>> {
        match record {
            Record::Key(key) => {
                let id = [key.alias.alias.as_str().into()];
                self.keep("key_alias", "id = $1", &id)?;
                self.keep("key_store", "id = $1", &id)?;
            }
            Record::Policy(row) => self.keep("key_policy_def", "app_id = $1", &[row.app.as_str().into()])?,
            Record::Intent(row) => self.keep("km_intent", "alias = $1", &[row.alias.as_str().into()])?,
            Record::FormerThumbprint(row) => {
                let values = [row.thumbprint.to_hex().into(), row.alias.as_str().into()];
                self.keep("km_former_thumbprint", "thumbprint = $1 AND alias = $2", &values)?;
            }
            Record::PoolKey(row) => self.keep("km_key_pool", "alias = $1", &[row.alias.as_str().into()])?,
            Record::Damaged(_) => {}
        }
        find::current_version(self.0, record)
    }
}
