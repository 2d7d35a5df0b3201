//! What a token can do, found out by doing it (TOK-12).

use cryptoki::mechanism::MechanismType;
use cryptoki::object::ObjectHandle;

use super::fault::{Attempt, Fault};
use super::keys::Keep;
use super::objects::Family;
use super::operate::{TRIAL, trial_scheme};
use super::seat::Seat;
use super::{OaepPlace, TokenOptions};
use crate::crypto::{Direction, EcAlgorithm, HashAlgorithm, PublicKey, SignatureScheme};
use crate::error::{Code, Error};
use crate::master::{KeyKind, MasterCapabilities, OaepParameters, SignInput};
use crate::secret::SecretBytes;

/// An RSA key to try things with.
pub(super) struct TrialKey {
    pub(super) object: ObjectHandle,
    pub(super) family: Family,
    /// What goes when the trial is over.
    session_objects: Vec<ObjectHandle>,
}

/// What is set and not tried.
#[derive(Debug, Clone)]
pub(super) struct Wishes {
    pub(super) oaep: OaepPlace,
    pub(super) raw_rsa: Option<bool>,
    pub(super) kinds: Option<Vec<KeyKind>>,
}

impl Wishes {
    pub(super) fn of(options: &TokenOptions) -> Self {
        Self { oaep: options.oaep, raw_rsa: options.raw_rsa, kinds: options.kinds.clone() }
    }
}

impl Seat {
    /// The capabilities of the token, as far as they are not set.
    pub(super) fn abilities(&mut self, wishes: &Wishes) -> Attempt<MasterCapabilities> {
        let mechanisms = self.mechanisms()?;
        let kinds = match &wishes.kinds {
            Some(kinds) => kinds.clone(),
            None => self.kinds(&mechanisms)?,
        };
        let mut raw_rsa = wishes.raw_rsa.unwrap_or(false);
        let mut oaep = match wishes.oaep {
            OaepPlace::Token => OaepParameters::software(),
            OaepPlace::Auto | OaepPlace::Software => Vec::new(),
        };
        if (wishes.raw_rsa.is_none() || wishes.oaep == OaepPlace::Auto)
            && let Some(key) = self.trial_key()?
        {
            if wishes.raw_rsa.is_none() {
                raw_rsa =
                    mechanisms.contains(&MechanismType::RSA_X_509) && self.tried(|seat| seat.try_raw(&key))?.is_some();
            }
            if wishes.oaep == OaepPlace::Auto && mechanisms.contains(&MechanismType::RSA_PKCS_OAEP) {
                for parameters in OaepParameters::software() {
                    if self.tried(|seat| seat.try_oaep(&key, &parameters))?.is_some() {
                        oaep.push(parameters);
                    }
                }
            }
            self.end_trial(key);
        }
        let aes_ecb = kinds.contains(&KeyKind::Aes256);
        Ok(MasterCapabilities { kinds, oaep, raw_rsa, aes_ecb, certificates: true, extractable: false, parallel: true })
    }

    pub(super) fn mechanisms(&mut self) -> Attempt<Vec<MechanismType>> {
        self.session()?;
        let slot = self.shared.slot()?;
        Ok(self.shared.context.get_mechanism_list(slot)?)
    }

    fn kinds(&mut self, mechanisms: &[MechanismType]) -> Attempt<Vec<KeyKind>> {
        let mut offered = Vec::new();
        for kind in KeyKind::SOFTWARE {
            if self.offers(kind, mechanisms)? {
                offered.push(kind);
            }
        }
        Ok(offered)
    }

