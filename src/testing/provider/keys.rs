//! Import and export of RSA keys, and the keys that must be refused.

use rsa::pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef, UintRef};
use rsa::pkcs8::der::asn1::{BitStringRef, OctetStringRef};
use rsa::pkcs8::der::{Decode, Encode};
use rsa::pkcs8::{PrivateKeyInfoRef, SubjectPublicKeyInfoRef};

use super::{ensure, refused, same};
use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

pub(super) const PKCS8: [(u32, &[u8], &[u8]); 3] = [
    (2048, include_bytes!("vectors/rsa2048.pk8.der"), include_bytes!("vectors/rsa2048.spki.der")),
    (3072, include_bytes!("vectors/rsa3072.pk8.der"), include_bytes!("vectors/rsa3072.spki.der")),
    (4096, include_bytes!("vectors/rsa4096.pk8.der"), include_bytes!("vectors/rsa4096.spki.der")),
];
pub(super) const SPKI_1024: &[u8] = include_bytes!("vectors/rsa1024.spki.der");

pub(super) fn import(provider: &CryptoProvider) -> Result<()> {
    for (bits, pkcs8, spki) in PKCS8 {
        let private = provider.rsa.import_private(&SecretBytes::copy_from(pkcs8))?;
        same(private.spki_der(), spki, "public half")?;
        same(private.export_pkcs8()?.expose(), pkcs8, "export")?;
        let public = provider.rsa.import_public(spki)?;
        same(public.spki_der(), spki, "public key")?;
        for len in [private.modulus_len(), public.modulus_len()] {
            ensure(len.checked_mul(8) == usize::try_from(bits).ok(), || format!("modulus of {len} bytes"))?;
        }
        let shown = format!("{private:?}");
        for secret in secrets(pkcs8)? {
            let hidden = spelled(&secret).into_iter().all(|spelling| !shown.contains(&spelling));
            ensure(hidden, || "Debug of a private key shows a secret number".into())?;
        }
    }
    let public = provider.rsa.import_public(SPKI_1024)?;
    ensure(public.modulus_len() == 128, || "a public key of 1024 bits can be shown".into())?;
    same(public.spki_der(), SPKI_1024, "public key of 1024 bits")
}

pub(super) fn refusals(provider: &CryptoProvider) -> Result<()> {
    let private = |der: &[u8], what: &str| {
        refused(provider.rsa.import_private(&SecretBytes::copy_from(der)), Code::KeyUnparsable, what)
    };
    let public = |der: &[u8], what: &str| refused(provider.rsa.import_public(der), Code::KeyUnparsable, what);

    private(b"", "no private key")?;
    private(include_bytes!("vectors/p256.pk8.der"), "an EC private key")?;
    private(include_bytes!("vectors/rsa1024.pk8.der"), "a private key of 1024 bits")?;
    private(include_bytes!("vectors/rsa2056.pk8.der"), "a private key of 2056 bits")?;
    private(include_bytes!("vectors/rsa2048_pss.pk8.der"), "a private key for PSS only")?;
    private(include_bytes!("vectors/rsa2048_three_primes.pk8.der"), "a private key of three primes")?;
    public(b"", "no public key")?;
    public(include_bytes!("vectors/p256.spki.der"), "an EC public key")?;
    public(include_bytes!("vectors/rsa2056.spki.der"), "a public key of 2056 bits")?;
    public(include_bytes!("vectors/rsa2048_pss.spki.der"), "a public key for PSS only")?;
    // Three primes do not show in the public key.
    provider.rsa.import_public(include_bytes!("vectors/rsa2048_three_primes.spki.der"))?;

    let [(_, pkcs8, spki), ..] = PKCS8;
    private(spki, "a public key as a private one")?;
    public(pkcs8, "a private key as a public one")?;
    for len in 0..pkcs8.len() {
        private(pkcs8.get(..len).unwrap_or_default(), "a private key cut short")?;
    }
    for len in 0..spki.len() {
        public(spki.get(..len).unwrap_or_default(), "a public key cut short")?;
    }
    private(&[pkcs8, b"\0"].concat(), "a byte after the private key")?;
    public(&[spki, b"\0"].concat(), "a byte after the public key")?;

    outer_forms(provider, pkcs8, &private)?;
    for exponent in [&[1][..], &[2], &[1, 0, 0], &[2, 0, 0, 0, 1], &[1, 0, 0, 0, 0, 0, 0, 0, 1]] {
        public(&with_exponent(spki, exponent)?, "an exponent that is even, 1, or longer than 33 bits")?;
    }
    for exponent in [&[3][..], &[1, 0, 1], &[1, 255, 255, 255, 255]] {
        provider.rsa.import_public(&with_exponent(spki, exponent)?)?;
    }
    // The exponent ends the public key: 65536, and 1 in a longer encoding than DER has.
    let head = spki.strip_suffix(&[1, 0, 1]).unwrap_or_default();
    public(&[head, &[1, 0, 0]].concat(), "an even exponent")?;
    public(&[head, &[0, 0, 1]].concat(), "a number with leading zeros")?;
    inconsistent(&private)
}

