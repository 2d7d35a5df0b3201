//! Records that move: from store to store, into an archive and back (docs/migration.md).
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests may"
)]

#[path = "hierarchy/faulty.rs"]
mod faulty;
#[path = "hierarchy/openssl.rs"]
mod openssl;
#[path = "hierarchy/outside.rs"]
mod outside;
#[path = "hierarchy/support.rs"]
mod support;

#[path = "migration/backup.rs"]
mod backup;
#[path = "migration/copy.rs"]
mod copy;
