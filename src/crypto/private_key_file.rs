//! Private key files: PKCS#8, PKCS#1 or SEC 1, in PEM or DER.

use base64_simd::STANDARD;
use der::asn1::OctetStringRef;
use der::{Decode as _, Encode as _};
use zeroize::Zeroizing;

use super::{CryptoProvider, SoftwareKey, ec};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

/// The largest private key file read, in bytes.
const MAX_LEN: usize = 64 * 1024;

impl SoftwareKey {
    /// From the content of a private key file: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 appendix A.1) or an ECPrivateKey that
    /// names its curve (RFC 5915), as DER, or as PEM (RFC 7468) with lines of any length; text around the block is
    /// ignored, and so is a block with the parameters of a curve before it, as OpenSSL writes.
    ///
    /// # Errors
    /// [`Code::KeyUnparsable`]: not such a file, an encrypted one, or a key of a kind this library does not know.
    pub fn from_pem_or_der(provider: &CryptoProvider, file: &[u8]) -> Result<Self> {
        if file.len() > MAX_LEN {
            return Err(unparsable("a private key file has at most 64 KiB"));
        }
        let der = match pem_block(file)? {
            Some(der) => der,
            None => Zeroizing::new(file.to_vec()),
        };
        let pkcs8 = match pkcs1::RsaPrivateKeyRef::from_der(&der) {
            Ok(_) => wrap_pkcs1(&der)?,
            Err(_) => ec::pkcs8_of_sec1(&der).unwrap_or_else(|| SecretBytes::copy_from(&der)),
        };
        Self::from_pkcs8(provider, &pkcs8)
    }
}

/// The DER of the one private key block of a PEM text; none when there is no PEM.
fn pem_block(file: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let file = after_parameters(file);
    let Some(begin) = file.windows(BEGIN.len()).position(|window| window == BEGIN) else { return Ok(None) };
    let rest = file.get(begin.saturating_add(BEGIN.len())..).unwrap_or_default();
    let mut lines = rest.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    match lines.next() {
        Some(b"PRIVATE KEY-----" | b"RSA PRIVATE KEY-----" | b"EC PRIVATE KEY-----") => {}
        Some(b"ENCRYPTED PRIVATE KEY-----") => {
            return Err(unparsable("the private key is encrypted; decrypt it first, as `openssl pkcs8` does"));
        }
        _ => return Err(unparsable("the PEM block is not a private key")),
    }
    let mut text = Zeroizing::new(Vec::with_capacity(rest.len()));
    for line in lines {
        if line.starts_with(b"-----END ") {
            let mut der = Zeroizing::new(vec![0; STANDARD.estimated_decoded_length(text.len())]);
            let decoded = STANDARD.decode(&text, base64_simd::Out::from_slice(&mut der));
            let len = decoded.map_err(|_| unparsable("the PEM block is not base64"))?.len();
            der.truncate(len);
            return Ok(Some(der));
        }
        if line.contains(&b':') {
            return Err(unparsable("the private key is encrypted; decrypt it first, as `openssl pkey` does"));
        }
        text.extend_from_slice(line);
    }
    Err(unparsable("the PEM block has no end"))
}

/// What follows a block of `EC PARAMETERS`; everything when there is none.
fn after_parameters(file: &[u8]) -> &[u8] {
    const END: &[u8] = b"-----END EC PARAMETERS-----";
    let end = file.windows(END.len()).position(|window| window == END);
    end.and_then(|at| file.get(at.saturating_add(END.len())..)).unwrap_or(file)
}

/// A PKCS#1 key as PKCS#8.
fn wrap_pkcs1(der: &[u8]) -> Result<SecretBytes> {
    let failed = |_| Error::internal("a PKCS#1 key fits into PKCS#8");
    let info = pkcs8::PrivateKeyInfoRef::new(pkcs1::ALGORITHM_ID, OctetStringRef::new(der).map_err(failed)?);
    let mut bytes = Zeroizing::new(Vec::with_capacity(der.len().saturating_add(64)));
    info.encode_to_vec(&mut bytes).map_err(failed)?;
    Ok(SecretBytes::copy_from(&bytes))
}

