"""Makes the keys and answers of this folder with OpenSSL and the Python package `cryptography`.

Every run makes new keys; the files of the repository are kept as they are, since readers of old data must pass them.
"""

import hashlib
import subprocess

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

lines = []


def answer(name, value):
    lines.append(f"{name} {value.hex()}")


def openssl_key(name, algorithm, *options):
    pem = subprocess.run(["openssl", "genpkey", "-algorithm", algorithm]
                         + [word for option in options for word in ("-pkeyopt", option)],
                         check=True, capture_output=True).stdout
    for suffix, extra in (("pk8", []), ("spki", ["-pubout"])):
        der = subprocess.run(["openssl", "pkey", "-outform", "DER"] + extra, input=pem, check=True,
                             capture_output=True).stdout
        if suffix == "pk8":
            der = subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], input=pem, check=True,
                                 capture_output=True).stdout
        with open(f"{name}.{suffix}.der", "wb") as file:
            file.write(der)


def rsa():
    openssl_key("rsa1024", "RSA", "rsa_keygen_bits:1024")
    openssl_key("rsa2048", "RSA", "rsa_keygen_bits:2048")
    openssl_key("rsa2056", "RSA", "rsa_keygen_bits:2056")
    openssl_key("rsa3072", "RSA", "rsa_keygen_bits:3072")
    openssl_key("rsa4096", "RSA", "rsa_keygen_bits:4096")
    openssl_key("rsa2048_three_primes", "RSA", "rsa_keygen_bits:2048", "rsa_keygen_primes:3")
    openssl_key("rsa2048_pss", "RSA-PSS", "rsa_keygen_bits:2048")
    openssl_key("p256", "EC", "ec_paramgen_curve:P-256")
    hash_of = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    message = b"what only the holder of the key reads"
    for bits in (2048, 3072, 4096):
        with open(f"rsa{bits}.pk8.der", "rb") as file:
            key = serialization.load_der_private_key(file.read(), None)
        public = key.public_key()
        for name, (digest, mgf, label) in {
            "sha256_mgf1_sha256": ("sha256", "sha256", None),
            "sha256_mgf1_sha1": ("sha256", "sha1", None),
            "sha256_mgf1_sha256_label_nul": ("sha256", "sha256", b"\0"),
            "sha1_mgf1_sha1": ("sha1", "sha1", None),
        }.items():
            scheme = padding.OAEP(padding.MGF1(hash_of[mgf]), hash_of[digest], label)
            answer(f"rsa{bits}_oaep_{name}", public.encrypt(message, scheme))
        for digest in ("sha256", "sha384", "sha512"):
            answer(f"rsa{bits}_pkcs1_{digest}", key.sign(message, padding.PKCS1v15(), hash_of[digest]))
            pss = padding.PSS(padding.MGF1(hash_of[digest]), hash_of[digest].digest_size)
            answer(f"rsa{bits}_pss_{digest}", key.sign(message, pss, hash_of[digest]))
        # Signatures that must be refused: SHA-1, and PSS with a salt of another length.
        answer(f"rsa{bits}_pkcs1_sha1", key.sign(message, padding.PKCS1v15(), hash_of["sha1"]))
        answer(f"rsa{bits}_pss_sha256_salt_20", key.sign(message, padding.PSS(padding.MGF1(hash_of["sha256"]), 20),
                                                         hash_of["sha256"]))
        numbers = public.public_numbers()
        block = int.from_bytes(b"\x2a" + bytes(range(256)), "big") % numbers.n
        answer(f"rsa{bits}_raw_block", block.to_bytes(bits // 8, "big"))
        answer(f"rsa{bits}_raw_public", pow(block, numbers.e, numbers.n).to_bytes(bits // 8, "big"))
        private = key.private_numbers().d
        answer(f"rsa{bits}_raw_private", pow(block, private, numbers.n).to_bytes(bits // 8, "big"))
    with open("rsa1024.pk8.der", "rb") as file:
        key = serialization.load_der_private_key(file.read(), None)
    answer("rsa1024_pkcs1_sha256", key.sign(message, padding.PKCS1v15(), hash_of["sha256"]))


ORDERS = {
    "p256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "p384": int("F" * 48 + "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16),
    "p521": int("1" + "F" * 64 + "FA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409", 16),
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
}


def curves():
    for name, option in (("p384", "P-384"), ("p521", "P-521"), ("secp256k1", "secp256k1")):
        openssl_key(name, "EC", f"ec_paramgen_curve:{option}")
    openssl_key("ed25519", "ED25519")
    openssl_key("x25519", "X25519")
    message = b"what only the holder of the key signs"
    load = lambda name: serialization.load_der_private_key(open(f"{name}.pk8.der", "rb").read(), None)
    answer("ed25519", load("ed25519").sign(message))
    for name, order in ORDERS.items():
        key = load(name)
        for digest, algorithm in {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}.items():
            # Of the two values of s one is above half of the order; both are good.
            r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(algorithm)))
            for half, value in (("low", min(s, order - s)), ("high", max(s, order - s))):
                signature = utils.encode_dss_signature(r, value)
                key.public_key().verify(signature, message, ec.ECDSA(algorithm))
                answer(f"{name}_{digest}_{half}", signature)


def multiply(x, y):
    """Product in GF(2^128) as SP 800-38D §6.3 writes it."""
    product = 0
    for bit in range(127, -1, -1):
        if (y >> bit) & 1:
            product ^= x
        x = (x >> 1) ^ (0xE1 << 120 if x & 1 else 0)
    return product


def gcm(key, nonce, aad, plaintext):
    """SP 800-38D §7.1 in plain words, for the nonce lengths OpenSSL's Python binding refuses."""
    block = lambda data: Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data)
    pad = lambda data: data + bytes(-len(data) % 16)
    hash_key = int.from_bytes(block(bytes(16)), "big")

    def ghash(data):
        state = 0
        for at in range(0, len(data), 16):
            state = multiply(state ^ int.from_bytes(data[at:at + 16], "big"), hash_key)
        return state.to_bytes(16, "big")

    lengths = lambda one, two: (len(one) * 8).to_bytes(8, "big") + (len(two) * 8).to_bytes(8, "big")
    j0 = nonce + b"\0\0\0\1" if len(nonce) == 12 else ghash(pad(nonce) + lengths(b"", nonce))
    counter, stream = int.from_bytes(j0[12:], "big"), b""
    while len(stream) < len(plaintext):
        counter = (counter + 1) % 2**32
        stream += block(j0[:12] + counter.to_bytes(4, "big"))
    ciphertext = bytes(a ^ b for a, b in zip(plaintext, stream))
    tag = ghash(pad(aad) + pad(ciphertext) + lengths(aad, ciphertext))
    return ciphertext, bytes(a ^ b for a, b in zip(tag, block(j0)))


def aead():
    key = bytes(range(32))
    for nonce_len in (1, 4, 8, 12, 13, 16, 32, 64):
        nonce = bytes(range(0x80, 0x80 + nonce_len))
        for aad_len, text_len in ((0, 0), (20, 0), (0, 64), (13, 77), (32, 16)):
            aad, plaintext = bytes(range(aad_len)), bytes((at * 3 + 1) % 256 for at in range(text_len))
            ciphertext, tag = gcm(key, nonce, aad, plaintext)
            if nonce_len >= 8:
                encryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
                encryptor.authenticate_additional_data(aad)
                assert encryptor.update(plaintext) + encryptor.finalize() == ciphertext and encryptor.tag == tag
            answer(f"gcm_{nonce_len}_{aad_len}_{text_len}", ciphertext + tag)


def derive():
    for name in ("sha1", "sha256", "sha384", "sha512"):
        answer(f"pbkdf2_{name}", hashlib.pbkdf2_hmac(name, b"passwordPASSWORDpassword",
                                                     b"saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, 100))


rsa()
curves()
aead()
derive()
with open("answers.txt", "w") as file:
    file.write("\n".join(lines) + "\n")
