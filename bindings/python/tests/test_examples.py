"""What the examples and the README say, run as a new user would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import APP, EXAMPLES, REFERENCE

import keymanager
from keymanager import KeyManager

PASSPHRASE = {"KEYMANAGER_PASSPHRASE": "from a safe place"}
README = Path(__file__).parents[1] / "README.md"


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(EXAMPLES / script), *map(str, arguments)]
    return subprocess.run(command, env=os.environ | PASSPHRASE, capture_output=True, text=True, check=False)


def test_encrypt_with_certificate(manager: KeyManager, tmp_path: Path) -> None:
    certificate, packet, output = tmp_path / "certificate.pem", tmp_path / "packet.zip", tmp_path / "packet.enc"
    certificate.write_text(manager.certificate(APP, REFERENCE))
    packet.write_bytes(b"a registration packet")
    done = run("encrypt_with_certificate.py", certificate, packet, output)
    assert (done.returncode, done.stderr) == (0, "") and "layout ver_r2" in done.stdout
    assert manager.decrypt(APP, "", output.read_bytes()) == b"a registration packet"
    refused = run("encrypt_with_certificate.py", packet, packet, output)
    assert refused.returncode == 3 and refused.stderr.startswith("certificate_unparsable: ")


def test_key_hierarchy(tmp_path: Path) -> None:
    done = run("key_hierarchy.py", tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "decrypted 21 bytes twice; the doctor found 0 errors" in done.stdout
    assert len(re.findall(rf"^base +{APP} +{REFERENCE} ", done.stdout, re.MULTILINE)) == 2


def test_key_store_in_sqlite(tmp_path: Path) -> None:
    first, again = run("key_store_in_sqlite.py", tmp_path), run("key_store_in_sqlite.py", tmp_path)
    for done in (first, again):
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert first.stdout == again.stdout and re.match(r"\d+ keys in ", first.stdout)


def test_readme(manager: KeyManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One snippet after the other, with what the reader has: a certificate, a packet, a passphrase."""
    snippets = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(snippets) >= 3
    monkeypatch.chdir(tmp_path)
    known = {"certificate": manager.certificate(APP, REFERENCE), "packet": b"a packet", "passphrase": b"safe place"}
    for snippet in snippets:
        exec(compile(snippet, str(README), "exec"), known)  # noqa: S102
    assert manager.decrypt(APP, "", keymanager.encrypt(manager.certificate(APP, REFERENCE), b"x")) == b"x"


def test_first_example_of_the_project(manager: KeyManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snippets = re.findall(r"```python\n(.*?)```", (EXAMPLES.parents[1] / "README.md").read_text(), re.DOTALL)
    assert len(snippets) == 1
    monkeypatch.chdir(tmp_path)
    Path("certificate.pem").write_text(manager.certificate(APP, REFERENCE))
    Path("packet.zip").write_bytes(b"a packet")
    exec(compile(snippets[0], "README.md", "exec"), {})  # noqa: S102
    assert manager.decrypt(APP, "", Path("packet.enc").read_bytes()) == b"a packet"
