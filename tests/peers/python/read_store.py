"""Opens an envelope with nothing but the files: the store, the key file and its passphrase.

Written from docs/storage.md, docs/envelopes.md and docs/key-file.md alone; shares no code with the library. Needs the
Python package `cryptography`.

    read_store.py STORE KEY_FILE PASSPHRASE_FILE ENVELOPE OUTPUT

ENVELOPE holds the bytes of a VER_R2 envelope, or their base64url text. Prints what it found as JSON.
"""

import base64
import hashlib
import json
import sqlite3
import sys
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SPLITTER = b"#KEY_SPLITTER#"
APPLICATION_ID = 0x4B4D5354
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)

DATA = bytes.fromhex("2a864886f70d010701")
SHROUDED_KEY_BAG = bytes.fromhex("2a864886f70d010c0a0102")
FRIENDLY_NAME = bytes.fromhex("2a864886f70d010914")


def tlv(der, at=0):
    """Tag, content and end of the DER element at `at`."""
    tag, length, at = der[at], der[at + 1], at + 2
    if length > 0x80:
        octets = length & 0x7F
        length, at = int.from_bytes(der[at : at + octets], "big"), at + octets
    assert length != 0x80, "indefinite length"
    assert at + length <= len(der), "truncated"
    return tag, der[at : at + length], at + length


def items(content):
    """The elements of a SEQUENCE's or SET's content, each as (tag, content, whole encoding)."""
    found, at = [], 0
    while at < len(content):
        tag, inner, end = tlv(content, at)
        found.append((tag, inner, content[at:end]))
        at = end
    return found


def master_keys(key_file, passphrase):
    """Private keys of a PKCS#12 file by alias, each still shrouded."""
    outer = items(tlv(key_file)[1])
    content_info = items(outer[1][1])
    assert content_info[0][1] == DATA
    safe = tlv(content_info[1][1])[1]
    check_mac(outer[2][1], safe, passphrase)
    shrouded = {}
    for _, content_info, _ in items(tlv(safe)[1]):
        kind, content = items(content_info)
        if kind[1] != DATA:
            continue  # certificates
        for _, bag, _ in items(tlv(tlv(content[1])[1])[1]):
            bag_id, value, *attributes = items(bag)
            if bag_id[1] != SHROUDED_KEY_BAG:
                continue
            for _, attribute, _ in items(attributes[0][1]):
                oid, values = items(attribute)
                if oid[1] == FRIENDLY_NAME:
                    name = items(values[1])[0][1].decode("utf-16-be")
                    shrouded[name] = value[1]
    return shrouded


def check_mac(mac_data, content, passphrase):
    """HMAC-SHA-256 under the key of RFC 7292 appendix B, purpose 3."""
    digest_info, salt, iterations = items(mac_data)
    algorithm, expected = items(digest_info[1])
    assert items(algorithm[1])[0][1] == bytes.fromhex("608648016503040201"), "a MAC other than HMAC-SHA-256"
    block = 64
    fill = lambda data: bytes(data[i % len(data)] for i in range(-(-len(data) // block) * block))
    text = passphrase.encode("utf-16-be") + b"\0\0"
    key = bytes([3]) * block + fill(salt[1]) + fill(text)
    for _ in range(int.from_bytes(iterations[1], "big")):
        key = hashlib.sha256(key).digest()
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(content)
    mac.verify(expected[1])


def unwrap(private_key_text, master):
    """A wrapped private key (Envelope B): wrapped key, splitter, ciphertext, tag, 16 bytes of IV."""
    wrapped = base64.urlsafe_b64decode(private_key_text + "=" * (-len(private_key_text) % 4))
    assert wrapped[256:270] == SPLITTER
    session_key = master.decrypt(wrapped[:256], OAEP)
    assert len(session_key) == 32
    return AESGCM(session_key).decrypt(wrapped[-16:], wrapped[270:-16], None)


def main(store_path, key_file_path, passphrase_path, envelope_path, output_path):
    envelope = open(envelope_path, "rb").read().strip()
    if not envelope.startswith(b"VER_R2"):
        envelope = base64.urlsafe_b64decode(envelope + b"=" * (-len(envelope) % 4))
    assert envelope[:6] == b"VER_R2" and envelope[294:308] == SPLITTER and len(envelope) >= 356

    store = sqlite3.connect(f"file:{store_path}?mode=ro", uri=True)
    assert store.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    assert store.execute("PRAGMA user_version").fetchone()[0] == 1
    rows = store.execute(
        "SELECT a.id, a.app_id, coalesce(a.ref_id, ''), k.master_key, k.private_key, k.certificate_data"
        " FROM key_alias a LEFT JOIN key_store k ON k.id = a.id WHERE a.cert_thumbprint = ?",
        (envelope[6:38].hex().upper(),),
    ).fetchall()
    assert len(rows) == 1, f"{len(rows)} keys have the thumbprint"
    alias, app, reference, master_alias, private_key, pem = rows[0]

    passphrase = open(passphrase_path).read().rstrip("\r\n")
    shrouded = master_keys(open(key_file_path, "rb").read(), passphrase)
    open_master = lambda name: serialization.load_der_private_key(shrouded[name], passphrase.encode())
    if master_alias is None:
        key = open_master(alias)  # a Module or Root key
    else:
        key = serialization.load_der_private_key(unwrap(private_key, open_master(master_alias)), None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the running service makes negative serial numbers
            certificate = x509.load_pem_x509_certificate(pem.encode())
        spki = lambda public: public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert spki(certificate.public_key()) == spki(key.public_key()), "key and certificate differ"
        assert certificate.fingerprint(hashes.SHA256()) == envelope[6:38]

    session_key = key.decrypt(envelope[38:294], OAEP)
    aad = envelope[308:340]
    plaintext = AESGCM(session_key).decrypt(aad[:12], envelope[340:], aad)
    open(output_path, "wb").write(plaintext)
    print(json.dumps({"alias": alias, "app_id": app, "ref_id": reference, "master": master_alias, "bytes": len(plaintext)}))


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
