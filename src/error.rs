//! The one error of the library, and the one numbered table behind it.
//!
//! Every failure is an [`Error`]: a [`Code`] from the table below and a sentence that names what was wrong. The table
//! gives each code its stable number, its name, the [`Category`] (who must act), the exit status of the command line,
//! the `KER-…` code of the same situation in the MOSIP key manager where there is one, and what to do next.
//!
//! Numbers come in blocks of a thousand, one block for each category, and are never reused.

use std::borrow::Cow;
use std::fmt;

/// A result whose failure is the library's one [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who must act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// The caller used the interface wrongly.
    Misuse,
    /// The input does not have the form it must have.
    Malformed,
    /// The thing asked for does not exist.
    NotFound,
    /// A certificate is not trusted.
    NotTrusted,
    /// Policy or the state of a key forbids it.
    Refused,
    /// Decryption or verification failed; no detail is given on purpose.
    DecryptionFailed,
    /// A store, a master backend or a file failed.
    Backend,
    /// A defect of this library.
    Bug,
}

macro_rules! error_table {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal, $category:ident, exit $exit:literal, $ker:expr, $next:literal; )+) => {
        /// One row of the error table. The number and the name are stable for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum Code {
            $( $(#[doc = $doc])+ $variant = $number, )+
        }

        impl Code {
            /// Every row of the table, in the order of the numbers.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The stable number.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $( Self::$variant => $number, )+ }
            }

            /// The stable name, in snake_case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// Who must act.
            #[must_use]
            pub const fn category(self) -> Category {
                match self { $( Self::$variant => Category::$category, )+ }
            }

            /// The exit status the command line ends with.
            #[must_use]
            pub const fn exit_status(self) -> u8 {
                match self { $( Self::$variant => $exit, )+ }
            }

            /// The code the MOSIP key manager answers in the same situation, where there is one.
            #[must_use]
            pub const fn mosip_code(self) -> Option<&'static str> {
                match self { $( Self::$variant => $ker, )+ }
            }

            /// What the person who meets the error can do next.
            #[must_use]
            pub const fn next(self) -> &'static str {
                match self { $( Self::$variant => $next, )+ }
            }
        }
    };
}

