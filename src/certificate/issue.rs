//! Issue Root, Module, Sign, Base and signing certificates as mosip-keys §4.1 has them (docs/certificates.md CERT-40 to
//! CERT-58).

use std::time::Duration;

use der::asn1::{AnyRef, BitStringRef, Ia5StringRef, OctetStringRef, UintRef};
use der::flagset::FlagSet;
use der::{DateTime, Decode, Encode, Sequence};
use spki::AlgorithmIdentifierRef;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::time::Time;

use super::signature::{self, SignatureAlgorithm};
use super::{AlternativeNames, Certificate, DistinguishedName, key, oid, serial};
use crate::crypto::{CryptoProvider, HashAlgorithm, PrivateKey, PublicKey};
use crate::error::{Code, Error, Result};
use crate::random::RandomSource;
use crate::time::Timestamp;

/// The comment by which a provisional certificate is known.
pub const PROVISIONAL_MARK: &str = "keymanager pending key";

/// What the certificate is for; it decides the extensions (mosip-keys §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateKind {
    /// Self-signed Root: CA, pathLen 2, digitalSignature and keyCertSign.
    Root,
    /// Module and Sign keys: CA, pathLen 1, digitalSignature and keyCertSign.
    Module,
    /// Base keys: not a CA, keyEncipherment.
    Base,
    /// Signing keys under a Module key, which are Ed25519 keys: not a CA, digitalSignature. (Upstream gives them the
    /// keyEncipherment of Base keys, which such a key cannot do.)
    Signing,
    /// A provisional self-signed certificate of a key file's pending pair: not a CA, and a mark of its own.
    Provisional,
}

/// What to certify.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    /// What it is for.
    pub kind: CertificateKind,
    /// The subject.
    pub subject: DistinguishedName,
    /// The subject's key.
    pub public_key: PublicKey,
    /// notBefore, cut to seconds.
    pub not_before: Timestamp,
    /// notAfter, cut to seconds. [`Timestamp::MAX`] means that a sum ran past the year 9999, and is refused.
    pub not_after: Timestamp,
    /// The subject's alternative names; a provisional certificate has none, whatever stands here.
    pub alternative_names: AlternativeNames,
}

/// Issues a certificate: `issuer` none means self-signed, and then `signer` is the subject's own key.
/// Serial: 63 random bits, positive, not zero. The signature is SHA256withRSA, ECDSA with the hash of the curve, or
/// Ed25519, by the signer's key. The finished certificate is verified before
/// it is handed out, here or by the signer itself. Whether the issuer is a CA, and valid, is the caller's to decide.
///
/// # Errors
/// Those of the signer; `invalid_argument` for a name that cannot be encoded, an empty validity or one outside 1970
/// to 9999, a Root or provisional certificate with an issuer, and a signer that is not the issuer's key;
/// `certificate_unparsable` for a public key that is not a SubjectPublicKeyInfo.
pub fn issue(
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    request: &CertificateRequest,
    issuer: Option<&Certificate>,
    signer: &dyn PrivateKey,
) -> Result<Certificate> {
    let self_signed = matches!(request.kind, CertificateKind::Root | CertificateKind::Provisional);
    if self_signed && issuer.is_some() {
        return Err(invalid("Root and provisional certificates are signed by their own key"));
    }
    let signing_key = issuer.map_or(&request.public_key, Certificate::public_key);
    if !same_key(signing_key, signer.public_key())? {
        return Err(invalid("the signing key is not that of the issuer"));
    }

    let subject_der = request.subject.to_der()?;
    let issuer_der = issuer.map_or(subject_der.as_slice(), Certificate::subject_der);
    let serial = serial::draw(random)?;
    let (scheme, algorithm) = signature::signing(signing_key)?;
    let tbs_der = ToBeSigned {
        version: V3,
        serial: UintRef::new(&serial).map_err(defect)?,
        signature: algorithm,
        issuer: AnyRef::from_der(issuer_der).map_err(defect)?,
        validity: validity(request)?,
        subject: AnyRef::from_der(&subject_der).map_err(defect)?,
        public_key: AnyRef::from_der(request.public_key.spki_der()).map_err(defect)?,
        extensions: extensions(provider, request)?,
    }
    .to_der()
    .map_err(defect)?;

    let signature = signer.sign(scheme, &tbs_der)?;
    // A token that signs wrongly must not leave a certificate that nobody can use (CERT-50).
    if !signer.verifies_its_signatures() {
        signature::verify(provider, signing_key, &SignatureAlgorithm::Known(scheme), &tbs_der, &signature).map_err(
            |_| Error::new(Code::MasterUnavailable, "the signing key made a signature that does not verify"),
        )?;
    }
    let der = Signed {
        tbs: AnyRef::from_der(&tbs_der).map_err(defect)?,
        algorithm,
        signature: BitStringRef::from_bytes(&signature).map_err(defect)?,
    }
    .to_der()
    .map_err(defect)?;
    Certificate::from_der(provider, &der)
}

