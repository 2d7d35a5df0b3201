//! Many processes on one file. Each test starts its own binary again, for the test of the same name alone, with an
//! environment variable that says what to do there.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{Change, ChangeSet, KeyStore, Query, Record, Select};

use super::rows::{insert, key, try_insert};

const STORE: &str = "KEYMANAGER_TEST_STORE";
const NUMBER: &str = "KEYMANAGER_TEST_NUMBER";
/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(300);
const PROCESSES: u32 = 64;

/// In a child: its store and its number. In the test itself: none.
fn child() -> Option<(SqliteStore, u32)> {
    let path = std::env::var_os(STORE)?;
    let number = std::env::var(NUMBER).unwrap().parse().unwrap();
    Some((SqliteStore::open(Path::new(&path)).unwrap(), number))
}

/// Starts this binary again for the test `name`, below a shell that first runs `before`.
fn start(name: &str, store: &Path, number: u32, before: &str) -> Child {
    Command::new("sh")
        .args(["-c", &format!("{before} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1", name])
        .env(STORE, store)
        .env(NUMBER, number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn new_store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("keymanager.db")).unwrap();
    (folder, store)
}

fn scope() -> KeyScope {
    KeyScope::new("APP", "one").unwrap()
}

#[test]
fn of_many_processes_that_want_one_key_one_makes_it() {
    if let Some((store, number)) = child() {
        let lock = store.lock(scope(), LONG).unwrap();
        let found = store.find(Query::new(Select::KeysByScope(scope()))).unwrap().records;
        if found.is_empty() {
            insert(&store, [key(number, "one")]);
        }
        store.unlock(lock).unwrap();
        // And beside the lock, each writes rows of its own: nobody sees that the others do too.
        for row in 0..5 {
            insert(&store, [key(number * 100 + 1000 + row, &format!("own-{number}"))]);
        }
        return;
    }
    let (_folder, store) = new_store();
    let name = "processes::of_many_processes_that_want_one_key_one_makes_it";
    let children: Vec<_> = (0..PROCESSES).map(|number| start(name, store.path(), number, "")).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let count = |select| store.find(Query::new(select)).unwrap().records.len();
    assert_eq!(count(Select::KeysByScope(scope())), 1);
    assert_eq!(count(Select::AllKeys), 1 + usize::try_from(PROCESSES).unwrap() * 5);
}

#[test]
fn of_many_processes_that_lost_their_lock_one_wins() {
    if let Some((store, number)) = child() {
        say("ready");
        wait_for_a_line();
        // As if no lock existed: what guards is the expectation that the scope is still empty.
        let set =
            ChangeSet { expect_scopes: vec![(scope(), Vec::new())], changes: vec![Change::Insert(key(number, "one"))] };
        match store.apply(set) {
            Ok(()) => say("won"),
            Err(error) => {
                assert_eq!(error.code(), Code::StoreConflict);
                say("lost");
            }
        }
        return;
    }
    let (_folder, store) = new_store();
    let name = "processes::of_many_processes_that_lost_their_lock_one_wins";
    let mut children: Vec<_> = (0..16).map(|number| Talker::new(start(name, store.path(), number, ""))).collect();
    children.iter_mut().for_each(|child| child.expect("ready"));
    children.iter_mut().for_each(Talker::go);
    let won = children.iter_mut().filter_map(|child| child.next_word()).filter(|word| word == "won").count();
    assert_eq!(won, 1);
    assert_eq!(store.find(Query::new(Select::KeysByScope(scope()))).unwrap().records.len(), 1);
}

#[test]
fn the_system_frees_the_lock_of_a_process_that_dies() {
    if let Some((store, _)) = child() {
        store.lock(scope(), LONG).unwrap();
        say("ready");
        wait_for_a_line();
        return;
    }
    let (_folder, store) = new_store();
    let mut child =
        Talker::new(start("processes::the_system_frees_the_lock_of_a_process_that_dies", store.path(), 0, ""));
    child.expect("ready");
    assert_eq!(store.lock(scope(), Duration::from_millis(2)).unwrap_err().code(), Code::LockTimeout);
    child.kill();
    store.lock(scope(), LONG).unwrap();
}

#[test]
fn a_process_killed_at_any_moment_leaves_whole_change_sets() {
    if let Some((store, number)) = child() {
        // Pairs that come and go together, for ever.
        for round in number.. {
            let pair = [key(round * 2, "left"), key(round * 2 + 1, "right")];
            insert(&store, pair);
            let old = store.find(Query { limit: 2, ..Query::new(Select::AllKeys) }).unwrap().records;
            if round % 3 == 0 {
                let changes = old.into_iter().map(|found| Change::Delete(found.record, found.version)).collect();
                store.apply(ChangeSet { changes, ..ChangeSet::default() }).unwrap();
            }
            say("round");
        }
        return;
    }
    let (folder, store) = new_store();
    let path = store.path().to_owned();
    drop(store);
    let mut most = 0;
    for attempt in 0..20u32 {
        let name = "processes::a_process_killed_at_any_moment_leaves_whole_change_sets";
        let mut child = Talker::new(start(name, &path, attempt * 1000, ""));
        for _ in 0..=attempt % 5 {
            child.expect("round");
        }
        // Somewhere within the next rounds: the words that were not read yet say nothing about where.
        child.kill();
        let store = SqliteStore::open(&path).unwrap();
        let mut halves: HashMap<u32, u32> = HashMap::new();
        for found in store.find(Query::new(Select::AllKeys)).unwrap().records {
            let Record::Key(found) = found.record else { panic!("not a key") };
            assert!(found.stored.is_some());
            let number: u32 = found.alias.alias.as_str().trim_start_matches("id-").parse().unwrap();
            *halves.entry(number / 2).or_default() += 1;
        }
        most = most.max(halves.len());
        assert!(halves.values().all(|count| *count == 2), "{halves:?}");
    }
    assert!(most > 0);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["keymanager.db"], "no journal is left");
}

