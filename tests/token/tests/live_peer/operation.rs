//! What is done in turns, and how the next operation is drawn.

use crate::dice::Dice;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Ours,
    Theirs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) app: &'static str,
    pub(crate) reference: &'static str,
}

/// What an envelope is bound to besides its key.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) aad: Option<Vec<u8>>,
    pub(crate) salt: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Master {
        scope: Scope,
        force: bool,
        object: &'static str,
        name: Option<&'static str>,
    },
    Elliptic {
        scope: Scope,
        force: bool,
        object: &'static str,
    },
    Symmetric {
        scope: Scope,
        force: bool,
    },
    Certificate {
        scope: Scope,
    },
    AllCertificates {
        scope: Scope,
    },
    Chain {
        scope: Scope,
    },
    Csr {
        scope: Scope,
        name: &'static str,
    },
    /// One envelope of each side; the other side opens it at once.
    Encrypt {
        scope: Scope,
        context: Context,
        plaintext: Vec<u8>,
    },
    /// An envelope of before, chosen by the number; `damaged` in one byte.
    Decrypt {
        parcel: usize,
        scope: Option<Scope>,
        damaged: Option<usize>,
    },
    /// Signatures of each side, verified by the other.
    Sign {
        scope: Scope,
    },
    /// A certificate of an outside authority for the current key, from and until so many days from now.
    Upload {
        scope: Scope,
        from: i64,
        until: i64,
    },
    /// A certificate whose key is elsewhere; `key` chooses it.
    UploadOther {
        scope: Scope,
        key: usize,
        until: i64,
    },
    Revoke {
        scope: Scope,
    },
    /// Only this library has the two.
    Rotate {
        scope: Scope,
    },
    Rewrap {
        app: &'static str,
    },
    /// The clock goes on.
    Time {
        days: i64,
    },
}

const MODULES: [&str; 4] = ["REGISTRATION", "ID_REPO", "PMS", "KERNEL"];
const REFERENCES: [&str; 3] = ["10001_110011", "10002", "partner-1"];
const CURVES: [&str; 3] = ["EC_SECP256R1_SIGN", "EC_SECP256K1_SIGN", "ED25519_SIGN"];
const NAMES: [&str; 3] = ["Asked for", "www.example.org", "A somewhat longer common name"];
const OBJECTS: [&str; 4] = ["CERTIFICATE", "CERTIFICATE", "CSR", "BOTH"];

pub(crate) const ROOT: Scope = Scope { app: "ROOT", reference: "" };
pub(crate) const SIGN: Scope = Scope { app: "KERNEL", reference: "SIGN" };
pub(crate) const PARTNER: Scope = Scope { app: "PARTNER", reference: "p-one" };

