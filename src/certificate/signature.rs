//! Signature algorithms of certificates: names, verification, and which one a key signs with (docs/certificates.md CERT-20
//! to CERT-24, CERT-43).

use const_oid::ObjectIdentifier;
use der::asn1::AnyRef;
use der::{Tag, TagNumber, Tagged};
use spki::AlgorithmIdentifierRef;

use super::oid::{self, Oid};
use super::read::{Element, Elements};
use super::{KeyAlgorithm, key, unparsable};
use crate::crypto::{CryptoProvider, EcdsaEncoding, HashAlgorithm, PublicKey, SignatureScheme};
use crate::error::{Code, Error, Result};

/// How a certificate is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SignatureAlgorithm {
    /// One that this library verifies.
    Known(SignatureScheme),
    /// One that nobody should accept any more.
    Weak(&'static str),
    /// One that has a name but is not verified by this release.
    Named(&'static str),
    /// Any other, as dotted text.
    Unknown(String),
}

impl SignatureAlgorithm {
    /// Reads an AlgorithmIdentifier (RFC 4055, RFC 5758, RFC 8410).
    pub(super) fn parse(identifier: Element<'_>) -> Result<Self> {
        let (kind, parameters) = algorithm(identifier)?;
        if kind.is(oid::RSASSA_PSS) {
            let hash = parameters.map(|parameters| pss_hash(parameters.der)).transpose()?.flatten();
            return Ok(hash.map_or(Self::Named("RSASSA-PSS"), |hash| Self::Known(SignatureScheme::RsaPss(hash))));
        }
        let known = KNOWN.iter().find(|(oid, _)| kind.is(*oid)).map(|(_, algorithm)| algorithm.clone());
        Ok(known.unwrap_or_else(|| Self::Unknown(kind.text())))
    }

    /// The name the JDK gives it: `SHA256withRSA`, `RSASSA-PSS`, …; dotted text when it has none here.
    pub(super) fn name(&self) -> &str {
        use HashAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        use SignatureScheme::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
        match self {
            Self::Known(RsaPkcs1(Sha1)) => "SHA1withRSA",
            Self::Known(RsaPkcs1(Sha256)) => "SHA256withRSA",
            Self::Known(RsaPkcs1(Sha384)) => "SHA384withRSA",
            Self::Known(RsaPkcs1(Sha512)) => "SHA512withRSA",
            Self::Known(RsaPss(_)) => "RSASSA-PSS",
            Self::Known(Ecdsa { hash: Sha1, .. }) => "SHA1withECDSA",
            Self::Known(Ecdsa { hash: Sha256, .. }) => "SHA256withECDSA",
            Self::Known(Ecdsa { hash: Sha384, .. }) => "SHA384withECDSA",
            Self::Known(Ecdsa { hash: Sha512, .. }) => "SHA512withECDSA",
            Self::Known(Ed25519) => "Ed25519",
            Self::Weak(name) | Self::Named(name) => name,
            Self::Unknown(oid) => oid,
        }
    }
}

/// Checks a signature made with the private half of `key` over `message`.
pub(super) fn verify(
    provider: &CryptoProvider,
    key: &PublicKey,
    algorithm: &SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<()> {
    let scheme = match algorithm {
        SignatureAlgorithm::Known(scheme) => *scheme,
        SignatureAlgorithm::Weak(name) => {
            return Err(not_trusted(format!("the certificate is signed with {name}, which is not accepted")));
        }
        SignatureAlgorithm::Named(_) | SignatureAlgorithm::Unknown(_) => {
            let name = algorithm.name();
            return Err(Error::new(
                Code::Unsupported,
                format!("certificates signed with {name} are not verified; SHA-2 with RSA or ECDSA, and Ed25519 are"),
            ));
        }
    };
    let fits = matches!(
        (key::parse(key.spki_der())?.algorithm, scheme),
        (KeyAlgorithm::Rsa { .. }, SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_))
            | (KeyAlgorithm::Ec(_), SignatureScheme::Ecdsa { .. })
            | (KeyAlgorithm::Ed25519, SignatureScheme::Ed25519)
    );
    if !fits {
        return Err(not_trusted(format!("the issuer's key makes no signatures with {}", algorithm.name())));
    }
    key.verify(provider, scheme, message, signature).map_err(|error| match error.code() {
        Code::VerificationFailed => not_trusted("the issuer's key did not sign the certificate"),
        _ => error,
    })
}

/// What a key signs certificates and requests with, and its AlgorithmIdentifier in DER (RFC 4055 §5, RFC 5758 §3.2,
/// RFC 8410 §3).
pub(super) fn signing(key: &PublicKey) -> Result<(SignatureScheme, AlgorithmIdentifierRef<'static>)> {
    let ecdsa = |hash| SignatureScheme::Ecdsa { hash, encoding: EcdsaEncoding::Der };
    let (scheme, oid, parameters) = match key::parse(key.spki_der())?.algorithm {
        KeyAlgorithm::Rsa { .. } => {
            (SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256), oid::SHA256_WITH_RSA, Some(AnyRef::NULL))
        }
        KeyAlgorithm::Ec(curve) => {
            let oid = match curve.hash() {
                HashAlgorithm::Sha384 => oid::SHA384_WITH_ECDSA,
                HashAlgorithm::Sha512 => oid::SHA512_WITH_ECDSA,
                _ => oid::SHA256_WITH_ECDSA,
            };
            (ecdsa(curve.hash()), oid, None)
        }
        KeyAlgorithm::Ed25519 => (SignatureScheme::Ed25519, oid::ED25519, None),
        KeyAlgorithm::Unknown { .. } => {
            return Err(Error::new(Code::Unsupported, "certificates are signed with RSA, ECDSA and Ed25519 keys only"));
        }
    };
    Ok((scheme, AlgorithmIdentifierRef { oid, parameters }))
}