/// The first eight bytes of each secret number of a private key.
fn secrets(pkcs8: &[u8]) -> Result<Vec<[u8; 8]>> {
    let broken = || Error::internal("the key of the suite is PKCS#8");
    let info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| broken())?;
    let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).map_err(|_| broken())?;
    [key.private_exponent, key.prime1, key.prime2, key.exponent1, key.exponent2, key.coefficient]
        .into_iter()
        .map(|number| number.as_bytes().first_chunk().copied().ok_or_else(broken))
        .collect()
}

/// How Debug would write bytes: as a list, as hexadecimal digits in either case.
pub(super) fn spelled(bytes: &[u8]) -> [String; 3] {
    let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [list.join(", "), digits.to_uppercase(), digits]
}

/// What stands around the numbers of a private key: attributes are skipped, everything else is refused.
fn outer_forms(provider: &CryptoProvider, pkcs8: &[u8], refused: &dyn Fn(&[u8], &str) -> Result<()>) -> Result<()> {
    const NULL_PARAMETERS: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
    let broken = || Error::internal("the key of the suite is PKCS#8");
    let body = pkcs8.get(4..).ok_or_else(broken)?;
    let (version, rest) = body.split_at_checked(3).ok_or_else(broken)?;
    let key = rest.strip_prefix(NULL_PARAMETERS).ok_or_else(broken)?;
    let document = |version: &[u8], algorithm: &[u8], end: &[u8]| -> Result<Vec<u8>> {
        let content = [version, algorithm, key, end].concat();
        let len = u16::try_from(content.len()).map_err(|_| broken())?;
        Ok([&[0x30, 0x82][..], &len.to_be_bytes(), &content].concat())
    };
    same(&document(version, NULL_PARAMETERS, b"")?, pkcs8, "the suite can rebuild a document")?;

    // No attributes, and a key usage as Windows writes it into PKCS#12 files.
    for attributes in [&[0xa0, 0][..], &[0xa0, 15, 0x30, 13, 6, 3, 0x55, 0x1d, 15, 0x31, 6, 3, 4, 3, 2, 4, 16]] {
        let document = SecretBytes::from_vec(document(version, NULL_PARAMETERS, attributes)?);
        let key = provider.rsa.import_private(&document)?;
        same(key.export_pkcs8()?.expose(), pkcs8, "export without attributes")?;
    }
    let second = [2, 1, 1];
    refused(&document(&second, NULL_PARAMETERS, b"")?, "PKCS#8 version 2")?;
    refused(&document(&second, NULL_PARAMETERS, &[0x81, 2, 0, 0])?, "PKCS#8 with a public key")?;
    refused(&document(&[2, 1, 2], NULL_PARAMETERS, b"")?, "PKCS#8 version 3")?;
    refused(&document(version, NULL_PARAMETERS, &[5, 0])?, "PKCS#8 with something more inside")?;
    let without: Vec<u8> = [&[0x30, 11][..], NULL_PARAMETERS.get(2..13).ok_or_else(broken)?].concat();
    refused(&document(version, &without, b"")?, "an algorithm without NULL")
}

