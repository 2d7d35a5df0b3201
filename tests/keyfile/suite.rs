//! The conformance suite over every backend of this crate.

use std::sync::Arc;

use keymanager::master::MasterKeys;
use keymanager::master::keyfile::KeyFile;
use keymanager::random::SystemRandom;
use keymanager::testing::master::{HostShaped, SoftwareMaster, SoftwareMasterOptions, conformance};

use crate::support::{KeptKeys, PASSPHRASE, certify, options_with, passphrase, providers};

fn prove(backend: Arc<dyn MasterKeys>) {
    for provider in providers() {
        conformance(&backend, &provider, &SystemRandom, &certify).unwrap();
    }
}

#[test]
fn software_backends() {
    for provider in providers() {
        for options in [
            SoftwareMasterOptions::FULL,
            SoftwareMasterOptions::RAW_ONLY,
            SoftwareMasterOptions::OAEP_ONLY,
            SoftwareMasterOptions::WITHOUT_AES,
            SoftwareMasterOptions::WITHOUT_CURVES,
            SoftwareMasterOptions { page: 1, ..SoftwareMasterOptions::FULL },
        ] {
            let backend = SoftwareMaster::new(provider, Arc::new(KeptKeys::default()), options);
            let backend: Arc<dyn MasterKeys> = Arc::new(backend);
            prove(Arc::clone(&backend));
            prove(Arc::new(HostShaped::new(backend)));
        }
    }
}

#[test]
fn key_file() {
    for provider in providers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.p12");
        let file = KeyFile::create(&path, passphrase(PASSPHRASE), Some(10_000), options_with(provider)).unwrap();
        let file: Arc<dyn MasterKeys> = Arc::new(file);
        prove(Arc::clone(&file));
        prove(Arc::new(HostShaped::new(file)));
    }
}