const BEGIN: &[u8] = b"-----BEGIN ";

fn unparsable(detail: &'static str) -> Error {
    Error::new(Code::KeyUnparsable, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{PrivateKey as _, rustcrypto};

    fn pkcs8() -> SecretBytes {
        rustcrypto::provider().keys.rsa_pkcs8(2048).unwrap()
    }

    fn pem(label: &str, der: &[u8], width: usize) -> String {
        let text = STANDARD.encode_to_string(der);
        let lines: Vec<&str> = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    #[test]
    fn every_form_of_a_key_is_read() {
        let provider = rustcrypto::provider();
        let pkcs8 = pkcs8();
        let info = pkcs8::PrivateKeyInfoRef::try_from(pkcs8.expose()).unwrap();
        let pkcs1 = info.private_key.as_bytes();
        let expected = SoftwareKey::from_pkcs8(&provider, &pkcs8).unwrap();
        for file in [
            pkcs8.expose().to_vec(),
            pkcs1.to_vec(),
            pem("PRIVATE KEY", pkcs8.expose(), 64).into_bytes(),
            pem("RSA PRIVATE KEY", pkcs1, 76).replace('\n', "\r\n").into_bytes(),
            format!("Bag Attributes\n  friendlyName: x\n{}trailing\n", pem("PRIVATE KEY", pkcs8.expose(), 64))
                .into_bytes(),
        ] {
            let key = SoftwareKey::from_pem_or_der(&provider, &file).unwrap();
            assert_eq!(key.public_key(), expected.public_key());
        }
    }

    #[test]
    fn anything_else_is_unparsable() {
        let provider = rustcrypto::provider();
        let good = pem("PRIVATE KEY", pkcs8().expose(), 64);
        let encrypted =
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        for bad in [
            String::new(),
            "text".to_owned(),
            good.replace("PRIVATE", "PUBLIC"),
            good.replace("BEGIN PRIVATE", "BEGIN ENCRYPTED PRIVATE"),
            good.replace("-----END", "END"),
            good.replacen("MII", "M!I", 1),
            good.replacen("MII", "MIJ", 1),
            encrypted.to_owned(),
            "x".repeat(MAX_LEN + 1),
        ] {
            let error = SoftwareKey::from_pem_or_der(&provider, bad.as_bytes()).unwrap_err();
            assert_eq!(error.code(), Code::KeyUnparsable, "{bad:.40}");
        }
    }

    /// What `openssl ecparam -genkey` writes, made for this test.
    const SEC1: &str = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n\
        -----BEGIN EC PRIVATE KEY-----\n\
        MHcCAQEEIDJ3lioAwBu4ImcFsj4ZpiklS+VDQvOIGMKfzbHzUqzXoAoGCCqGSM49\n\
        AwEHoUQDQgAE6bWTnymS6u7BkcwbeTA8Hf9HXz1c/0P7B9EfKRsdE2sFErNxS+Ya\n\
        +dhNoOUFqwVdGx8rerQlV2oLU9bGYKKNvw==\n-----END EC PRIVATE KEY-----\n";
    /// Its point.
    const POINT: &str = "04e9b5939f2992eaeec191cc1b79303c1dff475f3d5cff43fb07d11f291b1d136b\
        0512b3714be61af9d84da0e505ab055d1b1f2b7ab425576a0b53d6c660a28dbf";

    fn block_of(text: &str) -> &str {
        text.split_inclusive("PARAMETERS-----\n").last().unwrap()
    }

    #[test]
    fn every_form_of_a_sec1_key_is_read() {
        let der =
            STANDARD.decode_to_vec(block_of(SEC1).lines().filter(|line| !line.starts_with('-')).collect::<String>());
        let der = der.unwrap();
        // Without the public half: the lengths of the whole, and nothing behind the name of the curve.
        let bare = [&[0x30, 0x31][..], &der[2..51]].concat();
        let provider = rustcrypto::provider();
        for file in [
            SEC1.to_owned().into_bytes(),
            SEC1.replace('\n', "\r\n").into_bytes(),
            block_of(SEC1).to_owned().into_bytes(),
            format!("text before\n{SEC1}text after\n").into_bytes(),
            pem("EC PRIVATE KEY", &der, 76).into_bytes(),
            pem("EC PRIVATE KEY", &bare, 64).into_bytes(),
            der.clone(),
            bare,
        ] {
            let key = SoftwareKey::from_pem_or_der(&provider, &file).unwrap();
            assert_eq!(hex::encode(&key.public_key().spki_der()[26..]), POINT);
        }
    }

    /// Each curve by its name: the number and the name are the file, as RFC 5915 has it.
    #[test]
    fn sec1_keys_of_every_curve_are_read() {
        use crate::crypto::{Curve, EcAlgorithm};
        let provider = rustcrypto::provider();
        for (curve, name, head) in [
            (Curve::P256, &b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"[..], 36),
            (Curve::P384, b"\x06\x05\x2b\x81\x04\x00\x22", 35),
            (Curve::P521, b"\x06\x05\x2b\x81\x04\x00\x23", 35),
            (Curve::Secp256k1, b"\x06\x05\x2b\x81\x04\x00\x0a", 33),
        ] {
            let made = provider.ec.generate(EcAlgorithm::Curve(curve)).unwrap();
            let pkcs8 = made.export_pkcs8().unwrap();
            let number = &pkcs8.expose()[head..head + curve.field_len()];
            let tlv = |tag: u8, value: &[u8]| [&[tag, u8::try_from(value.len()).unwrap()], value].concat();
            let key = tlv(0x30, &[&[2, 1, 1][..], &tlv(4, number), &tlv(0xa0, name)].concat());
            for file in [pem("EC PRIVATE KEY", &key, 64).into_bytes(), key.clone()] {
                let key = SoftwareKey::from_pem_or_der(&provider, &file).unwrap();
                assert_eq!(key.public_key().spki_der(), made.spki_der(), "{curve:?}");
            }
            // Without its curve the number is no key.
            let nameless = tlv(0x30, &[&[2, 1, 1][..], &tlv(4, number)].concat());
            let error = SoftwareKey::from_pem_or_der(&provider, &nameless).unwrap_err();
            assert_eq!(error.code(), Code::KeyUnparsable);
        }
    }

    #[test]
    fn no_other_sec1_key_is_read() {
        let provider = rustcrypto::provider();
        let block = block_of(SEC1);
        let brainpool = "-----BEGIN EC PRIVATE KEY-----\n\
            MHgCAQEEIGXDNef1MiU0d2HhbIpYhPa4IZBBWYWVuU0yjNkUwpetoAsGCSskAwMC\n\
            CAEBB6FEA0IABC7Ou2+5USJePiS9GifS1tXwziDIW6KKxjwP8yDz1RUyPQ8b1BqZ\n\
            2oeNHKDJDGlVo70P7A1i7JmFXme0RrqBEf8=\n-----END EC PRIVATE KEY-----\n";
        let encrypted = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,9F\n\nAAAA\n\
            -----END EC PRIVATE KEY-----\n";
        for (bad, said) in [
            (brainpool.to_owned(), ""),
            (encrypted.to_owned(), "encrypted"),
            (SEC1.split("-----BEGIN EC PRIVATE").next().unwrap().to_owned(), "no such"),
            (format!("{block}-----BEGIN EC PARAMETERS-----\nBg==\n-----END EC PARAMETERS-----\n"), ""),
            (block.replace("-----END", "END"), "no end"),
            // Version 2, another curve's name, another point.
            (block.replacen("MHcCAQEE", "MHcCAQIE", 1), ""),
            (block.replacen("AwEHoUQ", "AwEIoUQ", 1), ""),
            (block.replacen("KNvw==", "KNwA==", 1), ""),
        ] {
            let error = SoftwareKey::from_pem_or_der(&provider, bad.as_bytes()).unwrap_err();
            assert_eq!(error.code(), Code::KeyUnparsable, "{bad}");
            assert!(said == "no such" || error.detail().contains(said), "{error}");
            assert!(!error.detail().contains("MHc"), "{error}");
        }
    }
}