    fn offers(&mut self, kind: KeyKind, mechanisms: &[MechanismType]) -> Attempt<bool> {
        let has = |mechanism| mechanisms.contains(&mechanism);
        match (kind.rsa_bits(), kind.ec()) {
            // RSA keys take too long to make one of each size only to see.
            (Some(bits), _) => Ok(has(MechanismType::RSA_PKCS_KEY_PAIR_GEN) && self.offers_rsa(bits)?),
            (_, Some(EcAlgorithm::Ed25519)) => Ok(has(MechanismType::ECC_EDWARDS_KEY_PAIR_GEN)
                && has(MechanismType::EDDSA)
                && self.tried(|seat| seat.try_pair(kind))?.is_some()),
            (_, Some(_)) => Ok(has(MechanismType::ECC_KEY_PAIR_GEN)
                && has(MechanismType::ECDSA)
                && self.tried(|seat| seat.try_pair(kind))?.is_some()),
            _ => Ok(has(MechanismType::AES_KEY_GEN)
                && has(MechanismType::AES_ECB)
                && self.tried(Self::try_aes)?.is_some()),
        }
    }

    fn offers_rsa(&mut self, bits: u32) -> Attempt<bool> {
        let slot = self.shared.slot()?;
        let info = self.shared.context.get_mechanism_info(slot, MechanismType::RSA_PKCS_KEY_PAIR_GEN)?;
        let bits = usize::try_from(bits).unwrap_or(usize::MAX);
        Ok((info.min_key_size()..=info.max_key_size()).contains(&bits) || info.max_key_size() == 0)
    }

    /// What `trial` gives; none when it fails, after a loss twice. A refusal of the PIN is no result.
    pub(super) fn tried<T>(&mut self, trial: impl Fn(&mut Self) -> Attempt<T>) -> Attempt<Option<T>> {
        for _ in 0..2 {
            match trial(self) {
                Ok(result) => return Ok(Some(result)),
                Err(Fault::Final(error)) if matches!(error.code(), Code::WrongPin | Code::PinLocked) => {
                    return Err(error.into());
                }
                Err(Fault::Final(_)) => return Ok(None),
                Err(Fault::Lost(lost)) => self.give_up_session(&lost),
            }
        }
        Ok(None)
    }

    /// A pair on a curve is made in the session, signs, and goes.
    pub(super) fn try_pair(&mut self, kind: KeyKind) -> Attempt<()> {
        let (public, private) = self.new_pair(kind, Keep::InSession)?;
        let outcome = self.public_of(kind, public).and_then(|half| self.try_signature(kind, private, &half));
        for object in [public, private] {
            let _ = self.destroy(object);
        }
        outcome
    }

    fn try_signature(&mut self, kind: KeyKind, private: ObjectHandle, public: &PublicKey) -> Attempt<()> {
        let algorithm = kind.ec().ok_or(Error::internal("a kind on a curve has an algorithm"))?;
        let scheme = trial_scheme(algorithm);
        let signature = self.sign_ec(private, algorithm, scheme, &SignInput::Message(TRIAL.to_vec()))?;
        Ok(public.verify(&self.shared.provider, scheme, TRIAL, &signature)?)
    }

    /// An AES key is made in the session, encrypts, decrypts, and goes.
    pub(super) fn try_aes(&mut self) -> Attempt<()> {
        let key = self.new_aes(Keep::InSession)?;
        let outcome = self.try_blocks(key);
        let _ = self.destroy(key);
        outcome
    }

    pub(super) fn try_blocks(&mut self, key: ObjectHandle) -> Attempt<()> {
        let blocks = SecretBytes::copy_from(&[0x2b; 32]);
        let sealed = self.ecb(key, Direction::Encrypt, &blocks)?;
        let opened = self.ecb(key, Direction::Decrypt, &sealed)?;
        if opened.ct_eq(&blocks) && !sealed.ct_eq(&blocks) {
            return Ok(());
        }
        Err(Error::new(Code::MasterUnavailable, "AES on the token does not come back").into())
    }

