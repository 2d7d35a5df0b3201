"""Every operation over embedded files."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import APP, PASSPHRASE, REFERENCE, embedded

import keymanager
from keymanager import HostProgress, KeyFile, KeyManager, SqliteStore, Subject

PACKET = bytes(range(256)) * 9


def test_three_calls(files: Path, as_buffer: Callable[[bytes], bytes]) -> None:
    with embedded(files) as manager:
        certificate = manager.certificate(APP, REFERENCE)
        envelope = keymanager.encrypt(certificate, as_buffer(PACKET))
        assert type(envelope) is bytes and PACKET not in envelope
        assert manager.decrypt(APP, "", as_buffer(envelope)) == PACKET
        assert manager.decrypt(APP, REFERENCE, as_buffer(envelope), layout="ver_r2") == PACKET
        assert manager.decrypt(APP, "", manager.encrypt(APP, REFERENCE, as_buffer(PACKET))) == PACKET
        # PEM is text or bytes.
        keymanager.encrypt(as_buffer(certificate.encode()), PACKET)


@pytest.mark.parametrize(
    ("layout", "context"),
    [("packet", {}), ("aad", {"aad": b"REGISTRATION/1"}), ("salt", {"aad": b"REGISTRATION/1", "salt": b"sixteen salt 16b"})],
)
def test_layouts(manager: KeyManager, layout: str, context: dict[str, bytes]) -> None:
    certificate = manager.certificate(APP, REFERENCE)
    for envelope in (
        keymanager.encrypt(certificate, PACKET, layout=layout, **context),
        manager.encrypt(APP, REFERENCE, PACKET, layout=layout, **context),
    ):
        assert manager.decrypt(APP, "", envelope, layout=layout, **context) == PACKET
    wrong = {name: value[::-1] for name, value in context.items()}
    if wrong:
        with pytest.raises(keymanager.DecryptionFailedError):
            manager.decrypt(APP, "", envelope, layout=layout, **wrong)


def test_parts_of_buffers(manager: KeyManager) -> None:
    """A view of a part is that part, whoever owns it."""
    envelope = keymanager.encrypt(manager.certificate(APP, REFERENCE), memoryview(b"head" + PACKET + b"tail")[4:-4])
    for whole in (b"xx" + envelope + b"y", bytearray(b"xx" + envelope + b"y")):
        assert manager.decrypt(APP, "", memoryview(whole)[2:-1]) == PACKET
    assert manager.decrypt(APP, "", memoryview(bytearray(envelope)).toreadonly()) == PACKET


def test_large(manager: KeyManager) -> None:
    packet = bytes(2 * 1024 * 1024)
    assert manager.decrypt(APP, "", manager.encrypt(APP, REFERENCE, packet)) == packet


def test_keys_and_policies(fresh: KeyManager) -> None:
    made = fresh.generate_all()
    assert {key.level for key in made.generated} >= {"root", "module"} and made.existing == ()
    assert fresh.generate_all().generated == ()
    base = fresh.generate(APP, REFERENCE, subject=Subject(common_name="A centre")).generated[0]
    assert (base.app_id, base.ref_id, base.level, base.state) == (APP, REFERENCE, "base", "current")
    # Days are rounded down, and a moment has passed.
    base = fresh.key(base.alias)
    assert base.thumbprint is not None and fresh.key(base.thumbprint) == base
    assert fresh.certificate_of(base.thumbprint) == fresh.certificate(APP, REFERENCE)
    assert fresh.certificate_of("0" * 64) is None
    assert fresh.keys(APP, REFERENCE) == (base,)
    assert fresh.chain(APP, REFERENCE).count("BEGIN CERTIFICATE") == 3
    assert fresh.chain_pkcs7(APP, REFERENCE).startswith("-----BEGIN PKCS7-----")

    envelope = fresh.encrypt(APP, REFERENCE, PACKET)
    rotated = fresh.rotate(APP, REFERENCE).generated[0]
    assert rotated.alias != base.alias
    assert fresh.decrypt(APP, "", envelope) == PACKET
    assert fresh.revoke(APP, REFERENCE).state == "revoked"
    assert [key.alias for key in fresh.keys(APP, REFERENCE, all=True)] == [base.alias, rotated.alias]
    assert len(fresh.all_certificates(APP, REFERENCE)) == 2

    request = fresh.generate_csr(APP, "10002_1", Subject(organization="Somebody"))
    assert request.csr_pem.startswith("-----BEGIN CERTIFICATE REQUEST-----") and request.key.ref_id == "10002_1"
    object_ = fresh.generate_master_key("ROOT", "", "certificate")
    assert not object_.generated and object_.csr_pem is None and object_.certificate_pem is not None
    signing = fresh.generate_ec_sign_key(APP, "ED25519_SIGN", "CSR")
    assert signing.generated and signing.certificate_pem is None and signing.csr_pem is not None
    assert fresh.generate(APP, "CACHE", kind="aes").generated[0].algorithm == "AES-256"

    certificate = fresh.certificate(APP, "10002_1")
    assert fresh.upload_certificate(APP, "10002_1", certificate).ref_id == "10002_1"
    other = fresh.upload_other_domain("PARTNER", "print", certificate)
    assert (other.level, other.location) == ("other_domain", "external")

    assert fresh.policy(APP) in fresh.policies()
    policy = fresh.set_policy(APP, validity_days=400, pre_expire_days=30, active=True, access_allowed="NA")
    assert (policy.validity_days, policy.pre_expire_days) == (400, 30) and fresh.policy(APP) == policy


class Steps(HostProgress):
    def __init__(self) -> None:
        self.seen: list[tuple[int, int | None, str]] = []

    def advance(self, done: int, total: int | None, what: str) -> None:
        self.seen.append((done, total, what))


def test_pool_progress_and_doctor(fresh: KeyManager, tmp_path: Path) -> None:
    steps = Steps()
    fresh.generate_all(progress=steps)
    assert steps.seen and steps.seen[-1][0] == steps.seen[-1][1]
    pool = fresh.fill_pool(APP, 1, progress=steps)
    assert (pool.ready, pool.used, pool.current) == (1, 0, True) and pool in fresh.pool()
    fresh.generate(APP, REFERENCE)
    assert [pool.used for pool in fresh.pool() if pool.app_id == APP] == [1]
    fresh.recover()
    report = fresh.doctor(folders=[str(tmp_path)])
    assert report.checked.records > 0 and not [found for found in report.findings if found.severity == "error"]
    assert fresh.repair(remove=(), folders=(str(tmp_path),), progress=steps).checked == report.checked


def test_cancelled(fresh: KeyManager) -> None:
    class Never(HostProgress):
        def cancelled(self) -> bool:
            return True

    with pytest.raises(keymanager.MisuseError) as caught:
        fresh.generate_all(progress=Never())
    assert caught.value.name == "cancelled"


def test_inspect(manager: KeyManager) -> None:
    certificate = manager.certificate(APP, REFERENCE)
    report = keymanager.inspect(keymanager.encrypt(certificate, PACKET), certificate)
    assert (report.kind, report.layout) == ("envelope", "ver_r2")
    assert report.certificate is not None and report.certificate.matches is True
    assert report.fields[0].offset == 0 and {"tag", "nonce"} <= {field.name for field in report.fields}
    assert keymanager.inspect(certificate.encode()).kind == "certificate"
    assert keymanager.inspect(b"").kind == "unknown"


def test_records_are_values(manager: KeyManager) -> None:
    key = manager.keys(APP, REFERENCE)[0]
    assert key == manager.keys(APP, REFERENCE)[0] and hash(key) == hash(manager.keys(APP, REFERENCE)[0])
    assert dataclasses.asdict(key)["app_id"] == APP and "alias=" in repr(key)
    with pytest.raises(dataclasses.FrozenInstanceError):
        key.alias = "another"  # type: ignore[misc]


def test_a_second_manager_over_the_same_files(files: Path, manager: KeyManager) -> None:
    envelope = manager.encrypt(APP, REFERENCE, PACKET)
    store, master = SqliteStore(str(files / "keymanager.db")), KeyFile(str(files / "keymanager.p12"), bytearray(PASSPHRASE))
    with KeyManager.open(store, master, caller="somebody") as second:
        assert second.decrypt(APP, "", envelope) == PACKET


def test_24_threads_on_one_manager(manager: KeyManager) -> None:
    certificate, failures = manager.certificate(APP, REFERENCE), []
    start = threading.Barrier(24)

    def work(number: int) -> None:
        try:
            start.wait()
            for round_ in range(5):
                packet = bytes([number, round_]) * 5000
                assert manager.decrypt(APP, "", keymanager.encrypt(certificate, packet)) == packet
                assert manager.decrypt(APP, "", manager.encrypt(APP, REFERENCE, bytearray(packet))) == packet
                assert manager.certificate(APP, REFERENCE) == certificate
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
