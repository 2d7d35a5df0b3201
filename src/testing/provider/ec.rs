//! Keys on elliptic curves: import, export, signatures, agreement, and what must be refused.

use std::sync::Arc;

use super::keys::spelled;
use super::{ensure, refused, same};
use crate::crypto::{
    CryptoProvider, Curve, EcAlgorithm, EcPrivateKey, EcdsaEncoding, HashAlgorithm, PrivateKey as _, SignatureScheme,
    SoftwareKey,
};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

/// The curves with what OpenSSL made on them.
pub(super) const KEYS: [(EcAlgorithm, &[u8], &[u8]); 6] = [
    (EcAlgorithm::Curve(Curve::P256), include_bytes!("vectors/p256.pk8.der"), include_bytes!("vectors/p256.spki.der")),
    (EcAlgorithm::Curve(Curve::P384), include_bytes!("vectors/p384.pk8.der"), include_bytes!("vectors/p384.spki.der")),
    (EcAlgorithm::Curve(Curve::P521), include_bytes!("vectors/p521.pk8.der"), include_bytes!("vectors/p521.spki.der")),
    (
        EcAlgorithm::Curve(Curve::Secp256k1),
        include_bytes!("vectors/secp256k1.pk8.der"),
        include_bytes!("vectors/secp256k1.spki.der"),
    ),
    (EcAlgorithm::Ed25519, include_bytes!("vectors/ed25519.pk8.der"), include_bytes!("vectors/ed25519.spki.der")),
    (EcAlgorithm::X25519, include_bytes!("vectors/x25519.pk8.der"), include_bytes!("vectors/x25519.spki.der")),
];
const HASHES: [HashAlgorithm; 3] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];
const ENCODINGS: [EcdsaEncoding; 2] = [EcdsaEncoding::Der, EcdsaEncoding::Raw];
const MESSAGE: &[u8] = b"what only the holder of the key signs";

fn key(provider: &CryptoProvider, pkcs8: &[u8]) -> Result<Arc<dyn EcPrivateKey>> {
    provider.ec.import_private(&SecretBytes::copy_from(pkcs8))
}

/// The schemes a key signs with.
pub(super) fn schemes(algorithm: EcAlgorithm) -> Vec<SignatureScheme> {
    match algorithm {
        EcAlgorithm::Curve(_) => HASHES
            .into_iter()
            .flat_map(|hash| ENCODINGS.map(|encoding| SignatureScheme::Ecdsa { hash, encoding }))
            .collect(),
        EcAlgorithm::Ed25519 => vec![SignatureScheme::Ed25519],
        EcAlgorithm::X25519 => Vec::new(),
    }
}

pub(super) fn import(provider: &CryptoProvider) -> Result<()> {
    for (algorithm, pkcs8, spki) in KEYS {
        let private = key(provider, pkcs8)?;
        ensure(private.algorithm() == algorithm, || format!("{algorithm}: another algorithm"))?;
        same(private.spki_der(), spki, "public half")?;
        same(private.export_pkcs8()?.expose(), pkcs8, "export")?;
        let public = provider.ec.import_public(spki)?;
        ensure(public.algorithm() == algorithm, || format!("{algorithm}: another algorithm"))?;
        same(public.spki_der(), spki, "public key")?;
        same(&algorithm.spki_der(algorithm.point(spki)?)?, spki, "a public key from its point")?;

        let shown = format!("{private:?}");
        let secret = numbers(algorithm, pkcs8)?;
        let first = secret.first_chunk::<8>().ok_or(Error::internal("a private number has 32 bytes"))?;
        ensure(spelled(first).iter().all(|text| !shown.contains(text)), || "Debug of a private key shows it".into())?;

        let software = SoftwareKey::from_pkcs8(provider, &SecretBytes::copy_from(pkcs8))?;
        ensure(software.rsa().is_none() && software.ec().is_some(), || "a key by its algorithm".into())?;
        same(software.public_key().spki_der(), spki, "public half of a software key")?;
    }
    Ok(())
}

/// The private number of a document as OpenSSL writes it.
fn numbers(algorithm: EcAlgorithm, pkcs8: &[u8]) -> Result<&[u8]> {
    let (tail, len) = match algorithm {
        EcAlgorithm::Curve(Curve::P521) => (140, 66),
        EcAlgorithm::Curve(Curve::P384) => (102, 48),
        EcAlgorithm::Curve(_) => (70, 32),
        _ => (0, 32),
    };
    let end = pkcs8.len().checked_sub(tail).ok_or(Error::internal("the key of the suite is too short"))?;
    let start = end.checked_sub(len).ok_or(Error::internal("the key of the suite is too short"))?;
    pkcs8.get(start..end).ok_or(Error::internal("the key of the suite is too short"))
}