    /// An RSA key of the token, or one in the session; none when the token has and makes none.
    pub(super) fn trial_key(&mut self) -> Attempt<Option<TrialKey>> {
        let aliases: Vec<_> = self.all_keys()?.into_keys().take(MOST_TRIED).collect();
        for alias in aliases {
            if let Some(Some(key)) = self.tried(|seat| seat.look_up(&alias))?
                && let Family::Rsa { exponent: Some(_), .. } = &key.family
            {
                return Ok(Some(TrialKey { object: key.object, family: key.family, session_objects: Vec::new() }));
            }
        }
        self.tried(|seat| {
            let (public, object) = seat.new_pair(KeyKind::Rsa2048, Keep::InSession)?;
            let half = seat.public_of(KeyKind::Rsa2048, public)?;
            let imported = seat.shared.provider.rsa.import_public(half.spki_der())?;
            let family = super::objects::rsa_family(half.spki_der())
                .filter(|_| imported.modulus_len() == 256)
                .ok_or(Error::internal("a new RSA key can be read"))?;
            Ok(TrialKey { object, family, session_objects: vec![public, object] })
        })
    }

    pub(super) fn end_trial(&mut self, key: TrialKey) {
        for object in key.session_objects {
            let _ = self.destroy(object);
        }
    }

    /// The raw operation is the inverse of the public one.
    pub(super) fn try_raw(&mut self, key: &TrialKey) -> Attempt<()> {
        let public = key.public()?;
        let public = self.shared.provider.rsa.import_public(public.spki_der())?;
        let mut block = vec![0x5a; public.modulus_len()];
        if let Some(first) = block.first_mut() {
            *first = 0;
        }
        let opened = self.raw(key.object, block.len(), &public.raw_public(&block)?)?;
        came_back(opened.expose() == block)
    }

    pub(super) fn try_oaep(&mut self, key: &TrialKey, parameters: &OaepParameters) -> Attempt<()> {
        let public = key.public()?;
        let public = self.shared.provider.rsa.import_public(public.spki_der())?;
        let ciphertext = public.encrypt_oaep(&parameters.profile()?, TRIAL)?;
        let opened = self.oaep(key.object, parameters, &ciphertext)?;
        came_back(opened.expose() == TRIAL)
    }

    pub(super) fn try_rsa_signature(&mut self, key: &TrialKey, scheme: SignatureScheme) -> Attempt<()> {
        let public = key.public()?;
        let len = self.shared.provider.rsa.import_public(public.spki_der())?.modulus_len();
        let signature = self.sign_rsa(key.object, len, scheme, &SignInput::Message(TRIAL.to_vec()))?;
        Ok(public.verify(&self.shared.provider, scheme, TRIAL, &signature)?)
    }

    /// A real operation (TOK-21).
    pub(super) fn prove_alive(&mut self) -> Attempt<()> {
        let aliases: Vec<_> = self.all_keys()?.into_keys().take(MOST_TRIED).collect();
        for alias in aliases {
            let Some(key) = self.look_up(&alias)? else { continue };
            let proof = match &key.family {
                Family::Rsa { .. } => {
                    let key = TrialKey { object: key.object, family: key.family, session_objects: Vec::new() };
                    self.try_rsa_signature(&key, SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256))
                }
                Family::Aes256 => self.try_blocks(key.object),
                Family::Ec(_) => match self.entry(&alias)?.and_then(|entry| entry.kind.zip(entry.public)) {
                    Some((kind, public)) => self.try_signature(kind, key.object, &public),
                    None => continue,
                },
                Family::OtherPair | Family::OtherSecret => continue,
            };
            match proof {
                Ok(()) => return Ok(()),
                // Another program's key may be for something else.
                Err(Fault::Final(error)) if matches!(error.code(), Code::WrongKeyKind | Code::Unsupported) => {}
                Err(fault) => return Err(fault),
            }
        }
        self.try_pair(KeyKind::EcP256).or_else(|fault| match fault {
            Fault::Final(_) => self.try_aes(),
            lost @ Fault::Lost(_) => Err(lost),
        })
    }
}

impl TrialKey {
    fn public(&self) -> Attempt<PublicKey> {
        self.family.public().ok_or(Error::internal("a trial key has a public half").into())
    }
}

fn came_back(same: bool) -> Attempt<()> {
    if same {
        Ok(())
    } else {
        Err(Error::new(Code::MasterUnavailable, "what the token opened is something else").into())
    }
}

/// How many keys of the token are looked at to find one that can be tried.
const MOST_TRIED: usize = 10;
