"""Contracts that a program implements in Python, in plain values: a record store, a master backend, an access decision, an
audit sink, progress.

Every method may be called from any thread, also side by side, and must not call the library from inside: that is
refused. A method raises :class:`keymanager.HostError` with a number of the error table; any other exception is
``store_unavailable`` or ``master_unavailable``.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

__all__ = [
    "COLUMNS",
    "HostAccess",
    "HostAccessRequest",
    "HostAudit",
    "HostAuditEvent",
    "HostAuditKey",
    "HostChange",
    "HostChangeKind",
    "HostChangeSet",
    "HostDirection",
    "HostExpectedScope",
    "HostHash",
    "HostKeyKind",
    "HostMaster",
    "HostMasterCapabilities",
    "HostMasterEntry",
    "HostMasterPage",
    "HostOaep",
    "HostPage",
    "HostProgress",
    "HostQuery",
    "HostRow",
    "HostSelect",
    "HostSignature",
    "HostStore",
    "HostStoreCapabilities",
    "HostTable",
]


class HostTable(IntEnum):
    """The table a row belongs to."""

    KEYS = 1
    POLICIES = 2
    INTENTS = 3
    FORMER_THUMBPRINTS = 4
    """The first two columns together are the id of a row; in the other tables it is the first."""
    POOL_KEYS = 5


COLUMNS: dict[HostTable, tuple[str, ...]] = {
    HostTable.KEYS: (
        "id",
        "app_id",
        "ref_id",
        "key_gen_dtimes",
        "key_expire_dtimes",
        "cert_thumbprint",
        "uni_ident",
        "cr_by",
        "cr_dtimes",
        "master_key",
        "private_key",
        "certificate_data",
        "key_store_cr_by",
        "key_store_cr_dtimes",
    ),
    HostTable.POLICIES: (
        "app_id",
        "key_validity_duration",
        "pre_expire_days",
        "is_active",
        "access_allowed",
        "cr_by",
        "cr_dtimes",
    ),
    HostTable.INTENTS: ("alias", "app_id", "ref_id", "begun"),
    HostTable.FORMER_THUMBPRINTS: ("thumbprint", "alias", "until"),
    HostTable.POOL_KEYS: ("alias", "master_key", "public_key", "private_key", "signature", "created", "used"),
}
"""The columns of each table, in the order of a row."""


class HostSelect(IntEnum):
    """What is to be found. Keys come in order of ``key_gen_dtimes``, then id; rows without a time come first."""

    KEY_BY_ALIAS = 1
    """The key whose id is the value."""
    KEYS_BY_THUMBPRINT = 2
    """The keys whose ``cert_thumbprint`` is the value."""
    KEYS_WITHOUT_THUMBPRINT = 3
    """The keys without ``cert_thumbprint``."""
    KEYS_BY_SCOPE = 4
    """The keys whose ``app_id`` and ``ref_id`` are the two values."""
    KEYS_BY_MASTER = 5
    """The keys whose ``master_key`` is the value."""
    KEYS_CHANGED_SINCE = 6
    """The keys written at or after the time that is the value, in either half."""
    ALL_KEYS = 7
    """Every key."""
    POLICY = 8
    """The policy whose ``app_id`` is the value."""
    ALL_POLICIES = 9
    """Every policy, by ``app_id``."""
    ALL_INTENTS = 10
    """Every intent, oldest first, then by alias."""
    FORMER_THUMBPRINT = 11
    """The former thumbprints whose ``thumbprint`` is the value, by thumbprint, then alias."""
    FORMER_THUMBPRINTS_OF = 12
    """The former thumbprints whose ``alias`` is the value."""
    ALL_FORMER_THUMBPRINTS = 13
    """Every former thumbprint."""
    READY_POOL_KEYS = 14
    """The keys of the pool whose ``master_key`` is the first value, whose ``alias`` is the second one or after it, and
    whose ``used`` is NULL. Keys of the pool come by alias."""
    POOL_KEYS_OF = 15
    """The keys of the pool whose ``master_key`` is the value."""
    ALL_POOL_KEYS = 16
    """Every key of the pool."""


class HostChangeKind(IntEnum):
    """What a change does."""

    INSERT = 1
    """A new row; ``store_duplicate`` (7005) when its id or a unique column exists already."""
    UPDATE = 2
    """The row in place of the one with the same id, if that still has the version; else ``store_conflict`` (7004)."""
    DELETE = 3
    """Removes the row with this id, if it still has the version; else ``store_conflict``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStoreCapabilities:
    """What a host's store can do."""

    side_tables: bool
    """Intents and other side tables exist."""
    row_authentication: bool = False
    """Rows are authenticated."""
    locks_between_processes: bool
    """Scope locks hold between processes."""
    durable: bool
    """What ``apply`` acknowledged survives a crash of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRow:
    """A row as a host has it: every column as text, None for NULL (BND-24)."""

    table: HostTable
    """Its table."""
    columns: Sequence[str | None]
    """Its columns, in the order and number of :data:`COLUMNS`."""
    version: bytes | None
    """Its version as the host read it; opaque here. None for a row that is inserted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostQuery:
    """A query as a host sees it."""

    select: HostSelect
    """What to find."""
    values: Sequence[str]
    """The values that ``select`` names, in the form of the columns they are compared with."""
    limit: int
    """At most this many rows, 1 to 1000."""
    cursor: str | None
    """The cursor that this host gave with the page before; None for the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPage:
    """A page of rows."""

    rows: Sequence[HostRow] = ()
    """The rows, each with its version."""
    next: str | None = None
    """Where the next page begins; None when this was the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostChange:
    """One change."""

    kind: HostChangeKind
    """What it does."""
    row: HostRow
    """The row; with the version it must still have, unless it is inserted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostExpectedScope:
    """A scope whose keys are exactly those of these versions, in any order; else the change set is
    ``store_conflict``."""

    app: str
    """The application id."""
    reference: str
    """The reference id; may be empty."""
    versions: Sequence[bytes]
    """The versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostChangeSet:
    """Changes that happen together or not at all."""

    expect_scopes: Sequence[HostExpectedScope]
    """Checked first, in the same transaction."""
    changes: Sequence[HostChange]
    """The changes, in order."""


