"""Runs a key hierarchy over an embedded store and key file, and decrypts what a client encrypted.

    KEYMANAGER_PASSPHRASE=... python key_hierarchy.py FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import keymanager
from keymanager import HostProgress, KeyFile, KeyManager, SqliteStore

APP, REFERENCE = "REGISTRATION", "10001_110011"


class Steps(HostProgress):
    def advance(self, done: int, total: int | None, what: str) -> None:
        print(f"  {done} of {total} {what}")


def main(folder: str) -> int:
    store = SqliteStore(Path(folder) / "keymanager.db")
    master = KeyFile(Path(folder) / "keymanager.p12", os.environb[b"KEYMANAGER_PASSPHRASE"])
    with KeyManager.open(store, master, create=True) as manager:
        manager.initialise()
        manager.generate_all(progress=Steps())

        # A client gets the certificate, and knows nothing else.
        certificate = manager.certificate(APP, REFERENCE)
        packet = b"a registration packet"
        before = keymanager.encrypt(certificate, packet)

        # The key is replaced; what it encrypted still opens.
        manager.rotate(APP, REFERENCE)
        after = keymanager.encrypt(manager.certificate(APP, REFERENCE), packet)
        for envelope in (before, after):
            assert manager.decrypt(APP, "", envelope) == packet

        for key in manager.keys(all=True):
            print(f"{key.level:<7} {key.app_id:<20} {key.ref_id or '-':<14} {key.state:<10} until {key.not_after}")
        errors = [finding for finding in manager.doctor(folders=[folder]).findings if finding.severity == "error"]
        print(f"decrypted {len(packet)} bytes twice; the doctor found {len(errors)} errors")
        return len(errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
