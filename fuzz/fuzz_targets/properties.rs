//! Properties of a Java deployment: no input makes the reader panic, and what it writes is a configuration that is read.
#![no_main]

use keymanager::config::{Config, import_properties};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(import) = import_properties(data) else { return };
    Config::from_toml(&import.toml).expect("what is written is read");
});
