//! PKCS#10 certification requests: a key and a name that ask for a certificate (RFC 2986; docs/certificates.md CERT-60
//! to CERT-69).

use std::fmt;

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Sequence, Tag};
use spki::AlgorithmIdentifierRef;

use super::oid::Oid;
use super::read::{Element, Elements};
use super::signature::{self, SignatureAlgorithm};
use super::{
    DistinguishedName, KeyAlgorithm, MAX_CERTIFICATE_LEN, context, key, name_text, pem, unparsable, unparsable_as,
};
use crate::crypto::{CryptoProvider, PrivateKey, PublicKey};
use crate::error::{Code, Error, Result};

/// The largest certification request accepted, in bytes of DER; its PEM may have four times as many.
pub const MAX_REQUEST_LEN: usize = MAX_CERTIFICATE_LEN;

/// A parsed certification request. It keeps the bytes that arrived; the signature is over those.
///
/// Parsing does not check the signature: call [`CertificationRequest::verify`] before anything in it is believed.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificationRequest {
    der: Vec<u8>,
    info_der: Vec<u8>,
    subject_der: Vec<u8>,
    public_key: PublicKey,
    key_algorithm: KeyAlgorithm,
    attributes: Vec<String>,
    signature_algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
}

impl CertificationRequest {
    /// Asks for a certificate of `subject` for `key`, without attributes, as MOSIP does (mosip-keys §4.3). The finished
    /// request is verified before it is handed out.
    ///
    /// # Errors
    /// Those of the key; `invalid_argument` for a name that cannot be encoded; `unsupported` for a kind of key that
    /// makes no signatures here; `master_unavailable` when the key made a signature that does not verify.
    pub fn create(provider: &CryptoProvider, subject: &DistinguishedName, key: &dyn PrivateKey) -> Result<Self> {
        let subject_der = subject.to_request_der()?;
        let spki_der = key.public_key().spki_der();
        let (scheme, algorithm) = signature::signing(key.public_key())?;
        let info_der = Info {
            version: V1,
            subject: AnyRef::from_der(&subject_der).map_err(defect)?,
            public_key: AnyRef::from_der(spki_der).map_err(defect)?,
            attributes: der::asn1::SetOfVec::new(),
        }
        .to_der()
        .map_err(defect)?;
        let signature = key.sign(scheme, &info_der)?;
        let der = Signed {
            info: AnyRef::from_der(&info_der).map_err(defect)?,
            algorithm,
            signature: BitStringRef::from_bytes(&signature).map_err(defect)?,
        }
        .to_der()
        .map_err(defect)?;
        let request = Self::from_der(&der)?;
        // A token that signs wrongly must not leave a request that no authority takes.
        request.verify(provider).map_err(|_| {
            Error::new(Code::MasterUnavailable, "the key made a signature that does not verify with its public half")
        })?;
        Ok(request)
    }

    /// Parses one request in PEM (label `CERTIFICATE REQUEST`, or `NEW CERTIFICATE REQUEST` as old programs wrote) or
    /// DER. The signature is not checked.
    ///
    /// Nothing hostile in the bytes can make it panic, loop or allocate more than a few times their size.
    ///
    /// # Errors
    /// `request_unparsable`; `too_large` beyond [`MAX_REQUEST_LEN`].
    pub fn parse(pem_or_der: &[u8]) -> Result<Self> {
        // The shortest request, Ed25519 without a subject, has 127 bytes of content.
        if let [0x30, 0x7f..=0xff, ..] = pem_or_der {
            return Self::from_der(pem_or_der);
        }
        Self::from_der(&pem::decode(&FORM, pem_or_der).map_err(not_a_request)?)
    }

    /// Parses DER.
    ///
    /// # Errors
    /// As [`CertificationRequest::parse`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        FORM.check_len(der)?;
        read(der).map_err(not_a_request)
    }

    /// The DER as it arrived.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// PEM with the label `CERTIFICATE REQUEST`: 64 columns, LF, a final newline.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(&FORM, &self.der)
    }

    /// The subject's attributes.
    ///
    /// # Errors
    /// `request_unparsable` when one of them is not a string.
    pub fn subject(&self) -> Result<DistinguishedName> {
        DistinguishedName::from_der(&self.subject_der).map_err(not_a_request)
    }

    /// The subject as DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    /// The subject as text for people (RFC 4514).
    #[must_use]
    pub fn subject_text(&self) -> String {
        // The name was read once when the request was parsed, so this does not fail.
        name_text::text(&self.subject_der).unwrap_or_default()
    }

    /// The public key that a certificate is asked for.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The kind of the public key.
    #[must_use]
    pub fn key_algorithm(&self) -> &KeyAlgorithm {
        &self.key_algorithm
    }

    /// The kinds of the attributes, as dotted text, in the order of the request. Nothing here acts on attributes.
    #[must_use]
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// How the request is signed: `SHA256withRSA`, `SHA256withECDSA`, … or dotted text.
    #[must_use]
    pub fn signature_algorithm(&self) -> &str {
        self.signature_algorithm.name()
    }

    /// Checks that the private half of the request's own key signed it.
    ///
    /// # Errors
    /// `verification_failed`, also for signatures with MD5 or SHA-1; `unsupported` for an algorithm that certificates
    /// are not verified with either; `key_unparsable` for a key that the provider cannot read.
    pub fn verify(&self, provider: &CryptoProvider) -> Result<()> {
        let verified =
            signature::verify(provider, &self.public_key, &self.signature_algorithm, &self.info_der, &self.signature);
        verified.map_err(|error| match error.code() {
            Code::CertificateNotTrusted => {
                let name = self.signature_algorithm.name();
                Error::new(Code::VerificationFailed, format!("the {name} signature of the request is not accepted"))
            }
            _ => error,
        })
    }
}

