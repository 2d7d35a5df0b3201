//! Who may do what: the verbs of the key manager, and the host's decision about each (docs/access.md).
//!
//! The key manager asks before every verb. Without a decision in the builder, everything is allowed, and only the
//! policy's list of users stands before a decryption; with one, both must agree.

use std::fmt;

use crate::error::{Code, Error, Result};
use crate::id::{AppId, KeyScope, RefId};

macro_rules! verbs {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $word:literal; )+) => {
        /// An operation of the key manager: one for each method of [`KeyManager`](crate::manager::KeyManager) that
        /// works with keys, records or policies. The words are stable (ACC-1).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Verb {
            $( $(#[doc = $doc])+ $variant, )+
        }

        impl Verb {
            /// Every verb.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The word of audit lines, and for a host's rules: the name of the method.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }
    };
}

verbs! {
    /// Tables and policy rows are made.
    Initialise = "initialise";
    /// What a crash left is cleared.
    Recover = "recover";
    /// The key-generator job.
    GenerateAll = "generate_all";
    /// One key is made.
    Generate = "generate";
    /// A master key is made or found, and its certificate or a certification request is answered.
    GenerateMasterKey = "generate_master_key";
    /// The same for an elliptic signing key.
    GenerateEcSignKey = "generate_ec_sign_key";
    /// A key is replaced by a new one.
    Rotate = "rotate";
    /// A key is ended.
    Revoke = "revoke";
    /// A certificate takes the place of that of a key.
    UploadCertificate = "upload_certificate";
    /// A certificate of another domain is kept.
    UploadOtherDomain = "upload_other_domain";
    /// A certification request is made for a key; a key may be made.
    GenerateCsr = "generate_csr";
    /// The current certificate is asked for; a key may be made.
    Certificate = "certificate";
    /// The current certificate and those above it are asked for; a key may be made.
    Chain = "chain";
    /// The same chain as a PKCS#7 bundle.
    ChainPkcs7 = "chain_pkcs7";
    /// Every certificate of a scope is asked for.
    AllCertificates = "all_certificates";
    /// A certificate is asked for by its thumbprint.
    CertificateOf = "certificate_of";
    /// Keys are listed.
    Keys = "keys";
    /// A key is asked for by its alias or thumbprint.
    Key = "key";
    /// Every policy is read.
    Policies = "policies";
    /// One policy is read.
    Policy = "policy";
    /// A policy is changed or made.
    SetPolicy = "set_policy";
    /// The recipient of envelopes is asked for; a key may be made.
    Recipient = "recipient";
    /// An envelope is made; a key may be made.
    Encrypt = "encrypt";
    /// An envelope is opened.
    Decrypt = "decrypt";
    /// The session key of an envelope is unwrapped, for a streaming decryption.
    SessionKey = "session_key";
    /// Keys are made ahead of time.
    FillPool = "fill_pool";
    /// It is asked how many of them there are.
    Pool = "pool";
    /// What the Module keys of an application wrap is wrapped again to one of them.
    Rewrap = "rewrap";
    /// The records of a store are copied into another.
    CopyStore = "copy_store";
    /// Store and key file are copied into an archive.
    Backup = "backup";
    /// An archive is examined.
    VerifyBackup = "verify_backup";
    /// An archive is put back where nothing is.
    RestoreBackup = "restore_backup";
    /// Tables of ours are made, and rows are signed.
    Migrate = "migrate";
    /// Store and master backend are examined.
    Doctor = "doctor";
    /// They are examined, and what can be repaired is (`doctor` with repair).
    Repair = "repair";
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an [`AccessDecision`] is asked about. Owned values, nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessRequest {
    /// What is to be done.
    pub verb: Verb,
    /// The application; none for verbs about the whole deployment, or about a key whose scope
    /// is not known yet.
    pub app: Option<AppId>,
    /// The reference id, empty for master keys; none where there is no application, or no certain reference.
    pub reference: Option<RefId>,
    /// Who asks, as the host named the caller ([`KeyManager::for_caller`](crate::manager::KeyManager::for_caller)).
    pub caller: Option<String>,
}

impl AccessRequest {
    /// A request about `verb`, without scope and caller.
    #[must_use]
    pub const fn new(verb: Verb) -> Self {
        Self { verb, app: None, reference: None, caller: None }
    }

    /// The same about `scope`.
    #[must_use]
    pub fn scope(mut self, scope: KeyScope) -> Self {
        self.app = Some(scope.app);
        self.reference = Some(scope.reference);
        self
    }

    /// The same asked by `caller`.
    #[must_use]
    pub fn caller(mut self, caller: impl Into<String>) -> Self {
        self.caller = Some(caller.into());
        self
    }
}

/// The answer of an [`AccessDecision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// The verb may begin.
    Allow,
    /// It may not.
    Refuse,
}

/// Decides who may do what; implemented by the host.
///
/// It is asked before a verb begins, while no lock is held, from whichever thread calls. It must answer for itself:
/// calling the same manager from within is an endless recursion.
pub trait AccessDecision: fmt::Debug + Send + Sync {
    /// Whether the verb may begin.
    ///
    /// # Errors
    /// Any; an error refuses, as [`Access::Refuse`] does (ACC-3).
    fn decide(&self, request: AccessRequest) -> Result<Access>;
}

/// Asks `decision`; anything but [`Access::Allow`] is `access_refused`.
pub(crate) fn ask(decision: &dyn AccessDecision, request: AccessRequest) -> Result<()> {
    let verb = request.verb;
    match decision.decide(request) {
        Ok(Access::Allow) => Ok(()),
        Ok(Access::Refuse) => Err(Error::new(Code::AccessRefused, format!("{verb} is not allowed for this caller"))),
        Err(error) => {
            tracing::warn!(%verb, code = error.code().name(), "the access decision failed, which refuses");
            let why = format!("{verb} is refused: the access decision failed with {}", error.code().name());
            Err(Error::new(Code::AccessRefused, why))
        }
    }
}
