//! Several processes and threads on one file.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use keymanager::error::Code;
use keymanager::file::AtomicFile;
use keymanager::master::{KeyKind, MasterKeys};

use crate::support::{PASSPHRASE, alias, create, open, options, passphrase};

const FILE: &str = "KEYFILE_TEST_CHILD_FILE";
const NAME: &str = "KEYFILE_TEST_CHILD_NAME";
const COUNT: &str = "KEYFILE_TEST_CHILD_COUNT";

/// Not a test by itself: what the child processes of this file run.
#[test]
fn child() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let (name, count) = (std::env::var(NAME).unwrap(), std::env::var(COUNT).unwrap().parse().unwrap());
    let file = open(Path::new(&path)).unwrap();
    for number in 0..count {
        let name = format!("{name}-{number}");
        file.create(alias(&name), KeyKind::Aes256).unwrap();
        // Only a key that was made is named.
        println!("made {name}");
    }
}

fn spawn(path: &Path, name: &str, count: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sharing::child", "--nocapture"])
        .envs([(FILE, path.as_os_str()), (NAME, name.as_ref()), (COUNT, count.to_string().as_ref())])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn made(line: &str) -> Option<String> {
    line.split_once("made ").map(|(_, name)| name.to_owned())
}

fn aliases(path: &Path) -> BTreeSet<String> {
    open(path).unwrap().list(None).unwrap().entries.into_iter().map(|entry| entry.alias.to_string()).collect()
}

#[test]
fn processes_that_add_at_once_lose_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file = create(&path);
    let children: Vec<_> = ["a", "b", "c"].into_iter().map(|name| spawn(&path, name, 10)).collect();
    for number in 0..10 {
        file.create(alias(&format!("parent-{number}")), KeyKind::Aes256).unwrap();
    }
    let mut expected: BTreeSet<_> = (0..10).map(|number| format!("parent-{number}")).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        expected.extend(String::from_utf8(output.stdout).unwrap().lines().filter_map(made));
    }
    assert_eq!(expected.len(), 40);
    assert_eq!(aliases(&path), expected);
    // A handle that was open all the time sees the others' keys.
    assert_eq!(file.list(None).unwrap().entries.len(), 40);
    assert!(file.find(alias("c-9")).unwrap().is_some());
}

#[test]
fn threads_with_one_handle_and_with_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let shared = create(&path);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (shared, path) = (&shared, &path);
            scope.spawn(move || {
                let own = open(path).unwrap();
                for number in 0..5 {
                    let file = if number % 2 == 0 { shared } else { &own };
                    file.create(alias(&format!("{thread}-{number}")), KeyKind::Aes256).unwrap();
                    file.find(alias(&format!("{thread}-{number}"))).unwrap().unwrap();
                }
            });
        }
    });
    assert_eq!(aliases(&path).len(), 20);
}

/// One alias, several makers: one wins, the others are told.
#[test]
fn one_alias_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    create(&path);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| open(&path).unwrap().create(alias("the-one"), KeyKind::Aes256))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert!(refused.clone().all(|error| error.code() == Code::AliasExists), "{answers:?}");
}

#[test]
fn a_process_that_is_killed_while_it_writes_leaves_the_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    create(&path);
    let mut expected = BTreeSet::new();
    let mut caught = 0;
    for round in 0..12 {
        let mut child = spawn(&path, &format!("r{round}"), 1000);
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // The child works; then it dies at the moment a temporary file is seen.
        while made(&line).is_none() {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0);
        }
        expected.extend(made(line.trim()));
        while !temporary_file_is_there(folder.path()) {}
        child.kill().unwrap();
        child.wait().unwrap();
        expected.extend(output.lines().filter_map(|line| made(&line.unwrap())));
        caught += usize::from(temporary_file_is_there(folder.path()));
        let there = aliases(&path);
        assert!(there.is_superset(&expected), "a key that was made is gone");
        // At most the last one was made and not named.
        assert!(there.len() <= expected.len() + round + 1);
        expected = there;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name().to_string_lossy().ends_with(AtomicFile::SUFFIX) {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        // The lock of the dead is free.
        open(&path).unwrap().create(alias(&format!("after-{round}")), KeyKind::Aes256).unwrap();
        expected.insert(format!("after-{round}"));
    }
    assert!(caught > 0, "no child was caught between its write and its rename");
}

fn temporary_file_is_there(folder: &Path) -> bool {
    let names = std::fs::read_dir(folder).unwrap();
    names.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(AtomicFile::SUFFIX))
}

#[test]
fn a_lock_that_is_held_is_waited_for_and_then_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    create(&path).create(alias("secret"), KeyKind::Aes256).unwrap();
    let lock = std::fs::File::options().write(true).open(folder.path().join("keys.p12.lock")).unwrap();
    lock.lock().unwrap();
    let mut options = options();
    options.lock_wait = std::time::Duration::from_millis(20);
    let file = keymanager::master::keyfile::KeyFile::open(&path, passphrase(PASSPHRASE), options).unwrap();
    assert_eq!(file.create(alias("new"), KeyKind::Aes256).unwrap_err().code(), Code::LockTimeout);
    // Reading needs no lock.
    assert!(file.find(alias("secret")).unwrap().is_some());
    lock.unlock().unwrap();
    file.create(alias("new"), KeyKind::Aes256).unwrap();
}
