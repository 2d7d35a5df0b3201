"""What every test needs: managers over embedded files and over hosts in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from keymanager import KeyFile, KeyManager, SqliteStore

EXAMPLES = Path(__file__).parents[3] / "examples/python"

APP = "REGISTRATION"
REFERENCE = "10001_110011"
PASSPHRASE = b"correct horse battery staple"


def embedded(folder: Path, *, create: bool = False) -> KeyManager:
    store, master = SqliteStore(folder / "keymanager.db"), KeyFile(folder / "keymanager.p12", PASSPHRASE)
    return KeyManager.open(store, master, create=create)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and a key file that have Root, Module and one Base key. Tests do not change them."""
    folder = tmp_path_factory.mktemp("embedded")
    with embedded(folder, create=True) as manager:
        manager.initialise()
        manager.generate_all()
        manager.certificate(APP, REFERENCE)
    return folder


@pytest.fixture(scope="session")
def manager(files: Path) -> Iterator[KeyManager]:
    with embedded(files) as manager:
        yield manager


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[KeyManager]:
    """A new manager without keys."""
    with embedded(tmp_path, create=True) as manager:
        manager.initialise()
        yield manager


type_of_input = [bytes, bytearray, memoryview]


@pytest.fixture(params=type_of_input)
def as_buffer(request: pytest.FixtureRequest) -> Callable[[bytes], bytes | bytearray | memoryview]:
    return request.param  # type: ignore[no-any-return]
