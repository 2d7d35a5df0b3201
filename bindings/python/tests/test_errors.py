"""What goes wrong is an exception of Python, without a secret, and never the end of the process."""

from __future__ import annotations

import copy
import mmap
import os
import pickle
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import APP, PASSPHRASE, REFERENCE, embedded

import keymanager
from keymanager import KeyFile, KeyManager, KeyManagerError, SqliteStore, errors

ROOT = Path(__file__).parents[3]


def test_every_category_has_its_class() -> None:
    """BND-5: the table of errors names no category that has no class."""
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (\w+) \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert len(rows) > 50
    categories = {re.sub(r"(?<=.)([A-Z])", r"_\1", category).lower() for _, _, category in rows}
    assert categories == set(errors.CATEGORIES)
    assert all(issubclass(of, KeyManagerError) for of in errors.CATEGORIES.values())
    assert len(set(errors.CATEGORIES.values())) == len(categories)


def test_an_error_is_a_row_of_the_table(manager: KeyManager) -> None:
    with pytest.raises(keymanager.NotFoundError) as caught:
        manager.policy("UNHEARD_OF")
    error = caught.value
    assert (error.number, error.name, error.category, error.exit) == (3001, "application_not_found", "not_found", 4)
    assert error.mosip_code == "KER-KMS-002" and error.next.startswith("Add a policy")
    assert str(error) == f"3001 application_not_found: {error.detail}"
    assert error.__cause__ is None
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(same) is type(error) and vars(same) == vars(error)


