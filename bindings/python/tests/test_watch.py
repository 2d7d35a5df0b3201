"""Who may do what, and what is kept about it, when Python decides (BND-12)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import APP, PASSPHRASE, REFERENCE

import keymanager
from keymanager import HostAccess, HostAudit, HostError, KeyFile, KeyManager, SqliteStore
from keymanager.hosts import HostAccessRequest, HostAuditEvent


class Decision(HostAccess):
    def __init__(self) -> None:
        self.asked: list[HostAccessRequest] = []
        self.answer: Callable[[], object] = lambda: True
        self.released = 0

    def decide(self, request: HostAccessRequest) -> bool:
        self.asked.append(request)
        return self.answer()  # type: ignore[return-value]

    def release(self) -> None:
        self.released += 1


class Sink(HostAudit):
    def __init__(self) -> None:
        self.events: list[HostAuditEvent] = []
        self.failure: BaseException | None = None
        self.released = 0

    def record(self, event: HostAuditEvent) -> None:
        if self.failure is not None:
            raise self.failure
        self.events.append(event)

    def release(self) -> None:
        self.released += 1


def opened(folder: Path, access: HostAccess | None, audit: HostAudit | None, may_fail: bool = False) -> KeyManager:
    store, master = SqliteStore(folder / "keymanager.db"), KeyFile(folder / "keymanager.p12", PASSPHRASE)
    create = not (folder / "keymanager.db").exists()
    return KeyManager.open(
        store, master, create=create, caller="clerk", access=access, audit=audit, audit_may_fail=may_fail
    )


def test_a_decision_is_asked_once_and_a_sink_told_twice(tmp_path: Path) -> None:
    decision, sink = Decision(), Sink()
    with opened(tmp_path, decision, sink) as manager:
        manager.initialise()
        manager.generate("ROOT")
        decision.asked.clear()
        sink.events.clear()
        manager.generate(APP)
        assert [(asked.verb, asked.app, asked.reference, asked.caller) for asked in decision.asked] == [
            ("generate", APP, "", "clerk")
        ]
        begins, ended = sink.events
        assert (begins.outcome, ended.outcome, ended.verb, ended.caller) == ("begins", "ok", "generate", "clerk")
        assert begins.operation == ended.operation and begins.time <= ended.time
        assert ended.keys[0].alias == manager.keys(APP)[0].alias
        decision.answer = lambda: False
        with pytest.raises(keymanager.RefusedError, match="access_refused"):
            manager.rotate(APP, "")
        assert sink.events[-1].outcome == "access_refused"
    assert (decision.released, sink.released) == (1, 1)


SECRET = "a secret of the host"


def test_a_decision_that_fails_refuses(tmp_path: Path) -> None:
    decision = Decision()
    with opened(tmp_path, decision, None) as manager:
        manager.initialise()

        def broken() -> object:
            raise ZeroDivisionError(SECRET)

        decision.answer = broken
        with pytest.raises(keymanager.RefusedError) as caught:
            manager.policies()
        assert caught.value.name == "access_refused" and SECRET not in str(caught.value)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        for strange in (None, 1, "yes"):
            decision.answer = lambda: strange
            with pytest.raises(keymanager.RefusedError):
                manager.policies()


def test_a_sink_that_fails_stops_unless_it_may(tmp_path: Path) -> None:
    sink = Sink()
    with opened(tmp_path, None, sink) as manager:
        manager.initialise()
        sink.failure = OSError(SECRET)
        with pytest.raises(keymanager.BackendError) as caught:
            manager.policies()
        assert caught.value.name == "audit_failed" and SECRET not in str(caught.value)
        assert caught.value.__cause__ is sink.failure
    sink = Sink()
    with opened(tmp_path, None, sink, may_fail=True) as manager:
        sink.failure = HostError(7017, "the disk is full")
        assert manager.policies()


def test_neither_may_call_the_library(tmp_path: Path) -> None:
    decision = Decision()
    with opened(tmp_path, decision, None) as manager:
        manager.initialise()
        decision.answer = lambda: bool(manager.certificate(APP, REFERENCE))
        with pytest.raises(keymanager.RefusedError) as caught:
            manager.policies()
        assert isinstance(caught.value.__cause__, keymanager.MisuseError)
        assert "from inside" in str(caught.value.__cause__)
    with pytest.raises(TypeError):
        opened(tmp_path, print, None)  # type: ignore[arg-type]
    decision, sink = Decision(), Sink()
    with pytest.raises(TypeError):
        opened(tmp_path, decision, decision)  # type: ignore[arg-type]
    assert decision.released == 1
    with pytest.raises(keymanager.NotFoundError):
        KeyManager.open(SqliteStore(tmp_path / "no"), KeyFile(tmp_path / "no", b"p"), access=decision, audit=sink)
    assert (decision.released, sink.released) == (2, 1)