pub(super) fn not_trusted(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Code::CertificateNotTrusted, detail)
}

/// The hash of RSASSA-PSS parameters (RFC 4055 §3.1) in the one form this library takes: MGF1 with the same hash, and
/// a salt as long as the hash.
fn pss_hash(parameters_der: &[u8]) -> Result<Option<HashAlgorithm>> {
    const WHAT: &str = "the RSASSA-PSS parameters are damaged";
    const HASHES: [(ObjectIdentifier, HashAlgorithm); 3] = [
        (oid::SHA256, HashAlgorithm::Sha256),
        (oid::SHA384, HashAlgorithm::Sha384),
        (oid::SHA512, HashAlgorithm::Sha512),
    ];
    let mut outer = Elements::new(parameters_der, WHAT)?;
    let mut parts = outer.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
    outer.end(WHAT)?;
    let (hash, mask, salt) = (field(&mut parts, 0)?, field(&mut parts, 1)?, field(&mut parts, 2)?);
    let trailer = field(&mut parts, 3)?;
    parts.end(WHAT)?;
    // An absent field means SHA-1, or a salt of 20 bytes.
    let (Some(hash), Some(mask), Some(salt)) = (hash, mask, salt) else { return Ok(None) };
    let (hash, _) = algorithm(hash)?;
    let (mask, Some(mask_hash)) = algorithm(mask)? else { return Ok(None) };
    let (mask_hash, _) = algorithm(mask_hash)?;
    let salt_len = salt.any.decode_as::<u32>().map_err(|_| unparsable(WHAT))?;
    let trailer = trailer.map(|trailer| trailer.any.decode_as::<u32>()).transpose().map_err(|_| unparsable(WHAT))?;
    let Some((known, hash)) = HASHES.into_iter().find(|(known, _)| hash.is(*known)) else { return Ok(None) };
    let wanted = mask.is(oid::MGF1)
        && mask_hash.is(known)
        && usize::try_from(salt_len).is_ok_and(|len| len == hash.digest_len())
        && trailer.is_none_or(|trailer| trailer == 1);
    Ok(wanted.then_some(hash))
}

/// The element inside the explicit tag `[number]`, where it is there.
fn field<'a>(parts: &mut Elements<'a>, number: u32) -> Result<Option<Element<'a>>> {
    const WHAT: &str = "the RSASSA-PSS parameters are damaged";
    let tag = Tag::ContextSpecific { constructed: true, number: TagNumber(number) };
    let Some(explicit) = parts.take_if(tag, WHAT)? else { return Ok(None) };
    let mut inner = explicit.elements(WHAT)?;
    let element = inner.next(WHAT)?.ok_or_else(|| unparsable(WHAT))?;
    inner.end(WHAT)?;
    Ok(Some(element))
}

/// The two parts of an AlgorithmIdentifier.
fn algorithm(element: Element<'_>) -> Result<(Oid<'_>, Option<Element<'_>>)> {
    const WHAT: &str = "the signature algorithm is damaged";
    if element.any.tag() != Tag::Sequence {
        return Err(unparsable(WHAT));
    }
    let mut parts = element.elements(WHAT)?;
    let kind = Oid::read(parts.take(Tag::ObjectIdentifier, WHAT)?.any).ok_or_else(|| unparsable(WHAT))?;
    let parameters = parts.next(WHAT)?;
    parts.end(WHAT)?;
    Ok((kind, parameters))
}

const KNOWN: [(ObjectIdentifier, SignatureAlgorithm); 11] = {
    use SignatureAlgorithm::{Known, Named, Weak};
    const fn ecdsa(hash: HashAlgorithm) -> SignatureAlgorithm {
        Known(SignatureScheme::Ecdsa { hash, encoding: EcdsaEncoding::Der })
    }
    [
        (oid::SHA256_WITH_RSA, Known(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256))),
        (oid::SHA384_WITH_RSA, Known(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha384))),
        (oid::SHA512_WITH_RSA, Known(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha512))),
        (oid::MD5_WITH_RSA, Weak("MD5withRSA")),
        (oid::SHA1_WITH_RSA, Weak("SHA1withRSA")),
        (oid::SHA1_WITH_ECDSA, Weak("SHA1withECDSA")),
        (oid::SHA224_WITH_RSA, Named("SHA224withRSA")),
        (oid::SHA256_WITH_ECDSA, ecdsa(HashAlgorithm::Sha256)),
        (oid::SHA384_WITH_ECDSA, ecdsa(HashAlgorithm::Sha384)),
        (oid::SHA512_WITH_ECDSA, ecdsa(HashAlgorithm::Sha512)),
        (oid::ED25519, Known(SignatureScheme::Ed25519)),
    ]
};
