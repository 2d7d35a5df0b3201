//! HMAC, HKDF and PBKDF2: the test cases of their RFCs.

use super::answers::{answer, hex};
use super::{refused, same};
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::error::{Code, Result};

pub(super) fn hmac(provider: &CryptoProvider) -> Result<()> {
    // RFC 2202 §3, cases 1, 2 and 6.
    let sha1 = [
        (vec![0x0b; 20], &b"Hi There"[..], "b617318655057264e28bc0b6fb378c8ef146be00"),
        (b"Jefe".to_vec(), b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            vec![0xaa; 80],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "aa4ae5e15272d00e95705637ce8a3b55ed402112",
        ),
    ];
    for (key, data, code) in sha1 {
        same(provider.kdf.hmac(HashAlgorithm::Sha1, &key, data)?.expose(), &hex(code)?, "HMAC with SHA-1")?;
    }
    // RFC 4231 §4.2, §4.3 and §4.7.
    let cases = [
        (vec![0x0b; 20], &b"Hi There"[..]),
        (b"Jefe".to_vec(), b"what do ya want for nothing?"),
        (vec![0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
    ];
    let sha2 = [
        (
            HashAlgorithm::Sha256,
            [
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ],
        ),
        (
            HashAlgorithm::Sha384,
            [
                "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
                "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
            ],
        ),
        (
            HashAlgorithm::Sha512,
            [
                "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
                 daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                 9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
                "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
                 6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
            ],
        ),
    ];
    for (algorithm, codes) in sha2 {
        for ((key, data), code) in cases.iter().zip(codes) {
            let found = provider.kdf.hmac(algorithm, key, data)?;
            same(found.expose(), &hex(code)?, &format!("HMAC with {algorithm:?}"))?;
        }
    }
    // An empty key is a key: HMAC_SHA256("", "").
    let empty = provider.kdf.hmac(HashAlgorithm::Sha256, b"", b"")?;
    same(empty.expose(), &hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")?, "HMAC of nothing")
}

pub(super) fn hkdf(provider: &CryptoProvider) -> Result<()> {
    let counting = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    // RFC 5869 appendix A.1 to A.4 and A.6.
    // Hash, salt, input, info, output.
    type Case = (HashAlgorithm, Vec<u8>, Vec<u8>, Vec<u8>, &'static str);
    let cases: [Case; 5] = [
        (
            HashAlgorithm::Sha256,
            counting(0, 0x0c),
            vec![0x0b; 22],
            counting(0xf0, 0xf9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            HashAlgorithm::Sha256,
            counting(0x60, 0xaf),
            counting(0, 0x4f),
            counting(0xb0, 0xff),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
             da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            HashAlgorithm::Sha256,
            vec![],
            vec![0x0b; 22],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
        (
            HashAlgorithm::Sha1,
            counting(0, 0x0c),
            vec![0x0b; 11],
            counting(0xf0, 0xf9),
            "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896",
        ),
        (
            HashAlgorithm::Sha1,
            vec![],
            vec![0x0b; 22],
            vec![],
            "0ac1af7002b3d761d1e55298da9d0506b9ae52057220a306e07b6b87e8df21d0ea00033de03984d34918",
        ),
    ];
    for (algorithm, salt, input, info, expected) in cases {
        let expected = hex(expected)?;
        let mut out = vec![0; expected.len()];
        provider.kdf.hkdf(algorithm, &salt, &input, &info, &mut out)?;
        same(&out, &expected, &format!("HKDF with {algorithm:?}"))?;
    }
    for algorithm in ALL {
        let most = algorithm.digest_len().saturating_mul(255);
        provider.kdf.hkdf(algorithm, b"salt", b"input", b"", &mut vec![0; most])?;
        provider.kdf.hkdf(algorithm, b"salt", b"input", b"", &mut [])?;
        let over = provider.kdf.hkdf(algorithm, b"salt", b"input", b"", &mut vec![0; most.saturating_add(1)]);
        refused(over, Code::TooLarge, "HKDF beyond 255 digests")?;
    }
    Ok(())
}

pub(super) fn pbkdf2(provider: &CryptoProvider) -> Result<()> {
    // RFC 6070 §2 (SHA-1) and RFC 7914 §11 (SHA-256).
    // Hash, password, salt, iterations, output.
    type Case = (HashAlgorithm, &'static [u8], &'static [u8], u32, &'static str);
    let cases: [Case; 5] = [
        (HashAlgorithm::Sha1, b"password", b"salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
        (HashAlgorithm::Sha1, b"password", b"salt", 4096, "4b007901b765489abead49d926f721d065a429c1"),
        (HashAlgorithm::Sha1, b"pass\0word", b"sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3"),
        (
            HashAlgorithm::Sha256,
            b"passwd",
            b"salt",
            1,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
             49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        ),
        (
            HashAlgorithm::Sha256,
            b"Password",
            b"NaCl",
            80_000,
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56\
             a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
        ),
    ];
    for (algorithm, password, salt, iterations, expected) in cases {
        let expected = hex(expected)?;
        let mut out = vec![0; expected.len()];
        provider.kdf.pbkdf2(algorithm, password, salt, iterations, &mut out)?;
        same(&out, &expected, &format!("PBKDF2 with {algorithm:?}"))?;
    }
    for (algorithm, name) in ALL.into_iter().zip(["sha1", "sha256", "sha384", "sha512"]) {
        let mut out = vec![0; 100];
        let (password, salt) = (b"passwordPASSWORDpassword", b"saltSALTsaltSALTsaltSALTsaltSALTsalt");
        provider.kdf.pbkdf2(algorithm, password, salt, 4096, &mut out)?;
        same(&out, &answer(&format!("pbkdf2_{name}"))?, &format!("PBKDF2 with {algorithm:?}"))?;
        for iterations in [0, 10_000_001, u32::MAX] {
            let result = provider.kdf.pbkdf2(algorithm, password, salt, iterations, &mut out);
            refused(result, Code::InvalidArgument, "PBKDF2 iterations")?;
        }
    }
    Ok(())
}

const ALL: [HashAlgorithm; 4] =
    [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];