/// What may stand around the numbers, and means the same.
pub(super) fn forms(provider: &CryptoProvider) -> Result<()> {
    let (_, ed25519, ed25519_spki) = KEYS[4];
    // RFC 8410 §7, version 2, as BouncyCastle and ring write it.
    let point = EcAlgorithm::Ed25519.point(ed25519_spki)?;
    let bare = ed25519.get(5..).unwrap_or_default();
    let second = [&[0x30, 0x51, 2, 1, 1][..], bare, &[0x81, 0x21, 0], point].concat();
    same(key(provider, &second)?.export_pkcs8()?.expose(), ed25519, "a document of version 2")?;
    let mut other = second.clone();
    other.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
    refused(key(provider, &other), Code::KeyUnparsable, "a document with another public half")?;

    let (algorithm, p256, p256_spki) = KEYS[0];
    let secret = numbers(algorithm, p256)?;
    let ec_key = |inner: &[u8]| -> Result<Vec<u8>> {
        let head: &[u8] =
            b"\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
        let sequence = tlv(0x30, inner)?;
        tlv(0x30, &[head, &tlv(4, &sequence)?].concat())
    };
    let bits = [&[0][..], algorithm.point(p256_spki)?].concat();
    let public = tlv(0xa1, &tlv(3, &bits)?)?;
    let curve: &[u8] = b"\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let version: &[u8] = &[2, 1, 1];
    let number = tlv(4, secret)?;
    let padded = tlv(4, &[&[0][..], secret].concat())?;
    for inner in [
        [version, &number].concat(),
        [version, &number, curve].concat(),
        [version, &number, curve, &public].concat(),
        [version, &number, &public].concat(),
        [version, &padded, &public].concat(),
    ] {
        same(key(provider, &ec_key(&inner)?)?.export_pkcs8()?.expose(), p256, "another form of a P-256 key")?;
    }
    let other_curve: &[u8] = b"\xa0\x07\x06\x05\x2b\x81\x04\x00\x0a";
    let mut flipped = public.clone();
    flipped.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
    for (inner, what) in [
        ([version, &number, other_curve].concat(), "two curves"),
        ([version, &number, &flipped].concat(), "a public half that is not its own"),
        ([&[2, 1, 0][..], &number, &public].concat(), "another version"),
        ([version, &tlv(4, &[0; 32])?].concat(), "a private number of zero"),
        ([version, &tlv(4, &[0xff; 32])?].concat(), "a private number beyond the order"),
        ([version, &tlv(4, &P256_ORDER)?].concat(), "a private number that is the order"),
        ([version, &tlv(4, &[&[1][..], secret].concat())?].concat(), "a private number that is too long"),
        ([version, &tlv(4, b"")?].concat(), "no private number"),
    ] {
        refused(key(provider, &ec_key(&inner)?), Code::KeyUnparsable, what)?;
    }
    // One below the order is a key.
    let mut last = P256_ORDER;
    last.iter_mut().rev().take(1).for_each(|byte| *byte = byte.wrapping_sub(1));
    key(provider, &ec_key(&[version, &tlv(4, &last)?].concat())?).map(|_| ())
}

fn tlv(tag: u8, value: &[u8]) -> Result<Vec<u8>> {
    let len = u8::try_from(value.len()).map_err(|_| Error::internal("the suite writes short values"))?;
    let head: &[u8] = if len < 0x80 { &[tag, len] } else { &[tag, 0x81, len] };
    Ok([head, value].concat())
}

const P256_ORDER: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\
      \xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

pub(super) fn refusals(provider: &CryptoProvider) -> Result<()> {
    let (_, rsa, rsa_spki) = super::keys::PKCS8[0];
    refused(key(provider, rsa), Code::KeyUnparsable, "an RSA private key")?;
    refused(provider.ec.import_public(rsa_spki), Code::KeyUnparsable, "an RSA public key")?;
    for (algorithm, pkcs8, spki) in KEYS {
        for len in 0..pkcs8.len() {
            refused(key(provider, pkcs8.get(..len).unwrap_or_default()), Code::KeyUnparsable, "a key cut short")?;
        }
        for len in 0..spki.len() {
            let short = provider.ec.import_public(spki.get(..len).unwrap_or_default());
            refused(short, Code::KeyUnparsable, "a public key cut short")?;
        }
        refused(key(provider, &[pkcs8, b"\0"].concat()), Code::KeyUnparsable, "a byte after the private key")?;
        let longer = provider.ec.import_public(&[spki, b"\0"].concat());
        refused(longer, Code::KeyUnparsable, "a byte after the public key")?;
        if let EcAlgorithm::Curve(_) = algorithm {
            let mut off = spki.to_vec();
            off.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
            refused(provider.ec.import_public(&off), Code::KeyUnparsable, "a point off its curve")?;
            let point = algorithm.point(spki)?;
            let (x, _) = point.split_at_checked(point.len().div_ceil(2)).unwrap_or_default();
            let compressed = [&[2][..], x.get(1..).unwrap_or_default()].concat();
            refused(algorithm.spki_der(&compressed), Code::KeyUnparsable, "a compressed point")?;
            // The same size with the head of the hybrid form.
            let mut hybrid = point.to_vec();
            hybrid.iter_mut().take(1).for_each(|byte| *byte = 6);
            refused(algorithm.spki_der(&hybrid), Code::KeyUnparsable, "a point in hybrid form")?;
        }
    }
    for (point, what) in ed25519_points() {
        let spki = EcAlgorithm::Ed25519.spki_der(&point)?;
        refused(provider.ec.import_public(&spki), Code::KeyUnparsable, what)?;
    }
    Ok(())
}

