//! The same random work for two providers.

mod curves;

use super::ec::KEYS;
use super::keys::PKCS8;
use super::rsa::{PROFILES, Pair, pairs};
use super::{ensure, same, undecryptable};
use crate::crypto::{CryptoProvider, Direction, HashAlgorithm, OaepProfile, SignatureScheme};
use crate::error::{Code, Error, Result};
use crate::secret::{Aes256Key, SecretBytes};

/// Gives `a` and `b` the same random work, `rounds` times, and compares what they answer. What one encrypts or signs the
/// other decrypts or verifies. The work depends on `seed` only, so a difference can be had again.
///
/// # Errors
/// The first difference, as `internal` with the seed and the round, or the error of a call that must not fail.
pub fn compare(a: &CryptoProvider, b: &CryptoProvider, seed: u64, rounds: u32) -> Result<()> {
    let mut draw = Draw(seed);
    let keys = [pairs(a)?, pairs(b)?];
    for round in 0..rounds {
        let [keys_a, keys_b] = &keys;
        one_round(a, b, keys_a, keys_b, &mut draw)
            .map_err(|error| error.context(format!("{} and {}, seed {seed}, round {round}", a.name, b.name)))?;
    }
    Ok(())
}

/// Gives both providers a private and a public key document with each of its bits changed in turn: they accept the same
/// ones, or refuse with the same code. Returns how many documents that were.
///
/// # Errors
/// The first difference, as `internal` with the bit.
pub fn compare_key_documents(a: &CryptoProvider, b: &CryptoProvider) -> Result<usize> {
    let [(_, pkcs8, spki), ..] = PKCS8;
    let mut count = 0usize;
    for (pkcs8, spki) in KEYS.into_iter().map(|(_, pkcs8, spki)| (pkcs8, spki)).chain([(pkcs8, spki)]) {
        for bit in 0..bits(pkcs8) {
            import_private(a, b, pkcs8, bit)?;
        }
        for bit in 0..bits(spki) {
            import_public(a, b, spki, bit)?;
        }
        count = count.saturating_add(bits(pkcs8)).saturating_add(bits(spki));
    }
    Ok(count)
}

fn bits(document: &[u8]) -> usize {
    document.len().saturating_mul(8)
}

fn one_round(a: &CryptoProvider, b: &CryptoProvider, keys_a: &[Pair], keys_b: &[Pair], draw: &mut Draw) -> Result<()> {
    gcm(a, b, draw)?;
    gcm(b, a, draw)?;
    symmetric(a, b, draw)?;
    // Four rounds of five use the smallest key: the larger ones take most of the time.
    let at = draw.below(15).saturating_sub(12);
    let (Some(key_a), Some(key_b)) = (keys_a.get(at), keys_b.get(at)) else {
        return Err(Error::internal("three keys"));
    };
    rsa(key_a, key_b, draw)?;
    rsa(key_b, key_a, draw)?;
    curves::pair(a, b, draw)?;
    curves::pair(b, a, draw)?;
    import(a, b, draw)
}

/// What `a` seals `b` seals alike and opens, whole and in pieces; damage is refused by both.
fn gcm(a: &CryptoProvider, b: &CryptoProvider, draw: &mut Draw) -> Result<()> {
    let key = Aes256Key::new(SecretBytes::from_vec(draw.bytes(32)))?;
    let nonce_len = match draw.below(4) {
        0 => 12,
        1 => 16,
        _ => draw.below(80).saturating_add(1),
    };
    let nonce = draw.bytes(nonce_len);
    let aad_len = draw.below(70);
    let aad = draw.bytes(aad_len);
    let text_len = match draw.below(3) {
        0 => draw.below(70),
        1 => draw.below(2000),
        _ => draw.below(40_000),
    };
    let plaintext = draw.bytes(text_len);

    let mut sealed = plaintext.clone();
    let tag = a.aead.seal_in_place(&key, &nonce, &aad, &mut sealed)?;
    let mut out = vec![0; text_len];
    same(&b.aead.seal_to(&key, &nonce, &aad, &plaintext, &mut out)?, &tag, "GCM tag")?;
    same(&out, &sealed, "GCM ciphertext")?;
    b.aead.open_to(&key, &nonce, &aad, &sealed, &tag, &mut out)?;
    same(&out, &plaintext, "GCM plaintext")?;

    let mut stream = b.aead_stream.start(Direction::Encrypt, &key, &nonce, &aad)?;
    draw.pieces(&mut out, |piece| stream.update(piece))?;
    same(&stream.finish_seal()?, &tag, "GCM tag in pieces")?;
    same(&out, &sealed, "GCM ciphertext in pieces")?;
    let mut stream = a.aead_stream.start(Direction::Decrypt, &key, &nonce, &aad)?;
    draw.pieces(&mut out, |piece| stream.update(piece))?;
    stream.finish_open(&tag)?;
    same(&out, &plaintext, "GCM plaintext in pieces")?;

    let (mut bad, mut bad_tag) = (sealed, tag);
    if bad.is_empty() || draw.below(2) == 0 {
        draw.flip(&mut bad_tag);
    } else {
        draw.flip(&mut bad);
    }
    for provider in [a, b] {
        let mut data = bad.clone();
        undecryptable(provider.aead.open_in_place(&key, &nonce, &aad, &mut data, &bad_tag), "damaged GCM")?;
        ensure(data.iter().all(|byte| *byte == 0), || "damaged GCM is wiped".into())?;
    }
    Ok(())
}

