"""Packets both ways: vectors, Python without the library, the command line, the C library."""

from __future__ import annotations

import base64
import ctypes
import datetime
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import envelopes
import pytest
from conftest import APP, PASSPHRASE, REFERENCE
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from key_store_in_sqlite import SqliteRows
from software_master import Pair, SoftwareMaster

import keymanager
from keymanager import KeyManager
from keymanager.hosts import COLUMNS, HostChange, HostChangeKind, HostChangeSet, HostRow, HostTable

VECTORS = Path(__file__).parents[3] / "tests/vectors/mosip/derived"
PACKET = bytes(range(256)) * 33


class Context(TypedDict, total=False):
    aad: bytes
    salt: bytes


CONTEXT: dict[str, Context] = {
    "ver_r2": {},
    "packet": {},
    "aad": {"aad": b"REGISTRATION/10001_110011"},
    "salt": {"aad": b"REGISTRATION/10001_110011", "salt": b"sixteen salt 16b"},
}
layouts = pytest.mark.parametrize("layout", CONTEXT)


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# --- known answers -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyManager]:
    """A manager whose Module key is that of the vectors."""
    key = serialization.load_pem_private_key((VECTORS / "derived-test-rsa2048.pem").read_bytes(), None)
    certificate = x509.load_pem_x509_certificate((VECTORS / "derived-test-cert.pem").read_bytes())
    assert isinstance(key, rsa.RSAPrivateKey)
    store, master = SqliteRows(tmp_path_factory.mktemp("vectors") / "rows.db"), SoftwareMaster()
    alias = "key-of-the-vectors"
    master.keys[alias] = Pair(key, certificate.public_bytes(serialization.Encoding.DER))
    with KeyManager.open(store, master) as manager:
        manager.initialise()
        columns: dict[str, str | None] = dict.fromkeys(COLUMNS[HostTable.KEYS]) | {
            "id": alias,
            "app_id": APP,
            "ref_id": "",
            "key_gen_dtimes": "2020-01-01 00:00:00.000000",
            "key_expire_dtimes": "2120-01-01 00:00:00.000000",
            "cert_thumbprint": certificate.fingerprint(hashes.SHA256()).hex().upper(),
            "cr_by": "tests",
            "cr_dtimes": "2020-01-01 00:00:00.000000",
        }
        row = HostRow(table=HostTable.KEYS, columns=tuple(columns.values()), version=None)
        change = HostChange(kind=HostChangeKind.INSERT, row=row)
        store.apply(HostChangeSet(expect_scopes=(), changes=[change]))
        yield manager


def vectors() -> list[dict[str, str]]:
    found = json.loads((VECTORS / "derived.json").read_text())["vectors"]
    return [vector for vector in found if vector["kind"] == "cryptomanager-envelope"]


def test_there_are_as_many_vectors_as_in_rust() -> None:
    assert len(vectors()) == 7


@pytest.mark.parametrize("vector", vectors(), ids=[vector["name"] for vector in vectors()])
def test_vectors(owner: KeyManager, vector: dict[str, str]) -> None:
    envelope, aad, salt = decode(vector["envelope"]), vector.get("request_aad"), vector.get("request_salt")
    context: Context = {}
    if aad:
        context["aad"] = decode(aad)
    if salt:
        context["salt"] = decode(salt)
    if "thumbprint" in vector["name"].replace("no_thumbprint", "").replace("nothumbprint", ""):
        assert owner.decrypt(APP, "", envelope, **context) == bytes.fromhex(vector["plaintext"])
        return
    # Layouts without thumbprint are named by whoever wants them, which the facade cannot yet (ENV-26).
    with pytest.raises(keymanager.MalformedError) as caught:
        owner.decrypt(APP, "", envelope, **context)
    assert "no_thumbprint" in caught.value.detail


