//! Four actors over one store and one master backend: a manager each, with its own clock, store handle and failures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use keymanager::config::Config;
use keymanager::error::Result;
use keymanager::id::{Alias, KeyScope, Thumbprint};
use keymanager::manager::KeyManager;
use keymanager::master::MasterKeys;
use keymanager::random::{KeySource, RandomSource};
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{IntentRow, KeyStore, PolicyRow, Query, Record, Select};
use keymanager::time::{Clock, Timestamp};

use crate::book::Facts;
use crate::faulty::{FaultyMaster, FaultyStore, Plan};
use crate::foresight::JOB;
use crate::steps::{ACTORS, Dice};
use crate::support::{KeptKeys, START, TestClock, provider, software_master};

/// Which store is under the actors.
#[derive(Debug, Clone, Copy)]
pub enum Backing {
    Memory,
    Sqlite,
}

/// Who the actors are, for policies with a list of users.
pub const CALLERS: [Option<&str>; ACTORS] = [None, Some("alice"), Some("BOB"), Some("carol")];

/// How many keys the job of each actor keeps ready (HIE-97).
pub const POOLS: [u32; ACTORS] = [0, 0, 0, 2];

/// Application, validity, pre-expiry, access.
const POLICIES: [(&str, i16, i16, &str); 8] = [
    ("ROOT", 2920, 1125, "NA"),
    ("KERNEL", 1095, 60, "NA"),
    ("REGISTRATION", 1095, 60, "NA"),
    ("PMS", 400, 30, "alice, Bob"),
    ("BASE", 730, 30, "NA"),
    ("A", 100, 10, "NA"),
    ("A_B", 100, 10, "NA"),
    ("RESIDENT", 30, 29, "NA"),
];

/// Bytes that are the same for the same seed.
#[derive(Debug)]
struct SeededRandom(Mutex<Dice>);

impl RandomSource for SeededRandom {
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        let mut dice = self.0.lock().unwrap();
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&dice.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

pub struct Actor {
    pub manager: KeyManager,
    pub plan: Arc<Plan>,
    pub clock: Arc<TestClock>,
    pub offset: i64,
}

pub struct Stage {
    pub actors: Vec<Actor>,
    /// The common time, which the offsets are added to.
    pub time: Timestamp,
    /// A handle that never fails, to look with.
    store: Arc<dyn KeyStore>,
    master: Arc<dyn MasterKeys>,
    keys: Arc<KeptKeys>,
    random: Arc<SeededRandom>,
    folder: Option<tempfile::TempDir>,
}

impl Stage {
    pub fn new(backing: Backing, seed: u64) -> Self {
        let folder = match backing {
            Backing::Memory => None,
            Backing::Sqlite => Some(folder()),
        };
        let store: Arc<dyn KeyStore> = match &folder {
            None => Arc::new(MemoryStore::new()),
            Some(folder) => Arc::new(SqliteStore::create(&folder.path().join("keymanager.db")).unwrap()),
        };
        let keys = Arc::new(KeptKeys::default());
        let master = software_master(&keys);
        let random = Arc::new(SeededRandom(Mutex::new(Dice(seed))));
        let time = Timestamp::from_rfc3339(START).unwrap();
        let mut stage = Self { actors: Vec::new(), time, store, master, keys, random, folder };
        for index in 0..ACTORS {
            let actor = stage.actor(index, Arc::new(TestClock::at(START)), 0);
            stage.actors.push(actor);
        }
        stage.actors[0].manager.initialise(&policies(time)).unwrap();
        stage
    }

