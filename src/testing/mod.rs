//! Conformance suites for providers, stores and master backends. No test power is in here.

pub mod master;
pub mod provider;
pub mod store;
