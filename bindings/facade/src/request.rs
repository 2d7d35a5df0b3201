//! What is asked for, as plain records.

use keymanager::certificate::DistinguishedName;
use keymanager::id::{Alias, AppId, KeyScope, RefId};
use keymanager::manager::{
    CsrRequest, DoctorOptions, GenerateRequest, KeyFilter, KeyObjectRequest, PolicyChange, sign_reference,
};
use keymanager::master::KeyKind;
use keymanager::{Code, Error, Result};

/// The kinds of key by the words of the command line.
const KINDS: [(&str, KeyKind); 5] = [
    ("rsa", KeyKind::Rsa2048),
    ("aes", KeyKind::Aes256),
    ("ec-p256", KeyKind::EcP256),
    ("secp256k1", KeyKind::EcSecp256k1),
    ("ed25519", KeyKind::Ed25519),
];

/// Attributes of a subject; what is None comes from the configuration, or from the key's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Subject {
    /// CN.
    pub common_name: Option<String>,
    /// OU.
    pub organizational_unit: Option<String>,
    /// O.
    pub organization: Option<String>,
    /// L.
    pub location: Option<String>,
    /// ST.
    pub state: Option<String>,
    /// C.
    pub country: Option<String>,
}

impl From<Subject> for DistinguishedName {
    fn from(subject: Subject) -> Self {
        let Subject { common_name, organizational_unit, organization, location, state, country } = subject;
        Self { common_name, organizational_unit, organization, location, state, country }
    }
}

/// A key to make.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct KeyRequest {
    /// The application.
    pub app: String,
    /// The reference id. Blank asks for the application's Module key (or for the Root key), or for a signing key with
    /// the reference id of its kind.
    pub reference: String,
    /// `rsa`, `aes`, `ec-p256`, `secp256k1`, `ed25519`; None for `rsa`.
    pub kind: Option<String>,
    /// Make a new key although there is a current one, and end that one.
    pub force: bool,
    /// Attributes of the certificate's subject.
    pub subject: Subject,
}

impl KeyRequest {
    pub(crate) fn into_core(self) -> Result<GenerateRequest> {
        let kind = match self.kind.as_deref() {
            None => KeyKind::Rsa2048,
            Some(word) => kind(word)?,
        };
        let mut scope = KeyScope::new(&self.app, &self.reference)?;
        if let Some(reference) = sign_reference(kind)
            && scope.reference.is_blank()
        {
            scope.reference = reference;
        }
        Ok(GenerateRequest { scope, kind, force: self.force, subject: self.subject.into() })
    }
}

fn kind(word: &str) -> Result<KeyKind> {
    let found = KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    found.ok_or_else(|| {
        let known = KINDS.map(|(name, _)| name).join(", ");
        Error::new(Code::InvalidArgument, format!("a kind of key is one of {known}"))
    })
}

/// A master or signing key that is asked for as a certificate or a certification request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ObjectRequest {
    /// The application.
    pub app: String,
    /// The reference id.
    pub reference: String,
    /// `CERTIFICATE` or `CSR`, ignoring case.
    pub object_type: String,
    /// Make a new key although there is a current one, and end that one.
    pub force: bool,
    /// Attributes of the subject.
    pub subject: Subject,
}

impl ObjectRequest {
    pub(crate) fn into_core(self) -> Result<KeyObjectRequest> {
        let scope = KeyScope::new(&self.app, &self.reference)?;
        Ok(KeyObjectRequest { scope, object_type: self.object_type, force: self.force, subject: self.subject.into() })
    }
}

pub(crate) fn csr(app: &str, reference: &str, subject: Subject) -> Result<CsrRequest> {
    Ok(CsrRequest { scope: KeyScope::new(app, reference)?, subject: subject.into() })
}

/// Which keys to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct KeyQuery {
    /// Of this application only.
    pub app: Option<String>,
    /// With this reference id only; blank means master keys.
    pub reference: Option<String>,
    /// Expired and revoked ones too.
    pub all: bool,
}

impl KeyQuery {
    pub(crate) fn into_core(self) -> Result<KeyFilter> {
        let app = self.app.as_deref().map(AppId::new).transpose()?;
        let reference = self.reference.as_deref().map(RefId::new).transpose()?;
        Ok(KeyFilter { app, reference, all: self.all })
    }
}

/// A change of a policy; what is None stays as it is, or has its default in a new policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct PolicyRequest {
    /// The application.
    pub app: String,
    /// How long its keys are valid, in days.
    pub validity_days: Option<i16>,
    /// How many days before its end a key is renewed.
    pub pre_expire_days: Option<i16>,
    /// Whether it is in force.
    pub active: Option<bool>,
    /// The users who may decrypt: `NA` for everybody, or names with commas.
    pub access_allowed: Option<String>,
}

impl PolicyRequest {
    pub(crate) fn into_core(self) -> Result<PolicyChange> {
        let mut change = PolicyChange::new(AppId::new(&self.app)?);
        change.validity_days = self.validity_days;
        change.pre_expire_days = self.pre_expire_days;
        change.active = self.active;
        change.access_allowed = self.access_allowed;
        Ok(change)
    }
}

/// What a doctor looks at besides store and master backend, and what a repair may remove.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct DoctorRequest {
    /// In a repair: aliases of master keys without a record that are removed. No other is (DOC-5).
    pub remove: Vec<String>,
    /// Folders in which temporary files of a crash are looked for: those of the store and of the key file.
    pub folders: Vec<String>,
}

impl DoctorRequest {
    pub(crate) fn into_core(self) -> Result<DoctorOptions> {
        let remove = self.remove.iter().map(Alias::new).collect::<Result<_>>()?;
        let folders = self.folders.into_iter().map(Into::into).collect();
        Ok(DoctorOptions { repair: false, remove, folders })
    }
}
