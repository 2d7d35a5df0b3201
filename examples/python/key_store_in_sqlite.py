"""A key store written in Python, on the module sqlite3: the same contract serves any database that Python can reach.

    KEYMANAGER_PASSPHRASE=... python key_store_in_sqlite.py FOLDER
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import keymanager
from keymanager import HostError, HostStore, KeyFile, KeyManager
from keymanager.hosts import (
    COLUMNS,
    HostChange,
    HostChangeKind,
    HostChangeSet,
    HostPage,
    HostQuery,
    HostRow,
    HostSelect,
    HostStoreCapabilities,
    HostTable,
)

# Numbers of docs/errors.md.
INVALID_ARGUMENT, UNAVAILABLE, CONFLICT, DUPLICATE, LOCK_TIMEOUT = 1001, 7001, 7004, 7005, 7006

NAMES = {
    HostTable.KEYS: "keys",
    HostTable.POLICIES: "policies",
    HostTable.INTENTS: "intents",
    HostTable.FORMER_THUMBPRINTS: "former_thumbprints",
    HostTable.POOL_KEYS: "pool_keys",
}
# How many columns, from the first, are the id of a row.
IDS = {table: 2 if table == HostTable.FORMER_THUMBPRINTS else 1 for table in HostTable}
# The order of rows, which is the cursor too.
PLACES = {
    HostTable.KEYS: "coalesce(key_gen_dtimes, '') || char(9) || id",
    HostTable.POLICIES: "app_id",
    HostTable.INTENTS: "begun || char(9) || alias",
    HostTable.FORMER_THUMBPRINTS: "thumbprint || char(9) || alias",
    HostTable.POOL_KEYS: "alias",
}
SELECTS = {
    HostSelect.KEY_BY_ALIAS: (HostTable.KEYS, "id = :first"),
    HostSelect.KEYS_BY_THUMBPRINT: (HostTable.KEYS, "cert_thumbprint = :first"),
    HostSelect.KEYS_WITHOUT_THUMBPRINT: (HostTable.KEYS, "cert_thumbprint IS NULL"),
    HostSelect.KEYS_BY_SCOPE: (HostTable.KEYS, "app_id = :first AND ref_id = :second"),
    HostSelect.KEYS_BY_MASTER: (HostTable.KEYS, "master_key = :first"),
    HostSelect.KEYS_CHANGED_SINCE: (HostTable.KEYS, "cr_dtimes >= :first OR key_store_cr_dtimes >= :first"),
    HostSelect.ALL_KEYS: (HostTable.KEYS, "1"),
    HostSelect.POLICY: (HostTable.POLICIES, "app_id = :first"),
    HostSelect.ALL_POLICIES: (HostTable.POLICIES, "1"),
    HostSelect.ALL_INTENTS: (HostTable.INTENTS, "1"),
    HostSelect.FORMER_THUMBPRINT: (HostTable.FORMER_THUMBPRINTS, "thumbprint = :first"),
    HostSelect.FORMER_THUMBPRINTS_OF: (HostTable.FORMER_THUMBPRINTS, "alias = :first"),
    HostSelect.ALL_FORMER_THUMBPRINTS: (HostTable.FORMER_THUMBPRINTS, "1"),
    HostSelect.READY_POOL_KEYS: (HostTable.POOL_KEYS, "master_key = :first AND alias >= :second AND used IS NULL"),
    HostSelect.POOL_KEYS_OF: (HostTable.POOL_KEYS, "master_key = :first"),
    HostSelect.ALL_POOL_KEYS: (HostTable.POOL_KEYS, "1"),
}


def version(columns: tuple[str | None, ...]) -> bytes:
    """All columns: the same columns are the same version."""
    return json.dumps(columns).encode()


class SqliteRows(HostStore):
    """One connection under one lock; the locks of scopes hold in this process only, and the capabilities say so."""

    def __init__(self, path: str | Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous = FULL")
        self._mutex = threading.Lock()
        self._freed = threading.Condition()
        self._held: dict[tuple[str, str], int] = {}
        self._last_lock = 0

    def capabilities(self) -> HostStoreCapabilities:
        return HostStoreCapabilities(side_tables=True, locks_between_processes=False, durable=True)

    def prepare(self) -> None:
        with self._transaction():
            for table, columns in COLUMNS.items():
                unique = ", UNIQUE (uni_ident)" if "uni_ident" in columns else ""
                key = ", ".join(columns[: IDS[table]])
                self._connection.execute(
                    f"CREATE TABLE IF NOT EXISTS {NAMES[table]} "
                    f"({', '.join(f'{column} TEXT' for column in columns)}, PRIMARY KEY ({key}){unique})"
                )

    def find(self, query: HostQuery) -> HostPage:
        try:
            table, condition = SELECTS[query.select]
        except KeyError:
            raise HostError(1008, f"this store does not know the selection {query.select}") from None
        after = ""
        if query.cursor is not None:
            of, _, after = query.cursor.partition(":")
            if of != NAMES[table]:
                raise HostError(INVALID_ARGUMENT, "the cursor was not made by this store for this query")
        columns = ", ".join(COLUMNS[table])
        with self._mutex, closing(self._connection.cursor()) as cursor:
            # One row more than asked for tells whether there is a next page.
            found = cursor.execute(
                f"SELECT {PLACES[table]} AS place, {columns} FROM {NAMES[table]} "
                f"WHERE ({condition}) AND place > :after ORDER BY place LIMIT :limit",
                {"after": after, "limit": query.limit + 1} | dict(zip(("first", "second"), query.values)),
            ).fetchall()
        rows = [HostRow(table=table, columns=row[1:], version=version(row[1:])) for row in found[: query.limit]]
        more = len(found) > query.limit
        return HostPage(rows=rows, next=f"{NAMES[table]}:{found[query.limit - 1][0]}" if more else None)

    def apply(self, changes: HostChangeSet) -> None:
        with self._transaction():
            for scope in changes.expect_scopes:
                keys = self._connection.execute(
                    f"SELECT {', '.join(COLUMNS[HostTable.KEYS])} FROM keys WHERE app_id = ? AND ref_id = ?",
                    (scope.app, scope.reference),
                )
                if sorted(map(version, keys)) != sorted(scope.versions):
                    raise HostError(CONFLICT, "another key of the scope appeared")
            for change in changes.changes:
                self._change(change)

    def _change(self, change: HostChange) -> None:
        row, name, columns = change.row, NAMES[change.row.table], COLUMNS[change.row.table]
        ids = IDS[row.table]
        this_row = " AND ".join(f"{column} = ?" for column in columns[:ids])
        if change.kind != HostChangeKind.INSERT:
            query = f"SELECT {', '.join(columns)} FROM {name} WHERE {this_row}"
            found = self._connection.execute(query, row.columns[:ids]).fetchone()
            if found is None or version(found) != row.version:
                raise HostError(CONFLICT, "the row changed")
            self._connection.execute(f"DELETE FROM {name} WHERE {this_row}", row.columns[:ids])
        if change.kind != HostChangeKind.DELETE:
            try:
                self._connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", row.columns)
            except sqlite3.IntegrityError:
                raise HostError(DUPLICATE, "the id or the uni_ident exists") from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._mutex:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def lock(self, app: str, reference: str, wait_ms: int) -> int:
        end = time.monotonic() + min(wait_ms / 1000, threading.TIMEOUT_MAX)
        with self._freed:
            while (app, reference) in self._held:
                if not self._freed.wait(end - time.monotonic()) and end <= time.monotonic():
                    raise HostError(LOCK_TIMEOUT, "another thread holds the lock")
            self._last_lock += 1
            self._held[app, reference] = self._last_lock
            return self._last_lock

    def unlock(self, lock: int) -> None:
        with self._freed:
            self._held = {scope: held for scope, held in self._held.items() if held != lock}
            self._freed.notify_all()

    def release(self) -> None:
        self._connection.close()


def main(folder: str) -> int:
    store = SqliteRows(Path(folder) / "keys.db")
    key_file = Path(folder) / "keymanager.p12"
    master = KeyFile(key_file, os.environb[b"KEYMANAGER_PASSPHRASE"])
    # The manager releases the store when it is closed.
    with KeyManager.open(store, master, create=not key_file.exists()) as manager:
        manager.initialise()
        manager.generate_all()
        certificate = manager.certificate("REGISTRATION", "10001_110011")
        packet = b"a registration packet"
        assert manager.decrypt("REGISTRATION", "", keymanager.encrypt(certificate, packet)) == packet
        print(f"{len(manager.keys())} keys in {Path(folder) / 'keys.db'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
