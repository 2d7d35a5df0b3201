"""Keys that move: to another Module key, another store, an archive; and the reports about it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from conftest import APP, PASSPHRASE, REFERENCE, embedded
from key_store_in_sqlite import SqliteRows
from software_master import SoftwareMaster

import keymanager
from keymanager import HostProgress, KeyFile, KeyManager, PostgresStore, SqliteStore, Token

PACKET = b"a registration packet"


class Counting(HostProgress):
    steps = 0

    def advance(self, done: int, total: int | None, what: str) -> None:
        self.steps += 1


@pytest.fixture
def envelope(fresh: KeyManager) -> bytes:
    fresh.generate_all()
    return fresh.encrypt(APP, REFERENCE, PACKET)


def test_reports_can_be_checked(fresh: KeyManager, envelope: bytes, tmp_path: Path) -> None:
    report = fresh.backup(tmp_path / "backup.tar", open=True)
    keymanager.verify_report(report.signed)
    assert isinstance(json.loads(report.signed.document), dict)
    for changed in (
        dataclasses.replace(report.signed, document=report.signed.document + " "),
        dataclasses.replace(report.signed, signature=bytes(256)),
        dataclasses.replace(report.signed, certificate_pem=fresh.certificate(APP, REFERENCE)),
    ):
        with pytest.raises(keymanager.DecryptionFailedError, match="verification_failed"):
            keymanager.verify_report(changed)
    with pytest.raises(keymanager.MalformedError):
        keymanager.verify_report(dataclasses.replace(report.signed, certificate_pem="none"))
    with pytest.raises(AttributeError):
        keymanager.verify_report("report")  # type: ignore[arg-type]


def test_backup(fresh: KeyManager, envelope: bytes, tmp_path: Path) -> None:
    progress, archive = Counting(), tmp_path / "backup.tar"
    report = fresh.backup(archive, open=True, progress=progress)
    assert report.key_file and report.damaged == () and report.opened > 0 and progress.steps > 0
    assert fresh.verify_backup(str(archive), open=True).keys == report.keys
    with pytest.raises(keymanager.BackendError, match="output_exists"):
        fresh.backup(archive)
    place = tmp_path / "restored"
    place.mkdir()
    restored = fresh.restore_backup(archive, place / "keymanager.db", place / "keymanager.p12")
    assert restored.keys == report.keys
    with embedded(place) as again:
        assert again.decrypt(APP, "", envelope) == PACKET
    with open(archive, "r+b") as file:
        file.seek(2000)
        file.write(b"damage")
    with pytest.raises(keymanager.KeyManagerError):
        fresh.verify_backup(archive)
    with pytest.raises(keymanager.NotFoundError):
        fresh.verify_backup(tmp_path / "missing.tar")


def test_copies(fresh: KeyManager, envelope: bytes, tmp_path: Path) -> None:
    """From the embedded store into one that is Python, and on into an embedded one."""
    rows = SqliteRows(tmp_path / "rows.db")
    rows.prepare()
    first = fresh.copy_store(rows)
    assert first.damaged == () and {table.table: table.copied for table in first.tables}["key_alias"] > 0
    keymanager.verify_report(first.signed)
    with pytest.raises(Exception, match="closed"):
        # The store was given for the call, which has released it.
        rows.find  # noqa: B018
        rows.prepare()
    master = KeyFile(tmp_path / "keymanager.p12", PASSPHRASE)
    with KeyManager.open(SqliteRows(tmp_path / "rows.db"), master) as over_rows:
        assert over_rows.decrypt(APP, "", envelope) == PACKET
        second = over_rows.copy_store(SqliteStore(tmp_path / "copy.db"), create=True)
        assert [(table.table, table.copied) for table in second.tables] == [
            (table.table, table.copied) for table in first.tables
        ]
    with KeyManager.open(SqliteStore(tmp_path / "copy.db"), master) as copy:
        assert copy.decrypt(APP, "", envelope) == PACKET
        again = copy.copy_store(SqliteStore(tmp_path / "keymanager.db"))
        assert all(table.copied == 0 for table in again.tables)


def test_rewrap(tmp_path: Path) -> None:
    store, master = SqliteRows(tmp_path / "rows.db"), SoftwareMaster()
    with KeyManager.open(store, master) as manager:
        manager.initialise()
        manager.generate_all()
        envelope = manager.encrypt(APP, REFERENCE, PACKET)
        module = manager.rotate(APP, "").generated[0]
        report = manager.rewrap(APP)
        assert (report.module_alias, report.rewrapped, report.damaged) == (module.alias, 1, ())
        keymanager.verify_report(report.signed)
        assert manager.rewrap(APP, module=module.alias, stop_at_damaged=True).kept == 1
        assert manager.decrypt(APP, "", envelope) == PACKET
        with pytest.raises(keymanager.NotFoundError):
            manager.rewrap(APP, module="no-such-key")
        with pytest.raises(TypeError):
            manager.rewrap(APP, to=store)  # type: ignore[arg-type]
        # The other backend of a call is released with it.
        other = SoftwareMaster()
        with pytest.raises(keymanager.KeyManagerError):
            manager.rewrap(APP, to=other, module="no-such-key")
        assert other.released == 1


def test_places_that_are_not_there(tmp_path: Path) -> None:
    master = KeyFile(tmp_path / "keymanager.p12", PASSPHRASE)
    KeyManager.open(SqliteStore(tmp_path / "keymanager.db"), master, create=True).close()
    nobody = PostgresStore("postgresql://somebody@127.0.0.1:1/nothing?sslmode=disable", password=b"a secret 0815")
    with pytest.raises(keymanager.BackendError) as caught:
        KeyManager.open(nobody, master)
    assert caught.value.name == "store_unavailable"
    token = Token("pkcs11:token=none?module-path=/nowhere.so", b"a secret 0815")
    with pytest.raises(keymanager.KeyManagerError) as refused:
        KeyManager.open(SqliteStore(tmp_path / "keymanager.db"), token)
    for text in (str(caught.value), str(refused.value), repr(nobody), repr(token), str(vars(type(token)))):
        assert "0815" not in text
    with pytest.raises(keymanager.MisuseError):
        KeyManager.open(PostgresStore("mysql://x"), master)
    with pytest.raises(keymanager.MisuseError):
        KeyManager.open(SqliteStore(tmp_path / "keymanager.db"), Token("pkcs12:x", b"pin"))


def test_configuration(tmp_path: Path) -> None:
    store, master = SqliteStore(tmp_path / "keymanager.db"), KeyFile(tmp_path / "keymanager.p12", PASSPHRASE)
    text = '[certificate]\norganization = "A ministry"\n'
    with pytest.raises(keymanager.MisuseError, match="invalid_config"):
        KeyManager.open(store, master, create=True, config="[certificate\n")
    with KeyManager.open(store, master, create=True, config=text) as manager:
        manager.initialise()
        report = keymanager.inspect(manager.generate_master_key("ROOT", "", "CERTIFICATE").certificate_pem.encode())  # type: ignore[union-attr]
        assert "O=A ministry" in str(report.fields)
