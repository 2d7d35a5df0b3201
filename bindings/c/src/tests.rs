//! The conformance suites of the core on the store and the master backend that are written in C, through the tables and
//! answers of this crate.
//!
//! The C files are made into a library of their own and loaded. Their calls of `km_answer_…` go through a table that the
//! test hands over (`tests/c/answers.c`): a test program does not export its functions.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests may")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, LazyLock};

use keymanager_facade::testing::{master_suite, store_suite};

use crate::answer::{km_answer_bytes, km_answer_entry, km_answer_message, km_answer_next, km_answer_row};
use crate::master::{CMaster, km_master_callbacks};
use crate::pointer::{self, Context};
use crate::store::{CStore, km_store_callbacks};

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

/// `RTLD_NOW`: every name is looked up at once, so that one that is missing is seen.
const NOW: c_int = 2;

type NewHost = unsafe extern "C" fn() -> *mut c_void;
type StoreTable = unsafe extern "C" fn(*mut c_void) -> km_store_callbacks;
type MasterTable = unsafe extern "C" fn(*mut c_void) -> km_master_callbacks;

/// The functions of `host_store.h` and `host_master.h`.
struct Hosts {
    new_store: NewHost,
    store_table: StoreTable,
    new_master: NewHost,
    master_table: MasterTable,
}

static HOSTS: LazyLock<Hosts> = LazyLock::new(load);

fn load() -> Hosts {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libhosts.so");
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-g", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-I"]);
    cc.arg(here.join("../../include")).arg("-o").arg(&library);
    let examples = here.join("../../examples/c");
    cc.arg("-I").arg(&examples).arg(examples.join("host_store.c"));
    cc.args(["host_master.c", "answers.c"].map(|file| here.join("tests/c").join(file)));
    let output = cc.args(["-lcrypto", "-pthread"]).output().expect("cc is needed by this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let path = CString::new(library.to_str().unwrap()).unwrap();
    // SAFETY: a text that ends with NUL; the library has no constructors.
    let handle = unsafe { dlopen(path.as_ptr(), NOW) };
    if handle.is_null() {
        // SAFETY: after a failure it is a text.
        panic!("{}", unsafe { CStr::from_ptr(dlerror()) }.to_string_lossy());
    }
    let symbol = |name: &CStr| {
        // SAFETY: the library is never unloaded, and the name ends with NUL.
        let found = unsafe { dlsym(handle, name.as_ptr()) };
        assert!(!found.is_null(), "{name:?}");
        found
    };
    let answers: [*const c_void; 5] = [
        km_answer_message as *const c_void,
        km_answer_bytes as *const c_void,
        km_answer_next as *const c_void,
        km_answer_row as *const c_void,
        km_answer_entry as *const c_void,
    ];
    // SAFETY: the types are those of answers.c, host_store.h and host_master.h; here and in the calls that follow.
    unsafe {
        let hand_over: unsafe extern "C" fn(*const *const c_void) = std::mem::transmute(symbol(c"hosts_use_answers"));
        hand_over(answers.as_ptr());
        Hosts {
            new_store: std::mem::transmute::<*mut c_void, NewHost>(symbol(c"host_store_new")),
            store_table: std::mem::transmute::<*mut c_void, StoreTable>(symbol(c"host_store_table")),
            new_master: std::mem::transmute::<*mut c_void, NewHost>(symbol(c"host_master_new")),
            master_table: std::mem::transmute::<*mut c_void, MasterTable>(symbol(c"host_master_table")),
        }
    }
}

/// Former thumbprints and every other selection among it.
#[test]
fn a_store_in_c_passes_the_suite() {
    store_suite(&|| {
        // SAFETY: the functions are those of host_store.h; the store lives as long as the program.
        let table = unsafe { (HOSTS.store_table)((HOSTS.new_store)()) };
        // SAFETY: a whole table.
        let (context, table) = unsafe { (Context::take(&raw const table), pointer::sized(&raw const table)) };
        Arc::new(CStore::new(context.unwrap(), &table.unwrap()).unwrap())
    });
}

#[test]
fn a_master_backend_in_c_passes_the_suite() {
    // SAFETY: the functions are those of host_master.h; the backend lives as long as the program.
    let table = unsafe { (HOSTS.master_table)((HOSTS.new_master)()) };
    // SAFETY: a whole table, whose pointers live as long as the program.
    let host = unsafe {
        let context = Context::take(&raw const table).unwrap();
        CMaster::new(context, &pointer::sized(&raw const table).unwrap()).unwrap()
    };
    master_suite(Arc::new(host)).unwrap_or_else(|error| panic!("{}", error.detail));
}
