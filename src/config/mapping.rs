//! What each property of the Java service means here (mosip-keys §9; docs/configuration.md).

/// A key of `keymanager.toml`; they are written in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The place of the section in the file.
    order: u8,
    /// Empty for the top level.
    pub section: &'static str,
    pub name: &'static str,
    /// The property it comes from.
    pub property: &'static str,
}

impl Key {
    pub(super) const MASTER: Self = top("master", "mosip.kernel.keymanager.hsm.config-path");
}

/// What a property means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// An application id.
    App(Key),
    /// A reference id that is not blank.
    Ref(Key),
    /// A comma list of `APP` or `APP:REF`; of `APP:REF` only.
    List(Key, bool),
    Bool(Key),
    Text(Key),
    /// The one text there is.
    OnlyText(Key, &'static str),
    /// The one name there is, in any case.
    OnlyAlgorithm(Key, &'static str),
    /// The one number there is.
    OnlyNumber(Key, u32),
    /// No key; any other value than these is an error, or a warning.
    Same(&'static [&'static str], bool),
    /// No key, and somebody must know.
    Warn(&'static str),
    /// Alternative names of the certificates of a scope.
    AlternativeNames,
    /// The kind of the master backend, and where it is.
    KeyStore,
    KeyStorePath,
    /// The address of the database.
    Database,
    /// No key, for this reason.
    LeftOut(&'static str),
}

const fn top(name: &'static str, property: &'static str) -> Key {
    Key { order: 0, section: "", name, property }
}

const fn hierarchy(name: &'static str, property: &'static str) -> Key {
    Key { order: 1, section: "hierarchy", name, property }
}

const fn certificate(name: &'static str, property: &'static str) -> Key {
    Key { order: 2, section: "certificate", name, property }
}

const fn crypto(name: &'static str, property: &'static str) -> Key {
    Key { order: 3, section: "crypto", name, property }
}

/// The meaning of a property; none when the key manager does not know it.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    let exact = EXACT.iter().find(|(property, _)| *property == name).map(|(_, meaning)| *meaning);
    let by_prefix = || PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, meaning)| *meaning);
    exact.or_else(|| keyed(name)).or_else(by_prefix)
}

/// The properties that become keys.
fn keyed(name: &str) -> Option<Meaning> {
    KEYED.iter().find(|meaning| meaning.key().is_some_and(|key| key.property == name)).copied()
}

impl Meaning {
    const fn key(&self) -> Option<Key> {
        match self {
            Self::App(key)
            | Self::Ref(key)
            | Self::List(key, _)
            | Self::Bool(key)
            | Self::Text(key)
            | Self::OnlyText(key, _)
            | Self::OnlyAlgorithm(key, _)
            | Self::OnlyNumber(key, _) => Some(*key),
            _ => None,
        }
    }
}

/// Whether the value of a property of that name must not be shown, known or not (CFG-7).
pub(super) fn says_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words =
        ["password", "passwd", "passphrase", "-pass", "_pass", ".pass", "secret", "token", "credential", "salt"];
    // Names that have such a word in them, and no secret.
    let harmless = ["tokenid.length", "mosip.keymanager.salt.params.cache"];
    !harmless.iter().any(|word| name.contains(word))
        && (words.iter().any(|word| name.contains(word)) || name == "pin" || name.ends_with(".pin"))
}

const KEYED: &[Meaning] = &[
    Meaning::Text(top("schema", "keymanager.persistence.jdbc.schema")),
    Meaning::App(hierarchy("root_app_id", "mosip.root.key.applicationid")),
    Meaning::App(hierarchy("sign_app_id", "mosip.sign.applicationid")),
    Meaning::Ref(hierarchy("sign_ref_id", "mosip.sign-certificate-refid")),
    Meaning::App(hierarchy("zk_app_id", "mosip.kernel.zkcrypto.masterkey.application.id")),
    Meaning::Ref(hierarchy("zk_ref_id", "mosip.kernel.zkcrypto.masterkey.reference.id")),
    Meaning::List(hierarchy("generate", "mosip.kernel.keymanager.autogen.appids.list"), false),
    Meaning::List(hierarchy("generate_base", "mosip.kernel.keymanager.autogen.basekeys.list"), true),
    Meaning::Bool(hierarchy("backfill", "mosip.kernel.keymanager.unique.identifier.autoupdate")),
    Meaning::Text(certificate("common_name", "mosip.kernel.keymanager.certificate.default.common-name")),
    Meaning::Text(certificate(
        "organizational_unit",
        "mosip.kernel.keymanager.certificate.default.organizational-unit",
    )),
    Meaning::Text(certificate("organization", "mosip.kernel.keymanager.certificate.default.organization")),
    Meaning::Text(certificate("location", "mosip.kernel.keymanager.certificate.default.location")),
    Meaning::Text(certificate("state", "mosip.kernel.keymanager.certificate.default.state")),
    Meaning::Text(certificate("country", "mosip.kernel.keymanager.certificate.default.country")),
    Meaning::OnlyAlgorithm(
        certificate("signature_algorithm", "mosip.kernel.certificate.sign.algorithm"),
        "SHA256withRSA",
    ),
    Meaning::OnlyText(crypto("key_splitter", "mosip.kernel.data-key-splitter"), "#KEY_SPLITTER#"),
    Meaning::OnlyNumber(crypto("rsa_bits", "mosip.kernel.keygenerator.asymmetric-key-length"), 2048),
    Meaning::OnlyNumber(crypto("aes_bits", "mosip.kernel.keygenerator.symmetric-key-length"), 256),
    Meaning::OnlyNumber(crypto("gcm_tag_bits", "mosip.kernel.crypto.gcm-tag-length"), 128),
];