/// The public key with another exponent, in DER.
fn with_exponent(spki: &[u8], exponent: &[u8]) -> Result<Vec<u8>> {
    let broken = || Error::internal("the key of the suite is a SubjectPublicKeyInfo");
    let info = SubjectPublicKeyInfoRef::try_from(spki).map_err(|_| broken())?;
    let mut key = RsaPublicKeyRef::from_der(info.subject_public_key.raw_bytes()).map_err(|_| broken())?;
    key.public_exponent = UintRef::new(exponent).map_err(|_| broken())?;
    let der = key.to_der().map_err(|_| broken())?;
    let subject_public_key = BitStringRef::from_bytes(&der).map_err(|_| broken())?;
    SubjectPublicKeyInfoRef { algorithm: info.algorithm, subject_public_key }.to_der().map_err(|_| broken())
}

/// Each number of a private key changed by itself, and the key as plain PKCS#1.
fn inconsistent(refused: &dyn Fn(&[u8], &str) -> Result<()>) -> Result<()> {
    let broken = |_| Error::internal("the key of the suite is PKCS#8");
    let [(_, pkcs8, _), (_, other, _), _] = PKCS8;
    let info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| broken(()))?;
    let inner = info.private_key.as_bytes();
    refused(inner, "a private key as PKCS#1")?;
    let key = RsaPrivateKeyRef::from_der(inner).map_err(|_| broken(()))?;
    let other_info = PrivateKeyInfoRef::try_from(other).map_err(|_| broken(()))?;
    let other_key = RsaPrivateKeyRef::from_der(other_info.private_key.as_bytes()).map_err(|_| broken(()))?;

    let wrap = |key: &RsaPrivateKeyRef<'_>| -> Result<Vec<u8>> {
        let der = key.to_der().map_err(|_| broken(()))?;
        let octets = OctetStringRef::new(&der).map_err(|_| broken(()))?;
        PrivateKeyInfoRef::new(info.algorithm, octets).to_der().map_err(|_| broken(()))
    };
    same(&wrap(&key)?, pkcs8, "the suite can rebuild a key")?;

    type Number = for<'a, 'b> fn(&'b mut RsaPrivateKeyRef<'a>) -> &'b mut UintRef<'a>;
    let numbers: [(&str, Number); 8] = [
        ("n", |key| &mut key.modulus),
        ("e", |key| &mut key.public_exponent),
        ("d", |key| &mut key.private_exponent),
        ("p", |key| &mut key.prime1),
        ("q", |key| &mut key.prime2),
        ("d mod p - 1", |key| &mut key.exponent1),
        ("d mod q - 1", |key| &mut key.exponent2),
        ("1/q mod p", |key| &mut key.coefficient),
    ];
    for (name, number) in numbers {
        let mut changed = key.clone();
        // By 2, so that an odd number stays odd.
        let mut bytes = number(&mut changed).as_bytes().to_vec();
        bytes.iter_mut().rev().take(1).for_each(|byte| *byte ^= 2);
        *number(&mut changed) = UintRef::new(&bytes).map_err(|_| broken(()))?;
        refused(&wrap(&changed)?, &format!("a private key with a wrong {name}"))?;

        for value in [&[0][..], &[1]] {
            let mut changed = key.clone();
            *number(&mut changed) = UintRef::new(value).map_err(|_| broken(()))?;
            refused(&wrap(&changed)?, &format!("a private key whose {name} is tiny"))?;
        }
    }
    let mut swapped = key.clone();
    std::mem::swap(&mut swapped.prime1, &mut swapped.prime2);
    refused(&wrap(&swapped)?, "a private key with swapped primes")?;
    let mut foreign = key.clone();
    (foreign.prime1, foreign.prime2) = (other_key.prime1, other_key.prime2);
    refused(&wrap(&foreign)?, "a private key with another key's primes")
}
