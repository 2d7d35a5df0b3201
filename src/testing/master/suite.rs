//! The conformance suite for master backends.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::crypto::{
    CryptoProvider, Direction, EcdsaEncoding, HashAlgorithm, OaepProfile, PrivateKey, PublicKey, SignatureScheme,
};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::{KeyKind, MasterCapabilities, MasterEntry, MasterKey, MasterKeys, RsaDecryption, SignInput};
use crate::random::{RandomSource, new_alias};
use crate::secret::SecretBytes;

/// Proves that `backend` keeps the contract of [`MasterKeys`]. Keys that are in it already stay; the suite removes what
/// it makes. `certify` issues any certificate (as DER) for the key it is given; two calls give two different ones.
///
/// # Errors
/// The first promise that is not kept, as `internal` with a sentence, or the error of a call that must not fail.
pub fn conformance(
    backend: &Arc<dyn MasterKeys>,
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    certify: &dyn Fn(&dyn PrivateKey) -> Result<Vec<u8>>,
) -> Result<()> {
    let suite = Suite { backend, provider, random, certify, capabilities: backend.capabilities()? };
    let before = suite.aliases()?;
    backend.health()?;
    suite.unknown_alias()?;
    let rsa = suite.rsa_life()?;
    suite.signatures(&rsa)?;
    suite.decryption(&rsa)?;
    suite.curves()?;
    let aes = suite.aes(&rsa)?;
    suite.paging()?;
    suite.side_by_side(&rsa)?;
    suite.removal(&rsa.alias)?;
    if let Some(aes) = aes {
        suite.removal(&aes)?;
    }
    backend.health()?;
    ensure(suite.aliases()? == before, "the suite left the backend as it found it")
}

struct Suite<'a> {
    backend: &'a Arc<dyn MasterKeys>,
    provider: &'a CryptoProvider,
    random: &'a dyn RandomSource,
    certify: &'a dyn Fn(&dyn PrivateKey) -> Result<Vec<u8>>,
    capabilities: MasterCapabilities,
}

struct Pair {
    alias: Alias,
    public: PublicKey,
    key: MasterKey,
}

