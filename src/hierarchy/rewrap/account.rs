//! The report of a run (MIG-19): what people read, and what outsiders check.

use serde::Serialize;

use super::RewrapReport;
use super::target::Target;
use super::work::Found;
use crate::error::Result;
use crate::hierarchy::Hierarchy;
use crate::hierarchy::report::DamagedMembers;
use crate::id::{Alias, AppId};
use crate::time::Timestamp;

/// What the report is, for whoever finds it.
const FORMAT: &str = "keymanager rewrap report";

/// The signed report. The order of the members is that of their names (MIG-2).
#[derive(Serialize)]
struct Body<'a> {
    app_id: &'a str,
    begun: String,
    damaged: Vec<DamagedMembers<'a>>,
    ended: String,
    format: &'static str,
    former_modules: Vec<&'a str>,
    kept: u64,
    keys: Vec<KeyMembers<'a>>,
    module: &'a str,
    module_certificate_sha256: String,
    other_domain: u64,
    pool_keys_discarded: u64,
    rewrapped: u64,
    version: u8,
}

#[derive(Serialize)]
struct KeyMembers<'a> {
    alias: &'a str,
    certificate_sha256: String,
    private_key_sha256: &'a str,
    ref_id: &'a str,
}

impl Hierarchy {
    pub(super) fn account(
        &self,
        app: &AppId,
        target: &Target,
        former: Vec<Alias>,
        found: Found,
        pool_keys_discarded: u64,
        begun: Timestamp,
    ) -> Result<RewrapReport> {
        // When it is told, not the one time of the operation (HIE-16).
        let ended = self.clock.now();
        let issuer = &target.issuer;
        let body = Body {
            app_id: app.as_str(),
            begun: begun.to_rfc3339(),
            damaged: found.damaged.values().map(DamagedMembers::new).collect(),
            ended: ended.to_rfc3339(),
            format: FORMAT,
            former_modules: former.iter().map(Alias::as_str).collect(),
            keys: found
                .keys
                .iter()
                .map(|(alias, proof)| KeyMembers {
                    alias: alias.as_str(),
                    certificate_sha256: proof.certificate.to_hex(),
                    private_key_sha256: &proof.private_key,
                    ref_id: proof.reference.as_str(),
                })
                .collect(),
            kept: found.kept,
            module: issuer.alias.as_str(),
            module_certificate_sha256: issuer.certificate.thumbprint().to_hex(),
            other_domain: found.other_domain,
            pool_keys_discarded,
            rewrapped: found.rewrapped,
            version: 1,
        };
        let signed = self.sign_report(&target.backend, issuer, &body)?;
        Ok(RewrapReport {
            app: app.clone(),
            module: issuer.alias.clone(),
            former,
            rewrapped: found.rewrapped,
            kept: found.kept,
            other_domain: found.other_domain,
            pool_keys_discarded,
            damaged: found.damaged.into_values().collect(),
            begun,
            ended,
            signed,
        })
    }
}
