//! The life of a key on the token: made, given a certificate, removed (TOK-6 to TOK-9, TOK-17).

use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};

use super::fault::{Attempt, Fault};
use super::objects::{
    self, CertificateObject, Family, certificate_template, certificates_with_id, certificates_with_label, not_found,
    private_keys_of, secret_keys_of, wrong_kind,
};
use super::operate::trial_scheme;
use super::public;
use super::seat::Seat;
use crate::certificate::Certificate;
use crate::crypto::{EcAlgorithm, HashAlgorithm, PublicKey, SignatureScheme};
use crate::error::{Code, Error};
use crate::id::Alias;
use crate::master::{KeyKind, SignInput};

/// How the making of a key went.
pub(super) enum Making {
    /// It is there, with its public half.
    Made(Option<PublicKey>),
    /// It failed, and something may be there.
    Unsure(Error),
}

/// Where an object is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep<'a> {
    /// On the token, under an alias.
    OnToken(&'a Alias),
    /// In the session only.
    InSession,
}

impl Seat {
    /// Makes a key under an alias that nothing has (TOK-9). The looking is repeated after a loss; the making only when
    /// the answer says that it did not begin.
    pub(super) fn create(&mut self, alias: &Alias, kind: KeyKind) -> Attempt<Making> {
        for template in
            [private_keys_of(alias), secret_keys_of(alias), certificates_with_id(alias), certificates_with_label(alias)]
        {
            if !self.search(&template)?.is_empty() {
                return Err(Error::new(Code::AliasExists, format!("the token has the alias {alias} already")).into());
            }
        }
        self.confirm_login()?;
        let made = match kind {
            KeyKind::Aes256 => self.new_aes(Keep::OnToken(alias)).map(|_| None),
            _ => self.new_pair(kind, Keep::OnToken(alias)).and_then(|(public, _)| {
                let half = self.public_of(kind, public)?;
                // A session object, and of no use any more.
                let _ = self.session()?.destroy_object(public);
                Ok(Some(half))
            }),
        };
        match made {
            Ok(public) => Ok(Making::Made(public)),
            Err(Fault::Lost(lost)) if lost.before_anything() => Err(Fault::Lost(lost)),
            Err(Fault::Lost(lost)) => {
                self.give_up_session(&lost);
                Ok(Making::Unsure(lost.error))
            }
            Err(Fault::Final(error)) => Ok(Making::Unsure(error)),
        }
    }

    /// A new pair: its public half as a session object, and its private key.
    pub(super) fn new_pair(&mut self, kind: KeyKind, keep: Keep<'_>) -> Attempt<(ObjectHandle, ObjectHandle)> {
        let mut public = vec![Attribute::Token(false), Attribute::Private(false), Attribute::Verify(true)];
        let mut private = private_template(keep);
        let mechanism = match (kind.rsa_bits(), kind.ec()) {
            (Some(bits), _) => {
                let bits = usize::try_from(bits).map_err(|_| Error::internal("an RSA size fits"))?;
                public.push(Attribute::ModulusBits(bits.try_into()?));
                public.push(Attribute::PublicExponent(vec![1, 0, 1]));
                public.push(Attribute::Encrypt(true));
                private.extend([Attribute::Decrypt(true), Attribute::Unwrap(true)]);
                Mechanism::RsaPkcsKeyPairGen
            }
            (_, Some(algorithm)) => {
                let parameters = public::ec_parameters(algorithm).ok_or_else(|| unsupported(kind))?;
                public.push(Attribute::EcParams(parameters.to_vec()));
                match algorithm {
                    EcAlgorithm::Ed25519 => Mechanism::EccEdwardsKeyPairGen,
                    _ => Mechanism::EccKeyPairGen,
                }
            }
            _ => return Err(unsupported(kind).into()),
        };
        Ok(self.session()?.generate_key_pair(&mechanism, &public, &private)?)
    }

    /// A new AES key of 256 bits.
    pub(super) fn new_aes(&mut self, keep: Keep<'_>) -> Attempt<ObjectHandle> {
        let mut template = vec![
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            // Said, since tokens differ in what an absent one means: SoftHSM lets the key wrap others then.
            Attribute::Wrap(false),
            Attribute::Unwrap(false),
            Attribute::ValueLen(32.into()),
        ];
        match keep {
            Keep::OnToken(alias) => template.extend([Attribute::Token(true), Attribute::Label(objects::bytes(alias))]),
            Keep::InSession => template.push(Attribute::Token(false)),
        }
        Ok(self.session()?.generate_key(&Mechanism::AesKeyGen, &template)?)
    }

