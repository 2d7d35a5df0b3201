//! Keys, certificates and policies of a manager: one method for each of the facade's.

use keymanager_facade::{DoctorRequest, KeyManagerHandle, KeyQuery, KeyRequest, ObjectRequest, PolicyRequest, Subject};
use pyo3::prelude::*;

use crate::bytes::CertificateInput;
use crate::manager::KeyManager;
use crate::progress;
use crate::record::ToPython as _;

/// `keymanager.Subject`, or anything with its attributes.
#[derive(FromPyObject)]
struct SubjectInput {
    common_name: Option<String>,
    organizational_unit: Option<String>,
    organization: Option<String>,
    location: Option<String>,
    state: Option<String>,
    country: Option<String>,
}

/// The facade's subject; the default for None.
fn subject(subject: Option<SubjectInput>) -> Subject {
    let Some(subject) = subject else { return Subject::default() };
    let SubjectInput { common_name, organizational_unit, organization, location, state, country } = subject;
    Subject { common_name, organizational_unit, organization, location, state, country }
}

/// What a method answers: a record, a list of them, or text.
type Answer<'py> = PyResult<Bound<'py, PyAny>>;

#[pymethods]
impl KeyManager {
    /// Makes the Root, Module and signing keys that are missing. Idempotent; takes seconds where RSA keys are made.
    #[pyo3(signature = (*, progress=None))]
    fn generate_all<'py>(&self, py: Python<'py>, progress: Option<&Bound<'py, PyAny>>) -> Answer<'py> {
        let progress = progress::take(progress)?;
        self.call(py, |handle| handle.generate_all(progress))?.to_python(py)
    }