error_table! {
    // 1000: the caller used the interface wrongly.
    /// An argument has a value the operation cannot take.
    InvalidArgument = 1001, "invalid_argument", Misuse, exit 2, Some("KER-KMS-005"), "Correct the argument that the message names.";
    /// Nothing to encrypt: the plaintext is empty, and no reader of the format accepts that.
    EmptyPlaintext = 1002, "empty_plaintext", Misuse, exit 2, Some("KER-FSE-006"), "Give at least one byte to encrypt.";
    /// The layout needs the caller's additional authenticated data and none was given.
    AadMissing = 1003, "aad_missing", Misuse, exit 2, None, "Pass the same additional authenticated data that was used to encrypt.";
    /// The layout needs the caller's salt (the IV) and none was given.
    SaltMissing = 1004, "salt_missing", Misuse, exit 2, None, "Pass the same salt that was used to encrypt.";
    /// Salt or additional authenticated data was given for a layout that carries its own.
    UnexpectedContext = 1005, "unexpected_context", Misuse, exit 2, None, "Leave out the salt and the additional authenticated data for this layout.";
    /// The nonce is empty, or longer than the operation takes.
    InvalidNonce = 1006, "invalid_nonce", Misuse, exit 2, Some("KER-FSE-009"), "Use a nonce of the length the message names.";
    /// The output buffer is too small.
    BufferTooSmall = 1007, "buffer_too_small", Misuse, exit 2, None, "Give a buffer of at least the size the message names.";
    /// A kind of key, algorithm or option this release lacks.
    Unsupported = 1008, "unsupported", Misuse, exit 2, Some("KER-KMS-004"), "Choose one of the kinds the message names.";
    /// The handle was made in another process; it must not be used after a fork.
    Forked = 1009, "forked", Misuse, exit 1, None, "Open a new handle in this process after the fork.";
    /// No cryptographic provider was named, and none is compiled in as the default.
    ProviderMissing = 1010, "provider_missing", Misuse, exit 2, None, "Name a provider in the builder, or build with the feature `native`.";
    /// A streaming state machine was used after its end or out of order.
    StreamState = 1011, "stream_state", Misuse, exit 2, None, "Start a new stream; a finished one cannot go on.";
    /// The operation was cancelled by the caller.
    Cancelled = 1012, "cancelled", Misuse, exit 1, None, "Start the operation again when it is wanted.";
    /// A size limit was exceeded.
    TooLarge = 1013, "too_large", Misuse, exit 2, Some("KER-FSE-005"), "Stay within the limit that the message names.";
    /// The passphrase cannot be used: it is empty or has characters outside printable ASCII.
    InvalidPassphrase = 1014, "invalid_passphrase", Misuse, exit 2, Some("KER-KMA-007"), "Use a passphrase of printable ASCII characters; other systems refuse any other.";
    /// The configuration file is not valid.
    InvalidConfig = 1015, "invalid_config", Misuse, exit 2, Some("KER-KMA-001"), "Correct the line or key that the message names.";
    /// A key is asked for as something that is neither a certificate nor a certification request.
    UnknownObjectType = 1016, "unknown_object_type", Misuse, exit 2, Some("KER-KMS-009"), "Ask for CERTIFICATE or for CSR.";

    // 2000: malformed input.
    /// The envelope is shorter than its layout.
    EnvelopeTruncated = 2001, "envelope_truncated", Malformed, exit 3, Some("KER-CRY-003"), "Check that the whole envelope was transferred; `keymanager inspect` shows what is there.";
    /// The envelope begins with a version this release does not know.
    EnvelopeVersion = 2002, "envelope_version", Malformed, exit 3, Some("KER-CRY-003"), "The writer is newer than this reader; update the reader.";
    /// No layout has the splitter where it must be.
    EnvelopeLayout = 2003, "envelope_layout", Malformed, exit 3, Some("KER-CRY-003"), "Run `keymanager inspect`; name a legacy layout with `accept` if the data is that old.";
    /// Two layouts fit the same bytes and the caller named none.
    EnvelopeAmbiguous = 2004, "envelope_ambiguous", Malformed, exit 3, None, "Name the layout; the message lists the readings that fit.";
    /// Text that must be base64 is not.
    InvalidBase64 = 2005, "invalid_base64", Malformed, exit 3, Some("KER-CRY-003"), "Give base64url text without line breaks.";
    /// Bytes that must be a certificate are not.
    CertificateUnparsable = 2006, "certificate_unparsable", Malformed, exit 3, Some("KER-KMS-013"), "Give one X.509 certificate in PEM or DER.";
    /// Bytes that must be a key are not.
    KeyUnparsable = 2007, "key_unparsable", Malformed, exit 3, Some("KER-FSE-001"), "Give an RSA key: PKCS#8 for a private key, SubjectPublicKeyInfo for a public one.";
    /// Text that must be a date and time is not.
    InvalidTimestamp = 2008, "invalid_timestamp", Malformed, exit 3, Some("KER-KMS-006"), "Give a UTC time such as 2026-11-25T12:00:00Z.";
    /// A wrapped private key does not have the layout it must have.
    WrappedKeyLayout = 2009, "wrapped_key_layout", Malformed, exit 3, Some("KER-CRY-003"), "The record is damaged; restore the row from a backup.";
    /// An RSA ciphertext does not have the size of the modulus.
    CiphertextSize = 2010, "ciphertext_size", Malformed, exit 3, Some("KER-FSE-005"), "Check that the whole ciphertext was transferred and belongs to this key.";
    /// Bytes that must be a PKCS#10 certification request are not.
    RequestUnparsable = 2011, "request_unparsable", Malformed, exit 3, None, "Give one PKCS#10 certification request in PEM or DER.";
    /// Bytes that must be a bundle of certificates (PKCS#7) are not.
    BundleUnparsable = 2012, "bundle_unparsable", Malformed, exit 3, Some("KER-KMS-013"), "Give one PKCS#7 bundle of certificates in PEM or DER.";
    /// A file that must be a backup is none, or is not as it was written.
    BackupDamaged = 2013, "backup_damaged", Malformed, exit 3, None, "Take another backup; nothing was changed.";

    // 3000: not found.
    /// The application id has no key policy.
    ApplicationNotFound = 3001, "application_not_found", NotFound, exit 4, Some("KER-KMS-002"), "Add a policy for the application with `keymanager policy set`, or correct its name.";
    /// No certificate with this thumbprint is known.
    ThumbprintNotFound = 3002, "thumbprint_not_found", NotFound, exit 4, Some("KER-KMS-025"), "The envelope was made for another key manager, or its record is missing from this store.";
    /// The key with this thumbprint belongs to another application.
    ThumbprintOtherApplication = 3003, "thumbprint_other_application", NotFound, exit 4, Some("KER-KMS-024"), "Ask under the application the key belongs to.";
    /// Several keys have this thumbprint.
    ThumbprintAmbiguous = 3004, "thumbprint_ambiguous", NotFound, exit 4, Some("KER-KMS-023"), "Name the reference id; run `keymanager doctor` to see the rows.";
    /// The key of this application was never generated.
    KeyNotGenerated = 3005, "key_not_generated", NotFound, exit 4, Some("KER-KMS-012"), "Generate it first with `keymanager keys generate`.";
    /// There is no current Root key.
    RootNotFound = 3006, "root_not_found", NotFound, exit 4, Some("KER-KMS-011"), "Generate the Root key first: `keymanager keys generate --all`.";
    /// The thumbprint in the envelope is not that of the given certificate.
    ThumbprintMismatch = 3007, "thumbprint_mismatch", NotFound, exit 4, Some("KER-CRY-010"), "Give the certificate and key the envelope was made for.";
    /// No key with this alias is known.
    AliasNotFound = 3008, "alias_not_found", NotFound, exit 4, Some("KER-KMA-004"), "Run `keymanager keys list --all` to see the aliases.";
    /// The certificate of a key is not there.
    CertificateNotFound = 3009, "certificate_not_found", NotFound, exit 4, Some("KER-KMS-003"), "Run `keymanager keys list --all`; symmetric keys have no certificate.";
    /// A file that must be there is not.
    FileNotFound = 3010, "file_not_found", NotFound, exit 4, None, "Check the path.";

    // 4000: not trusted.
    /// A certificate does not verify with the key of its issuer.
    CertificateNotTrusted = 4001, "certificate_not_trusted", NotTrusted, exit 5, Some("KER-PCM-007"), "Check the chain; the issuer given is not the one that signed.";

    // 5000: refused by policy or state.
    /// The recipient's certificate has expired.
    CertificateExpired = 5001, "certificate_expired", Refused, exit 5, Some("KER-PCM-004"), "Get the current certificate of the recipient.";
    /// The recipient's certificate is not valid yet.
    CertificateNotYetValid = 5002, "certificate_not_yet_valid", Refused, exit 5, Some("KER-PMS-020"), "Check the clock, or wait until the certificate is valid.";
    /// The recipient's key is not RSA of 2048 bits.
    RecipientKey = 5003, "recipient_key", Refused, exit 5, Some("KER-FSE-001"), "Use a certificate with an RSA key of 2048 bits; the format has no other.";
    /// Encryption to this application and reference is not allowed.
    EncryptNotAllowed = 5004, "encrypt_not_allowed", Refused, exit 5, Some("KER-CRY-011"), "Encrypt to a Base key: name a reference id other than SIGN and IDENTITY_CACHE.";
    /// Decryption under this application is not allowed for this caller.
    DecryptNotAllowed = 5005, "decrypt_not_allowed", Refused, exit 5, Some("KER-CRY-012"), "Ask under an application whose policy gives access.";
    /// The private key is not held here: the certificate belongs to another domain.
    PrivateKeyNotHere = 5006, "private_key_not_here", Refused, exit 5, Some("KER-KMS-018"), "Only the owner of that certificate can decrypt.";
    /// A key may not be generated for this application and reference.
    GenerationNotAllowed = 5007, "generation_not_allowed", Refused, exit 5, Some("KER-KMS-016"), "Choose an application whose Base keys are made here.";
    /// The reference id is not one this kind of key may have.
    ReferenceNotAllowed = 5008, "reference_not_allowed", Refused, exit 5, Some("KER-KMS-010"), "Leave the reference id blank, or use the signing pair of the configuration.";
    /// Several keys are current where one must be.
    NoUniqueKey = 5009, "no_unique_key", Refused, exit 5, Some("KER-KMS-003"), "Run `keymanager doctor` to see the rows and repair them.";
    /// The key may not be revoked.
    RevokeNotAllowed = 5010, "revoke_not_allowed", Refused, exit 5, Some("KER-KMS-021"), "Rotate the key instead.";
    /// The key is revoked.
    KeyRevoked = 5011, "key_revoked", Refused, exit 5, None, "Get the current certificate of the recipient.";
    /// Initialisation would overwrite what exists.
    AlreadyExists = 5012, "already_exists", Refused, exit 5, None, "Choose another folder, or remove the files yourself if they are not needed.";
    /// A file with secrets can be read by others.
    FilePermissions = 5013, "file_permissions", Refused, exit 5, None, "Make the file readable by its owner only (mode 0600), or name it as an exception.";
    /// The fake clock was asked for without being allowed.
    FakeClock = 5014, "fake_clock", Refused, exit 5, None, "Set KEYMANAGER_ALLOW_FAKE_CLOCK=1 to allow --now; never in production.";
    /// The policy of the application is not active.
    PolicyInactive = 5015, "policy_inactive", Refused, exit 5, Some("KER-KMS-002"), "Activate the policy with `keymanager policy set`.";
    /// A symmetric master key that wraps stored keys cannot be rotated or revoked before they can be re-wrapped.
    RewrapNeeded = 5016, "rewrap_needed", Refused, exit 5, None, "Keep the key until re-wrapping of the stored keys is available.";
    /// The host's access decision refuses the operation to this caller.
    AccessRefused = 5017, "access_refused", Refused, exit 5, None, "Ask whoever decides about access in this deployment.";
    /// The certificate is not that of the key: its public key is another one.
    CertificateOfOtherKey = 5018, "certificate_of_other_key", Refused, exit 5, Some("KER-KMS-014"), "Give the certificate that was issued for this key: ask for a CSR with `keymanager keys csr`.";
    /// No certificate request is made for a key that has no certificate.
    CsrNotAllowed = 5019, "csr_not_allowed", Refused, exit 5, Some("KER-KMS-022"), "Ask for a key with a certificate; a symmetric key has none.";
    /// The reference id belongs to elliptic signing keys, or is not one of theirs.
    SignReferenceNotAllowed = 5020, "sign_reference_not_allowed", Refused, exit 5, Some("KER-KMS-030"), "EC_SECP256K1_SIGN, EC_SECP256R1_SIGN and ED25519_SIGN are the reference ids of elliptic signing keys, and of nothing else.";
    /// The signing pair takes no certificate of another domain.
    SignPairNotAllowed = 5021, "sign_pair_not_allowed", Refused, exit 5, Some("KER-KMS-031"), "Choose another reference id.";
    /// The pair had keys of the master backend; it takes no certificate of another domain.
    OwnKeyExists = 5022, "own_key_exists", Refused, exit 5, Some("KER-KMS-032"), "Choose another reference id.";
    /// The current key of the pair lives in the master backend; it is no certificate of another domain.
    OtherDomainKeyMissing = 5023, "other_domain_key_missing", Refused, exit 5, Some("KER-KMS-033"), "Choose another reference id.";
    /// The private key of the pair's current key is held here; it is no certificate of another domain.
    PrivateKeyHeld = 5024, "private_key_held", Refused, exit 5, Some("KER-KMS-034"), "Choose another reference id; for a certificate of this key use `keymanager keys upload-certificate`.";
    /// The same certificate is there already.
    CertificateExists = 5025, "certificate_exists", Refused, exit 5, Some("KER-KMS-035"), "Nothing needs to be done.";

    // 6000: decryption or verification failed. One text, one path.
    /// The envelope could not be decrypted with the key it names.
    DecryptionFailed = 6001, "decryption_failed", DecryptionFailed, exit 6, Some("KER-KMS-019"), "The data is damaged, or the key, salt or additional authenticated data is not the one it was made with.";
    /// A signature does not verify.
    VerificationFailed = 6002, "verification_failed", DecryptionFailed, exit 6, Some("KER-CSS-101"), "The data was changed, or the key is not the one it was signed with.";

    // 7000: store, master or file failed.
    /// The record store cannot be reached or answers with a failure.
    StoreUnavailable = 7001, "store_unavailable", Backend, exit 7, Some("KER-KMS-500"), "Check the store's address, permissions and disk; then try again.";
    /// The store was written by a newer version.
    StoreVersion = 7002, "store_version", Backend, exit 7, None, "Use the version that wrote the store, or a newer one.";
    /// A row of the store is damaged.
    RecordDamaged = 7003, "record_damaged", Backend, exit 7, None, "Restore the row that the message names from a backup; nothing was changed.";
    /// A change set was refused: a row changed meanwhile.
    StoreConflict = 7004, "store_conflict", Backend, exit 7, None, "Read again and repeat the operation.";
    /// A change set was refused: a unique value exists already.
    StoreDuplicate = 7005, "store_duplicate", Backend, exit 7, Some("KER-KMS-500"), "Read again and use the row that exists.";
    /// The scope lock could not be had in time.
    LockTimeout = 7006, "lock_timeout", Backend, exit 7, None, "Another process holds the lock; wait and try again.";
    /// The master backend cannot be reached or answers with a failure.
    MasterUnavailable = 7007, "master_unavailable", Backend, exit 7, Some("KER-KMA-003"), "Check the master's address, permissions and secret; then try again.";
    /// The passphrase does not open the key file (or the file is damaged; the two cannot be told apart).
    WrongPassphrase = 7008, "wrong_passphrase", Backend, exit 7, Some("KER-KMA-007"), "Give the passphrase of the key file; if it is right, the file is damaged: restore it from a backup.";
    /// The key file is damaged.
    KeyFileDamaged = 7009, "key_file_damaged", Backend, exit 7, Some("KER-KMA-003"), "Restore the key file from a backup; nothing was changed.";
    /// The key file holds something this release cannot read, so it is not changed.
    KeyFileReadOnly = 7010, "key_file_read_only", Backend, exit 7, None, "Remove the entry that the message names with the tool that made it; until then the file is only read.";
    /// The key exists in the master under this alias already.
    AliasExists = 7011, "alias_exists", Backend, exit 7, Some("KER-KMA-003"), "Use another alias.";
    /// The alias is in use but its key is not of the kind asked for.
    WrongKeyKind = 7012, "wrong_key_kind", Backend, exit 7, Some("KER-KMA-003"), "Ask for the operation that the key can do.";
    /// A file could not be read or written.
    FileFailed = 7013, "file_failed", Backend, exit 1, None, "Check the path, its permissions and the free space; nothing was left half written.";
    /// The output exists already.
    OutputExists = 7014, "output_exists", Backend, exit 1, None, "Choose another name, or allow overwriting by name.";
    /// The source of randomness failed.
    RandomFailed = 7015, "random_failed", Backend, exit 7, None, "The operating system gave no randomness; do not go on.";
    /// The folder of the store cannot be written to.
    StoreReadOnly = 7016, "store_read_only", Backend, exit 7, None, "Make the folder of the store writable for this user.";
    /// An audit event could not be recorded; the message says whether the operation happened.
    AuditFailed = 7017, "audit_failed", Backend, exit 7, None, "Repair the audit sink; then look whether the operation has happened, as the message says, before it is repeated.";
    /// A row of the store is not as it was signed, or has no MAC where one is demanded.
    RowNotAuthentic = 7018, "row_not_authentic", Backend, exit 7, None, "Compare the row that the message names with a backup and restore it. If the Java service or an operator changed it on purpose, sign it again: `keymanager migrate --accept ALIAS`.";
    /// The PKCS#11 module cannot be loaded or started.
    TokenModule = 7030, "token_module", Backend, exit 7, Some("KER-KMA-001"), "Check module-path: the file must be there, and be a PKCS#11 library for this machine.";
    /// No token that is present fits the address.
    TokenNotFound = 7031, "token_not_found", Backend, exit 7, Some("KER-KMA-003"), "Correct the token's label or serial number, or connect the token; `keymanager hsm probe` lists what is there.";
    /// Several tokens fit the address.
    TokenAmbiguous = 7032, "token_ambiguous", Backend, exit 7, None, "Add the serial number of the token that is meant: pkcs11:token=LABEL;serial=NUMBER.";
    /// The token refused the PIN. It was tried once.
    WrongPin = 7033, "wrong_pin", Backend, exit 7, Some("KER-KMA-003"), "Correct the PIN and open the token again; this handle does not try it a second time, since tokens count.";
    /// The PIN of the token is locked, or has to be set or changed first.
    PinLocked = 7034, "pin_locked", Backend, exit 7, Some("KER-KMA-003"), "Have the security officer of the token unlock or set the user PIN.";
    /// The token has no room.
    TokenFull = 7035, "token_full", Backend, exit 7, None, "Make room on the token; nothing was left half made.";
    /// The token cannot be written to.
    TokenReadOnly = 7036, "token_read_only", Backend, exit 7, None, "Lift the token's write protection, or make keys where the token can be written.";
    /// The token did not answer in time, and the call was given up.
    TokenTimeout = 7037, "token_timeout", Backend, exit 7, None, "Look after the token or its network; then try again. What was begun may still happen.";
    /// Objects on the token contradict each other, such as two keys under one alias.
    TokenObjects = 7038, "token_objects", Backend, exit 7, Some("KER-KMA-003"), "Run `keymanager hsm probe` to see the objects; remove the wrong one with the token's own tool.";

    // 9000: a defect of this library.
    /// An invariant did not hold.
    Internal = 9001, "internal", Bug, exit 1, Some("KER-KMS-500"), "Please report this with the message; no secret is in it.";
}

