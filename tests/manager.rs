//! The manager over SQLite and a key file, and over what a running Java service left (tests/vectors/mosip/service).
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests may"
)]

#[path = "hierarchy/support.rs"]
mod support;

#[cfg(unix)]
#[path = "store/dump.rs"]
mod dump;
#[path = "manager/embedded.rs"]
mod embedded;
#[cfg(all(unix, feature = "postgres"))]
#[path = "manager/failover.rs"]
mod failover;
#[cfg(unix)]
#[path = "manager/kept.rs"]
mod kept;
#[cfg(all(unix, feature = "postgres"))]
#[path = "manager/postgres.rs"]
mod postgres;
#[cfg(all(unix, feature = "postgres"))]
#[path = "manager/replica.rs"]
mod replica;
#[cfg(all(unix, feature = "postgres"))]
#[path = "store/postgres/server.rs"]
mod server;
#[path = "manager/service.rs"]
mod service;
