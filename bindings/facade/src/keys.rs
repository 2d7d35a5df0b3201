//! Keys, certificates and policies of a manager: one method for each verb of `keymanager::manager::KeyManager`, with the
//! errors of that verb.

use std::sync::Arc;

use keymanager::id::{AppId, KeyScope, Thumbprint};

use crate::error::FacadeError;
use crate::host::progress::{HostProgress, ProgressAdapter};
use crate::manager::KeyManagerHandle;
use crate::record::{GeneratedKeys, Key, KeyCertificate, KeyCsr, KeyObject, Policy, Pool};
use crate::report::DoctorReport;
use crate::request::{self, DoctorRequest, KeyQuery, KeyRequest, ObjectRequest, PolicyRequest, Subject};

type Answer<T> = Result<T, FacadeError>;

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl KeyManagerHandle {
    /// Makes the Root, Module and signing keys that are missing. Idempotent; takes seconds where RSA keys are made.
    ///
    /// # Errors
    /// Those of store and master backend; `cancelled`.
    pub fn generate_all(&self, progress: Option<Arc<dyn HostProgress>>) -> Answer<GeneratedKeys> {
        Ok(self.manager.generate_all(&ProgressAdapter(progress))?.into())
    }

    /// Makes one key, unless there is a current one and the request does not force.
    ///
    /// # Errors
    /// Those of `KeyManager::generate`; `invalid_argument` for a kind that does not exist.
    pub fn generate(&self, request: KeyRequest) -> Answer<GeneratedKeys> {
        Ok(self.manager.generate(&request.into_core()?)?.into())
    }

    /// Makes or finds a master key, and answers its certificate or a certification request.
    ///
    /// # Errors
    /// Those of `KeyManager::generate_master_key`.
    pub fn generate_master_key(&self, request: ObjectRequest) -> Answer<KeyObject> {
        Ok(self.manager.generate_master_key(&request.into_core()?)?.try_into()?)
    }

    /// The same for an elliptic signing key.
    ///
    /// # Errors
    /// Those of `KeyManager::generate_ec_sign_key`.
    pub fn generate_ec_sign_key(&self, request: ObjectRequest) -> Answer<KeyObject> {
        Ok(self.manager.generate_ec_sign_key(&request.into_core()?)?.try_into()?)
    }

    /// Replaces the current key of a scope by a new one.
    ///
    /// # Errors
    /// Those of `KeyManager::rotate`.
    pub fn rotate(&self, app: &str, reference: &str) -> Answer<GeneratedKeys> {
        Ok(self.manager.rotate(&KeyScope::new(app, reference)?)?.into())
    }

    /// Ends the current key of a scope. What it encrypted can still be decrypted.
    ///
    /// # Errors
    /// Those of `KeyManager::revoke`.
    pub fn revoke(&self, app: &str, reference: &str) -> Answer<Key> {
        Ok((&self.manager.revoke(&KeyScope::new(app, reference)?)?).into())
    }

    /// Puts a certificate, PEM or DER, in the place of that of the current key of a scope.
    ///
    /// # Errors
    /// Those of `KeyManager::upload_certificate`.
    pub fn upload_certificate(&self, app: &str, reference: &str, certificate: &[u8]) -> Answer<Key> {
        Ok((&self.manager.upload_certificate(&KeyScope::new(app, reference)?, certificate)?).into())
    }

    /// Keeps a certificate, PEM or DER, of another domain, so that it can be encrypted to.
    ///
    /// # Errors
    /// Those of `KeyManager::upload_other_domain`.
    pub fn upload_other_domain(&self, app: &str, reference: &str, certificate: &[u8]) -> Answer<Key> {
        Ok((&self.manager.upload_other_domain(&KeyScope::new(app, reference)?, certificate)?).into())
    }

    /// A certification request for the current key of a scope; the key is made or renewed when the rules say so.
    ///
    /// # Errors
    /// Those of `KeyManager::generate_csr`.
    pub fn generate_csr(&self, app: &str, reference: &str, subject: Subject) -> Answer<KeyCsr> {
        let csr = self.manager.generate_csr(&request::csr(app, reference, subject)?)?;
        Ok(KeyCsr { key: (&csr.key).into(), csr_pem: csr.pem() })
    }

    /// The current certificate of a scope as PEM; the key is made or renewed when the rules say so.
    ///
    /// # Errors
    /// Those of `KeyManager::certificate`.
    pub fn certificate(&self, app: &str, reference: &str) -> Answer<String> {
        Ok(self.manager.certificate(&KeyScope::new(app, reference)?)?.certificate.to_pem())
    }

    /// The same certificate and those above it up to the Root's, as PEM one after the other.
    ///
    /// # Errors
    /// Those of `KeyManager::chain`.
    pub fn chain(&self, app: &str, reference: &str) -> Answer<String> {
        let chain = self.manager.chain(&KeyScope::new(app, reference)?)?;
        Ok(chain.iter().map(keymanager::certificate::Certificate::to_pem).collect())
    }

    /// The same chain as a PKCS#7 bundle in PEM.
    ///
    /// # Errors
    /// Those of `KeyManager::chain_pkcs7`.
    pub fn chain_pkcs7(&self, app: &str, reference: &str) -> Answer<String> {
        Ok(self.manager.chain_pkcs7(&KeyScope::new(app, reference)?)?)
    }

    /// Every certificate of a scope, those of former keys too.
    ///
    /// # Errors
    /// Those of `KeyManager::all_certificates`.
    pub fn all_certificates(&self, app: &str, reference: &str) -> Answer<Vec<KeyCertificate>> {
        let all = self.manager.all_certificates(&KeyScope::new(app, reference)?)?;
        Ok(all.iter().map(KeyCertificate::from).collect())
    }

    /// The certificate with this thumbprint (64 hexadecimal digits) as PEM; None when no key has it.
    ///
    /// # Errors
    /// `invalid_argument` for text that is no thumbprint; those of `KeyManager::certificate_of`.
    pub fn certificate_of(&self, thumbprint: &str) -> Answer<Option<String>> {
        let thumbprint = Thumbprint::from_hex(thumbprint)?;
        Ok(self.manager.certificate_of(&thumbprint)?.map(|certificate| certificate.to_pem()))
    }

    /// The keys that fit `query`, by begin, then alias.
    ///
    /// # Errors
    /// Those of `KeyManager::keys`.
    pub fn keys(&self, query: KeyQuery) -> Answer<Vec<Key>> {
        Ok(self.manager.keys(&query.into_core()?)?.iter().map(Key::from).collect())
    }

    /// The key with this alias, or this thumbprint (64 hexadecimal digits).
    ///
    /// # Errors
    /// Those of `KeyManager::key`.
    pub fn key(&self, alias_or_thumbprint: &str) -> Answer<Key> {
        Ok((&self.manager.key(alias_or_thumbprint)?).into())
    }

    /// Every policy.
    ///
    /// # Errors
    /// Those of the store.
    pub fn policies(&self) -> Answer<Vec<Policy>> {
        Ok(self.manager.policies()?.iter().map(Policy::from).collect())
    }

    /// The policy of an application.
    ///
    /// # Errors
    /// Those of `KeyManager::policy`.
    pub fn policy(&self, app: &str) -> Answer<Policy> {
        Ok((&self.manager.policy(&AppId::new(app)?)?).into())
    }

    /// Changes a policy, or makes one.
    ///
    /// # Errors
    /// Those of `KeyManager::set_policy`.
    pub fn set_policy(&self, change: PolicyRequest) -> Answer<Policy> {
        Ok((&self.manager.set_policy(&change.into_core()?)?).into())
    }

    /// Makes RSA keys for Base keys of an application ahead of time, until `count` of them are ready.
    ///
    /// # Errors
    /// Those of `KeyManager::fill_pool`; `cancelled`.
    pub fn fill_pool(&self, app: &str, count: u32, progress: Option<Arc<dyn HostProgress>>) -> Answer<Pool> {
        Ok((&self.manager.fill_pool(&AppId::new(app)?, count, &ProgressAdapter(progress))?).into())
    }

    /// How many keys were made ahead of time, under each Module key.
    ///
    /// # Errors
    /// Those of the store and the master backend.
    pub fn pool(&self) -> Answer<Vec<Pool>> {
        Ok(self.manager.pool()?.iter().map(Pool::from).collect())
    }

    /// Clears what a crash left behind, as far as that needs no decision.
    ///
    /// # Errors
    /// Those of `KeyManager::recover`.
    pub fn recover(&self) -> Answer<()> {
        Ok(self.manager.recover()?)
    }

    /// Compares store and master backend, and says what does not fit together.
    ///
    /// # Errors
    /// Those of `KeyManager::doctor`; `cancelled`.
    pub fn doctor(&self, request: DoctorRequest, progress: Option<Arc<dyn HostProgress>>) -> Answer<DoctorReport> {
        Ok(self.manager.doctor(&request.into_core()?, &ProgressAdapter(progress))?.into())
    }

    /// The same, and repairs what can be repaired.
    ///
    /// # Errors
    /// Those of `KeyManager::repair`; `cancelled`. What was repaired stays repaired.
    pub fn repair(&self, request: DoctorRequest, progress: Option<Arc<dyn HostProgress>>) -> Answer<DoctorReport> {
        Ok(self.manager.repair(&request.into_core()?, &ProgressAdapter(progress))?.into())
    }
}