    /// Makes one key, unless there is a current one and the request does not force.
    ///
    /// A blank `reference` asks for the application's Module key (or for the Root key), or for a signing key with the
    /// reference id of its kind. `kind` is `rsa`, `aes`, `ec-p256`, `secp256k1` or `ed25519`; None for `rsa`. With
    /// `force` a new key is made although there is a current one, which ends. `subject` has attributes of the
    /// certificate's subject.
    #[pyo3(signature = (app, reference="", *, kind=None, force=false, subject=None))]
    fn generate<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        reference: &str,
        kind: Option<String>,
        force: bool,
        subject: Option<SubjectInput>,
    ) -> Answer<'py> {
        let (app, reference, subject) = (app.to_owned(), reference.to_owned(), self::subject(subject));
        let request = KeyRequest { app, reference, kind, force, subject };
        self.call(py, |handle| handle.generate(request))?.to_python(py)
    }

    /// Makes or finds a master key, and answers its certificate or a certification request.
    ///
    /// `object_type` is `CERTIFICATE` or `CSR`, ignoring case.
    #[pyo3(signature = (app, reference, object_type, *, force=false, subject=None))]
    fn generate_master_key<'py>(
        &self,
        py: Python<'py>,
        app: String,
        reference: String,
        object_type: String,
        force: bool,
        subject: Option<SubjectInput>,
    ) -> Answer<'py> {
        let request = ObjectRequest { app, reference, object_type, force, subject: self::subject(subject) };
        self.call(py, |handle| handle.generate_master_key(request))?.to_python(py)
    }

    /// The same for an elliptic signing key.
    #[pyo3(signature = (app, reference, object_type, *, force=false, subject=None))]
    fn generate_ec_sign_key<'py>(
        &self,
        py: Python<'py>,
        app: String,
        reference: String,
        object_type: String,
        force: bool,
        subject: Option<SubjectInput>,
    ) -> Answer<'py> {
        let request = ObjectRequest { app, reference, object_type, force, subject: self::subject(subject) };
        self.call(py, |handle| handle.generate_ec_sign_key(request))?.to_python(py)
    }

    /// Replaces the current key of a scope by a new one.
    fn rotate<'py>(&self, py: Python<'py>, app: &str, reference: &str) -> Answer<'py> {
        self.call(py, |handle| handle.rotate(app, reference))?.to_python(py)
    }

    /// Ends the current key of a scope. What it encrypted can still be decrypted.
    fn revoke<'py>(&self, py: Python<'py>, app: &str, reference: &str) -> Answer<'py> {
        self.call(py, |handle| handle.revoke(app, reference))?.to_python(py)
    }

    /// Puts a certificate, PEM or DER, in the place of that of the current key of a scope.
    fn upload_certificate<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        reference: &str,
        certificate: CertificateInput<'_>,
    ) -> Answer<'py> {
        let certificate = certificate.as_ref();
        self.call(py, |handle| handle.upload_certificate(app, reference, certificate))?.to_python(py)
    }

    /// Keeps a certificate, PEM or DER, of another domain, so that it can be encrypted to.
    fn upload_other_domain<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        reference: &str,
        certificate: CertificateInput<'_>,
    ) -> Answer<'py> {
        let certificate = certificate.as_ref();
        self.call(py, |handle| handle.upload_other_domain(app, reference, certificate))?.to_python(py)
    }

    /// A certification request for the current key of a scope; the key is made or renewed when the rules say so.
    #[pyo3(signature = (app, reference, subject=None))]
    fn generate_csr<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        reference: &str,
        subject: Option<SubjectInput>,
    ) -> Answer<'py> {
        let subject = self::subject(subject);
        self.call(py, |handle| handle.generate_csr(app, reference, subject))?.to_python(py)
    }

    /// The current certificate of a scope as PEM; the key is made or renewed when the rules say so.
    fn certificate<'py>(&self, py: Python<'py>, app: &str, reference: &str) -> Answer<'py> {
        self.call(py, |handle| handle.certificate(app, reference))?.to_python(py)
    }

    /// The same certificate and those above it up to the Root's, as PEM one after the other.
    fn chain<'py>(&self, py: Python<'py>, app: &str, reference: &str) -> Answer<'py> {
        self.call(py, |handle| handle.chain(app, reference))?.to_python(py)
    }

    /// The same chain as a PKCS#7 bundle in PEM.
    fn chain_pkcs7<'py>(&self, py: Python<'py>, app: &str, reference: &str) -> Answer<'py> {
        self.call(py, |handle| handle.chain_pkcs7(app, reference))?.to_python(py)
    }

    /// Every certificate of a scope, those of former keys too.
    fn all_certificates<'py>(&self, py: Python<'py>, app: &str, reference: &str) -> Answer<'py> {
        self.call(py, |handle| handle.all_certificates(app, reference))?.to_python(py)
    }

    /// The certificate with this thumbprint (64 hexadecimal digits) as PEM; None when no key has it.
    fn certificate_of<'py>(&self, py: Python<'py>, thumbprint: &str) -> Answer<'py> {
        self.call(py, |handle| handle.certificate_of(thumbprint))?.to_python(py)
    }

    /// The keys that fit `query`, by begin, then alias.
    ///
    /// The query: keys of the application `app` only; with this `reference` id only, where blank means master keys; with
    /// `all`, expired and revoked ones too.
    #[pyo3(signature = (app=None, reference=None, *, all=false))]
    fn keys<'py>(&self, py: Python<'py>, app: Option<String>, reference: Option<String>, all: bool) -> Answer<'py> {
        self.call(py, |handle| handle.keys(KeyQuery { app, reference, all }))?.to_python(py)
    }

    /// The key with this alias, or this thumbprint (64 hexadecimal digits).
    fn key<'py>(&self, py: Python<'py>, alias_or_thumbprint: &str) -> Answer<'py> {
        self.call(py, |handle| handle.key(alias_or_thumbprint))?.to_python(py)
    }

    /// Every policy.
    fn policies<'py>(&self, py: Python<'py>) -> Answer<'py> {
        self.call(py, KeyManagerHandle::policies)?.to_python(py)
    }

    /// The policy of an application.
    fn policy<'py>(&self, py: Python<'py>, app: &str) -> Answer<'py> {
        self.call(py, |handle| handle.policy(app))?.to_python(py)
    }

    /// Changes a policy, or makes one.
    ///
    /// What is None stays as it is, or has its default in a new policy. `access_allowed` has the users who may decrypt:
    /// `NA` for everybody, or names with commas.
    #[pyo3(signature = (app, *, validity_days=None, pre_expire_days=None, active=None, access_allowed=None))]
    fn set_policy<'py>(
        &self,
        py: Python<'py>,
        app: String,
        validity_days: Option<i16>,
        pre_expire_days: Option<i16>,
        active: Option<bool>,
        access_allowed: Option<String>,
    ) -> Answer<'py> {
        let change = PolicyRequest { app, validity_days, pre_expire_days, active, access_allowed };
        self.call(py, |handle| handle.set_policy(change))?.to_python(py)
    }

    /// Makes RSA keys for Base keys of an application ahead of time, until `count` of them are ready.
    #[pyo3(signature = (app, count, *, progress=None))]
    fn fill_pool<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        count: u32,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> Answer<'py> {
        let progress = progress::take(progress)?;
        self.call(py, |handle| handle.fill_pool(app, count, progress))?.to_python(py)
    }

    /// How many keys were made ahead of time, under each Module key.
    fn pool<'py>(&self, py: Python<'py>) -> Answer<'py> {
        self.call(py, KeyManagerHandle::pool)?.to_python(py)
    }

    /// Clears what a crash left behind, as far as that needs no decision.
    fn recover(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, KeyManagerHandle::recover)
    }

    /// Compares store and master backend, and says what does not fit together.
    ///
    /// `folders` are those in which temporary files of a crash are looked for: those of the store and of the key file.
    #[pyo3(signature = (*, folders=Vec::new(), progress=None), text_signature = "($self, *, folders=(), progress=None)")]
    fn doctor<'py>(&self, py: Python<'py>, folders: Vec<String>, progress: Option<&Bound<'py, PyAny>>) -> Answer<'py> {
        let (request, progress) = (DoctorRequest { remove: Vec::new(), folders }, progress::take(progress)?);
        self.call(py, |handle| handle.doctor(request, progress))?.to_python(py)
    }

    /// The same, and repairs what can be repaired.
    ///
    /// `remove` has the aliases of master keys without a record that are removed. No other is.
    #[pyo3(
        signature = (*, remove=Vec::new(), folders=Vec::new(), progress=None),
        text_signature = "($self, *, remove=(), folders=(), progress=None)"
    )]
    fn repair<'py>(
        &self,
        py: Python<'py>,
        remove: Vec<String>,
        folders: Vec<String>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> Answer<'py> {
        let (request, progress) = (DoctorRequest { remove, folders }, progress::take(progress)?);
        self.call(py, |handle| handle.repair(request, progress))?.to_python(py)
    }
}
