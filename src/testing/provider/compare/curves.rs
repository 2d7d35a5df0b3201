//! Keys on curves that are drawn for one round and not kept.

use std::sync::Arc;

use super::super::ec::{KEYS, schemes};
use super::super::{ensure, same};
use super::Draw;
use crate::crypto::ec::bare_pkcs8;
use crate::crypto::{CryptoProvider, Curve, EcAlgorithm, EcPrivateKey, SignatureScheme};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

/// `a` signs and `b` verifies, with a key of each algorithm; both agree with a second key on the same secret.
pub(super) fn pair(a: &CryptoProvider, b: &CryptoProvider, draw: &mut Draw) -> Result<()> {
    let (algorithm, ..) = *draw.pick(&KEYS)?;
    // A number beyond the order of its curve is no key for either; one in 2^32 draws is.
    let (Some([one_a, one_b]), Some([two_a, two_b])) = (drawn(a, b, algorithm, draw)?, drawn(a, b, algorithm, draw)?)
    else {
        return Ok(());
    };
    same(one_a.export_pkcs8()?.expose(), one_b.export_pkcs8()?.expose(), "an exported key")?;
    signatures(b, one_a.as_ref(), one_b.as_ref(), draw).map_err(|error| error.context(algorithm))?;
    if algorithm == EcAlgorithm::Ed25519 {
        return Ok(());
    }
    let secret = one_a.agree(two_b.spki_der())?;
    for other in [one_b.agree(two_a.spki_der())?, two_a.agree(one_b.spki_der())?, two_b.agree(one_a.spki_der())?] {
        same(secret.expose(), other.expose(), "a shared secret")?;
    }
    Ok(())
}

/// One private number as a key of each provider; none when both refuse it.
fn drawn(
    a: &CryptoProvider,
    b: &CryptoProvider,
    algorithm: EcAlgorithm,
    draw: &mut Draw,
) -> Result<Option<[Arc<dyn EcPrivateKey>; 2]>> {
    let len = match algorithm {
        EcAlgorithm::Curve(curve) => curve.field_len(),
        _ => 32,
    };
    let mut number = SecretBytes::from_vec(draw.bytes(len));
    if algorithm == EcAlgorithm::Curve(Curve::P521) {
        number.expose_mut().iter_mut().take(1).for_each(|byte| *byte &= 1);
    }
    // Numbers with zeros in front, whose encodings keep them.
    let zeros = if draw.below(4) == 0 { draw.below(8) } else { 0 };
    number.expose_mut().iter_mut().take(zeros).for_each(|byte| *byte = 0);
    let document = bare_pkcs8(algorithm, &number).ok_or(Error::internal("a number in PKCS#8"))?;
    match (a.ec.import_private(&document), b.ec.import_private(&document)) {
        (Ok(one), Ok(two)) => {
            same(one.spki_der(), two.spki_der(), "the public half of a drawn number")?;
            Ok(Some([one, two]))
        }
        (Err(one), Err(two)) => ensure(one.code() == two.code(), || "two errors for one number".into()).map(|()| None),
        _ => Err(Error::internal("one takes the number and the other does not")),
    }
}

/// The key of the first provider signs, `b` verifies.
fn signatures(b: &CryptoProvider, one: &dyn EcPrivateKey, two: &dyn EcPrivateKey, draw: &mut Draw) -> Result<()> {
    let len = draw.below(300);
    let message = draw.bytes(len);
    let public = b.ec.import_public(one.spki_der())?;
    for scheme in schemes(one.algorithm()) {
        let mut signature = one.sign(scheme, &message)?;
        if scheme == SignatureScheme::Ed25519 {
            same(&signature, &two.sign(scheme, &message)?, "an Ed25519 signature")?;
        }
        public.verify(scheme, &message, &signature)?;
        draw.flip(&mut signature);
        let code = public.verify(scheme, &message, &signature).err().map(|error| error.code());
        ensure(code == Some(Code::VerificationFailed), || "a damaged signature".into())?;
    }
    Ok(())
}