/// Whether this is the certificate of a pending key: self-issued, not a CA, and marked (CERT-52).
#[must_use]
pub fn is_provisional(certificate: &Certificate) -> bool {
    let mark = |extension: &super::Extension| {
        extension.oid == oid::NETSCAPE_COMMENT.to_string()
            && Ia5StringRef::from_der(&extension.value).is_ok_and(|text| text.as_str() == PROVISIONAL_MARK)
    };
    !certificate.is_ca() && certificate.extensions().iter().any(mark) && certificate.is_self_issued()
}

/// The extensions in the order of mosip-keys §4.1: basic constraints, subject key identifier, key usage,
/// alternative names.
fn extensions(provider: &CryptoProvider, request: &CertificateRequest) -> Result<Vec<Extension>> {
    let signing = KeyUsages::DigitalSignature | KeyUsages::KeyCertSign;
    let (ca, path_len_constraint, usage): (bool, Option<u8>, Option<FlagSet<KeyUsages>>) = match request.kind {
        CertificateKind::Root => (true, Some(2), Some(signing)),
        CertificateKind::Module => (true, Some(1), Some(signing)),
        CertificateKind::Base => (false, None, Some(KeyUsages::KeyEncipherment.into())),
        CertificateKind::Signing => (false, None, Some(KeyUsages::DigitalSignature.into())),
        CertificateKind::Provisional => (false, None, None),
    };
    let key_bits = key::parse(request.public_key.spki_der())?.bits;
    let key_id = provider.hash.digest(HashAlgorithm::Sha1, key_bits);
    let key_id = OctetStringRef::new(&key_id).map_err(defect)?;
    let mut list = vec![
        extension(oid::BASIC_CONSTRAINTS, true, &BasicConstraints { ca, path_len_constraint })?,
        extension(oid::SUBJECT_KEY_IDENTIFIER, false, &key_id)?,
    ];
    match usage {
        Some(usage) => {
            list.push(extension(oid::KEY_USAGE, true, &KeyUsage(usage))?);
            if !request.alternative_names.is_empty() {
                let names = request.alternative_names.to_general_names(&request.public_key)?;
                list.push(extension(oid::SUBJECT_ALTERNATIVE_NAME, false, &names)?);
            }
        }
        None => {
            let mark = Ia5StringRef::new(PROVISIONAL_MARK).map_err(defect)?;
            list.push(extension(oid::NETSCAPE_COMMENT, false, &mark)?);
        }
    }
    Ok(list)
}

fn extension(extn_id: const_oid::ObjectIdentifier, critical: bool, value: &impl Encode) -> Result<Extension> {
    let value = value.to_der().and_then(der::asn1::OctetString::new).map_err(defect)?;
    Ok(Extension { extn_id, critical, extn_value: value })
}

fn validity(request: &CertificateRequest) -> Result<ValidityDates> {
    if request.not_after == Timestamp::MAX {
        return Err(invalid("the validity runs past the year 9999"));
    }
    let (not_before, not_after) = (request.not_before.unix_seconds(), request.not_after.unix_seconds());
    if not_after <= not_before {
        return Err(invalid("the validity is empty"));
    }
    // UTCTime until 2049 and GeneralizedTime after (RFC 5280 §4.1.2.5) is how `Time` is made from a date.
    let time = |seconds: i64| -> Result<Time> {
        let seconds = u64::try_from(seconds).map_err(|_| invalid("the validity begins before 1970"))?;
        DateTime::from_unix_duration(Duration::from_secs(seconds)).map(Time::from).map_err(defect)
    };
    Ok(ValidityDates { not_before: time(not_before)?, not_after: time(not_after)? })
}

/// Whether two keys are the same; the parameters of the algorithm, NULL or absent, do not count.
fn same_key(left: &PublicKey, right: &PublicKey) -> Result<bool> {
    let (left, right) = (key::parse(left.spki_der())?, key::parse(right.spki_der())?);
    Ok(left.algorithm == right.algorithm && left.bits == right.bits)
}

fn invalid(detail: &'static str) -> Error {
    Error::new(Code::InvalidArgument, detail)
}

fn defect(_: der::Error) -> Error {
    Error::internal("a certificate could not be encoded")
}

/// v3, as the INTEGER has it.
const V3: u8 = 2;

/// TBSCertificate (RFC 5280 §4.1); names and keys are copied as they are.
#[derive(Sequence)]
struct ToBeSigned<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: UintRef<'a>,
    signature: AlgorithmIdentifierRef<'a>,
    issuer: AnyRef<'a>,
    validity: ValidityDates,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

/// Validity (RFC 5280 §4.1.2.5).
#[derive(Sequence)]
struct ValidityDates {
    not_before: Time,
    not_after: Time,
}

/// Certificate (RFC 5280 §4.1).
#[derive(Sequence)]
struct Signed<'a> {
    tbs: AnyRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}
