//! The conformance suites of the core, for stores and master backends that a host implements. For tests.

use std::sync::Arc;

use keymanager::Result;
use keymanager::certificate::{AlternativeNames, CertificateKind, CertificateRequest, DistinguishedName, issue};
use keymanager::crypto::{PrivateKey, native};
use keymanager::master::MasterKeys;
use keymanager::random::SystemRandom;
use keymanager::testing::{master, store};
use keymanager::time::Timestamp;

use crate::error::FacadeError;
use crate::host::master::{HostMaster, MasterAdapter};
use crate::host::store::{HostStore, StoreAdapter};

/// Holds a host's store to every promise of the contract, each on a fresh store from `make`.
///
/// # Panics
/// At the first promise that is not kept.
pub fn store_suite(make: &dyn Fn() -> Arc<dyn HostStore>) {
    store::suite(&|| Arc::new(StoreAdapter::new(make())));
}

/// Holds a host's master backend to every promise of the contract.
///
/// # Errors
/// The first promise that is not kept, as `internal` with a sentence, or the error of a call that must not fail.
pub fn master_suite(host: Arc<dyn HostMaster>) -> Result<(), FacadeError> {
    let backend: Arc<dyn MasterKeys> = Arc::new(MasterAdapter::new(host));
    Ok(master::conformance(&backend, &native::provider(), &SystemRandom, &certify)?)
}

/// A certificate for any key.
fn certify(key: &dyn PrivateKey) -> Result<Vec<u8>> {
    let now = Timestamp::from_unix_seconds(1_795_593_600);
    let request = CertificateRequest {
        kind: CertificateKind::Root,
        subject: DistinguishedName { common_name: Some("Host test".to_owned()), ..DistinguishedName::default() },
        public_key: key.public_key().clone(),
        not_before: now,
        not_after: now.plus_days(1000),
        alternative_names: AlternativeNames::default(),
    };
    Ok(issue(&native::provider(), &SystemRandom, &request, None, key)?.der().to_vec())
}
