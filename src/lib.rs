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
pub mod config;
pub mod crypto;
pub mod encryptor;
pub mod envelope;
pub mod error;
pub mod file;
pub mod hierarchy;
pub mod id;
pub mod manager;
pub mod master;
pub mod process;
pub mod progress;
pub mod random;
pub mod secret;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;

pub use error::{Category, Code, Error, Result};
