//! The PKCS#12 key file and the suite for master backends, through the public interface.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests may"
)]

#[path = "keyfile/damage.rs"]
mod damage;
#[path = "keyfile/java.rs"]
mod java;
#[path = "keyfile/life.rs"]
mod life;
#[path = "keyfile/others.rs"]
mod others;
#[path = "keyfile/sharing.rs"]
mod sharing;
#[path = "keyfile/suite.rs"]
mod suite;
#[path = "keyfile/support.rs"]
mod support;
