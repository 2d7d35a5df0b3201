//! A master backend that a Java object implements.

use keymanager_facade::{
    HostDirection, HostError, HostKeyKind, HostMaster, HostMasterCapabilities, HostMasterEntry, HostMasterPage,
    HostOaep, HostSignInput, HostSignature,
};
use zeroize::Zeroizing;

use crate::callback::Callback;
use crate::wire::{Put, Writer};

const CAPABILITIES: i32 = 0;
const CREATE: i32 = 1;
const ATTACH_CERTIFICATE: i32 = 2;
const FIND: i32 = 3;
const LIST: i32 = 4;
const SIGN: i32 = 5;
const RSA_DECRYPT: i32 = 6;
const AES_ECB: i32 = 7;
const REMOVE: i32 = 8;
const HEALTH: i32 = 9;

/// `master_unavailable`: what a backend answers when the JVM fails.
pub(crate) const UNAVAILABLE: u32 = 7007;

pub(crate) struct JavaMaster(pub(crate) Callback);

/// Arguments, one after the other.
struct Both<A, B>(A, B);

impl<A: Put, B: Put> Put for Both<A, B> {
    fn put(&self, out: &mut Writer) {
        self.0.put(out);
        self.1.put(out);
    }
}

impl Put for Zeroizing<Vec<u8>> {
    fn put(&self, out: &mut Writer) {
        Vec::put(self, out);
    }
}

impl HostMaster for JavaMaster {
    fn capabilities(&self) -> Result<HostMasterCapabilities, HostError> {
        self.0.call(CAPABILITIES, &())
    }

    fn create(&self, alias: String, kind: HostKeyKind) -> Result<Option<Vec<u8>>, HostError> {
        self.0.call(CREATE, &Both(alias, kind))
    }

    fn attach_certificate(&self, alias: String, certificate_der: Vec<u8>) -> Result<(), HostError> {
        self.0.call(ATTACH_CERTIFICATE, &Both(alias, certificate_der))
    }

    fn find(&self, alias: String) -> Result<Option<HostMasterEntry>, HostError> {
        self.0.call(FIND, &alias)
    }

    fn list(&self, cursor: Option<String>) -> Result<HostMasterPage, HostError> {
        self.0.call(LIST, &cursor)
    }

    fn sign(&self, alias: String, scheme: HostSignature, input: HostSignInput) -> Result<Vec<u8>, HostError> {
        let (digest, bytes) = match input {
            HostSignInput::Message(message) => (false, message),
            HostSignInput::Digest(digest) => (true, digest),
        };
        self.0.call(SIGN, &Both(Both(alias, scheme), Both(digest, bytes)))
    }

    fn rsa_decrypt(&self, alias: String, oaep: Option<HostOaep>, ciphertext: Vec<u8>) -> Result<Vec<u8>, HostError> {
        self.0.call(RSA_DECRYPT, &Both(Both(alias, oaep), ciphertext))
    }

    fn aes_ecb(&self, alias: String, direction: HostDirection, blocks: Vec<u8>) -> Result<Vec<u8>, HostError> {
        self.0.call(AES_ECB, &Both(Both(alias, direction), Zeroizing::new(blocks)))
    }

    fn remove(&self, alias: String) -> Result<(), HostError> {
        self.0.call(REMOVE, &alias)
    }

    fn health(&self) -> Result<(), HostError> {
        self.0.call(HEALTH, &())
    }
}