const CACHE: Meaning = Meaning::LeftOut("rows and policy are read again for each operation here");
const SIGNATURE: Meaning = Meaning::LeftOut("of the signature service, which is not part of this release");
const TRUST: Meaning = Meaning::LeftOut("of partner certificates and trust, which are not part of this release");
const HOST: Meaning = Meaning::LeftOut("a matter of the program that embeds the library");

const EXACT: &[(&str, Meaning)] = &[
    ("mosip.sign.refid", Meaning::LeftOut("what callers sign with who name no reference; callers here name it")),
    (
        "mosip.kernel.keymanager.113nothumbprint.support",
        Meaning::LeftOut("layouts without thumbprint are accepted by name"),
    ),
    ("mosip.kernel.keymanager.key.cache.expire.inMins", CACHE),
    ("mosip.kernel.keymgr.truststore.cache.expiry.inMins", CACHE),
    ("mosip.kernel.keymanager.keystore.keyreference.enable.cache", CACHE),
    ("mosip.kernel.keymanager.hsm.keystore-type", Meaning::KeyStore),
    ("mosip.kernel.keymanager.hsm.config-path", Meaning::KeyStorePath),
    // Ed25519 keys are wrapped in the store. In the HSM they never worked upstream.
    ("mosip.kernel.keymanager.ed25519.hsm.support.enabled", Meaning::Same(&["false"], false)),
    (
        "mosip.kernel.keymgr.ed25519.allowed.appids",
        Meaning::LeftOut("the Java service has the list and asks it for no key; here the access decision is asked"),
    ),
    ("mosip.kernel.certificate.ec.sign.algorithm", Meaning::Same(&["SHA256withECDSA"], false)),
    ("mosip.kernel.certificate.ed.sign.algorithm", Meaning::Same(&["Ed25519"], false)),
    ("mosip.kernel.keygenerator.asymmetric-algorithm-name", Meaning::Same(&["RSA"], true)),
    ("mosip.kernel.keygenerator.asymmetric.ec.algorithm-name", Meaning::Same(&["EC", "ECDSA"], false)),
    ("mosip.kernel.keygenerator.asymmetric.ed25519.algorithm-name", Meaning::Same(&["Ed25519", "EdDSA"], false)),
    ("mosip.kernel.keygenerator.symmetric-algorithm-name", Meaning::Same(&["AES"], true)),
    ("mosip.kernel.crypto.asymmetric-algorithm-name", Meaning::Same(&["RSA/ECB/OAEPWITHSHA-256ANDMGF1PADDING"], true)),
    (
        "mosip.kernel.crypto.symmetric-algorithm-name",
        Meaning::Same(&["AES/GCM/NoPadding", "AES/GCM/PKCS5Padding"], true),
    ),
    ("mosip.kernel.crypto.hash-algorithm-name", Meaning::Same(&["PBKDF2WithHmacSHA512"], false)),
    ("mosip.kernel.crypto.hash-iteration", Meaning::Same(&["100000"], false)),
    ("mosip.kernel.crypto.hash-symmetric-key-length", Meaning::Same(&["256"], false)),
    ("mosip.kernel.crypto.sign-algorithm-name", SIGNATURE),
    (
        "mosip.kernel.keymanager.crypto.validate.keysize",
        Meaning::LeftOut("the size of a recipient's key is always checked"),
    ),
    ("mosip.kernel.keymanager.signature.kid.prepend", SIGNATURE),
    ("mosip.kernel.zkcrypto.wrap.algorithm-name", Meaning::Same(&["AES/ECB/NoPadding"], true)),
    ("zkcrypto.random.key.generate.count", Meaning::LeftOut("of ZK encryption, which is not part of this release")),
    ("keymanager_database_url", Meaning::Database),
    ("keymanager_database_username", Meaning::LeftOut("write it into the address of the store if it needs one")),
    ("keymanager.persistence.jdbc.driver", HOST),
    ("hibernate.hbm2ddl.auto", HOST),
];

const PREFIXES: &[(&str, Meaning)] = &[
    ("mosip.kernel.keymanager.hsm.jce.", Meaning::Warn("key stores of Java providers are not supported")),
    (super::import_names::PREFIX, Meaning::AlternativeNames),
    (
        "mosip.kernel.keygenerator.rng.",
        Meaning::LeftOut("random numbers come from the operating system or the master backend"),
    ),
    ("mosip.kernel.keymanager.jwtsign.", SIGNATURE),
    ("mosip.kernel.keymanager.jwtEncrypt.", SIGNATURE),
    ("mosip.kernel.partner.", TRUST),
    ("mosip.kernel.zkcrypto.", Meaning::LeftOut("of ZK encryption, which is not part of this release")),
    ("mosip.kernel.keymgr.hsm.health", HOST),
    ("mosip.kernel.keymanager.keymigration.", Meaning::LeftOut("of a job that is not part of this release")),
    ("keymanager.hikari.", HOST),
    ("mosip.keymanager.", Meaning::LeftOut("of Argon2 hashes, which are not part of this release")),
    ("mosip.kernel.licensekey.", Meaning::LeftOut("of a side service that is not part of this library")),
    ("mosip.kernel.tokenid.", Meaning::LeftOut("of a side service that is not part of this library")),
    ("mosip.kernel.client.crypto.", Meaning::LeftOut("of client machines, which are not part of this release")),
    ("mosip.role.keymanager.", Meaning::LeftOut("who may call what is decided by the program that embeds the library")),
];
