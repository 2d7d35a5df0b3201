//! The command line as scripts and people meet it: the built binary, its files, its JSON and its exit status.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::result_large_err,
    clippy::string_slice,
    reason = "tests may"
)]

mod audit;
mod backup;
mod bindings;
mod docs;
mod doctor;
#[path = "../../../tests/store/dump.rs"]
mod dump;
mod envelopes;
mod keys;
mod migrate;
mod outputs;
mod passphrases;
mod postgres;
mod quickstart;
mod rewrap;
mod sandbox;
#[path = "../../../tests/store/postgres/server.rs"]
mod server;
mod service;
mod settings;
mod simulate;
mod status;
mod store_copy;
mod token;
