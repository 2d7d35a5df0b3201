"""A master backend of a host: keys in memory, on the package `cryptography`."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from keymanager import HostError, HostMaster
from keymanager.hosts import (
    HostDirection,
    HostHash,
    HostKeyKind,
    HostMasterCapabilities,
    HostMasterEntry,
    HostMasterPage,
    HostOaep,
    HostSignature,
)

INVALID, UNSUPPORTED, SIZE, UNKNOWN, EXISTS, WRONG_KIND, FAILED = 1001, 1008, 2010, 3008, 7011, 7012, 6001
BITS = {HostKeyKind.RSA_2048: 2048, HostKeyKind.RSA_3072: 3072, HostKeyKind.RSA_4096: 4096}
HASHES: dict[HostHash, hashes.HashAlgorithm] = {
    HostHash.SHA_1: hashes.SHA1(),
    HostHash.SHA_256: hashes.SHA256(),
    HostHash.SHA_384: hashes.SHA384(),
    HostHash.SHA_512: hashes.SHA512(),
}
SIGNATURES: dict[HostSignature, tuple[bool, hashes.HashAlgorithm]] = {
    HostSignature.RSA_PKCS1_SHA_256: (False, hashes.SHA256()),
    HostSignature.RSA_PKCS1_SHA_384: (False, hashes.SHA384()),
    HostSignature.RSA_PKCS1_SHA_512: (False, hashes.SHA512()),
    HostSignature.RSA_PSS_SHA_256: (True, hashes.SHA256()),
    HostSignature.RSA_PSS_SHA_384: (True, hashes.SHA384()),
    HostSignature.RSA_PSS_SHA_512: (True, hashes.SHA512()),
}


@dataclass
class Pair:
    key: rsa.RSAPrivateKey
    certificate: bytes | None = None


class SoftwareMaster(HostMaster):
    """`oaep` is what it decrypts by itself; without any, it offers the raw operation alone."""

    def __init__(self, *oaep: HostOaep) -> None:
        self.oaep = oaep
        self.keys: dict[str, Pair | bytes] = {}
        self.mutex = threading.Lock()
        self.released = 0
        self.blocks: list[bytearray] = []

    def capabilities(self) -> HostMasterCapabilities:
        return HostMasterCapabilities(
            kinds=[*BITS, HostKeyKind.AES_256],
            oaep=self.oaep,
            raw_rsa=not self.oaep,
            aes_ecb=True,
            certificates=True,
            extractable=True,
            parallel=True,
        )

    def create(self, alias: str, kind: HostKeyKind) -> bytes | None:
        made: Pair | bytes
        if kind == HostKeyKind.AES_256:
            made = secrets.token_bytes(32)
        else:
            made = Pair(rsa.generate_private_key(public_exponent=65537, key_size=BITS[kind]))
        with self.mutex:
            if self.keys.setdefault(alias, made) is not made:
                raise HostError(EXISTS, f"{alias} is there already")
        return self.entry(alias, made).spki_der

    def attach_certificate(self, alias: str, certificate_der: bytes) -> None:
        self.pair(alias).certificate = certificate_der

    def find(self, alias: str) -> HostMasterEntry | None:
        key = self.keys.get(alias)
        return None if key is None else self.entry(alias, key)

    def entry(self, alias: str, key: Pair | bytes) -> HostMasterEntry:
        if isinstance(key, bytes):
            return HostMasterEntry(
                alias=alias, kind=HostKeyKind.AES_256, spki_der=None, certificate_der=None, pending=False
            )
        kind = {bits: kind for kind, bits in BITS.items()}[key.key.key_size]
        spki = key.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        certificate = key.certificate
        return HostMasterEntry(
            alias=alias, kind=kind, spki_der=spki, certificate_der=certificate, pending=certificate is None
        )

    def list(self, cursor: str | None) -> HostMasterPage:
        with self.mutex:
            rest = sorted(alias for alias in self.keys if cursor is None or alias > cursor)
        page = [self.entry(alias, self.keys[alias]) for alias in rest[:2]]
        return HostMasterPage(entries=page, next=rest[1] if len(rest) > 2 else None)

    def pair(self, alias: str) -> Pair:
        key = self.keys.get(alias)
        if key is None:
            raise HostError(UNKNOWN, f"there is no key {alias}")
        if isinstance(key, bytes):
            raise HostError(WRONG_KIND, f"{alias} is an AES key")
        return key

    def sign(self, alias: str, scheme: HostSignature, input: bytes, is_digest: bool) -> bytes:
        pss, algorithm = SIGNATURES[scheme]
        how: padding.AsymmetricPadding = padding.PKCS1v15()
        if pss:
            how = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        key = self.pair(alias).key
        if is_digest and len(input) != algorithm.digest_size:
            raise HostError(INVALID, f"a digest has {algorithm.digest_size} bytes")
        return key.sign(input, how, utils.Prehashed(algorithm) if is_digest else algorithm)

    def rsa_decrypt(self, alias: str, oaep: HostOaep | None, ciphertext: bytes) -> bytes | bytearray:
        key = self.pair(alias).key
        if len(ciphertext) != key.key_size // 8:
            raise HostError(SIZE, f"a ciphertext has {key.key_size // 8} bytes")
        if oaep is None if self.oaep else oaep is not None:
            raise HostError(UNSUPPORTED, "the capabilities do not have this operation")
        if oaep is None:
            numbers = key.private_numbers()
            modulus = numbers.public_numbers.n
            return pow(int.from_bytes(ciphertext), numbers.d, modulus).to_bytes(key.key_size // 8)
        how = padding.OAEP(padding.MGF1(HASHES[oaep.mgf_hash]), HASHES[oaep.hash], oaep.label)
        try:
            return bytearray(key.decrypt(ciphertext, how))
        except ValueError:
            raise HostError(FAILED) from None

    def aes_ecb(self, alias: str, direction: HostDirection, blocks: bytearray) -> bytes | bytearray:
        key = self.keys.get(alias)
        if not isinstance(key, bytes):
            raise HostError(UNKNOWN if key is None else WRONG_KIND, alias)
        if len(blocks) % 16:
            raise HostError(INVALID, "a block has 16 bytes")
        self.blocks.append(blocks)
        cipher = Cipher(algorithms.AES256(key), modes.ECB())
        work = cipher.encryptor() if direction == HostDirection.ENCRYPT else cipher.decryptor()
        return work.update(blocks) + work.finalize()

    def remove(self, alias: str) -> None:
        with self.mutex:
            self.keys.pop(alias, None)

    def health(self) -> None:
        pass

    def release(self) -> None:
        self.released += 1