fn symmetric(a: &CryptoProvider, b: &CryptoProvider, draw: &mut Draw) -> Result<()> {
    let key = Aes256Key::new(SecretBytes::from_vec(draw.bytes(32)))?;
    let len = draw.below(20).saturating_mul(16);
    let mut one = draw.bytes(len);
    let mut two = one.clone();
    let direction = if draw.below(2) == 0 { Direction::Encrypt } else { Direction::Decrypt };
    a.block.ecb(direction, &key, &mut one)?;
    b.block.ecb(direction, &key, &mut two)?;
    same(&one, &two, "ECB")?;

    for algorithm in HASHES {
        let (data_len, key_len, salt_len) = (draw.below(600), draw.below(200), draw.below(100));
        let (data, key, salt) = (draw.bytes(data_len), draw.bytes(key_len), draw.bytes(salt_len));
        same(&a.hash.digest(algorithm, &data), &b.hash.digest(algorithm, &data), "hash")?;
        for provider in [a, b] {
            let mut stream = provider.hash.start(algorithm);
            draw.pieces(&mut data.clone(), |piece| {
                stream.update(piece);
                Ok(())
            })?;
            same(&stream.finish(), &a.hash.digest(algorithm, &data), "hash in pieces")?;
        }
        let codes = [a.kdf.hmac(algorithm, &key, &data)?, b.kdf.hmac(algorithm, &key, &data)?];
        let [code_a, code_b] = &codes;
        same(code_a.expose(), code_b.expose(), "HMAC")?;

        let out_len = draw.below(300);
        let (mut one, mut two) = (vec![0; out_len], vec![0; out_len]);
        a.kdf.hkdf(algorithm, &salt, &key, &data, &mut one)?;
        b.kdf.hkdf(algorithm, &salt, &key, &data, &mut two)?;
        same(&one, &two, "HKDF")?;
        let iterations = u32::try_from(draw.below(20)).unwrap_or_default().saturating_add(1);
        a.kdf.pbkdf2(algorithm, &key, &salt, iterations, &mut one)?;
        b.kdf.pbkdf2(algorithm, &key, &salt, iterations, &mut two)?;
        same(&one, &two, "PBKDF2")?;
    }
    Ok(())
}

