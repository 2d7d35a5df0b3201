//! What the hierarchy says about keys.

use crate::certificate::{Certificate, DistinguishedName};
use crate::id::{Alias, AppId, KeyScope, RefId, Thumbprint};
use crate::master::KeyKind;
use crate::time::Timestamp;

/// The level of a key in the hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyLevel {
    /// The self-signed Root.
    Root,
    /// The master of one application: signs and wraps its Base keys.
    Module,
    /// A signing key: in the master backend, or, an Ed25519 key, in the store, wrapped by its Module key.
    Sign,
    /// A key in the store, wrapped by its Module key; envelopes are made for it.
    Base,
    /// An AES key in the master backend.
    Symmetric,
    /// A certificate of another domain; its private key is not here.
    OtherDomain,
}

impl KeyLevel {
    /// The word of the command line's JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Module => "module",
            Self::Sign => "sign",
            Self::Base => "base",
            Self::Symmetric => "symmetric",
            Self::OtherDomain => "other_domain",
        }
    }
}

/// Where the private key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyLocation {
    /// In the master backend.
    Master,
    /// In the store, wrapped.
    Store,
    /// Not here.
    External,
}

impl KeyLocation {
    /// The word of the command line's JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Store => "store",
            Self::External => "external",
        }
    }
}

/// The state of a key at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyState {
    /// In use.
    Current,
    /// Still valid, but due for renewal; no longer used for anything new.
    PreExpiry,
    /// Its time is over. It still decrypts.
    Expired,
    /// Ended before its time. It still decrypts.
    Revoked,
    /// Its time has not come.
    NotYetValid,
}

impl KeyState {
    /// The word of the command line's JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::PreExpiry => "pre_expiry",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::NotYetValid => "not_yet_valid",
        }
    }
}

/// A key as people and programs see it; nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// Its alias.
    pub alias: Alias,
    /// What it is for.
    pub scope: KeyScope,
    /// Its level.
    pub level: KeyLevel,
    /// The algorithm: `RSA-2048`, `AES-256`, …; `unknown` without a certificate to tell from.
    pub algorithm: String,
    /// Where the private key is.
    pub location: KeyLocation,
    /// The thumbprint of its certificate; none for symmetric keys.
    pub thumbprint: Option<Thumbprint>,
    /// The alias of the key above it: for a key in the store the one that wraps it. None for Root, symmetric and other-domain keys, and for foreign issuers.
    pub issuer_alias: Option<Alias>,
    /// From when it is valid (`key_gen_dtimes`).
    pub not_before: Option<Timestamp>,
    /// Until when it is valid (`key_expire_dtimes`).
    pub not_after: Option<Timestamp>,
    /// Its state now.
    pub state: KeyState,
    /// Whole days until `not_after`, rounded down; negative when it is past.
    pub days_left: Option<i64>,
    /// `uni_ident`, which the `kid` of signatures is made from.
    pub uni_ident: Option<String>,
}

/// The current certificate of a scope.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CurrentCertificate {
    /// Its key.
    pub key: KeyInfo,
    /// The certificate.
    pub certificate: Certificate,
    /// Whether the key was made by this call.
    pub generated: bool,
}

/// What a generation made, and what it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generated {
    /// New keys.
    pub generated: Vec<KeyInfo>,
    /// Keys that were there.
    pub existing: Vec<KeyInfo>,
}

/// A request for one key.
#[derive(Debug, Clone)]
pub struct GenerateRequest {
    /// What the key is for. A blank reference asks for the application's Module key (or for the Root key).
    pub scope: KeyScope,
    /// [`KeyKind::Rsa2048`], or [`KeyKind::Aes256`] for a symmetric key; or [`KeyKind::EcP256`],
    /// [`KeyKind::EcSecp256k1`], [`KeyKind::Ed25519`] for a signing key, whose reference id is that of its kind
    /// ([`sign_reference`](crate::manager::sign_reference)).
    pub kind: KeyKind,
    /// Make a new key although there is a current one, and end that one.
    pub force: bool,
    /// Subject attributes; what is none comes from the configuration, or from the Module key's certificate.
    pub subject: DistinguishedName,
}

/// Which keys to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Of this application only.
    pub app: Option<AppId>,
    /// With this reference id only; blank means master keys.
    pub reference: Option<RefId>,
    /// Expired and revoked ones too.
    pub all: bool,
}
