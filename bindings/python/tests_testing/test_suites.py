"""What only a build with the feature `testing` has: the core's suites on hosts in Python, and a panic."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from key_store_in_sqlite import SqliteRows
from software_master import SoftwareMaster

import keymanager
from keymanager import _native
from keymanager.hosts import HostHash, HostOaep


def test_a_store_keeps_every_promise(tmp_path: Path) -> None:
    numbers = itertools.count()

    def fresh() -> SqliteRows:
        return SqliteRows(tmp_path / f"{next(numbers)}.db")

    _native.store_suite(fresh)
    assert next(numbers) > 5


@pytest.mark.parametrize("oaep", [(), (HostOaep(hash=HostHash.SHA_256, mgf_hash=HostHash.SHA_256),)])
def test_a_master_backend_keeps_every_promise(oaep: tuple[HostOaep, ...]) -> None:
    master = SoftwareMaster(*oaep)
    _native.master_suite(master)
    assert master.released == 1
    assert master.blocks and not any(map(any, master.blocks))


def test_a_store_that_breaks_a_promise_is_found(tmp_path: Path) -> None:
    class Forgetful(SqliteRows):
        def lock(self, app: str, reference: str, wait_ms: int) -> int:
            return 1

    numbers = itertools.count()
    with pytest.raises(keymanager.BugError):
        _native.store_suite(lambda: Forgetful(tmp_path / f"{next(numbers)}.db"))


def test_a_panic_is_an_error_without_its_text() -> None:
    """BND-6"""
    with pytest.raises(keymanager.BugError) as caught:
        _native.planted_panic()
    error = caught.value
    assert (error.number, error.name, error.category, error.exit) == (99, "panic", "bug", 1)
    assert "planted" not in repr(error) + str(error) + error.next
    # The next call is as good as ever.
    assert keymanager.inspect(b"").kind == "unknown"