/// `a` encrypts and signs, `b` decrypts and verifies, with two handles of one key.
fn rsa(a: &Pair, b: &Pair, draw: &mut Draw) -> Result<()> {
    let mut profiles: Vec<OaepProfile> = PROFILES.into_iter().map(|(_, profile)| profile).collect();
    let labels: [&'static [u8]; 3] = [b"", b"\0", b"a label of some length"];
    for hash in HASHES {
        for mgf_hash in HASHES {
            profiles.extend(labels.map(|label| OaepProfile::new(hash, mgf_hash, label)));
        }
    }
    let profile = draw.pick(&profiles)?;
    let most = profile.max_message_len(a.public.modulus_len()).unwrap_or_default();
    let len = draw.below(most.saturating_add(1));
    let message = draw.bytes(len);
    let mut ciphertext = a.public.encrypt_oaep(profile, &message)?;
    same(b.private.decrypt_oaep(profile, &ciphertext)?.expose(), &message, "OAEP")?;
    draw.flip(&mut ciphertext);
    undecryptable(a.private.decrypt_oaep(profile, &ciphertext), "damaged OAEP")?;
    undecryptable(b.private.decrypt_oaep(profile, &ciphertext), "damaged OAEP")?;

    // The damaged ciphertext is a random block; above the modulus both refuse it.
    match (a.private.raw_private(&ciphertext), b.private.raw_private(&ciphertext)) {
        (Ok(one), Ok(two)) => {
            same(one.expose(), two.expose(), "raw private operation")?;
            same(&a.public.raw_public(one.expose())?, &ciphertext, "raw public operation")?;
            same(&b.public.raw_public(one.expose())?, &ciphertext, "raw public operation")?;
        }
        (Err(one), Err(two)) => ensure(one == two, || "two errors for one block".into())?,
        _ => return Err(Error::internal("one refuses the block and the other does not")),
    }

    let hash = *draw.pick(&[HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512])?;
    let pkcs1 = SignatureScheme::RsaPkcs1(hash);
    let signature = a.private.sign(pkcs1, &message)?;
    same(&signature, &b.private.sign(pkcs1, &message)?, "PKCS#1 v1.5 signature")?;
    b.public.verify(pkcs1, &message, &signature)?;
    let pss = SignatureScheme::RsaPss(hash);
    let mut signature = a.private.sign(pss, &message)?;
    b.public.verify(pss, &message, &signature)?;
    draw.flip(&mut signature);
    for public in [&a.public, &b.public] {
        let code = public.verify(pss, &message, &signature).err().map(|error| error.code());
        ensure(code == Some(Code::VerificationFailed), || "a damaged signature".into())?;
    }
    Ok(())
}

fn import(a: &CryptoProvider, b: &CryptoProvider, draw: &mut Draw) -> Result<()> {
    let (_, pkcs8, spki) = *draw.pick(&PKCS8)?;
    import_private(a, b, pkcs8, draw.below(bits(pkcs8)))?;
    import_public(a, b, spki, draw.below(bits(spki)))?;
    let (_, pkcs8, spki) = *draw.pick(&KEYS)?;
    import_private(a, b, pkcs8, draw.below(bits(pkcs8)))?;
    import_public(a, b, spki, draw.below(bits(spki)))
}

/// As an RSA key and as a key on a curve: a changed bit may make the one the other.
fn import_private(a: &CryptoProvider, b: &CryptoProvider, document: &[u8], bit: usize) -> Result<()> {
    let mut changed = SecretBytes::copy_from(document);
    flip(changed.expose_mut(), bit);
    let [one, two] = [a, b].map(|provider| {
        let rsa = provider.rsa.import_private(&changed).map(|key| key.spki_der().to_vec());
        let ec = provider.ec.import_private(&changed).map(|key| key.spki_der().to_vec());
        (rsa.map_err(|error| error.code()), ec.map_err(|error| error.code()))
    });
    ensure(one == two, || format!("PKCS#8 of {} bytes, bit {bit}: {one:?} and {two:?}", document.len()))
}

fn import_public(a: &CryptoProvider, b: &CryptoProvider, document: &[u8], bit: usize) -> Result<()> {
    let mut changed = document.to_vec();
    flip(&mut changed, bit);
    let [one, two] = [a, b].map(|provider| {
        let rsa = provider.rsa.import_public(&changed).map(|key| key.spki_der().to_vec());
        let ec = provider.ec.import_public(&changed).map(|key| key.spki_der().to_vec());
        (rsa.map_err(|error| error.code()), ec.map_err(|error| error.code()))
    });
    ensure(one == two, || format!("SPKI of {} bytes, bit {bit}: {one:?} and {two:?}", document.len()))
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes.iter_mut().skip(bit / 8).take(1).for_each(|byte| *byte ^= 1 << (bit % 8));
}

/// Repeatable draws: SplitMix64, which has no bad seed. Nothing secret is made with it.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(self.next().checked_rem(limit).unwrap_or_default()).unwrap_or_default()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len.saturating_add(8));
        while bytes.len() < len {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Result<&'a T> {
        from.get(self.below(from.len())).ok_or_else(|| Error::internal("something to pick from"))
    }

    /// Changes one bit.
    fn flip(&mut self, bytes: &mut [u8]) {
        let bit = self.below(bytes.len().saturating_mul(8));
        flip(bytes, bit);
    }

    fn pieces(&mut self, data: &mut [u8], mut take: impl FnMut(&mut [u8]) -> Result<()>) -> Result<()> {
        let mut rest = data;
        while !rest.is_empty() {
            let most = if self.below(2) == 0 { 40 } else { 10_000 };
            let size = self.below(most).min(rest.len());
            let Some((piece, after)) = rest.split_at_mut_checked(size) else { break };
            take(piece)?;
            rest = after;
        }
        Ok(())
    }
}

const HASHES: [HashAlgorithm; 4] =
    [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];
