//! Randomness: not its quality, only that it is there, differs, and fills what it is given.

use super::{ensure, refused, same};
use crate::crypto::CryptoProvider;
use crate::error::{Code, Result};

pub(super) fn random(provider: &CryptoProvider) -> Result<()> {
    provider.random.fill(&mut [])?;
    let (mut one, mut two) = ([0; 64], [0; 64]);
    provider.random.fill(&mut one)?;
    provider.random.fill(&mut two)?;
    ensure(one != two, || "two draws differ".into())?;
    // Each byte of a long draw is filled: of 64 draws one sets it.
    let mut set = [0u8; 1000];
    for _ in 0..64 {
        let mut draw = [0; 1000];
        provider.random.fill(&mut draw)?;
        set.iter_mut().zip(draw).for_each(|(all, byte)| *all |= byte);
    }
    ensure(set.iter().all(|byte| *byte != 0), || "every byte is filled".into())
}

pub(super) fn key_source(provider: &CryptoProvider) -> Result<()> {
    let (one, two) = (provider.keys.aes256()?, provider.keys.aes256()?);
    ensure(!one.as_secret().ct_eq(two.as_secret()), || "two AES keys differ".into())?;

    let pkcs8 = provider.keys.rsa_pkcs8(2048)?;
    let key = provider.rsa.import_private(&pkcs8)?;
    ensure(key.modulus_len() == 256, || "a key of 2048 bits".into())?;
    same(key.export_pkcs8()?.expose(), pkcs8.expose(), "a made key exports as it was made")?;
    let other = provider.rsa.generate(2048)?;
    ensure(other.spki_der() != key.spki_der(), || "two RSA keys differ".into())?;
    // The exponent 65537 ends the SubjectPublicKeyInfo.
    ensure(other.spki_der().ends_with(&[2, 3, 1, 0, 1]), || "the exponent is 65537".into())?;

    for bits in [0, 512, 1024, 2047, 2049, 2056, 8192, u32::MAX] {
        refused(provider.keys.rsa_pkcs8(bits), Code::Unsupported, "a key of another size")?;
        refused(provider.rsa.generate(bits), Code::Unsupported, "a key of another size")?;
    }
    Ok(())
}
