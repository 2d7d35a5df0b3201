//! The record stores, through the public interface.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "tests may")]

#[path = "store/suite.rs"]
mod suite;