# --- Python without the library ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def partner() -> tuple[str, rsa.RSAPrivateKey]:
    """A certificate and a key that the library has never seen."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(9))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode(), key


@layouts
def test_the_library_writes_and_python_reads(partner: tuple[str, rsa.RSAPrivateKey], layout: str) -> None:
    certificate, key = partner
    for packet in (b"x", PACKET, bytes(3_000_000)):
        envelope = keymanager.encrypt(certificate, packet, layout=layout, **CONTEXT[layout])
        assert envelopes.opened(key, layout, envelope, **CONTEXT[layout]) == packet
        assert len(envelope) == keymanager.envelope_len(len(packet), layout=layout)


@layouts
def test_python_writes_and_the_library_reads(manager: KeyManager, layout: str) -> None:
    certificate = manager.certificate(APP, REFERENCE)
    for packet in (b"x", PACKET, bytes(3_000_000)):
        envelope = envelopes.seal(certificate, layout, packet, **CONTEXT[layout])
        assert manager.decrypt(APP, "", envelope, **CONTEXT[layout]) == packet
        wrong = bytearray(envelope)
        wrong[310 if layout == "ver_r2" else -1] ^= 1
        with pytest.raises(keymanager.DecryptionFailedError):
            manager.decrypt(APP, "", wrong, **CONTEXT[layout])


# --- the command line ----------------------------------------------------------------------------------------------


def command_line(files: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    passphrase = files / "passphrase"
    passphrase.write_bytes(PASSPHRASE)
    passphrase.chmod(0o600)
    place = ["--store", f"sqlite:{files / 'keymanager.db'}", "--master", f"file:{files / 'keymanager.p12'}"]
    command = [os.environ["KEYMANAGER_TEST_CLI"], *place, "--passphrase-file", str(passphrase), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_line_reads_and_writes(files: Path, manager: KeyManager, tmp_path: Path) -> None:
    plain, sealed, opened = (str(tmp_path / name) for name in ("plain", "sealed", "opened"))
    Path(sealed).write_bytes(manager.encrypt(APP, REFERENCE, PACKET))
    done = command_line(files, "decrypt", "--app", APP, sealed, "-o", opened)
    assert done.returncode == 0, done.stderr
    assert Path(opened).read_bytes() == PACKET
    Path(plain).write_bytes(PACKET)
    done = command_line(files, "encrypt", "--app", APP, "--ref", REFERENCE, plain, "-o", sealed, "--force-overwrite")
    assert done.returncode == 0, done.stderr
    assert manager.decrypt(APP, "", Path(sealed).read_bytes()) == PACKET


def test_the_command_line_says_the_same(files: Path, manager: KeyManager, tmp_path: Path) -> None:
    """The same document of keys and of an envelope, and the same error with its exit status."""
    envelope = manager.encrypt(APP, REFERENCE, PACKET)
    (tmp_path / "sealed").write_bytes(envelope)
    done = command_line(files, "--json", "inspect", str(tmp_path / "sealed"))
    said, report = json.loads(done.stdout), keymanager.inspect(envelope)
    assert [field["name"] for field in said["fields"]] == [field.name for field in report.fields]
    assert said["thumbprint"] == report.thumbprint
    (tmp_path / "damaged").write_bytes(envelope[:-1] + bytes([envelope[-1] ^ 1]))
    done = command_line(files, "--json", "decrypt", "--app", APP, str(tmp_path / "damaged"), "-o", str(tmp_path / "no"))
    with pytest.raises(keymanager.DecryptionFailedError) as caught:
        manager.decrypt(APP, "", (tmp_path / "damaged").read_bytes())
    assert done.returncode == caught.value.exit and caught.value.name in done.stdout + done.stderr


# --- the C library -------------------------------------------------------------------------------------------------


class CManagerOptions(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("store_path", ctypes.c_char_p),
        ("store", ctypes.c_void_p),
        ("key_file_path", ctypes.c_char_p),
        ("passphrase", ctypes.c_char_p),
        ("passphrase_len", ctypes.c_size_t),
        ("master", ctypes.c_void_p),
        ("caller", ctypes.c_char_p),
        ("flags", ctypes.c_uint64),
    ]


class CLibrary:
    def __init__(self) -> None:
        self.lib = ctypes.CDLL(os.environ["KEYMANAGER_TEST_C"])
        self.lib.km_buffer_data.restype = ctypes.POINTER(ctypes.c_uint8)
        self.lib.km_buffer_len.restype = ctypes.c_size_t
        assert self.lib.km_init(self.lib.km_abi_version(), None) == 0

    def open(self, files: Path) -> ctypes.c_void_p:
        options = CManagerOptions(
            size=ctypes.sizeof(CManagerOptions),
            store_path=bytes(files / "keymanager.db"),
            key_file_path=bytes(files / "keymanager.p12"),
            passphrase=PASSPHRASE,
            passphrase_len=len(PASSPHRASE),
        )
        manager = ctypes.c_void_p()
        assert self.lib.km_manager_open(ctypes.byref(options), ctypes.byref(manager), None) == 0
        return manager

    def taken(self, buffer: ctypes.c_void_p) -> bytes:
        data = ctypes.string_at(self.lib.km_buffer_data(buffer), self.lib.km_buffer_len(buffer))
        self.lib.km_buffer_free(buffer)
        return data

    def encrypt(self, certificate: bytes, packet: bytes) -> bytes:
        out = ctypes.c_void_p()
        size = ctypes.c_size_t
        arguments = (certificate, size(len(certificate)), None, packet, size(len(packet)), ctypes.byref(out), None)
        assert self.lib.km_encrypt(*arguments) == 0
        return self.taken(out)

    def decrypt(self, manager: ctypes.c_void_p, envelope: bytes) -> tuple[int, bytes]:
        out = ctypes.c_void_p()
        size = ctypes.c_size_t(len(envelope))
        arguments = (manager, APP.encode(), b"", None, envelope, size, ctypes.byref(out), None)
        status = self.lib.km_manager_decrypt(*arguments)
        return status, self.taken(out) if status == 0 else b""


def test_c_reads_and_writes(files: Path, manager: KeyManager) -> None:
    library = CLibrary()
    opened = library.open(files)
    try:
        envelope = manager.encrypt(APP, REFERENCE, PACKET)
        assert library.decrypt(opened, envelope) == (0, PACKET)
        written = library.encrypt(manager.certificate(APP, REFERENCE).encode(), PACKET)
        assert manager.decrypt(APP, "", written) == PACKET
        damaged = envelope[:-1] + bytes([envelope[-1] ^ 1])
        with pytest.raises(keymanager.DecryptionFailedError) as caught:
            manager.decrypt(APP, "", damaged)
        assert library.decrypt(opened, damaged) == (caught.value.number, b"")
    finally:
        library.lib.km_manager_free(opened)