class HostStore(ABC):
    """A record store that the host implements (docs/bindings.md, section 2)."""

    @abstractmethod
    def capabilities(self) -> HostStoreCapabilities:
        """What this store can do. Asked once, when a manager is opened."""

    @abstractmethod
    def find(self, query: HostQuery) -> HostPage:
        """A page of rows. ``store_unavailable`` (7001) when the store fails."""

    @abstractmethod
    def apply(self, changes: HostChangeSet) -> None:
        """Applies a change set whole, or not at all. ``store_conflict`` (7004), ``store_duplicate`` (7005)."""

    @abstractmethod
    def lock(self, app: str, reference: str, wait_ms: int) -> int:
        """Takes the lock of a scope, waiting at most this many milliseconds, and answers a number for it. It outlives
        transactions, and is freed when its holder dies. ``lock_timeout`` (7006)."""

    @abstractmethod
    def unlock(self, lock: int) -> None:
        """Gives a lock back; no error when it was lost."""

    @abstractmethod
    def prepare(self) -> None:
        """Creates the tables that are missing. Idempotent. ``store_version`` (7002) when a newer release wrote the
        store."""

    def release(self) -> None:  # noqa: B027
        """Called once for every manager this was given to: when the last use of it has ended, or opening failed."""


class HostKeyKind(IntEnum):
    """The kinds of key a host can hold."""

    RSA_2048 = 1
    RSA_3072 = 2
    RSA_4096 = 3
    AES_256 = 4


class HostHash(IntEnum):
    """Hash functions."""

    SHA_1 = 1
    SHA_256 = 2
    SHA_384 = 3
    SHA_512 = 4


class HostSignature(IntEnum):
    """How a signature is made (RFC 8017 §8). The salt of PSS is as long as the hash, and MGF1 uses the same hash."""

    RSA_PKCS1_SHA_256 = 1
    RSA_PKCS1_SHA_384 = 2
    RSA_PKCS1_SHA_512 = 3
    RSA_PSS_SHA_256 = 4
    RSA_PSS_SHA_384 = 5
    RSA_PSS_SHA_512 = 6


class HostDirection(IntEnum):
    """Which way a cipher goes."""

    ENCRYPT = 1
    """Plaintext to ciphertext."""
    DECRYPT = 2
    """Ciphertext to plaintext."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOaep:
    """The parameters of RSAES-OAEP."""

    hash: HostHash
    """The hash of the label."""
    mgf_hash: HostHash
    """The hash inside MGF1."""
    label: bytes = b""
    """The label, usually empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMasterCapabilities:
    """What a host's master backend can do."""

    kinds: Sequence[HostKeyKind]
    """The kinds it can create."""
    oaep: Sequence[HostOaep] = field(default=())
    """The OAEP parameters it decrypts by itself; others go through raw RSA."""
    raw_rsa: bool
    """It offers the raw RSA private operation."""
    aes_ecb: bool
    """It offers AES-ECB."""
    certificates: bool
    """It keeps certificates."""
    extractable: bool
    """Private keys can be taken out of it."""
    parallel: bool
    """Calls run side by side; otherwise the host makes them wait for each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMasterEntry:
    """A key as the host has it."""

    alias: str
    """Its alias."""
    kind: HostKeyKind | None
    """Its kind; None for a kind that is not listed here."""
    spki_der: bytes | None
    """The public half of a pair as SubjectPublicKeyInfo DER."""
    certificate_der: bytes | None
    """The certificate as DER; None while the key is pending, and for AES keys."""
    pending: bool
    """A pair that was created but whose certificate was not attached yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMasterPage:
    """A page of keys."""

    entries: Sequence[HostMasterEntry] = ()
    """The keys, by alias."""
    next: str | None = None
    """Where the next page begins; None when this was the last page."""


