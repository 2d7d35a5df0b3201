//! What each operation of the Java service refuses, and that we refuse it too: in its order of checks, with its codes,
//! and without leaving a trace (docs/hierarchy.md). What it does otherwise is listed in tests/lifecycle/differences.rs.
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

#[path = "hierarchy/outside.rs"]
mod outside;
#[path = "hierarchy/support.rs"]
mod support;

#[path = "errors/table.rs"]
mod table;

#[path = "errors/certificate_texts.rs"]
mod certificate_texts;
#[path = "errors/generate_csr.rs"]
mod generate_csr;
#[path = "errors/generate_ec_sign_key.rs"]
mod generate_ec_sign_key;
#[path = "errors/generate_master_key.rs"]
mod generate_master_key;
#[path = "errors/generate_symmetric_key.rs"]
mod generate_symmetric_key;
#[path = "errors/get_all_certificates.rs"]
mod get_all_certificates;
#[path = "errors/get_certificate.rs"]
mod get_certificate;
#[path = "errors/revoke_key.rs"]
mod revoke_key;
#[path = "errors/upload_certificate.rs"]
mod upload_certificate;
#[path = "errors/upload_other_domain.rs"]
mod upload_other_domain;