impl Operation {
    /// In a line of the report.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Encrypt { scope, context, plaintext } => {
                let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
                let (aad, salt) = (length(&context.aad), length(&context.salt));
                format!("Encrypt {{ {scope:?}, aad: {aad}, salt: {salt}, plaintext: {} }}", plaintext.len())
            }
            other => format!("{other:?}"),
        }
    }

    /// As reports and the list of differences call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Master { .. } => "generateMasterKey",
            Self::Elliptic { .. } => "generateECSignKey",
            Self::Symmetric { .. } => "generateSymmetricKey",
            Self::Certificate { .. } => "getCertificate",
            Self::AllCertificates { .. } => "getAllCertificates",
            Self::Chain { .. } => "getCertificateChain",
            Self::Csr { .. } => "generateCSR",
            Self::Encrypt { .. } => "encrypt",
            Self::Decrypt { .. } => "decrypt",
            Self::Sign { .. } => "jwtSign",
            Self::Upload { .. } => "uploadCertificate",
            Self::UploadOther { .. } => "uploadOtherDomainCertificate",
            Self::Revoke { .. } => "revokeKey",
            Self::Rotate { .. } => "rotate",
            Self::Rewrap { .. } => "rewrap",
            Self::Time { .. } => "time",
        }
    }

    pub(crate) fn scope(&self) -> Option<Scope> {
        match self {
            Self::Master { scope, .. }
            | Self::Elliptic { scope, .. }
            | Self::Symmetric { scope, .. }
            | Self::Certificate { scope }
            | Self::AllCertificates { scope }
            | Self::Chain { scope }
            | Self::Csr { scope, .. }
            | Self::Encrypt { scope, .. }
            | Self::Sign { scope }
            | Self::Upload { scope, .. }
            | Self::UploadOther { scope, .. }
            | Self::Revoke { scope }
            | Self::Rotate { scope } => Some(*scope),
            Self::Decrypt { scope, .. } => *scope,
            Self::Rewrap { app } => Some(Scope { app, reference: "" }),
            Self::Time { .. } => None,
        }
    }

    /// Whether it changes what is there although it was done once: then it is not done by the other side too.
    pub(crate) fn changes(&self) -> bool {
        match self {
            Self::Master { force, .. } | Self::Elliptic { force, .. } | Self::Symmetric { force, .. } => *force,
            Self::Upload { .. } | Self::UploadOther { .. } | Self::Revoke { .. } => true,
            _ => false,
        }
    }

    /// The beginning of every sequence: the keys without which all else is refused.
    pub(crate) fn beginning() -> Vec<(Side, Self)> {
        let master = |scope| Self::Master { scope, force: false, object: "CERTIFICATE", name: None };
        let module = |app| master(Scope { app, reference: "" });
        vec![
            (Side::Ours, module("REGISTRATION")),
            (Side::Theirs, master(ROOT)),
            (Side::Ours, module("REGISTRATION")),
            (Side::Theirs, module("ID_REPO")),
            (Side::Ours, module("PMS")),
            (Side::Theirs, module("KERNEL")),
            (Side::Ours, master(SIGN)),
        ]
    }

    /// Any operation; `parcels` envelopes are there.
    pub(crate) fn any(dice: &mut Dice, parcels: usize) -> Self {
        match dice.below(100) {
            0..7 => {
                Self::Master { scope: master(dice), force: dice.one_in(3), object: dice.of(&OBJECTS), name: name(dice) }
            }
            7..14 => Self::Elliptic { scope: elliptic(dice), force: dice.one_in(4), object: dice.of(&OBJECTS) },
            14..18 => Self::Symmetric { scope: symmetric(dice), force: dice.one_in(3) },
            18..30 => Self::Certificate { scope: any(dice) },
            30..35 => Self::AllCertificates { scope: any(dice) },
            35..40 => Self::Chain { scope: any(dice) },
            40..45 => Self::Csr { scope: any(dice), name: dice.of(&NAMES) },
            45..57 => {
                let length = dice.of(&[1, 16, 1000]);
                Self::Encrypt { scope: base_or_any(dice), context: context(dice), plaintext: dice.bytes(length) }
            }
            57..69 if parcels > 0 => Self::Decrypt {
                parcel: dice.below(parcels),
                scope: dice.one_in(4).then(|| any(dice)),
                damaged: dice.one_in(6).then(|| dice.below(400)),
            },
            57..75 => Self::Sign { scope: if dice.one_in(3) { SIGN } else { elliptic(dice) } },
            75..79 => {
                Self::Upload { scope: any(dice), from: dice.of(&[-2, -2, -2, 20]), until: dice.of(&[300, 900, 30]) }
            }
            79..82 => Self::UploadOther { scope: other(dice), key: dice.below(3), until: dice.of(&[100, 900]) },
            82..86 => Self::Revoke { scope: not_blank(dice) },
            86..90 => Self::Rotate { scope: any(dice) },
            90..92 => Self::Rewrap { app: dice.of(&MODULES) },
            _ => Self::Time { days: dice.of(&[0, 1, 1, 1, 30, 400, 1070]) },
        }
    }
}

fn name(dice: &mut Dice) -> Option<&'static str> {
    dice.one_in(3).then(|| dice.of(&NAMES))
}

fn master(dice: &mut Dice) -> Scope {
    match dice.below(10) {
        0 => ROOT,
        1 => SIGN,
        2 => Scope { app: "REGISTRATION", reference: dice.of(&REFERENCES) },
        3 => Scope { app: "NOWHERE", reference: "" },
        _ => Scope { app: dice.of(&MODULES), reference: "" },
    }
}

fn elliptic(dice: &mut Dice) -> Scope {
    match dice.below(8) {
        0 => Scope { app: "NOWHERE", reference: dice.of(&CURVES) },
        1 => Scope { app: "ROOT", reference: dice.of(&CURVES) },
        _ => Scope { app: dice.of(&MODULES[..2]), reference: dice.of(&CURVES) },
    }
}

fn symmetric(dice: &mut Dice) -> Scope {
    Scope { app: "KERNEL", reference: dice.of(&["IDENTITY_CACHE", "TRANSACTION_CACHE"]) }
}

fn other(dice: &mut Dice) -> Scope {
    if dice.one_in(5) { any(dice) } else { Scope { app: "PARTNER", reference: dice.of(&["p-one", "p-two"]) } }
}

fn base_or_any(dice: &mut Dice) -> Scope {
    if dice.one_in(4) { any(dice) } else { Scope { app: dice.of(&MODULES[..3]), reference: dice.of(&REFERENCES) } }
}

fn not_blank(dice: &mut Dice) -> Scope {
    // A blank reference id is refused by the service's web layer, before it is looked at.
    let scope = any(dice);
    if scope.reference.is_empty() { Scope { app: "ID_REPO", reference: dice.of(&REFERENCES) } } else { scope }
}

fn any(dice: &mut Dice) -> Scope {
    match dice.below(12) {
        0 => ROOT,
        1 => SIGN,
        2 => PARTNER,
        3 => symmetric(dice),
        4 | 5 => elliptic(dice),
        6 | 7 => Scope { app: dice.of(&MODULES), reference: "" },
        _ => Scope { app: dice.of(&MODULES[..3]), reference: dice.of(&REFERENCES) },
    }
}

fn context(dice: &mut Dice) -> Context {
    let aad = dice.one_in(2).then(|| dice.bytes(24));
    let length = dice.of(&[12, 16]);
    let salt = dice.one_in(3).then(|| dice.bytes(length));
    Context { aad, salt }
}