class HostMaster(ABC):
    """A master backend that the host implements (docs/bindings.md, section 2). Errors: ``master_unavailable`` (7007),
    ``alias_not_found`` (3008), ``alias_exists`` (7011), ``wrong_key_kind`` (7012), ``unsupported`` (1008); a failed
    decryption is ``decryption_failed`` (6001)."""

    @abstractmethod
    def capabilities(self) -> HostMasterCapabilities:
        """What this backend can do. Asked once, when a manager is opened."""

    @abstractmethod
    def create(self, alias: str, kind: HostKeyKind) -> bytes | None:
        """Makes a key and answers the public half of a pair as SubjectPublicKeyInfo DER, or None for AES. A pair is
        pending until its certificate is attached; an AES key is there at once."""

    @abstractmethod
    def attach_certificate(self, alias: str, certificate_der: bytes) -> None:
        """Attaches the certificate, or replaces it: the commit point of a pair's creation."""

    @abstractmethod
    def find(self, alias: str) -> HostMasterEntry | None:
        """The key under ``alias``, pending ones included; None when there is none."""

    @abstractmethod
    def list(self, cursor: str | None) -> HostMasterPage:
        """Every key, pending ones included, by alias, from ``cursor`` on."""

    @abstractmethod
    def sign(self, alias: str, scheme: HostSignature, input: bytes, is_digest: bool) -> bytes:
        """The signature with the key under ``alias`` over a message, or over its digest."""

    @abstractmethod
    def rsa_decrypt(self, alias: str, oaep: HostOaep | None, ciphertext: bytes) -> bytes | bytearray:
        """The decryption with the key under ``alias``: by OAEP, or raw for None, where the result has the size of the
        modulus."""

    @abstractmethod
    def aes_ecb(self, alias: str, direction: HostDirection, blocks: bytearray) -> bytes | bytearray:
        """AES-256-ECB on whole blocks with the key under ``alias``. ``blocks`` is secret, and wiped after the call; so is
        the answer, which the host wipes."""

    @abstractmethod
    def remove(self, alias: str) -> None:
        """Removes the key under ``alias``; no error when there is none."""

    @abstractmethod
    def health(self) -> None:
        """Proves that the backend can still work."""

    def release(self) -> None:  # noqa: B027
        """Called once for every manager this was given to: when the last use of it has ended, or opening failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAccessRequest:
    """What a host is asked about. Nothing in it is secret."""

    verb: str
    """What is to be done, such as ``decrypt`` (docs/access.md)."""
    app: str | None
    """The application; None for verbs about the whole deployment."""
    reference: str | None
    """The reference id, empty for master keys; None where there is no application."""
    caller: str | None
    """Who asks, as it was said when the manager was opened."""


class HostAccess(ABC):
    """Decides who may do what (docs/access.md). It is asked before a verb begins, while no lock is held, from whichever
    thread calls."""

    @abstractmethod
    def decide(self, request: HostAccessRequest) -> bool:
        """Whether the verb may begin. What it raises refuses, too."""

    def release(self) -> None:  # noqa: B027
        """Called once for every manager this was given to: when the last use of it has ended, or opening failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAuditKey:
    """A key that an event is about."""

    alias: str | None
    """Its alias."""
    thumbprint: str | None
    """The thumbprint of its certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAuditEvent:
    """Something that begins, or ended."""

    time: str
    """When, by the manager's clock (RFC 3339)."""
    operation: int
    """The number of the operation within this manager, from 1; the same in both events of a verb."""
    verb: str
    """What."""
    app: str | None
    """The application, as the caller gave it; None for verbs about the whole deployment."""
    reference: str | None
    """The reference id, as the caller gave it."""
    caller: str | None
    """Who asked."""
    outcome: str
    """``begins``, ``ok``, or the name of the error."""
    keys: Sequence[HostAuditKey]
    """The keys it was about, as far as known."""


class HostAudit(ABC):
    """Keeps what happens (docs/access.md). It is called from whichever thread works, while no lock is held."""

    @abstractmethod
    def record(self, event: HostAuditEvent) -> None:
        """Keeps ``event``, as durably as the host wants it: once this returns, it counts as recorded. What it raises is
        ``audit_failed``, and stops the verb unless the manager was opened with ``audit_may_fail``."""

    def release(self) -> None:  # noqa: B027
        """Called once for every manager this was given to: when the last use of it has ended, or opening failed."""


class Held:
    """What the library holds an object of the host by: when this is gone, it releases it. A child that forked does
    not: the object is its parent's."""

    __slots__ = ("_host", "_process")

    def __init__(self, host: HostStore | HostMaster | HostAccess | HostAudit) -> None:
        self._host = host
        self._process = os.getpid()

    def __del__(self) -> None:
        if self._process == os.getpid():
            self._host.release()


class HostProgress:
    """Told how far long work is, and asked whether it shall go on. It must answer quickly; it may be called from any
    thread, and is not called after the call it was given to has returned. When it raises, the work ends with the error
    ``cancelled``, whose cause is the exception."""

    def advance(self, done: int, total: int | None, what: str) -> None:
        """``done`` of ``total`` units of ``what``, such as bytes or keys; the total is None when it is not known."""

    def cancelled(self) -> bool:
        """Whether the work shall end with the error ``cancelled``."""
        return False
