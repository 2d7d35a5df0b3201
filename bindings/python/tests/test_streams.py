"""Envelopes in pieces, from file to file, and into the caller's buffer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import APP, REFERENCE

import keymanager
from keymanager import HostProgress, KeyManager, Transferred

PACKET = bytes(range(251)) * 1000


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1_000, 65_536, len(PACKET)])
def test_pieces(manager: KeyManager, tmp_path: Path, size: int) -> None:
    certificate = manager.certificate(APP, REFERENCE)
    streams = (keymanager.encrypt_stream(certificate), manager.encrypt_stream(APP, REFERENCE, layout="packet"))
    for number, encryption in enumerate(streams):
        with encryption:
            envelope = b"".join(encryption.update(bytearray(piece)) for piece in pieces(PACKET, size)) + encryption.finish()
            with pytest.raises(keymanager.MisuseError, match="stream_state"):
                encryption.finish()
        assert manager.decrypt(APP, "", envelope) == PACKET
        output = tmp_path / f"packet-{number}"
        with manager.decrypt_stream(APP, "", output) as decryption:
            for piece in pieces(envelope, size):
                decryption.update(piece)
                assert not output.exists()
            assert decryption.finish() == Transferred(bytes_in=len(envelope), bytes_out=len(PACKET))
        assert output.read_bytes() == PACKET


def test_nothing_is_left_of_a_stream_that_fails(manager: KeyManager, tmp_path: Path) -> None:
    envelope = bytearray(manager.encrypt(APP, REFERENCE, PACKET))
    envelope[-1] ^= 1
    decryption = manager.decrypt_stream(APP, "", tmp_path / "packet")
    decryption.update(envelope)
    with pytest.raises(keymanager.DecryptionFailedError):
        decryption.finish()
    with pytest.raises(keymanager.MisuseError, match="stream_state"):
        decryption.update(b"more")
    with manager.decrypt_stream(APP, "", tmp_path / "packet") as decryption:
        decryption.update(envelope)
    assert list(tmp_path.iterdir()) == []
    for stream in (decryption, keymanager.encrypt_stream(manager.certificate(APP, REFERENCE))):
        stream.close()
        stream.close()
        with pytest.raises(keymanager.MisuseError, match="the stream is closed"):
            stream.update(b"late")
    with pytest.raises(keymanager.MisuseError, match="empty_plaintext"):
        manager.encrypt_stream(APP, REFERENCE).finish()
    with pytest.raises(TypeError):
        keymanager.EncryptStream()  # type: ignore[call-arg, unused-ignore]


class Halfway(HostProgress):
    def __init__(self) -> None:
        self.last: tuple[int, int | None, str] | None = None

    def advance(self, done: int, total: int | None, what: str) -> None:
        self.last = (done, total, what)


def test_files(manager: KeyManager, tmp_path: Path) -> None:
    plain, sealed, opened = tmp_path / "plain", tmp_path / "sealed", tmp_path / "opened"
    plain.write_bytes(PACKET)
    progress = Halfway()
    certificate = manager.certificate(APP, REFERENCE)
    done = keymanager.encrypt_file(certificate, plain, sealed, progress=progress)
    assert done.bytes_in == len(PACKET) and done.bytes_out == sealed.stat().st_size
    assert progress.last is not None and progress.last[:2] == (len(PACKET), len(PACKET))
    with pytest.raises(keymanager.BackendError, match="output_exists"):
        manager.encrypt_file(APP, REFERENCE, str(plain), str(sealed))
    manager.encrypt_file(APP, REFERENCE, plain, sealed, overwrite=True)
    assert manager.decrypt_file(APP, "", sealed, opened).bytes_out == len(PACKET)
    assert opened.read_bytes() == PACKET
    with pytest.raises(keymanager.NotFoundError, match="file_not_found"):
        manager.decrypt_file(APP, "", tmp_path / "missing", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_into_a_buffer(manager: KeyManager) -> None:
    certificate = manager.certificate(APP, REFERENCE)
    for layout in ("ver_r2", "packet"):
        size = keymanager.envelope_len(len(PACKET), layout=layout)
        envelope = bytearray(size + 5)
        assert keymanager.encrypt_into(certificate, PACKET, envelope, layout=layout) == size
        assert envelope[size:] == bytes(5)
        opened = bytearray(size)
        with memoryview(envelope) as view:
            assert manager.decrypt_into(APP, "", view[:size], memoryview(opened)) == len(PACKET)
        assert opened[: len(PACKET)] == PACKET
    # The same buffer in and out is as good as two.
    assert manager.decrypt_into(APP, "", envelope[:size], envelope) == len(PACKET)
    assert envelope[: len(PACKET)] == PACKET


def test_buffers_that_cannot_take_it(manager: KeyManager) -> None:
    envelope = manager.encrypt(APP, REFERENCE, PACKET)
    calls: list[Callable[[Any], int]] = [
        lambda out: manager.decrypt_into(APP, "", envelope, out),
        lambda out: keymanager.encrypt_into(manager.certificate(APP, REFERENCE), PACKET, out),
    ]
    for call in calls:
        with pytest.raises(keymanager.MisuseError, match="buffer_too_small"):
            call(bytearray(16))
        with pytest.raises(keymanager.MisuseError, match="buffer_too_small"):
            call(bytearray())
        for readonly in (bytes(2 * len(envelope)), memoryview(bytearray(2 * len(envelope)))[::2]):
            with pytest.raises(BufferError):
                call(readonly)
        with pytest.raises(TypeError):
            call(None)
    damaged = envelope[:-1] + bytes([envelope[-1] ^ 1])
    out = bytearray(len(envelope))
    with pytest.raises(keymanager.DecryptionFailedError):
        manager.decrypt_into(APP, "", damaged, out)
    assert PACKET[:64] not in out
    with pytest.raises(OverflowError):
        keymanager.envelope_len(-1)
    with pytest.raises(keymanager.MisuseError, match="too_large"):
        keymanager.envelope_len(2**64 - 1)