def test_every_failure_to_open_is_one_error(manager: KeyManager) -> None:
    envelope = bytearray(manager.encrypt(APP, REFERENCE, b"packet"))
    texts = set()
    for at in (-1, -20, len(envelope) // 2):
        damaged = bytearray(envelope)
        damaged[at] ^= 1
        with pytest.raises(keymanager.DecryptionFailedError) as caught:
            manager.decrypt(APP, "", damaged)
        texts.add(str(caught.value))
    assert len(texts) == 1


BAD: list[tuple[str, Callable[[KeyManager], Any], type[Exception]]] = [
    ("no bytes", lambda m: keymanager.encrypt(None, b"x"), TypeError),  # type: ignore[arg-type]
    ("no plaintext", lambda m: m.encrypt(APP, REFERENCE, None), TypeError),  # type: ignore[arg-type]
    ("text for bytes", lambda m: m.encrypt(APP, REFERENCE, "text"), TypeError),  # type: ignore[arg-type]
    ("a list for bytes", lambda m: m.decrypt(APP, "", [1, 2]), TypeError),  # type: ignore[arg-type]
    ("bytes for text", lambda m: m.certificate(b"REGISTRATION", REFERENCE), TypeError),  # type: ignore[arg-type]
    ("no text", lambda m: m.certificate(APP, None), TypeError),  # type: ignore[arg-type]
    ("an argument too few", lambda m: m.certificate(APP), TypeError),  # type: ignore[call-arg]
    ("an option that is not there", lambda m: m.encrypt(APP, REFERENCE, b"x", mode="fast"), TypeError),  # type: ignore[call-arg]
    ("lone surrogates", lambda m: m.certificate("\ud800", REFERENCE), UnicodeEncodeError),
    ("a NUL inside", lambda m: m.certificate("A\0B", REFERENCE), keymanager.MisuseError),
    ("no application", lambda m: m.certificate("", ""), keymanager.MisuseError),
    ("a name too long", lambda m: m.certificate("A" * 100_000, REFERENCE), keymanager.MisuseError),
    ("every other byte", lambda m: m.encrypt(APP, REFERENCE, memoryview(b"abcd")[::2]), BufferError),
    ("words of four bytes", lambda m: m.encrypt(APP, REFERENCE, memoryview(b"abcd").cast("I")), BufferError),
    ("nothing to encrypt", lambda m: m.encrypt(APP, REFERENCE, b""), keymanager.MisuseError),
    ("nothing to open", lambda m: m.decrypt(APP, "", b""), keymanager.MalformedError),
    ("no envelope", lambda m: m.decrypt(APP, "", bytes(1000)), keymanager.KeyManagerError),
    ("no certificate", lambda m: keymanager.encrypt("-----BEGIN", b"x"), keymanager.MalformedError),
    ("empty certificate", lambda m: keymanager.encrypt(b"", b"x"), keymanager.MalformedError),
    ("no such layout", lambda m: m.encrypt(APP, REFERENCE, b"x", layout="strange"), keymanager.MisuseError),
    ("salt where there is none", lambda m: m.encrypt(APP, REFERENCE, b"x", salt=b"1" * 16), keymanager.MisuseError),
    ("a salt too short", lambda m: m.encrypt(APP, REFERENCE, b"x", layout="salt", aad=b"a", salt=b"1"), keymanager.MisuseError),
    ("no such kind", lambda m: m.generate(APP, "X", kind="rot13"), keymanager.MisuseError),
    ("no such object", lambda m: m.generate_master_key(APP, "", "POEM"), keymanager.KeyManagerError),
    ("no thumbprint", lambda m: m.certificate_of("xyz"), keymanager.MisuseError),
    ("no such key", lambda m: m.key("0" * 64), keymanager.NotFoundError),
    ("minus one", lambda m: m.fill_pool(APP, -1), OverflowError),
    ("more than 32 bits", lambda m: m.fill_pool(APP, 2**32), OverflowError),
    ("more days than there are", lambda m: m.set_policy(APP, validity_days=2**20), OverflowError),
    ("progress that is none", lambda m: m.generate_all(progress=print), TypeError),  # type: ignore[arg-type]
    ("a subject that is none", lambda m: m.generate(APP, "X", subject="me"), AttributeError),  # type: ignore[arg-type]
    ("folders that are text", lambda m: m.doctor(folders="/tmp"), TypeError),
    ("no handle", lambda m: KeyManager.certificate(object(), APP, REFERENCE), TypeError),  # type: ignore[arg-type]
    ("another handle", lambda m: KeyManager.certificate(SqliteStore("x"), APP, REFERENCE), TypeError),  # type: ignore[arg-type]
    ("no constructor", lambda m: KeyManager(), TypeError),
    ("no stores", lambda m: KeyManager.open(None, None), TypeError),  # type: ignore[arg-type]
    ("in each other's place", lambda m: KeyManager.open(KeyFile("x", b"p"), SqliteStore("y")), TypeError),  # type: ignore[arg-type]
    ("a path that is none", lambda m: SqliteStore(5), TypeError),  # type: ignore[arg-type]
    ("a passphrase as text", lambda m: KeyFile("x", "secret"), TypeError),  # type: ignore[arg-type]
    ("a path not in UTF-8", lambda m: SqliteStore(os.fsdecode(b"\xff")), keymanager.MisuseError),
    ("a path with NUL", lambda m: KeyManager.open(SqliteStore("a\0b"), KeyFile("c\0d", b"p")), keymanager.KeyManagerError),
    ("no attributes", lambda m: setattr(m, "extra", 1), AttributeError),
]  # fmt: skip


@pytest.mark.parametrize(("call", "expected"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_bad_input(manager: KeyManager, call: Callable[[KeyManager], Any], expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught:
        call(manager)
    assert not isinstance(caught.value, keymanager.BugError)
    # The manager goes on.
    assert manager.decrypt(APP, "", manager.encrypt(APP, REFERENCE, b"still")) == b"still"


def test_more_bytes_than_memory(manager: KeyManager, tmp_path: Path) -> None:
    """A sparse file of a size that no machine has as memory."""
    size = 1 << 46
    with open(tmp_path / "sparse", "wb+") as file:
        try:
            file.truncate(size)
        except OSError:
            size = 1 << 43
            file.truncate(size)
        with mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ) as huge, memoryview(huge) as view:
            with pytest.raises(MemoryError):
                manager.encrypt(APP, REFERENCE, view)


def test_closed(files: Path) -> None:
    manager = embedded(files)
    assert not manager.closed
    manager.close()
    manager.close()
    assert manager.closed
    uses: list[Callable[[], Any]] = [
        lambda: manager.certificate(APP, REFERENCE),
        lambda: manager.decrypt(APP, "", b"x"),
        lambda: manager.generate_all(),
        lambda: manager.__enter__(),
    ]
    for use in uses:
        with pytest.raises(keymanager.MisuseError, match="1001 invalid_argument: the manager is closed"):
            use()


def test_a_failure_closes(files: Path) -> None:
    with pytest.raises(ZeroDivisionError), embedded(files) as manager:
        raise ZeroDivisionError
    assert manager.closed


def test_closed_while_24_threads_work(files: Path) -> None:
    """What runs comes to its end; what comes later is told that the manager is closed. Nothing else happens."""
    for _ in range(5):
        manager, start = embedded(files), threading.Barrier(25)
        outcomes: list[object] = []

        def work(manager: KeyManager, outcomes: list[object], start: threading.Barrier) -> None:
            start.wait()
            try:
                for _ in range(50):
                    assert manager.decrypt(APP, "", manager.encrypt(APP, REFERENCE, b"packet" * 99))
                outcomes.append(None)
            except BaseException as error:
                outcomes.append(error)
            finally:
                manager.close()

        threads = [threading.Thread(target=work, args=(manager, outcomes, start)) for _ in range(24)]
        for thread in threads:
            thread.start()
        start.wait()
        manager.close()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 24
        for outcome in outcomes:
            assert isinstance(outcome, keymanager.MisuseError) and "closed" in str(outcome), outcome


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_forked(files: Path) -> None:
    """BND-3, in a real child."""
    with embedded(files) as manager:
        envelope = manager.encrypt(APP, REFERENCE, b"packet")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            said = []
            for call in (
                lambda: manager.certificate(APP, REFERENCE),
                lambda: manager.decrypt(APP, "", envelope),
                lambda: manager.generate(APP, "NEW"),
            ):
                try:
                    call()
                    said.append("nothing")
                except KeyManagerError as error:
                    said.append(error.name)
            os.write(writer, " ".join(said).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            assert pipe.read() == "forked forked forked"
        assert os.waitpid(child, 0)[1] == 0
        assert manager.decrypt(APP, "", envelope) == b"packet"


def test_no_secret_in_any_text(tmp_path: Path, files: Path) -> None:
    file = KeyFile(files / "keymanager.p12", PASSPHRASE)
    for text in (repr(file), str(file), repr(vars(type(file)))):
        assert PASSPHRASE.decode() not in text
    wrong = b"a wrong passphrase 0815"
    with pytest.raises(KeyManagerError) as caught:
        KeyManager.open(SqliteStore(files / "keymanager.db"), KeyFile(files / "keymanager.p12", wrong))
    assert caught.value.number == 7008 and "0815" not in repr(caught.value) + caught.value.next
    with pytest.raises(TypeError):
        pickle.dumps(file)


def test_files_are_never_made_in_place_of_others(files: Path, tmp_path: Path) -> None:
    with pytest.raises(keymanager.KeyManagerError):
        embedded(files, create=True)
    with pytest.raises(keymanager.NotFoundError):
        embedded(tmp_path)