impl Suite<'_> {
    fn alias(&self) -> Result<Alias> {
        new_alias(self.random)
    }

    /// Every alias, page after page, in strictly ascending order.
    fn aliases(&self) -> Result<BTreeSet<Alias>> {
        Ok(self.entries()?.into_iter().map(|entry| entry.alias).collect())
    }

    fn entries(&self) -> Result<Vec<MasterEntry>> {
        let mut entries: Vec<MasterEntry> = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.backend.list(cursor)?;
            for entry in page.entries {
                let ascending = entries.last().is_none_or(|last| last.alias < entry.alias);
                ensure(ascending, "list goes by alias and shows each once")?;
                entries.push(entry);
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(entries),
            }
        }
    }

    fn unknown_alias(&self) -> Result<()> {
        let alias = self.alias()?;
        ensure(self.backend.find(alias.clone())?.is_none(), "an unknown alias finds nothing")?;
        self.backend.remove(alias.clone())?;
        let message = SignInput::Message(b"message".to_vec());
        refuses(self.backend.sign(alias.clone(), RS256, message), Code::AliasNotFound, "sign")?;
        let block = vec![0; 256];
        if self.capabilities.raw_rsa {
            let raw = self.backend.rsa_decrypt(alias.clone(), RsaDecryption::Raw, block.clone());
            refuses(raw, Code::AliasNotFound, "rsa_decrypt")?;
        }
        for parameters in self.capabilities.oaep.iter().take(1) {
            let how = RsaDecryption::Oaep(parameters.clone());
            refuses(self.backend.rsa_decrypt(alias.clone(), how, block.clone()), Code::AliasNotFound, "rsa_decrypt")?;
        }
        if self.capabilities.aes_ecb {
            let blocks = self.backend.aes_ecb(alias.clone(), Direction::Encrypt, SecretBytes::zeroed(16));
            refuses(blocks, Code::AliasNotFound, "aes_ecb")?;
        }
        refuses(self.backend.attach_certificate(alias, vec![0x30, 0]), Code::AliasNotFound, "attach_certificate")
    }

    /// create → pending → certificate → replaced certificate.
    fn rsa_life(&self) -> Result<Pair> {
        let alias = self.alias()?;
        let created = self.backend.create(alias.clone(), KeyKind::Rsa2048)?;
        let public = created.public.ok_or(Error::internal("a created pair has a public half"))?;
        let pending = self.find(&alias)?;
        ensure(pending.pending, "a new pair is pending")?;
        ensure(pending.certificate.is_none(), "a pending pair has no certificate")?;
        ensure(pending.kind == Some(KeyKind::Rsa2048), "the kind is the one asked for")?;
        ensure(pending.public.as_ref() == Some(&public), "the public half stays")?;
        ensure(self.entries()?.contains(&pending), "list shows a pending pair as find does")?;
        let again = self.backend.create(alias.clone(), KeyKind::Rsa2048);
        refuses(again, Code::AliasExists, "create under an alias in use")?;

        let key = MasterKey::new(*self.provider, Arc::clone(self.backend), alias.clone(), public.clone());
        let first = (self.certify)(&key)?;
        self.backend.attach_certificate(alias.clone(), first.clone())?;
        let attached = self.find(&alias)?;
        ensure(!attached.pending, "a pair with a certificate is not pending")?;
        ensure(attached.certificate.as_ref() == Some(&first), "the certificate is kept byte for byte")?;
        ensure(attached.public.as_ref() == Some(&public), "the public half stays under a certificate")?;

        let second = (self.certify)(&key)?;
        ensure(first != second, "certify gives two different certificates")?;
        self.backend.attach_certificate(alias.clone(), second.clone())?;
        ensure(self.find(&alias)?.certificate == Some(second), "the second certificate replaces the first")?;
        Ok(Pair { alias, public, key })
    }

    fn find(&self, alias: &Alias) -> Result<MasterEntry> {
        let entry = self.backend.find(alias.clone())?.ok_or(Error::internal("find shows a key that was created"))?;
        ensure(entry.alias == *alias, "an entry has the alias it was asked for")?;
        Ok(entry)
    }

    fn signatures(&self, pair: &Pair) -> Result<()> {
        let public = self.provider.rsa.import_public(pair.public.spki_der())?;
        let message = b"to be signed".to_vec();
        for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
            let scheme = SignatureScheme::RsaPkcs1(hash);
            let input = SignInput::Message(message.clone());
            let signature = self.backend.sign(pair.alias.clone(), scheme, input)?;
            public.verify(scheme, &message, &signature)?;
            let digest = SignInput::Digest(self.provider.hash.digest(hash, &message));
            let of_digest = self.backend.sign(pair.alias.clone(), scheme, digest)?;
            ensure(of_digest == signature, "a message and its digest give one PKCS#1 v1.5 signature")?;
        }
        let pss = SignatureScheme::RsaPss(HashAlgorithm::Sha256);
        let signature = self.backend.sign(pair.alias.clone(), pss, SignInput::Message(message.clone()))?;
        public.verify(pss, &message, &signature)?;
        let short = self.backend.sign(pair.alias.clone(), RS256, SignInput::Digest(vec![0; 31]));
        refuses(short, Code::InvalidArgument, "sign a digest of another size")
    }

    fn decryption(&self, pair: &Pair) -> Result<()> {
        let public = self.provider.rsa.import_public(pair.public.spki_der())?;
        ensure(self.capabilities.raw_rsa || !self.capabilities.oaep.is_empty(), "raw RSA or OAEP is offered")?;
        let secret = b"a session key of 32 bytes, yes !";
        for profile in [
            OaepProfile::SHA256_MGF1_SHA256,
            OaepProfile::SHA256_MGF1_SHA1,
            OaepProfile::SHA256_MGF1_SHA256_LABEL_NUL,
            OaepProfile::SHA1_MGF1_SHA1,
        ] {
            let parameters = crate::master::OaepParameters::of(&profile);
            let offered = self.capabilities.oaep.contains(&parameters);
            if !offered && !self.capabilities.raw_rsa {
                continue;
            }
            let mut ciphertext = public.encrypt_oaep(&profile, secret)?;
            ensure(pair.key.decrypt_oaep(&profile, &ciphertext)?.expose() == secret, "OAEP comes back")?;
            if offered {
                let how = RsaDecryption::Oaep(parameters.clone());
                let opened = self.backend.rsa_decrypt(pair.alias.clone(), how, ciphertext.clone())?;
                ensure(opened.expose() == secret, "OAEP in the backend comes back")?;
                let how = RsaDecryption::Oaep(parameters);
                let short = self.backend.rsa_decrypt(pair.alias.clone(), how, vec![1; 255]);
                refuses(short, Code::CiphertextSize, "OAEP on a short ciphertext")?;
            }
            if let Some(last) = ciphertext.last_mut() {
                *last ^= 1;
            }
            refuses(
                pair.key.decrypt_oaep(&profile, &ciphertext),
                Code::DecryptionFailed,
                "OAEP on a changed ciphertext",
            )?;
        }
        self.raw(pair, &mut vec![0x5a; 256])
    }

    /// Each kind on an elliptic curve that is offered signs, messages and (on a curve of ECDSA) digests; no others are made.
    fn curves(&self) -> Result<()> {
        for kind in KeyKind::SOFTWARE.into_iter().filter(|kind| kind.ec().is_some()) {
            let alias = self.alias()?;
            if !self.capabilities.kinds.contains(&kind) {
                refuses(self.backend.create(alias, kind), Code::Unsupported, "a key on a curve that is not offered")?;
                continue;
            }
            let created = self.backend.create(alias.clone(), kind)?;
            let public = created.public.ok_or(Error::internal("a created pair has a public half"))?;
            ensure(public.ec_algorithm() == kind.ec(), "the public half is of the kind asked for")?;
            let entry = self.find(&alias)?;
            ensure(entry.pending && entry.kind == Some(kind), "a new pair on a curve is pending, and of its kind")?;
            let key = MasterKey::new(*self.provider, Arc::clone(self.backend), alias.clone(), public.clone());
            self.backend.attach_certificate(alias.clone(), (self.certify)(&key)?)?;
            let entry = self.find(&alias)?;
            ensure(!entry.pending && entry.kind == Some(kind), "a pair on a curve is there with its certificate")?;
            ensure(entry.public.as_ref() == Some(&public), "the public half stays under a certificate")?;
            self.sign_on_curve(&alias, kind, &public)?;
            self.removal(&alias)?;
        }
        Ok(())
    }

    fn sign_on_curve(&self, alias: &Alias, kind: KeyKind, public: &PublicKey) -> Result<()> {
        let message = b"to be signed".to_vec();
        let sign = |scheme, input| self.backend.sign(alias.clone(), scheme, input);
        let hash = HashAlgorithm::Sha256;
        let schemes = match kind {
            KeyKind::Ed25519 => vec![SignatureScheme::Ed25519],
            _ => [EcdsaEncoding::Der, EcdsaEncoding::Raw]
                .map(|encoding| SignatureScheme::Ecdsa { hash, encoding })
                .to_vec(),
        };
        for scheme in schemes {
            public.verify(self.provider, scheme, &message, &sign(scheme, SignInput::Message(message.clone()))?)?;
            let digest = SignInput::Digest(self.provider.hash.digest(hash, &message));
            match kind {
                KeyKind::Ed25519 => refuses(sign(scheme, digest), Code::Unsupported, "Ed25519 over a digest")?,
                _ => {
                    public.verify(self.provider, scheme, &message, &sign(scheme, digest)?)?;
                    let short = sign(scheme, SignInput::Digest(vec![0; 31]));
                    refuses(short, Code::InvalidArgument, "sign a digest of another size")?;
                }
            }
        }
        refuses(sign(RS256, SignInput::Message(message)), Code::Unsupported, "an RSA scheme with a key on a curve")?;
        if self.capabilities.raw_rsa {
            let raw = self.backend.rsa_decrypt(alias.clone(), RsaDecryption::Raw, vec![1; 256]);
            refuses(raw, Code::WrongKeyKind, "raw RSA with a key on a curve")?;
        }
        Ok(())
    }

    fn raw(&self, pair: &Pair, block: &mut Vec<u8>) -> Result<()> {
        // Below the modulus.
        if let Some(first) = block.first_mut() {
            *first = 0;
        }
        let answer = self.backend.rsa_decrypt(pair.alias.clone(), RsaDecryption::Raw, block.clone());
        if !self.capabilities.raw_rsa {
            return refuses(answer, Code::Unsupported, "raw RSA that is not offered");
        }
        let opened = answer?;
        ensure(opened.len() == block.len(), "raw RSA answers a block of the modulus size")?;
        let public = self.provider.rsa.import_public(pair.public.spki_der())?;
        ensure(public.raw_public(opened.expose())? == *block, "raw RSA is the inverse of the public operation")?;
        let short = self.backend.rsa_decrypt(pair.alias.clone(), RsaDecryption::Raw, vec![1; 255]);
        refuses(short, Code::CiphertextSize, "raw RSA on a short block")
    }

    fn aes(&self, pair: &Pair) -> Result<Option<Alias>> {
        let alias = self.alias()?;
        if !self.capabilities.kinds.contains(&KeyKind::Aes256) {
            refuses(self.backend.create(alias, KeyKind::Aes256), Code::Unsupported, "an AES key that is not offered")?;
            return Ok(None);
        }
        let created = self.backend.create(alias.clone(), KeyKind::Aes256)?;
        ensure(created.public.is_none(), "an AES key has no public half")?;
        let entry = self.find(&alias)?;
        ensure(entry.kind == Some(KeyKind::Aes256) && !entry.pending, "an AES key is there at once")?;
        ensure(entry.public.is_none() && entry.certificate.is_none(), "an AES key has no certificate")?;
        let again = self.backend.create(alias.clone(), KeyKind::Rsa2048);
        refuses(again, Code::AliasExists, "create under the alias of an AES key")?;

        let plain: Vec<u8> = (0..48).collect();
        let ecb =
            |direction, blocks: &[u8]| self.backend.aes_ecb(alias.clone(), direction, SecretBytes::copy_from(blocks));
        let sealed = ecb(Direction::Encrypt, &plain)?;
        ensure(sealed.expose() != plain, "AES changes the blocks")?;
        ensure(ecb(Direction::Decrypt, sealed.expose())?.expose() == plain, "AES comes back")?;
        let one = ecb(Direction::Encrypt, plain.get(16..32).unwrap_or_default())?;
        ensure(Some(one.expose()) == sealed.expose().get(16..32), "each block is sealed alone")?;
        refuses(ecb(Direction::Encrypt, &[0; 17]), Code::InvalidArgument, "AES on a broken block")?;

        let message = SignInput::Message(Vec::new());
        refuses(self.backend.sign(alias.clone(), RS256, message), Code::WrongKeyKind, "sign with an AES key")?;
        let attached = self.backend.attach_certificate(alias.clone(), vec![0x30, 0]);
        refuses(attached, Code::WrongKeyKind, "a certificate for an AES key")?;
        let blocks = self.backend.aes_ecb(pair.alias.clone(), Direction::Encrypt, SecretBytes::zeroed(16));
        refuses(blocks, Code::WrongKeyKind, "AES with an RSA key")?;
        Ok(Some(alias))
    }

    /// Keys that appear are listed by alias, whatever the order they were made in.
    fn paging(&self) -> Result<()> {
        let kind = if self.capabilities.aes_ecb { KeyKind::Aes256 } else { KeyKind::Rsa2048 };
        let mut made = BTreeSet::new();
        for _ in 0..3 {
            let alias = self.alias()?;
            self.backend.create(alias.clone(), kind)?;
            made.insert(alias);
        }
        ensure(self.aliases()?.is_superset(&made), "list shows every key")?;
        for alias in made {
            self.removal(&alias)?;
        }
        Ok(())
    }

    /// Calls from several threads at once give what they give one by one.
    fn side_by_side(&self, pair: &Pair) -> Result<()> {
        let public = self.provider.rsa.import_public(pair.public.spki_der())?;
        // Only what is `Sync` may go to the threads.
        let sign: &(dyn Fn(u8) -> Result<()> + Sync) = &{
            let backend = Arc::clone(self.backend);
            let alias = pair.alias.clone();
            let public = Arc::clone(&public);
            move |number| {
                let message = vec![number; 100];
                let signature = backend.sign(alias.clone(), RS256, SignInput::Message(message.clone()))?;
                public.verify(RS256, &message, &signature)
            }
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|number| scope.spawn(move || sign(number))).collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().map_err(|_| Error::internal("a call beside others panicked"))?)
        })
    }

    fn removal(&self, alias: &Alias) -> Result<()> {
        self.backend.remove(alias.clone())?;
        ensure(self.backend.find(alias.clone())?.is_none(), "a removed key is gone")?;
        ensure(!self.aliases()?.contains(alias), "a removed key is not listed")?;
        let message = SignInput::Message(Vec::new());
        refuses(self.backend.sign(alias.clone(), RS256, message), Code::AliasNotFound, "sign with a removed key")?;
        self.backend.remove(alias.clone())
    }
}

fn ensure(kept: bool, promise: &'static str) -> Result<()> {
    if kept { Ok(()) } else { Err(Error::new(Code::Internal, format!("promise not kept: {promise}"))) }
}

fn refuses<T>(answer: Result<T>, code: Code, what: &str) -> Result<()> {
    match answer {
        Err(error) if error.code() == code => Ok(()),
        Err(error) => Err(Error::new(Code::Internal, format!("{what}: expected {}, got {error:?}", code.name()))),
        Ok(_) => Err(Error::new(Code::Internal, format!("{what}: expected {}, got an answer", code.name()))),
    }
}

const RS256: SignatureScheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
