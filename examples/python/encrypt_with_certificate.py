"""Encrypts a packet to a certificate, as a client that has neither a store nor a token.

    python encrypt_with_certificate.py certificate.pem packet.zip packet.enc
"""

from __future__ import annotations

import sys
from pathlib import Path

import keymanager


def main(certificate: str, packet: str, output: str) -> int:
    try:
        envelope = keymanager.encrypt(Path(certificate).read_bytes(), Path(packet).read_bytes())
    except keymanager.KeyManagerError as error:
        print(f"{error.name}: {error.detail}\n{error.next}", file=sys.stderr)
        return error.exit
    Path(output).write_bytes(envelope)
    print(f"{len(envelope)} bytes, layout {keymanager.inspect(envelope).layout}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
