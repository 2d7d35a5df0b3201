"""Envelopes after docs/envelopes.md, on the package `cryptography` alone: nothing of the library is used."""

from __future__ import annotations

import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SPLITTER = b"#KEY_SPLITTER#"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def gcm_seal(key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    # Not AESGCM, which has no nonce of 16 bytes on every version.
    work = Cipher(algorithms.AES256(key), modes.GCM(nonce)).encryptor()
    work.authenticate_additional_data(aad)
    return work.update(plaintext) + work.finalize() + work.tag


def gcm_open(key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
    work = Cipher(algorithms.AES256(key), modes.GCM(nonce, sealed[-16:])).decryptor()
    work.authenticate_additional_data(aad)
    return work.update(sealed[:-16]) + work.finalize()


def seal(certificate_pem: str, layout: str, plaintext: bytes, aad: bytes = b"", salt: bytes = b"") -> bytes:
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    key, head = os.urandom(32), os.urandom(32)
    start = certificate.fingerprint(hashes.SHA256()) + public.encrypt(key, OAEP) + SPLITTER
    if layout == "ver_r2":
        return b"VER_R2" + start + head + gcm_seal(key, head[:12], head, plaintext)
    if layout == "packet":
        nonce = os.urandom(12)
        return nonce + head + start + gcm_seal(key, nonce, head, plaintext)
    if layout == "aad":
        return start + gcm_seal(key, head[:16], aad, plaintext) + head[:16]
    assert layout == "salt"
    return start + gcm_seal(key, salt, aad, plaintext)


def opened(key: rsa.RSAPrivateKey, layout: str, envelope: bytes, aad: bytes = b"", salt: bytes = b"") -> bytes:
    """The plaintext; the thumbprint is not looked at."""
    nonce = salt
    if layout == "ver_r2":
        assert envelope[:6] == b"VER_R2"
        rest, aad = envelope[6:], envelope[308:340]
        nonce, sealed = aad[:12], envelope[340:]
    elif layout == "packet":
        nonce, aad, rest, sealed = envelope[:12], envelope[12:44], envelope[44:], envelope[346:]
    elif layout == "aad":
        rest, nonce, sealed = envelope, envelope[-16:], envelope[302:-16]
    else:
        rest, sealed = envelope, envelope[302:]
    assert rest[288:302] == SPLITTER
    return gcm_open(key.decrypt(rest[32:288], OAEP), nonce, aad, sealed)