#[test]
fn a_disk_that_takes_no_more_is_an_error_and_harms_nothing() {
    if let Some((store, _)) = child() {
        let mut written = 0;
        let error = loop {
            match try_insert(&store, key(written, "one")) {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), Code::StoreUnavailable);
        let found = store.find(Query::new(Select::AllKeys)).unwrap().records.len();
        say(&format!("written {written} found {found}"));
        return;
    }
    let (_folder, store) = new_store();
    let name = "processes::a_disk_that_takes_no_more_is_an_error_and_harms_nothing";
    // No file may grow beyond 512 KiB, and a write that would is an error, not a signal.
    let child = start(name, store.path(), 0, "trap '' XFSZ; ulimit -f 1024;");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let words: Vec<_> = said.lines().find(|line| line.contains("written ")).unwrap().split(' ').collect();
    let (written, found): (usize, usize) = (words[2].parse().unwrap(), words[4].parse().unwrap());
    assert!(written > 10);
    assert_eq!(found, written);
    // Everything that was acknowledged is there, and with room again it goes on.
    assert_eq!(store.find(Query::new(Select::AllKeys)).unwrap().records.len(), written);
    insert(&store, [key(1_000_000, "one")]);
}

/// A child that writes words, one a line, among what the test harness writes.
pub(crate) struct Talker {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Talker {
    pub(crate) fn new(mut child: Child) -> Self {
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    pub(crate) fn next_word(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 {
            if let Some(word) = line.trim().strip_prefix("> ") {
                return Some(word.to_owned());
            }
            line.clear();
        }
        None
    }

    pub(crate) fn expect(&mut self, word: &str) {
        assert_eq!(self.next_word().as_deref(), Some(word));
    }

    pub(crate) fn go(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn say(word: &str) {
    // On a line of its own, whatever the harness wrote before.
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n> {word}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

pub(crate) fn wait_for_a_line() {
    let mut byte = [0];
    let _ = std::io::stdin().lock().read(&mut byte).unwrap();
}
