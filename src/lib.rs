//! keymanager: an embeddable cryptographic SDK for national-ID programmes.
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        clippy::string_slice,
        reason = "tests may"
    )
)]

pub mod certificate;
pub mod crypto;
pub mod envelope;
pub mod error;
pub mod file;
pub mod id;
pub mod master;
pub mod process;
pub mod random;
pub mod secret;
pub mod store;
pub mod time;

pub use error::{Category, Code, Error, Result};
