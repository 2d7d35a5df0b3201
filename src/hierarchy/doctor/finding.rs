//! What the doctor finds, each kind with a stable code (docs/doctor.md, DOC-10).

pub use crate::envelope::inspect::Severity;
use crate::id::Alias;

macro_rules! finding_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $severity:ident;)+) => {
        /// The kind of a finding. The words are stable; docs/doctor.md has cause and repair of each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl FindingCode {
            /// Every code, in the order of docs/doctor.md.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word of the command line's JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// How bad a finding of this kind is at most.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity,)+
                }
            }
        }
    };
}

finding_codes! {
    /// A row cannot be understood.
    RecordDamaged = "record_damaged", Error;
    /// The MAC beside a row does not fit, or is missing where one is demanded.
    RowNotAuthentic = "row_not_authentic", Error;
    /// Rows have no MAC, although the configuration names keys for them.
    RowsUnsigned = "rows_unsigned", Info;
    /// A key that the configuration names for MACs is not in the master backend.
    RowKeyMissing = "row_key_missing", Error;
    /// A record's key is not in the master backend.
    MasterKeyMissing = "master_key_missing", Error;
    /// The same for a former key that no key of the store needs, whose successor is in the backend: it stayed in another
    /// one, or was removed.
    MasterKeyElsewhere = "master_key_elsewhere", Warning;
    /// A key of the master backend is of another kind than its record says.
    MasterKeyKind = "master_key_kind", Error;
    /// A key of the store is not of the kind that its reference id stands for.
    SignKeyKind = "sign_key_kind", Warning;
    /// A pair in the master backend has a record and no certificate.
    MasterCertificateMissing = "master_certificate_missing", Error;
    /// A key of the master backend that no record and no intent names.
    MasterKeyOrphan = "master_key_orphan", Warning;
    /// The same, and its certificate was never attached.
    MasterKeyPending = "master_key_pending", Warning;
    /// A key of the master backend wraps keys of the store, and has no record of its own.
    MasterKeyUnrecorded = "master_key_unrecorded", Warning;
    /// A stored private key is wrapped to a master key that is not there.
    WrappingKeyMissing = "wrapping_key_missing", Error;
    /// A stored private key cannot be unwrapped.
    WrappedKeyDamaged = "wrapped_key_damaged", Error;
    /// A certificate cannot be read.
    CertificateUnreadable = "certificate_unreadable", Error;
    /// A certificate is not that of its private key.
    KeyMismatch = "key_mismatch", Error;
    /// The thumbprint in the row is not that of the certificate.
    ThumbprintWrong = "thumbprint_wrong", Error;
    /// The row has no thumbprint, as rows of old releases.
    ThumbprintMissing = "thumbprint_missing", Warning;
    /// Several rows have one thumbprint.
    ThumbprintShared = "thumbprint_shared", Warning;
    /// A former thumbprint is kept for a key that has no row.
    FormerThumbprintOrphan = "former_thumbprint_orphan", Warning;
    /// The row has no `uni_ident`, as rows of old releases.
    UniIdentMissing = "uni_ident_missing", Info;
    /// The row has no begin or no end.
    ValidityMissing = "validity_missing", Warning;
    /// The row's time begins before, or ends after, that of its certificate.
    ValidityMismatch = "validity_mismatch", Warning;
    /// A certificate names an issuer of this hierarchy that did not sign it.
    ChainBroken = "chain_broken", Error;
    /// A certificate leads to no Root of this hierarchy.
    IssuerUnknown = "issuer_unknown", Warning;
    /// A master key's time ends after that of the Root that signed it.
    OutlivesIssuer = "outlives_issuer", Warning;
    /// Several keys of a scope are current.
    SeveralCurrent = "several_current", Warning;
    /// A scope has symmetric keys and keys with certificates.
    MixedKinds = "mixed_kinds", Warning;
    /// The newest key of a scope is in its pre-expiry window.
    KeyDue = "key_due", Warning;
    /// The newest key of a scope has ended, and has no successor.
    KeyEnded = "key_ended", Warning;
    /// A policy row has values that cannot be.
    PolicyInvalid = "policy_invalid", Error;
    /// Keys are under an application without a policy.
    PolicyMissing = "policy_missing", Warning;
    /// A creation was begun and is not recorded.
    IntentLeft = "intent_left", Warning;
    /// A ready key of the pool is not as it was made.
    PoolKeyDamaged = "pool_key_damaged", Warning;
    /// Ready keys of the pool under a Module key that is no longer the current one.
    PoolKeyStale = "pool_key_stale", Info;
    /// Ready keys of the pool under a Module key that is not there.
    PoolKeyOrphan = "pool_key_orphan", Warning;
    /// A ready key of the pool is the key of a record already.
    PoolKeyUsed = "pool_key_used", Warning;
    /// A temporary file that a crash left.
    TemporaryFile = "temporary_file", Warning;
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Its kind.
    pub code: FindingCode,
    /// How bad it is.
    pub severity: Severity,
    /// The key it is about.
    pub alias: Option<Alias>,
    /// What is wrong, and why, in a sentence.
    pub text: String,
    /// What repair does, or would do; none when nothing can be done here.
    pub repair: Option<String>,
    /// Whether it was done.
    pub repaired: bool,
}