/// The subject only; a log has no use for the rest.
impl fmt::Debug for CertificationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificationRequest({})", self.subject_text())
    }
}

fn read(der: &[u8]) -> Result<CertificationRequest> {
    const WHAT: &str = "its outer structure is damaged";
    let mut outer = Elements::new(der, WHAT)?;
    let mut parts = outer.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
    outer.end("bytes follow it")?;
    let info = parts.take(Tag::Sequence, WHAT)?;
    let algorithm = parts.take(Tag::Sequence, WHAT)?;
    let signature = parts.take(Tag::BitString, WHAT)?;
    parts.end(WHAT)?;
    let signature = signature.any.decode_as::<BitStringRef<'_>>().ok().and_then(|bits| bits.as_bytes());
    let signature = signature.ok_or_else(|| unparsable("the signature is damaged"))?;

    const INFO: &str = "its signed part is damaged";
    let mut parts = info.elements(INFO)?;
    if parts.take(Tag::Integer, INFO)?.any.value() != [V1] {
        return Err(unparsable("its version is unknown"));
    }
    let subject_der = parts.take(Tag::Sequence, INFO)?.der;
    name_text::parse(subject_der)?;
    let spki_der = parts.take(Tag::Sequence, INFO)?.der;
    let key_algorithm = key::parse(spki_der)?.algorithm;
    // RFC 2986 §4.1 demands the set even when it is empty; some writers leave it out, and OpenSSL reads that.
    let attributes = parts.take_if(context(0, true), INFO)?.map(attributes).transpose()?.unwrap_or_default();
    parts.end(INFO)?;
    Ok(CertificationRequest {
        der: der.to_vec(),
        info_der: info.der.to_vec(),
        subject_der: subject_der.to_vec(),
        public_key: PublicKey::from_spki_der(spki_der.to_vec()),
        key_algorithm,
        attributes,
        signature_algorithm: SignatureAlgorithm::parse(algorithm)?,
        signature: signature.to_vec(),
    })
}

/// The kinds of the attributes. Values are checked for their form only.
fn attributes(set: Element<'_>) -> Result<Vec<String>> {
    const WHAT: &str = "its attributes are damaged";
    let mut members = set.elements(WHAT)?;
    let mut kinds = Vec::new();
    while let Some(member) = members.take_if(Tag::Sequence, WHAT)? {
        let mut parts = member.elements(WHAT)?;
        let kind = Oid::read(parts.take(Tag::ObjectIdentifier, WHAT)?.any).ok_or_else(|| unparsable(WHAT))?.text();
        let mut values = parts.take(Tag::Set, WHAT)?.elements(WHAT)?;
        parts.end(WHAT)?;
        let mut empty = true;
        while values.next(WHAT)?.is_some() {
            empty = false;
        }
        if empty {
            return Err(unparsable(WHAT));
        }
        if kinds.contains(&kind) {
            return Err(unparsable("an attribute occurs twice"));
        }
        kinds.push(kind);
        if kinds.len() > MAX_ATTRIBUTES {
            return Err(unparsable("it has too many attributes"));
        }
    }
    members.end(WHAT)?;
    Ok(kinds)
}

fn not_a_request(error: Error) -> Error {
    unparsable_as(error, Code::RequestUnparsable, "certification request")
}

fn defect(_: der::Error) -> Error {
    Error::internal("a certification request could not be encoded")
}

/// v1, as the INTEGER has it.
const V1: u8 = 0;
/// More attributes than any known program writes.
const MAX_ATTRIBUTES: usize = 64;

const FORM: pem::Form = pem::Form {
    what: "certification request",
    labels: &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"],
    single: "the text has more than one PEM block, and one request is wanted",
    max_der: MAX_REQUEST_LEN,
};

/// CertificationRequestInfo (RFC 2986 §4.1).
#[derive(Sequence)]
struct Info<'a> {
    version: u8,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    attributes: der::asn1::SetOfVec<der::asn1::Any>,
}

/// CertificationRequest (RFC 2986 §4.2).
#[derive(Sequence)]
struct Signed<'a> {
    info: AnyRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

#[cfg(test)]
mod tests;
