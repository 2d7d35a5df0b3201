//! Bundles of certificates: PKCS#7, which is CMS SignedData without signers (RFC 5652 §5.1; docs/certificates.md CERT-70 to
//! CERT-76).

use der::asn1::{Any, AnyRef, SetOfVec};
use der::{Decode, Encode, Sequence};

use super::ber::Ber;
use super::{Certificate, oid, pem, unparsable, unparsable_as};
use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};

/// The largest bundle accepted, in bytes of BER; its PEM may have four times as many.
pub const MAX_BUNDLE_LEN: usize = 1024 * 1024;

/// The most certificates in a bundle.
pub const MAX_BUNDLE_CERTIFICATES: usize = 64;

/// The bundle of `certificates`, in their order, in definite lengths of the fewest bytes.
///
/// It is DER except that the SET of certificates is not sorted: readers show a chain in the order in which it was
/// written, as OpenSSL and the JDK do.
///
/// # Errors
/// `invalid_argument` for none; `too_large` for more than [`MAX_BUNDLE_CERTIFICATES`] or [`MAX_BUNDLE_LEN`] bytes.
pub fn to_der(certificates: &[Certificate]) -> Result<Vec<u8>> {
    if certificates.is_empty() {
        return Err(Error::new(Code::InvalidArgument, "a bundle has at least one certificate"));
    }
    if certificates.len() > MAX_BUNDLE_CERTIFICATES {
        return Err(too_many());
    }
    let mut list = Vec::new();
    for certificate in certificates {
        list.push(AnyRef::from_der(certificate.der()).map_err(defect)?);
    }
    let signed = SignedData {
        version: V1,
        digest_algorithms: SetOfVec::new(),
        content: Content { kind: oid::PKCS7_DATA },
        certificates: list,
        signers: SetOfVec::new(),
    };
    let der = Outer { kind: oid::PKCS7_SIGNED_DATA, content: signed }.to_der().map_err(defect)?;
    FORM.check_len(&der)?;
    Ok(der)
}

/// The bundle in PEM with the label `PKCS7`, as upstream's `getCertificateChain` has it: 64 columns, LF, a final newline.
///
/// # Errors
/// As [`to_der`].
pub fn to_pem(certificates: &[Certificate]) -> Result<String> {
    Ok(pem::encode(&FORM, &to_der(certificates)?))
}

/// The certificates of a bundle, in its order: DER, BER with indefinite lengths as upstream writes it, or PEM with the
/// label `PKCS7` or `CMS`. Nothing is verified but the form; a chain of them is for [`chain`](super::chain) to find.
///
/// Nothing hostile in the bytes can make it panic, loop or allocate more than a few times their size.
///
/// # Errors
/// `bundle_unparsable` for anything else, no certificate, a signed message, or something that is not a certificate among
/// them; `too_large` beyond [`MAX_BUNDLE_LEN`] and [`MAX_BUNDLE_CERTIFICATES`].
pub fn parse(provider: &CryptoProvider, pem_or_ber: &[u8]) -> Result<Vec<Certificate>> {
    let not_a_bundle = |error| unparsable_as(error, Code::BundleUnparsable, "bundle of certificates");
    if pem::is_der(pem_or_ber) {
        return read(provider, pem_or_ber).map_err(not_a_bundle);
    }
    pem::decode(&FORM, pem_or_ber).and_then(|ber| read(provider, &ber)).map_err(not_a_bundle)
}

/// The BER of a bundle in PEM, or the bytes themselves when they are no PEM; for the inspector, which tells offsets.
///
/// # Errors
/// As [`parse`].
pub(crate) fn decode(pem_or_ber: &[u8]) -> Result<Vec<u8>> {
    if pem::is_der(pem_or_ber) {
        return Ok(pem_or_ber.to_vec());
    }
    pem::decode(&FORM, pem_or_ber)
        .map_err(|error| unparsable_as(error, Code::BundleUnparsable, "bundle of certificates"))
}

fn read(provider: &CryptoProvider, ber: &[u8]) -> Result<Vec<Certificate>> {
    const WHAT: &str = "its outer structure is damaged";
    FORM.check_len(ber)?;
    let mut outer = Ber::new(ber);
    let mut info = outer.take(SEQUENCE, WHAT)?;
    outer.end("bytes follow it")?;
    if info.take(OBJECT_IDENTIFIER, WHAT)?.content() != oid::PKCS7_SIGNED_DATA.as_bytes() {
        return Err(unparsable("it is PKCS#7 of another kind than signed data"));
    }
    let mut explicit = info.take(CONTEXT_0, WHAT)?;
    info.end(WHAT)?;
    let mut signed = explicit.take(SEQUENCE, WHAT)?;
    explicit.end(WHAT)?;
    if !matches!(signed.take(INTEGER, WHAT)?.content(), [1..=5]) {
        return Err(unparsable("its version is unknown"));
    }
    signed.take(SET, WHAT)?;
    signed.take(SEQUENCE, WHAT)?.take(OBJECT_IDENTIFIER, WHAT)?;
    let mut members = signed.take_if(CONTEXT_0, WHAT)?.ok_or_else(|| unparsable("it has no certificates"))?;
    // Revocation lists are not looked into.
    signed.take_if(CONTEXT_1, WHAT)?;
    let signers = signed.take(SET, WHAT)?;
    signed.end(WHAT)?;
    signers.end("it is a signed message, and certificates alone are wanted")?;

    let mut certificates = Vec::new();
    while let Some(member) = members.next("a certificate in it is damaged")? {
        if certificates.len() >= MAX_BUNDLE_CERTIFICATES {
            return Err(too_many());
        }
        certificates.push(Certificate::from_der(provider, member.whole())?);
    }
    if certificates.is_empty() {
        return Err(unparsable("it has no certificates"));
    }
    Ok(certificates)
}

fn too_many() -> Error {
    Error::new(Code::TooLarge, format!("a bundle has at most {MAX_BUNDLE_CERTIFICATES} certificates"))
}

fn defect(_: der::Error) -> Error {
    Error::internal("a bundle of certificates could not be encoded")
}

const FORM: pem::Form = pem::Form {
    what: "bundle of certificates",
    labels: &["PKCS7", "CMS"],
    single: "the text has more than one PEM block, and one bundle is wanted",
    max_der: MAX_BUNDLE_LEN,
};

const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;

/// v1, as the INTEGER has it: X.509 certificates only, no signers (RFC 5652 §5.1).
const V1: u8 = 1;

/// ContentInfo (RFC 5652 §3).
#[derive(Sequence)]
struct Outer<'a> {
    kind: const_oid::ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: SignedData<'a>,
}

/// SignedData (RFC 5652 §5.1) without content, revocation lists and signers.
#[derive(Sequence)]
struct SignedData<'a> {
    version: u8,
    digest_algorithms: SetOfVec<Any>,
    content: Content,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    certificates: Vec<AnyRef<'a>>,
    signers: SetOfVec<Any>,
}

/// EncapsulatedContentInfo (RFC 5652 §5.2) without content.
#[derive(Sequence)]
struct Content {
    kind: const_oid::ObjectIdentifier,
}