/// Points of Ed25519 that are no keys.
fn ed25519_points() -> Vec<([u8; 32], &'static str)> {
    let number = |low: u8, middle: u8, high: u8| {
        let mut bytes = [middle; 32];
        bytes.iter_mut().take(1).for_each(|byte| *byte = low);
        bytes.iter_mut().rev().take(1).for_each(|byte| *byte = high);
        bytes
    };
    const ORDER_8: [[u8; 32]; 2] = [
        *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
        *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    ];
    let mut points = vec![
        (number(1, 0, 0), "the neutral point"),
        (number(0xec, 0xff, 0x7f), "the point of order 2"),
        (number(0, 0, 0), "a point of order 4"),
        (number(0, 0, 0x80), "the other point of order 4"),
        (number(0xee, 0xff, 0x7f), "1 in another encoding"),
        (number(0xed, 0xff, 0x7f), "0 in another encoding"),
        (number(0xf3, 0xff, 0x7f), "a number beyond the field"),
        (number(2, 0, 0), "a number that is no point"),
    ];
    for point in ORDER_8 {
        points.push((point, "a point of order 8"));
        let mut other = point;
        other.iter_mut().rev().take(1).for_each(|byte| *byte |= 0x80);
        points.push((other, "another point of order 8"));
    }
    points
}

pub(super) fn signatures(provider: &CryptoProvider) -> Result<()> {
    for (algorithm, pkcs8, spki) in KEYS {
        let private = key(provider, pkcs8)?;
        let public = provider.ec.import_public(spki)?;
        for scheme in schemes(algorithm) {
            let signature = private.sign(scheme, MESSAGE)?;
            public.verify(scheme, MESSAGE, &signature)?;
            refused(public.verify(scheme, b"another", &signature), Code::VerificationFailed, "another message")?;
            refused(public.verify(scheme, MESSAGE, b""), Code::VerificationFailed, "no signature")?;
            let longer = [&signature[..], b"\0"].concat();
            refused(public.verify(scheme, MESSAGE, &longer), Code::VerificationFailed, "a byte more")?;
            for at in 0..signature.len() {
                let mut changed = signature.clone();
                changed.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
                refused(public.verify(scheme, MESSAGE, &changed), Code::VerificationFailed, "a changed signature")?;
            }
            if let SignatureScheme::Ecdsa { hash, encoding } = scheme {
                let digest = provider.hash.digest(hash, MESSAGE);
                public.verify(scheme, MESSAGE, &private.sign_digest(scheme, &digest)?)?;
                let short = private.sign_digest(scheme, digest.get(1..).unwrap_or_default());
                refused(short, Code::InvalidArgument, "a digest of another size")?;
                if let (EcAlgorithm::Curve(curve), EcdsaEncoding::Raw) = (algorithm, encoding) {
                    let len = curve.field_len().checked_mul(2);
                    ensure(Some(signature.len()) == len, || "a raw signature has two numbers".into())?;
                    for zeros in [0..curve.field_len(), curve.field_len()..signature.len(), 0..signature.len()] {
                        let mut changed = signature.clone();
                        changed.get_mut(zeros).unwrap_or_default().fill(0);
                        refused(public.verify(scheme, MESSAGE, &changed), Code::VerificationFailed, "a zero")?;
                    }
                }
            }
        }
        known(provider, algorithm, spki)?;
        foreign(algorithm, private.as_ref(), &|scheme| public.verify(scheme, MESSAGE, &[0; 64]))?;
    }
    Ok(())
}

