use super::*;
use crate::crypto::rustcrypto::provider;
use crate::random::SystemRandom;

const PROFILES: [OaepProfile; 5] = [
    OaepProfile::SHA256_MGF1_SHA256,
    OaepProfile::SHA256_MGF1_SHA1,
    OaepProfile::SHA256_MGF1_SHA256_LABEL_NUL,
    OaepProfile::SHA1_MGF1_SHA1,
    OaepProfile::new(HashAlgorithm::Sha384, HashAlgorithm::Sha512, b"a longer label"),
];
const MODULUS_LEN: usize = 256;

fn encoded(profile: &OaepProfile, message: &[u8]) -> SecretBytes {
    encode(&provider(), &SystemRandom, profile, message, MODULUS_LEN).unwrap()
}

#[test]
fn every_length_comes_back() {
    for profile in &PROFILES {
        let most = profile.max_message_len(MODULUS_LEN).unwrap();
        for len in [0, 1, 31, 32, 33, most - 1, most] {
            let message: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let block = encoded(profile, &message);
            assert_eq!(block.len(), MODULUS_LEN);
            assert_eq!(decode(&provider(), profile, &block).unwrap().expose(), message);
        }
        let error = encode(&provider(), &SystemRandom, profile, &vec![0; most + 1], MODULUS_LEN).unwrap_err();
        assert_eq!(error.code(), Code::TooLarge);
    }
}

/// CRY-33: whatever byte is wrong, and however, there is one error.
#[test]
fn every_corrupted_byte_is_the_one_error() {
    for profile in &PROFILES {
        let block = encoded(profile, b"a session key of thirty-two byte");
        for at in 0..MODULUS_LEN {
            for flip in [1u8, 0x80, 0xff] {
                let mut bad = SecretBytes::copy_from(block.expose());
                bad.expose_mut()[at] ^= flip;
                assert_eq!(decode(&provider(), profile, &bad).unwrap_err(), Error::decryption_failed(), "byte {at}");
            }
        }
    }
}

/// Corruption before masking reaches each check by itself: lHash, the padding, the mark, and its absence.
#[test]
fn every_check_of_the_data_block_is_the_one_error() {
    let profile = OaepProfile::SHA256_MGF1_SHA256;
    let provider = provider();
    // Build blocks from a data block of our own.
    let build = |change: &dyn Fn(&mut [u8])| {
        let mut block = SecretBytes::zeroed(MODULUS_LEN);
        let (_, seed, data) = parts(block.expose_mut(), 32).unwrap();
        data[..32].copy_from_slice(&provider.hash.digest(HashAlgorithm::Sha256, b""));
        let len = data.len();
        data[len - 8] = 1;
        data[len - 7..].copy_from_slice(b"message");
        change(data);
        mask(provider.hash, profile.mgf_hash, seed, data);
        mask(provider.hash, profile.mgf_hash, data, seed);
        block
    };
    assert_eq!(decode(&provider, &profile, &build(&|_| ())).unwrap().expose(), b"message");
    for at in 0..32 {
        let bad = build(&|data| data[at] ^= 1);
        assert_eq!(decode(&provider, &profile, &bad).unwrap_err(), Error::decryption_failed(), "lHash {at}");
    }
    let mark = MODULUS_LEN - 1 - 32 - 8;
    for at in 32..mark {
        let bad = build(&|data| data[at] = 2);
        assert_eq!(decode(&provider, &profile, &bad).unwrap_err(), Error::decryption_failed(), "padding {at}");
    }
    for value in [0u8, 2, 0xff] {
        let bad = build(&|data| data[mark] = value);
        assert_eq!(decode(&provider, &profile, &bad).unwrap_err(), Error::decryption_failed(), "mark {value}");
    }
    let bad = build(&|data| data[32..].fill(0));
    assert_eq!(decode(&provider, &profile, &bad).unwrap_err(), Error::decryption_failed(), "no mark");
    // An earlier mark makes a longer message, which is valid.
    let longer = build(&|data| data[mark - 1] = 1);
    assert_eq!(decode(&provider, &profile, &longer).unwrap().expose(), b"\x01message");
}

#[test]
fn other_profiles_do_not_open_it() {
    for (at, made) in PROFILES.iter().enumerate() {
        let block = encoded(made, b"message");
        for (other, used) in PROFILES.iter().enumerate() {
            assert_eq!(decode(&provider(), used, &block).is_ok(), at == other, "{at} {other}");
        }
    }
}

#[test]
fn blocks_too_short_for_the_hash_are_the_one_error() {
    for len in [0, 1, 32, 33, 64, 65] {
        let error = decode(&provider(), &OaepProfile::SHA256_MGF1_SHA256, &SecretBytes::zeroed(len)).unwrap_err();
        assert_eq!(error, Error::decryption_failed());
    }
}

/// The encoding is the one of the crate `rsa`, both ways.
#[test]
fn agrees_with_the_crate_rsa() {
    use rsa::Oaep;
    use rsa::pkcs8::DecodePrivateKey;
    use sha1::Sha1;
    use sha2::Sha256;

    let ours = provider().rsa.generate(2048).unwrap();
    let public = provider().rsa.import_public(ours.spki_der()).unwrap();
    let theirs = rsa::PrivateKey::from_pkcs8_der(ours.export_pkcs8().unwrap().expose()).unwrap();
    let message = b"message";
    let label = || Oaep::<Sha256>::new_with_label(vec![0u8].into_boxed_slice());
    for (profile, [to, from]) in [(&PROFILES[0], [Oaep::new(), Oaep::new()]), (&PROFILES[2], [label(), label()])] {
        let ciphertext = public.encrypt_oaep(profile, message).unwrap();
        assert_eq!(theirs.decrypt(to, &ciphertext).unwrap(), message);
        let ciphertext = theirs.to_public_key().encrypt(&mut getrandom::SysRng, from, message).unwrap();
        assert_eq!(ours.decrypt_oaep(profile, &ciphertext).unwrap().expose(), message);
    }
    let ciphertext = public.encrypt_oaep(&PROFILES[1], message).unwrap();
    assert_eq!(theirs.decrypt(Oaep::<Sha256, Sha1>::new_with_mgf_hash(), &ciphertext).unwrap(), message);
    let ciphertext = public.encrypt_oaep(&PROFILES[3], message).unwrap();
    assert_eq!(theirs.decrypt(Oaep::<Sha1>::new(), &ciphertext).unwrap(), message);
}