    fn actor(&self, index: usize, clock: Arc<TestClock>, offset: i64) -> Actor {
        let plan = Plan::new();
        let store: Arc<dyn KeyStore> = match &self.folder {
            None => Arc::clone(&self.store),
            Some(folder) => Arc::new(SqliteStore::open(&folder.path().join("keymanager.db")).unwrap()),
        };
        let store = Arc::new(FaultyStore(store, Arc::clone(&plan)));
        let master = Arc::new(FaultyMaster(Arc::clone(&self.master), Arc::clone(&plan)));
        let mut config = Config::default();
        let scopes = |from: &[(&str, &str)]| {
            from.iter().map(|(app, reference)| KeyScope::new(*app, *reference).unwrap()).collect::<Vec<_>>()
        };
        let (masters, base) = JOB.split_at(JOB.len() - 1);
        config.hierarchy.generate = Some(scopes(masters));
        config.hierarchy.generate_base = Some(scopes(base));
        config.hierarchy.key_pool = POOLS[index];
        let (keys, random, times): (Arc<dyn KeySource>, Arc<dyn RandomSource>, Arc<dyn Clock>) = (
            Arc::<KeptKeys>::clone(&self.keys),
            Arc::<SeededRandom>::clone(&self.random),
            Arc::<TestClock>::clone(&clock),
        );
        let builder = KeyManager::builder().provider(provider()).store(store).master(master).clock(times);
        let manager = builder.random(random).key_source(keys).config(config).build().unwrap();
        Actor { manager, plan, clock, offset }
    }

    /// Another process takes the place of this one. The clock of the machine goes on.
    pub fn restart(&mut self, index: usize) {
        let actor = &self.actors[index];
        self.actors[index] = self.actor(index, Arc::clone(&actor.clock), actor.offset);
    }

    pub fn set_clocks(&self) {
        for actor in &self.actors {
            actor.clock.set(Timestamp::from_unix_micros(self.time.unix_micros() + actor.offset));
        }
    }

    pub fn facts(&self) -> Facts {
        let records = |select| self.records(select);
        let mut keys = BTreeMap::new();
        for record in records(Select::AllKeys) {
            if let Record::Key(key) = record {
                keys.insert(key.alias.alias.clone(), *key);
            }
        }
        let policies = records(Select::AllPolicies).into_iter().filter_map(|record| match record {
            Record::Policy(row) => Some(row),
            _ => None,
        });
        let mut entries = BTreeMap::new();
        let mut cursor = None;
        loop {
            let page = self.master.list(cursor).unwrap();
            entries.extend(page.entries.into_iter().map(|entry| (entry.alias.clone(), entry)));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let mut former: BTreeMap<Alias, BTreeSet<Thumbprint>> = BTreeMap::new();
        for record in records(Select::AllFormerThumbprints) {
            if let Record::FormerThumbprint(row) = record {
                former.entry(row.alias).or_default().insert(row.thumbprint);
            }
        }
        let pool = records(Select::AllPoolKeys).into_iter().filter_map(|record| match record {
            Record::PoolKey(row) => Some(row),
            _ => None,
        });
        Facts { keys, policies: policies.collect(), entries, former, pool: pool.collect() }
    }

    pub fn intents(&self) -> Vec<IntentRow> {
        self.records(Select::AllIntents)
            .into_iter()
            .filter_map(|record| match record {
                Record::Intent(row) => Some(row),
                _ => None,
            })
            .collect()
    }

    fn records(&self, select: Select) -> Vec<Record> {
        let mut query = Query::new(select);
        let mut records = Vec::new();
        loop {
            let page = self.store.find(query.clone()).unwrap();
            records.extend(page.records.into_iter().map(|found| found.record));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return records,
            }
        }
    }
}

/// The policies that are there from the begin.
pub fn policies(now: Timestamp) -> Vec<PolicyRow> {
    POLICIES
        .iter()
        .map(|(app, validity, pre_expire, access)| PolicyRow {
            app: keymanager::id::AppId::new(*app).unwrap(),
            validity_days: Some(*validity),
            pre_expire_days: Some(*pre_expire),
            active: true,
            access_allowed: Some((*access).to_owned()),
            created_by: "model".to_owned(),
            created: now,
        })
        .collect()
}

/// In memory where the system has files there: every change set waits for the disk, and the disk is not what is tested.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}
