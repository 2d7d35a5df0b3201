"""Stores and master backends written in Python, and what their callbacks do wrong."""

from __future__ import annotations

import gc
import os
import re
import sqlite3
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import APP, REFERENCE
from key_store_in_sqlite import SqliteRows
from software_master import SoftwareMaster

import keymanager
from keymanager import HostError, HostMaster, HostProgress, HostStore, KeyFile, KeyManager, SqliteStore, hosts
from keymanager.hosts import HostChangeSet, HostHash, HostOaep, HostPage, HostQuery

PACKET = b"a registration packet" * 50
SHA_256 = HostOaep(hash=HostHash.SHA_256, mgf_hash=HostHash.SHA_256)


class Store(SqliteRows):
    """The store of the example, which does something else when it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.before_find: Callable[[], Any] = lambda: None
        self.released = 0
        self.threads: set[int] = set()

    def find(self, query: HostQuery) -> HostPage:
        self.threads.add(threading.get_ident())
        instead = self.before_find()
        return super().find(query) if instead is None else instead

    def release(self) -> None:
        self.released += 1
        super().release()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "rows.db")


@pytest.mark.parametrize("oaep", [(), (SHA_256,)], ids=["raw", "oaep"])
def test_whole_life(store: Store, tmp_path: Path, oaep: tuple[HostOaep, ...]) -> None:
    master = SoftwareMaster(*oaep)
    with KeyManager.open(store, master) as manager:
        manager.initialise()
        manager.generate_all()
        certificate = manager.certificate(APP, REFERENCE)
        envelope = keymanager.encrypt(certificate, PACKET)
        assert manager.decrypt(APP, "", envelope) == PACKET
        manager.rotate(APP, REFERENCE)
        assert manager.decrypt(APP, "", envelope) == PACKET
        assert manager.revoke(APP, REFERENCE).state == "revoked"
        assert manager.generate(APP, "CACHE", kind="aes").generated[0].algorithm == "AES-256"
        assert manager.upload_other_domain("PARTNER", "print", certificate).level == "other_domain"
        report = manager.doctor(folders=[str(tmp_path)])
        assert not [found for found in report.findings if found.severity == "error"], report
        assert report.checked.tokens == len(master.keys)
        envelope = manager.encrypt(APP, REFERENCE, PACKET)
        damaged = envelope[:-1] + bytes([envelope[-1] ^ 1])
        with pytest.raises(keymanager.DecryptionFailedError):
            manager.decrypt(APP, "", damaged)
    assert (store.released, master.released) == (1, 1)
    # Another process would find the same: nothing is kept beside the rows and the backend.
    master.released = 0
    with KeyManager.open(Store(tmp_path / "rows.db"), master) as second:
        assert second.decrypt(APP, "", envelope) == PACKET
    assert master.released == 1


def test_pages(store: Store) -> None:
    """More keys than a page of the backend, more rows than one limit."""
    with KeyManager.open(store, SoftwareMaster()) as manager:
        manager.initialise()
        manager.generate_all()
        names = [f"1000{number}" for number in range(4)]
        for name in names:
            manager.generate(APP, name)
        assert [key.ref_id for key in manager.keys(APP) if key.level == "base"] == names
        page = store.find(HostQuery(select=hosts.HostSelect.ALL_KEYS, values=(), limit=3, cursor=None))
        assert len(page.rows) == 3 and page.next is not None
        rest = store.find(HostQuery(select=hosts.HostSelect.ALL_KEYS, values=(), limit=1000, cursor=page.next))
        assert rest.next is None and not set(page.rows) & set(rest.rows)


@pytest.fixture
def working(store: Store) -> Iterator[tuple[Store, SoftwareMaster, KeyManager]]:
    master = SoftwareMaster()
    with KeyManager.open(store, master) as manager:
        manager.initialise()
        manager.generate("ROOT")
        yield store, master, manager


SECRET = "a password in the connection string"


def fails(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def test_an_exception_is_the_cause(working: tuple[Store, SoftwareMaster, KeyManager]) -> None:
    """BND-53"""
    store, _, manager = working
    for raised in (sqlite3.OperationalError(SECRET), ZeroDivisionError(SECRET), KeyboardInterrupt(SECRET), SystemExit(3)):
        store.before_find = fails(raised)
        with pytest.raises(keymanager.BackendError) as caught:
            manager.keys()
        assert caught.value.name == "store_unavailable" and caught.value.__cause__ is raised
        assert type(raised).__name__ in caught.value.detail and SECRET not in str(caught.value)
    store.before_find = lambda: None
    assert manager.keys()[0].level == "root"
    with pytest.raises(keymanager.KeyManagerError) as later:
        manager.key("0" * 64)
    assert later.value.__cause__ is None


@pytest.mark.parametrize(
    ("raised", "number", "text"),
    [
        (HostError(7004, "no quorum"), 7004, "no quorum"),
        (HostError(7002), 7002, "the host gave no text"),
        (HostError(42, "no quorum"), 7001, "the host answered 42: no quorum"),
        (HostError(99, "no quorum"), 7001, "the host answered 99: no quorum"),
        (HostError(9001, "no quorum"), 7001, "the host answered 9001: no quorum"),
        (HostError(-1, "no quorum"), 7001, "HostError"),
        (HostError("many", 5), 7001, "HostError"),  # type: ignore[arg-type]
    ],
)
def test_numbers_of_a_host(
    working: tuple[Store, SoftwareMaster, KeyManager], raised: HostError, number: int, text: str
) -> None:
    """BND-21"""
    store, _, manager = working
    store.before_find = fails(raised)
    with pytest.raises(keymanager.KeyManagerError) as caught:
        manager.keys()
    assert caught.value.number == number and text in caught.value.detail


@pytest.mark.parametrize(
    "answer",
    [
        5,
        "page",
        [],
        HostPage(rows=[5]),  # type: ignore[list-item]
        HostPage(rows=[hosts.HostRow(table=99, columns=[], version=b"")]),  # type: ignore[arg-type]
        HostPage(rows=[hosts.HostRow(table=hosts.HostTable.KEYS, columns="text", version=b"1")]),
        HostPage(rows=[hosts.HostRow(table=hosts.HostTable.KEYS, columns=[b"id"] * 14, version=b"1")]),  # type: ignore[list-item]
        HostPage(rows=[hosts.HostRow(table=hosts.HostTable.KEYS, columns=["\ud800"] * 14, version=b"1")]),
        HostPage(rows=[hosts.HostRow(table=hosts.HostTable.KEYS, columns=["id"], version=b"1")]),
        HostPage(rows=[hosts.HostRow(table=hosts.HostTable.KEYS, columns=["id"] * 14, version=None)]),
        HostPage(next=5),  # type: ignore[arg-type]
    ],
)
def test_answers_that_cannot_be_read(working: tuple[Store, SoftwareMaster, KeyManager], answer: object) -> None:
    """BND-22"""
    store, _, manager = working
    store.before_find = lambda: answer
    with pytest.raises(keymanager.BackendError) as caught:
        manager.keys()
    assert caught.value.name in ("store_unavailable", "record_damaged")
    store.before_find = lambda: None
    assert manager.keys()


def test_a_host_that_calls_the_library(working: tuple[Store, SoftwareMaster, KeyManager]) -> None:
    """BND-53: refused, on the same manager, on another one, and without one."""
    store, _, manager = working
    seen: list[BaseException] = []

    def call_back(call: Callable[[], Any]) -> None:
        try:
            call()
        except keymanager.KeyManagerError as error:
            seen.append(error)

    def call_all() -> None:
        for call in (manager.keys, lambda: keymanager.inspect(b""), manager.initialise):
            call_back(call)

    store.before_find = call_all
    manager.keys()
    assert len(seen) >= 3 and len(seen) % 3 == 0 and all("from inside" in str(error) for error in seen)
    # Closing is no call: what runs comes to its end.
    store.before_find = manager.close
    assert manager.keys()
    assert manager.closed and store.released == 1


def test_a_call_from_another_thread_of_the_host(working: tuple[Store, SoftwareMaster, KeyManager]) -> None:
    """A host that asks the library on another thread, and waits for it, gets its answer: no mutex is held."""
    store, _, manager = working
    answers: list[object] = []
    inner: list[threading.Thread] = []

    def ask() -> None:
        if not inner:
            inner.append(threading.Thread(target=lambda: answers.append(keymanager.inspect(b"").kind)))
            inner[0].start()
            inner[0].join()

    store.before_find = ask
    assert manager.keys() and answers == ["unknown"]


def test_callbacks_come_from_the_threads_of_the_calls(working: tuple[Store, SoftwareMaster, KeyManager]) -> None:
    store, _, manager = working
    threads = [threading.Thread(target=manager.keys) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.threads - {threading.get_ident()}


def test_a_callback_that_blocks_lets_others_run(working: tuple[Store, SoftwareMaster, KeyManager]) -> None:
    store, _, manager = working
    entered, go_on = threading.Event(), threading.Event()
    blocked = threading.Thread(target=manager.keys)

    def block() -> None:
        if threading.current_thread() is blocked:
            entered.set()
            go_on.wait()

    store.before_find = block
    blocked.start()
    entered.wait()
    assert manager.keys()
    go_on.set()
    blocked.join()


def test_progress_that_raises(working: tuple[Store, SoftwareMaster, KeyManager]) -> None:
    """BND-56"""
    _, _, manager = working

    class Broken(HostProgress):
        def advance(self, done: int, total: int | None, what: str) -> None:
            raise ValueError(SECRET)

    with pytest.raises(keymanager.MisuseError, match="cancelled") as caught:
        manager.generate_all(progress=Broken())
    assert isinstance(caught.value.__cause__, ValueError) and SECRET not in str(caught.value)


class Counted(SoftwareMaster):
    def capabilities(self) -> Any:
        raise RuntimeError("no capabilities")


def test_released_once_when_opening_fails(store: Store, tmp_path: Path) -> None:
    """BND-54"""
    master = SoftwareMaster()
    with pytest.raises(keymanager.NotFoundError):
        KeyManager.open(store, KeyFile(tmp_path / "missing", b"passphrase"))
    assert store.released == 1
    with pytest.raises(keymanager.NotFoundError):
        KeyManager.open(SqliteStore(tmp_path / "missing"), master)
    assert master.released == 1
    with pytest.raises(TypeError):
        KeyManager.open(None, master)  # type: ignore[arg-type]
    assert master.released == 2
    broken = Counted()
    again = Store(tmp_path / "again.db")
    with pytest.raises(RuntimeError, match="no capabilities"):
        KeyManager.open(again, broken)
    assert (again.released, broken.released) == (1, 1)


def test_released_once_however_a_manager_ends(tmp_path: Path) -> None:
    def opened(name: str) -> tuple[Store, KeyManager]:
        store = Store(tmp_path / name)
        return store, KeyManager.open(store, SoftwareMaster())

    store, manager = opened("closed")
    manager.close()
    manager.close()
    del manager
    gc.collect()
    assert store.released == 1
    store, manager = opened("dropped")
    del manager
    assert store.released == 1
    # A host that knows its manager is a cycle; it is released while it is whole, and once.
    released: list[str] = []

    class Knowing(SoftwareMaster):
        manager: KeyManager | None = None

        def release(self) -> None:
            released.append(repr(sorted(self.keys)))

    master = Knowing()
    KeyManager.open(SqliteStore(tmp_path / "cycle"), KeyFile(tmp_path / "cycle.p12", b"p"), create=True).close()
    manager = KeyManager.open(SqliteStore(tmp_path / "cycle"), master)
    master.manager = manager
    gone = weakref.ref(master)
    del manager, master
    gc.collect()
    assert gone() is None and released == ["[]"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_child_neither_calls_nor_releases(working: tuple[Store, SoftwareMaster, KeyManager]) -> None:
    """BND-3, BND-54"""
    store, _, manager = working
    asked: list[int] = []
    store.before_find = lambda: asked.append(1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            manager.keys()
        except keymanager.MisuseError as error:
            manager.close()
            os.write(writer, f"{error.name} {len(asked)} {store.released}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == "forked 0 0"
    assert os.waitpid(child, 0)[1] == 0


def test_a_release_that_raises_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(SoftwareMaster):
        def release(self) -> None:
            raise ValueError("not today")

    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: told.append(what.exc_value))
    KeyManager.open(Store(tmp_path / "rows.db"), Broken()).close()
    assert [str(error) for error in told] == ["not today"]


def test_blocks_are_wiped(working: tuple[Store, SoftwareMaster, KeyManager]) -> None:
    """BND-55"""
    _, master, _ = working
    assert all(not any(blocks) for blocks in master.blocks)


def test_unfinished_hosts_are_refused() -> None:
    class Half(HostStore):
        def prepare(self) -> None: ...

    with pytest.raises(TypeError, match="abstract"):
        Half()  # type: ignore[abstract]
    assert issubclass(SoftwareMaster, HostMaster) and not issubclass(SoftwareMaster, HostStore)


ROOT = Path(__file__).parents[3]


def test_numbers_and_columns_are_those_of_the_facade() -> None:
    """BND-24, BND-26"""
    sources = [(ROOT / "bindings/facade/src/host" / name).read_text() for name in ("row.rs", "store.rs", "master.rs")]
    text = "\n".join(sources)
    declared = dict(re.findall(r"^    (Host\w+) \{\n((?:        .*\n|\n)*?)    \}", text, re.MULTILINE))
    names = ["Change Kind", "Direction", "HashX", "Key Kind", "Select", "Signature", "Table"]
    assert set(declared) == {f"Host{name.replace(' ', '').removesuffix('X')}" for name in names}
    for name, body in declared.items():
        numbers = {int(number) for number in re.findall(r"^        \w+ = (\d+),", body, re.MULTILINE)}
        members = {re.sub(r"[\d_]", "", word).upper(): int(number) for word, number in re.findall(r"(\w+) = (\d+),", body)}
        found = {re.sub(r"[\d_]", "", member.name): member.value for member in getattr(hosts, name)}
        assert numbers and len(numbers) == len(getattr(hosts, name)), name
        if len(members) == len(numbers):
            assert found == members, name
    for table, constant in zip(hosts.HostTable, ("KEYS", "POLICIES", "INTENTS", "FORMER_THUMBPRINTS", "POOL_KEYS")):
        listed = re.search(rf"COLUMNS_OF_{constant}: [^=]*=\s*\[(.*?)\];", text, re.DOTALL)
        assert listed is not None and tuple(re.findall(r'"(\w+)"', listed[1])) == hosts.COLUMNS[table]