/// The one error of the library.
///
/// It never holds a secret, input bytes, a PIN, or the unread text of a dependency. Failures that depend on a secret
/// are one value: see [`Error::decryption_failed`].
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    detail: Cow<'static, str>,
}

impl Error {
    /// Makes an error of `code` with a sentence that names what was wrong.
    ///
    /// For [`Code::DecryptionFailed`] the detail is dropped: that failure has one text.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        if code == Code::DecryptionFailed {
            return Self::decryption_failed();
        }
        Self { code, detail: detail.into() }
    }

    /// The one error for everything that goes wrong after a key was found: unwrap, padding, length, tag.
    #[must_use]
    pub const fn decryption_failed() -> Self {
        Self { code: Code::DecryptionFailed, detail: Cow::Borrowed("decryption failed") }
    }

    /// An invariant of the library that did not hold.
    #[must_use]
    pub const fn internal(detail: &'static str) -> Self {
        Self { code: Code::Internal, detail: Cow::Borrowed(detail) }
    }

    /// The row of the error table.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The sentence that names what was wrong, without the code.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Puts `context` before the detail, except for failures that have one text.
    #[must_use]
    pub fn context(self, context: impl fmt::Display) -> Self {
        let detail = format!("{context}: {}", self.detail);
        Self::new(self.code, detail)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({} {}: {})", self.code.number(), self.code.name(), self.detail)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_and_names_are_unique_and_in_their_block() {
        let mut numbers = HashSet::new();
        let mut names = HashSet::new();
        for code in Code::ALL {
            assert!(numbers.insert(code.number()), "number {} twice", code.number());
            assert!(names.insert(code.name()), "name {} twice", code.name());
            let block = match code.category() {
                Category::Misuse => 1,
                Category::Malformed => 2,
                Category::NotFound => 3,
                Category::NotTrusted => 4,
                Category::Refused => 5,
                Category::DecryptionFailed => 6,
                Category::Backend => 7,
                Category::Bug => 9,
            };
            assert_eq!(code.number() / 1000, block, "{}", code.name());
            assert_eq!(*code as u32, code.number());
            assert!(!code.next().is_empty());
            assert!((1..=7).contains(&code.exit_status()));
        }
    }

    #[test]
    fn decryption_failed_has_one_text() {
        let plain = Error::decryption_failed();
        assert_eq!(Error::new(Code::DecryptionFailed, "the tag was wrong"), plain);
        assert_eq!(plain.clone().context("record 7"), plain);
    }
}
