//! The JSON documents of `hsm`.

use keymanager::master::pkcs11::{ProbeOperation, TokenProbe};
use serde::Serialize;

/// `hsm probe`
#[derive(Serialize)]
pub(crate) struct TokenProbed {
    module: String,
    pkcs11_version: String,
    token: String,
    master: String,
    write_protected: bool,
    final_try: bool,
    most_sessions: Option<u64>,
    raw_rsa: bool,
    aes_ecb: bool,
    operations: Vec<TokenOperation>,
    objects: TokenObjects,
    warnings: Vec<String>,
    configuration: String,
}

#[derive(Serialize)]
struct TokenOperation {
    name: String,
    works: bool,
    microseconds: Option<u64>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct TokenObjects {
    pairs: usize,
    pending: usize,
    aes: usize,
    certificates: usize,
    foreign: usize,
}

impl TokenProbed {
    pub(crate) fn new(probe: &TokenProbe) -> Self {
        let operation = |operation: &ProbeOperation| TokenOperation {
            name: operation.name.clone(),
            works: operation.works,
            microseconds: operation.took.and_then(|took| u64::try_from(took.as_micros()).ok()),
            reason: operation.reason.clone(),
        };
        let objects = &probe.objects;
        Self {
            module: probe.module.clone(),
            pkcs11_version: probe.pkcs11_version.clone(),
            token: probe.token.clone(),
            master: probe.uri.to_string(),
            write_protected: probe.write_protected,
            final_try: probe.final_try,
            most_sessions: probe.most_sessions,
            raw_rsa: probe.capabilities.raw_rsa,
            aes_ecb: probe.capabilities.aes_ecb,
            operations: probe.operations.iter().map(operation).collect(),
            objects: TokenObjects {
                pairs: objects.pairs,
                pending: objects.pending,
                aes: objects.aes,
                certificates: objects.certificates,
                foreign: objects.foreign,
            },
            warnings: probe.warnings.clone(),
            configuration: probe.configuration.clone(),
        }
    }
}

/// `hsm health`
#[derive(Serialize)]
pub(crate) struct TokenHealthy {
    pub(crate) master: String,
    pub(crate) healthy: bool,
}
