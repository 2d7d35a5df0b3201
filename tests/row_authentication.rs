//! Row authentication (docs/storage.md, section 8): rows that somebody changed behind the back of the library, on SQLite
//! and on a real PostgreSQL server.
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

#[cfg(all(unix, feature = "postgres"))]
#[path = "store/postgres/server.rs"]
mod server;

#[path = "row_authentication/bench.rs"]
mod bench;
#[path = "row_authentication/migrating.rs"]
mod migrating;
#[path = "row_authentication/tampering.rs"]
mod tampering;
