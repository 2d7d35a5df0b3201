//! Certificates against what MOSIP, OpenSSL and the JDK write and read (docs/certificates.md).
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may"
)]

#[path = "certificate/alternative_names.rs"]
mod alternative_names;
#[path = "certificate/bundles.rs"]
mod bundles;
#[path = "certificate/common.rs"]
mod common;
#[path = "certificate/curves.rs"]
mod curves;
#[path = "certificate/golden.rs"]
mod golden;
#[path = "certificate/hostile.rs"]
mod hostile;
#[path = "certificate/issued.rs"]
mod issued;
#[path = "certificate/other_keys.rs"]
mod other_keys;
#[path = "certificate/requests.rs"]
mod requests;