/// Signatures of OpenSSL, one of them with a high s.
fn known(provider: &CryptoProvider, algorithm: EcAlgorithm, spki: &[u8]) -> Result<()> {
    let public = provider.ec.import_public(spki)?;
    let name = match algorithm {
        EcAlgorithm::Curve(Curve::P256) => "p256",
        EcAlgorithm::Curve(Curve::P384) => "p384",
        EcAlgorithm::Curve(Curve::P521) => "p521",
        EcAlgorithm::Curve(Curve::Secp256k1) => "secp256k1",
        EcAlgorithm::Ed25519 => "ed25519",
        EcAlgorithm::X25519 => return Ok(()),
    };
    let EcAlgorithm::Curve(_) = algorithm else {
        return public.verify(SignatureScheme::Ed25519, MESSAGE, &super::answers::answer(name)?);
    };
    for (hash, hash_name) in HASHES.into_iter().zip(["sha256", "sha384", "sha512"]) {
        for s in ["low", "high"] {
            let signature = super::answers::answer(&format!("{name}_{hash_name}_{s}"))?;
            let scheme = SignatureScheme::Ecdsa { hash, encoding: EcdsaEncoding::Der };
            public.verify(scheme, MESSAGE, &signature)?;
        }
    }
    Ok(())
}

/// Schemes that are another key's.
fn foreign(
    algorithm: EcAlgorithm,
    private: &dyn EcPrivateKey,
    verify: &dyn Fn(SignatureScheme) -> Result<()>,
) -> Result<()> {
    let own = schemes(algorithm);
    let mut all = schemes(EcAlgorithm::Curve(Curve::P256));
    all.extend([
        SignatureScheme::Ed25519,
        SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
        SignatureScheme::RsaPss(HashAlgorithm::Sha256),
        SignatureScheme::Ecdsa { hash: HashAlgorithm::Sha1, encoding: EcdsaEncoding::Der },
    ]);
    for scheme in all.into_iter().filter(|scheme| !own.contains(scheme)) {
        refused(private.sign(scheme, MESSAGE), Code::Unsupported, "a scheme of another key")?;
        refused(private.sign_digest(scheme, &[0; 32]), Code::Unsupported, "a digest under the scheme of another key")?;
        refused(verify(scheme), Code::Unsupported, "a scheme of another key")?;
    }
    if algorithm == EcAlgorithm::Ed25519 {
        let digest = private.sign_digest(SignatureScheme::Ed25519, &[0; 64]);
        refused(digest, Code::Unsupported, "Ed25519 over a digest")?;
    }
    Ok(())
}

pub(super) fn agreement(provider: &CryptoProvider) -> Result<()> {
    for (algorithm, pkcs8, spki) in KEYS {
        let ours = key(provider, pkcs8)?;
        if algorithm == EcAlgorithm::Ed25519 {
            refused(ours.agree(spki), Code::Unsupported, "agreement with an Ed25519 key")?;
            continue;
        }
        let theirs = provider.ec.generate(algorithm)?;
        let secret = ours.agree(theirs.spki_der())?;
        ensure(secret.ct_eq(&theirs.agree(spki)?), || format!("{algorithm}: two secrets"))?;
        let len = match algorithm {
            EcAlgorithm::Curve(curve) => curve.field_len(),
            _ => 32,
        };
        ensure(secret.len() == len, || format!("{algorithm}: a secret of {} bytes", secret.len()))?;
        for (other, _, other_spki) in KEYS {
            if other != algorithm {
                refused(ours.agree(other_spki), Code::InvalidArgument, "a peer of another algorithm")?;
            }
        }
        refused(ours.agree(b""), Code::KeyUnparsable, "no peer")?;
        if let EcAlgorithm::Curve(_) = algorithm {
            let mut off = spki.to_vec();
            off.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
            refused(ours.agree(&off), Code::KeyUnparsable, "a peer off the curve")?;
        } else {
            let zero = algorithm.spki_der(&[0; 32])?;
            refused(ours.agree(&zero), Code::InvalidArgument, "a peer that gives no secret")?;
        }
    }
    Ok(())
}

pub(super) fn generation(provider: &CryptoProvider) -> Result<()> {
    for algorithm in EcAlgorithm::ALL {
        let (one, two) = (provider.ec.generate(algorithm)?, provider.ec.generate(algorithm)?);
        ensure(one.algorithm() == algorithm, || format!("{algorithm}: another algorithm"))?;
        ensure(one.spki_der() != two.spki_der(), || format!("{algorithm}: one key twice"))?;
        let again = provider.ec.import_private(&one.export_pkcs8()?)?;
        same(again.spki_der(), one.spki_der(), "a key that was exported")?;
    }
    for curve in [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1] {
        let made = key(provider, provider.keys.ec_pkcs8(curve)?.expose())?;
        ensure(made.algorithm() == EcAlgorithm::Curve(curve), || "a key source gives another curve".into())?;
    }
    let made = key(provider, provider.keys.ed25519_pkcs8()?.expose())?;
    ensure(made.algorithm() == EcAlgorithm::Ed25519, || "a key source gives another algorithm".into())
}