    /// The public half of a pair that was just made.
    pub(super) fn public_of(&mut self, kind: KeyKind, public: ObjectHandle) -> Attempt<PublicKey> {
        let wanted = match kind.ec() {
            Some(_) => vec![AttributeType::EcPoint],
            None => vec![AttributeType::Modulus, AttributeType::PublicExponent],
        };
        let found = self.attributes(public, &wanted)?;
        let half = match (kind.ec(), found.as_slice()) {
            (Some(algorithm), [Attribute::EcPoint(point)]) => public::ec(algorithm, point)?,
            (None, [Attribute::Modulus(modulus), Attribute::PublicExponent(exponent)]) => {
                public::rsa(modulus, exponent)?
            }
            _ => return Err(Error::new(Code::MasterUnavailable, "the token shows no public half of a new pair").into()),
        };
        // What cannot be imported is no key to give a certificate to.
        if KeyKind::of_public(&self.shared.provider, &half) != Some(kind) {
            return Err(
                Error::new(Code::MasterUnavailable, "the token made a pair of another kind than asked for").into()
            );
        }
        Ok(half)
    }

    /// Attaches a certificate, or replaces it (TOK-6, TOK-7). It may be repeated at any point.
    pub(super) fn attach(&mut self, alias: &Alias, der: &[u8]) -> Attempt<()> {
        let key = self.look_up(alias)?.ok_or_else(|| not_found(alias))?;
        if !key.family.is_pair() {
            return Err(wrong_kind(alias).into());
        }
        let certificate = Certificate::from_der(&self.shared.provider, der)?;
        self.check_belongs(alias, &key.family, &certificate)?;

        let label = objects::bytes(alias);
        for other in self.search(&certificates_with_label(alias))? {
            let id = self.attributes(other, &[AttributeType::Id])?;
            if !matches!(id.as_slice(), [Attribute::Id(id)] if *id == label) {
                let text = format!("another certificate on the token is labelled {alias}; Java would rename both");
                return Err(Error::new(Code::TokenObjects, text).into());
            }
        }
        let (same, others): (Vec<CertificateObject>, Vec<CertificateObject>) =
            self.certificates(alias)?.into_iter().partition(|there| there.der == der);
        let new_label = if others.is_empty() { label.clone() } else { [label.as_slice(), b".new"].concat() };
        let (object, labelled) = match same.into_iter().next() {
            Some(there) => (there.object, there.label),
            None => {
                let template = certificate_template(&self.shared.provider, alias, new_label.clone(), der)?;
                (self.session()?.create_object(&template)?, new_label)
            }
        };
        for other in others {
            self.destroy(other.object)?;
        }
        if labelled != label {
            self.session()?.update_attributes(object, &[Attribute::Label(label)])?;
        }
        Ok(())
    }

    fn check_belongs(&mut self, alias: &Alias, family: &Family, certificate: &Certificate) -> Attempt<()> {
        let other = || Error::new(Code::InvalidArgument, format!("the certificate is not for the key {alias}"));
        let theirs = certificate.public_key();
        match family {
            Family::Rsa { .. } => match family.public() {
                Some(ours) if ours == *theirs => Ok(()),
                Some(_) => Err(other().into()),
                None => self.prove(alias, SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256), theirs, other()),
            },
            Family::Ec(algorithm) if theirs.ec_algorithm() == Some(*algorithm) => {
                self.prove(alias, trial_scheme(*algorithm), theirs, other())
            }
            Family::Ec(_) => Err(other().into()),
            Family::OtherPair | Family::Aes256 | Family::OtherSecret => Err(wrong_kind(alias).into()),
        }
    }

    /// The key signs, and the public key verifies.
    fn prove(&mut self, alias: &Alias, scheme: SignatureScheme, public: &PublicKey, other: Error) -> Attempt<()> {
        let message = b"certificate of this key?".to_vec();
        let signature = self.sign(alias, scheme, &SignInput::Message(message.clone()))?;
        let provider = self.shared.provider;
        public.verify(&provider, scheme, &message, &signature).map_err(|_| Fault::Final(other))
    }

    /// Removes what is under an alias: certificates first (TOK-8).
    pub(super) fn remove(&mut self, alias: &Alias) -> Attempt<()> {
        for template in [certificates_with_id(alias), private_keys_of(alias), secret_keys_of(alias)] {
            for object in self.search(&template)? {
                self.destroy(object)?;
            }
        }
        // Nothing was found, or nobody is logged in.
        self.confirm_login()?;
        self.shared.forget_handles();
        Ok(())
    }

    /// Destroys an object that may have been destroyed meanwhile.
    pub(super) fn destroy(&mut self, object: ObjectHandle) -> Attempt<()> {
        match self.session()?.destroy_object(object) {
            Err(cryptoki::error::Error::Pkcs11(RvError::ObjectHandleInvalid, _)) => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}

fn private_template(keep: Keep<'_>) -> Vec<Attribute> {
    let mut template = vec![
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    match keep {
        Keep::OnToken(alias) => template.extend([Attribute::Token(true), Attribute::Id(objects::bytes(alias))]),
        Keep::InSession => template.push(Attribute::Token(false)),
    }
    template
}

pub(super) fn unsupported(kind: KeyKind) -> Error {
    Error::new(Code::Unsupported, format!("the token makes no keys of the kind {kind:?}"))
}
